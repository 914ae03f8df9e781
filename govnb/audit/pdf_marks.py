"""What PDFium finds on a page: glyphs, ruled lines, pictures; the page turned so that its text runs left to right.

Coordinates are points from the upper left corner. Nothing is grouped here, and nothing is rendered or executed; PDFium
may end the process on a hostile file, so the caller runs it in a process of its own.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

from govnb.audit.raw import Unreadable
from govnb.errors import Text

THIN = 3.0  # points: a filled rectangle no thicker is a rule
SHORTEST = 4.0  # shorter marks are parts of letters
MAX_GLYPHS = 1_000_000  # a document
MAX_SEGMENTS = 200_000  # a page
MAX_DEPTH = 6  # form objects within form objects
PICTURE = 100.0, 50.0  # width and height of a picture that could hold a table
WHITE = 250
UNKNOWN = 0xFFFD
FAR = 20_000.0  # points: no page is that large
FLATTEST = 0.5  # points: the least height of a glyph's box

# Glyphs that writers of PDF name by the wrong one of two characters which look alike: Unicode's compatibility
# decomposition covers the Kangxi radicals and half of these (U+2E80 ff.) not.
_PAIRS = (
    "⺁厂⺄乙⺇几⺊卜⺌小⺎兀⺒巳⺓幺⺕彐⺘扌⺙攵⺜日⺝月⺟母⺠民⺡氵⺣灬⺦丬⺧牛⺨犭⺩王⺬示⺭礻⺮竹⺰纟⺳网⺶羊⺷羊⺸羊⺹耂⺻聿⺼月⺽臼⺾艹"
    "⻁虎⻂衤⻃覀⻄西⻅见⻆角⻇角⻈讠⻉贝⻊足⻋车⻌辶⻍辶⻎辶⻏阝⻐钅⻑長⻒長⻓长⻔门⻖阝⻗雨⻘青⻙韦⻚页⻛风⻜飞⻝食⻠饣⻡首⻢马⻣骨"
    "⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙⻱龜⻲亀⻳龟"
)
_RADICALS = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


class Glyph(NamedTuple):
    """One character and its box; ``spaced``: after a space that the author wrote; ``run``: the text object."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    spaced: bool
    run: int


class Rule(NamedTuple):
    """A straight line. A level one lies at y = ``at`` from x = ``start`` to ``end``, an upright one the other way."""

    level: bool
    at: float
    start: float
    end: float


@dataclass
class PageMarks:
    """All that stands on one page; ``hidden``: the text is an invisible layer over a picture."""

    number: int
    width: float
    height: float
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    pictures: list[tuple[float, float, float, float]] = field(default_factory=list)
    hidden: bool = False


class _Turn(NamedTuple):
    """From PDF's user space to points from the upper left corner of the page as it is read."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        x0, y0 = self.point(left, bottom)
        x1, y1 = self.point(right, top)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def read_marks(page: Any, number: int, room: int = MAX_GLYPHS) -> PageMarks:
    """The marks of one loaded page (a raw FPDF_PAGE); Unreadable where there are more than ``room`` glyphs."""
    text = pdfium.FPDFText_LoadPage(page)
    try:
        count = max(pdfium.FPDFText_CountChars(text), 0) if text else 0
        if count > room:
            raise Unreadable(Text("文字过多，不是一份年报", "there is too much text for a report"))
        turn, width, height = _turn(page, _angle(text, count))
        marks = PageMarks(number, width, height)
        marks.glyphs = list(_glyphs(text, count, turn))
    finally:
        if text:
            pdfium.FPDFText_ClosePage(text)
    _objects(page, turn, marks)
    return marks


def _angle(text: Any, count: int) -> int:
    """Degrees (0, 90, 180, 270) by which most of the text is turned against reading direction."""
    found = [0, 0, 0, 0]
    for index in range(0, count, max(1, count // 80)):
        if pdfium.FPDFText_GetUnicode(text, index) > 32 and not pdfium.FPDFText_IsGenerated(text, index):
            angle = pdfium.FPDFText_GetCharAngle(text, index)
            if math.isfinite(angle):  # a damaged text matrix has none
                found[round(angle / (math.pi / 2)) % 4] += 1
    return 90 * max(range(4), key=lambda quarter: (found[quarter], -quarter))


def _turn(page: Any, angle: int) -> tuple[_Turn, float, float]:
    """The page's rotation is no matter: the text itself says how the page is read."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, box):
        box = pdfium.FS_RECTF(0, 842, 595, 0)
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    if angle == 270:  # PDFium counts clockwise: the text runs upwards
        return _Turn(0, 1, 1, 0, -bottom, -left), top - bottom, right - left
    if angle == 180:
        return _Turn(-1, 0, 0, 1, right, -bottom), right - left, top - bottom
    if angle == 90:
        return _Turn(0, -1, -1, 0, top, right), top - bottom, right - left
    return _Turn(1, 0, 0, -1, -left, top), right - left, top - bottom


