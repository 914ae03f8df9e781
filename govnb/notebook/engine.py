"""papermill engine ``govnb``: papermill's own nbclient engine in a kernel of ours, keeping the notebook when it fails.

Registered as an entry point too, so that ``papermill --engine govnb`` works by hand.
"""

from __future__ import annotations

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

# papermill gives no notebook back where the kernel dies or time runs out; it is kept here, one report at a time.
KEPT: dict[str, Any] = {}


class Engine(NBClientEngine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> Any:
        KEPT["notebook"] = nb_man.nb
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> str:
        return name or "python3"


def register() -> None:
    papermill_engines.register("govnb", Engine)
