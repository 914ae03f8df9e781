"""Glyphs → lines, cell texts and paragraphs, by where they stand.

A paragraph begins with an indent, after a short line, after a wide gap or where the size changes. Nothing is read here
but shapes; running heads and page numbers are told by their place and repetition.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from govnb.audit.pdf_marks import Glyph

_PAGE_NUMBER = re.compile(
    r"[-—–―·•~\s]*(?:第\s*)?(?:\d{1,3}|[IVXivx]{1,5})\s*(?:页)?\s*(?:[/／,，、]?\s*共?\s*\d{1,3}\s*页?)?[-—–―·•~\s]*"
)
HEADING = re.compile(r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]")
TITLE = 1.25  # times the usual size of letters
_ENDS = "。！？；：:;”）)》"


class Piece(NamedTuple):
    """A part of a line with wide room before and after it; ``advance``: the usual width of its glyphs."""

    text: str
    left: float
    right: float
    advance: float = 0.0


@dataclass(frozen=True)
class TextLine:
    """One printed line; ``size``: height of its letters in points; ``lead``: width of its first unbreakable word."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    lead: float = 0.0
    pieces: tuple[Piece, ...] = ()

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Paragraph:
    """``size``: height of its letters; ``open_end``: its last line is full, so it may go on on the next page.

    ``pieces``: those of its line, if it has only one.
    """

    text: str
    page: int
    top: float
    size: float
    pieces: tuple[Piece, ...] = ()
    open_end: bool = False
    open_start: bool = False


def read_lines(glyphs: Sequence[Glyph]) -> list[TextLine]:
    """Printed lines from top to bottom; pieces at one height are one line, left to right."""
    return [_text_line(group) for group in line_groups(glyphs)]


