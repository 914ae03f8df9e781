"""The reviewer's page of the example: what failed first, each figure with what stands behind it, nothing that runs."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import re
import subprocess
import sys
from itertools import pairwise

import nbformat
import pytest
from bs4 import BeautifulSoup

from govnb.errors import ReportError
from govnb.render import FORMATS, render
from govnb.render.document import Document
from govnb.render.page import build_page
from govnb.render.review_page import ReviewExporter
from govnb.render.study_document import StudyDocument
from govnb.report import MIME
from govnb.script import to_script
from govnb.study import Study

OFFICE, PINGTAN = ("guangzhou-gov-office", 2021), ("pingtan", 2020)


class Seen:
    """A page as parsed, with the shorthands that the tests ask by."""

    def __init__(self, nb):
        self.document = Document.from_notebook(nb)
        self.bytes = render(self.document, "review")
        # Classes as one text, as they are written.
        self.root = BeautifulSoup(self.bytes.decode(), "lxml", multi_valued_attributes=None)
        self.ids = {element["id"]: element for element in self.root.find_all(id=True)}

    def all(self, selector):
        return self.root.select(selector)

    def text(self, selector):
        found = self.all(selector)
        assert len(found) == 1, (selector, len(found))
        return " ".join(found[0].get_text().split())

    def count(self, status):
        return sum(check.status == status for check in self.document.report.checks)

    def by_id(self, name):
        return self.ids[name]


@pytest.fixture(scope="module")
def office(example):
    return Seen(example(*OFFICE))


@pytest.fixture(scope="module")
def pingtan(example):
    return Seen(example(*PINGTAN))


@pytest.fixture(scope="module")
def hant(example):
    nb = example(*OFFICE)
    nb["cells"][-1]["outputs"][-1]["data"][MIME]["script"] = "hant"
    return Seen(nb)


@pytest.fixture(params=["office", "pingtan", "hant"])
def seen(request):
    return request.getfixturevalue(request.param)


# The whole page.


def test_every_link_leads_somewhere_and_no_id_is_there_twice(seen):
    ids = [element["id"] for element in seen.root.find_all(id=True)]
    assert len(ids) == len(set(ids))
    links = [a.get("href") for a in seen.all("a")]
    assert len(links) > 300
    assert {link for link in links if not link.startswith("#")} == set()
    assert {link[1:] for link in links} - {"-"} <= set(ids)


def test_one_h1_and_no_level_is_skipped(seen):
    levels = [int(heading.name[1]) for heading in seen.all("h1,h2,h3,h4,h5,h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_language_landmarks_and_header_scopes(seen, hant):
    assert seen.root.html["lang"] == ("zh-Hant" if seen is hant else "zh-Hans")
    assert [len(seen.all(name)) for name in ("main", "nav", "body > header")] == [1, 1, 1]
    assert seen.all("body > *")[0].get("href") == "#review"
    heads = seen.all("table th")
    assert heads
    assert all(head.get("scope") in ("row", "col", "rowgroup", "colgroup") for head in heads)


def test_nothing_is_fetched_and_only_our_script_may_run(seen):
    scripts = seen.all("script")
    assert len(scripts) == 1
    digest = base64.b64encode(hashlib.sha256(scripts[0].string.encode()).digest()).decode()
    policy = seen.all("meta[http-equiv]")[0].get("content")
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert not re.search(rb"""(?:src|href)=["'](?!#|data:)""", seen.bytes)
    assert not re.search(rb"@import|url\((?!#)|\son\w+=", seen.bytes)


def test_small_enough_to_send_by_mail(office):
    assert len(office.bytes) < 1_000_000


def test_it_is_no_format_that_is_published():
    assert "review" not in FORMATS


# What was checked.


def test_the_state_in_one_line(office, pingtan):
    unknown, passed = office.count("not_assessable"), office.count("pass")
    assert office.text("#state") == f"核对结论：2项提醒，{unknown}项无法核对，{passed}项通过。"
    unknown, passed = pingtan.count("not_assessable"), pingtan.count("pass")
    assert pingtan.text("#state") == f"核对结论：2项错误，{unknown}项无法核对，{passed}项通过。"
    assert "error" in pingtan.by_id("state").get("class")
    assert "warning" in office.by_id("state").get("class")


