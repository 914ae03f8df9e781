"""Small multiples of an organ's years: one bar chart a measure, as inline SVG that takes its colours from the page.

The drawing is arithmetic on a few numbers, so matplotlib is not asked. A year without the number has no bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from govnb.site.numbers import NONE, show, show_short
from govnb.site.wording import Measure

_STEP, _BAR, _HEIGHT, _TOP, _FOOT = 44, 26, 110, 18, 20
_LEAST_STEPS = 4  # few years are not drawn wider than many


@dataclass(frozen=True)
class Bar:
    """Places in the units of the drawing; ``height`` is None where there is no number."""

    x: int
    y: str
    height: str | None
    middle: int
    label: str
    year: int


@dataclass(frozen=True)
class Trend:
    """One drawing; ``alt`` says every number."""

    label: str
    unit: str
    alt: str
    width: int
    height: int
    foot: int
    bar: int
    bars: tuple[Bar, ...]


def draw_trend(measure: Measure, points: Sequence[tuple[int, Decimal | None]]) -> Trend | None:
    """The drawing of (year, value) in the order of years; None where fewer than two years have the number."""
    known = [value for _, value in points if value is not None]
    if len(known) < 2:
        return None
    most = max(max(known), Decimal(1))
    room = _HEIGHT - _TOP - _FOOT
    bars = []
    for number, (year, value) in enumerate(points):
        middle = _STEP * number + _STEP // 2
        tall = None if value is None else max(value, Decimal(0)) * room / most
        top = _HEIGHT - _FOOT - (tall or 0)
        label = NONE if value is None else show_short(value)
        bars.append(Bar(middle - _BAR // 2, f"{top:.1f}", None if tall is None else f"{tall:.1f}", middle, label, year))
    said = "，".join(f"{year}年{show(value, measure.unit)}{_unit(measure, value)}" for year, value in points)
    width = _STEP * max(len(points), _LEAST_STEPS)
    return Trend(measure.label, measure.unit, f"{measure.label}：{said}。", width, _HEIGHT, _FOOT, _BAR, tuple(bars))


def _unit(measure: Measure, value: Decimal | None) -> str:
    return "" if value is None or measure.unit == "%" else measure.unit
