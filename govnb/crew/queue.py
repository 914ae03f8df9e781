"""Calls that wait for a free place, and calls that run: what all kinds of crew share. Starts no process."""

from __future__ import annotations

import heapq
import itertools
import pickle
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Self, TypeVar

from govnb.crew import Died

T = TypeVar("T")
R = TypeVar("R")

_GLANCE_SECONDS = 1.0


class Calls:
    """Thread-safe. A call is waiting, then running under its number, then out of here.

    Of those that wait the one of the highest priority begins first; of equals, the one that came first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._order = itertools.count()  # no two are the same, so that a heap never compares futures
        self._waiting: list[tuple[float, int, Future[Any], bytes]] = []
        self._running: dict[int, Future[Any]] = {}
        self._all: set[Future[Any]] = set()

    def add(self, function: Any, argument: Any, priority: float = 0.0) -> Future[Any]:
        future: Future[Any] = Future()
        call = pickle.dumps((function, argument))
        with self._lock:
            heapq.heappush(self._waiting, (-priority, next(self._order), future, call))
            self._all.add(future)
        future.add_done_callback(self._forget)
        return future

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._all.discard(future)

    def take(self, places: int) -> tuple[int, bytes] | None:
        """The next call that begins now, with its number; None where none waits or ``places`` run already."""
        with self._lock:
            while self._waiting and len(self._running) < places:
                _, _, future, call = heapq.heappop(self._waiting)
                if future.set_running_or_notify_cancel():
                    number = next(self._numbers)
                    self._running[number] = future
                    return number, call
        return None

    def done(self, number: int, succeeded: bool, value: Any) -> None:
        """The result or exception of a running call; a number that is not running is passed over."""
        with self._lock:
            future = self._running.pop(number, None)
        if future is None:
            return
        if succeeded:
            future.set_result(value)
        else:
            future.set_exception(value)

    def died(self, number: int, status: int | None) -> None:
        """``status`` as subprocess has it: negative where a signal ended the process."""
        if status is None:
            self.done(number, False, Died())
        else:
            self.done(number, False, Died(signal=-status) if status < 0 else Died(exit_code=status))

    def running(self) -> list[int]:
        with self._lock:
            return list(self._running)

    def give_up(self) -> None:
        """Cancels what waits; what runs has died."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for _, _, future, _ in waiting:
            future.cancel()
            future.set_running_or_notify_cancel()
        for number in self.running():
            self.died(number, None)

    def wait(self) -> None:
        """Until there is nothing left, also of what is added meanwhile."""
        while True:
            with self._lock:
                left = list(self._all)
            if not left:
                return
            wait(left, _GLANCE_SECONDS)  # of one that is cancelled meanwhile it never hears


class QueuedCrew(ABC):
    """A Crew with its calls. A kind of crew says how those that wait begin, and how all ends."""

    def __init__(self) -> None:
        self._calls = Calls()
        self._stopped = False
        self.was_forced = False

    def submit(self, function: Callable[[T], R], argument: T, /, priority: float = 0.0) -> Future[R]:
        if self._stopped:
            raise RuntimeError("the crew was stopped")
        future = self._calls.add(function, argument, priority)
        self._begin()
        return future

    @abstractmethod
    def _begin(self) -> None:
        """Begins as many of the calls that wait as there are places, until the crew is stopped."""

    def _go_on(self) -> None:
        """``_begin`` for a thread that hears: nobody would learn of what it raises, and wait for ever."""
        try:
            self._begin()
        except OSError:  # no process can be had any more
            self._calls.give_up()

    @abstractmethod
    def stop(self) -> None:
        """As Crew has it; sets ``_stopped``."""

    def _finish(self) -> None:
        """Until all that was submitted is done."""
        self._calls.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self.stop()
