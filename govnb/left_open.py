"""What a report year leaves open for the next: applications, disputes, problems, tasks. Writes nothing.

What the ledgers know by now counts: an application that was carried out of the year and has been answered since is
answered. Where there are no ledgers the statutory tables tell how many, and no more. None means that nothing tells.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from govnb.counting import limits, rules
from govnb.counting.tables import TableValues
from govnb.form.edition import TOTAL
from govnb.workpaper import Workpaper

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LeftOpen:
    """``applications``: carried out of the year; ``answered``: how many of them are by now.

    ``due``: last day of the limit → how many of the others, in order; ``no_limit``: how many have no limit running, or
    a last day that the calendar doesn't tell.

    ``problems`` and ``tasks`` (with the day they were due) are those that nothing in the ledger says are done.
    """

    year: int
    applications: int | None = None
    answered: int = 0
    due: tuple[tuple[date, int], ...] = ()
    no_limit: int = 0
    disputes: int | None = None
    problems: tuple[str, ...] | None = None
    tasks: tuple[tuple[date, str], ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "year": self.year,
            "applications": self.applications,
            "answered_since": self.answered,
            "due": {day.isoformat(): number for day, number in self.due},
            "without_due_date": self.no_limit,
            "disputes": self.disputes,
            "problems": None if self.problems is None else list(self.problems),
            "tasks": None if self.tasks is None else [{"due": str(day), "title": title} for day, title in self.tasks],
        }


def find_left_open(paper: Workpaper) -> LeftOpen:
    """What the year of ``paper`` leaves open."""
    tables, frames = paper.counted.values(), paper.book.frames
    answered, due, no_limit = _applications(paper)
    return LeftOpen(
        year=paper.year,
        applications=_cell(tables, "applications", "carried_out", TOTAL),
        answered=answered,
        due=due,
        no_limit=no_limit,
        disputes=_pending(tables),
        problems=_problems(frames["problems"], paper.year) if "problems" in frames else None,
        tasks=_tasks(frames["tasks"], paper.year) if "tasks" in frames else None,
    )


def _applications(paper: Workpaper) -> tuple[int, tuple[tuple[date, int], ...], int]:
    if "applications" not in paper.book:
        return 0, (), 0
    rows = paper.book.rows(rules.carried_out_applications(paper.year))
    waiting = rows[rows["reply_date"].isna()]
    days = limits.due_date(waiting, paper.book.calendar)
    by_day = Counter(day.date() for day in days.dropna())
    return len(rows) - len(waiting), tuple(sorted(by_day.items())), int(days.isna().sum())


def _cell(tables: TableValues, table: str, row: str, column: str) -> int | None:
    value = tables.get(table, {}).get(row, {}).get(column)
    return value if isinstance(value, int) else None


def _pending(tables: TableValues) -> int | None:
    found = [_cell(tables, "disputes", block, "pending") for block in tables.get("disputes", {})]
    known = [number for number in found if number is not None]
    return sum(known) if known else None


def _problems(frame: pd.DataFrame, year: int) -> tuple[str, ...]:
    """Raised in the year or before, and not resolved."""
    open_ones = frame[(frame["year"] <= year).fillna(False).astype(bool) & frame["resolved_date"].isna()]
    return tuple(str(text) for text in open_ones["problem"].dropna())


def _tasks(frame: pd.DataFrame, year: int) -> tuple[tuple[date, str], ...]:
    """Due by the year's end, and not done."""
    open_ones = frame[rules.by_end_of(frame, "due_date", year) & frame["done_date"].isna()]
    titles = open_ones["title"].fillna("") if "title" in open_ones else [""] * len(open_ones)
    return tuple(sorted((day.date(), str(title)) for day, title in zip(open_ones["due_date"], titles, strict=True)))
