"""Measures of agencies side by side as small multiples: the drawing of the comparison study and of the site.

As in ``charts``: shade instead of colour, alternative text from the numbers that are drawn, same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from govnb.charts import DARK, MIDDLE, Chart, draw_svg
from govnb.counting.figures import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_LONGEST_NAME = 12


@dataclass(frozen=True)
class Measure:
    """One panel: a number for each agency, None where it is not known."""

    title: str
    unit: str
    values: Sequence[int | Decimal | None]


def draw_side_by_side(
    code: str, caption: str, names: Sequence[str], measures: Sequence[Measure], width: float = 7.0
) -> Chart:
    """A panel of bars for each measure, the agencies in the same order in all of them; “—” where none is known."""

    def paint(canvas: Canvas) -> None:
        panels = canvas.subplots(1, len(measures), sharey=True, squeeze=False)[0]
        for axes, measure in zip(panels, measures, strict=True):
            _panel(axes, names, measure)
        panels[0].set_yticks(range(len(names)), [clipped(name) for name in names])
        panels[0].invert_yaxis()

    said = "；".join(
        f"{measure.title}：" + "，".join(f"{name}{_said(measure, at)}" for at, name in enumerate(names))
        for measure in measures
    )
    return Chart(code, caption, f"并列条形图。{said}。", draw_svg(width, 1.1 + 0.27 * len(names), paint))


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


def clipped(name: str) -> str:
    """A name with room for its bar; the alternative text has it in full."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
