"""Result pages and the work list: what they say, that it is safe to open, and that the bytes depend on nothing else."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from lxml import html as lxml_html

from govnb.audit.auditing import Audited, unreadable_result
from govnb.audit.remarks import Finding, Remark
from govnb.audit.result_page import INDEX, Entry, Judged, Pages, page_name, write_pages
from govnb.audit.worklist import render_worklist
from govnb.checks.cells import cell_name
from govnb.checks.model import Evidence, Result
from govnb.checks.places import FormPlaces
from govnb.checks.registry import run_checks
from govnb.errors import Text
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.sections import Block, Section
from tests.layouts import read_sample

EDITIONS = packaged_editions()
EVIL = '<script>alert(1)</script>"\'=HYPERLINK("http://x")\x1b[31m\u202e'


def judged(year: int = 2020, *more: Finding, file: str = "in/pingtan-2020.html") -> Judged:
    """A sample with what the checks of its tables find."""
    sample = read_sample(year)
    sections = tuple(
        Section(form.code, form.title, tuple(Block("paragraph", text) for text in sample.sections.get(form.code, ())))
        for form in sample.edition.sections
    )
    evidence = Evidence(year=year, edition=sample.edition, tables=sample.values, sections=sections)
    results = run_checks(evidence)
    name = sample.title.partition(str(year))[0]
    audited = Audited(file, name, year, sample.edition.number, sample.values, sections, tuple(results))
    found = tuple(Finding(result) for result in results if result.status == "fail")
    return Judged(audited, (*found, *more))


def evil() -> Judged:
    result = Result("text.sum", "error", "fail", EVIL, Text(EVIL, EVIL), EVIL, EVIL)
    section = Section("overview", EVIL, (Block("paragraph", EVIL),))
    audited = Audited(f"in/{EVIL}.html", EVIL, 2021, 2021, {"disputes": {EVIL: {EVIL: EVIL}}}, (section,), (result,))
    return Judged(audited, (Finding(result, Remark("text.sum", "confirmed", note=EVIL, by=EVIL)),))


def parsed(content: bytes) -> lxml_html.HtmlElement:
    return lxml_html.fromstring(content.decode())


def test_wrong_cells_are_marked_in_words_and_linked_to_their_finding() -> None:
    page = parsed(Pages(EDITIONS).report(judged(), 1))
    marked = page.xpath("//td[@class='marked']")
    assert [cell.get("id") for cell in marked] == [
        "c-applications-total-natural_person",
        "c-applications-total-total",
    ]
    for number, cell in enumerate(marked, 1):
        [link] = cell.xpath("a")
        assert link.get("aria-label") == f"见问题{number}"
        assert link.text == f"▲{number}"
        [finding] = page.xpath(f"//article[@id='{link.get('href')[1:]}']")
        assert f"#{cell.get('id')}" in finding.xpath(".//a/@href")
        assert "applications.results" in finding.text_content()


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_every_published_value_stands_in_its_cell(year: int) -> None:
    page = parsed(Pages(EDITIONS).report(judged(year), 1))
    sample = read_sample(year)
    for table in TABLES:
        for row, columns in sample.edition.rows(table).items():
            for column in columns:
                [cell] = page.xpath(f"//td[@id='c-{table}-{row.replace('.', '-')}-{column}']")
                assert (cell.text or "") == str(sample.values[table][row][column])


def test_the_sentence_stands_beside_the_finding() -> None:
    where = "“总体情况”第2段"
    found = Finding(Result("text.sum", "warning", "fail", where, Text("不符。", "differs."), "21", "20"))
    page = parsed(Pages(EDITIONS).report(judged(2020, found), 1))
    sentence = read_sample(2020).sections["overview"][1]
    article = page.xpath("//article")[-1]
    assert article.xpath("string(blockquote)") == sentence
    paragraph = page.xpath("//p[@class='marked']")[-1]
    assert paragraph.text == sentence
    assert paragraph.xpath("a/@href") == [f"#{article.get('id')}"]
    assert f"#{paragraph.get('id')}" in article.xpath(".//a/@href")


def test_a_cell_that_a_message_names_is_marked_too() -> None:
    edition = EDITIONS[2021]
    name = cell_name(edition, "applications", "new", "total")
    result = Result("text.table", "warning", "fail", "“总体情况”第1段", Text(f"{name}为70。", ""))
    assert FormPlaces.of(edition).cells_of(result, edition) == (("applications", "new", "total"),)


@pytest.mark.parametrize("number", sorted(EDITIONS))
def test_every_cell_is_found_again_by_its_name(number: int) -> None:
    edition = EDITIONS[number]
    places = FormPlaces.of(edition)
    for table in TABLES:
        for row, columns in edition.rows(table).items():
            for column in columns:
                result = Result("x", "error", "fail", cell_name(edition, table, row, column), Text("", ""))
                assert (table, row, column) in places.cells_of(result, edition)
                assert len(places.cells_of(result, edition)) == 1


def test_findings_come_first_and_dismissed_ones_stay_visible() -> None:
    result = Result("a.b", "error", "fail", "某处", Text("说明。", ""))
    found = Finding(result, Remark("a.b", "dismissed", note="原件如此", by="王"))
    content = Pages(EDITIONS).report(judged(2021, found), 1).decode()
    assert content.index("原件如此") < content.index("<table")
    assert "已排除" in parsed(content.encode()).xpath("string(//article)")


def test_pages_are_valid_for_readers_and_need_nothing_from_outside() -> None:
    for content in (Pages(EDITIONS).report(judged(), 1), Pages(EDITIONS).report(evil(), 2)):
        page = parsed(content)
        assert len(page.xpath("//h1")) == 1
        assert page.get("lang") == "zh-Hans"
        assert page.xpath("//script | //img | //link | //iframe | //*[@onclick] | //@src") == []
        assert not re.search(r"(?:href|src)=[\"']?https?:|@import|url\(", content.decode())
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        for target in page.xpath("//a[starts-with(@href, '#')]/@href"):
            assert target[1:] in ids
        for cell in page.xpath("//td[@headers]"):
            assert set(cell.get("headers").split()) <= set(ids)
        assert b"default-src 'none'" in content
        assert b"prefers-color-scheme:dark" in content


def test_what_a_published_page_holds_is_text_here() -> None:
    text = Pages(EDITIONS).report(evil(), 1).decode() + Pages(EDITIONS).index([Entry.of(evil(), 1)]).decode()
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_index_has_the_gravest_first(tmp_path: Path) -> None:
    broken = Audited("in/b.pdf", checks=(unreadable_result(Text("文件是空的", "the file is empty")),))
    reports = [
        judged(2021, file="in/clean.html"),
        Judged(broken, (Finding(broken.checks[0]),)),
        judged(2020, file="in/two errors.html"),
    ]
    write_pages(tmp_path, "out", Pages(EDITIONS), reports)
    index = parsed(tmp_path.joinpath(INDEX).read_bytes())
    links = index.xpath("//tbody//th/a/@href")
    assert links == ["0003-two-errors.html", "0002-b.html", "0001-clean.html"]
    assert all(tmp_path.joinpath(link).is_file() for link in links)
    assert index.xpath("//tbody/tr[1]/td[1]")[0].text_content() == "错误"


def test_pages_of_an_earlier_audit_go_and_nothing_else(tmp_path: Path) -> None:
    write_pages(tmp_path, "out", Pages(EDITIONS), [judged(), judged(2021, file="b.html")])
    tmp_path.joinpath("notes.txt").touch()
    write_pages(tmp_path, "out", Pages(EDITIONS), [judged()])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001-pingtan-2020.html", INDEX, "notes.txt"]


@pytest.mark.parametrize("file", ["../../x.html", "a/..", "平潭 2020.html", "a\\b\\c.pdf", ".html", "x" * 300, ""])
def test_a_page_has_a_plain_name_in_the_folder(file: str) -> None:
    name = page_name(file, 7)
    assert re.fullmatch(r"0007-[\w.-]*\.html", name)
    assert len(name) < 80


def test_the_same_results_give_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for language, zone in (("zh_CN.UTF-8", "Asia/Shanghai"), ("C", "UTC")):
        monkeypatch.setenv("LC_ALL", language)
        monkeypatch.setenv("TZ", zone)
        found.append((Pages(EDITIONS).report(judged(), 1), render_worklist([judged(), evil()])))
    assert found[0] == found[1]


def test_the_work_list_has_a_row_a_finding() -> None:
    book = openpyxl.load_workbook(io.BytesIO(render_worklist([judged(), judged(2021), evil()])))
    sheet = book["问题清单"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[4] for row in rows] == [f.result.id for j in (judged(), judged(2021), evil()) for f in j.findings]
    assert rows[0][:4] == ["in/pingtan-2020.html", "平潭综合实验区", 2020, "错误"]
    assert (rows[0][6], rows[0][7], rows[0][11]) == ("26", "20", "待核")
    assert [cell.value for cell in book["文件清单"]["A"]][1:] == ["in/pingtan-2020.html"] * 2 + [rows[-1][0]]


def test_the_work_list_holds_no_formula() -> None:
    content = render_worklist([evil(), replace(judged())])
    book = openpyxl.load_workbook(io.BytesIO(content))
    for sheet in book:
        assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet for cell in row)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
