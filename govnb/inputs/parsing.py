"""A table of strings → a typed table, with every fault of its cells and rows, and its matters of order.

Knows one ledger's schema and what its source maps; no file and no format. Raises nothing for what a ledger holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from govnb.errors import Place, Problem, Text
from govnb.inputs.columns import Headers, Layout
from govnb.inputs.order import Ordered, find_order_faults
from govnb.inputs.params_data import Source
from govnb.inputs.raw import ORDER, ROWS, VALUE, CellFault, Cells, Coded, Raw
from govnb.inputs.schema import LedgerSchema
from govnb.inputs.typed import Column, blank_column
from govnb.inputs.typing_pass import LISTED, Tally, locate_faults, map_values, type_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Parsed:
    """``columns``: every non-personal column, typed; ``rows``: the number of each row in its file (header = 1).

    ``faults`` are those for which it can't be used; ``findings`` and ``warnings`` do not keep it from being counted.
    Who makes a frame of it takes the columns out.
    """

    columns: dict[str, Column]
    rows: range | NDArray[np.int64]
    findings: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    faults: tuple[Problem, ...] = ()


def parse_ledger(raw: Raw, schema: LedgerSchema, headers: Headers, source: Source, table: Place) -> Parsed:
    """``raw`` typed and checked; ``table`` is its place in messages. Takes the cells out of ``raw``."""
    layout = headers.match(raw.headers, Place(file=table.file, sheet=table.sheet, row=raw.header_row))
    rows = _Rows(raw, schema, layout, source, table)
    typed = rows.type_all()
    ordered = Ordered(schema, typed, rows.numbers, rows.sound, layout.headers, rows.place, Tally(table, ORDER))
    find_order_faults(ordered)
    return Parsed(
        typed,
        rows.numbers,
        ordered.tally.listed(),
        (*layout.warnings, *rows.blank_warning()),
        (*layout.problems, *rows.total_problems(), *rows.tally.listed()),
    )


class _Rows:
    """The rows of one ledger on the way from strings to types; ``bad`` marks rows that have a fault already."""

    def __init__(self, raw: Raw, schema: LedgerSchema, layout: Layout, source: Source, table: Place) -> None:
        self.schema, self.layout, self.source, self.table = schema, layout, source, table
        self.tally = Tally(table, VALUE)
        self.order = {code: number for number, code in enumerate(schema.columns)}
        self.headers = layout.headers
        self.texts: dict[str, Cells | Coded] = {
            column.code: raw.cells.pop(index) for index, column in layout.columns.items() if not column.personal
        }
        self.numbers: range | NDArray[np.int64] = range(raw.header_row + 1, raw.header_row + 1 + raw.height)
        self.totals = raw.total_rows
        self.blank: NDArray[np.int64] = self._leave_out(raw.height)
        self.cell_faults = self._kept(raw.cell_faults)
        self.bad: Bits | None = None

    @property
    def sound(self) -> Bits | None:
        """The rows without a fault of their own (None: all), so that one fault is not told twice."""
        return None if self.bad is None else ~self.bad

    def place(self, row: int, code: str) -> Place:
        header = self.headers.get(code, self.schema.columns[code].header)
        return Place(file=self.table.file, sheet=self.table.sheet, row=row, column=header)

    def _leave_out(self, height: int) -> NDArray[np.int64]:
        """Takes blank rows and rows of totals out; gives the numbers of the blank ones."""
        if not self.totals and any(not cells.null_count for cells in self.texts.values()):
            return np.empty(0, dtype=np.int64)
        numbers = self.numbers[0] + np.arange(height) if height else np.empty(0, dtype=np.int64)
        total = np.isin(numbers, self.totals)
        blank = ~total
        for cells in self.texts.values():
            blank &= np.asarray(cells.is_null())
        left_out = blank | total
        if left_out.any():
            keep = pa.array(~left_out)
            self.texts = {code: cells.filter(keep) for code, cells in self.texts.items()}
            self.numbers = numbers[~left_out]
        return numbers[blank]

    def _kept(self, faults: tuple[CellFault, ...]) -> dict[str, dict[int, CellFault]]:
        """Cells without a value of their own, by column code and row; those of other columns do not matter."""
        found: dict[str, dict[int, CellFault]] = {}
        for fault in faults:
            column = self.layout.columns.get(fault.column)
            if column is not None and not column.personal and fault.row not in self.totals:
                found.setdefault(column.code, {})[fault.row] = fault
        return found

    def type_all(self) -> dict[str, Column]:
        """Types every column, adding a problem for each faulty or missing cell; gives the cells away."""
        columns: dict[str, Column] = {}
        for column in self.schema.kept:
            code = column.code
            if code not in self.texts:
                columns[code] = blank_column(column.type, len(self.numbers))
                continue
            texts = map_values(self.texts.pop(code), self.source.values.get(code, {}))
            without = self._cells(code)
            typed = type_column(texts, column)
            self._mark(locate_faults(typed, self.numbers, partial(self.place, code=code), self.order[code], self.tally))
            if column.required and texts.null_count:
                empty = np.asarray(texts.is_null())
                self._empty(code, empty if without is None else empty & ~without)
            columns[code] = typed.values
        return columns

    def _mark(self, faulty: Bits | None) -> None:
        if faulty is not None:
            self.bad = faulty if self.bad is None else self.bad | faulty

    def _cells(self, code: str) -> Bits | None:
        """Problems for the cells of a column that hold an error or an uncalculated formula; the mask of their rows."""
        faults = self.cell_faults.get(code)
        if not faults:
            return None
        for fault in faults.values():
            self.tally.count(1)
            if len(self.tally.problems) < 20 * LISTED:
                self.tally.add(
                    fault.row, self.order[code], Problem(self.place(fault.row, code), fault.what, fault.fix, VALUE)
                )
        mask = np.isin(np.asarray(self.numbers), list(faults))
        self._mark(mask)
        return mask

    def _empty(self, code: str, mask: Bits) -> None:
        positions = np.flatnonzero(mask)
        self.tally.count(len(positions))
        for position in positions[:LISTED]:
            row = int(self.numbers[position])
            what = Text("是空的，但必须填写", "is empty, but must be filled in")
            self.tally.add(
                row, self.order[code], Problem(self.place(row, code), what, Text("请填写", "Fill it in"), VALUE)
            )
        self._mark(mask)

    def total_problems(self) -> tuple[Problem, ...]:
        what = Text("是合计行，台账里只应有逐条记录", "is a row of totals; a ledger holds single records only")
        fix = Text("请删除这一行", "Delete this row")
        return tuple(
            Problem(Place(file=self.table.file, sheet=self.table.sheet, row=row), what, fix, ROWS)
            for row in self.totals[:LISTED]
        )

    def blank_warning(self) -> tuple[Problem, ...]:
        number = len(self.blank)
        if not number:
            return ()
        place = Place(file=self.table.file, sheet=self.table.sheet, row=int(self.blank[0]))
        what = Text(f"有{number}个空行，已跳过，从这一行起", f"{number} blank rows were skipped, this is the first")
        return (Problem(place, what, Text("请删除空行", "Delete the blank rows"), ROWS, "warning"),)
