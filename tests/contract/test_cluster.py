"""Reports made by dask: real scheduler and worker processes on the loopback, each with folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from govnb.crew import Died
from govnb.crew.cluster import ClusterCrew, require_dask
from govnb.processes import descendants
from tests.running import ROOT, running, wait_for
from tests.workspaces import (
    FORMATS,
    PERSONAL,
    REPORT_CELLS,
    digests,
    plain_environment,
    run_govnb,
    states,
    write_ledgers,
    write_notebook,
    write_params,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers run on Linux")


@dataclass(frozen=True)
class Worker:
    """Its process, its folder for all that is temporary, and what it wrote to its log."""

    process: subprocess.Popen[bytes]
    folder: Path
    log: Path

    def unpacked(self) -> list[Path]:
        """Workspaces of the reports that are being made."""
        return list(self.folder.glob("govnb-*/call-*/workspace-*"))


@contextmanager
def started(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--no-dashboard"],
            env=plain_environment(**environment),
            cwd=log.parent,
            stdout=stream,
            stderr=stream,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


@contextmanager
def started_worker(folder: Path, scheduler: Path, **environment: str) -> Iterator[Worker]:
    temporary = folder / "t"
    temporary.mkdir(parents=True)
    environment = {"PYTHONPATH": str(ROOT), **environment, "TMPDIR": str(temporary), "HOME": str(folder / "home")}
    options = ["--scheduler-file", str(scheduler), "--no-nanny", "--nthreads", "1", "--local-directory", str(folder)]
    with started(["worker", *options], folder / "log", **environment) as process:
        assert wait_for(lambda: "Registered to" in (folder / "log").read_text(), 120), (folder / "log").read_text()
        yield Worker(process, temporary, folder / "log")
    assert not running([str(temporary)])
    assert list(temporary.iterdir()) == []
    assert not (folder / "home" / ".config" / "dask").exists()


@contextmanager
def started_scheduler(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Its process, and the file that tells where it listens. It has no govnb, and needs none."""
    (folder / "govnb.py").write_text("raise ImportError\n", encoding="utf-8")
    file = folder / "scheduler.json"
    options = ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
    with started(["scheduler", *options], folder / "log", PYTHONPATH=str(folder)) as process:
        assert wait_for(file.exists, 120)
        yield process, file


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with started_scheduler(tmp_path_factory.mktemp("scheduler")) as (_, file):
        yield file


def address_in(file: Path) -> str:
    return str(json.loads(file.read_text(encoding="utf-8"))["address"])


@pytest.fixture(scope="module")
def address(scheduler: Path) -> str:
    return address_in(scheduler)


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory, scheduler: Path) -> Iterator[Worker]:
    with started_worker(tmp_path_factory.mktemp("worker"), scheduler) as worker:
        yield worker


def test_a_cluster_gives_the_same_bytes_as_one_machine(
    source: Path, made: Path, address: str, worker: Worker, tmp_path: Path
) -> None:
    """All formats of a report from ledgers, of one from declared tables, and of the sum of both."""
    root = Path(shutil.copytree(source, tmp_path / "workspace"))
    arguments = ("run", "--format", ",".join(FORMATS), "--json", "--scheduler", address)
    done = run_govnb(*arguments, cwd=root)
    assert done.returncode == 0, done.stderr
    assert states(done) == dict.fromkeys(("office", "bureau", "total"), "made")
    assert digests(root) == digests(made)
    assert PERSONAL not in worker.log.read_text()
    assert not running([str(worker.folder)])  # the run's processes there ended with it
    again = run_govnb(*arguments, cwd=root)
    assert set(states(again).values()) == {"skipped"}
    # What was made before goes along: rendering alone is repeated, and nothing else is written anew.
    page = root / "output" / "office" / "2021" / "annual_report.html"
    page.unlink()
    mended = run_govnb(*arguments, cwd=root)
    assert "annual_report.html rendered from the notebook as it was run before" in mended.stderr
    assert digests(root) == digests(made)


def slow_workspace(root: Path, reports: int, seconds: float, name: str = "a") -> Path:
    """``reports`` agencies whose notebook takes ``seconds``."""
    for number in range(reports):
        write_params(root, f"{name}{number}", "notebook: slow\n")
        write_ledgers(root, f"{name}{number}")
    write_notebook(root, "slow", f"import time; time.sleep({seconds})", *REPORT_CELLS)
    return root