def fold_glyph(text: str) -> str:
    """A glyph's look-alike under its own number: Kangxi and other radicals, compatibility ideographs, ligatures.

    Punctuation and whole-width digits stay, since the author wrote them so.
    """
    if text < "\u2e80":
        return text
    if "\u2e80" <= text <= "\u2fdf":
        return unicodedata.normalize("NFKC", text.translate(_RADICALS))
    if "\uf900" <= text <= "\ufb06" or "\U0002f800" <= text <= "\U0002fa1f":
        return unicodedata.normalize("NFKC", text)
    return text


def _glyphs(text: Any, count: int, turn: _Turn) -> Iterator[Glyph]:
    """Visible characters in stream order. One without a meaning is U+FFFD: no blank, and no number by accident."""
    unicode_at, box_at, object_at = (
        pdfium.FPDFText_GetUnicode,
        pdfium.FPDFText_GetLooseCharBox,
        pdfium.FPDFText_GetTextObject,
    )
    is_unknown = pdfium.FPDFText_HasUnicodeMapError
    box, spaced, high = pdfium.FS_RECTF(), False, 0
    for index in range(count):
        code = unicode_at(text, index)
        if is_unknown(text, index):  # what is given then is the font's own number of the glyph
            code = UNKNOWN
        elif code in (32, 13, 10, 9, 0xA0, 0x3000, 0x200B, 0xFEFF):
            spaced = spaced or (code != 10 and code != 13 and not pdfium.FPDFText_IsGenerated(text, index))
            continue
        if 0xD800 <= code < 0xDC00:  # the first half of a surrogate pair
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else UNKNOWN
        high = 0
        if not box_at(text, index, box):
            continue
        if code == 2:  # PDFium's mark for a hyphen at the end of a line
            code = 0x2D
        elif code < 32 or code in (0xFFFE, 0xFFFF):
            code = UNKNOWN
        left, top, right, bottom = turn.box(box.left, box.bottom, box.right, box.top)
        if not (-FAR < left <= right < FAR and -FAR < top <= bottom < FAR):
            continue  # nowhere, also where a coordinate is no number
        bottom = max(bottom, top + FLATTEST)
        run = ctypes.cast(object_at(text, index), ctypes.c_void_p).value or 0
        yield Glyph(fold_glyph(chr(code)), left, top, right, bottom, spaced, run)
        spaced = False


def _objects(page: Any, turn: _Turn, marks: PageMarks) -> None:
    """Rules and pictures, also inside form objects."""
    shown = 0
    pending: list[tuple[Any, tuple[float, ...], int]] = [
        (pdfium.FPDFPage_GetObject(page, index), _IDENTITY, 0) for index in range(pdfium.FPDFPage_CountObjects(page))
    ]
    pending.reverse()
    budget = MAX_SEGMENTS
    while pending and budget > 0:
        item, within, depth = pending.pop()
        budget -= 1
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            budget -= _read_path(item, within, turn, marks.rules)
        elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            _read_picture(item, within, turn, marks)
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            inner = _times(_matrix(item), within)
            count = min(max(pdfium.FPDFFormObj_CountObjects(item), 0), budget)
            pending += [(pdfium.FPDFFormObj_GetObject(item, at), inner, depth + 1) for at in range(count - 1, -1, -1)]
        elif kind == pdfium.FPDF_PAGEOBJ_TEXT and marks.pictures and shown < 20:
            shown += 1
            marks.hidden = marks.hidden or pdfium.FPDFTextObj_GetTextRenderMode(item) == 3


_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _matrix(item: Any) -> tuple[float, ...]:
    found = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, found):
        return _IDENTITY
    return found.a, found.b, found.c, found.d, found.e, found.f


