"""PDF as six kinds of programs write it, and files that are no reports: every cell right, or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from govnb.audit import pdf_reader
from govnb.audit.pdf_reader import read_pdf
from govnb.audit.raw import RawDocument, RawTable, Unreadable
from tests.layouts import (
    PROSE,
    TABLES,
    Sample,
    chromium_pdf,
    docx_bytes,
    html_clean,
    html_split,
    html_word_gbk,
    libreoffice_docx,
    libreoffice_pdf,
    needs,
    own_pdf,
    read_sample,
    rotated_pdf,
    value_rows,
)

YEARS = (2020, 2021, 2022)


def _word(sample: Sample) -> str:
    return html_word_gbk(*sample.parts).decode("gb18030").replace("charset=gb2312", "charset=utf-8")


def _with_head(sample: Sample) -> str:
    """Header rows that the browser repeats on every page."""
    before, disclosure, applications, rest = html_clean(*sample.parts).split("<table", 3)
    lines = applications.split("<tr>")
    lines[1], lines[3] = "<thead><tr>" + lines[1], lines[3] + "</thead>"
    again = lines[0] + lines[1] + "<tr>" + "<tr>".join(lines[2:])
    return "<table".join((before, disclosure, again, rest))


CHROMIUM: dict[str, Callable[[Sample], bytes]] = {
    "A4": lambda s: chromium_pdf(html_clean(*s.parts)),
    "A3": lambda s: chromium_pdf(html_clean(*s.parts), "A3"),
    "letter": lambda s: chromium_pdf(html_clean(*s.parts), "letter"),
    "landscape": lambda s: chromium_pdf(html_clean(*s.parts), landscape=True),
    "turned 90": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 90),
    "turned 180": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 180),
    "turned 270": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 270),
    "turned and back 90": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 90, turn_content=True),
    "turned and back 180": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 180, turn_content=True),
    "turned and back 270": lambda s: rotated_pdf(chromium_pdf(html_clean(*s.parts)), 270, turn_content=True),
    "Word HTML": lambda s: chromium_pdf(_word(s)),
    "low pages": lambda s: chromium_pdf(html_clean(*s.parts), "210mm 163mm"),
    "low pages, repeated header": lambda s: chromium_pdf(_with_head(s), "210mm 205mm"),
    "cells apart": lambda s: chromium_pdf(
        html_clean(*s.parts), "210mm 187mm", css="table{border-collapse:separate!important;border-spacing:2px}"
    ),
}


def check(document: RawDocument, sample: Sample, sure: bool = True) -> None:
    """Three tables in order, and every value in the last cells of its row."""
    assert len(document.tables) == 3
    for name, table in zip(TABLES, document.tables, strict=True):
        assert table.sure is sure
        rows = iter(table.rows)
        for expected in value_rows(sample.values, sample.edition, name):
            assert any([cell.text for cell in row[-len(expected) :]] == expected for row in rows), (name, expected)


def prose(document: RawDocument) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def expected_prose(sample: Sample) -> list[str]:
    lines = [sample.title]
    for section in sample.edition.sections:
        lines += [f"{section.number}、{section.title}", *PROSE[sample.year].get(section.code, ())]
    return lines


@pytest.mark.parametrize("year", YEARS)
def test_our_own(year: int) -> None:
    sample = read_sample(year)
    document = read_pdf(own_pdf(*sample.parts))
    check(document, sample)
    assert document.title == sample.title
    assert document.pictures == 0
    assert not document.scanned
    assert set(expected_prose(sample)) <= set(prose(document))


@needs("chromium")
@pytest.mark.parametrize("layout", CHROMIUM)
@pytest.mark.parametrize("year", YEARS)
def test_chromium(year: int, layout: str) -> None:
    sample = read_sample(year)
    document = read_pdf(CHROMIUM[layout](sample))
    check(document, sample)
    assert prose(document) == expected_prose(sample)


@needs("chromium")
@pytest.mark.parametrize("year", YEARS)
def test_chromium_split_tables(year: int) -> None:
    sample = read_sample(year)
    document = read_pdf(chromium_pdf(html_split(*sample.parts)))
    check(document, sample)
    assert prose(document) == expected_prose(sample)


@needs("chromium")
@pytest.mark.parametrize("year", YEARS)
def test_without_borders_is_read_but_not_sure(year: int) -> None:
    sample = read_sample(year)
    document = read_pdf(chromium_pdf(html_clean(*sample.parts, borders=False)))
    check(document, sample, sure=False)
    labels = [row[0].text for row in document.tables[1].rows if len(row) == 8]
    official = list(sample.edition.applications.rows.values())
    assert [label for label in labels if label in official] == official


@needs("chromium")
@pytest.mark.parametrize("year", YEARS)
def test_rows_without_rules_between_are_told_apart_by_their_numbers_or_left_out(year: int) -> None:
    sample = read_sample(year)
    css = "td{border-top:none!important;border-bottom:none!important}table{border:1px solid #000}"
    document = read_pdf(chromium_pdf(html_clean(*sample.parts), css=css))
    rows = [[cell.text for cell in row] for table in document.tables for row in table.rows]
    labels = sample.edition.applications.rows.values()
    values = value_rows(sample.values, sample.edition, "applications")
    official = [[label, *numbers] for label, numbers in zip(labels, values, strict=True)]
    found = [row for row in rows if len(row) == 8 and row[0] in labels]
    assert len(found) >= 20
    remaining = iter(official)
    assert all(row in remaining for row in found)  # in order, each with its own numbers


@needs("soffice")
@pytest.mark.parametrize("landscape", [False, True])
@pytest.mark.parametrize("year", YEARS)
def test_libreoffice(year: int, landscape: bool) -> None:
    sample = read_sample(year)
    document = read_pdf(libreoffice_pdf(docx_bytes(*sample.parts, landscape=landscape)))
    check(document, sample)
    assert prose(document) == expected_prose(sample)


@needs("soffice")
def test_libreoffice_from_html() -> None:
    sample = read_sample(2021)
    check(read_pdf(libreoffice_pdf(libreoffice_docx(html_clean(*sample.parts)))), sample)


@needs("chromium")
def test_cells_that_are_no_numbers_stay_as_they_are() -> None:
    html = (
        "<html><head></head><body><table style='border-collapse:collapse' border=1>"
        "<tr><td>甲</td><td>34O2</td><td>1 2</td><td>12(注)</td><td>-</td><td></td><td>—</td><td>1,175</td></tr>"
        "<tr><td>乙</td><td>/</td><td>无</td><td>３</td><td>0.50</td><td>&nbsp;</td><td>-18</td><td>12.</td></tr>"
        "</table></body></html>"
    )
    (table,) = read_pdf(chromium_pdf(html)).tables
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["甲", "34O2", "1 2", "12(注)", "-", "", "—", "1,175"],
        ["乙", "/", "无", "３", "0.50", "", "-18", "12."],
    ]


def _drawn(content: str, resources: pikepdf.Dictionary | None = None, pages: int = 1) -> bytes:
    """A PDF whose pages have this content; /F is Helvetica."""
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Contents = pdf.make_stream(content.encode())
        page.Resources = resources or pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def _text(x: float, y: float, text: str) -> str:
    return f"BT /F 10 Tf {x} {y} Td ({text}) Tj ET\n"


def _grid(color: str, width: float = 0.5) -> str:
    """Two rows of three squares from thin filled rectangles."""
    level = "".join(f"50 {y} 300 {width} re f\n" for y in (700, 720, 740))
    return color + level + "".join(f"{x} 700 {width} 40 re f\n" for x in (50, 150, 250, 350))


_NUMBERS = "0 g\n" + "".join(_text(60 + 100 * c, 706 + 20 * r, str(10 + 3 * r + c)) for r in (0, 1) for c in (0, 1, 2))
_FILLER = _text(50, 600, "Some text that makes this more than a stamp on a picture.")


def _rows(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row] for table in read_pdf(content).tables for row in table.rows]


def test_thin_filled_rectangles_are_rules() -> None:
    assert _rows(_drawn(_grid("0 g\n") + _NUMBERS + _FILLER)) == [["13", "14", "15"], ["10", "11", "12"]]


def test_rules_in_a_form_object() -> None:
    pdf = pikepdf.open(io.BytesIO(_drawn("q 1 0 0 1 0 -50 cm /X Do Q\n" + _NUMBERS.replace("706", "656") + _FILLER)))
    form = pdf.make_stream(_grid("0 g\n").encode())
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 595, 842])
    pdf.pages[0].Resources.XObject = pikepdf.Dictionary(X=form)
    pdf.pages[0].Contents = pdf.make_stream(
        b"q 1 0 0 1 0 -50 cm /X Do Q\n"
        + "".join(_text(60 + 100 * c, 656, str(c)) for c in (0, 1, 2)).encode()
        + _FILLER.encode()
    )
    out = io.BytesIO()
    pdf.save(out)
    assert _rows(out.getvalue()) == [["", "", ""], ["0", "1", "2"]]


def test_white_rectangles_are_none() -> None:
    white = "1 g\n" + "".join(f"{55 + 100 * c} 703 80 14 re f 60 710 200 1 re f\n" for c in (0, 1, 2))
    assert _rows(_drawn(_grid("0 g\n") + white + _NUMBERS + _FILLER)) == [["13", "14", "15"], ["10", "11", "12"]]
    assert _rows(_drawn(_grid("1 g\n") + _NUMBERS + _FILLER)) == []


def test_a_frame_round_the_page_is_no_table() -> None:
    document = read_pdf(_drawn("40 40 500 760 re S\n" + _text(60, 700, "one") + _text(60, 400, "two") + _FILLER))
    assert not document.tables
    assert prose(document)[0] == "one"


def test_letters_without_codes_are_neither_blank_nor_numbers() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(own_pdf(*read_sample(2021).parts))) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Dictionary):
                for key in {"/ToUnicode", "/ActualText"} & set(item.keys()):
                    del item[key]
        pdf.save(out)
    document = read_pdf(out.getvalue())
    cells = [cell.text for table in document.tables for row in table.rows for cell in row]
    assert cells
    assert all("\ufffd" in text for text in cells)
    assert document.scanned
    assert "编码" in document.notes[0].zh


# Files that are no reports


def test_a_picture_of_a_report_is_told_as_such() -> None:
    image = pikepdf.new()
    page = image.add_blank_page(page_size=(595, 842))
    picture = image.make_stream(
        b"\x80" * 100, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=10, Height=10
    )
    picture.ColorSpace, picture.BitsPerComponent = pikepdf.Name.DeviceGray, 8
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
    page.Contents = image.make_stream(b"q 500 0 0 700 40 60 cm /P Do Q")
    out = io.BytesIO()
    image.save(out)
    document = read_pdf(out.getvalue())
    assert document.scanned
    assert document.pictures == 1
    assert not document.tables
    assert document.notes


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"not a PDF", b"%PDF-1.4\n" + b"\x00" * 1000])
def test_what_is_no_pdf_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable):
        read_pdf(content)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_unreadable_or_read(share: float) -> None:
    content = own_pdf(*read_sample(2021).parts)
    try:
        document = read_pdf(content[: int(len(content) * share)])
    except Unreadable:
        return
    for table in document.tables:
        assert isinstance(table, RawTable)


def test_a_password_is_told() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(_drawn(_FILLER))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="o", user="secret"))
    with pytest.raises(Unreadable) as raised:
        read_pdf(out.getvalue())
    assert "密码" in raised.value.reason.zh


def test_too_many_pages_and_bytes() -> None:
    with pytest.raises(Unreadable, match="301"):
        read_pdf(_drawn(_FILLER, pages=301))
    with pytest.raises(Unreadable, match="50 MB"):
        read_pdf(b"%PDF-1.7" + b"\x00" * pdf_reader.MAX_BYTES)


def test_too_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_reader, "MAX_GLYPHS", 100)
    with pytest.raises(Unreadable):
        read_pdf(_drawn(_FILLER, pages=4))
