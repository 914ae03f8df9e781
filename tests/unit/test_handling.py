"""The study of handling: days that no calendar tells, disclosure past its limit, and what its parts say in words."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from govnb.counting import handling
from govnb.errors import ReportError
from govnb.studies import handling as study
from govnb.studies.part import Part
from govnb.workpaper import Workpaper, open_workpaper
from tests.ledger_rows import book
from tests.workspaces import PERSONAL, build_source

Rows = list[dict[str, Any]]


def test_days_beyond_the_calendar_are_unknown_and_in_no_median() -> None:
    rows: Rows = [
        {"received_date": date(2040, 3, 1), "reply_date": date(2040, 3, 9)},
        {"received_date": date(2040, 3, 1), "correction_notice_date": date(2040, 3, 2), "reply_date": date(2040, 4, 9)},
        {"received_date": date(2040, 12, 1)},
    ]
    made = book({"applications": rows})
    replies = handling.find_replies(made, 2040)
    row = handling.count_reply_times(replies, [("all", pd.Series(True, index=replies.index))], 10).loc["all"]
    assert row.tolist() == [2, 0, 0, 1, 1, 0, None, None]
    cases = handling.count_open_cases(made, 2040)["cases"]
    assert (cases["unknown"], cases.sum()) == (1, 1)


def document(number: str, issued: date, **more: Any) -> dict[str, Any]:
    return {"document_id": number, "kind": "other", "issued_date": issued, "openness": "active", **more}


def test_disclosure_is_late_or_waiting_by_the_day_it_became_due() -> None:
    ledgers: dict[str, Rows] = {
        "documents": [
            document("in time", date(2021, 3, 1), published_date=date(2021, 3, 29)),
            document("late", date(2021, 3, 1), published_date=date(2021, 3, 30)),
            document("next year", date(2021, 3, 1), published_date=date(2022, 1, 4)),
            document("waiting", date(2021, 11, 1)),
            document("not yet due", date(2021, 12, 6)),
            document("of last year", date(2020, 11, 2)),
            document("repealed", date(2021, 3, 1), repealed_date=date(2021, 6, 1)),
            document("on request", date(2021, 3, 1), openness="on_request"),
            document("opened late in the year", date(2019, 3, 1)),
        ],
        "openness_reviews": [
            {
                "document_id": "opened late in the year",
                "reviewed_date": date(2021, 12, 20),
                "openness_before": "withheld",
                "openness_after": "active",
            }
        ],
    }
    counted = handling.count_disclosure_delays(book(ledgers), 2021)["documents"].to_dict()
    assert counted == {"disclosed": 2, "late": 1, "waiting": 2, "waiting_before": 1}


@pytest.fixture(scope="module")
def example(repository: Path) -> Workpaper:
    return open_workpaper("guangzhou-gov-office", 2021, repository)


PARTS = (
    study.study_reply_times,
    study.study_channels,
    study.study_outcomes,
    study.study_months,
    study.study_open_cases,
    study.study_added_days,
    study.study_corrections,
    study.study_disputes,
    study.study_fees,
    study.study_disclosure,
)


def test_the_study_agrees_with_the_report_of_the_same_year(example: Workpaper) -> None:
    figures = example.catalogue().figures
    times = study.study_reply_times(example).table
    assert times is not None
    row = times.loc["全部答复"]
    assert row["答复件数"] == figures["applications.total.total"].value == 584
    assert row["法定期限内"] + row["期限未起算"] == figures["applications.on_time"].value
    assert row["超过法定期限"] == figures["applications.overdue"].value
    assert row["承诺时限内"] == figures["applications.within_target"].value
    assert row["用时中位数"] == figures["applications.days_median"].value
    assert row["最长用时"] == figures["applications.days_max"].value
    added = study.study_added_days(example).table
    assert added is not None
    assert added.at["经批准延期", "件数"] == figures["applications.extended"].value
    cases = study.study_open_cases(example).table
    assert cases is not None
    assert cases["未答复件数"].sum() == figures["applications.carried_out.total"].value
    outcomes = study.study_outcomes(example).table
    assert outcomes is not None
    assert outcomes["答复件数"].sum() == 584
    assert outcomes.at["予以公开", "答复件数"] == figures["applications.granted.total"].value


def test_every_number_of_a_sentence_stands_in_its_table_or_is_told_of_the_law(example: Workpaper) -> None:
    part = study.study_reply_times(example)
    assert "2021年共答复申请584件" in part.sentences[0]
    assert "569件在期限内答复，占100.0%，0件超过期限" in part.sentences[0]
    assert "在本机关承诺的10个工作日内答复502件，占88.2%。" in part.sentences


@pytest.mark.parametrize("make", PARTS)
def test_every_part_is_whole_and_drawn_with_what_its_table_says(make: Any, example: Workpaper) -> None:
    part = make(example)
    assert isinstance(part, Part)
    published = part.published()
    assert published.title
    assert all(line.endswith("。") for line in published.lines)
    if part.chart is not None:
        assert part.chart.svg.startswith("<svg")
        assert published.chart == part.chart.code
        assert len(part.chart.alt) > 20


def test_without_applications_in_the_year_the_parts_say_so(tmp_path: Path, repository: Path) -> None:
    root = build_source(tmp_path / "workspace", repository)
    (root / "params/office/2024.yaml").write_text("{}\n", encoding="utf-8")
    paper = open_workpaper("office", 2024, root)
    for make in PARTS:
        part = make(paper)
        assert part is None or part.chart is None or part.chart.svg == "" or part.table is not None
    assert study.study_reply_times(paper).sentences == ["2024年没有答复政府信息公开申请。"]


def test_an_agency_without_a_ledger_is_told_what_to_do(tmp_path: Path, repository: Path) -> None:
    root = build_source(tmp_path / "workspace", repository)
    with pytest.raises(ReportError) as caught:
        study.study_reply_times(open_workpaper("bureau", 2021, root))
    [problem] = caught.value.problems
    assert problem.where.file == "data/bureau"
    assert "applications.csv" in problem.fix.zh


def test_no_personal_text_is_in_any_part(tmp_path: Path, repository: Path) -> None:
    root = build_source(tmp_path / "workspace", repository)
    paper = open_workpaper("office", 2021, root)
    said = "".join(str(made.published()) for make in PARTS if (made := make(paper)) is not None)
    assert not any(word in said for word in PERSONAL.split())
