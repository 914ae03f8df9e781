"""The rules by which ledger rows are counted: one small named function for each line of the form and of the report.

A rule gives a ``Selection``: a ledger, the conditions that a row must meet, and where needed the column that is summed.
Counting and ``trace`` evaluate the same selection, so they can't disagree. Nothing here reads a file or knows a label.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mask = pd.Series
Test = Callable[..., Mask]


@dataclass(frozen=True)
class Condition:
    """``text`` is the condition in Chinese; ``test(frame, *arguments)`` gives a boolean for each row."""

    text: str
    test: Test
    arguments: tuple[Any, ...] = ()

    @property
    def column(self) -> str:
        """The first argument: the column that is tested, where the test takes one."""
        return str(self.arguments[0]) if self.arguments else ""


@dataclass(frozen=True)
class Selection:
    """Rows of ``ledger`` that meet all ``conditions``; ``measure`` is the column summed, None where rows are counted.

    ``distinct`` counts each value of a column once (its first row stands for it). ``law`` names the article or document
    that the rule follows.
    """

    ledger: str
    conditions: tuple[Condition, ...]
    measure: str | None = None
    law: str = ""
    distinct: str | None = None

    def where(self, *more: Condition) -> Selection:
        return Selection(self.ledger, (*self.conditions, *more), self.measure, self.law, self.distinct)

    @property
    def text(self) -> str:
        said = "，且".join(condition.text for condition in self.conditions) or "全部记录"
        return f"{said}（{self.law}）" if self.law else said


def _day(year: int, month: int, day: int) -> np.datetime64:
    return np.datetime64(f"{year:04d}-{month:02d}-{day:02d}", "s")


# Tests: pure functions of a frame. An empty date is never before, in or after anything.


def _mask(frame: pd.DataFrame, bits: NDArray[np.bool_]) -> Mask:
    return pd.Series(bits, index=frame.index, copy=False)


def _true(frame: pd.DataFrame, answers: pd.Series[Any]) -> Mask:
    """``answers`` as plain bool: what is not known is not true."""
    return _mask(frame, answers.to_numpy(dtype=bool, na_value=False))


def in_year(frame: pd.DataFrame, column: str, year: int) -> Mask:
    dates = frame[column].to_numpy()
    return _mask(frame, (dates >= _day(year, 1, 1)) & (dates < _day(year + 1, 1, 1)))


def before_year(frame: pd.DataFrame, column: str, year: int) -> Mask:
    return _mask(frame, frame[column].to_numpy() < _day(year, 1, 1))


def by_end_of(frame: pd.DataFrame, column: str, year: int) -> Mask:
    return before_year(frame, column, year + 1)


def not_before_year(frame: pd.DataFrame, column: str, year: int) -> Mask:
    return ~before_year(frame, column, year)


def not_by_end_of(frame: pd.DataFrame, column: str, year: int) -> Mask:
    return ~by_end_of(frame, column, year)


def equals(frame: pd.DataFrame, column: str, value: Any) -> Mask:
    return _true(frame, frame[column].eq(value))


def belongs_to(frame: pd.DataFrame, column: str, code: str) -> Mask:
    """The code itself or an item below it: ``denied`` takes ``denied.inquiry``."""
    values = frame[column]
    return _true(frame, values.eq(code)) | _true(frame, values.str.startswith(f"{code}."))


def other_than(frame: pd.DataFrame, column: str, value: Any) -> Mask:
    return ~equals(frame, column, value)


def at_most(frame: pd.DataFrame, column: str, limit: int) -> Mask:
    return _true(frame, frame[column] <= limit)


def in_year_or_else(frame: pd.DataFrame, column: str, otherwise: str, year: int) -> Mask:
    """The first date is in the year, or it is empty and the second is."""
    return in_year(frame, column, year) | (frame[column].isna() & in_year(frame, otherwise, year))


def open_at_end_of(frame: pd.DataFrame, opened: str, closed: str, year: int) -> Mask:
    """In being at the year's end; where no date of opening is kept it counts as always there."""
    begun = frame[opened].isna() | by_end_of(frame, opened, year)
    return begun & not_by_end_of(frame, closed, year)


