"""What the members of an aggregate published, read from the files that are kept beside their data.

The files are read in a worker with the audit's limits: they come from elsewhere, and one that kills its reader must
cost one page and not the report. Judges nothing; the check ``aggregate.contradicts`` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from govnb.audit.raw import Unreadable
from govnb.audit.sandbox import run_all
from govnb.checks.model import MemberPage
from govnb.errors import GovnbError, Text
from govnb.inputs.workspace import Workspace


@dataclass(frozen=True)
class _File:
    path: Path
    shown: str
    root: Path


def read_member_pages(workspace: Workspace, files: Mapping[str, Sequence[Path]]) -> dict[str, tuple[MemberPage, ...]]:
    """Member → its pages, in the order of its ``files``. A file that can't be read is a page that says why."""
    found: dict[str, list[MemberPage]] = {member: [] for member in files}
    tasks: list[tuple[str, _File]] = []
    for member, paths in files.items():
        for path in paths:
            shown = workspace.shown(path)
            try:
                tasks.append((member, _File(workspace.inside(path), shown, workspace.root)))
            except GovnbError as error:
                found[member].append(MemberPage(shown, problem=error.problems[0].what))
    for index, read in run_all(read_page, [file for _, file in tasks], 1):
        member, file = tasks[index]
        page = MemberPage(file.shown, problem=_reason(read)) if isinstance(read, Unreadable) else read
        found[member].append(page)
    return {member: tuple(pages) for member, pages in found.items() if pages}


def read_page(file: _File) -> MemberPage:
    """One published report, in the worker. Raises Unreadable."""
    from govnb.audit.auditing import forms
    from govnb.audit.reading import read_published
    from govnb.audit.rebuilding import rebuild

    editions, calendar = forms(file.root)
    rebuilt = rebuild(read_published(file.path), editions, calendar)
    if not rebuilt.tables:
        return MemberPage(file.shown, problem=Text("没有可读的统计表格", "no statutory table can be read in it"))
    return MemberPage(file.shown, rebuilt.edition, rebuilt.year, rebuilt.tables, rebuilt.evidence.unreadable)


def _reason(fault: Unreadable) -> Text:
    return Text(f"无法读取：{fault.reason.zh}", f"can't be read: {fault.reason.en}")
