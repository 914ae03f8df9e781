"""The pages of the site: a frozen content for each, and its HTML.

Each page is one file: style and script stand in it, the script under a policy that names its sha256, and it only
searches and sorts what is complete without it. Everything that comes from a file is escaped. Nothing here reads one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from govnb.pages import page_environment
from govnb.site import numbers
from govnb.site.entries import Entry, Organ
from govnb.site.reading import File
from govnb.site.trends import Trend, draw_trend
from govnb.site.wording import Measure, compared_measures, measures, read_wording

if TYPE_CHECKING:
    from jinja2 import Environment

_UNITS = ("B", "kB", "MB", "GB")


@dataclass(frozen=True)
class Row:
    """An organ of the index, and its entry of each year; None where it has no report to make."""

    organ: Organ
    entries: tuple[Entry | None, ...]

    def failed(self, severity: str) -> int:
        return sum(entry.failed(severity) for entry in self.entries if entry is not None)


@dataclass(frozen=True)
class Index:
    years: tuple[int, ...]
    rows: tuple[Row, ...]
    as_of: date | None

    def of_year(self, year: int) -> list[Entry]:
        at = self.years.index(year)
        return [entry for row in self.rows if (entry := row.entries[at]) is not None]


@dataclass(frozen=True)
class AgencyPage:
    """``members``: the organs that it sums up, with their entries of its own years; ``above``: those that sum it up."""

    organ: Organ
    entries: tuple[Entry, ...]
    members: tuple[Row, ...]
    above: tuple[Organ, ...]


@dataclass(frozen=True)
class YearPage:
    year: int
    years: tuple[int, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Cell:
    """A number of the comparison; ``bar``: its length in per cent of the largest, empty without a number."""

    shown: str
    exact: str
    bar: str


def render_index(page: Index) -> bytes:
    return _render("index.html.j2", page=page, totals=[_Totals(year, page.of_year(year)) for year in page.years])


def render_agency(page: AgencyPage) -> bytes:
    known = [measure for measure in measures() if any(_value(entry, measure) is not None for entry in page.entries)]
    table = [(measure, _over_years(page.entries, measure)) for measure in known]
    return _render("agency.html.j2", page=page, table=table, trends=_trends(page.entries, known), groups=group_files)


def render_year(page: YearPage) -> bytes:
    """The comparison of a year. An organ that sums others up is listed, but neither drawn nor in the medians."""
    from markupsafe import Markup, escape

    from govnb.site.distribution import Compared, draw_comparison

    compared = compared_measures()
    single = [entry for entry in page.entries if not entry.organ.members and entry.folder.summary is not None]
    organs = [
        Compared(entry.organ.short_name, {measure.code: _value(entry, measure) for measure in compared})
        for entry in single
    ]
    chart = draw_comparison(page.year, organs, compared)
    most = {
        measure.code: max((value for entry in single if (value := _value(entry, measure)) is not None), default=None)
        for measure in compared
    }
    rows = [
        (entry, [_cell(_value(entry, measure), most[measure.code], measure) for measure in compared])
        for entry in page.entries
    ]
    medians = [_median(single, measure) for measure in compared]
    named = f'<svg role="img" aria-label="{escape(chart.alt)}" '
    drawing = Markup(chart.svg.replace("<svg ", named, 1))
    content = {"measures": compared, "rows": rows, "medians": medians, "chart": chart, "drawing": drawing}
    return _render("year.html.j2", page=page, **content)


def _value(entry: Entry, measure: Measure) -> Decimal | None:
    return entry.folder.summary.value(measure.code) if entry.folder.summary is not None else None


def _over_years(entries: Sequence[Entry], measure: Measure) -> list[tuple[str, str]]:
    """(value, change to the year before) of each year; no change is told over a year that is not there."""
    cells = []
    before: Entry | None = None
    for entry in entries:
        value = _value(entry, measure)
        earlier = _value(before, measure) if before is not None and before.year == entry.year - 1 else None
        cells.append((numbers.show(value, measure.unit), numbers.change(value, earlier, measure.unit)))
        before = entry
    return cells


def _trends(entries: Sequence[Entry], known: Sequence[Measure]) -> list[Trend]:
    drawn = [draw_trend(measure, [(entry.year, _value(entry, measure)) for entry in entries]) for measure in known]
    return [trend for trend in drawn if trend is not None]


def _cell(value: Decimal | None, most: Decimal | None, measure: Measure) -> Cell:
    if value is None:
        return Cell(numbers.NONE, "", "")
    bar = numbers.share_of(min(value, most), most) if most is not None else ""
    return Cell(numbers.show(value, measure.unit), f"{value:f}", bar)


def _median(entries: Sequence[Entry], measure: Measure) -> str:
    values = [value for entry in entries if (value := _value(entry, measure)) is not None]
    return numbers.show(numbers.quartiles(values)[1], measure.unit) if values else numbers.NONE


class _Totals:
    """How many reports of a year are in which state."""

    def __init__(self, year: int, entries: Sequence[Entry]) -> None:
        self.year, self.total = year, len(entries)
        self._marks = [entry.marks for entry in entries]
        self.comparable = any(entry.folder.summary is not None for entry in entries)

    def marked(self, mark: str) -> int:
        return sum(mark in marks for marks in self._marks)


def group_files(entry: Entry) -> list[tuple[str, list[File]]]:
    """The downloads of a report by the notebook they come from: the report's own first, then others by name."""
    found: dict[str, list[File]] = {
        name: [] for name in sorted(entry.folder.notebooks, key=lambda n: n != entry.notebook)
    }
    for file in entry.folder.files:
        owner = file.stem if file.stem in found else entry.notebook
        found.setdefault(owner, []).append(file)
    return [(name, files) for name, files in found.items() if files]


def other_pages(entry: Entry) -> list[tuple[str, str]]:
    """(notebook, its page or else its file) of the notebooks beside the report's own."""
    return [
        (name, next((f"{name}.{kind}" for kind in ("html", "ipynb") if entry.folder.has(f"{name}.{kind}")), ""))
        for name in entry.folder.notebooks
        if name != entry.notebook
    ]


def show_size(size: int) -> str:
    """Bytes for people: 230.4 kB."""
    amount, unit = Decimal(size), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{size} B"


def _render(template: str, **content: Any) -> bytes:
    text: str = _environment().get_template(template).render(**content)
    return text.encode("utf-8")


@cache
def _environment() -> Environment:
    environment = page_environment("govnb.site", script="site.js")
    environment.globals.update(words=read_wording(), other_pages=other_pages, show_size=show_size)
    return environment
