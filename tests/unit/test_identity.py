"""Rules of the form as linear forms: expansion, tables, years, and faults with line and column."""

from __future__ import annotations

import pytest

from govnb.errors import Collector, Place
from govnb.form.edition import packaged_editions
from govnb.form.identity import Codes, Identity, Term, parse_identity

CODES = Codes(
    rows={
        "applications": ("new", "carried_in", "a", "b.x", "b.y", "total", "carried_out"),
        "disclosure": ("regulations", "licences"),
        "disputes": ("review", "litigation_direct"),
    },
    columns={
        "applications": ("person", "other", "total"),
        "disclosure": ("issued", "repealed", "in_force"),
        "disputes": ("upheld", "other", "pending", "total"),
    },
)


def parse(rule: str, problems: Collector | None = None) -> Identity | None:
    item = {"id": "x.y", "severity": "error", "rule": rule}
    return parse_identity(item, CODES, Place(file="e.yaml", line=7, position=10), problems or Collector())


def good(rule: str) -> Identity:
    problems = Collector()
    identity = parse(rule, problems)
    assert not problems.problems
    assert identity is not None
    return identity


def test_terms_signs_and_operator() -> None:
    identity = good("per column: new + carried_in == total + carried_out")
    assert (identity.table, identity.axis, identity.operator) == ("applications", "column", "==")
    assert identity.left == (Term(1, ("new",)), Term(1, ("carried_in",)))
    assert good("per column: new - a <= total").left == (Term(1, ("new",)), Term(-1, ("a",)))
    assert good("per column: - a + new == total").left[0].sign == -1


@pytest.mark.parametrize("dots", ["…", "...", " … "])
def test_sum_of_goes_by_the_order_of_the_edition(dots: str) -> None:
    identity = good(f"per column: sum of a{dots}b.y == total")
    assert identity.left == (Term(1, ("a", "b.x", "b.y")),)
    assert identity.codes == ("a", "b.x", "b.y", "total")


def test_years() -> None:
    identity = good("per row: in_force of year == in_force of year-1 + issued of year - repealed of year")
    assert identity.compares_years
    assert identity.table == "disclosure"
    assert identity.right == (Term(1, ("in_force",), 1), Term(1, ("issued",)), Term(-1, ("repealed",)))
    assert good("per block: pending of year - 1 <= total").left[0].years_before == 1
    assert good("per column: sum of a … b.y of year-1 == total").left == (Term(1, ("a", "b.x", "b.y"), 1),)
    assert not good("per row: person + other == total").compares_years


def test_the_axis_chooses_the_table() -> None:
    assert good("per row: person + other == total").table == "applications"
    assert good("per block: upheld + other + pending == total").table == "disputes"
    assert good("new == total").axis is None


@pytest.mark.parametrize(
    ("rule", "word", "near"),
    [
        ("per column: new + carried_inn == total", "carried_inn", "carried_in"),
        ("per column: sum of a … b.xx == total", "b.xx", "b.x"),
        ("per row: issued of year == repaeled of year-1", "repaeled", "repealed"),
        ("per block: upheld + ohter == total", "ohter", "other"),
        ("per colum: new == total", "colum", "column"),
    ],
)
def test_an_unknown_word_has_its_column_and_the_nearest(rule: str, word: str, near: str) -> None:
    problems = Collector()
    assert parse(rule, problems) is None
    (problem,) = problems.problems
    assert word in problem.what.en
    assert near in problem.fix.en
    assert (problem.where.line, problem.where.position) == (7, 10 + 1 + rule.index(word))


def test_every_unknown_word_is_reported() -> None:
    problems = Collector()
    parse("per column: neww + totall == carried_outt", problems)
    assert len(problems.problems) == 3


@pytest.mark.parametrize(
    ("rule", "offset"),
    [
        ("per column: new carried_in == total", 16),
        ("per column: new + == total", 16),
        ("per column: new + + a == total", 18),
        ("per column: new == total -", 25),
        ("per column: == total", 11),
        ("per column: new ==", 18),
        ("per column: sum of a == total", 19),
        ("per column: sum of a … == total", 21),
        ("per column: a … b.x == total", 14),
        ("per column: new == a == total", 21),
        ("per column: new of year-2 == total", 24),
        ("per column: new * 2 == total", 16),
        ("per column new == total", 4),
    ],
)
def test_a_rule_that_does_not_follow_the_grammar(rule: str, offset: int) -> None:
    problems = Collector()
    assert parse(rule, problems) is None
    assert problems.problems[0].code == "edition.rule"
    assert problems.problems[0].where.position == 10 + 1 + offset


def test_a_rule_without_comparison() -> None:
    problems = Collector()
    assert parse("per column: new + total", problems) is None
    assert "==" in problems.problems[0].what.en


def test_the_identities_of_2021() -> None:
    found = {identity.id: identity for identity in packaged_editions()[2021].identities}
    assert list(found) == [
        "applications.balance",
        "applications.results",
        "applications.columns",
        "disputes.total",
        "cross_year.carried",
        "cross_year.in_force",
        "cross_year.pending",
    ]
    outcomes = packaged_editions()[2021].applications.outcomes
    assert found["applications.results"].left == (Term(1, outcomes),)
    assert (outcomes[0], outcomes[-1], len(outcomes)) == ("granted", "other.other", 21)
    assert len(found["applications.columns"].left[0].codes) == 6
    assert found["cross_year.carried"].across_editions
    assert not found["cross_year.in_force"].across_editions
    assert found["cross_year.pending"].operator == "<="


def test_the_identities_of_2019_are_its_own_and_those_that_still_fit() -> None:
    found = {identity.id: identity for identity in packaged_editions()[2019].identities}
    assert "cross_year.in_force" not in found
    assert {"cross_year.items", "cross_year.disclosed_total", "cross_year.pending"} < set(found)
    assert found["applications.results"].left[0].codes[-1] == "other"
    assert found["cross_year.items"].right == (Term(1, ("previous_items",), 1), Term(1, ("change",), 1))
