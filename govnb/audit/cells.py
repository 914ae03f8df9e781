"""One cell of a published table → a value, a blank, or something that can't be read with certainty.

A wrong number is worse than none: what is not plainly a number, a known blank or an amount with its unit is unreadable,
and every check that needs it is not assessable then. The rules of a typed cell are those of declared tables.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from govnb.counting.figures import Value
from govnb.inputs.declared_cells import BLANKS, Kind, parse_cell, plain

_GAP = re.compile(r"[0-9.,]\s+[0-9.,]")
_HAN = re.compile(r"[㐀-鿿豈-﫿]")


class UnreadCell:
    """A cell that holds something, but nobody can say what number; ``text`` is what stands there."""

    def __init__(self, text: str) -> None:
        self.text = text


def read_cell(text: str, kind: Kind, unit: str = "") -> Value | UnreadCell:
    """``1 2`` and ``12(注)`` are unreadable, ``1,175`` and ``１２`` are numbers, ``/`` and ``—`` are blank."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if _GAP.search(folded):
        return UnreadCell(text)
    value = parse_cell(folded, kind, unit)
    return UnreadCell(text) if isinstance(value, tuple) else value


@lru_cache(maxsize=16384)
def is_blank(text: str) -> bool:
    return plain(text) in BLANKS


@lru_cache(maxsize=16384)
def looks_like_value(text: str) -> bool:
    """A number, a blank, or a damaged number; not a label."""
    folded = plain(text)
    if folded in BLANKS:
        return True
    digits = sum(character.isdigit() for character in folded)
    return digits > 0 and digits >= len(_HAN.findall(folded)) and len(folded) <= 24 and not folded[0].isalpha()


@lru_cache(maxsize=16384)
def looks_like_label(text: str) -> bool:
    return not is_blank(text) and bool(_HAN.search(text)) and not looks_like_value(text)
