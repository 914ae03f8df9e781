"""Makes reports side by side in other processes; one that dies takes its own report with it and no other.

Outcomes come as they are done; what is unchanged is told without starting anything. The crew decides where a report is
made, and all give the same bytes. Whatever way a run ends, by itself, by Ctrl-C or by SIGTERM, no worker, kernel,
temporary file or half-written output of it is left.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace

from govnb.commands.course import Course, report_of
from govnb.commands.failure_log import write_log
from govnb.commands.ordering import Order, Report
from govnb.crew import Crew, Died, open_here
from govnb.errors import GovnbError, Place, Problem, Text, UsageError
from govnb.inputs.params import Params
from govnb.making import Outcome, Task, failed, find_unchanged, internal_fault, make_report, out_of_time
from govnb.material import Material
from govnb.processes import was_its_clock
from govnb.storage import refused, remove_leftovers

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

    ``retries``: how often one is tried again whose kernel or process died; what failed otherwise never is. The crew
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
    known: Sequence[Params],
) -> Iterator[Outcome]:
    left: list[Task] = []
    materials = {tasks[0].root: Material(tasks[0].root, known)} if known else {}
    for task in tasks:
        unchanged = None if course.ends else find_unchanged(task, materials)
        if unchanged is None:
            left.append(task)
        else:
            yield replace(unchanged, attempts=0)
    if course.ends:
        yield from map(_not_begun, left)
    elif left:
        crew = open_crew() if open_crew is not None else open_here(workers, len(left))
        yield from _Run(crew, left, retries, course).outcomes()


@dataclass(frozen=True)
class _Attempt:
    """A task that is under way, how often it may be tried again, and how it ended before."""

    task: Task
    left: int
    before: tuple[Outcome, ...] = ()


class _Run:
    """All that is submitted to one crew."""

    def __init__(self, crew: Crew, tasks: Sequence[Task], retries: int, course: Course) -> None:
        self._crew, self._course, self._retries = crew, course, retries
        self._waiting = dict.fromkeys(tasks)
        self._order = Order({task: course.order_cost(task) for task in tasks}, _after(tasks, course))
        self._underway: dict[Future[Outcome], _Attempt] = {}
        self._failures: dict[Report, list[tuple[Outcome, ...]]] = {}  # attempts of each notebook that failed
        # What is done, and None where the run is to end early; it may be put by a signal's handler.
        self._events: queue.SimpleQueue[Future[Outcome] | None] = queue.SimpleQueue()
        course.on_end(lambda: self._events.put(None))

    def outcomes(self) -> Iterator[Outcome]:
        try:
            with self._crew:
                yield from self._outcomes()
            if self._crew.was_forced:
                self._course.notes.append(_FORCED)
        except BaseException:
            for attempt in self._underway.values():
                remove_leftovers(attempt.task.folder)
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
            elif (outcome := self._returned(future)) is not None:
                yield outcome
        yield from map(_not_begun, self._waiting)

    def _submit_ready(self) -> None:
        for task in [] if self._course.ends else self._order.take():
            del self._waiting[task]
            self._submit(_Attempt(task, self._retries))

    def _submit(self, attempt: _Attempt) -> None:
        try:
            future = self._crew.submit(make_report, attempt.task, self._order.ranks[attempt.task])
        except OSError as error:
            raise UsageError(refused(error, "tmp")) from None
        self._underway[future] = attempt
        self._course.submitted(future, attempt.task)
        future.add_done_callback(self._events.put)

    def _returned(self, future: Future[Outcome]) -> Outcome | None:
        """The outcome of what came back; None where it is tried again."""
        attempt = self._underway.pop(future)
        self._course.returned(future)
        if future.cancelled() and self._course.ends:
            return self._final(attempt.before) if attempt.before else _not_begun(attempt.task)
        outcome = _outcome_of(future, attempt.task)
        ended = (*attempt.before, outcome)
        if attempt.left > 0 and not self._course.ends and _may_pass(outcome):
            self._submit(_Attempt(attempt.task, attempt.left - 1, ended))
            return None
        self._order.done(attempt.task)
        self._submit_ready()
        return self._final(ended)

    def _final(self, ended: tuple[Outcome, ...]) -> Outcome:
        """The last attempt, with their number, and where the log is if it failed."""
        log = None
        if ended[-1].state == "failed":
            failures = self._failures.setdefault(report_of(ended[-1].task), [])
            failures.append(ended)
            log = write_log(failures)
        return replace(ended[-1], attempts=len(ended), log=log)


def _after(tasks: Sequence[Task], course: Course) -> dict[Task, set[Task]]:
    """Task → those that come before it: of the reports that its own builds upon, and of its own report the one before.

    The notebooks of a report share a folder and its manifest, so no two of them are made at a time.
    """
    by_report: dict[Report, list[Task]] = {}
    after: dict[Task, set[Task]] = {}
    for task in tasks:
        beside = by_report.setdefault(report_of(task), [])
        after[task] = set(beside[-1:])
        beside.append(task)
    for task, before in after.items():
        for report in course.after.get(report_of(task), ()):
            before.update(by_report.get(report, ()))
    return after


def _not_begun(task: Task) -> Outcome:
    return Outcome(task, "not_begun", _NOT_BEGUN, 0.0, attempts=0)


def _outcome_of(future: Future[Outcome], task: Task) -> Outcome:
    try:
        return future.result()
    except (Died, CancelledError) as error:
        if isinstance(error, Died) and was_its_clock(error.signal):
            return out_of_time(task)
        return failed(task, (_died(),))
    except GovnbError as error:
        return failed(task, error.problems)
    except Exception as error:
        return failed(task, (internal_fault(error),))


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
