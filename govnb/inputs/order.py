"""Matters of order in a typed ledger: what each cell says alone is right, but not together.

Conditions that hold both ways (an outcome exactly where there is a reply), dates that run backwards, ids that occur
twice, two outcomes for one application. These are findings, not reading errors: the ledger can be counted all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from govnb.errors import Place, Problem, Text
from govnb.inputs.masking import shown_id
from govnb.inputs.raw import ORDER
from govnb.inputs.schema import Column, LedgerSchema
from govnb.inputs.typing_pass import LISTED, Tally


@dataclass(frozen=True)
class Ordered:
    """What the checks of order look at: the frame of sound rows (with ``row``) and how to name a place in it."""

    schema: LedgerSchema
    frame: pl.DataFrame
    headers: Mapping[str, str]
    place: Callable[[int, str], Place]
    tally: Tally

    def header(self, code: str) -> str:
        return self.headers.get(code, self.schema.columns[code].header)

    def report(self, found: pl.DataFrame, code: str, wording: Callable[[dict[str, object]], tuple[Text, Text]]) -> None:
        """One problem for each row of ``found``, at column ``code``."""
        self.tally.count(found.height)
        order = list(self.schema.columns).index(code)
        for row in found.head(LISTED).iter_rows(named=True):
            what, fix = wording(row)
            self.tally.add(row["row"], order, Problem(self.place(row["row"], code), what, fix, ORDER))


def find_order_faults(ordered: Ordered) -> None:
    """Every fault of order, to ``ordered.tally``."""
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
    met = pl.col(other.code).is_not_null() if column.iff_value is None else pl.col(other.code) == column.iff_value
    met = met.fill_null(False)
    filled = pl.col(column.code).is_not_null()
    mine, theirs = ordered.header(column.code), ordered.header(other.code)
    label = "" if column.iff_value is None else f"为“{other.values[column.iff_value]}”"
    case_en = "is filled" if column.iff_value is None else f"is “{column.iff_value}”"
    case_zh = f"“{theirs}”{label or '已填'}"
    without = Text(f"{case_zh}，但“{mine}”是空的", f"“{theirs}” {case_en}, but “{mine}” is empty")
    ordered.report(
        ordered.frame.filter(met & ~filled),
        column.code,
        lambda _: (without, Text(f"请填写“{mine}”", f"Fill in “{mine}”")),
    )
    not_zh = f"“{theirs}”不{label}" if label else f"“{theirs}”是空的"
    not_en = "is empty" if column.iff_value is None else f"is not “{column.iff_value}”"
    alone = Text(f"“{mine}”已填，但{not_zh}", f"“{mine}” is filled, but “{theirs}” {not_en}")
    fix = Text(f"请补上“{theirs}”，或清空“{mine}”", f"Complete “{theirs}”, or clear “{mine}”")
    ordered.report(ordered.frame.filter(~met & filled), column.code, lambda _: (alone, fix))


def _unusual(ordered: Ordered, column: Column, usual: tuple[int, int]) -> None:
    least, most = usual
    code = column.code

    def wording(row: dict[str, object]) -> tuple[Text, Text]:
        what = Text(f"{row[code]} 不在{least}至{most}之间", f"{row[code]} is not between {least} and {most}")
        return what, Text("请核对", "Check it")

    ordered.report(ordered.frame.filter(~pl.col(code).is_between(least, most)), code, wording)


def _backwards(ordered: Ordered, earlier: str, later: str) -> None:
    by_year = ordered.schema.columns[earlier].type == "int"
    end = pl.col(later).dt.year() if by_year else pl.col(later)
    first, second = ordered.header(earlier), ordered.header(later)

    def wording(row: dict[str, object]) -> tuple[Text, Text]:
        what = Text(
            f"“{second}” {row[later]} 早于“{first}” {row[earlier]}",
            f"“{second}” {row[later]} is before “{first}” {row[earlier]}",
        )
        return what, Text("请核对这两个日期", "Check the two dates")

    ordered.report(ordered.frame.filter(end < pl.col(earlier)), later, wording)


def _doubled(ordered: Ordered) -> None:
    """Ids that occur again, each with the row of the first; with another outcome it is worded so."""
    keys = list(ordered.schema.unique)
    frame = ordered.frame.filter(pl.all_horizontal(pl.col(key).is_not_null() for key in keys))
    if not frame.select(keys).is_duplicated().any():
        return
    outcome = ordered.schema.outcome
    first = [pl.col("row").first().over(keys).alias("first_row")]
    if outcome is not None:
        first.append(pl.col(outcome).drop_nulls().n_unique().over(keys).alias("outcomes"))
    again = frame.with_columns(first).filter(pl.col("row") != pl.col("first_row"))
    column = ordered.schema.columns[keys[0]]

    def wording(row: dict[str, object]) -> tuple[Text, Text]:
        shown, at = shown_id(str(row[keys[0]]), public=column.public), row["first_row"]
        if outcome is not None and int(str(row["outcomes"])) > 1:
            label = ordered.header(outcome)
            what = Text(
                f"“{shown}”与第{at}行编号相同而“{label}”不同", f"“{shown}” is also in row {at}, with another “{label}”"
            )
            return what, Text("一件申请只能有一个结果，请核对", "One application has one outcome only; check both rows")
        what = Text(f"“{shown}”重复，第{at}行已有", f"“{shown}” occurs twice, first in row {at}")
        return what, Text("请删除重复的一行，或改正编号", "Delete the row that is twice, or mend the id")

    ordered.report(again, keys[0], wording)
