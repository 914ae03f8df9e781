"""Columns of strings → typed columns, at the speed of columns: each different spelling is read once.

Faults are located in a second pass, only where a column has any. Nothing here raises for a bad cell, and nothing here
knows a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from govnb.errors import Place, Problem, Text
from govnb.inputs.raw import MAX_CELL, VALUE
from govnb.inputs.schema import Column
from govnb.inputs.values import Fault, parse_bool, parse_date, parse_decimal, parse_enum, parse_int, parse_open

LISTED = 50
"""Problems of one ledger that are listed one by one; a closing problem gives the number of the others."""

DECIMAL = pl.Decimal(38, 10)
DTYPES: Mapping[str, Any] = {
    "id": pl.String,
    "text": pl.String,
    "enum": pl.String,
    "enum-open": pl.String,
    "date": pl.Date,
    "int": pl.Int64,
    "decimal": DECIMAL,
    "bool": pl.Boolean,
}
_PLAIN_DECIMAL = r"^[0-9]{1,20}(\.[0-9]{1,10})?$"


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
    """A typed column and, for every spelling in it that is no value, the fault."""

    series: pl.Series
    faults: Mapping[str, Fault]


def map_values(texts: pl.Series, mapping: Mapping[str, str | None]) -> pl.Series:
    """The values of another system replaced by ours, as params maps them."""
    if not mapping:
        return texts
    ours = [value if value != "" else None for value in mapping.values()]
    return texts.replace(pl.Series([str(key).strip() for key in mapping]), pl.Series(ours, dtype=pl.String))


def type_column(texts: pl.Series, column: Column) -> Typed:
    """One column of stripped strings (null = blank) as its type; null where a cell is blank or faulty."""
    if column.type in ("id", "text"):
        return _text(texts)
    if column.type == "decimal":
        return _decimal(texts, column)
    return _by_spelling(texts, _parser(column), DTYPES[column.type])


def _parser(column: Column) -> Callable[[str], object]:
    if column.type == "date":
        return parse_date
    if column.type == "bool":
        return parse_bool
    if column.type == "int":
        return lambda text: parse_int(text, column)
    if column.type == "decimal":
        return lambda text: parse_decimal(text, column)
    if column.type == "enum":
        return lambda text: parse_enum(text, column)
    return lambda text: parse_open(text, column)


def _text(texts: pl.Series) -> Typed:
    longest = texts.str.len_bytes().max()
    if not isinstance(longest, int) or longest <= MAX_CELL:
        return Typed(texts, {})
    what = Text(f"内容超过{MAX_CELL}个字节", f"holds more than {MAX_CELL} bytes")
    fault = Fault(what, Text("请缩短，或检查是否缺少右引号", "Shorten it, or look for a missing quotation mark"))
    return Typed(texts, dict.fromkeys(texts.filter(texts.str.len_bytes() > MAX_CELL).unique(), fault))


def _by_spelling(texts: pl.Series, parse: Callable[[str], object], dtype: Any) -> Typed:
    spellings = texts.drop_nulls().unique(maintain_order=True)
    read = [parse(text) for text in spellings]
    faults = {text: value for text, value in zip(spellings, read, strict=True) if isinstance(value, Fault)}
    if len(spellings) == len(faults):
        return Typed(pl.Series(texts.name, [None], dtype=dtype).new_from_index(0, len(texts)), faults)
    values = pl.Series([None if isinstance(value, Fault) else value for value in read], dtype=dtype)
    return Typed(texts.replace_strict(spellings, values, default=None, return_dtype=dtype), faults)


def _decimal(texts: pl.Series, column: Column) -> Typed:
    """Plain digits by the column, every other spelling by itself."""
    plain = texts.str.contains(_PLAIN_DECIMAL).fill_null(True)
    if not plain.all() or column.maximum is not None or (column.minimum or 0) > 0:
        return _by_spelling(texts, _parser(column), DECIMAL)
    return Typed(texts.cast(DECIMAL), {})


def locate_faults(
    typed: Typed, texts: pl.Series, rows: pl.Series, place: Callable[[int], Place], order: int, tally: Tally
) -> pl.Series | None:
    """Adds a problem for each faulty cell to ``tally``; gives the mask of their rows, or None where there are none."""
    if not typed.faults:
        return None
    mask = texts.is_in(pl.Series(list(typed.faults), dtype=pl.String)).fill_null(False)
    found = pl.DataFrame({"row": rows, "text": texts}).filter(mask)
    tally.count(found.height)
    for row, text in found.head(LISTED).iter_rows():
        fault = typed.faults[text]
        tally.add(row, order, Problem(place(row), fault.what, fault.fix, VALUE))
    return mask
