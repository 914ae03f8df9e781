"""``govnb new AGENCY YEAR``: the files of the next report, and what the year before left open. Never overwrites."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import (
    Command,
    agency_argument,
    examples,
    json_option,
    print_json,
    said,
    tell,
    workspace_option,
)
from govnb.commands.wording import command as command_named
from govnb.errors import (
    Collector,
    GovnbError,
    LedgerError,
    ParamsError,
    Place,
    Problem,
    Text,
    UsageError,
    did_you_mean,
    ended,
)

if TYPE_CHECKING:
    from govnb.inputs.params import Params
    from govnb.inputs.workspace import Workspace
    from govnb.left_open import LeftOpen
    from govnb.next_year import NextYear

_NAMED = 5
_NONE_YET = Text("工作区里还没有机关。", "The workspace has none yet.")


def _detail(name: str, zh: str, en: str) -> Callable[[Command], Command]:
    """An option that describes a new agency."""
    return click.option(f"--{name}", metavar=name.upper(), help=said(f"新机关：{zh}", f"New agency: {en}"))


@command_named(
    "new",
    help=said(
        "新建下一年度报告的文件，带入上一年度仍然有效的内容：台账来源、笔记本、字体；只有统计表的机关带入上年结转。"
        "引用的数据和自己写的正文只作为注释带入，要重新查证、重写。同时列出上一年度的未了事项：未答复的申请和期限、"
        "未审结的案件、未整改的问题、未完成的任务。机关不存在时按 --name、--level 等新建。从不覆盖已有文件。"
        "退出码：0 已建；2 已存在或用法有误。",
        "Make the files of the next report and carry over what is still true of the year before: sources, notebook, "
        "characters; for agencies with tables only, what was carried out. Quoted numbers and headings of own text come "
        "along as comments, to be renewed. Lists what the year left open: applications with their due dates, disputes, "
        "problems, tasks. An agency that isn't there is made from --name, --level and so on. Nothing is ever "
        "overwritten. Exit codes: 0 made; 2 exists already, or wrong usage.",
    ),
    epilog=examples(
        "govnb new guangzhou-gov-office 2022",
        "govnb new guangzhou-gov-office 2022 --dry-run",
        said(
            "govnb new water-bureau 2021 --name 某某市水务局 --level department",
            "govnb new water-bureau 2021 --name 'Water Bureau' --level department",
        ),
    ),
)
@agency_argument()
@click.argument("year", type=click.IntRange(1000, 9999))
@_detail("name", "全称", "its full name")
@_detail("level", "层级：province、city、county、department、town", "province, city, county, department or town")
@_detail("short-name", "简称", "its short name")
@_detail("region", "行政区域", "its region")
@_detail("website", "门户网站", "its website")
@_detail("script", "字体：hans、hant", "hans or hant")
@click.option("--dry-run", is_flag=True, help=said("只显示，不写文件", "Show it, write nothing"))
@json_option
@workspace_option
def command(
    agency: str,
    year: int,
    name: str | None,
    level: str | None,
    short_name: str | None,
    region: str | None,
    website: str | None,
    script: str | None,
    dry_run: bool,
    as_json: bool,
    workspace: Path | None,
) -> int:
    from govnb.inputs.workspace import check_agency_id, find_workspace
    from govnb.next_year import NextYear, check_new, edition_of

    check_agency_id(agency)
    space = find_workspace(workspace)
    details = {
        "name": name,
        "level": level,
        "short_name": short_name,
        "region": region,
        "website": website,
        "script": script,
    }
    made = NextYear(agency, year, edition_of(space, year))
    left = None
    if agency in space.agencies():
        _refuse_details(agency, details)
        left = _follow(space, made)
    else:
        _begin(space, made, details)
    check_new(space, made.files)
    if not dry_run:
        _write(space, made)
    if as_json:
        print_json(_as_json(made, left, dry_run))
    else:
        _print(made, left, dry_run)
    return 0


def _refuse_details(agency: str, details: Mapping[str, str | None]) -> None:
    given = [f"--{key.replace('_', '-')}" for key, value in details.items() if value is not None]
    if given:
        listed = ", ".join(given)
        what = Text(f"机关“{agency}”已存在，{listed} 不能用", f"agency “{agency}” exists; {listed} can't be used")
        fix = Text(f"请改 params/{agency}/agency.yaml", f"Change params/{agency}/agency.yaml instead")
        raise UsageError(Problem(Place(), what, fix, "usage.agency"))


def _begin(space: Workspace, made: NextYear, details: Mapping[str, str | None]) -> None:
    """A new organ: agency.yaml and its first year."""
    from govnb.inputs.params_schema import schema_files
    from govnb.next_year import build_agency, build_year, parse_details

    if details["name"] is None or details["level"] is None:
        near = ended(did_you_mean(made.agency, space.agencies())) if space.agencies() else _NONE_YET
        what = Text(f"没有机关“{made.agency}”", f"there is no agency “{made.agency}”")
        fix = Text(
            f"{near.zh}要新建，请写 --name 全称 --level 层级",
            f"{near.en} To make a new one give --name NAME --level LEVEL",
        )
        raise UsageError(Problem(Place(), what, fix, "usage.agency"))
    given = parse_details(details, space, made.agency)
    made.files[f"params/{made.agency}/agency.yaml"] = build_agency(given)
    build_year(made, None, None)
    for name, content in schema_files(space.editions).items():
        if not (space.root / name).exists():
            made.files[name] = content
    made.renew.append(
        Text(f"台账放入 data/{made.agency}/（govnb init --blank 可生成空白台账）",
             f"put ledgers into data/{made.agency}/ (`govnb init --blank` writes empty ones)")
    )  # fmt: skip


def _follow(space: Workspace, made: NextYear) -> LeftOpen | None:
    """The next year of an organ that is there, after the last one before it."""
    from govnb.inputs.params import read_params
    from govnb.left_open import find_left_open
    from govnb.next_year import build_declared, build_narrative, build_year, check_new
    from govnb.workpaper import paper_from_params

    # Before params/ is read: a narrative without its year would be a fault there.
    check_new(space, {f"params/{made.agency}/{made.year}.{suffix}": b"" for suffix in ("yaml", "md")})
    earlier = [year for year in space.years(made.agency) if year < made.year]
    if not earlier:
        build_year(made, None, None)
        return None
    made.previous = earlier[-1]
    previous = read_params(space, made.agency, made.previous)
    build_year(made, previous, _raw(space, previous))
    build_narrative(made, previous)
    try:
        paper = paper_from_params(space, previous)
        build_declared(made, space, previous, has_ledgers=bool(paper.ledgers))
        return find_left_open(paper)
    except LedgerError as error:  # the files don't depend on the ledgers; what is open does
        for problem in error.problems:
            tell(problem.text())
        tell(
            Text(
                f"{previous.year}年度的台账或统计表读不了，未了事项无从得知",
                f"What {previous.year} left open can't be told: its ledgers or tables can't be read",
            )
        )
        return None


def _raw(space: Workspace, params: Params) -> dict[str, Any]:
    """What the year's file says, before anything is made of it."""
    from govnb.inputs.workspace import read_text
    from govnb.marked import parse_yaml

    problems = Collector()
    name = f"params/{params.agency.id}/{params.year}.yaml"
    text = read_text(space, space.root / name, problems)
    data = parse_yaml(text or "", name, problems).data
    problems.raise_if_any(ParamsError)
    return data if isinstance(data, dict) else {}


