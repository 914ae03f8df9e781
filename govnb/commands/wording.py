"""click's own words in the language of the locale: headings of help pages, and what it says of a wrong command line.

Our commands are written in both languages from the start; here is what the library would say in English to everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from govnb.errors import Text, did_you_mean, ended, language

HELP = Text("显示此说明后退出", "Show this message and exit.")
VERSION = Text("显示版本后退出", "Show the version and exit.")


class Command(click.Command):
    """A command whose help page speaks the language of the locale."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return _pieces(super().collect_usage_pieces(ctx))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _with_help(super().get_help_option(ctx))


class Group(click.Group):
    """The same for the program itself."""

    command_class = Command

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return _pieces(super().collect_usage_pieces(ctx))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _with_help(super().get_help_option(ctx))


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """``click.command`` with help pages in both languages."""
    return click.command(name, cls=Command, **attributes)


def _pieces(pieces: list[str]) -> list[str]:
    words = {"[OPTIONS]": "[选项]", "COMMAND [ARGS]...": "命令 [参数]..."} if language() == "zh" else {}
    return [words.get(piece, piece) for piece in pieces]


def _write_usage(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    formatter.write_usage(ctx.command_path, " ".join(command.collect_usage_pieces(ctx)), str(Text("用法：", "Usage: ")))


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """The options of a command under a heading of ours."""
    records = [record for param in command.get_params(ctx) if (record := param.get_help_record(ctx)) is not None]
    if language() == "zh":
        records = [(names, text.replace("[default: ", "[默认：")) for names, text in records]
    with formatter.section(str(Text("选项", "Options"))):
        formatter.write_dl(records)


def _with_help(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = str(HELP)
    return option


def usage_text(error: click.ClickException) -> Text:
    """What is wrong with a command line, and what to do."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "govnb"
    said = _wrong(error)
    return Text(f"{said.zh}\n用法见：{path} --help", f"{said.en}\nFor help: {path} --help")


def _wrong(error: click.ClickException) -> Text:
    if isinstance(error, click.NoSuchOption):
        fix = ended(did_you_mean(error.option_name, _options(error)))
        return Text(f"没有选项 {error.option_name}。{fix.zh}", f"there is no option {error.option_name}. {fix.en}")
    if isinstance(error, click.MissingParameter):
        name = _name(error)
        return Text(f"缺少 {name}", f"{name} is missing")
    if isinstance(error, click.BadParameter):
        wanted = _wanted(error.param.type) if error.param is not None else None
        if wanted is not None:
            name = _name(error)
            return Text(f"{name} 的值不对，应为{wanted.zh}", f"wrong value of {name}: give {wanted.en}")
    if isinstance(error, click.BadOptionUsage):
        return Text(f"选项 {error.option_name} 后面要写值", f"the option {error.option_name} needs a value")
    message = error.format_message()
    return Text(f"命令写法有误：{message}", message)


def _options(error: click.NoSuchOption) -> list[str]:
    params = error.ctx.command.params if error.ctx is not None else []
    return [name for param in params if isinstance(param, click.Option) for name in param.opts if name.startswith("--")]


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return str(error.param_hint or "")
    return error.param.opts[-1] if isinstance(error.param, click.Option) else error.param.make_metavar(_context(error))


def _context(error: click.BadParameter) -> click.Context:
    return error.ctx if error.ctx is not None else click.Context(click.Command(None))


def _wanted(kind: click.ParamType[Any]) -> Text | None:
    if isinstance(kind, click.IntRange):
        return Text(f"{kind.min}到{kind.max}的整数", f"a whole number from {kind.min} to {kind.max}")
    if isinstance(kind, click.types.IntParamType):
        return Text("整数", "a whole number")
    return None
