"""manifest.json: what stands in it, and that nothing else is taken for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from govnb import manifest
from govnb.material import Material
from tests.workspaces import write_ledgers, write_params


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"outputs": {}}', '{"outputs": [], "inputs": {}, "packages": {}}', "null"]
)
def test_a_broken_manifest_is_none(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("manifest.json").write_text(text)
    assert manifest.read_manifest(tmp_path) is None


@pytest.mark.parametrize("views", [None, [], "x", {"a": []}, {"notebooks/a.ipynb": {"office/2021": "x"}}])
def test_broken_views_are_none(views: object) -> None:
    assert manifest.views_of({"views": views}, "notebooks/a.ipynb") == {}


def test_what_a_notebook_saw_stands_beside_what_it_was_made_from(tmp_path: Path) -> None:
    write_params(tmp_path, "office")
    write_ledgers(tmp_path, "office")
    params = Material(tmp_path).params("office", 2021)
    seen = {"office/2021": {"data/office/b.csv": "2", "data/office/a.csv": "1"}}
    made = manifest.build_manifest(
        params, {"pandas": "3"}, {"b": "2", "a": "1"}, {"notebooks/n.ipynb": seen, "notebooks/m.ipynb": {}}, {}
    )
    assert made["packages"] == {"pandas": "3"}
    assert made["views"] == {"notebooks/n.ipynb": seen}  # of a notebook that reads by itself nothing is said
    assert list(made["inputs"]) == ["a", "b"]
    assert json.loads(json.dumps(made)) == made
    assert manifest.views_of(made, "notebooks/n.ipynb") == seen
