"""The drawing of a year's comparison: small multiples, one a measure, with matplotlib in the reports' own style.

Few organs are drawn by name, side by side as in the comparison study. With many, each measure shows how the organs are
spread, with median and quartiles, and names the highest. The alternative text says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from govnb.charts import DARK, LIGHT, MIDDLE, Chart, draw_svg
from govnb.side_by_side import Measure as Panel
from govnb.side_by_side import clipped, draw_side_by_side
from govnb.site.numbers import quartiles, show
from govnb.site.wording import Measure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

BY_NAME = 24  # as many organs are drawn by name
_HIGHEST = 5
_WIDTH = 9.0


@dataclass(frozen=True)
class Compared:
    """An organ in the drawing."""

    name: str
    values: Mapping[str, Decimal | None]


def draw_comparison(year: int, organs: Sequence[Compared], measures: Sequence[Measure]) -> Chart:
    """The chart of a year; its ``svg`` is empty where no organ has any of the numbers."""
    code, caption = f"comparison-{year}", f"{year}年度各机关比较"
    shown = [measure for measure in measures if any(organ.values[measure.code] is not None for organ in organs)]
    if not shown:
        return Chart(code, caption, "没有可比较的数字", "")
    if len(organs) <= BY_NAME:
        first = shown[0].code
        ordered = sorted(organs, key=lambda organ: -(organ.values[first] or Decimal(-1)))
        panels = [Panel(each.label, each.unit, [organ.values[each.code] for organ in ordered]) for each in shown]
        return draw_side_by_side(code, caption, [organ.name for organ in ordered], panels, _WIDTH)
    svg = draw_svg(_WIDTH, 1.75 * len(shown), lambda canvas: _paint_spread(canvas, organs, shown))
    return Chart(code, caption, _alt(organs, shown), svg)


def _paint_spread(canvas: Canvas, organs: Sequence[Compared], measures: Sequence[Measure]) -> None:
    """One line a measure: on the left how many organs have which value, on the right the highest by name."""
    panels = canvas.subplots(len(measures), 2, squeeze=False, width_ratios=(3, 2))
    for (left, right), measure in zip(panels, measures, strict=True):
        known = _known(organs, measure)
        numbers = [float(value) for _, value in known]
        low, middle, high = quartiles([value for _, value in known])
        left.axvspan(float(low), float(high), color=LIGHT, zorder=0)
        left.hist(numbers, bins=_edges(numbers), color=MIDDLE, edgecolor=DARK, linewidth=0.5)
        left.axvline(float(middle), color="black", linewidth=1.4)
        left.set_title(f"{measure.label}（{measure.unit}）：中位数{middle:f}，四分位{low:f}至{high:f}", fontsize=8)
        left.set_ylabel("机关数", fontsize=7)
        top = sorted(known, key=lambda item: -item[1])[:_HIGHEST]
        drawn = right.barh(range(len(top)), [float(value) for _, value in top], 0.7, color=MIDDLE)
        right.bar_label(drawn, [f"{value:f}" for _, value in top], fontsize=6.5, padding=2)
        right.set_yticks(range(len(top)), [clipped(name) for name, _ in top])
        right.invert_yaxis()
        right.margins(x=0.15)
        right.set_xticks([])
        alike = sum(value == top[-1][1] for _, value in known) - sum(value == top[-1][1] for _, value in top)
        right.set_title(f"最高的{len(top)}个" + (f"（另有{alike}个并列）" if alike else ""), fontsize=8)
        left.locator_params(nbins=6)
        for axes in (left, right):
            axes.tick_params(labelsize=7)


def _edges(numbers: Sequence[float]) -> list[float]:
    """Thirty equal bins, or one for each whole number where that is fewer. At least one, whatever the numbers."""
    low, high = min(numbers), max(numbers)
    if all(number.is_integer() for number in numbers) and high - low < 30:
        return [low - 0.5 + step for step in range(int(high - low) + 2)]
    width = (high - low) / 30 or 1.0
    return [low + width * step for step in range(31)]


def _known(organs: Sequence[Compared], measure: Measure) -> list[tuple[str, Decimal]]:
    return [(organ.name, value) for organ in organs if (value := organ.values[measure.code]) is not None]


def _alt(organs: Sequence[Compared], measures: Sequence[Measure]) -> str:
    parts = []
    for measure in measures:
        known = _known(organs, measure)
        low, middle, high = quartiles([value for _, value in known])
        name, most = max(known, key=lambda item: item[1])
        unit = "" if measure.unit == "%" else measure.unit
        parts.append(
            f"{measure.label}：{len(known)}个机关有数字，中位数{show(middle, measure.unit)}{unit}，"
            f"四分位{show(low, measure.unit)}至{show(high, measure.unit)}，最高{name}{show(most, measure.unit)}{unit}"
        )
    return "小多图。" + "；".join(parts) + "。"
