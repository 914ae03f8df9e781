"""The official grid of a statutory table: cells with spans that tile a rectangle without hole or overlap.

Every renderer (HTML, PDF, DOCX, XLSX) draws this grid, and the audit matches published tables against it. It says what
stands where and what heads what; it never says how it looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from govnb.form.edition import TOTAL, Edition


@dataclass(frozen=True)
class Cell:
    """One cell. ``row`` and ``column`` count from 0; ``scope`` is that of an HTML header (None for a value).

    ``key`` is (row code, column code) for a value cell, None for a label.
    """

    row: int
    column: int
    text: str
    rowspan: int = 1
    colspan: int = 1
    scope: str | None = None
    key: tuple[str, str] | None = None


@dataclass(frozen=True)
class Grid:
    """A table of ``rows`` × ``columns``; the first ``header_rows`` are column headers repeated on a new page.

    ``label_columns`` is how many leading columns hold row labels. Cells are in reading order.
    """

    table: str
    caption: str
    rows: int
    columns: int
    header_rows: int
    label_columns: int
    cells: tuple[Cell, ...]

    def filled(self, value: Callable[[str, str], str]) -> Grid:
        """The same grid with ``value(row code, column code)`` as the text of each value cell."""
        cells = (replace(cell, text=value(*cell.key)) if cell.key else cell for cell in self.cells)
        return replace(self, cells=tuple(cells))

    def by_row(self) -> list[list[Cell]]:
        """Cells that start in each row, left to right."""
        lines: list[list[Cell]] = [[] for _ in range(self.rows)]
        for cell in self.cells:
            lines[cell.row].append(cell)
        return [sorted(line, key=lambda cell: cell.column) for line in lines]


def build_grid(edition: Edition, table: str) -> Grid:
    """The grid of ``"disclosure"``, ``"applications"`` or ``"disputes"`` with empty value cells."""
    caption = next(section.title for section in edition.sections if section.table == table)
    build = {"disclosure": _disclosure, "applications": _applications, "disputes": _disputes}[table]
    rows, columns, header_rows, label_columns, cells = build(edition)
    ordered = tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))
    return Grid(table, caption, rows, columns, header_rows, label_columns, ordered)


_Parts = tuple[int, int, int, int, list[Cell]]


def _disclosure(edition: Edition) -> _Parts:
    """Blocks below one another; the last value cell of a block with fewer columns takes the room that is left."""
    form = edition.disclosure
    width = max(len(block.columns) for block in form.blocks)
    cells: list[Cell] = []
    row = 0

    def line(label: str, entries: list[tuple[str, tuple[str, str] | None]], header: bool) -> None:
        cells.append(Cell(row, 0, label, scope="col" if header else "row"))
        for number, (text, key) in enumerate(entries):
            span = width - number if number == len(entries) - 1 else 1
            cells.append(Cell(row, 1 + number, text, colspan=span, scope="col" if header else None, key=key))

    for block in form.blocks:
        cells.append(Cell(row, 0, block.clause, colspan=1 + width, scope="colgroup"))
        row += 1
        line(form.row_header, [(label, None) for label in block.columns.values()], header=True)
        row += 1
        for code, label in block.rows.items():
            line(label, [("", (code, column)) for column in block.columns], header=False)
            row += 1
    return row, 1 + width, 0, 1, cells


def _applications(edition: Edition) -> _Parts:
    form = edition.applications
    labels, width, header_rows = 3, len(form.columns), 3
    cells = [
        Cell(0, 0, form.note, rowspan=header_rows, colspan=labels, scope="col"),
        Cell(0, labels, form.header, colspan=width, scope="colgroup"),
    ]
    runs = _runs([column.group for column in form.columns.values()])
    heads = list(form.columns.values())
    for start, length, group in runs:
        if group is None:
            cells += [
                Cell(1, labels + at, heads[at].label, rowspan=2, scope="col") for at in range(start, start + length)
            ]
        else:
            cells.append(Cell(1, labels + start, group, colspan=length, scope="colgroup"))
            cells += [Cell(2, labels + at, heads[at].label, scope="col") for at in range(start, start + length)]
    cells += _row_labels(edition, header_rows)
    for row, code in enumerate(form.rows, header_rows):
        cells += [Cell(row, labels + at, "", key=(code, column)) for at, column in enumerate(form.columns)]
    return header_rows + len(form.rows), labels + width, header_rows, labels, cells


def _row_labels(edition: Edition, top: int) -> list[Cell]:
    """Labels of table 2 in its first three columns: chapter, group, item; neighbours of a group share one cell."""
    form = edition.applications
    codes = list(form.rows)
    results = codes[codes.index("carried_in") + 1 : codes.index(TOTAL) + 1]
    cells: list[Cell] = []
    for start, length, group in _runs([code.split(".")[0] if "." in code else None for code in codes]):
        if group is not None and codes[start] in results:
            cells.append(Cell(top + start, 1, form.groups[group], rowspan=length, scope="rowgroup"))
    for row, (code, label) in enumerate(form.rows.items(), top):
        if code not in results:
            cells.append(Cell(row, 0, label, colspan=3, scope="row"))
            continue
        if code == results[0]:
            cells.append(Cell(row, 0, form.groups["results"], rowspan=len(results), scope="rowgroup"))
        cells.append(Cell(row, 2, label, scope="row") if "." in code else Cell(row, 1, label, colspan=2, scope="row"))
    return cells


def _disputes(edition: Edition) -> _Parts:
    form = edition.disputes
    width = len(form.columns)
    header_rows = 3 if any(block.group for block in form.blocks) else 2
    cells: list[Cell] = []
    for start, length, group in _runs([block.group for block in form.blocks]):
        if group is not None:
            cells.append(Cell(0, start * width, group, colspan=length * width, scope="colgroup"))
        for at in range(start, start + length):
            block, left = form.blocks[at], at * width
            cells.append(Cell(0 if group is None else 1, left, block.label, colspan=width, scope="colgroup"))
            top = 1 if group is None else 2
            cells += [
                Cell(top, left + number, label, rowspan=header_rows - top, scope="col")
                for number, label in enumerate(form.columns.values())
            ]
            cells += [
                Cell(header_rows, left + number, "", key=(block.code, column))
                for number, column in enumerate(form.columns)
            ]
    return header_rows + 1, width * len(form.blocks), header_rows, 0, cells


def _runs(groups: list[str | None]) -> list[tuple[int, int, str | None]]:
    """(start, length, group) of neighbouring equal groups."""
    runs: list[tuple[int, int, str | None]] = []
    for at, group in enumerate(groups):
        if runs and runs[-1][2] == group:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1, group)
        else:
            runs.append((at, 1, group))
    return runs
