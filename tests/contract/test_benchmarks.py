"""``python -m benchmarks`` works, measures what it says and writes it down. Nothing here judges a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import ledgers
from benchmarks.commands import CommandError, run
from tests.workspaces import plain_environment

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the warm server and the memory of processes are Linux")
NAMED = {
    "stock": {"times faster than stock", "times less processor time", "all 2 reports", "seconds per report"},
    "growth": {
        "second run of 2, nothing changed",
        "2 reports against 1: time per report",
        "2 reports against 1: memory together",
        "2 reports, memory of the server, most",
    },
    "steps": {"process: fork and call", "cell checks", "ledgers, in the cells", "file pdf", "whole report"},
    "startup": {"start: python", "govnb run of one report, all in all"},
    "ledgers": {"applications_1k.time_ratio", "gb18030_1k.peak", "cached_1k.seconds"},
    "site": {"site, 5 × 2 reports", "site, nothing changed"},
}


def command(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=repository, env=plain_environment(), capture_output=True, encoding="utf-8", timeout=900, check=False,
    )  # fmt: skip


@LINUX
@pytest.mark.platform_only("the warm server and the memory of processes are Linux")
@pytest.mark.parametrize("part", NAMED)
def test_each_part_gives_its_numbers(repository: Path, tmp_path: Path, part: str) -> None:
    target = tmp_path / "results.json"
    done = command(repository, "--quick", "--json", str(target), part)
    assert done.returncode == 0, done.stderr
    assert f"\n{part} (" in done.stdout
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in found["parts"][part]["rows"]}
    assert NAMED[part] <= set(rows)
    for name in NAMED[part]:
        assert rows[name]["value"] >= 0
        assert set(rows[name]) == {"name", "value", "unit", "limit", "at_least", "baseline"}
    SOUND.get(part, lambda _: None)(rows)
    assert {"when", "processor", "processors", "memory_gib", "python", "packages", "load_before"} <= set(
        found["machine"]
    )
    assert str(Path.home()) not in target.read_text(encoding="utf-8")


@LINUX
def test_the_example_is_opened_in_a_fork_of_a_process_that_is_ready() -> None:
    assert ledgers.run("open")["cpu"] > 0


def check_stock(rows: dict[str, Any]) -> None:
    assert rows["seconds per report"]["baseline"] > 0.5  # two interpreters and a kernel were started


def check_steps(rows: dict[str, Any]) -> None:
    alone = sum(row["value"] for name, row in rows.items() if name not in ("all cells", "whole report"))
    assert alone == pytest.approx(rows["whole report"]["value"], rel=0.02)
    assert rows["ledgers, in the cells"]["value"] > 0


SOUND = {"stock": check_stock, "steps": check_steps}


def test_an_unknown_part_is_named(repository: Path) -> None:
    done = command(repository, "speed")
    assert done.returncode == 2
    assert "speed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="took more than"):
        run([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path, 0.5)


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such agency"):
        run([sys.executable, "-c", "import sys; sys.exit('no such agency')"], tmp_path, 60)
