"""Against the stock tools: ``papermill`` and ``jupyter nbconvert --to html``, report by report, two reports at a time.

The same notebook, parameters and ledgers, in turns with ``govnb run -j 2`` in the same run, so that a machine that
slows down slows down both. Stock makes the notebook and HTML of some reports, and is reckoned per report; govnb makes
notebook, HTML, PDF, review page, report.json and manifest of all of them. What both notebooks publish must be equal.
"""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.commands import BIN, Used, run
from benchmarks.reports import AT_A_TIME, run_reports
from benchmarks.rows import Row, row
from benchmarks.workspaces import YEAR, agency_id, write_workspace

WANTED = 7.0  # times faster
NOTEBOOK = "annual_report"
_BUNDLE = "application/vnd.govnb.report+json"
_SECONDS = 120.0  # for one stock command


def measure(scratch: Path, *, reports: int = 100, stock: int = 4, rounds: int = 3, warm: bool = True) -> list[Row]:
    """``rounds`` times ``stock`` reports by the stock commands, then ``reports`` by govnb; ``warm``: after a round that
    does not count, with which files are in the system's memory and compiled.
    """
    root = write_workspace(scratch / "stock", reports)
    if warm:
        _stock_report(root, scratch / "warm", agency_id(0))
        run_reports(root, 1)
    pairs = []
    for number in range(rounds):
        agencies = [agency_id((number * stock + place) % reports) for place in range(stock)]
        theirs = _stock(root, scratch / f"stock-{number}", agencies)
        pairs.append((theirs, run_reports(root, reports)))
        _assert_same(root, scratch / f"stock-{number}", agencies)
        shutil.rmtree(scratch / f"stock-{number}")
    return _rows(pairs, stock, reports)


def _stock(root: Path, folder: Path, agencies: list[str]) -> Used:
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        started = time.perf_counter()
        used = list(pool.map(lambda agency: _stock_report(root, folder, agency), agencies))
        wall = time.perf_counter() - started
    return Used(wall, sum(each.cpu for each in used))


def _stock_report(root: Path, folder: Path, agency: str) -> Used:
    """The two commands, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{agency}.ipynb"
    source = root / "notebooks" / f"{NOTEBOOK}.ipynb"
    parameters = ["-p", "agency", agency, "-p", "year", str(YEAR)]
    made = run([str(BIN / "papermill"), str(source), str(target), *parameters, "--cwd", str(root)], root, _SECONDS)
    shown = run([str(BIN / "jupyter"), "nbconvert", "--to", "html", str(target)], root, _SECONDS)
    assert target.with_suffix(".html").stat().st_size > 100_000
    return Used(made.wall + shown.wall, made.cpu + shown.cpu)


def _assert_same(root: Path, folder: Path, agencies: list[str]) -> None:
    for agency in agencies:
        ours = root / "output" / agency / str(YEAR) / f"{NOTEBOOK}.ipynb"
        assert _published(folder / f"{agency}.ipynb") == _published(ours), f"{agency}: other figures than stock"
        assert ours.with_suffix(".pdf").stat().st_size > 10_000


def _published(notebook: Path) -> Any:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    [bundle] = [
        output["data"][_BUNDLE]
        for cell in cells
        for output in cell.get("outputs", ())
        if _BUNDLE in output.get("data", {})
    ]
    return bundle


def _rows(pairs: list[tuple[Used, Used]], stock: int, reports: int) -> list[Row]:
    theirs = [(their.wall / stock, their.cpu / stock) for their, _ in pairs]
    ours = [(our.wall / reports, our.cpu / reports) for _, our in pairs]
    walls = [their[0] / our[0] for their, our in zip(theirs, ours, strict=True)]
    cpus = [their[1] / our[1] for their, our in zip(theirs, ours, strict=True)]
    return [
        row("times faster than stock", median(walls), "x", WANTED, at_least=True),
        row("  least of the rounds", min(walls), "x"),
        row("  most of the rounds", max(walls), "x"),
        row("times less processor time", median(cpus), "x"),
        row("seconds per report", median(our[0] for our in ours), "s", None, median(their[0] for their in theirs)),
        row("processor per report", median(our[1] for our in ours), "s", None, median(their[1] for their in theirs)),
        row(f"all {reports} reports", median(our.wall for _, our in pairs), "s"),
    ]
