"""The sections of a report for its reviewer: the published text, cut where a number is cited, where a check quotes it,
and where a sentence ends.

The pieces of a line, joined, are the line as it is published; nothing is reworded. What is added stands beside them:
links, the findings, and whether the numbers of a sentence are those of last year.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from govnb.narrative.sections import Block
from govnb.render.page import Line
from govnb.render.review_figures import Entry, Figures, Print
from govnb.render.review_findings import Finding

_SENTENCE = re.compile(r"[^。！？；]*(?:[。！？；]|\Z)")


@dataclass
class Piece:
    """A stretch of a line. ``note`` (words, whether numbers changed) and ``findings`` stand behind it."""

    text: str
    entry: Entry | None = None
    marked: bool = False
    note: tuple[str, bool] | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class ReviewLine:
    """A printed line with its pieces. ``findings`` are those that speak of the line as a whole."""

    line: Line
    anchor: str
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    entry: Entry | None = None
    findings: tuple[Finding, ...] = ()
    figure: str = ""


class Lines:
    """Makes the lines; ``words`` are our own words in the report's script."""

    def __init__(self, figures: Figures, printed: Print, words: Mapping[str, str]) -> None:
        self._figures, self._print, self._words = figures, printed, words

    def line(self, block: Block, line: Line, anchor: str, findings: Sequence[Finding]) -> ReviewLine:
        if line.picture is not None:
            return ReviewLine(line, anchor, (), tuple(findings))
        cites = list(self._cites(block, line.text))
        quotes = _joined([span for finding in findings for span in self._quote(finding, line.text)])
        quoted = {finding.number for span in quotes for finding in span.findings}
        rest = tuple(finding for finding in findings if finding.number not in quoted)
        return ReviewLine(line, anchor, tuple(self._pieces(line.text, cites, quotes)), rest)

    def _cites(self, block: Block, text: str) -> Iterator[_Span]:
        """The citations by their place in the printed text, whose length another script may have changed."""
        at = 0
        for cite in block.cites:
            entry = self._figures.find(cite.figure)
            value = self._print(block.text[cite.start : cite.end])
            same = len(text) == len(block.text) and text[cite.start : cite.end] == value
            start = cite.start if same else text.find(value, at)
            if start < at or not value:
                continue
            at = start + len(value)
            if entry is not None:
                yield _Span(start, at, entry=entry, figure=cite.figure)

    def _quote(self, finding: Finding, text: str) -> Iterator[_Span]:
        words = self._print(finding.quote)
        start = text.find(words) if words else -1
        if start >= 0:
            yield _Span(start, start + len(words), findings=(finding,))

    def _pieces(self, text: str, cites: Sequence[_Span], quotes: Sequence[_Span]) -> Iterator[Piece]:
        notes = dict(self._notes(text, cites))
        places = {0, len(text), *notes, *(at for span in (*cites, *quotes) for at in (span.start, span.end))}
        for start, end in pairwise(sorted(places)):
            cite = next((span for span in cites if span.start <= start and end <= span.end), None)
            yield Piece(
                text[start:end],
                cite.entry if cite else None,
                any(span.start <= start and end <= span.end for span in quotes),
                notes.get(end),
                [finding for span in quotes if span.end == end for finding in span.findings],
            )

    def _notes(self, text: str, cites: Sequence[_Span]) -> Iterator[tuple[int, tuple[str, bool]]]:
        """(end of the sentence, whether the numbers that it cites are those of last year)."""
        for sentence in _SENTENCE.finditer(text):
            start, end = sentence.span()
            signs = [
                span.entry.change.sign
                for span in cites
                if start <= span.start and span.end <= end and span.entry and span.entry.change
                if not self._figures.compares(span.figure)
            ]
            known = [sign for sign in signs if sign is not None]
            changed = sum(sign != 0 for sign in known)
            if changed == len(known) and known:
                yield end, (self._words["changed"], True)
            elif changed:
                yield end, (self._words["partly"].format(changed=changed, same=len(known) - changed), True)
            elif known:
                yield end, (self._words["unchanged"], False)


def _joined(quotes: Sequence[_Span]) -> list[_Span]:
    """Quotes that overlap are one, so that no mark stands within another's words."""
    joined: list[_Span] = []
    for span in sorted(quotes, key=lambda span: (span.start, span.end)):
        if joined and span.start < joined[-1].end:
            last = joined.pop()
            span = _Span(last.start, max(last.end, span.end), findings=(*last.findings, *span.findings))
        joined.append(span)
    return joined
