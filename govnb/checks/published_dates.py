"""Years: that of the title and of the statistics against the report's own, and other years where the text speaks of it.

Comparisons, plans, names of documents and years of law are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.checks.phrases import phrase
from govnb.checks.prose import passages
from govnb.checks.years import period_years, plain_text
from govnb.errors import Text

_SOURCE = "国办公开办函〔2021〕30号"
_QUOTED = re.compile(r"《[^》]*》|“[^”]*”|[（(][^）)]*[)）]")
_SENTENCE = re.compile(r"[^。；;\n]+")
_LEADING = re.compile(
    r"^\s*(?:[（(]?[一二三四五六七八九十0-9]+[)）、.]\s*|[一二三四五六七八九十]是)?(?:截至|截止到?|至)?\s*(20\d\d)\s*年(?!\s*(?:-|—|~|至|到)\s*20)(?P<rest>.*)$"
)
_STOCK = re.compile(r"[，,]\s*(?:截至|截止到?)\s*(20\d\d)\s*年(?P<rest>\s*(?:底|末|12\s*月\s*31\s*日).*)$")
_YEAR_END = re.compile(r"^\s*(?:年?底|末|12\s*月\s*31\s*日)")


@check(
    "dates.year",
    severity="error",
    what=Text("标题和统计期限的年份与报告年度一致", "title and statistics period name the year of the report"),
    source=_SOURCE,
)
def year(evidence: Evidence, tally: Tally) -> None:
    published = evidence.published
    text = "\n".join(section.text for section in evidence.sections or ())
    periods = tuple(dict.fromkeys((*(published.period_years if published else ()), *period_years(text))))
    found = [("标题", years) for years in (published.title_years if published else ())]
    found += [("统计期限", years) for years in periods]
    if not evidence.year or not found:
        tally.not_assessable("", Text("标题和正文没有写明年份", "neither title nor text names the year"))
        return
    for where, named in found:
        if named == evidence.year:
            tally.passed()
        else:
            message = Text(
                f"写的是{named}年，报告年度为{evidence.year}年", f"says {named}, the report is of {evidence.year}"
            )
            tally.failed(where, message, str(evidence.year), str(named))


@check(
    "dates.text",
    severity="warning",
    what=Text("总体情况没有误写其他年份", "the overview does not speak of another year as of its own"),
    source=_SOURCE,
    needs=("sections",),
)
def text(evidence: Evidence, tally: Tally) -> None:
    if not evidence.year or not any(section.code in _LOOKED_AT for section in evidence.sections or ()):
        tally.not_assessable("", Text("没有“总体情况”部分，或者不知道年度", "there is no overview, or no year"))
        return
    for passage in passages(evidence.sections or ()):
        if passage.section not in _LOOKED_AT or passage.block.kind == "image":
            continue
        tally.passed()
        for named, sentence in _other_years(passage.block.text, evidence.year):
            message = Text(
                f"写的是{named}年，报告年度为{evidence.year}年：“{sentence[:30]}”",
                f"speaks of {named}, the report is of {evidence.year}: “{sentence[:30]}”",
            )
            tally.failed(passage.where, message, str(evidence.year), str(named))


_LOOKED_AT = ("overview", "other")


def _other_years(block: str, year: int) -> Iterator[tuple[int, str]]:
    """(year, sentence) where a sentence sets another year as the time of what it tells."""
    for sentence in _SENTENCE.findall(_QUOTED.sub("", plain_text(block))):
        if phrase("comparing").search(sentence):
            continue
        for match in (_LEADING.match(sentence), _STOCK.search(sentence)):
            if match is None or int(match.group(1)) == year:
                continue
            rest = match.group("rest")
            if _YEAR_END.match(rest) or not phrase("other_year_allowed").search(rest):
                if int(match.group(1)) == year + 1 and not (_YEAR_END.match(rest) or _tells_what_was(rest)):
                    continue  # what is going to be done
                yield int(match.group(1)), sentence.strip()


def _tells_what_was(rest: str) -> bool:
    return bool(phrase("done").search(rest)) and not phrase("planned").search(rest)
