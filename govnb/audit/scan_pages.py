"""The picture of a page → ruled lines, and the ink of each line of text. Knows no letters.

Works on grey bitmaps (0 black, 255 white) alone, so that it gives the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from govnb.audit.pdf_marks import Rule

DPI = 200  # of every page picture
_POINTS = 72 / DPI
_LEVEL_RUN, _UPRIGHT_RUN = 70, 40  # pixels: longer runs of ink are rules; strokes of letters in tables are shorter
_GAP = 6  # pixels of white within a rule of a worn copy
_MOST_RUNS = 60_000
_LARGEST_SKEW = 3.0  # degrees
_MARGIN = 6  # pixels of white round a line of text
_FAINTNESS = 0.35, 0.5, 0.75  # copies break thin strokes and let neighbours touch
_NARROWEST, _WIDEST = 0.3, 0.85  # of a digit, by the height of a line
_SPECK = 3  # pixels: lower lines are no text

Grey = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.bool_]


class Box(NamedTuple):
    """Pixels of the straightened page; ``right`` and ``bottom`` lie outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Snippet:
    """One line of text: its picture with some white round it, its place, and how many pieces of ink stand apart in it,
    faint ink counted or not (one of them is as many as it has digits, if it is a number)."""

    page: int
    box: Box
    picture: Grey
    pieces: frozenset[int]

    def may_have(self, digits: int, points: int) -> bool:
        """Whether its ink can be so many digits and points: in pieces that stand apart, and as wide as they are."""
        height, width = self.box.bottom - self.box.top, self.box.right - self.box.left
        widest = _WIDEST * digits + points
        return digits + points in self.pieces and _NARROWEST * (digits - 1) <= width / height <= widest


@dataclass
class ScannedPage:
    """``grey`` is the straightened page without its rules, ``ink`` where anything but rules is dark on it."""

    number: int
    grey: Grey
    ink: Ink
    rules: list[Rule]


def read_page(number: int, picture: Grey) -> ScannedPage:
    """A page of DPI dots an inch, made straight and parted into rules (in points) and the rest."""
    grey = _straightened(picture)
    ink = _dark(grey)
    level, upright = _runs(ink, _LEVEL_RUN), _runs(ink.T, _UPRIGHT_RUN)
    ruled = np.zeros_like(ink)
    rules: list[Rule] = []
    if len(level) + len(upright) <= _MOST_RUNS:  # more is a photograph
        for at, start, end in level:
            ruled[at, start:end] = True
            rules.append(Rule(True, at * _POINTS, start * _POINTS, end * _POINTS))
        for at, start, end in upright:
            ruled[start:end, at] = True
            rules.append(Rule(False, at * _POINTS, start * _POINTS, end * _POINTS))
    ruled = _wider(ruled)
    rest = grey.copy()
    rest[ruled] = 255
    return ScannedPage(number, rest, ink & ~ruled, rules)


def points_to_pixels(value: float) -> int:
    return round(value / _POINTS)


def _dark(grey: Grey) -> Ink:
    """Darker than half way between ink and paper; nothing on a page of one shade."""
    black, paper = (float(v) for v in np.percentile(grey, (0.5, 60)))
    if paper - black < 40:
        return np.zeros(grey.shape, dtype=np.bool_)
    return grey < (black + paper) / 2


def _straightened(grey: Grey) -> Grey:
    """Turned by the angle at which the lines of the page stand out most."""
    small = Image.fromarray(grey).reduce(4)
    dark = Image.fromarray((_dark(np.asarray(small)) * 255).astype(np.uint8))

    def sharpness(angle: float) -> float:
        rows = np.asarray(dark.rotate(angle, Image.Resampling.BILINEAR)).sum(axis=1, dtype=np.float64)
        return float((np.diff(rows) ** 2).sum())

    coarse = max(np.arange(-_LARGEST_SKEW, _LARGEST_SKEW + 0.1, 0.25), key=lambda a: (sharpness(a), -abs(a)))
    angle = float(max(np.arange(coarse - 0.2, coarse + 0.21, 0.05), key=lambda a: (sharpness(a), -abs(a))))
    if abs(angle) < 0.04:
        return grey
    return np.asarray(Image.fromarray(grey).rotate(angle, Image.Resampling.BICUBIC, fillcolor=255))


def _runs(ink: Ink, least: int) -> list[tuple[int, int, int]]:
    """(row, start, end) of the stretches of ink in each row, small gaps closed, that are at least so long."""
    found: list[tuple[int, int, int]] = []
    padded = np.zeros((ink.shape[0], ink.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = ink
    change = np.diff(padded, axis=1)
    starts, ends = np.argwhere(change == 1), np.argwhere(change == -1)
    row, begin, last = -1, 0, 0
    for (at, start), end in zip(starts.tolist(), ends[:, 1].tolist(), strict=True):
        # A gap is closed only between pieces that are no letters.
        if at == row and start - last <= _GAP and (last - begin >= least or end - start >= least):
            last = end
            continue
        if row >= 0 and last - begin >= least:
            found.append((row, begin, last))
        row, begin, last = at, start, end
    if row >= 0 and last - begin >= least:
        found.append((row, begin, last))
    return found


def _wider(mask: Ink) -> Ink:
    """One pixel more on each side: the grey edge of a rule."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    wide[:, 1:] |= mask[:, :-1]
    wide[:, :-1] |= mask[:, 1:]
    return wide


def text_lines(page: ScannedPage, box: Box) -> Iterator[Snippet]:
    """The lines of text within a box, from above."""
    left, top, right, bottom = box
    ink = page.ink[top:bottom, left:right]
    for start, end in _stretches(np.asarray(ink.any(axis=1)), 2):
        if end - start < _SPECK:
            continue
        columns = _stretches(np.asarray(ink[start:end].any(axis=0)), 1)
        if columns:
            found = Box(left + columns[0][0], top + start, left + columns[-1][1], top + end)
            picture = _cut(page, found, box)
            yield Snippet(page.number, found, picture, _pieces(picture))


def _pieces(picture: Grey) -> frozenset[int]:
    darkest = int(picture.min())
    limits = (darkest + share * (255 - darkest) for share in _FAINTNESS)
    return frozenset(len(_stretches(np.asarray((picture < limit).any(axis=0)), 1)) for limit in limits)


def _cut(page: ScannedPage, line: Box, within: Box) -> Grey:
    """The picture of a line on white, nothing of its neighbours on it."""
    height, width = line.bottom - line.top, line.right - line.left
    picture = np.full((height + 2 * _MARGIN, width + 2 * _MARGIN), 255, dtype=np.uint8)
    top, left = max(line.top - 1, within.top), max(line.left - 1, within.left)
    part = page.grey[top : min(line.bottom + 1, within.bottom), left : min(line.right + 1, within.right)]
    y, x = _MARGIN - (line.top - top), _MARGIN - (line.left - left)
    picture[y : y + part.shape[0], x : x + part.shape[1]] = part
    return picture


def _stretches(filled: npt.NDArray[np.bool_], gap: int) -> list[tuple[int, int]]:
    """(start, end) of what is filled; holes smaller than ``gap`` are none."""
    places = np.flatnonzero(filled)
    if not len(places):
        return []
    cuts = [at for at, (one, next_one) in enumerate(pairwise(places.tolist()), 1) if next_one - one > gap]
    bounds = [0, *cuts, len(places)]
    return [(int(places[a]), int(places[b - 1]) + 1) for a, b in pairwise(bounds)]