@contextmanager
def begun(root: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "govnb", "run", *arguments, "--retries", "0"],
        cwd=root,
        env=plain_environment(PYTHONPATH=str(ROOT), **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def test_a_lost_worker_has_its_reports_made_elsewhere(
    tmp_path: Path, scheduler: Path, address: str, worker: Worker
) -> None:
    """And a report that fails, or whose process dies, fails alone, as on one machine."""
    root = slow_workspace(tmp_path / "workspace", 4, 1.0)
    write_params(root, "failing", "notebook: failing\n")
    write_notebook(root, "failing", "1 / 0")
    write_params(root, "dying", "notebook: dying\n")
    write_notebook(root, "dying", "import os; os.kill(os.getppid(), 9)")
    with ExitStack() as stack:
        other = stack.enter_context(started_worker(tmp_path / "other", scheduler))
        run = stack.enter_context(begun(root, "--json", "--scheduler", address))
        assert wait_for(other.unpacked, 60)
        other.process.kill()
        out, errors = run.communicate(timeout=120)
    assert "Traceback" not in errors
    told = {report["agency"]: report["state"] for report in json.loads(out)["reports"]}
    assert told == {**dict.fromkeys(("a0", "a1", "a2", "a3"), "made"), "failing": "failed", "dying": "failed"}
    assert run.returncode == 1
    assert "ZeroDivisionError" in errors
    assert (root / "output" / "failing" / "2021" / "failed" / "notebook.ipynb").is_file()
    assert worker.unpacked() == []


def test_a_lost_scheduler_is_told_at_once_and_hangs_nothing(tmp_path: Path) -> None:
    """More reports than are on their way at a time: those that were sent, and those that were not."""
    root = slow_workspace(tmp_path / "workspace", 10, 30.0)
    with ExitStack() as stack:
        process, file = stack.enter_context(started_scheduler(tmp_path))
        worker = stack.enter_context(started_worker(tmp_path / "worker", file))
        run = stack.enter_context(begun(root, "--json", "--scheduler", address_in(file)))
        assert wait_for(worker.unpacked, 60)
        process.kill()
        out, errors = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "Traceback" not in errors
    reports = json.loads(out)["reports"]
    assert [report["state"] for report in reports] == ["failed"] * 10
    assert all("the connection to the scheduler was lost" in report["reason"] for report in reports)


def test_calls_end_with_the_one_who_asked_and_the_worker_lives_on(address: str, worker: Worker) -> None:
    """Stopped, or killed where nothing can be said any more."""
    require_dask()
    mark = "86391.25"
    hang = f"__import__('subprocess').run(['setsid', '-w', 'sleep', '{mark}'])"
    with ClusterCrew(address) as crew:
        assert [crew.submit(len, "x" * size).result() for size in (0, 300_000)] == [0, 300_000]
        with pytest.raises(ZeroDivisionError):
            crew.submit(eval, "1 / 0").result()
        with pytest.raises(Died) as died:
            crew.submit(eval, "__import__('os').kill(__import__('os').getpid(), 9)").result()
        assert died.value.signal == signal.SIGKILL
        futures = [crew.submit(eval, hang) for _ in range(20)]
        assert wait_for(lambda: running([mark]), 60)
        crew.stop()
        assert all(future.done() for future in futures)
        with pytest.raises(RuntimeError):
            crew.submit(len, "x")
    assert wait_for(lambda: not running([mark]) and not list(worker.folder.iterdir()), 10)
    asking = "import sys; from govnb.crew.cluster import *; ClusterCrew(sys.argv[1]).submit(eval, sys.argv[2]).result()"
    client = subprocess.Popen([sys.executable, "-c", asking, address, hang], cwd=ROOT)
    assert wait_for(lambda: any(line.startswith("sleep") for line in running([mark])), 60)
    client.kill()
    client.wait()
    assert wait_for(lambda: not running([mark]) and not list(worker.folder.iterdir()), 15)
    assert worker.process.poll() is None


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_local_cluster_gives_the_same_bytes_lets_nobody_in_and_leaves_nothing(
    source: Path, made: Path, address: str, tmp_path: Path, end: signal.Signals
) -> None:
    """However the run ends: no process, no socket, no file, no settings; what was made by then is whole."""
    root, folder, home = Path(shutil.copytree(source, tmp_path / "workspace")), tmp_path / "t", tmp_path / "home"
    slow_workspace(root, 1, 60.0, "slow")
    folder.mkdir()
    arguments = ("-a", "office", "-a", "slow0", "--format", ",".join(FORMATS), "--local-cluster", "1")
    with begun(root, *arguments, TMPDIR=str(folder), HOME=str(home)) as run:
        office = root / "output" / "office" / "2021"
        assert wait_for((office / "manifest.json").exists, 180)
        assert wait_for(lambda: list(folder.rglob("workspace-*")), 60)
        below = descendants(run.pid)
        assert len(below) >= 4  # the cluster, its worker, the worker's server, a report
        heard = listening(below)
        assert {host for host, _ in heard} == {"127.0.0.1"}
        assert not any(speaks_plainly(port) for _, port in heard)
        run.send_signal(end)
        _, errors = run.communicate(timeout=30)
    assert "Traceback" not in errors
    assert digests(office) == digests(made / "output" / "office" / "2021")
    assert wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), 15)
    assert wait_for(lambda: not list(folder.iterdir()), 5)
    assert not running([str(folder)])
    assert not (home / ".config" / "dask").exists()
    assert speaks_plainly(int(address.rpartition(":")[2]))  # as a scheduler does that was not told otherwise


