"""Checks of the published text: numbers without a source, personal data, the information fee, dates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from govnb.checks.model import Evidence, Result
from govnb.checks.numbers import find_loose_numbers
from govnb.checks.privacy import find_bank_cards, find_identity_numbers, find_mobiles
from govnb.checks.prose import Passage
from govnb.checks.registry import run_checks
from govnb.counting.figures import Figure
from govnb.form.edition import packaged_editions
from govnb.narrative.sections import Block, Cite, Section

EDITION = packaged_editions()[2021]


def run(check_id: str, year: int = 2021, **fields: Any) -> list[Result]:
    return [result for result in run_checks(Evidence(year, EDITION, **fields)) if result.id == check_id]


def section(code: str, *blocks: Block | str) -> Section:
    made = tuple(Block("paragraph", block) if isinstance(block, str) else block for block in blocks)
    return Section(code, EDITION.section(code).title, made)


def loose(text: str) -> list[str]:
    return list(find_loose_numbers(Passage("overview", None, "", Block("paragraph", text))))


@pytest.mark.parametrize(
    "text",
    [
        "2021年，本机关认真贯彻《中华人民共和国政府信息公开条例》（国务院令第711号）。",
        "根据国办公开办函〔2021〕30号和粤府办(2020)15号文件要求",
        "2021年3月5日至3月20日，1月至11月，6月底前，15日前，2021年11月，上午9时30分，9:30",
        "2019—2021年、2020至2025年、2020、2021年度、2021年以来、截至2021年底",
        "条例第36条第1款第（二）项、第2季度、第1、2、3批、第十四条，排名第1",
        "1.加强学习。2.完善制度；（3）健全机制\n4、强化监督",
        "“十四五”规划、党的十九届六中全会、20大报告、3·15活动",
        "存在三个问题，围绕以下3个方面、5个环节开展工作",
        "在20个工作日内答复，力争控制在10个工作日内，2小时内响应",
        "12345热线、12345政务服务便民热线",
        "电话：020-83123456，传真（020）83123457，邮编：510030，邮箱gk2021@gz.gov.cn，网址www.gz.gov.cn/2021/12.html",
        "5G、IPv6、PM2.5、A4纸，按照GB/T 9704-2012排版，数字政府2.0，“1+3+N”体系，7×24小时服务",
        "《广州市2021年政务公开工作要点分工方案（第3版）》",
        "２０２１年度，第３批",
    ],
)
def test_what_is_no_figure(text: str) -> None:
    assert loose(text) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("全年共收到申请593件（含新收575件、上年结转18件）", ["593", "575", "18"]),
        ("２０２１年收到５７５件", ["575"]),
        ("办结率100%，同比增长12.5%", ["100%", "12.5%"]),
        ("访问量1,234,567次，收费1234.56万元，约1.2亿元", ["1,234,567", "1234.56", "1.2"]),
        ("平均用时8个工作日", ["8"]),
        ("在全国49个较大市中排名第一", ["49"]),
        ("涉及120个环节", ["120"]),
        ("12345热线受理1200件", ["1200"]),
        ("印发《2021年工作要点》12条任务", ["12"]),
        ("2021年12月办理30件、30件", ["30"]),
        ("建设APP3个，APP 12个", ["3", "12"]),
        ("其中：1、依申请3件", ["3"]),
        ("120个工作日", ["120"]),
        ("收费12000元，接听电话1200次，12345个", ["12000", "1200", "12345"]),
    ],
)
def test_what_needs_a_source(text: str, numbers: list[str]) -> None:
    assert loose(text) == numbers


FIGURES = {
    f.id: f
    for f in (
        Figure("applications.new.total", 575, "新收"),
        Figure("cited.rank", 49, "较大市数量", source="清华大学报告"),
        Figure("cited.rate", Decimal("98.5"), "满意率"),
    )
}


def test_cites_and_cited_values_are_covered() -> None:
    text = "新收575件，在49个市中，满意率98.50%，另有7件。"
    block = Block("paragraph", text, cites=(Cite("applications.new.total", 2, 5),))
    written = {"analyst_sections": ("overview",), "figures": FIGURES}
    found = run("narrative.number", sections=(section("overview", block),), **written)
    assert [(r.status, r.actual, r.where) for r in found] == [("fail", "7", "“总体情况”第1段")]


def test_a_typed_number_is_told_the_figure_that_it_equals() -> None:
    written = {"analyst_sections": ("overview",), "figures": FIGURES}
    found = run("narrative.number", sections=(section("overview", "新收575件。"),), **written)
    assert "575 = applications.new.total" in found[0].message.zh


def test_only_what_the_analyst_wrote_is_looked_at() -> None:
    blocks = (
        Block("paragraph", "程序写的1件。"),
        Block("part", "（一）主动公开"),
        Block("paragraph", "程序写的2件。"),
        Block("part", "（二）依申请公开"),
        Block("paragraph", "分析人员写的3件。"),
        Block("image", "图中4件", image="data:image/png;base64,"),
    )
    sections = (section("overview", *blocks), section("problems", "5件。"))
    for written, actual in (
        ((), []),
        (("overview/依申请公开",), ["3"]),
        (("overview/（二）依申请公开", "problems"), ["3", "5"]),
        (("overview",), ["1", "2", "3"]),
    ):
        found = run("narrative.number", sections=sections, analyst_sections=written, figures=FIGURES)
        assert [r.actual for r in found if r.status == "fail"] == actual


@pytest.mark.parametrize(
    "text",
    ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X"],
)
def test_identity_numbers_however_written(text: str) -> None:
    found = run("privacy.id_number", sections=(section("overview", f"申请人身份证{text}号"),))
    assert [(r.status, r.severity, r.actual) for r in found] == [("fail", "error", "110*************2X")]


@pytest.mark.parametrize(
    "text", ["110105194912310021", "11010519491331002X", "991105194912310021", "1110105194912310026"]
)
def test_what_is_no_identity_number(text: str) -> None:
    assert list(find_identity_numbers(f"号码{text}。")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("联系人13800138000。", ["13800138000"]),
        ("138 0013 8000或+86-139-0013-8000", ["13800138000", "13900138000"]),
        ("电话020-83123456/13800138000", ["13800138000"]),
        ("13800138000 项目负责人", ["13800138000"]),
        ("总金额13800138000元，13800138000.50，编号13800138000", []),
        ("http://www.gz.gov.cn/13800138000.html，13800138000@qq.com", []),
        ("020-83123456，02083123456，0591-13812345，邮编510030", []),
        ("12800138000，138001380001", []),
    ],
)
def test_mobile_numbers(text: str, found: list[str]) -> None:
    assert list(find_mobiles(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("账号6222020200112230004，", ["6222020200112230004"]),
        ("6222 0202 0011 2230 004", ["6222020200112230004"]),
        ("4111-1111-1111-1111", ["4111111111111111"]),
        ("账号6222020200112230005", []),
        ("4401042021000129元", []),
        ("身份证620102198001010754", []),  # a citizen's number with a right Luhn digit
        ("粤公网安备44010402001234号，编号：4401042021000129，0000000000000000", []),
    ],
)
def test_bank_cards(text: str, found: list[str]) -> None:
    assert list(find_bank_cards(text)) == found


def test_personal_data_is_found_wherever_it_is_printed_and_masked() -> None:
    figures = {"cited.x": Figure("cited.x", 1, "联系13800138000", source="热线")}
    found = run("privacy.mobile", figures=figures, printed={"图1": "电话13900138000"})
    assert [r.actual for r in found] == ["138******00", "139******00"]
    assert not any("13800138000" in str(r.to_json()) + r.message.en for r in found)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("2021年度未收取信息处理费。", "pass"),
        ("2021年，无收取信息处理费情况。", "pass"),
        ("本年度信息公开收费共0元。", "pass"),
        ("2021年度未收取資訊處理費。", "pass"),
        ("依申请公开工作中按规定收取信息处理费120元。", "pass"),
        ("2021年，本机关没有向申请人收取任何费用。", "pass"),
        ("2021年行政事业性收费120万元，已公开涉企收费清单。", "fail"),
        ("无其他需要报告的事项。", "fail"),
        ("", "fail"),
    ],
)
def test_the_information_fee_is_stated(text: str, status: str) -> None:
    assert [r.status for r in run("fee.stated", sections=(section("other", text),))] == [status]


def test_the_information_fee_without_section_six() -> None:
    assert [r.status for r in run("fee.stated", sections=())] == ["not_assessable"]
    assert [r.status for r in run("fee.stated", 2020, sections=(section("other", "无"),))] == ["not_assessable"]


def fee_tables(wan: Any) -> dict[str, dict[str, dict[str, Any]]]:
    return {"disclosure": {"fees": {"amount": wan}}}


@pytest.mark.parametrize(
    ("text", "fails"),
    [
        ("2021年度未收取信息处理费。", []),
        ("收取信息处理费0元。", []),
        ("共收取信息处理费2件，合计300元，其中按件收取100元、按量收取200元。", []),
        ("共收取信息处理费2件，合计300元，其中按件收取100元、按量收取250元。", ["300"]),
        ("共收取信息处理费300元，其中按件收取100元、按量收取150元等。", []),
        ("收取信息处理费1,230元。", []),
        ("收取信息处理费35元。", ["35"]),
        ("对1件申请收取信息处理费1010元。", ["1010"]),
        ("对3件申请收取信息处理费1010元。", []),
        ("按每件100元的标准收取信息处理费200元。", []),
        ("收取信息处理费0.1235万元。", ["1235"]),
    ],
)
def test_sums_that_the_tariff_can_give(text: str, fails: list[str]) -> None:
    found = run("fee.tariff", sections=(section("other", text),), tables=fee_tables(Decimal(1)))
    assert [r.actual for r in found if r.status == "fail"] == fails


def test_the_fee_is_part_of_the_table() -> None:
    text = (section("other", "收取信息处理费1200元。"),)
    assert [r.status for r in run("fee.tariff", sections=text, tables=fee_tables(Decimal("0.12")))] == ["pass"]
    less = run("fee.tariff", sections=text, tables=fee_tables(Decimal("0.1199")))
    assert [(r.status, r.expected, r.actual) for r in less] == [("fail", "≥0.12", "0.1199")]
    blank = run("fee.tariff", sections=text, tables=fee_tables(None))
    assert [r.status for r in blank] == ["pass", "not_assessable"]


def test_the_overview_counts_characters_of_its_text_alone() -> None:
    blocks = (
        Block("part", "（一）主动公开"),
        Block("image", "图" * 99, image="data:,"),
        Block("item", "公 开\n" * 500),
    )
    assert [r.status for r in run("form.length", sections=(section("overview", *blocks),))] == ["pass"]
    longer = run("form.length", sections=(section("overview", *blocks, "字"),))
    assert [(r.status, r.severity, r.actual) for r in longer] == [("fail", "information", "1001")]


@pytest.mark.parametrize(
    ("fields", "day", "status"),
    [
        ({"level": "department"}, (1, 31), "pass"),
        ({"level": "department", "scope": "aggregate"}, (2, 1), "fail"),
        ({"level": "town"}, (2, 1), "fail"),
        ({"level": "city", "scope": "aggregate"}, (3, 10), "pass"),
        ({"level": "city", "scope": "aggregate"}, (3, 11), "fail"),
        ({"level": "county", "scope": "aggregate"}, (2, 21), "fail"),
        ({"level": "province", "scope": "aggregate"}, (3, 31), "pass"),
        ({"level": "city", "name": "广州市人民政府办公厅"}, (2, 1), "fail"),
        ({"level": "city", "name": "广州市人民政府"}, (2, 1), "not_assessable"),
        ({}, (2, 1), "not_assessable"),
    ],
)
def test_deadlines(fields: dict[str, Any], day: tuple[int, int], status: str) -> None:
    assert [r.status for r in run("dates.deadline", published_date=date(2022, *day), **fields)] == [status]