def _write(space: Workspace, made: NextYear) -> None:
    """Folder by folder; the year's own parameters last, since with them the report is there."""
    from govnb.storage import write_files

    folders: dict[str, dict[str, bytes]] = {}
    for name, content in made.files.items():
        folder, _, file = name.rpartition("/")
        folders.setdefault(folder, {})[file] = content
    own = f"params/{made.agency}"
    folders[own] = dict(sorted(folders[own].items(), key=lambda item: item[0] == f"{made.year}.yaml"))
    for folder, files in sorted(folders.items(), key=lambda item: item[0] == own):
        try:
            write_files(space.inside(folder), folder, files)
        except GovnbError as error:
            raise UsageError(error.problems) from None


def _as_json(made: NextYear, left: LeftOpen | None, dry_run: bool) -> dict[str, Any]:
    return {
        "agency": made.agency,
        "year": made.year,
        "edition": made.edition.number,
        "previous": made.previous,
        "written": not dry_run,
        "files": sorted(made.files),
        "carried_over": [str(text) for text in made.carried],
        "to_renew": [str(text) for text in made.renew],
        "left_open": left.to_json() if left is not None else None,
    }


def _print(made: NextYear, left: LeftOpen | None, dry_run: bool) -> None:
    head = Text("将写入", "Would write") if dry_run else Text("已写入", "Wrote")
    click.echo(f"{made.agency} {made.year}  {made.edition.authority}")
    for name in sorted(made.files):
        click.echo(f"  {head} {name}")
    for title, lines in (
        (Text("带入", "Carried over"), made.carried),
        (Text("要更新", "To be renewed"), made.renew),
        (Text(f"{made.previous}年度未了事项", f"Left open by {made.previous}"), open_lines(left) if left else []),
    ):
        if lines:
            click.echo(f"{title}{said('：', ':')}")
            for line in lines:
                click.echo(f"  {line}")
    if made.previous is None and not dry_run:
        tell(Text("没有更早的年度，无可带入", "There is no earlier year to carry anything over from"))
    if made.previous is not None and made.previous != made.year - 1:
        tell(
            Text(
                f"{made.year - 1}年度没有报告，取自{made.previous}年度",
                f"There is no report of {made.year - 1}; {made.previous} was taken",
            )
        )


