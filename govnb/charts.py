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
from govnb.sheet import CENTER, DASHED, DESCENT, PAD, SIZE, Scale, Sheet, room_below, room_beside, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas
    from matplotlib.font_manager import FontEntry

DARK, MIDDLE, LIGHT = "#1f3a5f", "#7a94b5", "#dbe4ee"
_FILLS = ((DARK, ""), (LIGHT, "///"), (MIDDLE, "\\\\"))
_FONT_ID = "NotoSansSC-Regular"
_GLYPH = re.compile(r'(<path id="[^"]*" d=")([^"]*)" transform="scale\(0\.015625\)"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_OWN: dict[Any, Any] = {
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
_WIDTH = 7.0
_LONGEST_LABEL = 28
_OUTLINES = 4096
# Points above a scale for the legend, left of it for the unit; rows beyond the first and last bar of a ranking.
_LEGEND, _UNIT, _ROW = 25.0, SIZE + 4, 0.9


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
            dict.update(matplotlib.rcParams, _settings())  # past its validators, which have seen them
            yield
    finally:
        fontManager.ttflist = known
        fontManager._findfont_cached.cache_clear()  # type: ignore[attr-defined]


@cache
def _settings() -> dict[Any, Any]:
    """Every setting of matplotlib that a drawing can depend on: its own defaults, and ours."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_OWN)
        return {name: matplotlib.rcParams[name] for name in matplotlib.rcParams if not name.startswith("backend")}


def draw_svg(width: float, height: float, paint: Callable[[Canvas], None]) -> str:
    """An SVG of ``width`` × ``height`` inches in the reports' style; ``paint`` draws on the empty figure."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with _own_style():
        canvas = Canvas(figsize=(width, height))
        paint(canvas)
        if canvas.axes:  # a sheet has its margins
            canvas.set_layout_engine("constrained")
        stream = io.StringIO()
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


def _draw_sheet(height: float, paint: Callable[[Sheet], None]) -> str:
    return draw_svg(_WIDTH, height, lambda canvas: paint(Sheet(canvas)))


def _group(sheet: Sheet, x: Scale, y: Scale, values: Sequence[int], place: tuple[int, int]) -> None:
    """The bars of one series with their numbers; ``place`` is (which of the series, of how many)."""
    number, among = place
    thick = 0.8 / among * (x.at(1) - x.at(0))
    middles = [x.at(at) + (number - (among - 1) / 2) * thick for at in range(len(values))]
    tops = [y.at(value) for value in values]
    fill, hatch = _FILLS[number % len(_FILLS)]
    bars = [(at - thick / 2, y.start, thick, top - y.start) for at, top in zip(middles, tops, strict=True)]
    sheet.boxes(bars, fill, DARK, hatch)
    for at, top, value in zip(middles, tops, values, strict=True):
        sheet.words(at, top + 1 + DESCENT * 7, str(value), CENTER, 7)


def _name_axes(sheet: Sheet, x: Scale, y: Scale, below: str, beside: str = "") -> None:
    if below:
        sheet.words((x.start + x.end) / 2, PAD + DESCENT * SIZE, below, CENTER)
    if beside:
        sheet.words(PAD, (y.start + y.end) / 2, beside)


def _legend(sheet: Sheet, x: Scale, keys: Mapping[str, Callable[[float, float], None]]) -> None:
    """Side by side above the middle of the scale: name → what draws its key, a box of 2 by 0.7 letters, at a place."""
    widths = [2.8 * SIZE + width_of(name) for name in keys]
    at, base = (x.start + x.end - sum(widths) - 2 * SIZE * (len(keys) - 1)) / 2, sheet.height - 2 * SIZE
    for (name, draw), width in zip(keys.items(), widths, strict=True):
        draw(at, base)
        sheet.words(at + 2.8 * SIZE, base, name)
        at += width + 2 * SIZE


def _key_of_bars(sheet: Sheet, number: int) -> Callable[[float, float], None]:
    fill, hatch = _FILLS[number % len(_FILLS)]
    return lambda x, y: sheet.boxes([(x, y, 2 * SIZE, 0.7 * SIZE)], fill, DARK, hatch)


def _mark(sheet: Sheet, at: float, y: Scale, **line: Any) -> Callable[[float, float], None]:
    """An upright line through the whole scale; gives what draws its key."""
    sheet.rules([[(at, y.start), (at, y.end)]], **line)
    return lambda x, y: sheet.rules([[(x, y + 0.35 * SIZE), (x + 2 * SIZE, y + 0.35 * SIZE)]], **line)


def draw_bars(
    code: str, caption: str, labels: Sequence[str], series: Mapping[str, Sequence[int]], unit: str, x_label: str = ""
) -> Chart:
    """Grouped bars: one group per label, one bar per series, whole numbers of ``unit``."""

    def paint(sheet: Sheet) -> None:
        highest = 1.12 * max(1, *(value for values in series.values() for value in values))
        y = Scale(0, highest, room_below(x_label), sheet.height - _LEGEND)
        outer = 0.05 * (len(labels) - 0.2) + 0.4
        x = Scale(-outer, len(labels) - 1 + outer, _UNIT + room_beside(y.ticks), sheet.width - PAD)
        sheet.scale_beside(x, y)
        for number, values in enumerate(series.values()):
            _group(sheet, x, y, values, (number, len(series)))
        sheet.axes(x, y)
        sheet.labels_below([x.at(at) for at in range(len(labels))], labels, y.start)
        _name_axes(sheet, x, y, x_label, unit)
        _legend(sheet, x, {name: _key_of_bars(sheet, number) for number, name in enumerate(series)})

    said = "；".join(
        f"{name}：" + "，".join(f"{label}{value}{unit}" for label, value in zip(labels, values, strict=True))
        for name, values in series.items()
    )
    return Chart(code, caption, f"柱状图。{said}。", _draw_sheet(3.2, paint))


def draw_ranking(code: str, caption: str, values: Mapping[str, int], unit: str) -> Chart:
    """Horizontal bars, one per label, first on top."""

    def paint(sheet: Sheet) -> None:
        labels, highest = [_clipped(label) for label in values], max(values.values())
        ends = max(width_of(str(value), 8) for value in values.values()) + PAD
        left = room_beside(labels)
        room = sheet.width - PAD - left
        x = Scale(0, highest * max(1.08, room / (room - ends)), left, sheet.width - PAD - ends / 2, ends + SIZE)
        y = Scale(len(labels) - 1 + _ROW, -_ROW, room_below(unit), sheet.height - PAD)
        sheet.scale_below(x, y)
        thick = 0.7 * (y.at(0) - y.at(1))
        bars = [
            (x.start, y.at(at) - thick / 2, x.at(value) - x.start, thick) for at, value in enumerate(values.values())
        ]
        sheet.boxes(bars, MIDDLE, DARK)
        for at, value in enumerate(values.values()):
            sheet.words(x.at(value) + 2, y.at(at) + (DESCENT - 0.5) * 8, str(value), size=8)
        sheet.axes(x, y)
        sheet.labels_beside([y.at(at) for at in range(len(labels))], labels, x.start)
        _name_axes(sheet, x, y, unit)

    said = "，".join(f"{label}{value}{unit}" for label, value in values.items())
    return Chart(code, caption, f"条形图。{said}。", _draw_sheet(0.9 + 0.27 * len(values), paint))


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

    def paint(sheet: Sheet) -> None:
        last, below = max(int(counts.index.max()), limit), printed("答复用时（工作日）")
        y = Scale(0, 1.05 * int(counts.max()), room_below(below), sheet.height - _LEGEND)
        half = width_of(str(last)) / 2  # of the last label
        x = Scale(-0.5, last + 1.5, _UNIT + room_beside(y.ticks), sheet.width - PAD - half, 2 * half + SIZE)
        sheet.scale_beside(x, y)
        sheet.scale_below(x, y)
        thick = 0.85 * (x.at(1) - x.at(0))
        bars = [
            (x.at(day) - thick / 2, y.start, thick, y.at(count) - y.start)
            for day, count in zip(counts.index.tolist(), counts.tolist(), strict=True)
        ]
        sheet.boxes(bars, LIGHT, DARK, "//")
        sheet.axes(x, y)
        keys = {f"法定期限{limit}个工作日": _mark(sheet, x.at(limit + 0.5), y, width=1.6)}
        if target is not None:
            keys[f"承诺时限{target}个工作日"] = _mark(sheet, x.at(target + 0.5), y, width=1.4, dash=DASHED)
        _legend(sheet, x, {printed(name): draw for name, draw in keys.items()})
        _name_axes(sheet, x, y, below, "件")

    return Chart(code, caption, printed(_days_alt(counts, limit, target)), _draw_sheet(3.2, paint))


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
