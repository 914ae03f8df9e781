"""The parts of an .xlsx file, read within limits, before any spreadsheet library sees it.

Nothing is unpacked beyond the sizes that the file declares. What passes is repacked plain, so that the library gets
exactly the bytes that were measured. Also finds the cells that hold an error or a formula without a value, which the
library shows as blank. Never unpacks to disk.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import normpath
from string import ascii_uppercase
from xml.etree import ElementTree

from govnb.errors import Place, Text
from govnb.inputs.raw import CellFault, Unreadable, refuse
from govnb.inputs.zip_limits import Locked, TooLarge, ZipLimits, read_members

MAX_PARTS = 2_000
MAX_UNPACKED = 1 << 30
MAX_RATIO = 250  # of unpacked to packed size, for parts over RATIO_FROM; sheets full of empty formatted cells reach 100
RATIO_FROM = 20 << 20
MAX_CELLS = 20_000_000  # of the rectangle around all filled cells, which the library keeps in memory

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NEEDED = re.compile(
    r"^(\[Content_Types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels|xl/styles\.xml"
    r"|xl/sharedstrings\.xml|xl/worksheets/[^/]+\.xml)$",
    re.IGNORECASE,
)
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ROW = re.compile(rb"<(?:\w+:)?row[ >]")
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,9})"')
_REF = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Za-z]{1,3})(\d{1,9})"[^>]*(?<!/)>')
_WIDE_REF = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Za-z]{2,3})\d')
_TWO_LETTERS = re.compile(rb'r="[A-Za-z]{2,3}[0-9]')
_SUSPECT = re.compile(rb'<(?:\w+:)?f[ >/]|\bt="e"')
_SAVE_AS = Text("请另存为 .xlsx 后再试", "Save it as .xlsx and try again")
_TOO_LARGE = Text("解压后过大，不予读取", "unpacks to too much and is not read")
_SHRINK = Text(
    "请删除表格以外的空行、空列和图片后重新保存", "Delete empty rows, columns and pictures around the table and save"
)


@dataclass(frozen=True)
class Parts:
    """``package``: the repacked file; ``sheets``: sheet name → its XML."""

    package: bytes
    sheets: dict[str, bytes]


def read_parts(content: bytes, place: Place) -> Parts:
    """The parts that hold tables. Unreadable for password protection, other formats, damage and zip bombs."""
    if content.startswith(_OLE):
        raise _ole(content, place)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive, content, place)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        what = Text("不是有效的 .xlsx 文件，或已损坏", "is not a valid .xlsx file, or is damaged")
        raise refuse(place, what, _SAVE_AS) from None
    sheets = _sheets(members, place)
    for name, xml in sheets.items():
        _check_extent(xml, Place(file=place.file, sheet=name))
    return Parts(_repacked(members), sheets)


def _ole(content: bytes, place: Place) -> Unreadable:
    head = content[: 1 << 20]
    if "EncryptedPackage".encode("utf-16-le") in head or "EncryptionInfo".encode("utf-16-le") in head:
        what = Text("文件有密码保护，无法读取", "the file is protected by a password")
        return refuse(place, what, Text("请取消密码后重新保存", "Take the password off and save it again"))
    what = Text("这是旧的 .xls 格式", "this is the old .xls format")
    return refuse(place, what, _SAVE_AS)


def _members(archive: zipfile.ZipFile, content: bytes, place: Place) -> dict[str, bytes]:
    limits = ZipLimits(MAX_PARTS, MAX_UNPACKED, MAX_UNPACKED, MAX_RATIO, RATIO_FROM)
    try:
        members = read_members(archive, lambda name: _NEEDED.match(name) is not None, limits)
    except TooLarge:
        raise refuse(place, _TOO_LARGE, _SHRINK) from None
    except Locked:
        raise refuse(place, Text("文件有密码保护，无法读取", "the file is protected by a password")) from None
    if not any(name.lower() == "xl/workbook.xml" for name in members):
        raise refuse(place, Text("里面没有工作簿", "there is no workbook in it"), _SAVE_AS)
    return members


def _xml(content: bytes) -> ElementTree.Element:
    """A small part as a tree; a document type, which no spreadsheet has, would let entities grow without end."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ElementTree.ParseError
    return ElementTree.fromstring(content)


