"""Working days of the State Council's yearly calendar, counted by the million.

A table of cumulative working days by day number answers both questions of the law: how many working days lie between
two dates, and which date is n working days after another. Holidays and make-up days (调休上班) come from
``chinesecalendar`` and from the workspace's ``calendar/<year>.yaml``, which replaces the whole year where both have it
(the notice for a new year sometimes moves the last days of the old one, which the package learns later).

Never guesses: a span that touches a year without a calendar has no answer. Reads no file and no clock.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

# The package ships no types (no py.typed, no stubs); only its two dictionaries {date: name} are used.
from chinese_calendar import constants  # type: ignore[import-untyped]

from govnb.errors import Collector, ParamsError, Place, Problem, Text, did_you_mean
from govnb.marked import Marked, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Days: TypeAlias = NDArray[np.int64]
    Bools: TypeAlias = NDArray[np.bool_]

Dates: TypeAlias = "pd.Series[Any] | NDArray[np.datetime64] | date"
Counts: TypeAlias = "pd.Series[Any] | NDArray[np.int64] | int"

_NAT = np.iinfo(np.int64).min
_UNKNOWN = -1
_AT_ONCE = 1 << 15  # rows
_CODE = "params.calendar"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class CalendarYear(NamedTuple):
    """One year's notice: the days off (weekends among them or not) and the weekend days worked instead."""

    holidays: tuple[date, ...]
    workdays: tuple[date, ...]


class UnknownCalendarYear(ParamsError):  # noqa: N818 - named after what is unknown, as callers read it
    """A count needs years whose holidays nobody has told us; one problem for each year."""

    @classmethod
    def of(cls, years: Iterable[int]) -> UnknownCalendarYear:
        return cls([_unknown_year(year) for year in sorted(set(years))])


def _unknown_year(year: int) -> Problem:
    return Problem(
        Place(),
        Text(f"不知道{year}年的节假日安排，不能计算工作日", f"the holidays of {year} are not known: no working days"),
        Text(
            f"请在工作区增加 calendar/{year:04}.yaml，或升级 chinesecalendar",
            f"Add calendar/{year:04}.yaml to the workspace, or upgrade chinesecalendar",
        ),
        _CODE,
    )


@lru_cache(maxsize=1)
def packaged_years() -> Mapping[int, CalendarYear]:
    """The years that the installed ``chinesecalendar`` knows: every one from its first holiday's to its last one's."""
    first, last = min(constants.holidays).year, max(constants.holidays).year
    return {
        year: CalendarYear(
            tuple(sorted(day for day in constants.holidays if day.year == year)),
            tuple(sorted(day for day in constants.workdays if day.year == year)),
        )
        for year in range(first, last + 1)
    }


