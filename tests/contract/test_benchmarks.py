"""``python -m benchmarks`` works anywhere, measures what it says and writes it down. Nothing here judges a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands import CommandError, run
from tests.workspaces import plain_environment

PARTS = ("stock", "growth", "steps", "startup", "ledgers", "site")


def command(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=repository, env=plain_environment(), capture_output=True, encoding="utf-8", timeout=2400, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("benchmarks") / "results.json"
    done = command(repository, "--quick", "--json", str(target), *PARTS)
    assert done.returncode == 0, done.stderr
    for part in PARTS:
        assert f"\n{part} (" in done.stdout
    found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return found


@pytest.mark.platform_only("the warm server and the memory of processes are Linux")
@pytest.mark.skipif(sys.platform != "linux", reason="the warm server and the memory of processes are Linux")
class TestQuick:
    @pytest.mark.parametrize(
        ("part", "named"),
        [
            ("stock", {"times faster than stock", "times less processor time", "all 2 reports"}),
            ("growth", {"second run of 2, nothing changed", "2 reports, memory of the server, most"}),
            ("growth", {"2 reports against 1: time per report", "2 reports against 1: memory together"}),
            ("steps", {"process: fork and call", "cell checks", "ledgers, in the cells", "file pdf", "whole report"}),
            ("startup", {"start: python", "govnb run of one report, all in all"}),
            ("ledgers", {"applications_1k.time_ratio", "gb18030_1k.peak", "cached_1k.seconds"}),
            ("site", {"site, 2 × 1 reports", "site, nothing changed"}),
        ],
    )
    def test_each_part_gives_its_numbers(self, measured: dict[str, Any], part: str, named: set[str]) -> None:
        rows = {row["name"]: row for row in measured["parts"][part]["rows"]}
        assert named <= set(rows)
        for name in named:
            assert rows[name]["value"] >= 0
            assert {"name", "value", "unit", "limit", "at_least", "baseline"} == set(rows[name])

    def test_stock_took_part_and_the_steps_add_up(self, measured: dict[str, Any]) -> None:
        stock = {row["name"]: row for row in measured["parts"]["stock"]["rows"]}
        assert stock["seconds per report"]["baseline"] > 0.5  # two interpreters and a kernel were started
        steps = {row["name"]: row for row in measured["parts"]["steps"]["rows"]}
        sums = ("all cells", "whole report")
        alone = sum(row["value"] for name, row in steps.items() if name not in sums)
        assert alone == pytest.approx(steps["whole report"]["value"], rel=0.02)
        assert steps["ledgers, in the cells"]["value"] > 0

    def test_the_machine_is_described_without_names_of_its_own(self, measured: dict[str, Any]) -> None:
        assert {"when", "processor", "processors", "memory_gib", "python", "packages", "load_before"} <= set(
            measured["machine"]
        )
        assert str(Path.home()) not in json.dumps(measured)


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
