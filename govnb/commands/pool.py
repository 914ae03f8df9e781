"""Makes reports side by side in other processes; one that dies takes its own report with it and no other.

Outcomes come as they are done; what is unchanged is told without starting anything. The crew decides where a report is
made, and all give the same bytes. Whatever way a run ends, by itself, by Ctrl-C or by SIGTERM, no worker, kernel,
temporary file or half-written output of it is left.
"""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace

from govnb.commands.course import Course, report_of
from govnb.commands.failure_log import write_log
from govnb.commands.ordering import Order, Report
from govnb.crew import Crew, Died, open_here
from govnb.errors import GovnbError, Place, Problem, Text, UsageError
from govnb.inputs.params import Params
from govnb.making import Outcome, Task, failed, find_unchanged, internal_fault, make_reports, out_of_time
from govnb.material import Material
from govnb.processes import was_its_clock
from govnb.storage import refused, remove_leftovers

Group = tuple[Task, ...]
_GLANCE_SECONDS = 1.0  # on Windows a wait without an end hears no Ctrl-C
_NOT_BEGUN = Text("运行已中断", "the run was stopped before")
_FORCED = Text("有进程没有按时结束，已被强制终止", "a process did not end in time when all was done, and was killed")


def make_all(
    tasks: Sequence[Task],
    workers: int,
    retries: int = 0,
    open_crew: Callable[[], Crew] | None = None,
    course: Course | None = None,
    known: Sequence[Params] = (),
) -> Generator[Outcome, None, None]:
    """An outcome for each task, in the order in which they are done.

    The notebooks of one report are made one after the other, since they share a folder and its manifest. ``retries``:
    how often a report is tried again whose kernel or process died; a report that failed otherwise never is. The crew
    of ``open_crew`` runs them in place of ``workers`` of this machine. ``course`` knows in which order, is told what
    happens, and may end the run early: what has not begun then comes out as ``not_begun``. ``known`` are the parameters
    that were read to select the tasks. Close the iterator to stop.
    """
    course = course or Course(tasks)
    for outcome in _make_all(tasks, workers, retries, open_crew, course, known):
        course.came_out(outcome)
        yield outcome


def _make_all(
    tasks: Sequence[Task],
    workers: int,
    retries: int,
    open_crew: Callable[[], Crew] | None,
    course: Course,
    known_params: Sequence[Params],
) -> Iterator[Outcome]:
    groups: list[Group] = []
    materials = {tasks[0].root: Material(tasks[0].root, known_params)} if known_params else {}
    for _, group in itertools.groupby(tasks, report_of):
        known = tuple(group)
        unchanged = [None if course.ends else find_unchanged(task, materials) for task in known]
        yield from (replace(outcome, attempts=0) for outcome in unchanged if outcome is not None)
        left = tuple(task for task, outcome in zip(known, unchanged, strict=True) if outcome is None)
        groups += [left] if left else []
    if course.ends:
        yield from (_not_begun(task) for group in groups for task in group)
    elif groups:
        crew = open_crew() if open_crew is not None else open_here(workers, len(groups))
        yield from _Run(crew, groups, retries, course).outcomes()


@dataclass
class _Attempts:
    """A report that is being made: the tasks that are under way, and how those ended that are to be tried again."""

    group: Group
    left: int
    before: dict[Task, tuple[Outcome, ...]] = field(default_factory=dict)


