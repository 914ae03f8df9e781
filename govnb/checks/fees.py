"""The information fee (信息处理费) as reported: that it is stated, and that the stated sum can be one.

The rows of the ledger are ledger.fee's business. The law lets an office charge nothing, so nothing here asks why not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from govnb.checks.cells import Number, Sheet, cell_name
from govnb.checks.check import NEEDS, Tally, check
from govnb.checks.model import Evidence
from govnb.checks.prose import section_text
from govnb.counting.book import plain
from govnb.counting.fees import TARIFF_BEGIN, reachable_sum, to_wan_yuan
from govnb.counting.figures import show
from govnb.errors import Text
from govnb.prose.reading import read_claims

_FEE = re.compile(r"[处處]理[费費]|收[费費]|收取[^。]{0,20}[费費]")
_OTHER_CHARGES = re.compile(r"行政事业性收费|涉企(?:行政事业性)?收费|行政事業性收費|收费(?:目录|清单|公示)")
_NONE_CHARGED = re.compile(r"(?:未|没有|沒有|无|無|不)[^。；]{0,12}(?:收取|[费費])")
_MONEY = re.compile(r"(?<![\d.])([0-9][0-9,]*(?:\.[0-9]+)?) *([万萬]?元)(?! *[/每])")
_PRICE = re.compile(r"每(?:件|[页頁]|[张張])(?:收[费費取]?)?$")
_CASES = re.compile(r"([0-9][0-9,]*) *(?:件|宗)")
_SENTENCE = re.compile(r"[。；;\n]")
_BEFORE = Text("2021年起才有信息处理费", "there is no information fee before 2021")


@check(
    "fee.stated",
    severity="warning",
    what=Text("第六部分写明信息处理费收取情况", "section six states the information fee"),
    source="国办公开办函〔2021〕30号",
    needs=("sections",),
)
def stated(evidence: Evidence, tally: Tally) -> None:
    text = section_text(evidence, "other")
    if evidence.year < TARIFF_BEGIN.year:
        tally.not_assessable("", _BEFORE)
    elif text is None:
        tally.not_assessable("", Text("没有“其他需要报告的事项”部分", "there is no section six"))
    elif _states_fee(text, evidence):
        tally.passed()
    else:
        message = Text(
            "没有写明收取信息处理费的情况；没有收取的，也应写明",
            "the information fee is not stated; that none was charged has to be stated too",
        )
        tally.failed(f"“{evidence.edition.section('other').title}”", message)


def _states_fee(text: str, evidence: Evidence) -> bool:
    """Whether the grammar reads a fee or that there was none, or the text at least speaks of one and not of others."""
    claims = read_claims(text, evidence.year, evidence.edition, name=evidence.name)
    if any(claim.subject == "information_fee" for claim in claims):
        return True
    return _FEE.search(_OTHER_CHARGES.sub("", text)) is not None


@dataclass(frozen=True)
class Charged:
    """A sum that was charged in all, as one place of the report gives it; ``cases``: of how many applications."""

    where: str
    yuan: Decimal
    cases: int | None
    parts: tuple[Decimal, ...] = ()


@check(
    "fee.tariff",
    severity="warning",
    what=Text(
        "信息处理费的数额合乎收费标准，且不多于行政事业性收费", "the information fee is one that the tariff allows"
    ),
    source="国办函〔2020〕109号",
)
def tariff(evidence: Evidence, tally: Tally) -> None:
    if evidence.year < TARIFF_BEGIN.year:
        tally.not_assessable("", _BEFORE)
        return
    found = [*_from_figures(evidence), *_from_text(evidence)]
    if not found:
        reason = Text("没有写明信息处理费的数额", "no sum of the information fee is given")
        tally.not_assessable("", reason if evidence.sections is not None or evidence.figures else NEEDS["sections"])
    for charged in found:
        _check_sum(charged, tally)
        _check_parts(charged, tally)
        _check_table(evidence, charged, tally)


def _from_figures(evidence: Evidence) -> list[Charged]:
    yuan, cases = (evidence.figures.get(f"information_fee.{name}") for name in ("yuan", "cases"))
    if yuan is None or not isinstance(yuan.value, Number):
        return []
    number = int(cases.value) if cases is not None and isinstance(cases.value, Number) else None
    return [Charged(f"{yuan.label}（{yuan.source}）" if yuan.source else yuan.label, Decimal(yuan.value), number)]


def _from_text(evidence: Evidence) -> list[Charged]:
    where = f"“{evidence.edition.section('other').title}”"
    found: list[Charged] = []
    for sentence in _SENTENCE.split(section_text(evidence, "other") or ""):
        if not _FEE.search(sentence):
            continue
        if amounts := _amounts(sentence):
            found.append(_charged(where, sentence, amounts))
        elif _NONE_CHARGED.search(sentence):
            found.append(Charged(where, Decimal(0), None))
    return found


def _amounts(sentence: str) -> list[tuple[int, Decimal]]:
    """(position, yuan) of each sum of money; prices a piece are none."""
    found = []
    for match in _MONEY.finditer(sentence):
        if not _PRICE.search(sentence[: match.start()]):
            yuan = Decimal(match.group(1).replace(",", ""))
            found.append((match.start(), plain(yuan if match.group(2) == "元" else yuan * 10_000)))
    return found


def _charged(where: str, sentence: str, amounts: list[tuple[int, Decimal]]) -> Charged:
    """共X元，其中A元、B元: a total with parts where the list is closed (no 等); else the first sum."""
    start, total = amounts[0]
    among = sentence.find("其中")
    parts = tuple(yuan for position, yuan in amounts[1:] if position > among) if 0 <= start < among else ()
    if "等" in sentence[max(among, 0) :] or len(parts) < 2:
        parts = ()
    cases = _CASES.findall(sentence[: among if among >= 0 else len(sentence)])
    return Charged(where, total, int(cases[0].replace(",", "")) if len(cases) == 1 else None, parts)


def _check_sum(charged: Charged, tally: Tally) -> None:
    # A number of applications that the sentence gives may count those that cost nothing, so that only one tells.
    number = 1 if charged.cases == 1 and charged.yuan > 0 else None
    if reachable_sum(charged.yuan, number):
        tally.passed()
        return
    message = Text(
        f"信息处理费{show(charged.yuan)}元，按件、按量的收费标准都得不出这个数额",
        f"an information fee of {show(charged.yuan)} yuan can't result from the tariff by item or by page",
    )
    tally.failed(charged.where, message, None, show(charged.yuan))


def _check_parts(charged: Charged, tally: Tally) -> None:
    total = sum(charged.parts, Decimal(0))
    if not charged.parts:
        return
    if total == charged.yuan:
        tally.passed()
        return
    message = Text(
        f"信息处理费各项之和为{show(total)}元，而合计为{show(charged.yuan)}元",
        f"the parts of the information fee add up to {show(total)} yuan, the total says {show(charged.yuan)}",
    )
    tally.failed(charged.where, message, show(total), show(charged.yuan))


def _check_table(evidence: Evidence, charged: Charged, tally: Tally) -> None:
    """The fee is part of 行政事业性收费 in table 1 (万元), which is at least as much."""
    edition = evidence.edition
    if "amount" not in edition.rows("disclosure").get("fees", ()):
        return
    amount = Sheet.of(evidence).value("disclosure", "fees", "amount")
    where = cell_name(edition, "disclosure", "fees", "amount")
    wan = to_wan_yuan(charged.yuan)
    if not isinstance(amount, Number):
        tally.not_assessable(where, Text("没有行政事业性收费的金额可比", "there is no amount of fees to compare"))
    elif wan <= amount:
        tally.passed()
    else:
        message = Text(
            f"行政事业性收费{show(amount)}万元，少于其中的信息处理费{show(wan)}万元",
            f"fees of {show(amount)} 万元 are less than the information fee of {show(wan)} 万元 that is part of them",
        )
        tally.failed(where, message, f"≥{show(wan)}", show(amount))
