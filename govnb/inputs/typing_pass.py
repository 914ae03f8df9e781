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
from govnb.inputs import typed
from govnb.inputs.raw import MAX_CELL, TEXT, VALUE, Cells, Coded
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

_KINDS: Mapping[str, Any] = {
    "enum": pa.string(),
    "enum-open": pa.string(),
    "date": pa.date32(),
    "int": pa.int64(),
    "decimal": typed.AMOUNT,
    "bool": pa.bool_(),
}
_FEW = 64  # spellings that are sooner read one by one than sorted into plain ones and others
_DIGITS = 20  # of an amount, its point among them, that surely fit
_AMOUNT_BYTES = np.isin(np.arange(256), np.frombuffer(b"0123456789.", dtype=np.uint8))
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
    """A typed column, blank where a cell is blank or faulty; the mask of the faulty ones, and the fault of each."""

    values: typed.Column
    faulty: NDArray[np.bool_] | None = None
    fault_at: Callable[[int], Fault] | None = None


def map_values(cells: Cells | Coded, mapping: Mapping[str, str | None]) -> Cells | Coded:
    """The values of another system replaced by ours, as params maps them."""
    if not mapping:
        return cells
    ours = {str(theirs).strip(): value or None for theirs, value in mapping.items()}
    coded = cells if isinstance(cells, Coded) else Coded.of(cells)
    spelled = [ours.get(text, text) for text in coded.spellings]
    if not isinstance(cells, Coded):
        return pa.array([*spelled, None], TEXT).take(pa.array(coded.numbers % (len(spelled) + 1)))
    known: dict[str, int] = {}
    numbers = [-1 if text is None else known.setdefault(text, len(known)) for text in spelled]
    return Coded(_at(np.array([-1, *numbers], dtype=np.int32), coded), list(known))


def type_column(cells: Cells | Coded, column: Column) -> Typed:
    """One column of stripped strings as its type; blank where a cell is blank or faulty."""
    if column.type in ("id", "text"):
        return _text(cells)
    if column.type == "decimal" and (amounts := _plain_amounts(cells, column)) is not None:
        return Typed(typed.Plain(amounts))
    coded = cells if isinstance(cells, Coded) else Coded.of(cells)
    values, faults = _read_spellings(coded.spellings, column)
    found = _spread(values, coded, column.type)
    if not faults:
        return Typed(found)
    is_fault = np.zeros(len(coded.spellings) + 1, dtype=bool)
    is_fault[[1 + number for number in faults]] = True
    return Typed(found, _at(is_fault, coded), lambda position: faults[int(coded.numbers[position])])


def _plain_amounts(cells: Cells, column: Column) -> Cells | None:
    """All amounts at once, where each is of digits and a point alone; None where one needs a closer look."""
    bounded = column.maximum is not None or (column.minimum or 0) > 0
    if bounded or len(cells) <= _FEW or (pc.max(pc.binary_length(cells)).as_py() or 0) > _DIGITS:
        return None
    for chunk in cells.iterchunks() if isinstance(cells, pa.ChunkedArray) else [cells]:
        _, offsets, content = chunk.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64, count=chunk.offset + len(chunk) + 1)[chunk.offset :]
        held = np.frombuffer(content or b"", dtype=np.uint8)[ends[0] : ends[-1]]
        if not _AMOUNT_BYTES[held].all():
            return None
    try:
        return cells.cast(typed.AMOUNT)
    except pa.ArrowInvalid:
        return None


def _at(table: NDArray[Any], coded: Coded) -> NDArray[Any]:
    """What ``table`` has for each cell; its first element is for blank cells. The result may be written to.

    By Arrow, which takes positions as they are, where numpy would make int64 of each.
    """
    if not len(coded):
        return table[:0]
    found = pa.array(table.view(f"i{table.itemsize}")).take(pa.array(coded.numbers + 1))
    return np.frombuffer(found.buffers()[1], dtype=table.dtype, count=len(found))


def _spread(values: Cells, coded: Coded, kind: str) -> typed.Column:
    """The value of each cell, of those of the spellings (null where a spelling is none)."""
    if kind == "decimal":
        blank = coded.is_null()
        return typed.Plain(values.take(pa.array(coded.numbers, mask=blank if blank.any() else None)))
    if kind in ("enum", "enum-open"):
        found = values.dictionary_encode()
        codes = np.array([-1, *found.indices.fill_null(-1).to_pylist()], dtype=np.int32)
        return typed.Listed(_at(codes, coded), tuple(found.dictionary.to_pylist()))
    if kind == "date":
        days = np.full(1 + len(values), np.datetime64("NaT", "s"))
        days[1:] = values.to_numpy(zero_copy_only=False)
        return typed.Days(_at(days, coded))
    table: NDArray[Any] = np.zeros(1 + len(values), dtype=np.bool_ if kind == "bool" else np.int64)
    table[1:] = values.fill_null(table[0].item()).to_numpy(zero_copy_only=False)
    missing = np.ones(1 + len(values), dtype=bool)
    missing[1:] = values.is_null().to_numpy(zero_copy_only=False)
    return typed.Numbers(_at(table, coded), _at(missing, coded))


def _text(cells: Cells) -> Typed:
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    if longest <= MAX_CELL:
        return Typed(typed.Plain(cells))
    what = Text(f"内容超过{MAX_CELL}个字节", f"holds more than {MAX_CELL} bytes")
    fault = Fault(what, Text("请缩短，或检查是否缺少右引号", "Shorten it, or look for a missing quotation mark"))
    faulty = pc.greater(pc.binary_length(cells), MAX_CELL).fill_null(False)
    return Typed(typed.Plain(cells), np.asarray(faulty), lambda _: fault)


def _read_spellings(spellings: Sequence[str], column: Column) -> tuple[Cells, dict[int, Fault]]:
    """The value of each spelling, null where it is none, and the faults by position."""
    kind = _KINDS[column.type]
    parse = _parser(column)
    texts = pa.array(spellings, pa.string())
    plain = _plain(texts, column)
    if plain is None:
        read = [parse(text) for text in spellings]
        faults = {position: value for position, value in enumerate(read) if isinstance(value, Fault)}
        return pa.array([None if isinstance(value, Fault) else value for value in read], kind), faults
    values = pc.if_else(plain, texts, pa.scalar(None, texts.type)).cast(kind)
    others = pc.indices_nonzero(pc.invert(plain)).to_pylist()
    if not others:
        return values, {}
    read = [parse(spellings[at]) for at in others]
    faults = {at: value for at, value in zip(others, read, strict=True) if isinstance(value, Fault)}
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
    found: Typed, rows: Sequence[int] | NDArray[np.int64], place: Callable[[int], Place], order: int, tally: Tally
) -> NDArray[np.bool_] | None:
    """Adds a problem for each faulty cell to ``tally``; gives the mask of their rows, or None where there are none."""
    if found.faulty is None or found.fault_at is None or not found.faulty.any():
        return None
    positions = np.flatnonzero(found.faulty)
    tally.count(len(positions))
    for position in positions[:LISTED]:
        row, fault = int(rows[position]), found.fault_at(int(position))
        tally.add(row, order, Problem(place(row), fault.what, fault.fix, VALUE))
    return found.faulty
