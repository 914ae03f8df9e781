"""A typed polars frame → the pandas frame that the rest of govnb works on. No parsing and no checks are here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import polars as pl


def to_pandas(frame: pl.DataFrame, types: dict[str, str]) -> pd.DataFrame:
    """``frame`` has ``row`` and a column for each of ``types`` (code → type of ledgers.yaml).

    Result: index ``row`` (int64); str, datetime64[s], Int64, decimal128(38, 10) and boolean columns, in this order.
    """
    index = pd.Index(frame["row"].to_numpy(), name="row", dtype="int64")
    columns = {code: pd.Series(_array(frame[code], kind), index=index) for code, kind in types.items()}
    return pd.DataFrame(columns, index=index)


def _array(series: pl.Series, kind: str) -> Any:
    if kind == "date":
        return series.to_numpy().astype("datetime64[s]")
    if kind == "decimal":
        arrow = pa.chunked_array([series.to_arrow()], type=pa.decimal128(38, 10))
        return pd.arrays.ArrowExtensionArray(arrow)
    if kind in ("int", "bool"):
        missing = series.is_null().to_numpy()
        values = series.fill_null(False if kind == "bool" else 0).to_numpy()
        if kind == "bool":
            return pd.arrays.BooleanArray(values.copy(), missing.copy())  # the buffers of polars are read-only
        return pd.arrays.IntegerArray(values.astype("int64"), missing.copy())
    dtype: Any = pd.StringDtype("pyarrow", na_value=np.nan)
    return dtype.__from_arrow__(pa.chunked_array([series.to_arrow()]))
