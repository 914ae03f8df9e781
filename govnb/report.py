"""Report: the one aggregate that is published, rendered, compared, reviewed. ``report.json`` is its only serial form.

It holds results only: no ledger row, no path, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from govnb.checks.model import Result, TableValues
from govnb.counting.figures import Figure, Figures, value_from_json, value_to_json
from govnb.form.edition import TABLES, Edition
from govnb.indented import indented_json
from govnb.narrative.sections import Section
from govnb.script import to_script

MIME = "application/vnd.govnb.report+json"


@dataclass(frozen=True)
class ReportMember:
    """An organ of an aggregate. ``state``: summed, missing, own (the aggregate's own office), or compared, where the
    aggregate's tables are declared and its members' only looked at."""

    id: str
    name: str
    state: str

    def to_json(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "state": self.state}


@dataclass(frozen=True)
class Report:
    """One report of one agency and year. ``tables`` is table → row → column → int | Decimal | str | None."""

    agency: str
    name: str
    year: int
    edition: int
    authority: str
    short_name: str = ""
    region: str = ""
    level: str = ""
    website: str = ""
    script: str = "hans"
    published_date: str | None = None
    tables: TableValues = field(default_factory=dict)
    figures: Figures = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    checks: tuple[Result, ...] = ()
    members: tuple[ReportMember, ...] = ()

    @property
    def title(self) -> str:
        """The report's title in the wording of 条例第五十条."""
        return f"{self.name}{self.year}年政府信息公开工作年度报告"

    def as_published(self) -> Report:
        """With the sections in the characters that are printed; everything else is data and stays as it is."""
        if self.script == "hans":
            return self
        sections = tuple(
            replace(
                section,
                title=to_script(section.title, self.script),
                blocks=tuple(replace(block, text=to_script(block.text, self.script)) for block in section.blocks),
            )
            for section in self.sections
        )
        return replace(self, sections=sections)

    def to_json(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "name": self.name,
            "short_name": self.short_name,
            "region": self.region,
            "level": self.level,
            "website": self.website,
            "year": self.year,
            "edition": self.edition,
            "authority": self.authority,
            "script": self.script,
            "published_date": self.published_date,
            "title": self.title,
            "tables": tables_to_json(self.tables),
            # A notebook file has its keys sorted, whoever saves it; the order of the figures is kept as a number.
            "figures": {
                figure.id: {**figure.to_json(), "order": order} for order, figure in enumerate(self.figures.values())
            },
            "sections": [section.to_json() for section in self.sections],
            "checks": [check.to_json() for check in self.checks],
            **({"members": [member.to_json() for member in self.members]} if self.members else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], edition: Edition) -> Report:
        """``edition`` tells which cells are amounts, that is exact decimals."""
        plain = ("agency", "name", "year", "authority", "short_name", "region", "level", "website", "script")
        return cls(
            **{key: data[key] for key in plain},
            edition=edition.number,
            published_date=data["published_date"],
            tables=in_edition_order(tables_from_json(data["tables"]), edition),
            figures={key: Figure.from_json(key, value) for key, value in sorted(data["figures"].items(), key=_order)},
            sections=tuple(Section.from_json(item) for item in data["sections"]),
            checks=tuple(Result.from_json(item) for item in data["checks"]),
            members=tuple(ReportMember(item["id"], item["name"], item["state"]) for item in data.get("members", ())),
        )


def tables_to_json(tables: TableValues) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        table: {row: {column: value_to_json(value) for column, value in cells.items()} for row, cells in rows.items()}
        for table, rows in tables.items()
    }


def tables_from_json(tables: Mapping[str, Any]) -> TableValues:
    """A string that is a plain decimal number is one; any other string (an amount with its unit) stays text."""
    return {
        table: {row: {column: value_from_json(value) for column, value in cells.items()} for row, cells in rows.items()}
        for table, rows in tables.items()
    }


def in_edition_order(tables: TableValues, edition: Edition) -> TableValues:
    """``tables`` with rows and columns in the order of the form; what the form does not know comes last."""
    ordered: dict[str, dict[str, dict[str, Any]]] = {}
    for table in (*(known for known in TABLES if known in tables), *(name for name in tables if name not in TABLES)):
        form = edition.rows(table) if table in TABLES else {}
        ordered[table] = {
            row: {column: tables[table][row][column] for column in _first(form.get(row, ()), tables[table][row])}
            for row in _first(form, tables[table])
        }
    return ordered


def _first(known: Iterable[str], names: Iterable[str]) -> list[str]:
    """``names``, those that are ``known`` first and in that order."""
    there = list(names)
    return list(dict.fromkeys([*(name for name in known if name in there), *there]))


def _order(item: tuple[str, Mapping[str, Any]]) -> int:
    return int(item[1].get("order", 0))


def dump_json(data: Any) -> bytes:
    """The one way JSON is written: UTF-8, two spaces, keys in our order, a newline at the end."""
    return (indented_json(data, 2, allow_nan=False) + "\n").encode()
