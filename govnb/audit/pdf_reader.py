"""A published report in PDF → paragraphs and tables in reading order.

Bounded in size, pages, glyphs and lines. Nothing in the file is executed or fetched and no page is drawn; PDFium can
end the process on a hostile file, so callers run this in a process of their own (sandbox.py).
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, replace

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

from govnb.audit.lattice import Lattice, fill_lattices, find_lattices
from govnb.audit.pdf_guessing import guess_tables
from govnb.audit.pdf_joining import first_own_row, joined, raw_table
from govnb.audit.pdf_marks import MAX_GLYPHS, UNKNOWN, Glyph, PageMarks, read_marks
from govnb.audit.pdf_text import (
    HEADING,
    TITLE,
    Paragraph,
    Piece,
    TextLine,
    body_bounds,
    drop_running,
    join_lines,
    read_lines,
    read_paragraphs,
    usual_size,
)
from govnb.audit.raw import RawDocument, RawParagraph, RawTable, Unreadable
from govnb.errors import Text

MAX_BYTES = 50 * 1024 * 1024
MAX_PAGES = 300
MAX_ROWS = 5_000  # of one table
FEWEST_GLYPHS = 20  # fewer in a whole file is no report but stamps on pictures
FRAME = 80.0  # points: a single cell that tall is a frame round text, no table

_FAULTS = {
    raw.FPDF_ERR_PASSWORD: Text("有密码保护", "is protected by a password"),
    raw.FPDF_ERR_SECURITY: Text("使用了不支持的加密方式", "is encrypted in a way that can't be read"),
}
_RESAVE = Text("请取得未加密、未损坏的文件", "Get a file that is not encrypted or damaged")


@dataclass
class _Page:
    """What is read of one page before pages are seen together."""

    marks: PageMarks
    lattices: list[Lattice]
    outside: list[Glyph]
    lines: list[TextLine]


def read_pdf(content: bytes) -> RawDocument:
    """Everything that a report says, as it stands; Unreadable where it can't be opened or is larger than any report."""
    if len(content) > MAX_BYTES:
        raise Unreadable(Text("文件超过 50 MB", "the file is larger than 50 MB"))
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        reason = _FAULTS.get(getattr(error, "err_code", None), Text("不是完好的 PDF", "is not a sound PDF"))
        raise Unreadable(reason, _RESAVE) from None
    try:
        title = _title(document)
        pages = _read_pages(document)
    finally:
        document.close()
    return _assemble(pages, title)


def _title(document: pdfium.PdfDocument) -> str:
    """What the file calls itself; pypdfium2's own way raises on damaged text."""
    size = raw.FPDF_GetMetaText(document.raw, b"Title", None, 0)
    if not 2 < size < 10_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDF_GetMetaText(document.raw, b"Title", buffer, size)
    return " ".join(buffer.raw[: size - 2].decode("utf-16-le", errors="replace").split())[:200]


def _read_pages(document: pdfium.PdfDocument) -> list[_Page]:
    count = len(document)
    if count > MAX_PAGES:
        raise Unreadable(Text(f"共{count}页，超过 {MAX_PAGES} 页", f"has {count} pages, more than {MAX_PAGES}"))
    pages: list[_Page] = []
    room = MAX_GLYPHS
    for number in range(1, count + 1):
        handle = raw.FPDF_LoadPage(document.raw, number - 1)
        if not handle:
            raise Unreadable(Text(f"第{number}页已损坏", f"page {number} is damaged"), _RESAVE)
        try:
            marks = read_marks(handle, number, room)
        finally:
            raw.FPDF_ClosePage(handle)
        room -= len(marks.glyphs)
        pages.append(_read_page(marks))
    return pages


def _read_page(marks: PageMarks) -> _Page:
    lattices = find_lattices(marks.rules, marks.number)
    outside = fill_lattices(lattices, marks.glyphs)
    kept: list[Lattice] = []
    for lattice in lattices:
        if len(lattice.texts) == 1 and lattice.ys[-1] - lattice.ys[0] > FRAME:
            outside += lattice.glyphs[0]
        elif lattice.rows_unruled:
            outside += [glyph for held in lattice.glyphs for glyph in held]
        elif any(lattice.texts):
            lattice.sure = not marks.hidden
            kept.append(lattice)
    kept.sort(key=lambda lattice: lattice.ys[0])
    marks.glyphs, marks.rules = [], []
    return _Page(marks, kept, outside, read_lines(outside))


def _assemble(pages: list[_Page], title: str) -> RawDocument:
    pictures = sum(len(page.marks.pictures) for page in pages)
    glyphs = [glyph.text for page in pages for held in (page.outside, *_held(page)) for glyph in held]
    unknown = glyphs.count(chr(UNKNOWN))
    scanned = len(glyphs) - unknown < max(FEWEST_GLYPHS, unknown)
    notes: tuple[Text, ...] = ()
    if scanned and unknown:
        notes = (Text("文字没有编码，只能看不能读", "its letters have no codes: they can be seen but not read"),)
    elif scanned:
        notes = (Text("没有文字，只有图像", "holds no text, only pictures"),)
    elif any(page.marks.hidden for page in pages):
        notes = (Text("文字是扫描件上的识别结果", "the text was recognised from a scan"),)
    heights = [page.marks.height for page in pages]
    for page, lines in zip(pages, drop_running([page.lines for page in pages], heights), strict=True):
        page.lines = lines
    usual = usual_size([page.lines for page in pages])
    parts = tuple(_raw(part, usual) for part in _in_order(pages, usual))
    return RawDocument("pdf", title, parts, pictures, scanned=scanned, notes=notes)


