"""What is rendered where a notebook published a study instead of a report: its parts and the charts that they name.

The same rules as for reports: the bundle in the outputs is the only source, and a notebook that did not run to its end
is refused. A study is for inside use, has no checks and gives no report.json. Nothing is laid out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govnb.checks.model import Result
from govnb.errors import Place, Problem, ReportError, Text
from govnb.form.edition import Edition
from govnb.render.document import RUN_IT, SVG, Document, Drawing, outputs_of, read_drawing, refuse_unfinished
from govnb.report import MIME as REPORT
from govnb.study import MIME as STUDY
from govnb.study import Study


@dataclass(frozen=True)
class StudyDocument:
    """``charts`` by their code; ``fonts`` as in Document."""

    study: Study
    charts: Mapping[str, Drawing] = field(default_factory=dict)
    fonts: Path | None = None

    @property
    def checks(self) -> tuple[Result, ...]:
        """None: a study judges nothing."""
        return ()

    def report_json(self) -> dict[str, Any]:
        """ReportError: a study can't stand for the annual report."""
        what = Text(
            "该报告的笔记本发布的是内部分析，不是年度报告", "the report's notebook published a study, not the report"
        )
        fix = Text("请检查 <年度>.yaml 中的 notebook，或用 -n 运行", "See `notebook` in <year>.yaml, or run it with -n")
        raise ReportError(Problem(Place(), what, fix, "render.bundle"))

    @classmethod
    def from_notebook(cls, nb: Mapping[str, Any], fonts: Path | None = None) -> StudyDocument:
        """The study that an executed notebook holds; ReportError where it did not run to its end or is incomplete."""
        refuse_unfinished(nb)
        bundle: Any = None
        charts: dict[str, Drawing] = {}
        for number, _, output in outputs_of(nb):
            data, metadata = output.get("data", {}), output.get("metadata", {})
            bundle = data.get(STUDY, bundle)
            if SVG in data:
                drawing = metadata.get(SVG, {})
                charts[str(drawing.get("code", number))] = read_drawing(number, data[SVG], drawing)
        try:
            study = Study.from_json(bundle)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            what = Text("笔记本里的分析数据不完整", "the study in the notebook is incomplete")
            raise ReportError(Problem(Place(), what, RUN_IT, "render.bundle")) from error
        for part in study.parts:
            if part.chart is not None and part.chart not in charts:
                raise ReportError(_chart_not_shown(part.title))
        return cls(study, charts, fonts)


Printable = Document | StudyDocument


def read_document(
    nb: Mapping[str, Any], editions: Mapping[int, Edition] | None = None, fonts: Path | None = None
) -> Printable:
    """What an executed notebook published: the report, or without one a study. ReportError as their own readers."""
    bundles = {mime for _, _, output in outputs_of(nb) for mime in (REPORT, STUDY) if mime in output.get("data", {})}
    if bundles == {STUDY}:
        return StudyDocument.from_notebook(nb, fonts)
    return Document.from_notebook(nb, editions, fonts)


def _chart_not_shown(title: str) -> Problem:
    what = Text(f"“{title}”的图没有在任何单元格中显示", f"the chart of “{title}” is shown in no cell")
    fix = Text("请让该部分作为一个单元格的最后一行显示", "Let the part be shown as the last line of a cell")
    return Problem(Place(), what, fix, "render.chart")
