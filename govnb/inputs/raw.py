"""What every reader gives: strings in columns, the headers as they stand, and where in the file the rows are.

Also the limits of size that keep a hostile or mistaken file from filling memory. Nothing here knows a file format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from govnb.errors import NOTHING, Place, Problem, Text
from govnb.inputs.folding import BLANKS

HEADER_ROWS = 10  # the header may stand below a title; it is looked for in this many rows
MAX_BYTES = 1 << 30
MAX_CELL = 100_000  # characters of a cell that is kept
FILE, COLUMNS, VALUE, ROWS, ORDER = "ledger.file", "ledger.columns", "ledger.value", "ledger.rows", "ledger.order"

Recognise = Callable[[Sequence[str | None]], int]
"""How many cells of a row are headers that the ledger (or its column mapping) knows."""

Wanted = Callable[[Sequence[str | None]], Sequence[int]]
"""Which columns (by index) of a file with these headers are kept; the others are dropped as soon as that can be."""


@dataclass(frozen=True)
class CellFault:
    """A cell without a value of its own (an error, an uncalculated formula); counts only where its column is kept."""

    row: int
    column: int
    what: Text
    fix: Text


@dataclass(frozen=True)
class Raw:
    """``frame``: polars strings, null where blank, one column named by its index for each kept column, and ``row``.

    ``headers``: all headers as they stand; ``row``: the row as a person counts it (``header_row``: the header's).
    ``total_rows``: rows whose first filled cell, kept or not, says that they are totals (合计).
    """

    headers: tuple[str | None, ...]
    header_row: int
    frame: pl.DataFrame
    cell_faults: tuple[CellFault, ...] = ()
    sheet: str | None = None
    total_rows: tuple[int, ...] = ()


class Unreadable(Exception):  # noqa: N818 - told apart from the public tree of errors
    """A file, sheet or query that gives no table at all; ``problems`` say why. Never leaves govnb.inputs."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def refuse(place: Place, what: Text, fix: Text = NOTHING, code: str = FILE) -> Unreadable:
    """The exception for one fault of a whole file."""
    return Unreadable(Problem(place, what, fix, code))


def clean(cell: str | None) -> str | None:
    """A cell without the blanks around it; None where nothing is left."""
    return (cell.strip(BLANKS) or None) if cell is not None else None


def find_header(rows: Sequence[Sequence[str | None]], recognise: Recognise) -> int | None:
    """Index of the header among the first rows: the one with most known headers, else the first that is not blank."""
    best, best_count, first = None, 0, None
    for index, row in enumerate(rows[:HEADER_ROWS]):
        cells = [clean(cell) for cell in row]
        if first is None and any(cells):
            first = index
        count = recognise(cells)
        if count > best_count:
            best, best_count = index, count
    return best if best is not None else first


def build_raw(
    table: pl.DataFrame,
    header_index: int,
    wanted: Wanted,
    *,
    cell_faults: Sequence[CellFault] = (),
    sheet: str | None = None,
) -> Raw:
    """A Raw from a frame of strings that holds header and rows, row 1 of the file first.

    Columns that are not ``wanted`` go at once; cells are stripped and blank ones become null.
    """
    headers = tuple(clean(cell) for cell in table.row(header_index))
    kept = sorted(set(wanted(headers)))
    body = table.slice(header_index + 1)
    names = table.columns
    exprs = [blank_to_null(pl.col(names[index])).alias(str(index)) for index in kept]
    start = header_index + 2
    frame = body.select([pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("row"), *exprs])
    totals = _total_rows(body, start)
    return Raw(headers, header_index + 1, frame, tuple(cell_faults), sheet, totals)


def blank_to_null(cell: pl.Expr) -> pl.Expr:
    stripped = cell.str.strip_chars(BLANKS)
    return pl.when(stripped != "").then(stripped)


_TOTAL = r"^\s*(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计)\s*([:：]|\d|$)"


def _total_rows(body: pl.DataFrame, start: int) -> tuple[int, ...]:
    """Rows whose first filled cell among the first three columns says that it is a total."""
    if body.is_empty() or not body.columns:
        return ()
    first = pl.coalesce([blank_to_null(pl.col(name)) for name in body.columns[:3]])
    found = body.select(first.str.contains(_TOTAL).fill_null(False).alias("total"))["total"].arg_true()
    return tuple(start + index for index in found)
