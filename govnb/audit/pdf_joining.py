"""Tables that go on over pages, made one again; and any lattice as the rows that all readers give.

A piece goes on if nothing stands between and its outer edges agree. Repeated header rows are taken off, a row that the
page's end cut in two is made whole only if no number is lost or doubled by it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from govnb.audit.lattice import TOUCH, Lattice
from govnb.audit.raw import RawCell, RawTable

EDGES = 6.0  # points by which outer edges of pieces may differ
MARGINS = 72.0  # points by which the pages' margins may differ
MOST_HEADER_ROWS = 6
_NUMBERED = re.compile(r"\s*(?:\d{1,2}\s*[.．、]|[一二三四五六七八九十]{1,2}、|[（(][一二三四五六七八九十]{1,2}[）)])")
_DIGIT = re.compile(r"\d")
_HAN = re.compile(r"[\u4e00-\u9fff]")


def joined(upper: Lattice, lower: Lattice) -> Lattice | None:
    """Both as one table, or None where the lower piece has other edges and so is another table."""
    if not (upper.sure and lower.sure):
        return None
    pieces = _over_one_grid(upper, lower)
    if pieces is None:
        return None
    xs, above, below, texts = pieces
    repeated = _repeated(above, below, texts)
    below = below[repeated:]
    last, first = above[-1], below[0]
    cut = upper.cut_bottom or (lower.cut_top and not repeated)
    if _is_one_row(last, first, texts, cut, alone=len(below) == 1):
        _rejoin(above, below, texts)
        rows = [*above, *below[1:]]
    else:
        _prolong(above, below, texts)
        rows = [*above, *below]
    owner, texts = _renumbered(rows, texts)
    ys = [float(index) for index in range(len(owner) + 1)]
    return Lattice(
        upper.page,
        xs,
        ys,
        owner,
        texts=texts,
        cut_top=upper.cut_top,
        cut_bottom=lower.cut_bottom,
        last_page=lower.last_page,
        bottom=lower.bottom,
    )


_Rows = list[list[int]]


def _over_one_grid(upper: Lattice, lower: Lattice) -> tuple[list[float], _Rows, _Rows, list[str]] | None:
    """Places of both, the rows of each over them, and all texts; None where the edges differ."""
    own = _aligned(upper.xs, lower.xs)
    xs = _united(upper.xs, own) if own is not None else None
    if own is None or xs is None:
        return None
    texts = [*upper.texts, *lower.texts, "", ""]
    above = _spread(upper, upper.xs, xs, 0, len(texts) - 2)
    below = _spread(lower, own, xs, len(upper.texts), len(texts) - 1)
    return xs, above, below, texts


def first_own_row(upper: Lattice, lower: Lattice) -> int | None:
    """The row of the lower piece that follows its repeated header; None where it is another table."""
    pieces = _over_one_grid(upper, lower)
    return None if pieces is None else _repeated(pieces[1], pieces[2], pieces[3])


def _united(upper: list[float], lower: list[float]) -> list[float] | None:
    """Places of both; None where two of one piece would fall together."""
    xs = list(upper)
    for x in lower:
        near = min(xs, key=lambda place: abs(place - x))
        if abs(near - x) > TOUCH:
            xs.append(x)
    xs.sort()
    return None if any(right - left < 0.5 for left, right in pairwise(xs)) else xs


def _aligned(upper: list[float], lower: list[float]) -> list[float] | None:
    """The lower piece's places as the upper's page would have them; None where its edges are others.

    A piece may lack columns at the left: browsers leave a label unruled on a page that it spans from end to end.
    """
    shift = upper[0] - lower[0]
    if abs(shift) <= MARGINS and abs(upper[-1] - lower[-1] - shift) <= EDGES:
        return [upper[0], *(x + shift for x in lower[1:-1]), upper[-1]]
    inner, outer = (lower, upper) if lower[0] > upper[0] else (upper, lower)
    sure = len(inner) > 3 and abs(upper[-1] - lower[-1]) <= TOUCH
    known = sure and all(min(abs(x - place) for place in outer) <= TOUCH for x in (inner[0], *inner[-6:]))
    return [*lower[:-1], upper[-1]] if known else None


def _spread(lattice: Lattice, own: list[float], xs: list[float], offset: int, blank: int) -> list[list[int]]:
    """The rows of ``lattice`` (lines at ``own``) over the finer columns ``xs``; cell ``blank`` left of its first."""
    columns = [bisect_right(own, (left + right) / 2) - 1 for left, right in pairwise(xs)]
    last = lattice.columns - 1
    return [[row[min(column, last)] + offset if column >= 0 else blank for column in columns] for row in lattice.owner]


def _row_texts(row: Sequence[int], texts: Sequence[str]) -> list[str]:
    return ["".join(texts[cell].split()) for cell in dict.fromkeys(row)]


def _repeated(above: list[list[int]], below: list[list[int]], texts: Sequence[str]) -> int:
    """How many rows at the top of the lower piece repeat the header of the table."""
    count = 0
    for first, second in zip(above[:MOST_HEADER_ROWS], below[: len(below) - 1], strict=False):
        seen = _row_texts(second, texts)
        if _row_texts(first, texts) != seen or not any(_HAN.search(text) for text in seen):
            break
        if any(text.isdigit() for text in seen):
            break
        count += 1
    return count


def _spans(row: Sequence[int]) -> list[int]:
    """Where a new cell begins in a row."""
    return [index for index, cell in enumerate(row) if index == 0 or cell != row[index - 1]]


def _is_one_row(last: list[int], first: list[int], texts: Sequence[str], cut: bool, alone: bool) -> bool:
    """Whether the last row of a page and the first of the next are one row that the page's end cut."""
    starts = _spans(last)
    if starts != _spans(first):
        return False
    pairs = [(texts[last[at]], texts[first[at]]) for at in starts]
    if not any(below for _, below in pairs):
        return cut or not alone  # nothing is left of the row, or it is a row of blanks
    if not any(above for above, _ in pairs):
        return cut or not any(_NUMBERED.match(below) for _, below in pairs)
    both = [(above, below) for above, below in pairs if above and below]
    if not both:
        return True
    if any(not _HAN.search(above) or not _HAN.search(below) or _NUMBERED.match(below) for above, below in both):
        return False
    if len(both) >= 3:  # labels side by side: two rows of a header never have the same cells
        return all(len(_HAN.findall(below)) > 1 and not _DIGIT.search(above + below) for above, below in both)
    return len(both) < len(pairs) and (cut or any(_NUMBERED.match(above) for above, _ in both))


