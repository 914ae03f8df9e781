"""Builds the site of a workspace: reads what is there, renders the pages whose content changed, removes its stale ones.

``output/site/.site.json`` remembers the sha256 of everything that was read and written. Files are compared by content,
never by time; where nothing changed nothing is written. Only files that the site made are ever replaced or removed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from govnb.errors import Collector, Problem
from govnb.inputs.params import read_selection
from govnb.inputs.workspace import Workspace
from govnb.material import digest, digest_file
from govnb.report import dump_json
from govnb.signoff import FOLDER, read_reviews
from govnb.site.entries import Entry, Organ, build_entries
from govnb.site.pages import AgencyPage, Index, Row, YearPage, render_agency, render_index, render_year
from govnb.site.reading import Folder, Key, read_folders
from govnb.site.summary import Summary
from govnb.storage import remove_leftovers, write_files
from govnb.versions import package_versions

STATE, REPORTS, SUMS, INDEX = "site/.site.json", "site/reports.json", "site/SHA256SUMS", "index.html"
_FOLDERS = ("site/agencies", "site/years", "site", "")  # the index comes last, as it links the others
_OURS = re.compile(r"index\.html|site/(reports\.json|SHA256SUMS|agencies/[a-z0-9-]{1,63}\.html|years/[0-9]{4}\.html)")
_REVIEW_FILE = re.compile(rf"{FOLDER}/([a-z0-9-]+)/([0-9]{{4}})\.yaml")


@dataclass(frozen=True)
class Built:
    """``reports``: the content of reports.json. ``problems``: faults of sign-off files, which the pages show too."""

    reports: bytes
    written: int
    kept: int
    removed: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class _Page:
    """``content``: sha256 of everything that the page is made from, empty where rendering is as cheap."""

    content: str
    render: Callable[[], bytes]


@dataclass
class _State:
    """What the last build left: name → (sha256 of the content, of the file); key → what was read of a report.json."""

    versions: str = ""
    inputs: str = ""
    pages: dict[str, tuple[str, str]] = field(default_factory=dict)
    summaries: dict[str, Summary] = field(default_factory=dict)

    @classmethod
    def read(cls, output: Path) -> _State:
        """As it was written by these versions; of other versions only which pages are ours."""
        versions = digest(dump_json(package_versions()))
        try:
            data = json.loads((output / STATE).read_bytes())
            pages = {
                str(name): (str(one), str(two)) for name, (one, two) in data["pages"].items() if _OURS.fullmatch(name)
            }
            if data["versions"] != versions:
                return cls(versions, "", {name: ("", sha) for name, (_, sha) in pages.items()})
            summaries = {str(key): Summary.from_json(item) for key, item in data["summaries"].items()}
            return cls(versions, str(data["inputs"]), pages, summaries)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(versions)

    def write(self, output: Path) -> None:
        data = {
            "versions": self.versions,
            "inputs": self.inputs,
            "pages": self.pages,
            "summaries": {key: summary.to_json() for key, summary in self.summaries.items()},
        }
        folder, _, name = STATE.rpartition("/")
        content = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        write_files(output / folder, f"output/{folder}", {name: content.encode()})


def build_site(workspace: Workspace, as_of: date | None = None) -> Built:
    """Brings the site up to date. ``as_of``: the day by which a report without a date of publication counts as late.

    UsageError and ParamsError for params/, ReportError where the system refuses to write.
    """
    output = workspace.inside("output")
    for folder in _FOLDERS:
        workspace.inside(output / folder)  # a link must not lead the pages out
    before = _State.read(output)
    keys = [(agency, year) for agency in workspace.agencies() for year in workspace.years(agency)]
    folders = read_folders(output, keys, before.summaries)
    inputs = _digest_inputs(workspace, folders, as_of)
    if inputs == before.inputs and all(digest_file(output / name) == sha for name, (_, sha) in before.pages.items()):
        return Built((output / REPORTS).read_bytes(), 0, len(before.pages), 0)
    entries, problems = _read_entries(workspace, folders, as_of)
    summaries = {_summary_key(key, folder): folder.summary for key, folder in folders.items() if folder.summary}
    # With faulty sign-off files the next build reads everything again, so that they are told again.
    after = _State(before.versions, "" if problems else inputs, {}, summaries)
    written, removed = _write_changed(output, _plan(entries, as_of), before, after)
    kept = len(after.pages) - written
    return Built((output / REPORTS).read_bytes(), written, kept, removed, problems)


def _summary_key(key: Key, folder: Folder) -> str:
    return f"{folder.report_sha} {key[0]} {key[1]}"


def _digest_inputs(workspace: Workspace, folders: Mapping[Key, Folder], as_of: date | None) -> str:
    """sha256 over everything that the site is made from."""
    files = [
        (name, digest_file(workspace.root / name))
        for folder, depth in (("params", 2), ("editions", 1), (FOLDER, 2))
        for name in _files_below(workspace.root, folder, depth)
    ]
    return digest(repr((files, [(key, folder.seen) for key, folder in folders.items()], as_of)).encode())


def _files_below(root: Path, folder: str, depth: int) -> list[str]:
    """Names of the files in a folder and ``depth`` - 1 levels of folders below it, in a fixed order."""
    try:
        with os.scandir(root / folder) as scanned:
            entries = sorted((f"{folder}/{entry.name}", entry.is_dir()) for entry in scanned)
    except OSError:
        return []
    below = [
        _files_below(root, name, depth - 1) if is_folder else [name]
        for name, is_folder in entries
        if not is_folder or depth > 1
    ]
    return [name for names in below for name in names]


def _read_entries(
    workspace: Workspace, folders: Mapping[Key, Folder], as_of: date | None
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    chosen = read_selection(workspace, [], [])
    collector = Collector()
    reviews = read_reviews(workspace.root, collector)
    faulty = [match for problem in collector.problems if (match := _REVIEW_FILE.fullmatch(problem.where.file))]
    unreadable = frozenset((match.group(1), int(match.group(2))) for match in faulty)
    return build_entries(chosen, folders, reviews, unreadable, as_of), tuple(collector.problems)


def _plan(entries: Sequence[Entry], as_of: date | None) -> dict[str, _Page]:
    """Name → page, below output/."""
    years = tuple(sorted({entry.year for entry in entries}))
    organs = {entry.organ.id: entry.organ for entry in entries}
    by_key = {(entry.organ.id, entry.year): entry for entry in entries}
    by_organ: dict[str, list[Entry]] = {}
    for entry in entries:
        by_organ.setdefault(entry.organ.id, []).append(entry)

    def row(organ: Organ, wanted: Iterable[int]) -> Row:
        return Row(organ, tuple(by_key.get((organ.id, year)) for year in wanted))

    pages: dict[str, _Page] = {}
    for organ in organs.values():
        own = by_organ[organ.id]
        members = tuple(row(organs.get(name) or _unknown(name), [e.year for e in own]) for name in organ.members)
        page = AgencyPage(organ, tuple(own), members, tuple(organs[name] for name in organ.member_of))
        pages[f"site/agencies/{organ.id}.html"] = _page(page, render_agency)
    comparable = tuple(
        year for year in years if any(entry.year == year and entry.folder.summary is not None for entry in entries)
    )
    for year in comparable:
        compared = YearPage(year, comparable, tuple(entry for entry in entries if entry.year == year))
        pages[f"site/years/{year}.html"] = _page(compared, render_year)
    pages[SUMS] = _Page("", lambda: "".join(_sums(entries)).encode())
    pages[REPORTS] = _Page("", lambda: _reports(entries, as_of))
    pages[INDEX] = _page(Index(years, tuple(row(organ, years) for organ in organs.values()), as_of), render_index)
    return pages


def _page(content: Any, render: Callable[[Any], bytes]) -> _Page:
    return _Page(digest(repr(content).encode()), partial(render, content))


def _unknown(name: str) -> Organ:
    """A member that has no report in any year."""
    return Organ(name, name, name, "", "", (), ())


def _sums(entries: Sequence[Entry]) -> Iterator[str]:
    """Lines that ``sha256sum -c`` reads in output/."""
    for entry in entries:
        for file in entry.folder.files:
            if file.size is not None:
                yield f"{file.sha256}  {entry.organ.id}/{entry.year}/{file.name}\n"


def _reports(entries: Sequence[Entry], as_of: date | None) -> bytes:
    return dump_json({"as_of": as_of.isoformat() if as_of else None, "reports": [entry.to_json() for entry in entries]})


def _write_changed(output: Path, pages: Mapping[str, _Page], before: _State, after: _State) -> tuple[int, int]:
    """Renders and writes what changed and removes what is no more; how many of each. ``after`` gets every page."""
    files: dict[str, bytes] = {}
    for name, page in pages.items():
        content, sha = before.pages.get(name, ("", ""))
        there = digest_file(output / name)
        if page.content and (content, sha) == (page.content, there):
            after.pages[name] = (content, sha)
            continue
        made = page.render()
        after.pages[name] = (page.content, digest(made))
        if digest(made) != there:
            files[name] = made
    stale = [name for name in before.pages if name not in pages and (output / name).is_file()]
    # Until everything is in its place the state knows old and new pages, so that none is ever forgotten.
    _State(before.versions, "", {**before.pages, **dict.fromkeys(files, ("", ""))}, after.summaries).write(output)
    for folder in _FOLDERS:
        remove_leftovers(output / folder)
        names = [name for name in files if name.rpartition("/")[0] == folder]
        write_files(output / folder, f"output/{folder}", {name.rpartition("/")[2]: files[name] for name in names})
    for name in stale:
        (output / name).unlink(missing_ok=True)
    after.write(output)
    return len(files), len(stale)