def speaks_plainly(port: int) -> bool:
    """Whether a client without the certificate is let in."""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as plain:
            return bool(plain.recv(1))  # dask greets first, where nothing is encrypted
    except (ConnectionError, TimeoutError):
        return False


def listening(pids: set[int]) -> set[tuple[str, int]]:
    """(host, port) of every TCP socket on which one of ``pids`` listens."""
    import psutil

    found = set()
    for pid in pids:
        try:
            for connection in psutil.Process(pid).net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add((connection.laddr.ip, connection.laddr.port))
        except psutil.NoSuchProcess:
            continue
    return found


def test_a_worker_of_another_program_is_refused(
    tmp_path: Path, empty: Path, scheduler: Path, address: str, worker: Worker
) -> None:
    """Even where the version is the same: its outputs might not be."""
    shutil.copytree(ROOT / "govnb", tmp_path / "other" / "govnb", ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "other" / "govnb" / "errors.py").open("a", encoding="utf-8") as stream:
        stream.write("\n# patched\n")
    write_notebook(empty, "annual_report")
    with started_worker(tmp_path / "worker", scheduler, PYTHONPATH=str(tmp_path / "other")):
        done = run_govnb("run", "--scheduler", address, cwd=empty)
    assert done.returncode == 2
    assert "has other versions: govnb code" in done.stderr
    assert done.stderr.count("127.0.0.1:") == 1
    assert not (empty / "output" / "office" / "2021" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "no dask scheduler answers at tcp://127.0.0.1:1"),
        (["--scheduler", "127.0.0.1:8786"], "is not the address of a scheduler"),
        (["--scheduler", "tcp://127.0.0.1:1", "--local-cluster", "2"], "can't be used together"),
    ],
)
def test_what_can_not_be_reached_is_told_at_once(empty: Path, arguments: list[str], said: str) -> None:
    write_notebook(empty, "annual_report")
    begun_at = time.monotonic()
    done = run_govnb("run", *arguments, cwd=empty)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert time.monotonic() - begun_at < 15


SERVER = """
import http.server
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_somebody_else_who_listens_there_is_no_scheduler(empty: Path) -> None:
    write_notebook(empty, "annual_report")
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=empty, text=True
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        done = run_govnb("run", "--scheduler", f"tcp://127.0.0.1:{port}", cwd=empty)
        process.kill()
    assert done.returncode == 2
    assert done.stderr.startswith("no dask scheduler answers")


def test_without_the_extra_the_command_says_how_to_install_it(empty: Path, tmp_path: Path) -> None:
    write_notebook(empty, "annual_report")
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "distributed.py").write_text("raise ImportError\n", encoding="utf-8")
    environment = {"PYTHONPATH": os.pathsep.join([str(blocked), str(ROOT)])}
    for arguments in (["--scheduler", "tcp://127.0.0.1:1"], ["--local-cluster", "2"]):
        done = run_govnb("run", *arguments, cwd=empty, environment=environment)
        assert done.returncode == 2
        assert 'pip install "govnb[cluster]"' in done.stderr
