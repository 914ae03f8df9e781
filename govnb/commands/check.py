"""``govnb check``: validates params and ledgers and runs all checks; renders nothing, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import (
    examples,
    json_option,
    print_json,
    said,
    selected,
    selection_options,
    stray_files,
    tell,
    workspace_option,
)
from govnb.commands.wording import command as command_named
from govnb.errors import LedgerError, ParamsError, Problem, ReportError, Text

if TYPE_CHECKING:
    from govnb.checks.model import Result
    from govnb.inputs.params import Params
    from govnb.inputs.workspace import Workspace

_STATUS = {
    "fail": Text("不通过", "fail"),
    "not_assessable": Text("无法核对", "not assessable"),
    "pass": Text("通过", "pass"),
}
_SEVERITY = {
    "error": Text("错误", "error"),
    "warning": Text("提醒", "warning"),
    "information": Text("提示", "information"),
}


@dataclass(frozen=True)
class Checked:
    """One report: what reading its inputs found amiss (as results too), and every check."""

    params: Params
    results: tuple[Result, ...]
    tables: Any = None

    @property
    def wrong(self) -> bool:
        return any(result.status == "fail" and result.severity == "error" for result in self.results)


@command_named(
    "check",
    help=said(
        "核对参数和台账，执行全部检查，不生成任何文件。退出码：0 没有错误；1 有错误；2 用法或参数有误。",
        "Validate params and ledgers and run all checks; nothing is written. "
        "Exit codes: 0 no errors; 1 errors found; 2 wrong usage or params.",
    ),
    epilog=examples("govnb check", "govnb check -a pingtan -y 2022", "govnb check --json > checks.json"),
)
@selection_options
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help=said("同时列出通过的检查和生效的参数", "List passed checks and effective parameters too"),
)
@json_option
@workspace_option
def command(
    agencies: tuple[str, ...], years: tuple[int, ...], verbose: bool, as_json: bool, workspace: Path | None
) -> int:
    space, chosen = selected(workspace, agencies, years)
    warnings = stray_files(space, chosen)
    wrong = False
    reports: list[dict[str, Any]] = []
    misconfigured: list[Problem] = []
    for params in chosen:  # each is told as soon as it is known, and none is kept: there may be thousands
        try:
            item = check_report(space, params)
        except ParamsError as error:
            misconfigured += error.problems
            continue
        wrong |= item.wrong
        if as_json:
            reports.append(_as_json(item))
        else:
            _print_report(item, verbose)
    if as_json:
        told = [str(problem.text()) for problem in [*misconfigured, *warnings]]
        print_json({"reports": reports, "problems": told})
    for problem in warnings:
        tell(problem.text())
    if misconfigured:
        raise ParamsError(dict.fromkeys(misconfigured))
    return 1 if wrong else 0


def check_report(workspace: Workspace, params: Params) -> Checked:
    """Every finding of one report, the faults of its narrative among them. ParamsError where that has no valid form."""
    from govnb.steps import count_figures, count_tables, narrate, run_checks
    from govnb.workpaper import paper_from_params

    try:
        paper = paper_from_params(workspace, params)
        tables = count_tables(paper)
    except LedgerError as error:
        return Checked(params, tuple(_as_results(error.problems)))
    catalogue = count_figures(paper, tables)
    try:
        sections = narrate(paper, catalogue)
    except ReportError as error:
        # The tables can be judged all the same, and the analyst wants to know all at once.
        results = [*_as_results(error.problems), *run_checks(paper, tables, catalogue, None)]
    else:
        results = run_checks(paper, tables, catalogue, sections)
    return Checked(params, tuple(results), tables.values())


def _as_results(problems: Iterable[Problem]) -> Iterable[Result]:
    from govnb.checks.model import Result

    for problem in problems:
        place = problem.where.text()
        yield Result(problem.code, "error", "fail", place.zh, problem.text())


def _print_report(item: Checked, verbose: bool) -> None:
    from govnb.display import in_order
    from govnb.inputs.params import effective

    params = item.params
    click.echo(f"{params.agency.id} {params.year}  {params.agency.name}")
    if verbose:
        for key, value, origin in effective(params):
            click.echo(f"  {key} = {value}  ← {origin}")
    for result in in_order(item.results):
        if result.status == "fail" or verbose:
            click.echo(f"  {_STATUS[result.status]} [{_SEVERITY[result.severity]}] {result.id}: {result.message}")
    counts = {status: sum(result.status == status for result in item.results) for status in _STATUS}
    click.echo(
        str(
            Text(
                f"  通过{counts['pass']}项，不通过{counts['fail']}项，无法核对{counts['not_assessable']}项",
                f"  {counts['pass']} passed, {counts['fail']} failed, {counts['not_assessable']} not assessable",
            )
        )
    )


def _as_json(item: Checked) -> dict[str, Any]:
    from govnb.inputs.params import effective
    from govnb.report import tables_to_json

    params = item.params
    return {
        "agency": params.agency.id,
        "name": params.agency.name,
        "year": params.year,
        "edition": params.edition.number,
        "parameters": {key: {"value": value, "from": origin} for key, value, origin in effective(params)},
        "tables": tables_to_json(item.tables) if item.tables is not None else None,
        "checks": [result.to_json() for result in item.results],
    }
