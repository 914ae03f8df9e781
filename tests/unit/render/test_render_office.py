"""DOCX and XLSX read back: tables, styles, numbers, alternative texts."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from decimal import Decimal

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from govnb.render import render
from govnb.render.page import build_page
from govnb.render.workbook import _sheet_name


def word(document):
    return docx.Document(io.BytesIO(render(document, "docx")))


def book(document):
    return openpyxl.load_workbook(io.BytesIO(render(document, "xlsx")))


@pytest.mark.parametrize("year", [2021, 2020])
@pytest.mark.parametrize("script", ["hans", "hant"])
def test_word_tables_cell_by_cell(document, year, script):
    made = document(year, script=script)
    sections = [section for section in build_page(made).sections if section.table]
    tables = word(made).tables
    assert len(tables) == 3
    for table, section in zip(tables, sections, strict=True):
        grid = section.table.grid
        assert (len(table.rows), len(table.columns)) == (grid.rows, grid.columns)
        places = [list(row.cells) for row in table.rows]
        for cell in grid.cells:
            own = places[cell.row][cell.column]
            assert own.text == cell.text
            end = places[cell.row + cell.rowspan - 1][cell.column + cell.colspan - 1]
            assert end._tc is own._tc  # one merged cell, not a blank neighbour
        headers = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert headers == [number < grid.header_rows for number in range(grid.rows)]


def test_word_text_in_real_styles(document):
    made = document(2021)
    page = build_page(made)
    paragraphs = word(made).paragraphs
    styled = [(p.style.name, p.text) for p in paragraphs]
    assert styled[0] == ("Title", "平潭综合实验区管委会\n2021年政府信息公开工作年度报告")
    headings = [text for style, text in styled if style == "Heading 1"]
    assert headings == [*(section.heading for section in page.sections), "附图"]
    assert [text for style, text in styled if style == "Heading 2"] == [
        line.text for section in page.sections for line in section.lines if line.kind == "part"
    ]
    texts = [text for _, text in styled]
    for section in page.sections:
        for line in section.lines:
            assert line.text in texts


def test_word_styles_name_chinese_fonts(document):
    styles = word(document(2021)).styles
    fonts = {
        name: styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Normal", "Heading 1", "Heading 2")
    }
    assert fonts == {"Normal": "仿宋_GB2312", "Heading 1": "黑体", "Heading 2": "楷体_GB2312"}
    assert not any(key.endswith("Theme") for key in styles["Heading 1"].element.rPr.rFonts.attrib)


def test_word_pictures_have_alternative_texts(document, overview, pixel):
    made = document(2021, sections=overview(("image", "示意图", pixel)))
    shapes = word(made).inline_shapes
    assert [shape._inline.docPr.get("descr") for shape in shapes] == [
        "示意图",
        *(c.alt for c in build_page(made).charts),
    ]
    assert all(shape.width <= 156 * 36000 for shape in shapes)
    ids = [shape._inline.docPr.get("id") for shape in shapes]
    assert len(ids) == len(set(ids))


def test_word_properties_are_of_the_report(document):
    properties = word(document(2021)).core_properties
    assert properties.title == "平潭综合实验区管委会2021年政府信息公开工作年度报告"
    assert properties.author == properties.last_modified_by == "平潭综合实验区管委会"
    assert properties.created.replace(tzinfo=None) == datetime(2022, 1, 20)  # noqa: DTZ001
    names = zipfile.ZipFile(io.BytesIO(render(document(2021), "docx"))).namelist()
    assert not any("thumbnail" in name for name in names)


@pytest.mark.parametrize("year", [2021, 2020])
def test_sheets_hold_the_official_grid(document, year):
    made = document(year)
    sections = [section for section in build_page(made).sections if section.table]
    sheets = book(made).worksheets
    for sheet, section in zip(sheets, sections, strict=False):
        grid = section.table.grid
        spans = {str(merged) for merged in sheet.merged_cells.ranges}
        for cell in grid.cells:
            place = sheet.cell(cell.row + 2, cell.column + 1)
            value = place.value
            if cell.key is None:
                assert value == cell.text
            else:
                raw = made.report.tables[grid.table][cell.key[0]][cell.key[1]]
                if isinstance(raw, str):
                    assert value == raw
                else:
                    assert not isinstance(value, str)
                    assert Decimal(repr(value)) == raw
            if cell.rowspan > 1 or cell.colspan > 1:
                end = sheet.cell(cell.row + 1 + cell.rowspan, cell.column + cell.colspan)
                assert f"{place.coordinate}:{end.coordinate}" in spans


def test_amounts_show_all_their_decimals(document):
    sheet = book(document(2021)).worksheets[0]
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value == 24252.311082)
    assert cell.number_format == "0.000000"


def test_what_a_spreadsheet_cannot_hold_exactly_stays_text(document):
    tables = {
        "disclosure": {
            "fees": {"amount": "1234567890.1234567"},
            "licences": {"decisions": 10**17 + 1},
            "penalties": {"decisions": 999999999999999},
        }
    }
    sheet = book(document(2021, tables=tables)).worksheets[0]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "1234567890.1234567" in values
    assert "100000000000000001" in values
    assert 999999999999999 in values


def test_blank_is_blank_and_zero_is_zero(document):
    tables = {"disputes": {"review": {"upheld": None, "corrected": 0}}}
    sheet = book(document(2021, tables=tables)).worksheets[2]
    assert [sheet.cell(5, column).value for column in (1, 2)] == [None, 0]


def test_figures_and_checks_with_formula_like_text(document):
    figure = {"value": 575, "label": "=1+1", "unit": "件", "source": "applications.csv", "rule": "", "rows": 575}
    check = {
        "id": "applications.balance",
        "severity": "error",
        "status": "fail",
        "where": "=cmd|' /C calc'!A0",
        "expected": "3",
        "actual": "4",
        "message": "第一项加第二项之和不等于第三项加第四项之和",
    }
    rate = {"value": "96.4", "label": "满意率", "unit": "%", "exact": True}
    made = document(2021, figures={"applications.received": figure, "rate": rate}, checks=[check])
    opened = book(made)
    assert opened.sheetnames[3:] == ["数据项", "核对结果"]
    rows = list(opened["数据项"].iter_rows(values_only=True))
    assert rows[1] == ("applications.received", "=1+1", 575, "件", "applications.csv", None, 575)
    assert rows[2][:4] == ("rate", "满意率", 96.4, "%")
    assert opened["数据项"]["B2"].data_type == "s"
    checks = list(opened["核对结果"].iter_rows(values_only=True))
    assert checks[1][:4] == ("applications.balance", "错误", "不符", "=cmd|' /C calc'!A0")
    assert opened["核对结果"]["D2"].data_type == "s"


def test_sheet_names_that_spreadsheets_refuse():
    used = set()
    assert _sheet_name("表1　甲[乙]:*?/\\丙", used) == "甲 乙      丙"
    long = "长" * 40
    assert _sheet_name(long, used) == "长" * 31
    assert _sheet_name(long, used) == "长" * 29 + "2"
