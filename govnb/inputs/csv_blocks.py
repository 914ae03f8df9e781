"""CSV → Raw at the speed of blocks: a few megabytes of whole rows at a time, parsed beside one another.

Takes only what is surely well formed: rows of one length, quotation marks in pairs, one encoding. Anything else is
``Unusual``, and :mod:`govnb.inputs.csv_source` reads the file again row by row, with the fault. What both take, they
read alike. The whole file is never in memory, and no column that is not wanted outlives its block.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any, TypeVar

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv as arrow_csv

from govnb.inputs.raw import (
    HEADER_ROWS,
    TEXT,
    Cells,
    Coded,
    Raw,
    Recognise,
    Wanted,
    clean,
    find_header,
    find_totals,
    looked_at,
    strip,
)

BLOCK = 8 << 20
PART = 2 << 20  # of a block, that one thread of Arrow parses
_MAX_LINES = 500  # that a quoted cell at the end of a block may span
_LONGEST_LINE = 4 * BLOCK
_MAX_COLUMNS = 2_000
_REPEATING = pa.dictionary(pa.int32(), pa.string())
_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ENDS = (b"\r", b"\n")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BLANK_END = re.compile(rb"(?:\r\n|\r|\n)(?:\r\n|\r(?!\n)|\n)\Z")

_T = TypeVar("_T")
_R = TypeVar("_R")


class Unusual(Exception):  # noqa: N818 - says where to turn, not that something is wrong
    """Not surely well formed."""


class NotInEncoding(Unusual):
    """The bytes are not of the encoding that was tried."""


@dataclass(frozen=True)
class _Shape:
    """What the header tells of every row: ``columns`` are those to be parsed, and whether their values repeat."""

    separator: str
    width: int
    columns: dict[int, bool]


@dataclass(frozen=True)
class _Piece:
    cells: dict[int, list[Cells]]
    height: int
    totals: tuple[int, ...]


def read_blocks(
    file: IO[bytes], encoding: str, separator_of: Callable[[bytes], str], recognise: Recognise, wanted: Wanted
) -> Raw:
    """The table in ``file``, from its beginning. NotInEncoding or Unusual where it is not surely well formed.

    ``encoding``: utf-8, gb18030 or utf-16; ``separator_of`` tells the separator from the first bytes, in UTF-8.
    """
    file.seek(0)
    blocks = _whole_rows(file, encoding)
    first = next(blocks, b"")
    separator = separator_of(first)
    records, ends = _first_records(first, separator)
    at = find_header(records, recognise)
    if at is None or not 2 <= len(records[at]) <= _MAX_COLUMNS:
        raise Unusual
    header = tuple(clean(cell) for cell in records[at])
    kept = wanted(header)
    shape = _Shape(separator, len(header), looked_at(kept, len(header)))
    totals: list[int] = []
    height = 0
    rows = _expected_rows(file, first)
    columns = {index: _Spellings(rows) if repeats else _Texts() for index, repeats in kept.items()}
    for piece in _ahead(lambda block: _parse(block, shape), _bodies(first[ends[at] :], blocks)):
        totals += [at + 2 + height + index for index in piece.totals]
        height += piece.height
        for index, column in columns.items():
            if piece.height:
                column.add(piece.cells[index])
    cells: dict[int, Cells | Coded] = {index: column.joined() for index, column in columns.items()}
    return Raw(header, at + 1, cells, height, total_rows=tuple(totals))


def _expected_rows(file: IO[bytes], first: bytes) -> int:
    """About how many rows the file has, rather too many than too few."""
    at = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(at)
    lines = max(first.count(b"\n"), 1)
    return lines + (0 if len(first) >= size else int(size / len(first) * lines * 1.3))


class _Texts:
    """A column of ids or texts, block by block."""

    def __init__(self) -> None:
        self.chunks: list[Cells] = []

    def add(self, chunks: list[Cells]) -> None:
        self.chunks += chunks

    def joined(self) -> Cells:
        return pa.chunked_array(self.chunks, TEXT)


class _Spellings:
    """A column of repeating values, block by block: a number for each cell, and what is written there only once."""

    def __init__(self, expected: int) -> None:
        self.written: dict[str, int] = {}  # with the blanks around it
        self.known: dict[str, int] = {}
        self.numbers = np.empty(expected, dtype=np.int32)  # what is not written to takes no memory
        self.height = 0

    def add(self, chunks: list[Cells]) -> None:
        """The chunks of one block, which have a dictionary in common."""
        number_of = np.array([self._number(text) for text in chunks[0].dictionary.to_pylist()], dtype=np.int32)
        for cells in chunks:
            end = self.height + len(cells)
            if end > len(self.numbers):
                self.numbers = np.concatenate([self.numbers, np.empty(end, dtype=np.int32)])
            number_of.take(cells.indices.to_numpy(), out=self.numbers[self.height : end], mode="wrap")
            self.height = end

    def _number(self, text: str) -> int:
        """The number of what is written, -1 where that is blank."""
        number = self.written.get(text)
        if number is None:
            stripped = clean(text)
            number = -1 if stripped is None else self.known.setdefault(stripped, len(self.known))
            self.written[text] = number
        return number

    def joined(self) -> Coded:
        return Coded(self.numbers[: self.height], list(self.known))


def _whole_rows(file: IO[bytes], encoding: str) -> Iterator[bytes]:
    """The content as UTF-8, in blocks that end where a row ends, which is never inside of quotation marks.

    A byte order mark is left out. In GB18030 the byte of a line end is never part of another character.
    """
    text = io.TextIOWrapper(file, "utf-16", newline="") if encoding == "utf-16" else None
    source: IO[Any] = file if text is None else text
    mark = _BOM
    try:
        while block := _block(file) if text is None else text.read(BLOCK) + _line(text):
            block = _encoded(block, encoding).removeprefix(mark)
            mark = b""
            lines = 0
            while b'"' in block and block.count(b'"') % 2:
                line = _encoded(_line(source), encoding)
                lines += 1
                if not line or lines > _MAX_LINES:
                    raise Unusual
                block += line
            yield block
    except UnicodeError:
        raise NotInEncoding from None
    finally:
        if text is not None:
            text.detach()


def _block(file: IO[bytes]) -> bytes:
    """The next ``BLOCK`` bytes and the rest of the line, whose end is found before they are read: nothing is copied."""
    start = file.tell()
    file.seek(start + BLOCK)
    _line(file)
    end = file.tell()
    file.seek(start)
    return file.read(end - start)


def _line(source: IO[Any]) -> Any:
    """The rest of the line."""
    line = source.readline(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        raise Unusual
    return line


def _encoded(content: Any, encoding: str) -> bytes:
    if encoding == "utf-8":
        return bytes(content)
    text = content if isinstance(content, str) else content.decode(encoding)
    return text.encode()


def _bodies(first: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks below the header, without the blank lines at the end of the file."""
    blank = b""  # lines that are blank rows only if there is more below them
    for following in chain([first], blocks):
        block = blank + following if blank else following
        blank = b""
        if _BLANK_END.search(block, max(0, len(block) - 4)) or (block[:1] in _ENDS and not block.strip(b"\r\n")):
            body = block.rstrip(b"\r\n")
            end = _LINE_END.match(block, len(body))
            cut = end.end() if body and end is not None else len(body)
            block, blank = block[:cut], block[cut:]
        if block:
            yield block


