"""Numbers in the analyst's own text that nothing stands behind: neither a figure of the report nor a cited number.

Only Arabic numerals are read; 三个问题 or 十四五 are words. What is exempt is listed in ``govnb.prose.exempt``; a typed
number that happens to equal a figure is reported with the figure's name, because it would not follow when that changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from govnb.checks.cells import Number
from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.checks.prose import Passage, by_analyst, passages
from govnb.counting.figures import Figures
from govnb.errors import Text
from govnb.prose.exempt import exempt_spans

_NUMBER = re.compile(r"(?<![0-9])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:%|‰)?")


@check(
    "narrative.number",
    severity="warning",
    what=Text(
        "自撰文字中的数字都出自报告的数据或者注明来源", "every number in the analyst's text is a figure or cited"
    ),
    source="条例第六条",
    needs=("sections",),
)
def narrative_number(evidence: Evidence, tally: Tally) -> None:
    if not evidence.figures:
        tally.not_assessable("", Text("没有报告的数据可以对照", "there are no figures to compare with"))
        return
    cited = {f.value for f in evidence.figures.values() if f.id.startswith("cited.") and isinstance(f.value, Number)}
    tally.passed()  # a report without a word of the analyst's has no such number
    for passage in passages(evidence.sections or ()):
        if not by_analyst(passage, evidence.analyst_sections) or passage.block.kind == "image":
            continue
        loose = [number for number in find_loose_numbers(passage) if _value(number) not in cited]
        if loose:
            tally.failed(passage.where, _message(loose, evidence.figures), None, "、".join(loose))
        else:
            tally.passed()


def find_loose_numbers(passage: Passage) -> Iterator[str]:
    """Numbers of a block that are neither exempt nor within a citation, as printed, each once."""
    text = passage.text
    covered = [(cite.start, cite.end) for cite in passage.block.cites]
    covered += exempt_spans(text)
    seen: set[str] = set()
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if match.group() in seen or any(left < end and start < right for left, right in covered):
            continue
        seen.add(match.group())
        yield match.group()


def _value(number: str) -> Decimal | None:
    try:
        return Decimal(number.rstrip("%‰").replace(",", ""))
    except InvalidOperation:
        return None


def _message(loose: list[str], figures: Figures) -> Text:
    listed = "、".join(loose)
    zh = f"数字{listed}没有出处；请改用 {{{{ 数据名 }}}}，或者在参数 cited 中注明来源"
    en = f"nothing stands behind {listed}; write {{{{ figure }}}}, or give its source under cited in the parameters"
    hints = [f"{number} = {name}" for number in loose if (name := _same_figure(number, figures))]
    if hints:
        zh, en = f"{zh}（{'；'.join(hints)}）", f"{en} ({'; '.join(hints)})"
    return Text(zh, en)


def _same_figure(number: str, figures: Figures) -> str | None:
    """The one figure that has this value; None where none or several have."""
    value = _value(number)
    same = [f.id for f in figures.values() if isinstance(f.value, Number) and f.value == value]
    return same[0] if len(same) == 1 else None
