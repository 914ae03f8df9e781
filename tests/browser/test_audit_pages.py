"""The pages of ``govnb audit --html`` in headless Chromium: the index and a report with marked cells and sentences.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import run_govnb

NAMES = ("desktop", "desktop-dark", "phone", "phone-dark")


@pytest.fixture(scope="module", params=["index.html", "0001-office.html"])
def seen(
    request: Any, look: Callable[..., Any], repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("audit")
    text = repository.joinpath("tests/golden/render/report-2020.html").read_text(encoding="utf-8")
    folder.joinpath("office.html").write_text(text.replace(">20<", ">29<", 1), encoding="utf-8")
    done = run_govnb("audit", "office.html", "--html", "results", cwd=folder)
    assert done.returncode == 1, done.stderr
    return dict(look("look.js", folder / "results" / request.param, folder / "print.pdf"))


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_and_nothing_is_fetched(seen: dict[str, Any], name: str) -> None:
    view = seen["views"][name]
    assert view["violations"] == []
    assert view["passes"] > 15
    assert set(view["requests"]) == {seen["url"]}
    assert view["messages"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways_only_named_regions_do(seen: dict[str, Any], name: str) -> None:
    view = seen["views"][name]
    assert view["pageWidth"] == view["viewWidth"]
    assert view["outside"] == []
    assert all(region["focusable"] and region["label"] for region in view["regions"])


def test_the_skip_link_comes_first_and_no_script_runs(seen: dict[str, Any]) -> None:
    view = seen["views"]["desktop"]
    assert view["first"]["href"] == f"#{view['skipped']}"
    assert seen["policy"]["scriptRan"] is False
    assert seen["policy"]["messages"] == []


def test_dark_is_dark(seen: dict[str, Any]) -> None:
    assert seen["views"]["phone"]["paper"] == "rgb(255, 255, 255)"
    assert seen["views"]["phone-dark"]["paper"] == "rgb(22, 24, 27)"
