"""The three statutory tables: which selection fills each cell, and the tables counted, declared or summed.

What a ledger can't tell (such as 上一年项目数量 of 2019) has no selection and comes from the declared table, or stays
blank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from govnb.counting import rules
from govnb.counting.book import Book, add, plain
from govnb.counting.fees import to_wan_yuan
from govnb.counting.figures import Value
from govnb.counting.rules import Selection
from govnb.form.edition import TABLES, TOTAL, Edition

TableValues = Mapping[str, Mapping[str, Mapping[str, Value]]]
Cell = tuple[str, str, str]


@dataclass
class Tables:
    """The statutory tables of one report as DataFrames (index: row codes, columns: column codes, cells: objects).

    A cell that the form does not have, or that no source fills, is None. An analyst may change cells in a notebook;
    what is published is what stands here then.
    """

    edition: Edition
    disclosure: pd.DataFrame
    applications: pd.DataFrame
    disputes: pd.DataFrame

    def __getitem__(self, table: str) -> pd.DataFrame:
        if table not in TABLES:
            raise KeyError(table)
        frame: pd.DataFrame = getattr(self, table)
        return frame

    def get(self, table: str, row: str, column: str) -> Value:
        return plain_value(self[table].at[row, column])

    def values(self) -> dict[str, dict[str, dict[str, Value]]]:
        """Table → row → column → value, only the cells that the form has, in its order."""
        cells = {table: _by_row(self[table]) for table in TABLES}
        return _each_cell(self.edition, lambda cell: plain_value(cells[cell[0]][cell[1]][cell[2]]))

    @classmethod
    def from_values(cls, edition: Edition, values: TableValues) -> Tables:
        frames: dict[str, pd.DataFrame] = {}
        for table in TABLES:
            rows = edition.rows(table)
            columns = list(dict.fromkeys(column for each in rows.values() for column in each))
            cells = {c: [values.get(table, {}).get(row, {}).get(c) for row in rows] for c in columns}
            frames[table] = pd.DataFrame(cells, index=list(rows), columns=columns, dtype=object)
        return cls(edition, **frames)


def _by_row(frame: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Row → column → cell; to ask a frame for each of its cells takes thirty times as long."""
    rows = zip(frame.index, frame.to_numpy(dtype=object), strict=True)
    return {row: dict(zip(frame.columns, cells, strict=True)) for row, cells in rows}


def plain_value(value: Any) -> Value:
    """numpy and pandas scalars that an analyst's cell may have left, as Python values; NaN is blank."""
    if value is None or type(value) is int or isinstance(value, (str, Decimal)):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, float) and not float(value).is_integer():
        return Decimal(str(value))
    return int(value)


# Which selection fills a cell.


def cell_selections(edition: Edition, year: int) -> dict[Cell, Selection]:
    """(table, row, column) → selection for every cell that ledgers can tell."""
    return {
        **_disclosure_selections(edition, year),
        **_applications_selections(edition, year),
        **_disputes_selections(edition, year),
    }


# Column code → rule of table 1. A new form that has these columns needs no code for its rows.
_DOCUMENT_RULES: dict[str, Callable[[int], Selection]] = {
    "issued": rules.issued_documents,
    "made": rules.issued_documents,
    "repealed": rules.repealed_documents,
    "in_force": rules.documents_in_force,
    "disclosed": rules.disclosed_documents,
    "disclosed_total": rules.documents_disclosed_so_far,
}


def _disclosure_selections(edition: Edition, year: int) -> dict[Cell, Selection]:
    found: dict[Cell, Selection] = {}
    for block in edition.disclosure.blocks:
        for row, label in block.rows.items():
            kind = rules.of_kind(row, label)
            for column in block.columns:
                if column in _DOCUMENT_RULES:
                    found["disclosure", row, column] = _DOCUMENT_RULES[column](year).where(kind)
                elif column == "decisions":
                    found["disclosure", row, column] = rules.decisions_made(year).where(kind)
                elif column == "amount" and row == "fees":
                    found["disclosure", row, column] = rules.fees_charged(year)
    return found