def test_failed_first_then_what_is_not_assessable_and_passed_is_folded(seen):
    order = [element.get("id") for element in seen.all("#k1, #k2, #unknown, #passed, #report")]
    assert order == ["k1", "k2", "unknown", "passed", "report"]
    assert seen.by_id("passed").name == "details"
    assert seen.by_id("passed").get("open") is None
    results = [len(listed.find_all("li", recursive=False)) for listed in seen.all(".results")]
    assert results == [seen.count("not_assessable"), seen.count("pass")]


def test_errors_before_warnings(example):
    nb = example(*PINGTAN)
    checks = nb["cells"][-1]["outputs"][-1]["data"][MIME]["checks"]
    plain = {"status": "fail", "where": "", "expected": None, "actual": None, "message": "不对。"}
    checks.insert(0, {"id": "text.length", "severity": "information", **plain})
    checks.insert(0, {"id": "text.percent", "severity": "warning", **plain})
    tags = [tag.get_text() for tag in Seen(nb).all(".finding h3 .tag")]
    assert tags == ["错误1", "错误2", "提醒3", "提示4"]


def test_an_identity_is_linked_to_its_cell_and_its_figure(pingtan):
    card = pingtan.by_id("k1").get_text()
    assert "各项办理结果之和等于总计" in card
    assert "国办公开办函〔2019〕60号" in card  # the law of its own form, not of the newest
    assert re.search(r"应为26\s+实为20", card)
    links = [a.get("href") for a in pingtan.all("#k1 .go a")]
    assert links[:2] == ["#c-applications.total.natural_person", "#f-applications.total.natural_person"]
    assert pingtan.by_id(links[-1][1:]).select("code")[0].get_text().startswith("results = govnb.run_checks(")
    cell = pingtan.by_id("c-applications.total.natural_person")
    assert cell.get("class") == "bad"
    assert [a.get("href") for a in cell.select("a")] == ["#f-applications.total.natural_person", "#k1"]


def test_a_contradicted_number_is_linked_to_its_sentence_and_the_cell(office):
    links = [a.get("href") for a in office.all("#k1 .go a")]
    assert links[:3] == ["#p-overview-5", "#c-applications.new.total", "#f-applications.new.total"]
    assert office.text("#k1 blockquote mark") == "新收政府信息公开申请580件"
    sentence = office.by_id("p-overview-5")
    assert [mark.get_text() for mark in sentence.select("mark")] == [
        "新收政府信息公开申请580件"
    ]  # one mark for both checks
    assert [a.get("href") for a in sentence.select("a.flag")] == ["#k1", "#k2", "#f-applications.new.total"]
    assert "表中为575" in sentence.get_text()


def test_a_ledger_check_leads_to_the_step_that_read_the_ledgers(example):
    nb = example(*OFFICE)
    where = "data/guangzhou-gov-office/applications.csv 第7、9行共2行"
    failed = {"id": "ledger.limit", "severity": "warning", "status": "fail", "where": where}
    checks = nb["cells"][-1]["outputs"][-1]["data"][MIME]["checks"]
    checks.insert(0, {**failed, "expected": "0", "actual": "2", "message": f"{where}：超过法定期限答复。"})
    page = Seen(nb)
    assert where in page.by_id("k1").get_text()
    (link,) = [a.get("href") for a in page.all("#k1 .go a")]
    assert "open_workpaper" in page.by_id(link[1:]).get_text()


@pytest.mark.parametrize(
    ("where", "target"),
    [("“总体情况”", "#s-overview"), ("收到和处理政府信息公开申请情况表", "#t2"), ("公布日期", "#published")],
)
def test_a_section_a_table_and_the_date_are_found_by_name(example, where, target):
    nb = example(*OFFICE)
    failed = {"id": "form.sections", "severity": "error", "status": "fail", "where": where}
    checks = nb["cells"][-1]["outputs"][-1]["data"][MIME]["checks"]
    checks.insert(0, {**failed, "expected": None, "actual": None, "message": f"{where}：不对。"})
    assert target in [a.get("href") for a in Seen(nb).all("#k1 .go a")]


