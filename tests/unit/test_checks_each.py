"""Every check has evidence that passes, evidence that fails and evidence on which it says nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from govnb.checks.model import SEVERITIES, Deviation, Evidence, Heading, Member, MemberPage, Published, Result
from govnb.checks.registry import CHECKS, run_checks
from govnb.counting.calendar import WorkCalendar
from govnb.counting.figures import Figure
from govnb.errors import Place, Problem, Text
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.sections import Block, Cite, Section

EDITIONS = packaged_editions()
CALENDAR = WorkCalendar()
Values = dict[str, dict[str, dict[str, Any]]]


def zeros(number: int) -> Values:
    edition = EDITIONS[number]
    return {table: {row: dict.fromkeys(columns, 0) for row, columns in edition.rows(table).items()} for table in TABLES}


def evidence(number: int = 2021, year: int = 2022, **fields: Any) -> Evidence:
    return Evidence(year=year, edition=EDITIONS[number], **{"tables": zeros(number), **fields})


def cells(number: int = 2021, **values: Any) -> Values:
    """All zeros but ``disclosure__fees__amount=5`` and the like (a dot of a code is written as ``_dot_``)."""
    tables = zeros(number)
    for name, value in values.items():
        table, row, column = name.split("__")
        tables[table][row.replace("_dot_", ".")][column] = value
    return tables


def members_of(*tables: Values | None, **facts: Any) -> dict[str, Member]:
    """Departments a, b, … with these tables; ``facts`` hold for each."""
    return {
        name: Member(f"{name}局", values, level="department", scope="own", **facts)
        for name, values in zip("abc", tables, strict=False)
    }


def page(tables: Values, year: int | None = 2022, edition: int | None = 2021) -> MemberPage:
    return MemberPage("data/a/published-2022.html", edition, year, tables)


def two_years(before: Values, now: Values, number: int = 2021, year: int = 2022) -> Evidence:
    return evidence(number, year, tables=now, previous=evidence(number, year - 1, tables=before))


def ledger(columns: dict[str, str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    kinds: dict[str, Any] = {
        "text": "str",
        "date": "datetime64[s]",
        "int": "Int64",
        "decimal": pd.ArrowDtype(pa.decimal128(38, 10)),
    }
    index = pd.RangeIndex(2, 2 + len(rows), name="row")
    return pd.DataFrame(
        {c: pd.Series([row.get(c) for row in rows], index=index).astype(kinds[k]) for c, k in columns.items()}
    )


APPLICATIONS = {
    "application_id": "text",
    "received_date": "date",
    "channel": "text",
    "applicant_type": "text",
    "correction_notice_date": "date",
    "correction_received_date": "date",
    "excluded_days": "int",
    "extension_days": "int",
    "delay_days": "int",
    "reply_date": "date",
    "outcome": "text",
    "fee_items": "int",
    "fee_pages": "int",
    "fee_yuan": "decimal",
    "fee_notice_date": "date",
    "fee_paid_date": "date",
}


def applications(*rows: dict[str, Any]) -> dict[str, pd.DataFrame]:
    given = [{"application_id": f"{n}", "applicant_type": "natural_person", **row} for n, row in enumerate(rows, 1)]
    return {"applications": ledger(APPLICATIONS, given)}


def prose(*paragraphs: str | Block, code: str = "overview") -> tuple[Section, ...]:
    blocks = tuple(Block("paragraph", p) if isinstance(p, str) else p for p in paragraphs)
    return (Section(code, EDITIONS[2021].section(code).title, blocks),)


def figure(name: str, value: Any, label: str = "数") -> dict[str, Figure]:
    return {name: Figure(name, value, label)}


def six(*texts: str, **replaced: str) -> tuple[Section, ...]:
    """All six sections; ``texts`` are the paragraphs of the overview, ``problems=…`` and the like that of another."""
    said = {"overview": texts, **{code: (text,) for code, text in replaced.items()}}
    blocks = {code: tuple(Block("paragraph", text) for text in found) for code, found in said.items()}
    return tuple(Section(form.code, form.title, blocks.get(form.code, ())) for form in EDITIONS[2021].sections)


def printed(**fields: Any) -> Published:
    """A published report that follows the form of 2021 in everything but ``fields``."""
    headings = tuple(Heading(s.code, f"{s.number}、{s.title}", s.number, s.title) for s in EDITIONS[2021].sections)
    whole = {"title": "某局2022年政府信息公开工作年度报告", "text": "", "headings": headings, "title_years": (2022,)}
    return Published(**{**whole, "table_editions": dict.fromkeys(TABLES, 2021), **fields})


COPIED = "市教育局认真贯彻落实条例，全年公开信息{}条，修订公开指南，清理栏目{}个，组织培训{}次，各项工作取得新的进展。"
MISPRINT = "政府信息公开行政法复议、行政诉讼情况"
IN_TIME = {"received_date": "2022-03-01", "reply_date": "2022-03-29", "outcome": "granted"}
LATE = {"received_date": "2022-03-01", "reply_date": "2022-03-30", "outcome": "granted"}
ID_NUMBER = "11010519491231002X"  # the example of GB 11643-1999
CARD = "6222020200112230004"
NEW_1 = dict.fromkeys(("applications__new__natural_person", "applications__new__total"), 1)
FULL_1 = {
    **NEW_1,
    "applications__granted__natural_person": 1,
    "applications__granted__total": 1,
    "applications__total__natural_person": 1,
    "applications__total__total": 1,
}
BLANK_TABLES = {table: {row: dict.fromkeys(c) for row, c in rows.items()} for table, rows in zeros(2021).items()}
NO_PREVIOUS = evidence()
NO_TEXT = evidence(sections=None)

Case = tuple[Evidence, Evidence, Evidence]
CASES: dict[str, Case] = {
    "applications.balance": (
        evidence(tables=cells(**FULL_1)),
        evidence(tables=cells(**NEW_1)),
        evidence(tables=BLANK_TABLES),
    ),
    "applications.results": (
        evidence(tables=cells(**FULL_1)),
        evidence(tables=cells(applications__total__total=1)),
        evidence(tables=BLANK_TABLES),
    ),
    "applications.columns": (
        evidence(tables=cells(**FULL_1)),
        evidence(tables=cells(applications__new__total=1)),
        evidence(tables=None),
    ),
    "disputes.total": (
        evidence(tables=cells(disputes__review__upheld=2, disputes__review__total=2)),
        evidence(tables=cells(disputes__review__upheld=2, disputes__review__total=3)),
        evidence(tables=cells(**{f"disputes__{b}__total": None for b in zeros(2021)["disputes"]})),
    ),
    "cross_year.carried": (
        two_years(cells(applications__carried_out__total=9), cells(applications__carried_in__total=9)),
        two_years(cells(applications__carried_out__total=9), cells(applications__carried_in__total=8)),
        NO_PREVIOUS,
    ),
    "cross_year.in_force": (
        two_years(
            cells(disclosure__regulations__in_force=9),
            cells(disclosure__regulations__in_force=10, disclosure__regulations__issued=1),
        ),
        two_years(cells(disclosure__regulations__in_force=9), cells(disclosure__regulations__in_force=10)),
        evidence(2021, 2021, previous=evidence(2019, 2020)),
    ),
    "cross_year.pending": (
        two_years(cells(disputes__review__pending=2), cells(disputes__review__total=2)),
        two_years(cells(disputes__review__pending=2), cells(disputes__review__total=1)),
        evidence(year=2022, previous=evidence(year=2020)),
    ),
    "cross_year.items": (
        two_years(
            cells(2019, disclosure__licences__previous_items=9, disclosure__licences__change=-2),
            cells(2019, disclosure__licences__previous_items=7),
            2019,
            2020,
        ),
        two_years(
            cells(2019, disclosure__licences__previous_items=9, disclosure__licences__change=-2),
            cells(2019, disclosure__licences__previous_items=8),
            2019,
            2020,
        ),
        evidence(2019, 2020),
    ),
    "cross_year.disclosed_total": (
        two_years(
            cells(2019, disclosure__regulations__disclosed_total=5),
            cells(2019, disclosure__regulations__disclosed_total=6, disclosure__regulations__disclosed=1),
            2019,
            2020,
        ),
        two_years(
            cells(2019, disclosure__regulations__disclosed_total=5),
            cells(2019, disclosure__regulations__disclosed_total=7, disclosure__regulations__disclosed=1),
            2019,
            2020,
        ),
        evidence(2019, 2020),
    ),
    "disclosure.in_force_bound": (
        two_years(cells(disclosure__regulations__in_force=9), cells(disclosure__regulations__repealed=9)),
        two_years(cells(disclosure__regulations__in_force=9), cells(disclosure__regulations__repealed=10)),
        NO_PREVIOUS,
    ),
    "aggregate.sum": (
        evidence(tables=cells(**FULL_1), members=members_of(cells(**FULL_1), zeros(2021))),
        evidence(tables=cells(**FULL_1), members=members_of(cells(**FULL_1), cells(**FULL_1))),
        evidence(tables=cells(**FULL_1), members=members_of(cells(**FULL_1), None)),
    ),
    "aggregate.missing": (
        evidence(members=members_of(zeros(2021))),
        evidence(members=members_of(zeros(2021), None)),
        evidence(),
    ),
    "aggregate.late": (
        evidence(members=members_of(zeros(2021), published_date=date(2023, 1, 31))),
        evidence(members=members_of(zeros(2021), published_date=date(2023, 2, 1))),
        evidence(members=members_of(zeros(2021))),
    ),
    "aggregate.contradicts": (
        evidence(members=members_of(cells(**FULL_1), pages=(page(cells(**FULL_1)),))),
        evidence(members=members_of(cells(**FULL_1), pages=(page(zeros(2021)),))),
        evidence(members=members_of(cells(**FULL_1), pages=(page(cells(**FULL_1), year=2020),))),
    ),
    "text.table": (
        evidence(tables=cells(**FULL_1), sections=prose("全年收到政府信息公开申请1件，办结1件。")),
        evidence(tables=cells(**FULL_1), sections=prose("全年收到政府信息公开申请1件，办结2件。")),
        evidence(tables=BLANK_TABLES, sections=prose("全年收到政府信息公开申请1件。")),
    ),
    "text.sum": (
        evidence(sections=prose("全年发布信息10条，其中要闻4条、其他6条。")),
        evidence(sections=prose("全年发布信息10条，其中要闻4条、其他5条。")),
        NO_TEXT,
    ),
    "text.percent": (
        evidence(tables=cells(**FULL_1), sections=prose("办结申请1件，其中予以公开1件，占办结总数的100%。")),
        evidence(tables=cells(**FULL_1), sections=prose("办结申请1件，其中予以公开1件，占办结总数的10%。")),
        evidence(tables=cells(**FULL_1), sections=prose("新收申请1件，同比增长10%。")),
    ),
    "text.zero": (
        evidence(sections=prose("全年未收到政府信息公开申请。")),
        evidence(tables=cells(**FULL_1), sections=prose("全年未收到政府信息公开申请。")),
        evidence(tables=BLANK_TABLES, sections=prose("全年未收到政府信息公开申请。")),
    ),
    "fee.stated": (
        evidence(sections=prose("2022年度未收取信息处理费。", code="other")),
        evidence(sections=prose("无。", code="other")),
        evidence(2019, 2020, sections=prose("无。", code="other")),
    ),
    "fee.tariff": (
        evidence(
            figures={**figure("information_fee.yuan", Decimal(40)), **figure("information_fee.cases", 1)},
            tables=cells(disclosure__fees__amount=Decimal("0.004")),
        ),
        evidence(figures={**figure("information_fee.yuan", Decimal(45)), **figure("information_fee.cases", 2)}),
        evidence(sections=prose("按规定收取信息处理费。", code="other")),
    ),
    "form.sections": (
        evidence(sections=six("正文")),
        evidence(published=printed(headings=printed().headings[:-1])),
        evidence(published=printed(headings=(), scanned=True)),
    ),
    "form.tables": (
        evidence(published=printed()),
        evidence(published=printed(table_editions={"disclosure": 2021, "applications": 2021})),
        evidence(published=printed(table_editions={}, pictures=2)),
    ),
    "form.edition": (
        evidence(published=printed()),
        evidence(2019, 2022, published=printed(table_editions=dict.fromkeys(TABLES, 2019))),
        evidence(published=printed(table_editions={})),
    ),
    "form.basis": (
        evidence(sections=prose("按照国办公开办函[2021]30号编制，信息处理费依国办函〔2020〕109号。")),
        evidence(sections=prose("按照国办公开办涵〔2021〕30号编制。")),
        NO_TEXT,
    ),
    "form.labels": (
        evidence(published=printed()),
        evidence(published=printed(deviations=(Deviation("applications", "missing", "row", "2.重复申请", None),))),
        evidence(published=printed(table_editions={})),
    ),
    "form.leftover": (
        evidence(sections=prose("7×24小时在线，XML格式，“一网通办”2.0。")),
        evidence(sections=prose("XX局全年公开信息××条。")),
        NO_TEXT,
    ),
    "form.length": (
        evidence(sections=prose("公" * 1000)),
        evidence(sections=prose("公" * 600, "开" * 401)),
        NO_TEXT,
    ),
    "disclosure.regulations": (
        evidence(level="city", tables=cells(disclosure__regulations__issued=3)),
        evidence(level="department", tables=cells(disclosure__regulations__issued=3)),
        evidence(level=None, tables=cells(disclosure__regulations__issued=3)),
    ),
    "dates.year": (
        evidence(published=printed(period_years=(2022,))),
        evidence(published=printed(title_years=(2021,))),
        evidence(published=printed(title_years=())),
    ),
    "dates.text": (
        evidence(sections=prose("2022年，新收申请5件。2021年新收3件，同比增长66.7%。2021年度政务公开评估列第二。")),
        evidence(sections=prose("2021年，我局主动公开信息5条。")),
        evidence(sections=prose("正文", code="problems")),
    ),
    "names.agency": (
        evidence(
            name="福州市教育局", sections=prose("2022年，市教育局认真贯彻条例。", "福建省人民政府办公厅印发要点。")
        ),
        evidence(name="福州市教育局", sections=prose("2022年，厦门市教育局认真贯彻条例。")),
        evidence(name=None, sections=prose("2022年，厦门市教育局认真贯彻条例。")),
    ),
    "text.repeated": (
        evidence(
            sections=prose(COPIED.format(5, 6, 7)),
            previous=evidence(
                year=2021, sections=prose("本局以便民为要，上线智能问答，把办事指南改写成图文，群众满意。" * 2)
            ),
        ),
        evidence(
            sections=prose(COPIED.format(5, 6, 7)),
            previous=evidence(year=2021, sections=prose(COPIED.format(15, 26, 7))),
        ),
        evidence(sections=prose(COPIED.format(5, 6, 7)), previous=evidence(year=2021)),
    ),
    "text.generic": (
        evidence(sections=six("全年公开信息5条。", problems="一是“政策问答”栏目更新慢。")),
        evidence(sections=six("全年公开信息5条。", problems="工作还有不足，今后继续努力。")),
        evidence(sections=prose("2022年未收取信息处理费。", code="other")),
    ),
    "text.ordinals": (
        evidence(sections=prose("一是完善制度；二是加强培训。一是统一是关键。"), published=printed()),
        evidence(published=printed(headings=(Heading("disputes", f"四、{MISPRINT}", "", MISPRINT),))),
        NO_TEXT,
    ),
    "dates.deadline": (
        evidence(level="county", scope="own", published_date=date(2023, 1, 31)),
        evidence(level="county", scope="own", published_date=date(2023, 2, 1)),
        evidence(level="county", scope="own"),
    ),
    "privacy.id_number": (
        evidence(sections=prose("电话020-83123456，邮编510030。")),
        evidence(sections=prose(f"张某（{ID_NUMBER}）申请公开。")),
        NO_TEXT,
    ),
    "privacy.mobile": (
        evidence(sections=prose("电话020-83123456，邮箱gk@gz.gov.cn。")),
        evidence(sections=prose("联系电话13800138000。")),
        NO_TEXT,
    ),
    "privacy.bank_card": (
        evidence(sections=prose("金额6222020200112230004元。", "备案编号：4401042021000129。")),
        evidence(sections=prose(f"请缴至{CARD}账户。")),
        NO_TEXT,
    ),
    "amounts.unit": (
        two_years(cells(disclosure__fees__amount=Decimal("25.1")), cells(disclosure__fees__amount=Decimal("40.2"))),
        two_years(cells(disclosure__fees__amount=Decimal("25.1")), cells(disclosure__fees__amount=251000)),
        two_years(
            cells(2019, disclosure__procurement__amount="251000元"),
            cells(2019, disclosure__procurement__amount="8040"),
            2019,
            2020,
        ),
    ),
    "amounts.outlier": (
        two_years(cells(disclosure__licences__decisions=2293), cells(disclosure__licences__decisions=10690)),
        two_years(cells(disclosure__licences__decisions=1234), cells(disclosure__licences__decisions=12345)),
        evidence(2021, 2021, previous=evidence(2019, 2020)),
    ),
    "numbers.type": (
        evidence(2019, 2020, tables=cells(2019, disclosure__licences__change=-3)),
        evidence(tables=cells(applications__new__total=Decimal("1.5"))),
        evidence(tables=None),
    ),
    "tables.blank": (
        evidence(),
        evidence(tables=cells(applications__new__total=None)),
        evidence(tables=None),
    ),
    "ledger.limit": (
        evidence(frames=applications(IN_TIME), calendar=CALENDAR),
        evidence(frames=applications(IN_TIME, LATE), calendar=CALENDAR),
        evidence(frames={}, calendar=CALENDAR),
    ),
    "ledger.order": (
        evidence(frames=applications(IN_TIME)),
        evidence(frames=applications({**IN_TIME, "reply_date": "2022-02-01"})),
        evidence(frames=None),
    ),
    "ledger.fee": (
        evidence(frames=applications({**IN_TIME, "fee_pages": 35, "fee_yuan": Decimal(50)})),
        evidence(frames=applications({**IN_TIME, "fee_pages": 35, "fee_yuan": Decimal(60)})),
        evidence(frames={}),
    ),
    "narrative.number": (
        evidence(
            sections=prose(Block("paragraph", "2022年收到申请575件。", cites=(Cite("applications.new.total", 9, 12),))),
            analyst_sections=("overview",),
            figures=figure("applications.new.total", 575),
        ),
        evidence(
            sections=prose("2022年收到申请575件。"),
            analyst_sections=("overview",),
            figures=figure("applications.new.total", 575),
        ),
        evidence(sections=prose("2022年收到申请575件。")),
    ),
    "declared.differs": (
        evidence(declared=cells(disclosure__fees__amount=Decimal("0.00"))),
        evidence(declared=cells(**NEW_1)),
        evidence(declared=None),
    ),
}


def results(found: Evidence, check_id: str) -> list[Result]:
    return [result for result in run_checks(found) if result.id == check_id]


def statuses(found: Evidence, check_id: str) -> set[str]:
    return {result.status for result in results(found, check_id)}


def test_every_registered_check_has_the_three_cases() -> None:
    assert set(CASES) == {check.id for check in CHECKS}
    assert len({check.id for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("check_id", CASES)
def test_passing(check_id: str) -> None:
    found = statuses(CASES[check_id][0], check_id)
    assert "pass" in found
    assert "fail" not in found


@pytest.mark.parametrize("check_id", CASES)
def test_failing(check_id: str) -> None:
    failures = [result for result in results(CASES[check_id][1], check_id) if result.status == "fail"]
    assert failures
    for failure in failures:
        assert failure.severity in SEVERITIES
        assert failure.message.zh.endswith("。")
        assert failure.message.en.endswith(".")
        assert "pass" not in statuses(CASES[check_id][1], check_id)


@pytest.mark.parametrize("check_id", CASES)
def test_not_assessable(check_id: str) -> None:
    found = results(CASES[check_id][2], check_id)
    assert [result.status for result in found] == ["not_assessable"]
    assert found[0].message.zh.startswith("不能核对")


def test_every_check_of_the_edition_says_something_even_of_nothing() -> None:
    for number in EDITIONS:
        nothing = Evidence(year=2022, edition=EDITIONS[number])
        found = run_checks(nothing)
        assert {result.status for result in found} == {"not_assessable"}
        of_edition = {identity.id for identity in EDITIONS[number].identities}
        others = {check.id for check in CHECKS} - {i.id for e in EDITIONS.values() for i in e.identities}
        assert {result.id for result in found} == of_edition | others


def test_results_are_the_same_each_time_and_survive_json() -> None:
    failing = CASES["aggregate.sum"][1]
    first, second = run_checks(failing), run_checks(copy.deepcopy(failing))
    assert first == second
    for result in first:
        assert Result.from_json(json.loads(json.dumps(result.to_json()))).to_json() == result.to_json()


def test_a_check_that_raises_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = evidence(sections=prose("正文"))
    raising: Callable[..., Any] = lambda *_: 1 / 0  # noqa: E731
    monkeypatch.setattr("govnb.checks.text.section_text", raising)
    with pytest.raises(ZeroDivisionError):
        run_checks(broken)


def test_no_failure_names_a_person() -> None:
    for check_id, number in (("privacy.id_number", ID_NUMBER), ("privacy.bank_card", CARD)):
        for result in results(CASES[check_id][1], check_id):
            assert number not in json.dumps(result.to_json()) + result.message.en
            assert number[:3] in result.message.zh


def test_findings_of_the_ledger_reader_fail_and_are_not_told_twice() -> None:
    told = Problem(
        Place(file="data/x/applications.csv", row=2, column="答复日期"),
        Text("答复日期早于收到日期", "reply before receipt"),
        Text("请核对", "Check it"),
        "ledger.order",
    )
    base = CASES["ledger.order"][1]
    found = replace(base, findings=(told,), ledger_files={"applications": "data/x/applications.csv"})
    failures = [result for result in results(found, "ledger.order") if result.status == "fail"]
    assert len(failures) == 1
    assert "第2行" in failures[0].where
    alone = evidence(frames=None, findings=(told,))
    assert statuses(alone, "ledger.order") == {"fail"}
