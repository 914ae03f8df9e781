"""Ctrl-C once, twice, and SIGTERM, as a terminal and a system send them: what is made, what is told, what is left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from govnb.processes import descendants
from tests.running import ROOT, running, wait_for
from tests.workspaces import REPORT_CELLS, plain_environment, write_ledgers, write_notebook, write_params

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of Unix")

AGENCIES = ("a", "b", "c", "d")
# Takes its controlling terminal from its standard input, then becomes the command.
ON_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@dataclass
class Going:
    """A run whose reports say when they have begun, and wait until they are let go on."""

    root: Path
    temporary: Path
    process: subprocess.Popen[bytes]
    terminal: int  # our end of what its stderr is
    heard: bytearray = field(default_factory=bytearray)

    def begun(self) -> set[str]:
        return {path.name for path in self.root.glob("begun-*")}

    def let_go(self) -> None:
        (self.root / "go").touch()

    def says(self, text: str, seconds: float = 120) -> bool:
        return wait_for(lambda: text in self.heard.decode(errors="replace"), seconds)

    def nothing_is_left(self, below: set[int]) -> bool:
        return wait_for(
            lambda: (
                not any(Path(f"/proc/{pid}").exists() for pid in below)
                and not running([str(self.temporary)])
                and not list(self.temporary.iterdir())
                and not list(self.root.rglob(".writing-*"))
                and not (self.root / "output" / ".lock-holder").exists()
            ),
            40,
        )

    def made(self) -> set[str]:
        return {path.parent.parent.name for path in self.root.rglob("manifest.json")}


def make_workspace(root: Path, agencies: Sequence[str] = AGENCIES) -> Path:
    for agency in agencies:
        write_params(root, agency)
        write_ledgers(root, agency)
    wait = (
        f"import pathlib, time\nroot = pathlib.Path({str(root)!r})\n(root / f'begun-{{agency}}').touch()\n"
        "while not (root / 'go').exists(): time.sleep(0.05)"
    )
    write_notebook(root, "annual_report", wait, *REPORT_CELLS)
    return root


@contextmanager
def going(tmp_path: Path, *arguments: str, terminal: bool = False) -> Iterator[Going]:
    root, temporary = make_workspace(tmp_path / "workspace"), tmp_path / "t"
    temporary.mkdir()
    command = [sys.executable, "-m", "govnb", "run", "-j", "1", "--format", "ipynb", "--json", *arguments]
    environment = plain_environment(PYTHONPATH=str(ROOT), TMPDIR=str(temporary), TERM="xterm", COLUMNS="100")
    if terminal:
        ours, theirs = os.openpty()
        command = [sys.executable, "-c", ON_TERMINAL, *command]
    else:
        ours, theirs = os.pipe()
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=theirs if terminal else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    run = Going(root, temporary, process, ours)

    def hear() -> None:
        try:
            while piece := os.read(ours, 4096):
                run.heard += piece
        except OSError:  # a terminal says so when its last user is gone
            pass

    thread = threading.Thread(target=hear)
    thread.start()
    try:
        yield run
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        thread.join(20)
        os.close(ours)


def ctrl_c(run: Going) -> None:
    """To the whole process group, as a terminal does it."""
    os.killpg(run.process.pid, signal.SIGINT)


def result(run: Going, seconds: float = 240) -> dict[str, str]:
    out, _ = run.process.communicate(timeout=seconds)
    return {report["agency"]: report["state"] for report in json.loads(out)["reports"]}


def test_ctrl_c_once_finishes_what_runs_and_begins_nothing_else(tmp_path: Path) -> None:
    with going(tmp_path) as run:
        assert wait_for(run.begun, 300)
        below = descendants(run.process.pid)
        ctrl_c(run)
        assert run.says("finishing those that run; Ctrl-C again stops at once")
        assert run.process.poll() is None
        run.let_go()
        states = result(run)
        (first,) = run.begun()
    assert run.process.returncode == 130
    agency = first.removeprefix("begun-")
    assert states == {name: "made" if name == agency else "not_begun" for name in AGENCIES}
    assert run.made() == {agency}
    said = run.heard.decode()
    left = ", ".join(f"{name} 2021 annual_report" for name in AGENCIES if name != agency)
    assert f"Not begun: {left}" in said
    assert "1 made, 0 unchanged, 0 failed, 3 not begun" in said
    assert "Traceback" not in said
    assert run.nothing_is_left(below)


def test_ctrl_c_twice_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    with going(tmp_path) as run:
        assert wait_for(run.begun, 300)
        below = descendants(run.process.pid)
        assert below
        ctrl_c(run)
        assert run.says("Ctrl-C again stops at once")
        begun_at = time.monotonic()
        ctrl_c(run)
        time.sleep(0.2)
        ctrl_c(run)  # from here on it disturbs nothing
        run.process.wait(60)
        assert time.monotonic() - begun_at < 40
    assert run.process.returncode == 130
    assert run.made() == set()
    assert "Traceback" not in run.heard.decode()
    assert "Stopped; earlier outputs are unchanged" in run.heard.decode()
    assert run.nothing_is_left(below)


def test_sigterm_stops_at_once(tmp_path: Path) -> None:
    with going(tmp_path) as run:
        assert wait_for(run.begun, 300)
        below = descendants(run.process.pid)
        run.process.terminate()
        run.process.wait(60)
    assert run.process.returncode == 143
    assert run.made() == set()
    assert "Traceback" not in run.heard.decode()
    assert run.nothing_is_left(below)


def test_a_terminal_shows_what_runs_and_its_ctrl_c_is_heard(tmp_path: Path) -> None:
    """The key itself, through a terminal of the system."""
    with going(tmp_path, terminal=True) as run:
        assert wait_for(run.begun, 300)
        (first,) = run.begun()
        agency = first.removeprefix("begun-")
        assert run.says(f"1 running: {agency} 2021")
        assert run.says("0/4 done")
        os.write(run.terminal, b"\x03")
        assert run.says("Ctrl-C again stops at once")
        run.let_go()
        states = result(run)
    assert run.process.returncode == 130
    assert states[agency] == "made"
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", run.heard.decode())
    assert f"made {agency} 2021 annual_report" in shown
    assert "3 not begun" in shown
    assert "Traceback" not in shown
