"""Runs a function over many untrusted files in worker processes with limits; what kills a worker costs one result.

A worker may use so much memory, so much processor time for an item and so much time by the clock; where the system has
no such limits (Windows), the clock alone. Workers are used again until they have grown or served long, and nothing of
them is left behind: no process, no file. Results come in the order of the items, the same for any number of workers,
and only a bounded number waits. The function need not return, but it is our own code: this is no defence against code
that a file smuggles in.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from govnb.audit.raw import RawDocument, Unreadable
from govnb.audit.reading import read_published
from govnb.errors import Text

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Limits:
    """``memory`` in bytes; ``processor`` and ``wall`` in seconds for one item; ``items``: how many a worker serves."""

    memory: int = 2 << 30
    processor: int = 20
    wall: float = 40.0
    items: int = 200
    grown: int = 512 << 20  # a worker that was ever larger is replaced after the item (Linux)


DEFAULT = Limits()
RECOGNISING = Limits(memory=4 << 30, processor=900, wall=1800.0, grown=1 << 30)  # up to 30 pages of a scan
_AHEAD = 16  # results for each worker that may wait for an earlier one
START = 120.0  # seconds for a worker to begin: imports, on a machine that is busy
_FIX = Text("请检查文件，或另存为 PDF 或 .docx 后再试", "Check the file, or save it as PDF or .docx and try again")


def read_all(
    paths: Iterable[Path], jobs: int, limits: Limits = DEFAULT
) -> Iterator[tuple[int, RawDocument | Unreadable]]:
    """Each file as read, or why it wasn't, with its index, in the order of ``paths``."""
    return run_all(read_published, paths, jobs, limits)


def run_all(
    function: Callable[[Item], Result], items: Iterable[Item], jobs: int, limits: Limits = DEFAULT
) -> Iterator[tuple[int, Result | Unreadable]]:
    """(index, what ``function`` returns for the item) in the order of ``items``, which are taken as they are needed.

    ``function`` is importable from its module, items and results can be pickled. Unreadable where it raises anything,
    exceeds a limit or dies. RuntimeError where workers can't be started at all.
    """
    with tempfile.TemporaryDirectory(prefix="govnb-audit-", ignore_cleanup_errors=True) as folder:
        crew = _Crew(function, limits, max(jobs, 1), folder)
        try:
            yield from crew.run(iter(items))
        finally:
            crew.stop()


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    deadline: float
    task: tuple[int, Any] | None = None  # (index, item) that it works on
    ready: bool = False
    served: int = 0


class _Crew:
    def __init__(self, function: Callable[[Any], Any], limits: Limits, jobs: int, folder: str) -> None:
        self._function, self._limits, self._jobs, self._folder = function, limits, jobs, folder
        self._workers: list[_Worker] = []
        self._again: deque[tuple[int, Any]] = deque()  # tasks that deserve a worker without a past
        self._context = get_context("spawn")

    def run(self, items: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        done: dict[int, Any] = {}
        waiting: deque[tuple[int, Any]] = deque()
        taken = following = 0
        ended = False
        while True:
            while not ended and taken - following < _AHEAD * self._jobs and len(waiting) < self._jobs:
                try:
                    waiting.append((taken, next(items)))
                    taken += 1
                except StopIteration:
                    ended = True
            self._assign(waiting)
            if following in done:
                self._collect(done, 0.0)
                self._assign(waiting)
                yield following, done.pop(following)
                following += 1
            elif ended and following == taken:
                return
            else:
                self._collect(done, self._patience())

    def _assign(self, waiting: deque[tuple[int, Any]]) -> None:
        if self._again:
            self._dismiss(*(worker for worker in self._workers if worker.task is None and worker.served))
        for worker in [worker for worker in self._workers if worker.ready and worker.task is None]:
            queue = self._again or waiting
            if not queue:
                return
            try:
                worker.pipe.send(queue[0][1])
            except OSError:  # it died while idle; the item goes to another one
                self._dismiss(worker)
                continue
            worker.task, worker.deadline = queue.popleft(), time.monotonic() + self._limits.wall
        starting = sum(1 for worker in self._workers if not worker.ready)
        for _ in range(min(len(waiting) + len(self._again) - starting, self._jobs - len(self._workers))):
            self._workers.append(self._start())

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work, args=(theirs, self._function, self._limits, self._folder), name="govnb-audit", daemon=True
        )
        process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        return _Worker(process, ours, time.monotonic() + START)

    def _patience(self) -> float:
        """Seconds until the first worker is late."""
        now = time.monotonic()
        late = [worker.deadline - now for worker in self._workers if worker.task is not None or not worker.ready]
        return max(min(late, default=START), 0.0)

    def _collect(self, done: dict[int, Any], patience: float) -> None:
        """Takes what workers have to say within ``patience`` seconds; ends those that are late."""
        for pipe in wait([worker.pipe for worker in self._workers], patience):
            worker = next(worker for worker in self._workers if worker.pipe is pipe)
            try:
                result, last, short = worker.pipe.recv()
            except (EOFError, OSError):
                self._bury(worker, done)
                continue
            if worker.task is not None:
                self._settle(worker, done, result, doubtful=short)
            worker.task, worker.ready = None, True
            if last:
                self._dismiss(worker)
        now = time.monotonic()
        for worker in [worker for worker in self._workers if worker.deadline <= now and not worker.pipe.poll()]:
            if worker.task is not None:
                done[worker.task[0]] = _late(self._limits)
                self._dismiss(worker)
            elif not worker.ready:
                raise RuntimeError("a worker process did not start")

    def _settle(self, worker: _Worker, done: dict[int, Any], result: Any, doubtful: bool) -> None:
        """Keeps a result. One that other files before it may have caused is asked for again from a new worker, so that
        it is the same whatever ran before."""
        assert worker.task is not None
        if doubtful and worker.served:
            self._again.append(worker.task)
        else:
            done[worker.task[0]] = result
        worker.served += 1

    def _bury(self, worker: _Worker, done: dict[int, Any]) -> None:
        worker.process.join(5)
        code = worker.process.exitcode
        if not worker.ready:
            raise RuntimeError(f"a worker process ended before it began (exit status {code})")
        if worker.task is not None:
            timed = os.name != "nt" and code in (-signal.SIGALRM, -signal.SIGXCPU)
            self._settle(worker, done, _death(code, self._limits), doubtful=not timed)
        self._dismiss(worker)

    def _dismiss(self, *workers: _Worker) -> None:
        """Ends workers; first with a request, so that they can end what they started."""
        for worker in workers:
            self._workers.remove(worker)
            worker.pipe.close()
            worker.process.terminate()
        for worker in workers:
            worker.process.join(2)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.process.close()

    def stop(self) -> None:
        self._dismiss(*self._workers)


