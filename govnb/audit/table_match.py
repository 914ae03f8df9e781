"""What the three matchers share: one table as one edition reads it, and the rows that are missing, moved or doubled.

Nothing here knows which table it is, and no number is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from govnb.audit.alignment import Label, label_key, similarity
from govnb.audit.cells import UnreadCell, read_cell
from govnb.audit.raw import RawTable
from govnb.checks.model import Deviation
from govnb.counting.figures import Value
from govnb.form.edition import Edition
from govnb.inputs.declared_cells import kind_of, unit_of


@dataclass
class TableMatch:
    """One table as one edition reads it. ``values`` holds the rows that were found; None is a blank or an unread cell.

    ``used``: numbers of the raw tables that it came from.
    """

    edition: int
    score: float = 0.0
    values: dict[str, dict[str, Value]] = field(default_factory=dict)
    unreadable: set[tuple[str, str, str]] = field(default_factory=set)
    deviations: list[Deviation] = field(default_factory=list)
    used: set[int] = field(default_factory=set)

    def refuse_row(self, table: str, row: str, columns: Sequence[str]) -> None:
        """Nothing of the row can be read with certainty."""
        self.values[row] = dict.fromkeys(columns)
        self.unreadable |= {(table, row, column) for column in columns}

    def take_row(self, edition: Edition, table: str, row: str, order: Sequence[str], texts: Sequence[str]) -> None:
        """``texts`` are the cells under the columns ``order``; what is no plain number is unreadable."""
        self.values[row] = dict.fromkeys(edition.rows(table)[row])
        for column, text in zip(order, texts, strict=True):
            kind = kind_of(edition, table, row, column)
            value = read_cell(text, kind, unit_of(edition, table, row, column) if kind != "count" else "")
            if isinstance(value, UnreadCell):
                self.unreadable.add((table, row, column))
            else:
                self.values[row][column] = value


@dataclass(frozen=True)
class SeenRow:
    """A printed row: its raw table, its label (with that of its group), its cells; None where these can't be told."""

    table: int
    label: Label
    values: tuple[str, ...] | None

    @property
    def key(self) -> str:
        return label_key(self.label.text)


def add_moved(form: Sequence[Label], seen: Sequence[SeenRow], taken: dict[int, int]) -> None:
    """A row out of order is still that row where its label is beyond doubt and stands for no other row of the form."""
    keys = [label_key(row.text) for row in form]
    for at, key in enumerate(keys):
        if at in taken or keys.count(key) > 1:
            continue
        same = [j for j, row in enumerate(seen) if row.key == key and j not in taken.values()]
        if same:
            taken[at] = same[0]


def row_deviations(
    table: str,
    form: Sequence[Label],
    seen: Sequence[SeenRow],
    taken: Mapping[int, int],
    aligned: Mapping[int, int],
    others: Sequence[int],
) -> Iterator[Deviation]:
    """``taken``: row of the form → printed row; ``aligned``: those of them in order; ``others``: printed rows that are
    no row of the form, nor a second print of one."""
    for at, label in enumerate(form):
        if at not in taken:
            yield Deviation(table, "missing", "row", label.text, None)
            continue
        printed = seen[taken[at]].label.text
        if at not in aligned:
            yield Deviation(table, "moved", "row", label.text, printed)
        elif similarity(label.text, printed) < 1:
            yield Deviation(table, "renamed", "row", label.text, printed)
    for j in others:
        yield Deviation(table, "extra", "row", None, seen[j].label.text)


def doubles(
    form: Sequence[Label], seen: Sequence[SeenRow], taken: Mapping[int, int]
) -> Iterator[tuple[int, int, bool]]:
    """(row of the form, second print of it, whether both say the same)."""
    at_key = {seen[j].key: at for at, j in taken.items()}
    at_key |= {label_key(label.text): at for at, label in enumerate(form) if at in taken}
    for j, row in enumerate(seen):
        if j not in taken.values() and row.key in at_key:
            at = at_key[row.key]
            yield at, j, row.values is not None and row.values == seen[taken[at]].values


def numbered(codes: Sequence[str], taken: Mapping[int, int]) -> Iterator[tuple[str, int]]:
    for at, code in enumerate(codes):
        if at in taken:
            yield code, taken[at]


def tiles(table: RawTable) -> bool:
    """Whether the spans of a table tile it: no row has a place too many or too few."""
    if sum(cell.rowspan > len(table.rows) or cell.colspan > 40 for row in table.rows for cell in row):
        return False
    widths: Counter[int] = Counter()
    hanging: list[int] = []
    for row in table.rows:
        widths[sum(cell.colspan for cell in row) + len(hanging)] += 1
        hanging += [cell.rowspan for cell in row for _ in range(cell.colspan)]
        hanging = [left - 1 for left in hanging if left > 1]
    return len(widths) == 1
