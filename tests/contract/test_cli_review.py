"""``govnb review``: who, when and why, void after a change; output/ is never written to."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from govnb.material import digest_file
from tests.workspaces import digests, read_json, run_govnb

REPORT = "output/office/2021/report.json"
ACCEPT = ("review", "office", "2021", "--accept", "--note", "数据与台账一致", "--by", "李审核")


@pytest.fixture
def root(made: Path, copy_of: Callable[[Path], Path]) -> Path:
    return copy_of(made)


def shown(root: Path, *arguments: str) -> list[dict[str, Any]]:
    done = run_govnb("review", *arguments, "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["reviews"]


def make_faulty(root: Path) -> None:
    """The report as it is, with an error check that failed."""
    data = read_json(root / REPORT)
    data["checks"][0].update(status="fail", severity="error", id="applications.balance")
    root.joinpath(REPORT).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def test_accepted_then_void_then_rejected(root: Path) -> None:
    outputs = digests(root / "output")
    assert shown(root, "office", "2021")[0]["state"] == "none"
    done = run_govnb(*ACCEPT, cwd=root, environment={"TZ": "Asia/Shanghai"})
    assert done.returncode == 0, done.stderr
    assert digests(root / "output") == outputs
    (entry,) = shown(root, "office", "2021")
    (review,) = entry["history"]
    assert entry["state"] == review["state"] == "accepted"
    assert review["sha256"] == entry["sha256"] == digest_file(root / REPORT)
    assert (review["by"], review["note"]) == ("李审核", "数据与台账一致")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", review["when"])
    data = read_json(root / REPORT)
    root.joinpath(REPORT).write_text(json.dumps(data), encoding="utf-8")
    assert shown(root, "office", "2021")[0]["state"] == "void"
    assert "void" in run_govnb("review", "office", cwd=root).stdout
    done = run_govnb("review", "office", "2021", "--reject", "--note", "结转不符", "--by", "王", "--json", cwd=root)
    assert json.loads(done.stdout)["reviews"][0]["state"] == "rejected"
    assert [each["state"] for each in shown(root, "office", "2021")[0]["history"]] == ["accepted", "rejected"]
    root.joinpath(REPORT).unlink()
    assert shown(root, "office", "2021")[0]["state"] == "void"


def test_all_reports_are_listed_those_that_were_never_made_too(root: Path) -> None:
    shutil.rmtree(root / "output/bureau")
    run_govnb(*ACCEPT, cwd=root)
    states = {each["agency"]: each["state"] for each in shown(root)}
    assert states == {"bureau": "missing", "office": "accepted", "total": "none"}
    text = run_govnb("review", cwd=root, environment={"LANG": "zh_CN.UTF-8"}).stdout
    assert "bureau 2021  尚无报告" in text
    assert re.search("office 2021  已通过  李审核  .*  数据与台账一致", text)


def test_a_report_with_errors_is_accepted_only_on_purpose(root: Path) -> None:
    make_faulty(root)
    done = run_govnb(*ACCEPT, cwd=root)
    assert done.returncode == 1
    assert "applications.balance" in done.stderr
    assert "--despite-errors" in done.stderr
    assert not root.joinpath("reviews").exists()
    assert run_govnb(*ACCEPT, "--despite-errors", cwd=root).returncode == 0
    assert shown(root, "office", "2021")[0]["history"][0]["despite_errors"] == ["applications.balance"]
    assert run_govnb("review", "office", "2021", "--reject", "--note", "x", "--by", "y", cwd=root).returncode == 0


def test_nobody_is_named_unasked(root: Path) -> None:
    who = {"USER": "somebody", "LOGNAME": "somebody", "USERNAME": "somebody", "HOME": str(root)}
    done = run_govnb(*ACCEPT[:-2], cwd=root, environment=who)
    assert done.returncode == 2
    assert "GOVNB_REVIEWER" in done.stderr
    assert run_govnb(*ACCEPT[:-2], cwd=root, environment={**who, "GOVNB_REVIEWER": "赵"}).returncode == 0
    text = root.joinpath("reviews/office/2021.yaml").read_text(encoding="utf-8")
    assert "赵" in text
    assert "somebody" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("office", "2021", "--accept", "--reject", "--note", "x", "--by", "y"), 2, "exclude each other"),
        (("office", "2021", "--accept", "--by", "y"), 2, "--note"),
        (("office", "2021", "--accept", "--note", " ", "--by", "y"), 2, "--note"),
        (("office", "2021", "--accept", "--note", "x", "--by", " "), 2, "GOVNB_REVIEWER"),
        (("office", "2021", "--accept", "--note", "a\x1b[31mb", "--by", "y"), 2, "control characters"),
        (("office", "--accept", "--note", "x", "--by", "y"), 2, "the year"),
        (("--accept", "--note", "x", "--by", "y"), 2, "the agency"),
        (("office", "2021", "--note", "x"), 2, "--accept or --reject"),
        (("ofice", "2021"), 2, "“office”"),
        (("office", "2022"), 2, "2021"),
        (("../office", "2021"), 2, "not allowed"),
        (("bureau", "2021", "--accept", "--note", "x", "--by", "y"), 1, "govnb run -a bureau -y 2021"),
    ],
)
def test_wrong_usage(source: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run_govnb("review", *arguments, cwd=source)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert not source.joinpath("reviews").exists()


def test_faults_of_the_file_are_told_with_their_line(root: Path) -> None:
    run_govnb(*ACCEPT, cwd=root)
    path = root / "reviews/office/2021.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("accepted", "acepted"), encoding="utf-8")
    for arguments in (ACCEPT, ("review",)):
        done = run_govnb(*arguments, cwd=root)
        assert done.returncode == 2
        assert "reviews/office/2021.yaml, line 4 column 3: state" in done.stderr
