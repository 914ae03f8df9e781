"""What a report of a year can see of a ledger: the rows that had begun by the year's end, and all that was found amiss.

A report of an earlier year doesn't know a record that begins later, so it is made from the view and not from the file:
what a later row holds can't reach it. A view has a digest, by which a change that lies beyond it is known as such.
No ledger is opened here; cells note what they have seen in a folder that their report gives them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from govnb.inputs.parsing import Parsed
from govnb.inputs.schema import LedgerSchema
from govnb.inputs.typed import Days, Numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]


def cut_to_year(parsed: Parsed, schema: LedgerSchema, year: int) -> Parsed:
    """``parsed`` without the rows that begin after ``year`` and have no other date by its end.

    A row that does not say when it begins is always there. Row numbers stay those of the file; findings and warnings
    stay whole, since a fault is told in every report of the ledger.
    """
    if not parsed.columns:
        return parsed
    seen = ~parsed.columns[schema.begin].filled()
    for code in dict.fromkeys((schema.begin, *schema.dates)):
        seen |= _by_end_of(parsed.columns[code], year)
    if seen.all():
        return replace(parsed, rows=_run(parsed.rows))
    columns = {code: column.kept(seen) for code, column in parsed.columns.items()}
    return replace(parsed, columns=columns, rows=_run(np.asarray(parsed.rows)[seen]))


def _by_end_of(column: Any, year: int) -> Bits:
    if isinstance(column, Numbers):  # a year
        return (column.values <= year) & column.filled()
    assert isinstance(column, Days)
    return column.days < np.datetime64(f"{year + 1:04d}-01-01", "s")  # never where there is none


def _run(rows: range | NDArray[np.int64]) -> range | NDArray[np.int64]:
    """Numbers without a gap are a range, so that the same rows are the same index whatever the file holds besides."""
    if not len(rows):
        return range(0)
    first, last = int(rows[0]), int(rows[-1])
    return range(first, last + 1) if last - first + 1 == len(rows) else rows


def view_digest(parsed: Parsed, ledger: str, shown: str) -> str:
    """sha256 of everything that a report may see of a ledger that was cut to its year, whatever its file's format."""
    sums = hashlib.sha256()
    said = [[asdict(problem) for problem in problems] for problems in (parsed.findings, parsed.warnings)]
    head = [
        ledger,
        shown,
        len(parsed.rows),
        *said,
        {code: type(each).__name__ for code, each in parsed.columns.items()},
    ]
    sums.update(json.dumps(head, ensure_ascii=True).encode())
    if isinstance(parsed.rows, range):
        sums.update(f"{parsed.rows.start}".encode())
    else:
        sums.update(np.ascontiguousarray(parsed.rows, dtype=np.int64).data)
    for column in parsed.columns.values():
        its = hashlib.sha256()
        for piece in column.content():
            its.update(piece)
        sums.update(its.digest())
    return sums.hexdigest()


def sum_of_views(views: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """One digest for each file, of the ledgers in it."""
    return {file: hashlib.sha256("".join(digests).encode()).hexdigest() for file, digests in views.items()}


def note_views(folder: str, agency: str, year: int, views: Mapping[str, str] | None) -> None:
    """Notes what the report of ``agency`` for ``year`` was given; None: its ledgers have faults, and it saw nothing."""
    Path(folder, f"{agency}.{year}.json").write_text(json.dumps(views), encoding="utf-8")


def read_notes(folder: Path) -> dict[str, dict[str, str]] | None:
    """``<agency>/<year>`` → file → digest, of everything that was noted; None where something was faulty.

    Another kernel may have noted it, with a govnb of its own; what it says otherwise makes the report run again.
    """
    found: dict[str, dict[str, str] | None] = {}
    try:
        for path in sorted(folder.glob("*.json")):
            found[path.stem.replace(".", "/")] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    whole = {reading: views for reading, views in found.items() if views is not None}
    return whole if len(whole) == len(found) else None
