"""The folders output/<agency>/<year>/ as they stand: report.json, manifest.json and failed/, all of it untrusted.

Only these are opened; of every other output the manifest gives the sha256 and the file system the size. Whatever is
broken is told in ``faults``, in words for the pages, and never raised.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govnb.failures import FAILED, FailureFiles, failure_files, find_failures
from govnb.manifest import NAME, read_manifest
from govnb.site.summary import Summary, parse_report

REPORT = "report.json"
Key = tuple[str, int]
_PLAIN = re.compile(r"[^./\\\x00-\x1f\x7f\ud800-\udfff][^/\\\x00-\x1f\x7f\ud800-\udfff]{0,250}")
_SHA = re.compile("[0-9a-f]{64}")
_LONGEST_REASON = 20_000  # bytes
_PART = 50  # folders that a thread reads at a time
_THREADS = 4  # hashing releases the interpreter; more than the processors, so that one reads while another hashes


@dataclass(frozen=True)
class File:
    """An output that the manifest lists; ``size`` in bytes, None where the file is gone."""

    name: str
    sha256: str
    size: int | None

    @property
    def stem(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def kind(self) -> str:
        return self.name.rpartition(".")[2]


@dataclass(frozen=True)
class Folder:
    """``report_sha``: sha256 of report.json's content as it is now, None without one. ``failure``: why the last run
    failed, None where it did not; ``reason_file`` tells it, and ``failed_notebook`` is the notebook of that run, where
    it was kept.
    """

    report_sha: str | None = None
    summary: Summary | None = None
    files: tuple[File, ...] = ()
    faults: tuple[str, ...] = ()
    failure: str | None = None
    reason_file: str = ""
    failed_notebook: str = ""

    @property
    def seen(self) -> tuple[Any, ...]:
        """All that it holds, briefly: the sha256 stands for the summary."""
        files = tuple((file.name, file.sha256, file.size) for file in self.files)
        return (self.report_sha, self.faults, self.failure, self.reason_file, self.failed_notebook, files)

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The executed notebooks, without their suffix."""
        return tuple(file.stem for file in self.files if file.kind == "ipynb")

    def has(self, name: str) -> bool:
        return any(file.name == name and file.size is not None for file in self.files)


def read_folders(output: Path, keys: Iterable[Key], known: Mapping[str, Summary]) -> dict[Key, Folder]:
    """Every folder. ``known``: sha256 of a report.json → what was read from the same bytes before."""
    wanted = list(keys)
    parts = [wanted[start : start + _PART] for start in range(0, len(wanted), _PART)]

    def read(part: list[Key]) -> list[tuple[Key, Folder]]:
        return [(key, _read_folder(output, key, known)) for key in part]

    with ThreadPoolExecutor(_THREADS) as threads:
        return dict(entry for part in threads.map(read, parts) for entry in part)


def _read_folder(output: Path, key: Key, known: Mapping[str, Summary]) -> Folder:
    folder = output / key[0] / str(key[1])
    sizes = _sizes(folder)
    if sizes is None:
        return Folder()
    faults: list[str] = []
    sha, summary = _report(folder, key, known, faults) if REPORT in sizes else (None, None)
    files = _listed(folder, key, sizes, sha, faults)
    if FAILED not in sizes:
        return Folder(sha, summary, files, tuple(faults))
    reason, notebook = (f"{FAILED}/{name}" for name in _first_failure(folder / FAILED))
    kept = notebook if (folder / notebook).is_file() else ""
    return Folder(sha, summary, files, tuple(faults), _reason(folder / reason), reason, kept)


def _sizes(folder: Path) -> dict[str, int] | None:
    """Name → size of what is in a folder; None where there is no such folder. Of folders only failed/ counts."""
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.is_file() or entry.name == FAILED}
    except OSError:
        return None


def _report(
    folder: Path, key: Key, known: Mapping[str, Summary], faults: list[str]
) -> tuple[str | None, Summary | None]:
    try:
        content = (folder / REPORT).read_bytes()
    except OSError:
        faults.append(f"{REPORT} 无法读取")
        return None, None
    sha = hashlib.sha256(content).hexdigest()
    try:
        return sha, known.get(f"{sha} {key[0]} {key[1]}") or parse_report(content, *key)
    except ValueError:
        faults.append(f"{REPORT} 的内容不是本机关本年度的报告数据")
        return sha, None


def _listed(
    folder: Path, key: Key, sizes: Mapping[str, int], report_sha: str | None, faults: list[str]
) -> tuple[File, ...]:
    """What the manifest lists, report.json and the report's own notebook's files first as they come."""
    manifest = read_manifest(folder) if NAME in sizes else None
    if manifest is None:
        if NAME in sizes:
            faults.append(f"{NAME} 的内容无法识别")
        elif REPORT in sizes:
            faults.append(f"缺少 {NAME}")
        return ()
    files = _outputs(manifest, sizes)
    if files is None or (manifest.get("agency"), manifest.get("year")) != key:
        faults.append(f"{NAME} 的内容不是本机关本年度的")
        return ()
    faults += [f"缺少 {file.name}" for file in files if file.size is None]
    sealed = next((file.sha256 for file in files if file.name == REPORT), None)
    if report_sha is not None and sealed is None:
        faults.append(f"{REPORT} 不在 {NAME} 之列：生成后输入或程序有变，又运行了其他笔记本；请运行 govnb run")
    elif report_sha is not None and sealed != report_sha:
        faults.append(f"{REPORT} 在生成之后被改动，与 {NAME} 不符")
    return files


def _outputs(manifest: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[File, ...] | None:
    listed: dict[Any, Any] = manifest["outputs"]
    good = all(_PLAIN.fullmatch(name) and isinstance(sha, str) and _SHA.fullmatch(sha) for name, sha in listed.items())
    return tuple(File(name, sha, sizes.get(name)) for name, sha in sorted(listed.items())) if good else None


def _first_failure(folder: Path) -> FailureFiles:
    """That of the report's own notebook, else that of the first other one that failed."""
    try:
        found = find_failures(path.name for path in folder.iterdir())
    except OSError:
        found = []
    return found[0] if found else failure_files()


def _reason(path: Path) -> str:
    """The Chinese part of the reason, which stands before the first blank line."""
    if not path.is_file():
        return "未留下原因"
    try:
        with path.open("rb") as handle:
            text = handle.read(_LONGEST_REASON).decode("utf-8", "replace")
    except OSError:
        return "原因无法读取"
    return text.lstrip().partition("\n\n")[0].strip() or "未留下原因"
