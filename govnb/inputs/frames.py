"""Typed Arrow columns → the pandas frame that the rest of govnb works on. No parsing and no checks are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from govnb.inputs.raw import TEXT, Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DAY = 86_400
_NAT = np.iinfo(np.int64).min
_MANY = 100_000  # rows
_STRING: Any = pd.StringDtype("pyarrow", na_value=np.nan)


def to_pandas(columns: dict[str, Cells], rows: range | NDArray[np.int64]) -> pd.DataFrame:
    """``columns`` are of the types of ``typing_pass.TYPES``, and are taken out; ``rows``: the index.

    Result: index ``row`` (int64); str, datetime64[s], Int64, decimal128(38, 10) and boolean columns, in this order.
    """
    index: pd.Index[Any]
    if isinstance(rows, range):
        index = pd.RangeIndex(rows.start, rows.stop, rows.step, name="row")
    else:
        index = pd.Index(rows, name="row", dtype="int64")
    series = {name: pd.Series(_array(columns.pop(name)), index=index, copy=False) for name in list(columns)}
    frame = pd.DataFrame(series, index=index, copy=False)
    if len(frame) > _MANY:
        pa.default_memory_pool().release_unused()  # what the conversion has used, and would keep
    return frame


def _array(column: Cells) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _STRING.__from_arrow__(column.cast(TEXT))
    if pa.types.is_large_string(kind):
        return _STRING.__from_arrow__(column)
    if pa.types.is_decimal(kind):
        return pd.arrays.ArrowExtensionArray(column)
    missing = np.array(column.is_null(), dtype=bool)
    if pa.types.is_boolean(kind):
        return pd.arrays.BooleanArray(np.array(column.fill_null(False), dtype=bool), missing)
    if pa.types.is_date(kind):
        seconds = np.multiply(_numbers(column, np.int32), _DAY, dtype=np.int64)
        seconds[missing] = _NAT
        return seconds.view("datetime64[s]")
    values = _numbers(column, np.int64).copy()
    values[missing] = 0
    return pd.arrays.IntegerArray(values, missing)


def _numbers(column: Cells, kind: Any) -> NDArray[Any]:
    """The numbers as they lie in memory, anything where one is missing."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not len(whole):
        return np.empty(0, dtype=kind)
    return np.frombuffer(whole.buffers()[1], dtype=kind, count=whole.offset + len(whole))[whole.offset :]
