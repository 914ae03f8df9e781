"""The time limits of 条例 (国务院令第711号): answering an application, disclosing a document.

One small function for each rule, with its article, over a whole ledger at once. Days are those of ``WorkCalendar``.
Frames have the columns of ledgers.yaml (dates datetime64[s], numbers Int64); answers are Series with the frame's index.
A mask is plain bool and False where the law or the calendar gives no answer; ``answer_unknown`` and
``due_date_unknown`` say where it was the calendar. No due date is needed to tell late from in time: the days elapsed
decide, so that what was received in the last known December can still be judged.

When the clock runs. From the day after receipt (31, 33). A notice of correction (30) stops it: it starts anew from
receipt of the corrected application, and while that is awaited, or was never sent, no limit runs, so that such an
application is neither late nor past its limit however long it takes. A notice of a fee (42), given in time, does the
same until payment†. († practice: it only ever spares a warning.)

A day off never counts: an answer on the Saturday after the last working day has used no more working days than one on
the Friday, and is not called late. Never raises for what a ledger holds; faults of order are the ledger reader's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from govnb.counting.calendar import WorkCalendar

ANSWER_DAYS = 20
EXTENSION_MAXIMUM = 20
CORRECTION_NOTICE_DAYS = 7
DISCLOSURE_DAYS = 20

_EVENTS = ("correction_notice_date", "correction_received_date", "reply_date", "fee_notice_date", "fee_paid_date")
_ADDED_DAYS = ("excluded_days", "extension_days", "delay_days")


# Answering an application


def answer_limit(applications: pd.DataFrame) -> pd.Series[Any]:
    """Int64: 20 working days, at most 20 more by extension (第三十三条), and the reasonable delay (第三十五条)."""
    extension = np.clip(_numbers(applications, "extension_days"), 0, EXTENSION_MAXIMUM)
    delay = np.maximum(_numbers(applications, "delay_days"), 0)
    return _whole(ANSWER_DAYS + extension + delay, applications.index)


def days_not_counted(applications: pd.DataFrame) -> pd.Series[Any]:
    """Int64: working days for third parties (第三十二条) and other organs (第三十四条), left out by 第三十三条.

    Not capped: 15 working days is the time each of them has, and how many were asked isn't in the ledger.
    """
    return _whole(np.maximum(_numbers(applications, "excluded_days"), 0), applications.index)


def start_after_correction(applications: pd.DataFrame) -> pd.Series[Any]:
    """datetime64: receipt (第三十一条), or receipt of the correction (第三十条); NaT while a noticed one is awaited."""
    received = applications["received_date"]
    corrected = _date(applications, "correction_received_date").to_numpy()
    noticed = ~np.isnat(_date(applications, "correction_notice_date").to_numpy())
    days = received.to_numpy()
    start = np.where(np.isnat(corrected) | np.isnat(days), days, corrected)
    start[noticed & np.isnat(corrected)] = np.datetime64("NaT")
    return pd.Series(start, index=received.index, copy=False)


def clock_start(applications: pd.DataFrame, calendar: WorkCalendar) -> pd.Series[Any]:
    """datetime64: the day after which the limit is counted; NaT where no limit runs.

    After a fee notice within the limit it is the day of payment, NaT until then (国办函〔2020〕109号†); a later notice
    changes nothing.
    """
    start = start_after_correction(applications)
    notice, paid = _date(applications, "fee_notice_date"), _date(applications, "fee_paid_date")
    charged = notice.notna()
    if not charged.any():
        return start
    some, begun, paid = applications[columns(applications)][charged], start[charged], paid[charged]
    used = calendar.working_days_between(begun, notice[charged], strict=False) - days_not_counted(some)
    in_time = _mask(used <= answer_limit(some))
    # Paid before the application was corrected: the later event decides.
    start[charged] = begun.mask(in_time, paid.where(paid.isna() | (paid >= begun), begun))
    return start


def columns(applications: pd.DataFrame) -> list[str]:
    """The columns that the limit of an answer depends on, as far as the ledger has them."""
    return [name for name in ("received_date", *_EVENTS, *_ADDED_DAYS) if name in applications]


def elapsed_days(
    applications: pd.DataFrame, calendar: WorkCalendar, until: pd.Series[Any] | date | None = None
) -> pd.Series[Any]:
    """Int64: working days from the start of the clock to ``until`` (default: the reply), without those not counted.

    Missing where no limit runs, there is no reply, or the calendar doesn't tell; never below 0.
    """
    end = applications["reply_date"] if until is None else until
    days = calendar.working_days_between(clock_start(applications, calendar), end, strict=False)
    left = days.to_numpy(dtype=np.int64, na_value=0) - np.maximum(_numbers(applications, "excluded_days"), 0)
    return _whole(np.maximum(left, 0), applications.index, days.isna().to_numpy())


def due_date(applications: pd.DataFrame, calendar: WorkCalendar) -> pd.Series[Any]:
    """datetime64[s]: the last day of the limit (第三十三条); NaT where none runs or the calendar ends before it."""
    days = answer_limit(applications) + days_not_counted(applications)
    return calendar.add_working_days(clock_start(applications, calendar), days, strict=False)


def due_date_unknown(applications: pd.DataFrame, calendar: WorkCalendar) -> pd.Series[bool]:
    """Rows with a running limit whose due date lies in a year without a calendar."""
    return clock_start(applications, calendar).notna() & due_date(applications, calendar).isna()


def answer_unknown(
    applications: pd.DataFrame, calendar: WorkCalendar, until: pd.Series[Any] | date | None = None
) -> pd.Series[bool]:
    """Rows whose elapsed days need a year without a calendar: neither late nor in time can be said."""
    end = applications["reply_date"] if until is None else until
    return calendar.unknown_between(clock_start(applications, calendar), end)


def answered_late(
    applications: pd.DataFrame, calendar: WorkCalendar, days: pd.Series[Any] | None = None
) -> pd.Series[bool]:
    """Answered after the limit (第三十三条). ``days``: the elapsed days, where they are counted already."""
    return _mask(_days(applications, calendar, days) > answer_limit(applications))


def answered_in_time(
    applications: pd.DataFrame, calendar: WorkCalendar, days: pd.Series[Any] | None = None
) -> pd.Series[bool]:
    """Answered within the limit. Rows for which no limit ran are in neither mask."""
    return _mask(_days(applications, calendar, days) <= answer_limit(applications))


def open_past_limit(applications: pd.DataFrame, calendar: WorkCalendar, as_of: date) -> pd.Series[bool]:
    """Not answered by the end of ``as_of`` although the limit was over (第三十三条), by what was known that day."""
    then = known_on(applications, as_of)
    late = _mask(elapsed_days(then, calendar, as_of) > answer_limit(then))
    return late & then["reply_date"].isna()


def known_on(applications: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The ledger as it stood at the end of ``as_of``: later dates blank, later applications without a receipt.

    Extension, delay and excluded days have no date in the ledger and stay.
    """
    day = pd.Timestamp(as_of)
    dates = {name: applications[name] for name in ("received_date", *_EVENTS) if name in applications}
    return applications.assign(**{name: values.mask(values > day) for name, values in dates.items()})


