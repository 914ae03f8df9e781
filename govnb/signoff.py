"""Sign-off: who accepted or rejected which report, when and why, as plain files that work in git.

    reviews/<agency>/<year>.yaml      a list of decisions, the newest last; nothing is ever taken out of it

A decision is about one report.json, named by its sha256: when the report changes, it is void, and it stands again for
the very same bytes. Decisions are ordered by their time, so that a merge of two branches means the same whichever way
it went. Nothing here reads a clock, an account or the environment, or writes to ``output/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from govnb.errors import NOTHING, Collector, ParamsError, Place, Problem, ReportError, Text, did_you_mean
from govnb.inputs.workspace import AGENCY_ID, Workspace, read_text
from govnb.marked import Marked, parse_yaml
from govnb.storage import refused, write_files

FOLDER = "reviews"
STATES = ("accepted", "rejected")
NONE, VOID = "none", "void"  # what stands without a decision, and after a change
_KEYS = ("state", "sha256", "by", "when", "note", "despite_errors")
_OPTIONAL = ("despite_errors",)
_SHA = re.compile("[0-9a-f]{64}")
_YEAR_FILE = re.compile(r"([0-9]{4})\.yaml")
WAIT = 20.0  # seconds for another sign-off of the same report to be written
_LONGEST = 4000  # characters of a name or a note
_HEAD = """\
# 审核记录：govnb review 写入，一次审核一条，最新的在最后；sha256 是所审 report.json 的。合并时两边的都保留。
# Written by govnb review: a decision an entry, the newest last, about the report.json of that sha256; in a merge keep
# both sides.
"""


@dataclass(frozen=True)
class Review:
    """One decision. ``state``: accepted or rejected; ``sha256``: of the report.json decided on.

    ``when`` is ISO 8601 with its offset (2022-01-25T09:30:00+08:00). ``despite_errors``: ids of the error checks that
    had failed when it was accepted all the same.
    """

    state: str
    sha256: str
    by: str
    when: str
    note: str
    despite_errors: tuple[str, ...] = ()

    def state_for(self, report_sha: str | None) -> str:
        """This decision's state where it is about that report.json, else ``"void"``."""
        return self.state if report_sha == self.sha256 else VOID

    def to_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "state": self.state,
            "sha256": self.sha256,
            "by": self.by,
            "when": self.when,
            "note": self.note,
        }
        if self.despite_errors:
            entry["despite_errors"] = list(self.despite_errors)
        return entry


def standing(reviews: Sequence[Review], report_sha: str | None) -> str:
    """``"none"``, ``"accepted"``, ``"rejected"`` or ``"void"``: what the decisions say of that report.json.

    The newest decision on these very bytes counts; where all are about other bytes, or there is no report (None), void.
    """
    found = decision(reviews, report_sha)
    if found is not None:
        return found.state
    return VOID if reviews else NONE


def decision(reviews: Sequence[Review], report_sha: str | None) -> Review | None:
    """The decision that stands for that report.json, or None."""
    return next((review for review in reversed(reviews) if review.sha256 == report_sha), None)


def read_reviews(root: Path, problems: Collector | None = None) -> dict[tuple[str, int], list[Review]]:
    """(agency, year) → its decisions, the newest last, of every file in ``reviews/`` of the workspace at ``root``.

    Faults go to ``problems``, and then a file with a fault has no entry; without ``problems`` they are raised as
    ParamsError. Files that are named otherwise than <agency>/<year>.yaml are not looked at.
    """
    collector = Collector() if problems is None else problems
    workspace = Workspace(root.resolve(), {})
    found: dict[tuple[str, int], list[Review]] = {}
    for path in sorted((workspace.root / FOLDER).glob("*/*.yaml")):
        match = _YEAR_FILE.fullmatch(path.name)
        if match and AGENCY_ID.fullmatch(path.parent.name):
            reviews = _read_file(workspace, path, collector)
            if reviews:
                found[path.parent.name, int(match.group(1))] = reviews
    if problems is None:
        collector.raise_if_any(ParamsError)
    return found


def read_review(workspace: Workspace, agency: str, year: int) -> Review | None:
    """The newest decision on a report, whatever became of the report since; None where there is none.

    ParamsError with line and column where the file is wrong.
    """
    history = read_history(workspace, agency, year)
    return history[-1] if history else None


def read_history(workspace: Workspace, agency: str, year: int) -> list[Review]:
    """Every decision on a report, the newest last. ParamsError with line and column where the file is wrong."""
    path, problems = _path(workspace, agency, year), Collector()
    found = _read_file(workspace, path, problems) if path.exists() or path.is_symlink() else []
    problems.raise_if_any(ParamsError)
    return found


def write_review(workspace: Workspace, agency: str, year: int, review: Review) -> str:
    """Adds a decision to the report's file and gives the file's shown name. Comments in the file stay.

    Of two that are written at once, the second waits for the first, so that none is lost. ParamsError where the file is
    wrong already, ReportError where the system refuses; then nothing was changed.
    """
    path = _path(workspace, agency, year)
    with _alone(workspace, path):
        return _add(workspace, agency, year, review)


