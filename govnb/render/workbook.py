"""XLSX: each statutory table as the official grid with numbers as numbers, then all figures and all checks.

No formula is written: text that begins with ``=`` stays text. Nothing is computed and nothing is rounded.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from govnb.counting.figures import Value, show
from govnb.render.archive import normalise_zip
from govnb.render.document import Document
from govnb.render.page import Page, PrintedTable, build_page, wording
from govnb.render.study_document import Printable, StudyDocument
from govnb.script import to_script

EXACT_DIGITS = 15  # what a spreadsheet's binary number holds without loss
TABLE_WIDTH = 96  # characters over all columns of a table sheet


def render_xlsx(document: Printable) -> bytes:
    """The report's tables, figures and checks as a workbook."""
    import xlsxwriter  # type: ignore[import-untyped]

    page = build_page(document)
    result = io.BytesIO()
    book = xlsxwriter.Workbook(result, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    _describe(book, page)
    used: set[str] = set()
    if isinstance(document, StudyDocument):
        _write_text(book, page, used)
    for section in page.sections:
        if section.table is not None:
            sheet = book.add_worksheet(_sheet_name(section.table.caption, used))
            _write_grid(book, sheet, section.table, page.notice)
    if isinstance(document, Document):
        _write_lists(book, document, used)
    book.close()
    return normalise_zip(result.getvalue())


def _write_text(book: Any, page: Page, used: set[str]) -> None:
    """What a study says beside its tables, on the first sheet: title, notice, and each part's sentences."""
    texts = [page.title, page.notice, *page.meta, page.intro]
    for section in page.sections:
        texts += [section.heading, *(line.text for line in section.lines)]
    sheet = book.add_worksheet(_sheet_name(to_script(wording()["study"]["text"], page.script), used))
    sheet.set_header(f"&L{page.notice}")
    sheet.set_column(0, 0, TABLE_WIDTH)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, text in enumerate(texts):
        sheet.write_string(number, 0, text, wrapped)


def _write_lists(book: Any, document: Document, used: set[str]) -> None:
    """A report's figures and checks."""
    words = wording()

    def printed(text: str) -> str:
        return to_script(text, document.report.script)

    for key, rows in (("figures", _figures(document)), ("checks", _checks(document))):
        sheet = book.add_worksheet(_sheet_name(printed(words["sheets"][key]), used))
        heads = [printed(head) for head in words[key].values()]
        _write_list(book, sheet, heads, [[printed(v) if isinstance(v, str) else v for v in row] for row in rows])


def _describe(book: Any, page: Page) -> None:
    moment = datetime(page.day.year, page.day.month, page.day.day)  # noqa: DTZ001 - written as UTC
    book.set_properties({"title": page.title, "author": page.author, "created": moment})


def _sheet_name(wanted: str, used: set[str]) -> str:
    """A name that a spreadsheet allows (31 characters, none of []:*?/\\, no doubles)."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", wanted.partition("　")[2] or wanted).strip("' ")[:31]
    name, number = plain, 1
    while name.casefold() in used:
        number += 1
        name = f"{plain[: 30 - len(str(number))]}{number}"
    used.add(name.casefold())
    return name


def _write_grid(book: Any, sheet: Any, table: PrintedTable, notice: str) -> None:
    values = table.values
    edge = {"border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    label = book.add_format({**edge, "bg_color": "#F1F3F5"})
    left = book.add_format({**edge, "bg_color": "#F1F3F5", "align": "left"})
    plain = book.add_format(edge)
    top = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "font_size": 12})
    grid = table.grid
    sheet.merge_range(0, 0, 0, grid.columns - 1, "")
    sheet.write_string(0, 0, table.caption, top)
    for column, width in enumerate(table.widths):
        sheet.set_column(column, column, max(5, TABLE_WIDTH * width))
    for cell in grid.cells:
        first, last = cell.row + 1, cell.row + cell.rowspan
        end = cell.column + cell.colspan - 1
        style = plain if cell.key else left if cell.scope == "row" and cell.column else label
        value = values.get(cell.key[0], {}).get(cell.key[1]) if cell.key else cell.text
        if (first, cell.column) != (last, end):
            sheet.merge_range(first, cell.column, last, end, "", style)
        _write(book, sheet, first, cell.column, value, style, edge if cell.key else None)
    sheet.freeze_panes(1 + grid.header_rows, grid.label_columns)
    if notice:
        sheet.set_header(f"&L{notice}")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)
    sheet.repeat_rows(0, grid.header_rows)


def _write(book: Any, sheet: Any, row: int, column: int, value: Value, style: Any, edge: Any = None) -> None:
    """One value: a number where a spreadsheet can hold it exactly, with all its decimals shown; else text."""
    if value is None or value == "":
        sheet.write_blank(row, column, None, style)
    elif isinstance(value, str) or not _exact(value):
        sheet.write_string(row, column, show(value), style)
    else:
        places = -int(value.as_tuple().exponent) if isinstance(value, Decimal) else 0
        if places > 0:
            style = book.add_format({**(edge or {}), "num_format": "0." + "0" * places})
        sheet.write_number(row, column, float(value) if places > 0 else int(value), style)


def _exact(value: int | Decimal) -> bool:
    number = Decimal(value)
    return number.is_finite() and len(number.as_tuple().digits) <= EXACT_DIGITS and abs(number) < 10**EXACT_DIGITS


def _figures(document: Document) -> list[list[Value]]:
    figures = document.report.figures.values()
    return [[f.id, f.label, f.value, f.unit, f.source, f.rule, f.rows] for f in figures]


def _checks(document: Document) -> list[list[Value]]:
    words = wording()
    return [
        [
            check.id,
            words["severity"][check.severity],
            words["status"][check.status],
            check.where,
            check.expected,
            check.actual,
            check.message.zh,
        ]
        for check in document.report.checks
    ]


def _write_list(book: Any, sheet: Any, heads: list[str], rows: list[list[Value]]) -> None:
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#F1F3F5"})
    plain = book.add_format({"valign": "top"})
    for column, text in enumerate(heads):
        sheet.write_string(0, column, text, head)
        lengths = [len(text), *(len(show(row[column])) for row in rows)]
        sheet.set_column(column, column, min(60, 4 + 1.8 * max(lengths)))
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _write(book, sheet, number, column, value, plain)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(heads) - 1)
