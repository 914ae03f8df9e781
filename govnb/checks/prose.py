"""The published text as the checks read it: blocks with a name that a person finds again.

Full-width digits and signs are folded one to one, so that positions (of cited figures) stay right. Judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from govnb.checks.model import Evidence
from govnb.narrative.sections import Block, Section
from govnb.prose.folding import fold as fold

_NUMBERING = re.compile(r"^\s*[（(]?[一二三四五六七八九十0-9]+[）)、.．]\s*")


@dataclass(frozen=True)
class Passage:
    """One block of the text. ``part`` is the heading, without numbering, of the part of the section it stands in."""

    section: str
    part: str | None
    where: str
    block: Block

    @property
    def text(self) -> str:
        return fold(self.block.text)


def without_numbering(heading: str) -> str:
    """主动公开 for （一）主动公开."""
    return _NUMBERING.sub("", heading).strip()


def passages(sections: tuple[Section, ...]) -> Iterator[Passage]:
    for section in sections:
        part: str | None = None
        for number, block in enumerate(section.blocks, 1):
            if block.kind == "part":
                part = without_numbering(block.text)
            yield Passage(section.code, part, f"“{section.title}”第{number}段", block)


def by_analyst(passage: Passage, written: tuple[str, ...]) -> bool:
    """Whether the passage stands in a section or part that the analyst wrote (``Evidence.analyst_sections``)."""
    for name in written:
        section, slash, part = name.partition("/")
        if section == passage.section and (not slash or passage.part == without_numbering(part)):
            return True
    return False


def section_text(evidence: Evidence, code: str) -> str | None:
    """Text of a section without headings and pictures; None where there is no such section."""
    for section in evidence.sections or ():
        if section.code == code:
            return "\n".join(fold(block.text) for block in section.blocks if block.kind in ("paragraph", "item"))
    return None