def application_rows(edition: Edition, year: int) -> dict[str, Selection]:
    """Row code of table 2, group codes included → selection over all applicants."""
    form = edition.applications
    answered = rules.answered_applications(year)
    found = {
        "new": rules.new_applications(year),
        "carried_in": rules.carried_in_applications(year),
        TOTAL: answered,
        "carried_out": rules.carried_out_applications(year),
    }
    for row in (*form.outcomes, *form.outcome_groups):
        label = edition.label("applications", row)
        found[row] = answered.where(rules.with_outcome(row, label))
    return found


def applicant(edition: Edition, column: str) -> tuple[rules.Condition, ...]:
    """The condition of a column of table 2; none for 总计."""
    if column == TOTAL:
        return ()
    return (rules.from_applicant(column, edition.applications.columns[column].label),)


def _applications_selections(edition: Edition, year: int) -> dict[Cell, Selection]:
    by_row = application_rows(edition, year)
    return {
        ("applications", row, column): by_row[row].where(*applicant(edition, column))
        for row in edition.applications.rows
        if row in by_row
        for column in edition.applications.columns
    }


def dispute_selection(year: int, column: str, label: str) -> Selection:
    if column == "pending":
        return rules.disputes_pending(year)
    if column == TOTAL:
        return rules.disputes_in_total(year)
    return rules.disputes_concluded(year, column, label)


def _disputes_selections(edition: Edition, year: int) -> dict[Cell, Selection]:
    kinds = {block: code for code, (_, blocks) in edition.disputes.groups.items() for block in blocks}
    found: dict[Cell, Selection] = {}
    for block in edition.disputes.blocks:
        route = block.code if block.code in kinds else None
        cases = rules.of_block(kinds.get(block.code, block.code), route, block.label)
        for column, label in edition.disputes.columns.items():
            found["disputes", block.code, column] = dispute_selection(year, column, label).where(*cases)
    return found


# Counted, declared, summed.


def count_tables(edition: Edition, year: int, book: Book, declared: TableValues | None) -> Tables:
    """The tables of a year: each cell from its ledger where there is one, else as declared, else blank."""
    return Tables.from_values(edition, count_values(edition, year, book, declared))


def count_values(edition: Edition, year: int, book: Book, declared: TableValues | None) -> TableValues:
    """As ``count_tables``, without frames: an aggregate counts hundreds of reports that nobody looks at."""
    selections = cell_selections(edition, year)

    def counted(cell: Cell) -> Value:
        selection = selections.get(cell)
        if selection is not None and selection.ledger in book:
            return cell_value(selection, book)
        table, row, column = cell
        return (declared or {}).get(table, {}).get(row, {}).get(column)

    return _each_cell(edition, counted)


def _each_cell(edition: Edition, value: Callable[[Cell], Value]) -> dict[str, dict[str, dict[str, Value]]]:
    """Table → row → column → ``value``, in the order of the form."""
    return {
        table: {
            row: {column: value((table, row, column)) for column in columns}
            for row, columns in edition.rows(table).items()
        }
        for table in TABLES
    }


def cell_value(selection: Selection, book: Book) -> int | Decimal:
    """Rows or sum of a selection as the form prints it: the fees of table 1 in 万元, exact."""
    total = book.total(selection)
    return to_wan_yuan(total) if selection.measure == rules.FEE_MEASURE else total


def sum_tables(edition: Edition, members: Iterable[TableValues]) -> TableValues:
    """Cell by cell sum of the members' tables. A blank counts as nothing; a cell that is blank everywhere stays blank.

    An amount that is text with its own unit can't be summed and leaves the cell blank.
    """
    parts = list(members)

    def added(cell: Cell) -> Value:
        table, row, column = cell
        return add_cells(part.get(table, {}).get(row, {}).get(column) for part in parts)

    return _each_cell(edition, added)


def add_cells(cells: Iterable[Value]) -> Value:
    """The exact sum; blanks count as nothing, blanks alone and any text make it blank."""
    present = [cell for cell in cells if cell is not None]
    numbers = [cell for cell in present if not isinstance(cell, str)]
    if not present or len(numbers) < len(present):
        return None
    if any(isinstance(number, Decimal) for number in numbers):
        return plain(add(numbers))
    return int(sum(numbers))
