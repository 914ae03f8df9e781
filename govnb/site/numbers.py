"""Numbers as the pages print them: exact digits, a dash where there is none, changes with sign, quartiles.

Pure. Nothing is ever rounded but percentages and quartiles, to one decimal and half up; None stays None.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

NONE = "—"
_SHORT = 100_000  # from here a chart's label counts in 万


def show(value: Decimal | None, unit: str = "") -> str:
    """Digits with thousands separated, and the unit where it is a sign; a dash for None."""
    if value is None:
        return NONE
    return f"{value:,f}{unit if unit == '%' else ''}"


def show_short(value: Decimal) -> str:
    """For the little room above a bar: 123456 → 12.3万."""
    return f"{_one(value / 10_000):f}万" if abs(value) >= _SHORT else f"{value:f}"


def change(now: Decimal | None, before: Decimal | None, unit: str) -> str:
    """``+162（+39.2%）``; of a share only the difference, in 百分点; empty where one of the two is missing."""
    if now is None or before is None:
        return ""
    difference = now - before
    told = _signed(difference)
    if difference == 0:
        return "持平"
    if unit == "%":
        return f"{told}个百分点"
    if before == 0:
        return told
    return f"{told}（{_signed(_one(difference * 100 / before))}%）"


def quartiles(values: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Lower quartile, median, upper quartile by linear interpolation, to one decimal. ``values`` must not be empty."""
    ordered = sorted(values)

    def at(quarter: int) -> Decimal:
        place = Decimal((len(ordered) - 1) * quarter) / 4
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return _one(ordered[below] + (ordered[above] - ordered[below]) * (place - below))

    return at(1), at(2), at(3)


def share_of(value: Decimal, most: Decimal) -> str:
    """``value`` as a percentage of ``most``, for the length of a bar: 0 to 100, one decimal."""
    return f"{_one(max(value, Decimal(0)) * 100 / most):f}" if most > 0 else "0"


def _signed(value: Decimal) -> str:
    return f"{value:+,f}".replace("-", "−")


def _one(value: Decimal) -> Decimal:
    """One decimal at most, and none that is 0."""
    with localcontext(prec=100):
        rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return rounded.quantize(Decimal(1)) if rounded == rounded.to_integral_value() else rounded
