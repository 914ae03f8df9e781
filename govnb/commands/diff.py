"""``govnb diff``: two years of an agency, two report.json or two published reports side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govnb.commands.completing import complete_compared
from govnb.commands.options import examples, json_option, print_json, said, tell, workspace_if_any, workspace_option
from govnb.commands.wording import command as command_named
from govnb.errors import NOTHING, GovnbError, Place, Problem, Text, UsageError, did_you_mean

if TYPE_CHECKING:
    from govnb.comparing.model import Side

_SHAPE = Text(
    "请写 govnb diff 机关 年度 年度，或者 govnb diff 文件 文件",
    "Write govnb diff AGENCY YEAR YEAR, or govnb diff FILE FILE",
)


@command_named(
    "diff",
    help=said(
        "比较同一机关两个年度的报告，或者两个文件（report.json，已公布的网页、PDF、DOCX）：表格逐格列出前后数值、增减、"
        "百分比，正文逐句列出新增、删去、改写和照搬的内容，以及各部分照搬的比例（数字不计）。"
        "output/ 里的报告与当前参数和台账一致的直接取用，否则重新计算，不运行笔记本。"
        "退出码：0 已比较；1 文件或台账读不了；2 用法或参数有误。",
        "Compare an agency's reports of two years, or two files (report.json, or published HTML, PDF, DOCX): tables "
        "cell by cell with both values, change and percentage; text sentence by sentence with what was added, removed, "
        "changed and merely carried over, and each section's share of repeated text (numbers aside). A report in "
        "output/ is taken where it fits today's params and ledgers, else it is counted anew without its notebook. "
        "Exit codes: 0 compared; 1 a file or ledger can't be read; 2 wrong usage or params.",
    ),
    epilog=examples(
        "govnb diff guangzhou-gov-office 2020 2021",
        "govnb diff guangzhou-gov-office 2020 2021 --html diff.html",
        "govnb diff 2021.pdf 2022.html --json > diff.json",
    ),
)
@click.argument("what", nargs=-1, metavar="AGENCY YEAR YEAR | FILE FILE", shell_complete=complete_compared)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=said("同时列出没有变化的数和照搬的句子", "List unchanged cells and repeated sentences too"),
)
@click.option(
    "--html", metavar="FILE", help=said("写成一个网页（替换原有文件）", "Write a web page (replaces the file)")
)
@json_option
@workspace_option
def command(what: tuple[str, ...], everything: bool, html: str | None, as_json: bool, workspace: Path | None) -> int:
    from govnb.comparing.compare import compare
    from govnb.comparing.sides import told_apart

    if len(what) == 3:
        old, new = _years_of(what, workspace)
    elif len(what) == 2:
        old, new = _files(what, workspace)
    else:
        raise UsageError(Problem(Place(), Text(f"给了{len(what)}项", f"{len(what)} given"), _SHAPE, "usage.diff"))
    difference = compare(*told_apart(old, new))
    if html is not None:
        from govnb.comparing.page import render_difference
        from govnb.storage import write_files

        path = Path(html)
        write_files(path.parent, html, {path.name: render_difference(difference)})
        tell(Text(f"已写入 {html}", f"Wrote {html}"))
    if as_json:
        print_json(difference.to_json())
    elif html is None:
        from govnb.commands.diff_shown import print_difference

        print_difference(difference, everything)
    return 0


def _years_of(what: Sequence[str], workspace: Path | None) -> tuple[Side, Side]:
    """Both reports of the workspace, the faults of both at once."""
    from govnb.comparing.sides import count_report, read_made
    from govnb.inputs.params import read_params
    from govnb.inputs.workspace import find_workspace

    agency, years = what[0], [_year(text) for text in what[1:]]
    space = find_workspace(workspace)
    chosen = [read_params(space, agency, year) for year in years]
    sides: list[Side] = []
    problems: list[Problem] = []
    failed: GovnbError | None = None
    for params in chosen:
        side, told = read_made(space, params)
        tell(told)
        try:
            sides.append(side or count_report(space, params))
        except GovnbError as error:
            problems += error.problems
            failed = error
    if failed is not None:
        raise type(failed)(dict.fromkeys(problems))
    return sides[0], sides[1]


def _year(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) == 4:
        return int(text)
    what = Text(f"“{text}”不是年度", f"“{text}” is not a year")
    raise UsageError(Problem(Place(), what, _SHAPE, "usage.year"))


def _files(names: Sequence[str], workspace: Path | None) -> tuple[Side, Side]:
    """Both files, in whatever form each is; the missing ones of both are told at once."""
    from govnb.comparing.sides import read_published_files, read_report_json
    from govnb.form.edition import packaged_editions

    missing = [_missing(name, names) for name in names if not Path(name).is_file()]
    if missing:
        raise UsageError(missing)
    space = workspace_if_any(workspace)
    editions = space.editions if space else packaged_editions()
    sides: dict[int, Side] = {}
    problems: list[Problem] = []
    failed: GovnbError | None = None
    published = [at for at, name in enumerate(names) if not name.lower().endswith(".json")]
    for at, name in enumerate(names):
        try:
            if at in published:
                sides[at] = read_published_files([(Path(name), name)], editions, space.root if space else None)[0]
            else:
                sides[at] = read_report_json(Path(name), name, editions)
        except GovnbError as error:
            problems += error.problems
            failed = error
    if failed is not None:
        raise type(failed)(problems)
    return sides[0], sides[1]


def _missing(name: str, names: Sequence[str]) -> Problem:
    if Path(name).is_dir():
        return Problem(Place(file=name), Text("是文件夹，不是文件", "is a folder, not a file"), NOTHING, "usage.file")
    fix = _SHAPE if any(other.isdigit() for other in names) else did_you_mean(name, _beside(name))
    return Problem(Place(file=name), Text("没有这个文件", "there is no such file"), fix, "usage.file")


def _beside(name: str) -> list[str]:
    """Files of the same kind in the folder of one that is not there."""
    path = Path(name)
    try:
        found = sorted(str(each) for each in path.parent.iterdir() if each.suffix == path.suffix and each.is_file())
    except OSError:
        return []
    return found[:5]
