"""Parquet → Raw: the columns that the ledger knows, as text. Other columns are not read at all."""

from __future__ import annotations

from typing import Any

import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from govnb.errors import Place, Text
from govnb.inputs.raw import COLUMNS, Raw, Wanted, build_raw, refuse

MAX_ROWS = 20_000_000
MAX_UNPACKED = 1 << 31


def read_parquet(content: bytes, place: Place, wanted: Wanted) -> Raw:
    """``content`` of a Parquet file as Raw; the header counts as row 1. Unreadable where it holds no table.

    By pyarrow: polars panics on damaged files and prints the trace of it.
    """
    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        headers = [str(name) for name in file.schema_arrow.names]
        kept = sorted(set(wanted(headers)))
        names = [headers[index] for index in kept]
        _check_size(file.metadata, place)
        table = file.read(columns=names, use_threads=False)
        frame = {name: pl.Series(name, pl.from_arrow(table.column(name))) for name in names}
        height = table.num_rows
    except (pa.ArrowException, pl.exceptions.PolarsError, OSError, ValueError, KeyError, OverflowError, MemoryError):
        what = Text("不是有效的 Parquet 文件，或已损坏", "is not a valid Parquet file, or is damaged")
        raise refuse(place, what) from None
    texts = {str(index): as_text(frame[name], name, place) for index, name in zip(kept, names, strict=True)}
    blank = pl.Series([None] * height, dtype=pl.String)
    body = pl.DataFrame([texts.get(str(i), blank).alias(f"c{i}") for i in range(len(headers))])
    head = pl.DataFrame({f"c{i}": [header] for i, header in enumerate(headers)}, schema=body.schema)
    if not headers:
        raise refuse(place, Text("没有列", "has no columns"))
    return build_raw(pl.concat([head, body]), 0, wanted)


def as_text(series: pl.Series, name: str, place: Place) -> pl.Series:
    """A typed column as the text that a person would write; Unreadable for nested or binary columns."""
    dtype = series.dtype
    if dtype == pl.String:
        return series
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is not None:
            series = series.dt.convert_time_zone("Asia/Shanghai")
        return series.dt.strftime("%Y-%m-%d %H:%M:%S")
    if dtype.is_float():
        return series.map_elements(lambda number: f"{number:.15g}", return_dtype=pl.String)
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        where = Place(file=place.file, column=name)
        raise refuse(where, Text("不是文字、数字或日期", "holds no text, numbers or dates"), code=COLUMNS)
    return series.cast(pl.String)


def _check_size(metadata: Any, place: Place) -> None:
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS or unpacked > MAX_UNPACKED:
        raise refuse(place, Text("解压后过大，不予读取", "unpacks to too much and is not read"))
