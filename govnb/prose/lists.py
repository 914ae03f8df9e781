"""共N件，其中a件、b件、c件: totals with their parts.

A list is taken for complete only where it says so: it ends in the rest (其他, 其余), or names parts that make up a
whole (新收 and 上年结转). An open list (等, 主要) is no list here, and neither is one whose items count
different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from govnb.prose.lexicon import Lexicon
from govnb.prose.model import Claim, Listing
from govnb.prose.quantities import Quantity
from govnb.prose.tokens import Token

_FEWEST, _SAFE = 2, 3
_COVERED = Decimal("0.99")  # a list of this share of the whole left something out by mistake, not on purpose
_SLIP = Decimal("1.25")
_MANY = 4
_RATES = ("%", "‰", "个百分点")
_GOES_ON = frozenset(("received", "concluded", "handled", "carried_out"))
_ENDS = frozenset(("half", "sentence"))


def read_listings(tokens: Sequence[Token], claims: Sequence[Claim], text: str, lexicon: Lexicon) -> list[Listing]:
    """The lists of one sentence, nested ones too. ``claims`` are those read from it."""
    spoken = {claim.quantity.start: claim for claim in claims if claim.quantity is not None}
    found = []
    for n, token in enumerate(tokens):
        if token.kind == "among" and (listing := _listing(tokens, n, spoken, text, lexicon)) is not None:
            found.append(listing)
    return found


def _listing(tokens: Sequence[Token], at: int, spoken: dict[int, Claim], text: str, lexicon: Lexicon) -> Listing | None:
    totals = _totals(tokens, at)
    if not totals:
        return None
    items, by = _items(tokens, at)
    parts = [quantity for item in items for quantity in _counted(item)]
    if len(parts) < _FEWEST or any(len(_counted(item)) != 1 for item in items):
        return None
    units = {quantity.unit for quantity in parts}
    if len(units) > 1 or any(part.about for part in parts):
        return None
    unit = units.pop()
    totals = [quantity for quantity in totals if quantity.unit == unit and not quantity.about]
    if not totals or unit in _RATES:
        return None
    start, end = totals[-1].start, parts[-1].end
    verbs = [spoken[part.start].verbs if part.start in spoken else () for part in parts]
    closed = _is_closed(items, parts, totals[-1], verbs, lexicon)
    added = sum((part.value for part in parts), Decimal(0))
    slip = len(parts) >= _SAFE and added <= totals[-1].value * _SLIP  # one that is published twice makes far more
    disjoint = closed or slip or (all(verbs) and len(set(verbs)) == len(verbs))
    return Listing(text[start:end], start, end, tuple(totals), tuple(parts), closed, disjoint, by == "clause")


def _totals(tokens: Sequence[Token], at: int) -> list[Quantity]:
    """The numbers before 其中 at its own level that it may take apart, the nearest last; none beyond ；."""
    found: list[Quantity] = []
    depth = 0
    for n in range(at - 1, -1, -1):
        token = tokens[n]
        if token.kind in _ENDS:
            break
        if token.kind == "close":
            depth += 1
        elif token.kind == "open":
            depth -= 1 if depth > 0 else 0
        elif (
            token.quantity is not None and depth == 0 and token.quantity.unit not in _RATES and not _is_rough(tokens, n)
        ):
            found.append(token.quantity)
    return found[::-1]


def _is_rough(tokens: Sequence[Token], n: int) -> bool:
    return any(token.kind == "aside" for token in (*tokens[max(0, n - 1) : n], *tokens[n + 1 : n + 2]))


def _items(tokens: Sequence[Token], at: int) -> tuple[list[list[Token]], str | None]:
    """The items behind 其中, without what stands in brackets, and what parts them; none of an open list."""
    items: list[list[Token]] = [[]]
    depth = 0
    by: str | None = None  # what parts the items: 、 or ，
    for token in tokens[at + 1 :]:
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            if depth == 0:
                break
            depth -= 1
        elif depth:
            continue
        elif token.kind == "open_list":
            return [], None
        elif token.kind in _ENDS or token.kind == "among":
            break
        elif token.kind in ("item", "clause"):
            if not _counted(items[-1]):
                if token.kind == "clause" and not _rates(items[-1]):
                    break
                continue  # 政策、规范性文件类信息80条 is one item; 占42.3% beside its number is none
            if by == "item" and token.kind == "clause":
                break
            by = by or token.kind
            items.append([])
        else:
            items[-1].append(token)
    return _as_far_as_alike([item for item in items if _counted(item)]), by


def _as_far_as_alike(items: list[list[Token]]) -> list[list[Token]]:
    """The list ends where the sentence goes on to something else: 其中新收5件，上年结转1件，办结6件."""
    kept: list[list[Token]] = []
    for item in items:
        if kept and any(token.kind == "verb" and token.code in _GOES_ON for token in item):
            break
        kept.append(item)
    return kept


def _rates(item: Sequence[Token]) -> bool:
    return any(token.quantity is not None for token in item)


def _counted(item: Sequence[Token]) -> list[Quantity]:
    return [token.quantity for token in item if token.quantity is not None and token.quantity.unit not in _RATES]


def _is_closed(
    items: Sequence[Sequence[Token]],
    parts: Sequence[Quantity],
    total: Quantity,
    verbs: Sequence[tuple[str, ...]],
    lexicon: Lexicon,
) -> bool:
    if any(token.kind == "residual" for token in items[-1]):
        return True
    means = {code for codes in verbs for code in codes}
    if any(partition <= means for partition in lexicon.partitions):
        return True
    added = sum((part.value for part in parts), Decimal(0))
    return len(parts) >= _MANY and total.value * _COVERED <= added < total.value
