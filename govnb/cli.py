"""The command line: names, options and help. Commands live in govnb/commands/ and are imported only when called.

Errors of the user's are printed here, in one place: no traceback, exit code as in the contract.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import locale
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from govnb.commands.wording import VERSION, Group, usage_text
from govnb.errors import GovnbError, Place, Problem, Text, UsageError, did_you_mean

COMMANDS = {
    "init": Text("新建一个带完整示例的工作区", "Make a new workspace with a complete example"),
    "new": Text(
        "新建下一年度报告的文件，列出上年未了事项", "Make the files of the next report; list what is left open"
    ),
    "run": Text("运行选定的报告并生成网页、PDF等", "Run the selected reports and render them"),
    "check": Text(
        "核对参数和台账，执行全部检查，不生成报告", "Validate params and ledgers and run all checks; render nothing"
    ),
    "audit": Text("核对已公布的年度报告（网页、PDF、DOCX）", "Check published reports (HTML, PDF, DOCX)"),
    "trace": Text("列出一个数字背后的台账记录", "Show the ledger rows behind a number"),
    "diff": Text("比较两个年度或者两份报告：表格和正文", "Compare two years or two reports: tables and text"),
    "review": Text("审核报告：通过或者退回，记入 reviews/", "Accept or reject a report; kept in reviews/"),
    "site": Text("生成审阅网站 output/index.html", "Make the reviewers' site, output/index.html"),
    "verify": Text("重新运行并与 output/ 逐字节比较", "Run again and compare with output/"),
    "schema": Text(
        "输出参数文件的 JSON Schema，供编辑器使用", "Print the JSON Schema of the parameter files, for editors"
    ),
    "completion": Text(
        "输出命令补全脚本（bash、zsh、fish）", "Print the completion script of a shell (bash, zsh, fish)"
    ),
}
EPILOG = Text(
    "示例：\n\n\b\n  govnb init 报告          新建工作区\n  govnb check              核对全部报告\n"
    "  govnb run -y 2021        生成2021年度的全部报告\n"
    "  govnb trace guangzhou-gov-office 2021 applications.new.total",
    "Examples:\n\n\b\n  govnb init reports       make a workspace\n  govnb check              check every report\n"
    "  govnb run -y 2021        make all reports for 2021\n"
    "  govnb trace guangzhou-gov-office 2021 applications.new.total",
)


_END_SECONDS = 10
_FORCED = Text("程序没有按时退出，已强制退出", "the program did not come to its end in time, and was ended")


class Commands(Group):
    """Loads a command's module when the command is called, so that ``--help`` loads nothing heavy."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"govnb.commands.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            what = Text(f"没有命令“{args[0]}”", f"there is no command “{args[0]}”")
            raise UsageError(Problem(Place(), what, did_you_mean(args[0], COMMANDS), "usage.command"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(str(Text("命令", "Commands"))):
            formatter.write_dl([(name, str(text)) for name, text in COMMANDS.items()])


@click.group(
    cls=Commands,
    help=str(
        Text("政府信息公开工作年度报告：编写、核对、审阅", "Write, check and review annual reports on disclosure")
    ),
    epilog=str(EPILOG),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="govnb", message="%(version)s", help=str(VERSION))
def root() -> None:
    pass


def start() -> None:
    """Entry point ``govnb``: the process is the command's own, and ends with it whatever is left in it."""
    _fill_descriptors()
    _mind_no_broken_pipe()
    try:
        main()
    except SystemExit as end:
        _bound_the_end(end.code if isinstance(end.code, int) else 0)
        raise


def main(arguments: Sequence[str] | None = None) -> None:
    """The command, in any process; SystemExit with its code."""
    if arguments is None:
        _think_utf8()
    _speak_utf8()
    _heed_signals()
    try:
        code: Any = root.main(list(arguments) if arguments is not None else None, "govnb", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _stopped(130)
    except _StoppedError as stop:
        code = _stopped(128 + stop.signal)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        click.echo(str(usage_text(error)), err=True)
        code = error.exit_code
    except GovnbError as error:
        for problem in error.problems:
            click.echo(str(problem.text()), err=True)
        code = error.exit_code
    except Exception as error:
        code = _internal(error)
    sys.exit(code if isinstance(code, int) else 0)


def _bound_the_end(code: int) -> None:
    """Has the process end with ``code`` in some seconds, also where a thread or an exit handler never comes to its end.

    All of the command's own work is done by then.
    """

    def end() -> None:
        time.sleep(_END_SECONDS)
        if {"-v", "--verbose"} & set(sys.argv):
            with contextlib.suppress(OSError):  # past the streams, which may be what does not come to its end
                os.write(2, f"{_FORCED}\n".encode())
        os._exit(code)

    threading.Thread(target=end, name="govnb-end", daemon=True).start()


class _StoppedError(BaseException):
    """Raised where a signal asks the program to end, so that it tidies up first. No ``except Exception`` holds it."""

    def __init__(self, signal: int) -> None:
        self.signal = signal


def _heed_signals() -> None:
    """SIGTERM, and a terminal that is closed, end the program as Ctrl-C does: tidily.

    A shell script that starts us with ``&`` has Ctrl-C ignored; it is heeded all the same.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(number: int, _: object) -> None:
        raise _StoppedError(number)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is not signal.SIG_IGN:  # nohup
            signal.signal(getattr(signal, name), stop)


def _stopped(code: int) -> int:
    click.echo(str(Text("已中断；原有输出未改动", "Stopped; earlier outputs are unchanged")), err=True)
    return code


def _internal(error: Exception) -> int:
    """A fault of ours, in one line: a traceback helps nobody but us, and holds paths. GOVNB_DEBUG=1 shows it."""
    from govnb.making import internal_fault

    if os.environ.get("GOVNB_DEBUG"):
        raise error
    click.echo(str(internal_fault(error).text()), err=True)
    return 1


def _fill_descriptors() -> None:
    """Puts nothing in the place of a standard stream that was closed (``govnb run >&-``).

    Else a socket of ours would get its number, and a process that we start would have it overwritten.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


class _Outlet(io.FileIO):
    """A standard stream whose reader may go away (``govnb check | head``): nobody is told, and all else goes on."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), self.fileno())
            return len(memoryview(data).cast("B"))


def _mind_no_broken_pipe() -> None:
    """So that the exit code is that of what was done, whoever listened."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not stream.isatty():
            outlet: Any = _Outlet(stream.fileno(), "wb", closefd=False)
            at_once = {"line_buffering": stream.line_buffering, "write_through": stream.write_through}
            buffer = outlet if stream.write_through else io.BufferedWriter(outlet)  # PYTHONUNBUFFERED
            setattr(sys, name, io.TextIOWrapper(buffer, stream.encoding, stream.errors, **at_once))


def _think_utf8() -> None:
    """Starts again in UTF-8 mode where the locale's encoding could not even name a Chinese file (``LC_ALL=C``)."""
    if os.name == "nt" or sys.getfilesystemencoding().lower().replace("_", "-") == "utf-8" or sys.flags.utf8_mode:
        return
    os.environ["PYTHONUTF8"] = "1"
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def _speak_utf8() -> None:
    """Chinese must survive LC_ALL=C and a redirected stream; a terminal that can't show a character gets an escape."""
    own = locale.getencoding()  # the terminal's, also in UTF-8 mode
    terminal = "utf-8" if own.upper() in ("ANSI_X3.4-1968", "US-ASCII", "ASCII", "646") else own
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=terminal if stream.isatty() else "utf-8", errors="backslashreplace")
