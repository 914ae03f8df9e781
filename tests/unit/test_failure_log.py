"""log.txt of a failed report: what is in it, and what never is."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from govnb.commands.failure_log import write_log
from govnb.errors import Place, Problem, Text
from govnb.making import Outcome, Task, failed
from govnb.notebook.execute import Limits

WHAT = Text("第2个代码单元格“1 / 0”出错", "code cell 2 “1 / 0” failed: ZeroDivisionError")
BROKEN = Problem(Place(file="notebooks/a.ipynb"), WHAT, Text("改正", "Mend it"), "notebook.cell")
DIED = Problem(
    Place(), Text("内核终止", "the kernel died"), Text("可用 --memory 放宽", "Allow more"), "notebook.kernel"
)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return Task(tmp_path, "office", 2021, tmp_path / "output", "annual_report", Limits(60, 1 << 30, 900), ("html",))


def notebook(*printed: str) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_code_cell("x = 1", id="a", execution_count=1),
        nbformat.v4.new_code_cell("print('so far')\n1 / 0", id="b", execution_count=2),
        nbformat.v4.new_code_cell("never = 1", id="c"),
    ]
    cells[1].outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="".join(f"{text}\n" for text in printed)),
        nbformat.v4.new_output("display_data", data={"text/html": "<td>张三</td>", "text/plain": "张三"}),
        nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="x", traceback=["a trace with 李四"]),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def read(task: Task) -> str:
    return (task.folder / "failed" / "log.txt").read_text(encoding="utf-8")


def test_it_tells_what_was_run_each_attempt_the_cell_and_what_to_do(task: Task) -> None:
    first = Outcome(task, "failed", DIED.text(), 1.0, problems=(DIED,))
    last = failed(task, (BROKEN,), 2.0, notebook("line one", "so far"))
    beside = {path.name: path.read_bytes() for path in (task.folder / "failed").iterdir()}
    assert write_log([(first, last)]) == "output/office/2021/failed/log.txt"
    assert read(task) == (
        "未能生成：office 2021 notebooks/annual_report.ipynb\n"
        "Could not be made: office 2021 notebooks/annual_report.ipynb\n"
        "格式 html；每个单元格60秒，整份900秒，内存1024 MiB\n"
        "formats html; 60 s for a cell, 900 s for the report, 1024 MiB\n"
        "\n第1次，共2次\nAttempt 1 of 2\n  内核终止\n  the kernel died\n"
        "\n第2次，共2次\nAttempt 2 of 2\n"
        "  notebooks/a.ipynb：第2个代码单元格“1 / 0”出错\n"
        "  notebooks/a.ipynb: code cell 2 “1 / 0” failed: ZeroDivisionError\n"
        "\n第2个代码单元格\nCode cell 2\n  | print('so far')\n  | 1 / 0\n"
        "最后的输出\nIts last output\n  > line one\n  > so far\n"
        "\n怎么办\nWhat to do\n  改正\n  Mend it\n"
        "  排除后运行：govnb run -a office -y 2021 -n annual_report\n"
        "  Then run: govnb run -a office -y 2021 -n annual_report\n"
    )
    assert {name: (task.folder / "failed" / name).read_bytes() for name in beside} == beside
    assert set(beside) == {"notebook.ipynb", "reason.txt"}


def test_it_holds_of_a_cell_what_was_printed_last_and_no_long_number(task: Task) -> None:
    numbers = "张三 110101199003070038 13800138000"
    outcome = failed(task, (BROKEN,), 0.0, notebook(*(f"line {number}" for number in range(100)), numbers, "z" * 9000))
    write_log([(outcome,)])
    log = read(task)
    assert "110101199003070038" not in log
    assert "13800138000" not in log
    assert "李四" not in log  # a trace stays in the notebook
    assert "<td>" not in log
    assert "> line 82\n" in log
    assert "line 81\n" not in log
    assert max(map(len, log.splitlines())) < 320


def test_of_two_notebooks_each_has_its_own_cell(task: Task) -> None:
    earlier = Outcome(task, "failed", DIED.text(), 1.0, problems=(DIED,))
    other = Task(task.root, "office", 2021, task.output, "study", task.limits, own=False)
    last = failed(other, (BROKEN,), 2.0, notebook("so far"))
    write_log([(earlier,), (last,)])
    first, second = read(task).split("\n\n\n")
    assert "notebooks/annual_report.ipynb" in first
    assert "Code cell" not in first
    assert "notebooks/study.ipynb" in second
    assert "Code cell 2" in second


def test_without_a_notebook_or_a_place_for_it_nothing_breaks(task: Task) -> None:
    outcome = failed(task, (DIED,))
    assert write_log([(outcome,)]) is not None
    assert "Code cell" not in read(task)
    (task.folder / "failed" / "notebook.ipynb").write_text("{", encoding="utf-8")
    assert write_log([(outcome,)]) is not None
    elsewhere = Task(task.root, "bureau", 2021, task.output, "annual_report", task.limits)
    elsewhere.folder.parent.mkdir(parents=True)
    elsewhere.folder.write_text("a file in its place", encoding="utf-8")
    assert write_log([(failed(elsewhere, (DIED,)),)]) is None
