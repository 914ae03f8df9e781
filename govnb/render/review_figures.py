"""The figures of a report for its reviewer: each with what stands behind it and with last year's value.

``previous.*`` and ``change.*`` are not figures of their own here: they say how their figure compares. Nothing is
counted; every number is one that the notebook published, only the percentage of a change is worked out.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from govnb.counting.catalogue import percent
from govnb.counting.figures import Figure, Value, show
from govnb.form.edition import TABLES
from govnb.report import Report

_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_MOST_MEMBERS = 30  # organs of an aggregate that are named; `govnb trace` names all
_PREVIOUS, _CHANGE = "previous.", "change."

Print = Callable[[str], str]
"""A text as the report prints it: in its script, without control characters."""


@dataclass(frozen=True)
class Change:
    """Against last year. ``sign`` is 1, 0 or -1, None where the two can't be subtracted; ``share`` in per cent."""

    before: str
    sign: int | None
    difference: str = ""
    share: str = ""


@dataclass
class Entry:
    """One figure as it is listed. ``places`` are (link, words) of where it is printed, ``parts`` (anchor, words) of the
    figures that it is made of."""

    id: str
    anchor: str
    label: str
    value: str
    unit: str
    rule: str
    source: str
    rows: str
    change: Change | None
    command: str
    members: str
    parts: list[tuple[str, str]] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)


class Figures:
    """All entries by figure id; a previous or changed figure is found under the figure that it belongs to."""

    def __init__(self, report: Report, words: Mapping[str, str], printed: Print) -> None:
        self._report, self._words, self._print = report, words, printed
        self._entries: dict[str, Entry] = {}
        for order, figure in enumerate(report.figures.values()):
            if self._base(figure.id) == figure.id:
                self._entries[figure.id] = self._entry(figure, order)
        for entry in self._entries.values():
            known = (self.find(part) for part in report.figures[entry.id].parts)
            entry.parts += [(part.anchor, f"{part.label} {part.value}{part.unit}") for part in known if part]

    def find(self, figure_id: str) -> Entry | None:
        return self._entries.get(self._base(figure_id))

    def compares(self, figure_id: str) -> bool:
        """Whether the figure is one of last year, or a difference to it."""
        return self._base(figure_id) != figure_id

    def groups(self) -> dict[str, list[Entry]]:
        """Entries by what they are listed under: the code of a statutory table, or the source."""
        found: dict[str, list[Entry]] = {table: [] for table in TABLES}
        for entry in self._entries.values():
            head = entry.id.split(".")[0]
            found.setdefault(head if head in TABLES else entry.source, []).append(entry)
        return {name: entries for name, entries in found.items() if entries}

    def changed(self) -> list[Entry]:
        return [entry for entry in self._entries.values() if entry.change and entry.change.sign]

    def comparable(self) -> int:
        return sum(entry.change is not None and entry.change.sign is not None for entry in self._entries.values())

    def _base(self, figure_id: str) -> str:
        for prefix in (_PREVIOUS, _CHANGE):
            own = figure_id.removeprefix(prefix)
            if own != figure_id and own in self._report.figures:
                return own
        return figure_id

    def _entry(self, figure: Figure, order: int) -> Entry:
        report, printed = self._report, self._print
        command = f"govnb trace {report.agency} {report.year} {shlex.quote(figure.id)}"
        return Entry(
            id=figure.id,
            anchor=f"f-{figure.id}" if _PLAIN.fullmatch(figure.id) else f"f-{order}",
            label=printed(figure.label or figure.id),
            value=printed(show(figure.value)),
            unit=printed(figure.unit),
            rule=printed(figure.rule),
            source=figure.source,  # a file's name stays as it is
            rows=printed(self._rows(figure)),
            change=self._change(figure),
            command=command if figure.rows is not None or figure.parts or figure.members else "",
            members=self._members(figure),
        )

    def _rows(self, figure: Figure) -> str:
        if figure.rows is None:
            return ""
        listed = "、".join(map(str, figure.first_rows))
        form = "rows_none" if not listed else "rows_all" if figure.rows == len(figure.first_rows) else "rows_more"
        return self._words[form].format(rows=figure.rows, first=listed)

    def _members(self, figure: Figure) -> str:
        """Each organ's share of an aggregate, the largest first; ids stay as they are."""
        shares = sorted(figure.members.items(), key=lambda item: (-_number(item[1]), item[0]))
        said = [f"{name} {show(value)}{_of_whole(value, figure.value)}" for name, value in shares[:_MOST_MEMBERS]]
        if len(shares) > _MOST_MEMBERS:
            said.append(self._words["more_members"].format(more=len(shares) - _MOST_MEMBERS))
        return "、".join(said)

    def _change(self, figure: Figure) -> Change | None:
        figures = self._report.figures
        before = figures.get(f"{_PREVIOUS}{figure.id}")
        difference = figures.get(f"{_CHANGE}{figure.id}")
        if before is None or before.value is None:
            return None
        value = None if difference is None else difference.value
        if value is None or isinstance(value, str):
            return Change(self._print(show(before.value)), None)
        sign = (value > 0) - (value < 0)
        return Change(show(before.value), sign, show(_size(value)), _share(value, before.value))


def _number(value: Value) -> int | Decimal:
    return 0 if value is None or isinstance(value, str) else value


def _of_whole(value: Value, whole: Value) -> str:
    part, total = _number(value), _number(whole)
    return f"（{show(percent(part, total))}%）" if part > 0 and total > 0 else ""


def _share(difference: int | Decimal, before: Value) -> str:
    if before is None or isinstance(before, str) or before == 0 or difference == 0:
        return ""
    return f"{show(percent(_size(difference), _size(before)))}%"


def _size(value: int | Decimal) -> int | Decimal:
    return -value if value < 0 else value
