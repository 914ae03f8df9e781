"""The HTML: one escaped, self-contained file whose tables, headings and charts are those of the report."""

from __future__ import annotations

import html
import itertools
import json
import re
from pathlib import Path

import pytest
from lxml import etree
from lxml import html as parser

from govnb.form.grid import build_grid
from govnb.render import render
from govnb.render.page import build_page

TABLES = ("disclosure", "applications", "disputes")


def parse(document):
    return parser.document_fromstring(render(document, "html").decode("utf-8"))


def words(element):
    return re.sub(r"\s+", "", element.text_content())


def covered(table):
    """(row, column) → cell element, with spans spread out; fails where two cells overlap."""
    places = {}
    for row, line in enumerate(table.iter("tr")):
        column = 0
        for cell in line.iterchildren("th", "td"):
            while (row, column) in places:
                column += 1
            for down in range(int(cell.get("rowspan", 1))):
                for right in range(int(cell.get("colspan", 1))):
                    assert (row + down, column + right) not in places
                    places[row + down, column + right] = cell
    return places


@pytest.mark.parametrize("year", [2021, 2020])
@pytest.mark.parametrize("script", ["hans", "hant"])
def test_tables_are_the_reports_cell_by_cell(document, year, script):
    made = document(year, script=script)
    tree = parse(made)
    page = build_page(made)
    tables = tree.findall(".//table")
    assert len(tables) == 3
    for table, section in zip(tables, [s for s in page.sections if s.table], strict=True):
        grid = section.table.grid
        places = covered(table)
        assert set(places) == {(row, column) for row in range(grid.rows) for column in range(grid.columns)}
        for cell in grid.cells:
            element = places[cell.row, cell.column]
            assert element.text_content() == cell.text
            assert element.tag == ("th" if cell.scope else "td")
            assert element.get("scope") == cell.scope
        assert table.find("caption").text == section.table.caption
        assert table.getparent().get("aria-labelledby") == table.find("caption").get("id")


def test_values_name_headers_of_their_own_table(document):
    tree = parse(document(2021))
    for table in tree.findall(".//table"):
        own = {th.get("id"): th for th in table.iter("th")}
        for td in table.iter("td"):
            names = td.get("headers").split()
            assert names
            assert set(names) <= set(own)
    fee = next(td for td in tree.iter("td") if td.text == "24252.311082")
    by_id = {th.get("id"): th.text for th in tree.iter("th")}
    assert [by_id[name] for name in fee.get("headers").split()] == [
        "第二十条第（八）项",
        "本年收费金额（单位：万元）",
        "行政事业性收费",
    ]


def test_repeated_header_rows_stand_in_thead(document):
    tree = parse(document(2021))
    counts = [len(table.findall("thead/tr")) for table in tree.findall(".//table")]
    assert counts == [build_grid(document(2021).edition, table).header_rows for table in TABLES]


def test_one_h1_and_no_level_skipped(document, overview):
    sections = overview(("heading", "甲"), ("part", "（一）乙"), ("heading", "丙"))
    levels = [int(element.tag[1]) for element in parse(document(2021, sections=sections)).iter("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_ids_are_unique_and_every_reference_hits(document):
    tree = parse(document(2021))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        for key in ("aria-labelledby", "aria-describedby", "headers"):
            assert set((element.get(key) or "").split()) <= set(ids)
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.startswith("#")
                assert value[1:] in ids
            for name in re.findall(r"url\(#([^)]+)\)", value):
                assert name in ids


def test_charts_have_names_and_descriptions(document):
    made = document(2021)
    figures = parse(made).findall(".//figure")
    assert len(figures) == 4
    for figure, chart in zip(figures, build_page(made).charts, strict=True):
        svg = figure.find(".//svg")
        assert svg.get("role") == "img"
        assert svg.get("width") is None
        assert svg.get("viewbox") or svg.get("viewBox")
        assert svg.find("title").text == chart.caption == figure.find("figcaption").text
        assert svg.find("desc").text == chart.alt


def test_self_contained_and_small(document):
    data = render(document(2021), "html")
    text = data.decode("utf-8")
    assert len(data) < 300_000
    assert not re.search(r"<script|<iframe|<object|<link|@import|javascript:", text, re.IGNORECASE)
    outside = re.findall(r"""(?:href|src|url)\s*[=(]\s*["']?(?!#|data:)([^"')\s>]+)""", text)
    assert outside == []
    assert re.findall(r"https?://(?!www\.w3\.org/)[^\s\"<]+", text) == []
    assert "default-src 'none'" in html.unescape(text)


def test_no_code_no_cell_and_no_path(document):
    text = render(document(2021), "html").decode("utf-8")
    for secret in ("load(agency", "publish(", "execution_count", "/root", "/work", "/tmp"):
        assert secret not in text


NASTY = "<script>alert('x')</script> & \"引号\" {{ figure }} {% raw %} </style> #set text(red) $x$ @ref"


def test_data_is_never_markup(document, overview):
    sections = overview(NASTY, ("item", NASTY), ("part", NASTY))
    made = document(2021, name=NASTY, sections=sections)
    tree = parse(made)
    assert list(tree.iter("script")) == []
    assert tree.findtext(".//title") == made.report.title
    assert "".join(tree.find(".//h1").itertext()) == made.report.title
    assert [p.text for p in tree.iter("p") if p.text and "alert" in p.text][-1] == NASTY
    assert tree.findtext(".//li") == NASTY
    assert tree.findtext(".//h3") == NASTY


def test_pictures_are_inside(document, overview, pixel):
    tree = parse(document(2021, sections=overview(("image", "示意图", pixel))))
    (image,) = tree.iter("img")
    assert image.get("alt") == "示意图"
    assert image.get("src") == pixel


def test_language_and_script(document):
    assert parse(document(2021)).get("lang") == "zh-Hans"
    tree = parse(document(2021, script="hant"))
    assert tree.get("lang") == "zh-Hant"
    assert "屬於國家秘密" in words(tree)


def test_thirty_charts_stay_under_three_megabytes(notebook):
    from govnb.render.document import SVG, Document

    nb = notebook(2021)
    chart = next(cell for cell in nb["cells"] if any(SVG in out["data"] for out in cell.get("outputs", ())))
    nb["cells"][1:1] = [json.loads(json.dumps(chart)) for _ in range(26)]
    made = Document.from_notebook(nb)
    assert len(made.charts) == 30
    data = render(made, "html")
    assert len(data) < 3_000_000
    ids = re.findall(r'\bid="([^"]+)"', data.decode("utf-8"))
    assert len(ids) == len(set(ids))
    assert render(made, "pdf").startswith(b"%PDF-1.7")


def test_golden(document, repository):
    """The whole file for 2020, as reviewed; ``python tests/golden/render/make.py`` writes it anew."""
    expected = (Path(repository) / "tests/golden/render/report-2020.html").read_text(encoding="utf-8")
    assert render(document(2020), "html").decode("utf-8") == expected


def test_well_formed_enough_for_an_xml_reader(document):
    """No unclosed element: what browsers repair silently, other readers of published reports do not."""
    text = render(document(2021), "html").decode("utf-8")
    body = text[text.index("<main") : text.index("</main>") + 7].replace("&nbsp;", " ")
    body = re.sub(r"<(col|img)\b([^>]*)>", r"<\1\2/>", body)
    etree.fromstring(body)
