"""Tables that no rule draws: columns from where numbers stand, rows from lines of numbers. Every one is a guess.

Columns come from the lines with seven numbers or more, labels are dealt out so that each stands level with its numbers.
All tables given here are ``sure=False``: whoever takes numbers from them must have them confirmed by the identities.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from govnb.audit.pdf_text import HEADING, Piece, TextLine
from govnb.audit.raw import RawCell, RawTable

FEWEST = 7  # numbers in a line that shows where columns are
MOST_LABELS = 8  # lines of one label
MOST_LINES = 200  # lines of labels on a page
_VALUE = re.compile(r"[-+−]?[\d０-９][\d０-９,，.．]*(?:元|万元|亿元)?|[-—–/无]")
_ITEM = re.compile(r"\d{1,2}\s*[.．、]\D")
_NUMBERED = re.compile(r"\d{1,2}\s*[.．、]\D|[一二三四五六七八九十]{1,2}、|[（(][一二三四五六七八九十]{1,2}[）)]")
_UNNUMBERED, _NUMBER_INSIDE = 400.0, 4000.0  # what it costs (points²) to begin, or to run on, against the numbering


@dataclass(frozen=True)
class _Row:
    middle: float
    numbers: tuple[str, ...]


def guess_tables(lines: Sequence[TextLine], page: int) -> list[RawTable | list[TextLine]]:
    """A stretch of text as text and guessed tables, in order; text alone where no numbers stand in columns."""
    found: list[RawTable | list[TextLine]] = []
    rest = list(lines)
    while rest:
        first = next((at for at, line in enumerate(rest) if len(_values(line)) >= FEWEST), None)
        before = rest[:first] if first is not None else rest
        if first is None:
            found += _small_tables(before, page)
            break
        centres, last = _columns(rest, first)
        start = _header_start(before, centres)
        end = _label_end(rest, last, centres)
        found += _small_tables(before[:start], page)
        found.append(_wide_table(rest[start : end + 1], first - start, centres, page))
        rest = rest[end + 1 :]
    return [part for part in found if part]


def _values(line: TextLine) -> list[Piece]:
    """The pieces at the line's end that can be values."""
    count = 0
    for piece in reversed(line.pieces):
        if not _VALUE.fullmatch(piece.text):
            break
        count += 1
    return list(line.pieces[len(line.pieces) - count :])


def _centre(piece: Piece) -> float:
    return (piece.left + piece.right) / 2


def _columns(lines: Sequence[TextLine], first: int) -> tuple[list[float], int]:
    """Centres of the columns, and the last line whose numbers stand in them before a line that does not fit."""
    model = [_centre(piece) for piece in _values(lines[first])]
    fitting, last = [model], first
    for at in range(first + 1, len(lines)):
        values = _values(lines[at])
        if len(values) == len(model):
            centres = [_centre(piece) for piece in values]
            if max(abs(a - b) for a, b in zip(centres, model, strict=True)) > 0.5 * _pitch(model):
                break
            fitting.append(centres)
            last = at
        elif len(values) > len(model) or (
            at - last > 6 and len(lines[at].pieces) == 1 and HEADING.match(lines[at].text)
        ):
            break
    return [median(column) for column in zip(*fitting, strict=True)], last


def _pitch(centres: Sequence[float]) -> float:
    return min(right - left for left, right in pairwise(centres))


def _in_columns(piece: Piece, centres: Sequence[float]) -> bool:
    return _centre(piece) > centres[0] - 0.6 * _pitch(centres)


def _header_start(before: Sequence[TextLine], centres: Sequence[float]) -> int:
    """Where the header above the first numbers begins: after the last line that is text from the left to the right."""
    edge = centres[0] - 0.5 * _pitch(centres)
    start = len(before)
    for at in range(len(before) - 1, -1, -1):
        across = any(piece.left < edge - 20 and piece.right > edge + 20 for piece in before[at].pieces)
        if across or len(before) - at > 12 or (HEADING.match(before[at].text) and _is_title(before, at)):
            break
        start = at
    return start


def _is_title(lines: Sequence[TextLine], at: int) -> bool:
    """A line of larger letters than the next."""
    return at + 1 < len(lines) and lines[at].size > 1.1 * lines[at + 1].size


