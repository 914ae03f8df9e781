"""Runs on machines that lack something: streams, files, a home, a name, room, a clock that only goes forward.

Each makes its report, with the bytes that any machine makes, or says in a line what the machine lacks and leaves what
was there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.provinces import marked
from tests.workspaces import (
    REPORT_CELLS,
    Done,
    digests,
    plain_environment,
    run_govnb,
    states,
    write_ledgers,
    write_notebook,
    write_params,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a machine lacks is taken from it in Linux' way")

RUN = [sys.executable, "-m", "govnb", "run", "--format", "html", "--json"]


def write_workspace(root: Path) -> Path:
    for agency in ("bureau", "office"):
        write_params(root, agency)
        write_ledgers(root, agency)
    write_notebook(root, "annual_report", *REPORT_CELLS, "govnb.draw_by_month(paper)")
    return root


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs that an ordinary machine makes."""
    root = write_workspace(tmp_path_factory.mktemp("ordinary") / "workspace")
    done = run_govnb(*RUN[3:], cwd=root)
    assert done.returncode == 0, done.stderr
    return root / "output"


@pytest.fixture
def wanted(ordinary: Path) -> dict[str, str]:
    return digests(ordinary)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "workspace")


def by_shell(script: str, root: Path, **environment: str) -> Done:
    """``script`` by sh in the workspace, ``$RUN`` being the command."""
    done = subprocess.run(
        ["sh", "-c", script.replace("$RUN", " ".join(f"'{part}'" for part in RUN))],
        cwd=root,
        env=plain_environment(MADE=" ".join(RUN), **environment),
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def in_own_mounts(program: Callable[..., str], script: str, root: Path) -> Done:
    """``script`` where it may mount what nobody else sees."""
    unshare = program("unshare", package="util-linux")
    rights = ["--user", "--map-root-user"] if os.geteuid() else []
    done = by_shell(f"{' '.join([unshare, *rights])} --mount sh -c '{script}'".replace("$RUN", "$MADE"), root)
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("the machine lets nobody mount")
    return done


# -- what does not matter ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "environment"),
    [
        ("exec <&-; $RUN", {}),
        ("ulimit -n 64; $RUN", {}),
        ("unset HOME; $RUN", {}),
        ("HOME=/nowhere/at/all $RUN", {}),
        ("umask 0777; umask 0077; $RUN -j 1", {}),
    ],
    ids=["no stdin", "few files", "no HOME", "HOME not there", "umask"],
)  # fmt: skip
def test_the_same_bytes_all_the_same(
    script: str, environment: dict[str, str], root: Path, wanted: dict[str, str]
) -> None:
    done = by_shell(script, root, **environment)
    assert done.returncode == 0, done.stderr
    assert digests(root / "output") == wanted


def test_a_user_without_a_name(root: Path, wanted: dict[str, str], program: Callable[..., str]) -> None:
    """As in a container that runs under any number: no passwd entry, no home, no name."""
    if os.geteuid() != 0:
        pytest.skip("only root may become somebody else")
    setpriv = program("setpriv", package="util-linux")
    temporary = root.parent / "t"
    temporary.mkdir()
    for path in (temporary, root, *root.rglob("*")):
        os.chown(path, 12345, 12345)
    # The folders of the tests and of Python may be closed to others: it may read all, and write only what is its own.
    rights = "--inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search"
    script = f"unset HOME USER LOGNAME; {setpriv} --reuid 12345 --regid 12345 --clear-groups {rights} $RUN"
    done = by_shell(script, root, TMPDIR=str(temporary))
    assert done.returncode == 0, done.stderr
    assert digests(root / "output") == wanted
    assert {path.stat().st_uid for path in root.joinpath("output").rglob("*")} == {12345}
    assert [*marked(temporary), *temporary.iterdir()] == []


BACK = """
import time
_now = [time.time()]
def back():
    _now[0] -= 3600
    return _now[0]
time.time = back
time.time_ns = lambda: int(back() * 1e9)
"""


