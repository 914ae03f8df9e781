"""``govnb run``: makes every selected report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
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
    selected,
    selection_options,
    stray_files,
    tell,
    usable_processors,
    workspace_option,
)
from govnb.commands.wording import command as command_named
from govnb.errors import GovnbError, Place, Problem, Text, UsageError, did_you_mean

if TYPE_CHECKING:
    from govnb.crew import Crew
    from govnb.inputs.params import Params
    from govnb.inputs.workspace import Workspace
    from govnb.making import Outcome, Task

_NOTEBOOK = re.compile(r"""[^\s./\\:*?"<>|][^/\\:*?"<>|\x00-\x1f]{0,99}""")
_STATES = {"made": Text("已生成", "made"), "skipped": Text("未变", "unchanged"), "failed": Text("失败", "FAILED")}


@command_named(
    "run",
    help=said(
        "通过 papermill 运行选定的报告（默认全部），并生成网页和PDF。"
        "退出码：0 全部生成；1 有失败，其余完整；2 用法或参数有误。",
        "Run every selected report (default: all) through papermill and render it. "
        "Exit codes: 0 all made; 1 some failed, the others are complete; 2 wrong usage or params.",
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
@json_option
@workspace_option
def command(
    agencies: tuple[str, ...],
    years: tuple[int, ...],
    notebooks: tuple[str, ...],
    jobs: int | None,
    formats: str,
    force: bool,
    strict: bool,
    timeout: int,
    memory: int,
    report_timeout: int,
    retries: int,
    scheduler: str | None,
    local_cluster: int | None,
    as_json: bool,
    workspace: Path | None,
) -> int:
    from govnb.commands.lock import one_run
    from govnb.commands.pool import make_all
    from govnb.making import Task
    from govnb.notebook.execute import Limits

    kinds = parse_formats(formats)
    space, chosen = selected(workspace, agencies, years)
    names = parse_notebooks(notebooks)
    check_notebooks(space, chosen, names)
    for problem in stray_files(space, chosen):
        tell(problem.text())
    output, limits = space.root / "output", Limits(timeout, memory << 20, report_timeout)
    tasks = [
        Task(space.root, params.agency.id, params.year, output, name, limits, kinds, force, strict)
        for params in chosen
        for name in names or [params.notebook]
    ]
    workers = jobs or usable_processors()
    far = cluster_opener(scheduler, local_cluster, tasks, workers)
    with one_run(output), closing(make_all(tasks, workers, retries, far)) as made:
        outcomes = list(shown_progress(made, len(tasks)))
    place = {(task.agency, task.year, task.notebook): number for number, task in enumerate(tasks)}
    outcomes.sort(key=lambda outcome: place[outcome.task.agency, outcome.task.year, outcome.task.notebook])
    _summary(outcomes)
    if as_json:
        print_json({"reports": [_as_json(outcome) for outcome in outcomes]})
    return 1 if any(outcome.state == "failed" for outcome in outcomes) else 0


def cluster_opener(
    scheduler: str | None, local_cluster: int | None, tasks: Sequence[Task], jobs: int
) -> Callable[[], Crew] | None:
    """Opens the cluster that was asked for, when there is something to run; None where none was.

    UsageError at once where the address is none or dask is not installed.
    """
    if scheduler is None and local_cluster is None:
        return None
    if scheduler is not None and local_cluster is not None:
        what = Text(
            "--scheduler 和 --local-cluster 不能同时使用", "--scheduler and --local-cluster can't be used together"
        )
        raise UsageError(Problem(Place(), what, Text("请只用其中一个", "Give one of them"), "usage.cluster"))
    from govnb.crew.cluster import ClusterCrew, is_open_to_others, parse_address, require_dask
    from govnb.shipping import Courier, ReportCrew

    require_dask()
    if scheduler is None:
        return lambda: ReportCrew(ClusterCrew.start_local(local_cluster or 1, Courier()), tasks, jobs)
    address = parse_address(scheduler)
    if is_open_to_others(address):
        tell(
            Text(
                "注意：tcp:// 不加密，台账将以明文发送；请只在可信网络内使用，或改用 tls://",
                "Note: tcp:// is not encrypted, and ledgers are sent as they are; use it in a trusted network, or tls://",
            )
        )
    return lambda: ReportCrew(ClusterCrew(address, Courier()), tasks, jobs)


def parse_notebooks(texts: Sequence[str]) -> list[str]:
    """Names of notebooks without their suffix, each once, sorted; none: as params say."""
    for text in texts:
        if not _NOTEBOOK.fullmatch(text.removesuffix(".ipynb")):
            what = Text(f"“{text}”不是笔记本的名称", f"“{text}” is not the name of a notebook")
            fix = Text("请写 notebooks/ 里的文件名", "Write the name of a file in notebooks/")
            raise UsageError(Problem(Place(), what, fix, "usage.notebook"))
    return sorted({text.removesuffix(".ipynb") for text in texts})


def check_notebooks(space: Workspace, chosen: Sequence[Params], names: Sequence[str]) -> None:
    """UsageError with every notebook that is missing, broken or takes no parameters, before any kernel is started."""
    from govnb.notebook.execute import read_notebook

    problems: list[Problem] = []
    for name in sorted(set(names) or {params.notebook for params in chosen}):
        try:
            path = space.inside(Path("notebooks") / f"{name}.ipynb")
            read_notebook(path, space.shown(path))
        except GovnbError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)


def parse_formats(text: str) -> tuple[str, ...]:
    """The formats asked for, in a fixed order; ``ipynb`` is always made and may be named."""
    from govnb.making import FORMATS

    wanted = [part.strip().lower() for part in text.split(",") if part.strip()]
    unknown = [part for part in wanted if part not in (*FORMATS, "ipynb")]
    if not wanted:
        what, known = Text("--format 后面要写格式", "--format needs a format"), ", ".join(FORMATS)
        raise UsageError(Problem(Place(), what, Text(f"可用的有：{known}", f"Known are: {known}"), "usage.format"))
    if unknown:
        raise UsageError(
            Problem(
                Place(),
                Text(f"--format 不认识“{part}”", f"--format does not know “{part}”"),
                did_you_mean(part, FORMATS),
                "usage.format",
            )
            for part in unknown
        )
    return tuple(kind for kind in FORMATS if kind in wanted)


def _name(task: Task) -> str:
    return f"{task.agency} {task.year}" + (f" {task.notebook}" if task.notebook else "")


def _line(outcome: Outcome) -> Text:
    state, reason = _STATES[outcome.state], outcome.reason
    errors_zh = f"，{outcome.failed_checks}项错误级检查不通过" if outcome.failed_checks else ""
    errors_en = f", {outcome.failed_checks} error checks failed" if outcome.failed_checks else ""
    return Text(
        f"{state.zh} {_name(outcome.task)}（{outcome.seconds:.1f}秒）：{reason.zh}{errors_zh}",
        f"{state.en} {_name(outcome.task)} ({outcome.seconds:.1f} s): {reason.en}{errors_en}",
    )


def shown_progress(outcomes: Iterator[Outcome], total: int) -> Iterator[Outcome]:
    """Passes the outcomes on and tells of each: a live bar on a terminal, plain lines elsewhere."""
    import sys

    if not sys.stderr.isatty():
        for outcome in outcomes:
            tell(_line(outcome))
            yield outcome
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(said("报告", "Reports")), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=total)
        for outcome in outcomes:
            progress.console.print(escape(str(_line(outcome))), highlight=False)
            progress.advance(bar)
            yield outcome


def _summary(outcomes: Sequence[Outcome]) -> None:
    """Failures first and in full, then the count of each state."""
    for outcome in outcomes:
        if outcome.state == "failed":
            tell(Text(f"失败：{_name(outcome.task)}", f"Failed: {_name(outcome.task)}"))
            for problem in outcome.problems:
                tell(f"  {problem.text()}")
            where = f"output/{outcome.task.agency}/{outcome.task.year}/failed"
            tell(Text(f"  运行到哪一步见 {where}", f"  See how far it got in {where}"))
    counts = {state: sum(outcome.state == state for outcome in outcomes) for state in _STATES}
    tell(
        Text(
            f"生成{counts['made']}个，未变{counts['skipped']}个，失败{counts['failed']}个",
            f"{counts['made']} made, {counts['skipped']} unchanged, {counts['failed']} failed",
        )
    )


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "agency": outcome.task.agency,
        "year": outcome.task.year,
        "notebook": outcome.task.notebook,
        "state": outcome.state,
        "reason": str(outcome.reason),
        "duration": round(outcome.seconds, 3),
        "failed_checks": outcome.failed_checks,
        "problems": [str(problem.text()) for problem in outcome.problems],
    }
