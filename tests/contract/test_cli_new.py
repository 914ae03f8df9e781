"""``govnb new``, ``govnb schema``, ``govnb completion``: the next year's files, editors and shells."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from govnb.form.edition import packaged_editions
from govnb.inputs.declared import write_declared_template
from tests.workspaces import digests, plain_environment, read_json, run_govnb


@pytest.fixture
def space(repository: Path, tmp_path: Path) -> Path:
    for part in ("params", "data", "notebooks"):
        shutil.copytree(repository / part, tmp_path / part)
    return tmp_path


def new(root: Path, *arguments: str) -> dict[str, Any]:
    done = run_govnb("new", *arguments, "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_next_year_of_an_office_with_ledgers(space: Path) -> None:
    before = digests(space)
    made = new(space, "guangzhou-gov-office", "2022")
    assert made["files"] == ["params/guangzhou-gov-office/2022.yaml"]
    assert {name: sha for name, sha in digests(space).items() if name in before} == before
    left = made["left_open"]
    assert left["applications"] == 9 == left["answered_since"] + left["without_due_date"] + sum(left["due"].values())
    assert (left["year"], left["disputes"], len(left["problems"]), left["tasks"]) == (2021, 3, 3, [])
    text = space.joinpath(made["files"][0]).read_text(encoding="utf-8")
    assert "# yaml-language-server: $schema=../.schema/year.schema.json" in text
    assert "#   transparency_rank:" in text
    checked = json.loads(run_govnb("check", "-a", "guangzhou-gov-office", "-y", "2022", "--json", cwd=space).stdout)
    assert checked["problems"] == []
    assert checked["reports"][0]["parameters"]["published_date"]["value"] == ""
    renewed = "\n".join(
        line.removeprefix("# ") if line.startswith("# ") and "：" not in line else line
        for line in text.splitlines()[6:]
    )
    assert "value: 49" in renewed  # what was commented out is YAML again without its signs


def test_the_next_year_of_an_office_with_tables_only(space: Path) -> None:
    made = new(space, "pingtan", "2023")
    assert made["files"] == ["data/pingtan/declared-2023.json", "params/pingtan/2023.md", "params/pingtan/2023.yaml"]
    table = read_json(space / made["files"][0])["tables"]["applications"]
    last = read_json(space / "data/pingtan/declared-2022.json")["tables"]["applications"]["carried_out"]
    assert table.pop("carried_in") == last
    assert {value for row in table.values() for value in row.values()} == {None}
    narrative = space.joinpath(made["files"][1]).read_text(encoding="utf-8")
    assert "# 其他需要报告的事项" in narrative
    assert "信息处理费" not in narrative  # last year's words are not copied
    done = run_govnb("check", "-a", "pingtan", "-y", "2023", "--json", cwd=space)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["reports"][0]["checks"]
    assert {each["status"] for each in results if each["id"] == "cross_year.carried"} == {"pass"}


def test_a_year_s_own_sources_are_kept_and_dated_names_are_told(space: Path) -> None:
    space.joinpath("params/pingtan/2022.yaml").write_text(
        "published_date: 2023-03-01\nscript: hant\nnotebook: annual_report\n"
        "sources:\n  problems: {file: 问题2022.csv, columns: {1: problem}, values: {problem: {1.50: 甲}}}\n",
        encoding="utf-8",
    )
    made = new(space, "pingtan", "2023", "--dry-run")
    assert not space.joinpath("params/pingtan/2023.yaml").exists()
    assert made["written"] is False
    made = new(space, "pingtan", "2023")  # the ledger is not there: what is open can't be told, the files are made
    assert made["left_open"] is None
    assert any("2022" in line and "problems" in line for line in made["to_renew"])
    text = space.joinpath("params/pingtan/2023.yaml").read_text(encoding="utf-8")
    assert "script: hant" in text
    assert "'1.50': 甲" in text
    assert "published_date: 2023" not in text
    space.joinpath("data/pingtan/问题2022.csv").write_text("1,编号\n", encoding="utf-8")
    done = run_govnb("check", "-a", "pingtan", "-y", "2023", cwd=space)
    assert "params/" not in done.stderr


def test_a_workbook_is_followed_by_a_workbook(space: Path) -> None:
    edition = packaged_editions()[2021]
    values = {"applications": {"carried_out": {"natural_person": 7, "total": 7}}}
    space.joinpath("data/pingtan/declared-2022.json").unlink()
    space.joinpath("data/pingtan/declared-2022.xlsx").write_bytes(write_declared_template(edition, values))
    made = new(space, "pingtan", "2023")
    book = openpyxl.load_workbook(space / "data/pingtan/declared-2023.xlsx")
    assert "data/pingtan/declared-2023.xlsx" in made["files"]
    assert sorted(c.value for sheet in book for row in sheet for c in row if isinstance(c.value, int)) == [7, 7]
    done = run_govnb("check", "-a", "pingtan", "-y", "2023", "--json", cwd=space)
    assert json.loads(done.stdout)["reports"][0]["tables"]["applications"]["carried_in"]["natural_person"] == 7


def test_a_new_office_can_be_checked_at_once(tmp_path: Path) -> None:
    tmp_path.joinpath("params").mkdir()
    made = new(
        tmp_path, "water", "2021", "--name", "某市水务局", "--level", "department", "--website", "https://w.gov.cn"
    )
    assert "params/.schema/year.schema.json" in made["files"]
    text = tmp_path.joinpath("params/water/agency.yaml").read_text(encoding="utf-8")
    assert "name: 某市水务局\nlevel: department\n# short_name:\n" in text
    done = run_govnb("check", "--json", cwd=tmp_path)
    assert done.returncode == 1  # no ledgers yet
    assert [each["id"] for each in json.loads(done.stdout)["reports"][0]["checks"]] == ["ledger.file"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pingtan", "2022"), "params/pingtan/2022.yaml: exists already"),
        (("pingtan", "2018"), "the first is 2019"),
        (("pingtan", "22"), "YEAR"),
        (("pingtan", "2023", "--name", "x"), "--name can't be used"),
        (("pingtna", "2023"), "“pingtan”"),
        (("water", "2023", "--name", "x"), "--level LEVEL"),
        (("water", "2023", "--name", "x", "--level", "citi"), "“city”"),
        (("water", "2023", "--name", "x", "--level", "city", "--script", "trad"), "script"),
        (("../x", "2023", "--name", "x", "--level", "city"), "not allowed"),
    ],
)
def test_wrong_usage_writes_nothing(space: Path, arguments: tuple[str, ...], said: str) -> None:
    before = digests(space)
    done = run_govnb("new", *arguments, cwd=space)
    assert done.returncode == 2
    assert said in done.stderr
    assert digests(space) == before


def test_no_file_of_the_next_year_is_overwritten(space: Path) -> None:
    space.joinpath("params/pingtan/2023.md").write_text("mine", encoding="utf-8")
    before = digests(space)
    done = run_govnb("new", "pingtan", "2023", cwd=space)
    assert (done.returncode, digests(space)) == (2, before)
    assert "params/pingtan/2023.md: exists already" in done.stderr


def test_schema_prints_and_writes(space: Path) -> None:
    both = json.loads(run_govnb("schema", cwd=space).stdout)
    assert both["year"] == json.loads(run_govnb("schema", "year", cwd=space.parent).stdout)
    shutil.rmtree(space / "params/.schema")
    assert run_govnb("schema", "--write", cwd=space).returncode == 0
    assert read_json(space / "params/.schema/agency.schema.json") == both["agency"]
    assert run_govnb("check", "-a", "pingtan", "-y", "2021", cwd=space).returncode in (0, 1)
    wrong = run_govnb("schema", "yaer", cwd=space)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "“year”" in wrong.stderr


def completed(root: Path, shell: str, line: str) -> list[str]:
    """What the shell is told for a line that ends where the cursor is."""
    words = line.split(" ")
    environment = plain_environment(
        _GOVNB_COMPLETE=f"{shell}_complete", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)
    )
    done = subprocess.run(
        [sys.executable, "-m", "govnb"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("govnb re", ["plain,review"]),
        ("govnb trace ", ["plain,guangzhou-gov-office", "plain,pingtan"]),
        ("govnb trace p", ["plain,pingtan"]),
        ("govnb trace guangzhou-gov-office ", ["plain,2020", "plain,2021"]),
        ("govnb run -a ", ["plain,guangzhou-gov-office", "plain,pingtan"]),
        ("govnb run -a guangzhou-gov-office -y ", ["plain,2020", "plain,2021"]),
        ("govnb check -y 2", ["plain,2020", "plain,2021", "plain,2022"]),
        ("govnb review pingtan 202", ["plain,2020", "plain,2021", "plain,2022"]),
        ("govnb new p", ["plain,pingtan"]),
        ("govnb diff pingtan 2021 ", ["plain,2020", "plain,2021", "plain,2022"]),
        ("govnb diff gu", ["file,gu", "plain,guangzhou-gov-office"]),
        ("govnb diff a.json ", ["file,"]),
    ],
)
def test_agencies_and_years_are_completed(repository: Path, line: str, words: list[str]) -> None:
    assert completed(repository, "bash", line) == words


def test_completion_without_a_workspace_is_silent(tmp_path: Path) -> None:
    assert completed(tmp_path, "bash", "govnb trace ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_the_shell_s(shell: str, tmp_path: Path, program: Callable[..., str]) -> None:
    done = run_govnb("completion", shell, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"_GOVNB_COMPLETE={shell}_complete" in done.stdout
    if shell == "bash":
        bash = program("bash", package="bash")
        script = (
            done.stdout + '\nCOMP_WORDS=(govnb ver); COMP_CWORD=1; _govnb_completion "$GOVNB"; echo "${COMPREPLY[@]}"\n'
        )
        starter = tmp_path / "govnb"
        starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m govnb "$@"\n', encoding="utf-8")
        starter.chmod(0o755)
        environment = {**os.environ, "GOVNB": str(starter)}
        told = subprocess.run(
            [bash, "-c", script], capture_output=True, text=True, env=environment, timeout=60, check=False
        )
        assert told.stdout.strip() == "verify", told.stderr


def test_an_unknown_shell(tmp_path: Path) -> None:
    done = run_govnb("completion", "bsh", cwd=tmp_path)
    assert done.returncode == 2
    assert "“bash”" in done.stderr
