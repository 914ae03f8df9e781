"""Checks of tables: real published reports, blanks, forms that mix, amounts and sums of members."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from govnb.checks.model import Evidence, Member, Result
from govnb.checks.registry import run_checks
from govnb.form.edition import TABLES, packaged_editions, parse_editions
from govnb.report import tables_from_json

EDITIONS = packaged_editions()
PACKAGE = Path(__file__).parents[2]
Values = dict[str, dict[str, dict[str, Any]]]


def pingtan(year: int, previous: Evidence | None = None) -> Evidence:
    data = json.loads((PACKAGE / "data" / "pingtan" / f"declared-{year}.json").read_text(encoding="utf-8"))
    tables = tables_from_json(data["tables"])
    return Evidence(year, EDITIONS[data["edition"]], name=data["name"], tables=tables, previous=previous)


def zeros(number: int = 2021) -> Values:
    rows = {table: EDITIONS[number].rows(table) for table in TABLES}
    return {table: {row: dict.fromkeys(columns, 0) for row, columns in rows[table].items()} for table in TABLES}


def run(tables: Values, check_id: str, **fields: Any) -> list[Result]:
    found = Evidence(year=2022, edition=EDITIONS[2021], tables=tables, **fields)
    return [result for result in run_checks(found) if result.id == check_id]


def failures(found: Evidence) -> list[tuple[str, str, str | None, str | None]]:
    return [(r.id, r.where, r.expected, r.actual) for r in run_checks(found) if r.status == "fail"]


def test_real_reports_have_their_real_errors_and_no_others() -> None:
    first = pingtan(2020)
    second = pingtan(2021, first)
    third = pingtan(2022, second)
    applications = "收到和处理政府信息公开申请情况表"
    assert failures(first) == [
        ("applications.results", f"{applications}“自然人”列", "26", "20"),
        ("applications.results", f"{applications}“总计”列", "27", "21"),
    ]
    assert failures(second) == []
    disclosure = "主动公开政府信息情况表"
    assert failures(third) == [("cross_year.in_force", f"{disclosure}“行政规范性文件”行", "98", "698")]


def test_messages_give_the_whole_calculation() -> None:
    message = next(r.message for r in run_checks(pingtan(2022, pingtan(2021))) if r.status == "fail")
    for said in ("“现行有效件数”698", "上一年度“现行有效件数”65加“本年制发件数”88减“本年废止件数”55等于98"):
        assert said in message.zh
    assert "= 98" in message.en


def test_over_another_form_only_what_carries_over_is_compared() -> None:
    found = {r.id: r.status for r in run_checks(pingtan(2021, pingtan(2020)))}
    assert found["cross_year.carried"] == found["cross_year.pending"] == "pass"
    assert found["cross_year.in_force"] == found["amounts.unit"] == "not_assessable"


def filled() -> Values:
    """A consistent table: natural persons 3 granted and 1 not held, a business 2 granted."""
    tables = zeros()
    for row, natural, business in (("new", 4, 2), ("granted", 3, 2), ("unavailable.not_held", 1, 0), ("total", 4, 2)):
        tables["applications"][row].update(natural_person=natural, business=business, total=natural + business)
    return tables


def test_only_totals_filled_is_not_assessable_and_named() -> None:
    tables = filled()
    for cells in tables["applications"].values():
        cells.update({column: None for column in cells if column != "total"})
    found = run(tables, "applications.columns")
    assert [r.status for r in found] == ["not_assessable"]
    assert "除总计外均为空白" in found[0].message.zh
    assert "“一、本年新收政府信息公开申请数量”行" in found[0].where
    by_column = run(tables, "applications.results")
    assert [r.status for r in by_column] == ["pass", "not_assessable"]


def test_a_blank_total_is_not_zero() -> None:
    tables = filled()
    tables["applications"]["total"]["natural_person"] = None
    tables["applications"]["granted"]["total"] = None
    for check_id in ("applications.results", "applications.balance", "applications.columns"):
        found = run(tables, check_id)
        assert [r.status for r in found] == ["pass", "not_assessable"]
    assert "总计为空白" in run(tables, "applications.results")[1].message.zh


def test_a_blank_elsewhere_counts_as_nothing() -> None:
    tables = filled()
    for cells in tables["applications"].values():
        cells.update({c: None for c, value in cells.items() if value == 0 and c != "total"})
    tables["applications"]["total"]["research"] = 0
    assert not [
        r
        for r in run_checks(Evidence(2022, EDITIONS[2021], tables=tables))
        if r.severity == "error" and r.status == "fail"
    ]
    blank = run(tables, "tables.blank")
    assert [r.status for r in blank] == ["fail"]
    assert blank[0].severity == "information"
    tables["applications"]["total"]["natural_person"] = 5
    wrong = run(tables, "applications.results")
    assert [(r.expected, r.actual) for r in wrong if r.status == "fail"] == [("4", "5")]
    assert "空白按无计" in wrong[0].message.zh


def test_a_blank_that_the_crossing_total_fills_makes_no_failure() -> None:
    tables = filled()
    tables["applications"]["granted"]["natural_person"] = None
    for check_id in ("applications.results", "applications.columns"):
        found = run(tables, check_id)
        assert [r.status for r in found] == ["pass", "not_assessable"]
        assert "空白" in found[1].message.zh


def test_a_cell_that_could_not_be_read_is_not_assessable() -> None:
    tables = filled()
    tables["applications"]["granted"]["natural_person"] = None
    unreadable = frozenset({("applications", "granted", "natural_person")})
    found = run(tables, "applications.results", unreadable=unreadable)
    assert [r.status for r in found] == ["pass", "not_assessable"]
    assert "不能识别" in found[1].message.zh
    assert [r.status for r in run(tables, "tables.blank", unreadable=unreadable)] == ["pass"]


def test_the_single_other_row_of_2019_in_a_report_of_2021_is_counted() -> None:
    tables = filled()
    for item in ("other.correction_overdue", "other.fee_unpaid", "other.other"):
        del tables["applications"][item]
    tables["applications"]["other"] = dict.fromkeys(tables["applications"]["new"], 0)
    for row in ("new", "total", "other"):
        for column in ("natural_person", "total"):
            tables["applications"][row][column] += 1
    found = {r.id: r.status for r in run_checks(Evidence(2023, EDITIONS[2021], tables=tables))}
    assert found["applications.results"] == found["applications.columns"] == found["applications.balance"] == "pass"
    tables["applications"]["other"]["natural_person"] = 2
    assert [r.status for r in run(tables, "applications.results")] == ["fail"]
    assert any("“（六）其他处理”行" in r.where for r in run(tables, "applications.columns"))


def test_a_missing_row_is_not_taken_for_zero() -> None:
    tables = filled()
    del tables["applications"]["granted"]
    assert {r.status for r in run(tables, "applications.results")} == {"pass", "not_assessable"}


def test_a_missing_table_is_not_assessable() -> None:
    tables = filled()
    del tables["disputes"]
    assert [r.status for r in run(tables, "disputes.total")] == ["not_assessable"]


def test_over_two_years_a_blank_makes_no_failure() -> None:
    before, now = zeros(), zeros()
    before["disclosure"]["regulations"]["in_force"] = 5
    now["disclosure"]["regulations"].update(in_force=5, issued=None)
    assert [r.status for r in two_years(before, now, "cross_year.in_force")] == ["pass"]
    now["disclosure"]["regulations"].update(in_force=6)
    assert [r.status for r in two_years(before, now, "cross_year.in_force")] == ["pass", "not_assessable"]
    before["disclosure"]["regulations"]["in_force"] = None
    assert "fail" not in {r.status for r in two_years(before, now, "cross_year.in_force")}


def test_a_blank_that_is_a_side_by_itself_is_not_zero() -> None:
    now = zeros()
    now["applications"]["carried_in"]["natural_person"] = None
    found = two_years(zeros(), now, "cross_year.carried")
    assert [r.status for r in found] == ["pass", "not_assessable"]
    assert "“自然人”列" in found[1].where


def two_years(before: Values, now: Values, check_id: str) -> list[Result]:
    return run(now, check_id, previous=Evidence(2021, EDITIONS[2021], tables=before))


def test_an_invented_edition_is_checked_without_code() -> None:
    text = """
