"""Reports as other programs publish them: one sample (values and prose) in many layouts, for the tests of the audit.

Every builder takes ``(values, edition, title, sections)``: ``values`` is table → row → column → value, ``sections``
maps a section's code to its paragraphs. HTML builders give ``str`` or, where the character set is the point,
``bytes``; PDF and DOCX builders give ``bytes``. Nothing here reads a document, and nothing comes from the network.
Chromium and LibreOffice are slow, so what they make is kept for the run; :func:`needs` skips where a program is
missing.

    sample = read_sample(2021)
    html_clean(*sample.parts), own_pdf(*sample.parts), chromium_pdf(html_clean(*sample.parts), size="A3")
"""

from __future__ import annotations

import functools
import io
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import docx
import docx.table
import pikepdf
import pytest
from docx.enum.section import WD_ORIENT
from docx.shared import Pt

from govnb.counting.figures import show
from govnb.form.edition import Edition, packaged_editions
from govnb.form.grid import Cell, Grid, build_grid
from govnb.narrative.sections import Block, Section
from govnb.render.document import Document
from govnb.render.typeset import render_pdf
from govnb.report import Report, tables_from_json

Values = Mapping[str, Mapping[str, Mapping[str, Any]]]
Sections = Mapping[str, Sequence[str]]
TABLES = ("disclosure", "applications", "disputes")
DATA = Path(__file__).resolve().parent.parent / "data" / "pingtan"

# What the three published reports say with numbers, in the section where they say it, among sentences without any.
PROSE: dict[int, dict[str, tuple[str, ...]]] = {
    2020: {
        "overview": (
            "全年全区政府信息公开单位共公布政府信息2602条（其中机构职能类信息82条，政策、规范性文件类信息80条，规划计划类信息21条，"
            "行政许可类信息40条，重大建设项目信息390条，为民办实事类信息69条，民政扶贫救灾社会保障就业类信息143条，"
            "国土资源城乡建设环保能源类信息208条，科教文体卫生类信息246条，安全生产、应急管理类信息271条，"
            "其他应主动公开政府信息1053条）。",
            "2020年全区各级行政机关共受理政府信息公开申请21件。",
        ),
        "problems": ("个别单位公开不够及时，下一步将加强培训和督促检查，进一步提高公开质量。",),
        "other": ("无其他需要报告的事项。",),
    },
    2021: {
        "overview": (
            "平潭综合实验区坚持以公开为常态、不公开为例外，认真贯彻《中华人民共和国政府信息公开条例》，扎实推进各项工作。",
            "本年度全区共收到70件申请，及时依法依规办结69件，1件结转下年度继续办理。",
        ),
        "problems": (
            "一是公开的主动性有待提高。",
            "二是解读形式不够丰富，下一步将综合运用图解、视频等多种形式解读政策。",
        ),
        "other": ("2021年，无收取信息处理费情况。",),
    },
    2022: {
        "overview": (
            "平潭综合实验区持续深化政务公开，依法办理申请，进一步规范政府信息管理，不断加强平台建设和监督保障。",
        ),
        "problems": ("部分栏目更新不够及时，下一步将建立定期巡查机制，明确责任单位和完成时限，确保栏目内容常态更新。",),
        "other": ("2022年，无收取信息处理费情况。",),
    },
}


@dataclass(frozen=True)
class Sample:
    """A report of 平潭综合实验区 (2020 in edition 2019; 2021 and 2022 in edition 2021), values as published."""

    year: int
    values: Values
    edition: Edition
    title: str
    sections: Sections

    @property
    def parts(self) -> tuple[Values, Edition, str, Sections]:
        return self.values, self.edition, self.title, self.sections


@functools.cache
def read_sample(year: int) -> Sample:
    data = json.loads((DATA / f"declared-{year}.json").read_text(encoding="utf-8"))
    edition = packaged_editions()[data["edition"]]
    title = f"{data['name']}{year}年政府信息公开工作年度报告"
    return Sample(year, tables_from_json(data["tables"]), edition, title, PROSE[year])


