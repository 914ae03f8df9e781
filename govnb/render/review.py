"""The reviewer's page: failed checks first, the report with what stands behind each figure, the notebook's steps.

One file that opens anywhere: nothing is fetched, it needs no script (ours adds a filter, the Escape key and folding all
at once, and is the only one that its policy lets run). For those who review, never for publication: it shows code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from govnb.checks.model import SEVERITIES
from govnb.checks.places import Key
from govnb.errors import Place, Problem, ReportError, Text
from govnb.pages import page_environment
from govnb.render.document import Document
from govnb.render.page import Page, PrintedSection, as_printed, build_page, wording
from govnb.render.pictures import inline_svg
from govnb.render.review_figures import Entry, Figures
from govnb.render.review_findings import Finding, basis_of, by_cell, by_paragraph, failed_findings
from govnb.render.review_steps import LONGEST, build_steps, cells_calling
from govnb.render.review_text import Lines, ReviewLine
from govnb.render.study_document import Printable
from govnb.render.webpage import table_rows
from govnb.script import to_script

if TYPE_CHECKING:
    from jinja2 import Template

_PUBLISHED = "公布日期"  # the place of dates.deadline


@dataclass(frozen=True)
class ReviewSection:
    section: PrintedSection
    lines: tuple[ReviewLine, ...]
    rows: list[list[dict[str, Any]]]
    findings: tuple[Finding, ...]  # of the section or its table as a whole
    step: str | None

    @property
    def compared(self) -> bool:
        """Whether a cell of its table shows a change against last year."""
        entries = (cell.get("entry") for cells in self.rows for cell in cells)
        return any(entry is not None and entry.change and entry.change.sign for entry in entries)


@dataclass(frozen=True)
class Said:
    """A result of a check in the report's script; ``links`` are (href, words)."""

    id: str
    severity: str
    what: str
    basis: str
    message: str
    where: str = ""
    expected: str | None = None
    actual: str | None = None
    quote: tuple[str, str, str] | None = None
    anchor: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """The checks of the report. ``counts`` is severity → number of failed checks."""

    failed: list[Said]
    unknown: list[Said]
    passed: list[Said]
    counts: dict[str, int]


def render_review(document: Printable) -> bytes:
    """The page as UTF-8 HTML; ReportError for a study, which has no checks to review."""
    if not isinstance(document, Document):
        what = Text("内部分析没有审核页", "a study has no review page")
        fix = Text("请直接看它的网页", "Look at its own page")
        raise ReportError(Problem(Place(), what, fix, "render.review"))
    return _Review(document).render().encode("utf-8")


