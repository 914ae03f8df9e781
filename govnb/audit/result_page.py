"""The results of an audit as web pages: one for each report, and an index with the gravest first.

Each page is one file without script, nothing on it is fetched, and everything that comes from a published report is
escaped. The bytes depend on the reports and remarks alone: no clock, no locale, no path but the names that were given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from govnb.audit.auditing import UNREADABLE, Audited
from govnb.audit.remarks import CONFIRMED, DISMISSED, Finding
from govnb.checks.model import SEVERITIES
from govnb.checks.places import FormPlaces, Key, paragraph_of
from govnb.counting.figures import show
from govnb.form.edition import TABLES, Edition
from govnb.form.grid import Cell, Grid, build_grid
from govnb.pages import page_environment, plain
from govnb.render.page import headers_of
from govnb.storage import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

_BATCH = 50  # pages that are written at a time
_SLUG = re.compile(r"[^\w.-]+")
PAGE = re.compile(r"^\d{4,}-[\w.-]*\.html$")
INDEX = "index.html"


@dataclass(frozen=True)
class Judged:
    """A report and its findings, worst first, with what was said of them."""

    audited: Audited
    findings: tuple[Finding, ...]

    def count(self, severity: str) -> int:
        """Findings of a severity that are not dismissed."""
        return sum(f.result.severity == severity and f.state != DISMISSED for f in self.findings)

    @property
    def dismissed(self) -> int:
        return sum(finding.state == DISMISSED for finding in self.findings)

    @property
    def unassessed(self) -> int:
        return sum(result.status == "not_assessable" for result in self.audited.checks)

    @property
    def unreadable(self) -> bool:
        return any(finding.result.id == UNREADABLE for finding in self.findings)

    @property
    def worst(self) -> int:
        """0 error, 1 warning, 2 information, 3 nothing."""
        found = [SEVERITIES.index(f.result.severity) for f in self.findings if f.state != DISMISSED]
        return min(found, default=len(SEVERITIES))


@dataclass(frozen=True)
class Entry:
    """A line of the index."""

    page: str
    file: str
    name: str
    year: int | None
    worst: int
    counts: tuple[int, ...]
    unassessed: int
    dismissed: int
    order: int

    @classmethod
    def of(cls, judged: Judged, number: int) -> Entry:
        audited = judged.audited
        return cls(
            page=page_name(audited.file, number),
            file=audited.file,
            name=audited.name or "",
            year=audited.year,
            worst=judged.worst,
            counts=tuple(judged.count(severity) for severity in SEVERITIES),
            unassessed=judged.unassessed,
            dismissed=judged.dismissed,
            order=number,
        )


@dataclass
class Marked:
    """A cell of a printed table: its text, and the numbers of the findings that speak of it."""

    cell: Cell
    headers: str = ""
    id: str = ""
    text: str = ""
    findings: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class PrintedTable:
    caption: str
    table: str
    header_rows: int
    rows: list[list[Marked]]
    extra: list[tuple[str, list[tuple[str, str]]]]


@dataclass
class PrintedBlock:
    kind: str
    text: str
    id: str
    findings: list[int] = field(default_factory=list)


def page_name(file: str, number: int) -> str:
    stem = file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or file
    return f"{number:04d}-{_SLUG.sub('-', stem).strip('-.')[:60]}.html"


class Pages:
    """Renders pages with the forms that the reports follow."""

    def __init__(self, editions: Mapping[int, Edition]) -> None:
        self._editions = editions
        self._places: dict[int, FormPlaces] = {}
        self._grids: dict[tuple[int, str], tuple[Grid, dict[Cell, str], dict[Cell, str]]] = {}

    def report(self, judged: Judged, number: int) -> bytes:
        """The page of one report."""
        audited, edition = judged.audited, self._edition(judged.audited)
        cells, paragraphs, targets = self._links(judged, edition)
        tables = [self._table(audited, edition, table, cells) for table in TABLES if audited.tables.get(table)]
        sections = [
            (
                section.title,
                [
                    PrintedBlock(b.kind, b.text, f"p-{section.code}-{n}", paragraphs.get((section.code, n), []))
                    for n, b in enumerate(section.blocks)
                ],
            )
            for section in audited.sections
        ]
        text = (
            _environment()
            .get_template("result.html.j2")
            .render(
                judged=judged,
                audited=audited,
                title=audited.name or audited.file,
                edition=edition if audited.edition is not None else None,
                tables=tables,
                sections=sections,
                targets=targets,
                quotes=self._quotes(judged),
                snippets=[snippet(audited.file, finding) for finding in judged.findings],
                unassessed=[r for r in audited.checks if r.status == "not_assessable" and r.id != UNREADABLE],
                passed=sum(result.status == "pass" for result in audited.checks),
                index=INDEX,
                number=number,
            )
        )
        return text.encode("utf-8")

    def index(self, entries: Sequence[Entry]) -> bytes:
        """The list of all reports, the gravest first, of equal ones in the order of the files."""
        ordered = sorted(entries, key=lambda entry: (entry.worst, *(-count for count in entry.counts), entry.order))
        text = _environment().get_template("index.html.j2").render(entries=ordered, total=len(entries))
        return text.encode("utf-8")

    def _edition(self, audited: Audited) -> Edition:
        known = self._editions.get(audited.edition) if audited.edition is not None else None
        return known or self._editions[max(self._editions)]

    def places(self, edition: Edition) -> FormPlaces:
        if edition.number not in self._places:
            self._places[edition.number] = FormPlaces.of(edition)
        return self._places[edition.number]

    def _links(
        self, judged: Judged, edition: Edition
    ) -> tuple[dict[Key, list[int]], dict[tuple[str, int], list[int]], list[list[tuple[str, str]]]]:
        """Cells and paragraphs with the numbers of their findings, and for each finding (link, its words)."""
        cells: dict[Key, list[int]] = {}
        paragraphs: dict[tuple[str, int], list[int]] = {}
        targets: list[list[tuple[str, str]]] = []
        for number, finding in enumerate(judged.findings, 1):
            links: list[tuple[str, str]] = []
            for key in self.places(edition).cells_of(finding.result, edition):
                if key[2] in judged.audited.tables.get(key[0], {}).get(key[1], {}):
                    cells.setdefault(key, []).append(number)
                    links.append((cell_id(key), "看表格"))
            paragraph = paragraph_of(finding.result, judged.audited.sections)
            if paragraph is not None:
                paragraphs.setdefault(paragraph, []).append(number)
                links.append((f"p-{paragraph[0]}-{paragraph[1]}", "看原文"))
            targets.append(_first_of_each(links))
        return cells, paragraphs, targets

    def _quotes(self, judged: Judged) -> list[str]:
        """The paragraph that a finding reads, where there is one."""
        quotes = []
        for finding in judged.findings:
            at = paragraph_of(finding.result, judged.audited.sections)
            section = next((s for s in judged.audited.sections if at and s.code == at[0]), None)
            quotes.append(section.blocks[at[1]].text if section is not None and at is not None else "")
        return quotes

    def _grid(self, edition: Edition, table: str) -> tuple[Grid, dict[Cell, str], dict[Cell, str]]:
        """The empty grid, the id of each header and the ids of the headers of each value."""
        key = (edition.number, table)
        if key not in self._grids:
            grid = build_grid(edition, table)
            ids = {cell: f"h-{table}-{n}" for n, cell in enumerate((c for c in grid.cells if c.scope), 1)}
            headers = {
                cell: " ".join(ids[header] for header in headers_of(grid, cell))
                for cell in grid.cells
                if not cell.scope
            }
            self._grids[key] = (grid, ids, headers)
        return self._grids[key]

    def _table(self, audited: Audited, edition: Edition, table: str, marks: Mapping[Key, list[int]]) -> PrintedTable:
        seen = audited.table_editions.get(table)
        form = self._editions.get(seen, edition) if seen is not None else edition
        grid, ids, headers = self._grid(form, table)
        values = audited.tables[table]

        def entry(cell: Cell) -> Marked:
            if cell.key is None:
                return Marked(cell, id=ids[cell], text=cell.text)
            key = (table, *cell.key)
            text = _printed(values, key, audited.unreadable)
            return Marked(cell, headers[cell], cell_id(key), text, marks.get(key, []))

        rows = [[entry(cell) for cell in line] for line in grid.by_row()]
        known = form.rows(table)
        extra = [
            (
                edition.label(table, row) if row in {**edition.rows(table), **edition.applications.groups} else row,
                [(edition.applications.columns[c].label if c in edition.applications.columns else c, show(v))
                 for c, v in cells.items()],
            )
            for row, cells in values.items()
            if row not in known
        ]  # fmt: skip
        return PrintedTable(grid.caption, table, grid.header_rows, rows, extra)


def _first_of_each(links: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """One link to the tables and one to the text: the first of each."""
    found: dict[str, str] = {}
    for target, words in links:
        found.setdefault(words, target)
    return [(target, words) for words, target in found.items()]


def _printed(values: Mapping[str, Mapping[str, Any]], key: Key, unreadable: frozenset[Key]) -> str:
    if key in unreadable:
        return "？"
    if key[2] not in values.get(key[1], {}):
        return "缺"
    return show(values[key[1]][key[2]])


def cell_id(key: Key) -> str:
    return "c-" + "-".join(part.replace(".", "-") for part in key)


def snippet(file: str, finding: Finding) -> str:
    """What to put in audit-remarks.yaml to dismiss or confirm a finding."""
    name = file.replace("\\", "/").rpartition("/")[2]
    result = finding.result
    lines = [f"{json.dumps(plain(name), ensure_ascii=False)}:", f"  - check: {result.id}"]
    for key, value in (("where", result.where), ("expected", result.expected), ("actual", result.actual)):
        if value:
            lines.append(f"    {key}: {json.dumps(plain(value), ensure_ascii=False)}")
    return "\n".join([*lines, f"    state: {DISMISSED}  # {CONFIRMED}", '    note: ""', '    by: ""'])


def write_pages(folder: Path, shown: str, pages: Pages, reports: Sequence[Judged]) -> None:
    """The pages first and the index last; pages of an earlier audit that are no more go. ReportError on refusal."""
    entries: list[Entry] = []
    batch: dict[str, bytes] = {}
    for number, judged in enumerate(reports, 1):
        entries.append(Entry.of(judged, number))
        batch[entries[-1].page] = pages.report(judged, number)
        if len(batch) == _BATCH:
            write_files(folder, shown, batch)
            batch = {}
    write_files(folder, shown, {**batch, INDEX: pages.index(entries)})
    kept = {entry.page for entry in entries}
    for path in folder.iterdir():
        if PAGE.match(path.name) and path.name not in kept:
            path.unlink()


@cache
def _environment() -> Environment:
    environment = page_environment("govnb.audit")
    environment.globals["severities"] = {"error": "错误", "warning": "提醒", "information": "提示"}
    environment.globals["states"] = {"open": "待核", CONFIRMED: "已确认", DISMISSED: "已排除"}
    environment.globals["grades"] = ("错误", "提醒", "提示", "无问题")
    return environment
