"""Two hundred reports, forty of which misbehave, and a parent that is killed in the middle and started again.

What must come of it: 160 right to the byte, forty named with their cell and what to do, nothing left behind, and
nothing done twice that was complete. What a calm run of the same agencies gives is test_demands_runs' province.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.provinces import AGENCIES, begun, calm_province, marked, once, start_govnb, write_province
from tests.running import running, wait_for
from tests.workspaces import digests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")

SLEEP = "86389.5"  # seconds, and the mark by which to find those who sleep them
SOCKET = "govnb-torture"  # name of the sockets that are left open
DIES, RAISES, LATE, TOLD = "the kernel died", "mischief", "ran longer than", "gave out more than 20 MB"
MISCHIEF = "raise RuntimeError('mischief')"

# What the misbehaving cell does, and what is said of it. What harms nobody but others ends by raising.
BAD: tuple[tuple[str, str, str], ...] = (
    ("raises", MISCHIEF, RAISES),
    ("raises-group", "raise ExceptionGroup('mischief', [ValueError(1), KeyError(2)])", RAISES),
    ("interrupts", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("sys-exit", "import sys; sys.exit(0)", "SystemExit"),
    ("exit", "exit()", DIES),
    ("os-exit-0", "import os; os._exit(0)", f"{DIES} in code cell 4"),
    (
        "os-exit-3",
        "print('last words')\nimport os; os._exit(3)",
        "(exit code 3); its last output: “last words”. See to the code of that cell.",
    ),
    ("kill-9", "import os; os.kill(os.getpid(), 9)", "(signal 9; out of memory?)"),
    ("kill-15", "import os; os.kill(os.getpid(), 15)", "(signal 15)"),
    ("kill-group", "import os; os.killpg(0, 9)", "(signal 9; out of memory?)"),
    ("alarm", "import signal, time; signal.alarm(1); time.sleep(900)", "(signal 14)"),
    ("null-pointer", "import ctypes; ctypes.string_at(0)", "(signal 11)"),
    ("segfault", "import faulthandler; faulthandler._sigsegv()", "(signal 11)"),
    ("abort", "import os; os.abort()", "(signal 6). See to the code of that cell; if it lacked memory"),
    ("no-shell", "get_ipython().run_cell = get_ipython().run_cell_async = None", DIES),
    ("hangs", "print('now')\nimport time; time.sleep(900)", LATE),
    (
        "hangs-deaf",
        "import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\n"
        "while True:\n    try: time.sleep(900)\n    except BaseException: pass",
        f"code cell 4 “import signal, time” {LATE} 30 seconds",
    ),
    ("stops-itself", "import os; os.kill(os.getpid(), 19)", LATE),
    ("slow", "import time; time.sleep(1)", "the whole report ran longer than 60 seconds"),
    ("memory", "x = bytearray(3 << 30)", "MemoryError. Allow more with --memory."),
    ("memory-by-and-by", "x = []\nwhile True: x.append(bytes(50_000_000))", "MemoryError. Allow more with --memory."),
    ("prints", "for i in range(100): print('y' * 1_000_000)", TOLD),
    ("prints-lines", "for i in range(1_000_000): print('line', i, 'x' * 1000)", TOLD),
    ("prints-raw", "import os\nfor i in range(100): os.write(1, b'z' * 1_000_000)", TOLD),
    ("displays", "from IPython.display import HTML\nHTML('w' * 100_000_000)", TOLD),
    ("child", f"import subprocess\nsubprocess.Popen(['setsid', 'sleep', '{SLEEP}'])\n{MISCHIEF}", RAISES),
    (
        "daemon",
        f"import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        f"        os.execve('/bin/sleep', ['sleep', '{SLEEP}'], {{}})\n    os._exit(0)\n{MISCHIEF}",
        RAISES,
    ),
    ("closes-0-2", f"import os; os.closerange(0, 3)\nprint('x')\n{MISCHIEF}", RAISES),
    ("closes-all", "import os; os.closerange(0, 4096)", DIES),
    ("no-tmp", f"import shutil, os; shutil.rmtree(os.environ['TMPDIR'])\n{MISCHIEF}", RAISES),
    # Every child returns from the cell, as if it were the kernel.
    ("forks", f"import os\nfor _ in range(4): os.fork()\n{MISCHIEF}", RAISES),
    ("forks-sleep", f"import os, time\nif [os.fork() for _ in range(4)][-1] == 0: time.sleep(900)\n{MISCHIEF}", RAISES),
    (
        "threads",
        "import threading, time\nfor _ in range(50): threading.Thread(target=time.sleep, args=(900,)).start()\n"
        + MISCHIEF,
        RAISES,
    ),
    (
        "changes-settings",
        "import locale, os, random, signal, sys, numpy, pandas, matplotlib\n"
        "os.environ.update(LANG='zh_CN.UTF-8', TZ='UTC', GOVNB_EVIL='1', PYTHONPATH='/nowhere'); os.chdir('/')\n"
        "locale.setlocale(locale.LC_ALL, 'C'); os.umask(0o777); random.seed(1); numpy.random.seed(1)\n"
        "matplotlib.rcParams['font.size'] = 99; pandas.set_option('display.max_rows', 1); sys.path.clear()\n"
        f"signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 30))\n{MISCHIEF}",
        RAISES,
    ),
    ("few-files", f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n{MISCHIEF}", RAISES),
    (
        "socket",
        "import socket, subprocess\ns = socket.socket(socket.AF_UNIX); s.bind('\\0" + SOCKET + "'); s.listen()\n"
        "s.set_inheritable(True)\n"
        f"subprocess.Popen(['setsid', '-f', 'sleep', '{SLEEP}'], close_fds=False)\n{MISCHIEF}",
        RAISES,
    ),
    (
        "patches",
        "import builtins, json, pandas, os\n"
        "json.dumps = pandas.DataFrame = pandas.read_csv = builtins.open = builtins.repr = os.fork = None\n" + MISCHIEF,
        DIES,
    ),
    (
        "multiprocessing",
        "import multiprocessing, os, time\npool = multiprocessing.get_context('fork').Pool(3)\n"
        f"pool.apply_async(time.sleep, (900,)); pool.apply_async(os._exit, (1,))\n{MISCHIEF}",
        RAISES,
    ),
    ("atexit", f"import atexit, time; atexit.register(time.sleep, 900)\n{MISCHIEF}", RAISES),
    ("says-nothing", "pass", "the notebook published no report"),
)
PLACES = dict(zip(AGENCIES[2::5], BAD, strict=True))
GOOD = [agency for agency in AGENCIES if agency not in PLACES]
OPTIONS = ("--timeout", "30", "--report-timeout", "60", "--memory", "600", "-j", "16", "--format", "html")
FILES = ("{}.ipynb", "{}.html", "report.json", "review.html")


def complete(root: Path) -> set[str]:
    return {path.parts[-3] for path in root.glob("output/*/2021/manifest.json")}


def nothing_left(temporary: Path) -> bool:
    sockets = Path("/proc/net/unix").read_text(encoding="utf-8")
    return not (marked(temporary) or running([SLEEP]) or list(temporary.iterdir()) or SOCKET in sockets)


def staged(root: Path) -> list[Path]:
    return [
        path for path in root.joinpath("output").rglob("*") if path.name.startswith(".writing") or "tmp" in path.name
    ]


@pytest.fixture(scope="module")
def tortured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder with the workspace after both runs, and what they told."""
    return once(tmp_path_factory, "tortured", torture)


