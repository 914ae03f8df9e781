"""Makes reports on the workers of a cluster that share no disk with this machine: inputs go there, outputs come back.

A report's parcel holds the files that its manifest lists, what was made of it before, and no other. On the worker it
is unpacked into a private folder, in which the report is made as it would be here, and which goes with the process.
Values of ``${NAME}`` never travel: a report with a database is made where they are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from govnb import manifest
from govnb.crew import open_here
from govnb.crew.cluster import ClusterCrew
from govnb.errors import GovnbError, Place, Problem, ReportError, Text, UsageError
from govnb.failures import FAILED
from govnb.keeping import forget_failure
from govnb.making import Outcome, Task, failed, make_report, variables
from govnb.material import Material, reads_database
from govnb.processes import LINUX
from govnb.storage import remove_folder, write_files
from govnb.versions import package_versions

T = TypeVar("T")
R = TypeVar("R")

MAX_BYTES = 1 << 30  # of a parcel; as much as one ledger may have
_SAME = Text(
    "输出须逐字节相同：请按同一份 constraints.txt 安装",
    "Outputs must be the same bytes: install both from the same constraints.txt",
)


@dataclass(frozen=True)
class Parcel:
    """``files`` by their name below the workspace; ``versions`` are those that the outputs must be made with.

    ``task`` names no folder of this machine.
    """

    task: Task
    files: Mapping[str, bytes]
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Returned:
    """``files`` that are new, by their name below the report's output folder, the manifest last."""

    outcome: Outcome
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Seen:
    """What a worker has: versions, and which of the environment variables that were asked for, never their values."""

    versions: Mapping[str, str]
    variables: frozenset[str]
    forks: bool


class Courier:
    """Packs the inputs of a report that is sent away, and writes what comes back where it would have been made."""

    def pack(self, function: Callable[[Any], Any], argument: Any, /) -> tuple[Callable[[Any], Any], Any]:
        """For ``make_report`` and its task; other calls go as they are."""
        return (make_parcel, pack(argument)) if function is make_report else (function, argument)

    def take_in(self, argument: Any, result: Any, /) -> Any:
        return take_in(argument, result) if isinstance(result, Returned) else result


class ReportCrew:
    """A crew for ``make_report`` alone: sends reports to ``cluster``, and makes up to ``jobs`` at a time here.

    Here are made those whose databases the workers can't open. It owns ``cluster`` from the beginning.
    """

    def __init__(self, cluster: ClusterCrew, tasks: Sequence[Task], jobs: int) -> None:
        """``tasks`` are all that will come. UsageError where the packages of a worker are not ours."""
        self._cluster, self._here = cluster, open_here(jobs, len(tasks))
        try:
            needs = {task: _variables_of(task) for task in tasks}
            there = _look_at_workers(cluster, sorted({name for names in needs.values() for name in names or ()}))
        except BaseException:
            cluster.stop()
            raise
        self._stay = {task for task, names in needs.items() if names is not None and not (names and names <= there)}

    def submit(self, function: Callable[[T], R], argument: T, /, priority: float = 0.0) -> Future[R]:
        return (self._here if argument in self._stay else self._cluster).submit(function, argument, priority)

    @property
    def was_forced(self) -> bool:
        return self._cluster.was_forced or self._here.was_forced

    def stop(self) -> None:
        self._cluster.stop()
        self._here.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._here:
            self._cluster.__exit__(kind, error, trace)
            if kind is not None:
                self._here.stop()


def pack(task: Task) -> Parcel:
    """UsageError or ReportError where a file leads out of the workspace, can't be read, or all are too large."""
    material = Material(task.root)
    workspace, params = material.workspace, material.params(task.agency, task.year)
    files = material.files(params, workspace.notebook(task.notebook))
    paths = {path.relative_to(workspace.root).as_posix(): workspace.inside(path) for path in files}
    paths |= {f"{_output(task)}/{name}": task.folder / name for name in _made_before(task.folder)}
    try:
        there = {name: path for name, path in paths.items() if path.is_file()}
        if sum(path.stat().st_size for path in there.values()) > MAX_BYTES:
            what = Text(
                "报告的输入文件合计超过 1 GB，不发送", "the inputs of the report are over 1 GB and are not sent"
            )
            fix = Text("请不用集群运行这个报告", "Run this report without a cluster")
            raise ReportError(Problem(Place(), what, fix, "cluster.size"))
        contents = {name: path.read_bytes() for name, path in there.items()}
    except OSError:
        what = Text("有输入文件读不出来", "an input can't be read")
        raise ReportError(Problem(Place(), what, Text("请检查权限", "Check its permissions"), "cluster.read")) from None
    return Parcel(replace(task, root=Path(), output=Path("output")), contents, package_versions())


def _output(task: Task) -> str:
    return f"output/{task.agency}/{task.year}"


def _made_before(folder: Path) -> list[str]:
    """What decides whether all of the report must be made again."""
    before = manifest.read_manifest(folder)
    names = [] if before is None else [manifest.NAME, *before["outputs"]]
    return [name for name in names if _is_plain(name) and not (folder / name).is_symlink()]


