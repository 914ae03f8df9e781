"""What a benchmark gives: rows of name, value, unit, limit and baseline; how they are shown, and which miss a limit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def row(
    name: str,
    value: float,
    unit: str,
    limit: float | None = None,
    baseline: float | None = None,
    *,
    at_least: bool = False,
) -> Row:
    """One number. ``limit``: what it may not exceed, or with ``at_least`` not fall below; None: told only.

    ``baseline``: the same number of what it is compared with.
    """
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "limit": limit,
        "at_least": at_least,
        "baseline": None if baseline is None else round(baseline, 4),
    }


def is_missed(item: Row) -> bool:
    if item["limit"] is None:
        return False
    return bool(item["value"] < item["limit"] if item["at_least"] else item["value"] > item["limit"])


def show(rows: Iterable[Row], baseline: str = "compared") -> None:
    """A table; ``baseline`` heads the column of what each is compared with."""
    print(f"{'':44}{'value':>10} {'unit':14}{'limit':>12}{baseline:>11}")
    for item in rows:
        limit = "" if item["limit"] is None else f"{'≥' if item['at_least'] else '≤'} {item['limit']:g}"
        compared = "" if item["baseline"] is None else f"{item['baseline']:.3f}"
        missed = "  missed" if is_missed(item) else ""
        print(f"{item['name']:44}{item['value']:10.3f} {item['unit']:14}{limit:>12}{compared:>11}{missed}")
