"""DOCX with real styles, merged cells and repeated header rows, for offices that edit the report in Word or WPS.

The container is normalised: no clock, no user name, the same bytes each time.
"""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from govnb.render.archive import normalise_zip
from govnb.render.page import Line, Page, PrintedChart, PrintedTable, build_page
from govnb.render.pictures import clean_svg

if TYPE_CHECKING:
    from pathlib import Path

    from govnb.form.grid import Cell
    from govnb.render.study_document import Printable

TEXT_WIDTH_MM, PICTURE_WIDTH_MM = 156, 143
# Style → (Chinese font, Latin font, size in points); fonts by the names that Word and WPS know, after GB/T 9704-2012.
STYLES = {
    "Normal": ("仿宋_GB2312", "Times New Roman", 16),
    "Body Text": ("仿宋_GB2312", "Times New Roman", 16),
    "Title": ("方正小标宋简体", "Times New Roman", 22),
    "Subtitle": ("楷体_GB2312", "Times New Roman", 14),
    "Heading 1": ("黑体", "Times New Roman", 16),
    "Heading 2": ("楷体_GB2312", "Times New Roman", 16),
    "Heading 3": ("仿宋_GB2312", "Times New Roman", 16),
    "List Paragraph": ("仿宋_GB2312", "Times New Roman", 16),
    "Caption": ("黑体", "Times New Roman", 12),
}


def render_docx(document: Printable) -> bytes:
    """The report as DOCX."""
    import docx

    page = build_page(document)
    word = docx.Document()
    _set_up(word, page)
    # A line of the title holds twenty characters; a longer one is broken after the organ's name.
    word.add_paragraph(("\n" if len(page.title) > 20 else "").join(page.title_parts), style="Title")
    for text in page.meta:
        word.add_paragraph(text, style="Subtitle")
    word.add_paragraph(page.intro, style="Body Text")
    for section in page.sections:
        heading = word.add_heading(section.heading, 1)
        # A table that fills a page starts on a new one: not every reader honours "keep with next" in tables.
        heading.paragraph_format.page_break_before = section.table is not None and section.table.grid.rows > 20
        for line in section.lines:
            _add_line(word, line, document.fonts)
        if section.table is not None:
            _add_table(word, section.table)
        if section.chart is not None:
            _add_chart(word, section.chart, document.fonts)
    if page.charts:
        word.add_heading(page.charts_heading, 1)
        for chart in page.charts:
            _add_chart(word, chart, document.fonts)
    result = io.BytesIO()
    word.save(result)
    return normalise_zip(result.getvalue(), _change)


def drawing_png(svg: str, fonts: Path | None) -> bytes:
    """SVG as PNG at 200 dots per inch on the text width, drawn by the PDF's own engine: same fonts, same bytes."""
    from govnb.render.fonts import read_fonts
    from govnb.render.typeset import typeset

    return typeset(read_fonts(fonts), "drawing.typ", {"svg": svg}, format="png", ppi=200)


def _change(name: str, data: bytes) -> bytes | None:
    # python-docx's own template carries a preview picture of another document and its author's dates.
    if name == "docProps/thumbnail.jpeg":
        return None
    if name == "_rels/.rels":
        return re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", data)
    return data


def _set_up(word: Any, page: Page) -> None:
    from docx.enum.section import WD_SECTION
    from docx.shared import Mm

    properties = word.core_properties
    moment = datetime(page.day.year, page.day.month, page.day.day)  # noqa: DTZ001 - the format has no zone, UTC is meant
    properties.title, properties.author, properties.last_modified_by = page.title, page.author, page.author
    properties.created = properties.modified = moment
    properties.language, properties.comments, properties.revision = page.lang, "", 1
    section = word.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    _page_number(section.footer.paragraphs[0])
    if page.notice:
        section.header.paragraphs[0].add_run(page.notice)
    _set_styles(word, page)


