"""The information fee (信息处理费) of 国办函〔2020〕109号 and money in 万元: exact, never floats.

What the ledger's columns mean. ``fee_pages`` are the pages of this application. ``fee_items`` is how many items of the
applicant's calendar month the charge is made on, counted from the month's first (an application asking for several
things may be split into items). No applicant is kept in the ledger, so the other rows of the month can't be found; a
charge by item is therefore right where it is either the month's bill for all ``fee_items`` items, or the price of the
``fee_items``-th item alone (an office that enters each application of the month in its own row). The first is the
expected value that is shown.

This module never decides whether a fee had to be charged: 条例第四十二条 says 可以.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from govnb.counting.calendar import WorkCalendar

TARIFF_BEGIN = date(2021, 1, 1)
PAYMENT_DAYS = 20

BOTH_TARIFFS = "both_tariffs"
DIFFERS = "differs"
UNREACHABLE = "unreachable"

_BASIS = ["fee_items", "fee_pages", "fee_yuan"]


def item_price(position: int) -> int:
    """Yuan for the ``position``-th item of an applicant's calendar month (国办函〔2020〕109号第四条)."""
    if position <= 10:
        return 0
    if position <= 30:
        return 100
    return 100 * (2 + (position - 31) // 10)


def fee_by_item(items: int) -> int:
    """Yuan for the first ``items`` items of an applicant's calendar month, each at its own band's price."""
    if items < 0:
        raise ValueError("items must not be negative")
    if items <= 30:
        return 100 * max(0, items - 10)
    bands, rest = divmod(items - 30, 10)
    # Band b = 1, 2, … costs 10 × 100 × (b + 1).
    return 2000 + 500 * bands * (bands + 3) + 100 * rest * (bands + 2)


def fee_by_pages(pages: int) -> int:
    """Yuan for one application of ``pages`` pages (国办函〔2020〕109号第五条)."""
    if pages < 0:
        raise ValueError("pages must not be negative")
    return 10 * max(0, min(pages, 100) - 30) + 20 * max(0, min(pages, 200) - 100) + 40 * max(0, pages - 200)


def expected_fee(items: int | None, pages: int | None) -> int | None:
    """Yuan for one application; None where both tariffs would charge for it, which the law rules out (第三条).

    A tariff that stays within its free range is not applied: one item of 35 pages costs what 35 pages cost.
    """
    by_item, by_pages = fee_by_item(items or 0), fee_by_pages(pages or 0)
    return None if by_item and by_pages else by_item or by_pages


def reachable(amount: Decimal | int) -> bool:
    """Whether one application can cost ``amount`` yuan by either tariff.

    By item: any multiple of 100 (the price of a single item goes up by 100 without end). By pages: steps of 10 to 700
    (page 100), of 20 to 2700 (page 200), then of 40.
    """
    if amount < 0 or amount != int(amount):
        return False
    yuan = int(amount)
    if yuan % 100 == 0:
        return True
    if yuan <= 700:
        return yuan % 10 == 0
    return yuan % 20 == 0 if yuan <= 2700 else (yuan - 2700) % 40 == 0


def reachable_sum(amount: Decimal | int, charged: int | None = None) -> bool:
    """Whether the fees of several applications can add up to ``amount`` yuan.

    ``charged``: of how many applications with a fee, None where the text doesn't say. Every charge is a multiple of 10
    and 31 pages cost 10, so with any number every multiple of 10 can be reached; with two or more, every one from
    10 × ``charged`` on, as 10, 20, … 700 and all hundreds are charges themselves. With one: ``reachable``.
    """
    if amount < 0 or amount != int(amount) or int(amount) % 10 != 0:
        return False
    if charged is None:
        return True
    if charged < 2:
        return reachable(amount) and (amount > 0) == (charged == 1)
    return amount >= 10 * charged


def check_charges(applications: pd.DataFrame) -> pd.DataFrame:
    """Each charge of the ledger against the tariff, in force since 2021-01-01.

    Frame with the index of ``applications``: ``expected`` (object: int yuan, None where unknown) and ``fault`` (object:
    ``BOTH_TARIFFS``; ``DIFFERS`` from the tariff of its items or pages; ``UNREACHABLE`` by any, where neither is given;
    None where there is no fault or nothing was charged). ``fault.notna()`` is the mask of ledger.fee.
    """
    checked = under_tariff(applications) & applications["fee_yuan"].notna()
    rows = pd.DataFrame({name: applications.loc[checked, name].astype(object) for name in _BASIS})
    rows = rows.where(rows.notna(), None)
    keys = list(zip(*(rows[name] for name in _BASIS), strict=True))
    judged = {key: _judge(*key) for key in set(keys)}
    result = pd.DataFrame({"expected": None, "fault": None}, index=applications.index, dtype=object)
    at = np.flatnonzero(checked.to_numpy(dtype=bool))
    for column, name in enumerate(("expected", "fault")):
        values = result[name].to_numpy(dtype=object, copy=True)
        values[at] = _objects([judged[key][column] for key in keys])
        result[name] = pd.Series(values, index=applications.index, dtype=object)
    return result


def under_tariff(applications: pd.DataFrame) -> pd.Series[bool]:
    """Rows to which the tariff applies: noticed, or where that isn't known received, since 2021-01-01."""
    when = applications["fee_notice_date"].fillna(applications["received_date"])
    return when >= pd.Timestamp(TARIFF_BEGIN)


def payment_overdue(applications: pd.DataFrame, calendar: WorkCalendar, as_of: date) -> pd.Series[bool]:
    """Noticed by ``as_of`` and not paid within 20 working days: paid later, or still not and the time is over.

    条例第四十二条, 国办函〔2020〕109号第六条. False where the calendar doesn't tell (``unknown_between``).
    """
    notice, paid = applications["fee_notice_date"], applications["fee_paid_date"]
    until = paid.where(paid <= pd.Timestamp(as_of), pd.Timestamp(as_of)).astype(notice.dtype)
    days = calendar.working_days_between(notice, until, strict=False)
    return (days > PAYMENT_DAYS).fillna(False).astype(bool)


def to_wan_yuan(yuan: Decimal | int) -> Decimal:
    """Yuan as 万元, exactly, without trailing zeros: 242523110.82 → 24252.311082, 0.00 → 0."""
    # Decimal's own arithmetic rounds to the context's 28 digits; moving the exponent doesn't.
    sign, digits, exponent = Decimal(yuan).as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("not a finite amount")
    text = format(Decimal((sign, digits, exponent - 4)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(0) if text in ("-0", "0") else Decimal(text)


def _judge(items: Any, pages: Any, yuan: Any) -> tuple[int | None, str | None]:
    """(expected yuan, fault) of one charge; a number below zero in the ledger counts as nothing."""
    if items is None and pages is None:
        return None, None if reachable(yuan) else UNREACHABLE
    items_given, pages_given = max(int(items or 0), 0), max(int(pages or 0), 0)
    expected = expected_fee(items_given, pages_given)
    if expected is None:
        return None, BOTH_TARIFFS
    lawful = {expected}
    if items is not None:
        lawful.add(item_price(items_given) or expected)
    if items is not None and pages is not None:
        lawful.add(0)  # the office may choose the tariff, and one of the two is within its free range
    return expected, None if yuan in lawful else DIFFERS


def _objects(values: list[Any]) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
