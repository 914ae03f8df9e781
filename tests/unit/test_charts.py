"""Charts: small self-contained SVG, the same bytes whatever matplotlib was told before, words made from the numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib import font_manager

from govnb.charts import Chart, draw_bars, draw_days, draw_ranking, missing
from govnb.fonts import SANS, serif_file

MONTHS = [f"{month}月" for month in range(1, 13)]


def bars() -> Chart:
    return draw_bars("by_month", "各月申请", MONTHS, {"新收": list(range(12)), "答复": [5] * 12}, "件")


def days(values: list[int], target: int | None = 10) -> Chart:
    return draw_days("reply_days", "答复用时", values, 20, target, lambda text: text)


DRAWN = {
    "bars": bars,
    "ranking": lambda: draw_ranking("outcomes", "结果", {"予以公开": 3, "其他": 1}, "件"),
    "days": lambda: days([0, 3, 3, 10, 11, 25]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_svg_stands_alone(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a glyph that the font lacks is a warning
        chart = DRAWN[name]()
    root = ElementTree.fromstring(chart.svg)
    assert root.tag.endswith("svg")
    assert chart.svg.startswith("<svg")
    text = chart.svg.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")
    assert "http" not in text
    assert "<text" not in text  # outlines: no font of the reader's machine is needed
    assert "<metadata" not in text
    assert len(chart.svg) < 60_000


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_bytes_whatever_was_set_before(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = DRAWN[name]().svg
    other = font_manager.FontEntry(fname=str(serif_file()), name=SANS, style="normal", weight=400)
    known = [other, *font_manager.fontManager.ttflist]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", known)
    assert font_manager.findfont(SANS) == other.fname
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "axes.grid": True, "svg.fonttype": "none"}):
        assert DRAWN[name]().svg == first
        assert matplotlib.rcParams["font.size"] == 30  # and a notebook's own settings are still there
    assert font_manager.fontManager.ttflist is known
    assert font_manager.findfont(SANS) == other.fname


def test_the_alternative_text_says_what_is_drawn() -> None:
    alt = bars().alt
    for month in range(1, 13):
        assert f"{month}月{month - 1}件" in alt
    assert "予以公开3件" in draw_ranking("x", "y", {"予以公开": 3}, "件").alt
    said = days([0, 3, 3, 10, 11, 25]).alt
    assert "共6件答复" in said
    assert "4件用时不超过承诺的10个工作日" in said
    assert "5件不超过20个工作日" in said
    assert "1件超过20个工作日" in said
    assert "承诺" not in days([3], None).alt


def test_alt_and_caption_go_with_the_picture() -> None:
    data, metadata = bars()._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert metadata["image/svg+xml"] == {"alt": bars().alt, "caption": "各月申请", "code": "by_month"}


def test_a_chart_without_data_says_so_and_publishes_no_picture() -> None:
    data, metadata = missing("by_month", "各月申请", "没有台账")._repr_mimebundle_()
    assert data == {"text/plain": "各月申请：没有台账"}
    assert metadata == {}


@pytest.mark.parametrize("label", ["$x$", "$", "a & b <c>", "_下划线", "很长的类别名称" * 20, "{{ x }}", "\\alpha"])
def test_a_label_is_text_whatever_it_holds(label: str) -> None:
    chart = draw_ranking("x", "y", {label: 1, "别的": 2}, "条")
    ElementTree.fromstring(chart.svg)
    assert f"{label}1条" in chart.alt


def test_bars_of_nothing_are_drawn_too() -> None:
    ElementTree.fromstring(draw_bars("x", "y", MONTHS, {"新收": [0] * 12}, "件").svg)
    ElementTree.fromstring(days([0]).svg)


def test_charts_read_no_file_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bars().svg
    tmp_path.joinpath("matplotlibrc").write_text("font.size: 30\n")
    monkeypatch.chdir(tmp_path)
    assert bars().svg == first
