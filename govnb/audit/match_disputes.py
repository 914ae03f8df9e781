"""Table 3 in a published report: one row of fifteen numbers under three rows of heads, or torn into its blocks.

The heads of a block repeat, so numbers are told apart by their place; a piece that has not exactly as many numbers as
heads is not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from govnb.audit.alignment import similarity
from govnb.audit.cells import is_blank, looks_like_label, looks_like_value
from govnb.audit.column_heads import column_order
from govnb.audit.raw import RawCell, RawTable
from govnb.audit.table_match import TableMatch
from govnb.checks.model import Deviation
from govnb.form.edition import DisputeBlock, Edition

TABLE = "disputes"
_SURE = 0.85
_ALIKE = 0.6
_NUMBERS = "数据"  # how the one row of numbers is called, which has no label


@dataclass
class _Piece:
    """Labels of blocks, heads and numbers that belong together."""

    table: int
    blocks: list[DisputeBlock] = field(default_factory=list)
    head_rows: list[tuple[str, ...]] = field(default_factory=list)
    number_rows: list[tuple[str, ...]] = field(default_factory=list)

    def heads(self, count: int) -> list[str]:
        """All heads in reading order; heads that a page break repeats count once where that gives ``count``."""
        half, odd = divmod(len(self.head_rows), 2)
        every = [text for row in self.head_rows for text in row]
        if len(every) == count or odd or self.head_rows[:half] != self.head_rows[half:]:
            return every
        return every[: len(every) // 2]

    def numbers(self, count: int) -> list[str]:
        """All numbers in reading order; a row that is printed twice counts once where that gives ``count``."""
        every = [text for row in self.number_rows for text in row]
        return every if len(every) == count else [text for row in dict.fromkeys(self.number_rows) for text in row]


def match_disputes(tables: Sequence[RawTable], edition: Edition) -> TableMatch | None:
    """The table, or None where none of its heads are printed."""
    form = edition.disputes
    result = TableMatch(edition.number)
    for piece in _pieces(tables, edition):
        result.used.add(piece.table)
        _take(result, edition, piece)
    if not result.used:
        return None
    for block in form.blocks:
        if block.code not in result.values:
            result.deviations.append(Deviation(TABLE, "missing", "column", edition.label(TABLE, block.code), None))
    result.score = float(len(result.values))
    return result


def _pieces(tables: Sequence[RawTable], edition: Edition) -> Iterator[_Piece]:
    """Runs of rows: labels and heads, then numbers. Heads after numbers begin the next piece, also in another table;
    numbers at the top of a table belong to the heads at the end of the one before."""
    piece = _Piece(-1)
    for number, table in enumerate(tables):
        for row in table.rows:
            labels, heads = _blocks_in(row, edition), _heads_in(row, edition)
            if labels or heads:
                if piece.number_rows or (piece.table != number and not _goes_on(piece, labels)):
                    if _is_whole(piece):
                        yield piece
                    piece = _Piece(number)
                piece.table = number
                piece.blocks += [block for block in labels if block not in piece.blocks]
                piece.head_rows += [tuple(heads)] if heads else []
            elif (
                piece.head_rows
                and number - piece.table <= 1
                and (values := _numbers(row, len(edition.disputes.columns)))
            ):
                piece.number_rows.append(values)
            elif piece.number_rows:
                if _is_whole(piece):
                    yield piece
                piece = _Piece(-1)
    if _is_whole(piece):
        yield piece


def _goes_on(piece: _Piece, labels: Sequence[DisputeBlock]) -> bool:
    return bool(piece.blocks) and not any(block in piece.blocks for block in labels)


def _is_whole(piece: _Piece) -> bool:
    return bool(piece.head_rows) and bool(piece.blocks)


def _blocks_in(row: Sequence[RawCell], edition: Edition) -> list[DisputeBlock]:
    """Blocks whose label stands in a row that holds labels only."""
    if any(not is_blank(cell.text) and not looks_like_label(cell.text) for cell in row):
        return []
    found: list[DisputeBlock] = []
    for cell in row:
        found += [b for b in edition.disputes.blocks if similarity(b.label, cell.text) >= _SURE and b not in found]
    return found


def _heads_in(row: Sequence[RawCell], edition: Edition) -> list[str]:
    """The heads in a row: cells like a column's, two of them like one that only this table has."""
    labels = list(edition.disputes.columns.values())
    elsewhere = [column.label for column in edition.applications.columns.values()]
    own = [label for label in labels if label not in elsewhere]
    texts = [cell.text for cell in row if looks_like_label(cell.text)]
    if sum(any(similarity(label, text) >= _ALIKE for label in own) for text in texts) < min(2, len(own)):
        return []
    blocks = [block.label for block in edition.disputes.blocks] + [b.group for b in edition.disputes.blocks if b.group]
    return [text for text in texts if not any(similarity(label, text) >= _SURE for label in blocks)]


