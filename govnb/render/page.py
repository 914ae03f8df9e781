"""The page: everything that is printed, in order and in the report's script, before any format is chosen.

HTML, PDF and DOCX draw the same page, so they can't say different things. It holds plain text and pictures; no markup,
no colour, no measure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from govnb.counting.figures import Value, show
from govnb.form.edition import Section as FormSection
from govnb.form.grid import Cell, Grid, build_grid
from govnb.marked import load_packaged
from govnb.narrative.sections import Block, Section
from govnb.render.document import Document
from govnb.render.pictures import Picture, read_picture
from govnb.render.study_document import Printable, StudyDocument
from govnb.script import to_script

_CONTROLS = {**dict.fromkeys([*range(32), *range(127, 160)]), **dict.fromkeys(map(ord, "\n\t\u2028\u2029"), " ")}


@dataclass(frozen=True)
class Line:
    """A heading (``kind`` part or heading; ``level`` counts the report's title as 1), paragraph, item or image."""

    kind: str
    text: str
    level: int = 0
    picture: Picture | None = None


@dataclass(frozen=True)
class PrintedTable:
    """``number`` counts the tables from 1; ``widths`` are the columns' shares of the width and add up to 1.

    ``values``: row code → column code → what the cell of that key holds, as a number.
    """

    number: int
    caption: str
    grid: Grid
    widths: tuple[float, ...]
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class PrintedSection:
    code: str
    heading: str
    lines: tuple[Line, ...]
    table: PrintedTable | None
    chart: PrintedChart | None = None


@dataclass(frozen=True)
class PrintedChart:
    number: int
    caption: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Page:
    """``title_parts`` may stand in lines of their own. ``day`` dates the file: published, or last legal, day.

    ``charts`` stand together at the end; a section may have one of its own. ``notice`` is said on every page.
    """

    lang: str
    script: str
    title: str
    title_parts: tuple[str, ...]
    author: str
    day: date
    meta: tuple[str, ...]
    intro: str
    sections: tuple[PrintedSection, ...]
    charts_heading: str
    charts: tuple[PrintedChart, ...]
    skip: str
    notice: str = ""

    @property
    def all_charts(self) -> tuple[PrintedChart, ...]:
        """Every chart in reading order."""
        return (*(section.chart for section in self.sections if section.chart is not None), *self.charts)

    def texts(self) -> Iterator[tuple[str, str]]:
        """(heading that it stands under, text) of all that is printed as text."""
        yield "", self.title
        for text in (*self.meta, self.intro, self.notice):
            yield self.title, text
        for section in self.sections:
            yield section.heading, section.heading
            for line in section.lines:
                if line.picture is None:
                    yield section.heading, line.text
            if section.table is not None:
                yield section.heading, section.table.caption
                for cell in section.table.grid.cells:
                    yield section.table.caption, cell.text
            if section.chart is not None:
                yield section.heading, section.chart.caption
        if self.charts:
            yield self.charts_heading, self.charts_heading
            for chart in self.charts:
                yield self.charts_heading, chart.caption


@cache
def wording() -> Mapping[str, Any]:
    """Our own printed words; see wording.yaml."""
    text = (resources.files("govnb.render") / "wording.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = load_packaged(text)
    return loaded


def build_page(document: Printable) -> Page:
    """All printed text of ``document``, converted to the report's script; built once for all its formats."""
    global _printed_last
    last = _printed_last
    if last is None or last[0] is not document:
        last = _printed_last = document, _build(document)
    return last[1]


# One is enough: a process renders one document after the other.
_printed_last: tuple[Printable, Page] | None = None


def _build(document: Printable) -> Page:
    if isinstance(document, StudyDocument):
        from govnb.render.study_page import build_study_page  # which builds on this module

        return build_study_page(document)
    report, edition, words = document.report, document.edition, wording()

    def printed(text: str) -> str:
        return as_printed(text, report.script)

    found = {section.code: section for section in report.sections}
    tables = [section for section in edition.sections if section.table]
    sections = tuple(
        _section(document, form, found.get(form.code), 1 + tables.index(form) if form.table else 0)
        for form in edition.sections
    )
    meta = [printed(words["organ"].format(name=report.name))]
    if report.published_date:
        day = date.fromisoformat(report.published_date)
        meta.append(printed(words["published"].format(year=day.year, month=day.month, day=day.day)))
    intro = words["intro"].format(name=report.name, authority=report.authority, year=report.year)
    return Page(
        lang="zh-Hant" if report.script == "hant" else "zh-Hans",
        script=report.script,
        title=printed(report.title),
        title_parts=tuple(printed(part) for part in title_parts(report.name, report.title)),
        author=printed(report.name),
        day=date.fromisoformat(report.published_date) if report.published_date else date(report.year + 1, 1, 31),
        meta=tuple(meta),
        intro=printed(intro),
        sections=sections,
        charts_heading=printed(words["charts"]),
        skip=printed(words["skip"]),
        charts=tuple(
            PrintedChart(
                number,
                printed(words["chart"].format(number=number, title=chart.caption)),
                printed(chart.alt),
                chart.svg,
            )
            for number, chart in enumerate(document.charts, 1)
        ),
    )


def as_printed(text: str, script: str) -> str:
    """Text in the report's script; a line's end is a space, and characters that no format can hold are left out."""
    return to_script(text.translate(_CONTROLS), script)


def title_parts(name: str, title: str) -> tuple[str, ...]:
    """A title too long for one line is broken where its sense allows: after the name of the organ."""
    rest = title.removeprefix(name)
    return (name, rest) if rest != title else (title,)


def _section(document: Document, form: FormSection, section: Section | None, table: int) -> PrintedSection:
    words, script = wording(), document.report.script
    title = section.title if section is not None else form.title
    return PrintedSection(
        code=form.code,
        heading=as_printed(words["section"].format(number=form.number, title=title), script),
        lines=tuple(_lines(section.blocks if section else (), script)),
        table=_table(document, form.table, table) if form.table else None,
    )


def _lines(blocks: tuple[Block, ...], script: str) -> Iterator[Line]:
    """A part stands at level 3; another heading below the part if there is one, so that no level is skipped."""
    part_seen = False
    for block in blocks:
        text = as_printed(block.text, script)
        if block.kind == "image":
            yield Line("image", text, picture=read_picture(block.image or "", text))
        elif block.kind == "part":
            part_seen = True
            yield Line("part", text, 3)
        elif block.kind == "heading":
            yield Line("heading", text, 4 if part_seen else 3)
        else:
            yield Line(block.kind, text)


def _table(document: Document, table: str, number: int) -> PrintedTable:
    script, values = document.report.script, document.report.tables.get(table, {})
    grid = build_grid(document.edition, table).filled(lambda row, column: show(values.get(row, {}).get(column)))
    cells = tuple(replace(cell, text=as_printed(cell.text, script)) for cell in grid.cells)
    caption = as_printed(wording()["table"].format(number=number, title=grid.caption), script)
    return PrintedTable(number, caption, replace(grid, cells=cells), column_widths(grid), values)


def column_widths(grid: Grid) -> tuple[float, ...]:
    """Shares of the width: columns that hold only group labels are narrow, the last label column is wide."""
    values = grid.columns - grid.label_columns
    groups = grid.label_columns - 1
    if groups > 0:
        narrow, label = 0.045, 0.36 if values < 10 else 0.25
        weights = [narrow] + [0.095] * (groups - 1) + [label]
    else:
        weights = [0.28] * grid.label_columns
    left = 1 - sum(weights)
    return tuple(round(weight, 5) for weight in [*weights, *[left / values] * values])


def headers_of(grid: Grid, cell: Cell) -> list[Cell]:
    """The header cells of a value cell: the nearest block of headers above it, and those to its left."""
    return _headers(_covering(grid), cell)


def all_headers(grid: Grid) -> dict[Cell, list[Cell]]:
    """``headers_of`` every value cell."""
    covering = _covering(grid)
    return {cell: _headers(covering, cell) for cell in grid.cells if not cell.scope}


def _covering(grid: Grid) -> dict[tuple[int, int], Cell]:
    """Which cell stands at each row and column."""
    covering: dict[tuple[int, int], Cell] = {}
    for other in grid.cells:
        for row in range(other.row, other.row + other.rowspan):
            for column in range(other.column, other.column + other.colspan):
                covering[row, column] = other
    return covering


def _headers(covering: Mapping[tuple[int, int], Cell], cell: Cell) -> list[Cell]:
    above: list[Cell] = []
    for row in range(cell.row - 1, -1, -1):
        other = covering[row, cell.column]
        if other.scope in ("col", "colgroup"):
            if other not in above:
                above.append(other)
        elif above:
            break
    left: list[Cell] = []
    for column in range(cell.column):
        other = covering[cell.row, column]
        if other.scope in ("row", "rowgroup") and other not in left:
            left.append(other)
    return [*reversed(above), *left]
