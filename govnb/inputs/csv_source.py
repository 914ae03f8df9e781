"""CSV → Raw: UTF-8 with or without BOM, GB18030 and UTF-16 alike; comma, semicolon or tab.

A file that is no text, has an open quotation mark or rows of another length is refused with the row. Never guesses a
type, never writes, and never repairs a row. What is surely well formed is read in blocks
(:mod:`govnb.inputs.csv_blocks`), all else, row by row, here.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import IO

import pyarrow as pa  # type: ignore[import-untyped]

from govnb.errors import Place, Problem, Text
from govnb.inputs.csv_blocks import NotInEncoding, Unusual, read_blocks
from govnb.inputs.raw import (
    HEADER_ROWS,
    ROWS,
    TEXT,
    Cells,
    Raw,
    Recognise,
    Unreadable,
    Wanted,
    build_raw,
    clean,
    find_header,
    looked_at,
    refuse,
)

_SEPARATORS = (",", "\t", ";")
_HEAD = 64_000
_MAX_RAGGED = 20  # rows of another length that are named one by one
_MAX_COLUMNS = 2_000
_AT_ONCE = 50_000  # rows that are kept as Python objects
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_SAVE_AS = Text("请另存为“CSV UTF-8”或 .xlsx 后再试", "Save it as “CSV UTF-8” or .xlsx and try again")


def read_csv(file: IO[bytes], place: Place, recognise: Recognise, wanted: Wanted) -> Raw:
    """The CSV in ``file``, from its beginning, as Raw. Unreadable where it holds no table."""
    raw = _read_in_blocks(file, recognise, wanted)
    if raw is None:
        file.seek(0)
        raw = read_rows(file.read(), place, recognise, wanted)
    return raw


def _read_in_blocks(file: IO[bytes], recognise: Recognise, wanted: Wanted) -> Raw | None:
    """The table of a file that is well formed in one of the usual encodings, else None."""

    def separator_of(block: bytes) -> str:
        if _is_binary(block[: 4 * _HEAD].decode("utf-8", "ignore")[:_HEAD]):
            raise Unusual
        return _separator(block, recognise)

    file.seek(0)
    head = file.read(_HEAD)
    for encoding in _likely_encodings(head, recognise):
        try:
            return read_blocks(file, encoding, separator_of, recognise, wanted)
        except NotInEncoding:
            continue
        except Unusual:
            return None
    return None


def _likely_encodings(head: bytes, recognise: Recognise) -> Iterator[str]:
    """Encodings to try, in order; GB18030 not where the headers can better be read as UTF-8 with a fault in it."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield "utf-16"
        return
    yield "utf-8"
    if not head.startswith(b"\xef\xbb\xbf"):
        utf8, gb18030 = (_known_headers(head, name, recognise) for name in ("utf-8", "gb18030"))
        if gb18030 >= utf8:
            yield "gb18030"


def read_rows(content: bytes, place: Place, recognise: Recognise, wanted: Wanted) -> Raw:
    """``content`` of a CSV file, whatever it is, row by row as the standard library reads it."""
    text = _to_text(content, place, recognise)
    if not text.strip(" \t\r\n\ufeff\x1a"):
        what = Text("文件是空的", "the file is empty")
        raise refuse(place, what, Text("第一行应为列名", "The first row must hold the column names"))
    return _parse_rows(text, _separator(text[:_HEAD].encode(), recognise), place, recognise, wanted)


def _to_text(content: bytes, place: Place, recognise: Recognise) -> str:
    """The text with ``\\n`` line ends, without BOM."""
    text: str | None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = _decoded(content, "utf-16")
    elif content.startswith(b"\xef\xbb\xbf"):
        text = _decoded(content[3:], "utf-8")
        if text is None:
            raise _bad_bytes(content[3:], "utf-8", place)
    elif b"\0" in content[:_HEAD]:
        text = _utf_16_without_bom(content)
    else:
        text = _eight_bit(content, place, recognise)
    if text is None or _is_binary(text):
        what = Text("不是文本文件，像是二进制内容", "is no text file; it looks like binary content")
        raise refuse(place, what, _SAVE_AS)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_binary(text: str) -> bool:
    """Control characters tell binary junk from text: NUL anywhere, the others in a sample."""
    return "\0" in text or _CONTROL.search(text, 0, _HEAD) is not None


def _utf_16_without_bom(content: bytes) -> str | None:
    """UTF-16 of the byte order that gives more of the characters that every table has."""
    texts = [text for encoding in ("utf-16-le", "utf-16-be") if (text := _decoded(content, encoding)) is not None]
    marks = [sum(text[:_HEAD].count(mark) for mark in ",\t;\n0123456789") for text in texts]
    return max(zip(marks, texts, strict=True), key=lambda pair: pair[0])[1] if texts and max(marks) > 0 else None


def _eight_bit(content: bytes, place: Place, recognise: Recognise) -> str | None:
    """UTF-8, else GB18030. Where neither fits, the one in which the headers can be read tells the bad row."""
    utf8 = _decoded(content, "utf-8")
    if utf8 is not None:
        return utf8
    known = {name: _known_headers(content, name, recognise) for name in ("utf-8", "gb18030")}
    likely = "utf-8" if known["utf-8"] > known["gb18030"] else "gb18030"
    text = _decoded(content, likely)
    if text is None and max(known.values()) > 0:
        raise _bad_bytes(content, likely, place)
    return text


