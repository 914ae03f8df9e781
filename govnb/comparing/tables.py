"""Two sets of statutory tables, cell by cell, matched by the codes of their forms. Pure.

Forms of different years have different rows and columns: what only one of them has is shown as that side's alone, never
taken for 0 and never matched by its wording.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from govnb.comparing.model import CHANGED, EMPTIED, FILLED, ONLY_NEW, ONLY_OLD, SAME, Cell, Side
from govnb.counting.figures import Value
from govnb.form.edition import TABLES


def compare_tables(old: Side, new: Side) -> dict[str, tuple[Cell, ...]]:
    """Table → every cell of either side, in the order of the forms; tables that neither side has are left out."""
    return {
        table: tuple(_cells(old, new, table))
        for table in (*TABLES, *sorted({*old.tables, *new.tables} - {*TABLES}))
        if table in old.tables or table in new.tables
    }


def _cells(old: Side, new: Side, table: str) -> Iterator[Cell]:
    before, after = old.tables.get(table, {}), new.tables.get(table, {})
    for row in merged(before, after):
        was, now = before.get(row, {}), after.get(row, {})
        for column in merged(was, now):
            side = new if column in now else old
            yield Cell(
                table,
                row,
                column,
                row_label(side, table, row),
                column_label(side, table, row, column),
                _state(column in was, column in now, was.get(column), now.get(column)),
                was.get(column),
                now.get(column),
            )


def merged(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """The names of both in the order of ``new``; what only ``old`` has follows what stood before it there."""
    order: list[str] = list(new)
    known = set(order)
    place = 0
    for name in old:
        if name in known:
            place = order.index(name) + 1
        else:
            order.insert(place, name)
            place += 1
    return order


def _state(in_old: bool, in_new: bool, old: Value, new: Value) -> str:
    if not in_old or not in_new:
        return ONLY_OLD if in_old else ONLY_NEW
    if old is None or new is None:
        return SAME if old is new else FILLED if old is None else EMPTIED
    return SAME if equal(old, new) else CHANGED


def equal(old: Value, new: Value) -> bool:
    """12 and 12.00 are one number; a text is equal to the same text only."""
    numbers = isinstance(old, int | Decimal) and isinstance(new, int | Decimal)
    return old == new if numbers else type(old) is type(new) and old == new


def row_label(side: Side, table: str, row: str) -> str:
    """The official label with its group before it; the code where the form does not know the row."""
    edition = side.edition
    known: Sequence[str] = list(edition.rows(table)) if table in TABLES else []
    if row not in known:
        return edition.applications.groups.get(row, row) if table == "applications" else row
    label = edition.label(table, row)
    group = edition.applications.groups.get(row.partition(".")[0]) if "." in row and table == "applications" else None
    return f"{group} {label}" if group else label


def column_label(side: Side, table: str, row: str, column: str) -> str:
    edition = side.edition
    if table == "applications" and column in edition.applications.columns:
        return edition.column_label(table, row, column)
    known = edition.rows(table).get(row, ()) if table in TABLES else ()
    return edition.column_label(table, row, column) if column in known else column
