"""What varies, and what must not be told, is taken out of an executed notebook; everything else stays."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.notebook.scrub import HIDDEN, hideable, hider, name_cells, scrub

ROOT = Path("/srv/reports/甲市 2021")


def notebook(*outputs: Any) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("1", outputs=list(outputs))
    return nbformat.v4.new_notebook(cells=[cell])


@pytest.mark.parametrize("secret", ["hunter22", "p@ss/word:%", "quo'te\"back\\slash", "秘密的口令", "<b>&amp;"])
def test_a_secret_is_hidden_in_every_spelling(secret: str) -> None:
    hide = hider(ROOT, [secret])
    for spelling in (secret, repr(secret), json.dumps(secret), quote(secret), quote(secret, safe=""), escape(secret)):
        hidden = hide(f"before {spelling} after")
        assert hidden.startswith("before ")
        assert HIDDEN in hidden
        assert secret not in hidden


@pytest.mark.parametrize("value", ["5432", "2021", "u", "db", "", "65535"])
def test_a_port_or_a_year_is_no_secret(value: str) -> None:
    assert not hideable(value)
    text = f'<td colspan="2">{value}年 5432 65535</td>'
    assert hider(ROOT, [value])(text) == text


def test_paths_become_relative() -> None:
    hide = hider(ROOT, [])
    assert hide(f'File "{ROOT}/notebooks/x.ipynb"') == 'File "./notebooks/x.ipynb"'
    assert hide(f"file://{quote(str(ROOT))}/a") == "file://./a"
    assert str(ROOT) not in hide(repr(str(ROOT)))


@pytest.mark.parametrize("root", ["/p", "/a", "/data", "/td"])
def test_a_workspace_near_the_root_leaves_tags_and_addresses_alone(root: str) -> None:
    hide = hider(Path(root), [])
    for text in (f"<{root[1:]}>x<{root}>", f"https://example.cn{root}/x", f"x{root}", f"{root}x", f"a.{root}"):
        assert hide(text) == text
    assert hide(f"in {root}/params and '{root}'") == "in ./params and '.'"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<object object at 0x7f5ffeac80e0>", "<object object at 0x0>"),
        ("/tmp/ipykernel_4711/1234567.py:3: UserWarning", "cell.py:3: UserWarning"),
        ("/tmp/govnb-ab_12xyz/govnb-cd34ef_g/kernel.json", "tmp/kernel.json"),
        ("0x10 is sixteen", "0x10 is sixteen"),
    ],
)
def test_chance_is_taken_out(text: str, wanted: str) -> None:
    assert hider(ROOT, [])(text) == wanted


def test_every_kind_of_output_is_scrubbed() -> None:
    new = nbformat.v4.new_output
    made = notebook(
        new("stream", name="stdout", text="hunter22 "),
        new("stream", name="stdout", text=f"{ROOT}"),
        new("stream", name="stderr", text="hunter22"),
        new("error", ename="E", evalue="hunter22", traceback=["\x1b[31mhunter22\x1b[0m"]),
        new(
            "execute_result", {"text/plain": "hunter22", "application/json": {"k": ["hunter22", 1]}}, execution_count=1
        ),
    )
    scrub(made, ROOT, ["hunter22"])
    text = nbformat.writes(made)
    assert "hunter22" not in text
    assert "\x1b" not in text
    assert str(ROOT) not in text
    [stdout, stderr, error, result] = made.cells[0].outputs
    assert stdout.text == f"{HIDDEN} ."  # the pieces of one stream are one
    assert stderr.name == "stderr"
    assert error.traceback == [HIDDEN]
    assert result.data["application/json"] == {"k": [HIDDEN, 1]}


def test_metadata_keeps_the_parameters_alone() -> None:
    made = notebook()
    made.metadata = nbformat.from_dict(
        {"papermill": {"parameters": {"year": 2021}, "start_time": "now", "input_path": "/x"}, "vscode": 1}
    )
    made.cells[0].metadata = nbformat.from_dict(
        {"papermill": {"duration": 1}, "execution": {"iopub": "now"}, "tags": ["a"]}
    )
    scrub(made, ROOT, [])
    assert made.metadata.papermill == {"parameters": {"year": 2021}}
    assert set(made.metadata) == {"kernelspec", "language_info", "papermill"}
    assert made.cells[0].metadata == {"tags": ["a"]}


def test_the_injected_cell_has_the_marks_of_the_parameters_cell() -> None:
    """papermill #731: it loses them; demand 26."""
    first = nbformat.v4.new_code_cell(
        "year = 1", metadata={"tags": ["parameters", "hide"], "jupyter": {"source_hidden": True}}
    )
    injected = nbformat.v4.new_code_cell("year = 2", metadata={"tags": ["injected-parameters"]})
    made = nbformat.v4.new_notebook(cells=[first, injected])
    scrub(made, ROOT, [])
    assert injected.id == "injected-parameters"
    assert injected.metadata == {"tags": ["injected-parameters", "hide"], "jupyter": {"source_hidden": True}}


def test_missing_ids_come_from_places_and_never_clash() -> None:
    cells = [nbformat.v4.new_code_cell(str(number)) for number in range(3)]
    del cells[0]["id"]
    del cells[2]["id"]
    cells[1]["id"] = "cell-2"
    made = nbformat.v4.new_notebook()
    made.cells = cells
    name_cells(made)
    assert [cell.id for cell in made.cells] == ["cell-0", "cell-2", "cell-2-2"]
    nbformat.validate(made)


@given(st.text(max_size=60), st.text(min_size=4, max_size=12))
def test_hiding_never_leaves_the_secret(text: str, secret: str) -> None:
    if not hideable(secret) or secret in HIDDEN or set(secret) <= {"*"}:
        return
    assert secret not in hider(ROOT, [secret])(f"{text} {secret}")


PIECES = st.lists(
    st.sampled_from(["5件", "hunter22", str(ROOT), f"file://{ROOT}", "/tmp/govnb-abcdefgh", "at 0x1f", "x"])
)


@given(PIECES, PIECES)
def test_a_text_is_hidden_as_if_it_stood_alone(first: list[str], second: list[str]) -> None:
    hide = hider(ROOT, ["hunter22"])
    data = {"text/plain": "".join(first), "application/x+json": {"a": [*second, 5, None, {"b": "".join(second)}]}}
    made = scrub(notebook(nbformat.v4.new_output("display_data", data)), ROOT, ["hunter22"]).cells[0].outputs[0].data
    assert made["text/plain"] == hide("".join(first))
    assert made["application/x+json"] == {"a": [*map(hide, second), 5, None, {"b": hide("".join(second))}]}
