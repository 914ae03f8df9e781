"""Bad input: a clear message, the right exit code, nothing outside the workspace read, old outputs as they were."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.workspaces import (
    APPLICATION_HEADS,
    REPORT_CELLS,
    Done,
    digests,
    plain_environment,
    run_govnb,
    states,
    write_csv,
    write_ledgers,
    write_notebook,
    write_params,
)

# What Excel writes with a password: an OLE file that holds the encrypted package.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2048


def check(root: Path, *arguments: str) -> Done:
    return run_govnb("check", *arguments, cwd=root)


def ledger(root: Path, name: str = "applications.csv") -> Path:
    path = root / "data" / "office" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def test_an_empty_folder(tmp_path: Path) -> None:
    tmp_path.joinpath("params").mkdir()
    for command in ("run", "check", "verify"):
        done = run_govnb(command, cwd=tmp_path)
        assert done.returncode == 2
        assert "govnb init" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["params"]


def test_no_ledgers(empty: Path) -> None:
    done = check(empty)
    assert done.returncode == 1
    assert "data/office" in done.stdout
    assert "applications.csv" in done.stdout
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    ran = run_govnb("run", cwd=empty)
    assert ran.returncode == 1
    assert "data/office" in ran.stderr


def test_a_ledger_of_one_header_line_is_a_year_without_applications(empty: Path) -> None:
    write_csv(ledger(empty), APPLICATION_HEADS, [])
    done = check(empty, "--json")
    assert done.returncode == 0, done.stdout
    [report] = json.loads(done.stdout)["reports"]
    assert report["tables"]["applications"]["new"]["total"] == 0
    traced = run_govnb("trace", "office", "2021", "applications.new.total", "--csv", cwd=empty)
    assert traced.returncode == 0
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    assert run_govnb("run", "--format", "html", cwd=empty).returncode == 0


def test_a_misspelt_ledger_is_told_and_never_opened(empty: Path) -> None:
    write_csv(ledger(empty, "fees.csv"), ["收费项目", "期末日期", "收费金额（元）"], [])
    big = ledger(empty, "aplications.csv")
    with big.open("wb") as handle:
        handle.truncate(1 << 30)
    os.utime(big, ns=(1, 1))
    started = time.monotonic()
    done = check(empty)
    assert time.monotonic() - started < 30
    assert "data/office/aplications.csv" in done.stderr
    assert "applications.csv" in done.stderr.replace("aplications.csv", "")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    ran = run_govnb("run", "--format", "ipynb", cwd=empty)
    assert "data/office/aplications.csv" in ran.stderr
    assert big.stat().st_atime_ns == 1, "it was read"


def outside_file(root: Path, text: str) -> Path:
    path = root.parent / "outside" / "secret.csv"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return path


def test_a_ledger_that_is_a_link_out_of_the_workspace(empty: Path) -> None:
    target = outside_file(empty, "申请编号,收到日期,申请人类型\nTOPSECRET,2021-01-01,自然人\n")
    ledger(empty).symlink_to(target)
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    for done in (check(empty), run_govnb("run", cwd=empty)):
        assert done.returncode == 1
        said = done.stdout + done.stderr
        assert "data/office/applications.csv" in said
        assert "TOPSECRET" not in said
        assert str(target) not in said
    written = [path.read_text(encoding="utf-8") for path in empty.joinpath("output").rglob("*") if path.is_file()]
    assert not any("TOPSECRET" in text for text in written)


def test_a_folder_that_is_a_link_out_of_the_workspace(empty: Path) -> None:
    target = outside_file(empty, "申请编号,收到日期,申请人类型\nTOPSECRET,2021-01-01,自然人\n")
    target.rename(target.with_name("applications.csv"))
    empty.joinpath("data").mkdir()
    empty.joinpath("data/office").symlink_to(target.parent)
    done = check(empty)
    assert done.returncode in (1, 2)
    assert "TOPSECRET" not in done.stdout + done.stderr


def test_params_that_are_links_out_of_the_workspace(empty: Path) -> None:
    target = outside_file(empty, "name: TOPSECRET\n")
    agency = empty / "params" / "office" / "agency.yaml"
    agency.unlink()
    agency.symlink_to(target)
    done = run_govnb("run", cwd=empty)
    assert done.returncode == 2
    assert "params/office/agency.yaml" in done.stderr
    assert "TOPSECRET" not in done.stderr


@pytest.mark.parametrize("file", ["../../../outside/secret.csv", "/etc/passwd", "x/../../../../etc/passwd"])
def test_a_source_outside_of_the_workspace(empty: Path, file: str) -> None:
    outside_file(empty, "文号\nTOPSECRET\n")
    write_params(empty, "office", f"sources:\n  documents: {file}\n")
    done = check(empty)
    assert done.returncode in (1, 2)
    assert "TOPSECRET" not in done.stdout + done.stderr
    assert "root:" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("applications.csv", bytes(range(256)) * 40, ""),
        ("applications.csv", b"\x89PNG\r\n\x1a\n" + os.urandom(3000), ""),
        ("applications.xlsx", OLE, "password"),
        ("applications.xlsx", b"PK\x03\x04" + b"\0" * 200, ""),
        ("applications.parquet", b"PAR1" + b"\0" * 200, ""),
        ("ledgers.xlsx", b"not a workbook", ""),
        ("declared-2021.json", b'{"tables": {', ""),
        ("declared-2021.json", b"[1, 2", ""),
        ("declared-2021.yaml", b"tables: [\n", ""),
        ("declared-2021.xlsx", OLE, "password"),
    ],
)
def test_files_that_are_not_what_their_name_says(empty: Path, name: str, content: bytes, said: str) -> None:
    ledger(empty, name).write_bytes(content)
    done = check(empty)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"data/office/{name}" in done.stdout
    assert said in done.stdout


def test_formulas_without_values(empty: Path) -> None:
    """A workbook that a program wrote has formulas without results; guessing them blank would miscount."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(APPLICATION_HEADS)
    sheet.append(["A-1", '="2021-"&"03-01"', "网络", "自然人", "x", None, None])
    book.save(ledger(empty, "applications.xlsx"))
    done = check(empty)
    assert done.returncode == 1
    assert "data/office/applications.xlsx" in done.stdout
    assert "row 2" in done.stdout


