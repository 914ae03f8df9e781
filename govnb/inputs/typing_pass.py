"""Columns of strings → typed columns, at the speed of columns: each different spelling is read once.

Faults are located in a second pass, only where a column has any. Nothing here raises for a bad cell, and nothing here
knows a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.errors import Place, Problem, Text
from govnb.inputs.raw import MAX_CELL, TEXT, VALUE, Cells
from govnb.inputs.schema import Column
from govnb.inputs.values import (
    FIRST_YEAR,
    LAST_YEAR,
    Fault,
    parse_bool,
    parse_date,
    parse_decimal,
    parse_enum,
    parse_int,
    parse_open,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

LISTED = 50
"""Problems of one ledger that are listed one by one; a closing problem gives the number of the others."""

LIST_VALUE = pa.dictionary(pa.int32(), TEXT)
TYPES: Mapping[str, Any] = {
    "id": TEXT,
    "text": TEXT,
    "enum": LIST_VALUE,
    "enum-open": LIST_VALUE,
    "date": pa.date32(),
    "int": pa.int64(),
    "decimal": pa.decimal128(38, 10),
    "bool": pa.bool_(),
}
_FEW = 64  # spellings that are sooner read one by one than sorted into plain ones and others
_PLAIN_DECIMAL = r"^[0-9]{1,20}(\.[0-9]{1,10})?$"
_PLAIN_INT = r"^[0-9]{1,12}$"  # within MAX_INT
_PLAIN_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?)?")


@dataclass
class Tally:
    """Problems of one ledger: the first ``LISTED`` by row, and how many there are in all."""

    place: Place
    code: str
    problems: list[tuple[int, int, Problem]] = field(default_factory=list)
    total: int = 0

    def add(self, row: int, order: int, problem: Problem) -> None:
        self.problems.append((row, order, problem))

    def count(self, number: int) -> None:
        self.total += number

    def listed(self) -> tuple[Problem, ...]:
        first = [problem for _, _, problem in sorted(self.problems, key=lambda item: item[:2])[:LISTED]]
        rest = self.total - len(first)
        if rest > 0:
            what = Text(f"另有{rest}处类似问题没有列出", f"{rest} more problems are not listed")
            fix = Text("请先改正以上各处", "Mend the ones above first")
            first.append(Problem(self.place, what, fix, self.code))
        return tuple(first)


@dataclass(frozen=True)
class Typed:
    """A typed column, null where a cell is blank or faulty; the mask of the faulty ones, and the fault of each."""

    values: Cells
    faulty: NDArray[np.bool_] | None = None
    fault_at: Callable[[int], Fault] | None = None


def map_values(cells: Cells, mapping: Mapping[str, str | None]) -> Cells:
    """The values of another system replaced by ours, as params maps them."""
    if not mapping:
        return cells
    ours = {str(theirs).strip(): value or None for theirs, value in mapping.items()}
    coded = _coded(cells)
    values = pa.array([ours.get(text, text) for text in coded.dictionary.to_pylist()], pa.string())
    mapped = values.take(coded.indices)
    return mapped.dictionary_encode() if pa.types.is_dictionary(cells.type) else mapped.cast(TEXT)


def type_column(cells: Cells, column: Column) -> Typed:
    """One column of stripped strings (null = blank) as its type; null where a cell is blank or faulty."""
    if column.type in ("id", "text"):
        return _text(cells)
    coded = _coded(cells)
    values, faults = _read_spellings(coded.dictionary, column)
    if column.type in ("enum", "enum-open"):
        codes = values.dictionary_encode()
        taken = pa.DictionaryArray.from_arrays(_take(codes.indices, coded.indices), codes.dictionary)
    else:
        taken = _take(values, coded.indices)
    if not faults:
        return Typed(taken)
    at = coded.indices.fill_null(len(values)).to_numpy()
    is_fault = np.zeros(len(values) + 1, dtype=bool)
    is_fault[list(faults)] = True
    return Typed(taken, is_fault[at], lambda position: faults[int(at[position])])


def _coded(cells: Cells) -> Cells:
    if pa.types.is_dictionary(cells.type):
        return cells
    return (cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells).dictionary_encode()


def _take(values: Cells, indices: Cells) -> Cells:
    """``values.take(indices)``, seven times as fast where numbers of a fixed size are taken and cells are blank."""
    plain = values.type in (pa.date32(), pa.int64(), pa.int32()) and not values.null_count and not values.offset
    if not plain or indices.offset or not len(values) or not indices.null_count:
        return values.take(indices)
    kind = np.int64 if values.type == pa.int64() else np.int32
    table = np.frombuffer(values.buffers()[1], dtype=kind, count=len(values))
    valid, numbers = indices.buffers()
    found = table.take(np.frombuffer(numbers, dtype=np.int32, count=len(indices)), mode="clip")
    return pa.Array.from_buffers(values.type, len(indices), [valid, pa.py_buffer(found)])


def _text(cells: Cells) -> Typed:
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    if longest <= MAX_CELL:
        return Typed(cells)
    what = Text(f"内容超过{MAX_CELL}个字节", f"holds more than {MAX_CELL} bytes")
    fault = Fault(what, Text("请缩短，或检查是否缺少右引号", "Shorten it, or look for a missing quotation mark"))
    faulty = pc.greater(pc.binary_length(cells), MAX_CELL).fill_null(False)
    return Typed(cells, np.asarray(faulty), lambda _: fault)


def _read_spellings(spellings: Cells, column: Column) -> tuple[Cells, dict[int, Fault]]:
    """The value of each spelling, null where it is none, and the faults by position."""
    kind = TEXT if column.type in ("enum", "enum-open") else TYPES[column.type]
    parse = _parser(column)
    plain = _plain(spellings, column)
    if plain is None:
        read = [parse(text) for text in spellings.to_pylist()]
        faults = {position: value for position, value in enumerate(read) if isinstance(value, Fault)}
        return pa.array([None if isinstance(value, Fault) else value for value in read], kind), faults
    values = pc.if_else(plain, spellings, pa.scalar(None, spellings.type)).cast(kind)
    others = pc.indices_nonzero(pc.invert(plain))
    if not len(others):
        return values, {}
    read = [parse(text) for text in spellings.take(others).to_pylist()]
    faults = {at: value for at, value in zip(others.to_pylist(), read, strict=True) if isinstance(value, Fault)}
    parsed = pa.array([None if isinstance(value, Fault) else value for value in read], kind)
    return pc.replace_with_mask(values, pc.invert(plain), parsed), faults


def _plain(spellings: Cells, column: Column) -> Cells | None:
    """Which spellings are digits that need no more than being converted; None where that is not worth telling."""
    bounded = column.maximum is not None or (column.minimum or 0) > 0
    if column.type not in ("int", "decimal") or bounded or len(spellings) <= _FEW:
        return None
    return pc.match_substring_regex(spellings, _PLAIN_INT if column.type == "int" else _PLAIN_DECIMAL)


def _parser(column: Column) -> Callable[[str], object]:
    if column.type == "date":
        return _date_parser()
    if column.type == "bool":
        return parse_bool
    if column.type == "int":
        return lambda text: parse_int(text, column)
    if column.type == "decimal":
        return lambda text: parse_decimal(text, column)
    if column.type == "enum":
        return lambda text: parse_enum(text, column)
    return lambda text: parse_open(text, column)


def _date_parser() -> Callable[[str], date | Fault]:
    """As ``parse_date``, quickly for the plainest spelling: 2021-03-05, and that with a time, which repeats less."""
    days: dict[str, date] = {}

    def parse(text: str) -> date | Fault:
        match = _PLAIN_DAY.fullmatch(text)
        if match is None:
            return parse_date(text)
        day = days.get(match[1])
        if day is None:
            try:
                day = date.fromisoformat(match[1])
            except ValueError:
                return parse_date(text)
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                return parse_date(text)
            days[match[1]] = day
        return day

    return parse


def locate_faults(
    typed: Typed, rows: Sequence[int] | NDArray[np.int64], place: Callable[[int], Place], order: int, tally: Tally
) -> NDArray[np.bool_] | None:
    """Adds a problem for each faulty cell to ``tally``; gives the mask of their rows, or None where there are none."""
    if typed.faulty is None or typed.fault_at is None or not typed.faulty.any():
        return None
    positions = np.flatnonzero(typed.faulty)
    tally.count(len(positions))
    for position in positions[:LISTED]:
        row, fault = int(rows[position]), typed.fault_at(int(position))
        tally.add(row, order, Problem(place(row), fault.what, fault.fix, VALUE))
    return typed.faulty
