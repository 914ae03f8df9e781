"""One way of comparing what people write: headers, enum labels and names, without what does not tell them apart.

Pure text; nothing here knows a ledger, a file or a form.
"""

from __future__ import annotations

import re
import unicodedata

# str.strip() and Arrow keep some of these; an invisible character must not make a value different.
BLANKS = " \t\n\r\f\v\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u180e\u200b\u200c\u200d\u2060\ufeff\u0085"  # noqa: E501

_BLANK = re.compile(f"[{BLANKS}]+")
_SEPARATORS = re.compile(r"""[、,。.:;'"“”‘’<>《》「」_\-—–·/|*]+""")
_NUMBERING = re.compile(r"^(?:\([一二三四五六七八九十]+\)|[一二三四五六七八九十]+、|\d+[.、])")
_BRACKET = re.compile(r"\([^()]*\)")


def fold(text: str) -> str:
    """``text`` with half-width forms, no white space, 其它 as 其他, 台帐 as 台账, small letters."""
    plain = _BLANK.sub("", unicodedata.normalize("NFKC", text))
    return plain.replace("其它", "其他").replace("台帐", "台账").replace("〔", "(").replace("〕", ")").lower()


def fold_label(text: str) -> str:
    """As ``fold``, and without the separators and quotation marks that vary from writer to writer."""
    return _SEPARATORS.sub("", fold(text))


def strip_numbering(text: str) -> str:
    """A folded label without its number: （一）予以公开 → 予以公开, 1.属于国家秘密 → 属于国家秘密."""
    return _NUMBERING.sub("", fold(text), count=1)


def numbering(text: str) -> str:
    """The number of a label as folded text: （三） → (三), 1. → 1, 三、 → 三; empty where it has none."""
    found = _NUMBERING.match(fold(text))
    return found.group().rstrip(".、") if found else ""


def strip_brackets(text: str) -> str:
    """A folded label without its bracketed explanation: 部分公开（区分处理的…） → 部分公开."""
    return _BRACKET.sub("", fold(text))
