"""Ledger rows as lists of dicts, and the same rows as the frames that the reader of ledgers hands to counting.

A row of a test names only the cells that matter; every other one is blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from govnb.counting.book import Book
from govnb.counting.calendar import WorkCalendar
from govnb.inputs.schema import Schemas, build_schemas

CALENDAR = WorkCalendar()
SCHEMAS = build_schemas()
DTYPES: Mapping[str, Any] = {
    "id": "str",
    "text": "str",
    "enum": "str",
    "enum-open": "str",
    "int": "Int64",
    "decimal": pd.ArrowDtype(pa.decimal128(38, 10)),
    "bool": "boolean",
}


def whole_rows(ledger: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every column that is read, None where a row does not name it; a column that the ledger lacks is an error."""
    columns = [column.code for column in SCHEMAS[ledger].kept]
    result = []
    for row in rows:
        assert set(row) <= set(columns), f"{ledger} has no {set(row) - set(columns)}"
        result.append({column: row.get(column) for column in columns})
    return result


def frame(ledger: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Dtypes as read: str, datetime64[s], Int64, decimal128(38, 10), boolean; the index is the row of the file."""
    listed = whole_rows(ledger, rows)
    index = pd.Index(np.arange(2, 2 + len(listed)), name="row", dtype="int64")
    columns: dict[str, Any] = {}
    for column in SCHEMAS[ledger].kept:
        cells = [row[column.code] for row in listed]
        if column.type == "date":
            columns[column.code] = np.array(cells, dtype="datetime64[D]").astype("datetime64[s]")
        elif column.type == "decimal":
            arrow = pa.chunked_array([pa.array(cells, type=pa.decimal128(38, 10))])
            columns[column.code] = pd.arrays.ArrowExtensionArray(arrow)
        else:
            columns[column.code] = pd.array(cells, dtype=DTYPES[column.type])
    return pd.DataFrame(columns, index=index)


def labels(schemas: Schemas = SCHEMAS) -> dict[tuple[str, str], Mapping[str, str]]:
    """(ledger, column) → value → label of every column that holds one of a list, as the workpaper gives them."""
    return {
        (name, column.code): column.values or {word: word for word in column.known}
        for name, schema in schemas.items()
        for column in schema.kept
        if column.values or column.known
    }


def book(
    ledgers: Mapping[str, Iterable[Mapping[str, Any]]],
    *,
    calendar: WorkCalendar = CALENDAR,
    schemas: Schemas = SCHEMAS,
) -> Book:
    frames = {name: frame(name, rows) for name, rows in ledgers.items()}
    return Book(frames, {name: f"{name}.csv" for name in ledgers}, calendar, labels(schemas))
