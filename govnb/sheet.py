"""What a report's charts are drawn on: a matplotlib figure measured in points, with words, rules and boxes.

matplotlib's axes lay out their ticks three times to find margins that here follow from the widest word, and make half a
dozen objects for each tick and two for each bar; all rules of one kind, and all bars of one series, are one path here.
That is a fifth of the time. Nothing here knows what is charted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from govnb.fonts import sans_file

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

SIZE = 9.0  # points of ordinary words
LEFT, CENTER, RIGHT = 0.0, 0.5, 1.0
PAD = 3.0  # between anything and the edge
DASHED = (0.0, (4.0, 3.0))
BLACK, GREY = "black", "#cccccc"
# Of the em, as the font has it: how far a line of words reaches above and below its baseline.
ASCENT, DESCENT = 0.88, 0.12
_MARK, _LABEL = 3.5, 7.0  # how long a tick is, and how far its label stands off
_RULE = 0.8
_NEAREST = 0.7  # that two labels come, as a part of the room of one

Box = tuple[float, float, float, float]  # x, y, width, height
Line = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high`` over the points from ``start`` to ``end``; a label takes ``label`` of them."""

    low: float
    high: float
    start: float
    end: float
    label: float = 2 * SIZE

    def at(self, value: float) -> float:
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)

    @cached_property
    def ticks(self) -> tuple[int, ...]:
        """Round whole numbers within the scale, ten of them or as many as there is room for."""
        from matplotlib.ticker import MaxNLocator

        most = max(1, min(10, int(abs(self.end - self.start) / self.label)))
        found = MaxNLocator(most, integer=True).tick_values(self.low, self.high)
        ticks = tuple(int(value) for value in found if self.low <= value <= self.high and value == int(value))
        # The locator would rather have two that are too near than one.
        too_near = len(ticks) > 1 and abs(self.at(ticks[1]) - self.at(ticks[0])) < self.label * _NEAREST
        return ticks[::2] if too_near else ticks


class Sheet:
    """``width`` × ``height`` points, counted from the lower left; what is drawn later lies above, words above all."""

    def __init__(self, canvas: Figure) -> None:
        from matplotlib.transforms import Affine2D

        self._canvas = canvas
        self._points = Affine2D().scale(1 / 72) + canvas.dpi_scale_trans
        self.width, self.height = (float(inches) * 72 for inches in canvas.get_size_inches())
        self._words: list[tuple[float, float, str, float]] = []
        canvas.add_artist(_words_artist()(self._words, transform=self._points, zorder=3))

    def words(self, x: float, y: float, text: str, align: float = LEFT, size: float = SIZE) -> None:
        """``text`` with its baseline at ``y``; LEFT, CENTER or RIGHT says which part of it is at ``x``."""
        if text:
            self._words.append((x - align * width_of(text, size), y, text, size))

    def rules(self, lines: Iterable[Line], color: str = BLACK, width: float = _RULE, dash: Any = "solid") -> None:
        self._draw(lines, False, fill=False, edgecolor=color, linewidth=width, linestyle=dash)

    def boxes(self, boxes: Iterable[Box], fill: str, edge: str, hatch: str = "") -> None:
        outlines = [((x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)) for x, y, w, h in boxes]
        self._draw(outlines, True, facecolor=fill, edgecolor=edge, linewidth=0.6, hatch=hatch)

    def _draw(self, lines: Iterable[Line], closed: bool, **style: Any) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        points: list[tuple[float, float]] = []
        codes: list[Any] = []
        for line in lines:
            points += line
            last = Path.CLOSEPOLY if closed else Path.LINETO
            codes += [Path.MOVETO, *[Path.LINETO] * (len(line) - 2), last]
        if points:
            self._canvas.add_artist(PathPatch(Path(points, codes), transform=self._points, **style))

    def axes(self, x: Scale, y: Scale) -> None:
        """The two lines along which the scales run."""
        self.rules([[(x.start, y.end), (x.start, y.start), (x.end, y.start)]])

    def scale_below(self, x: Scale, y: Scale) -> None:
        """Grid, ticks and numbers of ``x``."""
        places = [x.at(value) for value in x.ticks]
        self.rules([[(at, y.start), (at, y.end)] for at in places], GREY, 0.5)
        self.labels_below(places, [str(value) for value in x.ticks], y.start)

    def labels_below(self, places: Sequence[float], labels: Sequence[str], y: float) -> None:
        self.rules([[(at, y), (at, y - _MARK)] for at in places])
        for at, label in zip(places, labels, strict=True):
            self.words(at, y - _LABEL - ASCENT * SIZE, label, CENTER)

    def scale_beside(self, x: Scale, y: Scale) -> None:
        """Grid, ticks and numbers of ``y``."""
        places = [y.at(value) for value in y.ticks]
        self.rules([[(x.start, at), (x.end, at)] for at in places], GREY, 0.5)
        self.labels_beside(places, [str(value) for value in y.ticks], x.start)

    def labels_beside(self, places: Sequence[float], labels: Sequence[str], x: float) -> None:
        self.rules([[(x, at), (x - _MARK, at)] for at in places])
        for at, label in zip(places, labels, strict=True):
            self.words(x - _LABEL, at - ASCENT / 2 * SIZE, label, RIGHT)


def room_below(title: str = "") -> float:
    """Points that the labels below a scale need down to the edge, with a title where there is one."""
    return PAD + SIZE + _LABEL + (SIZE + 4 if title else 0)


def room_beside(labels: Iterable[object]) -> float:
    """Points that the labels beside a scale need up to the edge."""
    return PAD + max((width_of(str(label)) for label in labels), default=0.0) + _LABEL


@cache
def _words_artist() -> Callable[..., Artist]:
    """The artist that draws all words of a sheet: where each begins is known, so that nothing need be laid out."""
    from matplotlib.artist import Artist

    class Words(Artist):
        def __init__(self, words: list[tuple[float, float, str, float]], **properties: Any) -> None:
            super().__init__()
            self._words = words
            self.set(**properties)

        def draw(self, renderer: Any) -> None:
            height, style = renderer.get_canvas_width_height()[1], renderer.new_gc()
            for x, y, text, size in self._words:
                x, y = self.get_transform().transform((x, y))
                renderer.draw_text(style, x, height - y if renderer.flipy() else y, text, _font(size), 0)
            style.restore()

    return Words


@cache
def _font(size: float) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(sans_file()), size=size)


def width_of(text: str, size: float = SIZE) -> float:
    """Points that ``text`` is wide, in the reports' font. Letter by letter: no text is shaped to be measured."""
    return size * sum(map(_width_of_letter, text))


@lru_cache(maxsize=8192)
def _width_of_letter(letter: str) -> float:
    """In ems."""
    from matplotlib.textpath import text_to_path

    width: float = text_to_path.get_text_width_height_descent(letter, _font(1), ismath=False)[0]
    return width
