"""Identities on random tables: consistent ones pass, one changed cell is found, blanks are never taken for errors."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.checks.model import Evidence, Member, Result
from govnb.checks.privacy import find_bank_cards, find_identity_numbers, is_identity_number, is_luhn, masked
from govnb.checks.registry import run_checks
from govnb.form.edition import TABLES, Edition, packaged_editions

EDITIONS = packaged_editions()
Values = dict[str, dict[str, dict[str, Any]]]
COUNTS = st.integers(0, 12_000_000)


@st.composite
def consistent(draw: st.DrawFn, edition: Edition) -> Values:
    """Tables in which every identity of one year holds; what is new follows from the rest."""
    form = edition.applications
    persons = [column for column in form.columns if column != "total"]
    applications: dict[str, dict[str, int]] = {row: {} for row in form.rows}
    for person in persons:
        column = {row: draw(st.one_of(st.just(0), COUNTS)) for row in (*form.outcomes, "carried_out")}
        column["total"] = sum(column[row] for row in form.outcomes)
        column["carried_in"] = draw(st.integers(0, column["total"] + column["carried_out"]))
        column["new"] = column["total"] + column["carried_out"] - column["carried_in"]
        for row in form.rows:
            applications[row][person] = column[row]
    for cells in applications.values():
        cells["total"] = sum(cells[person] for person in persons)
    disputes: dict[str, dict[str, int]] = {}
    for block in edition.disputes.blocks:
        cells = {column: draw(COUNTS) for column in edition.disputes.columns if column != "total"}
        disputes[block.code] = {**cells, "total": sum(cells.values())}
    disclosure = {row: {c: draw(COUNTS) for c in columns} for row, columns in edition.rows("disclosure").items()}
    return {"disclosure": disclosure, "applications": applications, "disputes": disputes}


def identities(edition: Edition, tables: Values, previous: Values | None = None) -> list[Result]:
    before = None if previous is None else Evidence(edition.number, edition, tables=previous)
    found = Evidence(edition.number + 1, edition, tables=tables, previous=before)
    ids = {identity.id for identity in edition.identities}
    return [result for result in run_checks(found) if result.id in ids]


def failing(edition: Edition, tables: Values, previous: Values | None = None) -> list[Result]:
    return [result for result in identities(edition, tables, previous) if result.status == "fail"]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(sorted(EDITIONS)))
def test_consistent_tables_pass_every_identity_of_one_year(data: st.DataObject, number: int) -> None:
    edition = EDITIONS[number]
    tables = data.draw(consistent(edition))
    found = {r.id: r.status for r in identities(edition, tables)}
    once = {identity.id for identity in edition.identities if not identity.compares_years}
    assert dict.fromkeys(once, "pass").items() <= found.items()


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(EDITIONS)), st.sampled_from(["applications", "disputes"]))
def test_one_changed_cell_is_found(data: st.DataObject, number: int, table: str) -> None:
    edition = EDITIONS[number]
    tables = data.draw(consistent(edition))
    row = data.draw(st.sampled_from(sorted(tables[table])))
    column = data.draw(st.sampled_from(sorted(tables[table][row])))
    tables[table][row][column] += data.draw(st.integers(1, 10**7))
    found = failing(edition, tables)
    assert found
    assert all(result.expected != result.actual for result in found)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(EDITIONS)))
def test_blank_zeros_and_blank_totals_make_no_failure(data: st.DataObject, number: int) -> None:
    edition = EDITIONS[number]
    tables = data.draw(consistent(edition))
    for table in ("applications", "disputes"):
        for row, cells in tables[table].items():
            for column, value in cells.items():
                if ("total" in (row, column) or value == 0) and data.draw(st.booleans()):
                    cells[column] = None
    assert failing(edition, tables) == []


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(sorted(EDITIONS)))
def test_any_one_blank_cell_of_the_applications_makes_no_failure(data: st.DataObject, number: int) -> None:
    """Also one that held a number: the crossing total shows that the blank is not nothing."""
    edition = EDITIONS[number]
    tables = data.draw(consistent(edition))
    row = data.draw(st.sampled_from(list(edition.applications.rows)))
    column = data.draw(st.sampled_from(list(edition.applications.columns)))
    tables["applications"][row][column] = None
    assert failing(edition, tables) == []


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(sorted(EDITIONS)))
def test_only_the_total_column_filled_makes_no_failure(data: st.DataObject, number: int) -> None:
    edition = EDITIONS[number]
    tables = data.draw(consistent(edition))
    for cells in tables["applications"].values():
        cells.update({column: None for column in cells if column != "total"})
    assert failing(edition, tables) == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_two_years_agree_and_blanks_over_two_years_make_no_failure(data: st.DataObject) -> None:
    edition = EDITIONS[2021]
    before = data.draw(consistent(edition))
    now = copy.deepcopy(before)
    for column, value in before["applications"]["carried_out"].items():
        now["applications"]["carried_in"][column] = value
    for row in ("regulations", "normative_documents"):
        cells = now["disclosure"][row]
        cells["in_force"] = before["disclosure"][row]["in_force"] + cells["issued"] - cells["repealed"]
    years = {identity.id for identity in edition.identities if identity.compares_years}
    assert {r.id: r.status for r in identities(edition, now, before) if r.id in years} == dict.fromkeys(years, "pass")
    for tables in (before, now):
        for table in TABLES:
            for cells in tables[table].values():
                for column in cells:
                    if data.draw(st.integers(0, 9)) == 0:
                        cells[column] = None
    assert [r for r in failing(edition, now, before) if r.id in years] == []


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_an_aggregate_of_random_members_is_their_sum(data: st.DataObject) -> None:
    edition = EDITIONS[2021]
    members = {name: data.draw(consistent(edition)) for name in ("a", "b")}
    amounts = st.decimals(0, 10**6, places=6)
    for tables in members.values():
        tables["disclosure"]["fees"]["amount"] = data.draw(amounts)
    total: Values = copy.deepcopy(members["a"])
    for table in TABLES:
        for row, cells in total[table].items():
            for column in cells:
                cells[column] += members["b"][table][row][column]
    summed = {name: Member(name, tables) for name, tables in members.items()}
    evidence = Evidence(2022, edition, tables=total, members=summed)
    assert [r.status for r in run_checks(evidence) if r.id == "aggregate.sum"] == ["pass"]
    total["disclosure"]["fees"]["amount"] += Decimal("0.000001")
    assert [r.status for r in run_checks(evidence) if r.id == "aggregate.sum"] == ["fail"]


@given(st.text("0123456789", min_size=17, max_size=17), st.sampled_from("0123456789X"))
def test_an_identity_number_is_found_only_with_its_check_character(digits: str, last: str) -> None:
    number = digits + last
    found = list(find_identity_numbers(f"申请人{number}提出"))
    assert found == ([number] if is_identity_number(number) else [])
    others = [digits + other for other in "0123456789X" if other != last]
    if is_identity_number(number):
        assert not any(is_identity_number(other) for other in others)


@given(st.text("0123456789", min_size=13, max_size=16))
def test_bank_cards_are_found_with_their_check_digit_and_masked(digits: str) -> None:
    stem = f"62{digits}"
    number = next(stem + last for last in "0123456789" if is_luhn(stem + last))
    if is_identity_number(number):
        return
    assert list(find_bank_cards(f"账号{number}，")) == [number]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert list(find_bank_cards(f"账号{wrong}，")) == []
    assert number not in masked(number)
