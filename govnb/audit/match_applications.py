"""Table 2 in a published report: rows aligned by label as one sequence, values from each row's own last seven cells.

Spans are never trusted for values: expanding them put numbers into the wrong column in real reports, the row's own last
cells never did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from govnb.audit.alignment import Label, align, similarity
from govnb.audit.cells import is_blank, looks_like_label
from govnb.audit.column_heads import applications_order
from govnb.audit.confirming import row_is_confirmed
from govnb.audit.raw import RawCell, RawTable
from govnb.audit.table_match import SeenRow, TableMatch, add_moved, doubles, numbered, row_deviations, tiles
from govnb.checks.model import Deviation
from govnb.form.edition import Edition

TABLE = "applications"
_SURE = 0.85
_FEWEST = 3


@dataclass(frozen=True)
class Candidate(SeenRow):
    """``doubtful``: the first value is blank and may as well be part of the label."""

    doubtful: bool = False


@dataclass(frozen=True)
class _Words:
    """All labels of the form by which a cell in the place of a value is told to be none."""

    rows: tuple[str, ...]
    others: tuple[str, ...]

    @classmethod
    def of(cls, edition: Edition) -> _Words:
        form = edition.applications
        return cls(tuple(form.rows.values()), (*form.groups.values(), form.note, form.header))

    def is_label(self, text: str) -> bool:
        return any(similarity(label, text) >= _SURE for label in (*self.rows, *self.others))


def candidates(tables: Sequence[RawTable], edition: Edition) -> list[Candidate]:
    """Rows with a label and cells that could be values, in reading order over all tables of the document."""
    width, words = len(edition.applications.columns), _Words.of(edition)
    found: list[Candidate] = []
    for number, table in enumerate(tables):
        group, torn = "", ""
        for at, row in enumerate(table.rows):
            candidate = _candidate(number, row, width, group, words)
            if candidate is None:
                torn = _only_label(row)
                continue
            torn_after = _only_label(table.rows[at + 1]) if at + 1 < len(table.rows) else ""
            found.append(_mended(candidate, torn, torn_after, words))
            group, torn = candidate.label.group or group, ""
    return _with_doubts(tables, found)


def _candidate(number: int, row: tuple[RawCell, ...], width: int, group: str, words: _Words) -> Candidate | None:
    at = _label_at(row, width, words)
    if at is None:
        return None
    labels = [cell.text for cell in row[: at + 1] if looks_like_label(cell.text)]
    behind = [cell.text for cell in row[at + 1 :]]
    if not behind or (len(behind) < width and all(map(is_blank, behind))):
        return None
    label = Label(labels[-1], labels[-2] if len(labels) > 1 else group)
    # Blank label cells may stand before the values; a number there means that the row has one number too many.
    extra, values = behind[:-width], behind[-width:]
    whole = len(values) == width and all(map(is_blank, extra))
    doubtful = whole and is_blank(values[0]) and not all(map(is_blank, values))
    return Candidate(number, label, tuple(values) if whole else None, doubtful)


def _label_at(row: tuple[RawCell, ...], width: int, words: _Words) -> int | None:
    """Where the label stands: the last cell that can't be a value. A remark in place of a number is no label."""
    labels = [at for at, cell in enumerate(row) if looks_like_label(cell.text)]
    if not labels:
        return None
    before = [at for at in labels if at < len(row) - width]
    late = labels[len(before) :]
    if late and before and not any(words.is_label(row[at].text) for at in late):
        sure = max(similarity(label, row[before[-1]].text) for label in words.rows)
        if sure >= _SURE:
            return before[-1]
    return labels[-1]


def _only_label(row: tuple[RawCell, ...]) -> str:
    """The text of a row that holds nothing but one label."""
    filled = [cell.text for cell in row if not is_blank(cell.text)]
    return filled[0] if len(filled) == 1 and looks_like_label(filled[0]) else ""


