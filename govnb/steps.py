"""The steps of an annual report's notebook, in the order in which it takes them.

    open_workpaper → count_tables → count_figures → narrate → run_checks → publish

Each takes what the step before gave, so what an analyst changes in between counts in everything after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from govnb.checks.model import MemberPage, Result
from govnb.checks.registry import run_checks as run_all_checks
from govnb.counting.catalogue import Catalogue
from govnb.counting.tables import Tables
from govnb.inputs.listing import published_files
from govnb.narrative.engine import narrate as write_sections
from govnb.narrative.sections import Section
from govnb.report import MIME, Report
from govnb.workpaper import Workpaper


def count_tables(paper: Workpaper) -> Tables:
    """The three statutory tables, to look at and, where need be, to change."""
    return Tables.from_values(paper.edition, paper.values)


def count_figures(paper: Workpaper, tables: Tables) -> Catalogue:
    """Every figure of the report, those of the tables as they now stand."""
    return paper.catalogue(tables)


def narrate(paper: Workpaper, catalogue: Catalogue) -> tuple[Section, ...]:
    """The six sections: our own wording over the figures, and the analyst's text where there is one."""
    agency = paper.params.agency
    facts = {key: getattr(agency, key) for key in ("name", "short_name", "region", "level")}
    return write_sections(
        paper.edition, paper.year, facts, catalogue.figures, paper.problem_lists, paper.analyst, paper.picture
    )


@dataclass(frozen=True)
class Published:
    """The report as a notebook hands it to rendering."""

    report: Report

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        said = f"已发布：{self.report.title}"
        return {MIME: self.report.to_json(), "text/plain": said}


def run_checks(
    paper: Workpaper, tables: Tables, catalogue: Catalogue, sections: tuple[Section, ...] | None
) -> list[Result]:
    """Every check of this report; without sections those that need the text are not assessable.

    Of an aggregate the pages that its members published, kept as data/<member>/published-<year>.*, are read for it.
    """
    return run_all_checks(paper.evidence(tables, catalogue, sections, _member_pages(paper)))


def _member_pages(paper: Workpaper) -> dict[str, tuple[MemberPage, ...]]:
    summed = [member for member, known in paper.member_papers.items() if known is not None]
    files = {member: published_files(paper.workspace, member, paper.year) for member in summed}
    if not any(files.values()):
        return {}
    from govnb.audit.member_pages import read_member_pages  # loads every reader of published reports

    return read_member_pages(paper.workspace, files)


def build_report(
    paper: Workpaper,
    tables: Tables,
    catalogue: Catalogue,
    sections: tuple[Section, ...],
    results: Sequence[Result],
) -> Report:
    """The aggregate that is published."""
    params, agency = paper.params, paper.params.agency
    return Report(
        agency=agency.id,
        name=agency.name,
        short_name=agency.short_name,
        region=agency.region,
        level=agency.level,
        website=agency.website,
        year=params.year,
        edition=params.edition.number,
        authority=params.edition.authority,
        script=params.script,
        published_date=params.published_date.isoformat() if params.published_date else None,
        tables=tables.values(),
        figures=catalogue.figures,
        sections=sections,
        checks=tuple(results),
        members=paper.report_members,
    )


def publish(
    paper: Workpaper,
    tables: Tables,
    catalogue: Catalogue,
    sections: tuple[Section, ...],
    results: Sequence[Result],
) -> Published:
    """The last step: what is returned here is what rendering, report.json and the audit take."""
    return Published(build_report(paper, tables, catalogue, sections, results))
