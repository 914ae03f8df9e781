"""The characters of a page from its bytes: what the page says of itself is tried, never believed.

UTF-8 is told by itself: text in another character set is practically never valid UTF-8, while UTF-8 does pass for
GB18030 now and then. So a page that is valid UTF-8 is UTF-8 whatever it declares. Never guesses by language statistics.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<meta\b[^>]{0,500}?\bcharset\s*=\s*["']?\s*([\w-]{2,20})|<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w-]{2,20})""",
    re.IGNORECASE,
)
# Single-byte sets are left out: they take any bytes, and a Chinese page that declares one is always wrong.
_KNOWN = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
}
_HEAD = 1 << 14
# What a report in either script has many of; nothing else about it is known here.
_TYPICAL = re.compile("政府|信息|公开|公開|資訊|行政|报告|報告")
_REPLACED = "\N{REPLACEMENT CHARACTER}"
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
MAX_CONTROLS = 0.02  # of all characters
MAX_DAMAGE = 0.05  # of the characters beyond ASCII; with more it is no text


@dataclass(frozen=True)
class Decoded:
    """``damaged``: how many places could not be decoded and stand as U+FFFD."""

    text: str
    encoding: str
    damaged: int = 0


def decode(content: bytes) -> Decoded | None:
    """The text of a page, None where the bytes are no text in any character set of Chinese pages."""
    found = _decode(content)
    if found is None:
        return None
    head = found.text[: 1 << 16]
    return found if len(_CONTROLS.findall(head)) <= MAX_CONTROLS * len(head) else None


def _decode(content: bytes) -> Decoded | None:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            body = content[len(mark) :]
            return _strict(body, encoding) or _damaged(body, (encoding,))
    if wide := _wide(content):
        return _strict(content, wide) or _damaged(content, (wide,))
    if found := _strict(content, "utf-8"):
        return found
    declared = _declared(content)
    names = dict.fromkeys((declared, "gb18030", "big5hkscs") if declared else ("gb18030", "big5hkscs"))
    # Most of GBK passes for Big5 and the other way round: the words decide, and between equals what is declared.
    tried = [(len(_TYPICAL.findall(found.text)), found) for name in names if (found := _strict(content, name))]
    if tried:
        return max(tried, key=lambda scored: scored[0])[1]
    return _damaged(content, ("utf-8", *names))


def _strict(content: bytes, encoding: str) -> Decoded | None:
    try:
        return Decoded(content.decode(encoding), encoding)
    except UnicodeDecodeError:
        return None


def _damaged(content: bytes, encodings: tuple[str, ...]) -> Decoded | None:
    """The reading with the fewest places that can't be decoded (a cut last character, a pasted foreign byte)."""
    tried = []
    for encoding in encodings:
        text = content.decode(encoding, errors="replace")
        tried.append(Decoded(text, encoding, text.count(_REPLACED)))
    best = min(tried, key=lambda found: found.damaged)
    beyond = sum(1 for character in best.text if character > "\x7f")
    return best if best.damaged <= max(2, MAX_DAMAGE * beyond) else None


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: of the markup's ASCII characters every other byte is zero, always on the same side."""
    head = content[:2048]
    if len(head) < 8 or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.2 * half and even < 0.02 * half:
        return "utf-16-le"
    if even > 0.2 * half and odd < 0.02 * half:
        return "utf-16-be"
    return None


def _declared(content: bytes) -> str | None:
    found = _DECLARED.search(content[:_HEAD])
    return _KNOWN.get((found[1] or found[2]).decode("ascii", "replace").lower()) if found else None
