"""The PDF read back: text, table cells, tags, fonts, bookmarks, metadata, pages."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
import subprocess
import unicodedata

import pdfplumber
import pikepdf
import pytest
from fontTools.ttLib import TTFont

from govnb.errors import ReportError
from govnb.form.grid import build_grid
from govnb.render import render
from govnb.render.fonts import packaged_fonts, read_fonts
from govnb.render.page import build_page
from govnb.render.typeset import pieces


def bare(text):
    """Without white space: Typst puts some between Chinese and figures, and lines break anywhere."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def elements(node):
    for child in node if isinstance(node, pikepdf.Array) else [node]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            if "/K" in child:
                yield from elements(child.K)


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def pdf(document, made):
    """``pdf(2021, …)``: the bytes, rendered once a module for the same arguments."""

    def make(year=2021, **replaced):
        key = (year, repr(replaced))
        if key not in made:
            made[key] = render(document(year, **replaced), "pdf")
        return made[key]

    return make


def read_tables(data, page_numbers=False):
    found = []
    with pdfplumber.open(io.BytesIO(data)) as opened:
        for number, page in enumerate(opened.pages, 1):
            for table in page.extract_tables():
                if len(table) > 3 and any(cell for row in table for cell in row):
                    found.append((number, table) if page_numbers else table)
    return found


@pytest.mark.parametrize("year", [2021, 2020])
@pytest.mark.parametrize("script", ["hans", "hant"])
def test_table_cells_read_back_equal(document, pdf, year, script):
    page = build_page(document(year, script=script))
    grids = [section.table.grid for section in page.sections if section.table]
    tables = read_tables(pdf(year, script=script))
    assert len(tables) == 3
    for table, grid in zip(tables, grids, strict=True):
        assert (len(table), len(table[0])) == (grid.rows, grid.columns)
        for cell in grid.cells:
            assert bare(table[cell.row][cell.column] or "") == bare(cell.text), cell


@pytest.mark.parametrize("year", [2021, 2020])
def test_every_table_is_whole_on_a_page_under_its_heading(document, pdf, year):
    page = build_page(document(year))
    tables = read_tables(pdf(year), page_numbers=True)
    sections = [section for section in page.sections if section.table]
    assert len(tables) == len(sections)
    with pdfplumber.open(io.BytesIO(pdf(year))) as opened:
        for (number, table), section in zip(tables, sections, strict=True):
            assert len(table) == section.table.grid.rows
            text = bare(opened.pages[number - 1].extract_text())
            assert bare(section.heading) in text
            assert bare(section.table.caption) in text


@pytest.mark.parametrize("script", ["hans", "hant"])
def test_text_reads_back_equal(document, pdf, program, tmp_path, script):
    pdftotext = program("pdftotext", package="poppler-utils")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(2021, script=script))
    done = subprocess.run([pdftotext, "-raw", path, "-"], check=True, capture_output=True)
    text = re.sub(r"—\d+—", "", bare(done.stdout.decode("utf-8")))
    for section in build_page(document(2021, script=script)).sections:
        assert bare(section.heading) in text
        for line in section.lines:
            assert bare(line.text) in text


def test_rare_and_traditional_characters(document, pdf, overview, program, tmp_path):
    """㐀, 𠮷, 臺 and full-width brackets come out as they went in, not as look-alikes."""
    rare = "张㐀、李𠮷、臺（）〔〕“”—·①龑堃㼆𠅤喆赟䶮㛃镕"
    pdftotext = program("pdftotext", package="poppler-utils")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(2021, sections=overview(rare)))
    done = subprocess.run([pdftotext, path, "-"], check=True, capture_output=True)
    assert rare in re.sub(r"\s+", "", done.stdout.decode("utf-8"))


def test_a_character_without_a_font_is_an_error_that_names_it(document, overview):
    with pytest.raises(ReportError) as caught:
        render(document(2021, sections=overview("笑脸🙂和한글，🙂")), "pdf")
    assert [problem.code for problem in caught.value.problems] == ["render.glyph"] * 3
    first = caught.value.problems[0]
    assert "🙂" in first.what.zh
    assert "U+1F642" in first.what.zh
    assert "一、总体情况" in first.what.zh
    assert "fonts/" in first.fix.zh


