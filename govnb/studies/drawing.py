"""The drawings of the studies: spreads of working days, and measures of many agencies side by side.

As in ``charts``: shade and hatching instead of colour, alternative text from the numbers that are drawn, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from govnb.charts import DARK, LIGHT, MIDDLE, Chart, draw_svg
from govnb.counting.book import median
from govnb.counting.figures import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_WIDTH = 7.0
_LONGEST_NAME = 12


def draw_spreads(
    code: str,
    caption: str,
    days: Mapping[str, Sequence[int]],
    limit: int,
    target: int | None,
    printed: Callable[[str], str],
) -> Chart:
    """For each label how its working days spread: least, quarters, median and most, against limit and target."""
    labels = list(days)

    def paint(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.boxplot(
            [list(days[label]) for label in labels],
            orientation="horizontal",
            whis=(0, 100),
            widths=0.6,
            patch_artist=True,
            boxprops={"facecolor": LIGHT, "edgecolor": DARK, "hatch": "//"},
            medianprops={"color": "black", "linewidth": 2},
            whiskerprops={"color": DARK},
            capprops={"color": DARK},
        )
        axes.set_yticks(range(1, len(labels) + 1), labels)
        axes.invert_yaxis()
        axes.axvline(limit + 0.5, color="black", linewidth=1.6, label=printed(f"法定期限{limit}个工作日"))
        if target is not None:
            line = printed(f"承诺时限{target}个工作日")
            axes.axvline(target + 0.5, color="black", linewidth=1.4, linestyle=(0, (4, 3)), label=line)
        axes.set_xlim(-0.5, max(limit, *(max(values) for values in days.values())) + 1.5)
        axes.set_xlabel(printed("答复用时（工作日）：方框为中间一半，粗线为中位数，两端为最短和最长"))
        axes.grid(axis="x", color="#cccccc", linewidth=0.5)
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)

    said = "；".join(_spread_said(label, days[label]) for label in labels)
    svg = draw_svg(_WIDTH, 1.2 + 0.3 * len(labels), paint)
    return Chart(code, caption, printed(f"箱线图，单位为工作日。{said}。"), svg)


def _spread_said(label: str, values: Sequence[int]) -> str:
    middle = show(median(pd.Series(list(values), dtype="Int64")))
    return f"{label}{len(values)}件，最短{min(values)}，中位数{middle}，最长{max(values)}"


@dataclass(frozen=True)
class Measure:
    """One panel: a number for each agency, None where it is not known."""

    title: str
    unit: str
    values: Sequence[int | Decimal | None]


def draw_side_by_side(code: str, caption: str, names: Sequence[str], measures: Sequence[Measure]) -> Chart:
    """A panel of bars for each measure, the agencies in the same order in all of them; “—” where none is known."""

    def paint(canvas: Canvas) -> None:
        panels = canvas.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axes, measure in zip(panels, measures, strict=True):
            _panel(axes, names, measure)
        panels[0].set_yticks(range(len(names)), [_clipped(name) for name in names])
        panels[0].invert_yaxis()

    said = "；".join(
        f"{measure.title}：" + "，".join(f"{name}{_said(measure, at)}" for at, name in enumerate(names))
        for measure in measures
    )
    return Chart(code, caption, f"并列条形图。{said}。", draw_svg(_WIDTH, 1.1 + 0.27 * len(names), paint))


def _panel(axes: Axes, names: Sequence[str], measure: Measure) -> None:
    lengths = [0.0 if value is None else float(value) for value in measure.values]
    drawn = axes.barh(range(len(names)), lengths, 0.7, color=MIDDLE, edgecolor=DARK, linewidth=0.6)
    axes.bar_label(drawn, ["—" if value is None else show(value) for value in measure.values], fontsize=7, padding=2)
    axes.set_title(f"{measure.title}\n（{measure.unit}）", fontsize=8)
    axes.set_xlim(0, 1.45 * max(1.0, *lengths))
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)
    axes.spines["bottom"].set_visible(False)


def _said(measure: Measure, at: int) -> str:
    value = measure.values[at]
    return "没有数据" if value is None else f"{show(value)}{measure.unit}"


def _clipped(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
