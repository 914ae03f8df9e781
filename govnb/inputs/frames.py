"""Typed columns → the pandas frame that the rest of govnb works on. No parsing and no checks are here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from govnb.inputs.typed import Column, Listed

if TYPE_CHECKING:
    from numpy.typing import NDArray


def find_codes(columns: Mapping[str, Column]) -> dict[str, tuple[NDArray[np.uint8], list[str | None]]]:
    """Of each column of a list: the position of each row's value among the values, and these; the last is None, for a
    blank. Who counts by value need not look for the values in the frame.
    """
    found = {}
    for name, column in columns.items():
        if isinstance(column, Listed) and len(column.values) < 256:
            codes = column.codes.astype(np.uint8)
            codes[column.codes < 0] = len(column.values)
            found[name] = codes, [*column.values, None]
    return found


def to_pandas(columns: dict[str, Column], rows: range | NDArray[np.int64]) -> pd.DataFrame:
    """A frame of ``columns``, which are taken out; ``rows``: the index.

    Result: index ``row`` (int64); str, datetime64[s], Int64, decimal128(38, 10) and boolean columns, in this order.
    """
    index: pd.Index[Any]
    if isinstance(rows, range):
        index = pd.RangeIndex(rows.start, rows.stop, rows.step, name="row")
    else:
        index = pd.Index(rows, name="row", dtype="int64")
    held = {name: columns.pop(name).to_pandas() for name in list(columns)}
    return pd.DataFrame(held, index=index, copy=False)