def _known_headers(content: bytes, encoding: str, recognise: Recognise) -> int:
    head = content[:_HEAD].decode(encoding, "replace")
    return max((count for count, _ in _head_counts(head, recognise)), default=0)


def _bad_bytes(content: bytes, encoding: str, place: Place) -> Unreadable:
    try:
        content.decode(encoding)
        row = None
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
    name = encoding.upper()
    what = Text(f"这一行有不符合 {name} 编码的字节", f"this row has bytes that are not {name}")
    return refuse(Place(file=place.file, row=row), what, _SAVE_AS)


def _head_counts(head: str, recognise: Recognise) -> Iterator[tuple[int, str]]:
    """For each separator, how many known headers the best of the first rows has."""
    lines = head.splitlines()[:HEADER_ROWS]
    for separator in _SEPARATORS:
        separated = [line for line in lines if separator in line or separator == _SEPARATORS[0]]
        counts = [recognise([cell.strip(' "\ufeff') for cell in line.split(separator)]) for line in separated]
        yield max(counts, default=0), separator


def _separator(data: bytes, recognise: Recognise) -> str:
    head = data[:_HEAD].decode("utf-8", "replace")
    best, separator = max(_head_counts(head, recognise), key=lambda pair: pair[0])
    return separator if best > 0 else ","


def _parse_rows(text: str, separator: str, place: Place, recognise: Recognise, wanted: Wanted) -> Raw:
    """The table row by row, for files with faults; Unreadable names each faulty row."""
    rows = _rows(text, separator, place)
    first = list(islice(rows, HEADER_ROWS))
    at = find_header(first, recognise)
    if at is None:
        raise refuse(place, Text("没有列名", "there are no column names"))
    width = len(first[at])
    if width > _MAX_COLUMNS:
        raise refuse(place, Text("列数过多", "there are too many columns"))
    kept = wanted([clean(cell) for cell in first[at]])
    chunks: dict[int, list[Cells]] = {index: [] for index in looked_at(kept, width)}
    ragged = _Ragged(place, width)
    body = chain(first[at + 1 :], rows)
    number = at + 2
    while some := list(islice(body, _AT_ONCE)):
        ragged.look_at(some, number)
        number += len(some)
        for index, column in chunks.items():
            column.append(pa.array([row[index] if index < len(row) else None for row in some], TEXT))
    ragged.refuse()
    columns = {index: pa.concat_arrays(column or [pa.array([], TEXT)]) for index, column in chunks.items()}
    return build_raw(first[at], at + 1, columns, kept)


def _rows(text: str, separator: str, place: Place) -> Iterator[list[str]]:
    """The rows, blank ones too but not those at the end of the file."""
    reader = csv.reader(io.StringIO(text.rstrip("\n"), newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for row in reader:
            number += 1
            yield row
    except csv.Error as error:
        where = Place(file=place.file, row=number + 1)
        if "field" in str(error) and "limit" in str(error):
            what = Text(
                "有一个单元格过长，可能缺少右引号", "a cell is too long; a closing quotation mark may be missing"
            )
        else:
            what = Text("引号不成对", "a quotation mark is not closed, or stands inside a quoted cell")
        fix = Text(
            '请检查这一行的英文双引号；内容里的双引号应写成两个 ""',
            'Check the " of this row; write " inside a cell as ""',
        )
        raise refuse(where, what, fix) from None


class _Ragged:
    """Rows that have other than ``width`` cells, where that is not for blank cells alone."""

    def __init__(self, place: Place, width: int) -> None:
        self.place, self.width = place, width
        self.problems: list[Problem] = []
        self.total = 0

    def look_at(self, rows: Sequence[list[str]], first_number: int) -> None:
        for number, row in enumerate(rows, start=first_number):
            if len(row) == self.width:
                continue
            too_long = any(cell.strip() for cell in row[self.width :])
            too_short = len(row) < self.width and any(cell.strip() for cell in row)
            if too_long or too_short:
                self.total += 1
                if self.total <= _MAX_RAGGED:
                    self.problems.append(self._problem(number, len(row)))

    def _problem(self, number: int, found: int) -> Problem:
        width = self.width
        what = Text(f"这一行有{found}个单元格，列名有{width}个", f"this row has {found} cells, the header has {width}")
        fix = Text(
            "内容里有逗号的单元格请用英文双引号括起来", 'Put a cell that holds the separator in quotation marks (")'
        )
        return Problem(Place(file=self.place.file, row=number), what, fix, ROWS)

    def refuse(self) -> None:
        """Unreadable where there are such rows."""
        if not self.total:
            return
        rest = self.total - len(self.problems)
        if rest:
            more = Text(f"另有{rest}行单元格个数不对", f"{rest} more rows have a wrong number of cells")
            self.problems.append(Problem(self.place, more, code=ROWS))
        raise Unreadable(*self.problems)
