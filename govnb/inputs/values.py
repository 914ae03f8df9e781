"""One cell's text → its value, in every spelling of a date, number, yes/no or list value that an office uses.

Each ``parse_`` function returns the value or a ``Fault`` that says why it is none and what to do; none raises and none
guesses. Text comes stripped and is never empty. Nothing here knows files or rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from govnb.errors import NOTHING, Text, nearest
from govnb.inputs import masking
from govnb.inputs.folding import fold_label
from govnb.inputs.schema import Column

FIRST_YEAR, LAST_YEAR = 1949, 2100
MAX_INT = 10**12
MAX_SCALE = 10
_MAX_DIGITS = 20  # before the point; with 10 after it, inside decimal128(38, 10)
_MAX_TEXT = 100  # characters of any date or number; more is not one
_EXCEL_EPOCH = date(1899, 12, 30)
_TRUE, _FALSE = frozenset({"是", "true", "1"}), frozenset({"否", "false", "0"})

# Not NFKC, which would read 3² as 32.
_HALF_WIDTH = {0xFF01 + step: 0x21 + step for step in range(94)} | {0x3000: 0x20, 0x2212: 0x2D}

_TIME = r"(?:[ T]?(?P<h>\d{1,2}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2})(?:\.\d+)?)?(?P<zone>Z|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
_DATE = re.compile(rf"(?P<y>\d{{4}})(?P<sep>[-/.])(?P<mo>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}}){_TIME}", re.ASCII)
_DATE_ZH = re.compile(rf"(?P<y>\d{{4}})年(?P<mo>\d{{1,2}})月(?P<d>\d{{1,2}})[日号]{_TIME}", re.ASCII)
_DATE_8 = re.compile(rf"(?P<y>\d{{4}})(?P<mo>\d{{2}})(?P<d>\d{{2}}){_TIME}", re.ASCII)
_BEIJING = ("+08:00", "+0800", "+08")
_SHORT_YEAR = re.compile(r"\d{2}([-/.]\d{1,2}[-/.]\d{1,2}|年\d{1,2}月\d{1,2}[日号]?)", re.ASCII)
_YEAR_LAST = re.compile(r"\d{1,2}([-/.])\d{1,2}\1(\d{4}|\d{2})", re.ASCII)
_MONTH_ONLY = re.compile(r"\d{4}([-/.]\d{1,2}|年\d{1,2}月|年)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_PLAIN = re.compile(r"-?\d+(\.\d*)?|-?\.\d+", re.ASCII)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_SCIENTIFIC = re.compile(r"-?\d+(\.\d+)?[eE][+-]?\d+", re.ASCII)
_UNIT = re.compile(r"[万亿]?[元圆件页天个日人次年]$|^[￥¥$]|^(?:RMB|CNY)|[万亿]$", re.IGNORECASE)

_NUMBER_BEFORE = re.compile(r"^(?:（[一二三四五六七八九十]+）|[0-9]+[.、])")
_EXPLANATION = re.compile(r"(?<=.{4})（[^（）]*）$")

_WRITE_DATE = Text("请写成 2021-03-05 的样子", "Write it like 2021-03-05")


_N = TypeVar("_N", int, Decimal)


@dataclass(frozen=True)
class Fault:
    """Why a cell has no value: ``what`` (with the cell's text, masked) and ``fix``."""

    what: Text
    fix: Text = NOTHING


def parse_date(text: str) -> date | Fault:
    """A day of 1949–2100: 2021-03-05, 2021/3/5, 2021.3.5, 2021年3月5日, 20210305, each with a time or without."""
    plain = _plain(text)
    match = _DATE.fullmatch(plain) or _DATE_ZH.fullmatch(plain) or _DATE_8.fullmatch(plain)
    if match is None:
        return _no_date(text, plain)
    if (zone := match["zone"]) and zone not in _BEIJING:
        what = Text(
            f"“{masking.shown_date(text)}”带有其他时区", f"“{masking.shown_date(text)}” is of another time zone"
        )
        return Fault(what, Text("请换算为北京时间的日期", "Give the date in Beijing time"))
    if match["h"] and (int(match["h"]) > 24 or int(match["m"]) > 59 or int(match["s"] or 0) > 60):
        return _no_date(text, "")
    try:
        day = date(int(match["y"]), int(match["mo"]), int(match["d"]))
    except ValueError:
        what = Text(
            f"日历上没有“{masking.shown_date(text)}”这一天", f"there is no such day as “{masking.shown_date(text)}”"
        )
        return Fault(what, Text("请核对年、月、日", "Check year, month and day"))
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    shown = masking.shown_date(text)
    return Fault(
        Text(
            f"“{shown}”的年份不在{FIRST_YEAR}至{LAST_YEAR}之间",
            f"the year of “{shown}” is not in {FIRST_YEAR}–{LAST_YEAR}",
        ),
        Text("请核对年份", "Check the year"),
    )


def _no_date(text: str, plain: str) -> Fault:
    shown = masking.shown_date(text)
    if _SERIAL.fullmatch(plain) and 15_000 <= float(plain) < 75_000:
        day = _EXCEL_EPOCH + timedelta(days=int(float(plain)))
        what = Text(
            f"“{shown}”是 Excel 的日期序号，不是日期（相当于 {day}）",
            f"“{shown}” is an Excel serial number, no date (it would be {day})",
        )
        fix = Text(
            f"请把该列设为日期格式后重新保存，或写成 {day}", f"Format the column as date and save, or write {day}"
        )
        return Fault(what, fix)
    if _YEAR_LAST.fullmatch(plain):
        what = Text(f"“{shown}”看不出哪一段是年、月、日", f"“{shown}” does not tell year, month and day apart")
        return Fault(
            what, Text("请把四位年份写在前面，如 2021-03-05", "Put the year of four digits first, like 2021-03-05")
        )
    if _SHORT_YEAR.fullmatch(plain):
        what = Text(f"“{shown}”的年份只有两位", f"the year of “{shown}” has two digits only")
        return Fault(what, Text("请写四位年份，如 2021-03-05", "Write the year with four digits, like 2021-03-05"))
    if _MONTH_ONLY.fullmatch(plain):
        what = Text(f"“{shown}”缺少月或日", f"“{shown}” lacks a month or a day")
        return Fault(what, _WRITE_DATE)
    return Fault(Text(f"“{shown}”不是日期", f"“{shown}” is not a date"), _WRITE_DATE)


def parse_int(text: str, column: Column) -> int | Fault:
    """A whole number, with thousands separators or full-width digits too; refused below the column's minimum."""
    number = _number(text)
    if isinstance(number, Fault):
        return number
    shown = masking.shown_number(text)
    if number != number.to_integral_value():
        what = Text(f"“{shown}”有小数，这里应为整数", f"“{shown}” has decimals; this is a count")
        return Fault(what, Text("请填整数", "Give a whole number"))
    if abs(number) > MAX_INT:
        return Fault(Text(f"“{shown}”过大", f"“{shown}” is too large"), Text("请核对数字", "Check the number"))
    return _limited(int(number), shown, column)


def parse_decimal(text: str, column: Column) -> Decimal | Fault:
    """An exact decimal of at most 10 decimals and 20 digits before the point."""
    number = _number(text)
    if isinstance(number, Fault):
        return number
    shown = masking.shown_number(text)
    if _scale(number) > MAX_SCALE:
        what = Text(f"“{shown}”的小数多于{MAX_SCALE}位", f"“{shown}” has more than {MAX_SCALE} decimals")
        return Fault(what, Text("请核对数字", "Check the number"))
    if abs(number) >= 10**_MAX_DIGITS:
        return Fault(Text(f"“{shown}”过大", f"“{shown}” is too large"), Text("请核对数字", "Check the number"))
    return _limited(number, shown, column)


def _scale(number: Decimal) -> int:
    """Decimals that matter; counted on the digits, as Decimal.normalize would round to its context."""
    return len(f"{number:f}".partition(".")[2].rstrip("0"))


def _limited(number: _N, shown: str, column: Column) -> _N | Fault:
    if column.minimum is not None and number < column.minimum:
        if column.minimum == 0:
            what = Text(f"“{shown}”是负数", f"“{shown}” is negative")
            return Fault(what, Text("请填不小于0的数", "Give a number not below 0"))
        return _outside(shown, column)
    if column.maximum is not None and number > column.maximum:
        return _outside(shown, column)
    return number


def _outside(shown: str, column: Column) -> Fault:
    least, most = column.minimum, column.maximum
    what = Text(f"“{shown}”不在{least}至{most}之间", f"“{shown}” is not between {least} and {most}")
    return Fault(what, Text("请核对数字", "Check the number"))


def _number(text: str) -> Decimal | Fault:
    plain = _plain(text)
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if _PLAIN.fullmatch(plain):
        return Decimal(plain)
    shown = masking.shown_number(text)
    if len(plain) <= _MAX_TEXT and "%" in plain:
        what = Text(f"“{shown}”是百分数", f"“{shown}” is a percentage")
        return Fault(what, Text("请填数字本身", "Give the number itself"))
    if _SCIENTIFIC.fullmatch(plain):
        what = Text(f"“{shown}”是科学计数法", f"“{shown}” is in scientific notation")
        return Fault(
            what, Text("请把单元格设为数值格式，写出全部数字", "Format the cell as a number and write all digits")
        )
    if any(digit.isdigit() for digit in plain[:_MAX_TEXT]) and _UNIT.search(plain):
        what = Text(f"“{shown}”带有单位或货币符号", f"“{shown}” has a unit or currency sign")
        fix = Text("请只填数字，并换算为该列的单位", "Give the number alone, in the unit of the column")
        return Fault(what, fix)
    if "," in plain and _PLAIN.fullmatch(plain.replace(",", "")):
        what = Text(f"“{shown}”的千位分隔符位置不对", f"the thousands separators of “{shown}” are misplaced")
        return Fault(what, Text("请去掉逗号", "Take the commas out"))
    return Fault(Text(f"“{shown}”不是数字", f"“{shown}” is not a number"), Text("请填数字", "Give a number"))


def parse_bool(text: str) -> bool | Fault:
    """是/否, true/false, 1/0."""
    folded = _plain(text).lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    shown = masking.shown_bool(text)
    return Fault(
        Text(f"“{shown}”不是“是”或“否”", f"“{shown}” is neither 是 nor 否"), Text("请填 是 或 否", "Give 是 or 否")
    )


def parse_enum(text: str, column: Column) -> str | Fault:
    """The code of a list value, from its code, its official label, its label without number, or its number."""
    folded = fold_label(text[:1000])
    if code := column.aliases.get(folded):
        return code
    names = [brief_label(label) for label in column.values.values()]
    shown = masking.shown_enum(text, column.aliases)
    what = Text(f"“{shown}”不是规定的值", f"“{shown}” is not one of the allowed values")
    near = nearest(folded, column.aliases) if len(folded) <= _MAX_TEXT else None
    if near is not None:
        label = brief_label(column.values[column.aliases[near]])
        fix_zh, fix_en = f"是否应为“{label}”？", f"Is it “{label}”? "
    else:
        listed = "、".join(names[:8]) + (" 等" if len(names) > 8 else "")
        fix_zh, fix_en = f"可填：{listed}；", f"Allowed are: {listed}; "
    return Fault(
        what,
        Text(
            f"{fix_zh}其他系统的说法可在 params 的 sources 里用 values 对应",
            f"{fix_en}the terms of another system can be mapped with `values` under sources in params",
        ),
    )


def brief_label(label: str) -> str:
    """A label without its number and its bracketed explanation at the end, for a list in a message."""
    return _EXPLANATION.sub("", _NUMBER_BEFORE.sub("", label)) or label


def parse_open(text: str, column: Column) -> str:
    """A value of an open list: the known value that it is another spelling of, or the text itself."""
    return column.aliases.get(fold_label(text), text)


def _plain(text: str) -> str:
    """Half-width characters without the spaces that people put around separators."""
    if len(text) > _MAX_TEXT:
        return ""
    plain = text.translate(_HALF_WIDTH).strip()
    return re.sub(r"\s*([-/.年月日号,])\s*", r"\1", re.sub(r"\s+", " ", plain))
