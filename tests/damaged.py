"""Published documents damaged in every way that a download or a broken program damages them, from a seed.

Nothing here reads a document; the same seed gives the same bytes.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from functools import cache

from tests.layouts import docx_bytes, html_clean, html_split, html_word_gbk, own_pdf, read_sample


@cache
def originals() -> tuple[tuple[str, bytes], ...]:
    """(suffix, document): pages, PDF and DOCX of three years."""
    found: list[tuple[str, bytes]] = []
    for year in (2020, 2021, 2022):
        parts = read_sample(year).parts
        found += [
            ("html", html_clean(*parts).encode()),
            ("htm", html_word_gbk(*parts)),
            ("html", html_split(*parts).encode("utf-16")),
            ("pdf", own_pdf(*parts)),
            ("docx", docx_bytes(*parts)),
        ]
    return tuple(found)


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def _flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 8, 200))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _lose(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice((1, 100, 5000)) :]


def _double(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.choice((10, 1000, 20_000))]
    at = chance.randrange(len(content))
    return content[:at] + piece * chance.choice((1, 2, 30)) + content[at:]


def _insert(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.choice((1, 50, 3000))) + content[at:]


def _splice(chance: random.Random, content: bytes) -> bytes:
    other = chance.choice(originals())[1]
    return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]


_WORDS = (
    b'colspan="',
    b'rowspan="',
    b"<table",
    b"</table>",
    b"<td>",
    b"<tr>",
    b"/Kids",
    b"/Parent",
    b"/Length ",
    b"endobj",
)
_SWAPS = (b"99999999", b"-1", b"0", b"<table><table>", b"", b"<td colspan=99999 rowspan=99999>", b"NaN", b"\xff\xfe")


def _words(chance: random.Random, content: bytes) -> bytes:
    """The file's own syntax in the wrong place, and impossible values in it."""
    for _ in range(chance.choice((1, 5, 50))):
        word = chance.choice(_WORDS)
        at = content.find(word, chance.randrange(len(content)) if content else 0)
        if at >= 0:
            after = at + len(word)
            content = content[:after] + chance.choice(_SWAPS) + content[after + chance.choice((0, 1, 3)) :]
    return content


PLAIN: tuple[Callable[[random.Random, bytes], bytes], ...] = (_cut, _flip, _lose, _double, _insert, _splice, _words)


def _inside(chance: random.Random, content: bytes) -> bytes:
    """A DOCX whose container is sound and whose parts are not."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "word/document.xml" or (data and chance.random() < 0.1):
                data = chance.choice(PLAIN)(chance, data)
            if name == "word/document.xml" or chance.random() > 0.02:
                new.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def damaged(seed: int) -> tuple[str, bytes]:
    """(suffix, content) of a document damaged once to three times; now and then with another's suffix."""
    chance = random.Random(seed)
    suffix, content = chance.choice(originals())
    if suffix == "docx" and chance.random() < 0.6:
        content = _inside(chance, content)
    for _ in range(chance.choice((1, 1, 1, 2, 3)) if suffix != "docx" or chance.random() < 0.5 else 0):
        if content:
            content = chance.choice(PLAIN)(chance, content)
    return chance.choice(("html", "pdf", "docx")) if chance.random() < 0.05 else suffix, content
