"""``govnb diff``: years of the workspace, report.json, published files; terminal, page and JSON."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import digests, plain_environment, read_json, run_govnb

CHINESE = {"LANG": "zh_CN.UTF-8"}


@pytest.fixture(scope="module")
def space(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's parameters and data, never run. Don't change it."""
    root = tmp_path_factory.mktemp("diff") / "workspace"
    for part in ("params", "data"):
        shutil.copytree(repository / part, root / part)
    return root


@pytest.fixture(scope="module")
def computed(space: Path) -> dict[str, Any]:
    done = run_govnb("diff", "guangzhou-gov-office", "2020", "2021", "--json", cwd=space)
    assert done.returncode == 0, done.stderr
    assert "2020: not made yet, counted from params and ledgers" in done.stderr
    return json.loads(done.stdout)


def cell(data: dict[str, Any], table: str, row: str, column: str) -> dict[str, Any]:
    return next(each for each in data["tables"][table] if (each["row"], each["column"]) == (row, column))


def test_two_years_of_ledgers(computed: dict[str, Any]) -> None:
    assert [computed[side]["edition"] for side in ("old", "new")] == [2019, 2021]
    new = cell(computed, "applications", "new", "total")
    assert {key: new[key] for key in ("state", "old", "new", "change", "percent")} == {
        "state": "changed",
        "old": 420,
        "new": 575,
        "change": 155,
        "percent": "36.9",
    }
    assert cell(computed, "applications", "other", "total")["state"] == "only_old"
    assert cell(computed, "applications", "other.other", "total")["state"] == "only_new"
    overview = next(section for section in computed["sections"] if section["code"] == "overview")
    assert {"same", "carried", "changed", "added", "removed"} == {s["state"] for s in overview["sentences"]}
    assert 0 < overview["repeated"] < overview["characters"]


def test_output_is_taken_where_it_fits_the_workspace(made: Path, copy_of: Callable[[Path], Path]) -> None:
    root = copy_of(made)
    done = run_govnb("diff", "office", "2021", "2021", "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "from output/office/2021/report.json" in done.stderr
    taken = json.loads(done.stdout)
    assert all(each["state"] == "same" for cells in taken["tables"].values() for each in cells)
    before = digests(root)
    report = root / "output/office/2021/report.json"
    report.write_text(report.read_text(encoding="utf-8").replace('"total": 3', '"total": 4'), encoding="utf-8")
    counted = run_govnb("diff", "office", "2021", "2021", "--json", cwd=root)
    assert "is not what its manifest says" in counted.stderr
    report.write_bytes((made / "output/office/2021/report.json").read_bytes())
    assert {**json.loads(counted.stdout), "old": None, "new": None} == {**taken, "old": None, "new": None}
    assert digests(root) == before
    ledger = root / "data/office/applications.csv"
    ledger.write_text(ledger.read_text(encoding="utf-8").replace("2021-03-12", "2021-03-13"), encoding="utf-8")
    assert "data/office/applications.csv changed since" in run_govnb("diff", "office", "2021", "2021", cwd=root).stderr


def test_files_of_every_kind_say_the_same(made: Path) -> None:
    """report.json and the report as published: nothing but the amounts' writing may differ."""
    folder = made / "output/office/2021"
    for kind in ("html", "pdf", "docx"):
        done = run_govnb("diff", "report.json", f"annual_report.{kind}", "--json", cwd=folder)
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        assert data["new"]["source"] == f"annual_report.{kind}"
        assert {each["state"] for cells in data["tables"].values() for each in cells} == {"same"}
        added = [s["new"] for section in data["sections"] for s in section["sentences"] if s["state"] == "added"]
        assert added == [], kind


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal"])
def test_what_a_person_reads(space: Path, terminal: bool) -> None:
    arguments = ("diff", "pingtan", "2021", "2022")
    text = (
        on_terminal(*arguments, cwd=space) if terminal else run_govnb(*arguments, cwd=space, environment=CHINESE).stdout
    )
    assert re.search("（一）予以公开", text)
    assert re.search("照搬[0-9.]+%（数字不计）", text)
    assert ("\x1b[" in text) == terminal
    if terminal:
        assert all(len(re.sub("\x1b\\[[0-9;]*m", "", line)) <= 100 for line in text.splitlines())
    else:
        assert any(line.count("\t") == 6 for line in text.splitlines())


def on_terminal(*arguments: str, cwd: Path) -> str:
    """What the command writes to a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    environment = plain_environment(LANG="zh_CN.UTF-8", COLUMNS="100", TERM="xterm-256color")
    command = [sys.executable, "-m", "govnb", *arguments]
    process = subprocess.Popen(
        command, cwd=cwd, env=environment, stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    os.close(theirs)
    parts = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:  # Linux tells the end of a terminal so
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return b"".join(parts).decode()


def test_the_page_and_json_are_the_same_bytes_each_time(space: Path, tmp_path: Path) -> None:
    outputs = []
    for number, seed in enumerate(("1", "2")):
        file = tmp_path / f"{number}.html"
        environment = {
            "PYTHONHASHSEED": seed,
            "LANG": ("zh_CN.UTF-8", "C")[number],
            "TZ": ("Asia/Shanghai", "UTC")[number],
        }
        arguments = ("diff", "pingtan", "2020", "2022", "--json", "--html", str(file))
        done = run_govnb(*arguments, cwd=space, environment=environment)
        assert done.returncode == 0, done.stderr
        outputs.append((done.stdout, file.read_bytes()))
    assert outputs[0] == outputs[1]
    assert str(tmp_path).encode() not in outputs[0][1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "AGENCY YEAR YEAR"),
        (("pingtan",), 2, "FILE FILE"),
        (("pingtan", "2021"), 2, "AGENCY YEAR YEAR"),
        (("pingtna", "2021", "2022"), 2, "“pingtan”"),
        (("pingtan", "2021", "2029"), 2, "2022"),
        (("pingtan", "2021", "last"), 2, "“last”"),
        (("../x", "2021", "2022"), 2, "not allowed"),
        (("a.json", "b.json"), 2, "no such file"),
        (("params", "data"), 2, "is a folder"),
        (("bad.json", "good.json"), 1, "bad.json: is not valid JSON"),
        (("list.json", "other.json"), 1, "other.json: is no report: has no usable “tables”"),
        (("junk.pdf", "junk.html"), 1, "junk.html"),
    ],
)
def test_wrong_usage_and_files(
    space: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str, made: Path
) -> None:
    shutil.copytree(space / "params", tmp_path / "params")
    tmp_path.joinpath("data").mkdir()
    tmp_path.joinpath("bad.json").write_text("{", encoding="utf-8")
    tmp_path.joinpath("list.json").write_text("[1]", encoding="utf-8")
    tmp_path.joinpath("other.json").write_text('{"year": 2021, "tables": [], "sections": []}', encoding="utf-8")
    shutil.copy(made / "output/office/2021/report.json", tmp_path / "good.json")
    tmp_path.joinpath("junk.pdf").write_bytes(b"%PDF-1.7 junk")
    tmp_path.joinpath("junk.html").write_text("<html><p>nothing</p></html>", encoding="utf-8")
    done = run_govnb("diff", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert said in done.stderr


def test_report_json_of_other_programs_needs_no_blocks(made: Path, tmp_path: Path) -> None:
    data = read_json(made / "output/office/2021/report.json")
    for section in data["sections"]:
        section.pop("blocks")
    tmp_path.joinpath("a.json").write_text(json.dumps(data), encoding="utf-8")
    done = run_govnb("diff", "a.json", "a.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "There is no difference" in done.stdout
