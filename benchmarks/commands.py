"""Commands as processes of their own: wall and processor time of each with all its descendants, and its memory.

Memory is PSS: what a process has to itself, and its share of what it has in common with others; the sum over all
processes is what the machine must have. It is looked at while the command runs, once in a while, since each look costs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
GOVNB = (sys.executable, "-P", "-m", "govnb")
_LAST = 2000  # characters of what a failed command said
_SHORTEST = 0.1  # seconds between two looks at a command that runs


class CommandError(Exception):
    """A command failed or took too long; the message has the last of what it said."""


@dataclass(frozen=True)
class Used:
    """Seconds of one command, ``cpu`` with all its descendants that were waited for; ``stdout`` is what it printed."""

    wall: float
    cpu: float
    stdout: str = ""


def environment() -> dict[str, str]:
    """That of this process, with this checkout's code and the commands beside this Python first."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if name not in ("GOVNB_LEDGER_CACHE", "PYTHONWARNINGS")}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
    }


def run(command: Sequence[str], cwd: Path, seconds: float, watch: Callable[[int], None] | None = None) -> Used:
    """Runs ``command``; ``watch`` is called with its process id again and again while it runs."""
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=said,
            start_new_session=True,
        )
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, started + seconds, over, watch), daemon=True)
        watcher.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            _kill(process.pid)
            os.wait4(process.pid, 0)
            raise
        finally:
            wall = time.perf_counter() - started
            over.set()
            watcher.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout, stderr = _text(printed), _text(said)
    if process.returncode != 0:
        why = f"took more than {seconds:.0f} s" if wall >= seconds else f"ended with {process.returncode}"
        raise CommandError(f"{' '.join(map(str, command[:6]))} … {why}\n{stderr[-_LAST:]}")
    return Used(wall, used.ru_utime + used.ru_stime, stdout)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _watch(pid: int, until: float, over: threading.Event, watch: Callable[[int], None] | None) -> None:
    pause = _SHORTEST
    while not over.wait(pause):
        pause = min(1.0, pause * 1.1)  # a short command is looked at more closely
        if time.perf_counter() >= until:
            _kill(pid)
        elif watch is not None:
            watch(pid)


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


@dataclass
class Memory:
    """PSS in MiB of a ``govnb run`` each time it was looked at: the command, its server, each report's processes.

    ``own`` is what the server has of memory that is in no file, whoever shares it at the moment: its PSS falls with
    each process that runs beside it, and with each program that has the same libraries open, and rises as they end.
    """

    parent: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)
    workers: list[float] = field(default_factory=list)
    each: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)

    def look(self, pid: int) -> None:
        """What is seen while a server has reports to make; before and after it nothing is noted."""
        from govnb.processes import children, descendants

        below = {server: [{worker} | descendants(worker) for worker in children(server)] for server in children(pid)}
        try:
            parent = read_pss(pid)
            servers, own = sum(map(read_pss, below)), sum(map(read_own, below))
            reports = [sum(map(read_pss, group)) for groups in below.values() for group in groups]
        except OSError:  # one of them has just ended
            return
        if not reports:
            return
        self.parent.append(parent)
        self.server.append(servers)
        self.own.append(own)
        self.workers.append(sum(reports))
        self.each += reports
        self.together.append(parent + servers + sum(reports))


def read_pss(pid: int) -> float:
    """MiB; OSError where the process is gone."""
    return _read_field(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def read_own(pid: int) -> float:
    """MiB in memory that are in no file; OSError where the process is gone."""
    return _read_field(Path(f"/proc/{pid}/status"), "RssAnon:")


def _read_field(path: Path, name: str) -> float:
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0
