"""The course of a run while it lasts: what is done, what runs, how long is left, and whether it is to end early.

The pool says what happens; a display asks, from any thread. Nothing is run or printed here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from govnb.commands.ordering import Report, seconds_left
from govnb.errors import Text
from govnb.making import Outcome, Task


def cost_name(task: Task) -> str:
    """By which the cost of a task is kept."""
    return f"{task.agency}/{task.year}/{task.notebook}"


def report_of(task: Task) -> Report:
    return task.agency, task.year


class Course:
    """Of the run of ``tasks``, in which what is a key of ``after`` begins after its values; ``costs`` by cost_name."""

    def __init__(
        self,
        tasks: Sequence[Task] = (),
        after: Mapping[Report, Collection[Report]] | None = None,
        costs: Mapping[str, float] | None = None,
        places: int = 1,
    ) -> None:
        self.total = len(tasks)
        self.after = after or {}
        self.costs = dict(costs or {})
        self._average = sum(self.costs.values()) / len(self.costs) if self.costs else 1.0
        self.measured: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.ends = False
        self.notes: list[Text] = []  # of how the run itself went, for whoever asks
        self._places = places
        self._waiting = {cost_name(task) for task in tasks}
        self._begun: dict[str, float] = {}
        self._underway: dict[Future[Any], Task] = {}
        self._told: list[Callable[[], None]] = []

    def end_early(self) -> None:
        """What runs is finished, and nothing new begins. May be called from a signal's handler."""
        self.ends = True
        for tell in self._told:
            tell()

    def on_end(self, tell: Callable[[], None]) -> None:
        self._told.append(tell)

    def submitted(self, future: Future[Any], task: Task) -> None:
        self._underway[future] = task

    def returned(self, future: Future[Any]) -> None:
        self._underway.pop(future, None)

    def came_out(self, outcome: Outcome) -> None:
        name = cost_name(outcome.task)
        self.counts[outcome.state] += 1
        self._waiting.discard(name)
        self._begun.pop(name, None)
        if outcome.because is not None and outcome.seconds > 0:  # rendering alone says nothing of what a run takes
            self.measured[name] = outcome.seconds

    def running(self) -> list[Report]:
        """What runs now, the longest first."""
        now = time.monotonic()
        found: list[tuple[float, Report]] = []
        for future, task in list(self._underway.items()):
            if future.running():
                found.append((self._begun.setdefault(cost_name(task), now), report_of(task)))
        return [report for _, report in sorted(found)]

    def seconds_left(self) -> float | None:
        now = time.monotonic()
        running = {name: now - begun for name, begun in list(self._begun.items()) if name in self._waiting}
        waiting = set() if self.ends else self._waiting - set(running)
        return seconds_left(waiting, running, self.costs, self.measured, self._places)

    def order_cost(self, task: Task) -> float:
        """What a report is taken to cost: an unknown one as much as the average of the known."""
        return self.costs.get(cost_name(task), self._average)
