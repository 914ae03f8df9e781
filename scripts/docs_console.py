"""Runs the examples of the guide: what a page of docs/ tells the reader to type, in the order in which it stands there.

A page is read as its reader reads it. A fenced block with a path after its language (``yaml params/office/2021.yaml``)
is a file that he writes; a ``sh`` block has lines ``$ command`` and below each what the terminal shows, in which ``…``
stands for the rest of a line and, alone in a line, for any number of lines. A command without output below it has only
to succeed. ``<!-- start: example -->`` names the workspace that the page begins with; ``<!-- fresh -->`` takes it anew,
with the files (not the commands) that stand above the first such line. Nothing outside of the given folder is written.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import govnb.cli

LANGUAGES = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}
REST = "…"
_APART = {"run", "verify"}  # they start processes of their own, which a process of pytest shouldn't
_READS = {"check", "audit", "trace", "diff"}
_FENCE = re.compile(r"^```(\S*)[ \t]*(.*)$")
_DIRECTIVE = re.compile(r"^<!-- (start: (?P<start>\S+)|fresh) -->$")
_SHELL = set("|<>&;$*`")
_OWN = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE", "COLUMNS", "GOVNB_REVIEWER")


@dataclass(frozen=True)
class Written:
    """A file that the reader writes; ``path`` is empty for a block that is none."""

    language: str
    path: str
    text: str
    line: int


@dataclass(frozen=True)
class Typed:
    """A command, and the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Fresh:
    """The workspace is taken anew."""

    line: int


Step = Written | Typed | Fresh


def read_steps(text: str) -> tuple[str, list[Step]]:
    """The workspace that a page starts with (``none`` where it doesn't say) and its steps in order."""
    start = "none"
    steps: list[Step] = []
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if found := _DIRECTIVE.match(line):
            start = found["start"] or start
            if not found["start"]:
                steps.append(Fresh(number))
        elif fence := _FENCE.match(line):
            inside = _until_fence(lines)
            if fence[1] == "sh":
                steps += _typed(inside, number)
            else:
                steps.append(Written(fence[1], fence[2].strip(), "".join(f"{one}\n" for one in inside), number))
    return start, steps


def _until_fence(lines: Iterator[tuple[int, str]]) -> list[str]:
    inside: list[str] = []
    for _, line in lines:
        if line == "```":
            return inside
        inside.append(line)
    raise ValueError("a fenced block has no end")


def _typed(inside: list[str], number: int) -> list[Typed]:
    found: list[tuple[str, list[str], int]] = []
    for offset, line in enumerate(inside, 1):
        if line.startswith("$ "):
            found.append((line[2:], [], number + offset))
        elif found:
            found[-1][1].append(line)
        else:
            raise ValueError(f"line {number + offset}: a sh block begins with a command ($ …)")
    return [Typed(command, tuple(shown), at) for command, shown, at in found]


def fits(shown: tuple[str, ...], output: str) -> bool:
    """Whether a terminal's output is what the page shows of it."""
    pattern = ""
    for line in shown:
        if line.strip() == REST:
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += re.escape(line.rstrip()).replace(re.escape(REST), r"[^\n]*?") + r"\n"
    return re.fullmatch(pattern, tidy(output)) is not None


def tidy(output: str) -> str:
    """Without blanks at the end of lines and of the whole."""
    lines = [line.rstrip() for line in output.rstrip().splitlines()]
    return "".join(f"{line}\n" for line in lines)


@dataclass
class Terminal:
    """One reader at work: a folder of his own, a language, and where he stands."""

    folder: Path
    language: str
    start: Callable[[Path], None]
    here: Path = field(init=False)
    code: int = 0
    base: list[Written] = field(default_factory=list)
    workspaces: int = 0

    def __post_init__(self) -> None:
        self.fresh()

    def fresh(self) -> None:
        """A workspace as the page starts with, and the files that belong to all its parts."""
        self.here = self.folder / str(self.workspaces) / "work"
        self.workspaces += 1
        self.here.mkdir(parents=True)
        self.start(self.here)
        for block in self.base:
            self.write(block)

    def write(self, block: Written) -> None:
        path = self.here / block.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def run(self, command: str) -> str:
        """What the terminal shows, messages and results together; ``code`` is the exit code."""
        words = shlex.split(command)
        if command == "echo $?":
            return f"{self.code}\n"
        if words[0] == "cd":
            self.here = self.here / words[1]
            return ""
        if words[0] == "govnb" and not _SHELL & set(command):
            return self._apart([sys.executable, "-m", *words]) if words[1] in _APART else self._inside(words[1:])
        return self._apart(["bash", "-c", command])

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in _OWN}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
        return {**kept, "PATH": path, "LANG": LANGUAGES[self.language]}

    def _apart(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.here,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        self.code = done.returncode
        return done.stdout

    def _inside(self, arguments: list[str]) -> str:
        """The same command line in this process: a second each is what Python and its libraries take to start."""
        seen = io.BytesIO()
        screen = io.TextIOWrapper(seen, encoding="utf-8", write_through=True)
        with _as_it_was(), contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            os.environ.clear()
            os.environ.update(self._environment())
            os.chdir(self.here)
            try:
                govnb.cli.main(arguments)
            except SystemExit as end:
                self.code = int(end.code or 0)
        return seen.getvalue().decode("utf-8")


@contextlib.contextmanager
def _as_it_was() -> Iterator[None]:
    """What a command changes of its process: environment, folder and the answer to signals."""
    environment, folder = dict(os.environ), Path.cwd()
    heard = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    answers = [(number, signal.getsignal(number)) for number in heard]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        for number, answer in answers:
            signal.signal(number, answer)


@dataclass(frozen=True)
class Seen:
    """One command that was run: what the page says, and what happened."""

    typed: Typed
    output: str
    code: int

    @property
    def right(self) -> bool:
        return fits(self.typed.shown, self.output) if self.typed.shown else self.code == 0


def run_page(text: str, language: str, folder: Path, starts: dict[str, Callable[[Path], None]]) -> Iterator[Seen]:
    """Every command of a page. The page's own files are written as they come; ``starts`` make its first workspace."""
    start, steps = read_steps(text)
    terminal = Terminal(folder, language, starts[start])
    known: dict[tuple[object, ...], tuple[str, int]] = {}
    done: tuple[object, ...] = ()  # what made the workspace what it is
    for step in steps:
        if isinstance(step, Fresh):
            terminal.fresh()
            done = tuple((block.path, block.text) for block in terminal.base)
        elif isinstance(step, Written):
            if step.path:
                terminal.write(step)
                terminal.base += [step] if terminal.workspaces == 1 else []
                done += ((step.path, step.text),)
        else:
            if (*done, step.command) not in known:
                known[*done, step.command] = terminal.run(step.command), terminal.code
            output, terminal.code = known[*done, step.command]
            if not _only_reads(step.command):
                done += (step.command,)
            yield Seen(step, output, terminal.code)


def _only_reads(command: str) -> bool:
    """Whether a page may show a command again, for another of its lines, without it being run again."""
    words = command.split()
    return len(words) > 1 and words[0] == "govnb" and words[1] in _READS and not {"--html", "--xlsx"} & set(words)
