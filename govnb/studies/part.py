"""A part of a study as a notebook handles it: sentences, a pandas table, a chart; and the publishing of them.

An analyst may change the table or the sentences of a part before it is published; what stands there then counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from govnb.charts import Chart
from govnb.counting.figures import show
from govnb.counting.tables import plain_value
from govnb.errors import Place, Problem, ReportError, Text
from govnb.study import MIME, Study, StudyPart, StudyTable
from govnb.workpaper import Workpaper

if TYPE_CHECKING:
    import pandas as pd

BLANK = "—"


@dataclass
class Part:
    """``table``: its columns and index are printed as they are called, the index's name heads the row labels."""

    title: str
    sentences: list[str] = field(default_factory=list)
    table: pd.DataFrame | None = None
    caption: str = ""
    chart: Chart | None = None

    def _ipython_display_(self) -> None:
        """Two outputs, so that the chart goes into the notebook as a chart like those of the annual report."""
        from IPython.display import display

        display({"text/html": self._html(), "text/plain": self._text()}, raw=True)
        if self.chart is not None and self.chart.svg:
            display(self.chart)

    def published(self) -> StudyPart:
        """The part as it is rendered. ReportError where the table has no row heads that can be printed."""
        table = None if self.table is None else _published(self.table, self.caption or self.title)
        chart = self.chart.code if self.chart is not None and self.chart.svg else None
        return StudyPart(self.title, tuple(self.sentences), table, chart)

    def _html(self) -> str:
        made = [f"<h3>{escape(self.title)}</h3>", *(f"<p>{escape(line)}</p>" for line in self.sentences)]
        table = self.published().table
        if table is not None:
            head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.heads)
            body = "".join(
                f'<tr><th scope="row">{escape(show(row[0]))}</th>'
                + "".join(f"<td>{escape(show(value) or BLANK)}</td>" for value in row[1:])
                + "</tr>"
                for row in table.rows
            )
            made.append(
                f"<table><caption>{escape(table.caption)}</caption><thead><tr>{head}</tr></thead>{body}</table>"
            )
        return "".join(made)

    def _text(self) -> str:
        table = [] if self.table is None else [str(self.table.map(lambda value: show(plain_value(value))))]
        return "\n".join([self.title, *self.sentences, *table])


def cells_of(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Row code → column code → cell, as they are."""
    return {str(row): dict(zip(frame.columns, values, strict=True)) for row, *values in frame.itertuples(name=None)}


def _published(frame: pd.DataFrame, caption: str) -> StudyTable:
    if not len(frame.columns) or frame.index.nlevels > 1:
        what = Text(f"表“{caption}”没有列，或者行标题不止一列", f"table “{caption}” has no column or several row heads")
        raise ReportError(Problem(Place(), what, code="study.table"))
    heads = (str(frame.index.name or "项目"), *(str(column) for column in frame.columns))
    rows = [
        (str(label), *(plain_value(value) for value in values))
        for label, values in zip(frame.index, frame.astype(object).itertuples(index=False), strict=True)
    ]
    return StudyTable(caption, heads, tuple(rows))


@dataclass(frozen=True)
class PublishedStudy:
    """The study as a notebook hands it to rendering."""

    study: Study

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.study.to_json(), "text/plain": f"已发布：{self.study.title}（内部资料）"}


def publish_study(paper: Workpaper, subject: str, parts: Sequence[Part | None]) -> PublishedStudy:
    """The last step of a study: its parts in order (None: one that does not apply), under a title of organ and year."""
    agency = paper.params.agency
    made = tuple(part.published() for part in parts if part is not None)
    return PublishedStudy(Study(agency.id, agency.name, paper.year, subject, paper.params.script, made))
