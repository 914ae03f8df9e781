"""What the site needs of one report.json: its numbers, its check results, its name. A hundredth of the file.

Never trusts the file: whatever is not as govnb writes it is a ValueError, and a value that is no number is None,
never 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic_core import from_json

from govnb.site.wording import Measure, measures

SHOWN = 40  # failed checks that a page lists; the review page has them all
_STATUSES = ("pass", "fail", "not_assessable")
_SEVERITIES = ("error", "warning", "information")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True)
class Finding:
    """A failed check, as report.json tells it."""

    severity: str
    id: str
    where: str
    message: str


@dataclass(frozen=True)
class Summary:
    """``values``: measure → exact digits, or None where the report doesn't have it. ``findings``: the first ``SHOWN``.

    ``failed``: severity → failed checks; ``passed`` and ``not_assessable``: how many results were so.
    """

    name: str
    title: str
    edition: int
    values: Mapping[str, str | None]
    failed: Mapping[str, int]
    passed: int
    not_assessable: int
    findings: tuple[Finding, ...]

    def value(self, measure: str) -> Decimal | None:
        digits = self.values.get(measure)
        return None if digits is None else Decimal(digits)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "findings": [vars(finding) for finding in self.findings]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Summary:
        return cls(**{**data, "findings": tuple(Finding(**item) for item in data["findings"])})


def parse_report(content: bytes, agency: str, year: int) -> Summary:
    """The summary of a report.json of that agency and year; ValueError where it is no such file."""
    try:
        data = from_json(content, cache_strings="keys")  # a third faster than json.loads, for half a gigabyte
        if (data["agency"], data["year"]) != (agency, year):
            raise ValueError("another report")
        return _summary(data)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a report.json: {type(error).__name__}") from None


def _summary(data: Mapping[str, Any]) -> Summary:
    checks = data["checks"]
    failed = [check for check in checks if check["status"] == "fail"]
    known = all(check["status"] in _STATUSES and check["severity"] in _SEVERITIES for check in checks)
    texts = [data["name"], data["title"], *(check[key] for check in failed for key in ("id", "where", "message"))]
    if not known or not all(isinstance(text, str) for text in texts) or type(data["edition"]) is not int:
        raise ValueError("not as govnb writes it")
    "".join(texts).encode()  # half a surrogate pair is no text; its UnicodeEncodeError is a ValueError
    ordered = sorted(failed, key=lambda check: _SEVERITIES.index(check["severity"]))
    return Summary(
        name=data["name"],
        title=data["title"],
        edition=data["edition"],
        values={measure.code: _measured(data, measure) for measure in measures()},
        failed={severity: sum(check["severity"] == severity for check in failed) for severity in _SEVERITIES},
        passed=sum(check["status"] == "pass" for check in checks),
        not_assessable=sum(check["status"] == "not_assessable" for check in checks),
        findings=tuple(Finding(c["severity"], c["id"], c["where"], c["message"]) for c in ordered[:SHOWN]),
    )


def _measured(data: Mapping[str, Any], measure: Measure) -> str | None:
    if measure.figure:
        figure = data["figures"].get(measure.figure)
        return None if figure is None else _digits(figure["value"])
    if measure.cell:
        table, row, column = measure.cell
        return _digits(data["tables"].get(table, {}).get(row, {}).get(column))
    blocks = data["tables"].get("disputes", {}).values()
    cells = [_digits(block.get(column)) for block in blocks for column in measure.disputes]
    whole = [Decimal(cell) for cell in cells if cell is not None]
    return format(sum(whole, Decimal(0)), "f") if cells and len(whole) == len(cells) else None


def _digits(value: Any) -> str | None:
    """The digits of an int or of an exact decimal in a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if _NUMBER.fullmatch(text) else None
