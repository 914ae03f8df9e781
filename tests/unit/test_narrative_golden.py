"""The text that we write, whole: Guangzhou's published numbers in both editions, declared tables alone, no figure.

The golden files are read by people: after a change of wording, run with GOVNB_GOLDEN=write and read the difference.
"""

from __future__ import annotations

import hashlib
import os
import re
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from govnb.counting.figures import Figure
from govnb.form.edition import TABLES, Edition, packaged_editions
from govnb.narrative.engine import narrate
from govnb.narrative.problem_lists import ProblemLists, Shortcoming
from govnb.script import to_simplified

if TYPE_CHECKING:
    from govnb.counting.figures import Value
    from govnb.narrative.sections import Section

GOLDEN = Path(__file__).parents[1] / "golden"
REFERENCE = Path(__file__).parents[1] / "reference" / "guangzhou-2021.txt"

FACTS = {"name": "广州市人民政府办公厅", "short_name": "市政府办公厅", "region": "广州市", "level": "department"}
SURVEY = "所引全国政府透明度评估结果"

_SHARED: dict[str, Value] = {
    "applications.new.total": 575,
    "applications.carried_in.total": 18,
    "applications.granted.total": 201,
    "applications.partial.total": 46,
    "applications.denied.total": 57,
    "applications.unavailable.total": 215,
    "applications.declined.total": 61,
    "applications.other.total": 4,
    "applications.total.total": 584,
    "applications.carried_out.total": 9,
    "disputes.review.upheld": 2,
    "disputes.review.corrected": 0,
    "disputes.review.other": 0,
    "disputes.review.pending": 1,
    "disputes.review.total": 3,
    "disputes.litigation.upheld": 0,
    "disputes.litigation.pending": 3,
    "disputes.litigation.total": 3,
    "disclosure.licences.decisions": 0,
    "disclosure.penalties.decisions": 0,
    "disclosure.coercion.decisions": 0,
    "previous.applications.new.total": 540,
    "change.applications.new.total": 35,
}
_TABLE_1: dict[int, dict[str, Value]] = {
    2021: {
        "disclosure.regulations.issued": 3,
        "disclosure.regulations.repealed": 5,
        "disclosure.regulations.in_force": 109,
        "disclosure.normative_documents.issued": 12,
        "disclosure.normative_documents.repealed": 4,
        "disclosure.normative_documents.in_force": 96,
        "disclosure.fees.amount": Decimal("0"),
    },
    2019: {
        "disclosure.regulations.made": 3,
        "disclosure.regulations.disclosed": 3,
        "disclosure.regulations.disclosed_total": 109,
        "disclosure.normative_documents.made": 12,
        "disclosure.normative_documents.disclosed": 12,
        "disclosure.normative_documents.disclosed_total": 96,
        "disclosure.procurement.items": 2,
        "disclosure.procurement.amount": "251000元",
    },
}
_LEDGERS: dict[str, Value] = {
    "applications.received": 593,
    "applications.on_time": 584,
    "applications.overdue": 0,
    "applications.target_days": 10,
    "applications.within_target": 530,
    "applications.extended": 22,
    "applications.corrected": 31,
    "applications.channel.in_person": 12,
    "applications.channel.letter": 63,
    "applications.channel.online": 488,
    "applications.channel.fax": 0,
    "applications.channel.email": 12,
    "applications.channel.other": 0,
    "information_fee.cases": 0,
    "information_fee.yuan": Decimal("0"),
    "documents.issued": 160,
    "documents.disclosed": 132,
    "documents.openness.active": 130,
    "documents.openness.on_request": 20,
    "documents.openness.withheld": 10,
    "openness_reviews.reviewed": 40,
    "openness_reviews.to_active": 13,
    "disclosures.total": 360,
    "disclosures.历史规划": 207,
    "disclosures.会议实录": 10,
    "disclosures.常务会议议题": 66,
    "disclosures.规划新闻发布会": 15,
    "disclosures.舆情处置案例": 18,
    "disclosures.政策解读": 20,
    "disclosures.主动公开基本目录": 3,
    "disclosures.政府公报": 0,
    "disclosures.其他": 9,
    "disclosures.领导之窗": 12,
    "disclosures.level.市": 100,
    "disclosures.level.街（镇）": 1,
    "messages.received": 182,
    "messages.handled": 182,
    "platforms.total": 7,
    "platforms.政府网站": 1,
    "platforms.数据库": 2,
    "platforms.政务微信": 3,
    "platforms.小程序": 1,
    "platforms.客户端": 0,
    "platforms.opened": 2,
    "platforms.closed": 0,
    "platforms.entries.广州市现行有效政府规章库": 109,
    "tasks.total": 24,
    "tasks.done": 24,
    "tasks.overdue": 0,
    "tasks.reminders": 6,
    "activities.total": 12,
    "activities.业务培训": 2,
    "activities.参观": 0,
    "activities.跟班学习": 4,
    "activities.工作考核": 1,
    "activities.新闻媒体评议": 1,
    "activities.政策解读督查": 4,
    "activities.participants.业务培训": 310,
    "activities.participants.跟班学习": 0,
    "assessments.units": 11,
    "problems.raised": 3,
    "problems.previous": 3,
    "problems.resolved": 3,
    "problems.open": 0,
}
_WITH_UNIT: dict[str, tuple[Value, str, str, str]] = {
    "applications.granted_share": (
        Decimal("42.3"),
        "予以公开和部分公开占办结申请的比例",
        "%",
        "data/a/applications.csv",
    ),
    "applications.days_median": (8, "答复用时中位数", "个工作日", "data/a/applications.csv"),
    "assessments.average_rate": (Decimal("91.5"), "政务公开考核平均得分率", "%", "data/a/assessments.csv"),
    "cited.rank": (1, "广州政府透明度在全国49个较大市中的排名", "名", SURVEY),
    "cited.cities": (49, "全国政府透明度评估的较大市数量", "个", SURVEY),
    "cited.grade": ("优秀", "广州市政务公开第三方评估等次", "", "所引广东省政务公开第三方评估结果"),
}

