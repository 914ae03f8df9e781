"""A picture of the analyst's as a data: URI, so that every output holds it itself.

The kind is told from the bytes, never from the file's name. Reads no file.
"""

from __future__ import annotations

import base64
import re

from govnb.errors import Text

_SVG_HEAD = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<svg[\s>]", re.DOTALL)
# What would run, or be fetched, where the picture is shown; entities can also be made to grow without end.
_SVG_UNSAFE = re.compile(
    rb"<!DOCTYPE|<!ENTITY|<script|<foreignObject|\son\w+\s*=|(?:href|src)\s*=\s*[\"']\s*(?!#|data:)[^\"']|@import"
    rb"|url\(\s*[\"']?\s*(?!#|data:)\w|<\?xml-stylesheet",
    re.IGNORECASE,
)


def media_type(data: bytes) -> str | None:
    """``image/png``, ``image/jpeg`` or ``image/svg+xml``; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/svg+xml" if _SVG_HEAD.match(data) else None


def build_data_uri(data: bytes) -> str | Text:
    """The picture as a data: URI, or what is wrong with it."""
    kind = media_type(data)
    if kind is None:
        return Text("不是 PNG、JPEG 或 SVG 图片", "is not a PNG, JPEG or SVG picture")
    if kind == "image/svg+xml" and _SVG_UNSAFE.search(data):
        return Text("SVG 图片含脚本或外部引用", "is an SVG picture with a script or a link to something outside it")
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
