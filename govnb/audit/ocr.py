"""A report that is only pictures → paragraphs and tables, as far as they can be recognised.

Tables are those with ruled lines: the picture of each cell is read by itself, so that a number that was overlooked is
a cell that is unread and never the number beside it. A number is given only where two readings of it agree and it has
as many digits as pieces of ink; everything else is "?". Whether it is taken is decided by the form's equations
(confirming.py). Nothing is made up, fetched or executed.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pypdfium2 as pdfium  # type: ignore[import-untyped]
from PIL import Image

from govnb.audit.lattice import Lattice, find_lattices
from govnb.audit.pdf_joining import raw_table
from govnb.audit.raw import RawDocument, RawParagraph, RawTable, Unreadable
from govnb.audit.recogniser import Read, Recogniser, load_recogniser
from govnb.audit.scan_pages import DPI, Box, Grey, ScannedPage, Snippet, points_to_pixels, read_page, text_lines
from govnb.errors import Text

MAX_PAGES = 30  # more are not recognised
UNREAD = "?"  # never a number, never a blank
_LARGEST_SIDE = 5_000  # pixels of a page picture
_MOST_PIXELS = 60_000_000  # of a picture file
_PAGE_WIDTH = round(8.27 * DPI)  # of A4, which a picture file without a size is taken for
_SURE = 0.8
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_LIKE_NOUGHT = str.maketrans("Oo〇", "000")
_TIMES, _OVERLAP = 3, 4  # a number is read again so often side by side, the white between so many pixels narrower
_HIGHEST_LINE = 120  # pixels: higher ink is a stamp or a picture
_MOST_LINES = 3_000  # of a page
_NOTES = (Text("文字和数字由图像识别得到", "its text and numbers were recognised from pictures"),)


def read_scan(content: bytes, title: str = "", recogniser: Recogniser | None = None) -> RawDocument:
    """The pages of a PDF, drawn and recognised. Unreadable where it has more than MAX_PAGES."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError:
        raise Unreadable(Text("不是完好的 PDF", "is not a sound PDF")) from None
    try:
        if len(document) > MAX_PAGES:
            count = len(document)
            raise Unreadable(
                Text(f"扫描件共{count}页，超过{MAX_PAGES}页", f"a scan of {count} pages, more than {MAX_PAGES}")
            )
        return _recognised("pdf", title, _drawn(document), recogniser or load_recogniser())
    finally:
        document.close()


