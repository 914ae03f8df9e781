"""How a run of a notebook ended, where not well, said to the person who has to mend it: cell, last output, what to do.

What is quoted of a notebook was scrubbed before. Nothing is run here.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from govnb.errors import NOTHING, Place, Problem, Text, did_you_mean
from govnb.notebook.run import (
    LARGEST_OUTPUT,
    START_SECONDS,
    KernelDiedError,
    TimeUpError,
    TooMuchOutputError,
    UnknownKernelError,
)

if TYPE_CHECKING:
    import nbformat

_OURS = ("UsageError", "ParamsError", "LedgerError", "ReportError", "UnknownCalendarYear")
_LONGEST_QUOTE = 200
_KILLED = 9  # the signal, by which also the system's memory killer ends a process
MORE_TIME = Text("可用 --timeout 放宽", "Allow more with --timeout")
MORE_REPORT_TIME = Text("可用 --report-timeout 放宽", "Allow more with --report-timeout")
MORE_MEMORY = Text("可用 --memory 放宽", "Allow more with --memory")
SEE_TO_CELL = Text("请检查该单元格的代码", "See to the code of that cell")
CELL_OR_MEMORY = Text(
    "请检查该单元格的代码；内存不足的，可用 --memory 放宽",
    "See to the code of that cell; if it lacked memory, allow more with --memory",
)
# By the signal that ended the process. A library that was refused memory aborts, or does what it must not.
_FIXES = {_KILLED: MORE_MEMORY, signal.SIGABRT: CELL_OR_MEMORY, signal.SIGSEGV: CELL_OR_MEMORY}


def code_cells(notebook: nbformat.NotebookNode) -> list[tuple[int, nbformat.NotebookNode]]:
    """(number as a reader counts the code cells from 1, cell) for the cells that hold code."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    return list(enumerate(cells, 1))


def cell_failure(notebook: nbformat.NotebookNode, shown: str) -> Problem | None:
    """The first cell that raised; None where none did."""
    for number, cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error":
                named = f"{output.ename}: {output.evalue}" if output.evalue else output.ename
                said = output.evalue if output.ename in _OURS else named
                said = said.strip()[:4000]
                where = f"“{_first_line(cell)}”"
                last = Text("", "") if output.ename in _OURS else _last_output(cell)
                return Problem(
                    Place(file=shown),
                    Text(
                        f"第{number}个代码单元格{where}出错：{said}{last.zh}",
                        f"code cell {number} {where} failed: {said}{last.en}",
                    ),
                    MORE_MEMORY if output.ename == "MemoryError" else NOTHING,
                    code="notebook.cell",
                )
    return None


def unfinished(notebook: nbformat.NotebookNode, shown: str) -> Problem | None:
    """A cell that was never run makes the whole report failed, whatever papermill calls it."""
    for number, cell in code_cells(notebook):
        if cell.execution_count is None:
            what = Text(f"第{number}个代码单元格没有运行", f"code cell {number} was not run")
            return Problem(Place(file=shown), what, code="notebook.cell")
    return None


def ended(
    error: Exception,
    running: nbformat.NotebookNode | None,
    notebook: nbformat.NotebookNode,
    shown: str,
    hide: Callable[[str], str],
) -> Problem:
    """How an execution ended, in which cell, where no cell raised.

    Only a kernel that died is ``notebook.kernel``: the next time the machine may have the memory that it lacked.
    """
    place = Place(file=shown)
    if isinstance(error, KernelDiedError) and error.signal is None and error.exit_code is None:
        what = Text(f"内核在{START_SECONDS}秒内没有启动", f"the kernel did not come up in {START_SECONDS} seconds")
        return Problem(place, what, Text("请减小 -j 后重试", "Try again with a smaller -j"), "notebook.kernel")
    if isinstance(error, UnknownKernelError):
        what = Text(f"没有名为“{error.name}”的内核", f"there is no kernel “{error.name}”")
        return Problem(place, what, did_you_mean(error.name, error.known), "notebook.unknown_kernel")
    where, last = _where(notebook, running)
    if isinstance(error, KernelDiedError):
        how = _death(error)
        what = Text(
            f"{where.zh}运行时内核终止（{how.zh}）{last.zh}", f"the kernel died in {where.en} ({how.en}){last.en}"
        )
        return Problem(place, what, _FIXES.get(error.signal or 0, SEE_TO_CELL), "notebook.kernel")
    if isinstance(error, TimeUpError):
        scope = Text("整份报告", "the whole report") if error.report else Text("", "")
        what = Text(
            f"{where.zh}运行时{scope.zh}超过时限{error.seconds}秒{last.zh}",
            f"{scope.en or where.en} ran longer than {error.seconds} seconds"
            + (f", and was in {where.en}" if error.report else "")
            + last.en,
        )
        return Problem(place, what, MORE_REPORT_TIME if error.report else MORE_TIME, "notebook.timeout")
    if isinstance(error, TooMuchOutputError):
        megabytes = LARGEST_OUTPUT // 1_000_000
        what = Text(
            f"{where.zh}的输出超过{megabytes}MB，已截断并停止{last.zh}",
            f"{where.en} was stopped, as it gave out more than {megabytes} MB{last.en}",
        )
        return Problem(place, what, Text("请减少输出", "Have the cell give out less"), "notebook.output")
    said = hide(f"{type(error).__name__}: {error}")
    what = Text(f"笔记本未能运行：{said[:500]}", f"the notebook could not be run: {said[:500]}")
    return Problem(place, what, code="notebook.run")


def _death(error: KernelDiedError) -> Text:
    if error.signal == _KILLED:
        return Text("信号9，可能内存不足", "signal 9; out of memory?")
    if error.signal is not None:
        return Text(f"信号{error.signal}", f"signal {error.signal}")
    return Text(f"退出码{error.exit_code}", f"exit code {error.exit_code}")


def _where(notebook: nbformat.NotebookNode, running: nbformat.NotebookNode | None) -> tuple[Text, Text]:
    """The cell that was running, and its last line of output."""
    for number, cell in code_cells(notebook):
        if cell is running:
            line = _first_line(cell)
            return Text(f"第{number}个代码单元格“{line}”", f"code cell {number} “{line}”"), _last_output(cell)
    return Text("第一个单元格之前", "the time before the first cell"), NOTHING


def _first_line(cell: nbformat.NotebookNode) -> str:
    lines = [line for line in cell.source.splitlines() if line.strip() and not line.startswith("#")]
    return lines[0][:60] if lines else ""


def _last_output(cell: nbformat.NotebookNode) -> Text:
    """The last line that the cell printed, of what it printed to stdout."""
    for output in reversed(cell.outputs):
        if output.output_type == "stream" and output.name == "stdout":
            lines = [line.strip() for line in output.text.splitlines() if line.strip()]
            if lines:
                quoted = lines[-1][:_LONGEST_QUOTE]
                return Text(f"；最后的输出：“{quoted}”", f"; its last output: “{quoted}”")
    return NOTHING
