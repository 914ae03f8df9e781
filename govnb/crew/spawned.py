"""A crew of ordinary processes, one for each place, that take one call after the other: for systems without fork.

A process that dies takes its own call along, and another takes its place. ``python -P -m govnb.crew.spawned`` is such a
process: calls come in by its standard input, results leave by its standard output, and when the input ends, because
whoever started it is gone, it ends with all that it started.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NoReturn, TypeVar

from govnb.crew.queue import QueuedCrew
from govnb.crew.wire import CALL, READY, RESULT, frame, read_frames, read_outcome, run_pickled
from govnb.environment import LEDGER_CACHE, kernel_environment
from govnb.processes import end_child, end_leftovers, end_marked

T = TypeVar("T")
R = TypeVar("R")

_END_SECONDS = 10
_PIECE = 1 << 18


class SpawnedCrew(QueuedCrew):
    """``workers`` calls at a time."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._places = workers
        self._lock = threading.RLock()  # guards what follows
        self._scratch: Path | None = None
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []

    def submit(self, function: Callable[[T], R], argument: T, /, priority: float = 0.0) -> Future[R]:
        with self._lock:
            if self._scratch is None and not self._stopped:
                self._scratch = Path(tempfile.mkdtemp(prefix="govnb-"))
        return super().submit(function, argument, priority)

    def _begin(self) -> None:
        with self._lock:
            while not self._stopped and (taken := self._calls.take(self._places)):
                try:
                    worker = self._idle.pop() if self._idle else self._start()
                except OSError:  # no process can be had, such as where a user may have no more of them
                    self._calls.died(taken[0], None)
                else:
                    worker.begin(*taken)

    def _start(self) -> _Worker:
        assert self._scratch is not None
        worker = _Worker(self._scratch, self._done, self._lost)
        self._workers.add(worker)
        return worker

    def _done(self, worker: _Worker, number: int, payload: bytes) -> None:
        outcome = read_outcome(payload)
        worker.number = None
        with self._lock:
            self._idle.append(worker)
        self._calls.done(number, *outcome)
        self._go_on()

    def _lost(self, worker: _Worker) -> None:
        """The process is gone, and its call with it, where it had one."""
        with self._lock:
            self._workers.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)
        worker.end(_END_SECONDS)
        if worker.number is not None:
            self._calls.died(worker.number, worker.status)
        if worker.was_ready:
            self._go_on()
        else:
            self._calls.give_up()  # it would not come up a second time either

    def stop(self) -> None:
        self._stopped = True
        for worker in list(self._workers):
            worker.kill()  # first: whoever holds the lock may be telling something to one that does not listen
        with self._lock:
            workers, self._workers, self._idle = list(self._workers), set(), []
            scratch, self._scratch = self._scratch, None
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.end()
        if scratch is not None:
            shutil.rmtree(scratch, ignore_errors=True)
        self._calls.give_up()


class _Worker:
    """One process with a folder for what it writes for a moment, and a thread that hears what it says."""

    def __init__(
        self, scratch: Path, done: Callable[[_Worker, int, bytes], None], lost: Callable[[_Worker], None]
    ) -> None:
        self.number: int | None = None  # of the call that it runs
        self.was_ready = False
        self._folder = Path(tempfile.mkdtemp(prefix="worker-", dir=scratch))
        environment = {
            **kernel_environment(self._folder, os.environ),
            # Also what libraries write for a moment goes where it is removed.
            "TMPDIR": str(self._folder),
            LEDGER_CACHE: str(scratch / "ledgers"),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "govnb.crew.spawned"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the parent's to judge
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
            env=environment,
        )
        self._thread = threading.Thread(target=self._hear, args=(done, lost), name="govnb-crew", daemon=True)
        self._thread.start()

    @property
    def status(self) -> int | None:
        return self._process.poll()

    def begin(self, number: int, call: bytes) -> None:
        self.number = number
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # where it is gone, the thread hears of it
            self._process.stdin.write(frame(CALL, number, call))
            self._process.stdin.flush()

    def _hear(self, done: Callable[[_Worker, int, bytes], None], lost: Callable[[_Worker], None]) -> None:
        assert self._process.stdout is not None
        said = self._process.stdout.fileno()
        received = bytearray()
        with contextlib.suppress(Exception):  # whatever it is, who waits for the process must hear of it
            while piece := os.read(said, _PIECE):
                received += piece
                for kind, number, payload in read_frames(received):
                    self.was_ready = True
                    if kind == RESULT:
                        done(self, number, payload)
        lost(self)

    def kill(self) -> None:
        self._process.kill()

    def end(self, seconds: float = 0.0) -> None:
        """Nothing that it started is left, nor its folder. It has ``seconds`` to end by itself, and so tell how."""
        end_child(self._process, seconds)
        end_marked(self._folder)
        end_leftovers(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        if threading.current_thread() is not self._thread:
            self._thread.join(_END_SECONDS)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked, said = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # what a library prints is no result
        os.dup2(nothing, descriptor)
    calls: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(asked, calls), daemon=True).start()
    _say(said, frame(READY, 0))
    while True:
        number, call = calls.get()
        _say(said, frame(RESULT, number, run_pickled(call)))


def _receive(asked: int, calls: queue.SimpleQueue[tuple[int, bytes]]) -> NoReturn:
    """Also while a call runs, so that the end of the one who asked is heard at once."""
    received = bytearray()
    with contextlib.suppress(OSError):
        while piece := os.read(asked, _PIECE):
            received += piece
            for _, number, call in read_frames(received):
                calls.put((number, call))
    folder = Path(os.environ["TMPDIR"])
    end_marked(folder)
    end_leftovers(folder)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()  # the last of them takes the crew's folder along
    os._exit(1)


def _say(said: int, message: bytes) -> None:
    left = memoryview(message)
    while left:
        left = left[os.write(said, left) :]


if __name__ == "__main__":
    main()
