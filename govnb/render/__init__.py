"""Rendering: Document → bytes, one function a format; the nbconvert exporters (html.py, pdf.py, docx.py,
xlsx.py) are thin skins on them, apart because importing nbconvert takes more than a second.

``render(document, "pdf")`` is the call for everybody else. Formats are imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from govnb.render.document import Document

_MODULES = {"html": "webpage", "pdf": "typeset", "docx": "word", "xlsx": "workbook"}
FORMATS = tuple(_MODULES)


def render(document: Document, form: str) -> bytes:
    """The file of one of FORMATS; ReportError where the document can't be printed."""
    module = import_module(f"govnb.render.{_MODULES[form]}")
    made: bytes = getattr(module, f"render_{form}")(document)
    return made
