"""The HTML in headless Chromium: no fault that axe-core knows, no request, no sideways scrolling on a phone.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pdfplumber
import pytest

from govnb.render import render
from govnb.render.document import Document
from govnb.render.page import build_page
from govnb.report import MIME

HERE = Path(__file__).parent
NAMES = ("desktop", "desktop-dark", "phone", "phone-dark")


@pytest.fixture(scope="module", params=["hans", "hant"])
def document(request):
    nb = json.loads((HERE.parent / "golden/render/notebook-2021.json").read_text(encoding="utf-8"))
    nb["cells"][-1]["outputs"][0]["data"][MIME]["script"] = request.param
    return Document.from_notebook(nb)


@pytest.fixture(scope="module")
def seen(document, look, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    (folder / "report.html").write_bytes(render(document, "html"))
    return {**look("look.js", folder / "report.html", folder / "print.pdf"), "print": folder / "print.pdf"}


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(seen, name):
    assert seen["views"][name]["violations"] == []
    assert seen["views"][name]["passes"] > 20


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched_and_nothing_complains(seen, name):
    view = seen["views"][name]
    assert set(view["requests"]) == {seen["url"]}
    assert view["messages"] == []


def test_opens_offline_within_a_second(seen):
    assert min(view["loaded"] for view in seen["views"].values()) < 1000


@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways(seen, name):
    view = seen["views"][name]
    assert view["pageWidth"] == view["viewWidth"]
    assert view["outside"] == []


def test_wide_tables_and_charts_scroll_in_a_region_with_name_and_focus(seen):
    regions = seen["views"]["phone"]["regions"]
    assert len(regions) == 3 + 4  # tables and charts
    assert all(region["focusable"] and region["label"] for region in regions)
    assert all(region["inner"] > region["width"] for region in regions)
    assert all(region["inner"] == region["width"] for region in seen["views"]["desktop"]["regions"])


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_too_narrow_for_its_text(seen, name):
    assert seen["views"][name]["overflowing"] == []


def test_skip_link_comes_first_and_works(seen):
    view = seen["views"]["desktop"]
    assert view["first"]["href"] == "#report"
    assert view["first"]["top"] >= 0
    assert view["skipped"] == "report"


def test_dark_paper_but_charts_on_white(seen):
    assert seen["views"]["desktop"]["paper"] == "rgb(255, 255, 255)"
    assert seen["views"]["desktop-dark"]["paper"] == "rgb(22, 24, 27)"
    assert set(seen["views"]["desktop-dark"]["chartGround"]) == {"rgb(255, 255, 255)"}


def test_its_own_policy_lets_styles_and_stops_scripts(seen):
    assert seen["policy"] == {"messages": [], "styled": "collapse", "scriptRan": False}


def test_printed_tables_are_whole_on_a_page(seen, document):
    with pdfplumber.open(seen["print"]) as opened:
        assert all(round(page.width) == 595 and round(page.height) == 842 for page in opened.pages)
        sizes = [
            (len(table), len(table[0]))
            for page in opened.pages
            for table in page.extract_tables()
            if len(table) > 3 and any(cell for row in table for cell in row)
        ]
    grids = [section.table.grid for section in build_page(document).sections if section.table]
    assert sizes == [(grid.rows, grid.columns) for grid in grids]


def test_printed_numbers_are_the_reports(seen, document):
    with pdfplumber.open(seen["print"]) as opened:
        tables = [t for page in opened.pages for t in page.extract_tables() if len(t) > 3 and len(t[0]) in (10, 15)]
    grids = [section.table.grid for section in build_page(document).sections if section.table][1:]
    for table, grid in zip(tables, grids, strict=False):
        for cell in grid.cells:
            if cell.key:
                assert re.sub(r"\s", "", table[cell.row][cell.column] or "") == cell.text
