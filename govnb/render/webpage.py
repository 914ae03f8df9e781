"""HTML: one self-contained file with semantic headings and tables, no script, no code and nothing fetched.

A plain Jinja template over the page, not nbconvert's TemplateExporter: that one reads templates and filters from the
user's Jupyter folders, imports its whole Markdown machinery, and does not escape by itself. Everything here is escaped.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from govnb.pages import page_environment
from govnb.render.page import Page, PrintedSection, PrintedTable, all_headers, build_page
from govnb.render.pictures import inline_svg

if TYPE_CHECKING:
    from jinja2 import Template

    from govnb.form.grid import Cell
    from govnb.render.study_document import Printable


def render_html(document: Printable) -> bytes:
    """The report as UTF-8 HTML."""
    page = build_page(document)
    text = template().render(page=page, drawings=_drawings(page))
    return text.encode("utf-8")


def _drawings(page: Page) -> dict[int, str]:
    """Chart number → its SVG."""
    return {
        chart.number: inline_svg(chart.svg, chart.alt, chart.caption, f"c{chart.number}-") for chart in page.all_charts
    }


@cache
def template() -> Template:
    """Compiled once a process."""
    environment = page_environment("govnb.render", finished=True)
    environment.filters["runs"] = line_runs
    environment.filters["rows"] = table_rows
    return environment.get_template("report.html.j2")


def line_runs(section: PrintedSection) -> list[dict[str, Any]]:
    """The section's lines with neighbouring items gathered in one list."""
    runs: list[dict[str, Any]] = []
    for line in section.lines:
        if line.kind == "item" and runs and runs[-1]["kind"] == "items":
            runs[-1]["lines"].append(line)
        elif line.kind == "item":
            runs.append({"kind": "items", "lines": [line]})
        else:
            runs.append({"kind": line.kind, "line": line})
    return runs


def table_rows(table: PrintedTable) -> list[list[dict[str, Any]]]:
    """Rows of cells with their attributes. Values name their headers: a scope can't say which block they belong to."""
    grid = table.grid
    wide = [cell for cell in grid.cells if cell.scope]
    ids = {cell: f"t{table.number}h{number}" for number, cell in enumerate(wide, 1)}
    heads = all_headers(grid)

    def entry(cell: Cell) -> dict[str, Any]:
        headers = [] if cell.scope else [ids[header] for header in heads[cell]]
        upright = cell.scope == "rowgroup" and cell.column == 0 and cell.rowspan > len(cell.text) // 2
        return {"cell": cell, "id": ids.get(cell), "headers": " ".join(headers), "upright": upright}

    return [[entry(cell) for cell in row] for row in grid.by_row()]