def torture(folder: Path) -> dict[str, Any]:
    root, temporary = folder / "workspace", folder / "t"
    temporary.mkdir()
    cells = {
        agency: (name, (cell,) * 100 if name == "slow" else (cell, "'next'"))
        for agency, (name, cell, _) in PLACES.items()
    }
    write_province(root, cells)
    first = start_govnb("run", *OPTIONS, cwd=root, TMPDIR=str(temporary))
    try:
        assert wait_for(lambda: len(complete(root)) >= 60 or first.poll() is not None, 600)
        first.send_signal(signal.SIGKILL)
        told = first.communicate()[1]
    finally:
        first.kill()
    killed = {
        "returncode": first.returncode,
        "stderr": told,
        "left": not wait_for(lambda: nothing_left(temporary), 15),
        "marked": marked(temporary) + running([SLEEP]),
    }
    done = sorted(complete(root))
    written = digests(root / "output")
    tally = {agency: begun(root, agency) for agency in AGENCIES}
    second = start_govnb("run", *OPTIONS, "--json", cwd=root, TMPDIR=str(temporary))
    try:
        output, told = second.communicate(timeout=1200)
    finally:
        second.kill()
    time.sleep(0.5)
    return {
        "killed": killed,
        "complete": done,
        "written": written,
        "begun": {agency: begun(root, agency) - tally[agency] for agency in AGENCIES},
        "returncode": second.returncode,
        "reports": json.loads(output)["reports"],
        "stderr": told,
        "left": [*marked(temporary), *running([SLEEP]), *map(str, temporary.iterdir())],
        "sockets": Path("/proc/net/unix").read_text(encoding="utf-8").count(SOCKET),
    }