def needs(*programs: str) -> Callable[[Any], Any]:
    """A mark that skips a test where ``chromium`` or ``soffice`` is missing (a failure in CI, see conftest.py)."""
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def filled_grid(values: Values, edition: Edition, table: str) -> Grid:
    return build_grid(edition, table).filled(lambda row, column: show(values[table].get(row, {}).get(column)))


def value_rows(values: Values, edition: Edition, table: str) -> list[list[str]]:
    """The texts of the value cells of each grid row that has any: what a reader must find as its last cells."""
    lines = ([cell.text for cell in line if cell.key] for line in filled_grid(values, edition, table).by_row())
    return [line for line in lines if line]


# HTML


def html_clean(values: Values, edition: Edition, title: str, sections: Sections, borders: bool = True) -> str:
    """As a careful editor would publish it; ``borders=False`` draws no rule at all."""
    line = "1px solid #000" if borders else "none"
    style = (
        "body{font-family:serif;font-size:12pt;line-height:1.7}p{text-indent:2em;margin:.3em 0;text-align:justify}"
        f"table{{border-collapse:collapse;width:100%;font-size:10pt}}td,th{{border:{line};padding:3px;font-weight:400}}"
        "h1{text-align:center;font-size:18pt}h2{font-size:14pt}td{text-align:center}"
    )
    body = _html_body(values, edition, title, sections, lambda table: [_plain_table(values, edition, table, borders)])
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{style}</style>'
    return f'<!DOCTYPE html>\n<html lang="zh-CN"><head>{head}</head><body>{body}</body></html>'


def html_split(values: Values, edition: Edition, title: str, sections: Sections, repeat_header: bool = True) -> str:
    """Table 2 comes in three pieces, cut between rows (as after a paste from a PDF); table 1 in one piece a block."""

    def pieces(table: str) -> list[str]:
        grid = filled_grid(values, edition, table)
        if table == "disclosure":
            cuts = [line[0].row for line in grid.by_row() if line and line[0].colspan == grid.columns]
        elif table == "applications":
            first = grid.header_rows
            cuts = [0, first + 9, first + 17]
        else:
            cuts = [0]
        ends = [*cuts[1:], grid.rows]
        header = range(grid.header_rows) if repeat_header else range(0)
        return [
            _table_html(grid, [*(header if start else ()), *range(start, end)])
            for start, end in zip(cuts, ends, strict=True)
        ]

    body = _html_body(values, edition, title, sections, pieces)
    return (
        f'<html><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>table{border-collapse:collapse;width:100%}td{border:1px solid #000}</style>"
        f"</head><body>{body}</body></html>"
    )


def html_word_gbk(values: Values, edition: Edition, title: str, sections: Sections) -> bytes:
    """As Word saves a web page: GBK declared as gb2312, no quotes round attributes, runs, o:p, conditional comments."""

    def paragraph(text: str, kind: str = "MsoNormal", size: str = "16.0pt") -> str:
        half = len(text) // 2
        runs = "".join(
            f"<span\nlang=ZH-CN style='font-size:{size};mso-hansi-font-family:\"Times New Roman\"'>"
            f"{escape(part)}</span>"
            for part in (text[:half], text[half:])
            if part
        )
        return f"<p class={kind} style='text-indent:32.0pt'>{runs}<span lang=EN-US><o:p></o:p></span></p>\n"

    def cell_html(cell: Cell, last: bool) -> str:
        spans = "".join(f" {n}={s}" for n, s in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if s > 1)
        text = cell.text or "\N{NO-BREAK SPACE}"
        inner = "".join(
            paragraph(piece, size="10.5pt") for piece in (text[:4], text[4:]) if piece and not cell.key
        ) or paragraph(text, size="10.5pt")
        return f"<td width={40 * cell.colspan} valign=top{spans} style='border:solid windowtext 1.0pt'>{inner}</td>\n"

    def table_html(table: str) -> list[str]:
        lines = [
            "<tr style='mso-yfti-irow:0'>" + "".join(cell_html(c, c is line[-1]) for c in line) + "</tr>\n"
            for line in filled_grid(values, edition, table).by_row()
        ]
        start = "<table class=MsoNormalTable border=1 cellspacing=0 cellpadding=0\n style='border-collapse:collapse'>"
        return [f"<div align=center>{start}{''.join(lines)}</table></div>"]

    body = [paragraph(title, size="22.0pt")]
    for section in edition.sections:
        body.append(paragraph(f"{section.number}、{section.title}"))
        body += [paragraph(text) for text in sections.get(section.code, ())]
        if section.table:
            body += table_html(section.table)
    head = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"\n'
        'xmlns="http://www.w3.org/TR/REC-html40">\n\n<head>\n'
        '<meta http-equiv=Content-Type content="text/html; charset=gb2312">\n'
        '<meta name=Generator content="Microsoft Word 15">\n'
        f"<title>{escape(title)}</title>\n"
        "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->\n"
        "<style>\n<!--\n p.MsoNormal {margin:0cm; text-align:justify; font-size:10.5pt;}\n"
        " table.MsoNormalTable {width:100%}\n"
        "-->\n</style>\n</head>\n"
    )
    return f"{head}<body lang=ZH-CN><div class=WordSection1>\n{''.join(body)}</div>\n</body></html>".encode("gb18030")


