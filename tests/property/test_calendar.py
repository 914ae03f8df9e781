"""The table against ``chinese_calendar.is_workday``, one day at a time."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.counting import calendar
from govnb.counting.calendar import WorkCalendar, packaged_years

CALENDAR = WorkCalendar()
is_workday = cache(chinese_calendar.is_workday)  # slow by itself; asked often
FIRST, LAST = date(min(packaged_years()), 1, 1), date(max(packaged_years()), 12, 31)
DAY = timedelta(days=1)
known = st.dates(FIRST, LAST)


def series(days: list[date | None]) -> pd.Series:
    return pd.Series(np.array(days, dtype="datetime64[D]").astype("datetime64[s]"))


def slow_count(start: date, end: date) -> int:
    count = 0
    while start < end:
        start += DAY
        count += is_workday(start)
    return count


def slow_add(start: date, days: int) -> date | None:
    while days:
        if start == LAST:
            return None
        start += DAY
        days -= is_workday(start)
    return start


def test_every_known_day() -> None:
    days = [FIRST + DAY * number for number in range((LAST - FIRST).days + 1)]
    assert CALENDAR.is_workday(series(days)).tolist() == [is_workday(day) for day in days]


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.tuples(known, st.integers(0, 400)), max_size=5))
def test_counts_equal_a_loop(spans: list[tuple[date, int]]) -> None:
    ends = [min(start + DAY * length, LAST) for start, length in spans]
    expected = [slow_count(start, end) for (start, _), end in zip(spans, ends, strict=True)]
    starts = series([start for start, _ in spans])
    assert CALENDAR.working_days_between(starts, series(ends)).tolist() == expected
    assert CALENDAR.working_days_between(series(ends), starts).tolist() == [-count for count in expected]


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.tuples(known | st.dates(LAST - 60 * DAY, LAST), st.integers(0, 60)), max_size=5))
def test_due_dates_equal_a_loop(spans: list[tuple[date, int]]) -> None:
    due = CALENDAR.add_working_days(
        series([s for s, _ in spans]), pd.Series([n for _, n in spans], dtype="Int64"), strict=False
    )
    found = [None if pd.isna(day) else day.date() for day in due]
    assert found == [slow_add(start, days) for start, days in spans]


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.tuples(known | st.none(), st.integers(0, 400)), max_size=9), st.integers(1, 3))
def test_slices_of_rows_do_not_show(spans: list[tuple[date | None, int]], at_once: int) -> None:
    starts, days = series([start for start, _ in spans]), pd.Series([number for _, number in spans], dtype="Int64")
    whole = CALENDAR.add_working_days(starts, days, strict=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calendar, "_AT_ONCE", at_once)
        assert CALENDAR.add_working_days(starts, days, strict=False).equals(whole)
        assert CALENDAR.working_days_between(starts, whole, strict=False).isna().equals(starts.isna() | whole.isna())


@settings(deadline=None)  # a busy machine is no fault of the code
@given(known, st.integers(1, 100))
def test_a_due_date_is_as_many_working_days_away(start: date, days: int) -> None:
    due = CALENDAR.add_working_days(series([start]), days, strict=False)
    back = CALENDAR.working_days_between(series([start]), due, strict=False)
    assert due.isna()[0] or (back[0] == days and CALENDAR.is_workday(due)[0])


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.none() | st.dates(date(1900, 1, 1), date(2200, 1, 1)), max_size=8))
def test_unknown_is_exactly_what_has_no_calendar(days: list[date | None]) -> None:
    expected = [day is not None and not FIRST <= day <= LAST for day in days]
    assert CALENDAR.unknown(series(days)).tolist() == expected
    answers = CALENDAR.is_workday(series(days), strict=False)
    assert answers.isna().tolist() == [day is None or unknown for day, unknown in zip(days, expected, strict=True)]
