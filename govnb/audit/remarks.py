"""What people said of findings: ``audit-remarks.yaml`` beside the files, each finding confirmed or dismissed.

    pingtan-2020.html:
      - check: text.sum
        where: “总体情况”第1段
        state: dismissed          # or confirmed
        note: 原件如此，已去函核实
        by: 王科长

``where`` is as the finding prints it and may be left out where the check found one thing only. With ``expected`` or
``actual`` the remark holds for these numbers alone, so that it does not cover a later edition of the page. A remark
changes no finding; it only says what is to be thought of it. Nothing is ever written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govnb.checks.model import Result
from govnb.errors import Collector, ParamsError, Place, Problem, Text, did_you_mean, nearest
from govnb.marked import Marked, parse_yaml

FILE = "audit-remarks.yaml"
CONFIRMED, DISMISSED, OPEN = "confirmed", "dismissed", "open"
STATES = (CONFIRMED, DISMISSED)
_KEYS = ("check", "where", "state", "note", "by", "expected", "actual")
_MAX_BYTES = 4 << 20


@dataclass(frozen=True)
class Remark:
    """One entry. ``place`` is where it stands in its file."""

    check: str
    state: str
    where: str | None = None
    note: str = ""
    by: str = ""
    expected: str | None = None
    actual: str | None = None
    place: Place = field(default_factory=Place)

    def fits(self, result: Result) -> bool:
        return (
            self.check == result.id
            and self.where in (None, result.where)
            and self.expected in (None, result.expected)
            and self.actual in (None, result.actual)
        )

    def to_json(self) -> dict[str, str]:
        return {"state": self.state, "note": self.note, "by": self.by}


@dataclass(frozen=True)
class Finding:
    """A finding and what was said of it."""

    result: Result
    remark: Remark | None = None

    @property
    def state(self) -> str:
        return self.remark.state if self.remark else OPEN

    @property
    def counts(self) -> bool:
        """Whether it is an error that makes the audit fail."""
        return self.result.severity == "error" and self.result.status == "fail" and self.state != DISMISSED


Remarks = Mapping[str, tuple[Remark, ...]]
"""File name → its remarks."""


def read_remarks(folder: Path, shown: str) -> Remarks:
    """The remarks on the files of a folder; none where there is no such file. ParamsError with every fault."""
    path = folder / FILE
    name = FILE if shown in ("", ".") else f"{shown}/{FILE}"
    problems = Collector()
    try:
        if not path.is_file():
            return {}
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ParamsError(Problem(Place(file=name), Text("超过4 MB", "has more than 4 MB"), code="remarks.file"))
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        what = Text("无法读取，或不是 UTF-8 文本", "can't be read, or is not UTF-8 text")
        raise ParamsError(Problem(Place(file=name), what, code="remarks.file")) from None
    marked = parse_yaml(text, name, problems)
    problems.raise_if_any(ParamsError)
    remarks = parse_remarks(marked, name, problems)
    problems.raise_if_any(ParamsError)
    return remarks


def parse_remarks(marked: Marked, name: str, problems: Collector) -> Remarks:
    """``marked``: file name → list of entries. Faults go to ``problems``."""
    if marked.data is None:
        return {}
    if not isinstance(marked.data, dict):
        fix = Text("请写成“文件名:”，下面逐条列出", "Write “file name:” and list the entries below it")
        problems.add(
            marked.place(name, ()), Text("应按文件名列出", "must list entries by file name"), fix, "remarks.form"
        )
        return {}
    found: dict[str, tuple[Remark, ...]] = {}
    for file, entries in marked.data.items():
        if not isinstance(entries, list):
            what = Text(f"“{file}”下面应为列表", f"below “{file}” there must be a list")
            fix = Text("每条以“- check:”开头", "Begin each entry with “- check:”")
            problems.add(marked.place(name, (file,)), what, fix, "remarks.form")
            continue
        parsed = (_remark(marked, name, (file, number), entry, problems) for number, entry in enumerate(entries))
        found[file] = tuple(remark for remark in parsed if remark is not None)
    return found


def _remark(marked: Marked, name: str, path: tuple[str | int, ...], entry: Any, problems: Collector) -> Remark | None:
    if not isinstance(entry, dict):
        what = Text("应写明 check 和 state", "must say check and state")
        problems.add(marked.place(name, path), what, code="remarks.form")
        return None
    before = len(problems.problems)
    for key in entry:
        if key not in _KEYS:
            what = Text(f"不认识“{key}”", f"unknown key “{key}”")
            problems.add(marked.place(name, (*path, key)), what, did_you_mean(key, _KEYS), "remarks.key")
    for key in ("check", "state"):
        if key not in entry:
            problems.add(marked.place(name, path), Text(f"缺少 {key}", f"{key} is missing"), code="remarks.form")
    texts = {key: _text(value) for key, value in entry.items() if key in _KEYS}
    for key, text in texts.items():
        if text is None and entry[key] is not None:
            what = Text(f"{key} 应为文字", f"{key} must be text")
            problems.add(marked.place(name, (*path, key), of_value=True), what, code="remarks.form")
    state = texts.get("state")
    if "state" in entry and state not in STATES:
        what = Text(f"state 不能为“{state or ''}”", f"state can't be “{state or ''}”")
        place = marked.place(name, (*path, "state"), of_value=True)
        problems.add(place, what, did_you_mean(state or "", STATES), "remarks.state")
    if len(problems.problems) > before:
        return None
    return Remark(
        check=texts["check"] or "",
        state=state or "",
        where=texts.get("where"),
        note=texts.get("note") or "",
        by=texts.get("by") or "",
        expected=texts.get("expected"),
        actual=texts.get("actual"),
        place=marked.place(name, path),
    )


def _text(value: Any) -> str | None:
    """A number may be written without quotes; anything else must be text."""
    if value is None or isinstance(value, dict | list | bool):
        return None
    return str(value)


def with_remarks(results: Iterable[Result], remarks: Sequence[Remark], problems: list[Problem]) -> tuple[Finding, ...]:
    """The findings with what was said of each; a remark that fits none, or can't be told apart, is a problem."""
    found = list(results)
    said: dict[int, Remark] = {}
    for remark in remarks:
        fitting = [index for index, result in enumerate(found) if remark.fits(result)]
        if not fitting:
            problems.append(_stale(remark, found))
        elif len(fitting) > 1 and remark.where is None:
            problems.append(_which(remark, [found[index].where for index in fitting]))
        else:
            said |= dict.fromkeys(fitting, remark)
    return tuple(Finding(result, said.get(index)) for index, result in enumerate(found))