def test_the_killed_run_left_nothing_and_nothing_half(tortured: tuple[Path, Any]) -> None:
    """Demand 7, of a parent that is killed."""
    told = tortured[1]
    assert told["killed"]["returncode"] == -signal.SIGKILL, told["killed"]["stderr"]
    assert not told["killed"]["left"], told["killed"]["marked"]
    assert 60 <= len(told["complete"]) < 160


def test_each_good_report_is_what_a_calm_run_makes(
    tortured: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Demands 10 and 15: nothing of a neighbour reaches a report."""
    root = tortured[0] / "workspace"
    calm = calm_province(tmp_path_factory)[0] / "workspace"
    for agency in GOOD:
        ours, theirs = (place / "output" / agency / "2021" for place in (root, calm))
        notebook = next(path.stem for path in theirs.glob("*.ipynb"))
        for name in (file.format(notebook) for file in FILES):
            assert ours.joinpath(name).read_bytes() == theirs.joinpath(name).read_bytes(), (agency, name)


def test_all_are_told_of_and_only_the_bad_ones_failed(tortured: tuple[Path, Any]) -> None:
    told = tortured[1]
    states = {report["agency"]: report["state"] for report in told["reports"]}
    assert told["returncode"] == 1
    assert {agency for agency, state in states.items() if state == "failed"} == set(PLACES), told["stderr"]
    assert sorted(states) == list(AGENCIES)


@pytest.mark.parametrize("agency", PLACES, ids=[name for name, _, _ in BAD])
def test_each_bad_report_is_named_with_its_cell_and_what_to_do(tortured: tuple[Path, Any], agency: str) -> None:
    root, told = tortured
    name, cell, said = PLACES[agency]
    [report] = [report for report in told["reports"] if report["agency"] == agency]
    assert said in report["reason"], report["reason"]
    if name not in ("slow", "says-nothing"):
        line = cell.splitlines()[0][:60]
        # The first two hold the parameters; that a shell is gone is only seen by the cell after it.
        where = "code cell 5 “'next'”" if name in ("exit", "no-shell") else f"code cell 4 “{line}”"
        assert where in report["reason"]
    summary = told["stderr"][told["stderr"].index("\nFailed: ") :]
    assert f"Failed: {agency} 2021 {name}\n  {report['problems'][0]}" in summary
    assert f"See how far it got in output/{agency}/2021/failed" in summary
    folder = root / "workspace" / "output" / agency / "2021"
    assert {path.name for path in folder.iterdir()} == {"failed"}
    assert {path.name for path in folder.joinpath("failed").iterdir()} == {"reason.txt", "log.txt", "notebook.ipynb"}


def test_only_what_was_not_complete_is_run_again(tortured: tuple[Path, Any]) -> None:
    """Once each, but for those whose kernel died: they are tried once more (``--retries`` is 1)."""
    root, told = tortured
    states = {report["agency"]: report["state"] for report in told["reports"]}
    assert sorted(agency for agency, state in states.items() if state == "skipped") == told["complete"]
    assert told["stderr"].count("not run again") == len(told["complete"])  # demand 19: a skip is always told
    dead = {report["agency"] for report in told["reports"] if DIES in report["reason"]}
    expected = {agency: 0 if agency in told["complete"] else 2 if agency in dead else 1 for agency in AGENCIES}
    assert told["begun"] == expected
    now = digests(root / "workspace" / "output")
    kept = {name: sha for name, sha in told["written"].items() if name.split("/")[0] in told["complete"]}
    assert {name: now[name] for name in kept} == kept


def test_nothing_is_left(tortured: tuple[Path, Any]) -> None:
    """Demand 7: no process, socket or temporary file, no half-written output; the lock is free."""
    root, told = tortured
    assert told["left"] == []
    assert told["sockets"] == 0
    assert staged(root / "workspace") == []
    assert not root.joinpath("workspace/output/.lock-holder").exists()
    free = ["flock", "--nonblock", str(root / "workspace" / "output" / ".lock"), "true"]
    assert subprocess.run(free, check=False).returncode == 0


def test_what_is_printed_without_end_is_cut_and_said_so(tortured: tuple[Path, Any]) -> None:
    """Demand 12: the notebook as far as it got is no larger than what may be printed, and ends with a note."""
    root = tortured[0] / "workspace" / "output"
    for agency, (_, _, said) in PLACES.items():
        if said == TOLD:
            notebook = root / agency / "2021" / "failed" / "notebook.ipynb"
            assert notebook.stat().st_size < 25_000_000
            assert "the output is too long and was cut here" in notebook.read_text(encoding="utf-8")
