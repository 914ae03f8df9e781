"""A run always comes to its end: what does not end when it is told to is killed, the exit code is that of the run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.provinces import marked
from tests.running import ROOT
from tests.workspaces import REPORT_CELLS, plain_environment, write_ledgers, write_notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")

# In the server: when it is told that all is over it does not end, nor by any signal but one.
DEAF = """
import os, signal, sys, time
if "govnb.crew.nursery" in sys.orig_argv:
    from govnb import processes
    server, really = os.getpid(), processes.end_descendants
    def deaf(*told, **named):
        if not named and os.getpid() == server:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(86383.5)
        return really(*told, **named)
    processes.end_descendants = deaf
"""
# In the command: what a library may leave running behind the back of all, and at the very end.
THREAD = """
import sys, threading, time
if sys.orig_argv[-1] == "-v":
    threading.Thread(target=time.sleep, args=(86383.5,)).start()
"""
AT_EXIT = """
import atexit, sys, time
if sys.orig_argv[-1] == "-v":
    atexit.register(time.sleep, 86383.5)
"""


@pytest.mark.parametrize(
    ("injected", "code"),
    [(DEAF, 0), (DEAF, 1), (THREAD, 1), (AT_EXIT, 0)],
    ids=["server", "server, failed", "thread", "exit handler"],
)
def test_what_does_not_end_is_killed_and_told(injected: str, code: int, empty: Path) -> None:
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS, *(["1 / 0"] if code else []))
    temporary, ahead = empty.parent / "t", empty.parent / "ahead"
    temporary.mkdir()
    ahead.mkdir()
    ahead.joinpath("sitecustomize.py").write_text(injected, encoding="utf-8")
    environment = plain_environment(PYTHONPATH=f"{ahead}:{ROOT}", TMPDIR=str(temporary))
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "govnb", "run", "--format", "ipynb", "-v"],
        cwd=empty,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=180,
    )
    assert done.returncode == code, done.stderr
    assert f"{1 - code} made, 0 unchanged, {code} failed" in done.stderr
    said = "a process did not end in time" if injected is DEAF else "the program did not come to its end in time"
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert [*marked(temporary), *temporary.iterdir()] == []
    assert time.monotonic() - begun < 170


def test_a_program_that_calls_the_command_goes_on_after_it() -> None:
    """Only the command's own process is ended: not one that calls it, as tests and notebooks do."""
    called = """
import time
from govnb import cli
cli._END_SECONDS = 0.1
try: {}()
except SystemExit: time.sleep(1)
print('goes on')
"""
    for name, goes_on in (("main", True), ("start", False)):
        command = [sys.executable, "-c", called.format(f"cli.{name}"), "--version"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=plain_environment(), check=False)
        assert (done.returncode, "goes on" in done.stdout) == (0, goes_on), done.stderr
