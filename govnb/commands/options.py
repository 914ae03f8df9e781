"""Options that several commands share, and what they select."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from govnb.commands.completing import complete_agency, complete_year
from govnb.errors import Problem, Text

if TYPE_CHECKING:
    from govnb.inputs.params import Params
    from govnb.inputs.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])


def said(zh: str, en: str) -> str:
    """Help text in the language of the locale."""
    return str(Text(zh, en))


def workspace_option(command: Command) -> Command:
    return click.option(
        "-w",
        "--workspace",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help=said(
            "工作区（默认：向上最近的含 params/ 的文件夹）", "Workspace (default: nearest folder upwards with params/)"
        ),
    )(command)


def selection_options(command: Command) -> Command:
    """``-a`` and ``-y``, each as often as wanted."""
    command = click.option(
        "-y",
        "--year",
        "years",
        multiple=True,
        type=int,
        metavar="YEAR",
        shell_complete=complete_year,
        help=said("报告年度，可重复", "Report year; may be repeated"),
    )(command)
    return click.option(
        "-a",
        "--agency",
        "agencies",
        multiple=True,
        metavar="AGENCY",
        shell_complete=complete_agency,
        help=said("机关代码，可重复", "Agency id; may be repeated"),
    )(command)


def agency_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """AGENCY, completed from the workspace."""
    return click.argument("agency", required=required, shell_complete=complete_agency)


def year_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """YEAR, completed from the workspace."""
    return click.argument("year", type=int, required=required, shell_complete=complete_year)


def json_option(command: Command) -> Command:
    return click.option(
        "--json", "as_json", is_flag=True, help=said("标准输出只有 JSON", "Print JSON and nothing else to stdout")
    )(command)


def limit_options(command: Command) -> Command:
    """``--timeout`` and ``--memory``: what one report may take."""
    command = click.option(
        "--memory",
        type=click.IntRange(0, 1 << 20),
        default=4096,
        show_default=True,
        metavar="MIB",
        help=said("每个报告的内存上限（MiB，0为不限）", "Memory limit for a report, in MiB (0: none)"),
    )(command)
    return click.option(
        "--timeout",
        type=click.IntRange(1, 86400),
        default=600,
        show_default=True,
        metavar="SECONDS",
        help=said("每个单元格的时限（秒）", "Time limit for a cell, in seconds"),
    )(command)


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return said("示例：", "Examples:") + "\n\n\b\n" + "\n".join(f"  {line}" for line in lines)


def selected(workspace: Path | None, agencies: Sequence[str], years: Sequence[int]) -> tuple[Workspace, list[Params]]:
    """The workspace and the parameters of every selected report, with all their faults at once."""
    from govnb.inputs.params import read_selection
    from govnb.inputs.workspace import find_workspace

    space = find_workspace(workspace)
    return space, read_selection(space, agencies, years)


def workspace_if_any(given: Path | None) -> Workspace | None:
    """The workspace, whose own forms count; for commands that need none."""
    from govnb.errors import UsageError
    from govnb.inputs.workspace import find_workspace

    if given is not None:
        return find_workspace(given)
    try:
        return find_workspace(None)
    except UsageError:
        return None


def stray_files(workspace: Workspace, chosen: Sequence[Params]) -> list[Problem]:
    """Files in data/ that no report reads, such as a misspelt ledger: told, never opened."""
    from govnb.inputs.listing import find_stray_files
    from govnb.inputs.schema import build_schemas

    schemas = build_schemas(workspace.editions)
    found: list[Problem] = []
    for agency in dict.fromkeys(params.agency.id for params in chosen):
        if find_stray_files(workspace, agency, schemas):
            named = _named_sources(workspace, agency)
            found += find_stray_files(workspace, agency, schemas, named)
    return found


def _named_sources(workspace: Workspace, agency: str) -> set[Path]:
    """Files that the parameters of any year name; a year with faults is told where it is read."""
    from govnb.errors import GovnbError
    from govnb.inputs.params import read_params

    named: set[Path] = set()
    for year in workspace.years(agency):
        with contextlib.suppress(GovnbError):
            sources = read_params(workspace, agency, year).sources.values()
            named |= {workspace.source_path(agency, source.file) for source in sources if source.file is not None}
    return named


def print_json(data: Any) -> None:
    """The only thing that goes to stdout with ``--json``."""
    from govnb.report import dump_json

    click.echo(dump_json(data).decode(), nl=False)


def tell(text: Text | str) -> None:
    """A message to people: stderr, so that stdout stays for results."""
    click.echo(str(text), err=True)


def usable_processors() -> int:
    """How many processors this process may use: the default of ``-j``."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
