"""Ruled lines and glyphs of a page → tables: cells are unions of grid squares that no rule parts.

Pure geometry: no label is known here, no number is read. Steps as measured (shared/audit.md): touching collinear pieces
become one line first, connected lines are a table, a virtual rule closes a table that the page's end cut open, a glyph
belongs to the cell that its centre lies in.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govnb.audit.pdf_marks import Glyph, Rule
from govnb.audit.pdf_text import cell_text, is_numeric, line_groups

TOUCH = 3.0  # points: lines that near are the same, or meet
UNRULED = 5  # cells of several lines that end in a number: rules between rows are missing
NARROW = 4.5  # points: no row or column is that narrow
MOST_RULES = 3_000  # a page, after joining; more is a drawing
MOST_SQUARES = 60_000  # of a table


@dataclass
class Lattice:
    """A table of one page. ``owner[row][column]`` is the number of the cell that holds that square.

    ``xs`` and ``ys`` are the lines' places; ``texts`` and ``glyphs`` go by cell number. ``cut_top`` and ``cut_bottom``:
    no rule is drawn there, so the first or last row may be the rest of one. ``rows_unruled``: many cells hold
    several lines and end in a number, so rules between rows are missing. ``last_page`` and ``bottom`` say where the
    last piece of a table over several pages ends.
    """

    page: int
    xs: list[float]
    ys: list[float]
    owner: list[list[int]]
    glyphs: list[list[Glyph]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    cut_top: bool = False
    cut_bottom: bool = False
    sure: bool = True
    rows_unruled: bool = False
    last_page: int = 0
    bottom: float = 0.0

    def __post_init__(self) -> None:
        self.last_page = self.last_page or self.page
        self.bottom = self.bottom or self.ys[-1]

    @property
    def columns(self) -> int:
        return len(self.xs) - 1

    @property
    def cells(self) -> int:
        return 1 + max((max(row) for row in self.owner), default=-1)

    def square(self, x: float, y: float) -> tuple[int, int] | None:
        """(row, column) of the square that a point lies in."""
        column, row = bisect_right(self.xs, x) - 1, bisect_right(self.ys, y) - 1
        if 0 <= column < len(self.xs) - 1 and 0 <= row < len(self.ys) - 1:
            return row, column
        return None

    def last_cells(self) -> list[tuple[float, float, int]]:
        """(left, right, number) of the cells of the last row."""
        sides: dict[int, tuple[float, float]] = {}
        for column, cell in enumerate(self.owner[-1]):
            left = sides.get(cell, (self.xs[column], 0.0))[0]
            sides[cell] = (left, self.xs[column + 1])
        return [(left, right, cell) for cell, (left, right) in sides.items()]


def find_lattices(rules: Sequence[Rule], page: int) -> list[Lattice]:
    """The tables that a page's rules draw, smallest first, without text."""
    level = _joined([rule for rule in rules if rule.level])
    upright = _joined([rule for rule in rules if not rule.level])
    if len(level) + len(upright) > MOST_RULES:
        return []
    found = [_lattice(part_level, part_upright, page) for part_level, part_upright in _components(level, upright)]
    lattices = [lattice for lattice in found if lattice is not None]
    return sorted(lattices, key=lambda lattice: (lattice.xs[-1] - lattice.xs[0]) * (lattice.ys[-1] - lattice.ys[0]))


