"""Time limits of hand-counted applications and documents, and the deadlines of reports."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from govnb.counting import limits
from govnb.counting.calendar import WorkCalendar, packaged_years
from govnb.counting.deadlines import deadline

CALENDAR = WorkCalendar()
LAST = max(packaged_years())
YEAR_END = date(2021, 12, 31)

DATES = (
    "received_date",
    "correction_notice_date",
    "correction_received_date",
    "reply_date",
    "fee_notice_date",
    "fee_paid_date",
)
NUMBERS = ("excluded_days", "extension_days", "delay_days")


def frame(rows: list[dict[str, object]], dates: tuple[str, ...], numbers: tuple[str, ...] = ()) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name in dates:
        given = pd.Series([row.get(name) for row in rows], dtype=object)
        columns[name] = pd.Series(pd.to_datetime(given)).astype("datetime64[s]")
    for name in numbers:
        columns[name] = pd.Series([row.get(name) for row in rows], dtype="Int64")
    result = pd.DataFrame(columns)
    result.index = pd.RangeIndex(2, 2 + len(rows), name="row")
    return result


def application(**row: object) -> pd.DataFrame:
    """One application received on 2021-02-10, whose 20th working day is 2021-03-16."""
    return frame([{"received_date": "2021-02-10", **row}], DATES, NUMBERS)


@pytest.mark.parametrize(
    ("row", "elapsed", "late"),
    [
        ({"reply_date": "2021-02-10"}, 0, False),
        ({"reply_date": "2021-03-16"}, 20, False),
        ({"reply_date": "2021-03-17"}, 21, True),
        ({"reply_date": "2021-03-17", "excluded_days": 1}, 20, False),
        ({"reply_date": "2021-02-18", "excluded_days": 15}, 0, False),
        ({"reply_date": "2021-03-17", "extension_days": 1}, 21, False),
        ({"reply_date": "2021-04-14", "extension_days": 20}, 40, False),
        ({"reply_date": "2021-04-15", "extension_days": 20}, 41, True),
        ({"reply_date": "2021-04-15", "extension_days": 25}, 41, True),  # the law knows no more than 20
        ({"reply_date": "2021-04-15", "extension_days": 20, "delay_days": 1}, 41, False),
        ({"reply_date": "2021-03-17", "extension_days": -5, "delay_days": -5, "excluded_days": -5}, 21, True),
        # corrected: counted anew from 2021-03-01
        (
            {
                "correction_notice_date": "2021-02-18",
                "correction_received_date": "2021-03-01",
                "reply_date": "2021-03-29",
            },
            20,
            False,
        ),
        (
            {
                "correction_notice_date": "2021-02-18",
                "correction_received_date": "2021-03-01",
                "reply_date": "2021-03-30",
            },
            21,
            True,
        ),
        # never corrected and closed long after: no limit ran
        ({"correction_notice_date": "2021-02-18", "reply_date": "2021-06-30"}, None, False),
        # a fee noticed in time: anew from payment; unpaid: no limit; noticed too late: no difference
        ({"fee_notice_date": "2021-03-01", "fee_paid_date": "2021-03-22", "reply_date": "2021-03-29"}, 5, False),
        ({"fee_notice_date": "2021-03-01", "reply_date": "2021-04-20"}, None, False),
        ({"fee_notice_date": "2021-03-17", "fee_paid_date": "2021-03-22", "reply_date": "2021-03-29"}, 29, True),
        # paid before the corrected application came: counted from the later of both
        (
            {
                "correction_notice_date": "2021-02-18",
                "fee_notice_date": "2021-02-19",
                "fee_paid_date": "2021-02-22",
                "correction_received_date": "2021-03-01",
                "reply_date": "2021-03-30",
            },
            21,
            True,
        ),
        # the 20th working day is Friday 2021-03-19: Saturday has used no more of them, Monday has
        ({"received_date": "2021-02-20", "reply_date": "2021-03-20"}, 20, False),
        ({"received_date": "2021-02-20", "reply_date": "2021-03-22"}, 21, True),
        ({}, None, False),
    ],
)
def test_answer(row: dict[str, object], elapsed: int | None, late: bool) -> None:
    rows = application(**row)
    found = limits.elapsed_days(rows, CALENDAR)
    assert found.index.tolist() == [2]
    assert found.tolist() == [pd.NA if elapsed is None else elapsed]
    assert limits.answered_late(rows, CALENDAR).tolist() == [late]
    assert limits.answered_in_time(rows, CALENDAR).tolist() == [elapsed is not None and not late]
    assert limits.answered_late(rows, CALENDAR).dtype == bool
    assert not limits.answer_unknown(rows, CALENDAR).any()


@pytest.mark.parametrize(
    ("row", "due"),
    [
        ({}, "2021-03-16"),
        ({"excluded_days": 15}, "2021-04-07"),
        ({"extension_days": 20}, "2021-04-14"),
        ({"extension_days": 20, "delay_days": 1}, "2021-04-15"),
        ({"correction_notice_date": "2021-02-18", "correction_received_date": "2021-03-01"}, "2021-03-29"),
        ({"correction_notice_date": "2021-02-18"}, None),
        ({"fee_notice_date": "2021-02-18"}, None),
    ],
)
def test_due_date(row: dict[str, object], due: str | None) -> None:
    found = limits.due_date(application(**row), CALENDAR)
    assert [None if pd.isna(day) else str(day.date()) for day in found] == [due]
    assert not limits.due_date_unknown(application(**row), CALENDAR).any()


def test_open_at_the_end_of_the_last_known_year_is_judged_without_a_due_date() -> None:
    rows = frame([{"received_date": f"{LAST}-11-02"}, {"received_date": f"{LAST}-12-20"}], DATES, NUMBERS)
    assert limits.open_past_limit(rows, CALENDAR, date(LAST, 12, 31)).tolist() == [True, False]
    assert limits.due_date(rows, CALENDAR).isna().tolist() == [False, True]
    assert limits.due_date_unknown(rows, CALENDAR).tolist() == [False, True]


def test_reply_in_an_unknown_year_is_neither_late_nor_in_time() -> None:
    rows = frame([{"received_date": f"{LAST}-12-01", "reply_date": f"{LAST + 1}-03-01"}], DATES, NUMBERS)
    assert limits.answer_unknown(rows, CALENDAR).tolist() == [True]
    assert limits.answered_late(rows, CALENDAR).tolist() == [False]
    assert limits.answered_in_time(rows, CALENDAR).tolist() == [False]


@pytest.mark.parametrize(
    ("row", "past"),
    [
        ({"received_date": "2021-12-03"}, False),  # 20 working days on December 31
        ({"received_date": "2021-12-02"}, True),
        ({"received_date": "2021-12-02", "extension_days": 20}, False),
        ({"received_date": "2021-12-02", "excluded_days": 1}, False),
        ({"received_date": "2021-11-01", "reply_date": "2021-12-31"}, False),  # late, but not open
        ({"received_date": "2021-11-01", "reply_date": "2022-01-04"}, True),
        ({"received_date": "2022-01-04", "reply_date": None}, False),
        ({"correction_notice_date": "2021-02-18"}, False),
        ({"correction_notice_date": "2022-01-10"}, True),  # not yet asked for at the year's end
        ({"correction_notice_date": "2021-02-18", "correction_received_date": "2021-12-20"}, False),
        ({"correction_notice_date": "2021-02-18", "correction_received_date": "2021-03-01"}, True),
        ({"correction_notice_date": "2021-02-18", "correction_received_date": "2022-01-10"}, False),
        ({"fee_notice_date": "2021-02-18"}, False),
    ],
)
def test_open_past_limit(row: dict[str, object], past: bool) -> None:
    assert limits.open_past_limit(application(**row), CALENDAR, YEAR_END).tolist() == [past]


def test_days_for_the_target_are_those_of_the_limit() -> None:
    rows = frame(
        [
            {"received_date": "2021-03-01", "reply_date": "2021-03-15"},
            {"received_date": "2021-03-01", "reply_date": "2021-03-16"},
            {"received_date": "2021-03-01", "reply_date": "2021-03-16", "excluded_days": 1},
            {"received_date": "2021-03-01"},
        ],
        DATES,
        NUMBERS,
    )
    assert limits.elapsed_days(rows, CALENDAR).tolist() == [10, 11, 10, pd.NA]


@pytest.mark.parametrize(
    ("notice", "late"),
    # The 7th working day after 2021-02-10 is 2021-02-25: 18, 19, 20 (made up), 22, 23, 24, 25.
    [("2021-02-10", False), ("2021-02-25", False), ("2021-02-26", True), (None, False)],
)
def test_correction_notice(notice: str | None, late: bool) -> None:
    assert limits.correction_notice_late(application(correction_notice_date=notice), CALENDAR).tolist() == [late]


def test_ledger_without_optional_columns_and_without_rows() -> None:
    rows = application(reply_date="2021-03-17")[["received_date", "reply_date"]]
    assert limits.answered_late(rows, CALENDAR).tolist() == [True]
    assert limits.open_past_limit(rows, CALENDAR, YEAR_END).tolist() == [False]
    assert not limits.correction_notice_late(rows, CALENDAR).any()
    for none in (rows.iloc[:0], application().iloc[:0]):
        assert limits.due_date(none, CALENDAR).empty
        assert limits.answered_late(none, CALENDAR).empty
        assert limits.open_past_limit(none, CALENDAR, YEAR_END).empty


def documents(*rows: dict[str, object]) -> pd.DataFrame:
    result = frame(list(rows), ("issued_date", "published_date"))
    result["document_id"] = pd.Series([str(row["document_id"]) for row in rows], index=result.index, dtype="str")
    result["openness"] = pd.Series([str(row["openness"]) for row in rows], index=result.index, dtype="str")
    return result


ISSUED = documents(
    {"document_id": "1", "openness": "active", "issued_date": "2021-02-10", "published_date": "2021-03-16"},
    {"document_id": "2", "openness": "active", "issued_date": "2021-02-10", "published_date": "2021-03-17"},
    {"document_id": "3", "openness": "on_request", "issued_date": "2021-02-10", "published_date": "2021-05-17"},
    {"document_id": "4", "openness": "active", "issued_date": "2021-02-10", "published_date": None},
    {"document_id": "5", "openness": "withheld", "issued_date": "2021-02-10", "published_date": None},
    {"document_id": "6", "openness": "active", "issued_date": "2021-12-20", "published_date": None},
    {"document_id": "7", "openness": "active", "issued_date": "2015-03-02", "published_date": "2021-03-08"},
    {"document_id": "8", "openness": "active", "issued_date": "2021-11-01", "published_date": "2022-01-04"},
)


def test_disclosure() -> None:
    assert limits.disclosed_late(ISSUED, CALENDAR).tolist() == [False, True, False, False, False, False, True, True]
    past = limits.undisclosed_past_limit(ISSUED, CALENDAR, YEAR_END)
    assert past.tolist() == [False, False, False, True, False, False, False, True]


def test_disclosure_after_a_review_counts_from_the_review() -> None:
    reviews = frame(
        [{"reviewed_date": "2018-01-02"}, {"reviewed_date": "2021-03-01"}, {"reviewed_date": "2021-12-20"}],
        ("reviewed_date",),
    )
    reviews["document_id"] = pd.Series(["7", "7", "4"], index=reviews.index, dtype="str")
    reviews["openness_before"] = pd.Series(["on_request", "withheld", "active"], index=reviews.index, dtype="str")
    reviews["openness_after"] = pd.Series(["withheld", "active", "active"], index=reviews.index, dtype="str")
    start = limits.disclosure_start(ISSUED, reviews)
    assert str(start.loc[8].date()) == "2021-03-01"
    assert start.drop(index=8).equals(ISSUED["issued_date"].drop(index=8))
    assert not limits.disclosed_late(ISSUED, CALENDAR, start).loc[8]
    # A review that leaves an active document active starts nothing anew.
    assert limits.undisclosed_past_limit(ISSUED, CALENDAR, YEAR_END, start).loc[5]
    for none_opened in (reviews.iloc[:0], reviews.iloc[[0, 2]]):
        assert limits.disclosure_start(ISSUED, none_opened).equals(ISSUED["issued_date"])


@pytest.mark.parametrize(
    ("level", "scope", "office", "day"),
    [
        ("department", "own", False, date(2022, 1, 31)),
        ("department", "aggregate", False, date(2022, 1, 31)),
        ("department", None, False, date(2022, 1, 31)),
        ("town", "own", False, date(2022, 1, 31)),
        ("town", None, False, date(2022, 1, 31)),
        ("city", "own", True, date(2022, 1, 31)),
        ("county", "own", False, date(2022, 1, 31)),
        (None, "own", False, date(2022, 1, 31)),
        ("county", "aggregate", False, date(2022, 2, 20)),
        ("city", "aggregate", False, date(2022, 3, 10)),
        ("city", "aggregate", True, date(2022, 3, 10)),
        ("province", "aggregate", False, date(2022, 3, 31)),
        ("province", None, False, None),
        ("province", None, True, date(2022, 1, 31)),
        (None, "aggregate", False, None),
        (None, None, False, None),
    ],
)
def test_deadline(level: str | None, scope: str | None, office: bool, day: date | None) -> None:
    assert deadline(level, scope, 2021, is_government_office=office) == day
