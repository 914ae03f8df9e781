"""Numbers of a text with the unit that follows: 1,175件, ２１件, 三十五件, 1.2万件, 24252.311082万元, 42.3%.

A number of odd shape is no quantity, and neither are those that ``exempt`` names (dates, document numbers, …). A
numeral in characters is one only before a unit. Reads, judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from govnb.prose.exempt import exempt_spans

UNITS = (
    *("个百分点", "个工作日", "个月", "人次", "件次", "场次", "批次", "小时", "分钟", "平方米", "公里"),
    *(
        "件",
        "宗",
        "起",
        "例",
        "份",
        "个",
        "条",
        "项",
        "期",
        "次",
        "场",
        "部",
        "元",
        "篇",
        "户",
        "人",
        "名",
        "家",
        "天",
        "日",
    ),
    *(
        "本",
        "张",
        "幅",
        "页",
        "字",
        "类",
        "批",
        "组",
        "处",
        "所",
        "支",
        "套",
        "门",
        "位",
        "分",
        "倍",
        "年",
        "周",
        "册",
        "轮",
        "遍",
    ),
)
_UNIT = "|".join(UNITS)
_ARABIC = r"[0-9]{1,3}(?:[,，][0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_QUANTITY = re.compile(
    rf"(?<![0-9A-Za-z.])(?<![0-9],)(?:(?P<arabic>{_ARABIC})(?![0-9A-Za-z]) *(?P<more>[余多来])?(?P<times>[万亿])?"
    rf"(?P<more2>[余多])? *(?P<unit>[%‰]|{_UNIT})?"
    rf"|(?<![零〇一二两三四五六七八九十百千万亿第每同任唯逐哪统几数上成单独专])"
    rf"(?P<chinese>[一二两三四五六七八九十][零〇一二两三四五六七八九十百千]*)(?P<much>[余多])?(?P<ten>[万亿])?"
    rf"(?P<kind>万元|亿元|{_UNIT}))"
)
_DIGITS = {**{c: n for n, c in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_TIMES = {"十": 10, "百": 100, "千": 1000}
_MONEY = "元"
_NO_NUMBER = re.compile(r"一(?:起|部分|方面|定|般|些|直|并)|一次性|一个(?:重要|方面|新)")


@dataclass(frozen=True)
class Quantity:
    """``value`` in ``unit``; money keeps its unit (万元), other multiples are worked out (1.2万件 is 12,000件).

    ``step`` is the worth of the last printed digit; ``about`` marks 500余件. ``text[start:end]`` is number and unit.
    """

    value: Decimal
    unit: str
    start: int
    end: int
    text: str
    step: Decimal
    about: bool = False


def read_quantities(text: str, exempt: Sequence[tuple[int, int]] | None = None) -> Iterator[Quantity]:
    """Quantities of folded ``text`` in order; ``exempt``: the stretches that ``exempt_spans`` gives, where known."""
    if exempt is None:
        exempt = exempt_spans(text)
    at = 0
    for match in _QUANTITY.finditer(text):
        start, end = match.span()
        while at < len(exempt) and exempt[at][1] <= start:
            at += 1
        if at < len(exempt) and exempt[at][0] < end and start < exempt[at][1]:
            continue
        if (quantity := _quantity(match)) is not None:
            yield quantity


def _quantity(match: re.Match[str]) -> Quantity | None:
    found = match.groupdict()
    if found["arabic"] is not None:
        printed = found["arabic"].replace(",", "").replace("，", "")
        value = Decimal(printed)
        step = Decimal(1).scaleb(-len(printed.partition(".")[2]))
        unit, times = found["unit"] or "", found["times"] or ""
        about = bool(found["more"] or found["more2"])
        after = match.string[match.end("arabic") : match.end("arabic") + 2]
        if after[:1] in (",", ".", "，") and after[1:2].isdigit():
            return None  # 1,17 or 1.2.3: whatever it is, it is no number that can be relied on
    else:
        whole = parse_chinese(found["chinese"])
        if whole is None or _NO_NUMBER.match(match.string, match.start()):
            return None
        value, step = Decimal(whole), Decimal(1)
        unit, times, about = found["kind"], found["ten"] or "", bool(found["much"])
    if times and unit == _MONEY:
        unit = times + unit
    elif times:
        factor = Decimal(10_000 if times == "万" else 100_000_000)
        value, step = plain(value * factor), step * factor
    return Quantity(value, unit, *match.span(), match.group(), step, about)


def plain(value: Decimal) -> Decimal:
    """The same number without zeros behind the point."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def parse_chinese(text: str) -> int | None:
    """三十五 → 35, 一百零三 → 103, 两千 → 2000; None for what isn't one numeral (一二, 十四五)."""
    total, digit, last = 0, None, 10_000
    for n, character in enumerate(text):
        if character in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[character]
        else:
            worth = _TIMES[character]
            if worth >= last or (digit is None and not (n == 0 and worth == 10)) or digit == 0:
                return None
            total, digit, last = total + (1 if digit is None else digit) * worth, None, worth
    if digit is not None and len(text) > 1 and last > 10 and text[-2] not in "零〇":
        return None  # 一百三 is spoken for 130
    return total + (digit or 0)
