"""The workpaper (底稿) of one report: its parameters, ledgers, declared tables, last year and members, read once.

This is where inputs meet counting. A notebook opens one, counts, narrates, checks and publishes; ``check`` and
``trace`` go the same way without a notebook. Nothing here writes a file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from govnb.checks.model import Evidence, Member, MemberPage
from govnb.counting import rules
from govnb.counting.book import Book
from govnb.counting.calendar import CalendarYear, WorkCalendar, parse_calendar_year
from govnb.counting.catalogue import Catalogue, Sources, build_catalogue
from govnb.counting.figures import Figure
from govnb.counting.tables import Tables, TableValues, count_values, sum_tables
from govnb.errors import Collector, GovnbError, LedgerError, ParamsError, Place, Problem, Text
from govnb.form.edition import Edition, edition_for
from govnb.inputs.declared import Declared, read_declared
from govnb.inputs.ledgers import Ledger, read_ledgers
from govnb.inputs.params import Params, read_params
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace, find_workspace, read_text
from govnb.narrative.analyst import Analyst, bare_sections, parse_analyst
from govnb.narrative.problem_lists import ProblemLists, Shortcoming
from govnb.narrative.sections import Section
from govnb.report import ReportMember

_EARLIER_YEARS = 4


@dataclass(frozen=True)
class Workpaper:
    """Everything that one report is made from. ``book`` holds no ledger where the agency keeps none.

    ``following`` is next year's workpaper where this one was taken from it: its members are then known already.
    """

    workspace: Workspace
    params: Params
    book: Book
    ledgers: Mapping[str, Ledger]
    declared: Declared | None
    following: Workpaper | None = field(default=None, repr=False, compare=False)

    @property
    def edition(self) -> Edition:
        return self.params.edition

    @property
    def year(self) -> int:
        return self.params.year

    @cached_property
    def counted(self) -> Tables:
        """``values``, as frames."""
        return Tables.from_values(self.edition, self.values)

    @cached_property
    def values(self) -> TableValues:
        """The tables as the inputs give them: ledgers before declared; of an aggregate the sum of its members."""
        if self.sums_members:
            return sum_tables(self.edition, self._present_members().values())
        return count_values(self.edition, self.year, self.book, self.declared.tables if self.declared else None)

    @property
    def sums_members(self) -> bool:
        """An aggregate whose own declared table is not there: its tables are those of its members, added."""
        agency = self.params.agency
        return agency.scope == "aggregate" and bool(agency.members) and (self.declared is None or bool(self.ledgers))

    @cached_property
    def member_papers(self) -> dict[str, Workpaper | None]:
        """Each member's workpaper for the same year, read once; None for a member whose report can't be counted."""
        return {member: self._member_paper(member) for member in self.params.agency.members}

    def _member_paper(self, member: str) -> Workpaper | None:
        after = self.following.member_papers[member] if self.following is not None else None
        try:
            return after.previous if after is not None else open_workpaper(member, self.year, self.workspace)
        except GovnbError:
            return None

    @cached_property
    def members(self) -> dict[str, TableValues | None]:
        """Tables of each member for the same year; None for a member whose report can't be counted."""
        papers = self.member_papers.items()
        return {member: paper.values if paper is not None else None for member, paper in papers}

    @cached_property
    def own_office(self) -> TableValues | None:
        """What an aggregate's own ledgers count; None where it keeps none."""
        if not self.ledgers:
            return None
        return count_values(self.edition, self.year, self.book, None)

    def _present_members(self) -> dict[str, TableValues]:
        """Id → tables of everything that the sum is made of."""
        found = {member: values for member, values in self.members.items() if values is not None}
        return found if self.own_office is None else {**found, self.params.agency.id: self.own_office}

    @property
    def report_members(self) -> tuple[ReportMember, ...]:
        """The members as report.json names them; none of a report that is no aggregate."""
        there = "summed" if self.sums_members else "compared"
        members = self.evidence_members() or {}
        return tuple(
            ReportMember(code, member.name, "own" if member.own else there if member.tables is not None else "missing")
            for code, member in members.items()
        )

    @cached_property
    def previous(self) -> Workpaper | None:
        """Last year's workpaper, where its parameters or its declared tables are kept."""
        return _earlier(self, self.year - 1)

    @cached_property
    def earlier(self) -> dict[int, TableValues]:
        """Tables of up to four earlier years in a row, oldest first."""
        found: dict[int, TableValues] = {}
        paper = self.previous
        while paper is not None and len(found) < _EARLIER_YEARS:
            found[paper.year] = paper.values
            paper = paper.previous
        return dict(sorted(found.items()))

    def catalogue(self, tables: Tables | None = None) -> Catalogue:
        """Every figure of the report whose tables are ``tables`` (default: as counted)."""
        return build_catalogue(
            Sources(
                edition=self.edition,
                year=self.year,
                book=self.book,
                counted=self.counted,
                declared_name=self.declared.source if self.declared else "",
                members=self._present_members() if self._is_aggregate else {},
                summed=self._sum_name() if self.sums_members else "",
                previous=self.previous.values if self.previous else None,
                target_days=self.params.agency.reply_target_days,
                cited=tuple(
                    Figure(f"cited.{cited.id}", cited.value, cited.label, cited.unit, cited.source)
                    for cited in self.params.cited.values()
                ),
            ),
            self.counted if tables is None else tables,
        )

    def evidence(
        self,
        tables: Tables | None = None,
        catalogue: Catalogue | None = None,
        sections: tuple[Section, ...] | None = None,
        pages: Mapping[str, tuple[MemberPage, ...]] | None = None,
    ) -> Evidence:
        """What the checks may look at; last year's goes with it, one year deep. ``pages``: what members published."""
        agency = self.params.agency
        return Evidence(
            year=self.year,
            edition=self.edition,
            name=agency.name,
            level=agency.level,
            scope=agency.scope,
            published_date=self.params.published_date,
            tables=self.values if tables is None else tables.values(),
            previous=_last_year(self.previous),
            members=self.evidence_members(pages or {}),
            frames=self.book.frames if self.ledgers else None,
            findings=tuple(finding for ledger in self.ledgers.values() for finding in ledger.findings),
            ledger_files=self.book.files,
            declared=self.declared.tables if self.declared and self.ledgers else None,
            sections=sections,
            analyst_sections=self.analyst.replaced if self.analyst else (),
            figures=catalogue.figures if catalogue else {},
            calendar=self.book.calendar,
        )

    @cached_property
    def analyst(self) -> Analyst | None:
        """The analyst's own narrative; ParamsError where it can't be read."""
        if self.params.narrative is None:
            return None
        return parse_analyst(self.params.narrative, self.params.narrative_file, self.edition)

    def picture(self, name: str) -> bytes:
        """A picture of the narrative, from the agency's folder in params/; nothing outside the workspace is read."""
        return self.workspace.inside(Path("params") / self.params.agency.id / name).read_bytes()

    @property
    def problem_lists(self) -> ProblemLists:
        """What the agency found amiss, this year and last, as the ledger words it; nothing without that ledger."""
        if "problems" not in self.book:
            return ProblemLists()
        return ProblemLists(self._problems_of(self.year), self._problems_of(self.year - 1))

    def _problems_of(self, year: int) -> tuple[Shortcoming, ...]:
        frame = self.book.frames["problems"]
        chosen = frame[rules.equals(frame, "year", year)]
        mended = rules.by_end_of(chosen, "resolved_date", self.year)
        rows = zip(chosen["problem"].fillna(""), chosen["measure"].fillna(""), mended, strict=True)
        return tuple(Shortcoming(problem, measure, bool(done)) for problem, measure, done in rows)

    @property
    def _is_aggregate(self) -> bool:
        agency = self.params.agency
        return agency.scope == "aggregate" and bool(agency.members)

    def _sum_name(self) -> str:
        count = sum(values is not None for values in self.members.values())
        return f"{count}个成员单位{'' if self.own_office is None else '和本机关'}合计"

    def evidence_members(self, pages: Mapping[str, tuple[MemberPage, ...]] | None = None) -> dict[str, Member] | None:
        """The members as the checks see them, own office last; None where the report is no aggregate."""
        if not self._is_aggregate:
            return None
        agency = self.params.agency
        found = {}
        for member, paper in self.member_papers.items():
            if paper is None:
                found[member] = Member(_name_of(self.workspace, member), None)
                continue
            its, day = paper.params.agency, paper.params.published_date
            read = (pages or {}).get(member, ())
            found[member] = Member(its.name, self.members[member], its.level, its.scope, day, read)
        if self.own_office is not None:
            found[agency.id] = Member(agency.name, self.own_office, own=True)
        return found


