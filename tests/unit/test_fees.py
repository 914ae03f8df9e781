"""The tariff at every edge of its bands, charges of a ledger, overdue payments, exact 万元."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from govnb.counting import fees
from govnb.counting.calendar import WorkCalendar

CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("items", "yuan"),
    [(0, 0), (10, 0), (11, 100), (30, 2000), (31, 2200), (40, 4000), (41, 4300), (50, 7000), (51, 7400), (60, 11000)],
)
def test_fee_by_item(items: int, yuan: int) -> None:
    assert fees.fee_by_item(items) == yuan


@pytest.mark.parametrize(
    ("position", "yuan"), [(10, 0), (11, 100), (30, 100), (31, 200), (40, 200), (41, 300), (51, 400)]
)
def test_item_price(position: int, yuan: int) -> None:
    assert fees.item_price(position) == yuan


@pytest.mark.parametrize(
    ("pages", "yuan"), [(0, 0), (30, 0), (31, 10), (100, 700), (101, 720), (200, 2700), (201, 2740), (1000, 34700)]
)
def test_fee_by_pages(pages: int, yuan: int) -> None:
    assert fees.fee_by_pages(pages) == yuan


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="items"):
        fees.fee_by_item(-1)
    with pytest.raises(ValueError, match="pages"):
        fees.fee_by_pages(-1)


@pytest.mark.parametrize(
    ("items", "pages", "yuan"),
    [(None, None, 0), (12, None, 200), (None, 35, 50), (1, 35, 50), (12, 30, 200), (12, 35, None)],
)
def test_expected_fee(items: int | None, pages: int | None, yuan: int | None) -> None:
    assert fees.expected_fee(items, pages) == yuan


@pytest.mark.parametrize("amount", [0, 10, 700, 720, 2700, 2740, 100, 5100, 800, Decimal("50.00"), Decimal("1E+2")])
def test_reachable(amount: Decimal | int) -> None:
    assert fees.reachable(amount)


@pytest.mark.parametrize("amount", [5, 710, 2710, 2720, 2760, 715, -100, Decimal("10.5"), Decimal("0.01")])
def test_not_reachable(amount: Decimal | int) -> None:
    assert not fees.reachable(amount)


def test_reachable_sum() -> None:
    assert fees.reachable_sum(710)
    assert not fees.reachable_sum(710, 1)
    assert fees.reachable_sum(710, 2)
    assert fees.reachable_sum(30, 3)
    assert not fees.reachable_sum(30, 4)
    assert fees.reachable_sum(0)
    assert fees.reachable_sum(0, 0)
    assert not fees.reachable_sum(100, 0)
    assert not fees.reachable_sum(0, 1)
    assert not fees.reachable_sum(705)
    assert not fees.reachable_sum(Decimal("700.10"))
    assert not fees.reachable_sum(-10)


def ledger(rows: list[dict[str, object]]) -> pd.DataFrame:
    """A ledger frame as ``inputs`` makes it; what a row leaves out is null, receipt is 2021-03-01."""
    names = ("received_date", "fee_items", "fee_pages", "fee_yuan", "fee_notice_date", "fee_paid_date")
    filled = [{name: {"received_date": "2021-03-01", **row}.get(name) for name in names} for row in rows]
    columns: dict[str, pd.Series] = {}
    for name in names:
        values = [row[name] for row in filled]
        if name.endswith("date"):
            columns[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype("datetime64[s]")
        elif name == "fee_yuan":
            amounts = [None if value is None else Decimal(str(value)) for value in values]
            columns[name] = pd.Series(amounts, dtype=pd.ArrowDtype(pa.decimal128(38, 10)))
        else:
            columns[name] = pd.Series(values, dtype="Int64")
    frame = pd.DataFrame(columns)
    frame.index = pd.RangeIndex(2, 2 + len(frame), name="row")
    return frame


@pytest.mark.parametrize(
    ("row", "expected", "fault"),
    [
        ({"fee_items": 12, "fee_yuan": 200}, 200, None),  # the month's bill
        ({"fee_items": 12, "fee_yuan": 100}, 200, None),  # the twelfth item alone
        ({"fee_items": 12, "fee_yuan": 300}, 200, fees.DIFFERS),
        ({"fee_items": 12, "fee_yuan": 0}, 200, fees.DIFFERS),
        ({"fee_items": 10, "fee_yuan": 0}, 0, None),
        ({"fee_items": 10, "fee_yuan": 100}, 0, fees.DIFFERS),
        ({"fee_pages": 35, "fee_yuan": 50}, 50, None),
        ({"fee_pages": 35, "fee_yuan": "50.0000000001"}, 50, fees.DIFFERS),
        ({"fee_pages": 35, "fee_yuan": 350}, 50, fees.DIFFERS),
        ({"fee_pages": 35, "fee_items": 1, "fee_yuan": 50}, 50, None),
        ({"fee_pages": 35, "fee_items": 12, "fee_yuan": 250}, None, fees.BOTH_TARIFFS),
        ({"fee_pages": 20, "fee_items": 12, "fee_yuan": 0}, 200, None),
        ({"fee_yuan": 710}, None, fees.UNREACHABLE),
        ({"fee_yuan": 700}, None, None),
        ({"fee_items": -3, "fee_yuan": 100}, 0, fees.DIFFERS),
        ({"fee_items": 12}, None, None),  # nothing charged: the law says 可以
        ({}, None, None),
        ({"fee_items": 12, "fee_yuan": 5, "received_date": "2020-12-31"}, None, None),  # before there was a tariff
        ({"fee_yuan": 5, "received_date": "2020-12-31", "fee_notice_date": "2021-01-05"}, None, fees.UNREACHABLE),
    ],
)
def test_check_charges(row: dict[str, object], expected: int | None, fault: str | None) -> None:
    result = fees.check_charges(ledger([{}, row]))
    assert result.index.tolist() == [2, 3]
    assert result.loc[3].tolist() == [expected, fault]
    assert result.loc[2].tolist() == [None, None]
    assert result["fault"].notna().tolist() == [False, fault is not None]


def test_check_charges_of_no_rows() -> None:
    assert fees.check_charges(ledger([{}]).iloc[:0]).empty


@pytest.mark.parametrize(
    ("row", "overdue"),
    [
        # noticed 2021-02-10, the 20th working day is 2021-03-16
        ({"fee_notice_date": "2021-02-10", "fee_paid_date": "2021-03-16"}, False),
        ({"fee_notice_date": "2021-02-10", "fee_paid_date": "2021-03-17"}, True),
        ({"fee_notice_date": "2021-02-10"}, True),
        ({"fee_notice_date": "2021-12-03"}, False),  # the 20th working day is 2021-12-31
        ({"fee_notice_date": "2021-12-02"}, True),
        ({"fee_notice_date": "2021-12-03", "fee_paid_date": "2022-02-01"}, False),  # not known at the year's end
        ({"fee_notice_date": "2022-01-05", "fee_paid_date": "2022-05-01"}, False),
        ({}, False),
    ],
)
def test_payment_overdue(row: dict[str, object], overdue: bool) -> None:
    assert fees.payment_overdue(ledger([row]), CALENDAR, date(2021, 12, 31)).tolist() == [overdue]


@pytest.mark.parametrize(
    ("yuan", "text"),
    [
        ("242523110.82", "24252.311082"),
        ("0", "0"),
        ("0.00", "0"),
        ("-0.0", "0"),
        ("10000", "1"),
        ("1000000000", "100000"),
        ("1E+9", "100000"),
        ("-12345.60", "-1.23456"),
        ("12345678901234567890123456789012345678.9012345678", "1234567890123456789012345678901234.56789012345678"),
    ],
)
def test_to_wan_yuan_is_exact(yuan: str, text: str) -> None:
    assert str(fees.to_wan_yuan(Decimal(yuan))) == text


def test_to_wan_yuan_refuses_what_is_no_amount() -> None:
    with pytest.raises(ValueError, match="finite"):
        fees.to_wan_yuan(Decimal("NaN"))
