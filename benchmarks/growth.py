"""How a run grows: seconds and memory for 10, 100 and 300 reports, and the second run, with nothing changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks.commands import Memory, Used
from benchmarks.reports import run_reports
from benchmarks.rows import Row, row
from benchmarks.workspaces import write_workspace

SIZES = (10, 100, 300)
AGAIN = 100  # reports of the second run
AGAIN_LIMIT = 3.0  # seconds
LINEAR, FLAT = 1.15, 1.10


def measure(scratch: Path, *, sizes: Sequence[int] = SIZES, again: int = AGAIN, repeat: int = 3) -> list[Row]:
    """Each size is a run of its own, in which everything is made; then ``again`` reports, all unchanged."""
    root = write_workspace(scratch / "growth", max(sizes))
    runs: dict[int, tuple[Used, Memory]] = {}
    for size in sorted(sizes):
        memory = Memory()
        runs[size] = run_reports(root, size, watch=memory.look), memory
    again = min(again, max(sizes))
    second = [run_reports(root, again, force=False).wall for _ in range(repeat)]
    rows = [row(f"second run of {again}, nothing changed", median(second), "s", AGAIN_LIMIT)]
    return rows + _growing(runs) + [item for size, (_, memory) in runs.items() for item in _memory(size, memory)]


def _growing(runs: dict[int, tuple[Used, Memory]]) -> list[Row]:
    rows = [
        item
        for size, (used, _) in runs.items()
        for item in (
            row(f"{size} reports, seconds per report", used.wall / size, "s"),
            row(f"{size} reports, processor per report", used.cpu / size, "s"),
        )
    ]
    *_, before, most = sorted(runs)
    (first, held), (last, grown) = runs[before], runs[most]
    pair = f"{most} reports against {before}"
    return [
        *rows,
        row(f"{pair}: time per report", last.wall / most / (first.wall / before), "x", LINEAR),
        row(f"{pair}: processor per report", last.cpu / most / (first.cpu / before), "x", LINEAR),
        row(f"{pair}: memory together", median(grown.together) / median(held.together), "x", FLAT),
        row(f"{pair}: memory of the command", max(grown.parent) / max(held.parent), "x", FLAT),
        row(f"{pair}: memory of the server, median", median(grown.server) / median(held.server), "x", FLAT),
        # The most is a moment in which no report shares its memory, and that is met or missed by chance.
        row(f"{pair}: memory of the server, most", max(grown.server) / max(held.server), "x", FLAT),
        # Whether it grows itself is seen here alone.
        row(f"{pair}: memory of the server's own", max(grown.own) / max(held.own), "x", FLAT),
    ]


def _memory(size: int, memory: Memory) -> list[Row]:
    return [
        row(f"{size} reports, memory of the command, most", max(memory.parent), "MiB"),
        row(f"{size} reports, memory of the server, most", max(memory.server), "MiB"),
        row(f"{size} reports, memory of the server's own, most", max(memory.own), "MiB"),
        row(f"{size} reports, memory of one report, median", median(memory.each), "MiB"),
        row(f"{size} reports, memory of one report, most", max(memory.each), "MiB"),
        row(f"{size} reports, memory together, median", median(memory.together), "MiB"),
        row(f"{size} reports, memory together, most of 95 %", quantiles(memory.together * 2, n=20)[-1], "MiB"),
    ]
