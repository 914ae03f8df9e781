"""The reviewers' site in headless Chromium: looked at by axe-core in both widths, light and dark, and used by keyboard.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pdfplumber
import pytest

from govnb.inputs.workspace import find_workspace
from govnb.site.building import build_site
from tests.sites import build_varied

VIEWS = ("desktop", "desktop-dark", "phone", "phone-dark")
PAGES = ("index", "agency", "year")
ALL = ["甲市absent", "甲市bureau", "甲市city", "甲市office"]

each_view = pytest.mark.parametrize(("page", "view"), [(page, view) for page in PAGES for view in VIEWS])


@pytest.fixture(scope="module")
def seen(look: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = build_varied(tmp_path_factory.mktemp("site") / "workspace")
    build_site(find_workspace(root))
    output = root / "output"
    names = ("index.html", "site/agencies/office.html", "site/years/2021.html", "print.pdf")
    return {**look("look_site.js", *(output / name for name in names)), "print": output / "print.pdf"}


@each_view
def test_axe_finds_nothing(seen: dict[str, Any], page: str, view: str) -> None:
    assert seen["pages"][page][view]["violations"] == []
    assert seen["pages"][page][view]["passes"] > 20


@each_view
def test_nothing_is_fetched_and_nothing_complains(seen: dict[str, Any], page: str, view: str) -> None:
    found = seen["pages"][page][view]
    assert {url.partition("#")[0] for url in found["requests"]} == {seen["urls"][page]}
    assert found["messages"] == []


@each_view
def test_the_page_never_scrolls_sideways_only_named_regions_do(seen: dict[str, Any], page: str, view: str) -> None:
    found = seen["pages"][page][view]
    assert found["pageWidth"] == found["viewWidth"]
    assert found["outside"] == []
    assert all(region["focusable"] and region["label"] for region in found["regions"])
    assert len(found["regions"]) >= 2


@each_view
def test_the_skip_link_comes_first_and_works(seen: dict[str, Any], page: str, view: str) -> None:
    found = seen["pages"][page][view]
    assert (found["first"]["href"], found["skipped"]) == ("#main", "main")


@pytest.mark.parametrize("page", PAGES)
def test_dark_is_dark(seen: dict[str, Any], page: str) -> None:
    papers = {view: seen["pages"][page][view]["paper"] for view in VIEWS}
    assert papers["desktop"] == papers["phone"] == "rgb(255, 255, 255)"
    assert papers["desktop-dark"] == papers["phone-dark"] == "rgb(22, 24, 27)"


def test_search_by_keyboard_finds_and_says_how_many(seen: dict[str, Any]) -> None:
    steps = seen["index"]["steps"]
    assert (steps["start"]["rows"], steps["start"]["said"]) == (ALL, "共4个机关")
    assert (steps["searched"]["rows"], steps["searched"]["said"]) == (["甲市bureau"], "4个机关中有1个符合")
    assert (steps["cleared"]["rows"], steps["cleared"]["said"]) == (ALL, "共4个机关")


def test_filters_by_state_and_year(seen: dict[str, Any]) -> None:
    steps = seen["index"]["steps"]
    assert steps["failed"]["rows"] == ["甲市bureau"]
    assert steps["failed"]["dimmed"] == 7  # every other cell of a year
    assert steps["failed2021"]["rows"] == []
    assert steps["late2020"]["rows"] == ["甲市office"]


def test_sorts_by_keyboard_both_ways_and_says_so(seen: dict[str, Any]) -> None:
    steps = seen["index"]["steps"]
    assert steps["up"]["rows"] == ALL
    assert steps["up"]["sorted"] == {"错误": "ascending"}
    assert steps["down"]["rows"] == ["甲市office", "甲市absent", "甲市bureau", "甲市city"]
    assert steps["down"]["sorted"] == {"错误": "descending"}
    assert steps["worst"]["sorted"] == {"2021年度": "ascending"}
    assert steps["worst"]["rows"] == ["甲市bureau", "甲市absent", "甲市city", "甲市office"]
    assert seen["index"]["visible"] == [True] * 4  # the focus, wherever it was


def test_numbers_sort_as_numbers_and_what_is_missing_comes_last(seen: dict[str, Any]) -> None:
    year = seen["year"]
    assert year["up"]["rows"] == ["甲市office", "甲市city", "甲市absent", "甲市bureau"]  # 575, 1000, none
    assert year["down"]["rows"] == ["甲市city", "甲市office", "甲市absent", "甲市bureau"]
    assert year["named"]["sorted"] == {"机关": "ascending"}
    assert year["named"]["rows"] == ALL


def test_a_reviewer_gets_to_reason_and_review_page(seen: dict[str, Any]) -> None:
    assert "台账无法读取" in seen["index"]["reason"]
    assert seen["index"]["review"] == "bureau 2020"


def test_under_its_own_policy_its_script_runs_and_no_other(seen: dict[str, Any]) -> None:
    assert seen["index"]["messages"] == seen["year"]["messages"] == []
    assert seen["foreign"] == {"index": False, "agency": False}


@pytest.mark.parametrize("page", ["index", "year"])
def test_without_script_the_table_is_whole_and_offers_nothing_that_needs_it(seen: dict[str, Any], page: str) -> None:
    assert seen["plain"][page] == {"rows": 4, "form": False, "buttons": 0}


def test_the_printed_index_has_every_organ_and_state_and_no_form(seen: dict[str, Any]) -> None:
    with pdfplumber.open(seen["print"]) as opened:
        printed = "".join(page.extract_text() or "" for page in opened.pages)
        assert all(word["x1"] <= page.width + 1 for page in opened.pages for word in page.extract_words())
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", printed))  # Chromium prints 日 as the radical ⽇
    assert all(name in text for name in ALL)
    assert all(state in text for state in ("失败", "损坏", "未生成", "逾期公布12日", "审核失效"))
    assert "查找机关" not in text
