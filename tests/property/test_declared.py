"""Whatever the numbers: tables written down in any of the forms that are read come back the same, digit for digit."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.errors import Collector, LedgerError
from govnb.form.edition import TABLES, Edition, packaged_editions
from govnb.form.grid import build_grid
from govnb.inputs.declared import Tables, empty_tables, parse_declared, read_declared, write_declared_template
from govnb.inputs.declared_cells import kind_of, parse_cell
from govnb.inputs.workspace import Workspace
from govnb.marked import parse_json, parse_yaml
from tests.forms import edition_2027

EDITIONS = [packaged_editions()[2019], packaged_editions()[2021], edition_2027()]
_counts = st.one_of(st.none(), st.integers(-50, 12_000_000))
_amounts = st.one_of(st.none(), st.decimals(0, 10**8, places=6))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Edition, Tables]:
    edition = draw(st.sampled_from(EDITIONS))
    filled = empty_tables(edition)
    for table, rows in filled.items():
        for row, cells in rows.items():
            for column in cells:
                amount = kind_of(edition, table, row, column) != "count"
                cells[column] = draw(_amounts if amount else _counts) if draw(st.integers(0, 3)) else None
    return edition, filled


def spelt(value: Any, style: str) -> Any:
    if value is None:
        return {"plain": None, "text": "", "wide": "—"}[style]
    if style == "plain":
        return str(value) if isinstance(value, Decimal) else value
    text = f"{value:,}"
    return text if style == "text" else text.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))


def nested(edition: Edition, filled: Tables, style: str, labels: bool) -> dict[str, Any]:
    """Tables as a person writes them: groups within one another, by label or by code."""
    result: dict[str, Any] = {}
    for table, rows in filled.items():
        for row, cells in rows.items():
            into = result.setdefault(table, {})
            name = row
            if "." in row:
                group, name = row.split(".")
                into = into.setdefault(edition.label(table, group) if labels else group, {})
            into[edition.label(table, row) if labels else name] = {
                edition.column_label(table, row, column) if labels else column: spelt(value, style)
                for column, value in cells.items()
            }
    return result


@given(tables(), st.sampled_from(["plain", "text", "wide"]), st.booleans(), st.booleans())
@settings(max_examples=25)
def test_written_as_json_and_yaml(drawn: tuple[Edition, Tables], style: str, labels: bool, wrapped: bool) -> None:
    edition, filled = drawn
    data = nested(edition, filled, style, labels)
    if wrapped:
        data = {"year": 2021, "edition": edition.number, "tables": data, "prose": ["x"]}
    texts = (
        (parse_json, json.dumps(data, ensure_ascii=False, indent=1)),
        (parse_yaml, yaml.safe_dump(data, allow_unicode=True, sort_keys=False)),
    )
    for parse, text in texts:
        problems = Collector()
        got = parse_declared(parse(text, "f", problems), "f", "gz", 2021, edition, problems)
        assert not problems.problems, [str(problem.text()) for problem in problems.problems]
        assert got == filled


@given(tables())
@settings(max_examples=8)
def test_written_into_the_official_form(drawn: tuple[Edition, Tables]) -> None:
    edition, filled = drawn
    book = openpyxl.load_workbook(io.BytesIO(write_declared_template(edition)))
    for table in TABLES:
        grid = build_grid(edition, table)
        for cell in grid.cells:
            if cell.key is not None:
                value = filled[table][cell.key[0]][cell.key[1]]
                at = book[grid.caption].cell(cell.row + 2, cell.column + 1)
                at.value = float(value) if isinstance(value, Decimal) else value
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "data" / "gz").mkdir(parents=True)
        book.save(root / "data" / "gz" / "declared-2021.xlsx")
        declared = read_declared(Workspace(root, {}), "gz", 2021, edition)
    assert declared is not None
    assert declared.tables == filled


@given(st.one_of(st.text(max_size=12), st.integers(), st.decimals(), st.booleans(), st.none(), st.floats()))
def test_no_cell_is_a_crash_and_every_value_is_exact(raw: object) -> None:
    for kind in ("count", "amount", "amount with unit"):
        got = parse_cell(raw, kind, "万元")
        assert got is None or isinstance(got, int | Decimal | str | tuple)
        assert kind == "amount with unit" or not isinstance(got, str)
        if isinstance(raw, int) and not isinstance(raw, bool) and not isinstance(got, tuple):
            assert got == raw


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["tables", "applications", "disputes", "new", "denied", "other", "total", "（三）不予公开", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@given(_json)
def test_no_file_is_a_crash(data: Any) -> None:
    problems = Collector()
    marked = parse_json(json.dumps(data), "f", problems)
    got = parse_declared(marked, "f", "gz", 2021, EDITIONS[1], problems)
    for table in TABLES:
        assert set(got[table]) >= set(EDITIONS[1].rows(table))


@given(st.binary(max_size=300), st.sampled_from(["json", "yaml", "xlsx"]))
@settings(max_examples=60)
def test_no_junk_is_a_crash(content: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "data" / "gz").mkdir(parents=True)
        (root / "data" / "gz" / f"declared-2021.{suffix}").write_bytes(content)
        with contextlib.suppress(LedgerError):  # anything else is a crash
            read_declared(Workspace(root, {}), "gz", 2021, EDITIONS[1])
