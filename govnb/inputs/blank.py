"""Empty ledgers as one workbook for people to fill in: a sheet for each ledger, lists to choose from, a note on each
column.

Built from the same schema that reads the ledgers, so what the lists offer is what is read. The same schema gives the
same bytes. Nothing is written to disk here.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import xlsxwriter  # type: ignore[import-untyped]

from govnb.inputs.schema import Column, LedgerSchema, Schemas
from govnb.inputs.values import FIRST_YEAR, LAST_YEAR, MAX_INT

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

GUIDE = "填写说明"
_LISTS = "选项"
_ROWS = 10_000  # rows with lists and formats; more rows are read all the same
_INLINE = 255  # characters; a longer list of choices has to stand in cells
_CREATED = datetime(2021, 1, 1)  # noqa: DTZ001 - fixed, so that the bytes are the same each time
_TYPES = {
    "id": "文字，不得重复",
    "text": "文字",
    "date": "日期，如 2021-03-05",
    "int": "整数",
    "decimal": "数字，可有小数",
    "bool": "是 或 否",
    "enum": "从列表中选择",
    "enum-open": "从列表中选择，也可自填",
}
_FORMATS = {"id": "@", "text": "@", "date": "yyyy-mm-dd", "int": "0", "decimal": "General"}
_GUIDE_LINES = (
    "每张工作表是一个台账，第一行是列名，从第二行起每行填一条记录；不用的工作表可以空着或删除。",
    "橙色列名为必填列，各列的要求见列名上的批注；列的先后可以调整，可以另加列，另加的列程序不读取。",
    "日期写成 2021-03-05 或 2021年3月5日，年份用四位；数字列只填数字，不写单位。",
    "不要填写合计行，不要合并单元格，不要留空行。",
    "填好后存为 data/机关代码/ledgers.xlsx，运行 govnb check 检查。",
    "申请内容等涉及个人的列只供本单位备查，程序读取时即舍去，不进入任何输出。",
)


def build_blank_workbook(schemas: Schemas) -> bytes:
    """An .xlsx with 填写说明 first, then a sheet for each ledger. It reads back as empty ledgers."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": _CREATED, "title": "政府信息公开台账"})
    styles = {kind: book.add_format({"num_format": pattern}) for kind, pattern in _FORMATS.items()}
    styles["head"] = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "text_wrap": True})
    styles["must"] = book.add_format({"bold": True, "bg_color": "#F6DCC8", "border": 1, "text_wrap": True})
    styles["title"] = book.add_format({"bold": True, "font_size": 14})
    guide = book.add_worksheet(GUIDE)
    _write_guide(guide, schemas, styles)
    sheets = [(schema, book.add_worksheet(schema.label)) for schema in schemas.values()]
    lists = _Lists(book.add_worksheet(_LISTS))
    for schema, sheet in sheets:
        _write_ledger(sheet, schema, styles, lists)
    lists.sheet.hide()
    book.close()
    return target.getvalue()


class _Lists:
    """The hidden sheet with the choices that are too long to stand in a rule; equal lists stand there once."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self._known: dict[tuple[str, ...], str] = {}

    def source(self, choices: Sequence[str]) -> str | list[str]:
        if len(",".join(choices)) <= _INLINE and not any("," in choice for choice in choices):
            return list(choices)
        key = tuple(choices)
        if key not in self._known:
            column = len(self._known)
            self.sheet.write_column(0, column, choices)
            letter = chr(ord("A") + column)
            self._known[key] = f"='{_LISTS}'!${letter}$1:${letter}${len(choices)}"
        return self._known[key]


def _write_guide(sheet: Worksheet, schemas: Schemas, styles: dict[str, object]) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 4, 30)
    sheet.write(0, 0, GUIDE, styles["title"])
    row = 1
    for number, line in enumerate(_GUIDE_LINES, start=1):
        sheet.write(row, 0, f"{number}. {line}")
        row += 1
    row += 1
    for position, head in enumerate(("工作表", "列", "类型", "是否必填", "说明")):
        sheet.write(row, position, head, styles["head"])
    for schema in schemas.values():
        for column in schema.columns.values():
            row += 1
            texts = (schema.label, column.header, _TYPES[column.type], _required(schema, column), column.note)
            for position, text in enumerate(texts):
                sheet.write_string(row, position, text)


def _write_ledger(sheet: Worksheet, schema: LedgerSchema, styles: dict[str, object], lists: _Lists) -> None:
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(schema.columns.values()):
        sheet.set_column(position, position, max(12, 2 * len(column.header) + 4), styles.get(column.type))
        sheet.write_string(0, position, column.header, styles["must" if column.required else "head"])
        note = f"{_TYPES[column.type]}；{_required(schema, column)}\n{column.note}"
        sheet.write_comment(0, position, note, {"author": "govnb", "x_scale": 1.6})
        if (rule := _rule(column, lists)) is not None:
            sheet.data_validation(1, position, _ROWS, position, rule)


def _required(schema: LedgerSchema, column: Column) -> str:
    if column.required:
        return "必填"
    if column.iff is None:
        return "选填"
    other = schema.columns[column.iff]
    if column.iff_value is None:
        return f"“{other.header}”已填时必填，否则留空"
    return f"“{other.header}”为“{other.values[column.iff_value]}”时必填，否则留空"


def _rule(column: Column, lists: _Lists) -> dict[str, object] | None:
    """What a cell of this column may hold, as a rule of the spreadsheet; None where anything may stand."""
    title, message = column.header, f"请填写：{_TYPES[column.type]}"
    said: dict[str, object] = {"error_title": title, "error_message": message, "ignore_blank": True}
    if column.type == "date":
        first, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        return {"validate": "date", "criteria": "between", "minimum": first, "maximum": last, **said}
    if column.type in ("int", "decimal"):
        kind = "integer" if column.type == "int" else "decimal"
        least, most = column.usual or (column.minimum, column.maximum)
        bounds = {"minimum": -MAX_INT if least is None else least, "maximum": MAX_INT if most is None else most}
        return {"validate": kind, "criteria": "between", **bounds, **said}
    choices = ["是", "否"] if column.type == "bool" else list(column.values.values()) or list(column.known)
    if not choices:
        return None
    kind = "warning" if column.type == "enum-open" else "stop"
    return {"validate": "list", "source": lists.source(choices), "error_type": kind, **said}
