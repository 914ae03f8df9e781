"""Working days of hand-counted spans, unknown years, and the workspace's own calendar files."""

from __future__ import annotations

import pickle
from datetime import date
from time import process_time

import numpy as np
import pandas as pd
import pytest

from govnb.counting import calendar
from govnb.counting.calendar import CalendarYear, UnknownCalendarYear, WorkCalendar, packaged_years, parse_calendar_year
from govnb.errors import Collector, ParamsError

CALENDAR = WorkCalendar()
LAST = max(packaged_years())


def dates(*texts: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).astype("datetime64[s]"))


def count(start: str, end: str) -> int:
    return int(CALENDAR.working_days_between(dates(start), dates(end))[0])


def add(start: str, days: int) -> str:
    return str(CALENDAR.add_working_days(dates(start), days)[0].date())


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2021-02-10", "2021-02-10", 0),
        ("2021-02-10", "2021-02-17", 0),  # Spring Festival, 11th to 17th
        ("2021-02-10", "2021-02-18", 1),
        ("2021-02-10", "2021-02-20", 3),  # Thursday, Friday, and Saturday the 20th made up for
        ("2021-02-05", "2021-02-07", 1),  # Sunday the 7th made up for
        ("2021-02-10", "2021-03-15", 19),
        ("2021-02-10", "2021-03-16", 20),
        ("2021-09-30", "2021-10-08", 1),  # National Day, 1st to 7th
        ("2021-09-30", "2021-10-11", 3),  # Friday, the made-up Saturday the 9th, Monday
        ("2021-12-31", "2022-01-04", 1),  # over the year's end; New Year's Day to Monday the 3rd off
        ("2021-01-02", "2021-01-04", 1),  # received on a day off
        ("2021-01-08", "2021-01-04", -4),
    ],
)
def test_working_days_by_hand(start: str, end: str, days: int) -> None:
    assert count(start, end) == days


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2021-02-10", 20, "2021-03-16"),
        ("2021-02-10", 3, "2021-02-20"),
        ("2021-09-30", 2, "2021-10-09"),
        ("2021-01-03", 0, "2021-01-03"),  # nothing to add: the day itself, though a day off
        ("2021-01-03", 1, "2021-01-04"),
        ("2021-12-31", 1, "2022-01-04"),
    ],
)
def test_due_dates_by_hand(start: str, days: int, due: str) -> None:
    assert add(start, days) == due


def test_is_workday_and_missing_dates_pass_through() -> None:
    answers = CALENDAR.is_workday(dates("2021-02-20", "2021-02-21", None, "2021-02-11"))
    assert answers.tolist() == [True, False, pd.NA, False]
    spans = CALENDAR.working_days_between(
        dates("2021-03-01", None, "2021-03-01"), dates(None, "2021-03-01", "2021-03-02")
    )
    assert spans.tolist() == [pd.NA, pd.NA, 1]
    due = CALENDAR.add_working_days(dates("2021-03-01", None, "2021-03-01"), pd.Series([1, 1, pd.NA], dtype="Int64"))
    assert due.isna().tolist() == [False, True, True]
    assert due.dtype == "datetime64[s]"
    assert not CALENDAR.unknown(dates(None))[0]


def test_index_arrays_and_single_dates() -> None:
    start = pd.Series(dates("2021-03-01", "2021-03-05").to_numpy(), index=pd.Index([7, 3], name="row"))
    answers = CALENDAR.working_days_between(start, date(2021, 3, 8))
    assert answers.index.equals(start.index)
    assert answers.tolist() == [5, 1]
    array = np.array(["2021-03-01", "NaT"], dtype="datetime64[D]")
    assert CALENDAR.working_days_between(array, date(2021, 3, 8)).tolist() == [5, pd.NA]
    assert CALENDAR.working_days_between(date(2021, 3, 1), date(2021, 3, 8)).tolist() == [5]


