"""Help, languages, encodings, exit codes of a wrong command line, and how the workspace is found."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from govnb.cli import COMMANDS
from tests.workspaces import plain_environment, run_govnb, write_params

ENGLISH, CHINESE = {"LANG": "en_US.UTF-8"}, {"LANG": "zh_CN.UTF-8"}


@pytest.mark.parametrize("command", ["", *COMMANDS])
@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_help_has_examples_in_both_languages(command: str, language: dict[str, str], tmp_path: Path) -> None:
    done = run_govnb(*command.split(), "--help", cwd=tmp_path, environment=language)
    assert (done.returncode, done.stderr) == (0, "")
    examples = done.stdout.partition("Examples:" if language is ENGLISH else "示例：")[2]
    assert re.search(rf"^ +govnb {command}", examples, re.MULTILINE)
    if language is ENGLISH:
        assert not re.search("[\u4e00-\u9fff]", done.stdout.replace("govnb init 报告", "").replace("会议实录", ""))
    else:
        assert not re.search(r"Usage|Options|Show this|default:|Commands", done.stdout)


@pytest.mark.parametrize("command", ["run", "check", "verify", "init", "diff", "review", "new", "schema", "completion"])
def test_help_of_a_command_tells_its_exit_codes(command: str, tmp_path: Path) -> None:
    said = " ".join(run_govnb(command, "--help", cwd=tmp_path).stdout.split())
    assert "Exit codes: 0" in said
    assert "2" in said.partition("Exit codes:")[2]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["rnu"], "“run”"),
        (["run", "--frce"], "“--force”"),
        (["run", "-j", "0"], "--jobs"),
        (["run", "-j", "many"], "--jobs"),
        (["run", "-y", "two"], "--year"),
        (["run", "--timeout", "0"], "--timeout"),
        (["run", "--format", "html,pfd"], "“pdf”"),
        (["run", "--format", ""], "--format"),
        (["run", "-n", "../../secret"], "“../../secret”"),
        (["run", "-n", ""], "“”"),
        (["run", "-n", "none-such"], "notebooks/none-such.ipynb"),
        (["run", "-a"], "-a"),
        (["run", "extra"], "extra"),
        (["run", "-a", "ofice"], "“office”"),
        (["run", "-a", "../office"], "../office"),
        (["run", "-a", "Office"], "“Office”"),
        (["run", "-a", "a" * 64], "aaa"),
        (["run", "-y", "1999"], "2021"),
        (["check", "-a", "../../etc"], "../../etc"),
        (["verify", "-a", "x/y"], "x/y"),
        (["trace"], "AGENCY"),
        (["trace", "office", "year", "x"], "YEAR"),
        (["trace", "../office", "2021", "x"], "../office"),
        (["trace", "office", "1999", "x"], "2021"),
        (["trace", "office", "2021", "applications.new.totel"], "applications.new.total"),
        (["trace", "office", "2021", "applications.new.total", "--json", "--csv"], "--csv"),
        (["init"], "govnb init"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_exits_2_and_names_what_is_wrong(source: Path, arguments: list[str], named: str) -> None:
    chinese = len(named) % 2 == 1
    done = run_govnb(*arguments, cwd=source, environment=CHINESE if chinese else ENGLISH)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert named in done.stderr
    assert bool(re.search("[\u4e00-\u9fff]", done.stderr)) is chinese
    assert not source.joinpath("output").exists()


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "zh_TW.UTF-8"}, True),
        ({"LANG": "xx_YY.nonsense"}, False),
        ({"LANG": ""}, False),
    ],
    ids=str,
)
def test_messages_follow_the_locale(environment: dict[str, str], chinese: bool, tmp_path: Path) -> None:
    done = run_govnb("check", cwd=tmp_path, environment=environment)
    assert done.returncode == 2
    assert ("工作区" in done.stderr) is chinese
    assert "govnb init" in done.stderr


def test_a_terminal_that_is_ascii_shows_chinese_all_the_same(source: Path) -> None:
    """LC_ALL=C says nothing about the terminal; a container's is UTF-8 more often than not."""
    parent, child = pty.openpty()
    environment = plain_environment(LC_ALL="C", PYTHONUTF8="0")
    command = [sys.executable, "-m", "govnb", "trace", "office", "2021", "applications.new.total"]
    subprocess.run(
        command, cwd=source, env=environment, stdout=child, stderr=child, stdin=child, check=True, timeout=60
    )
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 65536):
            shown += piece
    except OSError:  # Linux tells the end so
        pass
    os.close(parent)
    assert "申请编号" in shown.decode("utf-8")


