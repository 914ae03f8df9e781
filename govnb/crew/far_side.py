"""What a dask worker does with the calls of a ClusterCrew: it keeps a crew of its own for each run, and hands them on.

The worker never opens a call; a fork of its crew's server does. A run's crew ends with the run: when it says so, when
its calls are cancelled, because it was stopped or is gone, and with the worker itself.
"""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import wait
from typing import Any

from govnb.crew import Died
from govnb.crew.warm import WarmCrew
from govnb.crew.wire import run_pickled

_GLANCE_SECONDS = 0.5  # between two looks at whether the call is still wanted


class _Kept:
    """The crews of this worker by run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crews: dict[str, WarmCrew] = {}
        self._busy: dict[str, int] = {}

    def begin(self, run: str, workers: int) -> WarmCrew:
        """The crew of ``run``; those of runs that have nothing to do here are ended, as they may be long gone."""
        with self._lock:
            idle = [self._crews.pop(other) for other in list(self._crews) if other != run and not self._busy[other]]
            crew = self._crews.get(run)
            if crew is None:
                crew = self._crews[run] = WarmCrew(workers)
                self._busy[run] = 0
            self._busy[run] += 1
        for other in idle:
            other.stop()
        return crew

    def done(self, run: str) -> None:
        with self._lock:
            self._busy[run] -= 1

    def end(self, run: str) -> None:
        with self._lock:
            crew = self._crews.pop(run, None)
        if crew is not None:
            crew.stop()


_KEPT = _Kept()


def run_far(run: str, call: bytes) -> bytes:
    """The task: runs a pickled call of ``run`` in a process of its own and gives its pickled outcome.

    It never raises, as dask would log what it was given.
    """
    from distributed import get_worker
    from distributed.worker import thread_state  # type: ignore[attr-defined]

    worker, key = get_worker(), thread_state.key
    try:
        crew = _KEPT.begin(run, worker.state.nthreads)
        future = crew.submit(run_pickled, call)
        while not wait([future], _GLANCE_SECONDS).done:
            if not _is_wanted(worker, key):
                _KEPT.end(run)
        return future.result()
    except BaseException as error:
        return pickle.dumps((False, error if isinstance(error, Died) else Died()))
    finally:
        _KEPT.done(run)


def _is_wanted(worker: Any, key: str) -> bool:
    """No more where the call was cancelled, or where the worker ends, as it does without its scheduler."""
    if worker.status.name in ("closing", "closed", "failed"):
        return False
    task = worker.state.tasks.get(key)
    return task is not None and task.state not in ("cancelled", "released", "forgotten")


def end_calls(run: str) -> None:
    """Ends what this worker keeps for ``run``."""
    _KEPT.end(run)
