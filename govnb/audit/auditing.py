"""The audit of many files: each is read and checked in a worker, then again where the year before is among them.

A file that can't be read is one failed report and no more. What comes out is in the order of the files and the same for
any number of workers. Nothing is printed or written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from govnb.audit.collecting import Source
from govnb.audit.own_ledgers import Own, published_differs
from govnb.audit.packing import pack, unpack
from govnb.audit.raw import Unreadable
from govnb.audit.sandbox import DEFAULT, RECOGNISING, Limits, run_all
from govnb.checks.model import Evidence, Result, TableValues
from govnb.errors import Text
from govnb.form.edition import Edition, packaged_editions
from govnb.inputs.folding import fold_label
from govnb.narrative.sections import Section
from govnb.report import tables_to_json
from govnb.script import to_simplified

UNREADABLE = "audit.unreadable"
_SCANNED = Text(
    "文件里只有图片，没有可读的文字（扫描件），无法核对",
    "the file holds pictures only and no text (a scan), and can't be assessed",
)


@dataclass(frozen=True)
class Audited:
    """One file. ``year``, ``edition`` and ``name`` are None where it says nothing of them, or could not be read.

    ``notes``: what the reader had to leave out, for people.
    """

    file: str
    name: str | None = None
    year: int | None = None
    edition: int | None = None
    tables: TableValues = field(default_factory=dict)
    sections: tuple[Section, ...] = ()
    checks: tuple[Result, ...] = ()
    unreadable: frozenset[tuple[str, str, str]] = frozenset()
    table_editions: Mapping[str, int | None] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the contract has it; blanks are null."""
        return {
            "file": self.file,
            "name": self.name,
            "year": self.year,
            "edition": self.edition,
            "tables": tables_to_json(self.tables),
            "sections": [section.to_json() for section in self.sections],
            "checks": [check.to_json() for check in self.checks],
        }


@dataclass(frozen=True)
class Task:
    """A file to read. ``root``: the workspace whose own forms and calendar count, if any. ``ocr``: recognise a scan."""

    path: Path
    shown: str
    root: Path | None = None
    ocr: bool = False


@dataclass(frozen=True)
class Recheck:
    """A report that was read, with what it is compared to: last year's, or its own ledgers."""

    content: bytes
    previous: bytes | None
    own: Own | Text | None
    root: Path | None


@dataclass(frozen=True)
class Packed:
    """A report that was read: what pairs it with others, the rest as bytes."""

    organ: str
    year: int | None
    content: bytes
    readable: bool


class Audits(Sequence[Audited]):
    """The reports in the order of the files; each is unpacked when it is asked for."""

    def __init__(self, contents: Sequence[bytes], editions: Mapping[int, Edition]) -> None:
        self._contents, self._editions = contents, editions

    def __len__(self) -> int:
        return len(self._contents)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Audits(self._contents[index], self._editions)
        return unpack(self._contents[index], self._editions)[0]


@dataclass(frozen=True)
class Comparison:
    """What reports are compared to. ``previous``: files of the year before. ``own`` gives a workspace's own report for
    a year, or says why there is none."""

    previous: tuple[Source, ...] = ()
    own: Callable[[int | None], Own | Text] | None = None


def audit_all(
    sources: Sequence[Source],
    jobs: int,
    comparison: Comparison = Comparison(),
    root: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
    limits: Limits | None = None,
    ocr: bool = False,
) -> tuple[Audits, tuple[Audited, ...]]:
    """All reports, and those of the year before that could not be read. ``ocr``: scans are recognised, which takes the
    larger limits of RECOGNISING."""
    limits = limits or (RECOGNISING if ocr else DEFAULT)
    everything = [*comparison.previous, *sources]
    tasks = [Task(source.path, source.shown, root, ocr) for source in everything]
    read: list[Packed] = []
    workers = max(1, min(jobs, len(tasks)))
    for index, result in run_all(read_and_check, tasks, workers, limits):
        read.append(_failed(tasks[index], result) if isinstance(result, Unreadable) else result)
        progress(max(0, index + 1 - len(comparison.previous)))
    earlier = len(comparison.previous)
    again = dict(_rechecks(read, earlier, comparison, root))
    contents = {index: read[index].content for index in range(earlier, len(read))}
    order = list(again)
    for index, checked in run_all(check_again, again.values(), max(1, min(jobs, len(order))), limits) if again else ():
        at = order[index]
        contents[at] = _failed(tasks[at], checked).content if isinstance(checked, Unreadable) else checked
    editions = forms(root)[0]
    unread = [unpack(item.content, editions)[0] for item in read[:earlier] if not item.readable]
    return Audits([contents[index] for index in sorted(contents)], editions), tuple(unread)


def _rechecks(
    read: Sequence[Packed], earlier: int, comparison: Comparison, root: Path | None
) -> Iterator[tuple[int, Recheck]]:
    own: dict[int | None, Own | Text] = {}
    for index in range(earlier, len(read)):
        report = read[index]
        if not report.readable:
            continue
        previous = _year_before(report, read, earlier, forced=earlier == 1 and len(read) == 2)
        ledgers = None
        if comparison.own is not None:
            if report.year not in own:
                own[report.year] = comparison.own(report.year)
            ledgers = own[report.year]
        if previous is not None or ledgers is not None:
            yield index, Recheck(report.content, previous.content if previous else None, ledgers, root)


