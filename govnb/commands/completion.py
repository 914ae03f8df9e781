"""``govnb completion``: the script by which a shell completes commands, options, agencies and years."""

from __future__ import annotations

import click

from govnb.commands.options import examples, said
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError, did_you_mean

_SHELLS = ("bash", "zsh", "fish")


@command_named(
    "completion",
    help=said(
        "输出命令补全脚本：命令、选项，以及工作区里的机关代码和年度。退出码：0 已输出；2 没有这种外壳。",
        "Print the script by which a shell completes commands, options, and the workspace's agencies and years. "
        "Exit codes: 0 printed; 2 unknown shell.",
    ),
    epilog=examples(
        'eval "$(govnb completion bash)"',
        "govnb completion bash > ~/.local/share/bash-completion/completions/govnb",
        "govnb completion zsh > ~/.zfunc/_govnb",
        "govnb completion fish > ~/.config/fish/completions/govnb.fish",
    ),
)
@click.argument("shell", metavar="bash|zsh|fish")
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell) if shell in _SHELLS else None
    if kind is None:
        what = Text(f"没有“{shell}”的补全", f"there is no completion for “{shell}”")
        raise UsageError(Problem(Place(), what, did_you_mean(shell, _SHELLS), "usage.shell"))
    # The base class' own source(): bash's would start a bash to ask for its version.
    script = ShellComplete.source(kind(ctx.find_root().command, {}, "govnb", "_GOVNB_COMPLETE"))
    click.echo(script.strip())
    return 0
