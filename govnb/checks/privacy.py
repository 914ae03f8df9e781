"""Personal data in what is published: identity card numbers (GB 11643), mobile numbers, bank cards (Luhn).

Office landlines, postcodes and e-mail addresses are required content and never reported. A number that is found is
shown masked, in every language and field of the result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date

from govnb.checks.cells import Sheet, cell_name
from govnb.checks.check import NEEDS, Tally, check
from govnb.checks.model import Evidence
from govnb.checks.prose import passages
from govnb.errors import Text

_IDENTITY = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){16}[ -]?[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9][.,-])(?:\+?86[ -]?)?(1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4})(?![0-9A-Za-z_])"
)
_BANK_CARD = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9][.,-])[0-9]{4}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?(?![0-9A-Za-z_.])"
)
# What follows a number that counts something, however long it is.
_COUNTED = re.compile(r"(?:[万亿余]|元|件|条|次|人|个|份|户|项|吨|平方|\.[0-9]|,[0-9]{3})")
_OTHER_NUMBER = re.compile(r"(?:编号|文号|案号|备案|代码|单号|序号|标准|流水|批号|证号)[^0-9]{0,6}$")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s，。；）)]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
# Regions of GB/T 2260: the first two digits.
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_ISSUERS = re.compile(r"62|60|65|68|69|4|5[1-5]|35|37|9558")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SOURCE = "条例第十五条，个人信息保护法"

Finder = Callable[[str], Iterator[str]]


def is_identity_number(digits: str) -> bool:
    """Whether 18 characters are a citizen's number: region, date of birth and the check character of GB 11643."""
    if len(digits) != 18 or digits[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return 1880 <= born.year <= 2100 and "10X98765432"[total % 11] == digits[17].upper()


def is_luhn(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def masked(number: str) -> str:
    """The first three and the last two characters; stars between."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def find_identity_numbers(text: str) -> Iterator[str]:
    for match in _IDENTITY.finditer(text):
        digits = _digits(match.group()).upper()
        if is_identity_number(digits):
            yield digits


def find_mobiles(text: str) -> Iterator[str]:
    text = _ADDRESS.sub("，", text)
    for match in _MOBILE.finditer(text):
        if not _COUNTED.match(text, match.end()) and not _OTHER_NUMBER.search(text[: match.start()]):
            yield _digits(match.group(1))


def find_bank_cards(text: str) -> Iterator[str]:
    text = _ADDRESS.sub("，", text)
    for match in _BANK_CARD.finditer(text):
        digits = _digits(match.group())
        counted = _COUNTED.match(text, match.end()) or _OTHER_NUMBER.search(text[: match.start()])
        if counted or not _ISSUERS.match(digits) or len(set(digits)) == 1 or is_identity_number(digits):
            continue
        if is_luhn(digits):
            yield digits


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


@check(
    "privacy.id_number",
    severity="error",
    what=Text("公布的内容没有公民身份号码", "no identity card number is published"),
    source=_SOURCE,
)
def id_number(evidence: Evidence, tally: Tally) -> None:
    _scan(evidence, tally, find_identity_numbers, Text("公民身份号码", "an identity card number"))


@check(
    "privacy.mobile",
    severity="warning",
    what=Text("公布的内容没有个人手机号码", "no mobile number is published"),
    source=_SOURCE,
)
def mobile(evidence: Evidence, tally: Tally) -> None:
    _scan(evidence, tally, find_mobiles, Text("手机号码", "a mobile number"))


@check(
    "privacy.bank_card",
    severity="warning",
    what=Text("公布的内容没有银行卡号", "no bank card number is published"),
    source=_SOURCE,
)
def bank_card(evidence: Evidence, tally: Tally) -> None:
    _scan(evidence, tally, find_bank_cards, Text("银行卡号", "a bank card number"))


def _scan(evidence: Evidence, tally: Tally, find: Finder, kind: Text) -> None:
    texts = list(_published(evidence))
    if not texts:
        tally.not_assessable("", NEEDS["sections"])
    for where, text in texts:
        found = dict.fromkeys(find(unicodedata.normalize("NFKC", text)))
        if not found:
            tally.passed()
        for number in found:
            shown = masked(number)
            message = Text(f"含有{kind.zh}{shown}，应当删除", f"holds {kind.en}, {shown}; it has to be removed")
            tally.failed(where, message, None, shown)


def _published(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """(place, text) of everything that is printed but the numbers of the tables."""
    for passage in passages(evidence.sections or ()):
        yield passage.where, passage.block.text
    for table, row, column, value in Sheet.of(evidence).cells():
        if isinstance(value, str):
            yield cell_name(evidence.edition, table, row, column), value
    for figure in evidence.figures.values():
        yield f"“{masked_label(figure.label)}”", f"{figure.label}，{figure.source}"
    yield from evidence.printed.items()


def masked_label(label: str) -> str:
    """A label as the name of a place: long runs of digits in it are masked."""
    return re.sub(r"[0-9][0-9 -]{8,}[0-9Xx]", lambda match: masked(match.group()), label)
