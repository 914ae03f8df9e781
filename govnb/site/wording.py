"""The site's words and measures, read from wording.yaml. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from govnb.marked import load_packaged


@dataclass(frozen=True)
class Measure:
    """A number of every report. Exactly one of ``figure``, ``cell`` and ``disputes`` (columns to add up) is given."""

    code: str
    label: str
    unit: str
    figure: str = ""
    cell: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    compared: bool = False


@cache
def read_wording() -> Mapping[str, Any]:
    """Group (states, timings, reviews, …) → code → word."""
    data: dict[str, Any] = load_packaged(resources.files("govnb.site").joinpath("wording.yaml").read_text("utf-8"))
    return data


@cache
def measures() -> tuple[Measure, ...]:
    """Every measure, in the order of the pages."""
    entries: list[dict[str, Any]] = read_wording()["measures"]
    return tuple(
        Measure(**{**entry, "cell": tuple(entry.get("cell", ())), "disputes": tuple(entry.get("disputes", ()))})
        for entry in entries
    )


def compared_measures() -> tuple[Measure, ...]:
    return tuple(measure for measure in measures() if measure.compared)
