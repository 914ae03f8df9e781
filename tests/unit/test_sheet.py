"""The sheet that charts are drawn on: margins, scales and words stand where they should, and nothing runs over."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.charts import draw_bars, draw_days, draw_ranking, draw_svg
from govnb.sheet import CENTER, LEFT, PAD, RIGHT, SIZE, Scale, Sheet, room_below, room_beside, width_of

SVG = "{http://www.w3.org/2000/svg}"
BEGINS = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\) scale\(([-\d.]+)")


def drawn(paint: object) -> ElementTree.Element:
    return ElementTree.fromstring(draw_svg(4, 2, lambda canvas: paint(Sheet(canvas))))  # type: ignore[operator]


def words(root: ElementTree.Element) -> list[tuple[float, float, float]]:
    """(x, y from above, size) of each line of words."""
    found = [BEGINS.match(group.get("transform", "")) for group in root.iter(f"{SVG}g")]
    return [(float(match[1]), float(match[2]), 100 * float(match[3])) for match in found if match]


def test_words_begin_where_their_alignment_says() -> None:
    def paint(sheet: Sheet) -> None:
        for align in (LEFT, CENTER, RIGHT):
            sheet.words(100, 50, "公开", align, 10)

    width = width_of("公开", 10)
    assert width == pytest.approx(20, abs=0.5)
    expected = [(100 - align * width, 144 - 50, 10) for align in (0, 0.5, 1)]
    for found, place in zip(words(drawn(paint)), expected, strict=True):
        assert found == pytest.approx(place, abs=0.01)


def test_nothing_is_drawn_of_no_words_and_no_lines() -> None:
    def paint(sheet: Sheet) -> None:
        sheet.words(10, 10, "")
        sheet.rules([])
        sheet.boxes([], "black", "black")

    root = drawn(paint)
    assert not words(root)
    assert len(list(root.iter(f"{SVG}path"))) == 1  # the paper


def test_bars_of_one_series_are_one_path() -> None:
    root = drawn(lambda sheet: sheet.boxes([(10, 10, 5, 20), (20, 10, 5, 30)], "#ffffff", "#000000"))
    paths = [path.get("d", "") for path in root.iter(f"{SVG}path")]
    assert paths[1] == "M10 134L15 134L15 114L10 114zM20 134L25 134L25 104L20 104z"


def test_a_sheet_is_as_large_in_points_at_any_resolution() -> None:
    from matplotlib.figure import Figure

    sheet = Sheet(Figure(figsize=(4, 2), dpi=200))
    assert (sheet.width, sheet.height) == (288, 144)


@given(st.floats(0.5, 10**9), st.floats(60, 500), st.floats(10, 60))
def test_ticks_are_whole_rising_within_the_scale_and_have_room(high: float, length: float, label: float) -> None:
    scale = Scale(0, high, 30, 30 + length, label)
    ticks = scale.ticks
    assert list(ticks) == sorted(set(ticks))
    assert all(isinstance(tick, int) and 0 <= tick <= high for tick in ticks)
    gaps = [scale.at(b) - scale.at(a) for a, b in itertools.pairwise(ticks)]
    assert all(gap >= min(label, length) * 0.7 for gap in gaps)


def test_scales_run_either_way() -> None:
    down = Scale(3, -1, 0, 100)
    assert down.at(-1) == 100
    assert down.at(3) == 0


def test_rooms_follow_from_the_widest_label_and_the_title() -> None:
    assert room_beside([]) < room_beside([1]) < room_beside([1, 1000])
    assert room_beside(["公开"]) == pytest.approx(PAD + 7 + width_of("公开"))
    assert room_below("件") - room_below() == SIZE + 4


BIG = [0, 1, 9, 1234, 9_999_999]


@pytest.mark.parametrize("value", BIG)
@pytest.mark.parametrize("label", ["其他", "很长的类别名称" * 6])
def test_no_word_leaves_the_paper(value: int, label: str) -> None:
    charts = [
        draw_bars("x", "y", [f"{month}月" for month in range(1, 13)], {"新收": [value] * 12}, "件", "月份"),
        draw_ranking("x", "y", {label: max(1, value), "另一类": 1}, "条"),
        draw_days("x", "y", [min(value, 4000)] * 3, 20, 10, lambda text: text),
    ]
    for chart in charts:
        root = ElementTree.fromstring(chart.svg)
        _, _, width, height = (float(number) for number in root.get("viewBox", "").split())
        lines = words(root)
        assert lines
        for x, y, size in lines:
            assert 0 <= x < width - size / 3
            assert size * 0.8 <= y <= height


def test_the_longest_bar_leaves_room_for_its_number() -> None:
    root = ElementTree.fromstring(draw_ranking("x", "y", {"很长的类别名称" * 6: 9_999_999}, "条").svg)
    width = float(root.get("viewBox", "").split()[2])
    ends = [x + width_of("9999999", 8) for x, _, size in words(root) if size == pytest.approx(8)]
    assert ends
    assert max(ends) <= width
