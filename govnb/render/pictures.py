"""Pictures: data: URIs of the narrative and SVG of the charts, checked and cleaned before any format embeds them.

Nothing is fetched and nothing in a picture may run or fetch: scripts, handlers and outside references are removed.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from govnb.errors import Place, Problem, ReportError, Text

_URI = re.compile(r"data:(image/(?:png|jpeg|svg\+xml))((?:;[\w=.-]+)*),(.*)\Z", re.DOTALL | re.IGNORECASE)
_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_UNSAFE = {
    f"{_SVG}{name}" for name in ("script", "foreignObject", "metadata", "iframe", "audio", "video", "animate", "set")
}
_RUNNING = {f"{_SVG}text", f"{_SVG}tspan"}
_WORDED = _RUNNING | {f"{_SVG}title", f"{_SVG}desc"}
_REFERENCE = re.compile(r"url\(\s*(['\"]?)#([^)'\"]+)\1\s*\)")
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#|data:image/)[^)]*\)|@import[^;]*;?", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_TRANSLATE = re.compile(r"translate\([^)]*\)")
_STYLE_SPACE = re.compile(r"\s*([:;])\s*")
# 1/100 of a unit can't be seen; scales are left alone, since what they multiply can be large.
_LENGTHS = frozenset({"d", "x", "y", "width", "height", "points"})
_UNIVERSAL = re.compile(r"\s*\*\s*\{([^{}]*)\}\s*\Z")


@dataclass(frozen=True)
class Picture:
    """``mime`` is image/png, image/jpeg or image/svg+xml; ``data`` its checked bytes (SVG: cleaned UTF-8)."""

    mime: str
    data: bytes
    alt: str

    @property
    def uri(self) -> str:
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode('ascii')}"


def read_picture(uri: str, alt: str) -> Picture:
    """The picture of a data: URI; ReportError where it is no picture that every format can hold."""
    match = _URI.match(uri)
    if match is None:
        raise _bad(alt)
    mime, marks, body = match[1].lower(), match[2].lower(), match[3]
    try:
        data = base64.b64decode(body, validate=False) if ";base64" in marks else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise _bad(alt) from error
    if mime == "image/svg+xml":
        return Picture(mime, clean_svg(data.decode("utf-8", "replace"), alt).encode(), alt)
    if not data.startswith(_MAGIC[mime]):
        raise _bad(alt)
    _draw_once(data, alt)
    return Picture(mime, data, alt)


def _draw_once(data: bytes, alt: str) -> None:
    """A torn file is found here, whatever the format: a browser would show half of it without a word."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Image.open(io.BytesIO(data)).load()
    except Exception as error:  # Pillow's readers raise OSError, SyntaxError, struct.error and more for torn files
        raise _bad(alt) from error


def _bad(alt: str) -> ReportError:
    return ReportError(
        Problem(
            Place(),
            Text(f"图片“{alt}”读不出来", f"the picture “{alt}” can't be read"),
            Text("请换成 PNG、JPEG 或 SVG 文件", "Use a PNG, JPEG or SVG file"),
            "render.picture",
        )
    )


@lru_cache(maxsize=32)  # the PDF, the published page and the review page draw the same charts
def clean_svg(svg: str, alt: str) -> str:
    """The same drawing without prolog, comments, scripts, handlers and outside references, coordinates to 1/100."""
    return _text(_cleaned(svg, alt))


