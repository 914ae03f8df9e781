"""Declared tables as a workbook: the official grids, a sheet each, read back by position and label; and the empty form.

A table is found by where its labels stand, so a title above it or a renamed sheet does no harm. A label that is not
where the form has it, a value outside of its cell or a formula that was never calculated is a fault that names sheet
and cell. Nothing here writes to disk.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from govnb.errors import NOTHING, Collector, GovnbError, Place, Text
from govnb.form.edition import TABLES, Edition
from govnb.form.grid import Cell, Grid, build_grid
from govnb.inputs.declared_cells import BLANKS, Kind, Value, kind_of, parse_cell, plain, unit_of
from govnb.inputs.folding import fold_label
from govnb.inputs.workspace import Workspace

_MOST_BYTES = 64_000_000  # of a workbook unpacked; a filled form has some 100 kB
_MOST_ROWS, _MOST_COLUMNS = 300, 60  # how far from its corner a sheet is looked at
_LEAST_SHARE = 0.5  # of a table's labels in place, for a sheet to be that table
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class _Sheet:
    """Cells by (row, column) from 0 as values and as formulas."""

    name: str
    values: dict[tuple[int, int], Any]
    formulas: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class _Found:
    """A table found on a sheet: where the grid's corner stands, and how many labels are in place."""

    sheet: _Sheet
    top: int
    left: int
    matched: int


def read_workbook(
    workspace: Workspace,
    path: Path,
    edition: Edition,
    tables: dict[str, dict[str, dict[str, Value]]],
    problems: Collector,
) -> None:
    """Fills ``tables`` from the workbook; faults go to ``problems``."""
    file = workspace.shown(path)
    sheets = _open(workspace, path, file, problems)
    if sheets is None:
        return
    known = False
    for table in TABLES:
        grid = build_grid(edition, table)
        found = [place for sheet in sheets if (place := _find(sheet, grid)) is not None]
        best = max((place.matched for place in found), default=0)
        places = [place for place in found if place.matched == best]
        if len(places) > 1:
            names = [place.sheet.name for place in places]
            what = Text(
                f"同一张表见于多个工作表：{'、'.join(names)}", f"stands on more than one sheet: {', '.join(names)}"
            )
            problems.add(Place(file=file), what, Text("请只留一张", "Keep one of them"), "declared.file")
        known = known or bool(places)
        for place in places[:1]:
            _read_table(file, place, grid, edition, tables[table], problems)
    if not known and not problems.problems:
        fix = Text("请用 govnb init --blank 所附的空白表填写", "Fill in the empty form that govnb makes")
        problems.add(
            Place(file=file), Text("没有找到统计表", "holds none of the statutory tables"), fix, "declared.file"
        )


def _open(workspace: Workspace, path: Path, file: str, problems: Collector) -> list[_Sheet] | None:
    import openpyxl  # type: ignore[import-untyped]  # loaded here only: --help must not wait for it

    def fault(zh: str, en: str, fix: Text = NOTHING) -> None:
        problems.add(Place(file=file), Text(zh, en), fix, "declared.file")

    try:
        content = workspace.inside(path).read_bytes()
    except GovnbError as error:
        problems.problems.extend(error.problems)
        return None
    except OSError:
        fault("无法读取", "can't be read")
        return None
    if content.startswith(_OLE):
        fix = Text("请去掉密码，另存为 .xlsx", "Remove the password and save it as .xlsx")
        fault("有密码保护，或是旧的 .xls 格式", "is protected by a password, or an old .xls", fix)
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MOST_BYTES:
                fault("解压后过大", "is too large when unpacked")
                return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of what it does not keep; nothing is kept here
            books = [openpyxl.load_workbook(io.BytesIO(content), data_only=only) for only in (True, False)]
    except Exception:  # openpyxl raises whatever its parsers meet: KeyError, ValueError, XML errors
        fault("不是可读的 .xlsx 文件", "is not a readable .xlsx file", Text("请另存为 .xlsx", "Save it as .xlsx again"))
        return None
    return [_sheet(values, raw) for values, raw in zip(books[0].worksheets, books[1].worksheets, strict=True)]


def _sheet(values: Any, raw: Any) -> _Sheet:
    cells: dict[tuple[int, int], Any] = {}
    formulas: set[tuple[int, int]] = set()
    for row, line in enumerate(raw.iter_rows(max_row=_MOST_ROWS, max_col=_MOST_COLUMNS)):
        for column, cell in enumerate(line):
            if cell.value is None:
                continue
            if cell.data_type == "f":
                formulas.add((row, column))
            if (value := values.cell(row + 1, column + 1).value) is not None:
                cells[(row, column)] = value
    return _Sheet(str(values.title), cells, frozenset(formulas))


def _find(sheet: _Sheet, grid: Grid) -> _Found | None:
    """Where the grid stands on the sheet: the offset that most of its labels agree on."""
    labels = [(cell.row, cell.column, fold_label(cell.text)) for cell in grid.cells if cell.key is None]
    by_text: dict[str, list[tuple[int, int]]] = {}
    for row, column, text in labels:
        by_text.setdefault(text, []).append((row, column))
    votes: Counter[tuple[int, int]] = Counter()
    for (row, column), value in sheet.values.items():
        for at in by_text.get(fold_label(value), ()) if isinstance(value, str) else ():
            votes[(row - at[0], column - at[1])] += 1
    fitting = [(-count, offset) for offset, count in votes.items() if min(offset) >= 0]
    if not fitting or -min(fitting)[0] < _LEAST_SHARE * len(labels):
        return None
    count, (top, left) = min(fitting)
    return _Found(sheet, top, left, -count)