def correction_notice_late(applications: pd.DataFrame, calendar: WorkCalendar) -> pd.Series[bool]:
    """Correction asked for later than 7 working days after receipt (第三十条)."""
    notice = _date(applications, "correction_notice_date")
    days = calendar.working_days_between(applications["received_date"], notice, strict=False)
    return _mask(days > CORRECTION_NOTICE_DAYS)


# Disclosing a document


def disclosure_start(documents: pd.DataFrame, reviews: pd.DataFrame | None = None) -> pd.Series[Any]:
    """datetime64: the day the document was issued or, if later, made open by a review of its openness (第二十六条).

    A document that was withheld for years and then opened is not late by those years.
    """
    issued = documents["issued_date"]
    if reviews is None:
        return issued
    opened = reviews[(reviews["openness_after"] == "active") & (reviews["openness_before"] != "active")]
    if opened.empty:
        return issued
    latest = opened.groupby("document_id")["reviewed_date"].max()
    reviewed = documents["document_id"].map(latest).astype(issued.dtype)
    return issued.mask(_mask(reviewed > issued), reviewed)


def disclosed_late(
    documents: pd.DataFrame, calendar: WorkCalendar, start: pd.Series[Any] | None = None
) -> pd.Series[bool]:
    """Disclosed on the organ's own initiative later than 20 working days after issue (第二十六条)."""
    days = calendar.working_days_between(_start(documents, start), documents["published_date"], strict=False)
    return _mask(days > DISCLOSURE_DAYS) & _mask(documents["openness"] == "active")


def undisclosed_past_limit(
    documents: pd.DataFrame, calendar: WorkCalendar, as_of: date, start: pd.Series[Any] | None = None
) -> pd.Series[bool]:
    """To be disclosed actively, not done by the end of ``as_of``, and the 20 working days were over (第二十六条)."""
    published = documents["published_date"]
    days = calendar.working_days_between(_start(documents, start), as_of, strict=False)
    waiting = published.isna() | (published > pd.Timestamp(as_of))
    return _mask(days > DISCLOSURE_DAYS) & waiting & _mask(documents["openness"] == "active")


# Publishing the report


def _days(applications: pd.DataFrame, calendar: WorkCalendar, days: pd.Series[Any] | None) -> pd.Series[Any]:
    return elapsed_days(applications, calendar) if days is None else days


def _start(documents: pd.DataFrame, start: pd.Series[Any] | None) -> pd.Series[Any]:
    return documents["issued_date"] if start is None else start


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """The column with blanks as 0; all 0 where the ledger has no such column."""
    if column not in frame:
        return np.zeros(len(frame), dtype=np.int64)
    return frame[column].to_numpy(dtype=np.int64, na_value=0)


def _whole(
    numbers: NDArray[np.int64], index: pd.Index[Any], missing: NDArray[np.bool_] | None = None
) -> pd.Series[Any]:
    """Int64, blank where ``missing``."""
    blank = np.zeros(len(numbers), dtype=bool) if missing is None else missing
    return pd.Series(pd.arrays.IntegerArray(numbers, blank), index=index, copy=False)


def _date(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """The column; all NaT where the ledger has no such column."""
    if column not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    return frame[column]


def _mask(answers: pd.Series[Any]) -> pd.Series[bool]:
    return answers.fillna(False).astype(bool)
