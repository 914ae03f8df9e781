"""Parquet → Raw: the columns that the ledger knows, as text. Other columns are not read at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import parquet

from govnb.errors import Place, Text
from govnb.inputs.raw import COLUMNS, TEXT, Cells, Raw, Wanted, build_raw, clean, looked_at, refuse

MAX_ROWS = 20_000_000
MAX_UNPACKED = 1 << 31


def read_parquet(content: bytes, place: Place, wanted: Wanted) -> Raw:
    """``content`` of a Parquet file as Raw; the header counts as row 1. Unreadable where it holds no table."""
    try:
        file = parquet.ParquetFile(pa.BufferReader(content))
        headers = [str(name) for name in file.schema_arrow.names]
        kept = wanted([clean(header) for header in headers])
        names = [headers[index] for index in sorted(kept)]
        _check_size(file.metadata, place)
        table = file.read(columns=names, use_threads=False)
        found = {index: table.column(headers[index]).combine_chunks() for index in kept}
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError):
        what = Text("不是有效的 Parquet 文件，或已损坏", "is not a valid Parquet file, or is damaged")
        raise refuse(place, what) from None
    if not headers:
        raise refuse(place, Text("没有列", "has no columns"))
    columns = {index: as_text(cells, headers[index], place) for index, cells in found.items()}
    for index in looked_at(kept, len(headers)):
        columns.setdefault(index, pa.nulls(table.num_rows, TEXT))
    return build_raw(headers, 1, columns, kept)


def as_text(cells: Cells, name: str, place: Place) -> Cells:
    """A typed column as the text that a person would write; Unreadable for nested or binary columns."""
    kind = cells.type
    if pa.types.is_dictionary(kind):
        return as_text(cells.dictionary_decode(), name, place)
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            cells = pc.local_timestamp(cells.cast(pa.timestamp(kind.unit, "Asia/Shanghai")))
        seconds = pc.floor_temporal(cells, unit="second").cast(pa.timestamp("s"))
        return pc.strftime(seconds, "%Y-%m-%d %H:%M:%S").cast(TEXT)
    if pa.types.is_floating(kind):
        numbers = cells.cast(pa.float64()).to_pylist()
        return pa.array([None if number is None else f"{number:.15g}" for number in numbers], TEXT)
    if pa.types.is_decimal(kind):
        return pa.array([None if number is None else f"{number:f}" for number in cells.to_pylist()], TEXT)
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    try:
        if not binary and not pa.types.is_nested(kind):
            return cells.cast(TEXT)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        pass
    where = Place(file=place.file, column=name)
    raise refuse(where, Text("不是文字、数字或日期", "holds no text, numbers or dates"), code=COLUMNS)


def _check_size(metadata: Any, place: Place) -> None:
    unpacked = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
    if metadata.num_rows > MAX_ROWS or unpacked > MAX_UNPACKED:
        raise refuse(place, Text("解压后过大，不予读取", "unpacks to too much and is not read"))
