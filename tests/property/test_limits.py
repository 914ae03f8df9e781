"""Limits of whole ledgers against one application at a time, day by day, with ``chinese_calendar.is_workday``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import chinese_calendar
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.counting import limits
from govnb.counting.calendar import WorkCalendar

CALENDAR = WorkCalendar()
is_workday = cache(chinese_calendar.is_workday)  # slow by itself; asked often
DAY = timedelta(days=1)
YEAR_END = date(2021, 12, 31)
days = st.dates(date(2021, 1, 1), date(2022, 3, 31))
some_days = st.none() | days
numbers = st.none() | st.integers(0, 30)
applications = st.lists(
    st.fixed_dictionaries(
        {
            "received_date": days,
            "correction_notice_date": some_days,
            "correction_received_date": some_days,
            "reply_date": some_days,
            "fee_notice_date": some_days,
            "fee_paid_date": some_days,
            "excluded_days": numbers,
            "extension_days": numbers,
            "delay_days": numbers,
        }
    ),
    max_size=6,
)
Row = dict[str, Any]


def frame(rows: list[Row]) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for name in ("received_date", *limits._EVENTS):
        columns[name] = pd.Series(np.array([row[name] for row in rows], dtype="datetime64[D]").astype("datetime64[s]"))
    for name in ("excluded_days", "extension_days", "delay_days"):
        columns[name] = pd.Series([row[name] for row in rows], dtype="Int64")
    return pd.DataFrame(columns)


def elapsed(start: date, end: date) -> int:
    sign = 1 if end >= start else -1
    low, high = min(start, end), max(start, end)
    return sign * sum(is_workday(low + DAY * n) for n in range(1, (high - low).days + 1))


def limit(row: Row) -> int:
    return 20 + min(row["extension_days"] or 0, 20) + (row["delay_days"] or 0)


def slow_start(row: Row) -> date | None:
    start: date | None = row["received_date"]
    if row["correction_received_date"]:
        start = row["correction_received_date"]
    elif row["correction_notice_date"]:
        return None
    notice, paid = row["fee_notice_date"], row["fee_paid_date"]
    if notice and start and elapsed(start, notice) - (row["excluded_days"] or 0) <= limit(row):
        return max(start, paid) if paid else None
    return start


def slow_elapsed(row: Row, end: date | None) -> int | None:
    start = slow_start(row)
    if start is None or end is None:
        return None
    return max(0, elapsed(start, end) - (row["excluded_days"] or 0))


@settings(deadline=None)  # a busy machine is no fault of the code
@given(applications)
def test_answers_equal_a_loop(rows: list[Row]) -> None:
    expected = [slow_elapsed(row, row["reply_date"]) for row in rows]
    late = [used is not None and used > limit(row) for row, used in zip(rows, expected, strict=True)]
    ledger = frame(rows)
    found = limits.elapsed_days(ledger, CALENDAR)
    assert [None if pd.isna(value) else value for value in found] == expected
    assert limits.answered_late(ledger, CALENDAR).tolist() == late
    in_time = limits.answered_in_time(ledger, CALENDAR)
    assert in_time.tolist() == [used is not None and not bad for used, bad in zip(expected, late, strict=True)]


@settings(deadline=None)  # a busy machine is no fault of the code
@given(applications)
def test_open_past_limit_equals_a_loop(rows: list[Row]) -> None:
    expected = []
    for row in rows:
        # What happened after the year's end hadn't happened then.
        then = {key: None if isinstance(value, date) and value > YEAR_END else value for key, value in row.items()}
        used = slow_elapsed(then, YEAR_END) if then["received_date"] else None
        expected.append(used is not None and not then["reply_date"] and used > limit(then))
    assert limits.open_past_limit(frame(rows), CALENDAR, YEAR_END).tolist() == expected


@settings(deadline=None)  # a busy machine is no fault of the code
@given(applications)
def test_due_date_is_the_last_day_in_time(rows: list[Row]) -> None:
    ledger = frame(rows)
    due = limits.due_date(ledger, CALENDAR)
    running = limits.clock_start(ledger, CALENDAR).notna()
    assert due.notna().equals(running)
    for shift, expected in ((0, False), (1, True)):
        # The working day after the due date is the first late one.
        answered = ledger.assign(reply_date=CALENDAR.add_working_days(due, shift))
        assert (limits.answered_late(answered, CALENDAR)[running] == expected).all()


@settings(deadline=None)  # a busy machine is no fault of the code
@given(applications, st.integers(0, 30))
def test_a_later_reply_is_never_more_in_time(rows: list[Row], later: int) -> None:
    ledger = frame(rows)
    moved = ledger.assign(reply_date=ledger["reply_date"] + np.timedelta64(later * 86400, "s"))
    assert not (limits.answered_late(ledger, CALENDAR) & ~limits.answered_late(moved, CALENDAR)).any()
