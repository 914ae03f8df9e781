"""What agency.yaml and <year>.yaml may hold: pydantic models, and their faults as Problems with line and column.

The models are the boundary only: ``params_reader`` turns them into frozen dataclasses. What a single value may be is
said in ``params_values``. Nothing here touches a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from govnb.errors import NOTHING, Collector, Text, did_you_mean
from govnb.inputs import params_values as kind
from govnb.inputs.folding import fold
from govnb.inputs.params_values import Known, clip
from govnb.marked import Marked

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_STRICT = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


class SourceEntry(BaseModel):
    """A ledger's file, or its database; ``columns`` and ``values`` read an export of another system as it is."""

    model_config = _STRICT
    file: kind.FileName | None = None
    sheet: kind.Loose | None = None
    columns: Annotated[dict[str, kind.Line], kind.EMPTY_MAPPING] = {}
    values: Annotated[dict[str, dict[str, kind.TheirValue]], kind.EMPTY_MAPPING] = {}
    url: kind.DatabaseUrl | None = None
    query: Annotated[str, Field(min_length=1)] | None = None


class CitedEntry(BaseModel):
    model_config = _STRICT
    value: kind.CitedValue
    source: kind.Line
    label: kind.Line | None = None
    unit: kind.Line | None = None


def _source(value: Any) -> Any:
    """``ledger: file.csv`` is short for ``ledger: {file: file.csv}``."""
    return {"file": value} if isinstance(value, str) else value


Sources = Annotated[dict[kind.LedgerName, Annotated[SourceEntry, BeforeValidator(_source)]], kind.EMPTY_MAPPING]


class AgencyFile(BaseModel):
    """params/<agency>/agency.yaml."""

    model_config = _STRICT
    name: kind.Line
    level: kind.Level
    short_name: kind.Line | None = None
    region: kind.Line | None = None
    website: kind.Website | None = None
    script: kind.Script | None = None
    reply_target_days: kind.TargetDays | None = None
    members: Annotated[list[kind.MemberId], kind.NoDoubles, kind.EMPTY_LIST] = []
    scope: kind.Scope | None = None
    sources: Sources = {}


class YearFile(BaseModel):
    """params/<agency>/<year>.yaml."""

    model_config = _STRICT
    edition: kind.EditionNumber | None = None
    sources: Sources = {}
    published_date: kind.IsoDate | None = None
    cited: Annotated[dict[kind.CitedId, CitedEntry], kind.EMPTY_MAPPING] = {}
    notebook: kind.NotebookName | None = None
    script: kind.Script | None = None


_Model = TypeVar("_Model", AgencyFile, YearFile)

# A key that an office may well write there, and why it isn't one.
_MISPLACED = {
    "year": Text("年度就是文件名，请删去", "The year is the name of the file; delete the line"),
    "agency": Text("机关代码就是文件夹名，请删去", "The id is the name of the folder; delete the line"),
    "id": Text("机关代码就是文件夹名，请删去", "The id is the name of the folder; delete the line"),
}

_EXPECTED = {
    "string_type": Text("应为文字", "must be text"),
    "int_type": Text("应为整数", "must be a whole number"),
    "dict_type": Text("应为“键: 值”的列表", "must be a mapping of key: value"),
    "model_type": Text("应为“键: 值”的列表", "must be a mapping of key: value"),
    "list_type": Text("应为列表，如 [a, b]", "must be a list like [a, b]"),
    "string_too_short": Text("内容为空", "is empty"),
    "greater_than_equal": Text("应为 1 至 20 的整数（条例第三十三条）", "must be from 1 to 20 (条例 article 33)"),
    "less_than_equal": Text("应为 1 至 20 的整数（条例第三十三条）", "must be from 1 to 20 (条例 article 33)"),
}


@dataclass
class _File:
    """One file in work: its marks, its shown name, and where its faults go."""

    marked: Marked
    name: str
    problems: Collector

    def add(self, path: tuple[str | int, ...], what: Text, fix: Text = NOTHING, code: str = "params.value") -> None:
        named = [part for part in path if isinstance(part, str)]
        if named and code != "params.key":
            what = Text(f"{named[-1]}：{what.zh}", f"{named[-1]}: {what.en}")
        self.problems.add(self.marked.place(self.name, path), what, fix, code)


def parse_file(model: type[_Model], marked: Marked, name: str, known: Known, problems: Collector) -> _Model | None:
    """The file as ``model``, or None with every fault added to ``problems``. An empty file is ``{}``."""
    data = {} if marked.data is None else marked.data
    work = _File(marked, name, problems)
    before = len(problems.problems)
    if not isinstance(data, dict):
        work.add((), _EXPECTED["dict_type"], code="params.type")
        return None
    parsed = None
    try:
        parsed = model.model_validate(data, context=known)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _add_fault(work, model, detail)
    _check_sources(work, data, known)
    found = problems.problems[before:]
    problems.problems[before:] = sorted(found, key=lambda one: (one.where.line or 0, one.where.position or 0))
    return None if found else parsed


