"""Statutory tables as a reader of published reports hands them over, each cell another number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from govnb.audit.matching import Matched, match_tables
from govnb.audit.raw import RawCell, RawTable
from govnb.counting.figures import show
from govnb.form.edition import TABLES, Edition, packaged_editions
from govnb.form.grid import build_grid

EDITIONS = packaged_editions()
Values = dict[str, dict[str, dict[str, Any]]]
Grid = list[list[RawCell]]
HEADER_2, HEADER_3 = 3, 3


def numbered_values(edition: Edition) -> Values:
    """Every cell another number, so that a shift shows; the equations of the form hold."""
    count = iter(range(11, 10_000, 7))
    values: Values = {
        table: {row: {column: next(count) for column in columns} for row, columns in edition.rows(table).items()}
        for table in TABLES
    }
    if "amount" in values["disclosure"].get("fees", {}):
        values["disclosure"]["fees"]["amount"] = Decimal("24252.311082")
    rows = values["applications"]
    kinds = [column for column in edition.applications.columns if column != "total"]
    for column in kinds:
        rows["total"][column] = sum(rows[row][column] for row in edition.applications.outcomes)
        rows["carried_out"][column] = rows["new"][column]
        rows["carried_in"][column] = rows["total"][column]
    for cells in rows.values():
        cells["total"] = sum(cells[column] for column in kinds)
    for cells in values["disputes"].values():
        cells["total"] = sum(value for column, value in cells.items() if column != "total")
    return values


def grid(values: Values, edition: Edition, table: str) -> Grid:
    filled = build_grid(edition, table).filled(lambda row, column: show(values[table].get(row, {}).get(column)))
    return [[RawCell(cell.text, cell.rowspan, cell.colspan) for cell in line] for line in filled.by_row()]


def grids(number: int = 2021, values: Values | None = None) -> dict[str, Grid]:
    edition = EDITIONS[number]
    return {table: grid(values or numbered_values(edition), edition, table) for table in TABLES}


def raw(lines: Sequence[Sequence[RawCell]], sure: bool = True) -> RawTable:
    return RawTable(tuple(tuple(line) for line in lines), sure=sure)


def match(parts: dict[str, Grid] | Sequence[RawTable], **options: Any) -> Matched:
    return match_tables([raw(p) for p in parts.values()] if isinstance(parts, dict) else parts, EDITIONS, **options)


def line_of(lines: Grid, label: str) -> int:
    return next(at for at, line in enumerate(lines) if any(label in cell.text for cell in line))


def wrong_cells(found: Matched, truth: Values) -> list[tuple[str, str, str]]:
    """Cells with a number that is not theirs."""
    return [
        (table, row, column)
        for table, rows in found.values.items()
        for row, cells in rows.items()
        for column, value in cells.items()
        if value is not None and value != truth[table].get(row, {}).get(column)
    ]


def relabelled(lines: Grid, old: str, new: str) -> Grid:
    return [[replace(c, text=c.text.replace(old, new)) for c in line] for line in lines]


def kinds(found: Matched) -> set[tuple[str, str, str]]:
    return {(d.table, d.kind, d.axis) for d in found.deviations}


TRUTH = numbered_values(EDITIONS[2021])
TRUTH_2019 = numbered_values(EDITIONS[2019])


def as_drawn(lines: Grid) -> Grid:
    """Without any span: each cell takes one place, as a careless converter leaves it."""
    return [[replace(cell, rowspan=1, colspan=1) for cell in line] for line in lines]


def with_wild_spans(lines: Grid) -> Grid:
    return [[replace(cell, rowspan=999_999_999, colspan=999_999_999) for cell in line] for line in lines]


def with_blank_label_cells(lines: Grid) -> Grid:
    """Each span over columns drawn as the cell and blanks beside it."""
    return [
        [piece for cell in line for piece in (replace(cell, colspan=1), *[RawCell("")] * (cell.colspan - 1))]
        for line in lines
    ]
