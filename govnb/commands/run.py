"""``govnb run``: makes every selected report."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import (
    examples,
    json_option,
    limit_options,
    print_json,
    said,
    selection_options,
    stray_files,
    tell,
    workspace_option,
)
from govnb.commands.wording import command as command_named

if TYPE_CHECKING:
    from govnb.making import Outcome

_INTERRUPTED = 130  # as a shell has it for what Ctrl-C ended


@command_named(
    "run",
    help=said(
        "通过 papermill 运行选定的报告（默认全部），并生成网页和PDF。"
        "按一次 Ctrl-C：等正在运行的完成，不再开始新的；再按一次：立即停止。"
        "退出码：0 全部生成；1 有失败，其余完整；2 用法或参数有误；130 被 Ctrl-C 中断。",
        "Run every selected report (default: all) through papermill and render it. "
        "Ctrl-C once: what runs is finished and nothing else begins; twice: everything is stopped at once. "
        "Exit codes: 0 all made; 1 some failed, the others are complete; 2 wrong usage or params; 130 Ctrl-C.",
    ),
    epilog=examples(
        "govnb run",
        "govnb run -a guangzhou-gov-office -y 2021 --format html,pdf,docx,xlsx",
        "govnb run -j 4 --strict --json",
    ),
)
@selection_options
@click.option(
    "-n",
    "--notebook",
    "notebooks",
    multiple=True,
    metavar="NOTEBOOK",
    help=said("笔记本（默认按参数）", "Notebook (default: as params say)"),
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 512),
    metavar="N",
    help=said("并行数（默认：可用处理器数）", "Reports at a time (default: usable processors)"),
)
@click.option(
    "--format",
    "formats",
    default="html,pdf",
    show_default=True,
    metavar="LIST",
    help=said("html、pdf、docx、xlsx，用逗号分隔", "html, pdf, docx, xlsx, separated by commas"),
)
@click.option("--force", is_flag=True, help=said("未变化也重新运行", "Run even what is unchanged"))
@click.option(
    "--strict",
    is_flag=True,
    help=said(
        "有错误级检查不通过的报告不写出，按失败计",
        "A report with a failed error check is not written and counts as failed",
    ),
)
@limit_options
@click.option(
    "--report-timeout",
    type=click.IntRange(0, 604800),
    default=1800,
    show_default=True,
    metavar="SECONDS",
    help=said("整个报告的时限（秒，0为不限）", "Time limit for a whole report, in seconds (0: none)"),
)
@click.option(
    "--retries",
    type=click.IntRange(0, 10),
    default=1,
    show_default=True,
    metavar="N",
    help=said("内核意外终止时再试几次", "How often a report is tried again whose kernel died"),
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help=said(
        "在 dask 集群上运行，如 tcp://主机:8786（见 docs/zh/cluster.md）",
        "Run on a dask cluster, such as tcp://host:8786 (see docs/en/cluster.md)",
    ),
)
@click.option(
    "--local-cluster",
    type=click.IntRange(1, 512),
    metavar="N",
    help=said("在本机的 N 个 dask 工作进程上运行", "Run on N dask workers of this machine"),
)
@click.option(
    "--kernel",
    metavar="NAME",
    help=said(
        "在名为 NAME 的 Jupyter 内核（另一个环境）中运行单元格",
        "Run the cells in the Jupyter kernel NAME, of another environment",
    ),
)
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help=said("失败的报告也说明当初为何运行", "Say also of a report that failed why it was run"),
)
@json_option
@workspace_option
def command(
    agencies: tuple[str, ...],
    years: tuple[int, ...],
    formats: str,
    workspace: Path | None,
    as_json: bool,
    verbose: bool,
    **options: Any,
) -> int:
    from govnb.commands.interrupt import heeding_interrupt
    from govnb.commands.progress import say_stopping, shown_progress, summarize
    from govnb.commands.running import carry_out, in_order, plan_run

    plan = plan_run(agencies=agencies, years=years, formats=formats.split(","), workspace=workspace, **options)
    for problem in stray_files(plan.space, plan.chosen):
        tell(problem.text())
    for note in plan.notes:
        tell(note)

    def end_early() -> None:
        plan.course.end_early()
        say_stopping()

    with heeding_interrupt(end_early), closing(carry_out(plan)) as made:
        outcomes = in_order(plan, shown_progress(made, plan.course, verbose))
    summarize(outcomes)
    for note in plan.course.notes if verbose else ():
        tell(note)
    if as_json:
        print_json({"reports": [_as_json(outcome) for outcome in outcomes]})
    if plan.course.ends:
        return _INTERRUPTED
    return 1 if any(outcome.state == "failed" for outcome in outcomes) else 0


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "agency": outcome.task.agency,
        "year": outcome.task.year,
        "notebook": outcome.task.notebook,
        "state": outcome.state,
        "reason": str(outcome.reason),
        "duration": round(outcome.seconds, 3),
        "attempts": outcome.attempts,
        "failed_checks": outcome.failed_checks,
        "problems": [str(problem.text()) for problem in outcome.problems],
        "log": outcome.log,
    }