def test_a_report_without_a_fault_says_so(example):
    nb = example(*PINGTAN)
    bundle = nb["cells"][-1]["outputs"][-1]["data"][MIME]
    bundle["checks"] = [check for check in bundle["checks"] if check["status"] == "pass"]
    page = Seen(nb)
    assert page.text("#state") == f"核对结论：没有发现不符，0项无法核对，{page.count('pass')}项通过。"
    assert "good" in page.by_id("state").get("class")
    assert "没有发现不符" in page.by_id("failed").get_text()


# The report.


def test_the_text_is_the_published_text(seen):
    for section in build_page(seen.document).sections:
        for number, line in enumerate(section.lines, 1):
            element = copy.copy(seen.by_id(f"p-{section.code}-{number}"))
            for added in element.select(".flag, .note"):
                added.decompose()
            assert "".join(element.get_text().split()) == "".join(line.text.split())


def test_every_cell_shows_its_value_and_opens_its_figure(seen):
    for section in build_page(seen.document).sections:
        if section.table is None:
            continue
        for cell in section.table.grid.cells:
            if cell.key is None:
                continue
            figure = ".".join((section.table.grid.table, *cell.key))
            link = seen.by_id(f"c-{figure}").select("a")[0]
            assert link.get("href") == f"#f-{figure}"
            assert link.get_text() == (cell.text or to_script("空白", seen.document.report.script))
            assert seen.by_id(f"f-{figure}").select(".name b")[0].get_text().startswith(cell.text)


def test_every_cited_number_opens_its_figure(office):
    cites = [cite for section in office.document.report.sections for block in section.blocks for cite in block.cites]
    links = office.all("a.n")
    assert len(links) == len(cites) > 50
    for cite, link in zip(cites, links, strict=True):
        figure = office.document.report.figures[re.sub(r"^(previous|change)\.", "", cite.figure)]
        assert office.by_id(link["href"][1:]).get_text().startswith(figure.label)


def test_what_stands_behind_a_figure(office):
    figure = office.document.report.figures["applications.new.total"]
    assert figure.first_rows == (446, 447, 448, 449, 450)
    said = " ".join(office.by_id("f-applications.new.total").get_text().split())
    assert said.startswith("一、本年新收政府信息公开申请数量（总计）：575件 上年420件，↑增155件（36.9%）")
    for words in (
        "收到日期在2021年内（条例第三十一条）",
        "data/guangzhou-gov-office/applications.csv",
        "575行，最前的是第446、447、448、449、450行",
        "govnb trace guangzhou-gov-office 2021 applications.new.total",
    ):
        assert words in said


def test_a_figure_names_its_parts_and_where_it_is_printed(office):
    entry = office.by_id("f-applications.granted_share")
    parts = [a.get("href") for a in entry.select("a")]
    assert parts[:3] == [
        "#f-applications.granted.total",
        "#f-applications.partial.total",
        "#f-applications.total.total",
    ]
    online = [a.get("href") for a in office.by_id("f-applications.channel.online").select("dd a")]
    assert online == ["#p-overview-5"]


def test_members_of_an_aggregate_are_named_with_their_shares(example):
    nb = example(*PINGTAN)
    figures = nb["cells"][-1]["outputs"][-1]["data"][MIME]["figures"]
    figures["applications.new.total"]["members"] = {"east": 14, "west": 7}
    said = Seen(nb).by_id("f-applications.new.total").get_text()
    assert "east 14（66.7%）、west 7（33.3%）" in said


def test_last_years_figures_are_told_with_this_years(office):
    assert not office.all("[id^='f-previous'], [id^='f-change']")
    small = office.by_id("c-applications.new.total").select("small")[0]
    assert " ".join(small.get_text().split()) == "↑比上年增155 36.9%"
    fewer = office.by_id("c-disputes.review.pending").select("small")[0]
    assert fewer.get_text().startswith("↓比上年减1")
    same = office.by_id("c-disputes.review.corrected")
    assert not same.select("small")
    assert "与上年相同（0宗）" in office.by_id("f-disputes.review.corrected").get_text()
    rows = office.all("table.list tbody tr")
    assert len(rows) == sum(
        figure.value not in (0, None)
        for name, figure in office.document.report.figures.items()
        if name[:7] == "change."
    )