def test_every_fault_of_a_ledger_is_told_at_once_with_row_and_column(empty: Path) -> None:
    rows = [
        ["A-1", "2021-02-30", "网络", "自然人", "", "", ""],
        ["A-2", "2021-03-01", "网络", "自然仁", "", "", ""],
        ["A-3", "2021-03-01", "网络", "自然人", "", "2021-03-02", "（一）予以公开吧"],
    ]
    write_csv(ledger(empty), APPLICATION_HEADS, rows)
    done = check(empty)
    assert done.returncode == 1
    for text in ("row 2", "收到日期", "2021-02-30", "row 3", "自然仁", "“自然人”", "row 4"):
        assert text in done.stdout, text


def test_a_database_that_is_down_is_told_within_seconds(empty: Path) -> None:
    source = "sources:\n  documents: {url: 'postgresql+psycopg://u:${DB_PW}@127.0.0.1:1/d', query: select 1}\n"
    write_params(empty, "office", source)
    started = time.monotonic()
    done = run_govnb("check", cwd=empty, environment={"DB_PW": "very-secret-word"})
    assert time.monotonic() - started < 30
    assert done.returncode == 1
    assert "127.0.0.1" in done.stdout
    assert "very-secret-word" not in done.stdout + done.stderr
    unset = check(empty)
    assert unset.returncode == 1
    assert "DB_PW" in unset.stdout


def test_wrong_params_are_told_all_at_once(empty: Path) -> None:
    write_params(empty, "bureau", "publised_date: 2022-02-30\nedition: 2020\n", more="levle: city\n")
    for command in ("run", "check"):
        done = run_govnb(command, cwd=empty)
        assert done.returncode == 2
        for text in ("params/bureau/2021.yaml", "line 1", "published_date", "params/bureau/agency.yaml", "“level”"):
            assert text in done.stderr, text


# -- a disk that is full, and being stopped ----------------------------------------------------------------------------


