"""Pairing two sequences in order, against every way in which it can be done."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from govnb.pairing import pair_in_order


def every_way(rows: int, columns: int):
    for count in range(min(rows, columns) + 1):
        for left in combinations(range(rows), count):
            for right in combinations(range(columns), count):
                yield list(zip(left, right, strict=True))


tables = st.integers(0, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=columns, max_size=columns), max_size=4
    )
)


@given(tables)
def test_no_other_way_is_worth_more(worth):
    pairs, total = pair_in_order(worth)
    columns = len(worth[0]) if worth else 0
    ways = every_way(len(worth), columns)
    allowed = [way for way in ways if all(worth[i][j] for i, j in way)]
    assert total == sum(worth[i][j] for i, j in pairs) == max(sum(worth[i][j] for i, j in way) for way in allowed)


@given(tables)
def test_pairs_are_in_order_and_none_is_made_that_must_not_be(worth):
    pairs, _ = pair_in_order(worth)
    assert all(worth[i][j] for i, j in pairs)
    assert all(one[0] < two[0] and one[1] < two[1] for one, two in pairwise(pairs))
