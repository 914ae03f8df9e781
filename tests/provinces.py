"""Workspaces of many small reports, and what a run of one left behind.

Two hundred agencies, each with numbers of its own; in a tortured province every fifth has a notebook that misbehaves.
``tally/`` of the workspace holds a byte for each time that an agency's notebook was begun.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from filelock import FileLock

from tests.workspaces import (
    APPLICATION_HEADS,
    DOCUMENT_HEADS,
    REPORT_CELLS,
    digests,
    plain_environment,
    write_csv,
    write_notebook,
    write_params,
)

if TYPE_CHECKING:
    import pytest

TALLY = "import pathlib\ndone = pathlib.Path('tally', agency).open('a').write('.')"
CHARTS = ("govnb.draw_by_month(paper)", "govnb.draw_outcomes(paper, catalogue)")
AGENCIES = tuple(f"n{number:03}" for number in range(200))
CHARTED = AGENCIES[::21]  # no two with as many applications


def received(agency: str) -> int:
    """How many applications an agency has; with ``issued`` no two are alike."""
    return 1 + int(agency[1:]) % 20


def issued(agency: str) -> int:
    return 1 + int(agency[1:]) // 20


def write_good(root: Path, agency: str) -> None:
    write_params(root, agency, "notebook: charted\n" if agency in CHARTED else "{}\n")
    applications = [
        [f"A-{number}", f"2021-{month:02}-03", "网络", "自然人", "", f"2021-{month:02}-08", "（一）予以公开"]
        for number, month in ((number, number % 12 + 1) for number in range(received(agency)))
    ]
    documents = [
        [f"〔2021〕{number}号", "规定", "行政规范性文件", "2021-03-01", "", "主动公开", "2021-03-05"]
        for number in range(issued(agency))
    ]
    write_csv(root / "data" / agency / "applications.csv", APPLICATION_HEADS, applications)
    write_csv(root / "data" / agency / "documents.csv", DOCUMENT_HEADS, documents)


def write_bad(root: Path, agency: str, name: str, *cells: str) -> None:
    write_params(root, agency, f"notebook: {name}\n")
    write_csv(root / "data" / agency / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    write_notebook(root, name, TALLY, *cells)


def write_province(root: Path, bad: Mapping[str, tuple[str, tuple[str, ...]]]) -> Path:
    """All AGENCIES; those in ``bad`` (agency → name and cells of its notebook) misbehave."""
    root.joinpath("tally").mkdir(parents=True)
    write_notebook(root, "annual_report", TALLY, *REPORT_CELLS)
    write_notebook(root, "charted", TALLY, *REPORT_CELLS[:-1], *CHARTS, REPORT_CELLS[-1])
    for agency in AGENCIES:
        if agency in bad:
            name, cells = bad[agency]
            write_bad(root, agency, name, *cells)
        else:
            write_good(root, agency)
    return root


def begun(root: Path, agency: str) -> int:
    """How often the agency's notebook was begun."""
    path = root / "tally" / agency
    return path.stat().st_size if path.exists() else 0


def start_govnb(
    *arguments: str, cwd: Path, output: IO[str] | int = subprocess.PIPE, **environment: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "govnb", *arguments],
        cwd=cwd,
        env=plain_environment(**environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def marked(folder: Path) -> list[str]:
    """Command lines of living processes whose TMPDIR is ``folder`` or below it."""
    mark, found = b"\0TMPDIR=" + os.fsencode(folder), []
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                if mark in b"\0" + (path / "environ").read_bytes():
                    found.append((path / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return found


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Any]) -> tuple[Path, Any]:
    """The folder that ``build`` filled and what it returned (JSON), made by the first test process that asks."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, told = shared / name, shared / f"{name}.json"
    with FileLock(shared / f"{name}.lock"):
        if not told.exists():
            folder.mkdir()
            told.write_text(json.dumps(build(folder)), encoding="utf-8")
        return folder, json.loads(told.read_text(encoding="utf-8"))


def sources(root: Path) -> dict[str, tuple[str, int]]:
    """Every file that a run may only read → sha256 and time of change."""
    found = {name: sha for name, sha in digests(root).items() if name.split("/")[0] in ("params", "data", "notebooks")}
    return {name: (sha, root.joinpath(name).stat().st_mtime_ns) for name, sha in found.items()}


def calm_province(factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The folder of a province's ``workspace`` after ``govnb run -j 16``, and how that went. Don't change it."""
    return once(factory, "province", _run_calmly)


def _run_calmly(folder: Path) -> dict[str, Any]:
    root, temporary = write_province(folder / "workspace", {}), folder / "t"
    temporary.mkdir()
    before = sources(root)
    lines, memory = [], []
    with folder.joinpath("stdout").open("w") as output:
        arguments = ("run", "-j", "16", "--format", "html,pdf", "--json")
        with start_govnb(*arguments, cwd=root, output=output, TMPDIR=str(temporary)) as process:
            assert process.stderr is not None
            for line in process.stderr:
                lines.append(line)
                if line.startswith("made "):
                    memory.append(resident(process.pid))
    return {
        "returncode": process.returncode,
        "reports": json.loads(folder.joinpath("stdout").read_text(encoding="utf-8"))["reports"],
        "stderr": "".join(lines),
        "memory": memory,
        "left": [*marked(temporary), *map(str, temporary.iterdir())],
        "untouched": sources(root) == before,
    }
