"""``govnb init``: a workspace that runs from anywhere, and nothing overwritten."""

from __future__ import annotations

import json
import os
from pathlib import Path

import openpyxl

from govnb.example import example_files
from govnb.inputs.params_schema import schema_files
from govnb.inputs.schema import build_schemas
from tests.workspaces import digests, run_govnb


def test_the_example_runs_from_another_folder(tmp_path: Path) -> None:
    done = run_govnb("init", "新 工作区", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "cd '新 工作区'" in done.stderr
    root = tmp_path / "新 工作区"
    assert {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()} == {
        *(name for name, _ in example_files()),
        *schema_files(),
    }
    ran = run_govnb("run", "-w", "新 工作区", "-a", "pingtan", "-y", "2021", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert root.joinpath("output/pingtan/2021/annual_report.pdf").read_bytes()[:5] == b"%PDF-"
    assert [path.name for path in tmp_path.iterdir()] == ["新 工作区"]


def test_what_exists_is_not_touched(tmp_path: Path) -> None:
    tmp_path.joinpath("there").mkdir()
    tmp_path.joinpath("there", "file").write_text("mine")
    tmp_path.joinpath("file").write_text("mine")
    tmp_path.joinpath("link").symlink_to("there")
    before = digests(tmp_path)
    for name in ("there", "file", "link", "."):
        for blank in ([], ["--blank"]):
            done = run_govnb("init", name, *blank, cwd=tmp_path)
            assert done.returncode == 2
            assert "nothing was changed" in done.stderr
    assert digests(tmp_path) == before


def test_an_empty_folder_is_filled_also_the_one_one_stands_in(tmp_path: Path) -> None:
    tmp_path.joinpath("empty").mkdir()
    inode = tmp_path.joinpath("empty").stat().st_ino
    assert run_govnb("init", "empty", cwd=tmp_path).returncode == 0
    assert tmp_path.joinpath("empty").stat().st_ino == inode  # the same folder: a shell may stand in it
    here = tmp_path / "here"
    here.mkdir()
    done = run_govnb("init", ".", cwd=here)
    assert done.returncode == 0, done.stderr
    assert "cd" not in done.stderr
    assert run_govnb("check", "-a", "pingtan", "-y", "2021", cwd=here).returncode == 0
    for root in (here, tmp_path / "empty"):
        assert sorted(path.name for path in root.iterdir()) == ["data", "notebooks", "params"]


def test_files_of_a_new_workspace_have_the_user_s_usual_rights(tmp_path: Path) -> None:
    assert run_govnb("init", "new", cwd=tmp_path).returncode == 0
    mask = os.umask(0)
    os.umask(mask)
    assert tmp_path.joinpath("new").stat().st_mode & 0o777 == 0o777 & ~mask
    assert tmp_path.joinpath("new/data").stat().st_mode & 0o777 == 0o777 & ~mask
    assert tmp_path.joinpath("new/data/README.md").stat().st_mode & 0o777 == 0o666 & ~mask


def test_blank_ledgers_have_a_sheet_each(tmp_path: Path) -> None:
    done = run_govnb("init", "--blank", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    book = openpyxl.load_workbook(tmp_path / "ledgers.xlsx")
    heads = [{cell.value for cell in sheet[1]} for sheet in book.worksheets]
    for schema in build_schemas().values():
        wanted = {column.header for column in schema.columns.values()}
        assert any(wanted <= head for head in heads), schema.name
    again = run_govnb("init", "--blank", cwd=tmp_path)
    assert again.returncode == 2
    assert "ledgers.xlsx" in again.stderr


def test_of_a_blank_workspace_only_its_placeholders_are_wrong(tmp_path: Path) -> None:
    assert run_govnb("init", "mine", "--blank", cwd=tmp_path).returncode == 0
    done = run_govnb("check", "--json", cwd=tmp_path / "mine")
    assert done.returncode == 1, done.stdout + done.stderr
    [report] = json.loads(done.stdout)["reports"]
    assert report["agency"] == "my-office"
    wrong = {check["id"] for check in report["checks"] if (check["status"], check["severity"]) == ("fail", "error")}
    assert wrong == {"form.leftover"}
