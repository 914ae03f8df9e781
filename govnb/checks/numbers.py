"""Numbers in the analyst's own text that nothing stands behind: neither a figure of the report nor a cited number.

Only Arabic numerals are read; 三个问题 or 十四五 are words. What is exempt is listed below with its reason; a typed
number that happens to equal a figure is reported with the figure's name, because it would not follow when that changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from govnb.checks.cells import Number
from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.checks.prose import Passage, passages, without_numbering
from govnb.counting.figures import Figures
from govnb.errors import Text

_NUMBER = re.compile(r"(?<![0-9])[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:%|‰)?")
_YEAR = r"(?:19|20)[0-9]{2}"
_EXEMPT = re.compile(
    r"(?<![0-9])(?:"
    + "|".join(
        (
            # names of documents, plans and systems
            r"《[^》]*》",
            # document numbers: 国办公开办函〔2021〕30号, 国令第711号, 粤府〔2021〕3 号
            rf"[〔\[(（【﹝]{_YEAR}[〕\])）】﹞] *(?:第 *)?[0-9]+ *号?",
            r"[0-9]+ *号",
            # years, spans of years and dates; 2021-2025年, 2021年以来, 2021年度, 2021.03.05, 2021-03
            rf"{_YEAR} *(?:年 *)?(?:-+|~|至|到|、) *{_YEAR} *年?",
            rf"{_YEAR} *年(?:度)?(?: *[0-9]{{1,2}} *月)?(?: *[0-9]{{1,2}} *[日号])?",
            rf"{_YEAR}[-./][0-9]{{1,2}}(?:[-./][0-9]{{1,2}})?(?![0-9%])",
            rf"(?<![0-9.]){_YEAR}(?=版|财年|级|届)",
            r"[0-9]{1,2} *(?:-+|~|至|到|、) *[0-9]{1,2} *月(?:份|底|末|初)?",
            r"[0-9]{1,2} *月(?!内)(?:份|底|末|初|中旬|上旬|下旬)?(?: *[0-9]{1,2} *[日号])?",
            r"(?<=[月日号]) *(?:-+|~|至|到|、) *(?:[0-9]{1,2} *月)?[0-9]{1,2} *[日号]",
            r"[0-9]{1,2} *日(?=[前起至止,，。、）)])",
            r"[0-9]{1,2}[:：][0-9]{2}(?:[:：][0-9]{2})?",
            r"(?:上午|下午|晚|凌晨)[0-9]{1,2}[时点](?:[0-9]{1,2}分)?",
            # ordinals: 第36条第1款, 第2季度, 第3批
            r"第 *[0-9]+(?:[-、至到和]+(?:第 *)?[0-9]+)*",
            # numbered headings and lists: 1.  (2)  3、 at the start of a line or clause
            r"(?:^|(?<=[\n。；;：:，,])) *[(（]?[0-9]{1,2}(?:[)）、．]|\.(?![0-9]))(?:[0-9]{1,2}[.、．](?![0-9]))?",
            # legal limits, which the law sets and nobody counts, and any 在N个工作日内
            r"(?:7|15|20|40) *个?(?:工作日|日)",
            r"[0-9]+ *个?(?:工作日|自然日|日|天|小时|分钟)(?:之)?[内前]",
            r"(?:7 *[×xX*] *24|24|365) *(?:小时|天)?(?=[^0-9%件宗条份项人次]|$)",
            # structure of the text itself: 以下3个方面, 3项任务 is a number and stays
            r"[0-9]{1,2} *个?(?:方面|层面|维度|环节|部分|阶段|步骤)",
            # slogans: 1+3+N, 3·15, 一网通办 2.0
            r"[0-9]+(?:\+(?:[0-9]+|[NXnx]))+",
            r"[0-9]{1,2}[·•][0-9]{1,2}",
            r"(?<=[\u4e00-\u9fff])[0-9]\.0(?![0-9%件万亿元])|[0-9]+(?:\.[0-9]+)*版",
            r"(?:党的)?[0-9]{1,2}(?:大报告|届)",
            # hotlines, telephones, postcodes, addresses on the net
            r"12(?:345|3(?:1[0-9]|2[0-9]|3[0-9]|48|50|55|56|66|69|80|88))(?![0-9件宗条份项人次个元万亿户家余多篇%.,])",
            r"(?:电话|传真|总机)(?:[:：] *[(（]?[0-9][0-9() （）、-]*|[(（]?[0-9][0-9()（）-]{6,})",
            r"(?:邮编|邮政编码)[:： ]*[0-9]{6}(?![0-9])",
            r"[(（]?0[0-9]{2,3}[)）]?[- ]?[0-9]{7,8}(?:-[0-9]+)?",
            r"(?:https?://|www\.)[!-~]+|[\w.+-]+@[\w.-]+",
            # technical names: 5G, H5, IPv6, PM2.5, GB/T 9704-2012, A4, 4K
            r"(?:GB|GA|GW|DB|ISO|IEC)[A-Za-z/]* ?[0-9]+(?:[.-][0-9]+)*",
            r"(?<![A-Za-z])(?:[A-Za-z]|IPv|PM|CO|Web)[0-9]+(?:\.[0-9]+)?",
            r"[0-9]+(?=[A-Za-z])[A-Za-z]+",
        )
    )
    + ")",
    re.MULTILINE,
)


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
        if not _by_analyst(passage, evidence.analyst_sections) or passage.block.kind == "image":
            continue
        loose = [number for number in find_loose_numbers(passage) if _value(number) not in cited]
        if loose:
            tally.failed(passage.where, _message(loose, evidence.figures), None, "、".join(loose))
        else:
            tally.passed()


def _by_analyst(passage: Passage, written: tuple[str, ...]) -> bool:
    for name in written:
        section, slash, part = name.partition("/")
        if section == passage.section and (not slash or passage.part == without_numbering(part)):
            return True
    return False


def find_loose_numbers(passage: Passage) -> Iterator[str]:
    """Numbers of a block that are neither exempt nor within a citation, as printed, each once."""
    text = passage.text
    covered = [(cite.start, cite.end) for cite in passage.block.cites]
    covered += [match.span() for match in _EXEMPT.finditer(text)]
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
