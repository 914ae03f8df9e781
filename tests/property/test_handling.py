"""The internal study's numbers equal a slow count of the same ledger, one application at a time (tests/oracle.py)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from govnb.counting import handling
from tests import oracle
from tests.ledger_rows import SCHEMAS, book, whole_rows

Row = dict[str, Any]
YEAR = 2021
_days = st.dates(date(2020, 9, 1), date(2022, 3, 31)) | st.sampled_from(
    [date(YEAR, 12, 31) + timedelta(days=n) for n in (-1, 0, 1)]
    + [date(YEAR, 1, 1) + timedelta(days=n) for n in (-1, 0)]
)
_maybe = st.none() | _days
_few = st.none() | st.integers(0, 45)
_columns = SCHEMAS["applications"].columns
_application = st.fixed_dictionaries(
    {
        "received_date": _days,
        "channel": st.none() | st.sampled_from(list(_columns["channel"].values)),
        "correction_notice_date": _maybe,
        "correction_received_date": _maybe,
        "excluded_days": _few,
        "extension_days": _few,
        "delay_days": _few,
        "reply_date": _maybe,
        "outcome": st.sampled_from([*_columns["outcome"].values]),
        "fee_yuan": st.none() | st.decimals(Decimal(0), Decimal(9999), places=2),
        "fee_notice_date": _maybe,
        "fee_paid_date": _maybe,
    }
)
_ledger = st.lists(_application, max_size=8)


def cells(frame: pd.DataFrame) -> dict[str, list[Any]]:
    found = {str(code): list(values) for code, *values in frame.itertuples(name=None)}
    assert {type(cell) for row in found.values() for cell in row} <= {int, Decimal, type(None)}
    return found


@settings(max_examples=80)
@given(_ledger, st.none() | st.integers(1, 20))
def test_times_to_reply_equal_the_oracle_in_all_and_in_each_group(ledger: list[Row], target: int | None) -> None:
    rows = whole_rows("applications", ledger)
    replies = handling.find_replies(book({"applications": ledger}), YEAR)
    answered = [row for row in rows if oracle.is_answered(row, YEAR)]
    everything = [("all", pd.Series(True, index=replies.index))]
    assert cells(handling.count_reply_times(replies, everything, target)) == {
        "all": oracle.reply_times(rows, YEAR, target)
    }
    expected = {
        str(code or "blank"): oracle.reply_times([row for row in answered if row["channel"] == code], YEAR, target)
        for code in (*_columns["channel"].values, None)
        if any(row["channel"] == code for row in answered)
    }
    groups = handling.groups_of(replies, "channel", _columns["channel"].values)
    assert cells(handling.count_reply_times(replies, groups, target)) == expected
    months = {
        str(month): oracle.reply_times([row for row in answered if row["reply_date"].month == month], YEAR, target)
        for month in range(1, 13)
        if any(row["reply_date"].month == month for row in answered)
    }
    groups = handling.groups_of(replies, "month", range(1, 13))
    assert cells(handling.count_reply_times(replies, groups, target)) == months


@settings(max_examples=60)
@given(_ledger)
def test_outcomes_take_each_reply_once(ledger: list[Row]) -> None:
    replies = handling.find_replies(book({"applications": ledger}), YEAR)
    heads = dict.fromkeys(code.split(".")[0] for code in ("granted", "partial", "denied.inquiry", "other.else"))
    counted = handling.count_reply_times(replies, handling.groups_of_outcomes(replies, heads))
    answered = [row for row in whole_rows("applications", ledger) if oracle.is_answered(row, YEAR)]
    assert counted["answered"].sum() == len(answered)
    for head in heads:
        expected = sum(row["outcome"].split(".")[0] == head for row in answered)
        assert (counted.at[head, "answered"] if head in counted.index else 0) == expected


@settings(max_examples=120)
@given(_ledger)
@example([{"received_date": date(2021, 12, 3)}, {"received_date": date(2021, 12, 2)}])
@example([{"received_date": date(2021, 11, 1), "reply_date": date(2022, 1, 4)}])
def test_open_cases_equal_the_oracle(ledger: list[Row]) -> None:
    rows = whole_rows("applications", ledger)
    assert cells(handling.count_open_cases(book({"applications": ledger}), YEAR)) == oracle.open_cases(rows, YEAR)


@settings(max_examples=80)
@given(_ledger)
def test_added_days_corrections_and_fees_equal_the_oracle(ledger: list[Row]) -> None:
    made, rows = book({"applications": ledger}), whole_rows("applications", ledger)
    assert cells(handling.count_added_days(made, YEAR)) == oracle.added_days(rows, YEAR)
    counted = {code: row[0] for code, row in cells(handling.count_corrections(made, YEAR)).items()}
    assert counted == oracle.corrections(rows, YEAR)
    assert cells(handling.count_fee_notices(made, YEAR)) == oracle.fee_notices(rows, YEAR)


@pytest.mark.parametrize("year", [2020, 2021])
def test_an_empty_ledger_gives_zeros_and_no_median(year: int) -> None:
    made = book({"applications": []})
    replies = handling.find_replies(made, year)
    everything = [("all", pd.Series(True, index=replies.index))]
    assert cells(handling.count_reply_times(replies, everything, 10)) == {"all": [0, 0, 0, 0, 0, 0, None, None]}
    assert handling.count_open_cases(made, year)["cases"].sum() == 0