def _html_body(
    values: Values, edition: Edition, title: str, sections: Sections, tables: Callable[[str], list[str]]
) -> str:
    lines = [f"<h1>{escape(title)}</h1>"]
    for section in edition.sections:
        lines.append(f"<h2>{section.number}、{escape(section.title)}</h2>")
        lines += [f"<p>{escape(text)}</p>" for text in sections.get(section.code, ())]
        lines += tables(section.table) if section.table else []
    return "\n".join(lines)


def _plain_table(values: Values, edition: Edition, table: str, borders: bool) -> str:
    grid = filled_grid(values, edition, table)
    return _table_html(grid, range(grid.rows), ' border="1" cellspacing="0"' if borders else "")


def _table_html(grid: Grid, rows: Sequence[int], attributes: str = "") -> str:
    """The given rows of the grid as a table of their own; a label that spans rows outside is cut, and repeated."""
    lines: dict[int, list[str]] = {row: [] for row in rows}
    body = [row for row in rows if row >= grid.header_rows]
    for cell in sorted(grid.cells, key=lambda cell: (cell.row, cell.column)):
        within = [row for row in range(cell.row, cell.row + cell.rowspan) if row in lines]
        if cell.row >= grid.header_rows and body:
            within = [row for row in within if body[0] <= row <= body[-1]]
        if not within:
            continue
        spans = "".join(
            f' {name}="{span}"' for name, span in (("rowspan", len(within)), ("colspan", cell.colspan)) if span > 1
        )
        lines[within[0]].append(f"<td{spans}>{escape(cell.text)}</td>")
    inside = "\n".join(f"<tr>{''.join(lines[row])}</tr>" for row in rows)
    return f"<table{attributes}>\n{inside}\n</table>"


# PDF


