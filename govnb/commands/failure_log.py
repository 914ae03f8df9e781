"""log.txt of a report that failed: what was run, how each attempt ended, the cell with its last output, what to do.

It lies in ``failed/`` beside the reasons and the notebooks as far as they got, and holds nothing of a cell's output
that the notebook does not: that one was scrubbed. Long numbers, as persons have them, are masked besides. No clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import nbformat

from govnb.errors import Problem, ReportError, Text
from govnb.failures import FAILED
from govnb.inputs.masking import mask_number
from govnb.keeping import files_of_failure
from govnb.making import Outcome, Task
from govnb.notebook.endings import code_cells
from govnb.storage import write_files

NAME = "log.txt"
_LINES, _WIDTH = 20, 300  # of a cell's output


def write_log(failures: Sequence[Sequence[Outcome]]) -> str | None:
    """Writes it for the notebooks of one report, each with its attempts; where it is, below the workspace.

    None where the system would not write it.
    """
    task = failures[0][-1].task
    blocks = ["\n".join(_lines(attempts)) for attempts in failures]
    shown = f"output/{task.agency}/{task.year}/{FAILED}"
    try:
        write_files(task.folder / FAILED, shown, {NAME: (mask_number("\n\n\n".join(blocks)) + "\n").encode()})
    except ReportError:
        return None
    return f"{shown}/{NAME}"


def _lines(attempts: Sequence[Outcome]) -> Iterator[str]:
    last = attempts[-1]
    task = last.task
    yield from _both(Text(f"未能生成：{_name(task)}", f"Could not be made: {_name(task)}"))
    yield from _both(_settings(task))
    for number, attempt in enumerate(attempts, 1):
        yield ""
        yield from _both(Text(f"第{number}次，共{len(attempts)}次", f"Attempt {number} of {len(attempts)}"))
        for problem in attempt.problems:
            yield from _both(_what(problem), "  ")
    yield from _cell(task)
    yield ""
    yield from _both(Text("怎么办", "What to do"))
    fixes = dict.fromkeys(problem.fix for problem in last.problems if problem.fix.zh)
    again = f"govnb run -a {task.agency} -y {task.year} -n {task.notebook}"
    for fix in (*fixes, Text(f"排除后运行：{again}", f"Then run: {again}")):
        yield from _both(fix, "  ")


def _both(text: Text, indent: str = "") -> Iterator[str]:
    for said in (text.zh, text.en):
        yield from (f"{indent}{line}" for line in said.splitlines())


def _name(task: Task) -> str:
    return f"{task.agency} {task.year} notebooks/{task.notebook}.ipynb"


def _settings(task: Task) -> Text:
    limits, formats = task.limits, ", ".join(task.formats)
    zh = f"格式 {formats or 'ipynb'}；每个单元格{limits.cell_seconds}秒"
    en = f"formats {formats or 'ipynb'}; {limits.cell_seconds} s for a cell"
    if limits.report_seconds:
        zh, en = f"{zh}，整份{limits.report_seconds}秒", f"{en}, {limits.report_seconds} s for the report"
    if limits.memory:
        zh, en = f"{zh}，内存{limits.memory >> 20} MiB", f"{en}, {limits.memory >> 20} MiB"
    if limits.kernel:
        zh, en = f"{zh}，内核 {limits.kernel}", f"{en}, kernel {limits.kernel}"
    return Text(zh, en)


def _what(problem: Problem) -> Text:
    """Without the remedy, which is told once, at the end."""
    return Problem(problem.where, problem.what).text()


def _cell(task: Task) -> Iterator[str]:
    """The cell in which the notebook ended, and the last lines of what it printed."""
    try:
        text = (task.folder / FAILED / files_of_failure(task).notebook).read_text(encoding="utf-8")
        notebook = nbformat.reads(text, as_version=4)
    except Exception:  # there is none where no cell was run; nbformat raises whatever json or its upgrader do
        return
    ended = _ended_in(notebook)
    if ended is None:
        return
    number, cell = ended
    yield ""
    yield from _both(Text(f"第{number}个代码单元格", f"Code cell {number}"))
    yield from (f"  | {line}" for line in _cut(cell.source.splitlines()[:_LINES]))
    said = "".join(output.text for output in cell.outputs if output.output_type == "stream").splitlines()
    if said:
        yield from _both(Text("最后的输出", "Its last output"))
        yield from (f"  > {line}" for line in _cut(said[-_LINES:]))


def _ended_in(notebook: nbformat.NotebookNode) -> tuple[int, nbformat.NotebookNode] | None:
    """The first cell that raised; where none did, the one that had begun and did not come to its end."""
    cells = code_cells(notebook)
    for number, cell in cells:
        if any(output.output_type == "error" for output in cell.outputs):
            return number, cell
    return next(((number, cell) for number, cell in cells if cell.execution_count is None), None)


def _cut(lines: Sequence[str]) -> Iterator[str]:
    return (line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…" for line in lines)
