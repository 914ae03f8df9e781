"""Functions that the tests of the sandbox run in worker processes: well-behaved ones and every kind of misfit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from govnb.audit.raw import Unreadable
from govnb.errors import Text

_held: list[bytearray] = []


def double(number: int) -> int:
    return 2 * number


def slow_if_even(number: int) -> int:
    time.sleep(0.05 if number % 2 == 0 else 0)
    return number


def misbehave(what: str) -> Any:
    if what == "refuse":
        raise Unreadable(Text("不读", "not read"), Text("改", "mend"))
    if what == "raise":
        raise KeyError("/etc/passwd")
    if what == "exit":
        os._exit(3)
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "hang":
        time.sleep(600)
    if what == "deaf":  # deaf to the polite request too
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        time.sleep(600)
    if what == "spin":
        while True:
            pass
    if what == "grow":
        return len(bytearray(1 << 40))
    if what == "deep":
        return misbehave_deeper(0)
    if what == "unpicklable":
        return lambda: 0
    if what == "leave":
        Path(tempfile.mkstemp()[1]).write_bytes(b"x" * 100)
        os._exit(1)
    return what


def misbehave_deeper(depth: int) -> int:
    return misbehave_deeper(depth + 1) + 1


def pid_of(item: int) -> int:
    return os.getpid()


def hold(size: int) -> int:
    """Keeps ``size`` bytes for good, as a fragmented heap would; fails where they don't fit beside those before."""
    _held.append(bytearray(size))
    return size


_CHILD = """
import pathlib, sys, time
pathlib.Path(sys.argv[1] + ".started").touch()
time.sleep(3)
pathlib.Path(sys.argv[1]).touch()
"""


def run_child(mark: str) -> None:
    """Runs a program for three seconds, as if it were LibreOffice, and ends it however this call ends."""
    if not mark:
        return
    child = subprocess.Popen([sys.executable, "-c", _CHILD, mark])
    try:
        child.wait()
    finally:
        child.kill()
        child.wait()
