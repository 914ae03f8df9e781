"""What the pool makes of a crew: order, retries, failures with their log, an early end. With a crew of threads."""

from __future__ import annotations

import pickle
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from govnb.commands import pool
from govnb.commands.course import Course
from govnb.commands.pool import make_all
from govnb.crew import Died
from govnb.crew.queue import Calls
from govnb.errors import NOTHING, Place, Problem, ReportError, Text, UsageError
from govnb.keeping import forget_failure
from govnb.making import Outcome, Task, failed
from govnb.notebook.execute import Limits

MADE = Text("新", "new")


@dataclass
class Threads:
    """A crew that runs calls in threads, ``places`` at a time, and remembers what it began."""

    places: int = 1
    begun: list[Any] = field(default_factory=list)
    stopped: bool = False
    was_forced: bool = False
    calls: Calls = field(default_factory=Calls)

    def submit(self, function: Callable[[Any], Any], argument: Any, /, priority: float = 0.0) -> Future[Any]:
        return self.calls.add(_called, argument, priority)

    def start(self) -> None:
        for _ in range(self.places):
            threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self.stopped:
            taken = self.calls.take(self.places)
            if taken is None:
                time.sleep(0.002)
                continue
            number, call = taken
            _, argument = pickle.loads(call)
            self.begun.append(argument)
            try:
                self.calls.done(number, True, pool.make_report(argument))
            except Exception as error:
                self.calls.done(number, False, error)

    def stop(self) -> None:
        self.stopped = True
        self.calls.give_up()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.calls.wait()
        self.stop()


