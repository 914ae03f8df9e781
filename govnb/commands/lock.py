"""One run at a time for a workspace: a lock in output/ that names its holder and ends with it.

Where the disk knows locks, the system frees the lock of a process that is gone. Where it does not (some network
disks), the file that names the holder is the lock; it is taken over from a holder that is gone for certain. What is
written is the process, its command and since when it runs: no host, no user, no path.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from govnb.errors import Place, Problem, Text, UsageError
from govnb.processes import LINUX, begun_at
from govnb.storage import refused

LOCK, HOLDER = ".lock", ".lock-holder"
_HELD = {errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK, errno.EDEADLK}
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


@dataclass(frozen=True)
class Holder:
    """``begun`` is when the process began, as the system counts; ``place`` says which system and which of its rooms.

    By both a process that has got the id of one that is gone is told from it.
    """

    pid: int
    command: str
    since: str
    begun: str | None
    place: str | None

    @classmethod
    def own(cls, command: str) -> Holder:
        since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return cls(os.getpid(), command, since, begun_at(os.getpid()), _place())

    @classmethod
    def read(cls, path: Path) -> Holder | None:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(int(data["pid"]), *(_text(data, name) for name in ("command", "since", "begun", "place")))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def is_gone(self) -> bool:
        """For certain; of another machine, or another container, nobody here knows."""
        return self.place is not None and self.place == _place() and begun_at(self.pid) != self.begun


def _text(data: Any, name: str) -> Any:
    value = data[name]
    return value[:40] if isinstance(value, str) else None


def _place() -> str | None:
    """Names this system since it was started, and its room of process ids, without telling which it is."""
    if not LINUX:
        return None
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return hashlib.sha256(f"{boot}{os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:20]  # noqa: PTH115
    except OSError:
        return None


@contextmanager
def one_run(output: Path, command: str) -> Iterator[None]:
    """UsageError where another ``govnb`` holds the workspace, or where nothing can be written there."""
    holder = output / HOLDER
    descriptor = -1
    try:
        output.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(output / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        content = json.dumps(asdict(Holder.own(command))).encode()
        if _lock(descriptor):
            holder.write_bytes(content)
        else:
            _claim(holder, content)
    except BlockingIOError:
        _close(descriptor)
        raise UsageError(_held(Holder.read(holder))) from None
    except OSError as error:
        _close(descriptor)
        raise UsageError(refused(error, "output")) from None
    try:
        yield
    finally:
        holder.unlink(missing_ok=True)
        _close(descriptor)  # which frees the lock


def _close(descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether the file is ours now; False where the disk knows no locks. BlockingIOError where it is another's."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            raise BlockingIOError from None
        if error.errno in _NO_LOCKS:
            return False
        raise
    return True


def _claim(holder: Path, content: bytes) -> None:
    """Makes the file that names us, which only one can. BlockingIOError where another has, unless that one is gone."""
    for _ in range(2):
        try:
            descriptor = os.open(holder, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            _remove_of_gone(holder)
        else:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            return
    raise BlockingIOError


def _remove_of_gone(path: Path) -> None:
    """Takes away the file of a holder that is gone, and of no other, also where several try it at once."""
    found = Holder.read(path)
    if found is None or not found.is_gone():
        raise BlockingIOError
    aside = path.with_name(f"{path.name}-{os.getpid()}")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return  # another was faster, and we will see whose it is
    try:
        if Holder.read(aside) != found:  # another was faster, and this is its file
            with contextlib.suppress(FileExistsError):
                os.link(aside, path)
            raise BlockingIOError
    finally:
        aside.unlink()


def _held(holder: Holder | None) -> Problem:
    wait = Text("请等它结束后再运行", "Wait until it has ended")
    if holder is None or holder.is_gone():  # the new one has not written its name yet
        what = Text("另一个 govnb 正在运行此工作区", "another govnb is running in this workspace")
        return Problem(Place(file="output"), what, wait, "workspace.locked")
    zh, en = f"进程号 {holder.pid}", f"process {holder.pid}"
    if holder.command:
        zh, en = f"{zh}，govnb {holder.command}", f"{en}, govnb {holder.command}"
    if holder.since:
        zh, en = f"{zh}，开始于 {holder.since}", f"{en}, since {holder.since}"
    elsewhere = holder.place != _place()
    gone = Text(f"如确已不在运行，请删除 output/{HOLDER}", f"If it runs no more for certain, delete output/{HOLDER}")
    fix = Text(f"{wait.zh}；{gone.zh}", f"{wait.en}. {gone.en}") if elsewhere else wait
    return Problem(
        Place(file="output"),
        Text(f"另一个 govnb（{zh}）正在运行此工作区", f"another govnb ({en}) is running in this workspace"),
        fix,
        "workspace.locked",
    )
