"""``govnb site``: the reviewers' site, output/index.html and what it links."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from govnb.commands.options import examples, json_option, said, tell, workspace_option
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError


@command_named(
    "site",
    help=said(
        "生成审阅网站：output/index.html 及其链接的各机关、各年度比较页面，直接用浏览器打开，不需要网络。"
        "只重写有变化的页面。退出码：0 已生成；1 无法写入；2 用法或参数有误。",
        "Make the reviewers' site: output/index.html and the pages of agencies and years that it links. Open it in a "
        "browser, no network needed. Only pages that changed are written. "
        "Exit codes: 0 made; 1 can't be written; 2 wrong usage or params.",
    ),
    epilog=examples("govnb site", "govnb site --as-of 2022-02-01", "govnb site --json"),
)
@click.option(
    "--as-of",
    metavar="DATE",
    help=said(
        "未填公布日期的报告，到这一天（如 2022-02-01）已过法定期限的算逾期；不写则只标“未填公布日期”",
        "Reports without a date of publication count as late where their deadline has passed by this day "
        "(like 2022-02-01); without it they are only marked as having no date",
    ),
)
@json_option
@workspace_option
def command(as_of: str | None, as_json: bool, workspace: Path | None) -> int:
    from govnb.commands.lock import one_run
    from govnb.inputs.workspace import find_workspace
    from govnb.site.building import build_site

    day = parse_day(as_of) if as_of is not None else None
    space = find_workspace(workspace)
    with one_run(space.root / "output", "site"):
        built = build_site(space, day)
    for problem in built.problems:
        tell(problem.text())
    tell(
        Text(
            f"output/index.html：写入{built.written}个文件，未变{built.kept}个，删除{built.removed}个",
            f"output/index.html: {built.written} files written, {built.kept} unchanged, {built.removed} removed",
        )
    )
    if as_json:
        click.echo(built.reports.decode(), nl=False)
    return 0


def parse_day(text: str) -> date:
    """The day of ``--as-of``; UsageError where there is no such day."""
    try:
        return date.fromisoformat(text if len(text) == 10 else "")  # 20220201 and 2022-W05-2 are days to Python too
    except ValueError:
        what = Text(f"--as-of 的“{text[:40]}”不是日期", f"--as-of: “{text[:40]}” is no date")
        raise UsageError(Problem(Place(), what, Text("请写成 2022-02-01", "Write it like 2022-02-01"))) from None
