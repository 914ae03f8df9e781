"""Evaluating selections: exact sums, columns that are computed, and that nothing of a frame is touched."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from govnb.counting import limits, rules
from govnb.counting.book import Book, exact_sum, plain
from govnb.counting.rules import Condition, Selection
from tests.ledger_rows import CALENDAR, book

DECIMAL = pd.ArrowDtype(pa.decimal128(38, 10))
PROBLEMS = [
    {"problem_id": "1", "year": year, "problem": "题", "measure": "措施"} for year in (2020, 2021, 2021)
]  # rows 2, 3 and 4 of the file
THIS_YEAR = Condition("年度为2021", rules.equals, ("year", 2021))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("100", "100"),
        ("1E+2", "100"),
        ("0.10", "0.1"),
        ("-0.00", "0"),
        ("24252.3110820000", "24252.311082"),
        ("-5.0", "-5"),
    ],
)
def test_plain_drops_zeros_and_exponents_only(value: str, text: str) -> None:
    assert str(plain(Decimal(value))) == text


def test_sum_of_decimals_loses_no_digit() -> None:
    cells = [Decimal("1234567890123456789012345678.0000000001"), None, Decimal("0.1")]
    total = exact_sum(pd.Series(cells, dtype=DECIMAL))
    assert str(total) == "1234567890123456789012345678.1000000001"


def test_sum_of_whole_numbers_does_not_overflow() -> None:
    total = exact_sum(pd.Series([2**63 - 1, 2**63 - 1, None], dtype="Int64"))
    assert total == 2**64 - 2
    assert type(total) is int


def test_sum_of_nothing_has_the_type_of_its_column() -> None:
    assert type(exact_sum(pd.Series([None], dtype="Int64"))) is int
    assert type(exact_sum(pd.Series([None], dtype=DECIMAL))) is Decimal


def test_rows_keep_their_number_in_the_file() -> None:
    made = book({"problems": PROBLEMS})
    assert made.rows(Selection("problems", (THIS_YEAR,))).index.tolist() == [3, 4]
    assert made.mask(Selection("problems", (THIS_YEAR,))).tolist() == [False, True, True]
    assert made.count(Selection("problems", ())) == 3
    assert "problems" in made
    assert "tasks" not in made


def test_each_condition_narrows_and_its_order_does_not_matter() -> None:
    made = book({"problems": PROBLEMS})
    never = Condition("已整改", rules.filled, ("resolved_date",))
    assert made.count(Selection("problems", (THIS_YEAR, never))) == 0
    assert made.count(Selection("problems", (never, THIS_YEAR))) == 0
    assert made.count(Selection("problems", (THIS_YEAR,))) == 2  # what was kept before is as it was


def test_distinct_counts_each_value_once_among_the_selected() -> None:
    made = book({"problems": PROBLEMS})
    assert made.count(Selection("problems", (), distinct="year")) == 2
    assert made.rows(Selection("problems", (THIS_YEAR,), distinct="year")).index.tolist() == [3]


def test_blanks_of_a_text_column_are_no_value() -> None:
    rows = [{"item_id": "1", "category": "会商", "title": "题", "level": level} for level in ("市", None, "市")]
    made = book({"disclosures": rows})
    of_city = Condition("层级为“市”", rules.equals, ("level", "市"))
    not_city = Condition("层级不是“市”", rules.other_than, ("level", "市"))
    assert made.count(Selection("disclosures", (of_city,))) == 2
    assert made.count(Selection("disclosures", (not_city,))) == 1
    assert made.distinct("disclosures", "level") == {"市"}


def test_more_names_than_one_byte_can_number() -> None:
    rows = [{"item_id": str(n), "category": f"第{n}类", "title": "题"} for n in range(700)]
    made = book({"disclosures": rows})
    for n in (0, 255, 256, 257, 699):
        named = Condition("", rules.equals, ("category", f"第{n}类"))
        assert made.rows(Selection("disclosures", (named,)))["item_id"].tolist() == [str(n)]


def test_computed_columns_are_those_of_limits_and_are_not_shown() -> None:
    given = {"application_id": "1", "applicant_type": "other", "outcome": "granted", "received_date": date(2021, 3, 1)}
    ends = [date(2021, 3, 31), date(2021, 3, 2), None]
    made = book({"applications": [{**given, "reply_date": end} for end in ends]})
    frame = made.frames["applications"]
    everything = Selection("applications", ())
    pd.testing.assert_series_equal(
        made.values(everything, "elapsed_days"), limits.elapsed_days(frame, CALENDAR), check_names=False
    )
    pd.testing.assert_series_equal(
        made.values(everything, "answered_late"), limits.answered_late(frame, CALENDAR), check_names=False
    )
    late = everything.where(Condition("迟", rules.equals, ("answered_late", True)))
    assert made.rows(late).index.tolist() == [2]
    assert not {"elapsed_days", "answered_late"} & set(made.rows(late).columns)


def test_rule_says_in_words_what_it_selects_and_by_which_article() -> None:
    selection = rules.new_applications(2021).where(rules.from_applicant("business", "商业企业"))
    assert selection.text == "收到日期在2021年内，且申请人类型为“商业企业”（条例第三十一条）"
    assert Selection("tasks", ()).text == "全部记录"


@pytest.mark.parametrize("value", ["denied", "denied.inquiry", "deniedx", "other", None])
@pytest.mark.parametrize(
    ("test", "argument"),
    [
        (rules.equals, "denied"),
        (rules.other_than, "denied"),
        (rules.belongs_to, "denied"),
        (rules.is_in, ("denied.inquiry", "other")),
    ],
)
def test_what_is_said_of_a_value_is_said_of_its_rows(test: rules.Test, argument: object, value: str | None) -> None:
    frame = pd.DataFrame({"outcome": pd.Series([value], dtype="str")})
    assert rules.BY_VALUE[test](value, argument) is bool(test(frame, "outcome", argument).iloc[0])


def test_known_codes_are_used_and_a_value_that_no_row_has_does_not_occur() -> None:
    frame = pd.DataFrame({"kind": ["a", None, "b"]}, index=pd.Index([2, 3, 4], name="row"), dtype="str")
    codes = {("tasks", "kind"): (np.array([1, 3, 0], dtype=np.uint8), ["b", "a", "never", None])}
    known, found = (Book({"tasks": frame}, {}, CALENDAR, {}, given) for given in (codes, None))
    assert known.distinct("tasks", "kind") == found.distinct("tasks", "kind") == {"a", "b"}
    for test in (rules.equals, rules.other_than):
        for value in ("a", "b", "never"):
            selection = Selection("tasks", (Condition("", test, ("kind", value)),))
            assert known.mask(selection).tolist() == found.mask(selection).tolist()


@pytest.mark.parametrize("height", [0, 1, 63, 64, 65, 1000])
def test_rows_are_counted_at_any_height(height: int) -> None:
    made = book(
        {"problems": [{**PROBLEMS[0], "problem_id": str(row), "year": 2020 + row % 2} for row in range(height)]}
    )
    selection = Selection("problems", (THIS_YEAR,))
    assert made.count(selection) == int(made.mask(selection).sum()) == height // 2
    assert made.first_rows(selection) == tuple(made.rows(selection).index[:5])