def test_chinese_paths_with_spaces_under_the_c_locale(tmp_path: Path) -> None:
    """``LC_ALL=C PYTHONUTF8=0`` (demand 42): all commands work, also where a ledger's file has a Chinese name."""
    root = tmp_path / "政府 报告"
    year = "sources:\n  documents: 发文 登记.csv\n"
    write_params(root, "office", year)
    folder = root / "data" / "office"
    folder.mkdir(parents=True)
    folder.joinpath("发文 登记.csv").write_text(
        "文号,标题,文件种类,制发日期,公开属性\n甲〔2021〕1号,规定,行政规范性文件,2021-03-01,主动公开\n",
        encoding="utf-8",
    )
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "LANG": "C"}
    checked = run_govnb("check", "-w", "政府 报告", "--json", cwd=tmp_path, environment=environment)
    assert checked.returncode == 0, checked.stderr
    [report] = json.loads(checked.stdout)["reports"]
    assert report["tables"]["disclosure"]["normative_documents"]["issued"] == 1
    figure = "disclosure.normative_documents.issued"
    traced = run_govnb("trace", "office", "2021", figure, cwd=root, environment=environment)
    assert traced.returncode == 0
    assert "发文 登记.csv" in traced.stdout


def test_the_workspace_is_found_upwards_and_with_w(source: Path, tmp_path: Path) -> None:
    below = run_govnb("check", "-a", "office", "--json", cwd=source / "data" / "office")
    named = run_govnb("check", "-a", "office", "--json", "-w", str(source), cwd=tmp_path)
    assert below.returncode == named.returncode == 0, below.stderr + named.stderr
    assert below.stdout == named.stdout


def test_without_a_workspace_the_way_to_one_is_said(tmp_path: Path) -> None:
    for arguments in (["run"], ["check"], ["verify"], ["trace", "a", "2021", "x"], ["run", "-w", "nowhere"]):
        done = run_govnb(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "govnb init" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_no_message_of_a_wrong_workspace_holds_an_absolute_path(tmp_path: Path) -> None:
    done = run_govnb("run", "-w", str(tmp_path / "nowhere"), cwd=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path) not in done.stderr


def test_json_is_all_that_check_prints_to_stdout(source: Path) -> None:
    done = run_govnb("check", "--json", cwd=source)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [report["agency"] for report in data["reports"]] == ["bureau", "office", "total"]
    for report in data["reports"]:
        assert {"agency", "name", "year", "edition", "tables", "checks", "parameters"} <= set(report)
        for check in report["checks"]:
            assert set(check) >= {"id", "severity", "status", "where", "expected", "actual", "message"}


def test_check_tells_where_each_parameter_comes_from(source: Path) -> None:
    report = json.loads(run_govnb("check", "-a", "office", "--json", cwd=source).stdout)["reports"][0]
    assert report["parameters"]["name"]["value"] == "甲市office"
    assert report["parameters"]["name"]["from"].startswith("params/office/agency.yaml")
    assert report["parameters"]["script"] == {"value": "hans", "from": "default"}
    assert "name = 甲市office" in run_govnb("check", "-a", "office", "-v", cwd=source).stdout


def test_a_closed_pipe_is_no_fault(source: Path) -> None:
    command = f"'{sys.executable}' -m govnb trace office 2021 applications.new.total | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=source, env=plain_environment(), capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""


@pytest.mark.parametrize("module", ["pandas", "polars", "matplotlib", "nbconvert", "typst", "numpy", "papermill"])
def test_help_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "govnb", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=plain_environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in loaded
    assert module not in loaded
