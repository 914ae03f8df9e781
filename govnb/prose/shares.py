"""Percentages that can be worked out again: 占x% of a whole, and 同比增长x% against last year.

Rates of other things (满意率, 办结率), points (个百分点) and rough ones (近一半, 超过40%) are left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from govnb.prose.lexicon import APPLICATIONS, Lexicon
from govnb.prose.meanings import figures_for, specific
from govnb.prose.model import Claim, Share
from govnb.prose.quantities import Quantity
from govnb.prose.tokens import Token

_BREAKS = frozenset(("clause", "half", "sentence", "open", "close"))
_ROUGH = frozenset(("约", "近", "超", "超过", "逾", "不足", "接近", "至少", "以上", "以下", "左右", "以内", "最多"))
_WHOLE_WORDS = ("new", "new + carried_in", "total")  # of all applications: what came in, what was dealt with
_FIRST = {"前两项": 2, "前二项": 2, "前三项": 3, "前2项": 2, "前3项": 3}
_FIRST_WORD = "前"
_PLAIN = frozenset(("filler", "total", "subject", "verb", "whole"))


def read_shares(tokens: Sequence[Token], claims: Sequence[Claim], text: str, lexicon: Lexicon) -> list[Share]:
    """The percentages of one sentence; ``claims`` are those read from it."""
    spoken = {claim.quantity.start: claim for claim in claims if claim.quantity is not None}
    found = []
    for n, token in enumerate(tokens):
        quantity = token.quantity
        if quantity is None or quantity.unit != "%" or quantity.about or _is_rough(tokens, n):
            continue
        begin = next((m + 1 for m in range(n - 1, -1, -1) if tokens[m].kind in _BREAKS or _ends(tokens[m])), 0)
        share = _growth(tokens, begin, n, spoken, text, lexicon) or _share(tokens, begin, n, spoken, text, lexicon)
        if share is not None:
            found.append(share)
    return found


def _ends(token: Token) -> bool:
    return token.kind == "item" or (token.quantity is not None and token.quantity.unit == "%")


def _is_rough(tokens: Sequence[Token], n: int) -> bool:
    near = (*tokens[max(0, n - 1) : n], *tokens[n + 1 : n + 2])
    return any(token.text in _ROUGH for token in near)


def _before(tokens: Sequence[Token], n: int) -> Token | None:
    """The number right before a clause: its last quantity is at the end, but for a bracket or comma."""
    for m in range(n - 1, -1, -1):
        token = tokens[m]
        if token.quantity is not None:
            return token
        if token.kind not in ("clause", "open", "filler", "subject"):
            return None
    return None


def _growth(
    tokens: Sequence[Token], begin: int, n: int, spoken: dict[int, Claim], text: str, lexicon: Lexicon
) -> Share | None:
    """同比增长x%: of the number right before it, or of what the clause itself names (收到申请同比增长x%)."""
    words = lexicon.shares
    said = "".join(token.text for token in tokens[begin:n])
    if not any(word in said for word in words.compared):
        return None
    sign = 1 if any(word in said for word in words.up) else -1 if any(word in said for word in words.down) else 0
    inside = [token for token in tokens[begin:n] if token.quantity is not None]
    if not sign or len(inside) > 1:
        return None
    number = inside[0] if inside else _before(tokens, begin)
    if number is None or number.quantity is None:
        return None
    claim = spoken.get(number.quantity.start)
    if claim is None or claim.quantity is None or not _is_whole_but_for(claim, said):
        return None
    quantity = tokens[n].quantity
    assert quantity is not None
    start, end = claim.start, quantity.end
    return Share("growth", text[start:end], start, end, quantity, sign, (claim.quantity,), claim.figures)


def _is_whole_but_for(claim: Claim, said: str) -> bool:
    """Whether nothing limits the number but the comparison itself, which stands in the same clause."""
    return bool(claim.figures) and all(word in said for word in claim.scope)


def _share(
    tokens: Sequence[Token], begin: int, n: int, spoken: dict[int, Claim], text: str, lexicon: Lexicon
) -> Share | None:
    """A number, then 占 … x%."""
    at = next((m for m in range(begin, n) if tokens[m].text in lexicon.shares.of), None)
    if at is None:
        return None
    behind = tokens[at + 1 : n]
    if any(token.kind not in _PLAIN and token.text not in lexicon.shares.of for token in behind):
        return None  # 占网上申请的x%: a whole that no table has
    quantity = tokens[n].quantity
    assert quantity is not None
    numbers = _numbers(tokens, begin, at)
    if not numbers:
        return None
    first = spoken.get(numbers[0].start)
    about = [claim for claim in spoken.values() if claim.subject == APPLICATIONS and claim.whole]
    of = _wholes(behind, first, lexicon) if about else ()
    wholes = tuple(
        token.quantity
        for token in tokens[:n]
        if token.quantity is not None
        and token.quantity.unit == numbers[0].unit
        and token.quantity.start not in {number.start for number in numbers}
    )
    if not of and not _taken_apart(tokens, begin, numbers[0], behind):
        return None
    return Share(
        "share",
        text[numbers[0].start : quantity.end],
        numbers[0].start,
        quantity.end,
        quantity,
        0,
        numbers,
        first.figures if first is not None and first.whole and len(numbers) == 1 else (),
        wholes,
        of,
    )


def _numbers(tokens: Sequence[Token], begin: int, at: int) -> tuple[Quantity, ...]:
    """What is compared: the number right before 占, or the first two or three of a list (前两项)."""
    said = "".join(token.text for token in tokens[begin:at])
    inside = [token.quantity for token in tokens[begin:at] if token.quantity is not None]
    if said.startswith(_FIRST_WORD):
        many = next((count for word, count in _FIRST.items() if said.startswith(word)), 0)
        listed = _listed(tokens, begin)
        return tuple(listed[:many]) if many and len(listed) > many else ()
    if any(
        token.kind not in ("filler", "quantity", "other", "verb", "subject", "column") for token in tokens[begin:at]
    ):
        return ()
    if len(inside) == 1 and tokens[at - 1].quantity is not None:
        return (inside[0],)
    if inside or at != begin:
        return ()
    number = _before(tokens, begin)
    return (number.quantity,) if number is not None and number.quantity is not None else ()


def _listed(tokens: Sequence[Token], begin: int) -> list[Quantity]:
    """The numbers of the list right before, in order."""
    found: list[Quantity] = []
    for m in range(begin - 2, -1, -1):
        token = tokens[m]
        if token.kind in ("clause", "half", "sentence"):
            break
        if token.quantity is not None:
            found.append(token.quantity)
    return found[::-1]


def _wholes(behind: Sequence[Token], first: Claim | None, lexicon: Lexicon) -> tuple[str, ...]:
    """The figures that 占…的 may name, for numbers of applications."""
    named = [token.code for token in behind if token.kind == "subject"]
    if (named or [first.subject if first is not None else ""])[-1] != APPLICATIONS:
        return ()
    verbs = specific([token.code for token in behind if token.kind == "verb"], lexicon)
    if verbs:
        return figures_for(APPLICATIONS, verbs, (), lexicon)
    return tuple(
        dict.fromkeys(
            " ".join(w if w == "+" else f"applications.{w}.total" for w in term.split()) for term in _WHOLE_WORDS
        )
    )


def _taken_apart(tokens: Sequence[Token], begin: int, number: Quantity, behind: Sequence[Token]) -> bool:
    """共N件，其中a件，占x%: a list whose whole the sentence itself gives."""
    if any(token.kind != "filler" for token in behind):
        return False
    among = [n for n, token in enumerate(tokens) if token.kind == "among" and token.start < number.start]
    if not among:
        return False
    before = [token for token in tokens[: among[-1]] if token.quantity is not None]
    return len(before) == 1 and before[0].quantity is not None and before[0].quantity.unit == number.unit
