"""DOCX as Word, WPS and LibreOffice write it: merged cells, tracked changes, text boxes, wrapped and nested tables."""

from __future__ import annotations

import io
import zipfile

import pytest

from govnb.audit.docx_reader import read_docx
from govnb.audit.html_reader import read_html
from govnb.audit.raw import RawDocument, RawTable, Unreadable
from tests.layouts import docx_bytes, html_clean, libreoffice_docx, needs, read_sample

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
NAMES = (
    f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)


def package(body: str, styles: str = "", **parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        if styles:
            archive.writestr("word/styles.xml", f"<w:styles {NAMES}>{styles}</w:styles>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def read(body: str, styles: str = "") -> RawDocument:
    return read_docx(package(body, styles))


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def tbl(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def lines(document: RawDocument) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def cells(table: RawTable) -> list[list[tuple[str, int, int]]]:
    return [[(cell.text, cell.rowspan, cell.colspan) for cell in row] for row in table.rows]


def texts(table: RawTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize("year", [2020, 2021, 2022])
@pytest.mark.parametrize("landscape", [False, True])
def test_merged_cells_read_as_in_html(year: int, landscape: bool) -> None:
    sample = read_sample(year)
    document, page = read_docx(docx_bytes(*sample.parts, landscape)), read_html(html_clean(*sample.parts).encode())
    assert document.tables == page.tables
    assert lines(document) == lines(page)
    assert document.title == sample.title
    assert [paragraph.heading for paragraph in document.paragraphs if paragraph.text[1:2] == "、"] == [1] * 6


@needs("soffice")
@pytest.mark.parametrize("year", [2020, 2021])
def test_what_libreoffice_writes_reads_as_in_html(year: int) -> None:
    html = html_clean(*read_sample(year).parts)
    document, page = read_docx(libreoffice_docx(html)), read_html(html.encode())
    assert document.tables == page.tables
    assert lines(document) == lines(page)


def test_vertical_and_horizontal_merges() -> None:
    table = read(
        tbl(
            tc("甲", '<w:vMerge w:val="restart"/>') + tc("乙", '<w:gridSpan w:val="2"/>') + tc("丙"),
            tc("藏", "<w:vMerge/>") + tc("1") + tc("2") + tc("3"),
            tc("", '<w:vMerge w:val="continue"/>')
            + tc("4", '<w:hMerge w:val="restart"/>')
            + tc("", "<w:hMerge/>")
            + tc("5"),
            tc("丁") + tc("6") + tc("7") + tc("8"),
        )
    ).tables[0]
    assert cells(table) == [
        [("甲", 3, 1), ("乙", 1, 2), ("丙", 1, 1)],
        [("1", 1, 1), ("2", 1, 1), ("3", 1, 1)],
        [("4", 1, 2), ("5", 1, 1)],
        [("丁", 1, 1), ("6", 1, 1), ("7", 1, 1), ("8", 1, 1)],
    ]


def test_a_continued_merge_without_a_beginning_is_a_cell_of_its_own() -> None:
    table = read(tbl(tc("甲") + tc("1"), tc("乙", "<w:vMerge/>") + tc("2"))).tables[0]
    assert texts(table) == [["甲", "1"], ["乙", "2"]]


def test_a_row_that_begins_further_right_keeps_merges_in_their_columns() -> None:
    shifted = f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{tc("", "<w:vMerge/>")}{tc("2")}</w:tr>'
    first = tc("a") + tc("b", '<w:vMerge w:val="restart"/>') + tc("1")
    body = f"<w:tbl><w:tr>{first}</w:tr>{shifted}</w:tbl>"
    assert cells(read(body).tables[0]) == [[("a", 1, 1), ("b", 2, 1), ("1", 1, 1)], [("2", 1, 1)]]


def test_tracked_changes_are_taken_as_accepted() -> None:
    document = read(
        "<w:p><w:r><w:t>收到</w:t></w:r><w:del><w:r><w:delText>9</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>70</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>宗</w:t></w:r></w:moveFrom>"
        "<w:moveTo><w:r><w:t>件</w:t></w:r></w:moveTo><w:r><w:rPr><w:vanish/></w:rPr><w:t>藏</w:t></w:r></w:p>"
        f"<w:tbl><w:tr>{tc('a')}{tc('1')}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{tc('b')}{tc('2')}</w:tr>"
        f"<w:tr><w:trPr><w:ins/></w:trPr>{tc('c')}{tc('3')}</w:tr></w:tbl>"
    )
    assert lines(document) == ["收到70件"]
    assert texts(document.tables[0]) == [["a", "1"], ["c", "3"]]


def test_text_of_every_kind_of_run() -> None:
    document = read(
        "<w:p><w:r><w:t>一</w:t><w:tab/><w:t>二</w:t><w:noBreakHyphen/><w:t>三</w:t></w:r>"
        "<w:hyperlink><w:r><w:t>四</w:t></w:r></w:hyperlink>"
        '<w:fldSimple w:instr="PAGE"><w:r><w:t>5</w:t></w:r></w:fldSimple>'
        "<w:r><w:fldChar/><w:instrText>TOC</w:instrText></w:r><w:sdt><w:sdtPr><w:t>x</w:t></w:sdtPr>"
        "<w:sdtContent><w:r><w:t>六</w:t></w:r></w:sdtContent></w:sdt>"
        '<w:r><w:sym w:font="Symbol" w:char="F031"/><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
        "<w:r><w:ruby><w:rt><w:r><w:t>qi</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>七</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "</w:p>"
        "<w:p><w:r><w:t>一、总体情况</w:t><w:br/><w:t>全年收到7件。</w:t></w:r></w:p>"
    )
    assert lines(document) == ["一 二-三四5六1七", "一、总体情况", "全年收到7件。"]


def test_text_boxes_are_read_once_and_after_their_paragraph() -> None:
    box = f"<w:txbxContent>{p('框内')}{tbl(tc('a') + tc('1'))}</w:txbxContent>"
    document = read(
        "<w:p><w:r><w:t>段落</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>"
        f"{box}</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        f"</mc:AlternateContent></w:r><w:r><w:t>继续</w:t></w:r></w:p>{p('下段')}"
    )
    assert [part.text if not isinstance(part, RawTable) else texts(part) for part in document.parts] == [
        "段落继续",
        "框内",
        [["a", "1"]],
        "下段",
    ]
    old = read(f"<w:p><w:r><w:pict><v:textbox>{box}</v:textbox></w:pict></w:r></w:p>")
    assert lines(old) == ["框内"]


def test_heading_levels_from_outline_name_and_base() -> None:
    styles = (
        '<w:style w:styleId="2"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:styleId="a"><w:name w:val="标题 3"/></w:style>'
        '<w:style w:styleId="b"><w:name w:val="own"/><w:basedOn w:val="2"/></w:style>'
        '<w:style w:styleId="c"><w:name w:val="x"/><w:pPr><w:outlineLvl w:val="3"/></w:pPr></w:style>'
        '<w:style w:styleId="d"><w:name w:val="y"/><w:basedOn w:val="2"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr>'
        "</w:style>"
        '<w:style w:styleId="e"><w:name w:val="z"/><w:basedOn w:val="f"/></w:style>'
        '<w:style w:styleId="f"><w:name w:val="z"/><w:basedOn w:val="e"/></w:style>'
    )
    body = "".join(p(code, f'<w:pStyle w:val="{code}"/>') for code in "2abcde")
    body += p("o", '<w:outlineLvl w:val="0"/>') + p("n", '<w:pStyle w:val="2"/><w:outlineLvl w:val="9"/>') + p("q")
    levels = {paragraph.text: paragraph.heading for paragraph in read(body, styles).paragraphs}
    assert levels == {"2": 2, "a": 3, "b": 2, "c": 4, "d": None, "e": None, "o": 1, "n": None, "q": None}


def test_nested_and_wrapped_tables() -> None:
    inner = tbl(tc("a") + tc("1"), tc("b") + tc("2"))
    frame = f"<w:tbl><w:tr><w:tc>{p('一、总体情况')}{inner}{p('完')}</w:tc></w:tr></w:tbl>"
    document = read(frame)
    assert lines(document) == ["一、总体情况", "完"]
    assert [texts(table) for table in document.tables] == [[["a", "1"], ["b", "2"]]]
    value = f"<w:tc><w:tbl><w:tr>{tc('7')}</w:tr></w:tbl><w:p/></w:tc>"
    assert texts(read(f"<w:tbl><w:tr>{tc('a')}{value}{tc('8')}</w:tr></w:tbl>").tables[0]) == [["a", "7", "8"]]
    control = f"<w:sdt><w:sdtContent>{tc('1')}</w:sdtContent></w:sdt>"
    control = f"<w:sdt><w:sdtContent><w:tr>{tc('a')}{control}</w:tr></w:sdtContent></w:sdt>"
    assert texts(read(f"<w:tbl>{control}</w:tbl>").tables[0]) == [["a", "1"]]


def test_a_cell_of_several_paragraphs_is_joined() -> None:
    row = f"<w:tc>{p('一、本年')}{p('新收')}</w:tc>{tc('1')}"
    assert texts(read(f"<w:tbl><w:tr>{row}</w:tr></w:tbl>").tables[0]) == [["一、本年 新收", "1"]]


def picture(width: int, height: int) -> str:
    return (
        f'<w:p><w:r><w:drawing><wp:inline><wp:extent cx="{width}" cy="{height}"/><a:graphic><a:blip/></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )


def test_pictures_and_embedded_sheets_are_counted() -> None:
    sheet = '<w:p><w:r><w:object><o:OLEObject ProgID="Excel.Sheet.12"/></w:object></w:r></w:p>'
    vml = '<w:p><w:r><w:pict><v:shape style="width:400pt;height:300pt"><v:imagedata/></v:shape></w:pict></w:r></w:p>'
    document = read(p("见下表") + picture(5_000_000, 3_000_000) + picture(300_000, 300_000) + sheet + vml)
    assert document.pictures == 3
    assert "电子表格" in document.notes[0].zh
    assert not document.scanned
    assert read(picture(5_000_000, 7_000_000)).scanned


def test_strict_documents_and_other_part_names() -> None:
    body = p("全年收到7件") + tbl(tc("a", '<w:gridSpan w:val="2"/>') + tc("1"))
    xml = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>".replace(W, STRICT)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        relation = '<Relationship Type="http://x/relationships/officeDocument" Target="/word/document2.xml"/>'
        archive.writestr("_rels/.rels", f"<Relationships>{relation}</Relationships>")
        archive.writestr("word/document2.xml", xml)
    document = read_docx(out.getvalue())
    assert lines(document) == ["全年收到7件"]
    assert document.tables[0].rows[0][0].colspan == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04junk",
        package("x")[:200],
        package("<w:p><w:r></w:p>"),
        package("", word__document="x"),
        package("")[:-30],
    ],
)
def test_damage_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        read_docx(content)
    assert caught.value.reason.zh


def test_a_missing_document_or_text_is_told() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/other.xml", "<x/>")
    with pytest.raises(Unreadable, match=r".*不是有效的"):
        read_docx(out.getvalue())
    with pytest.raises(Unreadable, match=r".*没有文字"):
        read("<w:p/>")
