"""The headings of the six sections in a published report, misprinted ones and those that run on into text included.

A heading that is none of the form's has no code; which titles are wrong is the checks' business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from govnb.audit.alignment import label_key, similarity
from govnb.audit.raw import RawParagraph
from govnb.checks.years import plain_text
from govnb.form.edition import Edition

_NUMBERED = re.compile(
    r"^\s*(?:第\s*)?([一二三四五六七八九十]{1,2})\s*(?:部分)?\s*[、.．,，:：\s]\s*(?P<rest>\S.*)$", re.DOTALL
)
_WITHIN = re.compile(r"^[（(]\s*[一二三四五六七八九十\d]{1,3}\s*[)）]|^\d{1,2}\s*[.、．]")  # of a part within a section
_NEAR = 0.75
_BY_NUMBER = 0.4
_LONGEST = 40
_PAGE = re.compile(r"[.…·\s]+\d{1,3}$")  # of a table of contents
_RUN_ON = re.compile(r"^[\s。．.:：;；,，]+")


@dataclass(frozen=True)
class FoundHeading:
    """``code``: the section, None where the heading is none of the form's; ``rest``: text that runs on behind it."""

    code: str | None
    text: str
    number: str
    title: str
    rest: str = ""


class HeadingFinder:
    """Knows all titles of all forms, for a report may print those of another one."""

    def __init__(self, editions: Mapping[int, Edition], leading: Edition) -> None:
        forms = [leading, *(edition for edition in editions.values() if edition is not leading)]
        self.titles: dict[str, list[str]] = {}
        self.numbers = {section.number: section.code for section in leading.sections}
        for form in forms:
            for section in form.sections:
                known = self.titles.setdefault(section.code, [])
                known += [title for title in (section.title, *section.also_seen) if title not in known]

    def find(self, paragraph: RawParagraph) -> FoundHeading | None:
        """The paragraph as a heading of a section, or None where it is none."""
        text = plain_text(paragraph.text).strip()
        numbered = _NUMBERED.match(text)
        number, rest = (numbered.group(1), numbered.group("rest")) if numbered else ("", text)
        original = paragraph.text.strip()
        if _WITHIN.match(text):
            return None
        if len(rest) <= _LONGEST:
            return self._alone(original, number, rest, paragraph.heading)
        return self._run_on(original, number, text, rest) if number else None

    def _alone(self, original: str, number: str, title: str, level: int | None) -> FoundHeading | None:
        if number and (run_on := self._run_on(original, number, plain_text(original), title)) and run_on.rest:
            return run_on
        title = _PAGE.sub("", title).rstrip("。:： ")
        code, alike = self._likest(title)
        if number and code is not None and alike >= _NEAR:
            return FoundHeading(code, original, number, title)
        if not number:
            exact = alike == 1 and (level is not None or len(title) > 4 or title in ("总体情况",))
            near = level is not None and level <= 3 and alike >= 0.85
            return FoundHeading(code, original, "", title) if code is not None and (exact or near) else None
        if title.endswith(("；", ";", "，", ",")) or "。" in title:
            return None
        by_number = self.numbers.get(number)
        if by_number is not None and max(similarity(t, title) for t in self.titles[by_number]) >= _BY_NUMBER:
            return FoundHeading(by_number, original, number, title)
        return FoundHeading(None, original, number, title)

    def _run_on(self, original: str, number: str, text: str, rest: str) -> FoundHeading | None:
        """一、总体情况。2021年，… in one paragraph; the longest title that fits."""
        known = sorted(
            ((t, code) for code, titles in self.titles.items() for t in titles), key=lambda item: -len(item[0])
        )
        for title, code in known:
            if rest.startswith(title):
                at = text.index(rest) + len(title)
                # 一、总体情况2021年… has text behind the heading; 一、总体情况表 in a short line has not.
                if not _RUN_ON.match(original[at:]) and (len(rest) <= _LONGEST or code != self.numbers.get(number)):
                    continue
                return FoundHeading(code, original[:at], number, title, _RUN_ON.sub("", original[at:]))
        return None

    def _likest(self, title: str) -> tuple[str | None, float]:
        best: tuple[str | None, float] = (None, 0.0)
        for code, titles in self.titles.items():
            for known in titles:
                alike = similarity(known, title)
                if alike < 1 and len(label_key(title)) < len(label_key(known)) / 2:
                    continue  # a beginning such as 政府信息公开 is no title
                if alike > best[1]:
                    best = (code, alike)
        return best


def without_contents(found: Sequence[tuple[int, FoundHeading]]) -> list[tuple[int, FoundHeading]]:
    """Without those of a table of contents: three or more in a row that all come again later."""
    kept = list(found)
    run = 1
    while run < len(kept) and kept[run][0] == kept[run - 1][0] + 1:
        run += 1
    codes = [heading.code for _, heading in kept[:run]]
    repeats = (at for at, code in enumerate(codes) if code is not None and code in codes[:at])
    end = next(repeats, run)
    later = {heading.code for _, heading in kept[end:]}
    if end >= 3 and all(code in later for code in codes[:end] if code is not None):
        return kept[end:]
    return kept
