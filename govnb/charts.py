"""The charts that a reviewer of an annual report wants, drawn with matplotlib as self-contained SVG.

Black-and-white first: every series differs by shade and hatching and every bar carries its number, so that a photocopy
can be read. The alternative text is made from the same numbers that are drawn. The same data give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import matplotlib
import pandas as pd

from govnb.fonts import SANS, sans_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.font_manager import FontEntry

DARK, MIDDLE, LIGHT = "#1f3a5f", "#7a94b5", "#dbe4ee"
_FILLS = ((DARK, ""), (LIGHT, "///"), (MIDDLE, "\\\\"))
_FONT_ID = "NotoSansSC-Regular"
_GLYPH = re.compile(r'(<path id="[^"]*" d=")([^"]*)" transform="scale\(0\.015625\)"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_WIDTH = 7.0
_LONGEST_LABEL = 28
_OUTLINES = 4096


@dataclass(frozen=True)
class Chart:
    """One drawing. ``alt`` says in words what the lines and bars show; ``svg`` has neither prolog nor network link.

    Where the data for a chart are missing ``svg`` is empty and ``alt`` says what is missing: nothing is published then.
    """

    code: str
    caption: str
    alt: str
    svg: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, str], dict[str, Any]]:
        if not self.svg:
            return {"text/plain": f"{self.caption}：{self.alt}"}, {}
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt, "caption": self.caption, "code": self.code}}


def missing(code: str, caption: str, reason: str) -> Chart:
    return Chart(code, caption, reason, "")


@cache
def _own_font() -> FontEntry:
    from matplotlib.font_manager import get_font, ttfFontProperty

    return ttfFontProperty(get_font(sans_file()))


@contextmanager
def _own_style() -> Iterator[None]:
    """matplotlib as we set it up: neither a matplotlibrc nor what a notebook set before reaches a chart.

    It knows our font alone: the machine may have another version of the same family, which would change the bytes.
    Nothing of this is left behind.
    """
    from matplotlib.font_manager import fontManager

    known, fontManager.ttflist = fontManager.ttflist, [_own_font()]
    fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]
    try:
        with matplotlib.rc_context():
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_settings())
            yield
    finally:
        fontManager.ttflist = known
        fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


def _settings() -> dict[Any, Any]:
    return {
        "font.family": [SANS],
        "font.size": 9,
        "axes.unicode_minus": False,
        "text.parse_math": False,  # a label is text, whatever a ledger has in it
        "svg.hashsalt": "govnb",
        "svg.fonttype": "path",
        "hatch.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
    }


def draw_svg(width: float, height: float, paint: Callable[[Canvas], None]) -> str:
    """An SVG of ``width`` × ``height`` inches in the reports' style; ``paint`` draws on the empty figure."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with _own_style():
        canvas = Canvas(figsize=(width, height), layout="constrained")
        stream = io.StringIO()
        paint(canvas)
        # Not savefig: that draws everything twice. No pyplot either, so there is no window and no global state.
        FigureCanvasSVG(canvas).print_svg(stream, metadata={"Date": None, "Creator": None})
    return _tidied(stream.getvalue())


