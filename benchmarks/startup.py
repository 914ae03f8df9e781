"""Fixed costs: what is paid once for a run, whatever the number of reports, and what the stock tools pay for each."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

from benchmarks.commands import BIN, GOVNB, Used, run
from benchmarks.reports import run_reports
from benchmarks.rows import Row, row
from benchmarks.workspaces import APPLICATIONS, write_workspace

_SECONDS = 120.0
# Interpreter and imports of the two stock commands and of the kernel that the first of them starts.
STOCK_STARTS = {
    "papermill command": [str(BIN / "papermill"), "--version"],
    "nbconvert command": [str(BIN / "jupyter"), "nbconvert", "--version"],
    "imports of a stock kernel": [sys.executable, "-c", "import ipykernel.kernelapp, pandas, matplotlib.pyplot, govnb"],
}


def measure(scratch: Path, *, repeat: int = 3, applications: int = APPLICATIONS) -> list[Row]:
    """Seconds on the clock; as baseline those of the processor."""
    root = write_workspace(scratch / "startup", 2, applications)
    run_reports(root, 1)  # everything is compiled and in the system's memory
    starts = {"python": [sys.executable, "-c", "pass"], "govnb --version": [*GOVNB, "--version"], **STOCK_STARTS}
    rows = [
        _row(f"start: {name}", [run(command, root, _SECONDS) for _ in range(repeat)])
        for name, command in starts.items()
    ]
    servers = [_server() for _ in range(repeat)]
    rows.append(row("warm server, until its first call is done", median(first for first, _ in servers), "s"))
    rows.append(row("each further call that does nothing", median(again for _, again in servers), "s"))
    one = [run_reports(root, 1) for _ in range(repeat)]
    rows.append(_row("govnb run of one report, all in all", one))
    both = [run_reports(root, 2, jobs=1) for _ in range(repeat)]
    rows.append(
        _row("  of which the second of two adds", [_less(two, first) for two, first in zip(both, one, strict=True)])
    )
    rows.append(_row("  none: unchanged", [run_reports(root, 1, force=False) for _ in range(repeat)]))
    return rows


def _row(name: str, found: list[Used]) -> Row:
    return row(name, median(one.wall for one in found), "s", None, median(one.cpu for one in found))


def _less(more: Used, less: Used) -> Used:
    return Used(more.wall - less.wall, more.cpu - less.cpu)


def _server() -> tuple[float, float]:
    """Seconds until a crew that is just opened has done a call, and those of one more."""
    from govnb.crew.warm import WarmCrew

    started = time.perf_counter()
    with WarmCrew(1) as crew:
        crew.submit(abs, -1).result()
        first = time.perf_counter()
        crew.submit(abs, -1).result()
        again = time.perf_counter()
    return first - started, again - first
