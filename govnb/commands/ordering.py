"""In which order the reports of a run begin: what takes longest first, and nothing before what it builds upon.

Pure: it knows neither files nor processes nor a clock. The order never changes what comes out, only when.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from govnb.inputs.params import Params

Report = tuple[str, int]  # agency and year
K = TypeVar("K", bound=Hashable)


def find_dependencies(chosen: Sequence[Params]) -> dict[Report, set[Report]]:
    """Report → those among ``chosen`` that come before it: its members of that year, and its own year before."""
    there = {(params.agency.id, params.year) for params in chosen}
    return {
        (params.agency.id, params.year): there
        & {*((member, params.year) for member in params.agency.members), (params.agency.id, params.year - 1)}
        for params in chosen
    }


def rank(costs: Mapping[K, float], after: Mapping[K, Collection[K]]) -> dict[K, float]:
    """What each costs together with the longest chain of those that wait for it: who has most begins first.

    ``after`` names for each what comes before it, and leads nowhere but to keys of ``costs``.
    """
    waits: dict[K, list[K]] = {key: [] for key in costs}
    for key, before in after.items():
        for each in before:
            waits[each].append(key)
    ranks: dict[K, float] = {}
    for key in reversed(list(TopologicalSorter(_whole(costs, after)).static_order())):
        ranks[key] = costs[key] + max((ranks[each] for each in waits[key]), default=0.0)
    return ranks


class Order(Generic[K]):
    """Gives out each key once, when what comes before it is done."""

    def __init__(self, costs: Mapping[K, float], after: Mapping[K, Collection[K]]) -> None:
        self.ranks = rank(costs, after)
        self._place = {key: number for number, key in enumerate(costs)}
        self._sorter = TopologicalSorter(_whole(costs, after))
        self._sorter.prepare()

    def take(self) -> list[K]:
        """Those that may begin by now and were not given out, the highest rank first, of equals in the given order."""
        return sorted(self._sorter.get_ready(), key=lambda key: (-self.ranks[key], self._place[key]))

    def done(self, key: K) -> None:
        """However it ended: one that failed holds nobody up."""
        self._sorter.done(key)


def _whole(costs: Mapping[K, float], after: Mapping[K, Collection[K]]) -> dict[K, Collection[K]]:
    return {key: after.get(key, ()) for key in costs}


def seconds_left(
    waiting: Collection[K], running: Mapping[K, float], last: Mapping[K, float], now: Mapping[K, float], places: int
) -> float | None:
    """How long it takes until all is done; None where nothing is known of any.

    ``running`` has what each has taken so far, ``last`` what each took last time, ``now`` what was measured in this
    run; a machine that is slower today is so for the others too. What is unknown takes as long as the average.
    """
    both = [key for key in now if last.get(key)]
    pace = sum(now[key] for key in both) / sum(last[key] for key in both) if both else 1.0
    known = {**{key: seconds * pace for key, seconds in last.items()}, **now}
    if not known:
        return None
    average = sum(known.values()) / len(known)
    rests = [max(0.0, known.get(key, average) - spent) for key, spent in running.items()]
    work = sum(known.get(key, average) for key in waiting) + sum(rests)
    return max([work / max(1, places), *rests])
