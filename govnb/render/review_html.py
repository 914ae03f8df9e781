"""HTML that a notebook shows, made harmless: what an analyst's cell printed is never trusted, whoever wrote it.

Nothing is cleaned in place. The text is read by a parser and written anew from a short list of elements without
attributes but spans and scopes; every text is escaped. No script, style, link, picture or address gets through.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup, escape

from govnb.pages import plain

# What is written again, and as what: headings become paragraphs, the page has headings of its own.
_SAME = {
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "ul", "ol", "li", "dl", "dt", "dd", "pre",
    "code", "strong", "em", "b", "i", "u", "s", "sub", "sup", "br", "hr",
}  # fmt: skip
_KEPT = {name: (name,) for name in _SAME} | dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), ("p", "strong"))
_BLOCKS = {"div", "section", "article", "header", "footer", "main", "blockquote", "figure", "figcaption"}
_VOID = {"br", "hr"}
_GONE = {
    "script", "style", "head", "title", "template", "noscript", "iframe", "object", "embed", "svg", "math", "textarea",
    "select", "audio", "video", "canvas", "xmp", "noembed", "noframes", "plaintext",
}  # fmt: skip
_SCOPES = {"row", "col", "rowgroup", "colgroup"}
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_SPAN = re.compile(r"[1-9][0-9]{0,5}")
_MOST_SPAN = 1000


def plain_text(text: str) -> str:
    """Text for a <pre>: no terminal colours, no control characters, none that turn the direction of writing."""
    return plain(_ANSI.sub("", text))


def safe_html(html: str) -> Markup:
    """``html`` rebuilt from harmless elements; its text is all there, but for that of scripts and the like.

    What no parser reads to its end, such as thousands of nested elements, is given as the text that it is.
    """
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(f"<html><body>{html}</body></html>".encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = None
    if root is None or any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        return escape(plain_text(html))
    written: list[str] = []
    gone = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        name = element.tag if isinstance(element.tag, str) else ""
        if event == "start":
            gone += name in _GONE
            if not gone:
                written += [_opening(name, element), _text(element.text)]
            continue
        if not gone:
            written.append(_closing(name, element))
        gone -= name in _GONE
        if not gone:
            written.append(_text(element.tail))
    return Markup("".join(written))


def _text(text: str | None) -> str:
    return str(escape(plain(text))) if text else ""


def _written_as(name: str, element: Any) -> tuple[str, ...]:
    """The elements that are written for one that is read; a header cell without text heads nothing."""
    if name == "th" and not "".join(element.itertext()).strip():
        return ("td",)
    return _KEPT.get(name, ())


def _opening(name: str, element: Any) -> str:
    if name in _BLOCKS or name == "img":
        return _text(f"〔{element.get('alt')}〕" if name == "img" and element.get("alt") else "")
    return "".join(f"<{tag}{_attributes(tag, element)}>" for tag in _written_as(name, element))


def _closing(name: str, element: Any) -> str:
    if name in _BLOCKS:
        return "<br>" if element.getnext() is not None else ""
    return "".join(f"</{tag}>" for tag in reversed(_written_as(name, element)) if tag not in _VOID)


def _attributes(tag: str, element: Any) -> str:
    if tag not in ("td", "th") or not element.attrib:
        return ""
    spans = ((key, element.get(key, "").strip()) for key in ("rowspan", "colspan"))
    made = "".join(f' {key}="{min(int(span), _MOST_SPAN)}"' for key, span in spans if _SPAN.fullmatch(span))
    scope = element.get("scope", "").strip().lower()
    return f'{made} scope="{scope}"' if tag == "th" and scope in _SCOPES else made