def read_picture(content: bytes, recogniser: Recogniser | None = None) -> RawDocument:
    """A report that is one PNG or JPEG file."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise Unreadable(Text("图片过大", "the picture is too large"))
            grey = image.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise Unreadable(Text("图片已损坏", "the picture is damaged")) from None
    scale = _PAGE_WIDTH / grey.width
    size = _PAGE_WIDTH, max(1, min(4 * _PAGE_WIDTH, round(grey.height * scale)))
    page = np.asarray(grey.resize(size, Image.Resampling.BICUBIC) if abs(scale - 1) > 0.02 else grey)
    return _recognised("picture", "", iter([page]), recogniser or load_recogniser())


def _drawn(document: Any) -> Iterator[Grey]:
    for page in document:
        side = max(page.get_size()) / 72
        dpi = min(DPI, _LARGEST_SIDE / side) if side > 0 else DPI
        if dpi < DPI:
            raise Unreadable(Text("页面过大", "a page is too large"))
        bitmap = page.render(scale=DPI / 72, grayscale=True, may_draw_forms=False)
        grey = np.array(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
        bitmap.close()
        page.close()
        yield grey


def _recognised(kind: str, title: str, pages: Iterator[Grey], recogniser: Recogniser) -> RawDocument:
    parts: list[RawParagraph | RawTable] = []
    number = 0
    for grey in pages:
        number += 1
        parts += _parts(read_page(number, grey), recogniser)
    return RawDocument(kind, title, tuple(parts), pictures=number, scanned=True, notes=_NOTES)


@dataclass(frozen=True)
class _Place:
    """Where a line of text belongs: ``cell`` of ``table``, or outside (-1)."""

    table: int
    cell: int


def _parts(page: ScannedPage, recogniser: Recogniser) -> list[RawParagraph | RawTable]:
    """Tables and lines of text from above."""
    lattices = [lattice for lattice in find_lattices(page.rules, page.number) if lattice.cells > 1]
    lattices.sort(key=lambda lattice: lattice.ys[0])
    places, snippets = _lines(page, lattices)
    reads = recogniser.read(snippets)
    again = _second(snippets, reads, recogniser)
    texts: dict[_Place, list[str]] = {}
    found: list[tuple[float, RawParagraph | RawTable]] = []
    for place, snippet, read, second in zip(places, snippets, reads, again, strict=True):
        if place.table < 0:
            text = unicodedata.normalize("NFKC", read.text).strip()
            if text:
                found.append((snippet.box.top, RawParagraph(text, page=page.number)))
        else:
            texts.setdefault(place, []).append(_text(snippet, read, second))
    for number, lattice in enumerate(lattices):
        lattice.texts = [_cell(texts.get(_Place(number, cell), [])) for cell in range(lattice.cells)]
        if any(lattice.texts):
            table = replace(raw_table(lattice), sure=False, recognised=True)
            found.append((points_to_pixels(lattice.ys[0]), table))
    return [part for _, part in sorted(found, key=lambda pair: pair[0])]


def _lines(page: ScannedPage, lattices: Sequence[Lattice]) -> tuple[list[_Place], list[Snippet]]:
    places: list[_Place] = []
    snippets: list[Snippet] = []

    def take(table: int, cell: int, box: Box) -> None:
        for snippet in text_lines(page, box):
            high = snippet.box.bottom - snippet.box.top > _HIGHEST_LINE
            if not (high and table < 0) and len(snippets) < _MOST_LINES:
                places.append(_Place(table, cell))
                snippets.append(snippet)

    for number, lattice in enumerate(lattices):
        for cell, box in _cell_boxes(lattice):
            take(number, cell, box)
    height, width = page.ink.shape
    top = 0
    for start, end in [*((lattice.ys[0], lattice.ys[-1]) for lattice in lattices), (height * 72 / DPI, 0.0)]:
        bottom = points_to_pixels(start)
        if bottom > top:
            take(-1, -1, Box(0, top, width, bottom))
        top = max(top, points_to_pixels(end) + 3)
    return places, snippets


def _cell_boxes(lattice: Lattice) -> Iterator[tuple[int, Box]]:
    xs, ys = [points_to_pixels(x) for x in lattice.xs], [points_to_pixels(y) for y in lattice.ys]
    boxes: dict[int, Box] = {}
    for row, owners in enumerate(lattice.owner):
        for column, cell in enumerate(owners):
            square = Box(xs[column], ys[row], xs[column + 1], ys[row + 1])
            old = boxes.get(cell, square)
            boxes[cell] = Box(
                min(old.left, square.left),
                min(old.top, square.top),
                max(old.right, square.right),
                max(old.bottom, square.bottom),
            )
    yield from sorted(boxes.items())


def _is_number(read: Read) -> bool:
    return _NUMBER.fullmatch(_folded(read.text)) is not None


def _folded(text: str) -> str:
    """Without spaces; a letter alone among digits that looks like a nought is one."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    nought = plain.translate(_LIKE_NOUGHT)
    return nought if _NUMBER.fullmatch(nought) else plain


def _second(snippets: Sequence[Snippet], reads: Sequence[Read], recogniser: Recogniser) -> list[Read | None]:
    """What seems to be a number read once more, three times side by side: the model sees it in another company, and
    a digit that it drops or adds at an end is not dropped or added three times."""
    numbers = [at for at, read in enumerate(reads) if _is_number(read)]
    found: list[Read | None] = [None] * len(snippets)
    rows = [replace(snippets[at], picture=_thrice(snippets[at].picture)) for at in numbers]
    for at, read in zip(numbers, recogniser.read(rows), strict=True):
        found[at] = read
    return found


def _thrice(picture: Grey) -> Grey:
    edge = _OVERLAP
    middle = [picture[:, edge:-edge]] * (_TIMES - 2)
    return np.hstack([picture[:, :-edge], *middle, picture[:, edge:]])


def _text(snippet: Snippet, read: Read, second: Read | None) -> str:
    """The text of a line in a cell; a number only where everything speaks for it."""
    text = _folded(read.text)
    if second is None:
        return text or UNREAD
    sure = min(read.score, second.score) >= _SURE and _folded(second.text) == text * _TIMES
    points = len(text) - sum(character.isdigit() for character in text)
    return text if sure and snippet.may_have(len(text) - points, points) else UNREAD


def _cell(lines: Sequence[str]) -> str:
    """Lines of a label put together. A number stands in one line: of two, none is sure."""
    if len(lines) > 1 and any(line == UNREAD or _NUMBER.fullmatch(line) for line in lines):
        words = [line for line in lines if line != UNREAD and not _NUMBER.fullmatch(line)]
        return "".join(lines) if len(words) * 2 > len(lines) else UNREAD
    return "".join(lines)