LISTS = ProblemLists(
    raised=(
        Shortcoming("重大政策文件的解读质量不够理想。", "改进政策解读方式，提高解读质量"),
        Shortcoming("到基层单位开展政务公开调研偏少", "定期到基层走访调研"),
        Shortcoming("政务公开队伍力量有待加强", "分类开展业务培训；"),
    ),
    earlier=(
        Shortcoming("部分历史规划未集中公开", "系统归集历史规划", resolved=True),
        Shortcoming("规章查询分散", "建立政府规章库", resolved=True),
        Shortcoming("办理周期偏长", "优化审核流程", resolved=True),
    ),
)


def edition(number: int) -> Edition:
    return packaged_editions()[number]


def figures_of(values: dict[str, Value]) -> dict[str, Figure]:
    return {figure_id: Figure(figure_id, value, figure_id) for figure_id, value in values.items()}


def blank_tables(number: int) -> dict[str, Value]:
    """Every table figure of the edition without value, as a report without ledgers and declared tables has them."""
    form = edition(number)
    rows = ((table, row, columns) for table in TABLES for row, columns in form.rows(table).items())
    return {f"{table}.{row}.{column}": None for table, row, columns in rows for column in columns}


def declared_only(number: int) -> dict[str, Figure]:
    return figures_of({**blank_tables(number), **_SHARED, **_TABLE_1[number]})


def full(number: int) -> dict[str, Figure]:
    with_unit = {figure_id: Figure(figure_id, *rest) for figure_id, rest in _WITH_UNIT.items()}
    return {**declared_only(number), **figures_of(_LEDGERS), **with_unit}


def empty(number: int) -> dict[str, Figure]:
    return figures_of(blank_tables(number))


CASES = {
    "2021-full": (2021, 2021, full, LISTS),
    "2021-declared": (2021, 2021, declared_only, None),
    "2021-empty": (2021, 2021, empty, None),
    "2019-full": (2019, 2020, full, LISTS),
    "2019-declared": (2019, 2019, declared_only, None),
    "2019-empty": (2019, 2020, empty, None),
}


def written(case: str) -> tuple[Section, ...]:
    number, year, figures, lists = CASES[case]
    return narrate(edition(number), year, FACTS, figures(number), lists)


