"""Where the processor time of one report goes: each cell, each file, in a fork of the warm server as a run has it.

    python benchmarks/report_steps.py [--agency ID] [--year YEAR] [--repeat N] [--json FILE]

The server warms up once; then each repeat is a fresh fork that runs the notebook's cells once and makes every file
once, so nothing is kept from one repeat to the next. Prints the median and the least of each step in milliseconds of
processor time (all threads), the wall time of the whole, and how much memory the fork has to itself at its end.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FORMATS = ("html", "pdf", "review")


def measure(agency: str = "guangzhou-gov-office", year: int = 2021, repeat: int = 7) -> list[dict[str, Any]]:
    """Rows {name, value, unit} of the report of ``agency`` for ``year``; measured in a server of its own."""
    runs = _in_a_server(agency, year, repeat)
    return [
        {"name": name, "value": round(statistics.median(run[name] for run in runs), 1), "unit": _unit(name)}
        for name in runs[0]
    ]


def _unit(name: str) -> str:
    return "MiB" if name.startswith("memory") else "ms"


def _in_a_server(agency: str, year: int, repeat: int) -> list[dict[str, float]]:
    command = [sys.executable, __file__, "--serve", "--agency", agency, "--year", str(year), "--repeat", str(repeat)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    runs: list[dict[str, float]] = json.loads(done.stdout)
    return runs


def serve(agency: str, year: int, repeat: int) -> list[dict[str, float]]:
    """In the server: ``repeat`` forks one after the other."""
    from govnb.crew.warmup import warm_up

    warm_up()
    return [_in_a_fork(lambda: run_once(agency, year)) for _ in range(repeat)]


def _in_a_fork(work: Callable[[], dict[str, float]]) -> dict[str, float]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    found: dict[str, float] = json.loads(said)
    return found


class Clock:
    """Processor time of this process and its threads between one ``mark`` and the next, in milliseconds."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._last = self._now()

    def _now(self) -> float:
        used = resource.getrusage(resource.RUSAGE_SELF)
        return used.ru_utime + used.ru_stime

    def mark(self, name: str) -> None:
        now = self._now()
        self.steps[name] = 1000 * (now - self._last)
        self._last = self._now()


def run_once(agency: str, year: int) -> dict[str, float]:
    """One report from its first cell to its last file, none of them written."""
    started, clock = time.perf_counter(), Clock()
    notebook = _run_cells(agency, year, clock)
    cells = sum(clock.steps.values())
    _make_files(notebook, clock)
    total = sum(clock.steps.values())
    wall = 1000 * (time.perf_counter() - started)
    sums = {
        "all cells": cells,
        "all files": total - cells,
        "all": total,
        "wall": wall,
        "memory of its own": _own_memory(),
    }
    return {**clock.steps, **sums}


def _run_cells(agency: str, year: int, clock: Clock) -> Any:
    """The notebook with its outputs, each cell run as it stands; what the shell adds is not in here."""
    import nbformat

    notebook = nbformat.read(ROOT / "notebooks/annual_report.ipynb", as_version=4)
    names: dict[str, Any] = {}
    clock.mark("read notebook")
    for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), 1):
        shown = _run(cell.source, names)
        names.update({"agency": agency, "year": year} if "parameters" in cell.metadata.get("tags", ()) else {})
        cell.execution_count, cell.outputs = number, [_output(nbformat.v4, shown, number)] if shown else []
        clock.mark(f"cell {cell.id}")
    return notebook


def _run(source: str, names: dict[str, Any]) -> Any:
    """Runs a cell; the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def _output(v4: Any, shown: Any, number: int) -> Any:
    bundle = shown._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return v4.new_output("execute_result", json.loads(json.dumps(data)), execution_count=number, metadata=metadata)


def _make_files(notebook: Any, clock: Clock) -> None:
    from govnb import making
    from govnb.notebook.scrub import scrub
    from govnb.render import render
    from govnb.render.study_document import read_document
    from govnb.report import dump_json

    scrub(notebook, ROOT, ())
    clock.mark("scrub")
    making._notebook_bytes(notebook)
    clock.mark("file ipynb")
    document = read_document(notebook)
    clock.mark("read document")
    for form in FORMATS:
        render(document, form)
        clock.mark(f"file {form}")
    dump_json(document.report_json())
    clock.mark("file report.json")


def _own_memory() -> float:
    """Memory that this fork shares with nobody, in MiB."""
    rollup = Path("/proc/self/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_")) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description="Where the time of one report goes")
    parser.add_argument("--agency", default="guangzhou-gov-office")
    parser.add_argument("--year", type=int, default=2021)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        sys.path.insert(0, str(ROOT))
        print(json.dumps(serve(arguments.agency, arguments.year, arguments.repeat)))
        return
    runs = _in_a_server(arguments.agency, arguments.year, arguments.repeat)
    print(f"{arguments.agency} {arguments.year}, {arguments.repeat} forks")
    print(f"{'':24}{'median':>9}{'least':>9}")
    for name in runs[0]:
        values = [run[name] for run in runs]
        print(f"{name:24}{statistics.median(values):9.1f}{min(values):9.1f} {_unit(name)}")
    if arguments.json is not None:
        rows = [
            {"name": n, "value": round(statistics.median(r[n] for r in runs), 1), "unit": _unit(n)} for n in runs[0]
        ]
        arguments.json.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
