"""A study: a document beside the annual report, in parts of text, one table and one chart each, for inside use.

What a notebook such as handling or comparison publishes; rendered by the same exporters. It is no report: it has no
statutory table and no check, and no report.json is ever made of it. Results only: no ledger row, no path, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from govnb.counting.figures import Value, value_from_json, value_to_json

MIME = "application/vnd.govnb.study+json"


@dataclass(frozen=True)
class StudyTable:
    """``heads`` are those of the columns; the first cell of each of ``rows`` is the row's own head."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    def to_json(self) -> dict[str, Any]:
        rows = [[value_to_json(value) for value in row] for row in self.rows]
        return {"caption": self.caption, "heads": list(self.heads), "rows": rows}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StudyTable:
        """ValueError where a row has more or fewer cells than there are heads."""
        heads = tuple(str(head) for head in data["heads"])
        rows = tuple((str(row[0]), *(value_from_json(value) for value in row[1:])) for row in data["rows"])
        if len(heads) < 2 or any(len(row) != len(heads) for row in rows):
            raise ValueError("rows and heads differ")
        return cls(str(data["caption"]), heads, rows)


@dataclass(frozen=True)
class StudyPart:
    """``lines`` are paragraphs; ``chart`` is the code of a chart that the notebook shows, drawn after the table."""

    title: str
    lines: tuple[str, ...] = ()
    table: StudyTable | None = None
    chart: str | None = None

    def to_json(self) -> dict[str, Any]:
        table = self.table.to_json() if self.table else None
        return {"title": self.title, "lines": list(self.lines), "table": table, "chart": self.chart}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StudyPart:
        table = StudyTable.from_json(data["table"]) if data["table"] else None
        return cls(str(data["title"]), tuple(str(line) for line in data["lines"]), table, data["chart"])


@dataclass(frozen=True)
class Study:
    """``name`` is the organ's; ``subject`` what the study is about, which makes its title with name and year."""

    agency: str
    name: str
    year: int
    subject: str
    script: str = "hans"
    parts: tuple[StudyPart, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.name}{self.year}年{self.subject}"

    def to_json(self) -> dict[str, Any]:
        plain = ("agency", "name", "year", "subject", "script", "title")
        return {**{key: getattr(self, key) for key in plain}, "parts": [part.to_json() for part in self.parts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Study:
        """KeyError, TypeError or ValueError where the data are no study."""
        texts = {key: str(data[key]) for key in ("agency", "name", "subject", "script")}
        return cls(year=int(data["year"]), parts=tuple(StudyPart.from_json(part) for part in data["parts"]), **texts)
