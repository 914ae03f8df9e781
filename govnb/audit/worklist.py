"""The results of an audit as a work list in XLSX: a row a finding, for an office to send back with remarks.

Every cell is text or a whole number, never a formula or link, whatever a published page holds. The same results give
the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from govnb.audit.remarks import CONFIRMED, DISMISSED, OPEN
from govnb.audit.result_page import Judged
from govnb.checks.model import SEVERITIES
from govnb.pages import plain
from govnb.render.archive import normalise_zip

STATES = {OPEN: "待核", CONFIRMED: "已确认", DISMISSED: "已排除"}
_SEVERITY = {"error": "错误", "warning": "提醒", "information": "提示"}
_HEADS = ("文件", "机关", "年度", "级别", "检查", "位置", "应为", "实为", "说明", "批注", "批注人", "状态")
_WIDTHS = (28, 28, 8, 8, 24, 40, 16, 16, 64, 28, 12, 10)
_FILE_HEADS = ("文件", "机关", "年度", "错误", "提醒", "提示", "无法核对", "已排除")
_FILE_WIDTHS = (40, 36, 8, 8, 8, 8, 10, 10)
_LONGEST = 32_000  # a cell of a spreadsheet holds 32,767 characters
_NO_DATE = datetime(1980, 1, 1)  # noqa: DTZ001 - the clock has no part in this
_MOST_ROWS = 1_000_000


def render_worklist(reports: Sequence[Judged]) -> bytes:
    """Sheet 1: findings in the order of the files, worst first within each; sheet 2: the files with their counts."""
    import xlsxwriter  # type: ignore[import-untyped]

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": "年度报告核对清单", "created": _NO_DATE})
    findings = _sheet(book, "问题清单", _HEADS, _WIDTHS)
    files = _sheet(book, "文件清单", _FILE_HEADS, _FILE_WIDTHS)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    row = 0
    for number, judged in enumerate(reports, 1):
        for line in _lines(judged):
            row += 1
            if row <= _MOST_ROWS:
                _write(findings, row, line, wrapped)
        _write(files, number, _counts(judged), wrapped)
    last = max(1, min(row, _MOST_ROWS))
    state = len(_HEADS) - 1
    findings.autofilter(0, 0, last, state)
    findings.data_validation(1, state, last, state, {"validate": "list", "source": list(STATES.values())})
    files.autofilter(0, 0, max(1, len(reports)), len(_FILE_HEADS) - 1)
    book.close()
    return normalise_zip(out.getvalue())


def _sheet(book: Any, name: str, heads: Sequence[str], widths: Sequence[int]) -> Any:
    sheet = book.add_worksheet(name)
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#F1F3F5"})
    for column, (text, width) in enumerate(zip(heads, widths, strict=True)):
        sheet.write_string(0, column, text, head)
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:L1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    return sheet


def _lines(judged: Judged) -> list[list[str | int | None]]:
    audited = judged.audited
    return [
        [
            audited.file,
            audited.name,
            audited.year,
            _SEVERITY[finding.result.severity],
            finding.result.id,
            finding.result.where,
            finding.result.expected,
            finding.result.actual,
            finding.result.message.zh,
            finding.remark.note if finding.remark else "",
            finding.remark.by if finding.remark else "",
            STATES[finding.state],
        ]
        for finding in judged.findings
    ]


def _counts(judged: Judged) -> list[str | int | None]:
    audited = judged.audited
    counts = [judged.count(severity) for severity in SEVERITIES]
    return [audited.file, audited.name, audited.year, *counts, judged.unassessed, judged.dismissed]


def _write(sheet: Any, row: int, line: Sequence[str | int | None], style: Any) -> None:
    for column, value in enumerate(line):
        if isinstance(value, int):
            sheet.write_number(row, column, value, style)
        elif value:
            sheet.write_string(row, column, plain(value)[:_LONGEST], style)
        else:
            sheet.write_blank(row, column, None, style)
