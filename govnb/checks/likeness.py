"""Texts that say nothing of this year: the same as last year's, or without a single fact. Judges no number."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from govnb.checks.check import Tally, check, missing
from govnb.checks.model import Evidence
from govnb.checks.phrases import phrase
from govnb.checks.prose import by_analyst, passages, section_text
from govnb.checks.years import plain_text
from govnb.errors import Text

_ALIKE = 0.8
_SHORTEST = 40  # characters; what is shorter is like every other report's
_LONGEST = 4000
_LOOKED_AT = ("overview", "problems")
_PROGRAM = Text("不是两年都由本机关自己撰写", "the program wrote it in one of the two years, or in both")
_NUMBER = re.compile(r"[0-9][0-9,.]*")


@check(
    "text.repeated",
    severity="warning",
    what=Text("总体情况、存在问题没有照抄上一年度", "overview and problems are not last year's over again"),
    source="条例第五十条",
    needs=("sections",),
)
def repeated(evidence: Evidence, tally: Tally) -> None:
    reason = missing(evidence, ("previous",))
    previous = evidence.previous
    if reason is not None or previous is None or previous.sections is None:
        tally.not_assessable(
            "", reason or Text("上一年度的报告没有可比的正文", "last year's report has no text to compare")
        )
        return
    # Of a workspace, where what the program writes is alike every year; a published page says not who wrote it.
    own = bool(evidence.figures) and evidence.published is None
    for code in _LOOKED_AT:
        now, before = _masked(evidence, code, own), _masked(previous, code, own)
        where = f"“{evidence.edition.section(code).title}”"
        if own and not (now and before):
            tally.not_assessable(where, _PROGRAM)
        elif min(len(now), len(before)) < _SHORTEST:
            tally.not_assessable(where, Text("没有这一部分，或者太短", "the section is missing or too short"))
        elif (share := likeness(now, before)) < _ALIKE:
            tally.passed()
        else:
            percent = f"{int(share * 100)}%"
            message = Text(
                f"与上一年度报告的文字{percent}相同（数字不计）",
                f"{percent} of the text is last year's (numbers aside)",
            )
            tally.failed(where, message, f"<{int(_ALIKE * 100)}%", percent)


def _masked(evidence: Evidence, code: str, own: bool) -> str:
    """The section's words, a sign for each number; of ``own`` reports only what an analyst wrote."""
    if own:
        written = [
            passage.text
            for passage in passages(evidence.sections or ())
            if passage.section == code
            and passage.block.kind in ("paragraph", "item")
            and by_analyst(passage, evidence.analyst_sections)
        ]
        text = plain_text("\n".join(written))
    else:
        text = plain_text(section_text(evidence, code) or "")
    return "".join(_NUMBER.sub("#", text).split())[:_LONGEST]


def likeness(one: str, other: str) -> float:
    """Share of characters in common stretches, 0 to 1."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()


@check(
    "text.generic",
    severity="warning",
    what=Text("总体情况、存在问题有具体内容", "overview and problems say something particular"),
    source="国办公开办函〔2021〕30号",
    needs=("sections",),
)
def generic(evidence: Evidence, tally: Tally) -> None:
    for code in _LOOKED_AT:
        text = section_text(evidence, code)
        where = f"“{evidence.edition.section(code).title}”"
        severity = "information" if code == "overview" else "warning"
        if text is None:
            tally.not_assessable(where, Text("没有这一部分", "there is no such section"))
            continue
        plain = plain_text(text).strip()
        if phrase("nothing").match("".join(plain.split())):
            message = Text("没有内容", "says nothing")
            tally.failed(where, message, None, plain or None, severity)
        elif _says_something(plain, evidence.name):
            tally.passed()
        else:
            message = Text(
                "没有数字、名称或者具体事项，是通用的套话",
                "has no number, name or particular thing: it would fit any year",
            )
            tally.failed(where, message, None, None, severity)


def _says_something(plain: str, name: str | None) -> bool:
    own = bool(name) and plain_text(name or "") in plain
    return own or any(phrase(kind).search(plain) for kind in ("number", "proper_name", "concrete"))
