"""When the report of a year must be published. Apart from the other limits, as it is asked without any ledger."""

from __future__ import annotations

from datetime import date

_AGGREGATE_DEADLINES = {"county": (2, 20), "city": (3, 10), "province": (3, 31)}


def deadline(level: str | None, scope: str | None, year: int, *, is_government_office: bool = False) -> date | None:
    """Last day to publish the report of ``year`` (第四十九条, 国办公开办函〔2021〕30号); None if unknown.

    Own reports: January 31. A government's aggregate: county February 20, city March 10, province March 31; departments
    and towns make none, so theirs is January 31 whatever the scope. With the scope unknown (a published report)
    only a department's, a town's and a government office's can be told.
    """
    own = date(year + 1, 1, 31)
    if level in ("department", "town") or scope == "own":
        return own
    if scope == "aggregate" and level in _AGGREGATE_DEADLINES:
        return date(year + 1, *_AGGREGATE_DEADLINES[level])
    return own if scope is None and is_government_office else None
