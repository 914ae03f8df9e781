"""What is rendered: the report and the charts that an executed notebook published, with the edition of its form.

The bundle in the notebook's outputs is the only source; a notebook that did not run to its end is refused, never
printed as an empty or partial report. Nothing is laid out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from govnb.checks.model import Result
from govnb.errors import Place, Problem, ReportError, Text, did_you_mean
from govnb.form.edition import Edition, packaged_editions
from govnb.report import MIME, Report

SVG = "image/svg+xml"
RUN_IT = Text("请先用 govnb run 运行该笔记本", "Run the notebook first, with govnb run")


@dataclass(frozen=True)
class Drawing:
    """One chart as the notebook published it: SVG text, caption, and the alternative text made from its data."""

    caption: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Document:
    """``fonts`` is a workspace's own font folder, None for the packaged fonts alone (the bytes depend on it).

    ``cells`` are the notebook's, as they are: for its reviewer only, nothing that is published draws them.
    """

    report: Report
    edition: Edition
    charts: tuple[Drawing, ...] = ()
    fonts: Path | None = None
    cells: tuple[Mapping[str, Any], ...] = ()

    @property
    def checks(self) -> tuple[Result, ...]:
        """What the checks of the report found."""
        return self.report.checks

    def report_json(self) -> dict[str, Any]:
        """The content of report.json."""
        return self.report.as_published().to_json()

    @classmethod
    def from_notebook(
        cls, nb: Mapping[str, Any], editions: Mapping[int, Edition] | None = None, fonts: Path | None = None
    ) -> Document:
        """The document that an executed notebook holds; ReportError where it did not run to its end."""
        refuse_unfinished(nb)
        bundle, charts = None, []
        for number, _, output in outputs_of(nb):
            data = output.get("data", {})
            if MIME in data:
                bundle = data[MIME]
            if SVG in data:
                charts.append(read_drawing(number, data[SVG], output.get("metadata", {}).get(SVG, {})))
        if bundle is None:
            raise ReportError(
                Problem(
                    Place(),
                    Text("笔记本没有发布报告", "the notebook published no report"),
                    Text(
                        "请确认最后一个单元格调用了 publish，然后运行 govnb run",
                        "See that its last cell publishes the report, then run it with govnb run",
                    ),
                    "render.bundle",
                )
            )
        report, edition = _report(bundle, packaged_editions() if editions is None else editions)
        return cls(report, edition, tuple(charts), fonts, tuple(nb.get("cells", ())))


def _cells(nb: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Code cells with their number as a person counts all cells, from 1."""
    for number, cell in enumerate(nb.get("cells", ()), 1):
        if cell.get("cell_type") == "code":
            yield number, cell


def outputs_of(nb: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
    for number, cell in _cells(nb):
        for output in cell.get("outputs", ()):
            yield number, cell, output


def refuse_unfinished(nb: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    for number, cell, output in outputs_of(nb):
        if output.get("output_type") == "error":
            # The error's own text may quote a ledger or a path: name and first line of the cell are enough here.
            name, first = str(output.get("ename", "")), _first_line(cell)
            what = Text(f"第{number}个单元格出错（{name}）：{first}", f"cell {number} failed ({name}): {first}")
            problems.append(Problem(Place(), what, RUN_IT, "render.failed_cell"))
    if problems:
        raise ReportError(problems)
    missing = [(number, cell) for number, cell in _cells(nb) if _never_ran(cell)]
    if missing:
        number, cell = missing[0]
        first = _first_line(cell)
        what = Text(
            f"笔记本没有运行完：第{number}个单元格未运行：{first}",
            f"the notebook has not been run to its end: cell {number} did not run: {first}",
        )
        raise ReportError(Problem(Place(), what, RUN_IT, "render.not_run"))


def _never_ran(cell: Mapping[str, Any]) -> bool:
    skipped = "skip-execution" in cell.get("metadata", {}).get("tags", ())
    return bool(_source(cell).strip()) and cell.get("execution_count") is None and not skipped


def _source(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _first_line(cell: Mapping[str, Any]) -> str:
    return next((line.strip()[:80] for line in _source(cell).splitlines() if line.strip()), "")


def read_drawing(number: int, svg: Any, metadata: Mapping[str, Any]) -> Drawing:
    alt = str(metadata.get("alt", "")).strip()
    if not alt:
        raise ReportError(
            Problem(
                Place(),
                Text(f"第{number}个单元格的图没有替代文字", f"the chart of cell {number} has no alternative text"),
                Text(
                    "请用 govnb.charts 作图，或在元数据中写明 alt",
                    "Draw it with govnb.charts, or give it the metadata alt",
                ),
                "render.alt",
            )
        )
    text = svg if isinstance(svg, str) else "".join(svg)
    return Drawing(str(metadata.get("caption", "")).strip() or alt, alt, text)


def _report(bundle: Any, editions: Mapping[int, Edition]) -> tuple[Report, Edition]:
    broken = Text("笔记本里的报告数据不完整", "the report in the notebook is incomplete")
    if not isinstance(bundle, Mapping) or not isinstance(bundle.get("edition"), int):
        raise ReportError(Problem(Place(), broken, RUN_IT, "render.bundle"))
    number = bundle["edition"]
    if number not in editions:
        what = Text(f"不认识版式 {number}", f"unknown edition {number}")
        fix = did_you_mean(str(number), [str(known) for known in sorted(editions)])
        raise ReportError(Problem(Place(), what, fix, "render.edition"))
    edition = editions[number]
    try:
        report = Report.from_json(bundle, edition)
        date(int(report.year), 1, 1)
        date.fromisoformat(report.published_date or "2000-01-01")
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ReportError(Problem(Place(), broken, RUN_IT, "render.bundle")) from error
    known = {section.code for section in edition.sections}
    strange = [section.code for section in report.sections if section.code not in known]
    if strange:
        what = Text(f"版式 {number} 没有“{strange[0]}”部分", f"edition {number} has no section {strange[0]!r}")
        raise ReportError(Problem(Place(), what, did_you_mean(strange[0], sorted(known)), "render.section"))
    return report, edition
