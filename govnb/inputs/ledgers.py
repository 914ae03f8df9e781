"""The ledgers of one organ, read, typed and checked: the public door of the ledger reading room.

All faults of all ledgers come in one LedgerError, each with file, sheet, row, column, value and remedy. Personal
columns are dropped when a file is read. Nothing here counts, and nothing is ever written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from govnb.errors import LedgerError, Place, Problem, Text
from govnb.inputs.columns import Headers, Layout
from govnb.inputs.frames import to_pandas
from govnb.inputs.order import Ordered, find_order_faults
from govnb.inputs.params import Source
from govnb.inputs.raw import ORDER, ROWS, VALUE, CellFault, Raw, Unreadable
from govnb.inputs.schema import LedgerSchema, build_schemas
from govnb.inputs.sources import Origin, Reader, find_stray_files
from govnb.inputs.typing_pass import DTYPES, LISTED, Tally, locate_faults, map_values, type_column
from govnb.inputs.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Ledger:
    """One ledger. ``frame``: index ``row`` (row in the file, header = 1), every non-personal column, typed.

    ``source``: where it was read from, as messages show it. ``findings``: matters of order (code ledger.order), which
    do not keep it from being counted. ``warnings``: columns and rows that were left out.
    """

    name: str
    frame: pd.DataFrame
    source: str
    findings: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_ledgers(
    workspace: Workspace, sources: Mapping[str, Source], agency: str, environ: Mapping[str, str]
) -> dict[str, Ledger]:
    """Every ledger that ``agency`` has, by name, in the order of ledgers.yaml; those that do not exist are left out.

    ``environ`` gives the ``${NAME}`` of database addresses. UsageError for a bad agency id; LedgerError with every
    fault of every ledger that can't be read or typed (codes ledger.file, .columns, .value, .rows), and those of order
    beside them. At most ``LISTED`` faults of a kind are listed for one ledger, then the number of the others.
    """
    schemas = build_schemas(workspace.editions)
    reader = Reader(workspace, agency, schemas, environ)
    ledgers: dict[str, Ledger] = {}
    faults: list[Problem] = []
    findings: list[Problem] = []
    for origin in reader.find(sources):
        schema = schemas[origin.ledger]
        source = sources.get(origin.ledger) or Source()
        headers = Headers(schema, source.columns)
        try:
            raw = reader.read(origin, headers)
        except Unreadable as error:
            faults.extend(error.problems)
            continue
        ledger, fatal = parse_ledger(raw, schema, headers, source, origin)
        faults.extend(fatal)
        findings.extend(ledger.findings)
        ledgers[origin.ledger] = ledger
    faults = [*reader.problems, *faults]
    if faults:
        raise LedgerError([*faults, *findings])
    return ledgers


def read_stray_files(workspace: Workspace, agency: str) -> tuple[Problem, ...]:
    """Warnings for files in data/<agency>/ that are named like no ledger; they are not opened."""
    return find_stray_files(workspace, agency, build_schemas(workspace.editions))


def parse_ledger(
    raw: Raw, schema: LedgerSchema, headers: Headers, source: Source, origin: Origin
) -> tuple[Ledger, tuple[Problem, ...]]:
    """A table of strings as a Ledger, and the faults for which it can't be used."""
    sheet = raw.sheet if raw.sheet is not None else origin.sheet
    table = Place(file=origin.shown, sheet=sheet)
    layout = headers.match(raw.headers, Place(file=table.file, sheet=sheet, row=raw.header_row))
    rows = _Rows(raw, schema, layout, source, table)
    rows.type_all()
    ordered = Ordered(schema, rows.sound(), layout.headers, rows.place, Tally(table, ORDER))
    find_order_faults(ordered)
    frame = to_pandas(rows.typed, {column.code: column.type for column in schema.kept})
    findings = ordered.tally.listed()
    ledger = Ledger(schema.name, frame, origin.shown, findings, (*layout.warnings, *rows.blank_warning()))
    return ledger, (*layout.problems, *rows.total_problems(), *rows.tally.listed())