def _label_end(lines: Sequence[TextLine], last: int, centres: Sequence[float]) -> int:
    """The last line of the labels: what follows the last numbers closely, in smaller room than the text."""
    end, edge = last, centres[0] - 0.5 * _pitch(centres)
    for at in range(last + 1, len(lines)):
        line = lines[at]
        near = line.top - lines[at - 1].bottom < 0.6 * line.size and abs(line.size - lines[last].size) < 0.1 * line.size
        if not near or line.right > edge or _NUMBERED.match(line.text):
            break
        end = at
    return end


def _wide_table(lines: Sequence[TextLine], first: int, centres: list[float], page: int) -> RawTable:
    rows: list[_Row] = []
    for line in lines[first:]:
        placed = _placed(line, centres)
        if placed is not None:
            rows.append(_Row(line.middle, placed))
    labels = _items(_label_lines(lines, first, centres), centres)
    names = _deal([row.middle for row in rows], labels)
    cells = [[RawCell(text) for text in header] for header in _headers(lines[:first], centres)]
    for row, name in zip(rows, names, strict=True):
        head = [RawCell(name)] if labels else []
        cells.append([*head, *(RawCell(text) for text in row.numbers)])
    return RawTable(tuple(map(tuple, cells)), page, sure=False)


def _placed(line: TextLine, centres: Sequence[float]) -> tuple[str, ...] | None:
    """The line's values by column, blank where there is none; None for a line without values in the columns."""
    texts = [""] * len(centres)
    found = False
    for piece in line.pieces:
        if not _in_columns(piece, centres):
            continue
        if not _VALUE.fullmatch(piece.text):
            return None
        near = min(range(len(centres)), key=lambda at: abs(centres[at] - _centre(piece)))
        texts[near] = f"{texts[near]} {piece.text}".strip()
        found = True
    return tuple(texts) if found else None


def _label_lines(lines: Sequence[TextLine], first: int, centres: Sequence[float]) -> list[TextLine]:
    """Lines that may hold row labels: from the one after the last header line, or the first numbered one."""
    start = first
    while start > 0 and not any(_in_columns(piece, centres) for piece in lines[start - 1].pieces):
        start -= 1
    numbered = [at for at in range(start, first + 1) if any(_NUMBERED.match(p.text) for p in lines[at].pieces[:1])]
    return list(lines[numbered[0] if numbered else start :])


def _items(lines: Sequence[TextLine], centres: Sequence[float]) -> list[tuple[float, str]]:
    """(height, text) of the label lines of single rows; those of groups, which stand left of them, are left out."""
    labels: list[tuple[float, Piece]] = []
    groups: list[Piece] = []
    for line in lines:
        pieces = [piece for piece in line.pieces if not _in_columns(piece, centres)]
        groups += pieces[:-1]
        labels += [(line.middle, piece) for piece in pieces[-1:]]
    left = min((piece.left for _, piece in labels if _ITEM.match(piece.text)), default=0.0)

    def of_group(piece: Piece) -> bool:
        return piece.right <= left + 4 or any(
            abs(_centre(piece) - _centre(group)) < 6 and piece.right - piece.left < group.right - group.left + 4
            for group in groups
        )

    return [(middle, piece.text) for middle, piece in labels if not of_group(piece)]


def _deal(rows: Sequence[float], labels: Sequence[tuple[float, str]]) -> list[str]:
    """The label of each row: label lines in order, in stretches, each as level with its row as can be.

    All blank where there are fewer label lines than rows: then nothing tells which row lacks one.
    """
    count, lines = len(rows), len(labels)
    if lines < count or lines > MOST_LINES:
        return [""] * count
    infinite = float("inf")
    best = [[infinite] * (lines + 1) for _ in range(count + 1)]
    back = [[0] * (lines + 1) for _ in range(count + 1)]
    best[0][0] = 0.0
    for row in range(1, count + 1):
        for end in range(row, lines - (count - row) + 1):
            for start in range(max(row - 1, end - MOST_LABELS), end):
                if best[row - 1][start] < infinite:
                    cost = best[row - 1][start] + _cost(labels[start:end], rows[row - 1])
                    if cost < best[row][end]:
                        best[row][end], back[row][end] = cost, start
    if best[count][lines] == infinite:
        return [""] * count
    names, end = [], lines
    for row in range(count, 0, -1):
        start = back[row][end]
        names.append("".join(text for _, text in labels[start:end]))
        end = start
    return names[::-1]