def as_published(case: str) -> str:
    number = {section.code: section.number for section in edition(CASES[case][0]).sections}
    parts = [f"{number[s.code]}、{s.title}\n{s.text}".rstrip() for s in written(case)]
    return "\n\n".join(parts) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_text_is_that_of_the_golden_file(case: str) -> None:
    golden = GOLDEN / f"narrative-{case}.txt"
    if os.environ.get("GOVNB_GOLDEN") == "write":
        golden.write_text(as_published(case), encoding="utf-8")
    assert as_published(case) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_every_cite_is_the_printed_value(case: str) -> None:
    number, _, figures, _ = CASES[case]
    known = figures(number)
    for section in written(case):
        for block in section.blocks:
            for cite in block.cites:
                value = known[cite.figure].value
                assert block.text[cite.start : cite.end] == str(value)


@pytest.mark.parametrize("case", CASES)
def test_every_number_is_cited_or_a_date_or_a_document_number(case: str) -> None:
    number, year, _, _ = CASES[case]
    allowed = re.compile(
        rf"({year - 1}|{year}|{year + 1})年|1月1日|12月31日|{re.escape(edition(number).authority)}|49个较大市"
    )
    for section in written(case):
        for block in section.blocks:
            text = list(block.text)
            for cite in block.cites:
                text[cite.start : cite.end] = "□" * (cite.end - cite.start)
            assert not re.search(r"[0-9]", allowed.sub("", "".join(text))), block.text


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_left_over(case: str) -> None:
    text = as_published(case)
    for wrong in (
        "{{",
        "}}",
        "{%",
        "XX",
        "××",
        "。。",
        "，，",
        "；；",
        "，。",
        "、。",
        "；。",
        "（）",
        "None",
        "：。",
        "、，",
    ):
        assert wrong not in text
    assert not re.search(r"[\ue000-\uf8ff]", text)
    for section in written(case):
        assert all(block.text.strip() == block.text and block.text for block in section.blocks)


@pytest.mark.parametrize("case", CASES)
def test_overview_has_its_parts_each_with_a_sentence(case: str) -> None:
    overview = written(case)[0]
    kinds = [block.kind for block in overview.blocks]
    numerals = "一二三四五"
    headings = [block.text for block in overview.blocks if block.kind == "part"]
    parts = edition(CASES[case][0]).sections[0].parts
    assert headings == [f"（{numerals[i]}）{part}" for i, part in enumerate(parts)]
    assert kinds[0] == "paragraph"
    assert kinds[-1] == "paragraph"
    assert all(after != "part" for here, after in pairwise(kinds) if here == "part")


def test_overview_of_a_full_set_of_ledgers_is_short_enough() -> None:
    """国办公开办函〔2021〕30号: about 1,000 characters, here without the headings of the parts."""
    prose = "".join(block.text for block in written("2021-full")[0].blocks if block.kind == "paragraph")
    assert len(prose) <= 1000


def test_the_published_numbers_are_all_there() -> None:
    text = as_published("2021-full")
    for number in (575, 18, 593, 584, 9, 182, 207, 10, 66, 15, 13, 132, 109, 49):
        assert re.search(rf"(?<![0-9]){number}(?![0-9])", text), number
    assert "行政诉讼案件3宗，均尚未审结" in text
    assert "未收取信息处理费" in text


HAN = re.compile(r"[\u3400-\u9fff]")
# Official names and what the figures themselves are called; everything else is ours.
OFFICIAL = ("中华人民共和国政府信息公开条例", "广州政府透明度在全国49个较大市中的排名", "广州市现行有效政府规章库")


def han(text: str) -> str:
    return "".join(HAN.findall(text))


def stretches(text: str) -> set[str]:
    """Every twelve consecutive Chinese characters, as a short digest."""
    only = han(text)
    return {hashlib.sha256(only[i : i + 12].encode()).hexdigest()[:12] for i in range(len(only) - 11)}


@cache
def published_stretches() -> set[str]:
    """Those of the published report, in simplified characters."""
    return stretches(to_simplified(REFERENCE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES)
def test_no_sentence_is_copied_from_the_published_report(case: str) -> None:
    published = published_stretches()
    assert len(published) > 1500
    titles = [section.title for number in (2019, 2021) for section in edition(number).sections]
    official = re.compile("|".join(re.escape(name) for name in (*OFFICIAL, *titles)))
    for section in written(case):
        for block in section.blocks:
            for stretch in official.split(block.text):
                assert not stretches(stretch) & published, stretch
