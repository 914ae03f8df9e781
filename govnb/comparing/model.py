"""What a comparison is made of: two sides, the cells of their tables, the sentences of their sections.

Data only, the same for the terminal, the page and JSON. Nothing here reads, aligns or draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from govnb.checks.model import TableValues
from govnb.counting.figures import Value, show, value_to_json
from govnb.form.edition import Edition
from govnb.narrative.sections import Section

SAME, CHANGED, FILLED, EMPTIED, ONLY_OLD, ONLY_NEW = "same", "changed", "filled", "emptied", "only_old", "only_new"
CARRIED, ADDED, REMOVED = "carried", "added", "removed"
REPEATED = (SAME, CARRIED)  # sentences that say nothing new but, perhaps, other numbers


@dataclass(frozen=True)
class Side:
    """One report. ``source``: what it was read from, as it is shown; ``label`` names it in a heading (2021年)."""

    label: str
    source: str
    name: str
    year: int | None
    edition: Edition
    tables: TableValues = field(default_factory=dict)
    sections: tuple[Section, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "name": self.name, "year": self.year, "edition": self.edition.number}


@dataclass(frozen=True)
class Cell:
    """One cell on both sides. ``state``: same, changed, filled (blank before), emptied, only_old or only_new (the other
    side's table has no such cell). A blank is None and is never taken for 0."""

    table: str
    row: str
    column: str
    row_label: str
    column_label: str
    state: str
    old: Value = None
    new: Value = None

    @property
    def change(self) -> int | Decimal | None:
        """New less old, exact; None where either is no number."""
        if isinstance(self.old, int | Decimal) and isinstance(self.new, int | Decimal):
            return self.new - self.old
        return None

    @property
    def percent(self) -> Decimal | None:
        """Change in per cent of the old value, to a tenth, half up; None from 0 or less and without both."""
        if self.change is None or not isinstance(self.old, int | Decimal) or self.old <= 0:
            return None
        return rounded(Decimal(self.change) * 100 / Decimal(self.old))

    @property
    def from_zero(self) -> bool:
        """From 0 to something: there is no percentage, and it is more than no change."""
        return self.old == 0 and self.change not in (None, 0)

    def to_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "row_label": self.row_label,
            "column_label": self.column_label,
            "state": self.state,
            "old": value_to_json(self.old),
            "new": value_to_json(self.new),
            "change": value_to_json(self.change),
            "percent": value_to_json(self.percent),
        }


@dataclass(frozen=True)
class Sentence:
    """A sentence on both sides, or on one.

    ``state``: same (to the letter), carried (the same words with other numbers), changed, added or removed. ``old_at``
    and ``new_at`` count the sentences of the section from 1. ``marks``: runs of (same, removed or added, text) from
    which both wordings can be put together. ``kind`` is that of the block it stands in.
    """

    state: str
    old: str | None
    new: str | None
    old_at: int | None
    new_at: int | None
    kind: str = "paragraph"
    moved: bool = False
    marks: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "moved": self.moved,
            "kind": self.kind,
            "old_at": self.old_at,
            "new_at": self.new_at,
            "old": self.old,
            "new": self.new,
            "marks": [list(mark) for mark in self.marks],
        }


@dataclass(frozen=True)
class SectionChange:
    """A section on both sides. ``characters``: of the new text, blanks aside and each number counted as one;
    ``repeated``: those of them that stood in the old text too."""

    code: str
    title: str
    sentences: tuple[Sentence, ...]
    characters: int
    repeated: int

    @property
    def share(self) -> Decimal | None:
        """Repeated text in per cent of the new; None where there is no new text."""
        return share_of(self.repeated, self.characters)

    def count(self, state: str) -> int:
        return sum(sentence.state == state for sentence in self.sentences)

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "title": self.title,
            "characters": self.characters,
            "repeated": self.repeated,
            "repeated_percent": value_to_json(self.share),
            "sentences": [sentence.to_json() for sentence in self.sentences],
        }


@dataclass(frozen=True)
class Difference:
    """The whole comparison. ``tables``: table → its cells in the order of the forms."""

    old: Side
    new: Side
    tables: Mapping[str, tuple[Cell, ...]]
    sections: tuple[SectionChange, ...]

    @property
    def empty(self) -> bool:
        """Whether the two sides say the same, to the letter."""
        cells = (cell for cells in self.tables.values() for cell in cells)
        sentences = (sentence for section in self.sections for sentence in section.sentences)
        return all(each.state == SAME for each in cells) and all(s.state == SAME and not s.moved for s in sentences)

    def caption(self, table: str) -> str:
        """The official title of the section that holds a table."""
        sections = (*self.new.edition.sections, *self.old.edition.sections)
        return next((section.title for section in sections if section.table == table), table)

    @property
    def share(self) -> Decimal | None:
        """Repeated text of all sections together, in per cent."""
        return share_of(sum(s.repeated for s in self.sections), sum(s.characters for s in self.sections))

    def to_json(self) -> dict[str, Any]:
        return {
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "tables": {table: [cell.to_json() for cell in cells] for table, cells in self.tables.items()},
            "sections": [section.to_json() for section in self.sections],
            "repeated_percent": value_to_json(self.share),
        }


def differing(cells: Iterable[Cell]) -> list[Cell]:
    """Cells that are not the same; of those that only one form has, the ones that are filled in."""
    return [
        cell
        for cell in cells
        if cell.state != SAME and not (cell.state in (ONLY_OLD, ONLY_NEW) and cell.old is None and cell.new is None)
    ]


def printed_change(cell: Cell) -> str:
    """+12, -3, 0, or nothing where there is none."""
    change = cell.change
    return "" if change is None else f"+{show(change)}" if change > 0 else show(change)


def printed_percent(cell: Cell, from_zero: str) -> str:
    """+12.5%, -3.0%, ``from_zero`` where something came of nothing, — where there is no percentage."""
    if cell.change is None:
        return ""
    if cell.percent is None:
        return from_zero if cell.from_zero else "—"
    return f"+{show(cell.percent)}%" if cell.percent > 0 else f"{show(cell.percent)}%"


def rounded(value: Decimal) -> Decimal:
    """To one place, half up. One place is kept for 0 as well, so that columns of figures align."""
    with localcontext() as context:
        context.prec = max(28, value.adjusted() + 10)
        result = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return result if result else abs(result)


def share_of(part: int, whole: int) -> Decimal | None:
    return rounded(Decimal(part) * 100 / Decimal(whole)) if whole else None
