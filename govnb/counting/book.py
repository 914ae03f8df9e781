"""The ledgers of one agency as the rules see them: frames by ledger code, and conditions evaluated once.

Pure: frames come from inputs/, nothing here opens a file or changes a frame. A frame has the row number of its file as
index. A condition on a column of codes or names is tested on its distinct values alone, which is what makes a million
rows fast; every other one is tested on the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.counting import limits
from govnb.counting.calendar import WorkCalendar
from govnb.counting.rules import BY_VALUE, Condition, Mask, Selection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]
    Packed = NDArray[np.uint8]
    Codes = tuple[NDArray[Any], list[str | None]]

# More than any column of decimal128(38, 10) can add up to: sums never round.
_DIGITS = 80
FIRST_ROWS = 5
_AT_ONCE = 1 << 14  # bytes that are looked through for the first rows


class Book:
    """Frames by ledger code; ``files`` says by what name people know each ledger's file.

    ``labels`` is (ledger, column) → code → label for the columns that hold one of a list. ``codes``, where they are
    known, is (ledger, column) → the position of each row's value among the values, and these, None for a blank; the
    other columns are looked through. Frames are taken as they are and must not be changed after, since what was
    evaluated is kept: eight rows to a byte, in which form conditions are also put together and rows counted.
    """

    def __init__(
        self,
        frames: Mapping[str, pd.DataFrame],
        files: Mapping[str, str],
        calendar: WorkCalendar,
        labels: Mapping[tuple[str, str], Mapping[str, str]],
        codes: Mapping[tuple[str, str], Codes] | None = None,
    ) -> None:
        self.frames = frames
        self.files = files
        self.labels = labels
        self.calendar = calendar
        self.days_known: dict[Selection, bool] = {}  # whether the calendar tells the days of all these replies
        self._met: dict[tuple[str, tuple[Condition, ...]], Packed] = {}
        self._coded: dict[tuple[str, str], Codes] = dict(codes or {})

    def __contains__(self, ledger: object) -> bool:
        return ledger in self.frames

    def mask(self, selection: Selection) -> Mask:
        """True for each row that meets all conditions of ``selection``."""
        return pd.Series(self._bits(selection), index=self.frames[selection.ledger].index)

    def rows(self, selection: Selection, columns: list[str] | None = None) -> pd.DataFrame:
        """The rows behind a number, with these ``columns`` (None: all) but none that is computed here."""
        frame, bits = self.frames[selection.ledger], self._bits(selection)
        if columns is None:
            return frame[bits]
        return pd.DataFrame({name: frame[name][bits] for name in columns}, index=frame.index[bits])

    def count(self, selection: Selection) -> int:
        packed = self._packed(selection)
        whole = len(packed) // 8 * 8  # bytes that can be counted eight at a time
        words, rest = packed[:whole].view(np.uint64), packed[whole:]
        return int(np.bitwise_count(words).sum()) + int(np.bitwise_count(rest).sum())

    def first_rows(self, selection: Selection) -> tuple[int, ...]:
        """The numbers, in the ledger's file, of the first FIRST_ROWS rows that are selected."""
        packed, index = self._packed(selection), self.frames[selection.ledger].index
        found: list[int] = []
        for start in range(0, len(packed), _AT_ONCE):
            for byte in (start + np.flatnonzero(packed[start : start + _AT_ONCE])[:FIRST_ROWS]).tolist():
                found += [int(index[8 * byte + bit]) for bit in np.flatnonzero(np.unpackbits(packed[byte : byte + 1]))]
            if len(found) >= FIRST_ROWS:
                break
        return tuple(found[:FIRST_ROWS])

    def total(self, selection: Selection) -> int | Decimal:
        """Number of rows, or the exact sum of the measure (int for counts, Decimal for money)."""
        if selection.measure is None:
            return self.count(selection)
        return exact_sum(self.values(selection, selection.measure))

    def values(self, selection: Selection, column: str) -> pd.Series[Any]:
        """A column of the selected rows; for applications also those of ``_computed_columns``."""
        return self._column(selection.ledger, column)[self._bits(selection)]

    def distinct(self, ledger: str, column: str) -> set[str]:
        """The values that occur in a column of text."""
        codes, values = self._codes(ledger, column)
        rows = np.bincount(codes, minlength=len(values))
        return {value for value, number in zip(values, rows, strict=True) if value is not None and number}

    def _bits(self, selection: Selection) -> Bits:
        return np.unpackbits(self._packed(selection), count=len(self.frames[selection.ledger])).view(np.bool_)

    def _packed(self, selection: Selection) -> Packed:
        """All but the last condition are kept together: the cells of a row of a table differ in the last one only."""
        ledger, conditions = selection.ledger, selection.conditions
        if not conditions:
            packed = np.packbits(np.ones(len(self.frames[ledger]), dtype=bool))
        elif len(conditions) == 1:
            packed = self._together(ledger, conditions)
        else:
            packed = self._together(ledger, conditions[:-1]) & self._together(ledger, conditions[-1:])
        if selection.distinct is not None:
            values = self.frames[ledger][selection.distinct]
            bits = np.unpackbits(packed, count=len(values)).view(np.bool_)
            packed = np.packbits(bits & ~values.where(bits).duplicated().to_numpy())
        return packed

    def _together(self, ledger: str, conditions: tuple[Condition, ...]) -> Packed:
        key = (ledger, conditions)
        if key not in self._met:
            if len(conditions) == 1:
                self._met[key] = np.packbits(self._test(ledger, conditions[0]))
            else:
                rest = self._together(ledger, conditions[:-1])
                self._met[key] = rest & self._together(ledger, conditions[-1:])
        return self._met[key]

    def _test(self, ledger: str, condition: Condition) -> Bits:
        frame, column = self.frames[ledger], condition.column
        said = BY_VALUE.get(condition.test)
        if said is not None and column in frame and isinstance(frame[column].dtype, pd.StringDtype):
            codes, values = self._codes(ledger, column)
            met = np.array([said(value, *condition.arguments[1:]) for value in values], dtype=bool)
            bits: Bits = codes == met.argmax() if np.count_nonzero(met) == 1 else met[codes]
            return bits
        if column not in frame and column in self._computed_columns:
            frame = self._column(ledger, column).to_frame(column)
        return _as_bits(condition.test(frame, *condition.arguments))

    def _codes(self, ledger: str, column: str) -> Codes:
        """(position of each row's value among the distinct ones, these; a blank is one of them, None)."""
        key = (ledger, column)
        if key not in self._coded:
            values = self.frames[ledger][column]
            codes, found = pd.factorize(values, use_na_sentinel=False)
            small: Any = np.uint8 if len(found) <= 256 else np.intp
            known = [value if isinstance(value, str) else None for value in found.tolist()]
            self._coded[key] = (codes.astype(small), known)
        return self._coded[key]

    def _column(self, ledger: str, column: str) -> pd.Series[Any]:
        frame = self.frames[ledger]
        if ledger == "applications" and column not in frame and column in self._computed_columns:
            if column not in self._computed:
                self._computed[column] = self._computed_columns[column]()
            return self._computed[column]
        return frame[column]

    # What the time limit says of each application (working days; 条例第三十三条).

    @cached_property
    def _computed(self) -> dict[str, pd.Series[Any]]:
        return {}

    @cached_property
    def _computed_columns(self) -> dict[str, Callable[[], pd.Series[Any]]]:
        return {
            "elapsed_days": lambda: limits.elapsed_days(self.frames["applications"], self.calendar),
            "answered_late": lambda: self._judged(limits.answered_late),
            "answered_in_time": lambda: self._judged(limits.answered_in_time),
        }

    def _judged(self, judge: Callable[..., pd.Series[bool]]) -> pd.Series[bool]:
        return judge(self.frames["applications"], self.calendar, self._column("applications", "elapsed_days"))


