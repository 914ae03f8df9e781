"""What an edition file must hold, checked before anything is built from it: keys, types and how codes hang together.

Every fault names line and column. Nothing here knows what the codes mean in law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from govnb.errors import NOTHING, Collector, Text, did_you_mean
from govnb.marked import Marked, Path

SEVERITIES = ("error", "warning", "information")
TABLE_CODES = ("disclosure", "applications", "disputes")
_NEEDED_ROWS = ("new", "carried_in", "total", "carried_out")

_KEYS: Mapping[str | int, str] = {"sections": "code", "identities": "id"}  # what names an item of these lists

_Check = Callable[["_Work", "Path", Any], None]


@dataclass(frozen=True)
class _Work:
    whole: Any
    marked: Marked
    file: str
    problems: Collector

    def add(self, path: Path, what: Text, fix: Text = NOTHING) -> None:
        self.problems.add(self.marked.place(self.file, self._own(path)), what, fix, "edition.form")

    def _own(self, path: Path) -> Path:
        """Where a section or rule of the whole form stands in the file itself, which may list only some of them."""
        own, key = self.marked.data, _KEYS.get(path[0] if path else "")
        if key is None or len(path) < 2 or not isinstance(own, dict) or not isinstance(own.get(path[0]), list):
            return path
        item = self.whole[path[0]][path[1]]
        for number, other in enumerate(own[path[0]]):
            if other == item or (
                isinstance(other, dict) and isinstance(item, dict) and other.get(key) == item.get(key)
            ):
                return (path[0], number, *path[2:])
        return path[:1]

    def expected(self, path: Path, zh: str, en: str) -> None:
        name = next((str(part) for part in reversed(path) if isinstance(part, str)), self.file)
        self.add(path, Text(f"{name} 应为{zh}", f"{name} must be {en}"))


def check_shape(data: Any, marked: Marked, file: str, problems: Collector) -> bool:
    """Whether ``data`` (an edition with its base filled in) can be built; ``marked`` is the file that is at fault."""
    before = len(problems.problems)
    work = _Work(data, marked, file, problems)
    _EDITION(work, (), data)
    if len(problems.problems) == before:
        _check_codes(work, data)
    return len(problems.problems) == before


def _text(work: _Work, path: Path, data: Any) -> None:
    if not isinstance(data, str) or not data.strip():
        work.expected(path, "文字", "a text")


def _text_or_number(work: _Work, path: Path, data: Any) -> None:
    if isinstance(data, bool) or not isinstance(data, str | int):
        work.expected(path, "文字", "a text")


def _number(work: _Work, path: Path, data: Any) -> None:
    if isinstance(data, bool) or not isinstance(data, int):
        work.expected(path, "整数", "a whole number")


def _flag(work: _Work, path: Path, data: Any) -> None:
    if not isinstance(data, bool):
        work.expected(path, " true 或 false", "true or false")


def _years(work: _Work, path: Path, data: Any) -> None:
    good = isinstance(data, list) and len(data) == 2 and isinstance(data[0], int)
    if not good or not (data[1] is None or isinstance(data[1], int)):
        work.expected(path, "两个年度，如 [2021, null]", "two years like [2021, null]")


def _one_of(*names: str) -> _Check:
    def check(work: _Work, path: Path, data: Any) -> None:
        if data not in names:
            what = Text(f"“{data}”不是可用的值", f"“{data}” is not one of the known values")
            work.add(path, what, did_you_mean(str(data), names))

    return check


def _list_of(item: _Check) -> _Check:
    def check(work: _Work, path: Path, data: Any) -> None:
        if not isinstance(data, list) or not data:
            work.expected(path, "列表", "a list")
            return
        for number, value in enumerate(data):
            item(work, (*path, number), value)

    return check


def _mapping_of(item: _Check) -> _Check:
    def check(work: _Work, path: Path, data: Any) -> None:
        if not isinstance(data, dict) or not data:
            work.expected(path, "“代码: 名称”的列表", "a mapping of code: label")
            return
        for key, value in data.items():
            item(work, (*path, key), value)

    return check


def _record(needed: Mapping[str, _Check], optional: Mapping[str, _Check] | None = None) -> _Check:
    known = {**needed, **(optional or {})}

    def check(work: _Work, path: Path, data: Any) -> None:
        if not isinstance(data, dict):
            work.expected(path, "“键: 值”的列表", "a mapping")
            return
        for key in needed:
            if key not in data:
                work.add(path, Text(f"缺少“{key}”", f"“{key}” is missing"), Text("请补上", "Add it"))
        for key, value in data.items():
            if key in known:
                known[key](work, (*path, key), value)
            else:
                work.add((*path, key), Text(f"没有“{key}”这个键", f"there is no key “{key}”"), did_you_mean(key, known))

    return check


_DISCLOSURE = _record(
    {
        "row_header": _text,
        "blocks": _list_of(
            _record({"clause": _text, "columns": _mapping_of(_text), "rows": _mapping_of(_text)}),
        ),
    }
)
_APPLICATIONS = _record(
    {
        "note": _text,
        "header": _text,
        "columns": _mapping_of(_record({"label": _text}, {"group": _text})),
        "rows": _mapping_of(_text),
        "groups": _mapping_of(_text),
    }
)
_DISPUTES = _record(
    {
        "blocks": _list_of(_record({"code": _text, "label": _text}, {"group": _text})),
        "columns": _mapping_of(_text),
    }
)
_EDITION = _record(
    {
        "edition": _number,
        "authority": _text,
        "years": _years,
        "sections": _list_of(
            _record(
                {"code": _text, "number": _text_or_number, "title": _text},
                {"parts": _list_of(_text), "table": _one_of(*TABLE_CODES), "also_seen": _list_of(_text)},
            )
        ),
        "tables": _record({"disclosure": _DISCLOSURE, "applications": _APPLICATIONS, "disputes": _DISPUTES}),
        "identities": _list_of(
            _record({"id": _text, "severity": _one_of(*SEVERITIES), "rule": _text}, {"across_editions": _flag})
        ),
    },
    {"base": _text_or_number},
)


def _check_codes(work: _Work, data: Mapping[str, Any]) -> None:
    """Codes that other parts rely on: a table for a section, the frame of table 2, no row twice."""
    tables = [section.get("table") for section in data["sections"]]
    for table in TABLE_CODES:
        if tables.count(table) != 1:
            work.add(("sections",), Text(f"应恰有一节含表 {table}", f"exactly one section must hold table {table}"))
    _check_applications(work, data["tables"]["applications"])
    here: Path = ("tables", "disclosure", "blocks")
    rows = [(n, row) for n, block in enumerate(data["tables"]["disclosure"]["blocks"]) for row in block["rows"]]
    _check_unique(work, [((*here, number, "rows", row), row) for number, row in rows])
    blocks = [block["code"] for block in data["tables"]["disputes"]["blocks"]]
    _check_unique(work, [(("tables", "disputes", "blocks", n, "code"), code) for n, code in enumerate(blocks)])
    _check_unique(work, [(("identities", n, "id"), item["id"]) for n, item in enumerate(data["identities"])])


def _check_applications(work: _Work, form: Mapping[str, Any]) -> None:
    rows, path = list(form["rows"]), ("tables", "applications", "rows")
    for row in _NEEDED_ROWS:
        if row not in rows:
            work.add(path, Text(f"缺少“{row}”行", f"row “{row}” is missing"), Text("请补上", "Add it"))
    if "carried_in" in rows and "total" in rows and rows.index("carried_in") > rows.index("total"):
        work.add((*path, "total"), Text("total 应在 carried_in 之后", "row total must come after carried_in"))
    if "total" not in form["columns"]:
        work.add(("tables", "applications", "columns"), Text("缺少“total”列", "column “total” is missing"))
    groups = dict.fromkeys(["results", *(row.split(".")[0] for row in rows if "." in row)])
    for group in groups:
        if group not in form["groups"]:
            work.add(("tables", "applications", "groups"), Text(f"缺少组“{group}”", f"group “{group}” is missing"))


def _check_unique(work: _Work, found: list[tuple[Path, str]]) -> None:
    seen: set[str] = set()
    for path, code in found:
        if code in seen:
            work.add(path, Text(f"代码“{code}”重复", f"code “{code}” is given twice"))
        seen.add(code)
