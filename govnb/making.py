"""Makes one report from beginning to end: decide, run the notebook, render, write. The unit of parallel work.

Everything it needs comes in a picklable ``Task`` and everything it tells goes back in an ``Outcome``; it prints
nothing. The outputs of a report that fails stay as they were; ``failed/`` beside them holds the notebook as far as it
got and why.
"""

from __future__ import annotations

import os
import re
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from govnb import manifest
from govnb.errors import GovnbError, Place, Problem, ReportError, Text
from govnb.inputs.params import Params, read_params
from govnb.inputs.workspace import Workspace, find_workspace
from govnb.notebook.execute import Limits, execute, read_notebook
from govnb.render import REVIEW, render
from govnb.render.study_document import Printable, read_document
from govnb.report import dump_json
from govnb.storage import refused, remove_folder, remove_leftovers, write_files

FORMATS = ("html", "pdf", "docx", "xlsx")
REPORT_FILES = ("report.json", "review.html")  # made with every run by the report's own notebook, whatever the formats
_UNCHANGED = Text("输入和输出均未变化，不再运行", "inputs and outputs are unchanged, not run again")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Task:
    """One notebook of one report. ``output`` stands for the folder ``output/``; ``notebook`` has no suffix."""

    root: Path
    agency: str
    year: int
    output: Path
    notebook: str
    limits: Limits
    formats: tuple[str, ...] = ("html", "pdf")
    force: bool = False
    strict: bool = False

    @property
    def folder(self) -> Path:
        return self.output / self.agency / str(self.year)


@dataclass(frozen=True)
class Outcome:
    """``state``: made, skipped, failed or not_begun; ``failed_checks`` counts failed error checks of what was made.

    ``because`` is why it was run, also where it then failed; ``attempts`` says how often it was tried, ``log`` where in
    the workspace a failure is told in full.
    """

    task: Task
    state: str
    reason: Text
    seconds: float
    failed_checks: int = 0
    problems: tuple[Problem, ...] = ()
    because: Text | None = None
    attempts: int = 1
    log: str | None = None


def make_reports(tasks: Sequence[Task]) -> list[Outcome]:
    """Each task in turn; they may share an output folder."""
    return [make_report(task) for task in tasks]


def find_unchanged(task: Task) -> Outcome | None:
    """The outcome of a report that need not be run nor rendered again, None for every other. Starts nothing."""
    started = time.monotonic()
    try:
        job = _Job.begin(task)
        if task.strict or _why_run(job, manifest.involved(job.workspace, job.params)) or _stale(job):
            return None
    except (GovnbError, OSError):
        return None  # told when it is made
    return Outcome(task, "skipped", _UNCHANGED, time.monotonic() - started)


def make_report(task: Task) -> Outcome:
    """Makes one report, or tells why not. Never raises: a fault of our own code fails this report and no other."""
    started = time.monotonic()
    because: Text | None = None
    try:
        state, reason, failing = _make(_Job.begin(task))
        return Outcome(task, state, reason, time.monotonic() - started, failing)
    except _NotMadeError as failure:
        problems, notebook, because = failure.problems, failure.notebook, failure.because
    except GovnbError as error:
        problems, notebook = error.problems, None
    except Exception as error:
        problems, notebook = (internal_fault(error),), None
    return replace(failed(task, problems, time.monotonic() - started, notebook), because=because)


def failed(
    task: Task, problems: tuple[Problem, ...], seconds: float = 0.0, notebook: nbformat.NotebookNode | None = None
) -> Outcome:
    """The outcome of a report that could not be made, after ``failed/`` was written."""
    _keep_failure(task, problems, notebook)
    return Outcome(task, "failed", _first_of(problems), seconds, problems=problems)


def _first_of(problems: tuple[Problem, ...]) -> Text:
    first, more = problems[0].text(), len(problems) - 1
    return Text(
        f"{first.zh}（另有{more}处）" if more else first.zh, f"{first.en} (and {more} more)" if more else first.en
    )