edition: 2027
authority: 试用版式
years: [2027, null]
base: 2021
identities:
  - {id: invented.review, severity: warning, rule: "per block: upheld <= total"}
  - {id: invented.granted, severity: error, rule: "granted + partial <= total"}
"""
    base = (PACKAGE / "govnb/form/editions/2021.yaml").read_text(encoding="utf-8")
    edition = parse_editions({"2021": ("2021.yaml", base), "2027": ("2027.yaml", text)})[2027]
    tables = filled()
    tables["disputes"]["review"].update(upheld=3)
    tables["applications"]["granted"]["total"] = 7
    found = [r for r in run_checks(Evidence(2027, edition, tables=tables)) if r.id.startswith("invented")]
    assert [(r.id, r.severity, r.status, r.expected, r.actual) for r in found] == [
        ("invented.review", "warning", "fail", "≥3", "0"),
        ("invented.granted", "error", "fail", "≥7", "6"),
    ]


@pytest.mark.parametrize(
    ("before", "now", "unit", "outlier"),
    [
        (Decimal("25.1"), Decimal(251000), "fail", "pass"),
        (Decimal(251000), Decimal("25.1"), "fail", "pass"),
        (Decimal("25.1"), Decimal("251.1"), "pass", "fail"),
        (Decimal("25.1"), Decimal("250.9"), "pass", "pass"),
        (Decimal("0.01"), Decimal("0.9"), "pass", "pass"),
        (Decimal("24252.311082"), Decimal("9116.36"), "pass", "pass"),
        (0, Decimal("25.1"), "not_assessable", "not_assessable"),
    ],
)
def test_amounts(before: Any, now: Any, unit: str, outlier: str) -> None:
    first, second = zeros(), zeros()
    first["disclosure"]["fees"]["amount"], second["disclosure"]["fees"]["amount"] = before, now
    assert [r.status for r in two_years(first, second, "amounts.unit")] == [unit]
    assert two_years(first, second, "amounts.outlier")[0].status == outlier


@pytest.mark.parametrize(
    ("before", "now", "status"),
    [("251000元", "25.2万元", "pass"), ("25.1元", "25.1万元", "fail"), ("25.1万元", "8040", "not_assessable")],
)
def test_amounts_with_their_own_unit(before: str, now: str, status: str) -> None:
    first, second = zeros(2019), zeros(2019)
    first["disclosure"]["procurement"]["amount"], second["disclosure"]["procurement"]["amount"] = before, now
    previous = Evidence(2019, EDITIONS[2019], tables=first)
    found = run_checks(Evidence(2020, EDITIONS[2019], tables=second, previous=previous))
    assert [r.status for r in found if r.id == "amounts.unit"] == [status]


def test_a_digit_appended_is_said_and_small_numbers_are_let_be() -> None:
    before, now = zeros(), zeros()
    before["disclosure"]["licences"]["decisions"], now["disclosure"]["licences"]["decisions"] = 2293, 22931
    before["disclosure"]["coercion"]["decisions"], now["disclosure"]["coercion"]["decisions"] = 3, 40
    before["disclosure"]["regulations"]["in_force"], now["disclosure"]["regulations"]["in_force"] = 65, 698
    found = [r for r in two_years(before, now, "amounts.outlier") if r.status == "fail"]
    assert [(r.severity, r.expected, r.actual) for r in found] == [("information", "2293", "22931")]
    assert "一位数字" in found[0].message.zh


@pytest.mark.parametrize("value", [-1, Decimal("1.5"), "12件"])
def test_counts_are_whole_and_not_negative(value: Any) -> None:
    tables = zeros()
    tables["applications"]["new"]["total"] = value
    assert [r.actual for r in run(tables, "numbers.type")] == [str(value)]


@pytest.mark.parametrize("value", [Decimal("24252.311082"), Decimal("3"), None, "160.5964万元"])
def test_amounts_may_have_decimals(value: Any) -> None:
    tables = zeros()
    tables["disclosure"]["fees"]["amount"] = value
    assert [r.status for r in run(tables, "numbers.type")] == ["pass"]


@pytest.mark.parametrize(
    ("level", "column", "status"),
    [
        ("department", "in_force", "fail"),
        ("county", "issued", "fail"),
        ("town", "issued", "fail"),
        ("town", "repealed", "pass"),
        ("city", "in_force", "pass"),
        ("province", "issued", "pass"),
        ("ministry", "issued", "not_assessable"),
    ],
)
def test_who_makes_regulations(level: str, column: str, status: str) -> None:
    tables = zeros()
    tables["disclosure"]["regulations"][column] = 1
    assert [r.status for r in run(tables, "disclosure.regulations", level=level)] == [status]


def test_regulations_of_others_made_public_in_2019_are_not_looked_at() -> None:
    tables = zeros(2019)
    tables["disclosure"]["regulations"].update(disclosed=7, disclosed_total=7)
    found = run_checks(Evidence(2020, EDITIONS[2019], tables=tables, level="county"))
    assert [r.status for r in found if r.id == "disclosure.regulations"] == ["pass"]


def test_aggregate_differences_are_named_cell_by_cell() -> None:
    total, one, two = filled(), filled(), zeros()
    two["disclosure"]["fees"]["amount"] = Decimal("0.1")
    one["disclosure"]["fees"]["amount"] = Decimal("0.2")
    total["disclosure"]["fees"]["amount"] = Decimal("0.3")
    members = {"office": Member("甲局", one), "bureau": Member("乙局", two)}
    assert [r.status for r in run(total, "aggregate.sum", members=members)] == ["pass"]
    total["disclosure"]["regulations"]["in_force"] = 1
    total["disclosure"]["licences"]["decisions"] = 9
    found = run(total, "aggregate.sum", members=members)
    assert [(r.status, r.severity, r.expected, r.actual) for r in found] == [
        ("fail", "warning", "0", "1"),
        ("fail", "error", "0", "9"),
    ]
    two["disclosure"]["licences"]["decisions"] = None
    assert [r.severity for r in run(total, "aggregate.sum", members=members) if r.status == "fail"] == ["warning"]
    missing = run(total, "aggregate.sum", members={**members, "bureau": Member("乙局", None)})
    assert [r.status for r in missing] == ["not_assessable"]
    assert "乙局" in missing[0].message.zh


def test_amounts_in_words_are_not_summed() -> None:
    tables = zeros(2019)
    tables["disclosure"]["procurement"]["amount"] = "100元"
    found = Evidence(2020, EDITIONS[2019], tables=tables, members={"a": Member("甲局", tables)})
    assert {r.status for r in run_checks(found) if r.id == "aggregate.sum"} == {"pass", "not_assessable"}


def test_declared_tables_are_compared_cell_by_cell() -> None:
    counted, declared = filled(), filled()
    declared["applications"]["new"]["total"] = 7
    declared["applications"]["granted"]["total"] = None
    declared["disclosure"]["fees"]["amount"] = Decimal("0.0")
    found = run(counted, "declared.differs", declared=declared)
    assert [(r.status, r.expected, r.actual) for r in found] == [("fail", "6", "7")]
    assert found[0].where == "收到和处理政府信息公开申请情况表“一、本年新收政府信息公开申请数量”“总计”列"


def test_last_year_must_be_last_year() -> None:
    found = replace(pingtan(2022), previous=pingtan(2020))
    assert {r.status for r in run_checks(found) if r.id.startswith("cross_year")} == {"not_assessable"}