class WorkCalendar:
    """Vectorised working-day arithmetic over the known years.

    Dates are a Series of datetime64, an array of datetime64 or a ``datetime.date`` for all rows; answers are always a
    Series, with the index of the first Series given. A missing date gives a missing answer. Where a known date's answer
    needs a year that isn't known, ``strict=True`` raises ``UnknownCalendarYear`` and ``strict=False`` leaves the answer
    missing; ``unknown_between`` tells such rows from those where a date is missing.
    """

    def __init__(self, extra: Mapping[int, tuple[Iterable[date], Iterable[date]]] | None = None) -> None:
        """``extra``: year → (holidays, workdays), of years to add or to replace."""
        years: dict[int, tuple[Iterable[date], Iterable[date]]] = {**packaged_years(), **(extra or {})}
        self.years: tuple[int, ...] = tuple(sorted(years))
        self._origin = _day(date(self.years[0], 1, 1))
        size = _day(date(self.years[-1], 12, 31)) - self._origin + 1
        works = np.zeros(size + 1, dtype=bool)
        # Years without a gap between them share a run; only within a run does a count have an answer. The last place
        # stands for every day outside of the table.
        self._run = np.full(size + 1, _UNKNOWN, dtype=np.int32)
        run = 0
        for year in self.years:
            run += (year - 1) not in years
            begin = _day(date(year, 1, 1)) - self._origin
            end = _day(date(year, 12, 31)) - self._origin + 1
            weekday = (np.arange(begin, end) + self._origin + 3) % 7  # day 0, 1970-01-01, was a Thursday
            works[begin:end] = weekday < 5
            for days, working in zip(years[year], (False, True), strict=True):
                for day in days:
                    works[_day(day) - self._origin] = working
            self._run[begin:end] = run
        self._works = works
        self._cumulative: Days = np.cumsum(works, dtype=np.int64)
        self._working: Days = np.flatnonzero(works).astype(np.int64)

    def knows(self, year: int) -> bool:
        return year in self.years

    def unknown(self, dates: Dates) -> pd.Series[bool]:
        """True where a date is given whose year has no calendar."""
        days = _days(dates)
        _, run = self._locate(days)
        return pd.Series((days != _NAT) & (run == _UNKNOWN), index=_index(dates))

    def is_workday(self, dates: Dates, *, strict: bool = True) -> pd.Series[Any]:
        """``boolean`` Series: is the date a working day."""
        days = _days(dates)
        at, run = self._locate(days)
        if strict:
            self._refuse(days, run)
        return pd.Series(pd.arrays.BooleanArray(self._works[at], run == _UNKNOWN), index=_index(dates))

    def working_days_between(self, start: Dates, end: Dates, *, strict: bool = True) -> pd.Series[Any]:
        """``Int64`` Series: working days after ``start`` up to and with ``end`` (the day of receipt is not counted).

        Where ``end`` is before ``start`` the count is that of the reversed span, negative.
        """
        count, known, missing = self._between(start, end)
        if strict and bool((~known & ~missing).any()):
            raise UnknownCalendarYear.of(self._years_missing(start, end))
        return pd.Series(pd.arrays.IntegerArray(count, ~known), index=_index(start, end))

    def unknown_between(self, start: Dates, end: Dates) -> pd.Series[bool]:
        """True where both dates are given, but a year that the count needs has no calendar."""
        _, known, missing = self._between(start, end)
        return pd.Series(~known & ~missing, index=_index(start, end))

    def add_working_days(self, start: Dates, days: Counts, *, strict: bool = True) -> pd.Series[Any]:
        """datetime64[s] Series: the date of the ``days``-th working day after ``start``; ``start`` itself for 0.

        ``ValueError`` where ``days`` is negative. With ``strict=False`` a due date beyond the known years is NaT.
        """
        amounts, no_amounts = _counts(days)
        if bool((amounts < 0).any()):
            raise ValueError("working days to add must not be negative")
        starts, amounts, no_amounts = np.broadcast_arrays(_dates(start), amounts, no_amounts)
        due = np.empty(len(starts), dtype="datetime64[s]")
        if strict:
            given = _days(starts)
            self._refuse(given, self._locate(given)[1])
        beyond: list[NDArray[np.int32]] = []
        for at in range(0, len(starts), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            given = _days(starts[part])
            place, run = self._locate(given)
            found, known = self._add(place, run, amounts[part])
            known &= ~no_amounts[part]
            if strict:
                beyond.append(np.unique(run[~known & (given != _NAT) & ~no_amounts[part]]))
            due[part] = np.where(known, found + self._origin, _NAT).view("datetime64[D]")
        if any(map(len, beyond)):
            raise UnknownCalendarYear.of(self._year_after(np.concatenate(beyond)))
        return pd.Series(due, index=_index(start, days))

    def _add(self, place: Days, run: NDArray[np.int32], amount: Days) -> tuple[Days, Bools]:
        """Place in the table of the day so many working days after ``place``, and whether the calendar knows it."""
        position = self._cumulative[place] + np.minimum(amount, len(self._working)) - 1
        found = self._working[np.minimum(np.maximum(position, 0), len(self._working) - 1)]
        due = np.where(amount == 0, place, found)
        known = (run != _UNKNOWN) & ((amount == 0) | (position < len(self._working)))
        return due, known & (self._run[due] == run)

    def _locate(self, days: Days) -> tuple[Days, NDArray[np.int32]]:
        """Place of each day in the table (the last one where it has none) and its run of years, or ``_UNKNOWN``."""
        # Without their sign, days before the first one are beyond the last one too.
        beyond = np.uint64(len(self._run) - 1)
        at = np.minimum((days - self._origin).view(np.uint64), beyond).view(np.int64)
        return at, self._run[at]

    def _between(self, start: Dates, end: Dates) -> tuple[Days, Bools, Bools]:
        """Count, whether it is known, whether a date is missing. A slice at a time, which stays near the processor."""
        starts, ends = np.broadcast_arrays(_dates(start), _dates(end))
        count = np.empty(len(starts), dtype=np.int64)
        known, missing = np.empty(len(starts), dtype=bool), np.empty(len(starts), dtype=bool)
        for at in range(0, len(starts), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            first, last = _days(starts[part]), _days(ends[part])
            first_at, first_run = self._locate(first)
            last_at, last_run = self._locate(last)
            known[part] = (first_run == last_run) & (first_run != _UNKNOWN)
            count[part] = (self._cumulative[last_at] - self._cumulative[first_at]) * known[part]
            missing[part] = (first == _NAT) | (last == _NAT)
        return count, known, missing

    def _refuse(self, days: Days, run: NDArray[np.int32]) -> None:
        unknown = days[(days != _NAT) & (run == _UNKNOWN)]
        if unknown.size:
            raise UnknownCalendarYear.of(_years(unknown))

    def _years_missing(self, start: Dates, end: Dates) -> set[int]:
        """Years that the spans need and that have no calendar: those of the dates, else the first one in the gap."""
        first, last = np.broadcast_arrays(_days(start), _days(end))
        given = (first != _NAT) & (last != _NAT)
        years: set[int] = set()
        for days in (first[given], last[given]):
            years |= _years(days[self._locate(days)[1] == _UNKNOWN])
        if not years:
            low = np.minimum(first, last)[given]
            apart = self._locate(first[given])[1] != self._locate(last[given])[1]
            years = self._year_after(self._locate(low[apart])[1])
        return years

    def _year_after(self, runs: NDArray[np.int32]) -> set[int]:
        ends = [int(np.flatnonzero(self._run == run)[-1]) + self._origin + 1 for run in np.unique(runs)]
        return _years(np.array(ends, dtype=np.int64))


def _day(value: date) -> int:
    return value.toordinal() - 719163  # the ordinal of 1970-01-01


def _days(dates: Dates) -> Days:
    """Day numbers since 1970-01-01; NaT stays numpy's own NaT number. One element for a ``date``."""
    return _dates(dates).astype("datetime64[D]").astype(np.int64)


def _dates(dates: Dates) -> NDArray[np.datetime64]:
    if isinstance(dates, date):
        return np.array([dates], dtype="datetime64[D]")
    array: NDArray[np.datetime64] = dates.to_numpy() if isinstance(dates, pd.Series) else dates
    return np.atleast_1d(array)


def _counts(counts: Counts) -> tuple[Days, Bools]:
    if isinstance(counts, pd.Series):
        missing = counts.isna().to_numpy(dtype=bool)
        return counts.fillna(0).to_numpy(dtype=np.int64), missing
    array = np.atleast_1d(np.asarray(counts, dtype=np.int64))
    return array, np.zeros(array.shape, dtype=bool)


def _years(days: Days) -> set[int]:
    return {
        int(year) + 1970 for year in np.unique(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64))
    }


def _index(*given: Dates | Counts) -> pd.Index[Any] | None:
    return next((item.index for item in given if isinstance(item, pd.Series)), None)


def parse_calendar_year(year: int, text: str, file: str, problems: Collector) -> CalendarYear | None:
    """``calendar/<year>.yaml`` as data: ``holidays`` and ``workdays``, lists of dates like 2027-01-01.

    Faults go to ``problems`` with line and column: unknown keys, what is no date, a date of another year, one given
    twice or as both. None where there is any fault.
    """
    before = len(problems.problems)
    marked = parse_yaml(text, file, problems)
    if len(problems.problems) > before:
        return None
    if not isinstance(marked.data, dict):
        _fault(
            problems,
            Place(file=file),
            Text("应有 holidays 和 workdays 两个日期列表", "must hold the lists of dates holidays and workdays"),
            Text("例如：holidays: [2027-01-01]", "For example: holidays: [2027-01-01]"),
        )
        return None
    for key in marked.data:
        if key not in CalendarYear._fields:
            what = Text(f"未知的键“{key}”", f"unknown key “{key}”")
            _fault(problems, marked.place(file, (key,)), what, did_you_mean(key, CalendarYear._fields))
    taken: dict[date, tuple[str, int]] = {}
    lists = {key: _parse_days(key, year, marked, file, problems, taken) for key in CalendarYear._fields}
    # No year is without statutory holidays: an empty list is a file not yet filled in, and would be a silent guess.
    if not lists["holidays"] and len(problems.problems) == before:
        _fault(
            problems,
            marked.place(file, ("holidays",)),
            Text(f"没有{year}年的放假日期", f"gives no holidays of {year}"),
            Text("请照国务院办公厅的放假通知填写 holidays", "Fill in holidays from the State Council's notice"),
        )
    return CalendarYear(**lists) if len(problems.problems) == before else None


def _parse_days(
    key: str, year: int, marked: Marked, file: str, problems: Collector, taken: dict[date, tuple[str, int]]
) -> tuple[date, ...]:
    items = marked.data.get(key)
    if items is None:
        return ()
    if not isinstance(items, list):
        what = Text(f"“{key}”应为日期列表", f"“{key}” must be a list of dates")
        _fault(
            problems, marked.place(file, (key,), of_value=True), what, Text("例如：[2027-01-01]", "Like [2027-01-01]")
        )
        return ()
    days: list[date] = []
    for number, item in enumerate(items):
        place = marked.place(file, (key, number), of_value=True)
        day = _parse_day(item)
        if day is None:
            what = Text(f"“{item}”不是有效日期", f"“{item}” is not a valid date")
            _fault(problems, place, what, Text("日期写作 2027-01-01", "Write dates like 2027-01-01"))
        elif day.year != year:
            what = Text(f"{day}不在{year}年内", f"{day} is not in {year}")
            fix = Text(f"请移到 calendar/{day.year:04}.yaml", f"Move it to calendar/{day.year:04}.yaml")
            _fault(problems, place, what, fix)
        elif day in taken:
            other, line = taken[day]
            what = Text(f"{day}重复，第{line}行 {other} 已有", f"{day} is already in {other}, line {line}")
            _fault(problems, place, what, Text("请只保留一处", "Keep one of them"))
        else:
            taken[day] = (key, place.line or 1)
            days.append(day)
    return tuple(sorted(days))


def _parse_day(item: object) -> date | None:
    if not isinstance(item, str) or not _ISO.fullmatch(item):
        return None
    try:
        return date.fromisoformat(item)
    except ValueError:
        return None


def _fault(problems: Collector, place: Place, what: Text, fix: Text) -> None:
    problems.add(place, what, fix, _CODE)
