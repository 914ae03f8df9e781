"""Decides what must be done for one report, and says why: run its notebook, render it, or nothing at all.

By content, never by time stamps. A ledger that was changed beyond what the report sees of it changes nothing of the
report but its manifest. Whatever is not certain is run. Nothing is made or written here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from govnb.errors import GovnbError, Text
from govnb.inputs.params import Params
from govnb.inputs.workspace import Workspace
from govnb.manifest import Views, is_unchanged, read_manifest, shared_inputs, views_of
from govnb.material import NOTEBOOKS, Material, reads_database
from govnb.notebook.run import Limits
from govnb.versions import RENDERING, differing, package_versions, told

FORMATS = ("html", "pdf", "docx", "xlsx")
REPORT_FILES = ("report.json", "review.html")  # made with every run by the report's own notebook, whatever the formats
RUN, RENDER, RENEW, LEAVE = "run", "render", "renew", "leave"
_LISTED = 3


@dataclass(frozen=True)
class Task:
    """One notebook of one report. ``output`` stands for the folder ``output/``; ``notebook`` has no suffix.

    ``own``: whether it is the notebook that the report's params name. ``elsewhere``: the versions in the environment of
    the kernel that was asked for, empty where it does not tell them; None where cells run here.
    """

    root: Path
    agency: str
    year: int
    output: Path
    notebook: str
    limits: Limits
    formats: tuple[str, ...] = ("html", "pdf")
    force: bool = False
    strict: bool = False
    own: bool = True
    elsewhere: Mapping[str, str] | None = field(default=None, hash=False)

    @cached_property
    def folder(self) -> Path:
        return self.output / self.agency / str(self.year)

    @property
    def packages(self) -> Mapping[str, str]:
        """Versions of all that the outputs depend on. Whatever runs the cells, they are rendered here."""
        ours = package_versions()
        return ours if self.elsewhere is None else {**self.elsewhere, **{name: ours[name] for name in RENDERING}}


@dataclass(frozen=True)
class Job:
    """A task with everything that can be known before it is run; ``before`` is the manifest of what was made last."""

    task: Task
    material: Material
    params: Params
    path: Path
    inputs: Mapping[str, str]
    before: Mapping[str, Any] | None
    begun: float = field(default_factory=time.monotonic, compare=False)
    _seen: dict[str, Mapping[str, str] | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def begin(cls, task: Task, material: Material | None = None) -> Job:
        material = material or Material(task.root)
        params = material.params(task.agency, task.year)
        path = material.workspace.notebook(task.notebook)
        return cls(task, material, params, path, material.digests(params, path), read_manifest(task.folder))

    @property
    def workspace(self) -> Workspace:
        return self.material.workspace

    @cached_property
    def involved(self) -> tuple[Params, ...]:
        return self.material.involved(self.params)

    @cached_property
    def formats(self) -> tuple[str, ...]:
        """What is asked for, and what was made before: an old .docx beside a new .pdf would contradict it."""
        made = self.before["outputs"] if self.before else {}
        return tuple(kind for kind in FORMATS if kind in self.task.formats or f"{self.task.notebook}.{kind}" in made)

    @property
    def outputs(self) -> list[str]:
        """Names of the files that the notebook gives, the notebook first."""
        return files_of(self.task.notebook, self.params, self.formats)

    def sees(self, reading: str) -> Mapping[str, str] | None:
        """What a report now sees of each ledger of ``<agency>/<year>``; None where that can't be said."""
        if reading not in self._seen:
            self._seen[reading] = _see(self.material, *reading.split("/"))
        return self._seen[reading]


@dataclass(frozen=True)
class Decision:
    """``action``: RUN the notebook; RENDER it as it was run; RENEW the manifest alone; or LEAVE everything."""

    action: str
    reason: Text


