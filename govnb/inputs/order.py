"""Matters of order in a typed ledger: what each cell says alone is right, but not together.

Conditions that hold both ways (an outcome exactly where there is a reply), dates that run backwards, ids that occur
twice, two outcomes for one application. These are findings, not reading errors: the ledger can be counted all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.errors import Place, Problem, Text
from govnb.inputs.distinct import all_differ
from govnb.inputs.masking import shown_id
from govnb.inputs.raw import ORDER, Cells
from govnb.inputs.schema import Column, LedgerSchema
from govnb.inputs.typed import Column as Typed
from govnb.inputs.typed import Days, Listed, Numbers, Plain
from govnb.inputs.typing_pass import LISTED, Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Ordered:
    """What the checks of order look at: typed columns, which rows are sound (None: all), how to name a place."""

    schema: LedgerSchema
    columns: Mapping[str, Typed]
    rows: range | NDArray[np.int64]
    sound: Bits | None
    headers: Mapping[str, str]
    place: Callable[[int, str], Place]
    tally: Tally

    def header(self, code: str) -> str:
        return self.headers.get(code, self.schema.columns[code].header)

    def value(self, code: str, position: int) -> Any:
        return self.columns[code].cell(position)

    def filled(self, code: str) -> Bits:
        return self.columns[code].filled()

    def days(self, code: str) -> NDArray[np.datetime64]:
        column = self.columns[code]
        assert isinstance(column, Days)
        return column.days

    def report(self, found: Bits, code: str, wording: Callable[[int], tuple[Text, Text]]) -> None:
        """One problem for each sound row of ``found``, at column ``code``; ``wording`` takes the position."""
        positions = np.flatnonzero(found if self.sound is None else found & self.sound)
        if not len(positions):
            return
        self.tally.count(len(positions))
        order = list(self.schema.columns).index(code)
        for position in positions[:LISTED].tolist():
            row = int(self.rows[position])
            what, fix = wording(position)
            self.tally.add(row, order, Problem(self.place(row, code), what, fix, ORDER))


def find_order_faults(ordered: Ordered) -> None:
    """Every fault of order, to ``ordered.tally``."""
    if not len(ordered.rows):
        return
    for column in ordered.schema.kept:
        if column.iff is not None:
            _condition(ordered, column)
        if column.usual is not None:
            _unusual(ordered, column, column.usual)
    for earlier, later in ordered.schema.order:
        _backwards(ordered, earlier, later)
    if ordered.schema.unique:
        _doubled(ordered)


def _condition(ordered: Ordered, column: Column) -> None:
    """``column`` is filled exactly where its condition is met."""
    other = ordered.schema.columns[column.iff or ""]
    if column.iff_value is None:
        met = ordered.filled(other.code)
    else:
        theirs_listed = ordered.columns[other.code]
        assert isinstance(theirs_listed, Listed)
        met = theirs_listed.equal(column.iff_value)
    filled = ordered.filled(column.code)
    mine, theirs = ordered.header(column.code), ordered.header(other.code)
    label = "" if column.iff_value is None else f"为“{other.values[column.iff_value]}”"
    case_en = "is filled" if column.iff_value is None else f"is “{column.iff_value}”"
    case_zh = f"“{theirs}”{label or '已填'}"
    without = Text(f"{case_zh}，但“{mine}”是空的", f"“{theirs}” {case_en}, but “{mine}” is empty")
    ordered.report(met & ~filled, column.code, lambda _: (without, Text(f"请填写“{mine}”", f"Fill in “{mine}”")))
    not_zh = f"“{theirs}”不{label}" if label else f"“{theirs}”是空的"
    not_en = "is empty" if column.iff_value is None else f"is not “{column.iff_value}”"
    alone = Text(f"“{mine}”已填，但{not_zh}", f"“{mine}” is filled, but “{theirs}” {not_en}")
    fix = Text(f"请补上“{theirs}”，或清空“{mine}”", f"Complete “{theirs}”, or clear “{mine}”")
    ordered.report(~met & filled, column.code, lambda _: (alone, fix))


def _unusual(ordered: Ordered, column: Column, usual: tuple[int, int]) -> None:
    least, most = usual

    def wording(position: int) -> tuple[Text, Text]:
        number = ordered.value(column.code, position)
        what = Text(f"{number} 不在{least}至{most}之间", f"{number} is not between {least} and {most}")
        return what, Text("请核对", "Check it")

    numbers = ordered.columns[column.code]
    assert isinstance(numbers, Numbers)
    outside = (numbers.values < least) | (numbers.values > most)
    ordered.report(outside & numbers.filled(), column.code, wording)


def _backwards(ordered: Ordered, earlier: str, later: str) -> None:
    begun, end = ordered.columns[earlier], ordered.days(later)
    if isinstance(begun, Numbers):  # a year
        years = end.astype("datetime64[Y]").astype(np.int64) + 1970
        backwards = (years < begun.values) & begun.filled() & ~np.isnat(end)
    else:
        backwards = end < ordered.days(earlier)  # never where one of them is blank
    first, second = ordered.header(earlier), ordered.header(later)

    def wording(position: int) -> tuple[Text, Text]:
        before, after = ordered.value(earlier, position), ordered.value(later, position)
        what = Text(f"“{second}” {after} 早于“{first}” {before}", f"“{second}” {after} is before “{first}” {before}")
        return what, Text("请核对这两个日期", "Check the two dates")

    ordered.report(backwards, later, wording)


def _doubled(ordered: Ordered) -> None:
    """Ids that occur again, each with the row of the first; with another outcome it is worded so."""
    keys = list(ordered.schema.unique)
    complete = np.logical_and.reduce([ordered.filled(key) for key in keys])
    if ordered.sound is not None:
        complete &= ordered.sound
    if _occurs_once([ordered.columns[key] for key in keys], None if complete.all() else complete):
        return
    outcome = ordered.schema.outcome
    again, first, outcomes = _occurring_again(ordered.columns, keys, outcome, complete)
    column = ordered.schema.columns[keys[0]]

    def wording(position: int) -> tuple[Text, Text]:
        shown = shown_id(ordered.value(keys[0], position), public=column.public)
        at = int(ordered.rows[int(first[position])])
        if outcome is not None and outcomes[position] > 1:
            label = ordered.header(outcome)
            what = Text(
                f"“{shown}”与第{at}行编号相同而“{label}”不同", f"“{shown}” is also in row {at}, with another “{label}”"
            )
            return what, Text("一件申请只能有一个结果，请核对", "One application has one outcome only; check both rows")
        what = Text(f"“{shown}”重复，第{at}行已有", f"“{shown}” occurs twice, first in row {at}")
        return what, Text("请删除重复的一行，或改正编号", "Delete the row that is twice, or mend the id")

    ordered.report(again, keys[0], wording)


def _occurs_once(keys: list[Typed], chosen: Bits | None) -> bool:
    """Whether no two of the chosen rows (None: of all) have the same keys."""
    if len(keys) == 1 and isinstance(keys[0], Plain):
        cells = keys[0].cells if chosen is None else keys[0].cells.filter(pa.array(chosen))
        chunks = cells if isinstance(cells, pa.ChunkedArray) else pa.chunked_array([cells])
        if _grows(chunks) or all_differ(chunks):
            return True
    frame = pd.DataFrame({number: key.to_pandas() for number, key in enumerate(keys)})
    return not bool((frame if chosen is None else frame[chosen]).duplicated().any())


def _grows(cells: Cells) -> bool:
    """Whether each id comes after the one before, as most numbers do: seen at once, and then all are different."""
    last: Any = None
    for chunk in cells.iterchunks():
        within = pc.all(pc.less(chunk[:-1], chunk[1:])).as_py()
        if within is False or (last is not None and len(chunk) and not last < chunk[0].as_py()):
            return False
        last = chunk[-1].as_py() if len(chunk) else last
    return True


def _occurring_again(
    columns: Mapping[str, Typed], keys: list[str], outcome: str | None, complete: Bits
) -> tuple[Bits, NDArray[np.int64], NDArray[np.int64]]:
    """For each row: has its key occurred above, at which position first, and with how many different outcomes."""
    names = keys if outcome is None else [*keys, outcome]
    frame = pd.DataFrame({name: columns[name].to_pandas() for name in names})
    frame["position"] = np.arange(len(frame))
    groups = frame[complete].groupby(keys, sort=False)
    first, outcomes = np.arange(len(frame)), np.ones(len(frame), dtype=np.int64)
    first[complete] = groups["position"].transform("first")
    if outcome is not None:
        outcomes[complete] = groups[outcome].transform("nunique")
    return first != np.arange(len(frame)), first, outcomes
