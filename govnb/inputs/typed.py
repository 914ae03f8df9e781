"""Typed columns as they lie in memory: days, numbers, values of a list, texts and amounts.

Each knows which of its cells are filled, one cell as a person writes it, how pandas holds it (without a copy, where
that can be) and how Arrow does; how to keep some of its rows, and the bytes that say all that it holds and nothing of
how it came to lie in memory. No parsing and no checks are here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.inputs.raw import TEXT, Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]

AMOUNT = pa.decimal128(38, 10)
_AMOUNT_BYTES = 16
_STRING: Any = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True, eq=False)
class Days:
    """``days``: datetime64[s], NaT where blank."""

    days: NDArray[np.datetime64]

    def filled(self) -> Bits:
        return ~np.isnat(self.days)

    def cell(self, position: int) -> date | None:
        day: date | None = self.days[position].astype("datetime64[D]").item()
        return day

    def to_pandas(self) -> Any:
        return self.days

    def to_arrow(self) -> Cells:
        return pa.array(self.days)

    def kept(self, rows: Bits) -> Days:
        return Days(self.days[rows])

    def content(self) -> Iterator[Any]:
        yield _whole(self.days.view(np.int64))


@dataclass(frozen=True, eq=False)
class Numbers:
    """``values``: int64, or bool for yes and no; anything where ``missing``."""

    values: NDArray[Any]
    missing: Bits

    def filled(self) -> Bits:
        return ~self.missing

    def cell(self, position: int) -> int | bool | None:
        value: int | bool = self.values[position].item()
        return None if self.missing[position] else value

    def to_pandas(self) -> Any:
        kind = pd.arrays.BooleanArray if self.values.dtype == np.bool_ else pd.arrays.IntegerArray
        return kind(self.values, self.missing)

    def to_arrow(self) -> Cells:
        return pa.array(self.values, mask=self.missing)

    def kept(self, rows: Bits) -> Numbers:
        return Numbers(self.values[rows], self.missing[rows])

    def content(self) -> Iterator[Any]:
        yield _whole(self.missing)
        yield _whole(np.where(self.missing, 0, self.values).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Listed:
    """``codes``: for each cell the position of its value in ``values`` (each there once), -1 where blank."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]

    def filled(self) -> Bits:
        return self.codes >= 0

    def cell(self, position: int) -> str | None:
        code = self.codes[position]
        return None if code < 0 else self.values[code]

    def equal(self, value: str) -> Bits:
        return self.codes == self.values.index(value) if value in self.values else np.zeros(len(self.codes), dtype=bool)

    def to_pandas(self) -> Any:
        return _STRING.__from_arrow__(self.to_arrow().cast(TEXT))

    def to_arrow(self) -> Cells:
        blank = self.codes < 0
        indices = pa.array(self.codes, mask=blank if blank.any() else None)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self.values, TEXT))

    def kept(self, rows: Bits) -> Listed:
        return replace(self, codes=self.codes[rows])

    def content(self) -> Iterator[Any]:
        """By the values that occur, in their own order: which others a file has, and in which order, is not said."""
        used = np.bincount(self.codes + 1, minlength=len(self.values) + 1)[1:] > 0
        values = sorted(value for value, is_used in zip(self.values, used, strict=True) if is_used)
        place = {value: number for number, value in enumerate(values, 1)}
        numbers = np.array([0, *(place.get(value, 0) for value in self.values)], dtype=np.int64)
        yield _whole(numbers[self.codes + 1])
        yield json.dumps(values).encode()


@dataclass(frozen=True, eq=False)
class Plain:
    """``cells``: Arrow's own texts (large_string) or amounts (decimal128(38, 10)), null where blank."""

    cells: Cells

    def filled(self) -> Bits:
        return np.asarray(self.cells.is_valid())

    def cell(self, position: int) -> Any:
        return self.cells[position].as_py()

    def to_pandas(self) -> Any:
        if pa.types.is_decimal(self.cells.type):
            return pd.arrays.ArrowExtensionArray(self.cells)
        return _STRING.__from_arrow__(self.cells)

    def to_arrow(self) -> Cells:
        return self.cells

    def kept(self, rows: Bits) -> Plain:
        return Plain(self.cells.filter(pa.array(rows)))

    def content(self) -> Iterator[Any]:
        """What lies under a null is anybody's guess, so that it is filled before it is looked at."""
        yield _whole(self.filled())
        decimal = pa.types.is_decimal(self.cells.type)
        filled = self.cells.fill_null(pa.scalar(0, self.cells.type) if decimal else "")
        if not decimal:
            yield _whole(np.asarray(pc.binary_length(filled), dtype=np.int64))
        for chunk in filled.iterchunks() if isinstance(filled, pa.ChunkedArray) else [filled]:
            first, last = chunk.offset, chunk.offset + len(chunk)
            if not decimal:
                ends = np.frombuffer(chunk.buffers()[1], dtype=np.int64)[first : last + 1] if len(chunk) else [0, 0]
                first, last = int(ends[0]), int(ends[-1])
            size = _AMOUNT_BYTES if decimal else 1
            if last > first:
                yield memoryview(chunk.buffers()[-1])[size * first : size * last]


def _whole(values: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(values).data.cast("B")


Column: TypeAlias = Days | Numbers | Listed | Plain


def from_arrow(cells: Cells) -> Column:
    """The column of which ``to_arrow`` gave ``cells``, with arrays of its own that may be written to."""
    kind = cells.type
    if pa.types.is_large_string(kind) or pa.types.is_decimal(kind):
        return Plain(cells)
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_timestamp(kind):
        return Days(np.array(whole, dtype="datetime64[s]"))
    if pa.types.is_dictionary(kind):
        codes = np.array(whole.indices.fill_null(-1), dtype=np.int32)
        return Listed(codes, tuple(whole.dictionary.to_pylist()))
    missing = np.array(whole.is_null(), dtype=bool)
    if pa.types.is_boolean(kind):
        return Numbers(np.array(whole.fill_null(False), dtype=bool), missing)
    return Numbers(np.array(whole.fill_null(0), dtype=np.int64), missing)


def blank_column(kind: str, height: int) -> Column:
    """A column of a type of ledgers.yaml of which nothing is filled."""
    if kind == "date":
        return Days(np.full(height, np.datetime64("NaT", "s")))
    if kind in ("int", "bool"):
        values: NDArray[Any] = np.zeros(height, dtype=np.int64 if kind == "int" else np.bool_)
        return Numbers(values, np.ones(height, dtype=bool))
    if kind in ("enum", "enum-open"):
        return Listed(np.full(height, -1, dtype=np.int32), ())
    return Plain(pa.nulls(height, AMOUNT if kind == "decimal" else TEXT))
