"""One run at a time: who holds a workspace is named, one that is gone holds nothing, and what can't be had is told."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from getpass import getuser
from pathlib import Path
from typing import Any

import pytest

from govnb.commands.lock import HOLDER, LOCK, Holder, one_run
from govnb.errors import UsageError
from govnb.processes import begun_at
from tests.running import ROOT, wait_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system's locks are those of Unix")

HOLD = """
import sys, time, pathlib, errno, fcntl
from govnb.commands.lock import one_run
if sys.argv[2] == "no locks":
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks available")
    fcntl.flock = refuse
with one_run(pathlib.Path(sys.argv[1]), "run"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["locks", "no locks"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A disk that knows locks, and one that does not, as some network disks."""
    if request.param == "no locks":

        def refuse(*_: Any) -> None:
            raise OSError(errno.ENOLCK, "no locks available")

        monkeypatch.setattr(fcntl, "flock", refuse)
    return str(request.param)


@contextmanager
def held(output: Path, disk: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the workspace."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(output), disk],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def refusal(output: Path) -> str:
    with pytest.raises(UsageError) as refused, one_run(output, "site"):
        pass
    return "\n".join(f"{problem.text().zh}\n{problem.text().en}" for problem in refused.value.problems)


def test_the_holder_is_named_and_nothing_else_of_it(tmp_path: Path, disk: str) -> None:
    with held(tmp_path / "output", disk) as process:
        said = refusal(tmp_path / "output")
        assert f"(process {process.pid}, govnb run, since 20" in said
        assert f"进程号 {process.pid}，govnb run，开始于 20" in said
        written = (tmp_path / "output" / HOLDER).read_text(encoding="utf-8")
    for text in (said, written):
        for secret in (str(tmp_path), socket.gethostname(), f'"{getuser()}"'):
            assert secret not in text


def test_one_that_was_killed_holds_nothing(tmp_path: Path, disk: str) -> None:
    output = tmp_path / "output"
    with held(output, disk) as process:
        process.kill()  # SIGKILL: it tidies up nothing
        process.wait()
        assert json.loads((output / HOLDER).read_text(encoding="utf-8"))["pid"] == process.pid
        with one_run(output, "run"):
            assert Holder.read(output / HOLDER) == replace(Holder.own("run"), since=Holder.read(output / HOLDER).since)  # type: ignore[union-attr]
            assert f"process {os.getpid()}" in refusal(output)
    assert {path.name for path in output.iterdir()} == {LOCK}


def test_a_process_that_got_the_id_of_the_dead_holds_nothing(tmp_path: Path, disk: str) -> None:
    """This very process has it, and began at another time."""
    tmp_path.joinpath(HOLDER).write_text(json.dumps(asdict(replace(Holder.own("run"), begun="1"))), encoding="utf-8")
    with one_run(tmp_path, "run"):
        pass


def test_without_locks_another_machine_is_not_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    there = replace(Holder.own("run"), pid=1 << 22, place="another machine or container")
    for content in (json.dumps(asdict(there)), "", "{}", "[]"):
        tmp_path.joinpath(HOLDER).write_text(content, encoding="utf-8")
        assert "is running in this workspace" in refusal(tmp_path)
        assert tmp_path.joinpath(HOLDER).read_text(encoding="utf-8") == content
    tmp_path.joinpath(HOLDER).write_text(json.dumps(asdict(there)), encoding="utf-8")
    assert "delete output/.lock-holder" in refusal(tmp_path)


def test_of_several_that_take_over_one_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that one of them has just made is put back by the other that took it for the dead one's."""

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    file = tmp_path / HOLDER
    dead, winner = replace(Holder.own("run"), begun="1"), replace(Holder.own("run"), command="site")
    file.write_text(json.dumps(asdict(dead)), encoding="utf-8")
    rename = Path.rename

    def late(path: Path, target: Path) -> Path:
        file.write_text(json.dumps(asdict(winner)), encoding="utf-8")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", late)
    refusal(tmp_path)
    assert Holder.read(file) == winner
    assert {path.name for path in tmp_path.iterdir()} == {LOCK, HOLDER}


@pytest.mark.parametrize("number", [errno.EROFS, errno.EIO])
def test_a_disk_that_can_not_be_written_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    real: Callable[..., int] = os.open

    def refuse(path: Any, *rest: Any, **named: Any) -> int:
        if str(path).endswith(LOCK):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    said = refusal(tmp_path)
    assert "output: can't be written" in said
    assert str(tmp_path) not in said


def test_an_exception_frees_it(tmp_path: Path, disk: str) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), one_run(tmp_path, "run"):
            raise ZeroDivisionError


def test_when_a_process_began_tells_it_from_others() -> None:
    with subprocess.Popen(["sleep", "30"]) as process:
        assert begun_at(process.pid) == begun_at(process.pid) is not None
        assert begun_at(os.getpid()) != begun_at(process.pid)
        process.kill()
        assert wait_for(lambda: begun_at(process.pid) is None)  # dead, and not yet waited for
    assert begun_at(process.pid) is None
