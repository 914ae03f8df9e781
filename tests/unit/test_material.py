"""Which files a report depends on, and that each is looked at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from govnb import material as module
from govnb.errors import ParamsError, UsageError
from govnb.inputs.params import read_params
from govnb.material import Material, digest_file, reads_database
from tests.workspaces import write_ledgers, write_notebook, write_params


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_params(tmp_path, "office", years=(2020, 2021))
    write_ledgers(tmp_path, "office")
    write_notebook(tmp_path, "annual_report", "1")
    return tmp_path


def inputs(root: Path, agency: str = "office", year: int = 2021) -> dict[str, str]:
    material = Material(root)
    return material.digests(material.params(agency, year), root / "notebooks" / "annual_report.ipynb")


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
    material = Material(root)
    found = material.involved(material.params("total", 2021))
    assert {(params.agency.id, params.year) for params in found} == {
        ("total", 2021),
        ("office", 2021),
        ("office", 2020),
    }


def test_a_database_of_a_member_counts_too(root: Path) -> None:
    source = "sources:\n  fees: {url: 'sqlite:///data/x.db', query: select 1}\n"
    root.joinpath("params/office/2021.yaml").write_text(source)
    write_params(root, "total", more="members: [office]\n")
    material = Material(root)
    assert reads_database(material.involved(material.params("total", 2021))) == ["fees"]
    assert not reads_database(material.involved(material.params("office", 2020)))


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
    assert digest_file(root / "data" / "office" / "fees.csv") == "missing"


def test_each_file_is_read_once_in_a_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an aggregate of two years everything is involved several times over."""
    for agency, more in (("office", ""), ("total", "members: [office]\n")):
        write_params(root, agency, years=(2020, 2021), more=more)
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return digest_file(path)

    monkeypatch.setattr(module, "digest_file", counted)
    material = Material(root)
    for agency in ("total", "office"):
        for year in (2020, 2021):
            material.digests(material.params(agency, year), root / "notebooks" / "annual_report.ipynb")
    assert sorted(set(read)) == sorted(read)
    assert root / "data" / "office" / "applications.csv" in read


def test_another_command_reads_anew(root: Path) -> None:
    before = inputs(root)
    with root.joinpath("data", "office", "documents.csv").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    now = inputs(root)
    assert {name for name in now if now[name] != before[name]} == {"data/office/documents.csv"}


@pytest.mark.parametrize("text", ["published: 2021\n", "{", "notebook: [1]\n"])
def test_faulty_parameters_are_told_as_ever(root: Path, text: str) -> None:
    """Also those of a member, as for the report of the aggregate."""
    write_params(root, "total", more="members: [office]\n")
    root.joinpath("params", "office", "2021.yaml").write_text(text)
    for agency in ("office", "total"):
        with pytest.raises(ParamsError) as told:
            Material(root).params(agency, 2021)
        with pytest.raises(ParamsError) as ordinary:
            read_params(Material(root).workspace, agency, 2021)
        assert told.value.problems == ordinary.value.problems