def test_no_rows() -> None:
    none = dates()
    assert CALENDAR.working_days_between(none, date(2021, 1, 1)).empty
    assert CALENDAR.add_working_days(none, 20).empty
    assert CALENDAR.is_workday(none).empty
    assert CALENDAR.unknown_between(none, none).empty


def test_unknown_year_is_named_with_its_remedy() -> None:
    with pytest.raises(UnknownCalendarYear) as caught:
        CALENDAR.is_workday(dates("1999-01-01", f"{LAST + 1}-05-01", f"{LAST}-05-01"))
    assert isinstance(caught.value, ParamsError)
    assert len(caught.value.problems) == 2
    text = caught.value.problems[1].text()
    assert f"{LAST + 1}年" in text.zh
    assert f"calendar/{LAST + 1}.yaml" in text.zh
    assert f"calendar/{LAST + 1}.yaml" in text.en
    assert "chinesecalendar" in text.en


def test_unknown_year_of_a_count_and_of_a_due_date() -> None:
    with pytest.raises(UnknownCalendarYear, match=str(LAST + 1)):
        CALENDAR.working_days_between(dates(f"{LAST}-12-01"), dates(f"{LAST + 1}-01-05"))
    with pytest.raises(UnknownCalendarYear, match=str(LAST + 1)):
        CALENDAR.add_working_days(dates(f"{LAST}-12-20"), 20)
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_working_days(dates("2021-01-01"), -1)


def test_every_unknown_year_of_many_rows_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "_AT_ONCE", 1)
    with pytest.raises(UnknownCalendarYear) as caught:
        CALENDAR.add_working_days(dates(f"{LAST + 2}-05-01", "2021-05-01", f"{LAST + 1}-05-01"), 1)
    named = [problem.text().zh for problem in caught.value.problems]
    assert [f"{year}年" in text for year, text in zip((LAST + 1, LAST + 2), named, strict=True)] == [True, True]
    with pytest.raises(UnknownCalendarYear, match=str(LAST + 1)):
        CALENDAR.add_working_days(dates("2021-05-01", f"{LAST}-12-20", "2021-05-01"), 20)


def test_not_strict_leaves_only_the_unknown_rows_out() -> None:
    start = dates(f"{LAST}-11-02", f"{LAST}-12-20", None)
    due = CALENDAR.add_working_days(start, 20, strict=False)
    assert due.isna().tolist() == [False, True, True]
    end = dates(f"{LAST}-12-31", f"{LAST + 1}-01-02", f"{LAST + 1}-01-02")
    assert CALENDAR.working_days_between(start, end, strict=False).isna().tolist() == [False, True, True]
    assert CALENDAR.unknown_between(start, end).tolist() == [False, True, False]
    assert CALENDAR.unknown(end).tolist() == [False, True, True]


def test_error_survives_a_process_pool() -> None:
    error = UnknownCalendarYear.of([LAST + 1])
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems


def test_added_year_continues_the_known_ones() -> None:
    after = LAST + 1
    own = WorkCalendar({after: ([date(after, 1, 1)], [])})
    assert own.knows(after)
    assert not CALENDAR.knows(after)
    days = pd.Series(pd.date_range(f"{LAST}-12-01", f"{after}-01-31"))
    worked = own.is_workday(days)
    assert int(own.working_days_between(days.iloc[:1], days.iloc[-1:])[0]) == int(worked.iloc[1:].sum())
    assert not worked[days == f"{after}-01-01"].item()


def test_a_gap_between_years_is_never_counted_across() -> None:
    far = LAST + 3
    own = WorkCalendar({far: ([date(far, 1, 1)], [])})
    with pytest.raises(UnknownCalendarYear, match=str(LAST + 1)):
        own.working_days_between(dates(f"{LAST}-12-31"), dates(f"{far}-01-10"))
    with pytest.raises(UnknownCalendarYear, match=str(LAST + 1)):
        own.add_working_days(dates(f"{LAST}-12-31"), 1)
    assert own.working_days_between(dates(f"{far}-01-01"), dates(f"{far}-01-20"), strict=False).notna().all()


