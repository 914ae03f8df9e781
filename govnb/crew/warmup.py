"""What a server imports and does once, so that no report has to: libraries, the shell, a first chart, fonts, templates.

In two parts: ``load``, without which no report can begin, and ``rehearse``, which pays where many follow. Nothing here
starts a thread or leaves a trace that a report could see: warning filters, random numbers, matplotlib's settings and
its list of fonts are as if nothing had been done. What can't be had ready is left to the reports, which then say
themselves what is wrong.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import logging
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

_LIBRARIES = ("pandas", "matplotlib.pyplot")  # what a notebook imports
# What the cells of a report need, and what runs them.
_MODULES = (
    "govnb.notebook",
    "papermill",
    "nbformat.v4",
    "govnb.making",
    "govnb.workpaper",
    "govnb.steps",
    "govnb.display",
    "govnb.gallery",
    "govnb.notebook.clients",
)


def load(few: bool) -> None:
    """Imports and builds what a report can't begin without; what fails is left out.

    ``few``: nothing is done but that, so that the collector, which keeps what is kept together, only costs time.
    """
    if few:
        gc.disable()
    with _as_in_a_kernel():
        for name in _LIBRARIES:
            importlib.import_module(name)
    with _unseen():
        for name in _MODULES:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    for handler in logging.root.handlers[:]:
        logging.root.removeHandler(handler)
    with contextlib.suppress(Exception):
        _build_shell()  # last: it sets up warnings as the cells are to have them
    # What is there now stays for good: no report's collector looks at it, and so no memory page of it is copied.
    gc.freeze()
    gc.enable()


def rehearse() -> None:
    """Everything that a report loads, compiles and keeps, charts and files included, but no thread."""
    with _unseen(), contextlib.suppress(Exception):
        from govnb.rehearsal import rehearse

        rehearse()
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


@contextlib.contextmanager
def _unseen() -> Iterator[None]:
    """What is done within leaves warnings and logs as they were."""
    filters, handlers = warnings.filters[:], logging.root.handlers[:]
    try:
        yield
    finally:
        warnings.filters[:] = filters  # type:ignore[index]
        logging.root.handlers[:] = handlers


def _build_shell() -> None:
    from govnb.notebook.cells import build

    build()