def _mended(candidate: Candidate, before: str, after: str, words: _Words) -> Candidate:
    """A label that goes on in the row below, or began in the one above, put together where that gives a row's label."""
    text = candidate.label.text
    if any(similarity(label, text) == 1 for label in words.rows):
        return candidate
    for whole in (before + text if before else "", text + after if after else ""):
        if whole and any(similarity(label, whole) == 1 for label in words.rows):
            return replace(candidate, label=replace(candidate.label, text=whole))
    return candidate


def _with_doubts(tables: Sequence[RawTable], found: list[Candidate]) -> list[Candidate]:
    """A blank first value is beyond doubt where all rows of the table are equally wide, spans counted."""
    even = {c.table: tiles(tables[c.table]) for c in found if c.doubtful}
    return [replace(c, doubtful=False) if c.doubtful and even[c.table] else c for c in found]


def match_applications(
    tables: Sequence[RawTable], edition: Edition, groups_elsewhere: frozenset[str] = frozenset()
) -> TableMatch | None:
    """The table as ``edition`` reads it, or None where fewer than three of its rows are there.

    ``groups_elsewhere``: labels of groups in other forms; one with rows below it that are none of the form's is such a
    group, and its first item has lost its label.
    """
    form = edition.applications
    rows = [
        Label(label, form.groups.get(code.split(".")[0], "") if "." in code else "")
        for code, label in form.rows.items()
    ]
    every = candidates(tables, edition)
    home = _home_tables(every, rows)
    seen = [candidate for candidate in every if candidate.table in home]
    alignment = align(rows, [candidate.label for candidate in seen])
    if len(alignment.pairs) < min(_FEWEST, len(rows)):
        return None
    result = TableMatch(edition.number, alignment.score, used=home)
    codes, aligned = list(form.rows), dict(alignment.pairs)
    taken = dict(aligned)
    add_moved(rows, seen, taken)
    orders = applications_order(tables, sorted(home), edition, result.deviations)
    for code, j in numbered(codes, taken):
        if form.rows[code] in groups_elsewhere and j + 1 < len(seen) and j + 1 not in taken.values():
            result.refuse_row(TABLE, code, list(form.columns))
        else:
            _take_row(result, edition, code, seen[j], orders[seen[j].table])
    twice = list(doubles(rows, seen, taken))
    others = _others(seen, taken, {j for _, j, _ in twice})
    result.deviations += row_deviations(TABLE, rows, seen, taken, aligned, others)
    for at, j, same in twice:
        if not same:
            result.refuse_row(TABLE, codes[at], list(form.columns))
        if not same or seen[j].table == seen[taken[at]].table:
            # The same row with the same numbers in the next piece of the table is a page break, not a fault.
            result.deviations.append(Deviation(TABLE, "doubled", "row", rows[at].text, seen[j].label.text))
    return result


def _home_tables(every: Sequence[Candidate], rows: Sequence[Label]) -> set[int]:
    """Raw tables that hold rows of the form beyond doubt with all their numbers: two, or nothing else."""
    sure: Counter[int] = Counter()
    whole: set[int] = set()
    for candidate in every:
        if any(similarity(row.text, candidate.label.text) >= _SURE for row in rows):
            sure[candidate.table] += 1
            if candidate.values is not None:
                whole.add(candidate.table)
    total = Counter(candidate.table for candidate in every)
    return {number for number, count in sure.items() if number in whole and (count >= 2 or count == total[number])}


def _others(seen: Sequence[Candidate], taken: dict[int, int], twice: set[int]) -> list[int]:
    """Printed rows of the table that are none of the form's. Without its numbers a row before or after the others may
    belong to another table that runs on into this one."""
    first, last = min(taken.values()), max(taken.values())
    return [
        j
        for j, row in enumerate(seen)
        if j not in taken.values() and j not in twice and (row.values is not None or first < j < last)
    ]


def _take_row(result: TableMatch, edition: Edition, code: str, seen: Candidate, order: list[str] | None) -> None:
    columns = list(edition.applications.columns)
    if seen.values is None or order is None or len(order) != len(seen.values):
        result.refuse_row(TABLE, code, columns)
        return
    result.take_row(edition, TABLE, code, order, seen.values)
    if seen.doubtful and not row_is_confirmed(result, edition, TABLE, code):
        result.refuse_row(TABLE, code, columns)
