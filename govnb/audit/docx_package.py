"""The parts of a .docx file, unpacked within limits and parsed without entities, networks or document types.

Knows where Word, WPS and LibreOffice put the text, the styles and the title; says nothing about what they mean.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from posixpath import normpath
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from govnb.audit.flow import fold, too_large
from govnb.audit.raw import Unreadable
from govnb.errors import Text
from govnb.inputs.zip_limits import Locked, TooLarge, ZipLimits, read_members

LIMITS = ZipLimits(members=5_000, part=64 << 20, total=96 << 20, ratio=200, ratio_from=1 << 20)

_NEEDED = re.compile(r"^/?(_rels/\.rels|docProps/core\.xml|word/(document\d*|styles)\.xml)$", re.IGNORECASE)
_HEADING_NAME = re.compile(r"^(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_TITLES = frozenset(("title", "标题"))
_AGAIN = Text("请用 Word 或 WPS 打开后重新保存为 .docx", "Open it in Word or WPS and save it as .docx again")


@dataclass(frozen=True)
class Package:
    """``body``: the element w:body; ``levels``: style → heading level from 1; ``title``: what its properties say."""

    body: Any
    levels: dict[str, int] = field(default_factory=dict)
    title: str = ""


def read_package(content: bytes) -> Package:
    """Unreadable for damage, passwords, bombs and whatever is no text document."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = read_members(archive, lambda name: _NEEDED.match(name) is not None, LIMITS)
    except TooLarge:
        raise too_large(Text("解压后过大，不予读取", "unpacks to too much and is not read")) from None
    except Locked:
        raise Unreadable(
            Text("文件有密码保护，无法读取", "the file is protected by a password"),
            Text("请取消密码后重新保存", "Take the password off and save it again"),
        ) from None
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        raise _damaged() from None
    parts = {name.lstrip("/").lower(): xml for name, xml in members.items()}
    name = _main_name(parts)
    if name not in parts:
        raise _damaged()
    body = next((item for item in _xml(parts[name]).iterchildren("{*}body")), None)
    if body is None:
        raise _damaged()
    return Package(body, _levels(parts.get("word/styles.xml")), _title(parts.get("docprops/core.xml")))


def _damaged() -> Unreadable:
    return Unreadable(Text("不是有效的 .docx 文件，或已损坏", "is not a valid .docx file, or is damaged"), _AGAIN)


def _xml(content: bytes) -> Any:
    """The root of a part. No part has a document type; one that has would let entities grow or name other files."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _damaged() from None
    if root.getroottree().docinfo.doctype:
        raise _damaged()
    return root


def _main_name(parts: dict[str, bytes]) -> str:
    if "_rels/.rels" in parts:
        for item in _xml(parts["_rels/.rels"]):
            if isinstance(item.tag, str) and (item.get("Type") or "").endswith("/officeDocument"):
                return normpath((item.get("Target") or "").lstrip("/")).lower()
    return "word/document.xml"


def _levels(content: bytes | None) -> dict[str, int]:
    """Paragraph style → heading level, from its outline level or name, or those of the styles that it is based on."""
    if content is None:
        return {}
    own: dict[str, int | None] = {}
    based: dict[str, str] = {}
    for style in _xml(content).iterchildren("{*}style"):
        code = attribute(style, "styleId") or ""
        own[code] = _own_level(style)
        if (base := style.find("{*}basedOn")) is not None:
            based[code] = attribute(base, "val") or ""
    levels: dict[str, int] = {}
    for code in own:
        at, seen = code, set[str]()
        while at in own and at not in seen:
            seen.add(at)
            if (level := own[at]) is not None:
                if level:
                    levels[code] = level
                break
            at = based.get(at, "")
    return levels


def _own_level(style: Any) -> int | None:
    """The level, 0 for a style that says it is body text, None for one that says nothing."""
    name = style.find("{*}name")
    text = fold((attribute(name, "val") or "") if name is not None else "").lower()
    if found := _HEADING_NAME.match(text):
        return int(found[1])
    if text in _TITLES:
        return 1
    return outline_level(style.find("{*}pPr"))


def outline_level(properties: Any) -> int | None:
    """Level from 1 as w:outlineLvl gives it, 0 for body text (9), None where there is none."""
    found = properties.find("{*}outlineLvl") if properties is not None else None
    value = (attribute(found, "val") or "") if found is not None else ""
    if len(value) != 1 or value not in "0123456789":
        return None
    return 0 if value == "9" else int(value) + 1


def attribute(element: Any, name: str) -> str | None:
    """An attribute whatever its namespace: transitional and strict documents use different ones."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return None


def _title(content: bytes | None) -> str:
    if content is None:
        return ""
    title = next(_xml(content).iter("{*}title"), None)
    return fold(title.text or "") if title is not None else ""