@lru_cache(maxsize=32)
def inline_svg(svg: str, alt: str, title: str, prefix: str) -> str:
    """SVG to stand in an HTML page: ids begin with ``prefix``, styles stay inside, title and description are given."""
    from lxml import etree  # type: ignore[import-untyped]

    root = etree.fromstring(clean_svg(svg, alt))
    _prefix_ids(root, prefix)
    _keep_styles_inside(root, prefix)
    for old in [child for child in root if child.tag in (f"{_SVG}title", f"{_SVG}desc")]:
        root.remove(old)
    description = etree.Element(f"{_SVG}desc", id=f"{prefix}desc")
    description.text = alt
    name = etree.Element(f"{_SVG}title", id=f"{prefix}title")
    name.text = title
    root.insert(0, description)
    root.insert(0, name)
    for key in ("width", "height", "aria-label"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("id", f"{prefix}drawing")
    root.set("aria-labelledby", f"{prefix}title")
    root.set("aria-describedby", f"{prefix}desc")
    root.set("focusable", "false")
    etree.cleanup_namespaces(root)
    return _text(root)


def _text(root: Any) -> str:
    from lxml import etree

    text: str = etree.tostring(root, encoding="unicode")
    return text


def _cleaned(svg: str, alt: str) -> Any:
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(svg.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise _bad(alt) from error
    if root.tag != f"{_SVG}svg":
        raise _bad(alt)
    _ensure_view_box(root)
    for element in list(root.iter()):
        if not isinstance(element.tag, str) or element.tag in _UNSAFE or not element.tag.startswith(_SVG):
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        _clean_attributes(element)
        if element.tag == f"{_SVG}style":
            element.text = _OUTSIDE.sub("", element.text or "")
        elif element.tag not in _WORDED:
            element.text = None
        if (parent := element.getparent()) is not None and parent.tag not in _RUNNING:
            element.tail = None
    _drop_unused(root)
    etree.cleanup_namespaces(root)
    return root


def _drop_unused(root: Any) -> None:
    """Names that nothing refers to, and definitions without content: much of what matplotlib writes."""
    used: set[str] = set()
    for element in root.iter():
        for key, value in element.items():
            if key.endswith("href") and value.startswith("#"):
                used.add(value[1:])
            if "url(" in value:
                used.update(match[2] for match in _REFERENCE.finditer(value))
            if key in ("aria-labelledby", "aria-describedby"):
                used.update(value.split())
        if element.tag == f"{_SVG}style":
            used.update(re.findall(r"#([\w.-]+)", element.text or ""))
    for element in list(root.iter()):
        name = element.get("id")
        if name is not None and name not in used:
            del element.attrib["id"]
        if element.tag == f"{_SVG}defs" and len(element) == 0 and element.getparent() is not None:
            element.getparent().remove(element)


def _clean_attributes(element: Any) -> None:
    for key, value in element.items():
        name = key.rpartition("}")[2].lower()
        outside = name == "href" and not value.startswith(("#", "data:image/"))
        if outside or name.startswith("on") or name == "base":
            del element.attrib[key]
            continue
        kept = _OUTSIDE.sub("none", value) if "url(" in value else value
        if key in _LENGTHS:
            kept = _NUMBER.sub(_shorter, " ".join(kept.split()))
        elif key == "transform":
            kept = _TRANSLATE.sub(lambda move: _NUMBER.sub(_shorter, move[0]), kept)
        elif key == "style":
            kept = _STYLE_SPACE.sub(r"\1", kept.strip())
        if kept != value:
            element.set(key, kept)


def _shorter(match: re.Match[str]) -> str:
    short = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _ensure_view_box(root: Any) -> None:
    """Width and height are dropped in a page, so the drawing needs its own coordinates' frame."""
    if root.get("viewBox"):
        return
    sizes = [re.match(r"\s*([\d.]+)", root.get(key, "")) for key in ("width", "height")]
    if all(sizes):
        root.set("viewBox", "0 0 " + " ".join(size[1] for size in sizes if size))


def _prefix_ids(root: Any, prefix: str) -> None:
    for element in root.iter():
        for key, value in element.items():
            name = key.rpartition("}")[2]
            if name == "id":
                element.set(key, prefix + value)
            elif name == "href" and value.startswith("#"):
                element.set(key, f"#{prefix}{value[1:]}")
            elif "url(" in value:
                element.set(key, _REFERENCE.sub(rf"url(#{prefix}\2)", value))
            elif name in ("aria-labelledby", "aria-describedby"):
                del element.attrib[key]


def _keep_styles_inside(root: Any, prefix: str) -> None:
    """A <style> in inline SVG would reach the whole page: move ``*`` rules to the root, nest the rest in its id."""
    for style in list(root.iter(f"{_SVG}style")):
        match = _UNIVERSAL.match(style.text or "")
        if match:
            root.set("style", ";".join(part for part in (root.get("style", "").rstrip(";"), match[1].strip()) if part))
            style.getparent().remove(style)
        else:
            rules = _REFERENCE.sub(rf"url(#{prefix}\2)", style.text or "")
            style.text = f"#{prefix}drawing {{ {rules} }}"
