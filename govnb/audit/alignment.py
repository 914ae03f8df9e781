"""Order-preserving alignment of published labels with the labels of a form.

Labels such as 1.其他, 3.其他 and （六）其他处理 are told apart by their order only, so no row is looked up by its label
alone: both sequences are aligned as a whole (Needleman–Wunsch), and what has no partner is missing or extra. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from govnb.inputs.folding import fold_label, strip_brackets, strip_numbering
from govnb.pairing import pair_in_order

LEAST = 0.6  # below this two labels are not the same row, whatever stands around them
_SHORT = 5
_GROUP_BONUS = 0.05
_PREFIX = 0.9
_DOUBT = 0.05  # a misprint that is nearly as near to another row of the form is neither
_GAP = 0.3
_PIECES = re.compile(r"件数?$")  # 现行有效件 is 现行有效件数


@lru_cache(maxsize=16384)
def label_key(text: str) -> str:
    """What is compared of a label: no number, no white space, no punctuation, half-width forms."""
    return _PIECES.sub("件", fold_label(strip_numbering(text)))


@lru_cache(maxsize=65536)
def similarity(one: str, other: str) -> float:
    """0 to 1 for two labels as printed; 1 where only numbering, spaces, punctuation or a bracketed note differ."""
    first, second = label_key(one), label_key(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    bare = fold_label(strip_brackets(strip_numbering(one))), fold_label(strip_brackets(strip_numbering(other)))
    if bare[0] and bare[0] == bare[1]:
        return 1.0
    return max(_alike(first, second), _alike(*bare))


def _alike(first: str, second: str) -> float:
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) < _SHORT:
        # Two or four characters say too little for a ratio: 其他 is not 其他处理. One misprint is as far as it goes.
        differing = sum(a != b for a, b in zip(first, second, strict=False))
        return 1 - differing / len(shorter) if len(first) == len(second) > 2 and differing == 1 else 0.0
    if longer.startswith(shorter):
        return _PREFIX
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


@dataclass(frozen=True)
class Label:
    """A label and that of the group that it stands under; ``group`` is empty where none is known."""

    text: str
    group: str = ""


@dataclass(frozen=True)
class Alignment:
    """``pairs``: (index in the form, index in the document). ``score`` compares forms: the higher fits better."""

    pairs: tuple[tuple[int, int], ...]
    score: float


def align(form: Sequence[Label], seen: Sequence[Label]) -> Alignment:
    """The best order-preserving pairing. Neither sequence need be whole.

    A seen label pairs only with the label of the form that it is most like, so that two rows that changed places are
    not taken for one another because both are a little alike.
    """
    pairs, worth = pair_in_order(_pairings(form, seen))
    return Alignment(tuple(pairs), worth - _GAP * (len(form) - len(pairs)) - _GAP * (len(seen) - len(pairs)))


def _pairings(form: Sequence[Label], seen: Sequence[Label]) -> list[list[float]]:
    """What each pair is worth, 0 where it must not be made."""
    paired = [[0.0] * len(seen) for _ in form]
    for j, label in enumerate(seen):
        alike = [similarity(row.text, label.text) for row in form]
        most = max(alike, default=0.0)
        if most < LEAST:
            continue
        near = {label_key(row.text) for row, value in zip(form, alike, strict=True) if value >= most - _DOUBT}
        if most < 1 and len(near) > 1:
            continue
        for i, row in enumerate(form):
            if alike[i] == most:
                same_group = bool(row.group and label.group) and similarity(row.group, label.group) >= LEAST
                paired[i][j] = most + (_GROUP_BONUS if same_group else 0.0)
    return paired


def likest(labels: Sequence[str], text: str) -> int | None:
    """Index of the label that ``text`` stands for; None where it is like none, or like two."""
    alike = [similarity(label, text) for label in labels]
    most = max(alike, default=0.0)
    if most < LEAST:
        return None
    near = [i for i, value in enumerate(alike) if value >= (most if most == 1 else most - _DOUBT)]
    return near[0] if len(near) == 1 else None