def _sheets(members: dict[str, bytes], place: Place) -> dict[str, bytes]:
    by_name = {name.lower(): content for name, content in members.items()}
    if any(b"<!DOCTYPE" in content or b"<!ENTITY" in content for content in members.values()):
        raise refuse(place, Text("不是有效的 .xlsx 文件", "is not a valid .xlsx file"), _SAVE_AS)
    try:
        rels = _xml(by_name.get("xl/_rels/workbook.xml.rels", b""))
        targets = {item.get("Id"): item.get("Target", "") for item in rels}
        workbook = _xml(by_name["xl/workbook.xml"])
    except (ElementTree.ParseError, LookupError, ValueError):
        what = Text("不是有效的 .xlsx 文件，或已损坏", "is not a valid .xlsx file, or is damaged")
        raise refuse(place, what, _SAVE_AS) from None
    found: dict[str, bytes] = {}
    for item in workbook.iter():
        if item.tag.rpartition("}")[2] == "sheet":
            target = targets.get(item.get(_REL)) or ""
            path = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
            found[item.get("name", "")] = by_name.get(path.lower(), b"")
    return found


def _check_extent(xml: bytes, place: Place) -> None:
    """Refuses a sheet whose filled cells span a rectangle that would not fit into memory."""
    rows = max([xml.count(b"<row") + xml.count(b":row"), *map(int, _ROW_NUMBER.findall(xml))])
    if rows * len(ascii_uppercase) <= MAX_CELLS and _is_narrow(xml):
        return
    parts = _ROW.split(xml)
    wide = {_letters(found) for found in _WIDE_REF.findall(xml)}
    columns = max([26, *wide, *(part.count(b"<c ") + part.count(b":c ") for part in parts)])
    if rows * columns <= MAX_CELLS:
        return
    refs = [(_letters(letters), int(number)) for letters, number in _REF.findall(xml)]
    width, height = max((ref[0] for ref in refs), default=columns), max((ref[1] for ref in refs), default=rows)
    if width * height > MAX_CELLS:
        what = Text(
            f"表格过大：用到第{height}行、第{width}列", f"the sheet is too large: to row {height}, column {width}"
        )
        raise refuse(place, what, _SHRINK)


def _is_narrow(xml: bytes) -> bool:
    """Whether every cell says where it is, and that is a column of one letter, as in most sheets."""
    named = xml.count(b"<c ") == xml.count(b'<c r="') and not any(tag in xml for tag in (b"<c>", b":c ", b":c>"))
    return named and _TWO_LETTERS.search(xml) is None


def _letters(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _repacked(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


_ERROR_FIX = Text("请改正公式，或改填数值", "Mend the formula or give the value itself")
_STALE_FIX = Text(
    "请用 Excel 或 WPS 打开后重新保存，使公式有结果",
    "Open and save it in Excel or WPS so that the formula has a result",
)


def find_cell_faults(xml: bytes) -> list[CellFault]:
    """Cells with an error value or with a formula that was never calculated; rows from 1, columns from 0."""
    if not any(mark in xml for mark in (b"<f", b":f", b't="e"')) or not _SUSPECT.search(xml):
        return []
    faults: list[CellFault] = []
    for cell, row, column in _cells(xml):
        value = next((item.text or "" for item in cell if item.tag.rpartition("}")[2] == "v"), "")
        formula = any(item.tag.rpartition("}")[2] == "f" for item in cell)
        name = f"{_name(column)}{row}"
        if cell.get("t") == "e":
            shown = value if re.fullmatch(r"#[A-Z0-9/!?_]{1,20}", value) else "#ERROR"
            what = Text(f"单元格 {name} 是错误值 {shown}", f"cell {name} holds the error {shown}")
            faults.append(CellFault(row, column, what, _ERROR_FIX))
        elif formula and value == "" and cell.get("t") != "str":
            what = Text(f"单元格 {name} 的公式没有计算结果", f"the formula in cell {name} has no calculated value")
            faults.append(CellFault(row, column, what, _STALE_FIX))
    return faults


def _cells(xml: bytes) -> Iterator[tuple[ElementTree.Element, int, int]]:
    """Every cell of a sheet with row (from 1) and column (from 0); a missing reference follows the cell before."""
    row = column = 0
    try:
        for event, item in ElementTree.iterparse(io.BytesIO(xml), events=("start", "end")):
            tag = item.tag.rpartition("}")[2]
            if tag == "row" and event == "start":
                number = item.get("r", "")
                row, column = (int(number) if number.isdigit() else row + 1), 0
            elif tag == "c" and event == "end":
                found = re.fullmatch(r"([A-Za-z]{1,3})\d+", item.get("r", ""))
                column = _letters(found[1].encode()) if found else column + 1
                yield item, row, column - 1
            elif tag == "row":
                item.clear()
    except (ElementTree.ParseError, LookupError, ValueError):  # an unknown encoding is a LookupError
        return


def _name(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(65 + digit) + letters
    return letters