@dataclass(frozen=True)
class Beside:
    """What other notebooks made in the same folder and what is still true, in the manifest's own words."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    views: Mapping[str, Views] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


def files_of(notebook: str, params: Params, formats: Sequence[str] = FORMATS) -> list[str]:
    """The files that a notebook gives; those of the report itself where it is the notebook of the params."""
    of_report = REPORT_FILES if notebook == params.notebook else ()
    return [f"{notebook}.ipynb", *(f"{notebook}.{kind}" for kind in formats), *of_report]


def decide(job: Job, look: bool = True) -> Decision:
    """``look``: whether ledgers may be read to find out if a change concerns the report; without it, it does."""
    because, unconcerned = _why_run(job, look)
    if because is not None:
        return Decision(RUN, because)
    assert job.before is not None  # or it would be run
    packages, now = job.before["packages"], job.task.packages
    if changed := differing(packages, now):
        which = told(changed, packages, now)
        why = Text(
            f"生成文件所用的程序有变（{which}），重新生成，不再运行", f"rendered again, not run: {which} changed"
        )
        return Decision(RENDER, why)
    rendered = job.outputs[1:]  # the notebook itself was looked at above
    if stale := [name for name in rendered if not is_unchanged(job.task.folder, job.before, name)]:
        listed = ", ".join(stale)
        why = Text(f"由已运行的笔记本重新生成 {listed}", f"{listed} rendered from the notebook as it was run before")
        return Decision(RENDER, why)
    if unconcerned:
        listed = _listed(unconcerned)
        why = Text(
            f"台账有改动，但与本报告无关（{listed}）", f"a ledger changed in what this report does not see: {listed}"
        )
        return Decision(RENEW, why)
    return Decision(LEAVE, Text("输入和输出均未变化，不再运行", "inputs and outputs are unchanged, not run again"))


def _why_run(job: Job, look: bool) -> tuple[Text | None, list[str]]:
    """Why the notebook must be run, None where it need not; and the ledgers whose change does not concern it."""
    before, notebook = job.before, f"{job.task.notebook}.ipynb"
    if before is None:
        return _NOT_MADE, []
    packages, now = before["packages"], job.task.packages
    if changed := [name for name in differing(packages, now) if name not in RENDERING]:
        which = told(changed, packages, now)
        return Text(f"程序或依赖版本有变：{which}", f"package versions changed: {which}"), []
    if job.task.elsewhere == {}:
        name = job.task.limits.kernel
        return Text(f"内核“{name}”的依赖版本无从得知", f"the versions in kernel “{name}” are not known"), []
    if ledgers := reads_database(job.involved):
        which = ", ".join(ledgers)
        return Text(f"台账来自数据库：{which}", f"a ledger comes from a database: {which}"), []
    changed = _changed(before["inputs"], shared_inputs(job.inputs))
    own = {name: sha for name, sha in job.inputs.items() if name.startswith(NOTEBOOKS)}
    if not changed and notebook not in before["outputs"]:
        return _NOT_MADE, []
    edited = [name for name, sha in own.items() if before["inputs"].get(name) != sha]
    if edited or (
        changed and (job.task.force or not look or not _sees_the_same(job, f"{NOTEBOOKS}{notebook}", changed))
    ):
        return _inputs_changed(before["inputs"], job.inputs, [*changed, *edited]), []
    if not is_unchanged(job.task.folder, before, notebook):
        return Text(f"{notebook}缺失或被改动", f"{notebook} is missing or was changed"), []
    return (Text("--force", "--force") if job.task.force else None), changed


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Shared inputs that are not what they were, sorted."""
    return differing(shared_inputs(before), now)


def _sees_the_same(job: Job, notebook: str, changed: Sequence[str]) -> bool:
    """Whether all of ``changed`` are ledgers, and what the notebook has seen of them is what it would see now."""
    assert job.before is not None
    readings = {
        reading: files
        for reading, files in views_of(job.before, notebook).items()
        if any(name in files for name in changed)
    }
    known = {name for files in readings.values() for name in files}
    return known.issuperset(changed) and all(job.sees(reading) == files for reading, files in readings.items())


def _see(material: Material, agency: str, year: str) -> Mapping[str, str] | None:
    from govnb.inputs.ledgers import read_views  # loads pandas, which nobody else here needs

    try:
        params = material.params(agency, int(year))
        return read_views(material.workspace, params.sources, agency, os.environ, params.year)
    except (GovnbError, ValueError):
        return None


def kept_beside(job: Job) -> Beside:
    """Of the other notebooks of the report's folder, whatever need not be run, or not be rendered, again."""
    before, folder = job.before, job.task.folder
    changed = [] if before is None else differing(before["packages"], job.task.packages)
    if before is None or not RENDERING.issuperset(changed):
        return Beside()
    inputs: dict[str, str] = {}
    views: dict[str, Views] = {}
    outputs: dict[str, str] = {}
    edited = _changed(before["inputs"], shared_inputs(job.inputs))
    for file in before["outputs"]:
        name, notebook = file.removesuffix(".ipynb"), f"{NOTEBOOKS}{file}"
        if name in (file, job.task.notebook) or notebook not in before["inputs"]:
            continue
        if is_unchanged(folder, before, file) and (not edited or _sees_the_same(job, notebook, edited)):
            inputs[notebook], views[notebook] = before["inputs"][notebook], views_of(before, notebook)
            made = [file] if changed else files_of(name, job.params)
            outputs |= {each: before["outputs"][each] for each in made if is_unchanged(folder, before, each)}
    return Beside(inputs, views, outputs)


_NOT_MADE = Text("尚未生成", "not made yet")
_KINDS = (
    ("data/", "/declared-", Text("已填报表", "declared tables")),
    ("data/", "/published-", Text("成员单位公布的报告", "published report")),
    ("data/", "", Text("台账", "ledger")),
    ("params/", ".md", Text("正文", "narrative")),
    ("params/", "", Text("参数", "params")),
    (NOTEBOOKS, "", Text("笔记本", "notebook")),
    ("calendar/", "", Text("节假日安排", "calendar")),
    ("editions/", "", Text("格式", "form")),
    ("fonts/", "", Text("字体", "font")),
)


def _inputs_changed(before: Mapping[str, str], now: Mapping[str, str], changed: Sequence[str]) -> Text:
    """Each with what it is, and whether it is new or gone."""
    items = []
    for name in changed:
        kind = next(
            (kind for start, part, kind in _KINDS if name.startswith(start) and part in name), Text("文件", "file")
        )
        gone, new = now.get(name, "missing") == "missing", before.get(name, "missing") == "missing"
        zh, en = ("（已删除）", " (gone)") if gone else ("（新增）", " (new)") if new else ("", "")
        items.append(Text(f"{kind.zh} {name}{zh}", f"{kind.en} {name}{en}"))
    return Text(f"输入有变：{_listed([i.zh for i in items])}", f"inputs changed: {_listed([i.en for i in items])}")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_LISTED]) + (" …" if len(names) > _LISTED else "")
