"""Which report comes before which, and how long a run still takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from govnb.commands.ordering import Order, find_dependencies, seconds_left
from govnb.inputs.params import read_selection
from govnb.inputs.workspace import find_workspace
from tests.workspaces import write_params


def test_members_and_the_year_before_come_first_where_they_are_selected(tmp_path: Path) -> None:
    write_params(tmp_path, "office", years=(2020, 2021))
    write_params(tmp_path, "bureau", years=(2021,))
    write_params(tmp_path, "city", years=(2020, 2021), more="members: [office, bureau]\n")
    write_params(tmp_path, "province", years=(2021,), more="members: [city]\n")
    space = find_workspace(tmp_path)
    assert find_dependencies(read_selection(space, [], [])) == {
        ("bureau", 2021): set(),
        ("city", 2020): {("office", 2020)},
        ("city", 2021): {("office", 2021), ("bureau", 2021), ("city", 2020)},
        ("office", 2020): set(),
        ("office", 2021): {("office", 2020)},
        ("province", 2021): {("city", 2021)},
    }
    assert find_dependencies(read_selection(space, ["city"], [2021])) == {("city", 2021): set()}


def test_a_long_chain_begins_before_a_longer_single_report() -> None:
    order = Order({"single": 5.0, "a": 2.0, "b": 2.0, "c": 2.0}, {"b": {"a"}, "c": {"b"}})
    assert order.take() == ["a", "single"]
    order.done("a")
    assert order.take() == ["b"]


def test_equals_keep_the_order_in_which_they_were_selected() -> None:
    assert Order(dict.fromkeys("cab", 1.0), {}).take() == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("waiting", "running", "last", "now", "places", "left"),
    [
        ("ab", {}, {}, {}, 1, None),  # nothing is known
        ("ab", {}, {"a": 4, "b": 6}, {}, 1, 10),
        ("ab", {}, {"a": 4, "b": 6}, {}, 2, 5),
        ("ab", {}, {"a": 4}, {}, 1, 8),  # b as the average
        ("a", {"b": 5.0}, {"a": 4, "b": 6}, {}, 1, 5),
        ("", {"b": 9.0}, {"b": 6}, {}, 1, 0),  # longer than expected: nobody knows, it may end at any time
        ("", {"b": 1.0, "c": 0.0}, {"b": 2, "c": 20}, {}, 4, 20),
        ("b", {}, {"a": 4, "b": 6}, {"a": 8.0}, 1, 12),  # all is twice as slow today
        ("b", {}, {}, {"a": 8.0}, 1, 8),
    ],
)
def test_how_long_is_left(
    waiting: str,
    running: dict[str, float],
    last: dict[str, float],
    now: dict[str, float],
    places: int,
    left: float | None,
) -> None:
    assert seconds_left(set(waiting), running, last, now, places) == left
