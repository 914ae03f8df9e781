"""What can go wrong, as data: problems with a place, a cause and a remedy, and the error tree.

    GovnbError              carries one or more Problems; never raised itself
    ├── UsageError          wrong command line, no workspace, workspace in use          exit 2
    ├── ParamsError         params/, editions/ or calendar/ of the workspace are wrong  exit 2
    ├── LedgerError         a ledger or declared table can't be read or typed           exit 1
    └── ReportError         one report can't be made: notebook, narrative, rendering    exit 1

A problem is collected, not raised: a reader gathers all problems of its input and raises once. The wording is
bilingual from the start, because the same problem may be printed to a Chinese and to an English terminal. This module
prints nothing and reads nothing but the locale's environment variables.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


def language(environ: Mapping[str, str] | None = None) -> str:
    """Language of messages: ``"zh"`` where the locale is Chinese, else ``"en"`` (POSIX order of variables)."""
    source = os.environ if environ is None else environ
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := source.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


@dataclass(frozen=True)
class Text:
    """One message in both languages; ``str()`` gives that of the locale, report.json always takes ``zh``."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if language() == "zh" else self.en


NOTHING = Text("", "")


@dataclass(frozen=True)
class Place:
    """Where a problem is, as a person finds it.

    ``file`` is relative to the workspace and uses ``/``. ``row`` is the row of a spreadsheet (the header is row 1),
    ``line`` and ``position`` are those of a text file, both from 1. ``column`` is the header as it stands in the file.
    """

    file: str = ""
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    line: int | None = None
    position: int | None = None

    def text(self) -> Text:
        zh, en = [self.file] if self.file else [], [self.file] if self.file else []
        if self.sheet is not None:
            zh.append(f"工作表“{self.sheet}”")
            en.append(f"sheet “{self.sheet}”")
        if self.line is not None:
            at_zh = f"第{self.line}行" + (f"第{self.position}列" if self.position is not None else "")
            at_en = f"line {self.line}" + (f" column {self.position}" if self.position is not None else "")
            zh.append(at_zh)
            en.append(at_en)
        if self.row is not None:
            zh.append(f"第{self.row}行")
            en.append(f"row {self.row}")
        if self.column is not None:
            zh.append(f"“{self.column}”列")
            en.append(f"column “{self.column}”")
        return Text(" ".join(zh), ", ".join(en))


def ended(text: Text) -> Text:
    """As a sentence: with a full stop, unless it is a question."""
    zh, en = text.zh if text.zh.endswith("？") else f"{text.zh}。", text.en if text.en.endswith("?") else f"{text.en}."
    return Text(zh, en)


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what is wrong (with the value, masked where it may name a person), what to do."""

    where: Place
    what: Text
    fix: Text = NOTHING
    code: str = "problem"
    severity: str = "error"

    def text(self) -> Text:
        place = self.where.text()
        zh = "：".join(part for part in (place.zh, self.what.zh) if part)
        en = ": ".join(part for part in (place.en, self.what.en) if part)
        if self.fix.zh:
            fix = ended(self.fix)
            zh, en = f"{zh}。{fix.zh}", f"{en}. {fix.en}"
        return Text(zh, en)


class GovnbError(Exception):
    """Base of all errors that are the user's to mend; ``problems`` lists every one that was found."""

    exit_code = 1

    def __init__(self, *problems: Problem | Iterable[Problem]) -> None:
        found: list[Problem] = []
        for item in problems:
            if isinstance(item, Problem):
                found.append(item)
            else:
                found.extend(item)
        self.problems: tuple[Problem, ...] = tuple(found)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem.text()) for problem in self.problems)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook: the problems, since the code that found them is not at fault."""
        return [f"{type(self).__name__}:", *str(self).splitlines()]


class UsageError(GovnbError):
    exit_code = 2


class ParamsError(GovnbError):
    exit_code = 2


class LedgerError(GovnbError):
    pass


class ReportError(GovnbError):
    pass


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like ``word``, or None where none is near enough to be meant."""
    candidates = list(known)
    lowered = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.5)
    return lowered[close[0]] if close else None


def meant(near: str) -> Text:
    """Remedy for a name or value that is nearly ``near``."""
    return Text(f"是否应为“{near}”？", f"Did you mean “{near}”?")


def did_you_mean(word: str, known: Iterable[str]) -> Text:
    """Remedy for an unknown name: the nearest known one, or all of them."""
    candidates = list(known)
    if not candidates:
        return NOTHING
    near = nearest(word, candidates)
    if near is not None:
        return meant(near)
    listed_zh, listed_en = "、".join(candidates), ", ".join(candidates)
    return Text(f"可用的有：{listed_zh}", f"Known are: {listed_en}")


@dataclass
class Collector:
    """Gathers problems; ``raise_if_any`` ends a reading with all of them at once."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, where: Place, what: Text, fix: Text = NOTHING, code: str = "problem") -> None:
        self.problems.append(Problem(where, what, fix, code))

    def raise_if_any(self, error: type[GovnbError]) -> None:
        if self.problems:
            raise error(self.problems)