def test_a_clock_that_jumps_back(root: Path, wanted: dict[str, str]) -> None:
    """Limits, costs and what is left of the time are not the wall clock's, and no output holds its time."""
    ahead = root.parent / "ahead"
    ahead.mkdir()
    ahead.joinpath("sitecustomize.py").write_text(BACK, encoding="utf-8")  # each look is an hour before the last
    path = os.pathsep.join([str(ahead), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = by_shell("$RUN --timeout 200 --report-timeout 220", root, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr
    assert digests(root / "output") == wanted
    assert all(0 <= report["duration"] < 200 for report in json.loads(done.stdout)["reports"])
    write_notebook(root, "annual_report", "import time\nwhile True: time.sleep(0.1)")
    done = by_shell("$RUN --timeout 3", root, PYTHONPATH=path)
    assert done.returncode == 1
    assert done.stderr.count("ran longer than 3 seconds") >= 2


# -- who listens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    ["$RUN | head -c 1", "$RUN 2>&1 | head -1", "exec >&-; $RUN", "exec 2>&-; $RUN", "exec >&- 2>&-; $RUN"],
    ids=["stdout piped to head", "both piped to head", "stdout closed", "stderr closed", "both closed"],
)
def test_whoever_stops_listening_the_reports_are_made(script: str, root: Path, wanted: dict[str, str]) -> None:
    temporary = root.parent / "t"
    temporary.mkdir()
    done = by_shell(script, root, TMPDIR=str(temporary))
    assert "Exception" not in done.stderr
    assert digests(root / "output") == wanted
    assert [*marked(temporary), *temporary.iterdir()] == []


@pytest.mark.parametrize("script", ["$RUN", "$RUN 2>&1"], ids=["stdout", "both"])
def test_the_exit_code_is_the_runs_whoever_stops_listening(script: str, root: Path) -> None:
    write_notebook(root, "annual_report", "raise ValueError")
    by_shell(f"{{ {script}; echo $? >../code; }} | head -c 1", root)
    assert root.parent.joinpath("code").read_text().strip() == "1"
    assert len(list(root.glob("output/*/2021/failed/reason.txt"))) == 2


@pytest.mark.parametrize(("stream", "unbuffered", "text"), [("stderr", "", "said\n"), ("stdout", "1", "said")])
def test_what_was_said_is_out_also_where_the_end_is_sudden(stream: str, unbuffered: str, text: str) -> None:
    """Streams that mind no broken pipe hold back no more than Python's own."""
    mended = "import os, sys; from govnb import cli; cli._mind_no_broken_pipe()"
    code = f"{mended}; getattr(sys, sys.argv[1]).write(sys.argv[2]); os._exit(0)"
    environment = plain_environment(PYTHONUNBUFFERED=unbuffered)
    done = subprocess.run([sys.executable, "-c", code, stream, text], env=environment, capture_output=True, text=True)
    assert getattr(done, stream) == text


# -- no room -----------------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_in_the_middle(root: Path, ordinary: Path, program: Callable[..., str]) -> None:
    """Room for one report and a half: one is made whole, the other keeps what was there, and says why."""
    pages = sum(path.stat().st_size // 4096 + 1 for path in ordinary.joinpath("office/2021").iterdir())
    names = [f"{agency}/2021" for agency in ("bureau", "office")]
    script = (
        f"mount -t tmpfs -o size={pages * 6 + 40}k none output && "  # a page of 4 KiB is what each file ends with
        + " && ".join(f"mkdir -p output/{name} && echo old > output/{name}/report.json" for name in names)
        + "; $RUN -j 1; code=$?; cp -r output/. after; exit $code"
    )
    for name in ("output", "after"):
        root.joinpath(name).mkdir()
    done = in_own_mounts(program, script, root)
    assert done.returncode == 1, done.stderr
    assert "can't be written: the disk is full" in done.stderr
    assert "What was there is unchanged" in done.stderr
    assert sorted(states(done).values()) == ["failed", "made"]
    whole = {"annual_report.html", "annual_report.ipynb", "manifest.json", "report.json", "review.html"}
    for agency, state in states(done).items():
        kept = digests(root / "after" / agency / "2021")
        assert {name for name in kept if not name.startswith("failed/")} == (
            whole if state == "made" else {"report.json"}
        )
        content = root.joinpath("after", agency, "2021", "report.json").read_text(encoding="utf-8")
        assert (content == "old\n") == (state == "failed")


@pytest.mark.parametrize("room", ["4k", "64k"])
def test_no_room_for_temporary_files(room: str, root: Path, program: Callable[..., str]) -> None:
    """Told in a line, or made without; never hung, and never a report that is half right."""
    script = f"mkdir ../t && mount -t tmpfs -o size={room} none ../t && TMPDIR=$PWD/../t $RUN"
    done = in_own_mounts(program, script, root)
    assert done.returncode in (0, 1, 2), done.stderr
    if done.returncode:
        assert "can't be written" in done.stderr or "the disk is full" in done.stderr
