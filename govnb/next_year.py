"""The files of the next report, made from those of the year before. Builds them; ``govnb new`` writes them.

What is carried over is what stays true: where ledgers come from, the notebook, the characters. What was said or quoted
of one year is not: quoted numbers and the headings of the narrative come along as comments, to be renewed, and nothing
is copied that ``text.repeated`` would find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from govnb.counting.tables import TableValues
from govnb.errors import Place, Problem, Text, UsageError
from govnb.form.edition import Edition, edition_for
from govnb.inputs.declared import empty_tables, find_declared, read_declared, write_declared_template
from govnb.inputs.params import Params
from govnb.inputs.params_schema import schema_line
from govnb.inputs.workspace import Workspace
from govnb.report import dump_json, tables_to_json

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,2})[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_LEVELS = ("name", "level", "short_name", "region", "website", "script")


@dataclass
class NextYear:
    """``files``: place in the workspace → content; ``carried`` and ``renew``: what was taken over, and what is due."""

    agency: str
    year: int
    edition: Edition
    previous: int | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    carried: list[Text] = field(default_factory=list)
    renew: list[Text] = field(default_factory=list)


def edition_of(workspace: Workspace, year: int) -> Edition:
    """The form of a year. UsageError where none applies to it."""
    edition = edition_for(year, workspace.editions)
    if edition is None:
        first = min(form.years[0] for form in workspace.editions.values())
        what = Text(
            f"没有适用于{year}年度的版式，最早为{first}年度", f"no form applies to {year}; the first is {first}"
        )
        raise UsageError(Problem(Place(), what, Text("请换一个年度", "Choose another year"), "new.edition"))
    return edition


def build_agency(details: Mapping[str, str]) -> bytes:
    """agency.yaml of a new organ; keys that are not given stand there as comments to fill in."""
    lines = [schema_line("agency").rstrip(), "# 本机关是谁，由 govnb new 新建。Who the organ is; made by govnb new."]
    for key in _LEVELS:
        value = details.get(key)
        lines.append(_yaml({key: value}).rstrip() if value else f"# {key}:")
    lines.append(
        "# reply_target_days:    本机关自定的答复目标，工作日。The organ's own target for replies, in working days."
    )
    return ("\n".join(lines) + "\n").encode()


def build_year(made: NextYear, previous: Params | None, raw: Mapping[str, Any] | None) -> None:
    """<year>.yaml; ``raw`` is what last year's file says, word for word."""
    lines = [
        schema_line("year").rstrip(),
        f"# {made.year}年度报告（适用{made.edition.authority}）"
        + (f"，由 govnb new 根据{previous.year}年度新建。" if previous else "，由 govnb new 新建。"),
        f"# The report of {made.year}" + (f", made by govnb new after that of {previous.year}." if previous else "."),
        "# published_date:   公布后写上，如 2022-01-20。The day of publication, once it is published.",
    ]
    kept = {key: raw[key] for key in ("sources", "notebook", "script") if raw and raw.get(key)}
    for key, value in kept.items():
        lines += ["", _yaml({key: value}).rstrip()]
        made.carried.append(_named(key, value))
    if previous is not None:
        made.renew += _dated_files(kept.get("sources"), previous.year)
    cited = raw.get("cited") if raw else None
    if previous is not None and cited:
        lines += ["", *_quoted(cited, previous.year)]
        names = "、".join(cited)
        made.renew.append(
            Text(
                f"引用的数据要重新查证（已作为注释带入）：{names}",
                f"quoted numbers to be looked up again (taken over as comments): {', '.join(cited)}",
            )
        )
    made.files[f"params/{made.agency}/{made.year}.yaml"] = ("\n".join(lines) + "\n").encode()


def build_narrative(made: NextYear, previous: Params) -> None:
    """<year>.md with last year's headings as a comment: which parts somebody wrote, and none of the words."""
    if previous.narrative is None:
        return
    found = _HEADING.findall(_COMMENT.sub("", previous.narrative))
    headings = [f"{signs} {title}" for signs, title in found if "{" not in title and "#}" not in title]
    if not headings:
        return
    lines = [
        f"{{# {made.year}年度的正文。{previous.year}年度自己写了下列部分；要写的把标题移到注释之外，写上本年的情况，",
        "不写的由程序生成。The headings that were written last year; move those that you write out of this comment.",
        "",
        *headings,
        "",
        "#}",
    ]
    made.files[f"params/{made.agency}/{made.year}.md"] = ("\n".join(lines) + "\n").encode()
    titles = "、".join(title for _, title in found)
    made.renew.append(
        Text(
            f"自己写的正文要重写（只带入标题）：{titles}",
            f"text to be written anew (only headings are taken over): {titles}",
        )
    )


