"""Another organ's name where the report speaks of its own work: a text that was taken over.

Superior and subordinate organs, and short forms of the organ's own name, are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.checks.phrases import phrase
from govnb.checks.prose import passages
from govnb.checks.years import plain_text
from govnb.errors import Text

_OPENING = (
    r"^\s*(?:[（(]?[一二三四五六七八九十0-9]+[)）、.]\s*)?(?:(?:20\d\d\s*年度?|一年来|今年|全年|本年度)[，,]?\s*)?"
)
_GOVERNMENT = ("人民政府", "政府")


@check(
    "names.agency",
    severity="warning",
    what=Text("没有误写其他机关的名称", "no other organ's name stands for the organ's own"),
    source="条例第五十条",
    needs=("name", "sections"),
)
def agency(evidence: Evidence, tally: Tally) -> None:
    own = _plain(evidence.name or "")
    if evidence.published is not None and evidence.published.announced:
        _judge("正文之前", evidence.published.announced, evidence.name or "", own, tally)
    for passage in passages(evidence.sections or ()):
        if passage.section != "overview" or passage.block.kind == "image":
            continue
        tally.passed()
        for other in _subjects(passage.block.text):
            _judge(passage.where, other, evidence.name or "", own, tally)
    if not tally.assessed and not tally.failures:
        tally.not_assessable("", Text("没有“总体情况”部分", "there is no overview"))


def _judge(where: str, other: str, name: str, own: str, tally: Tally) -> None:
    if is_same_organ(own, _plain(other)) or _may_be_subordinate(own, _plain(other)):
        tally.passed()
        return
    message = Text(f"写的是“{other}”，本报告的机关为“{name}”", f"says “{other}”, the report is that of “{name}”")
    tally.failed(where, message, name, other)


def _subjects(block: str) -> Iterator[str]:
    """The organ whose own work a paragraph begins to tell of."""
    pattern = re.compile(f"{_OPENING}(?P<organ>{phrase('organ').pattern})(?={phrase('own_work').pattern})")
    found = pattern.match(plain_text(block))
    if found and not phrase("common_organ").match(found.group("organ")):
        yield found.group("organ")


def _plain(name: str) -> str:
    return re.sub(r"[\s（）()“”]|人民", "", plain_text(name))


def is_same_organ(one: str, other: str) -> bool:
    """Whether the shorter name can be short for the longer: its characters stand in it in this order."""
    shorter, longer = sorted((one, other), key=len)
    letters = iter(longer)
    return bool(shorter) and all(letter in letters for letter in shorter)


def _may_be_subordinate(own: str, other: str) -> bool:
    """A government, or an area that has one, also tells of its departments; other governments it does not."""
    is_department = not other.endswith(_GOVERNMENT)
    return is_department and not own.endswith(("局", "厅", "委", "委员会", "办公厅", "办公室", "办"))
