"""One cell of a statutory table as a person typed it → a value that is exact, or a fault.

Blank stays None (a blank is not a 0). A count with decimals or below zero is read as it stands, so that the check
``numbers.type`` can fail on it; only what is no number at all is a fault here. Nothing here opens a file.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Literal

from govnb.errors import NOTHING, Text, meant
from govnb.form.edition import Edition

Value = int | Decimal | str | None
Kind = Literal["count", "amount", "amount with unit"]

# What offices put into a cell that has nothing to say, after NFKC and without white space.
BLANKS = frozenset({"", "/", "\\", "-", "--", "—", "——", "–", "―", "─", "−", "无", "空"})
_SPACE = re.compile(r"[\s\u00a0\u200b\u200c\u200d\u2060\ufeff]+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_UNIT = re.compile(r"(?P<number>.*[0-9])(?P<unit>(?:[十百千万亿])*元)")
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "。": ".", "〇": "0"})
_MOST_DIGITS = 30


def kind_of(edition: Edition, table: str, row: str, column: str) -> Kind:
    """What a cell holds: a count, an amount in the form's own unit, or (form of 2019) one that brings its unit."""
    if column != "amount":
        return "count"
    return "amount" if unit_of(edition, table, row, column) else "amount with unit"


def unit_of(edition: Edition, table: str, row: str, column: str) -> str:
    """The unit that the form itself prints in a column head, （单位：万元） → 万元; empty where it prints none."""
    found = re.search(r"[（(]单位[：:]\s*(.+?)[）)]", edition.column_label(table, row, column))
    return found.group(1) if found else ""


def plain(text: str) -> str:
    """``text`` with full-width forms made half-width and all white space out."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def parse_cell(raw: object, kind: Kind, unit: str = "") -> Value | tuple[Text, Text]:
    """The value of a cell, or (what is wrong, what to do). ``unit`` is the one that the form prints for an amount."""
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        return Text("不是数字", "is not a number"), NOTHING
    if isinstance(raw, str):
        return _parse_text(raw, kind, unit)
    digits = str(raw) if isinstance(raw, int) else _positional(raw)
    if len(digits) > _MOST_DIGITS:
        return Text("数字过长", "has too many digits"), NOTHING
    return raw if kind == "count" and isinstance(raw, int) else Decimal(digits)


def _positional(number: Decimal) -> str:
    """Digits of a decimal without an exponent: 1E+2 → 100."""
    exponent = number.as_tuple().exponent
    return "9" * 99 if not isinstance(exponent, int) or abs(exponent) > _MOST_DIGITS else f"{number:f}"


def _parse_text(raw: str, kind: Kind, unit: str) -> Value | tuple[Text, Text]:
    text = plain(raw)
    if text in BLANKS:
        return None
    shown = text if len(text) <= 30 else f"{text[:30]}…"
    number = text.replace("−", "-")
    if _NUMBER.fullmatch(number) and len(number) <= _MOST_DIGITS:
        digits = number.replace(",", "")
        return Decimal(digits) if kind != "count" or "." in digits else int(digits)
    with_unit = _UNIT.fullmatch(number)
    if with_unit and _NUMBER.fullmatch(with_unit["number"]) and len(number) <= _MOST_DIGITS:
        if kind == "amount with unit":
            return number
        if kind == "amount" and with_unit["unit"] == unit:
            return Decimal(with_unit["number"].replace(",", ""))
        if kind == "amount":
            fix = Text(f"请换算成{unit}，只填数字", f"Convert it to {unit} and give the number alone")
            return Text(f"“{shown}”的单位与表头不符", f"“{shown}” has another unit than the head"), fix
    guess = text.translate(_LOOKALIKES)
    if guess != text and _NUMBER.fullmatch(guess):
        fix = meant(guess)
    else:
        fix = Text("只填数字；没有就留空", "Give the number alone; leave it blank where there is none")
    return Text(f"“{shown}”不是数字", f"“{shown}” is not a number"), fix