def build_declared(made: NextYear, workspace: Workspace, previous: Params, *, has_ledgers: bool) -> None:
    """declared-<year>, blank but for 上年结转, where the year before was filled in by hand and not counted."""
    if has_ledgers or find_declared(workspace, made.agency, made.year):
        return
    declared = read_declared(workspace, made.agency, previous.year, previous.edition)
    if declared is None:
        return
    tables: dict[str, Any] = empty_tables(made.edition)
    if previous.year == made.year - 1:
        carried = _carried_in(declared.tables, tables["applications"].get("carried_in", {}))
        tables["applications"]["carried_in"] = carried
        if any(value is not None for value in carried.values()):
            made.carried.append(Text("上年结转（取自上年度的结转下年度）", "carried in (last year's carried out)"))
    name = f"data/{made.agency}/declared-{made.year}"
    if declared.source.endswith(".xlsx"):
        made.files[f"{name}.xlsx"] = write_declared_template(made.edition, tables)
    else:
        head = {"name": previous.agency.name, "year": made.year, "edition": made.edition.number}
        made.files[f"{name}.json"] = dump_json({**head, "tables": tables_to_json(tables)})
    made.renew.append(
        Text("统计表尚未填写（空白为 null）", "the statutory tables are to be filled in (blanks are null)")
    )


def _carried_in(tables: TableValues, empty: Mapping[str, Any]) -> dict[str, Any]:
    before = tables.get("applications", {}).get("carried_out", {})
    return {column: before.get(column) for column in empty}


def check_new(workspace: Workspace, files: Mapping[str, bytes]) -> None:
    """UsageError naming every file that is there already: nothing is ever overwritten."""
    there = [name for name in files if (workspace.root / name).exists() or (workspace.root / name).is_symlink()]
    if there:
        fix = Text(
            "没有改动；请改用另一年度，或先移走它", "Nothing was changed; name another year, or move it away first"
        )
        raise UsageError(
            Problem(Place(file=name), Text("已存在", "exists already"), fix, "new.exists") for name in there
        )


def _quoted(cited: Mapping[str, Any], year: int) -> list[str]:
    body = _yaml({"cited": cited}).rstrip().split("\n")
    return [
        f"# {year}年度引用的数据：查到新的数值和出处后，去掉以下各行行首的 #。",
        f"# Quoted in {year}: look up the new values and sources, then remove the # of these lines.",
        *(f"# {line}" for line in body),
    ]


def _dated_files(sources: Any, year: int) -> list[Text]:
    """Sources whose file or query names last year."""
    named = [
        ledger
        for ledger, entry in (sources.items() if isinstance(sources, dict) else ())
        if str(year) in (str(entry) if isinstance(entry, str) else " ".join(map(str, (entry or {}).values())))
    ]
    if not named:
        return []
    return [
        Text(
            f"台账来源里写着{year}，请核对：{'、'.join(named)}",
            f"these sources name {year}; check them: {', '.join(named)}",
        )
    ]


def _named(key: str, value: Any) -> Text:
    if key == "sources":
        return Text(f"台账来源：{'、'.join(value)}", f"sources: {', '.join(value)}")
    return Text(f"{key}：{value}", f"{key}: {value}")


def _yaml(data: Any) -> str:
    return yaml.safe_dump(_plain(data), allow_unicode=True, sort_keys=False, width=110)


def _plain(data: Any) -> Any:
    """Exact decimals as floats would lose digits; they are read back as text or number alike."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return str(data) if isinstance(data, Decimal) else data


def parse_details(details: Mapping[str, str | None], workspace: Workspace, agency: str) -> dict[str, str]:
    """The given details of a new organ. UsageError with every one that agency.yaml would not take."""
    from govnb.errors import Collector
    from govnb.inputs.params_models import AgencyFile, parse_file
    from govnb.inputs.params_values import Known
    from govnb.marked import parse_yaml

    given = {key: value for key, value in details.items() if value is not None}
    problems = Collector()
    marked = parse_yaml(_yaml(given), "", problems)
    parse_file(AgencyFile, marked, "", Known({}, (), (), agency), problems)
    if problems.problems:
        raise UsageError(Problem(Place(), each.what, each.fix, each.code) for each in problems.problems)
    return given
