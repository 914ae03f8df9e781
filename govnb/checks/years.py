"""Years as they are written in titles and in the stated period of the statistics. Judges nothing."""

from __future__ import annotations

import re

from govnb.checks.prose import fold
from govnb.script import to_simplified

_CHINESE = str.maketrans("〇○零ＯO0一二三四五六七八九", "00000" + "0123456789")
_YEAR = r"(?:(?:19|20)\d{2}|[二2][〇○零ＯO0][〇○零ＯO0一二三四五六七八九]{2})"
_IN_TITLE = re.compile(rf"(?<![0-9])({_YEAR})\s*(?:年|度)")
_PERIOD = re.compile(
    rf"(?:统计|所列数据|报告期)[^。；\n]{{0,24}}?({_YEAR})\s*年\s*1\s*月\s*1\s*日[^。；\n]{{0,6}}?"
    rf"(?:至|到|-|—|~)+\s*(?:({_YEAR})\s*年)?\s*12\s*月\s*31\s*日"
)


def plain_text(text: str) -> str:
    """Simplified characters, half-width digits and signs."""
    return to_simplified(fold(text))


def year_of(text: str) -> int:
    """2021 for 2021 and 二〇二一."""
    return int(text.translate(_CHINESE))


def years_in(text: str) -> tuple[int, ...]:
    """Years named as such (2021年, 2021年度, 二〇二一年), each once; no document number and no span is one."""
    return tuple(dict.fromkeys(year_of(found) for found in _IN_TITLE.findall(plain_text(text))))


def period_years(text: str) -> tuple[int, ...]:
    """Years of the period that the statistics are said to cover, each once."""
    found = [year for pair in _PERIOD.findall(plain_text(text)) for year in pair if year]
    return tuple(dict.fromkeys(year_of(year) for year in found))