def _year_before(report: Packed, read: Sequence[Packed], earlier: int, *, forced: bool) -> Packed | None:
    """The first readable report of the same organ for the year before, those of ``--previous`` first.

    One file and one ``--previous`` belong together because somebody said so, whatever the title of either: organs are
    renamed. The checks still refuse another year than the one before.
    """
    if forced:
        return read[0] if read[0].readable else None
    if report.year is None or not report.organ:
        return None
    fitting = (item for item in read if item.organ == report.organ and item.year == report.year - 1)
    return next((item for item in fitting if item.readable), None)


def organ_key(name: str | None) -> str:
    """Names of one organ that differ in script, width, spaces or punctuation only have the same key."""
    return fold_label(to_simplified(name or ""))


# In the worker


def read_and_check(task: Task) -> Packed:
    """Reads one file and runs every check that needs no other. Raises Unreadable."""
    from govnb.audit.reading import read_published
    from govnb.audit.rebuilding import rebuild

    editions, calendar = forms(task.root)
    rebuilt = rebuild(read_published(task.path, task.ocr), editions, calendar)
    evidence = rebuilt.evidence
    audited = _audited(task.shown, evidence, rebuilt.name, rebuilt.year, rebuilt.edition)
    audited = replace(audited, notes=rebuilt.notes)
    content = pack((audited, replace(evidence, calendar=None)))
    return Packed(organ_key(rebuilt.name), rebuilt.year, content, readable=True)


def check_again(task: Recheck) -> bytes:
    """The same report with what it is compared to."""
    editions, calendar = forms(task.root)
    audited, evidence = unpack(task.content, editions)
    previous = unpack(task.previous, editions)[1] if task.previous is not None else None
    evidence = replace(evidence, calendar=calendar, previous=previous)
    more: list[Result] = []
    if task.own is not None:
        more = published_differs(evidence, task.own, audited.name)
        if isinstance(task.own, Own):
            evidence = replace(
                evidence,
                level=task.own.level,
                scope=task.own.scope,
                previous=previous or task.own.previous,
            )
    again = _audited(audited.file, evidence, audited.name, audited.year, audited.edition)
    return pack((replace(again, checks=(*again.checks, *more), notes=audited.notes), None))


def _audited(shown: str, evidence: Evidence, name: str | None, year: int | None, edition: int | None) -> Audited:
    from govnb.checks.registry import run_checks

    results = run_checks(evidence)
    published = evidence.published
    if published is not None and published.scanned:
        results.insert(0, unreadable_result(_scanned(evidence), "not_assessable"))
    return Audited(
        file=shown,
        name=name,
        year=year,
        edition=edition,
        tables=evidence.tables or {},
        sections=evidence.sections or (),
        checks=tuple(results),
        unreadable=evidence.unreadable,
        table_editions=published.table_editions if published else {},
    )


def _scanned(evidence: Evidence) -> Text:
    """Why a scan can't be assessed, or how much of it could be once its tables were recognised."""
    if not evidence.tables:
        return _SCANNED
    cells = [value for rows in evidence.tables.values() for row in rows.values() for value in row.values()]
    known = sum(value is not None for value in cells)
    return Text(
        f"文件是扫描件，数字由图像识别得到：表中{len(cells)}格，采信勾稽关系印证的{known}格，其余及文字无法核对",
        f"the file is a scan whose numbers were recognised: of {len(cells)} cells of its tables the {known} are taken "
        "that the form's equations bear out; the others, and the text, can't be assessed",
    )


@cache
def forms(root: Path | None) -> tuple[Mapping[int, Edition], Any]:
    """Editions and calendar: those of the workspace, or the packaged ones."""
    from govnb.counting.calendar import WorkCalendar

    if root is None:
        return packaged_editions(), WorkCalendar({})
    from govnb.inputs.workspace import find_workspace
    from govnb.workpaper import read_calendar

    workspace = find_workspace(root)
    return workspace.editions, read_calendar(workspace)


# Files that can't be read


def unreadable_result(reason: Text, status: str = "fail") -> Result:
    said = Text(f"{reason.zh}。", f"{reason.en}.")
    return Result(UNREADABLE, "error", status, "文件", said)


def _failed(task: Task, why: Unreadable) -> Packed:
    zh, en = why.reason.zh, why.reason.en
    if why.fix.zh:
        zh, en = f"{zh}。{why.fix.zh}", f"{en}. {why.fix.en}"
    audited = Audited(task.shown, checks=(unreadable_result(Text(zh, en)),))
    return Packed("", None, pack((audited, None)), readable=False)


def findings_of(audited: Audited) -> Iterable[Result]:
    """What people are told: whatever failed, and a file of pictures only. Worst first."""
    from govnb.display import in_order

    return in_order([r for r in audited.checks if r.status == "fail" or r.id == UNREADABLE])
