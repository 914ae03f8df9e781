"""The words of the text checks (phrases.yaml), compiled once. Judges nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from govnb.marked import load_packaged


@cache
def phrase(name: str) -> re.Pattern[str]:
    """One pattern, over simplified text with half-width digits; a list is taken as alternatives."""
    found = _phrases()[name]
    return re.compile("|".join(f"(?:{item})" for item in found) if isinstance(found, list) else found)


@cache
def _phrases() -> Mapping[str, Any]:
    text = (resources.files("govnb.checks") / "phrases.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = load_packaged(text)
    return loaded
