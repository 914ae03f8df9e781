"""How applications were handled in a year: time to reply, open cases, what took longer and why, fees, disclosure.

For the internal study. Pure: reads a ``Book``, gives DataFrames whose index and columns are codes and whose cells are
int, Decimal or None (never a float). Working days are those of ``limits``; whether a reply was in time is decided there
and nowhere else. A reply for which no limit ran (a correction that never came) is neither in time nor late; one whose
days lie in a year without a calendar is ``unknown`` and is left out of medians.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pandas as pd

from govnb.counting import fees, limits, rules
from govnb.counting.book import Book, exact_sum, median
from govnb.counting.figures import Value

AGES = (10, limits.ANSWER_DAYS, 40)  # working days: where the bands of open cases end
_TIMES = ("answered", "in_time", "overdue", "no_limit", "unknown", "within", "median", "longest")


def find_replies(book: Book, year: int) -> pd.DataFrame:
    """One row for each application answered in ``year``.

    ``channel``, ``outcome`` (code or missing), ``month`` (1 to 12), ``days`` (Int64, missing where no limit ran), and
    whether it was ``in_time``, ``overdue``, ran under ``no_limit`` or is ``unknown``: exactly one of the four is True.
    """
    chosen = rules.answered_applications(year)
    rows = book.rows(chosen)
    days = book.values(chosen, "elapsed_days")
    unknown = limits.answer_unknown(rows, book.calendar)
    return pd.DataFrame(
        {
            "channel": rows["channel"],
            "outcome": rows["outcome"],
            "month": rows["reply_date"].dt.month,
            "days": days,
            "in_time": book.values(chosen, "answered_in_time"),
            "overdue": book.values(chosen, "answered_late"),
            "no_limit": days.isna() & ~unknown,
            "unknown": unknown & days.isna(),
        }
    )


def count_reply_times(
    replies: pd.DataFrame, groups: Iterable[tuple[str, pd.Series[bool]]], target_days: int | None = None
) -> pd.DataFrame:
    """Rows of ``groups`` (code, which replies) → numbers of replies, median and longest of their working days.

    ``within``: how many took no more than ``target_days``; None without a target.
    """
    return _frame({code: _times(replies[mask], target_days) for code, mask in groups}, _TIMES)


def _times(replies: pd.DataFrame, target_days: int | None) -> list[Value]:
    counts = [int(replies[column].sum()) for column in ("in_time", "overdue", "no_limit", "unknown")]
    days = replies["days"].dropna()
    within = None if target_days is None else int((days <= target_days).sum())
    return [len(replies), *counts, within, median(days), int(days.max()) if len(days) else None]


def groups_of(replies: pd.DataFrame, column: str, codes: Iterable[Any]) -> list[tuple[str, pd.Series[bool]]]:
    """For ``count_reply_times``: each of ``codes`` that occurs, then ``blank`` where some replies have none."""
    values = replies[column]
    found = [(str(code), values.eq(code).fillna(False).astype(bool)) for code in codes]
    return [(code, mask) for code, mask in (*found, ("blank", values.isna())) if mask.any()]


def groups_of_outcomes(replies: pd.DataFrame, codes: Iterable[str]) -> list[tuple[str, pd.Series[bool]]]:
    """As ``groups_of``, where a code takes its items too: ``denied`` takes ``denied.inquiry``; ``blank``: the rest."""
    found = [(code, rules.belongs_to(replies, "outcome", code)) for code in codes]
    rest = pd.Series(True, index=replies.index)
    for _, mask in found:
        rest &= ~mask
    return [(code, mask) for code, mask in (*found, ("blank", rest)) if mask.any()]


def count_open_cases(book: Book, year: int) -> pd.DataFrame:
    """Cases open at the end of ``year`` by working days since the limit began: ``cases`` and, of these, ``overdue``.

    Index: ``10``, ``20``, ``40`` (up to so many days), ``more``, ``none`` (no limit runs), ``unknown`` (calendar).
    """
    end = date(year, 12, 31)
    still_open = book.mask(rules.carried_out_applications(year))
    then = limits.known_on(book.frames["applications"], end)[still_open]
    days = limits.elapsed_days(then, book.calendar, end)
    past = limits.open_past_limit(book.frames["applications"], book.calendar, end)[still_open]
    unknown = limits.answer_unknown(then, book.calendar, end) & days.isna()
    lines: dict[str, list[Value]] = {}
    below = -1
    for edge in (*AGES, None):
        upper = days > below if edge is None else (days > below) & (days <= edge)
        band = upper.fillna(False).astype(bool)
        lines["more" if edge is None else str(edge)] = [int(band.sum()), int((band & past).sum())]
        below = edge if edge is not None else below
    lines["none"] = [int((days.isna() & ~unknown).sum()), 0]
    lines["unknown"] = [int(unknown.sum()), 0]
    return _frame(lines, ("cases", "overdue"))


def count_added_days(book: Book, year: int) -> pd.DataFrame:
    """What gave more time to replies of ``year``: extension, reasonable delay, days not counted, correction.

    ``cases``, their ``days`` (sum, ``median`` and ``longest`` of one case), ``over_20``: cases whose reply took more
    than the 20 working days of the law, and ``overdue``. Days of a correction are the working days from receipt to the
    corrected application, which the limit leaves out; one that never came has none.
    """
    chosen = rules.answered_applications(year)
    rows, used = book.rows(chosen), book.values(chosen, "elapsed_days")
    overdue = book.values(chosen, "answered_late")
    added = {
        name: rows[f"{name}_days"].where(rows[f"{name}_days"] > 0)
        for name in ("extension", "delay", "excluded")
        if f"{name}_days" in rows
    }
    lines = {name: _added(days, days.notna(), used, overdue) for name, days in added.items()}
    corrected, noticed = rows["correction_received_date"], rows["correction_notice_date"].notna()
    waited = book.calendar.working_days_between(rows["received_date"], corrected, strict=False)
    lines["correction"] = _added(waited, noticed, used, overdue)
    return _frame(lines, ("cases", "days", "median", "longest", "over_20", "overdue"))


def _added(days: pd.Series[Any], cases: pd.Series[bool], used: pd.Series[Any], overdue: pd.Series[Any]) -> list[Value]:
    known = days[cases].dropna()
    over = (used > limits.ANSWER_DAYS).fillna(False).astype(bool) & cases
    longest = int(known.max()) if len(known) else None
    late = int((overdue.astype(bool) & cases).sum())
    return [int(cases.sum()), int(known.sum()), median(known), longest, int(over.sum()), late]


def count_corrections(book: Book, year: int) -> pd.DataFrame:
    """``cases`` of notices of correction given in ``year``: ``noticed``; of these ``late`` (条例第三十条), ``received``
    by the year's end, ``awaited`` at its end, and ``dropped`` because no correction came in time."""
    frame = book.frames["applications"]
    noticed = rules.in_year(frame, "correction_notice_date", year)
    received = rules.by_end_of(frame, "correction_received_date", year)
    answered = rules.by_end_of(frame, "reply_date", year)
    masks = {
        "noticed": noticed,
        "late": noticed & limits.correction_notice_late(frame, book.calendar),
        "received": noticed & received,
        "awaited": noticed & ~received & ~answered,
        "dropped": noticed & answered & rules.equals(frame, "outcome", "other.correction_overdue"),
    }
    return _frame({name: [int(mask.sum())] for name, mask in masks.items()}, ("cases",))