def _is_plain(name: str) -> bool:
    """Whether it names a file of its folder, and nothing above or below."""
    return name not in ("", ".", "..") and not {"/", "\\", ":", "\0"}.intersection(name)


def make_parcel(parcel: Parcel) -> Returned:
    """On the worker: makes the report in a folder of its own. ReportError where govnb is not what the sender has."""
    if differing := _differing(parcel.versions, package_versions()):
        raise ReportError(_other_versions("", differing))
    # Which nobody else can read. Not a TemporaryDirectory: a process of cells, forked, would remove it when it ends.
    root = Path(tempfile.mkdtemp(prefix="workspace-")).resolve()
    try:
        for name, content in parcel.files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        task = replace(parcel.task, root=root, output=root / "output")
        outcome = make_report(task)
        made = {name: path.read_bytes() for name, path in _files(task.folder)}
    finally:
        remove_folder(root)
    before = f"{_output(task)}/"
    new = {name: content for name, content in made.items() if parcel.files.get(before + name) != content}
    return Returned(replace(outcome, task=parcel.task), new)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file of a report, the manifest last."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in sorted(paths, key=lambda path: path.name == manifest.NAME):
        yield path.relative_to(folder).as_posix(), path


def take_in(task: Task, returned: Returned) -> Outcome:
    """Writes what came back as ``make_report`` would have written it."""
    outcome = replace(returned.outcome, task=task)
    why = {name.removeprefix(f"{FAILED}/"): content for name, content in returned.files.items() if "/" in name}
    files = {name: content for name, content in returned.files.items() if "/" not in name}
    try:
        if not all(map(_is_plain, {**why, **files})):
            raise ReportError(_spoilt())
        if files:
            write_files(task.folder, _output(task), files)
        if why or outcome.state == "made":
            forget_failure(task)
        if why:
            write_files(task.folder / FAILED, FAILED, why)
    except ReportError as error:
        return failed(task, error.problems, outcome.seconds)
    return outcome


def _spoilt() -> Problem:
    what = Text("工作进程送回的文件名不合规则", "a worker sent back files of names that are not allowed")
    return Problem(Place(), what, Text("请检查集群", "See to the cluster"), "cluster.worker")


def _variables_of(task: Task) -> set[str] | None:
    """The environment variables with which the report's databases are opened; None where it has no database."""
    try:
        material = Material(task.root)
        involved = material.involved(material.params(task.agency, task.year))
    except GovnbError:
        return None  # told when it is packed
    return variables(involved) if reads_database(involved) else None


def look(names: Sequence[str]) -> Seen:
    """On the worker."""
    return Seen(package_versions(), frozenset(name for name in names if os.environ.get(name)), LINUX)


def _look_at_workers(cluster: ClusterCrew, names: list[str]) -> frozenset[str]:
    """Those of ``names`` that every worker has; none where no worker is there yet. UsageError for other versions."""
    seen = cluster.ask(look, names)
    ours = package_versions()
    problems = [_complaint(worker.rpartition("/")[2], answer, ours) for worker, answer in sorted(seen.items())]
    if found := [problem for problem in problems if problem is not None]:
        raise UsageError(found)
    known = [answer.variables for answer in seen.values() if isinstance(answer, Seen)]
    return frozenset.intersection(*known) if known else frozenset()


def _complaint(worker: str, answer: Seen | BaseException, ours: Mapping[str, str]) -> Problem | None:
    if isinstance(answer, Seen):
        if differing := _differing(ours, answer.versions):
            return _other_versions(worker, differing)
        if answer.forks:
            return None
        what = Text(f"工作进程 {worker} 不在 Linux 上运行", f"worker {worker} does not run on Linux")
        return Problem(Place(), what, Text("工作进程须用 Linux", "Workers must run on Linux"), "cluster.worker")
    if isinstance(answer, (ImportError, AttributeError)):  # none at all, or an older one
        what = Text(f"工作进程 {worker} 没有安装同样的 govnb", f"worker {worker} does not have the same govnb")
        return Problem(Place(), what, _SAME, "cluster.versions")
    what = Text(f"工作进程 {worker} 没有应答", f"worker {worker} does not answer")
    return Problem(Place(), what, Text("请检查集群", "See to the cluster"), "cluster.worker")


def _differing(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(package, version here, version there) where they are not the same."""
    pairs = [(name, ours.get(name, "missing"), theirs.get(name, "missing")) for name in sorted({*ours, *theirs})]
    return [(name, here[:12], there[:12]) for name, here, there in pairs if here != there]


def _other_versions(worker: str, differing: Sequence[tuple[str, str, str]]) -> Problem:
    """``govnb code`` differs where the version is the same and the program is not."""
    zh = "，".join(f"{name} 本机 {here}、对方 {there}" for name, here, there in differing[:3])
    en = ", ".join(f"{name} {here} here and {there} there" for name, here, there in differing[:3])
    more_zh, more_en = (f"等{len(differing)}处", " …") if len(differing) > 3 else ("", "")
    what = Text(
        f"工作进程{f' {worker} ' if worker else ''}的版本与本机不同：{zh}{more_zh}",
        f"worker{f' {worker}' if worker else ''} has other versions: {en}{more_en}",
    )
    return Problem(Place(), what, _SAME, "cluster.versions")
