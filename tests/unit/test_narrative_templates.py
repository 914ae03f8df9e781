"""Our own templates: a clause for what is known, another for zero, none for what is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jinja2 import UndefinedError, meta, nodes

from govnb.counting.figures import Figure
from govnb.form.edition import Section as SectionForm
from govnb.form.edition import packaged_editions
from govnb.inputs.workspace import find_workspace
from govnb.narrative.engine import narrate
from govnb.narrative.expressions import _path
from govnb.narrative.problem_lists import ProblemLists, Shortcoming
from govnb.narrative.sandbox import clause, numeral, own_environment
from govnb.narrative.terms import Ink, Term
from govnb.workpaper import open_workpaper

if TYPE_CHECKING:
    from govnb.counting.figures import Value

EDITION = packaged_editions()[2021]


def part(title: str, values: dict[str, Value], level: str = "department") -> str:
    figures = {key: Figure(key, value, key) for key, value in values.items()}
    facts = {"name": "甲局", "short_name": "甲局", "region": "甲市", "level": level}
    overview = narrate(EDITION, 2021, facts, figures)[0]
    texts = [block.text for block in overview.blocks]
    starts = [i for i, block in enumerate(overview.blocks) if block.kind == "part"] + [len(texts)]
    at = next(i for i in starts if texts[i].endswith(f"）{title}"))
    return "".join(texts[at + 1 : starts[starts.index(at) + 1]])


def section(code: str, values: dict[str, Value], lists: ProblemLists | None = None) -> str:
    figures = {key: Figure(key, value, key) for key, value in values.items()}
    sections = narrate(EDITION, 2021, {"name": "甲局"}, figures, lists)
    return next(s.text for s in sections if s.code == code)


A = "applications"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({f"{A}.new.total": 0, f"{A}.carried_in.total": 0, f"{A}.total.total": 0}, "全年未收到政府信息公开申请。"),
        ({f"{A}.new.total": 5}, "全年新收政府信息公开申请5件。"),
        (
            {f"{A}.new.total": 0, f"{A}.carried_in.total": 2, f"{A}.received": 2, f"{A}.total.total": 0},
            "全年处理政府信息公开申请2件，其中上年结转2件。年内没有办结。",
        ),
        (
            {f"{A}.new.total": 5, f"{A}.total.total": 5, f"{A}.carried_out.total": 0, f"{A}.granted.total": 5},
            "全年新收政府信息公开申请5件。年内办结5件，没有结转下年度的申请。办理结果中，予以公开5件。",
        ),
        (
            {
                f"{A}.new.total": 5,
                f"previous.{A}.new.total": 9,
                f"change.{A}.new.total": -4,
                f"{A}.carried_in.total": None,
            },
            "全年新收政府信息公开申请5件（比上年减少4件）。",
        ),
        (
            {f"{A}.new.total": 5, f"previous.{A}.new.total": 5, f"change.{A}.new.total": 0},
            "全年新收政府信息公开申请5件（与上年持平）。",
        ),
        (
            {f"{A}.new.total": 5, f"{A}.within_target": 4, f"{A}.overdue": 1, f"{A}.on_time": 4},
            "全年新收政府信息公开申请5件。在本机关自定目标内答复4件，超过法定期限答复1件。",
        ),
        ({"messages.handled": 182}, "政府信息公开申请的收到和处理数据，见本报告第三部分。全年办理完成网民留言182件。"),
    ],
)
def test_requests(values: dict[str, Value], text: str) -> None:
    assert part("依申请公开", values) == text


def disputes(review: dict[str, Value], litigation: dict[str, Value]) -> str:
    values = {f"disputes.review.{key}": value for key, value in review.items()}
    values |= {f"disputes.litigation.{key}": value for key, value in litigation.items()}
    return part("依申请公开", values).removeprefix("政府信息公开申请的收到和处理数据，见本报告第三部分。")


@pytest.mark.parametrize(
    ("review", "litigation", "text"),
    [
        ({"total": 0}, {"total": 0}, "全年未发生因政府信息公开引起的行政复议和行政诉讼。"),
        ({"total": 0}, {}, "全年未发生因政府信息公开引起的行政复议。"),
        ({}, {"total": 0}, "全年未发生因政府信息公开引起的行政诉讼。"),
        ({"total": None}, {"total": None}, ""),
        (
            {"total": 1, "upheld": 1},
            {"total": 0},
            "涉及政府信息公开的行政复议案件1宗，均为结果维持；未发生行政诉讼。",
        ),
        (
            {"total": 0},
            {"total": 4, "upheld": 1, "corrected": 1, "other": 1, "pending": 1},
            "未发生涉及政府信息公开的行政复议；涉及政府信息公开的行政诉讼案件4宗，其中结果维持1宗、结果纠正1宗、其他结果1宗、尚未审结1宗。",
        ),
        (
            {"total": 3, "corrected": 3},
            {"total": 3, "pending": 3, "upheld": None},
            "涉及政府信息公开的行政复议案件3宗，均为结果纠正；行政诉讼案件3宗，均尚未审结。",
        ),
        ({"total": 2}, {"total": 2, "other": 2}, "涉及政府信息公开的行政复议案件2宗；行政诉讼案件2宗，均为其他结果。"),
    ],
)
def test_disputes(review: dict[str, Value], litigation: dict[str, Value], text: str) -> None:
    assert disputes(review, litigation) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"documents.disclosed": 0}, "全年没有新公开的文件。"),
        ({"disclosures.历史规划": 1}, "归集公开历史规划1份。"),
        ({"disclosures.专题": 2, "disclosures.其他": 1}, "另公开专题2条、其他信息1条。"),
        ({"disclosures.建议提案2021": 4}, "另公开“建议提案2021”4条。"),
        ({"disclosures.{{ year }}<b>": 4}, "另公开{{ year }}<b>4条。"),
        ({"disclosures.甲.乙": 4}, "另公开甲.乙4条。"),
        ({"disclosure.licences.decisions": 7}, "作出行政许可决定7件。"),
        ({"disclosure.fees.amount": Decimal("24252.311082")}, "收取行政事业性收费24252.311082万元。"),
        (
            {"disclosure.regulations.issued": 0, "disclosure.regulations.in_force": 3},
            "未制发规章，年末现行有效规章3件。",
        ),
    ],
)
def test_active_disclosure(values: dict[str, Value], text: str) -> None:
    assert part("主动公开", values) == text


def test_an_amount_without_unit_is_not_given_one() -> None:
    edition = packaged_editions()[2019]
    for amount, told in ((Decimal("8040"), False), ("8040", False), ("8040元", True), ("160.5964万元", True)):
        figures = {
            "disclosure.procurement.items": Figure("disclosure.procurement.items", 2, ""),
            "disclosure.procurement.amount": Figure("disclosure.procurement.amount", amount, ""),
        }
        text = narrate(edition, 2020, {"name": "甲"}, figures)[0].text
        assert ("采购总金额" in text) is told
        assert "实施政府集中采购项目2个" in text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"documents.issued": 3, "documents.openness.active": 3},
            "全年制发文件3份，其中主动公开3份。",
        ),
        ({"documents.issued": 0}, "全年未制发文件。"),
        (
            {"openness_reviews.reviewed": 3, "openness_reviews.to_active": 0},
            "对3份文件的公开属性作了评估，没有由依申请公开调整为主动公开的文件。",
        ),
        ({"disclosure.normative_documents.repealed": 1}, "年内废止行政规范性文件1件。"),
    ],
)
def test_management(values: dict[str, Value], text: str) -> None:
    assert part("政府信息管理", values) == text


def test_platforms() -> None:
    values: dict[str, Value] = {
        "platforms.total": 1,
        "platforms.政府网站": 1,
        "platforms.closed": 2,
        "platforms.opened": 0,
        "platforms.entries.规章库 2.0": 12,
    }
    text = "年末在运行的平台有政府网站1个，年内关停2个。“规章库 2.0”收录信息12件。"
    assert part("政府信息公开平台建设", values) == text


@pytest.mark.parametrize(
    ("values", "level", "text"),
    [
        ({}, "department", "本报告未单列监督保障的统计数据。"),
        ({}, "city", "本报告未单列监督保障以及工作考核、社会评议和责任追究的统计数据。"),
        (
            {"tasks.total": 3, "tasks.done": 2, "tasks.overdue": 1},
            "department",
            "年度政务公开工作要点任务3项，年内完成2项，未按时限完成1项。",
        ),
        (
            {"activities.total": 1, "activities.工作考核": 1},
            "county",
            "组织工作考核1次，年内没有登记责任追究事项。",
        ),
        ({"activities.total": 1, "activities.业务培训": 1}, "department", "举办业务培训1次。"),
    ],
)
def test_supervision(values: dict[str, Value], level: str, text: str) -> None:
    assert part("监督保障", values, level) == text


def test_problems_in_all_their_numbers() -> None:
    one, two = Shortcoming("甲不足。", "改进甲；"), Shortcoming("二是乙不足", "改进乙")
    assert section("problems", {}, ProblemLists((one,), ())) == (
        "2021年，政府信息公开工作的不足主要是：甲不足。\n2022年的改进措施是：改进甲。"
    )
    assert section("problems", {}, ProblemLists((one, two), None)) == (
        "2021年，政府信息公开工作的不足主要有：一是甲不足；二是乙不足。\n2022年，将采取下列改进措施：一是改进甲；二是改进乙。"
    )


def test_last_years_problems() -> None:
    done, open_ = Shortcoming("甲", "", resolved=True), Shortcoming("乙")
    figures: dict[str, Value] = {"problems.resolved": 1, "problems.previous": 2}
    assert section("problems", figures, ProblemLists(None, (done, open_))).endswith(
        "2020年度报告提出的问题已整改1个，尚未完成整改的是：乙。"
    )
    assert section("problems", {}, ProblemLists(None, (open_, Shortcoming("丙")))).endswith(
        "2020年度报告提出、尚未完成整改的问题有：乙；丙。"
    )
    assert section("problems", {}, ProblemLists(None, (done,))).endswith("2020年度报告提出的问题均已完成整改。")


def test_a_year_without_problems_claims_no_more_than_is_known() -> None:
    assert section("problems", {}, ProblemLists((), ())).startswith("2021年没有登记新的问题。\n")
    late = section("problems", {"applications.overdue": 2, "tasks.overdue": 0})
    assert late.startswith("有2件政府信息公开申请的答复超过法定期限。\n")
    assert not any(character.isdigit() for character in section("problems", {}))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({}, ""),
        ({"information_fee.yuan": Decimal("0")}, "2021年，本机关未收取信息处理费。"),
        (
            {"information_fee.yuan": Decimal("310.50"), "information_fee.cases": 2},
            "2021年，本机关收取信息处理费310.50元，涉及政府信息公开申请2件。",
        ),
    ],
)
def test_information_fee(values: dict[str, Value], text: str) -> None:
    assert section("other", values) == text


def test_cited_numbers_name_their_source_once() -> None:
    figures = {
        "cited.a": Figure("cited.a", 1, "甲排名", "名", "乙报告"),
        "cited.b": Figure("cited.b", "优秀", "丙等次", "", "丁通报"),
        "cited.c": Figure("cited.c", Decimal("98.5"), "得分", "分", "乙报告"),
        "cited.d": Figure("cited.d", None, "空", "", "乙报告"),
    }
    overview = narrate(EDITION, 2021, {"name": "甲"}, figures)[0]
    block = overview.blocks[-1]
    assert block.text == "甲排名为第1名，得分为98.5分（来源：乙报告）。丙等次为优秀（来源：丁通报）。"
    assert [cite.figure for cite in block.cites] == ["cited.a", "cited.c", "cited.b"]


def test_a_form_that_nobody_foresaw_is_written_without_code() -> None:
    overview = replace(EDITION.sections[0], parts=("主动公开", "数据开放"))
    novel = SectionForm("finance", "三", "财政信息公开情况")
    edition = replace(EDITION, sections=(overview, EDITION.sections[2], novel))
    sections = narrate(edition, 2027, {"name": "甲"}, {})
    texts = [block.text for block in sections[0].blocks]
    assert texts[-2:] == ["（二）数据开放", "本报告未单列这一部分的统计数据。"]
    assert [s.text for s in sections[1:]] == ["", "本报告未单列这一部分的统计数据。"]


def template_sources() -> dict[str, str]:
    folder = resources.files("govnb.narrative") / "templates"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".j2"))
    assert len(names) >= 9
    return {name: (folder / name).read_text(encoding="utf-8") for name in names}


def index() -> dict[str, Any]:
    folder = resources.files("govnb.narrative") / "templates"
    data: dict[str, Any] = yaml.safe_load((folder / "index.yaml").read_text(encoding="utf-8"))
    return data


def test_index_and_templates_belong_together() -> None:
    listed = {*index()["sections"].values(), *index()["parts"].values(), index()["otherwise"]}
    assert listed == {name for name in template_sources() if name.endswith(".md.j2")}
    for edition in packaged_editions().values():
        codes = {form.code for form in edition.sections}
        assert set(index()["sections"]) <= codes
        assert {part for form in edition.sections for part in form.parts} <= set(index()["parts"])


def test_templates_name_only_what_they_are_given() -> None:
    given = {*index()["figures"], "year", "last_year", "next_year", "short_name", "authority", "level"}
    given |= {"labels", "numbers", "raised", "earlier"}
    for name, source in template_sources().items():
        assert meta.find_undeclared_variables(own_environment().parse(source)) <= given, name


def named_figures() -> set[str]:
    """Every figure that a template names in full, as id."""
    found = set()
    for source in template_sources().values():
        tree = own_environment().parse(source)
        inner = {id(n.node) for n in tree.find_all((nodes.Getattr, nodes.Getitem))}
        for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
            path = _path(node)
            if id(node) not in inner and path is not None and path.split(".")[0] in index()["figures"]:
                found.add(path)
    return found


def test_every_figure_that_a_template_names_is_one_that_is_counted() -> None:
    """A misspelt id would only leave its clause out; so each is looked up in the example's own figures."""
    workspace = find_workspace(Path(__file__).parents[2])
    counted = {
        figure
        for year in (2020, 2021)
        for figure in open_workpaper("guangzhou-gov-office", year, workspace).catalogue().figures
    }
    groups = {figure.rsplit(".", end)[0] for figure in counted for end in range(1, figure.count(".") + 1)}
    unknown = named_figures() - counted - groups
    # The first is a kind of activity that an agency may add; the second exists where it has set itself a target.
    assert unknown <= {"activities.责任追究"}


def test_our_sandbox_reaches_nothing_either() -> None:
    environment = own_environment()
    term = Term.of_figure(Ink(), {"a.b": Figure("a.b", 3, "")}, "a")
    for wanted in (
        "{{ a.__class__ }}",
        "{{ a.b.value }}",
        "{{ a.figures }}",
        "{{ a.ink }}",
        "{{ a.print }}",
        "{{ nn }}",
    ):
        with pytest.raises(UndefinedError):
            environment.from_string(wanted).render(a=term)
    with pytest.raises(UndefinedError):
        environment.from_string("{{ word.upper() }}").render(word="x")


def test_numerals() -> None:
    assert [numeral(n) for n in (1, 9, 10, 11, 19, 20, 21, 30, 99, 100)] == [
        "一", "九", "十", "十一", "十九", "二十", "二十一", "三十", "九十九", "100",
    ]  # fmt: skip


def test_clause_of_a_ledger() -> None:
    assert clause("一是解读不够。") == "解读不够"
    assert clause("（2）解读不够；") == "解读不够"
    assert clause("3.解读") == "解读"
    assert clause("十二是解读") == "解读"
    assert clause("2021年解读不够") == "2021年解读不够"
