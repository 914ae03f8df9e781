"""Processes as the system sees them: who ends with whom, what is left of one, how much it may allocate.

Linux tells all of this. Elsewhere each function does what the system allows, and says so; nothing here starts a
process, and nothing here knows what a process is for.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

LINUX = sys.platform == "linux"
_PARENT_DEATH_SIGNAL, _CHILD_SUBREAPER = 1, 36  # of prctl(2)
_PROC = Path("/proc")
PID_FILE = "kernel.pid"  # where a process that leads a group of its own writes its id
_KILL_SECONDS = 5  # what is killed is gone long before, unless the system itself holds it


def _prctl(option: int, value: int) -> None:
    if LINUX:
        with contextlib.suppress(OSError, AttributeError):
            _system().prctl(option, value, 0, 0, 0)


@cache
def _system() -> ctypes.CDLL:
    """The C library, opened once: forks have it from the process that they come from."""
    return ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Has the system kill this process as soon as process ``parent`` is gone (Linux; elsewhere nothing)."""
    if not LINUX:
        return
    _prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it went before the request
        os._exit(1)


_for_one_call = False


def live_for_one_call() -> None:
    """Says that this process does one thing and may be ended by its own clock: see ``end_at``."""
    global _for_one_call
    _for_one_call = True
    if LINUX:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})


def end_at(moment: float | None) -> None:
    """Has the system end this process by SIGALRM at ``moment`` of time.monotonic(), whatever it does; None: no more.

    Only a process that lives for one call; elsewhere nothing.
    """
    if LINUX and _for_one_call:
        signal.setitimer(signal.ITIMER_REAL, 0 if moment is None else max(0.001, moment - time.monotonic()))


def was_its_clock(number: int | None) -> bool:
    """Whether a process that ended by signal ``number`` was ended by ``end_at``."""
    return LINUX and number == signal.SIGALRM


def adopt_orphans() -> None:
    """Makes this process the parent of what its descendants leave behind (Linux; elsewhere nothing)."""
    _prctl(_CHILD_SUBREAPER, 1)


def limit_memory(limit: int) -> None:
    """Bounds what this process may allocate from now on, whatever it was forked with.

    RLIMIT_DATA, as libraries reserve far more addresses than they use.
    """
    if limit <= 0 or sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError):
        limit += int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5]) * resource.getpagesize()

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard not in (resource.RLIM_INFINITY, -1):
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def offer_to_oom_killer(score: int) -> None:
    """Where the machine runs out of memory, a process of a higher ``score`` (0 to 1000) is ended before the others."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(score), encoding="ascii")


def other_threads() -> list[str]:
    """Names of this process' threads but the first, also of those that libraries started; [] where nobody can tell."""
    names = []
    with contextlib.suppress(OSError):
        for task in Path("/proc/self/task").iterdir():
            if task.name != str(os.getpid()):
                with contextlib.suppress(OSError):
                    names.append(task.joinpath("comm").read_text(encoding="utf-8", errors="replace").strip())
    return names


def children(pid: int) -> set[int]:
    """Direct children of ``pid``, the dead that nobody waited for among them; empty where the system does not tell."""
    found: set[int] = set()
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            found.update(map(int, task.joinpath("children").read_text(encoding="ascii").split()))
    except FileNotFoundError:
        return found if _has_children_files() else _children_by_scan(pid)
    except OSError:
        return found
    return found


def _has_children_files() -> bool:
    own = str(os.getpid())
    return (_PROC / own / "task" / own / "children").exists()


def _children_by_scan(pid: int) -> set[int]:
    """For kernels built without /proc/…/children: every process is asked for its parent."""
    found: set[int] = set()
    for process in _processes():
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
            if int(text.rpartition(")")[2].split()[1]) == pid:  # the name before may hold anything, brackets too
                found.add(process)
    return found


def _processes() -> Iterator[int]:
    with contextlib.suppress(OSError):
        for path in _PROC.iterdir():
            if path.name.isdecimal():
                yield int(path.name)


def begun_at(pid: int) -> str | None:
    """When process ``pid`` began, as the system counts; None where there is none, or where nobody can tell.

    It tells a process from another that has got its id.
    """
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        fields = text.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return None


def descendants(pid: int, spared: Collection[int] = ()) -> set[int]:
    """Everything below ``pid``, without ``spared`` and what is below these."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = children(waiting.pop()) - found - set(spared)
        found |= new
        waiting += new
    return found


def end_descendants(spared: Collection[int] = (), seconds: float = 5.0) -> bool:
    """Kills and reaps everything below this process but ``spared``; whether nothing is left of it.

    Only a process that adopts orphans reaches those that left their session or whose parent has ended.
    """
    until = time.monotonic() + seconds
    while left := descendants(os.getpid(), spared):
        for pid in left:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with contextlib.suppress(OSError):  # only children can be waited for; the others come to us in their turn
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def end_child(process: subprocess.Popen[Any], seconds: float) -> bool:
    """Gives a child that was told to end ``seconds``, then kills it; whether it ended by itself. Always returns."""
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_KILL_SECONDS)
        return False


def end_marked(folder: Path) -> None:
    """Kills every process that was started with ``folder``, or one below it, as its TMPDIR (Linux; elsewhere nothing).

    The last resort where the process that would have adopted them was killed itself. The folder's name is random.
    """
    mark = b"\0TMPDIR=" + os.fsencode(folder)
    for _ in range(3):  # what was being started while we looked
        found = [pid for pid in _processes() if pid != os.getpid() and mark in b"\0" + _environment(pid)]
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return


def _environment(pid: int) -> bytes:
    try:
        return (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return b""


def end_leftovers(folder: Path) -> None:
    """Kills the groups of processes whose leaders wrote a PID_FILE below ``folder`` (on Windows nothing)."""
    if sys.platform == "win32":
        return
    for path in folder.rglob(PID_FILE):
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(path.read_text(encoding="ascii")), signal.SIGKILL)