def _times(m: tuple[float, ...], n: tuple[float, ...]) -> tuple[float, ...]:
    """First ``m``, then ``n``."""
    return (
        m[0] * n[0] + m[1] * n[2],
        m[0] * n[1] + m[1] * n[3],
        m[2] * n[0] + m[3] * n[2],
        m[2] * n[1] + m[3] * n[3],
        m[4] * n[0] + m[5] * n[2] + n[4],
        m[4] * n[1] + m[5] * n[3] + n[5],
    )


def _read_picture(item: Any, within: tuple[float, ...], turn: _Turn, marks: PageMarks) -> None:
    a, b, c, d, e, f = _times(_matrix(item), within)
    corners = [turn.point(x, y) for x, y in ((e, f), (e + a, f + b), (e + c, f + d), (e + a + c, f + b + d))]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    if right - left >= PICTURE[0] and bottom - top >= PICTURE[1]:
        marks.pictures.append((left, top, right, bottom))


def _read_path(item: Any, within: tuple[float, ...], turn: _Turn, rules: list[Rule]) -> int:
    """Adds the rules that a path object draws; gives the number of its segments."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(item, fill, stroke)
    count: int = pdfium.FPDFPath_CountSegments(item)
    if not (fill.value or stroke.value) or count < 2 or count > 20_000 or _is_white(item, bool(stroke.value)):
        return 0
    if not stroke.value and _read_filled(item, count, within, turn, rules):
        return 1
    to_page = _times(_matrix(item), within)
    for outline in _outlines(item, count, to_page, turn):
        if stroke.value:
            for (x0, y0), (x1, y1) in pairwise(outline):
                _add(rules, min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), 1.0)
        else:
            xs, ys = [x for x, _ in outline], [y for _, y in outline]
            _add(rules, min(xs), min(ys), max(xs), max(ys), THIN)
    return count


def _read_filled(item: Any, count: int, within: tuple[float, ...], turn: _Turn, rules: list[Rule]) -> bool:
    """Adds a filled shape by its bounds alone if that will do: it is thin, or a plain rectangle. False if not."""
    sides = [ctypes.c_float() for _ in range(4)]
    if within is not _IDENTITY or not pdfium.FPDFPageObj_GetBounds(item, *sides):
        return False
    left, top, right, bottom = turn.box(*(side.value for side in sides))
    if min(right - left, bottom - top) > THIN:
        return count <= 5 or any(
            pdfium.FPDFPathSegment_GetType(pdfium.FPDFPath_GetPathSegment(item, index)) == pdfium.FPDF_SEGMENT_BEZIERTO
            for index in range(1, 7)
        )  # a curve near the beginning: the outline of a letter
    _add(rules, left, top, right, bottom, THIN)
    return True


def _add(rules: list[Rule], left: float, top: float, right: float, bottom: float, thin: float) -> None:
    width, height = right - left, bottom - top
    if not (-FAR < left <= right < FAR and -FAR < top <= bottom < FAR):
        return
    if height <= thin and width >= SHORTEST and width > 2 * height:
        rules.append(Rule(True, (top + bottom) / 2, left, right))
    elif width <= thin and height >= SHORTEST and height > 2 * width:
        rules.append(Rule(False, (left + right) / 2, top, bottom))


def _is_white(item: Any, stroke: bool) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    colour = pdfium.FPDFPageObj_GetStrokeColor if stroke else pdfium.FPDFPageObj_GetFillColor
    if not colour(item, red, green, blue, alpha):
        return False
    return alpha.value == 0 or min(red.value, green.value, blue.value) >= WHITE


def _outlines(item: Any, count: int, to_page: tuple[float, ...], turn: _Turn) -> Iterator[list[tuple[float, float]]]:
    """Subpaths as corner points on the page; one that holds a curve is left out."""
    a, b, c, d, e, f = to_page
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    curved = False
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            if len(points) > 1 and not curved:
                yield points
            points, curved = [], False
        curved = curved or kind == pdfium.FPDF_SEGMENT_BEZIERTO
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        px, py = x.value, y.value
        points.append(turn.point(a * px + c * py + e, b * px + d * py + f))
        if pdfium.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            points.append(points[0])
    if len(points) > 1 and not curved:
        yield points