def _add_fault(work: _File, model: type[BaseModel], detail: ErrorDetails) -> None:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    fault = detail["type"]
    if fault == "extra_forbidden":
        names = list(_model_at(model, path[:-1]).model_fields)
        key = str(path[-1])
        fix = _MISPLACED.get(key) if len(path) == 1 and key not in names else None
        what = Text(f"没有“{clip(key)}”这个键", f"there is no key “{clip(key)}”")
        work.add(path, what, fix or did_you_mean(key, names), "params.key")
    elif fault == "missing":
        what = Text(f"缺少“{path[-1]}”", f"“{path[-1]}” is missing")
        work.add(path, what, Text("请补上", "Add it"), "params.key")
    elif fault == "govnb":
        context = detail["ctx"]
        work.add(path, context["what"], context["fix"])
    else:
        got = detail["input"]
        what = _EXPECTED.get(fault, Text("值不可用", "has a value that can't be used"))
        if isinstance(got, str | int | Decimal) and "url" not in path and "query" not in path:
            what = Text(f"{what.zh}，现为“{clip(got)}”", f"{what.en}, not “{clip(got)}”")
        work.add(path, what, code="params.type")


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The model that stands at ``path``: the file's own, or that of an entry of ``sources`` or ``cited``."""
    if not path:
        return model
    return CitedEntry if path[0] == "cited" else SourceEntry


def _check_sources(work: _File, data: Mapping[str, Any], known: Known) -> None:
    """What concerns more than one key of a source, and the names of ledger columns."""
    sources = data.get("sources")
    for ledger, entry in sources.items() if isinstance(sources, dict) else ():
        path: tuple[str | int, ...] = ("sources", ledger)
        if entry is None:
            continue
        if not isinstance(entry, dict):
            continue
        has_file, has_url = entry.get("file") is not None, entry.get("url") is not None
        if has_file == has_url:
            what = Text("应有 file 或 url，且只有其一", "needs either file or url, and only one of them")
            work.add(path, what)
        if has_url != (entry.get("query") is not None) and not (has_file and has_url):
            work.add(path, Text("url 和 query 应同时写", "needs url and query together"))
        if entry.get("sheet") is not None and not has_file:
            work.add((*path, "sheet"), Text("只能和 file 同时写", "goes with file only"))
        if ledger in known.ledgers:
            _check_columns(work, path, entry, known.ledgers[ledger])


def _check_columns(
    work: _File, path: tuple[str | int, ...], entry: Mapping[str, Any], columns: Mapping[str, str]
) -> None:
    taken: dict[str, str] = {}
    mapped, values = entry.get("columns"), entry.get("values")
    for theirs, ours in mapped.items() if isinstance(mapped, dict) else ():
        if not isinstance(ours, str):
            continue
        code = column_code(ours.strip(), columns)
        here = (*path, "columns", theirs)
        if code is None:
            what = Text(f"台账没有“{clip(ours)}”列", f"the ledger has no column “{clip(ours)}”")
            work.add(here, what, did_you_mean(ours, [*columns, *columns.values()]))
        elif code in taken:
            what = Text(f"“{taken[code]}”已对应 {code}", f"“{taken[code]}” already stands for {code}")
            work.add(here, what)
        else:
            taken[code] = theirs
    for ours in values if isinstance(values, dict) else ():
        if column_code(ours, columns) is None:
            what = Text(f"台账没有“{clip(ours)}”列", f"the ledger has no column “{clip(ours)}”")
            work.add((*path, "values", ours), what, did_you_mean(ours, [*columns, *columns.values()]))


def column_code(name: str, columns: Mapping[str, str]) -> str | None:
    """Our code of a ledger column named by code or by Chinese header."""
    folded = fold(name)
    return next((code for code, header in columns.items() if folded in (fold(code), fold(header))), None)


def schema_agency() -> dict[str, Any]:
    """JSON Schema of agency.yaml, for editors."""
    return AgencyFile.model_json_schema()


def schema_year() -> dict[str, Any]:
    """JSON Schema of <year>.yaml, for editors."""
    return YearFile.model_json_schema()


def place_of(marked: Marked, name: str, key: str) -> str:
    """``file:line`` of a key, for the list of effective parameters."""
    place = marked.place(name, tuple(key.split(".")))
    return f"{name}:{place.line}" if place.line is not None else name