def _rejoin(above: list[list[int]], below: list[list[int]], texts: list[str]) -> None:
    for at in _spans(below[0]):
        upper, lower = above[-1][at], below[0][at]
        texts[upper] += texts[lower]
        _replace(below, lower, upper)


def _prolong(above: list[list[int]], below: list[list[int]], texts: Sequence[str]) -> None:
    """A blank label cell at the top of a page is the rest of the one that spanned rows before it."""
    last, first = above[-1], below[0]
    for at in _spans(first):
        upper, lower = last[at], first[at]
        if texts[lower] or not texts[upper] or not _HAN.search(texts[upper]):
            continue
        same = [column for column, cell in enumerate(last) if cell == upper] == [
            column for column, cell in enumerate(first) if cell == lower
        ]
        spanning = (len(above) > 1 and upper in above[-2]) or (len(below) > 1 and lower in below[1])
        if same and spanning:
            _replace(below, lower, upper)


def _replace(rows: list[list[int]], old: int, new: int) -> None:
    for row in rows:
        for column, cell in enumerate(row):
            if cell == old:
                row[column] = new


def _renumbered(rows: list[list[int]], texts: list[str]) -> tuple[list[list[int]], list[str]]:
    number: dict[int, int] = {}
    owner = [[number.setdefault(cell, len(number)) for cell in row] for row in rows]
    return owner, [texts[cell] for cell in number]


def raw_table(lattice: Lattice) -> RawTable:
    """Rows of the cells that start in them; rows in which none starts and that are spanned throughout are left out."""
    first: dict[int, tuple[int, int]] = {}
    ends: dict[int, tuple[int, int]] = {}
    for number, row in enumerate(lattice.owner):
        for column, cell in enumerate(row):
            first.setdefault(cell, (number, column))
            ends[cell] = (number, max(column, ends.get(cell, (0, 0))[1]))
    rows: list[list[RawCell]] = [[] for _ in lattice.owner]
    for cell, (top, left) in first.items():
        bottom, right = ends[cell]
        rows[top].append(RawCell(" ".join(lattice.texts[cell].split()), bottom - top + 1, right - left + 1))
    return RawTable(tuple(tuple(row) for row in rows if row), lattice.page, lattice.sure)