def _as_bits(mask: Mask) -> Bits:
    bits: Bits = mask.to_numpy(dtype=bool)
    return bits


def exact_sum(values: pd.Series[Any]) -> int | Decimal:
    """Sum without floats: ints stay ints; decimals are added as Decimal and lose only their trailing zeros."""
    if pd.api.types.is_integer_dtype(values.dtype):
        numbers = values.dropna().to_numpy(dtype=np.int64)
        return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())  # neither half can overflow
    if isinstance(values.dtype, pd.ArrowDtype):
        total = pc.sum(pa.array(values.array).cast(pa.decimal256(76, 10))).as_py()
        return plain(total or Decimal(0))
    return plain(add(Decimal(str(value)) for value in values.dropna()))


def median(days: pd.Series[Any]) -> int | Decimal | None:
    """The middle one of whole numbers, or the exact mean of the two in the middle; None of nothing."""
    ordered = np.sort(days.dropna().to_numpy(dtype=np.int64))
    if not ordered.size:
        return None
    middle = Decimal(int(ordered[(len(ordered) - 1) // 2]) + int(ordered[len(ordered) // 2])) / 2
    return int(middle) if middle == middle.to_integral_value() else middle


def add(values: Iterable[int | Decimal]) -> Decimal:
    """The sum with every digit (Decimal's own context rounds to 28)."""
    with localcontext(prec=_DIGITS):
        return Decimal(sum(values))


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 100, not 1E+2; 24252.311082, not 24252.3110820000."""
    if value == 0:
        return Decimal(0)
    text = format(value, "f")
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