def line_groups(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Glyphs by printed line, from top to bottom, within a line left to right (in stream order where they overlap)."""
    groups: list[_Group] = []
    for glyph in glyphs:
        if groups and groups[-1].holds(glyph.top, glyph.bottom):
            groups[-1].add(glyph)
        else:
            groups.append(_Group([glyph], glyph.top, glyph.bottom))
    groups.sort(key=lambda group: group.top + group.bottom)
    merged: list[_Group] = []
    for group in groups:
        if merged and merged[-1].holds(group.top, group.bottom):
            for glyph in group.glyphs:
                merged[-1].add(glyph)
        else:
            merged.append(group)
    for group in merged:
        group.glyphs.sort(key=lambda glyph: glyph.left)
    return [group.glyphs for group in merged]


@dataclass
class _Group:
    """Glyphs of one line; ``top`` and ``bottom`` bound them all (a 一 may be as flat as its stroke)."""

    glyphs: list[Glyph]
    top: float
    bottom: float

    def holds(self, top: float, bottom: float) -> bool:
        """Whether most of the flatter of the two lies at one height with the other."""
        shared = min(bottom, self.bottom) - max(top, self.top)
        return shared > 0.5 * min(bottom - top, self.bottom - self.top)

    def add(self, glyph: Glyph) -> None:
        self.glyphs.append(glyph)
        if glyph.top < self.top:
            self.top = glyph.top
        if glyph.bottom > self.bottom:
            self.bottom = glyph.bottom


def _is_word(text: str) -> bool:
    """A letter or digit of a script that parts words by spaces."""
    return text < "\u2e80" and text.isalnum()


def joined_glyphs(group: Sequence[Glyph]) -> str:
    """The glyphs of one line as text; a gap counts as a space between letters and digits, or where it is wide."""
    parts: list[str] = [group[0].text]
    for before, glyph in pairwise(group):
        gap = glyph.left - before.right
        size = max(glyph.bottom - glyph.top, glyph.right - glyph.left, before.bottom - before.top, 1.0)
        words = before.text < "\u2e80" and glyph.text < "\u2e80"
        if (glyph.spaced and gap > 0.08 * size) or gap > (0.25 if words else 1.2) * size:
            parts.append(" ")
        parts.append(glyph.text)
    return "".join(parts)


def _text_line(group: list[Glyph]) -> TextLine:
    lead = group[0].right
    for before, glyph in pairwise(group):
        if not (_is_word(before.text) and _is_word(glyph.text)) and glyph.text not in "，。、；：）”》！？,.;:)%":
            break
        lead = glyph.right
    heights = [glyph.bottom - glyph.top for glyph in group]
    return TextLine(
        joined_glyphs(group),
        group[0].left,
        min(glyph.top for glyph in group),
        max(glyph.right for glyph in group),
        max(glyph.bottom for glyph in group),
        median(heights),
        lead - group[0].left,
        _pieces(group),
    )


def _pieces(group: list[Glyph]) -> tuple[Piece, ...]:
    starts = [0]
    for at, (before, glyph) in enumerate(pairwise(group), 1):
        if glyph.left - before.right > 0.8 * max(glyph.bottom - glyph.top, before.bottom - before.top):
            starts.append(at)
    return tuple(
        Piece(
            joined_glyphs(group[start:end]),
            group[start].left,
            group[end - 1].right,
            median(glyph.right - glyph.left for glyph in group[start:end]),
        )
        for start, end in pairwise([*starts, len(group)])
    )


def cell_text(groups: Sequence[Sequence[Glyph]], width: float, alone: bool) -> str:
    """A cell's text from its printed lines, joined without a space but where one number could come of two.

    A number that was broken because it fills the cell's ``width`` (points) is made whole again, if it is the only one
    of its row (``alone``): two in a row are rows that no rule parts.
    """
    if not groups:
        return ""
    text = joined_glyphs(groups[0])
    for before, group in pairwise(groups):
        room = width - (before[-1].right - before[0].left)
        full = room < 14 + (before[-1].right - before[-1].left) and len(group) < len(before) > 3
        both = before[-1].text < "\u2e80" and group[0].text < "\u2e80"
        text += (" " if both and not (full and alone) else "") + joined_glyphs(group)
    return text


def is_numeric(groups: Sequence[Sequence[Glyph]]) -> bool:
    """Whether every line is made of digits and what belongs to them."""
    return all(glyph.text in "0123456789.,-" for group in groups for glyph in group)


def drop_running(pages: Sequence[list[TextLine]], heights: Sequence[float]) -> list[list[TextLine]]:
    """The lines without page numbers, and without heads and feet that stand on most pages."""
    kept = [list(lines) for lines in pages]
    shapes: Counter[tuple[str, int]] = Counter()
    for lines, height in zip(pages, heights, strict=True):
        shapes.update({_shape(line, height) for line in lines if _in_margin(line, height)})
    often = {shape for shape, count in shapes.items() if count >= 3 and count * 2 > len(pages)}
    for index, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        numbers = {
            id(line) for line in lines[:1] + lines[-1:] if _in_margin(line, height) and is_page_number(line.text)
        }
        kept[index] = [
            line
            for line in lines
            if id(line) not in numbers and not (_in_margin(line, height) and _shape(line, height) in often)
        ]
    return kept


def is_page_number(text: str) -> bool:
    return _PAGE_NUMBER.fullmatch(text.strip()) is not None


def _in_margin(line: TextLine, height: float) -> bool:
    return line.bottom < 0.12 * height or line.top > 0.88 * height


def _shape(line: TextLine, height: float) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.middle / height * 100)


def read_paragraphs(lines: Sequence[TextLine], page: int, left: float, right: float, usual: float) -> list[Paragraph]:
    """Lines of one stretch of text (no table between) as paragraphs.

    ``left`` and ``right`` bound the text body; ``usual`` is the size of its letters. A title is larger.
    """
    blocks: list[list[TextLine]] = []
    for line in lines:
        if blocks and _goes_on(blocks[-1], line, left, right, usual):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    return [
        Paragraph(
            join_lines(block),
            page,
            block[0].top,
            block[0].size,
            block[0].pieces if len(block) == 1 else (),
            open_end=_is_full(block[-1], right, 2.0) and block[-1].text[-1:] not in "。！？；",
            open_start=not _is_indented(block[0], left) and not HEADING.match(block[0].text),
        )
        for block in blocks
    ]


def _goes_on(block: list[TextLine], line: TextLine, left: float, right: float, usual: float) -> bool:
    before = block[-1]
    size = max(before.size, line.size)
    if abs(before.size - line.size) > 0.15 * size or line.top - before.bottom > 1.1 * size:
        return False
    if _is_centred(before, left, right) and _is_centred(line, left, right):
        return not HEADING.match(line.text) and before.text[-1:] not in _ENDS and line.size > TITLE * usual
    if HEADING.match(line.text) and before.text[-1:] in _ENDS:
        return False
    if len(block) > 1 and line.top - before.bottom > block[-1].top - block[-2].bottom + 0.3 * size:
        return False
    if _is_indented(line, left) and not _is_indented(before, left):
        return False
    if _is_indented(line, left) and len(block) == 1 and line.left >= before.left - 0.5 * size:
        return False
    return _is_full(before, right, 1.0 + line.lead / size)


def _is_indented(line: TextLine, left: float) -> bool:
    return line.left > left + 1.2 * line.size


def _is_full(line: TextLine, right: float, room: float) -> bool:
    """Whether the next word (``room`` letters wide) would not have fitted on the line."""
    return line.right > right - max(room, 1.5) * line.size


def _is_centred(line: TextLine, left: float, right: float) -> bool:
    before, after = line.left - left, right - line.right
    return before > line.size and abs(before - after) < 1.5 * line.size


def join_lines(lines: Iterable[TextLine]) -> str:
    """Text of a paragraph; a space only between two words of letters."""
    text = ""
    for line in lines:
        if text and text[-1] < "\u2e80" and line.text[:1] < "\u2e80" and text[-1].isalpha() and line.text[:1].isalpha():
            text += " "
        text += line.text
    return text


def body_bounds(pages: Sequence[list[TextLine]]) -> list[tuple[float, float]]:
    """Left and right edge of the text on each page: the document's usual ones where a page has little text."""
    found: list[tuple[float, float]] = []
    lefts = sorted(line.left for lines in pages for line in lines if line.right - line.left > 100)
    rights = sorted(line.right for lines in pages for line in lines)
    usual = (lefts[len(lefts) // 20], rights[-1 - len(rights) // 20]) if lefts else (0.0, 0.0)
    for lines in pages:
        long = [line for line in lines if line.right - line.left > 100]
        if len(long) < 5:
            found.append((min([usual[0], *(line.left for line in long)]), max([usual[1], *(x.right for x in long)])))
        else:
            found.append((min(line.left for line in long), max(line.right for line in lines)))
    return found


def usual_size(pages: Sequence[list[TextLine]]) -> float:
    """The size in which most of the text is set; 0 where there is none."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size), default=0.0)
