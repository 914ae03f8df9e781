"""Checks of ledgers: time limits, order, fees. Rows are named by number, never by what they hold."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from govnb.checks.model import Evidence, Result
from govnb.checks.registry import run_checks
from govnb.counting.calendar import WorkCalendar
from govnb.errors import Place, Problem, Text
from govnb.form.edition import packaged_editions

EDITION = packaged_editions()[2021]
CALENDAR = WorkCalendar()
MONEY = pd.ArrowDtype(pa.decimal128(38, 10))
APPLICATIONS: dict[str, Any] = {
    "application_id": "str",
    "received_date": "datetime64[s]",
    "applicant_type": "str",
    "correction_notice_date": "datetime64[s]",
    "correction_received_date": "datetime64[s]",
    "excluded_days": "Int64",
    "extension_days": "Int64",
    "delay_days": "Int64",
    "reply_date": "datetime64[s]",
    "outcome": "str",
    "fee_items": "Int64",
    "fee_pages": "Int64",
    "fee_yuan": MONEY,
    "fee_notice_date": "datetime64[s]",
    "fee_paid_date": "datetime64[s]",
}
DOCUMENTS: dict[str, Any] = {
    "document_id": "str",
    "kind": "str",
    "issued_date": "datetime64[s]",
    "repealed_date": "datetime64[s]",
    "openness": "str",
    "published_date": "datetime64[s]",
}
REVIEWS: dict[str, Any] = {
    "document_id": "str",
    "reviewed_date": "datetime64[s]",
    "openness_before": "str",
    "openness_after": "str",
}
DISPUTES: dict[str, Any] = {
    "case_id": "str",
    "kind": "str",
    "accepted_date": "datetime64[s]",
    "concluded_date": "datetime64[s]",
    "result": "str",
}


def frame(columns: dict[str, Any], *rows: dict[str, Any]) -> pd.DataFrame:
    index = pd.RangeIndex(2, 2 + len(rows), name="row")
    return pd.DataFrame({c: pd.Series([r.get(c) for r in rows], index=index).astype(k) for c, k in columns.items()})


def applications(*rows: dict[str, Any]) -> pd.DataFrame:
    named = [{"application_id": f"粤{n}", "applicant_type": "natural_person", **row} for n, row in enumerate(rows, 1)]
    return frame(APPLICATIONS, *named)


def run(check_id: str, year: int = 2022, **frames: pd.DataFrame) -> list[Result]:
    files = {name: f"data/x/{name}.csv" for name in frames}
    found = Evidence(year, EDITION, frames=frames, ledger_files=files, calendar=CALENDAR)
    return [result for result in run_checks(found) if result.id == check_id]


def fails(found: list[Result]) -> list[tuple[str, str | None]]:
    return [(result.where, result.actual) for result in found if result.status == "fail"]


def answered(received: str, replied: str, **more: Any) -> dict[str, Any]:
    return {"received_date": received, "reply_date": replied, "outcome": "granted", **more}


def test_each_kind_of_lateness_is_one_failure_with_its_rows() -> None:
    late = [answered("2022-03-01", "2022-03-30") for _ in range(7)]
    rows = [
        answered("2022-03-01", "2022-03-29"),
        *late,
        {"received_date": "2022-11-01"},
        answered(
            "2022-03-01", "2022-03-28", correction_notice_date="2022-03-11", correction_received_date="2022-03-20"
        ),
    ]
    found = run("ledger.limit", applications=applications(*rows))
    assert fails(found) == [
        ("data/x/applications.csv 第3、4、5、6、7行等7行", "7"),
        ("data/x/applications.csv 第10行", "1"),
        ("data/x/applications.csv 第11行", "1"),
    ]
    assert {result.severity for result in found} == {"warning"}
    assert "粤" not in json.dumps([result.to_json() for result in found], ensure_ascii=False)


@pytest.mark.parametrize(
    "row",
    [
        answered("2022-03-01", "2022-04-26", extension_days=20),
        answered("2022-03-01", "2022-04-15", excluded_days=15),
        answered("2022-03-01", "2022-12-30", delay_days=200),
        answered(
            "2022-03-01", "2022-05-10", correction_notice_date="2022-03-10", correction_received_date="2022-04-20"
        ),
        {"received_date": "2022-12-20"},
        {"received_date": "2022-03-01", "correction_notice_date": "2022-03-03"},
        answered("2021-03-01", "2021-12-30"),  # late, but not in this report's year
        answered("2022-12-20", "2023-06-30"),
    ],
)
def test_what_the_law_allows_is_not_late(row: dict[str, Any]) -> None:
    assert [result.status for result in run("ledger.limit", applications=applications(row))] == ["pass"]


def test_open_past_the_limit_is_judged_as_of_the_years_end() -> None:
    replied_next_year = answered("2022-11-10", "2023-01-05")
    assert len(fails(run("ledger.limit", applications=applications(replied_next_year)))) == 1
    assert len(fails(run("ledger.limit", 2023, applications=applications(replied_next_year)))) == 1
    extended = {**replied_next_year, "extension_days": 20}
    for year in (2022, 2023):
        assert fails(run("ledger.limit", year, applications=applications(extended))) == []


def test_documents_are_disclosed_within_twenty_working_days() -> None:
    documents = frame(
        DOCUMENTS,
        {"document_id": "1", "issued_date": "2022-03-01", "published_date": "2022-03-29", "openness": "active"},
        {"document_id": "2", "issued_date": "2022-03-01", "published_date": "2022-03-30", "openness": "active"},
        {"document_id": "3", "issued_date": "2022-03-01", "published_date": "2022-03-30", "openness": "on_request"},
        {"document_id": "4", "issued_date": "2020-03-01", "published_date": "2022-05-10", "openness": "active"},
        {"document_id": "5", "issued_date": "2022-03-01", "openness": "active"},
    )
    reviews = frame(
        REVIEWS,
        {
            "document_id": "4",
            "reviewed_date": "2022-05-01",
            "openness_before": "on_request",
            "openness_after": "active",
        },
    )
    found = run("ledger.limit", documents=documents, openness_reviews=reviews)
    assert fails(found) == [("data/x/documents.csv 第3行", "1")]


def test_years_without_a_calendar_are_not_assessable() -> None:
    last = CALENDAR.years[-1]
    row = answered(f"{last}-12-01", f"{last + 1}-01-20")
    found = run("ledger.limit", last + 1, applications=applications(row, answered(f"{last}-12-01", f"{last}-12-03")))
    assert "not_assessable" in {result.status for result in found}
    assert fails(found) == []
    assert any("第2行" in result.where for result in found)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (answered("2022-03-01", "2022-02-01"), "答复早于收到"),
        ({"received_date": "2022-03-01", "reply_date": "2022-03-05"}, "答复日期与办理结果缺一"),
        ({"received_date": "2022-03-01", "outcome": "granted"}, "答复日期与办理结果缺一"),
        ({"received_date": "2022-03-01", "correction_notice_date": "2022-02-05"}, "补正通知早于收到"),
    ],
)
def test_order_of_applications(row: dict[str, Any], what: str) -> None:
    found = run("ledger.order", applications=applications(answered("2022-03-01", "2022-03-01"), row))
    assert [(result.status, result.severity) for result in found] == [("fail", "error")]
    assert what in found[0].message.zh
    assert found[0].where.endswith("第3行")


def test_two_outcomes_for_one_application() -> None:
    one = answered("2022-03-01", "2022-03-05", application_id="A1")
    found = run("ledger.order", applications=applications(one, {**one, "outcome": "partial"}))
    assert ["编号重复" in result.message.zh for result in found] == [True]
    assert "A1" not in found[0].message.zh


def test_order_of_documents_and_disputes() -> None:
    documents = frame(DOCUMENTS, {"document_id": "1", "issued_date": "2022-03-01", "repealed_date": "2021-01-01"})
    disputes = frame(
        DISPUTES,
        {"case_id": "1", "accepted_date": "2022-03-01", "concluded_date": "2022-02-01", "result": "upheld"},
        {"case_id": "2", "accepted_date": "2022-03-01", "concluded_date": "2022-03-09"},
    )
    assert len(fails(run("ledger.order", documents=documents, disputes=disputes))) == 3


def test_many_findings_are_cut_short_with_their_number() -> None:
    findings = tuple(
        Problem(Place(file="data/x/applications.csv", row=n), Text("日期颠倒", "dates"), code="ledger.order")
        for n in range(2, 102)
    )
    other = Problem(Place(file="data/x/applications.csv", row=2), Text("其他", "other"), code="ledger.value")
    found = [r for r in run_checks(Evidence(2022, EDITION, findings=(*findings, other))) if r.id == "ledger.order"]
    assert len(found) == 51
    assert found[-1].actual == "50"


@pytest.mark.parametrize(
    ("charge", "expected"),
    [
        ({"fee_pages": 35, "fee_yuan": Decimal("60")}, ("50", "60")),
        ({"fee_items": 12, "fee_yuan": Decimal("250.50")}, ("200", "250.5")),
        ({"fee_yuan": Decimal("45")}, (None, "45")),
        ({"fee_items": 12, "fee_pages": 35, "fee_yuan": Decimal("250")}, (None, "250")),
    ],
)
def test_fees_off_the_tariff(charge: dict[str, Any], expected: tuple[str | None, str]) -> None:
    row = answered("2022-03-01", "2022-03-05", **charge)
    found = [r for r in run("ledger.fee", applications=applications(row)) if r.status == "fail"]
    assert [(r.expected, r.actual) for r in found] == [expected]


@pytest.mark.parametrize(
    "charge",
    [
        {"fee_pages": 35, "fee_yuan": Decimal("50")},
        {"fee_items": 12, "fee_yuan": Decimal("200.00")},
        {},
        {"fee_pages": 35, "fee_yuan": Decimal("60"), "fee_notice_date": date(2021, 3, 1)},  # last year's
    ],
)
def test_fees_by_the_tariff(charge: dict[str, Any]) -> None:
    row = answered("2022-03-01", "2022-03-05", **charge)
    assert [r.status for r in run("ledger.fee", applications=applications(row))] == ["pass"]


def test_empty_ledgers_pass() -> None:
    for check_id in ("ledger.limit", "ledger.order", "ledger.fee"):
        assert {r.status for r in run(check_id, applications=applications())} == {"pass"}
