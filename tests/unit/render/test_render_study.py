"""A study in every format: its parts in order, heads with scopes, marked as internal, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import unicodedata
import zipfile
from decimal import Decimal
from typing import Any

import docx
import openpyxl
import pdfplumber
import pikepdf
import pytest
from lxml import html

from govnb.errors import ReportError
from govnb.render import FORMATS, render
from govnb.render.page import build_page
from govnb.render.study_document import StudyDocument, read_document
from govnb.render.study_page import numeral
from govnb.report import MIME as REPORT
from govnb.side_by_side import Measure, draw_side_by_side
from govnb.study import MIME, Study, StudyPart, StudyTable

NOTICE = "内部资料　不对外公开"
CHART = draw_side_by_side("side", "两个单位", ["甲局", "乙局"], [Measure("新收", "件", [3, None])])
ROWS = (("=甲局", 3, Decimal("8.5"), None), ("乙局<script>", 12_000_000, Decimal("100.0"), 0))
STUDY = Study(
    "total",
    "甲市人民政府",
    2021,
    "各单位政府信息公开工作比较",
    parts=(
        StudyPart(
            "申请数量", ("共新收12000003件。", "另一段。"), StudyTable("数量", ("单位", "新收", "用时", "超期"), ROWS)
        ),
        StudyPart("并列", ("见图。",), None, "side"),
        StudyPart("没有数据", ("没有。",)),
    ),
)


def notebook(study: Any, *, shown: bool = True, run: bool = True, more: tuple[Any, ...] = ()) -> dict[str, Any]:
    """An executed notebook that shows the chart and publishes ``study``."""
    data, metadata = CHART._repr_mimebundle_()
    outputs = [{"output_type": "display_data", "data": data, "metadata": metadata}] if shown else []
    bundle = {"output_type": "execute_result", "data": {MIME: study}, "metadata": {}}
    cells = [[*outputs], [bundle], *([output] for output in more)]
    return {
        "cells": [
            {
                "cell_type": "code",
                "source": "x",
                "execution_count": at if run else None,
                "outputs": made,
                "metadata": {},
            }
            for at, made in enumerate(cells, 1)
        ]
    }


@pytest.fixture(scope="module")
def document() -> StudyDocument:
    made = read_document(notebook(STUDY.to_json()))
    assert isinstance(made, StudyDocument)
    return made


@pytest.fixture(scope="module")
def made(document: StudyDocument) -> dict[str, bytes]:
    return {form: render(document, form) for form in FORMATS}


def test_a_study_survives_json_with_exact_numbers() -> None:
    again = Study.from_json(json.loads(json.dumps(STUDY.to_json())))
    assert again == STUDY
    table = again.parts[0].table
    assert table is not None
    assert [type(value) for value in table.rows[0]] == [str, int, Decimal, type(None)]


def test_the_html_has_parts_in_order_and_heads_with_scopes(made: dict[str, bytes]) -> None:
    page = html.fromstring(made["html"].decode())
    assert page.xpath("string(//p[@class='notice'])") == NOTICE
    assert page.xpath("string(//h1)") == "甲市人民政府2021年各单位政府信息公开工作比较"
    assert [head.text for head in page.iter("h2")] == ["一、申请数量", "二、并列", "三、没有数据"]
    assert [cell.get("scope") for cell in page.xpath("//thead//th")] == ["col"] * 4
    assert [cell.text for cell in page.xpath("//tbody//th[@scope='row']")] == ["=甲局", "乙局<script>"]
    cells = [[cell.text for cell in row.iter("td")] for row in page.xpath("//tbody/tr")]
    assert cells == [["3", "8.5", "—"], ["12000000", "100.0", "0"]]
    ids = {cell.get("id") for cell in page.iter("th")}
    assert all(set(cell.get("headers").split()) <= ids for cell in page.iter("td"))
    [drawing] = page.xpath("//figure//*[local-name()='svg']")
    assert drawing.get("role") == "img"
    assert "乙局没有数据" in page.xpath("string(//*[local-name()='desc'])")
    assert page.xpath("//section[2]//figure")
    assert not page.xpath("//script")


def bare(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def test_the_pdf_is_tagged_and_says_on_every_page_that_it_is_internal(made: dict[str, bytes]) -> None:
    with pdfplumber.open(io.BytesIO(made["pdf"])) as opened:
        texts = [bare(page.extract_text()) for page in opened.pages]
        tables = [table for page in opened.pages for table in page.extract_tables() if len(table) > 2]
    assert all(text.startswith(bare(NOTICE)) for text in texts)
    assert bare("共新收12000003件。") in "".join(texts)
    assert [[bare(cell or "") for cell in row] for row in tables[0]] == [
        ["单位", "新收", "用时", "超期"],
        ["=甲局", "3", "8.5", "—"],
        ["乙局<script>", "12000000", "100.0", "0"],
    ]
    with pikepdf.open(io.BytesIO(made["pdf"])) as opened:
        assert str(opened.Root.Lang) == "zh-Hans"
        metadata = opened.Root.Metadata.read_bytes().decode()
        assert "<pdfuaid:part>1<" in metadata
        heads = [element for element in _walk(opened.Root.StructTreeRoot.K) if element.get("/S") == "/TH"]
        scopes = [str(element.A.Scope) for element in heads]
        [figure] = [element for element in _walk(opened.Root.StructTreeRoot.K) if element.get("/S") == "/Figure"]
        assert "乙局没有数据" in str(figure.Alt)
    assert scopes == ["/Column"] * 4 + ["/Row"] * 2


def _walk(node: Any) -> Any:
    for child in list(node) if isinstance(node, pikepdf.Array) else [node]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            if "/K" in child:
                yield from _walk(child.K)


def test_the_word_file_has_the_same_text_table_and_mark(made: dict[str, bytes]) -> None:
    word = docx.Document(io.BytesIO(made["docx"]))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert (
        texts.index("一、申请数量")
        < texts.index("二、并列")
        < texts.index("图1　两个单位")
        < texts.index("三、没有数据")
    )
    assert word.sections[0].header.paragraphs[0].text == NOTICE
    [table] = word.tables
    assert [cell.text for cell in table.rows[1].cells] == ["=甲局", "3", "8.5", "—"]
    with zipfile.ZipFile(io.BytesIO(made["docx"])) as archive:
        assert "乙局没有数据" in archive.read("word/document.xml").decode()


def test_the_workbook_holds_numbers_and_the_text_on_its_first_sheet(made: dict[str, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(made["xlsx"]))
    assert book.sheetnames == ["说明", "数量"]
    first, table = book.worksheets
    assert NOTICE in [cell.value for cell in first["A"]]
    assert "共新收12000003件。" in [cell.value for cell in first["A"]]
    assert [cell.value for cell in table[3]] == ["=甲局", 3, 8.5, None]
    assert [cell.value for cell in table[4]] == ["乙局<script>", 12_000_000, 100, 0]
    assert table["C4"].number_format == "0.0"
    assert NOTICE in table.oddHeader.left.text


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_study_gives_the_same_bytes(form: str, document: StudyDocument, made: dict[str, bytes]) -> None:
    assert render(document, form) == made[form]


def test_traditional_characters_reach_every_printed_word() -> None:
    study = {**STUDY.to_json(), "script": "hant", "name": "甲市人民政府办公厅"}
    page = build_page(read_document(notebook(study)))
    assert page.lang == "zh-Hant"
    assert page.notice == "內部資料　不對外公開"
    assert [section.heading for section in page.sections] == ["一、申請數量", "二、並列", "三、沒有數據"]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (notebook(STUDY.to_json(), shown=False), "render.chart"),
        (notebook(STUDY.to_json(), run=False), "render.not_run"),
        (notebook({}), "render.bundle"),
        (notebook("nothing"), "render.bundle"),
        (notebook({**STUDY.to_json(), "year": "soon"}), "render.bundle"),
        (notebook({**STUDY.to_json(), "parts": [{"title": "x", "lines": [], "chart": None, "table":
                                                 {"caption": "", "heads": ["a", "b"], "rows": [["x"]]}}]}),
         "render.bundle"),
    ],
)  # fmt: skip
def test_a_study_that_is_not_whole_is_refused(made: dict[str, Any], code: str) -> None:
    with pytest.raises(ReportError) as caught:
        read_document(made)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_a_study_never_stands_for_the_report(document: StudyDocument) -> None:
    assert document.checks == ()
    with pytest.raises(ReportError, match=r"年度报告|annual|study"):
        document.report_json()


def test_a_notebook_that_publishes_a_report_too_is_the_report_s() -> None:
    report = {"output_type": "execute_result", "data": {REPORT: {"edition": 1}}, "metadata": {}}
    with pytest.raises(ReportError) as caught:
        read_document(notebook(STUDY.to_json(), more=(report,)))
    assert caught.value.problems[0].code == "render.edition"


def test_parts_are_numbered_as_chinese_headings_are() -> None:
    assert [numeral(number) for number in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]


def test_a_part_shows_its_table_and_its_chart_in_a_notebook() -> None:
    """Two outputs of one cell: the chart must be an output of its own, or rendering would not find it."""
    code = (
        "import json, pandas as pd\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "from IPython.utils.capture import capture_output\n"
        "from govnb.charts import Chart\nfrom govnb.studies.part import Part\n"
        "shell = InteractiveShell.instance()\n"
        "table = pd.DataFrame({'件数': [1, None]}, index=['甲', '乙'])\n"
        "part = Part('题', ['句<b>。'], table, '表', Chart('c', 'n', 'alt', '<svg/>'))\n"
        "with capture_output() as captured:\n    part._ipython_display_()\n"
        "print(json.dumps([dict(output.data) for output in captured.outputs], ensure_ascii=False))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    text, chart = json.loads(done.stdout.splitlines()[-1])
    assert "<p>句&lt;b&gt;。</p>" in text["text/html"]
    assert '<th scope="row">甲</th><td>1</td>' in text["text/html"]
    assert "<td>—</td>" in text["text/html"]
    assert chart["image/svg+xml"] == "<svg/>"