def _first_records(block: bytes, separator: str) -> tuple[list[list[str]], list[int]]:
    """The first records of the file, and where in ``block`` each of them ends."""
    line_ends = [0]

    def lines() -> Iterator[str]:
        for found in _LINE.finditer(block):
            if found.start() < found.end():
                line_ends.append(found.end())
                yield found.group().decode().rstrip("\r\n") + "\n"

    reader = csv.reader(lines(), delimiter=separator, strict=True)
    records, ends = [], []
    try:
        for record in islice(reader, HEADER_ROWS):
            records.append(record)
            ends.append(line_ends[reader.line_num])
    except UnicodeDecodeError:
        raise NotInEncoding from None
    except csv.Error:
        raise Unusual from None
    return records, ends


def _ahead(work: Callable[[_T], _R], items: Iterator[_T]) -> Iterator[_R]:
    """``work`` on each item, in order; where there are several, on the next while the caller is at the one before.

    One thread, in which Arrow starts its own: more of ours would wait for one another at each step that is Python's.
    """
    some = list(islice(items, 2))
    if len(some) < 2:
        yield from map(work, some)
        return
    with ThreadPoolExecutor(1) as pool:
        waiting: deque[Future[_R]] = deque()
        try:
            for item in chain(some, items):
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _parse(block: bytes, shape: _Shape) -> _Piece:
    """One block. Unusual where a row has another length or a quotation mark is not surely in its place."""
    if b"\0" in block:
        raise Unusual
    whole = len(shape.columns) == shape.width  # every cell is looked at below, and what parts them is ASCII
    if not whole:
        _check_utf_8(block)
    quoted = b'"' in block
    if quoted:
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        _check_quotes(block, shape.separator)
    names = [str(index) for index in range(shape.width)]
    types = {str(index): _REPEATING if repeats else TEXT for index, repeats in shape.columns.items()}
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(block),
            arrow_csv.ReadOptions(use_threads=len(block) > PART, column_names=names, block_size=PART),
            arrow_csv.ParseOptions(
                delimiter=shape.separator,
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
                ignore_empty_lines=False,
            ),
            arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=types,
                include_columns=list(types),
                strings_can_be_null=False,  # a blank is a spelling like others, until it is looked at
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowCapacityError):
        _check_utf_8(block)
        raise Unusual from None
    table = table.unify_dictionaries()
    if whole:
        _check_valid(table)
    cells = {index: table.column(str(index)).chunks for index in shape.columns}
    texts = [index for index, repeats in shape.columns.items() if not repeats]
    cells |= {index: [strip(chunk) for chunk in cells[index]] for index in texts}
    totals: list[int] = []
    start = 0
    for first in zip(*(cells[index] for index in range(min(3, shape.width))), strict=True):
        totals += (start + find_totals(first)).tolist()
        start += len(first[0])
    return _Piece(cells, table.num_rows, tuple(totals))


