"""What a check sees and what it says.

A check reads ``Evidence`` and nothing else, so the same function serves a report of our own, a declared table and a
published report: what is not there (None) makes it not assessable, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from govnb.counting.figures import Figures, Value
from govnb.errors import Problem, Text
from govnb.form.edition import Edition
from govnb.narrative.sections import Section

if TYPE_CHECKING:
    import pandas as pd

    from govnb.counting.calendar import WorkCalendar

TableValues = Mapping[str, Mapping[str, Mapping[str, Value]]]
SEVERITIES = ("error", "warning", "information")


@dataclass(frozen=True)
class Result:
    """What a check says of one place. ``expected`` and ``actual`` are as printed; ``message`` is a whole sentence."""

    id: str
    severity: str
    status: str
    where: str
    message: Text
    expected: str | None = None
    actual: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As in report.json: the message in Chinese, whatever the locale, so that bytes do not depend on it."""
        return {
            "id": self.id,
            "severity": self.severity,
            "status": self.status,
            "where": self.where,
            "expected": self.expected,
            "actual": self.actual,
            "message": self.message.zh,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Result:
        message = Text(data["message"], data["message"])
        return cls(
            data["id"], data["severity"], data["status"], data["where"], message, data["expected"], data["actual"]
        )


@dataclass(frozen=True)
class Deviation:
    """Where a published table departs from its form. ``kind``: missing, extra, renamed, moved or doubled; ``axis``: row
    or column; ``expected`` is the official label, ``seen`` the printed one."""

    table: str
    kind: str
    axis: str
    expected: str | None
    seen: str | None


@dataclass(frozen=True)
class Heading:
    """A section heading as printed; ``code`` is the section it stands for, None where it is none of the form's.

    ``number`` is its numeral (一), ``title`` the rest; both empty where there is none."""

    code: str | None
    text: str
    number: str = ""
    title: str = ""


@dataclass(frozen=True)
class Published:
    """What a published report looks like beside its numbers.

    ``table_editions``: the form that each of the three tables follows, None where the table was not found. ``text`` is
    all running text in reading order. ``title_years`` and ``period_years`` are the years that the title and the stated
    statistics period name; ``announced`` is the organ whose report the introduction announces. ``guessed`` tables had
    no ruled lines; ``pictures`` counts images big enough for a table.
    """

    title: str
    text: str
    headings: tuple[Heading, ...]
    table_editions: Mapping[str, int | None]
    deviations: tuple[Deviation, ...] = ()
    pictures: int = 0
    scanned: bool = False
    title_years: tuple[int, ...] = ()
    period_years: tuple[int, ...] = ()
    announced: str | None = None
    guessed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MemberPage:
    """What a member published, read from its file. ``problem`` says why it couldn't be read; the rest is empty then.

    ``edition`` and ``year`` are None where the page doesn't tell; ``unreadable`` as in Evidence.
    """

    file: str
    edition: int | None = None
    year: int | None = None
    tables: TableValues = field(default_factory=dict)
    unreadable: frozenset[tuple[str, str, str]] = frozenset()
    problem: Text | None = None


@dataclass(frozen=True)
class Member:
    """One organ that an aggregate sums up, or the aggregate's own office (``own``).

    ``tables`` is what goes into the sum, None where its report is missing; ``pages`` what it published itself.
    """

    name: str
    tables: TableValues | None
    level: str | None = None
    scope: str | None = None
    published_date: date | None = None
    pages: tuple[MemberPage, ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Evidence:
    """Everything that a check may look at. None means "not known here", an empty collection means "known to be none".

    ``previous`` is last year's evidence; ``members`` the members of an aggregate by id, its own office included;
    ``frames`` the ledgers by code; ``findings`` what reading them found amiss; ``declared`` the declared tables where
    ledgers win; ``analyst_sections`` the codes of sections or "section/part" that the analyst wrote (part as headed);
    ``unreadable`` the cells (table, row, column) that hold something a reader of a published report couldn't make out,
    which is not the same as blank; ``published`` how a report read from a file looks; ``printed`` any other published
    text (captions, notes) by where it stands.
    """

    year: int
    edition: Edition
    name: str | None = None
    level: str | None = None
    scope: str | None = None
    published_date: date | None = None
    tables: TableValues | None = None
    previous: Evidence | None = None
    members: Mapping[str, Member] | None = None
    frames: Mapping[str, pd.DataFrame] | None = None
    findings: tuple[Problem, ...] = ()
    ledger_files: Mapping[str, str] = field(default_factory=dict)
    declared: TableValues | None = None
    sections: tuple[Section, ...] | None = None
    analyst_sections: tuple[str, ...] = ()
    figures: Figures = field(default_factory=dict)
    unreadable: frozenset[tuple[str, str, str]] = frozenset()
    published: Published | None = None
    printed: Mapping[str, str] = field(default_factory=dict)
    calendar: WorkCalendar | None = None
