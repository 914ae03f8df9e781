"""Simplified to traditional characters for reports with ``script: hant``, and back for published ones that are audited.

Only the printed form is converted (tables, narrative, charts, alternative texts); ledgers, codes and figures never are.
Character forms change, mainland wording stays: OpenCC's ``s2tw``, whose 為, 群, 眾 and 臺 are those of the published
traditional mirrors, with legal terms that it gets wrong put right.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Literal

Script = Literal["hans", "hant"]

# OpenCC takes 复议 for "double"; 行政复议 is "again", 行政復議.
_TERMS = {"複議": "復議"}


def to_script(text: str, script: str) -> str:
    """``text`` in the characters of ``script`` (``"hans"`` or ``"hant"``); hans is taken as it is written."""
    return _traditional(text) if script == "hant" else text


def to_simplified(text: str) -> str:
    """``text`` with its traditional characters made simplified, for comparing only; simplified text stays as it is."""
    return text if text.isascii() else _simplified(text)


@lru_cache(maxsize=4096)
def _simplified(text: str) -> str:
    return _converted(text, "t2s")


@lru_cache(maxsize=4096)
def _traditional(text: str) -> str:
    converted = _converted(text, "s2tw")
    for wrong, right in _TERMS.items():
        converted = converted.replace(wrong, right)
    return converted


def _converted(text: str, direction: str) -> str:
    # OpenCC is written in C and takes NUL for the end.
    return "\0".join(_converter(direction).convert(part) for part in text.split("\0"))


@cache
def _converter(direction: str) -> Any:
    # Imported here: nine reports in ten are simplified and shouldn't pay for the dictionaries.
    from opencc import OpenCC

    return OpenCC(direction)
