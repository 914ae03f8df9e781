"""``govnb verify``: runs again into a scratch folder and compares every file with output/."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
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
    tell,
    usable_processors,
    workspace_option,
)
from govnb.commands.wording import command as command_named
from govnb.errors import Text

if TYPE_CHECKING:
    from govnb.inputs.params import Params
    from govnb.making import Task
    from govnb.notebook.execute import Limits


@dataclass(frozen=True)
class Compared:
    """``state``: same, differs, missing (nothing to compare with) or failed; ``files`` names those that differ."""

    agency: str
    year: int
    state: str
    reason: Text
    files: tuple[str, ...] = ()


@command_named(
    "verify",
    help=said(
        "在临时文件夹里重新运行，并与 output/ 中的全部文件逐字节比较；依赖版本不同时先说明，只比较 report.json。"
        "退出码：0 相同；1 不同；2 用法或参数有误。",
        "Run again into a scratch folder and compare all files with output/, byte by byte; where package versions "
        "differ that is said first and report.json alone is compared. "
        "Exit codes: 0 same; 1 differs; 2 wrong usage or params.",
    ),
    epilog=examples("govnb verify", "govnb verify -a guangzhou-gov-office -y 2021"),
)
@selection_options
@click.option("-j", "--jobs", type=click.IntRange(1, 512), metavar="N", help=said("并行数", "Reports at a time"))
@limit_options
@json_option
@workspace_option
def command(
    agencies: tuple[str, ...],
    years: tuple[int, ...],
    jobs: int | None,
    timeout: int,
    memory: int,
    as_json: bool,
    workspace: Path | None,
) -> int:
    from govnb.commands.lock import one_run
    from govnb.commands.pool import make_all
    from govnb.notebook.execute import Limits

    space, chosen = selected(workspace, agencies, years)
    output, limits = space.root / "output", Limits(timeout, memory << 20)
    folder = tempfile.TemporaryDirectory(prefix="govnb-verify-", ignore_cleanup_errors=True)
    with folder as scratch, one_run(output, "verify"):
        tasks = [task for params in chosen for task in _tasks(space.root, params, output, Path(scratch), limits)]
        with closing(make_all(tasks, jobs or usable_processors())) as made:
            outcomes = {(o.task.agency, o.task.year, o.task.notebook): o for o in made}
        compared = [_compare(params, output, Path(scratch), outcomes) for params in chosen]
    for item in compared:
        tell(Text(f"{item.agency} {item.year}：{item.reason.zh}", f"{item.agency} {item.year}: {item.reason.en}"))
    if as_json:
        print_json(
            {
                "reports": [
                    {
                        "agency": c.agency,
                        "year": c.year,
                        "state": c.state,
                        "reason": str(c.reason),
                        "files": list(c.files),
                    }
                    for c in compared
                ]
            }
        )
    return 0 if all(item.state == "same" for item in compared) else 1


def _tasks(root: Path, params: Params, output: Path, scratch: Path, limits: Limits) -> list[Task]:
    """What was made there is made again: every notebook and every format that the manifest lists."""
    from govnb.making import FORMATS, Task
    from govnb.manifest import read_manifest

    manifest = read_manifest(output / params.agency.id / str(params.year))
    if manifest is None:
        return []
    names = sorted(Path(name).stem for name in manifest["outputs"] if name.endswith(".ipynb"))
    return [
        Task(
            root,
            params.agency.id,
            params.year,
            scratch,
            name,
            limits,
            tuple(kind for kind in FORMATS if f"{name}.{kind}" in manifest["outputs"]),
            force=True,
        )
        for name in names
    ]


def _compare(params: Params, output: Path, scratch: Path, outcomes: Mapping[Any, Any]) -> Compared:
    from govnb.manifest import read_manifest
    from govnb.versions import package_versions

    agency, year = params.agency.id, params.year
    folder = output / agency / str(year)
    manifest = read_manifest(folder)
    if manifest is None:
        return Compared(
            agency, year, "missing", Text("output/ 中没有可比较的输出", "nothing in output/ to compare with")
        )
    failed = [o for (a, y, _), o in outcomes.items() if (a, y) == (agency, year) and o.state == "failed"]
    if failed:
        why = failed[0].reason
        return Compared(agency, year, "failed", Text(f"重新运行失败：{why.zh}", f"running again failed: {why.en}"))
    before, after = manifest.get("packages", {}), package_versions()
    names = sorted([*manifest["outputs"], "manifest.json"])
    told = Text("", "")
    if before != after:
        changed = ", ".join(sorted(name for name in {*before, *after} if before.get(name) != after.get(name)))
        told = Text(
            f"依赖版本不同（{changed}），只比较 report.json；",
            f"package versions differ ({changed}), comparing report.json alone; ",
        )
        names = [name for name in names if name == "report.json"]
    if not names:
        text = Text(f"{told.zh}而此处没有 report.json", f"{told.en}and there is no report.json here")
        return Compared(agency, year, "missing", text)
    again = scratch / agency / str(year)
    differing = tuple(name for name in names if not _same(folder / name, again / name))
    if differing:
        listed = ", ".join(differing)
        return Compared(
            agency, year, "differs", Text(f"{told.zh}不同：{listed}", f"{told.en}differs: {listed}"), differing
        )
    return Compared(agency, year, "same", Text(f"{told.zh}全部相同", f"{told.en}all the same"))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False
