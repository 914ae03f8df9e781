"""The words by which a published page is told apart (phrases.yaml), compiled once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from govnb.marked import load_packaged


@dataclass(frozen=True)
class Phrases:
    """Each is a pattern over simplified, half-width text."""

    title: re.Pattern[str]
    other_articles: re.Pattern[str]
    end: re.Pattern[str]
    noise: re.Pattern[str]
    published: re.Pattern[str]
    contents: re.Pattern[str]
    caption: re.Pattern[str]
    maker: re.Pattern[str]
    announces: re.Pattern[str]
    levels: tuple[tuple[re.Pattern[str], str | None], ...]


@cache
def read_phrases() -> Phrases:
    text = (resources.files("govnb.audit") / "phrases.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = load_packaged(text)
    single = ("title", "other_articles", "noise", "published", "contents", "caption", "maker", "announces")
    return Phrases(
        end=re.compile("|".join(f"(?:{pattern})" for pattern in data["end"]), re.IGNORECASE),
        levels=tuple((re.compile(pattern), level) for pattern, level in data["levels"]),
        **{name: re.compile(data[name]) for name in single},
    )
