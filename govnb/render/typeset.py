"""PDF through Typst: A4 after GB/T 9704-2012, tagged, exported as PDF/UA-1 and PDF/A-2a; the same bytes each time.

The page goes in as data, never as markup, and every font comes from ``fonts.py``. No browser, no LaTeX, no network.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govnb.errors import Place, Problem, ReportError, Text
from govnb.render.fonts import FontBook, read_fonts, refuse_missing
from govnb.render.page import Page, PrintedChart, PrintedSection, PrintedTable, build_page
from govnb.render.pdf_scopes import finish_pdf
from govnb.render.pictures import Picture, clean_svg

if TYPE_CHECKING:
    from govnb.form.grid import Cell
    from govnb.render.study_document import Printable

STANDARDS = ["ua-1", "a-2a"]
TEXT_WIDTH, INSET = 442.2, 2.5  # points, as in main.typ
LONGEST = 36  # rows that fit on a page with some labels of two lines


def render_pdf(document: Printable) -> bytes:
    """The report as PDF; ReportError where a character has no font or a picture can't be drawn."""
    page, book = build_page(document), read_fonts(document.fonts)
    refuse_missing(book, page.texts())
    stamp = int(datetime(page.day.year, page.day.month, page.day.day, tzinfo=UTC).timestamp())
    inputs = {"page": json.dumps(page_data(page, book), ensure_ascii=False)}
    pdf = typeset(book, "main.typ", inputs, format="pdf", pdf_standards=STANDARDS, timestamp=stamp)
    tables = [section.table for section in page.sections if section.table is not None]
    return finish_pdf(pdf, [table.grid for table in tables], page.lang)


def typeset(book: FontBook, template: str, inputs: dict[str, str], **options: Any) -> bytes:
    """The compiled ``template``; what Typst refuses is a ReportError with its message, without paths."""
    import typst

    try:
        made = compiler(book, template).compile(sys_inputs=inputs, **options)
    except typst.TypstError as error:
        what = Text(f"排版失败：{error.message}", f"typesetting failed: {error.message}")
        fix = Text("请检查附图和插图能否正常打开", "See that charts and pictures can be opened")
        raise ReportError(Problem(Place(), what, fix, "render.typst")) from error
    return made if isinstance(made, bytes) else b"".join(made or ())


@cache
def compiler(book: FontBook, template: str) -> Any:
    """One compiler a process and font set; what it reads for the first document (fonts) it keeps.

    It starts no thread before it compiles; after that the process must not be forked.
    """
    import typst

    folder = Path(str(resources.files("govnb.render"))) / "templates"
    return typst.Compiler(str(folder / template), root=str(folder), font_paths=book.handle, ignore_system_fonts=True)


def page_data(page: Page, book: FontBook) -> dict[str, Any]:
    """The page as the JSON that main.typ reads."""
    return {
        "title": page.title,
        "title_parts": list(page.title_parts),
        "author": page.author,
        "date": [page.day.year, page.day.month, page.day.day],
        "meta": list(page.meta),
        "intro": page.intro,
        "fonts": {role: book.chain(role) for role in ("body", "heading", "part", "title", "table")},
        "sections": [_section(section, book) for section in page.sections],
        "charts_heading": page.charts_heading,
        "charts": [_chart(chart) for chart in page.charts],
        "notice": page.notice,
    }


def _chart(chart: PrintedChart) -> dict[str, str]:
    return {"caption": chart.caption, "alt": chart.alt, "svg": clean_svg(chart.svg, chart.alt)}


def _section(section: PrintedSection, book: FontBook) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    for line in section.lines:
        role = "part" if line.kind == "part" else "body"
        entry = {"kind": line.kind, "text": line.text, "level": line.level, "font": book.chain(role, line.text)}
        if line.picture is not None:
            entry["picture"] = _picture(line.picture)
        if line.kind != "item":
            lines.append(entry)
        elif lines and lines[-1]["kind"] == "items":
            lines[-1]["items"].append(entry)
        else:
            lines.append({"kind": "items", "items": [entry]})
    return {
        "heading": section.heading,
        "lines": lines,
        "table": _table(section.table) if section.table is not None else None,
        "chart": _chart(section.chart) if section.chart is not None else None,
    }


def _picture(picture: Picture) -> dict[str, Any]:
    # Typst reads bytes from JSON as text or as a list of numbers; SVG is text, the others are not.
    data = picture.data.decode() if picture.mime == "image/svg+xml" else list(picture.data)
    return {"format": {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}[picture.mime], "data": data}


def _table(table: PrintedTable) -> dict[str, Any]:
    grid = table.grid
    size = 10.5 if grid.columns <= 6 else 8.5 if grid.columns <= 12 else 8.0

    def entry(cell: Cell) -> dict[str, Any]:
        share = sum(table.widths[cell.column : cell.column + cell.colspan])
        room = int((TEXT_WIDTH * share - 2 * INSET) / size)
        return {
            "text": cell.text,
            "rowspan": cell.rowspan,
            "colspan": cell.colspan,
            "left": cell.scope == "row" and grid.label_columns > 1,
            "pieces": pieces(cell, room) if cell.scope in ("col", "rowgroup") else [cell.text],
        }

    return {
        "caption": table.caption,
        "widths": list(table.widths),
        "header_rows": grid.header_rows,
        "size": size,
        "long": grid.rows > LONGEST,
        "rows": [[entry(cell) for cell in row] for row in grid.by_row()],
    }


def pieces(cell: Cell, room: int) -> list[str]:
    """A label of a narrow column in pieces that are not to be broken; ``room`` is how many characters fit in a line.

    One character a line where no two fit; else the number before the words; else lines of equal length. A text that
    fills more than three lines is left to the typesetter.
    """
    text = cell.text
    if len(text) <= room:
        return [text]
    if room < 2:
        return _stacked(text)
    head, bracket, rest = text.partition("）")
    if bracket and len(head) < room and len(rest) <= room:
        return [head + bracket, rest]
    lines = -(-len(text) // room)
    if lines > 3:
        return [text]
    size = -(-len(text) // lines)
    return [text[start : start + size] for start in range(0, len(text), size)]


def _stacked(text: str) -> list[str]:
    """Single characters, each with the closing mark after it."""
    stack: list[str] = []
    for char in text:
        if stack and char in "、，。；：）》”":
            stack[-1] += char
        else:
            stack.append(char)
    return stack
