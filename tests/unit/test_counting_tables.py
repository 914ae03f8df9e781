"""One rule of the three tables at a time, each on a ledger small enough to count by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from govnb.counting.tables import Tables, TableValues, add_cells, count_tables, sum_tables
from govnb.form.edition import TABLES, Edition, packaged_editions
from tests.forms import edition_2027
from tests.ledger_rows import SCHEMAS, book

OLD, NEW = packaged_editions()[2019], packaged_editions()[2021]
Values = dict[str, dict[str, dict[str, Any]]]


def count(year: int = 2021, edition: Edition = NEW, declared: TableValues | None = None, **ledgers: Any) -> Values:
    return count_tables(edition, year, book(ledgers), declared).values()


def one(table: str, row: str, column: str, year: int = 2021, edition: Edition = NEW, **ledgers: Any) -> Any:
    return count(year, edition, **ledgers)[table][row][column]


def application(
    received: date, replied: date | None = None, outcome: str | None = None, **cells: Any
) -> dict[str, Any]:
    given = {"received_date": received, "reply_date": replied, "outcome": outcome}
    return {"application_id": "1", "applicant_type": "natural_person", **given, **cells}


def totals(year: int, *rows: dict[str, Any], edition: Edition = NEW) -> dict[str, Any]:
    table = count(year, edition, applications=list(rows))["applications"]
    return {row: line["total"] for row, line in table.items() if line["total"]}


# Table 2


def test_new_is_received_in_the_year() -> None:
    days = [date(2020, 12, 31), date(2021, 1, 1), date(2021, 12, 31), date(2022, 1, 1)]
    assert one("applications", "new", "total", applications=[application(day) for day in days]) == 2


def test_carried_in_is_received_before_and_not_replied_before() -> None:
    rows = [
        application(date(2020, 12, 1), date(2020, 12, 31), "granted"),  # answered in time for last year's report
        application(date(2020, 12, 31), date(2021, 1, 1), "granted"),
        application(date(2019, 1, 1)),  # open for years
        application(date(2021, 1, 1), date(2021, 1, 2), "granted"),  # new, not carried in
    ]
    assert one("applications", "carried_in", "total", applications=rows) == 2


def test_outcome_is_of_the_year_of_the_reply() -> None:
    rows = [
        application(date(2020, 11, 1), date(2020, 12, 31), "granted"),
        application(date(2020, 11, 1), date(2021, 1, 1), "granted"),
        application(date(2021, 11, 1), date(2021, 12, 31), "denied.inquiry"),
        application(date(2021, 11, 1), date(2022, 1, 1), "denied.inquiry"),
    ]
    # carried in: the second; new: the last two; carried out: the last
    expected = {"new": 2, "carried_in": 1, "granted": 1, "denied.inquiry": 1, "total": 2, "carried_out": 1}
    assert totals(2021, *rows) == expected


def test_carried_out_is_received_by_the_end_and_open_then() -> None:
    rows = [
        application(date(2021, 12, 31)),
        application(date(2018, 5, 1), date(2022, 1, 1), "granted"),
        application(date(2021, 12, 30), date(2021, 12, 31), "granted"),
        application(date(2022, 1, 1)),
    ]
    assert one("applications", "carried_out", "total", applications=rows) == 2
    assert one("applications", "carried_in", "total", year=2022, applications=rows) == 2


def test_columns_are_applicants_and_total_is_all_of_them() -> None:
    kinds = ["natural_person", "natural_person", "legal_service", "other"]
    rows = [{**application(date(2021, 3, 1)), "applicant_type": kind} for kind in kinds]
    assert count(applications=rows)["applications"]["new"] == {
        "natural_person": 2,
        "business": 0,
        "research": 0,
        "public_welfare": 0,
        "legal_service": 1,
        "other": 1,
        "total": 4,
    }


def test_single_row_of_2019_takes_all_three_of_2021() -> None:
    outcomes = ["other", "other.other", "other.fee_unpaid", "other.correction_overdue", "granted"]
    rows = [application(date(2020, 3, 1), date(2020, 3, 9), outcome) for outcome in outcomes]
    assert totals(2020, *rows, edition=OLD) == {"new": 5, "granted": 1, "other": 4, "total": 5}


def test_2021_does_not_guess_which_of_the_three_the_row_of_2019_was() -> None:
    rows = [application(date(2021, 3, 1), date(2021, 3, 9), outcome) for outcome in ("other", "other.other")]
    # in the total, so that applications.results fails and says so
    assert totals(2021, *rows) == {"new": 2, "other.other": 1, "total": 2}


def test_group_is_not_taken_for_one_with_a_longer_name() -> None:
    row = application(date(2020, 3, 1), date(2020, 3, 9), "otherwise")
    assert totals(2020, row, edition=OLD) == {"new": 1, "total": 1}


# Table 1


def document(issued: date, repealed: date | None = None, **cells: Any) -> dict[str, Any]:
    given = {"document_id": "1", "title": "题", "kind": "normative_documents", "openness": "active"}
    return {**given, "issued_date": issued, "repealed_date": repealed, **cells}


def test_documents_issued_repealed_and_in_force() -> None:
    rows = [
        document(date(2021, 1, 1)),  # issued, in force
        document(date(2021, 2, 1), date(2021, 12, 31)),  # issued, repealed
        document(date(2021, 12, 31), date(2022, 1, 1)),  # issued, in force at the year's end
        document(date(2001, 5, 1), date(2021, 1, 1)),  # repealed
        document(date(2001, 5, 1), date(2020, 12, 31)),  # nothing of this year
        document(date(2022, 1, 1)),  # nor this
        document(date(2021, 6, 1), kind="other"),  # not in the table
    ]
    table = count(documents=rows)["disclosure"]
    assert table["normative_documents"] == {"issued": 3, "repealed": 2, "in_force": 2}
    assert table["regulations"] == {"issued": 0, "repealed": 0, "in_force": 0}


def test_2019_counts_what_was_made_and_what_became_public() -> None:
    rows = [
        document(date(2020, 1, 1), published_date=date(2020, 1, 8)),
        document(date(2019, 12, 31), published_date=date(2020, 1, 1)),  # made last year, public this year
        document(date(2019, 1, 1), date(2020, 1, 1), published_date=date(2019, 1, 1)),  # repealed, still public
        document(date(2020, 1, 1)),  # made, not public yet
        document(date(2020, 1, 1), openness="withheld", published_date=date(2020, 2, 1)),  # not active disclosure
    ]
    line = count(2020, OLD, documents=rows)["disclosure"]["normative_documents"]
    assert line == {"made": 3, "disclosed": 2, "disclosed_total": 3}


def test_decisions_are_summed_by_the_end_of_their_period() -> None:
    rows = [
        {"kind": "licences", "period_end": date(2021, 3, 31), "count": 5_000_000},
        {"kind": "licences", "period_end": date(2021, 12, 31), "count": 7_000_001},
        {"kind": "licences", "period_end": date(2020, 12, 31), "count": 9},
        {"kind": "coercion", "period_end": date(2021, 6, 30), "count": 0},
        {"kind": "other_services", "period_end": date(2021, 6, 30), "count": 3},  # a row of 2019 only
    ]
    table = count(decisions=rows)["disclosure"]
    assert {row: table[row]["decisions"] for row in ("licences", "penalties", "coercion")} == {
        "licences": 12_000_001,
        "penalties": 0,
        "coercion": 0,
    }


def fee(yuan: str, end: date = date(2021, 12, 31)) -> dict[str, Any]:
    return {"item": "费", "period_end": end, "amount_yuan": Decimal(yuan)}


@pytest.mark.parametrize(
    ("yuan", "wan_yuan"),
    [
        (["242523110.82"], "24252.311082"),
        (["0.1", "0.2"], "0.00003"),
        (["1000000"], "100"),
        ([], "0"),
        (["10000.00", "-10000"], "0"),
        (["9999999999999999999999999999", "0.0000000001"], "999999999999999999999999.99990000000001"),
    ],
)
def test_fees_are_exact(yuan: list[str], wan_yuan: str) -> None:
    value = one("disclosure", "fees", "amount", fees=[fee(each) for each in yuan])
    assert isinstance(value, Decimal)
    assert str(value) == wan_yuan


def test_fees_are_of_the_year_that_their_period_ends_in() -> None:
    rows = [fee("70000", date(2020, 12, 31)), fee("30000", date(2021, 1, 1)), fee("9", date(2022, 1, 1))]
    assert one("disclosure", "fees", "amount", fees=rows) == 3


def test_amount_of_procurement_is_no_fee() -> None:
    values = count(2020, OLD, fees=[fee("70000", date(2020, 6, 30))])["disclosure"]
    assert values["procurement"] == {"items": None, "amount": None}
    assert values["fees"] == {"previous_items": None, "change": None}  # 2019 asks for items, not for money


# Table 3


def case(kind: str, accepted: date, concluded: date | None = None, result: str | None = None, **cells: Any) -> Any:
    given = {"case_id": "1", "kind": kind, "accepted_date": accepted, "concluded_date": concluded}
    return {**given, "result": result, "joint_defendant": False, **cells}


def test_disputes_by_result_and_pending() -> None:
    rows = [
        case("review", date(2020, 5, 1), date(2021, 1, 1), "upheld"),  # accepted last year, concluded in this
        case("review", date(2021, 5, 1), date(2021, 12, 31), "corrected"),
        case("review", date(2021, 5, 1), date(2022, 1, 1), "other"),  # pending at the end of 2021
        case("review", date(2019, 5, 1)),  # pending
        case("review", date(2022, 1, 1)),
        case("review", date(2020, 5, 1), date(2020, 12, 31), "upheld"),
    ]
    line = count(disputes=rows)["disputes"]["review"]
    assert line == {"upheld": 1, "corrected": 1, "other": 0, "pending": 2, "total": 4}


def test_lawsuits_go_by_their_route() -> None:
    routes = ["litigation_direct", "litigation_direct", "litigation_after_review"]
    rows = [case("litigation", date(2021, 5, 1), route=route) for route in routes]
    table = count(disputes=rows)["disputes"]
    assert [line["pending"] for line in table.values()] == [0, 2, 1]


def test_review_with_a_route_by_mistake_is_counted_once() -> None:
    table = count(disputes=[case("review", date(2021, 5, 1), route="litigation_direct")])["disputes"]
    assert [line["total"] for line in table.values()] == [1, 0, 0]


def test_joint_defendant_is_counted_by_the_other_organ() -> None:
    rows = [case("review", date(2021, 5, 1), joint_defendant=joint) for joint in (True, False, None)]
    assert one("disputes", "review", "total", disputes=rows) == 2


def test_concluded_case_without_a_result_is_in_the_total_alone() -> None:
    line = count(disputes=[case("review", date(2021, 5, 1), date(2021, 6, 1))])["disputes"]["review"]
    assert line == {"upheld": 0, "corrected": 0, "other": 0, "pending": 0, "total": 1}


def test_block_of_a_new_form_that_stands_alone_is_counted_by_kind() -> None:
    rows = [case("supervision", date(2027, 5, 1), date(2027, 6, 1), "upheld")]
    line = count(2027, edition_2027(), disputes=rows)["disputes"]["supervision"]
    assert line == {"upheld": 1, "corrected": 0, "other": 0, "pending": 0, "total": 1}


# Counted and declared


def test_without_a_ledger_a_cell_is_blank_and_with_an_empty_one_zero() -> None:
    blank = count()
    assert {value for table in TABLES for line in blank[table].values() for value in line.values()} == {None}
    empty: dict[str, Any] = {name: [] for name in SCHEMAS}
    zero = count(**empty)
    assert {value for table in TABLES for line in zero[table].values() for value in line.values()} == {0}


def declared(**cells: Any) -> Values:
    """``disclosure__fees__change=3`` → {"disclosure": {"fees": {"change": 3}}}."""
    values: Values = {}
    for name, value in cells.items():
        table, row, column = name.split("__")
        values.setdefault(table, {}).setdefault(row, {})[column] = value
    return values


def test_declared_fills_what_ledgers_can_not_tell_and_nothing_else() -> None:
    given = declared(
        disclosure__licences__previous_items=12,
        disclosure__licences__change=-3,
        disclosure__licences__decisions=999,
        disclosure__procurement__amount="73802895.90元",
        disclosure__normative_documents__made=8,
        applications__new__total=999,
    )
    rows = [{"kind": "licences", "period_end": date(2020, 6, 30), "count": 4}]
    values = count(2020, OLD, given, decisions=rows, applications=[])
    assert values["disclosure"]["licences"] == {"previous_items": 12, "change": -3, "decisions": 4}
    assert values["disclosure"]["procurement"] == {"items": None, "amount": "73802895.90元"}
    # no ledger of documents: as declared, and what was not declared stays blank
    assert values["disclosure"]["normative_documents"] == {"made": 8, "disclosed": None, "disclosed_total": None}
    assert values["applications"]["new"]["total"] == 0


def test_declared_zero_is_not_a_blank() -> None:
    values = count(2020, OLD, declared(disclosure__fees__change=0, disclosure__fees__previous_items=None))
    assert values["disclosure"]["fees"] == {"previous_items": None, "change": 0}


# Tables


def test_values_round_trip_and_have_only_the_cells_of_the_form() -> None:
    given = declared(disclosure__fees__amount=Decimal("24252.311082"), disclosure__licences__decisions=3)
    tables = Tables.from_values(NEW, given)
    values = tables.values()
    assert {table: {row: tuple(line) for row, line in values[table].items()} for table in TABLES} == {
        table: NEW.rows(table) for table in TABLES
    }
    assert values["disclosure"]["fees"] == {"amount": Decimal("24252.311082")}
    assert values["disclosure"]["licences"] == {"decisions": 3}
    assert Tables.from_values(NEW, values).values() == values


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (np.int64(5), 5),
        (5.0, 5),
        (24252.31, Decimal("24252.31")),
        (np.float64(0.1), Decimal("0.1")),
        (float("nan"), None),
        (pd.NA, None),
        ("251000元", "251000元"),
        (Decimal("1.50"), Decimal("1.50")),
    ],
)
def test_cell_of_an_analyst_becomes_a_plain_value(cell: object, value: object) -> None:
    tables = Tables.from_values(NEW, {})
    tables.disclosure.loc["fees", "amount"] = cell  # type: ignore[call-overload]
    found = tables.get("disclosure", "fees", "amount")
    assert found == value
    assert type(found) is type(value)


def test_unknown_table_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="edition"):
        Tables.from_values(NEW, {})["edition"]


# Sums of members


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ([1, 2, None], 3),
        ([None, None], None),
        ([], None),
        ([0, None], 0),
        ([1, "251000元"], None),
        ([Decimal("0.1"), Decimal("0.2"), 1], Decimal("1.3")),
        ([Decimal("0.50"), Decimal("0.50")], Decimal(1)),
        ([Decimal("9999999999999999999999999999"), Decimal("0.0001")], Decimal("9999999999999999999999999999.0001")),
        ([5, -8], -3),
    ],
)
def test_cells_are_added(cells: list[Any], value: Any) -> None:
    found = add_cells(cells)
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)  # no trailing zeros either


def test_tables_are_summed_cell_by_cell() -> None:
    first = declared(applications__new__total=3, applications__new__other=1, disclosure__fees__amount=Decimal("0.5"))
    second = declared(applications__new__total=4, disclosure__fees__amount=Decimal("0.25"))
    values = sum_tables(NEW, [first, second])
    assert values["applications"]["new"]["total"] == 7
    assert values["applications"]["new"]["other"] == 1
    assert values["applications"]["new"]["business"] is None
    assert values["disclosure"]["fees"]["amount"] == Decimal("0.75")


def test_sum_leaves_text_amounts_blank() -> None:
    members: list[Mapping[str, Any]] = [
        declared(disclosure__procurement__amount="160.5964万元", disclosure__procurement__items=2),
        declared(disclosure__procurement__amount="8040", disclosure__procurement__items=3),
    ]
    values = sum_tables(OLD, members)
    assert values["disclosure"]["procurement"] == {"items": 5, "amount": None}
