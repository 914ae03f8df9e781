"""Whatever the edition: its grid tiles, and a rule written out again compiles to the same form."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from govnb.errors import Collector, Place
from govnb.form.edition import TABLES, packaged_editions, parse_editions
from govnb.form.grid import build_grid
from govnb.form.identity import Codes, Identity, Term, parse_identity
from tests.forms import assert_complete, assert_tiles, editions


@given(editions())
def test_every_edition_tiles(data: dict[str, Any]) -> None:
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    edition = parse_editions({"x": ("x.yaml", text)})[data["edition"]]
    for table in TABLES:
        grid = build_grid(edition, table)
        assert_tiles(grid)
        assert_complete(grid, edition)
        assert list(grid.cells) == sorted(grid.cells, key=lambda cell: (cell.row, cell.column))


CODES = Codes(
    rows={table: tuple(packaged_editions()[2021].rows(table)) for table in TABLES},
    columns={
        table: tuple(dict.fromkeys(c for columns in packaged_editions()[2021].rows(table).values() for c in columns))
        for table in TABLES
    },
)


@st.composite
def rules(draw: st.DrawFn) -> Identity:
    axis = draw(st.sampled_from([None, "column", "row", "block"]))
    table = {"block": "disputes", "row": "disclosure"}.get(str(axis), "applications")
    order = CODES.rows[table] if axis in (None, "column") else CODES.columns[table]

    def term() -> Term:
        sign, years = draw(st.sampled_from([1, -1])), draw(st.integers(0, 1))
        start, end = sorted(draw(st.lists(st.integers(0, len(order) - 1), min_size=2, max_size=2)))
        return Term(sign, order[start : end + 1] if end > start and draw(st.booleans()) else (order[start],), years)

    sides = [tuple(term() for _ in range(draw(st.integers(1, 4)))) for _ in range(2)]
    operator = draw(st.sampled_from(["==", "<="]))
    return Identity("x", "error", "", table, axis, sides[0], operator, sides[1])


def render(rule: Identity, space: str) -> str:
    def side(terms: tuple[Term, ...]) -> str:
        parts = []
        for number, term in enumerate(terms):
            named = term.codes[0] if len(term.codes) == 1 else f"sum of {term.codes[0]}{space}…{space}{term.codes[-1]}"
            year = " of year-1" if term.years_before else ""
            sign = "-" if term.sign < 0 else "" if number == 0 else "+"
            parts.append(f"{sign}{space}{named}{year}")
        return space.join(parts)

    head = f"per {rule.axis}:{space}" if rule.axis else ""
    return f"{head}{side(rule.left)}{space}{rule.operator}{space}{side(rule.right)}"


@given(rules(), st.sampled_from(["", " ", "  "]))
def test_a_rule_written_out_compiles_to_the_same_form(rule: Identity, space: str) -> None:
    problems = Collector()
    text = render(rule, space)
    got = parse_identity({"id": "x", "severity": "error", "rule": text}, CODES, Place(), problems)
    assert not problems.problems, text
    assert got is not None
    if set(rule.codes) <= set(CODES.rows.get("applications", ())) or rule.axis != "row":
        assert got.table == rule.table
    assert (got.left, got.operator, got.right, got.axis) == (rule.left, rule.operator, rule.right, rule.axis)


@given(st.text(st.sampled_from("ab_.:+-=<… \n1per column sumofyear"), max_size=40))
def test_no_text_of_a_rule_is_a_crash(text: str) -> None:
    problems = Collector()
    item = {"id": "x", "severity": "error", "rule": text}
    got = parse_identity(item, CODES, Place(file="e", line=1, position=1), problems)
    assert (got is None) == bool(problems.problems)