def test_sentences_say_whether_their_numbers_changed(office, pingtan):
    notes = [(note.get_text(), note.get("class")) for note in office.by_id("p-overview-5").select(".note")]
    assert notes == [("较上年有变化", "note changed"), ("与上年相同", "note")]
    assert not pingtan.all(".note")


def test_without_last_year_nothing_is_compared(pingtan):
    assert "没有可比的上年数字" in pingtan.root.get_text()
    assert not pingtan.all("td small, .legend, table.list")


# The steps.


def test_each_step_with_its_code_folded(office, example):
    titles = [heading.get_text() for heading in office.all("#steps ~ h3")]
    assert titles[:3] == ["政府信息公开工作年度报告：工作底稿", "一、资料来源", "二、统计表格"]
    codes = office.all("details.code")
    written = ["".join(cell["source"]) for cell in example(*OFFICE)["cells"] if cell["cell_type"] == "code"]
    assert [code.select("code")[0].get_text() for code in codes] == written[1:]  # without the parameters
    assert all(code.get("open") is None for code in codes)


def test_charts_are_drawn_once(office):
    assert len(office.all("figure svg")) == len(office.all("svg")) == len(office.document.charts) > 0
    links = [a.get("href") for a in office.all("#steps ~ p a")]
    assert links == [f"#chart-{number}" for number in range(1, len(office.document.charts) + 1)]


def test_the_published_page_has_no_code(office):
    assert b"run_checks" in office.bytes
    assert b"run_checks" not in render(office.document, "html")


# Traditional characters.


def test_traditional_pages_are_traditional_throughout(hant):
    text = hant.root.get_text()
    unknown, passed = hant.count("not_assessable"), hant.count("pass")
    assert hant.text("#state") == f"核對結論：2項提醒，{unknown}項無法核對，{passed}項通過。"
    for words in ("點報告中帶下劃線的數字", "統計口徑", "與上年比較", "較上年有變化", "審核頁"):
        assert words in text
    assert hant.text("#k1 blockquote mark") == "新收政府信息公開申請580件"
    assert "個" in hant.all("script")[0].string


def test_names_and_commands_stay_as_they_are(hant):
    said = hant.by_id("f-applications.new.total").get_text()
    assert "data/guangzhou-gov-office/applications.csv" in said
    assert any(
        "govnb trace guangzhou-gov-office 2021 'disclosures.会议实录'" in code.get_text()
        for code in hant.all("dd code")
    )


# Bytes and the exporter.

PROGRAM = """
import hashlib, json, sys
from govnb.render import render
from govnb.render.document import Document
nb = json.loads(sys.stdin.buffer.read())
print(hashlib.sha256(render(Document.from_notebook(nb), "review")).hexdigest())
"""


def test_same_bytes_in_other_surroundings(example, office, tmp_path):
    changed = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONUTF8": "0", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM]
    given = json.dumps(example(*OFFICE)).encode()
    done = subprocess.run(command, input=given, env={**os.environ, **changed}, capture_output=True, check=True)
    assert done.stdout.decode().strip() == hashlib.sha256(office.bytes).hexdigest()
    assert render(office.document, "review") == office.bytes


def test_the_exporter_gives_the_same_page(example, office):
    nb = nbformat.from_dict({**example(*OFFICE), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    made, resources = ReviewExporter().from_notebook_node(nb)
    assert made.encode() == office.bytes
    assert resources["output_extension"] == ".review.html"  # never over the published page


def test_a_study_has_no_review_page():
    study = StudyDocument(Study("office", "甲市", 2021, "申请办理情况"))
    with pytest.raises(ReportError) as caught:
        render(study, "review")
    assert [problem.code for problem in caught.value.problems] == ["render.review"]
