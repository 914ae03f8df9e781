"""The pages of the studies in headless Chromium: accessible, self-contained, no sideways scrolling at 360 pixels.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pdfplumber
import pytest

from govnb.render import render
from govnb.render.document import Drawing
from govnb.render.page import build_page
from govnb.render.study_document import StudyDocument
from govnb.studies import comparison, handling
from govnb.studies.part import Part, publish_study
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import build_source

NAMES = ("desktop", "desktop-dark", "phone", "phone-dark")


def bare(text: str) -> str:
    """Without white space, and with the look-alikes (⼀ for 一) that Chromium prints as what they look like."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _handling(repository: Path, folder: Path) -> tuple[Workpaper, list[Part | None]]:
    paper = open_workpaper("guangzhou-gov-office", 2021, repository)
    makers = (
        handling.study_reply_times,
        handling.study_outcomes,
        handling.study_months,
        handling.study_open_cases,
        handling.study_added_days,
        handling.study_disputes,
        handling.study_disclosure,
    )
    return paper, [make(paper) for make in makers]


def _comparison(repository: Path, folder: Path) -> tuple[Workpaper, list[Part | None]]:
    paper = open_workpaper("total", 2021, build_source(folder / "workspace", repository))
    members = comparison.read_members(paper)
    parts = [comparison.compare_side_by_side(paper, members), comparison.compare_volume(paper, members)]
    return paper, [*parts, comparison.compare_speed(members)]


@pytest.fixture(scope="module", params=[_handling, _comparison])
def document(request: Any, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyDocument:
    paper, parts = request.param(repository, tmp_path_factory.mktemp("study"))
    study = publish_study(paper, "内部分析", parts).study
    charts = [part.chart for part in parts if part is not None and part.chart is not None]
    return StudyDocument(study, {chart.code: Drawing(chart.caption, chart.alt, chart.svg) for chart in charts})


@pytest.fixture(scope="module")
def seen(document: StudyDocument, look: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("browser")
    (folder / "study.html").write_bytes(render(document, "html"))
    return {**look("look.js", folder / "study.html", folder / "print.pdf"), "print": folder / "print.pdf"}


@pytest.mark.parametrize("name", NAMES)
def test_the_study_is_accessible_and_fetches_nothing(seen: dict[str, Any], name: str) -> None:
    view = seen["views"][name]
    assert view["violations"] == []
    assert view["passes"] > 20
    assert set(view["requests"]) == {seen["url"]}
    assert view["messages"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_study_never_scrolls_sideways_and_holds_its_text(seen: dict[str, Any], name: str) -> None:
    view = seen["views"][name]
    assert view["pageWidth"] == view["viewWidth"]
    assert view["outside"] == []
    assert view["overflowing"] == []
    assert all(region["focusable"] and region["label"] for region in view["regions"])


def test_it_is_marked_as_internal_when_printed(seen: dict[str, Any], document: StudyDocument) -> None:
    page = build_page(document)
    with pdfplumber.open(seen["print"]) as opened:
        printed = bare("".join(each.extract_text() for each in opened.pages))
    assert bare(page.notice) in printed
    for section in page.sections:
        assert bare(section.heading) in printed
