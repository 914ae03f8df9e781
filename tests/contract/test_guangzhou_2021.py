"""The real case: every number of 广州市人民政府办公厅's published 2021 narrative comes out of the example's ledgers.

Each line names the figure, the number as published and the ledger that it is counted from; the trace must show as many
rows as the number says, wherever rows are counted.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import govnb
from govnb.counting.catalogue import Catalogue
from govnb.workpaper import Workpaper

ROOT = Path(__file__).resolve().parents[2]

PUBLISHED = [
    ("applications.new.total", 575, "applications"),
    ("applications.carried_in.total", 18, "applications"),
    ("applications.received", 593, "applications"),
    ("applications.total.total", 584, "applications"),
    ("applications.carried_out.total", 9, "applications"),
    ("disputes.review.total", 3, "disputes"),
    ("disputes.litigation.total", 3, "disputes"),
    ("disputes.litigation.pending", 3, "disputes"),
    ("messages.handled", 182, "messages"),
    ("disclosures.历史规划", 207, "disclosures"),
    ("disclosures.会议实录", 10, "disclosures"),
    ("disclosures.常务会议议题", 66, "disclosures"),
    ("disclosures.规划新闻发布会", 15, "disclosures"),
    ("disclosures.舆情处置案例", 18, "disclosures"),
    ("openness_reviews.to_active", 13, "openness_reviews"),
    ("documents.disclosed", 132, "documents"),
    ("problems.raised", 3, "problems"),
    ("information_fee.cases", 0, "applications"),
]


@pytest.fixture(scope="module")
def paper() -> Workpaper:
    return govnb.open_workpaper("guangzhou-gov-office", 2021, ROOT)


@pytest.fixture(scope="module")
def catalogue(paper: Workpaper) -> Catalogue:
    return paper.catalogue()


@pytest.fixture(scope="module")
def text(paper: Workpaper, catalogue: Catalogue) -> str:
    return "\n".join(section.text for section in govnb.narrate(paper, catalogue))


@pytest.mark.parametrize(("figure", "published", "ledger"), PUBLISHED)
def test_the_published_number_is_counted_from_its_ledger(
    paper: Workpaper, catalogue: Catalogue, figure: str, published: int, ledger: str
) -> None:
    found = catalogue.figures[figure]
    assert found.value == published
    assert found.ledger == ledger
    assert len(paper.book.rows(catalogue.selections[figure])) == published


def test_the_regulations_database_holds_109(catalogue: Catalogue) -> None:
    figure = catalogue.figures["platforms.entries.广州市现行有效政府规章库"]
    assert (figure.value, figure.ledger) == (109, "platforms")


def test_no_fee_was_charged(catalogue: Catalogue, text: str) -> None:
    assert catalogue.figures["information_fee.yuan"].value == 0
    assert "未收取信息处理费" in text


def test_the_target_and_the_rankings_carry_their_source(catalogue: Catalogue, text: str) -> None:
    assert catalogue.figures["applications.target_days"].value == 10
    assert catalogue.figures["cited.transparency_rank"].value == 1
    assert catalogue.figures["cited.transparency_cities"].value == 49
    assert catalogue.figures["cited.province_assessment"].value == "优秀"
    assert all(figure.source for name, figure in catalogue.figures.items() if name.startswith("cited."))


SAID = ["575件", "18件", "593件", "584件", "9件", "182件", "207份", "10份", "66项", "15项", "13份", "132份", "109件"]


@pytest.mark.parametrize("said", SAID)
def test_the_narrative_says_the_number(text: str, said: str) -> None:
    assert re.search(rf"(?<!\d){said}", text)


def test_three_problems_and_three_measures(paper: Workpaper, text: str) -> None:
    raised = paper.problem_lists.raised
    assert raised is not None
    assert len(raised) == 3
    assert all(item.problem in text and item.measure in text for item in raised)
