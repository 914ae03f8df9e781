"""Outputs are old or new, never half; what the system refuses is told without its paths."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from govnb.errors import ReportError
from govnb.storage import refused, remove_leftovers, write_files


def test_all_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    write_files(tmp_path / "a" / "b", "b", {"one": b"1", "two": "二".encode()})
    assert {path.name: path.read_bytes() for path in (tmp_path / "a" / "b").iterdir()} == {
        "one": b"1",
        "two": "二".encode(),
    }


def test_a_failure_leaves_every_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, "x", {"one": b"old", "two": b"old"})
    calls = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportError) as raised:
        write_files(tmp_path, "output/x", {"one": b"new", "two": b"new"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one": b"old", "two": b"old"}
    said = raised.value.problems[0].text()
    assert "磁盘已满" in said.zh
    assert "the disk is full" in said.en
    assert str(tmp_path) not in said.en


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    tmp_path.joinpath("x").write_text("mine")
    with pytest.raises(ReportError):
        write_files(tmp_path / "x", "output/x", {"one": b"1"})
    assert tmp_path.joinpath("x").read_text() == "mine"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EFBIG, errno.EIO, None])
def test_no_reason_names_a_path(number: int | None) -> None:
    error = OSError(number, "message", "/secret/path") if number else OSError("/secret/path")
    said = refused(error, "output/x").text()
    assert "/secret" not in said.zh + said.en
    assert said.en.startswith("output/x: ")


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    tmp_path.joinpath(".writing-abc").mkdir()
    tmp_path.joinpath(".writing-abc", "one").write_bytes(b"half")
    tmp_path.joinpath("one").write_bytes(b"whole")
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
