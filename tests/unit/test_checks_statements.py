"""Numbers of the prose against the tables and against themselves: text.table, text.zero, text.sum, text.percent."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from opencc import OpenCC

from govnb.checks.model import Evidence, Result
from govnb.checks.registry import run_checks
from govnb.counting.figures import Figure
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.sections import Block, Section

EDITIONS = packaged_editions()
REFERENCE = Path(__file__).resolve().parents[1] / "reference"
IDS = ("text.table", "text.sum", "text.percent", "text.zero")
Values = dict[str, dict[str, dict[str, Any]]]


def tables(number: int = 2021, **cells: Any) -> Values:
    """All zeros but ``applications__new__total=5`` and the like (a dot of a code is written as ``_dot_``)."""
    edition = EDITIONS[number]
    found: Values = {t: {row: dict.fromkeys(c, 0) for row, c in edition.rows(t).items()} for t in TABLES}
    for name, value in cells.items():
        table, row, column = name.replace("_dot_", ".").split("__")
        found[table][row][column] = value
    return found


def evidence(text: str, year: int = 2021, code: str = "overview", **fields: Any) -> Evidence:
    edition = fields.pop("edition", EDITIONS[2021 if year >= 2021 else 2019])
    blocks = tuple(Block("paragraph", line) for line in text.splitlines())
    section = Section(code, edition.section(code).title, blocks)
    fields.setdefault("tables", tables(edition.number))
    return Evidence(year, edition, sections=(section,), **fields)


def run(check_id: str, text: str, year: int = 2021, **fields: Any) -> list[Result]:
    return [result for result in run_checks(evidence(text, year, **fields)) if result.id == check_id]


def failures(check_id: str, text: str, year: int = 2021, **fields: Any) -> list[Result]:
    return [result for result in run(check_id, text, year, **fields) if result.status == "fail"]


# the published narrative of Guangzhou, 2021, on the totals of the example's tables

GUANGZHOU_CELLS = {
    "applications__new__total": 575,
    "applications__carried_in__total": 18,
    "applications__total__total": 584,
    "applications__carried_out__total": 9,
    "disputes__review__upheld": 2,
    "disputes__review__other": 1,
    "disputes__review__total": 3,
    "disputes__litigation_direct__pending": 2,
    "disputes__litigation_direct__total": 2,
    "disputes__litigation_after_review__pending": 1,
    "disputes__litigation_after_review__total": 1,
    "disclosure__normative_documents__issued": 23,
    "disclosure__normative_documents__repealed": 17,
    "disclosure__normative_documents__in_force": 87,
}


@cache
def guangzhou() -> str:
    return str(OpenCC("t2s").convert((REFERENCE / "guangzhou-2021.txt").read_text(encoding="utf-8")))


def of_guangzhou(text: str) -> list[Result]:
    fields: dict[str, Any] = {"tables": tables(**GUANGZHOU_CELLS), "name": "广州市人民政府办公厅"}
    fields["figures"] = {"information_fee.yuan": Figure("information_fee.yuan", 0, "信息处理费")}
    return [result for result in run_checks(evidence(text, **fields)) if result.id in IDS]


def test_the_published_narrative_of_guangzhou_has_no_fault() -> None:
    found = {result.id: result for result in of_guangzhou(guangzhou())}
    assert [found[name].status for name in IDS] == ["pass", "pass", "not_assessable", "pass"]
    assert "已核对7处" in found["text.table"].message.zh


@pytest.mark.parametrize(
    ("said", "mutated", "name"),
    [
        ("申请593件", "申请595件", "本年新收政府信息公开申请数量"),
        ("新收575件", "新收557件", "本年新收政府信息公开申请数量"),
        ("结转18件", "结转81件", "上年结转政府信息公开申请数量"),
        ("办结584件", "办结548件", "总计"),
        ("另有9件", "另有6件", "结转下年度继续办理"),
        ("行政复议3宗", "行政复议5宗", "行政复议"),
        ("行政诉讼3宗", "行政诉讼2宗", "行政诉讼"),
    ],
)
def test_each_number_of_guangzhou_mutated_is_found(said: str, mutated: str, name: str) -> None:
    assert guangzhou().count(said) == 1
    found = [r for r in of_guangzhou(guangzhou().replace(said, mutated)) if r.status == "fail" and r.id == "text.table"]
    assert len(found) == 1
    assert name in found[0].message.zh
    number = re.search("[0-9]+", mutated)
    assert number is not None
    assert number.group() in str(found[0].actual)
    assert found[0].where.startswith("“总体情况”第")


def test_a_fee_that_was_not_charged_but_stands_in_the_ledger() -> None:
    fee = {"information_fee.yuan": Figure("information_fee.yuan", Decimal(120), "信息处理费")}
    found = failures("text.zero", "2021年度市政府办公厅未收取信息处理费。", name="广州市人民政府办公厅", figures=fee)
    assert [(r.severity, r.expected, r.actual) for r in found] == [("error", "0", "120")]


# Pingtan


def pingtan(year: int) -> list[Result]:
    data = json.loads((REFERENCE / f"pingtan-{year}.json").read_text(encoding="utf-8"))
    found = evidence("\n".join(data["prose"]), year, tables=data["tables"], name=data["name"])
    return [result for result in run_checks(found) if result.id in IDS and result.status == "fail"]


def test_pingtan_has_its_known_findings_and_no_others() -> None:
    assert [(r.id, r.expected, r.actual) for r in pingtan(2020)] == [("text.sum", "2603", "2602")]
    assert pingtan(2021) == pingtan(2022) == []


# text.table

ROWS = tables(
    applications__new__total=70,
    applications__carried_in__total=5,
    applications__granted__total=30,
    applications__granted__natural_person=28,
    applications__partial__total=5,
    applications__denied_dot_process__total=6,
    applications__denied_dot_inquiry__total=2,
    applications__unavailable_dot_not_held__total=25,
    applications__unavailable_dot_needs_creation__total=1,
    applications__total__total=69,
    applications__carried_out__total=6,
    disputes__review__upheld=1,
    disputes__review__pending=2,
    disputes__review__total=3,
    disclosure__regulations__issued=1,
    disclosure__normative_documents__issued=69,
    disclosure__normative_documents__repealed=36,
    disclosure__normative_documents__in_force=65,
    disclosure__licences__decisions=2293,
    disclosure__fees__amount=Decimal("24252.311082"),
)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("收到申请70件，办结69件，结转下年度6件。", []),
        ("收到申请75件，办结69件。", []),
        ("受理政府信息公开申请77件。", ["77件"]),
        ("因本机关不掌握等原因无法提供25件申请。", []),
        ("办结申请69件，因本机关不掌握等原因无法提供25件。", []),
        ("办结申请69件，因本机关不掌握等原因无法提供26件。", []),
        ("办结申请69件，因本机关不掌握等原因无法提供27件。", ["27件"]),
        ("答复申请69件，其中不予公开8件（属于四类过程性信息6件、行政查询事项3件）。", ["3件"]),
        ("发生政府信息公开行政复议1起，其中维持1起。", []),
        ("发生政府信息公开行政复议2起。", ["2起"]),
        ("制发行政规范性文件六十九件，废止三十六件，现行有效六十六件。", ["六十六件"]),
        ("收取行政事业性收费2.43亿元。", []),
        ("收取行政事业性收费2.42亿元。", []),
        ("收取行政事业性收费2.4亿元。", []),
        ("收取行政事业性收费2.45亿元。", ["2.45亿元"]),
        ("收取行政事业性收费24252.311083万元。", ["24252.311083万元"]),
        ("收取行政事业性收费242523110.82元。", []),
        ("收取行政事业性收费24252.311082元。", ["24252.311082元"]),
        ("作出行政许可决定2,293件。", []),
        ("作出行政许可决定2,239件。", ["2,239件"]),
    ],
)
def test_readings(text: str, wrong: list[str]) -> None:
    found = failures("text.table", text, tables=ROWS)
    assert [r.actual for r in found] == wrong
    for result in found:
        assert result.severity == "warning"
        assert str(result.actual) in result.message.zh
        assert str(result.expected).split("或")[0] in result.message.zh


def test_a_finding_shows_words_numbers_and_cell() -> None:
    (found,) = failures("text.table", "全年作出行政许可决定2,239件。", tables=ROWS)
    assert found.message.zh == (
        "“总体情况”第1段：“作出行政许可决定2,239件”，而主动公开政府信息情况表“行政许可”“本年处理决定数量”列为2293。"
    )
    assert (found.expected, found.actual, found.where) == ("2293", "2,239件", "“总体情况”第1段")


def test_a_blank_cell_is_not_held_against_the_prose() -> None:
    blank = tables(applications__new__total=70, applications__carried_in__total=None)
    assert [r.status for r in run("text.table", "收到申请75件。", tables=blank)] == ["not_assessable"]
    assert [r.status for r in run("text.table", "收到申请70件。", tables=blank)] == ["pass"]
    part = tables(applications__denied_dot_process__total=6, applications__denied_dot_inquiry__total=None)
    for said, status in (("6", "pass"), ("7", "not_assessable")):
        assert [r.status for r in run("text.table", f"办结申请0件，不予公开{said}件。", tables=part)][-1] == status


def test_the_form_decides_which_cells_there_are() -> None:
    old = tables(2019, disclosure__normative_documents__made=77, applications__other__total=4)
    assert (
        failures("text.table", "制作规范性文件77件，申请中其他处理4件，现行有效规范性文件9件。", 2020, tables=old) == []
    )
    wrong = "制作规范性文件78件，申请中其他处理5件。新公开规章1件，年末对外公开规章总数2件。"
    found = failures("text.table", wrong, 2020, tables=old)
    assert [r.actual for r in found] == ["78件", "5件", "1件", "2件"]


def test_a_single_row_of_other_outcomes_in_a_later_report() -> None:
    later = tables()
    for row in [row for row in later["applications"] if row.startswith("other.")]:
        del later["applications"][row]
    later["applications"]["other"] = {"total": 4}
    assert [r.actual for r in failures("text.table", "办结申请0件，其他处理5件。", tables=later)] == ["5件"]


# text.zero


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2021年未收到政府信息公开申请。", "70或75"),
        ("未发生因政府信息公开引起的行政复议和行政诉讼。", "3或1"),
        ("无结转下年度办理的申请。", "6"),
        ("2021年，全区未制发规范性文件。", "69"),
        ("2021年，未发生因政府信息公开引起的行政诉讼。", None),
        ("区教育局未收到政府信息公开申请。", None),
        ("未收到投诉举报，未发生败诉案件，无逾期办理的申请。", None),
    ],
)
def test_stated_nothings(text: str, shown: str | None) -> None:
    found = failures("text.zero", text, tables=ROWS)
    assert [r.actual for r in found] == ([shown] if shown else [])
    assert all(r.severity == "error" for r in found)


# text.sum


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("共发布信息100条，其中要闻30条、公告40条、其他30条。", []),
        ("共发布信息100条，其中要闻30条、公告40条、其他20条。", ["90"]),
        ("共发布信息100条，其中要闻30条、公告40条。", []),
        ("共发布信息100条，其中要闻30条、公告40条、政策20条等。", []),
        ("共发布信息100条，主要包括要闻30条、公告40条、政策50条等。", []),
        ("共发布信息100条，其中要闻30条、公告40条、政策50条。", ["120"]),
        ("共发布信息100条，其中要闻30条、培训2场、政策50条。", []),
        ("收到申请100件，其中自然人90件、法人10件，网上80件、信函20件。", []),
        ("收到申请100件，其中自然人90件，法人10件，网上80件，信函20件。", []),
        ("收到申请100件，其中自然人90件（占90%）、法人9件（占9%）。", ["99"]),
        ("收到申请100件，其中自然人90件，占90%，法人9件，占9%。", ["99"]),
        ("共收到申请593件（含新收575件、上年结转17件），办结584件。", ["592"]),
        ("共收到申请593件，其中新收575件（比上年增加35件）、上年结转18件。", []),
        ("新媒体账号5个，其中微信3个、微博2个、抖音1个。", ["6"]),
        ("办结69件，其中不予公开8件（过程性信息6件、行政查询2件）、予以公开30件。", []),
        ("收到申请28件，其中法人28件，其中商业企业20件、科研机构7件、其他1件。", []),
        ("收到申请28件，其中商业企业20件、科研机构7件、其他2件。", ["29"]),
        ("因政府信息公开被申请行政复议3件，其中维持2件、其他结果2件。", ["4"]),
        ("培训3期310人次，其中线上2期、线下1期。", []),
        ("全年发布信息约500条，其中要闻100条、公告200条、其他100条。", []),
        ("公开信息1000条，其中要闻400条、公告300条、政策200条、规划98条。", ["998"]),
        ("受理申请593件，行政复议、行政诉讼分别为3件、2件。", []),
        ("发布信息500条，其中网站400条、微信300条、微博200条。", []),
    ],
)
def test_lists(text: str, expected: list[str]) -> None:
    assert [r.expected for r in failures("text.sum", text)] == expected


# text.percent

BEFORE = Evidence(2020, EDITIONS[2019], tables=tables(2019, applications__new__total=60, applications__total__total=60))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("办结申请69件，其中予以公开30件，占办结总数的43.5%。", []),
        ("办结申请69件，其中予以公开30件，占办结总数的43.48%。", []),
        ("办结申请69件，其中予以公开30件，占办结总数的43.4%。", [("information", "43.5%")]),
        ("办结申请69件，其中予以公开30件，占办结总数的34.5%。", [("warning", "43.5%")]),
        ("申请办理结果中，予以公开30件、部分公开5件、不予公开8件，前两项占办结总数的50.7%。", []),
        ("申请办理结果中，予以公开30件、部分公开5件、不予公开8件，前两项占办结总数的57.0%。", [("warning", "50.7%")]),
        ("共发布信息200条，其中要闻50条，占25%。", []),
        ("共发布信息200条，其中要闻50条，占52%。", [("warning", "25%")]),
        ("发布信息200条，公众号发布50条，占新媒体发布总量的60%。", []),
        ("通过网络提交的申请35件，占网络和信函申请总数的90%。", []),
        ("申请中网上提交35件，占申请总数的50%。", []),
        ("新收申请70件，同比增长16.7%。", []),
        ("新收申请70件，比上年增长16.67%。", []),
        ("新收申请70件，较2020年上升16.6%。", [("information", "16.7%")]),
        ("新收申请70件，同比增长17.6%。", [("warning", "16.7%")]),
        ("新收申请70件，同比下降16.7%。", [("warning", "16.7%")]),
        ("新收申请70件，同比增长10件，满意率99.5%，占比超过40%。", []),
        ("近三年网上申请300件，占申请总量的99%。", []),
        ("区教育局新收申请70件，同比增长17.6%。", []),
        ("办结率100%，公开率提高5个百分点，网站访问量同比增长20%。", []),
    ],
)
def test_percentages(text: str, expected: list[tuple[str, str]]) -> None:
    found = failures("text.percent", text, tables=ROWS, previous=BEFORE)
    assert [(r.severity, str(r.expected).split("或")[0]) for r in found] == expected


def test_growth_needs_last_year() -> None:
    assert [r.status for r in run("text.percent", "新收申请70件，同比增长17.6%。", tables=ROWS)] == ["not_assessable"]
