"""What the prose states in numbers, held against the tables and against itself.

``govnb.prose`` reads which figure a number speaks of, and leaves alone what speaks of a part, another year or another
thing. A statement fails only where none of its readings fits; where a cell that it may speak of is blank,
nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from govnb.checks.check import NEEDS, Tally, check, missing
from govnb.checks.model import Evidence
from govnb.checks.prose import Passage, passages
from govnb.checks.readings import FEE, Figures, Reading, fits
from govnb.counting.figures import show
from govnb.errors import Text
from govnb.prose.model import Claim, Listing, Share
from govnb.prose.model import Reading as Read
from govnb.prose.quantities import Quantity, plain
from govnb.prose.reading import read_paragraph

_FORM = "国办公开办函〔2021〕30号"
_BLANK = Text("表格中相应的格空白，或者无法辨认", "the cells in question are blank or unreadable")
_LONG = 60  # characters of the text that a message quotes
_TABLES = ("applications", "disputes")
_ABOUT_APPLICATIONS = "依申请公开"


@check(
    "text.table",
    severity="warning",
    what=Text("正文中的数字与统计表格一致", "numbers in the prose agree with the tables"),
    source=_FORM,
    needs=("tables", "sections"),
)
def table(evidence: Evidence, tally: Tally) -> None:
    figures = Figures.of(evidence)
    for where, read in _readings(evidence):
        for claim in read.claims:
            if claim.quantity is not None and claim.whole:
                _check_claim(claim, claim.quantity, figures, where, tally)


@check(
    "text.zero",
    severity="error",
    what=Text("正文说没有的，表格中也是0", "what the prose says there was none of is 0 in the tables too"),
    source=_FORM,
    needs=("tables", "sections"),
)
def zero(evidence: Evidence, tally: Tally) -> None:
    figures = Figures.of(evidence)
    for where, read in _readings(evidence):
        for claim in read.claims:
            if claim.quantity is None and claim.whole:
                _check_nothing(claim, figures, where, tally)


@check(
    "text.sum",
    severity="warning",
    what=Text("“共N件，其中……”各项之和等于总数", "the parts of a total add up to it"),
    source=_FORM,
    needs=("sections",),
)
def sums(evidence: Evidence, tally: Tally) -> None:
    for where, read in _readings(evidence):
        for listing in read.listings:
            _check_listing(listing, where, tally)


@check(
    "text.percent",
    severity="warning",
    what=Text("占比和同比重新计算后一致", "shares and growth can be worked out again"),
    source=_FORM,
    needs=("sections",),
)
def percent(evidence: Evidence, tally: Tally) -> None:
    figures = Figures.of(evidence)
    unknown = missing(evidence, ("previous",))
    before = None if unknown is not None or evidence.previous is None else Figures.of(evidence.previous)
    for where, read in _readings(evidence):
        for share in read.shares:
            if share.kind == "share":
                _check_share(share, _shares(share, figures), where, tally)
            elif before is None:
                tally.not_assessable(where, unknown or NEEDS["previous"])
            else:
                _check_share(share, _growths(share, figures, before), where, tally)


def _readings(evidence: Evidence) -> Iterator[tuple[str, Read]]:
    for passage in passages(evidence.sections or ()):
        if passage.block.kind in ("paragraph", "item"):
            part = _ABOUT_APPLICATIONS if passage.section in _TABLES else passage.part
            yield passage.where, _read(passage, evidence, part)


def _read(passage: Passage, evidence: Evidence, part: str | None) -> Read:
    return read_paragraph(passage.block.text, evidence.year, evidence.edition, name=evidence.name, part=part)


# text.table and text.zero


def _check_claim(claim: Claim, quantity: Quantity, figures: Figures, where: str, tally: Tally) -> None:
    found = figures.readings(claim.figures)
    if not found:
        return  # this form has no such cell
    if any(fits(quantity, reading) for reading in found):
        tally.passed()
    elif not all(reading.sure for reading in found):
        tally.not_assessable(where, _BLANK)
    else:
        cells, shown = _named(found)
        message = Text(
            f"“{_quoted(claim.words)}”，而{cells.zh}",
            f"“{_quoted(claim.words)}”, but {cells.en}",
        )
        tally.failed(where, message, shown, quantity.text)


def _check_nothing(claim: Claim, figures: Figures, where: str, tally: Tally) -> None:
    found = figures.readings(claim.figures)
    if not found:
        if claim.figures == (FEE,):
            tally.not_assessable(where, Text("没有信息处理费的台账", "there is no ledger of the information fee"))
        return
    if any(reading.sure and reading.value == 0 for reading in found):
        tally.passed()
    elif not all(reading.sure or reading.value > 0 for reading in found):
        tally.not_assessable(where, _BLANK)
    else:
        cells, shown = _named(found)
        message = Text(f"“{_quoted(claim.words)}”，而{cells.zh}", f"“{_quoted(claim.words)}”, but {cells.en}")
        tally.failed(where, message, "0", shown)


def _named(found: Sequence[Reading]) -> tuple[Text, str]:
    """The cells that were looked at with their numbers, and the numbers alone."""
    zh = "，".join(f"{reading.name}为{_number(reading)}" for reading in found)
    en = ", ".join(f"{reading.name} is {_number(reading)}" for reading in found)
    return Text(zh, en), "或".join(dict.fromkeys(_number(reading) for reading in found))


def _number(reading: Reading) -> str:
    return reading.shown if reading.money else show(plain(reading.value))


def _quoted(words: str) -> str:
    text = "".join(words.split())
    return text if len(text) <= _LONG else f"{text[: _LONG // 2]}……{text[-_LONG // 2 :]}"


# text.sum


def _check_listing(listing: Listing, where: str, tally: Tally) -> None:
    values = [part.value for part in listing.parts]
    totals = [total.value for total in listing.totals]
    # A list that goes on to count otherwise (自然人90件，法人10件，网上80件) adds up as far as its first parts go.
    shortest = 2 if listing.may_go_on else len(values)
    if any(sum(values[:end], Decimal(0)) in totals for end in range(shortest, len(values) + 1)):
        tally.passed()
        return
    added = sum(values, Decimal(0))
    if not listing.closed and not (listing.disjoint and added > max(totals)):
        return
    total = listing.totals[-1]
    parts = "+".join(show(plain(value)) for value in values)
    said = show(plain(total.value))
    message = Text(
        f"“{_quoted(listing.words)}”：各项之和{parts}={show(plain(added))}，而总数写为{said}",
        f"“{_quoted(listing.words)}”: the parts {parts} add up to {show(plain(added))}, the total says {said}",
    )
    tally.failed(where, message, show(plain(added)), said)


# text.percent


def _shares(share: Share, figures: Figures) -> list[Decimal] | None:
    """The percentages that may be right; None where one can't be known."""
    tops = [sum((number.value for number in share.numbers), Decimal(0))]
    found = figures.readings((*share.of, *share.figures))
    if not all(reading.sure for reading in found):
        return None
    tops += [reading.value for reading in figures.readings(share.figures)]
    wholes = [quantity.value for quantity in share.wholes]
    wholes += [reading.value for reading in figures.readings(share.of)]
    return [top * 100 / whole for top in tops for whole in wholes if whole > 0 and top <= whole]