def _read_table(
    file: str, found: _Found, grid: Grid, edition: Edition, table: dict[str, dict[str, Value]], problems: Collector
) -> None:
    sheet = found.sheet
    starts: set[tuple[int, int]] = set()
    for cell in grid.cells:
        at = (found.top + cell.row, found.left + cell.column)
        starts.add(at)
        value = sheet.values.get(at)
        place = Place(file=file, sheet=sheet.name)
        if cell.key is None:
            if fold_label(str(value or "")) != fold_label(cell.text):
                what = Text(
                    f"{_name(at)} 应为“{_short(cell.text)}”，现为“{_short(value)}”",
                    f"cell {_name(at)} must be “{_short(cell.text)}”, not “{_short(value)}”",
                )
                problems.add(place, what, Text("请恢复表头和行名", "Restore the labels of the form"), "declared.label")
            continue
        row, column = cell.key
        kind = kind_of(edition, grid.table, row, column)
        parsed = _cell(sheet, at, kind, unit_of(edition, grid.table, row, column))
        if isinstance(parsed, tuple):
            what = Text(f"{_name(at)}：{parsed[0].zh}", f"cell {_name(at)}: {parsed[0].en}")
            problems.add(place, what, parsed[1], "declared.value")
        else:
            table[row][column] = parsed
    _check_outside(file, found, grid, starts, problems)


def _cell(sheet: _Sheet, at: tuple[int, int], kind: Kind, unit: str) -> Value | tuple[Text, Text]:
    value = sheet.values.get(at)
    if value is None and at in sheet.formulas:
        fix = Text("请在表格软件中打开并保存一次，或改填数字", "Open and save it in a spreadsheet, or enter the number")
        return Text("公式还没有计算结果", "holds a formula without a result"), fix
    if isinstance(value, float):  # the file holds the digits of a binary number; the shortest that give it are meant
        value = int(value) if value.is_integer() and abs(value) < 2**53 else Decimal(repr(value))
    if isinstance(value, datetime):
        return Text("是日期，不是数字", "is a date, not a number"), NOTHING
    return parse_cell(value, kind, unit)


def _check_outside(file: str, found: _Found, grid: Grid, starts: set[tuple[int, int]], problems: Collector) -> None:
    """Something in the room of a merged cell that is not its first: after unmerging, a value may have landed there."""
    covered = _covered(grid.cells)
    for row in range(found.top, found.top + grid.rows):
        for column in range(found.left, found.left + grid.columns):
            at = (row, column)
            value = found.sheet.values.get(at)
            if at in starts or value is None or plain(str(value)) in BLANKS:
                continue
            owner = covered[(row - found.top, column - found.left)]
            if owner.key is None and fold_label(str(value)) == fold_label(owner.text):
                continue  # unmerged, and the label filled into each of its cells
            first = _name((found.top + owner.row, found.left + owner.column))
            what = Text(f"{_name(at)} 不是填数的位置", f"cell {_name(at)} is no place for a value")
            fix = Text(f"请填在 {first}", f"Enter it in {first}")
            problems.add(Place(file=file, sheet=found.sheet.name), what, fix, "declared.label")


def _covered(cells: Iterable[Cell]) -> dict[tuple[int, int], Cell]:
    return {
        (row, column): cell
        for cell in cells
        for row in range(cell.row, cell.row + cell.rowspan)
        for column in range(cell.column, cell.column + cell.colspan)
    }


def _name(at: tuple[int, int]) -> str:
    """(row, column) from 0 → B7."""
    letters, number = "", at[1] + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{at[0] + 1}"


def _short(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    return text if len(text) <= 30 else f"{text[:30]}…"


def write_declared_template(edition: Edition, values: Mapping[str, Mapping[str, Mapping[str, Value]]] = {}) -> bytes:
    """The form of an edition as an .xlsx, a sheet for each statutory table; the same bytes each time.

    ``values`` are written into its cells; what they lack or hold as None is blank.
    """
    import xlsxwriter  # type: ignore[import-untyped]

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"created": datetime(2000, 1, 1), "author": "", "title": edition.authority})  # noqa: DTZ001
    style = {"border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    label, title = book.add_format({**style, "bg_color": "#F2F2F2"}), book.add_format({"bold": True, "font_size": 14})
    formats: dict[Kind, Any] = {
        "count": book.add_format({**style, "num_format": "0"}),
        "amount": book.add_format({**style, "num_format": "General"}),
        "amount with unit": book.add_format({**style, "num_format": "@"}),
    }
    for table in TABLES:
        grid = build_grid(edition, table)
        sheet = book.add_worksheet(grid.caption[:31])
        sheet.write_string(0, 0, grid.caption, title)
        sheet.set_column(0, grid.columns - 1, 13)
        for cell in grid.cells:
            style_of = label if cell.key is None else formats[kind_of(edition, table, *cell.key)]
            at = (cell.row + 1, cell.column)
            known = values.get(table, {}).get(cell.key[0], {}).get(cell.key[1]) if cell.key else None
            if cell.rowspan > 1 or cell.colspan > 1:
                sheet.merge_range(*at, at[0] + cell.rowspan - 1, at[1] + cell.colspan - 1, cell.text, style_of)
            elif isinstance(known, int):
                sheet.write_number(*at, known, style_of)
            elif cell.text:
                sheet.write_string(*at, cell.text, style_of)
            else:
                sheet.write_blank(*at, None, style_of)
        sheet.fit_to_pages(1, 1)
        sheet.set_paper(9)  # A4
    book.close()
    return out.getvalue()
