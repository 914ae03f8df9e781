"""Makes one report from beginning to end: decide, run the notebook, render, write. The unit of parallel work.

Everything it needs comes in a picklable ``Task`` and everything it tells goes back in an ``Outcome``; it prints
nothing. What is to be done is decided in ``deciding``; what is left on disk is in ``keeping``.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from govnb.deciding import FORMATS, LEAVE, RENDER, RENEW, RUN, Decision, Job, Task, decide
from govnb.environment import YEAR_VIEWS
from govnb.errors import GovnbError, Place, Problem, ReportError, Text
from govnb.inputs.params import Params
from govnb.inputs.workspace import Workspace
from govnb.keeping import (
    forget_failure,
    keep_failure,
    kept_notebook,
    kept_views,
    notebook_bytes,
    renew_manifest,
    set_aside,
    take_aside,
    write_report,
)
from govnb.manifest import Views
from govnb.material import Material
from govnb.notebook.endings import MORE_REPORT_TIME
from govnb.notebook.execute import execute, read_notebook
from govnb.notebook.reading import reads_for_itself
from govnb.processes import end_at
from govnb.render import REVIEW
from govnb.render.study_document import Printable, read_document
from govnb.report import dump_json
from govnb.storage import refused, remove_leftovers

if TYPE_CHECKING:
    import nbformat

__all__ = [
    "FORMATS", "Outcome", "Task", "failed", "find_unchanged", "internal_fault", "make_report", "render_all",
    "variables",
]  # fmt: skip

_RENDERING = "govnb.render.prepare"
_GRACE_SECONDS = 60  # after the cells' own end, for what comes after them, or never came to them
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Outcome:
    """``state``: made, skipped, failed or not_begun; ``failed_checks`` counts failed error checks of what was made.

    ``because`` is why its notebook was run, also where it then failed, None where it was not run; ``attempts`` says how
    often it was tried, ``log`` where in the workspace a failure is told in full.
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


def find_unchanged(task: Task, materials: dict[Path, Material] | None = None) -> Outcome | None:
    """The outcome of a report of which nothing need be done, None for every other. Starts nothing, opens no ledger.

    ``materials``: what the command has read already, by workspace; what is read here is added.
    """
    started = time.monotonic()
    try:
        if task.force or task.strict:
            return None
        remove_leftovers(task.folder)
        known = {} if materials is None else materials
        if task.root not in known:
            known[task.root] = Material(task.root)
        decision = decide(Job.begin(task, known[task.root]), look=False)
    except (GovnbError, OSError):
        return None  # told when it is made
    if decision.action != LEAVE:
        return None
    forget_failure(task)
    return Outcome(task, "skipped", decision.reason, time.monotonic() - started)


def make_report(task: Task) -> Outcome:
    """Makes one report, or tells why not. Never raises: a fault of our own code fails this report and no other."""
    started = time.monotonic()
    because: Text | None = None
    limit = task.limits.report_seconds
    end_at(started + limit + _GRACE_SECONDS if limit > 0 else None)
    try:
        remove_leftovers(task.folder)
        decision, failing = _make(Job.begin(task))
        state = "made" if decision.action in (RUN, RENDER) else "skipped"
        because = decision.reason if decision.action == RUN else None
        return Outcome(task, state, decision.reason, time.monotonic() - started, failing, because=because)
    except _NotMadeError as failure:
        problems, notebook, because = failure.problems, failure.notebook, failure.because
    except GovnbError as error:
        problems, notebook = error.problems, None
    except Exception as error:
        problems, notebook = (internal_fault(error),), None
    finally:
        end_at(None)
    return replace(failed(task, problems, time.monotonic() - started, notebook), because=because)


def failed(
    task: Task, problems: tuple[Problem, ...], seconds: float = 0.0, notebook: nbformat.NotebookNode | None = None
) -> Outcome:
    """The outcome of a report that could not be made, after ``failed/`` was written."""
    keep_failure(task, problems, notebook)
    return Outcome(task, "failed", _first_of(problems), seconds, problems=problems)


def out_of_time(task: Task) -> Outcome:
    """The outcome of a report whose process was ended by its clock, with the notebook where that was being rendered."""
    seconds, notebook = task.limits.report_seconds, take_aside(task)
    zh, en = f"整份报告超过时限{seconds}秒", f"the whole report took longer than {seconds} seconds"
    if notebook is not None:
        zh, en = f"生成文件时{zh}", f"{en}, and was being rendered"
    problem = Problem(Place(), Text(zh, en), MORE_REPORT_TIME, "report.timeout")
    return failed(task, (problem,), float(seconds), notebook)


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


