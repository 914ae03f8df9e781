"""Rendering: Document → bytes, one function a format; the nbconvert exporters (html.py, pdf.py, docx.py, xlsx.py,
review_page.py) are thin skins on them, apart because importing nbconvert takes more than a second.

``render(document, "pdf")`` is the call for everybody else. Formats are imported when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from govnb.render.study_document import Printable

_MODULES = {"html": "webpage", "pdf": "typeset", "docx": "word", "xlsx": "workbook", "review": "review"}
REVIEW = "review"
FORMATS = tuple(form for form in _MODULES if form != REVIEW)


def render(document: Printable, form: str) -> bytes:
    """The file of one of FORMATS, or the page for REVIEW; ReportError where the document can't be printed."""
    module = import_module(f"govnb.render.{_MODULES[form]}")
    made: bytes = getattr(module, f"render_{form}")(document)
    return made
