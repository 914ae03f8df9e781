"""What the site takes from a report.json, and what it refuses."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from govnb.site.summary import SHOWN, Summary, parse_report
from tests.sites import DISPUTES, failed_check, report_data


def parsed(**changes: Any) -> Summary:
    return parse_report(json.dumps(report_data("office", 2021, **changes)).encode(), "office", 2021)


def test_values_come_from_figures_cells_and_dispute_blocks() -> None:
    summary = parsed()
    assert {key: summary.value(key) for key in summary.values if summary.value(key) is not None} == {
        "received": 575,
        "handled": 584,
        "carried_out": 9,
        "granted_share": Decimal("42.5"),
        "days_median": 5,
        "overdue": 2,
        "disputes_lost": 1,
        "disputes_concluded": 5,
        "licences": 7,
    }


def test_what_a_report_does_not_have_is_none_and_never_zero() -> None:
    summary = parsed(figures={"applications.new.total": 0, "applications.overdue": None}, tables={})
    assert summary.value("received") == 0
    assert {key for key, value in summary.values.items() if value is not None} == {"received"}


@pytest.mark.parametrize("blank", [None, "", "两宗", True, 1.5])
def test_one_blank_dispute_cell_leaves_the_sum_unknown(blank: Any) -> None:
    disputes = {**DISPUTES, "review": {**DISPUTES["review"], "corrected": blank}}
    summary = parsed(tables={"disputes": disputes})
    assert summary.value("disputes_lost") is None
    assert summary.value("disputes_concluded") is None


def test_errors_come_first_and_are_all_counted_though_not_all_listed() -> None:
    checks = [failed_check("warning")] * SHOWN + [failed_check("error", "先说这个")]
    summary = parsed(checks=[*checks, {**failed_check("error"), "status": "not_assessable"}])
    assert dict(summary.failed) == {"error": 1, "warning": SHOWN, "information": 0}
    assert (summary.passed, summary.not_assessable) == (0, 1)
    assert summary.findings[0].message == "先说这个"
    assert len(summary.findings) == SHOWN


def test_it_survives_being_remembered() -> None:
    summary = parsed(checks=[failed_check("error")])
    remembered = Summary.from_json(json.loads(json.dumps(summary.to_json())))
    assert remembered == summary
    assert repr(remembered) == repr(summary)  # pages are known by it


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"agency": "office", "year": 2021}',
        json.dumps(report_data("office", 2020)).encode(),
        json.dumps(report_data("bureau", 2021)).encode(),
        json.dumps(report_data("office", 2021, figures={}) | {"figures": []}).encode(),
        json.dumps(report_data("office", 2021, tables=[])).encode(),
        json.dumps(report_data("office", 2021, checks=[{}])).encode(),
        json.dumps(report_data("office", 2021, checks=[{**failed_check("error"), "severity": "grave"}])).encode(),
        json.dumps(report_data("office", 2021, checks=[{**failed_check("error"), "message": 7}])).encode(),
        json.dumps(report_data("office", 2021, edition="2021")).encode(),
        json.dumps(report_data("office", 2021, name="\ud800")).encode(),
    ],
)
def test_anything_else_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whichever: the reader tells all of them alike
        parse_report(content, "office", 2021)