class _Rows:
    """The rows of one ledger on the way from strings to types; ``bad`` marks rows that have a fault already."""

    def __init__(self, raw: Raw, schema: LedgerSchema, layout: Layout, source: Source, table: Place) -> None:
        self.schema, self.layout, self.source, self.table = schema, layout, source, table
        self.tally = Tally(table, VALUE)
        self.order = {code: number for number, code in enumerate(schema.columns)}
        self.headers = layout.headers
        codes = {str(index): column.code for index, column in layout.columns.items() if not column.personal}
        frame = raw.frame.select("row", *codes).rename(codes)
        is_total = pl.col("row").is_in(list(raw.total_rows))
        blank = pl.all_horizontal(pl.col(code).is_null() for code in codes.values()) if codes else pl.lit(True)
        self.totals = raw.total_rows
        self.blank = frame.filter(blank & ~is_total)["row"]
        self.texts = frame.filter(~blank & ~is_total) if self.blank.len() or self.totals else frame
        self.cell_faults = self._kept(raw.cell_faults)
        self.bad = pl.Series("bad", [False], dtype=pl.Boolean).new_from_index(0, self.texts.height)
        self.typed = pl.DataFrame()

    def place(self, row: int, code: str) -> Place:
        header = self.headers.get(code, self.schema.columns[code].header)
        return Place(file=self.table.file, sheet=self.table.sheet, row=row, column=header)

    def _kept(self, faults: tuple[CellFault, ...]) -> dict[str, dict[int, CellFault]]:
        """Cells without a value of their own, by column code and row; those of other columns do not matter."""
        found: dict[str, dict[int, CellFault]] = {}
        for fault in faults:
            column = self.layout.columns.get(fault.column)
            if column is not None and not column.personal and fault.row not in self.totals:
                found.setdefault(column.code, {})[fault.row] = fault
        return found

    def type_all(self) -> None:
        """Types every column, adding a problem for each faulty or missing cell."""
        columns = [self.texts["row"]]
        for column in self.schema.kept:
            if column.code not in self.texts.columns:
                columns.append(
                    pl.Series(column.code, [None], dtype=DTYPES[column.type]).new_from_index(0, self.texts.height)
                )
                continue
            texts = map_values(self.texts[column.code], self.source.values.get(column.code, {}))
            faulty = self._cells(column.code)
            typed = type_column(texts, column)
            mask = locate_faults(
                typed,
                texts,
                self.texts["row"],
                partial(self.place, code=column.code),
                self.order[column.code],
                self.tally,
            )
            if mask is not None:
                self.bad |= mask
            if column.required and texts.null_count():
                self._empty(column.code, texts.is_null() & ~faulty if faulty is not None else texts.is_null())
            columns.append(typed.series.alias(column.code))
        self.typed = pl.DataFrame(columns)

    def _cells(self, code: str) -> pl.Series | None:
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
        mask = self.texts["row"].is_in(list(faults))
        self.bad |= mask
        return mask

    def _empty(self, code: str, mask: pl.Series) -> None:
        rows = self.texts["row"].filter(mask)
        self.tally.count(rows.len())
        for row in rows.head(LISTED):
            what = Text("是空的，但必须填写", "is empty, but must be filled in")
            self.tally.add(
                row, self.order[code], Problem(self.place(row, code), what, Text("请填写", "Fill it in"), VALUE)
            )
        self.bad |= mask

    def sound(self) -> pl.DataFrame:
        """The rows without a fault of their own, so that one fault is not told twice."""
        return self.typed.filter(~self.bad)

    def total_problems(self) -> tuple[Problem, ...]:
        what = Text("是合计行，台账里只应有逐条记录", "is a row of totals; a ledger holds single records only")
        fix = Text("请删除这一行", "Delete this row")
        return tuple(
            Problem(Place(file=self.table.file, sheet=self.table.sheet, row=row), what, fix, ROWS)
            for row in self.totals[:LISTED]
        )

    def blank_warning(self) -> tuple[Problem, ...]:
        if not self.blank.len():
            return ()
        place = Place(file=self.table.file, sheet=self.table.sheet, row=self.blank[0])
        what = Text(
            f"有{self.blank.len()}个空行，已跳过，从这一行起",
            f"{self.blank.len()} blank rows were skipped, this is the first",
        )
        return (Problem(place, what, Text("请删除空行", "Delete the blank rows"), ROWS, "warning"),)