class _Review:
    """One page while it is put together: the places first, then what links to them."""

    def __init__(self, document: Document) -> None:
        self.document, self.report, self.edition = document, document.report, document.edition
        self.page: Page = build_page(document)
        self.words = {key: self.printed(text) for key, text in wording()["review"].items()}
        self.figures = Figures(self.report, self.words, self.printed)
        self.findings = failed_findings(self.report, self.edition)
        self.calls = cells_calling(document.cells)

    def printed(self, text: str) -> str:
        return as_printed(text, self.report.script)

    def render(self) -> str:
        page, report = self.page, self.report
        sections = [self._section(section) for section in page.sections]
        return template(report.script).render(
            page=page,
            report=report,
            authority=report.authority,
            verdict=self._verdict(),
            sections=sections,
            drawings=[inline_svg(c.svg, c.alt, c.caption, f"c{c.number}-") for c in page.charts],
            groups=self._groups(),
            changed=self.figures.changed(),
            comparable=self.figures.comparable(),
            steps=build_steps(self.document.cells),
            entries_of=self._entries,
            longest=LONGEST,
        )

    # The report.

    def _section(self, printed: PrintedSection) -> ReviewSection:
        found = next((section for section in self.report.sections if section.code == printed.code), None)
        paragraphs, lines = by_paragraph(self.findings), Lines(self.figures, self.printed, self.words)
        made = []
        for number, (block, line) in enumerate(zip(found.blocks if found else (), printed.lines, strict=True)):
            anchor = f"p-{printed.code}-{number + 1}"
            made.append(lines.line(block, line, anchor, paragraphs.get((printed.code, number), ())))
            words = self.words["in_text"].format(title=self._title(printed.code), number=number + 1)
            for piece in made[-1].pieces:
                if piece.entry is not None and (f"#{anchor}", words) not in piece.entry.places:
                    piece.entry.places.append((f"#{anchor}", words))
        table = printed.table.grid.table if printed.table else None
        whole = tuple(
            f for f in self.findings if f.section == printed.code or (f.table is not None and f.table == table)
        )
        step = self.calls.get(f"show_table {table}" if table else "narrate")
        return ReviewSection(printed, tuple(made), self._rows(printed), whole, step)

    def _title(self, code: str) -> str:
        return self.printed(self.edition.section(code).title)

    def _rows(self, printed: PrintedSection) -> list[list[dict[str, Any]]]:
        """The rows as published, each value with its figure and the findings that name it."""
        if printed.table is None:
            return []
        table, marks = printed.table.grid.table, by_cell(self.findings)
        rows = table_rows(printed.table)
        place = self.words["in_table"].format(number=printed.table.number)
        for cells in rows:
            for cell in cells:
                if cell["cell"].key is None:
                    continue
                key: Key = (table, *cell["cell"].key)
                entry = self.figures.find(".".join(key))
                cell.update(anchor=cell_anchor(key), entry=entry, findings=marks.get(key, ()))
                if entry is not None:
                    entry.places.insert(0, (f"#{cell_anchor(key)}", place))
        return rows

    # The checks.

    def _verdict(self) -> Verdict:
        results = self.report.checks
        counts = {severity: sum(f.result.severity == severity for f in self.findings) for severity in SEVERITIES}
        return Verdict(
            failed=[self._said(finding) for finding in self.findings],
            unknown=[self._told(result) for result in results if result.status == "not_assessable"],
            passed=[self._told(result) for result in results if result.status == "pass"],
            counts=counts,
        )

    def _told(self, result: Any) -> Said:
        what, basis = basis_of(result.id, self.edition)
        message = self.printed(result.message.zh)
        return Said(result.id, result.severity, self.printed(what), self.printed(basis), message)

    def _said(self, finding: Finding) -> Said:
        result = finding.result
        expected, actual = (None if text is None else self.printed(text) for text in (result.expected, result.actual))
        said = self._told(result)
        # The place is told beside the message, so it need not be told twice.
        message = said.message.removeprefix(self.printed(f"{result.where}：") if result.where else "")
        return replace(
            said,
            message=message,
            where=self.printed(result.where),
            expected=expected,
            actual=actual,
            quote=self._quote(finding),
            anchor=finding.anchor,
            links=list(dict.fromkeys(self._links(finding))),
        )

    def _quote(self, finding: Finding) -> tuple[str, str, str] | None:
        """(before, the words that are meant, after) of the paragraph."""
        if finding.paragraph is None:
            return None
        code, number = finding.paragraph
        section = next(section for section in self.report.sections if section.code == code)
        text, words = self.printed(section.blocks[number].text), self.printed(finding.quote)
        at = text.find(words) if words else -1
        return (text[:at], words, text[at + len(words) :]) if at >= 0 else (text, "", "")

    def _links(self, finding: Finding) -> list[tuple[str, str]]:
        words, links = self.words, []
        if finding.paragraph is not None:
            code, number = finding.paragraph
            links.append(
                (f"#p-{code}-{number + 1}", words["to_text"].format(title=self._title(code), number=number + 1))
            )
        for key in finding.cells[:_MOST_LINKS]:
            entry = self.figures.find(".".join(key))
            label = entry.label if entry else ".".join(key)
            value = (entry.value or words["blank"]) if entry else ""
            links.append((f"#{cell_anchor(key)}", words["to_cell"].format(label=label, value=value)))
            if entry is not None:
                links.append((f"#{entry.anchor}", words["to_figure"].format(label=label)))
        if finding.section is not None:
            links.append((f"#s-{finding.section}", words["to_section"].format(title=self._title(finding.section))))
        for section in self.page.sections:
            if section.table is not None and section.table.grid.table == finding.table:
                links.append((f"#t{section.table.number}", words["to_table"].format(number=section.table.number)))
        if finding.result.where == _PUBLISHED and self.report.published_date:
            links.append(("#published", words["to_published"]))
        step, name = ("open_workpaper", "to_sources") if finding.ledger else ("run_checks", "to_checks")
        if step in self.calls:
            links.append((f"#{self.calls[step]}", words[name]))
        return links

    # The figures.

    def _groups(self) -> list[tuple[str, list[Entry]]]:
        captions = {s.table.grid.table: s.table.caption for s in self.page.sections if s.table}
        # A source is named as it is; a table by its printed caption.
        return [
            (captions.get(name, name) or self.words["other_source"], entries)
            for name, entries in self.figures.groups().items()
        ]

    def _entries(self, finding: Finding) -> list[Entry]:
        """The figures of the first cells that a finding names."""
        found = (self.figures.find(".".join(key)) for key in finding.cells[:2])
        return [entry for entry in found if entry is not None]


_MOST_LINKS = 4  # cells of one finding that are linked by name; all of them are marked


def cell_anchor(key: Key) -> str:
    return "c-" + ".".join(key)


@lru_cache(maxsize=2)
def template(script: str) -> Template:
    """With its words in the characters of the report: its code is ASCII and stays as it is. Compiled once a process."""
    environment = page_environment("govnb.render", script="review.js", words=lambda text: to_script(text, script))
    environment.globals["severities"] = _severities(script)
    return environment.get_template("review.html.j2")


def _severities(script: str) -> Mapping[str, str]:
    return {key: to_script(words, script) for key, words in wording()["severity"].items()}
