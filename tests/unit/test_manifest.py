"""Which files a report depends on, and when it must be run again: by content alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from govnb import manifest
from govnb.errors import UsageError
from govnb.inputs.params import read_params
from govnb.inputs.workspace import find_workspace
from tests.workspaces import write_ledgers, write_notebook, write_params


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_params(tmp_path, "office", years=(2020, 2021))
    write_ledgers(tmp_path, "office")
    write_notebook(tmp_path, "annual_report", "1")
    return tmp_path


def inputs(root: Path, agency: str = "office", year: int = 2021) -> dict[str, str]:
    space = find_workspace(root)
    return manifest.input_digests(space, read_params(space, agency, year), root / "notebooks" / "annual_report.ipynb")


def test_own_and_earlier_files_are_inputs_and_later_ones_are_not(root: Path) -> None:
    folder = root / "params" / "office"
    folder.joinpath("2022.yaml").write_text("{}")
    folder.joinpath("2022.md").write_text("# 总体情况\n\n一句话。\n", encoding="utf-8")
    folder.joinpath("2020.md").write_text("# 总体情况\n\n一句话。\n", encoding="utf-8")
    folder.joinpath("图").mkdir()
    folder.joinpath("图", "照片.png").write_bytes(b"png")
    folder.joinpath(".swp").write_bytes(b"editor")
    for name in ("declared-2020.json", "declared-2022.json", "aplications.csv", "applications.zip", "ledgers.xlsx"):
        root.joinpath("data", "office", name).write_text("{}")
    found = set(inputs(root))
    assert found == {
        "notebooks/annual_report.ipynb",
        "params/office/agency.yaml",
        "params/office/2020.yaml",
        "params/office/2020.md",  # last year's text, which this year's is compared with
        "params/office/2021.yaml",
        "params/office/图/照片.png",
        "data/office/applications.csv",
        "data/office/documents.csv",
        "data/office/ledgers.xlsx",
        "data/office/declared-2020.json",
    }


@pytest.mark.parametrize("name", ["依申请公开台账.csv", "Applications.CSV", "依申请公开台账.xlsx", "Ledgers.xlsx"])
def test_every_name_that_the_reader_takes_for_a_ledger_is_an_input(root: Path, name: str) -> None:
    root.joinpath("data/office/applications.csv").rename(root / "data/office" / name)
    assert f"data/office/{name}" in inputs(root)


def test_sources_of_members_and_of_last_year_are_inputs(root: Path) -> None:
    source = "sources:\n  fees: {file: 收费.csv}\n"
    root.joinpath("params/office/2020.yaml").write_text(source, encoding="utf-8")
    root.joinpath("data/office/收费.csv").write_text("x", encoding="utf-8")
    write_params(root, "total", more="members: [office]\n")
    for agency in ("office", "total"):
        assert "data/office/收费.csv" in inputs(root, agency)
    space = find_workspace(root)
    found = manifest.involved(space, read_params(space, "total", 2021))
    assert {(params.agency.id, params.year) for params in found} == {
        ("total", 2021),
        ("office", 2021),
        ("office", 2020),
    }


def test_a_database_of_a_member_counts_too(root: Path) -> None:
    source = "sources:\n  fees: {url: 'sqlite:///data/x.db', query: select 1}\n"
    root.joinpath("params/office/2021.yaml").write_text(source)
    write_params(root, "total", more="members: [office]\n")
    space = find_workspace(root)
    assert manifest.reads_database(manifest.involved(space, read_params(space, "total", 2021)))
    assert not manifest.reads_database(manifest.involved(space, read_params(space, "office", 2020)))


def test_nothing_outside_is_hashed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "fees.csv"
    outside.write_text("x")
    root.joinpath("data/office/fees.csv").symlink_to(outside)
    with pytest.raises(UsageError):
        inputs(root)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(root: Path) -> None:
    os.mkfifo(root / "data" / "office" / "fees.csv")
    assert "data/office/fees.csv" not in inputs(root)
    assert manifest.digest_file(root / "data" / "office" / "fees.csv") == "missing"


def sealed(root: Path, folder: Path, found: dict[str, str], outputs: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    space = find_workspace(root)
    data = manifest.build_manifest(folder, read_params(space, "office", 2021), found, outputs)
    for name, content in outputs.items():
        folder.joinpath(name).write_bytes(content)
    folder.joinpath("manifest.json").write_text(json.dumps(data), encoding="utf-8")


def reason(folder: Path, found: dict[str, str], name: str = "a.ipynb", database: bool = False) -> str | None:
    text = manifest.reason_to_run(folder, found, name, database)
    return None if text is None else text.en


def test_reasons_to_run(root: Path) -> None:
    folder, found = root / "out", {"notebooks/a.ipynb": "1", "data/office/x.csv": "2"}
    assert reason(folder, found) == "not made yet"
    sealed(root, folder, found, {"a.ipynb": b"a"})
    assert reason(folder, found) is None
    assert reason(folder, found, database=True) == "a ledger comes from a database"
    assert reason(folder, {**found, "data/office/x.csv": "3"}) == "inputs changed: data/office/x.csv"
    assert reason(folder, {"notebooks/a.ipynb": "1"}) == "inputs changed: data/office/x.csv"
    assert reason(folder, {**found, "notebooks/a.ipynb": "9"}) == "inputs changed: notebooks/a.ipynb"
    folder.joinpath("a.ipynb").write_bytes(b"b")
    assert reason(folder, found) == "a.ipynb is missing or was changed"
    data = json.loads(folder.joinpath("manifest.json").read_text())
    data["packages"]["pandas"] = "0.1"
    folder.joinpath("manifest.json").write_text(json.dumps(data))
    assert reason(folder, found) == "package versions changed"


def test_another_notebook_of_the_same_inputs_is_kept_and_of_others_is_not(root: Path) -> None:
    folder, data = root / "out", {"data/office/x.csv": "2"}
    one, other = {**data, "notebooks/a.ipynb": "1"}, {**data, "notebooks/b.ipynb": "1"}
    sealed(root, folder, one, {"a.ipynb": b"a", "report.json": b"{}"})
    sealed(root, folder, other, {"b.ipynb": b"b"})
    kept = manifest.read_manifest(folder)
    assert kept is not None
    assert set(kept["outputs"]) == {"a.ipynb", "b.ipynb", "report.json"}
    assert set(kept["inputs"]) == {"data/office/x.csv", "notebooks/a.ipynb", "notebooks/b.ipynb"}
    assert reason(folder, one, "a.ipynb") is None
    assert reason(folder, other, "b.ipynb") is None
    sealed(root, folder, {**other, "data/office/x.csv": "3"}, {"b.ipynb": b"b"})
    kept = manifest.read_manifest(folder)
    assert kept is not None
    assert set(kept["outputs"]) == {"b.ipynb"}
    assert reason(folder, {**one, "data/office/x.csv": "3"}, "a.ipynb") is not None


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"outputs": {}}', '{"outputs": [], "inputs": {}, "packages": {}}', "null"]
)
def test_a_broken_manifest_is_none(tmp_path: Path, text: str) -> None:
    tmp_path.joinpath("manifest.json").write_text(text)
    assert manifest.read_manifest(tmp_path) is None


def test_versions_are_of_what_is_installed() -> None:
    versions = manifest.package_versions()
    assert "missing" not in versions.values()
    assert {"python", "papermill", "pandas", "matplotlib", "nbconvert", "typst", "govnb code"} <= set(versions)
