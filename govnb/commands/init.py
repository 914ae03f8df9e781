"""``govnb init``: a new workspace, with a complete example or with empty ledgers to fill in."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path

import click

from govnb.commands.options import examples, said, tell
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError

_BLANK_AGENCY = "my-office"


@command_named(
    "init",
    help=said(
        "在 DIR 新建工作区，带一个可以直接运行的完整示例；加 --blank 则写入空白台账（一个工作簿，每个台账一张表）。"
        "退出码：0 已建；2 已存在。",
        "Make a workspace in DIR with a complete example that runs; with --blank, empty ledgers in one workbook. "
        "Exit codes: 0 made; 2 exists.",
    ),
    epilog=examples("govnb init 报告", "govnb init --blank", "govnb init 报告 --blank"),
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--blank",
    is_flag=True,
    help=said("写空白台账 ledgers.xlsx，不写示例", "Write empty ledgers (ledgers.xlsx), no example"),
)
def command(folder: Path | None, blank: bool) -> int:
    if folder is None and not blank:
        what = Text("请写明新工作区的文件夹", "Name the folder of the new workspace")
        raise UsageError(Problem(Place(), what, Text("例如 govnb init 报告", "For example: govnb init reports")))
    if folder is None:
        _write_blank_workbook(Path("ledgers.xlsx"))
        tell(Text("已写入 ledgers.xlsx", "Wrote ledgers.xlsx"))
        return 0
    files = {**(_blank_files() if blank else _example_files()), **_schemas()}
    _write_workspace(folder, files)
    tell(_next_step(folder, "check" if blank else "run"))
    return 0


def _next_step(folder: Path, command: str) -> Text:
    if folder.absolute() == Path.cwd():
        return Text(f"已新建工作区。下一步：govnb {command}", f"Made a workspace. Next: govnb {command}")
    place = shlex.quote(str(folder)) if not folder.is_absolute() else shlex.quote(folder.name)
    return Text(
        f"已新建工作区。下一步：cd {place}，然后 govnb {command}",
        f"Made a workspace. Next: cd {place}, then govnb {command}",
    )


def _example_files() -> dict[str, bytes]:
    from govnb.example import example_files

    return dict(example_files())


def _schemas() -> dict[str, bytes]:
    """What the first line of each parameter file names, so that editors complete and check it."""
    from govnb.inputs.params_schema import schema_files

    return schema_files()


def _blank_files() -> dict[str, bytes]:
    """The example's notebooks, parameters to fill in, a workbook of empty ledgers, and the empty statutory tables."""
    from govnb.form.edition import packaged_editions
    from govnb.inputs.blank import build_blank_workbook
    from govnb.inputs.declared import write_declared_template
    from govnb.inputs.params_schema import schema_line
    from govnb.inputs.schema import build_schemas

    files = {name: content for name, content in _example_files().items() if name.startswith("notebooks/")}
    folder = f"params/{_BLANK_AGENCY}"
    files[f"{folder}/agency.yaml"] = (schema_line("agency") + _BLANK_PARAMS).encode()
    files[f"{folder}/2021.yaml"] = (schema_line("year") + "{}\n").encode()
    files[f"data/{_BLANK_AGENCY}/ledgers.xlsx"] = build_blank_workbook(build_schemas())
    # Beside data/, not in it: an empty declared table in there would be one that says nothing.
    for number, edition in sorted(packaged_editions().items()):
        files[f"templates/declared-{number}.xlsx"] = write_declared_template(edition)
    return files


_BLANK_PARAMS = """\
# 请改成本机关的情况；文件夹名 my-office 也可以改，params/ 和 data/ 下的要一致。
name: 某某市某某局          # 机关全称，印在标题上
short_name: 市某某局        # 正文中的简称
region: 某某市
level: department           # province 省 city 市 county 县 department 部门 town 乡镇街道
# website: https://…        # 门户网站网址，可不写
"""


def _write_blank_workbook(path: Path) -> None:
    from govnb.inputs.blank import build_blank_workbook
    from govnb.inputs.schema import build_schemas
    from govnb.storage import refused

    content = build_blank_workbook(build_schemas())
    try:
        with path.open("xb") as handle:
            handle.write(content)
    except FileExistsError:
        raise UsageError(_exists(path.name)) from None
    except OSError as error:
        raise UsageError(refused(error, path.name)) from None


def _write_workspace(folder: Path, files: dict[str, bytes]) -> None:
    """All files or none: they are written in a hidden folder and moved when all are there."""
    from govnb.storage import refused

    target, name = folder.absolute(), folder.absolute().name
    if target.is_symlink() or (target.exists() and (not target.is_dir() or any(target.iterdir()))):
        raise UsageError(_exists(name))
    staging: Path | None = None
    moved: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".govnb-init-", dir=target))
        for file, content in files.items():
            path = staging / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        # Moved into the folder instead of in its place: somebody may stand in it, or a disk be mounted there.
        for part in sorted(staging.iterdir()):
            moved.append(part.replace(target / part.name))
    except OSError as error:
        for part in moved:
            shutil.rmtree(part, ignore_errors=True)
        raise UsageError(refused(error, name)) from None
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _exists(name: str) -> Problem:
    return Problem(
        Place(file=name),
        Text("已存在且不为空，没有改动", "exists and is not empty; nothing was changed"),
        Text("请换一个名字", "Choose another name"),
        "init.exists",
    )
