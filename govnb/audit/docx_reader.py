"""A .docx report → paragraphs and tables as Word shows them: tracked deletions gone, insertions and text boxes kept.

Numbers that Word makes by itself (lists, fields) are not made here. Nothing outside the file is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from govnb.audit.docx_package import attribute, outline_level, read_package
from govnb.audit.flow import Cell, Flow
from govnb.audit.raw import RawDocument, Unreadable
from govnb.errors import Text

MAX_BYTES = 50 << 20

# Deleted, moved away, kept for old programs only, or not text.
_SKIPPED = frozenset(
    {"del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "tblPr", "tblGrid", "sectPr", "rt"}
    | {"sdtPr", "sdtEndPr", "footnoteReference", "endnoteReference", "annotationRef", "commentReference"}
    | {"trPr", "tcPr", "tblPrEx", "Fallback", "chart", "wgp"}
)
_SIGNS = {"tab": " ", "noBreakHyphen": "-", "ptab": " ", "softHyphen": ""}
_EMU, _WIDE, _HIGH = 9525, 200, 100  # a pixel; smaller pictures are seals and icons
_STYLED = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*([\d.]{1,9})\s*(pt|in|cm|mm|px)?", re.IGNORECASE)
_PIXELS = {"pt": 4 / 3, "in": 96.0, "cm": 37.8, "mm": 3.78, "px": 1.0, "": 1.0}


def read_docx(content: bytes) -> RawDocument:
    """The document as it stands. Unreadable for damage, passwords, bombs, nesting beyond measure, or no text at all."""
    if len(content) > MAX_BYTES:
        mega = MAX_BYTES >> 20
        raise Unreadable(Text(f"文件超过{mega} MB，不予读取", f"has more than {mega} MB and is not read"))
    package = read_package(content)
    reading = _Reading(package.levels)
    reading.read_blocks(package.body)
    parts = reading.flow.finish()
    if not parts and not reading.pictures:
        raise Unreadable(Text("文件中没有文字", "there is no text in the file"))
    scanned = not parts and reading.pictures > 0
    return RawDocument("docx", package.title, parts, reading.pictures, scanned, tuple(reading.notes))


def _name(element: Any) -> str:
    """The tag without its namespace; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class _Reading:
    def __init__(self, levels: dict[str, int]) -> None:
        self.flow = Flow()
        self.pictures = 0
        self.notes: list[Text] = []
        self._levels = levels
        self._boxes: list[Any] = []  # text boxes of the paragraph being read; they follow it

    def read_blocks(self, parent: Any) -> None:
        """Paragraphs and tables of a body, a cell or a text box, through whatever wraps them."""
        for child in parent:
            name = _name(child)
            if name == "p":
                self._read_paragraph(child)
            elif name == "tbl":
                self._read_table(child)
            elif name == "altChunk":
                self._note(Text("文件中嵌有另一份文档，未读取", "another document is embedded, which was not read"))
            elif name and name not in _SKIPPED:
                self.read_blocks(child)

    def _read_paragraph(self, paragraph: Any) -> None:
        self.flow.new_block(self._level(paragraph))
        outer, self._boxes = self._boxes, []
        self._read_runs(paragraph)
        self.flow.new_block()
        boxes, self._boxes = self._boxes, outer
        for box in boxes:
            self.read_blocks(box)

    def _level(self, paragraph: Any) -> int | None:
        properties = paragraph.find("{*}pPr")
        if properties is None:
            return None
        level = outline_level(properties)
        if level is None and (style := properties.find("{*}pStyle")) is not None:
            level = self._levels.get(attribute(style, "val") or "")
        return level or None

    def _read_runs(self, parent: Any) -> None:
        flow = self.flow
        for child in parent:
            name = _name(child)
            if name == "t":
                flow.text(child.text or "")
            elif name == "r":
                if not _vanishes(child):
                    self._read_runs(child)
            elif name in ("br", "cr"):
                flow.line_break()
            elif name in _SIGNS:
                flow.text(_SIGNS[name])
            elif name == "sym":
                flow.text(_symbol(child))
            elif name == "AlternateContent":
                self._read_alternative(child)
            elif name == "txbxContent":
                self._boxes.append(child)
            elif name in ("drawing", "pict", "object"):
                self._read_drawing(child, name)
            elif name and name not in _SKIPPED:
                self._read_runs(child)

    def _read_alternative(self, element: Any) -> None:
        """The first choice; the fallback says the same again for old programs."""
        chosen = next((child for child in element if _name(child) == "Choice"), None)
        if chosen is None:
            chosen = next((child for child in element if _name(child) == "Fallback"), None)
        if chosen is not None:
            self._read_runs(chosen)

    def _read_drawing(self, drawing: Any, name: str) -> None:
        if name == "object":
            program = next((attribute(item, "ProgID") or "" for item in drawing.iter("{*}OLEObject")), "")
            if re.match(r"(excel|et)\.", program, re.IGNORECASE):
                self.pictures += 1
                self._note(Text("文件中嵌有电子表格，未读取", "a spreadsheet is embedded, which was not read"))
            return
        self._boxes += [box for box in drawing.iter("{*}txbxContent") if not _inside_box(box, drawing)]
        for item in drawing.iter("{*}blip", "{*}imagedata"):
            if not _is_small(item, drawing):
                self.pictures += 1

    def _read_table(self, table: Any) -> None:
        rows = [row for row in _children(table, "tr") if not _is_deleted(row)]
        shape = [(row, [cell for cell in _children(row, "tc") if not _is_deleted(cell)]) for row in rows]
        cells = [cell for _, line in shape for cell in line]
        if len(cells) < 2:  # a frame around something
            for cell in cells:
                self.read_blocks(cell)
            return
        self.flow.open_table()
        above: dict[int, Cell] = {}  # grid column → the cell that reaches down from there
        for row, line in shape:
            self.flow.open_row()
            above = self._read_row(row, line, above)
        self.flow.close_table()

    def _read_row(self, row: Any, line: list[Any], above: dict[int, Cell]) -> dict[int, Cell]:
        column = _grid_before(row)
        reaching: dict[int, Cell] = {}
        merged: Cell | None = None  # the cell to which w:hMerge adds
        for cell in line:
            properties = cell.find("{*}tcPr")
            span = _number(properties, "gridSpan", 1)
            down, across = _merge(properties, "vMerge"), _merge(properties, "hMerge")
            if across == "continue" and merged is not None:
                merged.colspan += span
            elif down == "continue" and column in above:
                reaching[column] = above[column]
                reaching[column].rowspan += 1
                merged = None
            else:
                opened = self.flow.open_cell(1, span)
                self.read_blocks(cell)
                self.flow.close_cell()
                merged = opened if across == "restart" else None
                if down is not None:
                    reaching[column] = opened
            column += span
        return reaching

    def _note(self, note: Text) -> None:
        if note not in self.notes:
            self.notes.append(note)


