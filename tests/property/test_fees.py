"""The tariff's closed forms against item by item and page by page, and sums against brute force."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.counting import fees

if TYPE_CHECKING:
    from decimal import Decimal

TOP = 6000


def slow_item_price(position: int) -> int:
    """The notice's words: to 10 free, to 30 at 100, then each band of ten 100 dearer than the one before."""
    if position <= 10:
        return 0
    price, end = 100, 30
    while position > end:
        price, end = price + 100, end + 10
    return price


def slow_page_price(page: int) -> int:
    return 0 if page <= 30 else 10 if page <= 100 else 20 if page <= 200 else 40


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.integers(0, 3000))
def test_fee_by_item_is_the_sum_of_its_items(items: int) -> None:
    assert fees.fee_by_item(items) == sum(slow_item_price(position) for position in range(1, items + 1))
    assert fees.item_price(items) == slow_item_price(items)


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.integers(0, 3000))
def test_fee_by_pages_is_the_sum_of_its_pages(pages: int) -> None:
    assert fees.fee_by_pages(pages) == sum(slow_page_price(page) for page in range(1, pages + 1))


@lru_cache(maxsize=1)
def single_charges() -> frozenset[int]:
    """Every sum up to TOP that one application can cost, found by trying all counts."""
    found: set[int] = set()
    total = pages = 0
    for position in range(1, 20 * TOP // 100):
        total += slow_item_price(position)
        found |= {total, slow_item_price(position)}
    for page in range(1, TOP // 10):
        pages += slow_page_price(page)
        found.add(pages)
    return frozenset(amount for amount in found | {0} if amount <= TOP)


def test_reachable_is_exactly_what_one_application_can_cost() -> None:
    assert {amount for amount in range(TOP + 1) if fees.reachable(amount)} == single_charges()


def test_reachable_sum_is_exactly_what_several_can_cost() -> None:
    charges = sorted(single_charges() - {0})
    sums = {0}
    for charged in range(1, 6):
        sums = {before + charge for before in sums for charge in charges if before + charge <= TOP}
        assert {amount for amount in range(TOP + 1) if fees.reachable_sum(amount, charged)} == sums
    assert {amount for amount in range(TOP + 1) if fees.reachable_sum(amount)} == set(range(0, TOP + 1, 10))


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.sampled_from(["items", "pages"]).flatmap(lambda t: st.tuples(st.just(t), st.integers(0, 500)))))
def test_lawful_charges_always_add_up_to_a_reachable_sum(bills: list[tuple[str, int]]) -> None:
    charges = [fees.fee_by_item(n) if tariff == "items" else fees.fee_by_pages(n) for tariff, n in bills]
    assert all(fees.reachable(charge) for charge in charges)
    assert fees.reachable_sum(sum(charges), sum(charge > 0 for charge in charges))


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**27), max_value=10**27))
def test_to_wan_yuan_loses_nothing(yuan: Decimal) -> None:
    wan = fees.to_wan_yuan(yuan)
    assert Fraction(wan) == Fraction(yuan) / 10000
    text = format(wan, "f")
    assert text != "-0"
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")
