"""Reports with their findings and what people said of these: made from an audit and the remarks beside its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from govnb.audit.auditing import Audited, findings_of
from govnb.audit.collecting import Source
from govnb.audit.remarks import FILE, Remark, Remarks, read_remarks, unused_files, with_remarks
from govnb.audit.result_page import Judged
from govnb.errors import ParamsError, Place, Problem

Folders = Mapping[str, tuple[Path, Remarks]]
"""Folder as shown → where it is, and its remarks."""


def folder_of(source: Source) -> str:
    """The folder of a file as it is shown; empty for the folder that the program was started in."""
    return source.shown.replace("\\", "/").rpartition("/")[0]


def read_all_remarks(sources: Sequence[Source]) -> Folders:
    """The remarks of every folder that a file lies in. ParamsError with all faults of all of them."""
    problems: list[Problem] = []
    found: dict[str, tuple[Path, Remarks]] = {}
    for source in sources:
        shown = folder_of(source)
        if shown in found:
            continue
        try:
            found[shown] = (source.path.parent, read_remarks(source.path.parent, shown))
        except ParamsError as error:
            problems += error.problems
            found[shown] = (source.path.parent, {})
    if problems:
        raise ParamsError(problems)
    return found


class Judgements(Sequence[Judged]):
    """Each report with its findings, made when it is asked for. ``problems``: remarks that hold of nothing any more."""

    def __init__(self, audits: Sequence[Audited], sources: Sequence[Source], folders: Folders) -> None:
        self._audits, self._sources, self._folders = audits, sources, folders
        self.problems: list[Problem] = []
        self.wrong = False
        for index in range(len(audits)):
            judged = self._judge(index, self.problems)
            self.wrong = self.wrong or any(finding.counts for finding in judged.findings)
        self.problems += self._unused()

    def __len__(self) -> int:
        return len(self._audits)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._judge(at, []) for at in range(*index.indices(len(self)))]
        return self._judge(range(len(self))[index], [])

    def _judge(self, index: int, problems: list[Problem]) -> Judged:
        audited = self._audits[index]
        results = findings_of(audited)
        return Judged(audited, with_remarks(results, self._remarks(self._sources[index]), problems))

    def _remarks(self, source: Source) -> tuple[Remark, ...]:
        return self._folders[folder_of(source)][1].get(source.path.name, ())

    def _unused(self) -> Iterator[Problem]:
        names: dict[str, list[str]] = {}
        for source in self._sources:
            names.setdefault(folder_of(source), []).append(source.path.name)
        for shown, (folder, remarks) in self._folders.items():
            place = Place(file=f"{shown}/{FILE}" if shown else FILE)
            yield from unused_files(remarks, names.get(shown, ()), folder, place)