def _name_of(workspace: Workspace, agency: str) -> str:
    """The name of an organ without a report of the year, as far as any of its reports can be read; else its id."""
    for year in reversed(workspace.years(agency)):
        try:
            return read_params(workspace, agency, year).agency.name
        except GovnbError:
            continue
    return agency


def _last_year(paper: Workpaper | None) -> Evidence | None:
    """Its text as far as an analyst wrote it: what the program writes is alike by nature, and needs all figures."""
    if paper is None:
        return None
    agency, analyst = paper.params.agency, None
    with suppress(ParamsError):  # last year's text is last year's matter
        analyst = paper.analyst
    return Evidence(
        year=paper.year,
        edition=paper.edition,
        name=agency.name,
        level=agency.level,
        tables=paper.values,
        sections=bare_sections(analyst, paper.edition) if analyst else None,
        analyst_sections=analyst.replaced if analyst else (),
    )


def open_workpaper(agency: str, year: int, workspace: Workspace | Path | None = None) -> Workpaper:
    """Reads everything that the report of ``agency`` for ``year`` is made from.

    ``workspace`` defaults to the nearest folder upwards that has params/. Raises ParamsError or LedgerError with every
    fault found; a report with neither ledgers nor a declared table nor members is a LedgerError too.
    """
    space = workspace if isinstance(workspace, Workspace) else find_workspace(workspace)
    return paper_from_params(space, read_params(space, agency, year))