def _called(argument: Any) -> None:
    """Stands in the pickle; what is run is what the test puts into ``pool.make_report``."""


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Four reports, none of which was made before."""
    monkeypatch.setattr(pool, "find_unchanged", lambda task, materials: None)
    return [task_of(tmp_path, name) for name in "abcd"]


def task_of(root: Path, agency: str, notebook: str = "annual_report") -> Task:
    return Task(root, agency, 2021, root / "output", notebook, Limits(60, 0))


def made(task: Task) -> Outcome:
    return Outcome(task, "made", MADE, 1.0, because=MADE)


def use(monkeypatch: pytest.MonkeyPatch, make: Callable[[Task], Outcome]) -> None:
    monkeypatch.setattr(pool, "make_report", make)


def begun(crew: Threads) -> list[str]:
    return [task.agency for task in crew.begun]


def test_longest_first_and_nothing_before_what_it_builds_upon(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, made)
    costs = {f"{name}/2021/annual_report": cost for name, cost in {"a": 9.0, "b": 1.0, "c": 3.0, "d": 2.0}.items()}
    crew = Threads()
    outcomes = list(make_all(tasks, 1, open_crew=lambda: crew, course=Course(tasks, {}, costs)))
    assert begun(crew) == ["a", "c", "d", "b"]
    assert {outcome.task.agency for outcome in outcomes} == set("abcd")
    crew = Threads()
    after = {("a", 2021): {("b", 2021), ("elsewhere", 2021)}}
    use(monkeypatch, lambda task: time.sleep(0.1) or made(task))
    list(make_all(tasks, 1, open_crew=lambda: crew, course=Course(tasks, after, costs)))
    assert begun(crew)[0] == "b"
    assert "a" in begun(crew)[1:3]  # the place that b left may be taken before a is known to be ready


def test_who_failed_holds_nobody_up(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(Place(), Text("坏", "bad"), Text("修", "mend"), "notebook.cell")
    use(monkeypatch, lambda task: failed(task, (problem,)) if task.agency == "b" else made(task))
    after = {("a", 2021): {("b", 2021)}, ("c", 2021): {("a", 2021)}}
    states = {o.task.agency: o.state for o in make_all(tasks, 1, 3, Threads, Course(tasks, after))}
    assert states == {"a": "made", "b": "failed", "c": "made", "d": "made"}


def test_only_a_death_is_tried_again_and_each_attempt_is_told(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: dict[str, int] = {}

    def make(task: Task) -> Outcome:
        tries[task.agency] = tries.get(task.agency, 0) + 1
        if task.agency == "a" and tries["a"] < 3:  # dies twice
            return failed(task, (Problem(Place(), Text("死", f"died {tries['a']}"), NOTHING, "notebook.kernel"),))
        if task.agency == "b":
            raise Died(signal=9)
        if task.agency == "c":
            raise ReportError(Problem(Place(), Text("错", "wrong"), Text("改", "Mend it"), "notebook.cell"))
        return made(task)

    use(monkeypatch, make)
    outcomes = {o.task.agency: o for o in make_all(tasks, 2, 2, lambda: Threads(2))}
    assert tries == {"a": 3, "b": 3, "c": 1, "d": 1}
    assert {name: (o.state, o.attempts) for name, o in outcomes.items()} == {
        "a": ("made", 3),
        "b": ("failed", 3),
        "c": ("failed", 1),
        "d": ("made", 1),
    }
    assert outcomes["a"].log is None
    assert outcomes["b"].log == "output/b/2021/failed/log.txt"
    log = (tasks[1].folder / "failed" / "log.txt").read_text(encoding="utf-8")
    assert log.count("the process that made the report died") == 3
    assert "Attempt 3 of 3" in log
    assert "第3次，共3次" in log
    assert (tasks[1].folder / "failed" / "reason.txt").is_file()
    assert not (tasks[0].folder / "failed" / "log.txt").exists()


def test_what_the_system_can_not_start_is_told(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, made)

    class Full(Threads):
        def submit(self, function: Any, argument: Any, /, priority: float = 0.0) -> Future[Any]:
            raise OSError(28, "No space left on device", "/secret/path")

    with pytest.raises(UsageError, match="the disk is full"):
        list(make_all(tasks, 1, open_crew=Full))


def test_an_early_end_finishes_what_runs_and_begins_nothing_else(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Course(tasks, {("d", 2021): {("a", 2021)}})
    dead = Problem(Place(), Text("死", "died"), NOTHING, "notebook.kernel")

    def make(task: Task) -> Outcome:
        course.end_early()
        time.sleep(0.1)
        return failed(task, (dead,))  # and is not tried again, as that would begin something

    use(monkeypatch, make)
    outcomes = list(make_all(tasks, 1, 5, Threads, course))
    assert {o.task.agency: (o.state, o.attempts) for o in outcomes} == {
        "a": ("failed", 1),
        **dict.fromkeys("bcd", ("not_begun", 0)),
    }


def test_a_report_that_waits_for_its_second_attempt_keeps_its_failure(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was begun, so it is not told as one that was not."""
    course = Course(tasks)
    dead = Problem(Place(), Text("死", "died"), NOTHING, "notebook.kernel")
    use(monkeypatch, lambda task: failed(task, (dead,)) if task.agency == "a" else made(task))

    class Holding(Threads):
        """Never comes to begin the second attempt."""

        def submit(self, function: Any, argument: Any, /, priority: float = 0.0) -> Future[Any]:
            if argument.agency == "a" and "a" in begun(self):
                course.end_early()
                return Future()
            return super().submit(function, argument, priority)

    outcomes = {o.task.agency: o for o in make_all(tasks, 1, 5, Holding, course)}
    assert set(outcomes) == set("abcd")
    assert (outcomes["a"].state, outcomes["a"].attempts) == ("failed", 1)
    assert outcomes["a"].log is not None


def test_an_end_before_the_start_begins_nothing(tasks: list[Task]) -> None:
    course = Course(tasks)
    course.end_early()
    outcomes = list(make_all(tasks, 1, open_crew=lambda: pytest.fail("was opened"), course=course))
    assert [outcome.state for outcome in outcomes] == ["not_begun"] * 4
    assert course.counts["not_begun"] == 4


