"""The lattice by itself: lines and glyphs as a page has them, no PDF."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from govnb.audit.lattice import Lattice, fill_lattices, find_lattices
from govnb.audit.pdf_joining import joined, raw_table
from govnb.audit.pdf_marks import Glyph, Rule

SIZE = 10.0


def glyphs(text: str, left: float, top: float, run: int = 1) -> list[Glyph]:
    """``text`` set in 10 points, digits half as wide."""
    made, x, spaced = [], left, False
    for letter in text:
        width = SIZE if letter > "\u2e80" else SIZE / 2
        if letter == " ":
            spaced = True
        else:
            made.append(Glyph(letter, x, top, x + width, top + SIZE, spaced, run))
            spaced = False
        x += width
    return made


def level(y: float, start: float, end: float) -> Rule:
    return Rule(True, y, start, end)


def upright(x: float, start: float, end: float) -> Rule:
    return Rule(False, x, start, end)


def ruled(xs: list[float], ys: list[float]) -> list[Rule]:
    return [level(y, xs[0], xs[-1]) for y in ys] + [upright(x, ys[0], ys[-1]) for x in xs]


def read(rules: list[Rule], marks: list[Glyph], page: int = 1) -> list[list[str]]:
    (lattice,) = find_lattices(rules, page)
    fill_lattices([lattice], marks)
    return rows(lattice)


def rows(lattice: Lattice) -> list[list[str]]:
    return [[cell.text for cell in row] for row in raw_table(lattice).rows]


def piece(texts: list[list[str]], xs: list[float] | None = None, page: int = 1, cut: str = "") -> Lattice:
    """A ruled piece of a table; ``cut``: "top" or "bottom" has no rule there."""
    xs = xs or [50.0 + 60 * column for column in range(len(texts[0]) + 1)]
    ys = [100.0 + 20 * row for row in range(len(texts) + 1)]
    drawn = ys[1:] if cut == "top" else ys[:-1] if cut == "bottom" else ys
    rules = [level(y, xs[0], xs[-1]) for y in drawn] + [upright(x, ys[0], ys[-1]) for x in xs]
    marks = [
        glyph
        for y, row in zip(ys, texts, strict=False)
        for x, text in zip(xs, row, strict=False)
        for glyph in glyphs(text, x + 5, y + 5)
    ]
    (lattice,) = find_lattices(rules, page)
    fill_lattices([lattice], marks)
    return lattice


def test_a_plain_table() -> None:
    assert rows(piece([["规章", "12", ""], ["其他", "0", "7"]])) == [["规章", "12", ""], ["其他", "0", "7"]]


def test_lines_drawn_in_pieces_and_twice() -> None:
    rules: list[Rule] = []
    for rule in ruled([50, 110, 170], [100, 120, 140]):
        middle = (rule.start + rule.end) / 2
        rules += [rule._replace(end=middle - 0.5), rule._replace(start=middle + 0.5), rule._replace(at=rule.at + 1.4)]
    marks = glyphs("一", 60, 105) + glyphs("2", 120, 105) + glyphs("三", 60, 125) + glyphs("4", 120, 125)
    assert read(rules, marks) == [["一", "2"], ["三", "4"]]


def test_a_row_that_the_end_of_the_page_cut_is_a_row() -> None:
    lattice = piece([["规章", "12", "3"], ["其他", "0", "7"]], cut="bottom")
    assert lattice.cut_bottom
    assert not lattice.cut_top
    assert rows(lattice) == [["规章", "12", "3"], ["其他", "0", "7"]]


def test_a_drawing_of_crossing_lines_with_a_frame_is_read_cell_by_cell() -> None:
    outer, inner = ruled([50, 400], [50, 400]), ruled([100, 150, 200], [100, 120, 140])
    lattices = find_lattices(outer + inner, 1)
    outside = fill_lattices(lattices, glyphs("0", 110, 105) + glyphs("文", 60, 60))
    assert [rows(lattice) for lattice in lattices] == [[["0", ""], ["", ""]], [["文"]]]
    assert not outside


def test_a_number_that_runs_over_the_rule_stays_whole() -> None:
    rules = ruled([50, 90, 130], [100, 120])
    assert read(rules, glyphs("24252.311082", 52, 105)) == [["24252.311082", ""]]


def test_two_numbers_that_meet_at_the_rule_are_unreadable() -> None:
    rules = ruled([50, 70, 90], [100, 120])
    found = read(rules, glyphs("1234", 50, 105, run=1) + glyphs("5678", 70, 105, run=2))
    assert all("\ufffd" in text for text in found[0])


def test_numbers_of_rows_without_a_rule_are_not_made_one() -> None:
    rules = ruled([50, 110, 170], [100, 140])
    marks = (
        glyphs("其他", 55, 105) + glyphs("规章", 55, 120) + glyphs("1234567890", 112, 105) + glyphs("12345", 112, 120)
    )
    (lattice,) = find_lattices([*rules, upright(230, 100, 140), *(level(y, 170, 230) for y in (100, 140))], 1)
    marks += glyphs("1234567890", 172, 105) + glyphs("12345", 172, 120)
    fill_lattices([lattice], marks)
    assert rows(lattice) == [["其他规章", "1234567890 12345", "1234567890 12345"]]


def test_a_number_that_fills_its_cell_goes_on_in_the_next_line() -> None:
    rules = ruled([50, 110, 170], [100, 140])
    marks = glyphs("收费", 55, 105) + glyphs("24252.3110", 112, 105) + glyphs("82", 112, 120)
    assert read(rules, marks) == [["收费", "24252.311082"]]


def test_a_row_cut_by_the_page_is_made_whole() -> None:
    upper = piece([["一", "1", "2"], ["1.申请人逾", "", ""]], cut="bottom")
    lower = piece([["期未缴", "3", "4"], ["3.其他", "5", "6"]], page=2)
    whole = joined(upper, lower)
    assert whole is not None
    assert rows(whole) == [["一", "1", "2"], ["1.申请人逾期未缴", "3", "4"], ["3.其他", "5", "6"]]


def test_rows_of_two_pages_with_numbers_stay_two() -> None:
    whole = joined(piece([["行政处罚", "1"]], cut="bottom"), piece([["行政强制", "2"]], page=2, cut="top"))
    assert whole is not None
    assert rows(whole) == [["行政处罚", "1"], ["行政强制", "2"]]


def test_a_row_of_blanks_at_the_end_of_a_page_stays_a_row() -> None:
    upper, lower = piece([["一", "1", "2"], ["行政处罚", "", ""]]), piece([["行政强制", "3", "4"]], page=2)
    whole = joined(upper, lower)
    assert whole is not None
    assert rows(whole)[1:] == [["行政处罚", "", ""], ["行政强制", "3", "4"]]


def test_numbered_rows_are_never_made_one() -> None:
    upper, lower = piece([["7.属于案卷", "", ""]], cut="bottom"), piece([["8.属于查询", "3", "4"]], page=2)
    whole = joined(upper, lower)
    assert whole is not None
    assert rows(whole) == [["7.属于案卷", "", ""], ["8.属于查询", "3", "4"]]


def test_header_on_one_page_numbers_on_the_next() -> None:
    whole = joined(piece([["结果维持", "总计"]]), piece([["12", "12"]], page=2))
    assert whole is not None
    assert rows(whole) == [["结果维持", "总计"], ["12", "12"]]


def test_blank_numbers_on_the_next_page_are_no_part_of_the_header() -> None:
    whole = joined(piece([["结果维持", "总计"]]), piece([["", ""]], page=2))
    assert whole is not None
    assert rows(whole) == [["结果维持", "总计"], ["", ""]]


def test_a_repeated_header_is_taken_off() -> None:
    head = ["项目", "自然人", "总计"]
    whole = joined(piece([head, ["一", "1", "2"]]), piece([head, ["二", "3", "4"]], page=2))
    assert whole is not None
    assert rows(whole) == [head, ["一", "1", "2"], ["二", "3", "4"]]


def test_a_label_left_unruled_on_its_second_page() -> None:
    xs = [50.0, 110.0, 170.0, 230.0, 290.0]
    upper = piece([["三、办结", "1.甲", "1", "2"], ["", "2.乙", "3", "4"]], xs)
    for row in upper.owner[1:]:
        row[0] = upper.owner[0][0]
    whole = joined(upper, piece([["3.丙", "5", "6"], ["4.丁", "7", "8"]], xs[1:], page=2))
    assert whole is not None
    assert raw_table(whole).rows[0][0].rowspan == 4
    assert rows(whole)[2:] == [["3.丙", "5", "6"], ["4.丁", "7", "8"]]


def test_other_edges_are_another_table() -> None:
    assert joined(piece([["一", "1"]]), piece([["二", "2"]], xs=[50.0, 150.0, 250.0], page=2)) is None


def test_pieces_of_pages_with_other_margins_fit() -> None:
    whole = joined(piece([["一", "1", "2"]]), piece([["二", "3", "4"]], xs=[75.0, 137.0, 196.0, 254.0], page=2))
    assert whole is not None
    assert rows(whole) == [["一", "1", "2"], ["二", "3", "4"]]


@st.composite
def grids(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    """For each square of a table the upper left square of its cell: cells that tile, of any spans."""
    height, width = draw(st.integers(1, 6)), draw(st.integers(2, 6))
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(height):
        for column in range(width):
            if (row, column) in owner:
                continue
            right = column
            while right + 1 < width and (row, right + 1) not in owner and draw(st.booleans()):
                right += 1
            bottom = row + (draw(st.integers(0, 2)) if draw(st.booleans()) else 0)
            for r in range(row, min(bottom, height - 1) + 1):
                owner.update({(r, c): (row, column) for c in range(column, right + 1)})
    return [[owner[row, column] for column in range(width)] for row in range(height)]


@given(grids())
def test_every_cell_of_any_table_is_read_from_the_pieces_between_squares(grid: list[list[tuple[int, int]]]) -> None:
    height, width = len(grid), len(grid[0])
    rules = []
    for row in range(height + 1):
        for column in range(width):
            if row in (0, height) or grid[row - 1][column] != grid[row][column]:
                rules.append(level(100.0 + 20 * row, 50.0 + 40 * column, 90.0 + 40 * column))
    for column in range(width + 1):
        for row in range(height):
            if column in (0, width) or grid[row][column - 1] != grid[row][column]:
                rules.append(upright(50.0 + 40 * column, 100.0 + 20 * row, 120.0 + 20 * row))
    first = sorted({cell for line in grid for cell in line})
    marks = [
        glyph
        for number, (row, column) in enumerate(first)
        for glyph in glyphs(str(number), 55.0 + 40 * column, 105.0 + 20 * row)
    ]
    lattice = max(find_lattices(rules, 1), key=lambda lattice: lattice.cells)
    fill_lattices([lattice], marks)
    lines: list[list[str]] = [[] for _ in range(height)]
    for number, (row, _) in enumerate(first):
        lines[row].append(str(number))
    drawn = {rule.at for rule in rules if rule.level}
    across = {rule.at for rule in rules if not rule.level}
    if len(drawn) == height + 1 and len(across) == width + 1:
        table = raw_table(lattice)
        assert [[cell.text for cell in row] for row in table.rows] == [line for line in lines if line]
        assert sum(cell.rowspan * cell.colspan for row in table.rows for cell in row) == height * width
    else:
        assert [cell.text for row in raw_table(lattice).rows for cell in row] == [str(n) for n in range(len(first))]
    assert all(left < right for left, right in pairwise(lattice.xs))
