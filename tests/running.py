"""Notebooks made of a few cells, run through a crew or in this process; and what a crew left behind.

A crew's processes import this module, so the repository must be on their path: the fixture ``crew_path``.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from govnb.errors import Problem
from govnb.notebook.execute import Limits, execute
from govnb.processes import descendants

ROOT = Path(__file__).resolve().parent.parent
GENEROUS = Limits(cell_seconds=300, memory=0)


@dataclass(frozen=True)
class Order:
    """Cells to run after the one with the parameters."""

    cells: tuple[str, ...]
    root: Path
    limits: Limits = GENEROUS
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ran:
    """``written`` is the notebook as it would be written; ``peak`` the bytes that the process of the report had."""

    written: str
    failure: Problem | None
    peak: int
    pid: int

    @property
    def code(self) -> str | None:
        return self.failure.code if self.failure else None

    @property
    def said(self) -> str:
        return self.failure.text().en if self.failure else ""

    def outputs(self, number: int) -> list[nbformat.NotebookNode]:
        """Of the code cell ``number``, the parameters being 1 and the injected cell 2."""
        cells = [cell for cell in nbformat.reads(self.written, as_version=4).cells if cell.cell_type == "code"]
        return list(cells[number - 1].outputs)

    def printed(self, number: int) -> str:
        return "".join(output.text for output in self.outputs(number) if output.output_type == "stream")


def run_order(order: Order) -> Ran:
    parameters = new_code_cell("agency = ''\nyear = 0", id="parameters", metadata={"tags": ["parameters"]})
    cells = [
        new_code_cell(source, id=f"c{number}", metadata={"tags": list(order.tags)})
        for number, source in enumerate(order.cells, 1)
    ]
    notebook = new_notebook(cells=[parameters, *cells])
    ran = execute(notebook, "office", 2021, order.root, "notebooks/x.ipynb", order.limits)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Ran(nbformat.writes(ran.notebook), ran.failure, peak, os.getpid())


def wait_for(condition: object, seconds: float = 10.0) -> bool:
    """Whether ``condition`` (a function) comes true in time."""
    until = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.02)
    return bool(met)


def running(marks: Sequence[str]) -> list[str]:
    """Command lines of living processes that contain one of ``marks``."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                line = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if any(mark in line for mark in marks):
                found.append(line)
    return found


def below(pid: int) -> set[int]:
    return descendants(pid)