def _numbers(row: Sequence[RawCell], width: int) -> tuple[str, ...]:
    """The numbers of a row; labels may stand before them, as some offices add."""
    texts = [cell.text for cell in row]
    while texts and looks_like_label(texts[0]):
        texts = texts[1:]
    good = len(texts) >= width and not any(map(looks_like_label, texts)) and any(map(looks_like_value, texts))
    return tuple(texts) if good else ()


def _take(result: TableMatch, edition: Edition, piece: _Piece) -> None:
    form = edition.disputes
    columns = list(form.columns)
    in_order = [block for block in form.blocks if block in piece.blocks]
    # The labels of a group stand a row lower, so that they are met after those that have none.
    as_printed = sorted(in_order, key=lambda block: block.group is not None)
    again = any(block.code in result.values for block in piece.blocks)
    count = len(piece.blocks) * len(columns)
    numbers = piece.numbers(count)
    order = _order(result, edition, piece)
    # Labels in another order than the form's may be rows that changed places: the numbers below them are not certain.
    moved = piece.blocks not in (in_order, as_printed)
    whole = count == len(numbers)
    if not piece.number_rows:
        result.deviations.append(Deviation(TABLE, "missing", "row", _NUMBERS, None))
    if moved:
        result.deviations.append(Deviation(TABLE, "moved", "column", None, piece.blocks[0].label))
    for position, block in enumerate(in_order):
        cells = tuple(numbers[position * len(columns) : (position + 1) * len(columns)])
        if order is None or not whole or moved:
            result.refuse_row(TABLE, block.code, columns)
        elif again and block.code in result.values:
            _take_again(result, edition, block.code, order, cells)
        else:
            result.take_row(edition, TABLE, block.code, order, cells)


def _take_again(result: TableMatch, edition: Edition, code: str, order: list[str], cells: tuple[str, ...]) -> None:
    """A second print of a block: what it says otherwise than the first is not certain."""
    other = TableMatch(edition.number)
    other.take_row(edition, TABLE, code, order, cells)
    result.deviations.append(
        Deviation(TABLE, "doubled", "column", edition.label(TABLE, code), edition.label(TABLE, code))
    )
    if other.values[code] != result.values[code]:
        result.refuse_row(TABLE, code, list(result.values[code]))


def _order(result: TableMatch, edition: Edition, piece: _Piece) -> list[str] | None:
    """Column codes in the printed order, which must be the same in every block; None where it can't be told."""
    labels = edition.disputes.columns
    width, count = len(labels), len(labels) * len(piece.blocks)
    heads = piece.heads(count)
    if len(heads) != count:
        known = [head for head in heads if any(similarity(label, head) >= _ALIKE for label in labels.values())]
        kind = "extra" if len(heads) > count else "missing"
        odd = next((head for head in heads if head not in known), None)
        expected = None if odd else "、".join(labels.values())
        result.deviations.append(Deviation(TABLE, "extra" if odd else kind, "column", expected, odd))
        return None
    found: list[Deviation] = []
    orders = [column_order(TABLE, labels, heads[at : at + width], found) for at in range(0, len(heads), width)]
    result.deviations += list(dict.fromkeys(found))
    return orders[0] if all(order == orders[0] for order in orders) else None
