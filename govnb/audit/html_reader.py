"""A published web page → paragraphs and tables in reading order, whatever content management system made it.

Nothing is fetched and no script runs: lxml builds the tree from the bytes alone, and a page that breaks its limits is
refused as a whole, because a tree that was cut short would lack rows. Menus and footers stay as paragraphs; where the
report begins and ends is told later, from its tables and headings. Labels are not known here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from govnb.audit.charset import decode
from govnb.audit.flow import Flow, fold, too_large
from govnb.audit.raw import RawDocument, RawParagraph, RawTable, Unreadable
from govnb.errors import Text

MAX_BYTES = 20 << 20
MAX_NAMED_FILES = 20

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div"}
    | {"dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main"}
    | {"menu", "nav", "ol", "p", "pre", "section", "summary", "ul"}
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = frozenset(
    {
        "script",
        "style",
        "template",
        "head",
        "title",
        "meta",
        "link",
        "noscript",
        "select",
        "option",
        "textarea",
        "button",
    }
    | {"svg", "math", "object", "embed", "applet", "audio", "video", "canvas", "iframe", "frame", "datalist", "xml"}
)
_CELLS = ("td", "th")
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)", re.I)
_OUTLINE = re.compile(r"mso-outline-level\s*:\s*([1-9])", re.I)
_STYLED_SIZE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*([\d.]+)\s*(px|pt)?", re.I)
_FILE = re.compile(r"\.(pdf|docx?|xlsx?|wps|et|ofd|rar|zip|7z)(?:$|[?#&])", re.I)
_FURNITURE = re.compile(
    r"logo|icon|ico_|ewm|qr_?code|weixin|wechat|weibo|banner|share|arrow|btn|button|gongan|beian", re.I
)
_INLINE = re.compile(r"</?(?:font|span|strong|b|i|em|u|big|small|a|o:p|st1:[a-z]+)(?:\s[^<>]*)?/?>", re.I)
_MARKUP = re.compile(r"<\s*[a-zA-Z!/?]")
# Smaller pictures are icons; a table of a report as a picture is several times as large.
_WIDE, _HIGH = 200, 100


def read_html(content: bytes) -> RawDocument:
    """The page as it stands. Unreadable where it is too large, no text, nested beyond measure, or empty."""
    if len(content) > MAX_BYTES:
        raise too_large(
            Text(
                f"网页超过{MAX_BYTES >> 20} MB，不予读取",
                f"the page has more than {MAX_BYTES >> 20} MB and is not read",
            )
        )
    decoded = decode(content)
    if decoded is None:
        raise Unreadable(
            Text("不是网页或文本，或字符编码无法识别", "is no page or text, or its character set is unknown"),
            Text("请用浏览器打开后另存为网页或 PDF", "Open it in a browser and save it as a page or as PDF"),
        )
    text = decoded.text.replace("\0", "")
    notes: list[Text] = []
    if decoded.damaged:
        n = decoded.damaged
        notes.append(Text(f"有{n}处字符损坏，无法识别", f"{n} damaged characters could not be decoded"))
    if not _MARKUP.search(text):
        return _plain(text, notes)
    return _read_tree(_parse(text), notes)


def _plain(text: str, notes: list[Text]) -> RawDocument:
    lines = [folded for line in text.splitlines() if (folded := fold(line))]
    if not lines:
        raise _no_text()
    return RawDocument("html", "", tuple(RawParagraph(line) for line in lines), notes=tuple(notes))


def _no_text() -> Unreadable:
    return Unreadable(
        Text("页面中没有文字（内容可能由脚本载入）", "there is no text in the page (a script may load it)"),
        Text("请用浏览器打开后另存为完整网页或 PDF", "Open it in a browser and save the complete page, or as PDF"),
    )


def _parse(text: str) -> Any:
    """The root element. Old pages leave hundreds of <font> and <span> open: without those they are shallow again."""
    root, broken = _tree(text)
    if broken:
        root, broken = _tree(_INLINE.sub("", text))
    if broken:
        raise too_large(
            Text("网页标签嵌套过深或单个内容过长，不予读取", "the page is nested too deeply or has one too long piece")
        )
    if root is None:
        raise _no_text()
    return root


def _tree(text: str) -> tuple[Any, bool]:
    """The tree, and whether lxml met a limit and cut it short."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing but white space and comments
        root = None
    errors = parser.error_log
    return root, any(error.level == etree.ErrorLevels.FATAL for error in errors)


def _read_tree(root: Any, notes: list[Text]) -> RawDocument:
    page = _Page(root, hidden=False)
    if not _has_table(page) and root.find(".//table") is not None:
        # Some systems keep the report hidden until a script has laid it out.
        whole = _Page(root, hidden=True)
        if _has_table(whole):
            notes = [*notes, Text("表格在页面中是隐藏的", "the tables are hidden in the page")]
            page = whole
    parts = tuple(page.flow.parts)
    if not parts and not page.pictures and not page.files:
        raise _no_text()
    notes = [*notes, *(_named(name) for name in list(page.files)[:MAX_NAMED_FILES])]
    return RawDocument("html", _title(root), parts, page.pictures, not parts and page.pictures > 0, tuple(notes))


def _has_table(page: _Page) -> bool:
    return any(isinstance(part, RawTable) for part in page.flow.parts)


def _named(name: str) -> Text:
    return Text(f"页面附有文件“{name}”，其中内容未读取", f"the page has the file “{name}” attached, which was not read")


