"""The way of systems without fork, here on any: spawned processes and ordinary kernels, with the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from govnb.commands.course import Course
from govnb.commands.pool import make_all
from govnb.crew.spawned import SpawnedCrew
from govnb.making import Task
from govnb.notebook.execute import Limits
from tests.running import ROOT
from tests.workspaces import FORMATS, REPORT_CELLS, digests, write_ledgers, write_notebook, write_params

LIMITS = Limits(300, 4 << 30)


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def test_spawned_processes_give_the_same_bytes(source: Path, made: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(source, tmp_path / "workspace"))
    output = root / "output"
    tasks = [Task(root, name, 2021, output, "annual_report", LIMITS, FORMATS) for name in ("bureau", "office", "total")]
    after = {("total", 2021): {("bureau", 2021), ("office", 2021)}}
    outcomes = list(make_all(tasks, 2, open_crew=lambda: SpawnedCrew(2), course=Course(tasks, after)))
    assert [outcome.state for outcome in outcomes] == ["made"] * 3, outcomes
    assert outcomes[-1].task.agency == "total"
    assert digests(output) == digests(made / "output")


def test_a_death_is_that_of_its_report_and_is_tried_again(tmp_path: Path) -> None:
    """The process that makes the report dies, not only its kernel: the others, and those after it, are made."""
    root = tmp_path / "workspace"
    names = ("a", "dying", "kernel", "z")
    for name in names:
        write_params(root, name)
        write_ledgers(root, name)
    write_notebook(root, "annual_report", *REPORT_CELLS)
    write_notebook(root, "dying", "import os; os.kill(os.getppid(), 9)")
    write_notebook(root, "kernel", "import os; os._exit(3)")
    output = root / "output"
    tasks = [
        Task(root, name, 2021, output, name if name in ("dying", "kernel") else "annual_report", LIMITS, ())
        for name in names
    ]
    outcomes = {o.task.agency: o for o in make_all(tasks, 2, 1, open_crew=lambda: SpawnedCrew(2))}
    assert {name: (o.state, o.attempts) for name, o in outcomes.items()} == {
        "a": ("made", 1),
        "dying": ("failed", 2),
        "kernel": ("failed", 2),
        "z": ("made", 1),
    }
    assert outcomes["dying"].problems[0].code == "run.worker"
    assert outcomes["kernel"].problems[0].code == "notebook.kernel"
    for name in ("dying", "kernel"):
        assert "Attempt 2 of 2" in (root / str(outcomes[name].log)).read_text(encoding="utf-8")