def count_fee_notices(book: Book, year: int) -> pd.DataFrame:
    """``cases`` and ``yuan`` of the fee notices of ``year``: ``noticed``; of these ``paid`` by the year's end,
    ``payment_overdue`` (paid late, or not paid and the 20 working days over), ``dropped`` for want of payment."""
    frame = book.frames["applications"]
    noticed = rules.in_year(frame, "fee_notice_date", year)
    masks = {
        "noticed": noticed,
        "paid": noticed & rules.by_end_of(frame, "fee_paid_date", year),
        "payment_overdue": noticed & fees.payment_overdue(frame, book.calendar, date(year, 12, 31)),
        "dropped": noticed & rules.equals(frame, "outcome", "other.fee_unpaid"),
    }
    lines: dict[str, list[Value]] = {
        name: [int(mask.sum()), exact_sum(frame.loc[mask, "fee_yuan"])] for name, mask in masks.items()
    }
    return _frame(lines, ("cases", "yuan"))


def count_disclosure_delays(book: Book, year: int) -> pd.DataFrame:
    """``documents`` to be disclosed actively: ``disclosed`` in ``year``, of these ``late``; at its end ``waiting`` past
    the 20 working days of 条例第二十六条 and not repealed, issued (or opened by a review) in the year or before it."""
    frame, end = book.frames["documents"], date(year, 12, 31)
    start = limits.disclosure_start(frame, book.frames.get("openness_reviews"))
    disclosed = book.mask(rules.disclosed_documents(year))
    in_force = rules.not_by_end_of(frame, "repealed_date", year)
    waiting = limits.undisclosed_past_limit(frame, book.calendar, end, start) & in_force
    recent = start.ge(pd.Timestamp(date(year, 1, 1))).fillna(False).astype(bool)
    masks = {
        "disclosed": disclosed,
        "late": disclosed & limits.disclosed_late(frame, book.calendar, start),
        "waiting": waiting & recent,
        "waiting_before": waiting & ~recent,
    }
    return _frame({name: [int(mask.sum())] for name, mask in masks.items()}, ("documents",))


def _frame(lines: dict[str, list[Value]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Cells as objects: an exact number must not become a float because its neighbour is missing."""
    cells = {column: [line[at] for line in lines.values()] for at, column in enumerate(columns)}
    return pd.DataFrame(cells, index=list(lines), columns=list(columns), dtype=object)