def _cost(block: Sequence[tuple[float, str]], row: float) -> float:
    off = (block[0][0] + block[-1][0]) / 2 - row
    cost = off * off + (0.0 if _NUMBERED.match(block[0][1]) else _UNNUMBERED)
    return cost + _NUMBER_INSIDE * sum(1 for _, text in block[1:] if _NUMBERED.match(text))


def _headers(lines: Sequence[TextLine], centres: Sequence[float]) -> list[list[str]]:
    """Header rows: lines that span columns as they stand, then one row with the words over each column."""
    texts = [""] * len(centres)
    rows: list[list[str]] = []
    for line in lines:
        pieces = [part for piece in line.pieces if _in_columns(piece, centres) for part in _parted(piece, centres)]
        over = [_over(piece, centres) for piece in pieces]
        if len(pieces) * 2 < len(centres):
            spanning = [piece.text for piece, at in zip(pieces, over, strict=True) if at is None]
            if spanning:
                rows.append(spanning)
        for piece, at in zip(pieces, over, strict=True):
            if at is not None:
                texts[at] += piece.text
    if any(texts):
        rows.append(["", *texts] if any(len(line.pieces) > len(centres) for line in lines) else texts)
    return rows


def _parted(piece: Piece, centres: Sequence[float]) -> list[Piece]:
    """Words over neighbouring columns that stand so near that they look like one piece, by column.

    They do where their characters are as far apart as only room between words explains.
    """
    count = len(piece.text)
    step = (piece.right - piece.left) / count
    if piece.right - piece.left < 1.15 * _pitch(centres) or step < 1.06 * piece.advance:
        return [piece]
    texts: dict[int, str] = {}
    for at, letter in enumerate(piece.text):
        middle = piece.left + (at + 0.5) * step
        near = min(range(len(centres)), key=lambda column: abs(centres[column] - middle))
        texts[near] = texts.get(near, "") + letter
    return [Piece(text, centres[column] - 1, centres[column] + 1, piece.advance) for column, text in texts.items()]


def _over(piece: Piece, centres: Sequence[float]) -> int | None:
    """The column that a header's words stand over; None where they are wider than one."""
    near = min(range(len(centres)), key=lambda at: abs(centres[at] - _centre(piece)))
    pitch = _pitch(centres)
    if abs(centres[near] - _centre(piece)) > 0.35 * pitch or piece.right - piece.left > 1.15 * pitch:
        return None
    return near


def _small_tables(lines: Sequence[TextLine], page: int) -> list[RawTable | list[TextLine]]:
    """Stretches of at least three lines of a label and its values, with the short lines between them, as tables."""
    valued = [at for at, line in enumerate(lines) if len(line.pieces) > 1 and _values(line)]
    spread = {at for at, line in enumerate(lines) if len(line.pieces) > 1}
    found: list[RawTable | list[TextLine]] = []
    done = 0
    while valued:
        start = end = valued[0]
        while start > done and (start - 1 in spread or _is_clause(lines, start - 1, spread)):
            start -= 1
        while end + 1 < len(lines) and (end + 1 in spread or _is_clause(lines, end + 1, spread)):
            end += 1
        while end not in spread:
            end -= 1
        if sum(1 for at in valued if at <= end) >= 3:
            if lines[done:start]:
                found.append(list(lines[done:start]))
            rows = [tuple(RawCell(piece.text) for piece in line.pieces) for line in lines[start : end + 1]]
            found.append(RawTable(tuple(rows), page, sure=False))
            done = end + 1
        valued = [at for at in valued if at > end]
    if lines[done:]:
        found.append(list(lines[done:]))
    return found


def _is_clause(lines: Sequence[TextLine], at: int, spread: set[int]) -> bool:
    """A short line of the table's own letters right above a line of several pieces."""
    if at + 1 not in spread:
        return False
    line, after = lines[at], lines[at + 1]
    short = line.right - line.left < 0.5 * (after.right - after.left)
    return short and abs(line.size - after.size) < 0.08 * after.size and not HEADING.match(line.text)
