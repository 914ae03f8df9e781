"""Simplified to traditional characters for reports with ``script: hant``.

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


@lru_cache(maxsize=4096)
def _traditional(text: str) -> str:
    # OpenCC is written in C and takes NUL for the end.
    converted = "\0".join(_converter().convert(part) for part in text.split("\0"))
    for wrong, right in _TERMS.items():
        converted = converted.replace(wrong, right)
    return converted


@cache
def _converter() -> Any:
    # Imported here: nine reports in ten are simplified and shouldn't pay for the dictionaries.
    from opencc import OpenCC

    return OpenCC("s2tw")
