"""Pages as they are published: what becomes a table, a paragraph, a heading, and what is left out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.audit.flow import MAX_SPAN
from govnb.audit.html_reader import MAX_BYTES, read_html
from govnb.audit.raw import RawDocument, RawTable, Unreadable
from tests.layouts import TABLES, filled_grid, html_clean, html_split, html_word_gbk, read_sample


def read(body: str) -> RawDocument:
    return read_html(f'<html><head><meta charset="utf-8"></head><body>{body}</body></html>'.encode())


def texts(table: RawTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def lines(document: RawDocument) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def squeezed(document: RawDocument) -> list[list[list[str]]]:
    return [[[cell.replace(" ", "") for cell in row] for row in texts(table)] for table in document.tables]


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_a_clean_page_gives_the_grids_of_the_form(year: int) -> None:
    sample = read_sample(year)
    document = read_html(html_clean(*sample.parts).encode())
    assert document.title == sample.title
    for code, table in zip(TABLES, document.tables, strict=True):
        grid = filled_grid(sample.values, sample.edition, code)
        expected = [[(cell.text, cell.rowspan, cell.colspan) for cell in line] for line in grid.by_row()]
        assert [[(cell.text, cell.rowspan, cell.colspan) for cell in row] for row in table.rows] == expected
    assert lines(document)[0] == sample.title
    for paragraphs in sample.sections.values():
        assert all(text in lines(document) for text in paragraphs)


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_word_html_in_gbk_says_the_same(year: int) -> None:
    sample = read_sample(year)
    word, clean = read_html(html_word_gbk(*sample.parts)), read_html(html_clean(*sample.parts).encode())
    assert squeezed(word) == squeezed(clean)
    assert lines(word) == lines(clean)


def test_split_tables_come_in_order() -> None:
    sample = read_sample(2021)
    pieces = read_html(html_split(*sample.parts, repeat_header=False).encode())
    whole = read_html(html_clean(*sample.parts).encode())
    rows = [row[-7:] for table in squeezed(pieces) for row in table]
    assert [row for row in rows if len(row) == 7] == [r[-7:] for t in squeezed(whole) for r in t if len(r) >= 7]


ROW = "<tr><td>一、新收</td><td>1</td><td>2</td><td>3</td></tr>"


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td>一、新收<td>1<td>2<td>3</table>",
        "<table><td>一、新收</td><td>1</td><td>2</td><td>3</td></table>",
        "<table><tr><td>一、新收<div>\u200b<td>1<td>2<td>3</table>",
        "<table><tr><td><p>一、新收<td><span>1<td>2<td><font>3</table>",
        "<table><tr><td>一、<span>新</span>收</td><td>１</td><td>2</td><td>3</td></tr></table>".replace("１", "1"),
        "<table><tr><td>一、新\n收</td><td>&nbsp;1 </td><td>2<!-- x --></td><td><script>9</script>3</td></tr></table>",
        "<table><tr><td>一、新收</td><td>1</td><td style='display:none'>9</td><td>2</td><td>3</td></tr></table>",
        "<table><tr><td>一、新收</td><td><table><tr><td>1</td></tr></table></td><td>2</td><td>3</td></tr></table>",
        "<div><div><table><tbody><form><tr><th>一、新收</th><td>1</td><td>2</td><td>3</td></tr></form></tbody></table>",
        "<table><tr><td>一、新收</td><td>1</td><td>2</td><td>3</td></tr><tr height=0><td></td><td></td></tr></table>",
        "<table><tr hidden><td>a</td><td>b</td></tr><tr><td>一、新收</td><td>1</td><td>2</td><td>3</td></tr>",
        "<TABLE><TR><TD>一、新收</TD><TD>1</TD><TD>2</TD><TD>3<o:p></o:p></TD></TR></TABLE>",
    ],
)
def test_damaged_markup_gives_the_same_row(body: str) -> None:
    assert [texts(table) for table in read(body).tables] == [[["一、新收", "1", "2", "3"]]]


def test_foreign_text_between_cells_is_put_before_the_table() -> None:
    document = read("<table><tr><td>a</td><td>1</td><p>z</p></tr></table>")
    assert texts(document.tables[0]) == [["a", "1"]]
    assert lines(document) == ["z"]
    assert isinstance(document.parts[-1], RawTable)


def test_a_footer_that_stands_first_in_the_source_comes_last() -> None:
    document = read(f"<table><tfoot><tr><td>总计</td><td>9</td></tr></tfoot><tbody>{ROW}</tbody></table>")
    assert [row[0] for row in texts(document.tables[0])] == ["一、新收", "总计"]


def test_a_page_laid_out_with_tables_keeps_order_and_innermost_tables() -> None:
    inner = f"<table>{ROW}{ROW}</table>"
    long_text = "本机关认真贯彻落实条例。" * 60
    body = (
        f"<table><tr><td>首页 | 新闻</td></tr><tr><td><a>导航</a></td><td><h2>一、总体情况</h2><p>{long_text}</p>"
        f"<h2>三、申请</h2>{inner}<h2>四、复议</h2>{inner}<p>完</p></td></tr><tr><td>版权所有</td></tr></table>"
    )
    document = read(body)
    kinds = ["table" if isinstance(part, RawTable) else part.text[:4] for part in document.parts]
    assert kinds == [
        "首页 |",
        "导航",
        "一、总体",
        "本机关认",
        "三、申请",
        "table",
        "四、复议",
        "table",
        "完",
        "版权所有",
    ]
    assert [p.heading for p in document.paragraphs if p.text[0] in "一三四"] == [2, 2, 2]


def test_a_table_left_open_keeps_its_rows() -> None:
    document = read(f"<table>{ROW}<h2>四、复议</h2><table>{ROW}</table><p>完</p>")
    assert [texts(table) for table in document.tables] == [[["一、新收", "1", "2", "3"]]] * 2
    cell_left_open = read(f"<table>{ROW}<tr><td>a<td>1<td>2<table>{ROW}</table>")
    assert texts(cell_left_open.tables[0]) == [["一、新收", "1", "2", "3"], ["a", "1", "2"]]


def test_a_layout_table_without_tables_inside_becomes_paragraphs() -> None:
    document = read(f"<table><tr><td>导航</td><td><h2>一、总体情况</h2><p>{'公开。' * 300}</p></td></tr></table>")
    assert not document.tables
    assert lines(document)[:2] == ["导航", "一、总体情况"]
    assert read("<table><tr><td>甲</td></tr><tr><td>乙</td></tr></table>").tables == ()


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("2", 2), ("0", 1), ("-3", 1), ("2.7", 2), ("x", 1), ("", 1), ("999999999", MAX_SPAN), ("9" * 40, MAX_SPAN)],
)
def test_spans_are_kept_as_found_within_bounds(written: str, read_as: int) -> None:
    table = read(f'<table><tr><td colspan="{written}">a</td><td>1</td></tr></table>').tables[0]
    assert table.rows[0][0].colspan == read_as


def test_paragraphs_and_line_breaks() -> None:
    document = read(
        "<p>一、总体情况<br>全年收到申请。<br>&nbsp;&nbsp;第二段。</p><h1>平潭综合实验区<br>2021年年度报告</h1>"
        "<p>本年度全区各级行政机关共收到政府信息公开申请，其中自然<br>人提出的六十四件。</p>"
        "<p>全年\n共收到<span>7</span><span>0</span>件</p><p>&nbsp;</p><div>甲<p>乙</p>丙</div>"
    )
    assert lines(document) == [
        "一、总体情况",
        "全年收到申请。",
        "第二段。",
        "平潭综合实验区2021年年度报告",
        "本年度全区各级行政机关共收到政府信息公开申请，其中自然人提出的六十四件。",
        "全年共收到70件",
        "甲",
        "乙",
        "丙",
    ]


def test_headings_of_every_kind() -> None:
    document = read(
        "<h3>甲</h3><p style='text-indent:2em;mso-outline-level:2'>乙</p>"
        "<div role=heading aria-level=4>丙</div><p>丁</p>"
    )
    assert [(p.text, p.heading) for p in document.paragraphs] == [("甲", 3), ("乙", 2), ("丙", 4), ("丁", None)]


def test_what_is_not_shown_is_not_read() -> None:
    document = read(
        "<script>document.write('收到9件')</script><style>p{}</style><!-- 收到7件 -->"
        "<template><p>收到8件</p></template>"
        "<p hidden>收到6件</p><div style='color:red; DISPLAY : none'><p>收到5件</p></div><noscript>收到4件</noscript>"
        "<p>收\u200b到\ufeff1\u00ad件</p>"
    )
    assert lines(document) == ["收到1件"]


def test_tables_that_the_whole_page_hides_are_read_with_a_note() -> None:
    document = read(f"<p>见下</p><div style='display:none'><p>四、复议</p><table>{ROW}</table></div>")
    assert len(document.tables) == 1
    assert "隐藏" in document.notes[0].zh
    shown = read(f"<table>{ROW}</table><div style='display:none'><table>{ROW}{ROW}</table></div>")
    assert [len(table.rows) for table in shown.tables] == [1]
    assert shown.notes == ()


def test_traditional_characters_stay() -> None:
    assert lines(read("<p>本年新收政府資訊公開申請數量</p>")) == ["本年新收政府資訊公開申請數量"]


def test_pictures_count_where_they_may_hold_a_table() -> None:
    document = read(
        "<img src=a.png width=600 height=400><img src=b.png><img src=c.png width=16><img src=/images/logo.png>"
        "<img src=d.png style='width:80px;height:400px'><img src='data:image/gif;base64,R0lGOD'>"
        "<p hidden><img src=e.png>"
    )
    assert document.pictures == 2
    assert document.scanned
    assert not read("<p>附表</p><img src=a.png>").scanned


def test_attached_files_are_named() -> None:
    document = read(
        "<p>见附件</p><a href='/P0202101.pdf'>2021年 年度报告</a><a href='x.DOC?v=1'></a><a href='a.html'>首页</a>"
        "<iframe src='/pdfjs/viewer.html?file=/a/b.pdf'></iframe>"
    )
    assert [note.zh.partition("，")[0] for note in document.notes] == [
        "页面附有文件“2021年 年度报告”",
        "页面附有文件“doc”",
        "页面附有文件“PDF”",
    ]


def test_the_title_is_that_of_the_article() -> None:
    meta = "<meta name='ArticleTitle' content='某局2021年年度报告'><title>某局2021年年度报告_某市政府网</title><p>x"
    assert read_html(meta.encode()).title == "某局2021年年度报告"
    assert read_html("<title>甲 &amp;\n 乙</title><p>x".encode()).title == "甲 & 乙"
    assert read_html(b"<p>x").title == ""


def test_plain_text_is_read_by_lines() -> None:
    assert lines(read_html("一、总体情况\r\n\r\n全年收到7件。\n".encode("gbk"))) == ["一、总体情况", "全年收到7件。"]


@pytest.mark.parametrize(
    "content", [b"", b"   ", b"<html></html>", b"<!-- x -->", b"<script>load()</script><div id=app>"]
)
def test_a_page_without_text_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read_html(content)
    assert "没有文字" in caught.value.reason.zh
    assert caught.value.fix.en


def test_open_inline_tags_by_the_hundred_do_not_hide_the_rest() -> None:
    document = read("<div>" + "<font size=2><span>" * 400 + f"全年<table>{ROW}</table><p>完</p>")
    assert len(document.tables) == 1
    assert lines(document)[-1] == "完"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 300 + "x",
        "<p>" + "y" * 11_000_000 + "</p><p>end</p>",
        "<table>" + "<tr><td>1<td>2" * 5_001 + "</table>",
        "<table><tr>" + "<td>1" * 200_001 + "</table>",
        "x" * (MAX_BYTES + 1),
    ],
    ids=["deep", "long", "rows", "cells", "bytes"],
)
def test_what_passes_a_limit_is_refused_as_a_whole(body: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(body)
    assert re.search("不予读取", caught.value.reason.zh)


TAGS = ["table", "tr", "td", "th", "p", "div", "span", "h2", "br", "tbody", "font", "li", "img", "a"]
TOKENS = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ["1", "一、", "公开", " ", "\n", "&nbsp;", "<td colspan=3>", "<td rowspan=99>", "<!--", "-->", "<"]
    ),
)


@settings(max_examples=300)
@given(st.lists(TOKENS, max_size=60))
def test_no_markup_breaks_the_reader_and_no_shown_text_is_lost(tokens: list[str]) -> None:
    body = "".join(tokens)
    document = read(f"{body}--><p>尾</p>")
    told = [p.text for p in document.paragraphs]
    told += [cell.text for table in document.tables for row in table.rows for cell in row]
    assert any("尾" in text for text in told)
    if "<!--" not in body:
        assert "".join(told).count("公开") == body.count("公开")
    for table in document.tables:
        assert max(len(row) for row in table.rows) > 1
        assert all(cell.rowspan >= 1 and cell.colspan >= 1 for row in table.rows for cell in row)
