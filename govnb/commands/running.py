"""A run as a function: what is selected is planned, then carried out; for ``govnb run`` and ``govnb.run()`` alike.

It prints nothing and minds no signals, so it works in a notebook as well, also inside a running event loop.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from govnb.commands.costs import read_costs, write_costs
from govnb.commands.course import Course
from govnb.commands.lock import one_run
from govnb.commands.options import selected, usable_processors
from govnb.commands.ordering import find_dependencies
from govnb.commands.pool import make_all
from govnb.errors import GovnbError, Place, Problem, Text, UsageError, did_you_mean
from govnb.making import FORMATS, Outcome, Task
from govnb.notebook.execute import Limits, read_notebook

if TYPE_CHECKING:
    from govnb.crew import Crew
    from govnb.inputs.params import Params
    from govnb.inputs.workspace import Workspace

_NOTEBOOK = re.compile(r"""[^\s./\\:*?"<>|][^/\\:*?"<>|\x00-\x1f]{0,99}""")


@dataclass(frozen=True)
class Plan:
    """Everything that is known before anything is started; ``notes`` are for people."""

    space: Workspace
    chosen: Sequence[Params]
    tasks: Sequence[Task]
    jobs: int
    retries: int
    open_crew: Callable[[], Crew] | None
    course: Course
    notes: Sequence[Text]


def plan_run(
    *,
    agencies: Sequence[str],
    years: Sequence[int],
    notebooks: Sequence[str],
    jobs: int | None,
    formats: Sequence[str],
    force: bool,
    strict: bool,
    timeout: int,
    memory: int,
    report_timeout: int,
    retries: int,
    kernel: str | None,
    scheduler: str | None,
    local_cluster: int | None,
    workspace: Path | None,
) -> Plan:
    """UsageError or ParamsError with all that is wrong; nothing was started by then."""
    kinds = parse_formats(formats)
    space, chosen = selected(workspace, agencies, years)
    names = parse_notebooks(notebooks)
    check_notebooks(space, chosen, names)
    limits = Limits(timeout, memory << 20, report_timeout, kernel)
    elsewhere = look_into_kernel(limits, scheduler is not None or local_cluster is not None)
    output = space.root / "output"
    tasks = [
        Task(
            *(space.root, params.agency.id, params.year, output, name, limits),
            *(kinds, force, strict, name == params.notebook, elsewhere),
        )
        for params in chosen
        for name in names or [params.notebook]
    ]
    places = max(1, jobs or usable_processors())
    notes: list[Text] = []
    far = cluster_opener(scheduler, local_cluster, tasks, places, notes)
    course = Course(tasks, find_dependencies(chosen), read_costs(space.root), local_cluster or places)
    return Plan(space, chosen, tasks, places, retries, far, course, notes)


def carry_out(plan: Plan) -> Generator[Outcome, None, None]:
    """An outcome for each task, in the order in which they are done. Close the iterator to stop everything."""
    with one_run(plan.space.root / "output", "run"):
        try:
            with closing(
                make_all(plan.tasks, plan.jobs, plan.retries, plan.open_crew, plan.course, plan.chosen)
            ) as made:
                yield from made
        finally:
            write_costs(plan.space.root, plan.course.measured)


def in_order(plan: Plan, outcomes: Iterable[Outcome]) -> list[Outcome]:
    """By agency, year and notebook, as they were selected."""
    place = {(task.agency, task.year, task.notebook): number for number, task in enumerate(plan.tasks)}
    return sorted(outcomes, key=lambda outcome: place[outcome.task.agency, outcome.task.year, outcome.task.notebook])


def run(
    agencies: str | Iterable[str] = (),
    years: int | Iterable[int] = (),
    *,
    notebooks: str | Iterable[str] = (),
    jobs: int | None = None,
    formats: str | Iterable[str] = ("html", "pdf"),
    force: bool = False,
    strict: bool = False,
    timeout: int = 600,
    memory: int = 4096,
    report_timeout: int = 1800,
    retries: int = 1,
    kernel: str | None = None,
    scheduler: str | None = None,
    local_cluster: int | None = None,
    workspace: str | os.PathLike[str] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Makes the selected reports (default: all) as ``govnb run`` does; the arguments are its options.

    Returns an outcome for each notebook of each report: ``state`` ("made", "skipped" or "failed"), ``reason``,
    ``seconds``, ``problems``, ``attempts``, ``log``, and ``task`` with ``agency``, ``year`` and ``notebook``. A report
    that fails is an outcome too, and no exception. ``on_outcome`` is called with each as soon as it is there. Prints
    nothing. UsageError for wrong arguments or a workspace that is in use, ParamsError for faults in params/.
    """
    plan = plan_run(
        agencies=_listed(agencies),
        years=[years] if isinstance(years, int) else list(years),
        notebooks=_listed(notebooks),
        jobs=jobs,
        formats=formats.split(",") if isinstance(formats, str) else list(formats),
        force=force,
        strict=strict,
        timeout=timeout,
        memory=memory,
        report_timeout=report_timeout,
        retries=retries,
        kernel=kernel,
        scheduler=scheduler,
        local_cluster=local_cluster,
        workspace=None if workspace is None else Path(workspace),
    )
    outcomes = []
    with closing(carry_out(plan)) as made:
        for outcome in made:
            outcomes.append(outcome)
            if on_outcome is not None:
                on_outcome(outcome)
    return in_order(plan, outcomes)


def _listed(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def cluster_opener(
    scheduler: str | None, local_cluster: int | None, tasks: Sequence[Task], jobs: int, notes: list[Text]
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
        notes.append(
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
    problems: list[Problem] = []
    for name in sorted(set(names) or {params.notebook for params in chosen}):
        try:
            path = space.notebook(name)
            read_notebook(path, space.shown(path))
        except GovnbError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)


def look_into_kernel(limits: Limits, far: bool) -> dict[str, str] | None:
    """The versions in the environment of the kernel that was asked for; None where none was.

    UsageError where there is no such Jupyter kernel, or where it would be looked for on other machines.
    """
    name = limits.kernel
    if name is None:
        return None
    if far:
        what = Text("--kernel 不能与集群同时使用", "--kernel can't be used with a cluster")
        fix = Text("请在工作机器上安装所需的环境", "Install what is needed on the workers")
        raise UsageError(Problem(Place(), what, fix, "usage.kernel"))
    from govnb.notebook.kernel import versions_in
    from govnb.notebook.run import UnknownKernelError

    try:
        return versions_in(name, limits.memory)
    except UnknownKernelError as error:
        what = Text(f"没有名为“{name}”的 Jupyter 内核", f"there is no Jupyter kernel “{name}”")
        known = Text(f"可用的有：{'、'.join(error.known)}", f"Known are: {', '.join(error.known)}")
        none = Text("请用 ipykernel install 安装", "Install one with ipykernel install")
        raise UsageError(Problem(Place(), what, known if error.known else none, "usage.kernel")) from None


def parse_formats(wanted: Sequence[str]) -> tuple[str, ...]:
    """The formats asked for, in a fixed order; ``ipynb`` is always made and may be named."""
    wanted = [part.strip().lower() for part in wanted if part.strip()]
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
