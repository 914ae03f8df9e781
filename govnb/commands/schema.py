"""``govnb schema``: the JSON Schema of the parameter files, by which an editor completes and checks them."""

from __future__ import annotations

from pathlib import Path

import click

from govnb.commands.options import examples, print_json, said, tell, workspace_option
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError, did_you_mean

_KINDS = ("agency", "year")


@command_named(
    "schema",
    help=said(
        "输出 agency.yaml（agency）或 <年度>.yaml（year）的 JSON Schema（2020-12）；不写则两个都输出。在工作区里时，"
        "包括其 editions/ 的版式。--write 写入 params/.schema/，参数文件的第一行指向那里，编辑器据此补全和检查，"
        "不用联网。退出码：0 已输出；2 用法有误。",
        "Print the JSON Schema (2020-12) of agency.yaml (agency) or <year>.yaml (year); without a name both. In a "
        "workspace with the forms of its editions/. --write puts them into params/.schema/, which the first line of a "
        "parameter file names, so that editors complete and check it without a network. "
        "Exit codes: 0 printed; 2 wrong usage.",
    ),
    epilog=examples("govnb schema year", "govnb schema --write"),
)
@click.argument("kind", metavar="[agency|year]", required=False)
@click.option(
    "--write", is_flag=True, help=said("写入工作区的 params/.schema/", "Write into params/.schema/ of the workspace")
)
@workspace_option
def command(kind: str | None, write: bool, workspace: Path | None) -> int:
    from govnb.form.edition import packaged_editions
    from govnb.inputs.params_schema import schema_agency, schema_year

    if kind is not None and kind not in _KINDS:
        what = Text(f"没有“{kind}”的结构", f"there is no schema “{kind}”")
        raise UsageError(Problem(Place(), what, did_you_mean(kind, _KINDS), "usage.schema"))
    if write:
        return _write(workspace)
    from govnb.commands.options import workspace_if_any

    space = workspace_if_any(workspace)
    editions = space.editions if space is not None else packaged_editions()
    made = {"agency": schema_agency, "year": schema_year}
    print_json(made[kind](editions) if kind else {name: make(editions) for name, make in made.items()})
    return 0


def _write(workspace: Path | None) -> int:
    from govnb.inputs.params_schema import FOLDER, schema_files
    from govnb.inputs.workspace import find_workspace
    from govnb.storage import write_files

    space = find_workspace(workspace)
    files = {Path(name).name: content for name, content in schema_files(space.editions).items()}
    write_files(space.inside(FOLDER), FOLDER, files)
    tell(Text(f"已写入 {FOLDER}/", f"Wrote {FOLDER}/"))
    return 0
