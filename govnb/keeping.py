"""What is kept of a report on disk: its outputs sealed by their manifest, or ``failed/`` with why there are none.

Nothing is decided or made here. The outputs of a report that fails stay as they were.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat

from govnb.deciding import Job, Task, kept_beside
from govnb.errors import Problem, ReportError
from govnb.failures import FAILED, FailureFiles, failure_files, find_failures
from govnb.manifest import NAME, Views, build_manifest, views_of
from govnb.material import NOTEBOOKS, digest
from govnb.notebook.saving import notebook_text
from govnb.report import dump_json
from govnb.storage import remove_folder, write_files


def kept_notebook(job: Job) -> nbformat.NotebookNode:
    """The notebook as it was run before."""
    content = (job.task.folder / f"{job.task.notebook}.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(content, as_version=4)  # type: ignore[no-any-return]


def kept_views(job: Job) -> Views:
    """What the notebook saw of the ledgers when it was run before."""
    return {} if job.before is None else views_of(job.before, _notebook(job))


def notebook_bytes(notebook: nbformat.NotebookNode) -> bytes:
    return f"{notebook_text(notebook)}\n".encode()


def write_report(job: Job, views: Views, files: Mapping[str, bytes]) -> None:
    """Writes the outputs, then the manifest that seals them. ReportError where the system refuses."""
    sealed = _manifest(job, views, {name: digest(content) for name, content in files.items()})
    _write(job, {**files, NAME: sealed})


def renew_manifest(job: Job) -> None:
    """Brings the manifest up to date where inputs changed and the outputs did not."""
    assert job.before is not None
    made = job.before["outputs"]
    _write(job, {NAME: _manifest(job, kept_views(job), {name: made[name] for name in job.outputs})})


def _manifest(job: Job, views: Views, made: Mapping[str, str]) -> bytes:
    beside = kept_beside(job)
    every = {**beside.views, _notebook(job): views}
    inputs, outputs = {**beside.inputs, **job.inputs}, {**beside.outputs, **made}
    return dump_json(build_manifest(job.params, job.task.packages, inputs, every, outputs))


def _notebook(job: Job) -> str:
    return f"{NOTEBOOKS}{job.task.notebook}.ipynb"


def _write(job: Job, files: Mapping[str, bytes]) -> None:
    write_files(job.task.folder, job.workspace.shown(job.task.folder), files)
    forget_failure(job.task)


def keep_failure(task: Task, problems: tuple[Problem, ...], notebook: nbformat.NotebookNode | None) -> None:
    """``failed/``: the reason, and the notebook as far as it got; where neither can be written, nothing."""
    names = files_of_failure(task)
    files = {} if notebook is None else {names.notebook: notebook_bytes(notebook)}
    lines = [problem.text() for problem in problems]
    files[names.reason] = ("\n".join([*(line.zh for line in lines), "", *(line.en for line in lines)]) + "\n").encode()
    forget_failure(task)
    try:
        write_files(task.folder / FAILED, FAILED, files)
    except ReportError:
        forget_failure(task)


def forget_failure(task: Task) -> None:
    """What is there is what would be made: an earlier failure of this notebook is over, those of others are not."""
    folder = task.folder / FAILED
    for name in files_of_failure(task):
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    if not find_failures(path.name for path in folder.glob("*")):
        remove_folder(folder)


def files_of_failure(task: Task) -> FailureFiles:
    return failure_files(None if task.own else task.notebook)


@contextlib.contextmanager
def set_aside(task: Task, notebook: nbformat.NotebookNode) -> Iterator[None]:
    """Keeps a notebook that was run while it is rendered, so that it outlives its process: see ``take_aside``."""
    path = _aside(task)
    with contextlib.suppress(OSError):  # then it is lost with the process, as before
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    try:
        yield
    finally:
        remove_folder(path.parent)


def take_aside(task: Task) -> nbformat.NotebookNode | None:
    """The notebook that was being rendered when the process of ``task`` was ended; None where there is none."""
    try:
        return nbformat.reads(_aside(task).read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-any-return]
    except Exception:  # nbformat raises what json or its upgrader happen to raise
        return None
    finally:
        remove_folder(_aside(task).parent)


def _aside(task: Task) -> Path:
    """In a folder of the kind that the next run removes."""
    return task.folder / ".writing-run" / f"{task.notebook}.ipynb"