@contextmanager
def _alone(workspace: Workspace, path: Path) -> Iterator[None]:
    """Holds the file against other sign-offs, by a file beside it that is there only meanwhile, so that it also works
    between machines that share a folder. ReportError where another holds it for too long.
    """
    from filelock import SoftFileLock, Timeout

    lock = workspace.inside(path.parent) / f".{path.name}.lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        with SoftFileLock(lock, timeout=WAIT):
            yield
    except Timeout:
        what = Text("另一个审核正在写入", "another sign-off is being written")
        shown = workspace.shown(lock)
        fix = Text(f"请稍后再试；如果没有人在写，请删除 {shown}", f"Try again; if nobody is writing, delete {shown}")
        raise ReportError(Problem(Place(file=workspace.shown(path)), what, fix, "review.locked")) from None
    except OSError as error:
        raise ReportError(refused(error, workspace.shown(path))) from None


def _add(workspace: Workspace, agency: str, year: int, review: Review) -> str:
    path, problems = _path(workspace, agency, year), Collector()
    history = [*read_history(workspace, agency, year), review]
    text = read_text(workspace, path, problems) if path.exists() else ""
    problems.raise_if_any(ParamsError)
    shown = workspace.shown(path)
    content = f"{(text or _HEAD).rstrip()}\n{_written([review])}"
    if parse_yaml(content, shown, problems).data != [each.to_json() for each in history]:
        content = _HEAD + _written(history)  # the file was no plain list in the order of time: written anew
    write_files(workspace.inside(path.parent), shown, {path.name: content.encode()})
    return shown


def _written(reviews: Sequence[Review]) -> str:
    return yaml.safe_dump([review.to_json() for review in reviews], allow_unicode=True, sort_keys=False, width=110)


def _path(workspace: Workspace, agency: str, year: int) -> Path:
    return workspace.root / FOLDER / agency / f"{year}.yaml"


def _read_file(workspace: Workspace, path: Path, problems: Collector) -> list[Review]:
    """The decisions of one file by time; empty where it has a fault, which is in ``problems`` then."""
    text = read_text(workspace, path, problems)
    if text is None:
        return []
    before, name = len(problems.problems), workspace.shown(path)
    marked = parse_yaml(text, name, problems)
    if len(problems.problems) > before or marked.data is None:
        return []
    if not isinstance(marked.data, list):
        what = Text("应为审核记录的列表（- state: …）", "must be a list of decisions (- state: …)")
        problems.add(marked.place(name, ()), what, code="review.type")
        return []
    found = [_parse_entry(marked, name, number, problems) for number in range(len(marked.data))]
    whole = [review for review in found if review is not None]
    return sorted(whole, key=lambda review: datetime.fromisoformat(review.when)) if len(whole) == len(found) else []


def _parse_entry(marked: Marked, name: str, number: int, problems: Collector) -> Review | None:
    entry, before = marked.data[number], len(problems.problems)

    def fault(key: str | None, zh: str, en: str, fix: Text = NOTHING) -> None:
        place: Place = marked.place(name, (number,) if key is None else (number, key))
        what = Text(zh, en) if key is None else Text(f"{key}：{zh}", f"{key}: {en}")
        problems.add(place, what, fix, "review.value")

    if not isinstance(entry, dict):
        fault(None, "应为“键: 值”的列表", "must be a mapping of key: value")
        return None
    for key in entry:
        if key not in _KEYS:
            fault(key, "没有这个键", "there is no such key", did_you_mean(key, _KEYS))
    for key in _KEYS:
        if key not in entry and key not in _OPTIONAL:
            fault(None, f"缺少“{key}”", f"“{key}” is missing")
        elif key not in _OPTIONAL and not (isinstance(entry[key], str) and entry[key].strip()):
            fault(key, "应为文字", "must be text")
    if len(problems.problems) == before:
        _check_values(entry, fault)
    if len(problems.problems) > before:
        return None
    return Review(**{**entry, "despite_errors": tuple(entry.get("despite_errors") or ())})


def _check_values(entry: Mapping[str, Any], fault: Any) -> None:
    if entry["state"] not in STATES:
        fault("state", "不是可用的值", "is not one of the known values", did_you_mean(entry["state"], STATES))
    if not _SHA.fullmatch(entry["sha256"]):
        fault("sha256", "不是 sha256（64位十六进制小写）", "is no sha256 (64 hexadecimal digits)")
    if not _is_moment(entry["when"]):
        fix = Text("请写成 2022-01-25T09:30:00+08:00", "Write it like 2022-01-25T09:30:00+08:00")
        fault("when", "不是带时区的时间", "is no time with its offset", fix)
    ids = entry.get("despite_errors")
    if ids is not None and not (isinstance(ids, list) and all(isinstance(item, str) for item in ids)):
        fault("despite_errors", "应为列表，如 [a, b]", "must be a list like [a, b]")
    for key in ("by", "note"):
        if len(entry[key]) > _LONGEST:
            fault(key, f"超过{_LONGEST}字", f"is longer than {_LONGEST} characters")


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
