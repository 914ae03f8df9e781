"""The page of ``govnb diff`` in headless Chromium: axe-core, nothing fetched, phone, dark, print.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

import pdfplumber
import pytest

from govnb.comparing.compare import compare
from govnb.comparing.page import render_difference
from govnb.comparing.sides import count_report
from govnb.inputs.params import read_params
from govnb.inputs.workspace import find_workspace

NAMES = ("desktop", "desktop-dark", "phone", "phone-dark")


@pytest.fixture(scope="module")
def seen(look, repository, tmp_path_factory):
    space = find_workspace(repository)
    old, new = (count_report(space, read_params(space, "guangzhou-gov-office", year)) for year in (2020, 2021))
    folder = tmp_path_factory.mktemp("diff")
    (folder / "diff.html").write_bytes(render_difference(compare(old, new)))
    return {**look("look.js", folder / "diff.html", folder / "print.pdf"), "print": folder / "print.pdf"}


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(seen, name):
    assert seen["views"][name]["violations"] == []
    assert seen["views"][name]["passes"] > 20


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_complains(seen, name):
    assert set(seen["views"][name]["requests"]) == {seen["url"]}
    assert seen["views"][name]["messages"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways(seen, name):
    view = seen["views"][name]
    assert view["pageWidth"] == view["viewWidth"]
    assert view["outside"] == []


def test_wide_tables_scroll_in_a_region_with_name_and_focus(seen):
    regions = seen["views"]["phone"]["regions"]
    assert len(regions) == 2 + 3 + 3  # sides, shares; what changed of each table, and all of it
    assert all(region["focusable"] and region["label"] for region in regions)
    assert any(region["inner"] > region["width"] for region in regions)
    assert all(region["inner"] == region["width"] for region in seen["views"]["desktop"]["regions"])


def test_skip_link_comes_first_and_works(seen):
    view = seen["views"]["desktop"]
    assert (view["first"]["href"], view["skipped"]) == ("#content", "content")


def test_its_own_policy_lets_styles_and_stops_scripts(seen):
    assert seen["policy"] == {"messages": [], "styled": "collapse", "scriptRan": False}


def test_the_print_is_a4_and_leaves_out_what_is_folded(seen):
    with pdfplumber.open(seen["print"]) as opened:
        assert all((round(page.width), round(page.height)) == (595, 842) for page in opened.pages)
        text = "".join(page.extract_text() for page in opened.pages).replace("\n", "")
    assert "主动公开政府信息情况：有变化的" in text
    assert "全部29格" not in text
    assert text.count("+36.9%") == 1