def test_workspace_replaces_a_packaged_year() -> None:
    known = packaged_years()[2021]
    own = WorkCalendar({2021: ([*known.holidays, date(2021, 12, 31)], known.workdays)})
    assert own.is_workday(dates("2021-12-31", "2021-02-20")).tolist() == [False, True]


def test_a_million_at_once() -> None:
    random = np.random.default_rng(1)
    start = pd.Series(np.datetime64("2010-01-01", "s") + random.integers(0, 5000, 10**6) * np.timedelta64(86400, "s"))
    end = start + pd.to_timedelta(random.integers(0, 60, 10**6), unit="D").astype("timedelta64[s]")

    def best(work: object) -> float:
        times = []
        for _ in range(3):
            begin = process_time()
            work()  # type: ignore[operator]
            times.append(process_time() - begin)
        return min(times)

    # 0.05 s on the reference machine; the bound only tells a table from a loop (900 s), whatever else runs there.
    assert best(lambda: CALENDAR.working_days_between(start, end)) < 0.5
    assert best(lambda: CALENDAR.add_working_days(start, 20)) < 0.5


def parse(text: str, year: int = 2027) -> tuple[CalendarYear | None, Collector]:
    problems = Collector()
    return parse_calendar_year(year, text, "calendar/2027.yaml", problems), problems


def test_calendar_file() -> None:
    parsed, problems = parse("holidays: [2027-01-03, 2027-01-01]\nworkdays:\n- 2027-02-20\n")
    assert problems.problems == []
    assert parsed == CalendarYear((date(2027, 1, 1), date(2027, 1, 3)), (date(2027, 2, 20),))
    assert WorkCalendar({2027: parsed}).knows(2027)
    parsed, problems = parse('holidays: ["2027-01-01"]')
    assert parsed == CalendarYear((date(2027, 1, 1),), ())


@pytest.mark.parametrize(
    ("text", "line", "position", "said"),
    [
        ("holidays:\n- 2027-01-01\n- 2027-02-30\n", 3, 3, "2027-02-30"),
        ("holidays:\n- 2027-01-01\n- 2026-12-31\n", 3, 3, "calendar/2026.yaml"),
        ("holidays: [2027-01-01]\nworkdays: [2027-01-09, 2027-01-01]\n", 2, 24, "holidays"),
        ("holidays: [2027-01-01, 2027-01-01]\n", 1, 24, "line 1"),
        ("holidays: [2027-01-01, 3]\n", 1, 24, "“3”"),
        ("holidays: [2027-01-01, 2027-1-2]\n", 1, 24, "2027-1-2"),
        ("holidays: [2027-01-01, [2027-01-02]]\n", 1, 24, "valid date"),
        ("holidays: 2027-01-01\n", 1, 11, "list"),
        ("holidays: []\nworkdays: [2027-02-20]\n", 1, 1, "no holidays"),
        ("workdays: [2027-02-20]\n", 1, 1, "no holidays"),
        ("holidays: [2027-01-01]\nworkday: [2027-02-20]\n", 2, 1, "workdays"),
        ("- 2027-01-01\n", None, None, "holidays"),
        ("", None, None, "holidays"),
        ("holidays: [2027-01-01\n", None, None, "YAML"),
        ("holidays: [2027-01-01]\nholidays: [2027-01-02]\n", 2, 1, "twice"),
    ],
)
def test_faults_of_a_calendar_file(text: str, line: int | None, position: int | None, said: str) -> None:
    parsed, problems = parse(text)
    assert parsed is None
    (problem,) = problems.problems
    assert problem.where.file == "calendar/2027.yaml"
    assert said in problem.text().en
    if line is not None:
        assert (problem.where.line, problem.where.position) == (line, position)


def test_all_faults_of_a_calendar_file_at_once() -> None:
    parsed, problems = parse("holidays: [2026-01-01, x]\nworkdays: [2027-13-01]\nother: 1\n")
    assert parsed is None
    assert len(problems.problems) == 4