@functools.cache
def chromium_pdf(html: str, size: str = "A4", landscape: bool = False, rotate: int = 0, css: str = "") -> bytes:
    """``html`` printed by Chromium. ``size``: A4, A3, letter. ``rotate`` marks the pages as turned by 90, 180, 270."""
    if rotate:
        return rotated_pdf(chromium_pdf(html, size, landscape, css=css), rotate)
    page = f"<style>@page{{size:{size}{' landscape' if landscape else ''};margin:18mm}}{css}</style>"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "page.html").write_text(html.replace("</head>", page + "</head>"), encoding="utf-8")
        command = [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}"]
        command += [f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (folder / "page.pdf").read_bytes()


def rotated_pdf(content: bytes, angle: int, turn_content: bool = False) -> bytes:
    """The same pages marked as turned; ``turn_content`` turns what stands on them back, so that they look upright."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for page in pdf.pages:
            page.Rotate = angle
            if turn_content:
                _turn(pdf, page, angle)
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _turn(pdf: pikepdf.Pdf, page: pikepdf.Page, angle: int) -> None:
    left, bottom, right, top = (float(edge) for edge in page.mediabox)
    matrix, width, height = {
        90: (f"0 1 -1 0 {top} {-left}", top - bottom, right - left),
        180: (f"-1 0 0 -1 {right + left} {top + bottom}", right - left, top - bottom),
        270: (f"0 -1 1 0 {-bottom} {right}", top - bottom, right - left),
    }[angle]
    page.contents_add(pdf.make_stream(f"q {matrix} cm\n".encode()), prepend=True)
    page.contents_add(pdf.make_stream(b"\nQ"))
    page.mediabox = pikepdf.Array([0, 0, width, height])
    page.cropbox = page.mediabox


def own_pdf(values: Values, edition: Edition, title: str, sections: Sections) -> bytes:
    """As ``govnb run`` publishes it."""
    name, _, rest = title.partition("20")
    made = tuple(
        Section(
            form.code,
            form.title,
            tuple(Block("paragraph", text) for text in sections.get(form.code, ())),
        )
        for form in edition.sections
    )
    report = Report(
        agency="sample",
        name=name,
        year=int("20" + rest[:2]),
        edition=edition.number,
        authority=edition.authority,
        tables=values,
        sections=made,
    )
    return render_pdf(Document(report, edition))


# DOCX


def docx_bytes(
    values: Values, edition: Edition, title: str, sections: Sections, landscape: bool = False, size: float = 9
) -> bytes:
    """As a clerk writes it in Word: merged cells, ruled tables, headings as styles; ``size`` in points for tables."""
    document = docx.Document()
    if landscape:
        page = document.sections[0]
        page.orientation = WD_ORIENT.LANDSCAPE
        page.page_width, page.page_height = page.page_height, page.page_width
    document.core_properties.title = title
    document.add_heading(title, 0)
    for form in edition.sections:
        document.add_heading(f"{form.number}、{form.title}", 1)
        for text in sections.get(form.code, ()):
            document.add_paragraph(text).paragraph_format.first_line_indent = Pt(24)
        if form.table:
            _docx_table(document.add_table(0, 0, "Table Grid"), filled_grid(values, edition, form.table), size)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _docx_table(table: docx.table.Table, grid: Grid, size: float) -> None:
    for _ in range(grid.columns):
        table.add_column(Pt(432 / grid.columns))
    for _ in range(grid.rows):
        table.add_row()
    squares = [row.cells for row in table.rows]
    for cell in grid.cells:
        first = squares[cell.row][cell.column]
        if cell.rowspan > 1 or cell.colspan > 1:
            first = first.merge(squares[cell.row + cell.rowspan - 1][cell.column + cell.colspan - 1])
        first.text = cell.text
        for paragraph in first.paragraphs:
            for run in paragraph.runs:
                run.font.size = Pt(size)


@functools.cache
def libreoffice_pdf(document: bytes, suffix: str = "docx") -> bytes:
    """``document`` (docx, or html with ``suffix="html"``) as LibreOffice exports it to PDF."""
    return _soffice(document, suffix, "pdf")


@functools.cache
def libreoffice_docx(html: str) -> bytes:
    """``html`` opened by LibreOffice and saved as DOCX (Word 2007)."""
    return _soffice(html.encode(), "html", "docx:MS Word 2007 XML", "--infilter=HTML (StarWriter)")


@functools.cache
def libreoffice_doc(document: bytes) -> bytes:
    """A DOCX saved in the legacy format of Word 97."""
    return _soffice(document, "docx", "doc:MS Word 97")


def _soffice(content: bytes, suffix: str, to: str, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"page.{suffix}").write_bytes(content)
        command = [shutil.which("soffice") or "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
        command += [*options, "--headless", "--convert-to", to, "--outdir", str(folder / "out")]
        subprocess.run([*command, str(folder / f"page.{suffix}")], check=True, capture_output=True, timeout=180)
        return (folder / "out" / f"page.{to.partition(':')[0]}").read_bytes()
