"""The material that reports are made from: which files, and their sums. Each is looked at once in a command.

A ``Material`` belongs to one command, or to one report in a process of its own, and is not kept for the next: what
decides between two runs is the content of the files. No ledger is opened here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from govnb.errors import Collector
from govnb.inputs.listing import FORMATS, is_workbook, ledger_named, published_files
from govnb.inputs.params import Params, read_params
from govnb.inputs.params_reader import ParamsReader
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace, find_workspace

NOTEBOOKS = "notebooks/"
_DECLARED = re.compile(r"declared-(\d{4})\.(json|yaml|xlsx)")
_YEARS = 5  # a report looks at itself and up to four years before it
_PIECE = 1 << 20


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 of a file, read in pieces; ``missing`` where there is none."""
    sha = hashlib.sha256()
    if not path.is_file():  # a pipe would be waited for
        return "missing"
    try:
        with path.open("rb") as handle:
            while piece := handle.read(_PIECE):
                sha.update(piece)
    except OSError:
        return "missing"
    return sha.hexdigest()


class Material:
    """Parameters and files of the reports of one workspace. UsageError where ``root`` is none.

    ``known`` are parameters that the command has read already, and found sound with those of their members.
    """

    def __init__(self, root: Path | Workspace, known: Iterable[Params] = ()) -> None:
        self.workspace = root if isinstance(root, Workspace) else find_workspace(root)
        self._params: dict[tuple[str, int], Params | None] = {(each.agency.id, each.year): each for each in known}
        self._years: dict[str, list[int]] = {}
        self._sums: dict[Path, str] = {}
        self._beside: dict[str, list[Path]] = {}
        self._data: dict[str, list[tuple[Path, int | None]]] = {}

    def params(self, agency: str, year: int) -> Params:
        """The parameters of a report. UsageError and ParamsError as ``read_params``, also for faults of members."""
        found = self._known(agency, year)
        members = self._reader.all_members(agency) if found is not None and found.agency.members else []
        if found is None or any(self._known(member, year) is None for member in members if year in self.years(member)):
            return read_params(self.workspace, agency, year)
        return found

    def involved(self, params: Params) -> tuple[Params, ...]:
        """The parameters of the report, of its earlier years and of its members, as far as there are any."""
        found: dict[tuple[str, int], Params] = {}

        def add(each: Params) -> None:
            agency = each.agency
            if (agency.id, each.year) in found:
                return
            found[agency.id, each.year] = each
            wanted = [(agency.id, each.year - 1), *((member, each.year) for member in agency.members)]
            for name, year in wanted:
                # A faulty one is told where it is read; here its files are enough, and they are hashed in any case.
                if year > params.year - _YEARS and (known := self._known(name, year)) is not None:
                    add(known)

        add(params)
        return tuple(found.values())

    def files(self, params: Params, notebook: Path) -> list[Path]:
        """Every file that the report depends on; some may be missing.

        Its own, its earlier years' and its members', the forms, the calendar, the fonts.
        """
        paths = {notebook, *self._shared}
        for each in self.involved(params):
            paths |= {*self._parameter_files(each), *self._ledger_files(each)}
        for member in params.agency.members:
            paths |= {*published_files(self.workspace, member, params.year)}
        return sorted(paths)

    def digests(self, params: Params, notebook: Path) -> dict[str, str]:
        """Shown name → sha256 of every file that the report depends on.

        UsageError where a link among them leads out of the workspace; nothing outside is read, not even to hash it.
        """
        return {self.workspace.shown(path): self.digest(path) for path in self.files(params, notebook)}

    def digest(self, path: Path) -> str:
        """sha256 of one file of the workspace, read once."""
        if path not in self._sums:
            self._sums[path] = digest_file(self.workspace.inside(path))
        return self._sums[path]

    def years(self, agency: str) -> list[int]:
        if agency not in self._years:
            self._years[agency] = self.workspace.years(agency)
        return self._years[agency]

    @cached_property
    def _reader(self) -> ParamsReader:
        return ParamsReader(self.workspace, Collector())

    def _known(self, agency: str, year: int) -> Params | None:
        """None where there is no such report, or where it has faults."""
        key = (agency, year)
        if key not in self._params:
            there = year in self.years(agency) and agency in self._reader.known.agencies
            self._params[key] = self._reader.report(agency, year) if there else None
        return self._params[key]

    @cached_property
    def _shared(self) -> list[Path]:
        folders = [self.workspace.root / name for name in ("editions", "calendar", "fonts")]
        return [path for folder in folders for path in folder.glob("*") if path.is_file()]

    def _parameter_files(self, params: Params) -> Iterator[Path]:
        """Everything beside the parameters (a narrative's pictures too) but other years' narratives and later years."""
        agency, year = params.agency.id, params.year
        if agency not in self._beside:
            folder = self.workspace.root / "params" / agency
            self._beside[agency] = [
                path
                for path in folder.rglob("*")
                if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            ]
        for path in self._beside[agency]:
            stem = path.stem
            if not (stem.isdigit() and (int(stem) > year or (int(stem) < year and path.suffix == ".md"))):
                yield path

    def _ledger_files(self, params: Params) -> Iterator[Path]:
        agency = params.agency.id
        if agency not in self._data:
            self._data[agency] = list(self._data_files(agency))
        yield from (path for path, year in self._data[agency] if year is None or year <= params.year)
        for source in params.sources.values():
            if source.file is not None:
                yield self.workspace.source_path(agency, source.file)

    def _data_files(self, agency: str) -> Iterator[tuple[Path, int | None]]:
        """Ledgers, and declared tables with their year."""
        folder = self.workspace.root / "data" / agency
        schemas = build_schemas(self.workspace.editions)
        for path in folder.iterdir() if folder.is_dir() else ():
            declared = _DECLARED.fullmatch(path.name)
            named = path.suffix.lower() in FORMATS and ledger_named(path.stem, schemas) is not None
            if (declared or named or is_workbook(path)) and path.is_file():
                yield path, int(declared.group(1)) if declared else None


def reads_database(papers: Iterable[Params]) -> list[str]:
    """Ledgers that come from a database: their content has no file to hash, so such a report is run every time."""
    return sorted({name for params in papers for name, source in params.sources.items() if source.url is not None})
