"""papermill engine ``govnb``: cells forked from this process where it was made for that, else an ordinary kernel.

Registered as an entry point too, so that ``papermill --engine govnb`` works by hand, from any process. papermill loads
entry points while it is being imported itself, so nothing of papermill is imported here before the class is asked for.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

_OWN = (None, "", "python3")  # no other kernel than ours was asked for


@cache
def engine_class() -> type[Any]:
    """The engine, made when it is first asked for."""
    from papermill.engines import Engine as PapermillEngine

    class Engine(PapermillEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            from govnb.notebook.run import Limits, Run

            run = kwargs.pop("govnb_run", None)
            if run is not None:
                return _execute(run, nb_man, **kwargs)
            with tempfile.TemporaryDirectory(prefix="govnb-", ignore_cleanup_errors=True) as folder:
                kernel = None if kernel_name in _OWN else kernel_name
                limits = Limits(kwargs.pop("execution_timeout", None) or 0, 0, kernel=kernel)
                return _execute(Run(Path(folder), limits), nb_man, **kwargs)

        @classmethod
        def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
            return name or "python3"

        @classmethod
        def nb_language(cls, nb: Any, language: str | None = None) -> str:
            return language or "python"

    return Engine


def _execute(run: Any, nb_man: Any, **kwargs: Any) -> Any:
    from papermill.log import logger
    from papermill.utils import remove_args

    run.notebook = nb_man.nb
    kept = remove_args(["input_path", "execution_timeout", "start_timeout"], **kwargs)
    settings = {**kept, "log": logger, "record_timing": False}
    if run.limits.kernel is None and _can_fork():
        from govnb.notebook.clients import ForkedClient

        return ForkedClient(nb_man, run, **settings).execute()
    from govnb.notebook.kernel import execute_in_kernel

    return execute_in_kernel(nb_man, run, settings)


def _can_fork() -> bool:
    """Only a process that built the shell has the module loaded; others are spared ipykernel."""
    import sys

    cells = sys.modules.get("govnb.notebook.cells")
    return cells is not None and bool(cells.can_fork())


def __getattr__(name: str) -> Any:
    if name == "Engine":
        return engine_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def register() -> None:
    """Makes the engine known by name, also where the installed entry points are older than this code."""
    from papermill.engines import papermill_engines

    papermill_engines.register("govnb", engine_class())
