"""A report is a function of its view: the same view, the same report; and cutting a ledger to its year loses nothing.

Through files and the workpaper, with ledgers and edits of any kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from govnb import display, workpaper
from govnb.inputs.ledgers import read_ledgers, read_views
from govnb.inputs.schema import Column
from govnb.inputs.workspace import find_workspace
from govnb.steps import build_report, count_figures, count_tables, narrate, run_checks
from govnb.workpaper import open_workpaper
from tests.ledger_rows import SCHEMAS
from tests.workspaces import write_csv, write_params

YEAR = 2021
Row = list[str]
Ledgers = dict[str, list[Row]]

_dates = st.dates(date(2019, 6, 1), date(2023, 6, 1)).map(str)
_later = st.dates(date(YEAR, 12, 30), date(2023, 6, 1)).map(str)
_few = settings(max_examples=40, deadline=None)


def _cells(column: Column, days: st.SearchStrategy[str] = _dates) -> st.SearchStrategy[str]:
    words = [*column.values, *column.known, *(["自定甲", "自定乙"] if column.type == "enum-open" else [])]
    cells: dict[str, st.SearchStrategy[str]] = {
        "id": st.integers(1, 40).map(lambda number: f"N{number}"),
        "text": st.sampled_from(["甲", "乙", "丙"]),
        "date": days,
        "int": st.integers(2019, 2023).map(str) if column.code == "year" else st.integers(0, 9).map(str),
        "decimal": st.decimals(0, 99, places=2).map(str),
        "bool": st.sampled_from(["是", "否"]),
    }
    filled = cells[column.type] if column.type in cells else st.sampled_from(words)
    return filled if column.required else st.just("") | filled


def _rows(ledger: str, days: st.SearchStrategy[str] = _dates) -> st.SearchStrategy[Row]:
    return st.tuples(*(_cells(column, days) for column in SCHEMAS[ledger].kept)).map(list)


@st.composite
def _ledgers(draw: st.DrawFn) -> Ledgers:
    names = draw(st.lists(st.sampled_from(sorted(SCHEMAS)), min_size=1, max_size=3, unique=True))
    return {name: draw(st.lists(_rows(name), max_size=7)) for name in names}


@st.composite
def _edited(draw: st.DrawFn) -> tuple[Ledgers, Ledgers]:
    """Ledgers, and the same with one thing done to one of them."""
    before = draw(_ledgers())
    name = draw(st.sampled_from(sorted(before)))
    rows = [list(row) for row in before[name]]
    what = draw(st.sampled_from(["later", "add", "insert", "remove", "change", "swap"] if rows else ["later", "add"]))
    at = draw(st.integers(0, max(0, len(rows) - 1)))
    if what == "later":
        rows += draw(st.lists(_rows(name, _later), min_size=1, max_size=3))
    elif what in ("add", "insert"):
        rows.insert(len(rows) if what == "add" else at, draw(_rows(name)))
    elif what == "remove":
        del rows[at]
    elif what == "swap":
        rows[at], rows[-1] = rows[-1], rows[at]
    else:
        column = draw(st.integers(0, len(rows[at]) - 1))
        rows[at][column] = draw(_cells(SCHEMAS[name].kept[column]))
    return before, {**before, name: rows}


def _write(root: Path, ledgers: Ledgers) -> None:
    write_params(root, "office", "published_date: 2022-01-20\n", years=(YEAR - 1, YEAR), more="reply_target_days: 10\n")
    for name, rows in ledgers.items():
        write_csv(root / "data" / "office" / f"{name}.csv", [column.code for column in SCHEMAS[name].kept], rows)


def _views(root: Path) -> dict[str, str]:
    return read_views(find_workspace(root), {}, "office", {}, YEAR)


def _report(root: Path) -> dict[str, Any]:
    """All that a notebook publishes, and what it shows on the way."""
    paper = open_workpaper("office", YEAR, root)
    tables = count_tables(paper)
    catalogue = count_figures(paper, tables)
    sections = narrate(paper, catalogue)
    results = run_checks(paper, tables, catalogue, sections)
    report = build_report(paper, tables, catalogue, sections, results).to_json()
    return {**report, "sources": display.show_sources(paper).text, "earlier": repr(paper.earlier)}


def _finding(check: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in check.items() if key != "message" or check["status"] != "pass"}


@_few
@given(_edited())
def test_the_same_view_gives_the_same_report(edited: tuple[Ledgers, Ledgers]) -> None:
    before, after = edited
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        _write(Path(one), before)
        _write(Path(other), after)
        same = _views(Path(one)) == _views(Path(other))
        event("same view" if same else "another view")
        if same:
            assert _report(Path(one)) == _report(Path(other))


# One platform twice: the row of the year before without entries, a later one with: no figure of the year counts either.
_TWICE = [["N1", "政府网站", "乙", "甲", "", "", "", ""], ["N1", "政府网站", "乙", "甲", "2022-01-01", "", "", "0"]]


@_few
@given(_ledgers())
@example({"platforms": _TWICE})
def test_what_a_year_cannot_see_is_no_matter_of_its_report(ledgers: Ledgers) -> None:
    """The whole ledgers give the same report; they only have more kinds of things, of which the year has none."""

    def whole(*given: Any) -> Any:
        return read_ledgers(*given[:4])

    with TemporaryDirectory() as folder:
        _write(Path(folder), ledgers)
        seen = _report(Path(folder))
        with mock.patch.object(workpaper, "read_ledgers", whole):
            every = _report(Path(folder))
    for part in ("tables", "sections", "earlier"):
        assert seen[part] == every[part], part
    # A check that passes says in how many places it looked, and labels of more kinds are more places.
    assert [_finding(check) for check in seen["checks"]] == [_finding(check) for check in every["checks"]]
    figures: Mapping[str, Any] = every["figures"]
    for name, figure in seen["figures"].items():
        assert {**figure, "order": 0} == {**figures[name], "order": 0}
    for name in set(figures) - set(seen["figures"]):
        assert figures[name]["rows"] == 0
        assert not float(figures[name]["value"] or 0)
