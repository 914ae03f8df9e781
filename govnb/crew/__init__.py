"""Crews: processes beside this one that are handed calls, each call apart from all others.

    warm.WarmCrew          Linux: forked from a server that has everything imported, each call in a process of its own
    spawned.SpawnedCrew    anywhere: a process for each place, which takes one call after the other
    cluster.ClusterCrew    on other machines, through dask

``open_here`` gives the one that this machine can have. What dies takes its own call with it and no other. Nothing here
knows what a report is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType
from typing import Protocol, Self, TypeVar

from govnb.processes import LINUX

_MANY = 3  # reports: what readies a process for all costs more than it spares the second

T = TypeVar("T")
R = TypeVar("R")


class Died(Exception):  # noqa: N818  (says what became of the process, as a person would)
    """The process of a call ended before the call did: by ``signal``, or of itself with ``exit_code``.

    Both are None where the system does not tell.
    """

    def __init__(self, signal: int | None = None, exit_code: int | None = None) -> None:
        super().__init__(signal, exit_code)
        self.signal = signal
        self.exit_code = exit_code


class Crew(Protocol):
    """Runs calls in other processes, no more than ``workers`` at a time. Used as a context: leaving it waits for what
    was submitted and tidies up; leaving it by an exception stops everything. Tidying up takes no longer than some
    seconds: what does not end when it is told to is killed, and ``was_forced`` is true from then on.
    """

    @property
    def was_forced(self) -> bool: ...

    def submit(self, function: Callable[[T], R], argument: T, /, priority: float = 0.0) -> Future[R]:
        """``function(argument)`` in another process. Function, argument and result are pickled.

        Of the calls that wait for a place, the one of the highest ``priority`` begins first. What the function raises
        is raised by ``result()``; Died where its process ended before it did. A call that has not begun can be
        cancelled.
        """
        ...

    def stop(self) -> None:
        """Ends everything at once; nothing is left behind. Calls that were not done get Died or are cancelled."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_here(workers: int, calls: int) -> Crew:
    """A crew of this machine for so many ``calls``, ``workers`` at a time. Both kinds give the same results."""
    workers = min(workers, calls)
    if LINUX:
        from govnb.crew.warm import WarmCrew

        return WarmCrew(workers, many=calls >= _MANY)
    from govnb.crew.spawned import SpawnedCrew

    return SpawnedCrew(workers)