def open_lines(left: LeftOpen) -> list[Text]:
    """What a year left open, a line each; what nothing tells of is left out."""
    lines: list[Text] = []
    if left.applications is not None:
        lines.append(_applications_line(left))
    shown = left.due[:_NAMED]
    lines += [
        Text(f"  期限{day.isoformat()}：{number}件", f"  due {day.isoformat()}: {number}") for day, number in shown
    ]
    if left.due[_NAMED:]:
        more = sum(number for _, number in left.due[_NAMED:])
        last = left.due[-1][0].isoformat()
        lines.append(Text(f"  此后至{last}：{more}件", f"  later, until {last}: {more}"))
    if left.no_limit:
        lines.append(
            Text(
                f"  期限未起算或日历未及：{left.no_limit}件",
                f"  no limit running, or beyond the calendar: {left.no_limit}",
            )
        )
    if left.disputes is not None:
        lines.append(Text(f"尚未审结的复议、诉讼：{left.disputes}宗", f"disputes pending: {left.disputes}"))
    if left.problems is not None:
        lines.append(Text(f"未整改的问题：{len(left.problems)}个", f"problems not resolved: {len(left.problems)}"))
        lines += [Text(f"  {_clip(text)}", f"  {_clip(text)}") for text in left.problems[:_NAMED]]
    if left.tasks is not None:
        lines.append(Text(f"未完成的工作要点任务：{len(left.tasks)}项", f"tasks not done: {len(left.tasks)}"))
        lines += [
            Text(f"  {day.isoformat()} {_clip(title)}", f"  {day.isoformat()} {_clip(title)}")
            for day, title in left.tasks[:_NAMED]
        ]
    return lines


def _applications_line(left: LeftOpen) -> Text:
    zh, en = f"结转的申请：{left.applications}件", f"applications carried out: {left.applications}"
    if left.answered:
        zh, en = f"{zh}，其中{left.answered}件已答复", f"{en}, of which {left.answered} are answered by now"
    return Text(zh, en)


def _clip(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:60]}…"
