"""``govnb run`` over the first agencies of a workspace, and whether it made what it was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.commands import GOVNB, CommandError, Used, run
from benchmarks.workspaces import YEAR, agency_id

AT_A_TIME = 2
_SECONDS = 600.0


def run_reports(
    root: Path, reports: int, *, force: bool = True, jobs: int = AT_A_TIME, watch: Callable[[int], None] | None = None
) -> Used:
    """One report of each of the first ``reports`` agencies; with ``force`` each is made, without it each is skipped."""
    names = [part for number in range(reports) for part in ("-a", agency_id(number))]
    command = [*GOVNB, "run", "-w", str(root), "-y", str(YEAR), "-j", str(jobs), "--json", *names]
    used = run([*command, *(["--force"] if force else [])], root, _SECONDS, watch)
    states = [report["state"] for report in json.loads(used.stdout)["reports"]]
    if states != ["made" if force else "skipped"] * reports:
        raise CommandError(f"govnb run: {reports} reports were to be made or skipped, but they were {set(states)}")
    return used