def _growths(share: Share, figures: Figures, before: Figures) -> list[Decimal] | None:
    found: list[Decimal] = []
    for figure in share.figures:
        now, then = figures.reading(figure), before.reading(figure)
        if then is None:
            continue
        if not then.sure or then.value == 0:
            return None
        values = [number.value for number in share.numbers] + ([now.value] if now is not None and now.sure else [])
        found += [(value - then.value) * 100 / then.value for value in values]
    return found


def _check_share(share: Share, found: list[Decimal] | None, where: str, tally: Tally) -> None:
    if not found:
        tally.not_assessable(where, _BLANK if found is None else Text("不知道总数或者上年数", "the whole is not known"))
        return
    said, step = share.quantity.value, share.quantity.step
    right = [value for value in found if share.sign == 0 or value * share.sign >= 0]
    if any(abs(abs(value) - said) <= step / 2 for value in right):
        tally.passed()
        return
    cut = any((abs(value) / step).to_integral_value(ROUND_FLOOR) * step == said for value in right)
    shown = "或".join(dict.fromkeys(_rounded(value, step) for value in found))
    if cut:
        message = Text(
            f"“{_quoted(share.words)}”：四舍五入应为{shown}，正文只是截去了尾数",
            f"“{_quoted(share.words)}”: rounded it is {shown}; the digits were cut off",
        )
    else:
        message = Text(
            f"“{_quoted(share.words)}”：重新计算为{shown}",
            f"“{_quoted(share.words)}”: worked out again it is {shown}",
        )
    tally.failed(where, message, shown, share.quantity.text, "information" if cut else None)


def _rounded(value: Decimal, step: Decimal) -> str:
    return f"{show(value.quantize(step))}%"
