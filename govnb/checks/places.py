"""Where a result stands in the report: the cells and the paragraph that it speaks of, found again by their names.

A result names its place in words, as a person reads it; this is the way back, from the same functions that made the
words. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from govnb.checks.cells import cell_name, column_name, row_name
from govnb.checks.model import Result
from govnb.checks.prose import passages
from govnb.form.edition import TABLES, Edition
from govnb.form.identity import Identity
from govnb.narrative.sections import Section

Key = tuple[str, str, str]


@dataclass(frozen=True)
class FormPlaces:
    """Names of one form → cells. Built once for a form; ``names`` are longest first, for names within a sentence."""

    cells: Mapping[str, tuple[Key, ...]]
    rows: Mapping[str, tuple[tuple[str, str], ...]]
    columns: Mapping[str, tuple[tuple[str, str], ...]]
    identities: Mapping[str, Identity] = field(default_factory=dict)

    @classmethod
    def of(cls, edition: Edition) -> FormPlaces:
        cells: dict[str, tuple[Key, ...]] = {}
        rows: dict[str, tuple[tuple[str, str], ...]] = {}
        columns: dict[str, tuple[tuple[str, str], ...]] = {}
        for table in TABLES:
            for row, codes in edition.rows(table).items():
                name = row_name(edition, table, row)
                rows[name] = (*rows.get(name, ()), (table, row))
                for column in codes:
                    name = cell_name(edition, table, row, column)
                    cells[name] = (*cells.get(name, ()), (table, row, column))
                    name = column_name(edition, table, column)
                    if (table, column) not in columns.get(name, ()):
                        columns[name] = (*columns.get(name, ()), (table, column))
        ordered = dict(sorted(cells.items(), key=lambda item: -len(item[0])))
        return cls(ordered, rows, columns, {identity.id: identity for identity in edition.identities})

    def cells_of(self, result: Result, edition: Edition) -> tuple[Key, ...]:
        """The cells to mark: the one that is named, or those that the equation joins there; () where it is none."""
        where = result.where
        if where in self.cells:
            return self.cells[where]
        if where in self.rows:
            return tuple(key for table, row in self.rows[where] for key in self._in_row(result, edition, table, row))
        if where in self.columns:
            return tuple(
                key for table, column in self.columns[where] for key in self._in_column(result, edition, table, column)
            )
        said = result.message.zh
        return tuple(dict.fromkeys(key for name, keys in self.cells.items() if name in said for key in keys))

    def _in_row(self, result: Result, edition: Edition, table: str, row: str) -> list[Key]:
        columns = edition.rows(table)[row]
        identity = self.identities.get(result.id)
        if identity is not None and identity.axis == "row":
            columns = _told(identity, columns)
        return [(table, row, column) for column in columns]

    def _in_column(self, result: Result, edition: Edition, table: str, column: str) -> list[Key]:
        identity = self.identities.get(result.id)
        rows = tuple(row for row, columns in edition.rows(table).items() if column in columns)
        if identity is not None and identity.axis in (None, "column"):
            rows = _told(identity, rows)
        return [(table, row, column) for row in rows]


def _told(identity: Identity, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Of the cells that an equation joins, those that are a side by themselves; without one all of them."""
    sides = [side for side in (identity.left, identity.right) if len(side) == 1 and len(side[0].codes) == 1]
    alone = {side[0].codes[0] for side in sides if side[0].years_before == 0}
    joined = {code for side in (identity.left, identity.right) for term in side for code in term.codes}
    return tuple(code for code in codes if code in (alone or joined))


def paragraph_of(result: Result, sections: tuple[Section, ...]) -> tuple[str, int] | None:
    """(section code, number of the block from 0) where the result's place is a paragraph of the text."""
    counts: dict[str, int] = {}
    for passage in passages(sections):
        number = counts.get(passage.section, 0)
        counts[passage.section] = number + 1
        if passage.where == result.where:
            return passage.section, number
    return None
