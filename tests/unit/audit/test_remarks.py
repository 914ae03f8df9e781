"""Remarks on findings: read with places, matched exactly, stale ones told."""

from __future__ import annotations

from pathlib import Path

import pytest

from govnb.audit.remarks import FILE, Finding, Remark, read_remarks, unused_files, with_remarks
from govnb.checks.model import Result
from govnb.errors import ParamsError, Place, Problem, Text


def result(id: str = "text.sum", where: str = "“总体情况”第1段", severity: str = "error", **more: str) -> Result:
    return Result(id, severity, "fail", where, Text("说明。", "said."), **more)


def written(folder: Path, text: str) -> Path:
    folder.joinpath(FILE).write_text(text, encoding="utf-8")
    return folder


def test_no_file_no_remarks(tmp_path: Path) -> None:
    assert read_remarks(tmp_path, "") == {}


def test_an_empty_file_is_no_remarks(tmp_path: Path) -> None:
    assert read_remarks(written(tmp_path, "# nothing yet\n"), "") == {}


def test_entries_are_read_with_their_place(tmp_path: Path) -> None:
    text = (
        "a.html:\n  - check: text.sum\n    where: “总体情况”第1段\n    state: dismissed\n"
        "    note: 原件如此\n    by: 王\n    actual: 2602\nb.pdf:\n  - {check: fee.stated, state: confirmed}\n"
    )
    remarks = read_remarks(written(tmp_path, text), "in")
    [first] = remarks["a.html"]
    assert (first.state, first.note, first.by, first.actual) == ("dismissed", "原件如此", "王", "2602")
    assert (first.place.file, first.place.line) == (f"in/{FILE}", 2)
    assert remarks["b.pdf"][0].where is None


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a.html:\n  - check: x\n    state: dismised\n", 3, "dismissed"),
        ("a.html:\n  - chekc: x\n    check: x\n    state: dismissed\n", 2, "check"),
        ("a.html:\n  - check: x\n", 2, "state"),
        ("a.html:\n  check: x\n", 1, "a.html"),
        ("- check: x\n", 1, "file name"),
        ("a.html:\n  - just text\n", 2, "check"),
        ("a.html:\n  - check: [x]\n    state: dismissed\n", 2, "check"),
        ("a.html: [\n", 2, "YAML"),
        ("a.html: []\na.html: []\n", 2, "a.html"),
    ],
)
def test_faults_are_told_with_their_line(
    tmp_path: Path, text: str, line: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    with pytest.raises(ParamsError) as caught:
        read_remarks(written(tmp_path, text), "")
    problem = caught.value.problems[0]
    assert problem.where.line == line
    assert said in str(problem.text())


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "a.html:\n  - check: x\n    state: maybe\n  - state: confirmed\n    nota: y\n"
    with pytest.raises(ParamsError) as caught:
        read_remarks(written(tmp_path, text), "")
    assert [problem.where.line for problem in caught.value.problems] == [3, 5, 4]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath(FILE).write_bytes("a.html: []\n# 批注：原件".encode("gbk"))
    with pytest.raises(ParamsError):
        read_remarks(tmp_path, "")


def test_a_dismissed_error_does_not_count_a_confirmed_one_does() -> None:
    problems: list[Problem] = []
    remarks = [Remark("a", "dismissed"), Remark("b", "confirmed")]
    found = with_remarks([result("a"), result("b"), result("c"), result("d", severity="warning")], remarks, problems)
    assert [(finding.state, finding.counts) for finding in found] == [
        ("dismissed", False),
        ("confirmed", True),
        ("open", True),
        ("open", False),
    ]
    assert problems == []


def test_what_is_not_assessable_never_counts() -> None:
    assert not Finding(Result("a", "error", "not_assessable", "", Text("", ""))).counts


def test_a_remark_holds_at_its_place_only() -> None:
    problems: list[Problem] = []
    found = with_remarks([result(where="一"), result(where="二")], [Remark("text.sum", "dismissed", "二")], problems)
    assert [finding.state for finding in found] == ["open", "dismissed"]
    assert problems == []


def test_a_remark_with_numbers_does_not_cover_other_numbers() -> None:
    problems: list[Problem] = []
    remark = Remark("text.sum", "dismissed", "“总体情况”第1段", actual="2602")
    [finding] = with_remarks([result(actual="2601")], [remark], problems)
    assert finding.state == "open"
    assert problems[0].code == "remarks.stale"


def test_a_stale_remark_is_told_with_what_is_nearest() -> None:
    problems: list[Problem] = []
    place = Place(file=FILE, line=3)
    with_remarks([result()], [Remark("text.sum", "dismissed", "“总体情况”第2段", place=place)], problems)
    assert problems[0].where == place
    assert "“总体情况”第1段" in problems[0].fix.zh


def test_a_remark_without_place_must_be_clear() -> None:
    problems: list[Problem] = []
    found = with_remarks([result(where="一"), result(where="二")], [Remark("text.sum", "dismissed")], problems)
    assert [finding.state for finding in found] == ["open", "open"]
    assert problems[0].code == "remarks.which"
    assert "“一”、“二”" in problems[0].fix.zh


def test_a_file_that_is_not_there_is_told_one_that_was_not_audited_is_not(tmp_path: Path) -> None:
    tmp_path.joinpath("other.html").touch()
    remarks = {"a.htlm": (), "other.html": (), "a.html": (), "../a.html": ()}
    told = list(unused_files(remarks, ["a.html"], tmp_path, Place(file=FILE)))
    assert [problem.what.zh for problem in told] == ["没有“a.htlm”这个文件", "没有“../a.html”这个文件"]
    assert "“a.html”" in told[0].fix.zh
