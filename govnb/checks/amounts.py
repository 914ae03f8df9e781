"""Sizes against last year's report: units taken for one another, and jumps that look like a slip.

Only the same form is compared, and never 现行有效件数: that stock has its own equation over two years
(cross_year.in_force), which says exactly what it must be, so a jump of it is not reported twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from govnb.checks.cells import Number, Sheet, cell_name, is_amount
from govnb.checks.check import OTHER_FORM, Tally, check
from govnb.checks.model import Evidence
from govnb.counting.figures import Value, show
from govnb.errors import Text

_UNIT_FACTOR = 100  # checks.md; a unit mistaken is 10,000, but last year's amount may have differed too
_JUMP = 10
_SMALLEST_COUNT = 100  # 3 decisions after 40 are no slip
_SMALLEST_AMOUNT = 10_000  # yuan
_MONEY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(亿元|万元|元)")
YUAN = {"亿元": Decimal(100_000_000), "万元": Decimal(10_000), "元": Decimal(1)}
_NOT_KNOWN = Text("两年中有空白、0或者没有单位的数", "blank, zero or without a unit in one of the years")

_Pair = tuple[str, Number | None, Number | None, str, str]


@check(
    "amounts.unit",
    severity="warning",
    what=Text("金额的单位没有误作万元或元", "amounts are in the right unit"),
    source="国办公开办函〔2021〕30号",
    needs=("tables", "previous"),
)
def unit(evidence: Evidence, tally: Tally) -> None:
    for where, before, now, before_shown, now_shown in _pairs(evidence, tally, money=True):
        if not before or not now:
            tally.not_assessable(where, _NOT_KNOWN)
        elif max(before, now) < min(before, now) * _UNIT_FACTOR:
            tally.passed()
        else:
            message = Text(
                f"上年为{before_shown}，本年为{now_shown}，相差{_times(before, now)}倍，请核对单位是万元还是元",
                f"{before_shown} last year, {now_shown} now, {_times(before, now)} times; check the unit (万元 or 元)",
            )
            tally.failed(where, message, before_shown, now_shown)


@check(
    "amounts.outlier",
    severity="information",
    what=Text("金额和处理决定数量与上年相比没有十倍的变化", "amounts and decisions have not changed tenfold"),
    source="国办公开办函〔2021〕30号",
    needs=("tables", "previous"),
)
def outlier(evidence: Evidence, tally: Tally) -> None:
    for money in (True, False):
        for where, before, now, before_shown, now_shown in _pairs(evidence, tally, money=money):
            if not before or not now:
                tally.not_assessable(where, _NOT_KNOWN)
                continue
            low, high = sorted((Decimal(before), Decimal(now)))
            small = high < (_SMALLEST_AMOUNT if money else _SMALLEST_COUNT)
            told_already = money and high >= low * _UNIT_FACTOR  # amounts.unit
            if small or told_already or high < low * _JUMP:
                tally.passed()
                continue
            digit = _digit_appended(before_shown, now_shown)
            message = Text(
                f"上年为{before_shown}，本年为{now_shown}，相差{_times(before, now)}倍{digit.zh}",
                f"{before_shown} last year, {now_shown} now, {_times(before, now)} times{digit.en}",
            )
            tally.failed(where, message, before_shown, now_shown)


def _pairs(evidence: Evidence, tally: Tally, *, money: bool) -> Iterator[_Pair]:
    """(place, last year's, this year's, both as printed) of each amount in yuan, or of each number of decisions."""
    previous, edition = evidence.previous, evidence.edition
    assert previous is not None  # needs
    if previous.edition.number != edition.number:
        tally.not_assessable("", OTHER_FORM)
        return
    now, before = Sheet.of(evidence), Sheet.of(previous, edition)
    for row, columns in edition.rows("disclosure").items():
        for column in columns:
            if is_amount(edition, "disclosure", row, column) if money else column == "decisions":
                values = [sheet.value("disclosure", row, column) for sheet in (before, now)]
                label = edition.column_label("disclosure", row, column)
                first, second = (in_yuan(value, label) if money else _count(value) for value in values)
                where = cell_name(edition, "disclosure", row, column)
                yield where, first, second, show(values[0]), show(values[1])


def _count(value: Value) -> Number | None:
    return value if isinstance(value, Number) and value >= 0 else None


def in_yuan(value: Value, label: str) -> Decimal | None:
    """An amount in yuan; None where the unit is neither printed with it nor in the form (2019's 采购总金额)."""
    if isinstance(value, str):
        found = _MONEY.fullmatch(value.replace(",", "").replace("，", "").strip())
        return Decimal(found.group(1)) * YUAN[found.group(2)] if found else None
    if value is None or value < 0:
        return None
    return Decimal(value) * YUAN["万元"] if "万元" in label else None


def _times(before: Number, now: Number) -> str:
    low, high = sorted((Decimal(before), Decimal(now)))
    return str(int(high / low))


def _digit_appended(before: str, now: str) -> Text:
    if now[:-1] == before or before[:-1] == now:
        return Text("，像是多写或少写了一位数字", ", as if a digit had been added or lost")
    return Text("", "")