def _check_utf_8(block: bytes) -> None:
    """NotInEncoding unless every byte, of columns that are not kept too, is UTF-8."""
    ends = pa.py_buffer(np.array([0, len(block)], dtype=np.int64))
    _check_valid(pa.Array.from_buffers(pa.large_string(), 1, [None, ends, pa.py_buffer(block)]))


def _check_valid(texts: Cells | pa.Table) -> None:
    """NotInEncoding unless every text is UTF-8."""
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        raise NotInEncoding from None


def _check_quotes(block: bytes, separator: str) -> None:
    """Unusual unless each mark opens a cell at its beginning, closes it at its end, or is doubled within."""
    characters = np.frombuffer(block, dtype=np.uint8)
    marks = np.flatnonzero(characters == ord('"'))
    if len(marks) % 2:
        raise Unusual
    opening, closing = marks[::2], marks[1::2]
    edge = np.zeros(256, dtype=bool)
    edge[[ord(separator), ord("\n")]] = True
    begins = edge[characters[np.maximum(opening - 1, 0)]] | (opening == 0)
    ends = edge[characters[np.minimum(closing + 1, len(block) - 1)]] | (closing == len(block) - 1)
    doubled = opening[1:] == closing[:-1] + 1
    begins[1:] |= doubled
    ends[:-1] |= doubled
    if not (begins.all() and ends.all()):
        raise Unusual
