"""The drawing of how working days spread.

As in ``charts``: shade and hatching instead of colour, alternative text from the numbers that are drawn, same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from govnb.charts import DARK, LIGHT, Chart, draw_svg
from govnb.counting.book import median
from govnb.counting.figures import show

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_WIDTH = 7.0


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
