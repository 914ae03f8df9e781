"""What of a cell may be shown in a message: enough to find the cell, never a name or a number of a person in full.

A value is shown where it looks like what its column holds; anything else is cut to its first character. Pure text.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from govnb.inputs.folding import fold_label

_LONGEST = 40
_LIKENESS = 0.5  # of an unknown enum text to an allowed one, so that it is surely a misspelling of it
_DATE_LIKE = re.compile(r"^[0-9０-９年月日号上下午时分秒/.\-—:：+TZ\s，,、]+$")
_NUMBER_LIKE = re.compile(r"^[0-9０-９.．,，+\-−%％eE\s万亿元圆件页天个日人次￥¥$年]+$")
_BOOL_LIKE = re.compile(r"^[是否有无对错真假yYnNtTfFoOrRuUeEaAlLsS0-9√×✓✗]{1,5}$")
_LONG_NUMBER = re.compile(r"(?:\d[ \-]?){10,}[\dXx]")  # 11 digits and more: mobile, bank card, identity card
_HAN_RUN = re.compile(r"([\u3400-\u9fff\U00020000-\U0003ffff·])[\u3400-\u9fff\U00020000-\U0003ffff·]+")
_LATIN_RUN = re.compile(r"([A-Za-z])[A-Za-z]{6,}")


def mask_number(text: str) -> str:
    """``text`` with the middle of every long digit run (identity card, mobile, bank card) as stars."""
    return _LONG_NUMBER.sub(lambda found: _middle(found.group()), text)


def _middle(number: str) -> str:
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def mask(text: str) -> str:
    """The first character of ``text`` and two stars."""
    return f"{text[:1]}**"


def shown_number(text: str) -> str:
    """A cell of a number column for a message."""
    return _shown_if(_NUMBER_LIKE.match(text) or _DATE_LIKE.match(text), text)


def shown_date(text: str) -> str:
    """A cell of a date column for a message."""
    return _shown_if(_DATE_LIKE.match(text), text)


def shown_bool(text: str) -> str:
    """A cell of a yes/no column for a message."""
    return _shown_if(_BOOL_LIKE.match(text), text)


def shown_enum(text: str, allowed: Iterable[str]) -> str:
    """A cell of a list column for a message: in full only where it is much like an allowed value."""
    folded = fold_label(text)
    close = difflib.get_close_matches(folded, [fold_label(word) for word in allowed], n=1, cutoff=_LIKENESS)
    return _shown_if(bool(close), text)


def shown_id(text: str, *, public: bool) -> str:
    """An id for a message. One that is not a public document number keeps only the first character of each word."""
    if public:
        return mask_number(_cut(text))
    return mask_number(_cut(_LATIN_RUN.sub(r"\1**", _HAN_RUN.sub(r"\1**", text))))


def _shown_if(fits: object, text: str) -> str:
    return mask_number(text) if fits and len(text) <= _LONGEST else mask(text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
