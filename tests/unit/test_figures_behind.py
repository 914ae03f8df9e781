"""What a figure takes along into report.json: the first of its rows, and the figures that it is computed from."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.counting.book import FIRST_ROWS, Book
from govnb.counting.calendar import WorkCalendar
from govnb.counting.figures import Figure
from govnb.counting.rules import Condition, Selection
from govnb.steps import count_figures, count_tables
from govnb.workpaper import open_workpaper


def chosen(frame: pd.DataFrame) -> pd.Series:
    return frame["chosen"]


@given(st.lists(st.booleans(), max_size=40), st.integers(2, 9))
def test_first_rows_are_those_that_trace_shows_first(bits, start):
    frame = pd.DataFrame({"chosen": pd.Series(bits, dtype=bool)}).set_axis(range(start, start + len(bits)))
    book = Book({"x": frame}, {"x": "x.csv"}, WorkCalendar({}), {})
    selection = Selection("x", (Condition("被选中", chosen, ()),))
    assert list(book.first_rows(selection)) == book.rows(selection).index.tolist()[:FIRST_ROWS]


@pytest.fixture(scope="module")
def counted(repository):
    paper = open_workpaper("guangzhou-gov-office", 2021, repository)
    return paper, count_figures(paper, count_tables(paper))


def test_every_figure_of_the_example_names_its_first_rows(counted):
    paper, catalogue = counted
    assert len(catalogue.selections) > 200
    for name, figure in catalogue.figures.items():
        selection = catalogue.selections.get(name)
        rows = [] if selection is None else paper.book.rows(selection).index.tolist()
        assert list(figure.first_rows) == rows[:FIRST_ROWS], name
        assert figure.rows is None or len(figure.first_rows) == min(figure.rows, FIRST_ROWS), name
        assert figure.parts == catalogue.parts.get(name, ()), name


def test_they_go_through_json(counted):
    for figure in counted[1].figures.values():
        again = Figure.from_json(figure.id, json.loads(json.dumps(figure.to_json())))
        assert again == figure


def test_reports_written_before_are_still_read():
    data = Figure("x", 1, "数", rows=3, first_rows=(2, 3, 4), parts=("y",)).to_json()
    del data["first_rows"], data["parts"]
    old = Figure.from_json("x", data)
    assert (old.value, old.rows, old.first_rows, old.parts) == (1, 3, (), ())