@pytest.fixture
def ran(empty: Path) -> Path:
    """A workspace with outputs of an earlier run."""
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    folder = empty / "output" / "office" / "2021"
    folder.mkdir(parents=True)
    for name in ("annual_report.html", "annual_report.ipynb", "report.json", "manifest.json"):
        folder.joinpath(name).write_text(f"{name} of an earlier run", encoding="utf-8")
    return empty


def test_a_full_disk_leaves_what_was_there(ran: Path) -> None:
    """RLIMIT_FSIZE stands for it: a write fails in the middle of a file."""
    before = digests(ran / "output")

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))

    command = [sys.executable, "-m", "govnb", "run", "--format", "html", "--json"]
    done = subprocess.run(
        command,
        cwd=ran,
        env=plain_environment(PYTHONDONTWRITEBYTECODE="1"),
        preexec_fn=narrow,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 1, done.stderr
    assert states(done) == {"office": "failed"}
    assert "larger than the system allows" in done.stderr
    after = digests(ran / "output")
    assert {name: sha for name, sha in after.items() if "/failed/" not in name} == before


def test_a_disk_without_a_byte_left(ran: Path, program: Callable[..., str]) -> None:
    unshare = program("unshare", package="util-linux")
    old = digests(ran / "output")
    script = (
        "mkdir kept && cp -r output/. kept && mount -t tmpfs -o size=1m tmpfs output && cp -r kept/. output && "
        f"(cat /dev/zero > output/fill 2>/dev/null; true) && '{sys.executable}' -m govnb run --format html; code=$?; "
        "rm output/fill; cp -r output/. after; exit $code"
    )
    ran.joinpath("after").mkdir()
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=ran,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("the machine lets nobody mount")
    assert "Traceback" not in done.stderr
    assert done.returncode in (1, 2), done.stderr
    assert "the disk is full" in done.stderr
    assert digests(ran / "after") == old


def descendants(pid: int) -> set[int]:
    """Processes below ``pid``, and whatever runs one of our kernels."""
    lines = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    below, found = {pid}, set()
    rows = [line.split(None, 2) for line in lines.splitlines()]
    for _ in range(6):
        for number, parent, *_rest in rows:
            if int(parent) in below and int(number) not in below:
                below.add(int(number))
                found.add(int(number))
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and "Z" not in _state(pid)}


def gone(pids: set[int]) -> bool:
    """Whether all end at once; multiprocessing's own tracker of semaphores goes a moment after its parent."""
    deadline = time.monotonic() + 3
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(pids)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -signal.SIGKILL)],
    ids=["Ctrl-C twice", "SIGTERM", "SIGHUP", "SIGKILL"],
)
def test_being_stopped_leaves_no_process_and_no_half_output(ran: Path, number: signal.Signals, code: int) -> None:
    before = digests(ran / "output")
    started, temporary = ran / "started", ran.parent / "tmp"
    temporary.mkdir()
    busy = f"import subprocess, pathlib\nsubprocess.Popen(['sleep', '300'])\npathlib.Path({str(started)!r}).touch()\n"
    write_notebook(ran, "annual_report", busy + "while True: pass")
    command = [sys.executable, "-m", "govnb", "run", "--json"]
    environment = plain_environment(TMPDIR=str(temporary))
    process = subprocess.Popen(
        command,
        cwd=ran,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # tests started with nohup would hand the ignored signal on, and govnb leaves an ignored one ignored
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    family: set[int] = set()
    try:
        while not started.exists():
            assert process.poll() is None
            time.sleep(0.05)
        family = descendants(process.pid)
        assert len(family) >= 3  # a worker, its kernel, and what the notebook started
        os.kill(process.pid, number)
        if number == signal.SIGINT:  # once would wait for what runs
            time.sleep(1)
            os.kill(process.pid, number)
        output, said = process.communicate(timeout=30)
        assert process.returncode == code, said
        if number == signal.SIGKILL:  # nobody tidies up; the system ends worker and kernel all the same
            assert gone({pid for pid in family if "sleep" not in _command(pid)})
        else:
            assert b"unchanged" in said
            assert b"Traceback" not in said
            assert output == b""
            assert list(temporary.iterdir()) == []
            assert gone(family)
        assert digests(ran / "output") == before
    finally:
        for pid in alive({process.pid, *family}):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
