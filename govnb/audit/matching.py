"""The three statutory tables of a published report: found among its tables, and read by the form that fits best.

The form is decided for each table: reports exist that print table 1 of 2021 and table 2 of 2019. Nothing is judged
here; what departs from the form is listed, and what can't be read with certainty stays null and is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from govnb.audit.confirming import confirmed_cells, table_is_confirmed
from govnb.audit.match_applications import match_applications
from govnb.audit.match_disclosure import match_disclosure
from govnb.audit.match_disputes import match_disputes
from govnb.audit.raw import RawTable
from govnb.audit.structure_labels import misprinted
from govnb.audit.table_match import TableMatch
from govnb.checks.model import Deviation, TableValues
from govnb.counting.figures import Value
from govnb.form.edition import TABLES, Edition, edition_for
from govnb.script import to_simplified


@dataclass(frozen=True)
class Matched:
    """``values``: the rows that are printed, blanks and unread cells as None. ``editions``: the form of each table,
    None where the table was not found. ``edition``: the form of the report, None where no table was found. ``used``:
    numbers of the raw tables that the values come from; ``guessed``: tables of the form that had no ruled lines."""

    values: TableValues
    editions: Mapping[str, int | None]
    unreadable: frozenset[tuple[str, str, str]]
    deviations: tuple[Deviation, ...]
    edition: int | None
    used: frozenset[int] = frozenset()
    guessed: frozenset[str] = frozenset()


def match_tables(tables: Sequence[RawTable], editions: Mapping[int, Edition], year: int | None = None) -> Matched:
    """Reads the statutory tables; traditional characters are simplified first.

    Of forms that fit alike, that of the report's ``year`` is taken, else the newest.
    """
    plain = [_simplified(table) for table in tables]
    forms = _in_order(editions, year)
    groups = {
        e.number: frozenset(g for o in forms if o is not e for g in o.applications.groups.values()) for e in forms
    }
    applications = _best(match_applications(plain, edition, groups[edition.number]) for edition in forms)
    taken = applications.used if applications else set()
    disclosure = _best(match_disclosure(plain, edition, taken) for edition in forms)
    leading = _leading(disclosure, applications)
    disputes = _best(match_disputes(plain, form) for form in _first(forms, leading))
    found = dict(zip(TABLES, (disclosure, applications, disputes), strict=True))
    if applications and disclosure and applications.edition != disclosure.edition:
        _tell_other_rows(applications, editions[applications.edition], editions[disclosure.edition])
    for table, match in found.items():
        if match is not None:
            match.deviations += misprinted(plain, match.used, table, editions[match.edition], forms)
    guessed = frozenset(t for t, match in found.items() if match and any(not tables[n].sure for n in match.used))
    for table in guessed:
        match = found[table]
        if match is not None and any(tables[n].recognised for n in match.used):
            _keep_confirmed(match, editions[match.edition], table)
        else:
            _refuse_unless_confirmed(match, editions, table)
    matches = [match for match in found.values() if match is not None]
    return Matched(
        values={table: _values(match) for table, match in found.items() if match is not None},
        editions={table: match.edition if match else None for table, match in found.items()},
        unreadable=frozenset(cell for match in matches for cell in match.unreadable),
        deviations=tuple(deviation for match in matches for deviation in match.deviations),
        edition=leading if leading is not None else (disputes.edition if disputes else None),
        used=frozenset(number for match in matches for number in match.used),
        guessed=guessed,
    )


def _in_order(editions: Mapping[int, Edition], year: int | None) -> list[Edition]:
    """The form of the year first, then the newest."""
    of_year = edition_for(year, editions) if year is not None else None
    rest = [editions[number] for number in sorted(editions, reverse=True) if editions[number] is not of_year]
    return [of_year, *rest] if of_year is not None else rest


def _first(forms: Sequence[Edition], number: int | None) -> list[Edition]:
    return sorted(forms, key=lambda form: form.number != number)


def _best(matches: Iterable[TableMatch | None]) -> TableMatch | None:
    """The reading with the highest score; of equal ones the first. One that fits in everything ends the search."""
    best: TableMatch | None = None
    for match in matches:
        if match is not None and not match.deviations and not match.unreadable:
            return match
        if match is not None and (best is None or match.score > best.score):
            best = match
    return best


def _leading(disclosure: TableMatch | None, applications: TableMatch | None) -> int | None:
    """The form of the report: the newer of those of its tables, whose rows the older one's can stand among."""
    return max((match.edition for match in (disclosure, applications) if match), default=None)


def _tell_other_rows(match: TableMatch, own: Edition, other: Edition) -> None:
    """Rows that table 2 has because it follows an older form than the rest of the report."""
    if own.number > other.number:
        return
    mine, wanted = own.applications.rows, other.applications.rows
    instead = "、".join(label for code, label in wanted.items() if code not in mine)
    for code in mine:
        if code not in wanted and code in match.values:
            match.deviations.append(Deviation("applications", "renamed", "row", instead or None, mine[code]))


def _simplified(table: RawTable) -> RawTable:
    rows = tuple(tuple(replace(cell, text=to_simplified(cell.text)) for cell in row) for row in table.rows)
    return replace(table, rows=rows)


def _values(match: TableMatch) -> dict[str, dict[str, Value]]:
    return {row: dict(cells) for row, cells in match.values.items()}


def _refuse_unless_confirmed(match: TableMatch | None, editions: Mapping[int, Edition], table: str) -> None:
    """Rows and columns that had to be guessed are taken only where the form's equations bear them out everywhere."""
    if match is None:
        return
    edition = editions[match.edition]
    whole = set(match.values) >= set(edition.rows(table))
    if whole and table_is_confirmed(match, edition, table):
        return
    for row in list(match.values):
        match.refuse_row(table, row, edition.rows(table)[row])


def _keep_confirmed(match: TableMatch, edition: Edition, table: str) -> None:
    """Of a table that was recognised from a picture, the cells that the form's equations bear out; all others are
    unreadable, blank ones too. Its labels may be misread, so that nothing is told of them; but rows and columns change
    places without any sum telling, so that they must be exactly the form's."""
    in_place = all(deviation.kind == "renamed" for deviation in match.deviations)
    kept = confirmed_cells(match, edition, table) if in_place else frozenset()
    match.deviations.clear()
    for row, columns in edition.rows(table).items():
        cells = match.values.setdefault(row, {})
        for column in columns:
            if (row, column) not in kept:
                cells[column] = None
                match.unreadable.add((table, row, column))