class _Run:
    """All that is submitted to one crew."""

    def __init__(self, crew: Crew, groups: Sequence[Group], retries: int, course: Course) -> None:
        self._crew, self._course, self._retries = crew, course, retries
        self._groups = {report_of(group[0]): group for group in groups}
        costs = {report: course.order_cost(group) for report, group in self._groups.items()}
        after = {report: set(course.after.get(report, ())) & costs.keys() for report in costs}
        self._order = Order(costs, after)
        self._underway: dict[Future[list[Outcome]], _Attempts] = {}
        # What is done, and None where the run is to end early; it may be put by a signal's handler.
        self._events: queue.SimpleQueue[Future[list[Outcome]] | None] = queue.SimpleQueue()
        course.on_end(lambda: self._events.put(None))

    def outcomes(self) -> Iterator[Outcome]:
        try:
            with self._crew:
                yield from self._outcomes()
            if self._crew.was_forced:
                self._course.notes.append(_FORCED)
        except BaseException:
            for attempts in self._underway.values():
                remove_leftovers(attempts.group[0].folder)
            raise

    def _outcomes(self) -> Iterator[Outcome]:
        self._submit_ready()
        while self._underway:
            try:
                future = self._events.get(timeout=_GLANCE_SECONDS)
            except queue.Empty:
                continue
            if future is None:
                for each in list(self._underway):
                    each.cancel()  # comes back as an event of its own; what runs can't be cancelled
            else:
                yield from self._returned(future)
        yield from (_not_begun(task) for group in self._groups.values() for task in group)

    def _submit_ready(self) -> None:
        for report in [] if self._course.ends else self._order.take():
            self._submit(report, _Attempts(self._groups.pop(report), self._retries))

    def _submit(self, report: Report, attempts: _Attempts) -> None:
        try:
            future = self._crew.submit(make_reports, attempts.group, self._order.ranks[report])
        except OSError as error:
            raise UsageError(refused(error, "tmp")) from None
        self._underway[future] = attempts
        self._course.submitted(future, attempts.group)
        future.add_done_callback(self._events.put)

    def _returned(self, future: Future[list[Outcome]]) -> Iterator[Outcome]:
        attempts = self._underway.pop(future)
        self._course.returned(future)
        report = report_of(attempts.group[0])
        if future.cancelled() and self._course.ends:
            yield from _final([attempts.before[task] for task in attempts.group if task in attempts.before])
            yield from (_not_begun(task) for task in attempts.group if task not in attempts.before)
            return
        outcomes = _outcomes_of(future, attempts.group)
        may = attempts.left > 0 and not self._course.ends
        again = tuple(outcome.task for outcome in outcomes if may and _may_pass(outcome))
        ended = [(*attempts.before.get(outcome.task, ()), outcome) for outcome in outcomes]
        if again:
            before = {each[-1].task: each for each in ended if each[-1].task in again}
            self._submit(report, _Attempts(again, attempts.left - 1, before))
        else:
            self._order.done(report)
            self._submit_ready()
        yield from _final([each for each in ended if each[-1].task not in again])


def _final(ended: Sequence[tuple[Outcome, ...]]) -> Iterator[Outcome]:
    """The last attempt of each, with their number, and where the log of those that failed is."""
    failures = [each for each in ended if each[-1].state == "failed"]
    log = write_log(failures) if failures else None
    for each in ended:
        yield replace(each[-1], attempts=len(each), log=log if each in failures else None)


def _not_begun(task: Task) -> Outcome:
    return Outcome(task, "not_begun", _NOT_BEGUN, 0.0, attempts=0)


def _outcomes_of(future: Future[list[Outcome]], group: Group) -> list[Outcome]:
    try:
        return future.result()
    except (Died, CancelledError) as error:
        if isinstance(error, Died) and was_its_clock(error.signal):
            return [out_of_time(task) for task in group]
        return [failed(task, (_died(),)) for task in group]
    except GovnbError as error:
        return [failed(task, error.problems) for task in group]
    except Exception as error:
        return [failed(task, (internal_fault(error),)) for task in group]


def _may_pass(outcome: Outcome) -> bool:
    """Whether it failed by the death of a process, which need not happen again."""
    return any(problem.code in ("notebook.kernel", "run.worker") for problem in outcome.problems)


def _died() -> Problem:
    return Problem(
        Place(),
        Text("生成报告的进程意外终止（可能内存不足）", "the process that made the report died (out of memory?)"),
        Text("请减小 -j 后重试", "Try again with a smaller -j"),
        "run.worker",
    )