def _stale(remark: Remark, results: Sequence[Result]) -> Problem:
    place = f"“{remark.where}”" if remark.where else ""
    what = Text(
        f"{remark.check} {place}已没有这样的问题".replace("  ", " "),
        f"there is no finding {remark.check} {place} any more".replace("  ", " "),
    )
    wheres = [result.where for result in results if result.id == remark.check and result.where]
    near = nearest(remark.where or "", wheres) or nearest(remark.check, {result.id for result in results})
    fix = Text("请删去这一条", "Delete the entry")
    if near is not None and near != remark.check:
        fix = Text(f"请删去这一条；或者是否应为“{near}”", f"Delete the entry; or did you mean “{near}”")
    return Problem(remark.place, what, fix, "remarks.stale", "warning")


def _which(remark: Remark, wheres: Sequence[str]) -> Problem:
    listed = "、".join(f"“{where}”" for where in wheres)
    what = Text(
        f"{remark.check} 有{len(wheres)}处，没有写明是哪一处",
        f"{remark.check} found {len(wheres)} things and the remark does not say which",
    )
    return Problem(
        remark.place, what, Text(f"请用 where 写明：{listed}", f"Give where: {listed}"), "remarks.which", "warning"
    )


def unused_files(remarks: Remarks, audited: Iterable[str], folder: Path, place: Place) -> Iterator[Problem]:
    """Names in a remarks file of files that are not there at all. Ones that merely were not audited are left alone."""
    names = set(audited)
    for file in remarks:
        if file in names or ("/" not in file and (folder / file).exists()):
            continue
        yield Problem(
            place,
            Text(f"没有“{file}”这个文件", f"there is no file “{file}”"),
            did_you_mean(file, sorted(names)),
            "remarks.stale",
            "warning",
        )
