"""Parameters inside the program: frozen dataclasses, the same whatever the files looked like. They check nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from govnb.form.edition import Edition


@dataclass(frozen=True)
class Source:
    """Where a ledger comes from: ``file`` (with ``sheet``) or ``url`` with ``query``, never both.

    ``columns``: header of their export → our column code. ``values``: our column code → their value → ours.
    """

    file: str | None = None
    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    url: str | None = None
    query: str | None = None


@dataclass(frozen=True)
class Agency:
    """The organ. ``level``: province, city, county, department or town; ``scope``: own or aggregate (law.md)."""

    id: str
    name: str
    short_name: str
    region: str
    level: str
    website: str = ""
    script: str = "hans"
    reply_target_days: int | None = None
    members: tuple[str, ...] = ()
    scope: str = "own"
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True)
class Cited:
    """A number (or wording) quoted from elsewhere, with the ``source`` that it is quoted from."""

    id: str
    value: int | Decimal | str
    label: str
    unit: str
    source: str


@dataclass(frozen=True)
class Params:
    """Everything that params/ says about one report.

    ``sources`` merges those of the agency and of the year (the year's win, ledger by ledger). ``narrative`` is the text
    of <year>.md and ``narrative_file`` its shown name. ``origins``: key → ``params/x/agency.yaml:3``, or ``default``.
    """

    agency: Agency
    year: int
    edition: Edition
    sources: Mapping[str, Source] = field(default_factory=dict)
    published_date: date | None = None
    cited: Mapping[str, Cited] = field(default_factory=dict)
    notebook: str = "annual_report"
    script: str = "hans"
    narrative: str | None = None
    narrative_file: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
