"""The statutory tables as the checks read them: what stands in a cell, and how the cell is called in a message.

A blank is not a 0, a cell that could not be read is not a blank, and a row that is not printed at all is neither.
Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from govnb.checks.model import Evidence, TableValues
from govnb.counting.figures import Value
from govnb.form.edition import TABLES, TOTAL, Edition

Number = int | Decimal


@dataclass(frozen=True)
class Sheet:
    """The tables of one report, named after one form (last year's cells are called as in this year's form)."""

    edition: Edition
    tables: TableValues
    unreadable: frozenset[tuple[str, str, str]] = frozenset()

    @classmethod
    def of(cls, evidence: Evidence, edition: Edition | None = None) -> Sheet:
        return cls(edition or evidence.edition, evidence.tables or {}, evidence.unreadable)

    def value(self, table: str, row: str, column: str) -> Value:
        return self.tables.get(table, {}).get(row, {}).get(column)

    def prints(self, table: str, row: str, column: str) -> bool:
        """Whether the report has such a cell at all, filled or blank."""
        return column in self.tables.get(table, {}).get(row, {})

    def cells(self) -> Iterator[tuple[str, str, str, Value]]:
        """Every cell of the form that the report prints, with the rows that stand for a whole group."""
        for table in TABLES:
            for row, columns in self.rows(table).items():
                for column in columns:
                    if self.prints(table, row, column):
                        yield table, row, column, self.value(table, row, column)

    def rows(self, table: str) -> dict[str, tuple[str, ...]]:
        rows = self.edition.rows(table)
        if table != "applications":
            return rows
        return {row: tuple(self.edition.applications.columns) for row in self.printed_rows(tuple(rows))}

    def printed_rows(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """``codes`` of table 2, the items of a group replaced where the report prints one row for the whole group.

        Reports of 2021 and later that keep the single row （六）其他处理 of the 2019 form have it as row ``other``.
        """
        return tuple(dict.fromkeys(code.split(".")[0] if self._stands_for_group(code) else code for code in codes))

    def _stands_for_group(self, code: str) -> bool:
        group, dot, _ = code.partition(".")
        rows = self.tables.get("applications", {})
        if not dot or group not in rows or group in self.edition.applications.rows:
            return False
        items = self.edition.applications.items(group)
        return all(value is None for item in items for value in rows.get(item, {}).values())


def table_name(edition: Edition, table: str) -> str:
    title = next((section.title for section in edition.sections if section.table == table), table)
    return f"{title}表"


def row_name(edition: Edition, table: str, row: str) -> str:
    return f"{table_name(edition, table)}“{edition.label(table, row)}”" + ("" if table == "disputes" else "行")


def column_name(edition: Edition, table: str, column: str) -> str:
    first = next(row for row, columns in edition.rows(table).items() if column in columns)
    return f"{table_name(edition, table)}“{edition.column_label(table, first, column)}”列"


def cell_name(edition: Edition, table: str, row: str, column: str) -> str:
    """The whole name of a cell: table, row and column as they are labelled."""
    return "".join((table_name(edition, table), *short_cell(edition, table, row, column)))


def short_cell(edition: Edition, table: str, row: str, column: str) -> tuple[str, str]:
    """(row part, column part) of a cell's name, in quotes."""
    some_row = row if row in edition.rows(table) else next(iter(edition.rows(table)))
    return f"“{edition.label(table, row)}”", f"“{edition.column_label(table, some_row, column)}”列"


def is_total(row: str, column: str) -> bool:
    return TOTAL in (row, column)


def is_amount(edition: Edition, table: str, row: str, column: str) -> bool:
    """Whether the column holds money, so that decimals (and, in 2019, a unit) are right in it."""
    if table != "disclosure":
        return False
    return column == "amount" or "金额" in edition.column_label(table, row, column)
