"""The five charts of a report, from the example and from workspaces that lack the data for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from govnb import gallery
from govnb.charts import Chart
from govnb.steps import count_figures, count_tables
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import write_ledgers, write_params

Drawer = Callable[[Workpaper], Chart]
DRAWERS: dict[str, Drawer] = {
    "by_month": gallery.draw_by_month,
    "outcomes": lambda paper: gallery.draw_outcomes(paper, count_figures(paper, count_tables(paper))),
    "reply_days": gallery.draw_reply_days,
    "years": lambda paper: gallery.draw_years(paper, count_tables(paper)),
    "disclosures": lambda paper: gallery.draw_disclosures(paper, count_figures(paper, count_tables(paper))),
}


@pytest.fixture(scope="module")
def example(repository: Path) -> Workpaper:
    return open_workpaper("guangzhou-gov-office", 2021, repository)


@pytest.mark.parametrize("code", DRAWERS)
def test_the_example_has_every_chart(example: Workpaper, code: str) -> None:
    chart = DRAWERS[code](example)
    assert chart.code == code
    assert chart.svg
    assert chart.alt.endswith("。")


def test_the_numbers_drawn_are_those_of_the_tables(example: Workpaper) -> None:
    tables = count_tables(example)
    by_month = gallery.draw_by_month(example).alt
    received, answered = by_month.split("；")
    total = tables.get("applications", "new", "total")
    assert sum(int(part.split("月")[1].rstrip("件。")) for part in received.split("：")[1].split("，")) == total == 575
    assert sum(int(part.split("月")[1].rstrip("件。")) for part in answered.split("：")[1].split("，")) == 584
    years = DRAWERS["years"](example).alt
    assert "2021年575件" in years
    assert "2020年" in years


def test_a_changed_table_is_what_is_drawn(example: Workpaper) -> None:
    tables = count_tables(example)
    tables.applications.loc["new", "total"] = 999
    assert "2021年999件" in gallery.draw_years(example, tables).alt


@pytest.mark.parametrize("code", ["by_month", "reply_days", "disclosures"])
def test_without_ledgers_the_charts_say_what_is_missing(repository: Path, code: str) -> None:
    chart = DRAWERS[code](open_workpaper("pingtan", 2021, repository))
    assert chart.svg == ""
    assert "未提供" in chart.alt


def test_a_year_without_answers(tmp_path: Path) -> None:
    write_params(tmp_path, "office")
    write_ledgers(tmp_path, "office", [["A-1", "2021-12-27", "当面", "自然人", "", "", ""]])
    paper = open_workpaper("office", 2021, tmp_path)
    assert DRAWERS["reply_days"](paper).svg == ""
    assert DRAWERS["outcomes"](paper).svg == ""
    assert DRAWERS["by_month"](paper).svg


def test_traditional_reports_have_traditional_charts(tmp_path: Path) -> None:
    write_params(tmp_path, "office", more="script: hant\n")
    write_ledgers(tmp_path, "office")
    chart = DRAWERS["outcomes"](open_workpaper("office", 2021, tmp_path))
    assert "辦理結果" in chart.caption
    assert "予以公開" in chart.alt
