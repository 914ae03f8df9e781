"""One run at a time for a workspace: a lock in output/ that names its holder and dies with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from govnb.errors import Place, Problem, Text, UsageError
from govnb.storage import refused


@contextmanager
def one_run(output: Path) -> Iterator[None]:
    """UsageError where another run holds the workspace. The system frees the lock of a process that is gone."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        lock = FileLock(output / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(_held(output)) from None
    except OSError as error:
        raise UsageError(refused(error, "output")) from None
    holder = output / ".lock-holder"
    try:
        holder.write_text(f"{os.getpid()}\n", encoding="ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _held(output: Path) -> Problem:
    try:
        pid = (output / ".lock-holder").read_text(encoding="ascii").strip()[:20]
    except OSError:
        pid = "?"
    return Problem(
        Place(file="output"),
        Text(
            f"另一个 govnb（进程号 {pid}）正在运行此工作区",
            f"another govnb (process {pid}) is running in this workspace",
        ),
        Text("请等它结束后再运行", "Wait until it has ended"),
        "workspace.locked",
    )
