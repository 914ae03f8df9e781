"""CSV → Raw: UTF-8 with or without BOM, GB18030 and UTF-16 alike; comma, semicolon or tab.

A file that is no text, has an open quotation mark or rows of another length is refused with the row. Never guesses a
type, never writes, and never repairs a row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import polars as pl

from govnb.errors import Place, Problem, Text
from govnb.inputs.raw import HEADER_ROWS, ROWS, Raw, Recognise, Unreadable, Wanted, build_raw, find_header, refuse

_SEPARATORS = (",", "\t", ";")
_HEAD = 64_000
_MAX_RAGGED = 20  # rows of another length that are named one by one
_MAX_COLUMNS = 2_000
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13, 26}
_SAVE_AS = Text("请另存为“CSV UTF-8”或 .xlsx 后再试", "Save it as “CSV UTF-8” or .xlsx and try again")


def read_csv(content: bytes, place: Place, recognise: Recognise, wanted: Wanted) -> Raw:
    """``content`` of a CSV file as Raw. Unreadable where it holds no table."""
    data = _to_utf8(content, place, recognise)
    if not data.strip(b" \t\r\n\xef\xbb\xbf\x1a"):
        what = Text("文件是空的", "the file is empty")
        raise refuse(place, what, Text("第一行应为列名", "The first row must hold the column names"))
    separator = _separator(data, recognise)
    table = _parse_fast(data, separator)
    if table is None:
        table = _parse_strict(data.decode(), separator, place, recognise)
    header = find_header(table.head(HEADER_ROWS).rows(), recognise)
    if header is None:
        raise refuse(place, Text("没有列名", "there are no column names"))
    return build_raw(table, header, wanted)


def _to_utf8(content: bytes, place: Place, recognise: Recognise) -> bytes:
    """The text as UTF-8 with ``\\n`` line ends, without BOM."""
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
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.encode()


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_binary(text: str) -> bool:
    """Control characters tell binary junk from text: NUL anywhere, the others in a sample."""
    return "\0" in text or any(ord(character) in _CONTROL for character in set(text[:_HEAD]))


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
        counts = [recognise([cell.strip(' "\ufeff') for cell in line.split(separator)]) for line in lines]
        yield max(counts, default=0), separator


def _separator(data: bytes, recognise: Recognise) -> str:
    head = data[:_HEAD].decode("utf-8", "replace")
    best, separator = max(_head_counts(head, recognise), key=lambda pair: pair[0])
    return separator if best > 0 else ","


def _parse_fast(data: bytes, separator: str) -> pl.DataFrame | None:
    """The table by polars, or None where a row has another length, a quotation mark is amiss, or polars gives up."""
    data = data.rstrip(b"\n")
    if data.startswith(b"\n"):
        return None
    try:
        table = pl.read_csv(
            io.BytesIO(data), has_header=False, infer_schema=False, separator=separator, encoding="utf8"
        )
    except pl.exceptions.PolarsError:
        return None
    quoted = 0
    if b'"' in data:
        inside = table.select(pl.all().str.count_matches(separator, literal=True).sum())
        quoted = sum(count or 0 for count in inside.row(0))
    expected = (table.width - 1) * table.height
    return table if data.count(separator.encode()) - quoted == expected and table.width > 1 else None


def _parse_strict(text: str, separator: str, place: Place, recognise: Recognise) -> pl.DataFrame:
    """The table row by row, for files with title rows, blank lines or faults; Unreadable names each faulty row."""
    rows = _rows(text, separator, place)
    header = find_header(rows[:HEADER_ROWS], recognise)
    width = len(rows[header]) if header is not None else max(map(len, rows), default=1)
    if width > _MAX_COLUMNS:
        raise refuse(place, Text("列数过多", "there are too many columns"))
    ragged: list[Problem] = []
    for number, row in enumerate(rows[(header or 0) + 1 :], start=(header or 0) + 2):
        too_long = any(cell.strip() for cell in row[width:])
        too_short = len(row) < width and any(cell.strip() for cell in row)
        if too_long or too_short:
            ragged.append(_ragged(place, number, len(row), width))
    if ragged:
        raise Unreadable(*_first(ragged, place))
    columns = {f"column_{i}": [row[i] if i < len(row) else None for row in rows] for i in range(width)}
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _rows(text: str, separator: str, place: Place) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        where = Place(file=place.file, row=len(rows) + 1)
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
    return rows


def _ragged(place: Place, number: int, found: int, width: int) -> Problem:
    what = Text(f"这一行有{found}个单元格，列名有{width}个", f"this row has {found} cells, the header has {width}")
    fix = Text("内容里有逗号的单元格请用英文双引号括起来", 'Put a cell that holds the separator in quotation marks (")')
    return Problem(Place(file=place.file, row=number), what, fix, ROWS)


def _first(ragged: list[Problem], place: Place) -> list[Problem]:
    rest = len(ragged) - _MAX_RAGGED
    if rest <= 0:
        return ragged
    more = Text(f"另有{rest}行单元格个数不对", f"{rest} more rows have a wrong number of cells")
    return [*ragged[:_MAX_RAGGED], Problem(place, more, code=ROWS)]
