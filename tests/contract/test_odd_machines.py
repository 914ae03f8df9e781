"""Runs on machines that lack something: streams, files, a home, somebody who listens to the end.

Each makes its report, with the bytes that any machine makes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.provinces import marked
from tests.workspaces import (
    REPORT_CELLS,
    Done,
    digests,
    plain_environment,
    run_govnb,
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
def wanted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What an ordinary machine makes."""
    root = write_workspace(tmp_path_factory.mktemp("ordinary") / "workspace")
    done = run_govnb(*RUN[3:], cwd=root)
    assert done.returncode == 0, done.stderr
    return digests(root / "output")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_workspace(tmp_path / "workspace")


def by_shell(script: str, root: Path, **environment: str) -> Done:
    """``script`` by sh in the workspace, ``$RUN`` being the command."""
    done = subprocess.run(
        ["sh", "-c", script.replace("$RUN", " ".join(f"'{part}'" for part in RUN))],
        cwd=root,
        env=plain_environment(**environment),
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
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