def _title(root: Any) -> str:
    """What the page calls the article: the meta element that government sites have to give, else the title."""
    for meta in root.iter("meta"):
        if (meta.get("name") or "").lower() == "articletitle" and (title := fold(meta.get("content") or "")):
            return title
    element = root.find(".//title")
    return fold("".join(element.itertext())) if element is not None else ""


class _Page:
    """One walk over a tree. ``hidden``: whether what the page hides is read too."""

    def __init__(self, root: Any, hidden: bool) -> None:
        self.flow = Flow()
        self.pictures = 0
        self.files: dict[str, None] = {}
        self._hidden = hidden
        self._depth = 0
        self._cells = _own_cells(root)
        self._walk(root)
        self.flow.finish()

    def _walk(self, element: Any) -> None:
        """The element's own text and its children; its tail belongs to the parent. Depth is bounded by the parser."""
        tag = element.tag
        if not isinstance(tag, str):
            return
        if tag in _SKIPPED:
            self._note_frame(element, tag)
            return
        if not self._hidden and _is_hidden(element):
            return
        flow = self.flow
        if tag == "br":
            flow.line_break()
        elif tag == "img":
            self._count_picture(element)
        elif tag == "table":
            self._walk_table(element)
        elif tag == "tr" and self._depth:
            if not _is_strut(element):
                flow.open_row()
                self._walk_inside(element)
        elif tag in _CELLS and self._depth:
            flow.open_cell(_span(element.get("rowspan")), _span(element.get("colspan")))
            self._walk_inside(element)
            flow.close_cell()
        elif (level := _level(element, tag)) is not None or tag in _BLOCKS or tag == "tr" or tag in _CELLS:
            flow.new_block(level)
            self._walk_inside(element)
            flow.new_block()
        else:
            if tag == "a":
                self._note_link(element)
            self._walk_inside(element)

    def _walk_inside(self, element: Any) -> None:
        text = self.flow.text
        if element.text:
            text(element.text)
        for child in element:
            self._walk(child)
            if child.tail:
                text(child.tail)

    def _walk_table(self, table: Any) -> None:
        if self._cells[table] < 2:  # a frame around something, or around the text of one cell
            self.flow.new_block()
            depth, self._depth = self._depth, 0
            self._walk_inside(table)
            self._depth = depth
            self.flow.new_block()
            return
        self.flow.open_table()
        self._depth += 1
        if table.text:
            self.flow.text(table.text)
        for child in sorted(table, key=lambda child: bool(child.tag == "tfoot")):
            self._walk(child)
            if child.tail:
                self.flow.text(child.tail)
        self._depth -= 1
        self.flow.close_table()

    def _count_picture(self, image: Any) -> None:
        source = image.get("src") or ""
        width, height = _size(image)
        small = (width is not None and width < _WIDE) or (height is not None and height < _HIGH)
        tiny_data = source.startswith("data:") and len(source) < 3000
        if not small and not tiny_data and not _FURNITURE.search(source[:500]):
            self.pictures += 1

    def _note_link(self, link: Any) -> None:
        if found := _FILE.search((link.get("href") or "")[-300:]):
            name = fold("".join(link.itertext()))[:80] or found[1].lower()
            self.files[name] = None

    def _note_frame(self, frame: Any, tag: str) -> None:
        if tag in ("iframe", "frame", "embed", "object"):
            source = frame.get("src") or frame.get("data") or ""
            if found := _FILE.search(source[-300:]):
                self.files[found[1].upper()] = None


def _own_cells(root: Any) -> Counter[Any]:
    """Table → how many cells are its own, not those of a table inside it."""
    cells: Counter[Any] = Counter()
    for cell in root.iter(*_CELLS):
        parent = cell.getparent()
        while parent is not None and parent.tag != "table":
            parent = parent.getparent()
        if parent is not None:
            cells[parent] += 1
    return cells


def _is_hidden(element: Any) -> bool:
    if element.get("hidden") is not None:
        return True
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None


def _is_strut(row: Any) -> bool:
    """Word ends its tables with a row without height or text that only fixes the widths of the columns."""
    return row.get("height") == "0" and not "".join(row.itertext()).strip()


def _level(element: Any, tag: str) -> int | None:
    if tag in _HEADINGS:
        return _HEADINGS[tag]
    if tag == "p" and (style := element.get("style")) and (found := _OUTLINE.search(style)):
        return int(found[1])
    if element.get("role") == "heading":
        level = element.get("aria-level") or "2"
        return int(level) if level in "123456" and len(level) == 1 else 2
    return None


def _span(text: str | None) -> int:
    """A span as HTML reads it: leading digits; nothing usable is 1. The flow bounds it."""
    found = re.match(r"\s*\+?(\d{1,9})", text) if text else None
    return int(found[1]) if found else 1


def _size(image: Any) -> tuple[float | None, float | None]:
    """Width and height in pixels, where the page gives them."""
    size: dict[str, float] = {}
    for name, number, unit in _STYLED_SIZE.findall(image.get("style") or ""):
        size[name.lower()] = _number(number) * (4 / 3 if unit.lower() == "pt" else 1)
    for name in ("width", "height"):
        text = (image.get(name) or "").strip().lower().removesuffix("px")
        if name not in size and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text):
            size[name] = float(text)
    return size.get("width"), size.get("height")


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d{0,6})?", text) else float(_WIDE)
