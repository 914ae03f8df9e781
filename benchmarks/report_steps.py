"""Where the time of one report goes: processor and wall time of each step, as a run makes it on a warm server.

    python benchmarks/report_steps.py [--repeat N] [--json FILE]

A report of a generated workspace is made by the crew of ``govnb run``, with nothing else at work, again and again. Each
time the fork puts clocks around the steps of the real code, and those in the process of the cells write to the same
file. A step counts without the steps within it, so the steps add up to the whole; what the clocks take is in it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rows import Row, row, show  # noqa: E402
from benchmarks.workspaces import APPLICATIONS, YEAR, agency_id, write_workspace  # noqa: E402
from govnb.processes import descendants  # noqa: E402

REPEAT = 7
FORK, BACK, CELLS, WHOLE = "process: fork and call", "process: result and end", "all cells", "whole report"
IN_CELLS = ", in the cells"
# What has a clock of its own: module, name, and the step. ``{}`` stands for the last argument.
CLOCKS = (
    ("govnb.material", "Material.params", "params"),
    ("govnb.material", "Material.digests", "digests of the inputs"),
    ("govnb.making", "decide", "decide what to do"),
    ("govnb.making", "read_notebook", "read the notebook"),
    ("govnb.making", "execute", "papermill, fork for the cells, messages"),
    ("govnb.notebook.execute", "scrub", "scrub the notebook"),
    ("govnb.making", "read_document", "read the document"),
    ("govnb.render.exporter", "export", "file {}"),
    ("govnb.making", "notebook_bytes", "file ipynb"),
    ("govnb.making", "write_report", "manifest, and write the files"),
    ("govnb.workpaper", "read_params", f"params{IN_CELLS}"),
    ("govnb.workpaper", "read_ledgers", f"ledgers{IN_CELLS}"),
    ("govnb.workpaper", "read_declared", f"declared tables{IN_CELLS}"),
)


def measure(scratch: Path, *, repeat: int = REPEAT, applications: int = APPLICATIONS) -> list[Row]:
    """Milliseconds of processor time of each step, and as baseline those on the clock: medians of ``repeat``."""
    from benchmarks.report_steps import make_timed  # by this name the server finds it
    from govnb.crew.warm import WarmCrew

    root = write_workspace(scratch / "steps", 1, applications)
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    runs = []
    with WarmCrew(1) as crew:
        crew.submit(abs, -1).result()  # the server is up
        for number in range(repeat):
            asked = time.monotonic()
            begun, spans = crew.submit(make_timed, (root, scratch / f"steps-{number}")).result()
            ended = max(span.end for span in spans)
            spans += [Span(FORK, asked, begun, 0.0), Span(BACK, ended, time.monotonic(), 0.0)]
            runs.append(each_alone(spans))
    names = list(runs[0])
    rows = [_row(name, [run.get(name, (0.0, 0.0)) for run in runs]) for name in names]
    wholes = [tuple(map(sum, zip(*run.values(), strict=True))) for run in runs]
    cells = [tuple(map(sum, zip(*(run[name] for name in run if _in_cells(name)), strict=True))) for run in runs]
    return [*rows, _row(CELLS, cells), _row(WHOLE, wholes)]


def _row(name: str, found: Sequence[tuple[float, ...]]) -> Row:
    wall, processor = (1000 * statistics.median(one[at] for one in found) for at in (0, 1))
    return row(name, processor, "ms", None, wall)


def _in_cells(name: str) -> bool:
    return name.startswith("cell ") or name.endswith(IN_CELLS)


class Span(NamedTuple):
    """One step: when it began and ended, on the clock that all processes share, and its seconds of processor time."""

    name: str
    begin: float
    end: float
    processor: float


def each_alone(spans: Iterable[Span]) -> dict[str, tuple[float, float]]:
    """Wall and processor seconds of each step without the steps within it, in the order in which they began."""
    found: dict[str, tuple[float, float]] = {}
    around: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.begin, -span.end)):
        while around and around[-1].end <= span.begin:
            around.pop()
        wall = span.end - span.begin
        _add(found, span.name, wall, span.processor)
        if around:
            _add(found, around[-1].name, -wall, -span.processor)
        around.append(span)
    return found


def _add(found: dict[str, tuple[float, float]], name: str, wall: float, processor: float) -> None:
    before = found.get(name, (0.0, 0.0))
    found[name] = before[0] + wall, before[1] + processor


# In the process of the report


def make_timed(asked: tuple[Path, Path]) -> tuple[float, list[Span]]:
    """Makes the report of the workspace with clocks, which write to the file; when it began, and the steps."""
    from govnb.making import Task, make_report
    from govnb.notebook.execute import Limits

    begun = time.monotonic()
    root, file = asked
    for place, name, step in CLOCKS:
        wrap(importlib.import_module(place), name, step, file)
    wrap_cells(file)
    task = Task(root, agency_id(0), YEAR, root / "output", "annual_report", Limits(600, 0, 600), force=True)
    with timed("rest of making", file):
        outcome = make_report(task)
    assert outcome.state == "made", outcome.reason.en
    return begun, [Span(*json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


@contextmanager
def timed(step: str, file: Path) -> Iterator[None]:
    """Writes a span of what is done within."""
    begin, before = time.monotonic(), processor()
    try:
        yield
    finally:
        span = Span(step, begin, time.monotonic(), processor() - before)
        with file.open("a", encoding="utf-8") as lines:  # the cells have a process of their own
            lines.write(json.dumps(span) + "\n")


def wrap(module: Any, name: str, step: str, file: Path) -> None:
    *inside, name = name.split(".")
    for outer in inside:
        module = getattr(module, outer)
    work = getattr(module, name)

    def with_clock(*arguments: Any, **named: Any) -> Any:
        with timed(step.format(arguments[-1] if arguments else ""), file):
            return work(*arguments, **named)

    setattr(module, name, with_clock)


def wrap_cells(file: Path) -> None:
    """papermill says when a cell begins and ends."""
    from papermill.engines import NotebookExecutionManager as Manager  # type: ignore[import-untyped]

    start, complete = Manager.cell_start, Manager.cell_complete
    opened = ExitStack()

    def started(manager: Any, cell: Any, *arguments: Any, **named: Any) -> None:
        start(manager, cell, *arguments, **named)
        opened.enter_context(timed(_name(cell), file))

    def completed(manager: Any, cell: Any, *arguments: Any, **named: Any) -> None:
        opened.close()
        complete(manager, cell, *arguments, **named)

    Manager.cell_start, Manager.cell_complete = started, completed


def _name(cell: Any) -> str:
    if cell.cell_type != "code":
        return "text"
    return "cell of papermill" if "injected-parameters" in cell.metadata.get("tags", ()) else f"cell {cell.id}"


def processor() -> float:
    """Seconds of processor time of this process and everything below it, alive or waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    living = 0
    for pid in descendants(os.getpid()):
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                living += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return sum(one.ru_utime + one.ru_stime for one in used) + living / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=REPEAT)
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="govnb-benchmark-") as scratch:
        rows = measure(Path(scratch).resolve(), repeat=arguments.repeat)
    show(rows, "wall")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
