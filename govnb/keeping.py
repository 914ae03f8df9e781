"""What is kept of a report on disk: its outputs sealed by their manifest, or ``failed/`` with why there are none.

Nothing is decided or made here. The outputs of a report that fails stay as they were.
"""

from __future__ import annotations

from collections.abc import Mapping

import nbformat

from govnb.deciding import Job, Task, kept_beside
from govnb.errors import Problem, ReportError
from govnb.manifest import NAME, Views, build_manifest, views_of
from govnb.material import NOTEBOOKS, digest
from govnb.notebook.saving import notebook_text
from govnb.report import dump_json
from govnb.storage import remove_folder, write_files

FAILED = "failed"


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
    """``failed/``: reason.txt, and the notebook as far as it got; where neither can be written, nothing."""
    files = {} if notebook is None else {"notebook.ipynb": notebook_bytes(notebook)}
    lines = [problem.text() for problem in problems]
    files["reason.txt"] = ("\n".join([*(line.zh for line in lines), "", *(line.en for line in lines)]) + "\n").encode()
    forget_failure(task)
    try:
        write_files(task.folder / FAILED, FAILED, files)
    except ReportError:
        forget_failure(task)


def forget_failure(task: Task) -> None:
    """What is there is what would be made: an earlier failure is over."""
    remove_folder(task.folder / FAILED)
