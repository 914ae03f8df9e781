"""Everything of rendering that can be ready before it is needed: modules, templates, fonts, the typesetter.

Nothing is typeset here: Typst starts threads when it first does, and a process with threads can't be forked.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pikepdf

from govnb.render import FORMATS, REVIEW, review, review_steps, typeset, webpage, word
from govnb.render.exporter import export, exporter
from govnb.render.fonts import read_fonts
from govnb.render.page import build_page
from govnb.render.study_document import read_document

__all__ = ["load", "prepare", "word"]

_TYPESET = ("pdf", "docx")  # the page, or its charts


def load(script: str = "hans", fonts: Path | None = None) -> None:
    """What rendering loads and compiles for the report that it is asked for first, whatever stands in it."""
    for form in (*FORMATS, REVIEW):
        exporter(form)
    webpage.template()
    review.template(script)
    review_steps.lexer()
    typeset.compiler(read_fonts(fonts), "main.typ")


def prepare(notebook: Mapping[str, Any]) -> None:
    """Makes the files of an executed notebook, as far as they can be made without Typst; nothing is kept of them."""
    load()
    document = read_document(notebook)
    for form in (*FORMATS, REVIEW):
        if form not in _TYPESET:
            export(notebook, document, form)
    page, book = build_page(document), read_fonts(None)
    book.missing(page.title)
    typeset.page_data(page, book)
    pikepdf.new().save(io.BytesIO(), deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