def test_fonts_are_ours_and_embedded(pdf):
    with pikepdf.open(io.BytesIO(pdf(2021))) as opened:
        names = set()
        for item in opened.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                assert "/FontFile3" in item or "/FontFile2" in item
                names.add(str(item.FontName).partition("+")[2])
    assert names == {"NotoSerifSC-Regular-Identity-H", "NotoSansSC-Regular-Identity-H"} or names == {
        "NotoSerifSC-Regular",
        "NotoSansSC-Regular",
    }


def test_standards_language_title_and_dates(pdf):
    with pikepdf.open(io.BytesIO(pdf(2021))) as opened:
        xmp = opened.Root.Metadata.read_bytes().decode("utf-8")
        assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
        assert "<pdfaid:part>2</pdfaid:part>" in xmp
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
        assert "<rdf:li>zh-Hans</rdf:li>" in xmp
        assert str(opened.Root.Lang) == "zh-Hans"
        assert opened.Root.MarkInfo.Marked
        assert opened.Root.ViewerPreferences.DisplayDocTitle
        assert "/OutputIntents" in opened.Root
        assert str(opened.docinfo.Title) == "平潭综合实验区管委会2021年政府信息公开工作年度报告"
        assert str(opened.docinfo.Author) == "平潭综合实验区管委会"
        assert str(opened.docinfo.CreationDate) == "D:20220120000000Z"
        assert [round(float(x)) for x in opened.pages[0].MediaBox] == [0, 0, 595, 842]
    with pikepdf.open(io.BytesIO(pdf(2020, script="hant"))) as opened:
        assert str(opened.Root.Lang) == "zh-Hant"
        assert str(opened.docinfo.CreationDate) == "D:20210131000000Z"


def test_bookmarks_are_sections_and_parts(document, pdf):
    with pikepdf.open(io.BytesIO(pdf(2021))) as opened, opened.open_outline() as outline:
        tree = [(item.title, [child.title for child in item.children]) for item in outline.root]
    page = build_page(document(2021))
    expected = [
        (section.heading, [line.text for line in section.lines if line.kind == "part"]) for section in page.sections
    ]
    assert tree == [*expected, ("附图", [])]


@pytest.mark.parametrize("year", [2021, 2020])
def test_tags_of_tables_are_those_of_the_form(document, pdf, year):
    form = document(year).edition
    with pikepdf.open(io.BytesIO(pdf(year))) as opened:
        tables = [item for item in elements(opened.Root.StructTreeRoot.K) if item.S == "/Table"]
        for table, name in zip(tables, ("disclosure", "applications", "disputes"), strict=True):
            rows = [item for item in elements(table.K) if item.S == "/TR"]
            lines = build_grid(form, name).by_row()
            assert len(rows) == len(lines)
            for row, line in zip(rows, lines, strict=True):
                cells = [item for item in elements(row.K) if item.S in ("/TH", "/TD")]
                assert [str(cell.S) for cell in cells] == ["/TH" if cell.scope else "/TD" for cell in line]
                for element, cell in zip(cells, line, strict=True):
                    if cell.scope:
                        wanted = "/Row" if cell.scope in ("row", "rowgroup") else "/Column"
                        assert str(element.A.Scope) == wanted
                        assert element.A.get("/ColSpan", 1) == cell.colspan
                        assert element.A.get("/RowSpan", 1) == cell.rowspan


def test_charts_are_figures_with_their_alternative_text(document, pdf):
    with pikepdf.open(io.BytesIO(pdf(2021))) as opened:
        alts = [str(item.Alt) for item in elements(opened.Root.StructTreeRoot.K) if item.S == "/Figure"]
    assert alts == [chart.alt for chart in build_page(document(2021)).charts]