def paper_from_params(workspace: Workspace, params: Params) -> Workpaper:
    """The workpaper of parameters that are read already, with the ledgers as its year sees them.

    Ledger and declared faults are raised together.
    """
    calendar = read_calendar(workspace)
    problems: list[Problem] = []
    ledgers: dict[str, Ledger] = {}
    declared: Declared | None = None
    try:
        ledgers = read_ledgers(workspace, params.sources, params.agency.id, os.environ, params.year)
    except LedgerError as error:
        problems += error.problems
    try:
        declared = read_declared(workspace, params.agency.id, params.year, params.edition)
    except LedgerError as error:
        problems += error.problems
    if not problems and not ledgers and declared is None and not params.agency.members:
        problems.append(_nothing_kept(params))
    if problems:
        raise LedgerError(problems)
    return Workpaper(workspace, params, build_book(workspace, ledgers, calendar), ledgers, declared)


def build_book(workspace: Workspace, ledgers: Mapping[str, Ledger], calendar: WorkCalendar) -> Book:
    """The ledgers as counting sees them, with the labels of the columns that hold one of a list."""
    labels = {
        (schema.name, column.code): column.values or {word: word for word in column.known}
        for schema in build_schemas(workspace.editions).values()
        for column in schema.columns.values()
        if column.values or column.known
    }
    return Book(
        {name: ledger.frame for name, ledger in ledgers.items()},
        {name: ledger.source for name, ledger in ledgers.items()},
        calendar,
        labels,
        {(name, column): codes for name, ledger in ledgers.items() for column, codes in ledger.codes.items()},
    )


def _nothing_kept(params: Params) -> Problem:
    folder = f"data/{params.agency.id}"
    return Problem(
        Place(file=folder),
        Text(
            f"没有台账，也没有{params.year}年的已填报表",
            f"there are neither ledgers nor declared tables for {params.year}",
        ),
        Text(
            f"请放入台账（如 {folder}/applications.csv；govnb init --blank 可生成空白台账）"
            f"或 declared-{params.year}.json",
            f"Put ledgers there (such as {folder}/applications.csv; `govnb init --blank` writes empty ones) "
            f"or declared-{params.year}.json",
        ),
        "ledger.file",
    )


def _earlier(paper: Workpaper, year: int) -> Workpaper | None:
    """The workpaper of an earlier year, from its own parameters or, without them, from declared tables alone."""
    workspace, params = paper.workspace, paper.params
    if year in workspace.years(params.agency.id):
        earlier = read_params(workspace, params.agency.id, year)
        if earlier.sources == params.sources:
            declared = read_declared(workspace, params.agency.id, year, earlier.edition)
            return replace(paper, params=earlier, declared=declared, following=paper)
        return replace(paper_from_params(workspace, earlier), following=paper)
    edition = edition_for(year, workspace.editions)
    if edition is None:
        return None
    declared = read_declared(workspace, params.agency.id, year, edition)
    if declared is None:
        return None
    bare = replace(params, year=year, edition=edition, published_date=None, narrative=None, cited={})
    return Workpaper(workspace, bare, Book({}, {}, paper.book.calendar, {}), {}, declared, paper)


def read_calendar(workspace: Workspace) -> WorkCalendar:
    """The official calendar with the years that the workspace adds in calendar/<year>.yaml."""
    problems = Collector()
    extra: dict[int, Any] = {}
    folder = workspace.root / "calendar"
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].yaml")) if folder.is_dir() else []:
        text = read_text(workspace, path, problems)
        if text is not None:
            parsed: CalendarYear | None = parse_calendar_year(int(path.stem), text, workspace.shown(path), problems)
            if parsed is not None:
                extra[int(path.stem)] = parsed
    problems.raise_if_any(ParamsError)
    return WorkCalendar(extra)
