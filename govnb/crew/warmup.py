"""What a server imports and does once, so that no report has to: libraries, the shell, a first chart, fonts, templates.

Nothing here starts a thread or leaves a trace that a report could see: warning filters, random numbers, matplotlib's
settings and its list of fonts are as if nothing had been done. What can't be had ready is left to the reports, which
then say themselves what is wrong.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import logging
import warnings
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

_LIBRARIES = ("pandas", "matplotlib.pyplot")  # what a notebook imports
_MODULES = (
    "govnb.notebook",
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
    with _as_in_a_kernel():
        for name in _LIBRARIES:
            importlib.import_module(name)
    filters = warnings.filters[:]  # with those that a notebook's own imports would have brought
    for step in (*(_importer(name) for name in _MODULES), _rehearse):
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


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """pandas asks once, while it is imported, whether it is in a terminal, where it shows fewer columns ever after."""
    named: Any = builtins
    named.get_ipython = lambda: SimpleNamespace(kernel=None)
    try:
        yield
    finally:
        del named.get_ipython


def _importer(name: str) -> Callable[[], object]:
    return lambda: importlib.import_module(name)


def _build_shell() -> None:
    from govnb.notebook.cells import build

    build()


def _rehearse() -> None:
    """Everything that a report loads, compiles and keeps, charts and files included, but no thread."""
    from govnb.rehearsal import rehearse

    rehearse()
