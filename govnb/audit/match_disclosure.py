"""Table 1 in a published report: blocks of rows under their own column heads.

A row's values are its cells after the label, as many as its block has columns; heads in another order are followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from govnb.audit.alignment import Label, align, similarity
from govnb.audit.cells import is_blank, looks_like_label, looks_like_value
from govnb.audit.column_heads import column_order
from govnb.audit.raw import RawCell, RawTable
from govnb.audit.table_match import SeenRow, TableMatch, add_moved, doubles, numbered, row_deviations, tiles
from govnb.checks.model import Deviation
from govnb.form.edition import DisclosureBlock, Edition

TABLE = "disclosure"
_SURE = 0.85


@dataclass(frozen=True)
class _Row(SeenRow):
    """``heads``: the column heads last printed above the row, () where none are."""

    heads: tuple[str, ...] = ()

    @property
    def cells(self) -> tuple[str, ...]:
        return self.values or ()


def _rows(tables: Sequence[RawTable], edition: Edition) -> tuple[list[_Row], set[int]]:
    """Rows of a label and values, each with the column heads last seen above it, and the raw tables that print heads or
    clauses of the form. A table that begins with numbers goes on as the piece before it."""
    found: list[_Row] = []
    headed: set[int] = set()
    heads: tuple[str, ...] = ()
    for number, table in enumerate(tables):
        if number - 1 in headed and _goes_on(table, edition):
            headed.add(number)
        else:
            heads = ()
        for row in table.rows:
            texts = [cell.text for cell in row]
            if _is_clause(edition, texts):
                heads = ()
                headed.add(number)
            elif _is_head(edition, texts):
                heads = tuple(_trimmed(texts[1:]))
                headed.add(number)
            elif (seen := _row(number, row, heads)) is not None:
                found.append(seen)
    return found, headed


def _goes_on(table: RawTable, edition: Edition) -> bool:
    first = _row(0, table.rows[0], ()) if table.rows else None
    labels = [label for block in edition.disclosure.blocks for label in block.rows.values()]
    return first is not None and any(similarity(label, first.label.text) >= _SURE for label in labels)


def _row(number: int, row: Sequence[RawCell], heads: tuple[str, ...]) -> _Row | None:
    texts = [cell.text for cell in row]
    if len(texts) > 1 and looks_like_label(texts[0]) and all(map(looks_like_value, texts[1:])):
        return _Row(number, Label(texts[0]), tuple(texts[1:]), heads)
    return None


def _is_clause(edition: Edition, texts: Sequence[str]) -> bool:
    filled = [text for text in texts if not is_blank(text)]
    clauses = [block.clause for block in edition.disclosure.blocks]
    return len(filled) == 1 and any(similarity(clause, filled[0]) >= _SURE for clause in clauses)


def _is_head(edition: Edition, texts: Sequence[str]) -> bool:
    if len(texts) < 2:
        return False
    if similarity(texts[0], edition.disclosure.row_header) >= _SURE:
        return True
    labels = [label for block in edition.disclosure.blocks for label in block.columns.values()]
    hits = sum(any(similarity(label, text) >= _SURE for label in labels) for text in texts[1:])
    return hits * 2 >= len(texts) - 1


def _trimmed(texts: Sequence[str]) -> list[str]:
    """Without the blanks that stand for a span at the end of the row."""
    last = max((at for at, text in enumerate(texts) if not is_blank(text)), default=-1)
    return list(texts[: last + 1])


def match_disclosure(tables: Sequence[RawTable], edition: Edition, taken: set[int]) -> TableMatch | None:
    """The table as ``edition`` reads it; ``taken`` are raw tables that hold another statutory table."""
    blocks = [(code, block) for block in edition.disclosure.blocks for code in block.rows]
    codes, form = [code for code, _ in blocks], [Label(block.rows[code]) for code, block in blocks]
    every, headed = _rows(tables, edition)
    home = _home_tables(every, headed, form, taken)
    seen = [row for row in every if row.table in home]
    alignment = align(form, [row.label for row in seen])
    if len(alignment.pairs) < min(2, len(form)):
        return None
    result = TableMatch(edition.number, alignment.score, used=home)
    aligned = dict(alignment.pairs)
    pairs = dict(aligned)
    add_moved(form, seen, pairs)
    heads = _Heads(result)
    for code, j in numbered(codes, pairs):
        block = blocks[codes.index(code)][1]
        _take_row(result, edition, code, seen[j], heads.order(block, seen[j].heads), tiles(tables[seen[j].table]))
    if not home & headed and (len(pairs) * 2 < len(form) or result.unreadable):
        return None  # rows of these names without any head are taken only where all of them fit the form
    twice = list(doubles(form, seen, pairs))
    others = _others(seen, pairs, {j for _, j, _ in twice}, taken)
    result.deviations += row_deviations(TABLE, form, seen, pairs, aligned, others)
    for at, j, same in twice:
        if not same:
            result.refuse_row(TABLE, codes[at], list(blocks[at][1].columns))
        if not same or seen[j].table == seen[pairs[at]].table:
            result.deviations.append(Deviation(TABLE, "doubled", "row", form[at].text, seen[j].label.text))
    return result


def _home_tables(every: Sequence[_Row], headed: set[int], form: Sequence[Label], taken: set[int]) -> set[int]:
    """Raw tables with rows of the form: those with printed heads, or where no heads are printed, all that have any."""
    sure = {row.table for row in every if any(similarity(label.text, row.label.text) >= _SURE for label in form)}
    return sure & headed or {row.table for row in every if row.table in sure and row.table not in taken}


def _others(seen: Sequence[_Row], pairs: dict[int, int], twice: set[int], taken: set[int]) -> list[int]:
    """Printed rows that are none of the form's; beyond the form's own rows only in a table that holds nothing else."""
    first, last = min(pairs.values()), max(pairs.values())
    return [
        j
        for j, row in enumerate(seen)
        if j not in pairs.values() and j not in twice and (first < j < last or row.table not in taken)
    ]


class _Heads:
    """The order of columns below each set of heads; what departs from the form is told once."""

    def __init__(self, result: TableMatch) -> None:
        self.result = result
        self.told: set[tuple[str, ...]] = set()

    def order(self, block: DisclosureBlock, heads: tuple[str, ...]) -> list[str] | None:
        columns = dict(block.columns)
        if not heads:
            return list(columns)
        deviations: list[Deviation] = []
        order = column_order(TABLE, columns, heads, deviations)
        for code, head in zip(order or (), heads, strict=False):
            self.result.score += similarity(columns[code], head) / len(columns)
        key = (*columns.values(), *heads)
        if key not in self.told:
            self.told.add(key)
            self.result.deviations += deviations
        return order


def _take_row(result: TableMatch, edition: Edition, code: str, row: _Row, order: list[str] | None, even: bool) -> None:
    """``even``: all rows of the table are equally wide, so that a blank is not a place that a lost cell has left."""
    columns = edition.rows(TABLE)[code]
    texts = row.cells
    if order is not None and len(texts) > len(order):
        # A cell that spans the rest of the row is often drawn as the value and blanks beside it.
        filled = [text for text in texts if not is_blank(text)]
        if len(filled) == len(order) or not filled:
            texts = tuple(filled or texts[: len(order)])
    shifted = len(columns) > 1 and not even and 0 < sum(map(is_blank, texts)) < len(texts)
    if order is None or len(texts) != len(order) or shifted:
        result.refuse_row(TABLE, code, columns)
    else:
        result.take_row(edition, TABLE, code, order, texts)
