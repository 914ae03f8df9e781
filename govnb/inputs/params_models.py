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


def _key(title: str, zh: str, en: str, default: Any = ...) -> Any:
    """A key with what an editor shows of it: its name, and what it is for in both languages."""
    return Field(default, title=title, description=f"{zh}\n\n{en}")


class SourceEntry(BaseModel):
    """A ledger's file, or its database; ``columns`` and ``values`` read an export of another system as it is."""

    model_config = ConfigDict(
        **_STRICT,
        title="台账来源",
        json_schema_extra={
            "description": "台账的文件，或者它的数据库。\n\nA ledger's file, or its database.",
            "oneOf": [{"required": ["file"]}, {"required": ["url"]}],
            "dependentRequired": {"url": ["query"], "query": ["url"], "sheet": ["file"]},
        },
    )
    file: kind.FileName | None = _key(
        "文件",
        "data/<机关>/ 里的文件，或相对工作区的路径，用 / 分隔。",
        "A file in data/<agency>/, or a path relative to the workspace, with /.",
        None,
    )
    sheet: kind.Loose | None = _key("工作表", "工作簿里的表名。", "The sheet of a workbook.", None)
    columns: Annotated[dict[str, kind.Line], kind.EMPTY_MAPPING, kind.OR_NULL] = _key(
        "列名对应",
        "他们的表头: 我们的列（代码或中文表头）。",
        "Their header: our column, by code or Chinese header.",
        {},
    )
    values: Annotated[dict[str, dict[str, kind.TheirValue]], kind.EMPTY_MAPPING, kind.OR_NULL] = _key(
        "取值对应", "我们的列: {他们的值: 我们的值}。", "Our column: {their value: our value}.", {}
    )
    url: kind.DatabaseUrl | None = _key(
        "数据库地址",
        "sqlite:///… 或 postgresql+psycopg://…；密码写成 ${变量名}，取自环境变量。",
        "sqlite:///… or postgresql+psycopg://…; a password is written ${NAME} and comes from the environment.",
        None,
    )
    query: Annotated[str, Field(min_length=1)] | None = _key(
        "查询语句", "与 url 同时写。", "The SQL query; goes with url.", None
    )


class CitedEntry(BaseModel):
    model_config = ConfigDict(**_STRICT, title="引用的数据")
    value: kind.CitedValue = _key("数值", "数字或文字。", "A number or a text.")
    source: kind.Line = _key("出处", "引自哪里，必须写明。", "Where it is quoted from; required.")
    label: kind.Line | None = _key("名称", "这个数是什么。", "What the number is.", None)
    unit: kind.Line | None = _key("单位", "如 个、件、名。", "Such as 个, 件, 名.", None)


def _source(value: Any) -> Any:
    """``ledger: file.csv`` is short for ``ledger: {file: file.csv}``."""
    return {"file": value} if isinstance(value, str) else value


Source = Annotated[SourceEntry, BeforeValidator(_source)]
Sources = Annotated[dict[kind.LedgerName, Source], kind.EMPTY_MAPPING, kind.OR_NULL]
_SOURCES: tuple[str, str, str, Any] = (
    "台账来源",
    "台账不叫 data/<机关>/<台账>.csv，或者是其他系统导出的、在数据库里的，在这里说明。",
    "Where a ledger comes from if not from data/<agency>/<ledger>.csv: another file, sheet, export or database.",
    {},
)


class AgencyFile(BaseModel):
    """params/<agency>/agency.yaml."""

    model_config = _STRICT
    name: kind.Line = _key("机关全称", "印在报告标题上。", "The organ's full name, printed in the title.")
    level: kind.Level = _key(
        "层级",
        "决定公布期限，以及能否制定规章。",
        "Decides the deadline of publication, and whether the organ can make 规章.",
    )
    short_name: kind.Line | None = _key("简称", "正文里的称呼。", "How the narrative calls the organ.", None)
    region: kind.Line | None = _key("行政区域", "所在的行政区域。", "The region that the organ works for.", None)
    website: kind.Website | None = _key("门户网站", "公布年度报告的网站。", "Where the report is published.", None)
    script: kind.Script | None = _key(
        "字体", "简体（默认）或繁体。", "Simplified (default) or traditional characters.", None
    )
    reply_target_days: kind.TargetDays | None = _key(
        "答复目标",
        "自定的答复目标，工作日；法定期限是 20 个工作日。",
        "The organ's own target for replies, in working days; the law says 20.",
        None,
    )
    members: Annotated[list[kind.MemberId], kind.NoDoubles, kind.EMPTY_LIST, kind.OR_NULL] = _key(
        "成员单位",
        "汇总报告由哪些机关（params/ 下的文件夹名）相加而成。",
        "Ids of the agencies that this one sums up.",
        [],
    )
    scope: kind.Scope | None = _key(
        "范围",
        "本机关自己的报告，或汇总报告；默认：有 members 时为 aggregate。",
        "The organ's own report or an aggregate; default: aggregate where it has members.",
        None,
    )
    sources: Sources = _key(*_SOURCES)


class YearFile(BaseModel):
    """params/<agency>/<year>.yaml."""

    model_config = _STRICT
    edition: kind.EditionNumber | None = _key(
        "版式", "默认由年度确定。", "The edition of the form; by default the year's.", None
    )
    sources: Sources = _key(*_SOURCES)
    published_date: kind.IsoDate | None = _key(
        "公布日期", "写成 2022-01-20；用来核对公布期限。", "Like 2022-01-20; checked against the deadline.", None
    )
    cited: Annotated[dict[kind.CitedId, CitedEntry], kind.EMPTY_MAPPING, kind.OR_NULL] = _key(
        "引用的数据",
        "不是从台账数出来的数，写明出处；正文里写作 {{ cited.名称 }}。",
        "Numbers quoted from elsewhere, each with its source; the narrative calls them {{ cited.<id> }}.",
        {},
    )
    notebook: kind.NotebookName | None = _key(
        "笔记本", "notebooks/ 里的文件名，默认 annual_report。", "A file of notebooks/; default annual_report.", None
    )
    script: kind.Script | None = _key("字体", "默认与机关的相同。", "By default the agency's.", None)


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


def place_of(marked: Marked, name: str, key: str) -> str:
    """``file:line`` of a key, for the list of effective parameters."""
    place = marked.place(name, tuple(key.split(".")))
    return f"{name}:{place.line}" if place.line is not None else name