def _set_styles(word: Any, page: Page) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, (chinese, latin, size) in STYLES.items():
        style = word.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = latin, Pt(size), False, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
        fonts.set(qn("w:eastAsia"), chinese)
        fonts.set(qn("w:cs"), latin)
        layout = style.paragraph_format
        layout.space_before = layout.space_after = Pt(0)
        layout.line_spacing = Pt(28.9) if size == 16 else 1.2
        if size == 16 and name != "Normal":
            _indent(style)
    word.styles["Title"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    word.styles["Title"].paragraph_format.space_after = Pt(14)
    for border in word.styles["Title"].element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    word.styles["Subtitle"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    word.styles["Caption"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    word.styles["Caption"].paragraph_format.space_before = Pt(6)
    defaults = word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    for language in defaults.findall(qn("w:lang")):
        language.set(qn("w:val"), "en-US")
        language.set(qn("w:eastAsia"), "zh-TW" if page.script == "hant" else "zh-CN")


def _indent(style: Any) -> None:
    """First line two characters in; in twentieths of a point too, for readers that know only those (16 pt = 320)."""
    from docx.oxml.ns import qn

    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")
    indent.set(qn("w:left"), "0")


def _page_number(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    paragraph.add_run(" —")


def _add_chart(word: Any, chart: PrintedChart, fonts: Path | None) -> None:
    _add_drawing(word, drawing_png(clean_svg(chart.svg, chart.alt), fonts), chart.alt, chart.caption)


def _add_line(word: Any, line: Line, fonts: Path | None) -> None:
    if line.picture is not None:
        picture = line.picture
        data = drawing_png(picture.data.decode(), fonts) if picture.mime == "image/svg+xml" else picture.data
        _add_drawing(word, data, line.text, "")
    elif line.kind in ("part", "heading"):
        word.add_heading(line.text, line.level - 1)
    else:
        word.add_paragraph(line.text, style="List Paragraph" if line.kind == "item" else "Body Text")


def _add_drawing(word: Any, data: bytes, alt: str, caption: str) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    paragraph = word.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing = 1.0
    paragraph.paragraph_format.keep_with_next = bool(caption)
    shape = paragraph.add_run().add_picture(io.BytesIO(data))
    if shape.width > Mm(PICTURE_WIDTH_MM):
        shape.height, shape.width = round(shape.height * Mm(PICTURE_WIDTH_MM) / shape.width), Mm(PICTURE_WIDTH_MM)
    named = shape._inline.docPr
    named.set("descr", alt)
    if caption:
        word.add_paragraph(caption, style="Caption")


def _add_table(word: Any, printed: PrintedTable) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    grid = printed.grid
    caption = word.add_paragraph(printed.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    table = word.add_table(grid.rows, grid.columns, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    places = [list(row.cells) for row in table.rows]
    for column, width in zip(table.columns, printed.widths, strict=True):
        column.width = Mm(TEXT_WIDTH_MM * width)
    for row in places:
        for place, width in zip(row, printed.widths, strict=True):
            place.width = Mm(TEXT_WIDTH_MM * width)
    size = 10.5 if grid.columns <= 6 else 8
    for cell in grid.cells:
        place = places[cell.row][cell.column]
        left = cell.scope == "row" and grid.label_columns > 1
        if cell.rowspan > 1 or cell.colspan > 1:
            place = place.merge(places[cell.row + cell.rowspan - 1][cell.column + cell.colspan - 1])
        _fill(place, cell, size, left, last=cell.row + cell.rowspan >= grid.rows)
    for number, row in enumerate(table.rows):
        _row_manners(row, header=number < grid.header_rows)


def _fill(place: Any, cell: Cell, size: float, align_left: bool, last: bool) -> None:
    from docx.enum.table import WD_ALIGN_VERTICAL
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt

    place.vertical_alignment = WD_ALIGN_VERTICAL.CENTER
    paragraph = place.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if align_left else WD_ALIGN_PARAGRAPH.CENTER
    layout = paragraph.paragraph_format
    layout.line_spacing = 1.0
    # Word keeps a table on one page only if each row's paragraphs hold on to the next row.
    layout.keep_with_next = not last
    run = paragraph.add_run(cell.text)
    run.font.size, run.font.name = Pt(size), "Times New Roman"
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")


def _row_manners(row: Any, header: bool) -> None:
    """No row is torn by a page's end; header rows come again on each page."""
    from docx.oxml import OxmlElement

    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if header:
        properties.append(OxmlElement("w:tblHeader"))
