"""XLSX → Raw, and which sheets a workbook has. Dates come as 2021-03-05, numbers with Excel's own 15 digits.

Formulas are read as the value that was saved with them, never calculated. Nothing is written.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa  # type: ignore[import-untyped]
from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from govnb.errors import Place, Text
from govnb.inputs.raw import (
    HEADER_ROWS,
    TEXT,
    CellFault,
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
from govnb.inputs.xlsx_parts import Parts, find_cell_faults, read_parts

_EXACT = 10**15  # Excel keeps 15 digits; longer numbers have lost their end
_DAMAGED = Text("不是有效的 .xlsx 文件，或已损坏", "is not a valid .xlsx file, or is damaged")
_SAVE_AS = Text("请另存为 .xlsx 后再试", "Save it as .xlsx and try again")
_LOST = Text("数字超过15位，Excel 已丢失末尾几位", "the number has more than 15 digits; Excel has lost the last ones")
_AS_TEXT = Text("请把该列设为文本格式后重新填写", "Format the column as text and enter it again")


@dataclass(frozen=True)
class Workbook:
    """An open workbook. ``visible`` and ``hidden`` are sheet names in order."""

    place: Place
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    parts: Parts
    book: CalamineWorkbook

    @property
    def sheets(self) -> tuple[str, ...]:
        return self.visible + self.hidden


def read_workbook(content: bytes, place: Place) -> Workbook:
    """A workbook from the bytes of a file. Unreadable where it is protected, damaged, too large or no .xlsx."""
    parts = read_parts(content, place)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(parts.package))
        sheets = [(sheet.name, sheet.visible == SheetVisibleEnum.Visible) for sheet in book.sheets_metadata]
    except BaseException as error:
        raise _damaged(error, place) from None
    visible = tuple(name for name, shown in sheets if shown)
    return Workbook(place, visible, tuple(name for name, shown in sheets if not shown), parts, book)


def read_sheet(workbook: Workbook, sheet: str, recognise: Recognise, wanted: Wanted) -> Raw:
    """One sheet as Raw. Unreadable where it has no header row."""
    place = Place(file=workbook.place.file, sheet=sheet)
    rows = _rows(workbook, sheet, place)
    head = [[_text(cell) for cell in row] for row in rows[:HEADER_ROWS]]
    header = find_header(head, recognise)
    if header is None:
        what = Text("工作表是空的", "the sheet is empty")
        raise refuse(place, what, Text("第一行应为列名", "The first row must hold the column names"))
    faults = find_cell_faults(workbook.parts.sheets.get(sheet, b""))
    kept = wanted([clean(cell) for cell in head[header]])
    columns: dict[int, Cells] = {}
    for index in looked_at(kept, len(head[0])):  # personal and extra columns are never turned into text
        cells = [row[index] for row in rows[header + 1 :]]
        texts = _Texts()
        columns[index] = pa.array([cell if type(cell) is str else texts[type(cell), cell] for cell in cells], TEXT)
        faults += _lost_digits(cells, index, header + 2)
    return build_raw(head[header], header + 1, columns, kept, cell_faults=faults, sheet=sheet)


def is_blank(workbook: Workbook, sheet: str) -> bool:
    """Whether a sheet holds nothing at all."""
    return not any(cell != "" for row in _rows(workbook, sheet, workbook.place) for cell in row)


def _rows(workbook: Workbook, sheet: str, place: Place) -> list[list[object]]:
    try:
        found: list[list[object]] = list(workbook.book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))  # type: ignore[arg-type]
    except BaseException as error:
        raise _damaged(error, place) from None
    return found


def _damaged(error: BaseException, place: Place) -> BaseException:
    """The library's own errors, and its panics (which are BaseExceptions), as Unreadable; anything else as it is."""
    if (
        isinstance(error, (CalamineError, ValueError, OSError, OverflowError))
        or type(error).__name__ == "PanicException"
    ):
        return refuse(place, _DAMAGED, _SAVE_AS)
    return error


def _lost_digits(cells: Sequence[object], index: int, first_row: int) -> list[CellFault]:
    if not {int, float} & set(map(type, cells)):
        return []
    return [
        CellFault(number, index, _LOST, _AS_TEXT)
        for number, cell in enumerate(cells, start=first_row)
        if isinstance(cell, (int, float)) and abs(cell) >= _EXACT
    ]


class _Texts(dict[tuple[type, object], str | None]):
    """The text of each value, made once: most dates and numbers of a column occur many times."""

    def __missing__(self, key: tuple[type, object]) -> str | None:  # the type, since 1 equals True
        self[key] = text = _text(key[1])
        return text


def _text(cell: object) -> str | None:
    """A cell as a person would type it; None where it is blank."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time, timedelta)):
        return str(cell)
    return str(cell)


def number_text(number: float) -> str:
    """A number with at most the 15 digits that a spreadsheet keeps, never in scientific notation, ids without .0."""
    text = f"{number:.15g}"
    if "e" in text:
        text = f"{Decimal(text):f}"
    return "0" if text == "-0" else text


__all__ = ["Unreadable", "Workbook", "is_blank", "number_text", "read_sheet", "read_workbook"]