def late(frame: pd.DataFrame, due: str, done: str, year: int) -> Mask:
    """Due in the year and not done by the day it was due."""
    return in_year(frame, due, year) & ~(frame[done] <= frame[due])


def is_in(frame: pd.DataFrame, column: str, values: tuple[str, ...]) -> Mask:
    return frame[column].isin(list(values))


def not_true(frame: pd.DataFrame, column: str) -> Mask:
    return ~_true(frame, frame[column])


def positive(frame: pd.DataFrame, column: str) -> Mask:
    return _true(frame, frame[column] > 0)


def filled(frame: pd.DataFrame, column: str) -> Mask:
    return frame[column].notna()


def blank(frame: pd.DataFrame, column: str) -> Mask:
    return frame[column].isna()


def new_or_carried_in(frame: pd.DataFrame, year: int) -> Mask:
    carried_in = before_year(frame, "received_date", year) & not_before_year(frame, "reply_date", year)
    return in_year(frame, "received_date", year) | carried_in


def concluded_or_pending(frame: pd.DataFrame, year: int) -> Mask:
    pending = by_end_of(frame, "accepted_date", year) & not_by_end_of(frame, "concluded_date", year)
    return in_year(frame, "concluded_date", year) | pending


def _belongs(value: str | None, code: str) -> bool:
    return value is not None and (value == code or value.startswith(f"{code}."))


# Tests that look at one column of text and at nothing but its value, each as it is said of one value (None: blank).
BY_VALUE: Mapping[Test, Callable[..., bool]] = {
    equals: operator.eq,
    belongs_to: _belongs,
    other_than: operator.ne,
    is_in: lambda value, values: value in values,
}

# Table 2, applications (条例第二十九条至第四十条; 国办公开办函〔2021〕30号附表).

FORM = "国办公开办函〔2021〕30号"


def new_applications(year: int) -> Selection:
    """一、本年新收: received in the year."""
    received = Condition(f"收到日期在{year}年内", in_year, ("received_date", year))
    return Selection("applications", (received,), law="条例第三十一条")


def carried_in_applications(year: int) -> Selection:
    """二、上年结转: received before the year and not replied before it."""
    received = Condition(f"收到日期早于{year}年", before_year, ("received_date", year))
    still_open = Condition(f"{year}年前尚未答复", not_before_year, ("reply_date", year))
    return Selection("applications", (received, still_open), law=FORM)


def answered_applications(year: int) -> Selection:
    """（七）总计: replied in the year."""
    replied = Condition(f"答复日期在{year}年内", in_year, ("reply_date", year))
    return Selection("applications", (replied,), law="条例第三十三条")


def carried_out_applications(year: int) -> Selection:
    """四、结转下年度: received by the year's end, not replied by then."""
    received = Condition(f"收到日期不晚于{year}年末", by_end_of, ("received_date", year))
    still_open = Condition(f"{year}年末尚未答复", not_by_end_of, ("reply_date", year))
    return Selection("applications", (received, still_open), law=FORM)


def handled_applications(year: int) -> Selection:
    """新收 and 上年结转 together: what had to be handled in the year."""
    handled = Condition(f"{year}年内收到，或者此前收到而{year}年前尚未答复", new_or_carried_in, (year,))
    return Selection("applications", (handled,), law=FORM)


def with_outcome(code: str, label: str) -> Condition:
    """A result row; a group, or a row that stands for a group in another edition, takes all of its items."""
    return Condition(f"办理结果为“{label}”", belongs_to, ("outcome", code))


def from_applicant(code: str, label: str) -> Condition:
    return Condition(f"申请人类型为“{label}”", equals, ("applicant_type", code))


# Table 1, active disclosure (条例第二十条).

FEE_MEASURE = "amount_yuan"


def of_kind(code: str, label: str) -> Condition:
    return Condition(f"种类为“{label}”", equals, ("kind", code))


