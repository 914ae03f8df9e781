"""A notebook's file has the bytes that nbformat would write, and writing it changes nothing of it."""

from __future__ import annotations

import copy
import math

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from govnb.notebook.saving import notebook_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r\x0b\u2028"'), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
DATA = st.fixed_dictionaries({}, optional={"text/plain": TEXT, "image/svg+xml": TEXT, "application/x+json": JSON})
OUTPUT = (
    st.builds(lambda text: new_output("stream", name="stdout", text=text), TEXT)
    | st.builds(lambda data: new_output("display_data", data, metadata={"k": {"alt": "x"}}), DATA)
    | st.builds(lambda data: new_output("execute_result", data, execution_count=1), DATA)
    | st.builds(lambda text: new_output("error", ename="E", evalue=text, traceback=[text]), TEXT)
)
CELL = st.builds(
    lambda source, outputs: new_code_cell(source, outputs=outputs, metadata={"trusted": True}),
    TEXT,
    st.lists(OUTPUT, max_size=3),
) | st.builds(lambda source, data: new_markdown_cell(source, attachments={"a.png": {"image/png": data}}), TEXT, TEXT)


@settings(max_examples=40)
@given(st.lists(CELL, max_size=3), st.dictionaries(TEXT, JSON, max_size=2))
def test_the_text_is_that_of_nbformat_and_the_notebook_stays_as_it_was(
    cells: list[nbformat.NotebookNode], metadata: dict[str, object]
) -> None:
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    notebook = new_notebook(cells=cells, metadata=metadata)
    before = copy.deepcopy(notebook)
    expected = nbformat.v4.writes(notebook)
    assert notebook_text(notebook) == expected
    assert repr(notebook) == repr(before)  # not ==: no NaN equals another


def test_numbers_that_are_not_finite_are_written_as_nbformat_does() -> None:
    notebook = new_notebook(metadata={"x": [math.inf, -math.inf, math.nan]})
    assert notebook_text(notebook) == nbformat.v4.writes(notebook)