class _NotMadeError(ReportError):
    """A failure of which the notebook is kept as far as it got."""

    def __init__(self, problems: tuple[Problem, ...], notebook: nbformat.NotebookNode) -> None:
        super().__init__(problems)
        self.notebook = notebook
        self.because: Text | None = None


@dataclass(frozen=True)
class _Job:
    """A task with everything that can be known before it is run."""

    task: Task
    workspace: Workspace
    params: Params
    path: Path
    inputs: Mapping[str, str]
    formats: tuple[str, ...]

    @classmethod
    def begin(cls, task: Task) -> _Job:
        workspace = find_workspace(task.root)
        params = read_params(workspace, task.agency, task.year)
        path = workspace.inside(Path("notebooks") / f"{task.notebook}.ipynb")
        remove_leftovers(task.folder)
        inputs = manifest.input_digests(workspace, params, path)
        return cls(task, workspace, params, path, inputs, _formats(task.folder, task.notebook, task.formats))

    @property
    def is_report(self) -> bool:
        """Whether this is the notebook of the params; it alone gives report.json."""
        return self.task.notebook == self.params.notebook


def _make(job: _Job) -> tuple[str, Text, int]:
    """State, reason, and how many error checks failed."""
    task = job.task
    involved = manifest.involved(job.workspace, job.params)
    because = _why_run(job, involved)
    if because is not None:
        try:
            return "made", because, _write(job, _executed(job, involved))
        except _NotMadeError as failure:
            failure.because = because
            raise
    stale = _stale(job)
    if stale:
        listed = ", ".join(stale)
        why = Text(f"由已运行的笔记本重新生成 {listed}", f"{listed} rendered from the notebook as it was run before")
        return "made", why, _write(job, _kept_notebook(job))
    failed = _failed_checks(_document(job.workspace, _kept_notebook(job))) if task.strict else []
    if failed:
        raise ReportError(failed)
    return "skipped", _UNCHANGED, 0


def _why_run(job: _Job, involved: Sequence[Params]) -> Text | None:
    """Why the notebook must be run, None where it need not."""
    notebook, database = f"{job.task.notebook}.ipynb", manifest.reads_database(involved)
    because = manifest.reason_to_run(job.task.folder, job.inputs, notebook, database)
    return Text("--force", "--force") if because is None and job.task.force else because


def _stale(job: _Job) -> list[str]:
    """Outputs that are missing or not as the manifest says."""
    names = [f"{job.task.notebook}.{kind}" for kind in job.formats] + list(REPORT_FILES if job.is_report else ())
    return [file for file in names if not manifest.is_unchanged(job.task.folder, file)]


def _executed(job: _Job, involved: Sequence[Params]) -> nbformat.NotebookNode:
    """The notebook, run to its end; _NotMadeError with the notebook where it did not get there."""
    workspace, task = job.workspace, job.task
    shown = workspace.shown(job.path)
    notebook = read_notebook(job.path, shown)
    executed = execute(notebook, task.agency, task.year, workspace.root, shown, task.limits, secrets(involved))
    if executed.failure is not None:
        raise _NotMadeError((executed.failure,), executed.notebook)
    if manifest.input_digests(workspace, job.params, job.path) != job.inputs:
        what = Text("运行期间输入文件被改动", "an input was changed while the report was made")
        raise _NotMadeError(
            (Problem(Place(), what, Text("请重新运行", "Run it again"), "run.inputs"),), executed.notebook
        )
    return executed.notebook


def _kept_notebook(job: _Job) -> nbformat.NotebookNode:
    content = (job.task.folder / f"{job.task.notebook}.ipynb").read_text(encoding="utf-8")
    return nbformat.reads(content, as_version=4)  # type: ignore[no-any-return]


