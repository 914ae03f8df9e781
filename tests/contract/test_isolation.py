"""Cells that misbehave, each in a report of its own, all of them in one crew: what is said of them, what is left.

Through the crew and ``execute`` directly: what the command line says of a failure is test_cli_failures' matter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from govnb.crew.warm import WarmCrew
from govnb.making import Task, make_report
from govnb.notebook.execute import Limits
from tests.running import ROOT, Order, Ran, run_order, running, wait_for
from tests.workspaces import FORMATS, digests

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")

PATIENCE = 300  # seconds; what holds is a limit of the report, not of the machine that tests it
TIGHT = Limits(cell_seconds=6, memory=1 << 30)
SLEEP = "86391.5"  # seconds, and the mark by which to find those who sleep them

SLEEPS = "time.sleep(900)"
# What the cell does, the code of the problem, and a part of what is said about it.
BAD: Mapping[str, tuple[str, str, str]] = {
    "raises": (
        "print('so far')\n1 / 0",
        "notebook.cell",
        "ZeroDivisionError: division by zero; its last output: “so far”",
    ),
    "sys.exit": ("import sys\nsys.exit(3)", "notebook.cell", "SystemExit: 3"),
    "os._exit": (
        "print('last words')\nimport os; os._exit(3)",
        "notebook.kernel",
        "(exit code 3); its last output: “last words”",
    ),
    "segfault": (
        "print('here')\nimport ctypes; ctypes.string_at(0)",
        "notebook.kernel",
        "(signal 11); its last output: “here”",
    ),
    "killed": ("import os; os.kill(os.getpid(), 9)", "notebook.kernel", "(signal 9; out of memory?)"),
    # A child holds the socket open; the kernel is dead all the same (nbclient #319).
    "dies, child lives": (
        "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(900)\nos._exit(4)",
        "notebook.kernel",
        "(exit code 4)",
    ),
    "memory": ("x = bytearray(3 << 30)", "notebook.cell", "MemoryError. Allow more with --memory."),
    "prints": ("for i in range(100):\n    print('y' * 1_000_000)", "notebook.output", "gave out more than 20 MB"),
    "prints one line": ("print('z' * 100_000_000)", "notebook.output", "gave out more than 20 MB"),
    "displays": (
        "from IPython.display import HTML\nprint('before')\nHTML('w' * 100_000_000)",
        "notebook.output",
        "gave out more than 20 MB; its last output: “before”",
    ),
    "child prints": (
        "import subprocess\nsubprocess.run('yes | head -c 100000000', shell=True)",
        "notebook.output",
        "20 MB",
    ),
    "hangs": (
        "print('now')\nimport time; time.sleep(900)",
        "notebook.timeout",
        "longer than 6 seconds; its last output: “now”",
    ),
    "ignores signals": (
        "import signal\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "notebook.timeout",
        "“import signal” ran longer than 6 seconds. Allow more with --timeout.",
    ),
    "hangs natively": ("import re; re.match('(a*)*b', 'a' * 60)", "notebook.timeout", "longer than 6 seconds"),
    "stops itself": ("import os; os.kill(os.getpid(), 19)", "notebook.timeout", "longer than 6 seconds"),
    "cuts its wire": ("import os; os.closerange(3, 1000)", "notebook.kernel", "the kernel died in code cell 3"),
}
LEAVES = (
    f"import os, subprocess\nsubprocess.Popen(['sleep', '{SLEEP}'])\n"
    f"subprocess.Popen(['setsid', '-f', 'sh', '-c', 'sleep {SLEEP} & sleep {SLEEP}'])\n"
    "import tempfile\nopen(tempfile.mkstemp()[1], 'w').write('x')\nprint('left')"
)


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmCrew]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with WarmCrew(4) as crew:  # most of them wait
            yield crew


@pytest.fixture(scope="module")
def ran(crew: WarmCrew, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Ran]]:
    """All of them at once, a good one after each."""
    root = tmp_path_factory.mktemp("workspace")
    futures = {}
    for name, (cell, _, _) in BAD.items():
        futures[name] = crew.submit(run_order, Order((cell, "print('never')"), root, TIGHT))
        futures[f"after {name}"] = crew.submit(run_order, Order(("print('fine')",), root))
    futures["leaves children"] = crew.submit(run_order, Order((LEAVES,), root, TIGHT))
    futures["a report's time"] = crew.submit(
        run_order, Order(("import time; time.sleep(0.7)",) * 4, root, Limits(60, 0, report_seconds=2))
    )
    return futures


@pytest.mark.parametrize("name", BAD)
def test_it_fails_alone_and_says_why(ran: dict[str, Future[Ran]], name: str) -> None:
    _, code, said = BAD[name]
    result = ran[name].result(PATIENCE)
    assert result.code == code, result.said
    assert said in result.said
    assert "code cell 3 “" in result.said
    assert "never" not in result.printed(4)
    good = ran[f"after {name}"].result(PATIENCE)
    assert (good.failure, good.printed(3)) == (None, "fine\n")


@pytest.mark.parametrize("name", ["prints", "prints one line", "displays", "child prints"])
def test_too_much_output_is_cut_with_a_note_and_not_held(ran: dict[str, Future[Ran]], name: str) -> None:
    result = ran[name].result(PATIENCE)
    assert result.printed(3).endswith("[输出过长，其余已截去 / the output is too long and was cut here]\n")
    assert len(result.written) < 25_000_000
    assert result.peak < ran["after raises"].result().peak + (200 << 20)


def test_two_hundred_thousand_lines_are_kept_whole(crew: WarmCrew, tmp_path: Path) -> None:
    """Demand 12."""
    result = crew.submit(run_order, Order(("for i in range(200_000): print('line', i)",), tmp_path)).result(PATIENCE)
    assert result.failure is None, result.said
    assert result.printed(3) == "".join(f"line {number}\n" for number in range(200_000))


def test_a_report_has_a_time_as_a_whole(ran: dict[str, Future[Ran]]) -> None:
    result = ran["a report's time"].result(PATIENCE)
    assert result.code == "notebook.timeout"
    assert "the whole report ran longer than 2 seconds, and was in code cell 5" in result.said


def test_what_a_notebook_starts_and_leaves_is_ended(ran: dict[str, Future[Ran]]) -> None:
    result = ran["leaves children"].result(PATIENCE)
    assert (result.failure, result.printed(3)) == (None, "left\n")
    assert wait_for(lambda: not running([SLEEP]), 5)


def test_no_state_passes_on(crew: WarmCrew, tmp_path: Path) -> None:
    """Demand 10."""
    change = "import os, builtins, matplotlib, random\nos.environ['GOVNB_X'] = '1'\nos.chdir('/')\nbuiltins.odd = 1\n"
    change += "matplotlib.rcParams['font.size'] = 99\n%store change\n%precision 2\nrandom.seed(1)"
    look = "import os, builtins, matplotlib\nos.environ.get('GOVNB_X'), hasattr(builtins, 'odd'), "
    look += "matplotlib.rcParams['font.size'], os.getcwd() != '/', 1 / 3"
    before, _, after = (
        crew.submit(run_order, Order((cell,), tmp_path)).result(PATIENCE) for cell in (look, change, look)
    )
    assert before.written == after.written
    assert "(None, False, 10.0, True, 0.3333333333333333)" in before.written


def test_what_was_printed_is_kept_to_the_last_letter(crew: WarmCrew, tmp_path: Path) -> None:
    """However the process ends, also in the middle of a line, and in the order in which both streams had it."""
    talk = "import os, sys, time\nfor i in range(300):\n    print('line', i)\n    print('error', i, file=sys.stderr)\n"
    talk += "os.write(1, b'raw\\n')\nprint('last', end=' ')\nprint('words', end='')\n"
    wanted = "".join(f"line {number}\nerror {number}\n" for number in range(300)) + "raw\nlast words"
    ends = {"os._exit(0)": 200, "os.kill(os.getpid(), 9)": 200, "import ctypes; ctypes.string_at(0)": 200, SLEEPS: 20}
    for end, seconds in ends.items():
        result = crew.submit(run_order, Order((talk + end,), tmp_path, Limits(seconds, 0))).result(PATIENCE)
        assert result.code == ("notebook.timeout" if end == SLEEPS else "notebook.kernel")
        assert result.printed(3) == wanted, end
        assert result.said.count("“last words”") == 1


def test_the_first_report_of_a_server_has_the_bytes_of_a_later_one(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is made before the server has drawn a chart or rendered a page, and loads by itself what it needs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    limits = Limits(PATIENCE, 0)
    tasks = [Task(source, "office", 2021, tmp_path / name, "annual_report", limits, FORMATS) for name in "ab"]
    with WarmCrew(1) as crew:
        made = [crew.submit(make_report, task) for task in tasks]
        assert [each.result(PATIENCE).state for each in made] == ["made", "made"]
    first, later = (digests(task.output) for task in tasks)
    assert len(first) == len(FORMATS) + 4
    assert first == later
