"""What a server imports and does once, so that no report has to: libraries, the shell, a first chart, fonts, templates.

Nothing here starts a thread or leaves a trace that a report could see: warning filters, random numbers, matplotlib's
settings and its list of fonts are as if nothing had been done. What can't be had ready is left to the reports, which
then say themselves what is wrong.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import warnings
from collections.abc import Callable

_MODULES = (
    "govnb.notebook",
    "pandas",
    "matplotlib.pyplot",
    "papermill",
    "nbformat.v4",
    "nbconvert.exporters",
    "pikepdf",
    "govnb.making",
    "govnb.workpaper",
    "govnb.steps",
    "govnb.display",
    "govnb.gallery",
    "govnb.render.webpage",
    "govnb.render.typeset",
    "govnb.render.word",
    "govnb.render.workbook",
    "govnb.notebook.clients",
)


def warm_up() -> None:
    """Does all of it; what fails is left out."""
    filters = warnings.filters[:]
    for step in (*(_importer(name) for name in _MODULES), _read_data, _draw, _prepare_rendering):
        with contextlib.suppress(Exception):
            step()
    warnings.filters[:] = filters  # type:ignore[index]
    for handler in logging.root.handlers[:]:
        logging.root.removeHandler(handler)
    with contextlib.suppress(Exception):
        _build_shell()  # last: it sets up warnings as the cells are to have them
    # What is there now stays for good: no report's collector looks at it, and so no memory page of it is copied.
    gc.collect()
    gc.freeze()


def _importer(name: str) -> Callable[[], object]:
    return lambda: importlib.import_module(name)


def _build_shell() -> None:
    from govnb.notebook.cells import build

    build()


def _read_data() -> None:
    """Editions of the form, templates of the narrative, the calendar: all of them are kept by their modules."""
    from govnb.form.edition import packaged_editions

    packaged_editions()


def _draw() -> None:
    """A chart with every kind of mark, so that matplotlib has its fonts and glyphs."""
    from matplotlib import font_manager

    from govnb import charts

    before = list(font_manager.fontManager.ttflist)
    months = [f"{month}月" for month in range(1, 13)]
    charts.draw_bars("warm", "各月收到和答复的政府信息公开申请", months, {"新收": [1] * 12, "答复": [2] * 12}, "件")
    charts.draw_ranking("warm", "办理结果", {"予以公开": 2, "不予公开": 1}, "件")
    font_manager.fontManager.ttflist = before
    charts._register_font.cache_clear()


def _prepare_rendering() -> None:
    """Exporters, fonts with their coverage, and the typesetter, which starts no thread before it is used."""
    from nbconvert.exporters import get_exporter

    from govnb.render import FORMATS
    from govnb.render.fonts import read_fonts
    from govnb.render.typeset import _compiler
    from govnb.render.webpage import _environment

    for form in FORMATS:
        get_exporter(f"govnb-{form}")()
    book = read_fonts(None)
    book.missing("政")
    _compiler(book, "main.typ")
    _environment().get_template("report.html.j2")