def _write(job: _Job, notebook: nbformat.NotebookNode) -> int:
    """Renders and writes everything of the report; the number of error checks that failed in it."""
    task, folder = job.task, job.task.folder
    try:
        document, files = render_all(job.workspace, job.params, task.notebook, notebook, job.formats)
        failed = _failed_checks(document)
        if task.strict and failed:
            raise ReportError(failed)
        sealed = manifest.build_manifest(folder, job.params, job.inputs, files)
        write_files(folder, job.workspace.shown(folder), {**files, manifest.NAME: dump_json(sealed)})
    except ReportError as error:
        raise _NotMadeError(error.problems, notebook) from None
    remove_folder(folder / "failed")
    return len(failed)


def _formats(folder: Path, name: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """What is asked for, and what was made before: an old .docx beside a new .pdf would contradict it."""
    before = manifest.read_manifest(folder)
    made = before["outputs"] if before else {}
    return tuple(kind for kind in FORMATS if kind in wanted or f"{name}.{kind}" in made)


def render_all(
    workspace: Workspace, params: Params, name: str, notebook: nbformat.NotebookNode, formats: tuple[str, ...]
) -> tuple[Printable, dict[str, bytes]]:
    """Every output of an executed notebook by file name: the notebook, report.json, and each format."""
    document = _document(workspace, notebook)
    files = {f"{name}.ipynb": _notebook_bytes(notebook)}
    for kind in formats:
        files[f"{name}.{kind}"] = render(document, kind)
    if name == params.notebook:
        files["report.json"] = dump_json(document.report_json())
        files["review.html"] = render(document, REVIEW)
    return document, files


def _document(workspace: Workspace, notebook: nbformat.NotebookNode) -> Printable:
    fonts = workspace.root / "fonts"
    return read_document(notebook, workspace.editions, fonts if fonts.is_dir() else None)


def _notebook_bytes(notebook: nbformat.NotebookNode) -> bytes:
    return f"{nbformat.writes(notebook)}\n".encode()


def secrets(involved: Sequence[Params]) -> tuple[str, ...]:
    """Values of the ``${NAME}`` that the sources use: they must not reach any output."""
    return tuple(sorted({os.environ[name] for name in variables(involved) if os.environ.get(name)}))


def variables(involved: Sequence[Params]) -> set[str]:
    """Names of the environment variables that the sources use."""
    sources = [source for params in involved for source in params.sources.values()]
    texts = [text for source in sources for text in (source.url, source.query) if text]
    return {name for text in texts for name in _VARIABLE.findall(text)}


def internal_fault(error: Exception) -> Problem:
    """A fault that nobody foresaw, without its message, which may hold a path or a value of somebody's."""
    if isinstance(error, OSError):
        return refused(error, "output")
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if f"{os.sep}govnb{os.sep}" in frame.filename
    ]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    kind = type(error).__name__
    return Problem(
        Place(),
        Text(f"程序内部错误（{kind}，{where}）", f"internal error ({kind} at {where})"),
        Text("请报告给开发者", "Please report it to the developers"),
        "internal",
    )


def _failed_checks(document: Printable) -> list[Problem]:
    return [
        Problem(Place(), Text(f"{check.id}：{check.message.zh}", f"{check.id}: {check.message.en}"), code=check.id)
        for check in document.checks
        if check.status == "fail" and check.severity == "error"
    ]


def _keep_failure(task: Task, problems: tuple[Problem, ...], notebook: nbformat.NotebookNode | None) -> None:
    """``failed/``: reason.txt, and the notebook as far as it got; where neither can be written, nothing."""
    files = {} if notebook is None else {"notebook.ipynb": _notebook_bytes(notebook)}
    lines = [problem.text() for problem in problems]
    files["reason.txt"] = ("\n".join([*(line.zh for line in lines), "", *(line.en for line in lines)]) + "\n").encode()
    target = task.folder / "failed"
    remove_folder(target)
    try:
        write_files(target, "failed", files)
    except ReportError:
        remove_folder(target)