def _children(parent: Any, wanted: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, through content controls and marks of insertion."""
    for child in parent:
        name = _name(child)
        if name == wanted:
            yield child
        elif name in ("sdt", "sdtContent", "ins", "customXml", "moveTo", "smartTag"):
            yield from _children(child, wanted)


def _is_deleted(element: Any) -> bool:
    """A row or cell whose deletion was tracked, or a hidden row."""
    properties = next((child for child in element if _name(child) in ("trPr", "tcPr")), None)
    return properties is not None and any(_name(item) in ("del", "cellDel", "hidden") for item in properties)


def _grid_before(row: Any) -> int:
    return _number(row.find("{*}trPr"), "gridBefore", 0)


def _number(properties: Any, name: str, default: int) -> int:
    found = properties.find(f"{{*}}{name}") if properties is not None else None
    value = (attribute(found, "val") or "") if found is not None else ""
    return min(max(int(value), default), 1000) if re.fullmatch(r"\d{1,9}", value, re.ASCII) else default


def _merge(properties: Any, name: str) -> str | None:
    """ "restart", "continue", or None where the cell isn't merged; no value means continue."""
    found = properties.find(f"{{*}}{name}") if properties is not None else None
    if found is None:
        return None
    return "restart" if attribute(found, "val") == "restart" else "continue"


def _vanishes(run: Any) -> bool:
    properties = run.find("{*}rPr")
    hidden = properties.find("{*}vanish") if properties is not None else None
    return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")


def _symbol(element: Any) -> str:
    """A character of a symbol font: those of Symbol are its ASCII ones moved, the pictures of Wingdings are none."""
    char, font = attribute(element, "char") or "", attribute(element, "font") or ""
    if not re.fullmatch(r"[0-9A-Fa-f]{1,5}", char):
        return ""
    code = int(char, 16)
    if 0xF000 <= code <= 0xF0FF:
        return chr(code - 0xF000) if font.lower() == "symbol" and code > 0xF01F else ""
    return "" if code < 0x20 or 0xD800 <= code <= 0xDFFF or 0xE000 <= code <= 0xF8FF else chr(code)


def _inside_box(box: Any, drawing: Any) -> bool:
    """Whether a text box stands in another one of the drawing, or repeats it for old programs."""
    parent = box.getparent()
    while parent is not None and parent is not drawing:
        if _name(parent) in ("txbxContent", "Fallback"):
            return True
        parent = parent.getparent()
    return False


def _is_small(picture: Any, drawing: Any) -> bool:
    if _name(picture) == "imagedata":
        shape = picture.getparent()
        style = (shape.get("style") or "") if shape is not None else ""
        sizes = {name.lower(): _pixels(number, unit) for name, number, unit in _STYLED.findall(style)}
        return sizes.get("width", _WIDE) < _WIDE or sizes.get("height", _HIGH) < _HIGH
    extent = next(drawing.iter("{*}extent"), None)
    if extent is None:
        return False
    width, height = extent.get("cx") or "", extent.get("cy") or ""
    if not re.fullmatch(r"\d{1,12} \d{1,12}", f"{width} {height}", re.ASCII):
        return False
    return int(width) < _WIDE * _EMU or int(height) < _HIGH * _EMU


def _pixels(number: str, unit: str) -> float:
    return float(number) * _PIXELS[unit.lower()] if re.fullmatch(r"\d+(\.\d*)?", number) else float(_WIDE)
