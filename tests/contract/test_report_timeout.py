"""The time of a whole report covers its rendering: a process that renders for ever is ended, that report alone."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import nbformat
import pytest

from govnb import making
from govnb.commands.pool import make_all
from govnb.crew import Died
from govnb.crew.warm import WarmCrew
from govnb.making import Outcome, Task, make_report
from govnb.notebook.execute import Limits
from govnb.processes import LINUX, end_at
from tests.running import wait_for
from tests.workspaces import REPORT_CELLS, write_ledgers, write_notebook, write_params

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 8

pytestmark = pytest.mark.skipif(not LINUX, reason="elsewhere the limit is that of the cells alone")


def hang(*_: Any) -> Any:
    """Natively, so that no exception could reach it."""
    re.match("(a*)*b", "a" * 60)


def render_for_ever(task: Task) -> Outcome:
    vars(making)["render_all"] = hang  # in the process of this call alone
    return make_report(task)


class Swapping(WarmCrew):
    """Runs the reports of one agency by another function."""

    def submit(self, function: Callable[[Any], Any], argument: Any, /, priority: float = 0.0) -> Future[Any]:
        return super().submit(render_for_ever if argument.agency == "endless" else function, argument, priority)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for agency in ("endless", "office"):
        write_params(tmp_path, agency)
        write_ledgers(tmp_path, agency)
    write_notebook(tmp_path, "annual_report", *REPORT_CELLS)
    return tmp_path


def test_rendering_that_never_ends_fails_that_report_alone(root: Path) -> None:
    limits = Limits(60, 0, report_seconds=SECONDS)
    tasks = [
        Task(root, agency, 2021, root / "output", "annual_report", limits if agency == "endless" else Limits(0, 0))
        for agency in ("endless", "office")
    ]
    begun = time.monotonic()
    outcomes = {outcome.task.agency: outcome for outcome in make_all(tasks, 2, 1, lambda: Swapping(2))}
    assert outcomes["office"].state == "made"
    (problem,) = outcomes["endless"].problems
    assert problem.code == "report.timeout"
    assert f"took longer than {SECONDS} seconds, and was being rendered" in str(problem.text().en)
    assert "--report-timeout" in str(problem.text().en)
    assert time.monotonic() - begun > SECONDS
    reason = root / "output/endless/2021/failed/reason.txt"
    assert "时限8秒" in reason.read_text(encoding="utf-8")
    assert not list((root / "output/endless/2021").glob("annual_report.*"))
    assert {path.name for path in reason.parent.parent.iterdir()} == {"failed"}
    kept = nbformat.read(reason.parent / "notebook.ipynb", as_version=4)  # it was run to its end
    assert all(cell.execution_count for cell in kept.cells if cell.cell_type == "code")


def wait_for_ever(task: Task) -> Outcome:
    vars(making)["decide"] = hang
    vars(making)["_GRACE_SECONDS"] = 0
    return make_report(task)


def test_what_hangs_before_its_cells_ends_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.render_for_ever", wait_for_ever)
    limits = Limits(60, 0, report_seconds=2)
    tasks = [Task(root, "endless", 2021, root / "output", "annual_report", limits)]
    (outcome,) = make_all(tasks, 1, 1, lambda: Swapping(1))
    (problem,) = outcome.problems
    assert (outcome.attempts, problem.code) == (1, "report.timeout")
    assert "the whole report took longer than 2 seconds." in str(problem.text().en)


def sleep_under_a_clock(seconds: float) -> str:
    end_at(time.monotonic() + seconds)
    if seconds > 10:
        end_at(None)
        return "the clock was stopped"
    hang()
    return "never"


def test_the_clock_ends_a_call_and_can_be_stopped(root: Path) -> None:
    with WarmCrew(2) as crew:
        ended, stopped = crew.submit(sleep_under_a_clock, 0.2), crew.submit(sleep_under_a_clock, 11)
        assert stopped.result(300) == "the clock was stopped"
        with pytest.raises(Died) as died:
            ended.result(300)
    assert died.value.signal == signal.SIGALRM


def test_a_process_of_somebody_else_has_no_clock() -> None:
    end_at(time.monotonic() + 0.05)
    assert not wait_for(lambda: False, 0.3)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
