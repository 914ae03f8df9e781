"""The order of a run: everything once, nothing before what it builds upon, no place idle without need."""

from __future__ import annotations

import heapq
import random

from hypothesis import given
from hypothesis import strategies as st

from govnb.commands.ordering import Order, rank, seconds_left

Graph = tuple[dict[int, float], dict[int, set[int]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Costs, and for each key what comes before it; keys are not in the order of their dependencies."""
    size = draw(st.integers(1, 14))
    costs = draw(st.lists(st.floats(0, 100), min_size=size, max_size=size))
    names = draw(st.permutations(range(size)))
    after = {
        names[number]: {names[each] for each in draw(st.sets(st.integers(0, number - 1), max_size=3))}
        for number in range(1, size)
    }
    return {name: costs[name] for name in sorted(names)}, after


def simulate(graph: Graph, places: int, takes: dict[int, float]) -> tuple[dict[int, float], dict[int, float]]:
    """When each began and ended where each ``takes`` what it takes, whatever was expected of it."""
    order = Order(*graph)
    waiting: list[tuple[float, int, int]] = []
    running: list[tuple[float, int]] = []
    begun: dict[int, float] = {}
    ended: dict[int, float] = {}
    now, count = 0.0, 0

    def take() -> None:
        nonlocal count
        for key in order.take():
            heapq.heappush(waiting, (-order.ranks[key], count, key))
            count += 1

    take()
    while waiting or running:
        while waiting and len(running) < places:
            key = heapq.heappop(waiting)[2]
            assert key not in begun
            begun[key] = now
            heapq.heappush(running, (now + takes[key], key))
        now, key = heapq.heappop(running)
        ended[key] = now
        order.done(key)
        take()
    return begun, ended


@given(graphs(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_each_is_made_once_and_after_what_it_builds_upon(graph: Graph, places: int, chance: random.Random) -> None:
    costs, after = graph
    begun, ended = simulate(graph, places, {key: chance.uniform(0, 9) for key in costs})
    assert set(begun) == set(ended) == set(costs)
    for key, before in after.items():
        assert all(ended[each] <= begun[key] for each in before)


@given(graphs(), st.integers(1, 4))
def test_it_takes_no_longer_than_a_good_order_may(graph: Graph, places: int) -> None:
    """Graham's bound, which holds where no place is idle while something could begin."""
    costs, _ = graph
    _, ended = simulate(graph, places, costs)
    longest = max(rank(*graph).values())
    assert max(ended.values()) <= sum(costs.values()) / places + longest * (1 - 1 / places) + 1e-6


@given(graphs())
def test_a_rank_is_the_cost_and_the_longest_chain_that_waits(graph: Graph) -> None:
    costs, after = graph
    ranks = rank(costs, after)
    for key, cost in costs.items():
        waits = [ranks[each] for each, before in after.items() if key in before]
        assert ranks[key] == cost + max(waits, default=0.0)


@given(graphs())
def test_what_is_free_to_begin_comes_longest_first(graph: Graph) -> None:
    order = Order(*graph)
    ready = order.take()
    assert [order.ranks[key] for key in ready] == sorted((order.ranks[key] for key in ready), reverse=True)
    assert set(ready) == {key for key in graph[0] if not graph[1].get(key)}
    assert order.take() == []


@given(
    st.dictionaries(st.integers(0, 9), st.floats(0.1, 100), min_size=1),
    st.sets(st.integers(0, 9)),
    st.integers(1, 8),
)
def test_the_time_left_shrinks_with_places_and_never_below_the_longest(
    last: dict[int, float], waiting: set[int], places: int
) -> None:
    running = {key: 0.0 for key in last if key not in waiting}
    left = seconds_left(waiting, running, last, {}, places)
    alone = seconds_left(waiting, running, last, {}, 1)
    assert left is not None
    assert alone is not None
    assert 0 <= left <= alone + 1e-9
    assert left >= max((last[key] for key in running), default=0.0)