def test_closing_stops_the_crew_and_removes_half_written_outputs(
    tasks: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, hang = threading.Event(), threading.Event()

    def make(task: Task) -> Outcome:
        if task.agency == "a":
            return made(task)
        (task.folder / ".writing-x").mkdir(parents=True)
        writing.set()
        hang.wait(10)
        return made(task)

    use(monkeypatch, make)
    crew = Threads()
    outcomes = make_all(tasks, 1, open_crew=lambda: crew)
    assert next(outcomes).task.agency == "a"
    assert writing.wait(10)
    outcomes.close()
    assert crew.stopped
    assert not list(tasks[0].root.rglob(".writing-*"))
    hang.set()


def test_notebooks_of_one_report_run_one_after_the_other_and_only_the_dead_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "find_unchanged", lambda task, materials: None)
    tasks = [task_of(tmp_path, "a", name) for name in ("one", "three", "two")]
    tries: list[str] = []
    dead = Problem(Place(), Text("死", "died"), NOTHING, "notebook.kernel")
    wrong = replace(dead, code="notebook.cell", what=Text("错", "wrong"))

    def make(task: Task) -> Outcome:
        tries.append(task.notebook)
        return {"one": made(task), "two": failed(task, (wrong,))}.get(task.notebook) or failed(task, (dead,))

    use(monkeypatch, make)
    outcomes = {o.task.notebook: o for o in make_all(tasks, 1, 1, Threads)}
    assert tries == ["one", "three", "three", "two"]  # they share a folder
    assert {name: (o.state, o.attempts) for name, o in outcomes.items()} == {
        "one": ("made", 1),
        "two": ("failed", 1),
        "three": ("failed", 2),
    }


def test_each_notebook_of_a_report_keeps_its_own_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that runs out of time takes no other along, and one that is made later removes nobody else's."""
    monkeypatch.setattr(pool, "find_unchanged", lambda task, materials: None)
    tasks = [replace(task_of(tmp_path, "a", name), own=name == "two") for name in ("four", "one", "three", "two")]
    wrong = Problem(Place(), Text("错", "wrong"), NOTHING, "notebook.cell")

    def make(task: Task) -> Outcome:
        if task.notebook == "one":
            raise Died(signal=signal.SIGALRM)
        if task.notebook == "two":
            return failed(task, (wrong,))
        forget_failure(task)  # as what is made does
        return made(task)

    use(monkeypatch, make)
    outcomes = {o.task.notebook: o for o in make_all(tasks, 1, 1, Threads)}
    assert {name: o.state for name, o in outcomes.items()} == {
        "one": "failed",
        "two": "failed",
        "three": "made",
        "four": "made",
    }
    folder = tasks[0].folder / "failed"
    assert {path.name for path in folder.iterdir()} == {"reason-one.txt", "reason.txt", "log.txt"}
    assert "超过时限60秒" not in folder.joinpath("reason.txt").read_text(encoding="utf-8")
    assert "took longer than" in folder.joinpath("reason-one.txt").read_text(encoding="utf-8")
    log = folder.joinpath("log.txt").read_text(encoding="utf-8")
    assert "notebooks/one.ipynb" in log
    assert "notebooks/two.ipynb" in log
    forget_failure(tasks[3])
    assert {path.name for path in folder.iterdir()} == {"reason-one.txt", "log.txt"}
    forget_failure(tasks[1])
    assert not folder.exists()


def test_rendering_alone_says_nothing_of_what_a_run_costs(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, lambda task: replace(made(task), because=None if task.agency == "a" else MADE, seconds=3.0))
    course = Course(tasks, {}, {"a/2021/annual_report": 99.0})
    list(make_all(tasks, 1, open_crew=Threads, course=course))
    assert course.measured == {f"{name}/2021/annual_report": 3.0 for name in "bcd"}


def test_the_course_knows_what_is_done_and_how_long_is_left(tasks: list[Task], monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, made)
    costs = {f"{name}/2021/annual_report": 2.0 for name in "abcd"}
    course = Course(tasks, {}, costs)
    assert course.seconds_left() == 8.0
    for number, _ in enumerate(make_all(tasks, 1, open_crew=Threads, course=course), 1):
        assert course.counts["made"] == number
    assert course.measured == dict.fromkeys(costs, 1.0)
    assert course.seconds_left() == 0.0
    assert course.running() == []
