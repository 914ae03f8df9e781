"""Runs one parameterized notebook through papermill and tells how it ended.

The notebook is given agency and year and nothing else, runs in the workspace, and comes back scrubbed. A cell that
raises, a kernel that dies, a limit of time or output are results, not exceptions: the notebook is kept as far as it
got. Nothing is written here but a temporary folder for sockets, which is removed.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat

from govnb.errors import Place, Problem, ReportError, Text
from govnb.notebook.endings import cell_failure, code_cells, ended, unfinished
from govnb.notebook.run import Limits, Run
from govnb.notebook.scrub import PARAMETERS, hider, name_cells, scrub
from govnb.storage import refused

__all__ = ["Executed", "Limits", "code_cells", "execute", "read_notebook"]


@dataclass(frozen=True)
class Executed:
    """``notebook`` as far as it got; ``failure`` says in which cell it ended and why, None where it ran to the end."""

    notebook: nbformat.NotebookNode
    failure: Problem | None = None


def read_notebook(path: Path, shown: str) -> nbformat.NotebookNode:
    """A notebook that can be run; ReportError where it is missing, no notebook, or has no ``parameters`` cell."""
    place = Place(file=shown)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _refused(place, "没有这个笔记本", "there is no such notebook") from None
    except (OSError, UnicodeDecodeError):
        raise _refused(place, "笔记本无法读取", "the notebook can't be read") from None
    try:
        notebook: nbformat.NotebookNode = nbformat.reads(text, as_version=4)
        # Older notebooks have no ids, and papermill would draw them by lot.
        name_cells(notebook)
        notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
        nbformat.validate(notebook)
    except Exception:  # nbformat raises what json, its upgrader or jsonschema happen to raise
        raise _refused(place, "不是有效的 Jupyter 笔记本", "is not a valid Jupyter notebook") from None
    tagged = [
        cell for cell in notebook.cells if cell.cell_type == "code" and PARAMETERS in cell.metadata.get("tags", [])
    ]
    if not tagged:
        fix = Text(
            "请给写有 agency 和 year 的单元格加上标签 parameters",
            "Tag the cell that holds agency and year `parameters`",
        )
        what = Text("没有带 parameters 标签的单元格", "has no cell tagged `parameters`")
        raise ReportError(Problem(place, what, fix, "notebook.parameters"))
    return notebook


def _refused(place: Place, zh: str, en: str) -> ReportError:
    return ReportError(Problem(place, Text(zh, en), code="notebook.file"))


def execute(
    notebook: nbformat.NotebookNode,
    agency: str,
    year: int,
    root: Path,
    shown: str,
    limits: Limits,
    secrets: Iterable[str] = (),
    underway: Callable[[], None] | None = None,
) -> Executed:
    """Runs ``notebook`` (as from read_notebook) in ``root`` and returns it executed and scrubbed.

    ``underway`` is called once, when other work may begin beside the cells.
    """
    secrets = tuple(secrets)
    with _scratch(shown) as folder:
        run = Run(folder, limits, underway)
        fault = _execute(notebook, {"agency": agency, "year": year}, root, run)
        if fault is not None and run.cell is not None:
            run.cell.execution_count = None  # it has begun, and must not be taken for one that ran to its end
        done = scrub(run.notebook or notebook, root, secrets)
        failure = None if fault is None else ended(fault, run.cell, done, shown, hider(root, secrets))
    nbformat.validate(done)
    return Executed(done, failure or cell_failure(done, shown) or unfinished(done, shown))


def _execute(
    notebook: nbformat.NotebookNode, parameters: dict[str, str | int], root: Path, run: Run
) -> Exception | None:
    """What ended the run where it was no cell; ``run`` has the notebook."""
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import raise_for_execution_errors
    from papermill.utils import chdir

    from govnb.notebook.engine import register

    register()
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it warns of is told by the result
    named = {"engine_name": "govnb", "kernel_name": "python3"}
    try:
        # In papermill's two halves, since the whole writes the notebook out in the end, also where it goes nowhere.
        run.notebook = papermill.execute_notebook(
            notebook, None, parameters, language="python", cwd=str(root), prepare_only=True, **named
        )
        with chdir(str(root)):
            papermill_engines.execute_notebook_with_engine(
                nb=run.notebook, progress_bar=False, autosave_cell_every=0, govnb_run=run, **named
            )
        raise_for_execution_errors(run.notebook, None)
    except PapermillExecutionError:
        pass  # the cell's own output tells more
    except Exception as error:
        return error
    return None


@contextmanager
def _scratch(shown: str) -> Iterator[Path]:
    """A folder for the kernel's sockets and settings; ReportError where none can be made."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="govnb-", ignore_cleanup_errors=True)
    except OSError as error:
        raise ReportError(refused(error, shown)) from None
    with folder as name:
        yield Path(name)
