"""Runs one parameterized notebook through papermill and tells how it ended.

The notebook is given agency and year and nothing else, runs in the workspace, and comes back scrubbed. A cell that
raises, a kernel that dies and a time limit are results, not exceptions: the notebook is kept as far as it got. Nothing
is written here but a temporary folder for sockets, which is removed.
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
from govnb.notebook.kernel import end_leftovers, manager_class
from govnb.notebook.scrub import PARAMETERS, hider, name_cells, scrub
from govnb.storage import refused

START_TIMEOUT = 60


@dataclass(frozen=True)
class Executed:
    """``notebook`` as far as it got; ``failure`` says in which cell it ended and why, None where it ran to the end."""

    notebook: nbformat.NotebookNode
    failure: Problem | None = None


@dataclass(frozen=True)
class Limits:
    """Seconds for one cell and bytes for the kernel."""

    cell_seconds: int
    memory: int


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
) -> Executed:
    """Runs ``notebook`` (as from read_notebook) in ``root`` and returns it executed and scrubbed."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from govnb.notebook.engine import KEPT, register

    register()
    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what it warns of is told by the result
    secrets = tuple(secrets)
    failure: Problem | None = None
    with _scratch(shown) as folder:
        try:
            papermill.execute_notebook(
                notebook,
                None,
                {"agency": agency, "year": year},
                engine_name="govnb",
                kernel_name="python3",
                language="python",
                progress_bar=False,
                start_timeout=START_TIMEOUT,
                execution_timeout=limits.cell_seconds,
                cwd=str(root),
                kernel_manager_class=manager_class(folder, limits.memory),
                record_timing=False,
                autosave_cell_every=0,
            )
        except PapermillExecutionError:
            pass  # the cell's own output tells more
        except Exception as error:
            failure = _ended(error, shown, limits, hider(root, secrets))
        finally:
            end_leftovers(folder)
        done = KEPT.pop("notebook", notebook)
    done = scrub(done, root, secrets)
    nbformat.validate(done)
    return Executed(done, failure or _cell_failure(done, shown) or _unfinished(done, shown))


@contextmanager
def _scratch(shown: str) -> Iterator[Path]:
    """A folder for the kernel's sockets and settings; ReportError where none can be made."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="govnb-", ignore_cleanup_errors=True)
    except OSError as error:
        raise ReportError(refused(error, shown)) from None
    with folder as name:
        yield Path(name)


def code_cells(notebook: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    """(number as a reader counts the code cells from 1, cell) for the cells that hold code."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    return list(enumerate(cells, 1))


def _first_line(cell: nbformat.NotebookNode) -> str:
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0][:60] if lines else ""


def _cell_failure(notebook: nbformat.NotebookNode, shown: str) -> Problem | None:
    for number, cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                said = output.evalue if _ours(output) else f"{output.ename}: {output.evalue}"
                said = said.strip()[:4000]
                where = f"“{_first_line(cell)}”"
                return Problem(
                    Place(file=shown),
                    Text(f"第{number}个代码单元格{where}出错：{said}", f"code cell {number} {where} failed: {said}"),
                    code="notebook.cell",
                )
    return None


def _ours(output: nbformat.NotebookNode) -> bool:
    return output.ename in ("UsageError", "ParamsError", "LedgerError", "ReportError", "UnknownCalendarYear")


def _running_cell(notebook: nbformat.NotebookNode) -> tuple[int, str]:
    """The first code cell that did not come to its end."""
    for number, cell in code_cells(notebook):
        if cell.execution_count is None:
            return number, _first_line(cell)
    cells = code_cells(notebook)
    return (cells[-1][0], _first_line(cells[-1][1])) if cells else (0, "")


def _ended(error: Exception, shown: str, limits: Limits, hide: Callable[[str], str]) -> Problem:
    """How an execution ended that no cell raised in: time limit, dead kernel, a kernel that never came up."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    from govnb.notebook.engine import KEPT

    number, line = _running_cell(KEPT["notebook"]) if "notebook" in KEPT else (0, "")
    place = Place(file=shown)
    if isinstance(error, CellTimeoutError):
        what = Text(
            f"第{number}个代码单元格“{line}”超过时限{limits.cell_seconds}秒",
            f"code cell {number} “{line}” ran longer than {limits.cell_seconds} seconds",
        )
        return Problem(place, what, Text("可用 --timeout 放宽", "Allow more with --timeout"), "notebook.timeout")
    if isinstance(error, DeadKernelError):
        what = Text(
            f"第{number}个代码单元格“{line}”运行时内核终止（可能内存不足）",
            f"the kernel died in code cell {number} “{line}” (out of memory?)",
        )
        return Problem(place, what, Text("可用 --memory 放宽", "Allow more with --memory"), "notebook.kernel")
    said = hide(f"{type(error).__name__}: {error}")
    what = Text(f"笔记本未能运行：{said[:500]}", f"the notebook could not be run: {said[:500]}")
    return Problem(place, what, code="notebook.kernel")


def _unfinished(notebook: nbformat.NotebookNode, shown: str) -> Problem | None:
    """A cell that was never run makes the whole report failed, whatever papermill calls it."""
    for number, cell in code_cells(notebook):
        if cell.execution_count is None:
            what = Text(f"第{number}个代码单元格没有运行", f"code cell {number} was not run")
            return Problem(Place(file=shown), what, code="notebook.cell")
    return None
