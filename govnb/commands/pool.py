"""Makes reports side by side in other processes; one that dies takes its own report with it and no other.

Outcomes come as they are done; what is unchanged is told without starting anything. On Linux each report has a fresh
process forked from a warm server (``crew``), elsewhere workers are spawned: the same bytes. Whatever way a run ends, by
itself, by Ctrl-C or by SIGTERM, no worker, kernel or temporary file of it is left.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from govnb.crew import Crew, Died
from govnb.crew.warm import WarmCrew
from govnb.errors import GovnbError, Place, Problem, Text, UsageError
from govnb.making import Outcome, Task, failed, find_unchanged, internal_fault, make_reports
from govnb.processes import LINUX, die_with_parent, end_leftovers
from govnb.storage import refused

Group = tuple[Task, ...]


def make_all(
    tasks: Sequence[Task], workers: int, retries: int = 0, open_crew: Callable[[], Crew] | None = None
) -> Generator[Outcome, None, None]:
    """An outcome for each task, in the order in which they are done.

    The notebooks of one report are made one after the other, since they share a folder and its manifest. ``retries``:
    how often a report is tried again whose kernel or process died; a report that failed otherwise never is. The crew
    of ``open_crew`` runs them in place of ``workers`` of this machine. Close the iterator to stop.
    """
    groups: list[Group] = []
    for _, group in itertools.groupby(tasks, lambda task: (task.agency, task.year)):
        known = tuple(group)
        unchanged = [find_unchanged(task) for task in known]
        yield from (outcome for outcome in unchanged if outcome is not None)
        left = tuple(task for task, outcome in zip(known, unchanged, strict=True) if outcome is None)
        groups += [left] if left else []
    if not groups:
        return
    if open_crew is not None:
        yield from _run_by(open_crew(), groups, retries)
    elif LINUX:
        yield from _run_by(WarmCrew(min(workers, len(groups))), groups, retries)
    else:
        yield from _spawned(groups, min(workers, len(groups)), retries)


def _run_by(crew: Crew, groups: Sequence[Group], retries: int) -> Iterator[Outcome]:
    try:
        waiting = {crew.submit(make_reports, group): (group, retries) for group in groups}
    except OSError as error:
        raise UsageError(refused(error, "tmp")) from None
    with crew:
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                group, left = waiting.pop(future)
                outcomes = _outcomes_of(future, group)
                again = tuple(outcome.task for outcome in outcomes if left and _may_pass(outcome))
                if again:
                    waiting[crew.submit(make_reports, again)] = (again, left - 1)
                yield from (outcome for outcome in outcomes if outcome.task not in again)


def _outcomes_of(future: Future[list[Outcome]], group: Group) -> list[Outcome]:
    try:
        return future.result()
    except (Died, CancelledError):
        return [Outcome(task, "failed", _died().text(), 0.0, problems=(_died(),)) for task in group]
    except GovnbError as error:
        return [failed(task, error.problems) for task in group]
    except Exception as error:
        return [failed(task, (internal_fault(error),)) for task in group]


def _may_pass(outcome: Outcome) -> bool:
    """Whether it failed by the death of a process, which need not happen again."""
    return any(problem.code in ("notebook.kernel", "run.worker") for problem in outcome.problems)


def _spawned(groups: Sequence[Group], workers: int, retries: int) -> Iterator[Outcome]:
    lost: list[Group] = []
    yield from _run(groups, workers, lost)
    # A worker died and took the pool along: whose fault it was is only known by running each alone.
    for group in lost:
        died: list[Group] = []
        yield from _run([group], 1, died)
        if died:
            yield from (Outcome(task, "failed", _died().text(), 0.0, problems=(_died(),)) for task in group)


def _died() -> Problem:
    return Problem(
        Place(),
        Text("生成报告的进程意外终止（可能内存不足）", "the process that made the report died (out of memory?)"),
        Text("请减小 -j 后重试", "Try again with a smaller -j"),
        "run.worker",
    )


def _run(groups: Sequence[Group], workers: int, lost: list[Group]) -> Iterator[Outcome]:
    if not groups:
        return
    try:
        scratch = tempfile.TemporaryDirectory(prefix="govnb-", ignore_cleanup_errors=True)
    except OSError as error:
        raise UsageError(refused(error, "tmp")) from None
    with scratch as folder:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_begin_worker, initargs=(folder, os.getpid())
        )
        _heed_interrupt()
        try:
            yield from _outcomes(pool, groups, lost)
        except BaseException:
            _stop(pool, Path(folder))
            raise
        pool.shutdown()
        end_leftovers(Path(folder))


def _heed_interrupt() -> None:
    """A library may have taken Ctrl-C for itself; this process heeds it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _outcomes(pool: ProcessPoolExecutor, groups: Sequence[Group], lost: list[Group]) -> Iterator[Outcome]:
    waiting: dict[Future[list[Outcome]], Group] = {}
    for group in groups:
        try:
            waiting[pool.submit(make_reports, group)] = group
        except BrokenProcessPool:
            lost.append(group)
    for future in as_completed(waiting):
        try:
            made = future.result()
        except BrokenProcessPool:
            lost.append(waiting[future])
        else:
            yield from made


def _begin_worker(scratch: str, parent: int) -> None:
    """Ctrl-C goes to the whole process group; the parent alone decides what becomes of the run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name != "nt":
        os.setpgrp()
    die_with_parent(parent)
    # Also what libraries write for a moment goes where the parent removes it.
    os.environ["TMPDIR"] = scratch
    tempfile.tempdir = None


def _stop(pool: ProcessPoolExecutor, scratch: Path) -> None:
    """Ends the workers at once with everything that they started, and lets nobody interrupt that."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    processes = list((pool._processes or {}).values())  # there is no public way to end a running worker
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.kill()
    for process in processes:
        process.join(5)
    end_leftovers(scratch)