def _late(limits: Limits) -> Unreadable:
    n = f"{limits.wall:g}"
    return Unreadable(Text(f"读取超过{n}秒，已中止", f"reading took more than {n} seconds and was stopped"), _FIX)


def _death(code: int | None, limits: Limits) -> Unreadable:
    """Why a worker died, from its exit status."""
    if code is not None and code < 0 and os.name != "nt":
        if -code == signal.SIGALRM:
            return _late(limits)
        if -code == signal.SIGXCPU:
            n = limits.processor
            return Unreadable(
                Text(f"读取占用处理器超过{n}秒，已中止", f"reading used the processor for {n} seconds and was stopped"),
                _FIX,
            )
        if -code == signal.SIGKILL:
            return _no_memory(limits)
    return Unreadable(
        Text("读取时进程崩溃（文件可能已损坏）", "the process that read it crashed (a damaged file?)"), _FIX
    )


def _no_memory(limits: Limits) -> Unreadable:
    mega = limits.memory >> 20
    return Unreadable(
        Text(f"读取所需内存超过{mega} MB，已中止", f"reading needed more than {mega} MB of memory and was stopped"),
        _FIX,
    )


# In the worker


def _work(pipe: Connection, function: Callable[[Any], Any], limits: Limits, folder: str) -> None:
    """Serves items until the pipe is closed. Says with each result whether it was the last."""
    _leave_signals_to_parent()
    _silence()
    tempfile.tempdir = folder  # what a killed worker leaves goes with the parent's folder
    _limit_memory(limits)
    try:
        pipe.send((None, False, False))
        for served in range(1, limits.items + 1):
            item = pipe.recv()
            _start_clocks(limits)
            result, short = _call(function, item, limits)
            last = served == limits.items or short or _peak() > limits.grown
            _send(pipe, result, last, short)
            _stop_clocks()
            if last:
                return
    except (EOFError, OSError):  # the parent is gone or has closed the pipe
        return
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # an exception now would only be printed


def _call(function: Callable[[Any], Any], item: Any, limits: Limits) -> tuple[Any, bool]:
    """What becomes of the item, and whether memory ran out."""
    try:
        return function(item), False
    except Unreadable as refused:
        return refused.with_traceback(None), False
    except MemoryError:
        return _no_memory(limits), True
    except RecursionError:
        return Unreadable(Text("文件结构嵌套过深", "the file is nested too deeply"), _FIX), False
    except Exception as error:  # one file must not end the audit of the others
        name = type(error).__name__
        return Unreadable(Text(f"读取时出错（{name}）", f"reading failed ({name})"), _FIX), False


def _send(pipe: Connection, result: Any, last: bool, short: bool) -> None:
    try:
        pipe.send((result, last, short))
    except OSError:
        raise
    except Exception as error:  # a result that can't be pickled, or no memory to do it
        name = type(error).__name__
        refused = Unreadable(Text(f"结果无法传回（{name}）", f"the result can't be passed on ({name})"), _FIX)
        pipe.send((refused, last, short))


def _silence() -> None:
    """Libraries that end the process say so on the terminal; the result says it already."""
    with Path(os.devnull).open("wb") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)


def _leave_signals_to_parent() -> None:
    """Ctrl-C reaches every process; the parent decides. A request to end becomes an exception, so that folders go."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name != "nt":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


# Windows has no module resource, macOS doesn't keep to every limit. The checks are on sys.platform for mypy's sake.


def _limit_memory(limits: Limits) -> None:
    if sys.platform != "win32":
        import resource

        for name in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
            _lower(name, limits.memory)
        _lower(resource.RLIMIT_CORE, 0)


def _lower(name: int, value: int) -> None:
    if sys.platform != "win32":
        import resource

        hard = resource.getrlimit(name)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (value, hard))


def _start_clocks(limits: Limits) -> None:
    """The system ends the process at either limit, even inside a library that never returns."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + limits.processor)
        signal.setitimer(signal.ITIMER_REAL, limits.wall)


def _stop_clocks() -> None:
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, 0)


def _peak() -> int:
    """The most memory that this process ever used, in bytes; 0 where the system doesn't say.

    Not ru_maxrss: that of a new process begins with what its parent used.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
