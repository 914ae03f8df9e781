"""papermill engine ``govnb``: papermill's own nbclient engine in a kernel of ours, keeping the notebook when it fails.

Registered as an entry point too, so that ``papermill --engine govnb`` works by hand. papermill loads entry points while
it is being imported itself, so nothing of papermill is imported here before the class is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# papermill gives no notebook back where the kernel dies or time runs out; it is kept here, one report at a time.
KEPT: dict[str, Any] = {}


@cache
def engine_class() -> type[Any]:
    """The engine, made when it is first asked for."""
    from papermill.engines import NBClientEngine

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
            KEPT["notebook"] = nb_man.nb
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

        @classmethod
        def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
            return name or "python3"

    return Engine


def __getattr__(name: str) -> Any:
    if name == "Engine":
        return engine_class()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def register() -> None:
    """Makes the engine known by name, also where the installed entry points are older than this code."""
    from papermill.engines import papermill_engines

    papermill_engines.register("govnb", engine_class())