def _joined(rules: list[Rule]) -> list[Rule]:
    """Touching pieces of a line, and doubled lines, as one."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if groups and rule.at - groups[-1][-1].at <= TOUCH / 2 and rule.at - groups[-1][0].at <= TOUCH:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [piece for group in groups for piece in _united(group)]


def _united(group: list[Rule]) -> list[Rule]:
    """Lines at one place, those that touch made one; it lies where the longest of them does."""
    found: list[Rule] = []
    longest = 0.0
    for rule in sorted(group, key=lambda rule: rule.start):
        if not found or rule.start > found[-1].end + TOUCH:
            found.append(rule)
            longest = rule.end - rule.start
            continue
        last = found[-1]
        at = last.at
        if rule.end - rule.start > longest:
            longest, at = rule.end - rule.start, rule.at
        found[-1] = Rule(last.level, at, last.start, max(last.end, rule.end))
    return found


def _components(level: list[Rule], upright: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Level and upright lines that hang together."""
    parent = list(range(len(level) + len(upright)))

    def root(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for first, across in enumerate(level):
        top, bottom, left, right = across.at - TOUCH, across.at + TOUCH, across.start - TOUCH, across.end + TOUCH
        for second, down in enumerate(upright, len(level)):
            if down.start <= bottom and down.end >= top and left <= down.at <= right:
                parent[root(second)] = root(first)
    parts: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for index, rule in enumerate([*level, *upright]):
        parts.setdefault(root(index), ([], []))[0 if rule.level else 1].append(rule)
    return list(parts.values())


def _places(values: list[float]) -> list[float]:
    """Places no nearer than NARROW to one another, in order."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][0] <= NARROW:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _lattice(level: list[Rule], upright: list[Rule], page: int) -> Lattice | None:
    if not level or len(upright) < 2:
        return None
    xs = _places([*(rule.at for rule in upright), *(end for rule in level for end in (rule.start, rule.end))])
    drawn = _places([rule.at for rule in level])
    top, cut_top = _edge([rule.start for rule in upright], drawn[0], above=True)
    bottom, cut_bottom = _edge([rule.end for rule in upright], drawn[-1], above=False)
    ys = [*([top] if cut_top else []), *drawn, *([bottom] if cut_bottom else [])]
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns > MOST_SQUARES:
        return None
    right_open = _unruled(upright, xs, ys)
    below_open = _unruled(level, ys, xs)
    owner = _owners(rows, columns, right_open, below_open)
    return Lattice(page, xs, ys, owner, cut_top=cut_top, cut_bottom=cut_bottom)


def _edge(ends: list[float], drawn: float, above: bool) -> tuple[float, bool]:
    """Where three or more upright lines end beyond the last drawn level line: the row that the page's end cut."""
    beyond = sorted(end for end in ends if (end < drawn - TOUCH if above else end > drawn + TOUCH))
    if len(beyond) < min(3, len(ends)):
        return drawn, False
    place = beyond[0] if above else beyond[-1]
    near = [end for end in beyond if abs(end - place) <= 2 * TOUCH]
    return (place, True) if len(near) >= min(3, len(ends)) else (drawn, False)


def _unruled(rules: list[Rule], places: list[float], others: list[float]) -> list[list[bool]]:
    """``[place][gap between others]``: whether no rule at that place covers at least half of the gap."""
    gaps = list(pairwise(others))
    covered = [[0.0] * len(gaps) for _ in places]
    for rule in rules:
        at = min(range(len(places)), key=lambda index: abs(places[index] - rule.at))
        for index, (start, end) in enumerate(gaps):
            length = min(end, rule.end) - max(start, rule.start)
            if length > 0:
                covered[at][index] += length
    return [[line[index] < (end - start) / 2 for index, (start, end) in enumerate(gaps)] for line in covered]


def _owners(rows: int, columns: int, right_open: list[list[bool]], below_open: list[list[bool]]) -> list[list[int]]:
    owner = [[-1] * columns for _ in range(rows)]
    cell = 0
    for row in range(rows):
        for column in range(columns):
            if owner[row][column] >= 0:
                continue
            owner[row][column] = cell
            pending = [(row, column)]
            while pending:
                r, c = pending.pop()
                near = (
                    (r, c + 1, c + 1 < columns and right_open[c + 1][r]),
                    (r, c - 1, c > 0 and right_open[c][r]),
                    (r + 1, c, r + 1 < rows and below_open[r + 1][c]),
                    (r - 1, c, r > 0 and below_open[r][c]),
                )
                for next_row, next_column, is_open in near:
                    if is_open and owner[next_row][next_column] < 0:
                        owner[next_row][next_column] = cell
                        pending.append((next_row, next_column))
            cell += 1
    return owner


def fill_lattices(lattices: Sequence[Lattice], glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Glyphs into the cells that their centres lie in; gives back those that lie in no table.

    ``lattices`` come smallest first: of two tables that hold a point the inner one takes it.
    """
    for lattice in lattices:
        lattice.glyphs = [[] for _ in range(lattice.cells)]
    outside: list[Glyph] = []
    for glyph in glyphs:
        x, y = (glyph.left + glyph.right) / 2, (glyph.top + glyph.bottom) / 2
        for lattice in lattices:
            if lattice.xs[0] <= x <= lattice.xs[-1] and lattice.ys[0] <= y <= lattice.ys[-1]:
                square = lattice.square(x, y)
                if square is not None:
                    lattice.glyphs[lattice.owner[square[0]][square[1]]].append(glyph)
                    break
        else:
            outside.append(glyph)
    for lattice in lattices:
        _undo_overflow(lattice)
        lattice.texts = _texts(lattice)
    return outside


def _texts(lattice: Lattice) -> list[str]:
    lines = [line_groups(held) if held else [] for held in lattice.glyphs]
    widths = _cell_widths(lattice)
    broken = {cell for cell, groups in enumerate(lines) if len(groups) > 1 and is_numeric(groups)}
    lattice.rows_unruled = sum(len(groups) > 1 and is_numeric(groups[-1:]) for groups in lines) >= UNRULED
    alone = dict.fromkeys(broken, True)
    if len(broken) > 1:
        for row in lattice.owner:
            in_row = broken.intersection(row)
            if len(in_row) > 1:
                alone.update(dict.fromkeys(in_row, False))
    return [cell_text(groups, widths[cell], alone.get(cell, True)) for cell, groups in enumerate(lines)]


def _cell_widths(lattice: Lattice) -> list[float]:
    left: dict[int, float] = {}
    right: dict[int, float] = {}
    for row in lattice.owner:
        for column, cell in enumerate(row):
            left[cell] = min(left.get(cell, lattice.xs[column]), lattice.xs[column])
            right[cell] = max(right.get(cell, lattice.xs[column + 1]), lattice.xs[column + 1])
    return [right[cell] - left[cell] for cell in range(lattice.cells)]


def _undo_overflow(lattice: Lattice) -> None:
    """A number too long for its cell runs over the rule: all of it goes to the cell that holds most of it.

    Two glyphs of one number are digits of the same text object on one line without room between. Where the rule lies
    between two such texts of their own, nothing tells where one number ends: both cells become unreadable.
    """
    numeric = [
        (glyph, cell) for cell, held in enumerate(lattice.glyphs) for glyph in held if glyph.text in "0123456789.,-"
    ]
    numeric.sort(key=lambda pair: (round(pair[0].bottom), pair[0].left))
    runs: list[list[tuple[Glyph, int]]] = []
    for glyph, cell in numeric:
        before = runs[-1][-1][0] if runs else None
        if (
            before is not None
            and abs(before.bottom - glyph.bottom) < 1.5
            and abs(glyph.left - before.right) < 0.15 * (glyph.bottom - glyph.top)
        ):
            runs[-1].append((glyph, cell))
        else:
            runs.append([(glyph, cell)])
    for run in runs:
        cells = [cell for _, cell in run]
        if len(set(cells)) > 1:
            _give_to_one(lattice, [glyph for glyph, _ in run], cells)


def _give_to_one(lattice: Lattice, run: list[Glyph], cells: list[int]) -> None:
    most = max(set(cells), key=lambda cell: (cells.count(cell), -cell))
    same = len({glyph.run for glyph in run}) == 1
    ids = {id(glyph) for glyph in run}
    for cell in set(cells):
        lattice.glyphs[cell] = [glyph for glyph in lattice.glyphs[cell] if id(glyph) not in ids]
        if not same:
            lattice.glyphs[cell].append(run[0]._replace(text="\ufffd"))
    if same:
        lattice.glyphs[most] += run
