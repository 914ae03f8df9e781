"""Writing outputs so that a reader sees the old file or the new one, never a half of either.

Files are written beside their place under a hidden name, then moved; when anything fails nothing is moved and the
hidden files are gone. Which folder is written to is the caller's matter.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from govnb.errors import Place, Problem, ReportError, Text

_REASONS = {
    errno.ENOSPC: Text("磁盘已满", "the disk is full"),
    errno.EDQUOT: Text("磁盘配额已用完", "the disk quota is used up"),
    errno.EFBIG: Text("文件超过系统允许的大小", "the file is larger than the system allows"),
    errno.EACCES: Text("没有写入权限", "permission denied"),
    errno.EPERM: Text("没有写入权限", "permission denied"),
    errno.EROFS: Text("文件系统只读", "the file system is read-only"),
}


def write_files(folder: Path, shown: str, files: Mapping[str, bytes]) -> None:
    """All of ``files`` into ``folder``, the last one last (it seals the set); ReportError where the system refuses."""
    staging: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
        for name, content in files.items():
            with (staging / name).open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
        for name in files:
            (staging / name).replace(folder / name)
    except OSError as error:
        raise ReportError(refused(error, shown)) from None
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def refused(error: OSError, shown: str) -> Problem:
    """Why the system would not write, without its own message, which names absolute paths."""
    reason = _REASONS.get(error.errno or 0, Text("系统不允许写入", "the system refuses it"))
    return Problem(
        Place(file=shown),
        Text(f"无法写入：{reason.zh}", f"can't be written: {reason.en}"),
        Text("原有文件未改动；排除后请重新运行", "What was there is unchanged; mend this and run again"),
        "output.write",
    )


def remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(folder: Path) -> None:
    """Hidden staging folders that a killed run left behind."""
    for path in folder.glob(".writing-*"):
        shutil.rmtree(path, ignore_errors=True)
