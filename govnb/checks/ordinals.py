"""Slips of the pen that can be told by form: a step missing in 一是…三是, doubled punctuation, a misprinted heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from govnb.checks.check import NEEDS, Tally, check
from govnb.checks.model import Evidence, Heading
from govnb.checks.prose import passages
from govnb.checks.years import plain_text
from govnb.errors import Text
from govnb.form.edition import Section

_DIGITS = "一二三四五六七八九十"
_STEP = re.compile(r"(?:^|(?<=[，。；：:;,、\s“（(！]))([一二三四五六七八九十])是(?![否非])", re.MULTILINE)
_ITEM = re.compile(r"^\s*[（(]([一二三四五六七八九十])[)）]")
_DOUBLED = re.compile(r"[，。；：、！？,;]{2,}")
_ALLOWED = re.compile(r"[！？]{1,3}")
_SMALL_WORDS = re.compile(r"主要|[的及和与以要、，,\s]")


@check(
    "text.ordinals",
    severity="warning",
    what=Text("序号连续，标点不重复，标题无错字", "steps, punctuation and headings are without slips"),
    source="党政机关公文格式",
)
def ordinals(evidence: Evidence, tally: Tally) -> None:
    published = evidence.published
    if evidence.sections is None and (published is None or not published.headings):
        tally.not_assessable("", NEEDS["sections"])
        return
    if published is not None:
        _headings(evidence, published.headings, tally)
    _steps_in_text(evidence, tally)
    for passage in passages(evidence.sections or ()):
        if passage.block.kind == "image":
            continue
        found = [m.group() for m in _DOUBLED.finditer(passage.block.text) if not _ALLOWED.fullmatch(m.group())]
        if not found:
            tally.passed()
        for marks in dict.fromkeys(found):
            message = Text(f"标点重复“{marks}”", f"doubled punctuation “{marks}”")
            tally.failed(passage.where, message, marks[0], marks)


def _steps_in_text(evidence: Evidence, tally: Tally) -> None:
    for section in evidence.sections or ():
        steps: list[tuple[str, str]] = []
        items: list[tuple[str, str]] = []
        for passage in passages((section,)):
            text = plain_text(passage.block.text)
            steps += [(step, passage.where) for step in _STEP.findall(text)]
            items += [(item.group(1), passage.where) for item in [_ITEM.match(text)] if item]
        for found, name in ((steps, "{}是"), (items, "（{}）")):
            for expected, actual, where in broken_steps(found):
                shown = name.format(expected), name.format(actual)
                message = Text(
                    f"序号不连续：应为“{shown[0]}”，而为“{shown[1]}”", f"“{shown[1]}” stands for “{shown[0]}”"
                )
                tally.failed(where, message, *shown)


def broken_steps(found: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(expected, printed, place) wherever a count does not go on by one; 一 begins a new one."""
    last = 0
    for printed, where in found:
        number = _DIGITS.index(printed) + 1
        if number not in (1, last + 1):
            yield _DIGITS[min(last, 9)], printed, where
        last = number


def _headings(evidence: Evidence, headings: Sequence[Heading], tally: Tally) -> None:
    sections = {section.code: section for section in evidence.edition.sections}
    numbered = [(heading.number, f"标题“{heading.text}”") for heading in headings if heading.number in _DIGITS[:10]]
    for expected, actual, where in broken_steps([(number, where) for number, where in numbered if number]):
        message = Text(f"序号不连续：应为“{expected}、”，而为“{actual}、”", f"“{actual}、” stands for “{expected}、”")
        tally.failed(where, message, f"{expected}、", f"{actual}、")
    for heading in headings:
        section = sections.get(heading.code or "")
        if section is None or not heading.title:
            continue
        near = _misprint_of(plain_text(heading.title), section)
        if near is None:
            tally.passed()
        else:
            message = Text(f"标题应为“{near}”，印为“{heading.title}”", f"“{heading.title}” is misprinted for “{near}”")
            tally.failed(f"“{section.title}”标题", message, near, heading.title)


def _misprint_of(title: str, section: Section) -> str | None:
    """The official title that differs from the printed one by a slip, or None. Small words are left out of account."""
    known = (section.title, *section.also_seen)
    printed = _SMALL_WORDS.sub("", title)
    wanted = {_SMALL_WORDS.sub("", plain_text(text).replace("其它", "其他")): text for text in reversed(known)}
    if printed.replace("其它", "其他") in wanted:
        return None
    return next((text for bare, text in reversed(list(wanted.items())) if is_slip(printed, bare)), None)


def is_slip(one: str, other: str) -> bool:
    """Whether one character was added, lost or mistaken, or two neighbours changed places."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = len(a) > 1 and len(b) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or swapped
