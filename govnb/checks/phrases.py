"""The words of the text checks (phrases.yaml), compiled once. Judges nothing."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import yaml


@cache
def phrase(name: str) -> re.Pattern[str]:
    """One pattern, over simplified text with half-width digits; a list is taken as alternatives."""
    text = (resources.files("govnb.checks") / "phrases.yaml").read_text(encoding="utf-8")
    found = yaml.safe_load(text)[name]
    return re.compile("|".join(f"(?:{item})" for item in found) if isinstance(found, list) else found)