def _make(job: Job) -> tuple[Decision, int]:
    """What was decided and done, and how many error checks failed."""
    decision = decide(job)
    if decision.action == RUN:
        try:
            return decision, _write(job, *_executed(job))
        except _NotMadeError as failure:
            failure.because = decision.reason
            raise
    if decision.action == RENDER:
        return decision, _write(job, kept_notebook(job), kept_views(job))
    failing = _failed_checks(_document(job.workspace, kept_notebook(job))) if job.task.strict else []
    if failing:
        raise ReportError(failing)
    if decision.action == RENEW:
        renew_manifest(job)
    forget_failure(job.task)
    return decision, 0


def _executed(job: Job) -> tuple[nbformat.NotebookNode, Views]:
    """The notebook, run to its end, and what it saw; _NotMadeError with the notebook where it did not get there."""
    workspace, task = job.workspace, job.task
    shown = workspace.shown(job.path)
    notebook = read_notebook(job.path, shown)
    ahead = _Ahead(job)
    with _noted_views() as noted:
        hidden = secrets(job.involved)
        executed = execute(notebook, task.agency, task.year, workspace.root, shown, task.limits, hidden, ahead.begin)
        if executed.failure is not None:
            raise _NotMadeError((executed.failure,), executed.notebook)
        views = _views(noted, notebook)
    if Material(workspace).digests(job.params, job.path) != job.inputs:
        what = Text("运行期间输入文件被改动", "an input was changed while the report was made")
        raise _NotMadeError(
            (Problem(Place(), what, Text("请重新运行", "Run it again"), "run.inputs"),), executed.notebook
        )
    ahead.wait()
    return executed.notebook, views


class _Ahead:
    """Loads what rendering needs while the cells run, in a process where nobody has done it yet."""

    def __init__(self, job: Job) -> None:
        self._script, self._fonts = job.params.script, _fonts(job.workspace)
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        if _RENDERING not in sys.modules:
            self._thread = threading.Thread(target=self._load, name="govnb-ahead", daemon=True)
            self._thread.start()

    def _load(self) -> None:
        with suppress(Exception):  # whatever it is, rendering will say so itself
            from govnb.render.prepare import load

            load(self._script, self._fonts)

    def wait(self) -> None:
        if self._thread is not None:
            self._thread.join()


@contextmanager
def _noted_views() -> Iterator[Path]:
    """A folder for the cells to note what they see of ledgers, and gone after it."""
    # Not a TemporaryDirectory: the process of cells, forked, would remove it when it ends.
    try:
        folder = tempfile.mkdtemp(prefix="govnb-views-")
    except OSError as error:
        raise ReportError(refused(error, "tmp")) from None
    os.environ[YEAR_VIEWS] = folder
    try:
        yield Path(folder)
    finally:
        del os.environ[YEAR_VIEWS]
        shutil.rmtree(folder, ignore_errors=True)


def _views(noted: Path, notebook: nbformat.NotebookNode) -> Views:
    """What the cells saw of ledgers; nothing where they may have seen more."""
    from govnb.inputs.year_view import read_notes

    return {} if reads_for_itself(notebook) else read_notes(noted) or {}


def _write(job: Job, notebook: nbformat.NotebookNode, views: Views) -> int:
    """Renders and writes everything of the report; the number of error checks that failed in it."""
    task = job.task
    limit = task.limits.report_seconds  # the cells kept to it themselves
    try:
        with set_aside(task, notebook) if limit > 0 else nullcontext():
            end_at(job.begun + limit if limit > 0 else None)
            document, files = render_all(job.workspace, job.params, task.notebook, notebook, job.formats)
            end_at(None)
        failing = _failed_checks(document)
        if task.strict and failing:
            raise ReportError(failing)
        write_report(job, views, files)
    except ReportError as error:
        raise _NotMadeError(error.problems, notebook) from None
    finally:
        end_at(None)
    return len(failing)


def render_all(
    workspace: Workspace, params: Params, name: str, notebook: nbformat.NotebookNode, formats: tuple[str, ...]
) -> tuple[Printable, dict[str, bytes]]:
    """Every output of an executed notebook by file name: the notebook, report.json, and each format.

    Rendered by the nbconvert exporters; the notebook is read once for all of them.
    """
    from govnb.render.exporter import export  # loads nbconvert, which takes long

    document = _document(workspace, notebook)
    files = {f"{name}.ipynb": notebook_bytes(notebook)}
    for kind in formats:
        files[f"{name}.{kind}"] = export(notebook, document, kind)
    if name == params.notebook:
        files["report.json"] = dump_json(document.report_json())
        files["review.html"] = export(notebook, document, REVIEW)
    return document, files


def _document(workspace: Workspace, notebook: nbformat.NotebookNode) -> Printable:
    return read_document(notebook, workspace.editions, _fonts(workspace))


def _fonts(workspace: Workspace) -> Path | None:
    folder = workspace.root / "fonts"
    return folder if folder.is_dir() else None


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