def test_headings_skip_no_level_and_lists_are_lists(pdf):
    with pikepdf.open(io.BytesIO(pdf(2021))) as opened:
        tags = [str(item.S) for item in elements(opened.Root.StructTreeRoot.K)]
    levels = [int(tag[2]) for tag in tags if re.fullmatch(r"/H\d", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert tags.count("/LI") == 3
    assert "/Lbl" not in tags
    assert tags.count("/Title") == 1


def test_page_numbers_as_gbt_9704_has_them(pdf):
    with pdfplumber.open(io.BytesIO(pdf(2021))) as opened:
        for number, page in enumerate(opened.pages, 1):
            assert bare(page.extract_text()).endswith(f"—{number}—")
            last = [char for char in page.chars if char["text"] == str(number)][-1]
            assert (last["x0"] > page.width / 2) == (number % 2 == 1)


def test_lines_and_characters_as_gbt_9704_has_them(pdf):
    """A full page of text has 22 lines, a full line 28 characters."""
    with pdfplumber.open(io.BytesIO(pdf(2021))) as opened:
        page = opened.pages[1]
        tops = sorted({round(char["bottom"]) for char in page.chars if char["size"] > 15})
        assert len(tops) <= 22
        steps = [after - before for before, after in itertools.pairwise(tops)]
        assert all(abs(step - 28.9) < 1.5 for step in steps)
        # A closing mark is squeezed to half at a line's end, its glyph box isn't.
        letters = [char for char in page.chars if char["text"].isalnum()]
        left, right = min(char["x0"] for char in letters), max(char["x1"] for char in letters)
        assert left > 26 * 72 / 25.4 - 1
        assert right < page.width - 26 * 72 / 25.4 + 1
        assert 27.5 < (page.width - 54 * 72 / 25.4) / 15.75 < 28.5


NASTY = '#set page(width: 1pt) $x^2$ *粗* _斜_ @参考 <标签> \\ `码` // 注 [方] {花} "引" = 一 - 二 + 三 / 四: 五'


def test_data_is_never_markup(document, pdf, overview, program, tmp_path):
    pdftotext = program("pdftotext", package="poppler-utils")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(2021, sections=overview(NASTY, ("part", NASTY), ("item", NASTY))))
    text = bare(subprocess.run([pdftotext, path, "-"], check=True, capture_output=True).stdout.decode("utf-8"))
    assert text.count(bare(NASTY)) == 3


def test_pictures_of_the_narrative(pdf, overview, pixel):
    svg = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E%3Cpath d='M0 0h9v9z'/%3E%3C/svg%3E"
    drawing = f"data:image/svg+xml,{svg}"
    data = pdf(2021, sections=overview(("image", "示意图", pixel), ("image", "流程图", drawing)))
    with pikepdf.open(io.BytesIO(data)) as opened:
        alts = [str(item.Alt) for item in elements(opened.Root.StructTreeRoot.K) if item.S == "/Figure"]
    assert alts[:2] == ["示意图", "流程图"]


def test_a_drawing_that_typst_refuses_is_an_error_without_paths(document):
    """And the compiler is still usable after it."""
    made = document(2021)
    chart = dataclasses.replace(made.charts[0], svg='<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>')
    with pytest.raises(ReportError) as caught:
        render(dataclasses.replace(made, charts=(chart,)), "pdf")
    (problem,) = caught.value.problems
    assert problem.code == "render.typst"
    assert not re.search(r"/\w+/|\.typ", problem.text().en)
    assert render(made, "pdf").startswith(b"%PDF")


def test_a_form_longer_than_a_page_loses_no_row(document):
    """An own edition may have more rows than A4: its table goes on, with its header on the next page."""
    made = document(2021)
    form = made.edition.applications
    rows = {}
    for code, label in form.rows.items():
        rows[code] = label
        if code == "denied.state_secret":
            rows.update({f"denied.extra{number}": f"附加情形{number}号" for number in range(40)})
    edition = dataclasses.replace(made.edition, applications=dataclasses.replace(form, rows=rows))
    data = render(dataclasses.replace(made, edition=edition), "pdf")
    with pdfplumber.open(io.BytesIO(data)) as opened:
        texts = [bare(page.extract_text()) for page in opened.pages]
    assert all(any(f"附加情形{number}号" in text for text in texts) for number in range(40))
    assert sum("申请人情况" in text for text in texts) >= 2


def test_qpdf_finds_no_fault(pdf, program, tmp_path):
    qpdf = program("qpdf", package="qpdf")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf(2021))
    done = subprocess.run([qpdf, "--check", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class Label:
    def __init__(self, text):
        self.text = text


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("自然人", 3, ["自然人"]),
        ("商业企业", 3, ["商业", "企业"]),
        ("社会公益组织", 4, ["社会公", "益组织"]),
        ("（三）不予公开", 4, ["（三）", "不予公开"]),
        ("三、本年度", 1, ["三、", "本", "年", "度"]),
        ("一二三四五六七八九十", 2, ["一二三四五六七八九十"]),
    ],
)
def test_narrow_labels_break_where_they_read_well(text, room, expected):
    assert pieces(Label(text), room) == expected
    assert "".join(expected) == text


def test_the_fonts_are_known_to_have_the_characters_that_they_have():
    book = read_fonts(None)
    assert len(packaged_fonts()) == len(book.coverage)
    for file in packaged_fonts():
        with TTFont(file) as font:
            assert book.coverage[font["name"].getBestFamilyName()] == set(font.getBestCmap())
