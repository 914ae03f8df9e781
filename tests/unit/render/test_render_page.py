"""The page that all formats draw: order, heading levels, script, widths, and which headers a value has."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.form.edition import packaged_editions
from govnb.form.grid import build_grid
from govnb.render.page import build_page, column_widths, headers_of
from govnb.script import to_script

TABLES = [(number, table) for number in (2019, 2021) for table in ("disclosure", "applications", "disputes")]


def test_six_sections_with_their_tables(document):
    page = build_page(document(2021))
    assert [section.heading for section in page.sections] == [
        "一、总体情况",
        "二、主动公开政府信息情况",
        "三、收到和处理政府信息公开申请情况",
        "四、政府信息公开行政复议、行政诉讼情况",
        "五、存在的主要问题及改进情况",
        "六、其他需要报告的事项",
    ]
    assert [section.table.number for section in page.sections if section.table] == [1, 2, 3]
    assert page.sections[1].table.caption == "表1　主动公开政府信息情况"
    assert "国办公开办函〔2021〕30号" in page.intro
    assert page.meta == ("编制机关：平潭综合实验区管委会", "发布日期：2022年1月20日")
    assert "".join(page.title_parts) == page.title


def test_the_day_never_comes_from_the_clock(document):
    assert build_page(document(2021)).day == date(2022, 1, 20)
    assert build_page(document(2020)).day == date(2021, 1, 31)  # 条例第四十九条: published by January 31


def test_sections_that_are_missing_still_have_their_heading_and_table(document):
    page = build_page(document(2021, sections=[]))
    assert len(page.sections) == 6
    assert sum(section.table is not None for section in page.sections) == 3


def test_no_heading_level_is_skipped(document, overview):
    sections = overview(("heading", "甲"), ("part", "（一）主动公开"), ("heading", "乙"), "丙")
    levels = [line.level for line in build_page(document(2021, sections=sections)).sections[0].lines]
    assert levels == [3, 3, 4, 0]


def test_blank_and_zero_differ(document):
    tables = {"disputes": {"review": {"upheld": None, "corrected": 0, "other": None, "pending": None, "total": 0}}}
    page = build_page(document(2021, tables=tables))
    texts = {cell.key: cell.text for cell in page.sections[3].table.grid.cells if cell.key}
    assert texts["review", "upheld"] == ""
    assert texts["review", "corrected"] == "0"
    assert texts["litigation_direct", "total"] == ""


def test_amounts_are_printed_in_full(document):
    texts = {cell.key: cell.text for cell in build_page(document(2021)).sections[1].table.grid.cells if cell.key}
    assert texts["fees", "amount"] == "24252.311082"
    texts = {cell.key: cell.text for cell in build_page(document(2020)).sections[1].table.grid.cells if cell.key}
    assert texts["procurement", "amount"] == "73802895.90元"
    assert texts["penalties", "change"] == "-18"


def test_everything_printed_is_traditional(document):
    page = build_page(document(2021, script="hant"))
    assert page.lang == "zh-Hant"
    for _, text in page.texts():
        assert text == to_script(text, "hant"), text
    assert page.sections[3].heading == "四、政府信息公開行政復議、行政訴訟情況"
    assert all(chart.alt == to_script(chart.alt, "hant") for chart in page.charts)
    labels = {cell.text for cell in page.sections[2].table.grid.cells}
    assert "7.屬於行政執法案卷" in labels


def test_control_characters_never_reach_a_format(document, overview):
    page = build_page(document(2021, sections=overview("甲\u000b乙\u0000丙\n丁")))
    assert page.sections[0].lines[0].text == "甲乙丙 丁"


@pytest.mark.parametrize(("number", "table"), TABLES)
def test_widths_fill_the_line(number, table):
    grid = build_grid(packaged_editions()[number], table)
    widths = column_widths(grid)
    assert len(widths) == grid.columns
    assert sum(widths) == pytest.approx(1, abs=1e-3)
    assert min(widths) > 0.04


@pytest.mark.parametrize(("number", "table"), TABLES)
def test_headers_say_what_a_value_is(number, table):
    """The headers of a cell are the labels of its row and column, and of no other block."""
    edition = packaged_editions()[number]
    grid = build_grid(edition, table)
    for cell in grid.cells:
        if cell.key is None:
            continue
        row, column = cell.key
        texts = [header.text for header in headers_of(grid, cell)]
        if table == "disputes":
            block = next(block for block in edition.disputes.blocks if block.code == row)
            expected = [*([block.group] if block.group else []), block.label, edition.disputes.columns[column]]
            assert texts == expected
        elif table == "disclosure":
            block = next(block for block in edition.disclosure.blocks if row in block.rows)
            assert texts == [block.clause, block.columns[column], block.rows[row]]
        else:
            form = edition.applications
            group = form.columns[column].group
            rows = [form.rows[row]]
            if "." in row:
                rows.insert(0, form.groups[row.split(".")[0]])
            if row in form.outcomes or row == "total":
                rows.insert(0, form.groups["results"])
            assert texts == [form.header, *([group] if group else []), form.columns[column].label, *rows]


@given(st.text())
def test_hans_is_left_alone(text):
    assert to_script(text, "hans") == text


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_has_no_script(text):
    assert to_script(text, "hant") == text


def test_traditional_forms_are_those_of_published_mirrors():
    assert (
        to_script("行政复议、平台、为群众答复、后台，恢复，公里", "hant")
        == "行政復議、平臺、為群眾答覆、後臺，恢復，公里"
    )


def test_a_page_is_built_once_for_all_formats_of_a_document_and_anew_for_another(document):
    one, other = document(2021), document(2020)
    page = build_page(one)
    assert build_page(one) is page
    assert build_page(other).title != page.title
    assert build_page(one) == page