def _held(page: _Page) -> list[list[Glyph]]:
    return [held for lattice in page.lattices for held in lattice.glyphs]


_Part = Paragraph | Lattice | RawTable


def _in_order(pages: list[_Page], usual: float) -> list[_Part]:
    """Parts in reading order, what the page's end cut made whole."""
    bounds = body_bounds([page.lines for page in pages])
    parts: list[_Part] = []
    for page, (left, right) in zip(pages, bounds, strict=True):
        for part in _page_parts(page, left, right, usual):
            if isinstance(part, Lattice):
                _take_tail(parts, part)
            before = parts[-1] if parts else None
            whole = _whole(before, part) if before is not None else None
            if whole is not None:
                parts[-1] = whole
            else:
                if isinstance(before, Lattice):
                    parts[-1:] = _settled(before)
                parts.append(part)
    if parts and isinstance(parts[-1], Lattice):
        parts[-1:] = _settled(parts[-1])
    return parts


def _page_parts(page: _Page, left: float, right: float, usual: float) -> list[_Part]:
    number = page.marks.number
    found: list[_Part] = []
    stretch: list[TextLine] = []

    def close() -> None:
        for item in guess_tables(stretch, number):
            if isinstance(item, RawTable):
                found.append(item)
            else:
                found.extend(read_paragraphs(item, number, left, right, usual))
        stretch.clear()

    marks: list[Lattice | TextLine] = [*page.lattices, *page.lines]
    marks.sort(key=lambda mark: mark.ys[0] if isinstance(mark, Lattice) else mark.middle)
    for mark in marks:
        if isinstance(mark, Lattice):
            close()
            found.append(mark)
        else:
            stretch.append(mark)
    close()
    return found


def _whole(before: _Part, part: _Part) -> _Part | None:
    """Two neighbours of which the second goes on where the page before ended; None where it does not."""
    if isinstance(before, Lattice) and isinstance(part, Lattice):
        if len(before.owner) + len(part.owner) > MAX_ROWS:
            raise Unreadable(Text(f"一个表格超过 {MAX_ROWS} 行", f"a table has more than {MAX_ROWS} rows"))
        return joined(before, part)
    if isinstance(before, RawTable) and isinstance(part, RawTable):
        return _guesses_joined(before, part)
    if isinstance(before, Paragraph) and isinstance(part, Paragraph):
        same = part.page == before.page + 1 and abs(before.size - part.size) < 0.15 * part.size
        if same and before.open_end and part.open_start:
            text = join_lines([_line(before), _line(part)])
            return replace(before, text=text, page=part.page, open_end=part.open_end)
    return None


def _guesses_joined(before: RawTable, part: RawTable) -> RawTable | None:
    """Guessed tables of neighbouring pages as one where their rows are of one length."""
    if not before.rows or not part.rows or before.page == part.page or len(before.rows[-1]) != len(part.rows[-1]):
        return None
    repeated = 0
    while repeated < len(part.rows) - 1 and part.rows[repeated] == before.rows[repeated : repeated + 1][0]:
        repeated += 1
    return RawTable((*before.rows, *part.rows[repeated:]), before.page, sure=False)


def _take_tail(parts: list[_Part], lower: Lattice) -> None:
    """Words under the last rule of a page are the rest of the cell above them if the table goes on on the next page.

    Browsers print a cell that spans rows so: its text runs on over the rule that they draw at the page's end.
    """
    if len(parts) < 2 or not isinstance(upper := parts[-2], Lattice) or not isinstance(tail := parts[-1], Paragraph):
        return
    if not upper.last_page == tail.page == lower.page - 1 or tail.top - upper.bottom > 1.5 * tail.size:
        return
    row = None if HEADING.match(tail.text) else first_own_row(upper, lower)
    if row is None or not all(_is_blank_under(piece, lower, row) for piece in tail.pieces):
        return
    taken = [_cell_over(piece, upper) for piece in tail.pieces]
    if taken and None not in taken:
        for cell, piece in zip(taken, tail.pieces, strict=True):
            upper.texts[cell or 0] += piece.text
        del parts[-1]


def _cell_over(piece: Piece, lattice: Lattice) -> int | None:
    """The filled cell of the last row that words under the table lie within the sides of."""
    for left, right, cell in lattice.last_cells():
        if left - 1 <= piece.left and piece.right <= right + 1 and lattice.texts[cell]:
            return cell
    return None


def _is_blank_under(piece: Piece, lattice: Lattice, row: int) -> bool:
    """Whether that row of the next page has nothing of its own under those words."""
    square = lattice.square((piece.left + piece.right) / 2, lattice.ys[row] + 1)
    return square is None or not lattice.texts[lattice.owner[square[0]][square[1]]]


def _line(paragraph: Paragraph) -> TextLine:
    return TextLine(paragraph.text, 0, 0, 0, 0, paragraph.size)


def _settled(lattice: Lattice) -> list[_Part]:
    """A ruled box with one filled cell is no table but a paragraph with a frame."""
    texts = [text for text in lattice.texts if text]
    if len(texts) > 1 and lattice.columns > 1:
        return [lattice]
    return [Paragraph(text, lattice.page, lattice.ys[0], 0.0) for text in texts]


def _raw(part: _Part, usual: float) -> RawParagraph | RawTable:
    if isinstance(part, Lattice):
        return raw_table(part)
    return part if isinstance(part, RawTable) else _paragraph(part, usual)


def _paragraph(paragraph: Paragraph, usual: float) -> RawParagraph:
    heading = 1 if usual and paragraph.size > TITLE * usual and len(paragraph.text) < 80 else None
    return RawParagraph(" ".join(paragraph.text.split()), heading, paragraph.page)
