"""The checks of form, dates, names and wording: what they find, and the traps that they leave alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from govnb.checks.likeness import likeness
from govnb.checks.model import Deviation, Evidence, Heading, Published, Result
from govnb.checks.names import is_same_organ
from govnb.checks.ordinals import broken_steps, is_slip
from govnb.checks.registry import run_checks
from govnb.checks.years import period_years, years_in
from govnb.counting.figures import Figure
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.sections import Block, Section

EDITIONS = packaged_editions()
FORM = EDITIONS[2021]
HEADINGS = tuple(Heading(s.code, f"{s.number}、{s.title}", s.number, s.title) for s in FORM.sections)


def published(**fields: Any) -> Published:
    whole = {"title": "某局2022年政府信息公开工作年度报告", "text": "", "headings": HEADINGS, "title_years": (2022,)}
    return Published(**{**whole, "table_editions": dict.fromkeys(TABLES, 2021), **fields})


def evidence(*overview: str, year: int = 2022, number: int = 2021, **fields: Any) -> Evidence:
    """A report with all six sections; ``problems`` and ``other`` replace the text of that section."""
    texts = {"problems": "“问答”栏目更新慢。", "other": "2022年未收取信息处理费。"}
    texts |= {code: fields.pop(code) for code in ("problems", "other") if code in fields}
    said = {"overview": overview, **{code: (text,) for code, text in texts.items()}}
    sections = tuple(
        Section(s.code, s.title, tuple(Block("paragraph", t) for t in said.get(s.code, ()))) for s in FORM.sections
    )
    return Evidence(year=year, edition=EDITIONS[number], **{"sections": sections, "name": "福州市教育局", **fields})


def failures(found: Evidence, check_id: str) -> list[Result]:
    return [r for r in run_checks(found) if r.id == check_id and r.status == "fail"]


def statuses(found: Evidence, check_id: str) -> set[str]:
    return {r.status for r in run_checks(found) if r.id == check_id}


# form


def test_sections_are_named_one_by_one_and_2019_only_warns() -> None:
    without = published(headings=tuple(h for h in HEADINGS if h.code not in ("problems", "other")))
    found = failures(evidence(published=without), "form.sections")
    assert [(r.where, r.severity) for r in found] == [
        ("“存在的主要问题及改进情况”", "error"),
        ("“其他需要报告的事项”", "error"),
    ]
    first_year = evidence(published=without, year=2019, number=2019)
    assert {r.severity for r in failures(first_year, "form.sections")} == {"warning"}
    swapped = published(headings=(*HEADINGS[:4], HEADINGS[5], HEADINGS[4]))
    assert [r.where for r in failures(evidence(published=swapped), "form.sections")] == ["各部分标题"]
    assert [
        r.actual for r in failures(evidence(published=published(headings=(*HEADINGS, HEADINGS[4]))), "form.sections")
    ] == ["2"]
    assert statuses(evidence(), "form.sections") == {"pass"}


def test_a_table_that_stands_in_the_text_is_not_called_missing() -> None:
    none = dict.fromkeys(TABLES)
    gone = published(table_editions=none)
    assert len(failures(evidence(published=gone), "form.tables")) == 3
    words = "".join(FORM.disputes.columns.values())
    partly = replace(gone, text=f"行政复议 {words} 0 0 0 0 0")
    assert len(failures(evidence(published=partly), "form.tables")) == 2
    assert statuses(evidence(published=replace(gone, guessed=frozenset({"applications"}))), "form.tables") == {
        "not_assessable"
    }


def test_the_form_of_another_year() -> None:
    old = published(table_editions=dict.fromkeys(TABLES, 2019))
    found = failures(evidence(published=old, number=2019), "form.edition")
    assert [(r.expected, r.actual, r.severity) for r in found] == [("2021", "2019", "error")]
    assert "〔2021〕30号" in found[0].message.zh
    assert not failures(evidence(published=old, number=2019, year=2020), "form.edition")
    mixed = published(table_editions={**dict.fromkeys(TABLES, 2021), "applications": 2019})
    assert statuses(evidence(published=mixed), "form.edition") == {"pass"}
    unread = published(table_editions={"disclosure": None, "applications": 2019, "disputes": 2019})
    assert failures(evidence(published=unread, number=2019), "form.labels")


@pytest.mark.parametrize(
    ("text", "year", "actual"),
    [
        ("依据国办公开办函〔2021〕30号编制", 2022, None),
        ("依据國辦公開辦函【2021】30號編製", 2022, None),
        ("依据国办公开办函[2021] 30 号编制，国办公开办函〔2019〕61号另有规定", 2022, None),
        ("信息处理费依国办函〔2020〕109号", 2022, None),
        ("依据国办公开办函〔2019〕60号编制", 2022, "国办公开办函〔2019〕60号"),
        ("依据国办公开办函〔2019〕60号编制", 2020, None),
        ("依据国办公开办函〔2021〕30号编制", 2020, "国办公开办函〔2021〕30号"),
        ("依据国办公开办涵〔2021〕30号编制", 2022, "国办公开办涵〔2021〕30号"),
        ("依据国办公开函〔2021〕30号编制", 2022, "国办公开函〔2021〕30号"),
        ("按照年度报告格式（国办公开办函〔2021〕3号）编制", 2022, "国办公开办函〔2021〕3号"),
        ("没有引用文件", 2022, None),
    ],
)
def test_the_cited_authority(text: str, year: int, actual: str | None) -> None:
    number = 2021 if year > 2020 else 2019
    found = failures(evidence(text, year=year, number=number), "form.basis")
    assert [r.actual for r in found] == ([actual] if actual else [])


def test_labels_say_what_is_expected_and_what_is_printed() -> None:
    deviations = (
        Deviation("applications", "renamed", "row", "2.重复申请", "2.重复中请"),
        Deviation("disclosure", "missing", "row", "行政强制", None),
        Deviation("disputes", "extra", "column", None, "备注"),
    )
    found = failures(evidence(published=published(deviations=deviations)), "form.labels")
    assert [(r.expected, r.actual) for r in found] == [("行政强制", None), ("2.重复申请", "2.重复中请"), (None, "备注")]
    assert all(r.severity == "warning" and r.where in r.message.zh for r in found)
    guessed = published(deviations=deviations, guessed=frozenset(TABLES))
    assert statuses(evidence(published=guessed), "form.labels") == {"not_assessable"}


@pytest.mark.parametrize(
    "text",
    [
        "（文字描述）",
        "XX局公开信息",
        "公开信息××条",
        "共{{ n }}件",
        "某某局开展培训",
        "＿公开（此处填写数量）条",
        "公开ＸＸ条",
    ],
)
def test_leftovers(text: str) -> None:
    assert failures(evidence(text), "form.leftover")


@pytest.mark.parametrize(
    "text", ["7×24小时", "网址www.xxgk.gov.cn/XX.html", "XML、XXL码", "3×5=15", "（略有下降）", "A**级", "“某”字"]
)
def test_no_leftovers(text: str) -> None:
    assert not failures(evidence(text), "form.leftover")


# years


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("某局2021年政府信息公开", (2021,)),
        ("二〇二一年度报告", (2021,)),
        ("某局２０２１年度报告", (2021,)),
        ("国办〔2021〕30号", ()),
        ("2020年和2021年", (2020, 2021)),
    ],
)
def test_years_as_they_are_written(text: str, years: tuple[int, ...]) -> None:
    assert years_in(text) == years


def test_the_period_of_the_statistics() -> None:
    assert period_years("本报告所列数据的统计期限自2021年1月1日起至2021年12月31日止") == (2021,)
    assert period_years("统计期限为2021年1月1日至12月31日") == (2021,)
    assert period_years("数据统计期限为2020年1月1日-2021年12月31日") == (2020, 2021)
    assert period_years("规划期为2021年1月1日至2025年12月31日") == ()
    wrong = published(period_years=(2021,), title_years=(2022,))
    assert [(r.where, r.expected, r.actual) for r in failures(evidence(published=wrong), "dates.year")] == [
        ("统计期限", "2022", "2021")
    ]
    assert failures(evidence("数据统计期限为2021年1月1日至12月31日。"), "dates.year")


@pytest.mark.parametrize(
    "text",
    [
        "2021年，我局主动公开信息5条。",
        "一是加强公开。2021年全年共受理申请5件。",
        "截至2021年底，共有栏目5个。",
        "全年公开信息5条，截至2021年12月31日办结5件。",
        "2022年公开5条。2023年底，共有栏目5个。",
        "2021年度共收到申请5件。",
    ],
)
def test_another_year_as_the_time_of_the_report(text: str) -> None:
    assert failures(evidence(text), "dates.text")


@pytest.mark.parametrize(
    "text",
    [
        "2022年，我局主动公开信息5条，比2021年增加3条。",
        "2021年受理3件，2022年受理5件，同比增长66.7%。",
        "2021年政府信息公开工作年度报告按时发布。",
        "2021年度部门决算和2023年度部门预算按时公开。",
        "2021年度政务公开第三方评估中列第二。",
        "2021年修订的《某市办法》继续施行。",
        "根据〔2021〕30号文件和《某市2021年政务公开要点》开展工作。",
        "2021年5月15日起施行的办法得到落实。",
        "2021-2025年规划已经公开。2021年至2025年规划已经公开。",
        "2023年将继续努力。",
        "上年结转1件，2021年以来累计公开50条。",
    ],
)
def test_other_years_that_are_in_their_place(text: str) -> None:
    assert not failures(evidence(text), "dates.text")


def test_the_year_of_the_fee_in_section_six_and_none_in_section_five() -> None:
    assert failures(evidence(other="2021年度本局未收取信息处理费。"), "dates.text")
    assert not failures(evidence(problems="2021年，发现的问题有3个。2023年将改进。"), "dates.text")


# names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("广州市政府办公厅", "市政府办公厅", True),
        ("福州市人力资源和社会保障局", "市人社局", True),
        ("福州市教育局", "厦门市教育局", False),
        ("福州市教育局", "福州市民政局", False),
    ],
)
def test_short_forms_of_a_name(one: str, other: str, same: bool) -> None:
    assert is_same_organ(one, other) is same


@pytest.mark.parametrize(
    "text",
    [
        "2022年，厦门市教育局认真贯彻条例。",
        "福州市民政局高度重视政务公开。",
        "2022年度，鼓楼区人民政府坚持公开为常态。",
    ],
)
def test_another_organ_as_the_subject(text: str) -> None:
    found = failures(evidence(text), "names.agency")
    assert [r.severity for r in found] == ["warning"]
    assert found[0].expected == "福州市教育局"


@pytest.mark.parametrize(
    "text",
    [
        "2022年，福州市教育局认真贯彻条例。",
        "2022年，市教育局认真贯彻条例。",
        "我局认真贯彻条例。",
        "本局坚持公开为常态。",
        "市政府办公厅组织评估，厦门市教育局来访交流。",
        "省教育厅认真审核我局材料。",
        "国务院办公厅根据条例印发通知。",
    ],
)
def test_names_that_are_in_their_place(text: str) -> None:
    assert not failures(evidence(text), "names.agency")


def test_a_government_tells_of_its_departments_but_not_of_another_government() -> None:
    assert not failures(
        evidence("区教育局认真落实公开要求。", "平阳县教育局深入推进公开。", name="平阳县人民政府"), "names.agency"
    )
    assert failures(evidence("苍南县人民政府认真落实条例。", name="平阳县人民政府"), "names.agency")
    announced = published(announced="厦门市教育局")
    assert [r.where for r in failures(evidence("公开5条。", published=announced), "names.agency")] == ["正文之前"]


# likeness


def test_last_years_text_with_other_numbers_is_last_years_text() -> None:
    text = "我局主动公开信息{}条，办理申请{}件，修订公开指南，清理栏目，组织业务培训，各项工作取得新的进展，群众满意。"
    before = evidence(text.format(5, 6), year=2021, tables={})
    found = failures(evidence(text.format(57, 8), previous=before), "text.repeated")
    assert [r.where for r in found] == ["“总体情况”"]
    other = evidence(
        "本年新建政策问答平台，把办事指南改写成图文，推出“一件事”专题十二个，上线智能检索，开展回访。" * 2,
        previous=before,
    )
    assert not failures(other, "text.repeated")
    assert likeness("甲" * 50, "乙" * 50) == 0


def test_of_a_workspaces_own_report_only_what_an_analyst_wrote_is_compared() -> None:
    text = "我局主动公开信息{}条，办理申请{}件，修订公开指南，清理栏目，组织业务培训，各项工作取得新的进展，群众满意。"
    known = {"a": Figure("a", 1, "a")}
    written = ("overview",)
    before = evidence(text.format(0, 0), year=2021, tables={}, analyst_sections=written)

    def told(**changes: Any) -> set[str]:
        own = evidence(text.format(57, 8), **{"previous": before, "figures": known, **changes})
        return statuses(own, "text.repeated")

    assert "fail" in told(analyst_sections=written)
    assert told() == {"not_assessable"}  # the program wrote it this year
    assert "fail" in told(published=published())  # read from a file, nobody knows who wrote it
    assert told(analyst_sections=written, previous=replace(before, analyst_sections=())) == {"not_assessable"}


@pytest.mark.parametrize("text", ["无", "无。", "", "工作中还存在不足，今后将继续努力，不断改进。", "　暂无"])
def test_sections_that_say_nothing(text: str) -> None:
    found = failures(evidence(text, problems=text), "text.generic")
    assert [(r.where, r.severity) for r in found] == [
        ("“总体情况”", "information"),
        ("“存在的主要问题及改进情况”", "warning"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "公开不够及时的有3条。",
        "《公开指南》需要更新。",
        "部分栏目更新不及时，下一步建立巡查机制。",
        "两个单位答复不规范。",
    ],
)
def test_sections_that_say_something(text: str) -> None:
    assert not failures(evidence("公开5条。", problems=text), "text.generic")


# slips


@pytest.mark.parametrize(
    ("text", "expected", "actual"),
    [
        ("一是公开；三是培训。", "二是", "三是"),
        ("一是公开。二是解读。二是培训。", "三是", "二是"),
        ("主要有：二是公开。", "一是", "二是"),
        ("公开信息，，共5条。", "，", "，，"),
        ("公开信息。。", "。", "。。"),
        ("公开信息，。", "，", "，。"),
    ],
)
def test_slips(text: str, expected: str, actual: str) -> None:
    found = failures(evidence(text), "text.ordinals")
    assert [(r.expected, r.actual, r.severity) for r in found] == [(expected, actual, "warning")]


@pytest.mark.parametrize(
    "text",
    [
        "一是公开；二是培训；三是解读。2023年：一是公开；二是培训。",
        "统一是前提，第一是公开，唯一是要求，之一是解读。",
        "公开……培训——解读。“公开。”，培训",
        "五是否公开看清单。",
        "满意吗？！",
    ],
)
def test_no_slips(text: str) -> None:
    assert not failures(evidence(text), "text.ordinals")


def test_steps_go_on_over_paragraphs_and_begin_anew_in_a_section() -> None:
    assert not failures(
        evidence("一是公开。", "二是培训。", "三是解读。", problems="一是慢。二是少。"), "text.ordinals"
    )
    found = failures(evidence("（一）主动公开", "（三）依申请公开"), "text.ordinals")
    assert [(r.expected, r.actual) for r in found] == [("（二）", "（三）")]
    assert list(broken_steps([("一", ""), ("二", ""), ("四", "x"), ("五", "")])) == [("三", "四", "x")]


def test_headings_out_of_count_and_misprinted() -> None:
    skipped = published(headings=(*HEADINGS[:4], replace(HEADINGS[4], number="六"), HEADINGS[5]))
    assert [(r.expected, r.actual) for r in failures(evidence(published=skipped), "text.ordinals")] == [
        ("五、", "六、"),
        ("七、", "六、"),
    ]
    for title, wrong in (
        ("政府信息公开行政法复议、行政诉讼情况", True),
        ("政府信息公开行政复议、行政讼诉情况", True),
        ("政府信息公开行政复议及行政诉讼情况", False),
        ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", False),
        ("政府信息公开行政复议行政诉讼的情况", False),
    ):
        heads = (*HEADINGS[:3], Heading("disputes", f"四、{title}", "四", title), *HEADINGS[4:])
        assert bool(failures(evidence(published=published(headings=heads)), "text.ordinals")) is wrong, title


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [("甲乙丙", "甲丁丙", True), ("甲乙丙", "甲丙", True), ("甲乙", "甲丙乙", True), ("甲乙丙", "乙甲丙", True),
     ("甲乙丙", "甲乙丙", False), ("甲乙丙丁", "乙丙", False), ("甲乙丙", "丁戊丙", False)],
)  # fmt: skip
def test_one_slip_of_the_pen(one: str, other: str, slip: bool) -> None:
    assert is_slip(one, other) is slip
    assert is_slip(other, one) is slip