def issued_documents(year: int) -> Selection:
    """本年制发件数 (2019: 本年新制作数量): issued in the year."""
    issued = Condition(f"制发日期在{year}年内", in_year, ("issued_date", year))
    return Selection("documents", (issued,), law="条例第二十条第（一）项")


def repealed_documents(year: int) -> Selection:
    """本年废止件数: repealed in the year."""
    repealed = Condition(f"废止日期在{year}年内", in_year, ("repealed_date", year))
    return Selection("documents", (repealed,), law="条例第二十条第（一）项")


def documents_in_force(year: int) -> Selection:
    """现行有效件数: issued by the year's end and not repealed by then."""
    issued = Condition(f"制发日期不晚于{year}年末", by_end_of, ("issued_date", year))
    in_force = Condition(f"{year}年末尚未废止", not_by_end_of, ("repealed_date", year))
    return Selection("documents", (issued, in_force), law="条例第二十条第（一）项")


ACTIVE = Condition("公开属性为“主动公开”", equals, ("openness", "active"))


def disclosed_documents(year: int) -> Selection:
    """Actively disclosed documents published in the year (2019: 本年新公开数量)."""
    published = Condition(f"公开日期在{year}年内", in_year, ("published_date", year))
    return Selection("documents", (ACTIVE, published), law="条例第二十六条")


def documents_disclosed_so_far(year: int) -> Selection:
    """对外公开总数量 of 2019: published by the year's end; it only ever grows, repealed documents stay public."""
    published = Condition(f"公开日期不晚于{year}年末", by_end_of, ("published_date", year))
    return Selection("documents", (ACTIVE, published), law="国办公开办函〔2019〕60号")


def decisions_made(year: int) -> Selection:
    """处理决定数量: all decisions of the periods that end in the year, disclosed or lawfully not."""
    period = Condition(f"期末日期在{year}年内", in_year, ("period_end", year))
    return Selection("decisions", (period,), measure="count", law="条例第二十条第（五）、（六）项")


def fees_charged(year: int) -> Selection:
    """行政事业性收费 of the periods that end in the year, in yuan."""
    period = Condition(f"期末日期在{year}年内", in_year, ("period_end", year))
    return Selection("fees", (period,), measure=FEE_MEASURE, law="条例第二十条第（八）项")


# Table 3, disputes. Where the review organ is a joint defendant the organ of the original act alone counts the case.

OWN_CASE = Condition("不属于复议机关作共同被告的案件", not_true, ("joint_defendant",))


def disputes_concluded(year: int, result: str, label: str) -> Selection:
    concluded = Condition(f"审结日期在{year}年内", in_year, ("concluded_date", year))
    came_out = Condition(f"结果为“{label}”", equals, ("result", result))
    return Selection("disputes", (OWN_CASE, concluded, came_out), law=FORM)


def disputes_pending(year: int) -> Selection:
    """尚未审结: accepted by the year's end, not concluded by then."""
    accepted = Condition(f"受理日期不晚于{year}年末", by_end_of, ("accepted_date", year))
    still_open = Condition(f"{year}年末尚未审结", not_by_end_of, ("concluded_date", year))
    return Selection("disputes", (OWN_CASE, accepted, still_open), law=FORM)


def disputes_in_total(year: int) -> Selection:
    """总计: concluded in the year or pending at its end, whatever the result says."""
    counted = Condition(f"{year}年内审结，或者{year}年末尚未审结", concluded_or_pending, (year,))
    return Selection("disputes", (OWN_CASE, counted), law=FORM)


def of_block(kind: str, route: str | None, label: str) -> tuple[Condition, ...]:
    """A block of the disputes table: reviews by their kind, lawsuits also by the route by which they were brought.

    The kind decides first: a review that has a route by mistake is counted once, as a review.
    """
    by_kind = Condition(f"案件类型属于“{label}”", equals, ("kind", kind))
    if route is None:
        return (by_kind,)
    return (by_kind, Condition(f"起诉方式为“{label}”", equals, ("route", route)))