def _tidied(svg: str) -> str:
    """The same drawing without prolog, comments and digits that nobody sees."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL).replace(f"{_FONT_ID}-", "g")
    svg = re.sub(r' d="[^"]*"', lambda path: _shorter(path.group()), svg)
    svg = _GLYPH.sub(lambda glyph: f'{glyph[1]}{_coarser(glyph[2])}" transform="scale(0.25)"', svg)
    svg = re.sub(r' d="([^"]*)"', lambda path: f' d="{_tight(path.group(1))}"', svg)
    return re.sub(r">\s+<", "><", svg).replace("\n", " ").strip()


# The three below keep what they made: the outlines of the same few hundred letters come again and again.


@lru_cache(maxsize=_OUTLINES)
def _coarser(outline: str) -> str:
    """Outlines on a grid of 256 to the em instead of 4096: a third of the bytes, and nobody sees it at 9 points."""
    return re.sub(r"-?\d+(\.\d+)?", lambda number: str(round(float(number.group()) / 16)), outline)


@lru_cache(maxsize=_OUTLINES)
def _shorter(path: str) -> str:
    return _NUMBER.sub(_two_decimals, path)


@lru_cache(maxsize=_OUTLINES)
def _tight(path: str) -> str:
    """Path data without the spaces that its grammar does not need."""
    return re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(path.split())).replace(" -", "-")


def _two_decimals(number: re.Match[str]) -> str:
    """A hundredth of a point is finer than any printer; coordinates alone are cut, never a scale."""
    return f"{float(number.group()):.2f}".rstrip("0").rstrip(".")


def _bars(axes: Axes, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> None:
    """Grouped vertical bars with their numbers."""
    width = 0.8 / len(series)
    for number, (name, values) in enumerate(series.items()):
        fill, hatch = _FILLS[number % len(_FILLS)]
        places = [at + (number - (len(series) - 1) / 2) * width for at in range(len(labels))]
        drawn = axes.bar(places, values, width, label=name, color=fill, hatch=hatch, edgecolor=DARK, linewidth=0.6)
        axes.bar_label(drawn, fontsize=7, padding=1)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_ylim(0, 1.12 * max(1, *(value for values in series.values() for value in values)))
    _whole_numbers(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.14), ncols=len(series), frameon=False)


def _whole_numbers(axes: Axes, axis: str = "y") -> None:
    from matplotlib.ticker import MaxNLocator

    getattr(axes, f"{axis}axis").set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis=axis, color="#cccccc", linewidth=0.5)  # type: ignore[arg-type]


def draw_bars(
    code: str, caption: str, labels: Sequence[str], series: Mapping[str, Sequence[int]], unit: str, x_label: str = ""
) -> Chart:
    """Grouped bars: one group per label, one bar per series, whole numbers of ``unit``."""

    def paint(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        _bars(axes, labels, series)
        axes.set_ylabel(unit, rotation=0)
        axes.set_xlabel(x_label)

    said = "；".join(
        f"{name}：" + "，".join(f"{label}{value}{unit}" for label, value in zip(labels, values, strict=True))
        for name, values in series.items()
    )
    return Chart(code, caption, f"柱状图。{said}。", draw_svg(_WIDTH, 3.2, paint))


def draw_ranking(code: str, caption: str, values: Mapping[str, int], unit: str) -> Chart:
    """Horizontal bars, one per label, first on top."""

    def paint(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        labels = list(values)
        drawn = axes.barh(range(len(labels)), list(values.values()), 0.7, color=MIDDLE, edgecolor=DARK, linewidth=0.6)
        axes.bar_label(drawn, fontsize=8, padding=2)
        axes.set_yticks(range(len(labels)), [_clipped(label) for label in labels])
        axes.invert_yaxis()
        axes.margins(x=0.08)
        axes.set_xlabel(unit)
        _whole_numbers(axes, "x")

    said = "，".join(f"{label}{value}{unit}" for label, value in values.items())
    return Chart(code, caption, f"条形图。{said}。", draw_svg(_WIDTH, 0.9 + 0.27 * len(values), paint))


def _clipped(label: str) -> str:
    """A label that leaves room for its bar; the alternative text has it in full."""
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def draw_days(
    code: str, caption: str, days: Iterable[int], limit: int, target: int | None, printed: Callable[[str], str]
) -> Chart:
    """How many working days the replies took: one bar a day, the legal limit and the agency's own target as lines.

    ``printed`` turns our words into the characters of the report.
    """
    counts = pd.Series(list(days), dtype="int64").value_counts().sort_index()

    def paint(canvas: Canvas) -> None:
        axes = canvas.add_subplot()
        axes.bar(counts.index, counts.to_numpy(), 0.85, color=LIGHT, edgecolor=DARK, linewidth=0.6, hatch="//")
        axes.axvline(limit + 0.5, color="black", linewidth=1.6, label=printed(f"法定期限{limit}个工作日"))
        if target is not None:
            label = printed(f"承诺时限{target}个工作日")
            axes.axvline(target + 0.5, color="black", linewidth=1.4, linestyle=(0, (4, 3)), label=label)
        axes.set_xlabel(printed("答复用时（工作日）"))
        axes.set_ylabel("件", rotation=0)
        axes.set_xlim(-0.5, max(int(counts.index.max()), limit) + 1.5)
        _whole_numbers(axes)
        _whole_numbers(axes, "x")
        axes.legend(loc="upper right", frameon=False)

    return Chart(code, caption, printed(_days_alt(counts, limit, target)), draw_svg(_WIDTH, 3.2, paint))


def _days_alt(counts: pd.Series[int], limit: int, target: int | None) -> str:
    total = int(counts.sum())
    parts = [f"直方图。共{total}件答复"]
    if target is not None:
        within = int(counts[counts.index <= target].sum())
        parts.append(f"其中{within}件用时不超过承诺的{target}个工作日")
    in_limit = int(counts[counts.index <= limit].sum())
    parts.append(f"{in_limit}件不超过{limit}个工作日")
    if total > in_limit:
        parts.append(f"{total - in_limit}件超过{limit}个工作日（含经批准延期和合理延迟）")
    return "，".join(parts) + "。"
