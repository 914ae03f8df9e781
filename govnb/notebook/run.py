"""One run of a notebook as both engines see it: its limits, and what became of it where no cell tells.

The exceptions here say why a run ended that no cell raised in. Wording is execute.py's. Nothing is run here.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import nbformat

LARGEST_OUTPUT = 20_000_000  # what the outputs of one cell may take of the notebook's file, in characters
_LINE = 12  # characters that a line of output takes there besides its own
START_SECONDS = 20


@dataclass(frozen=True)
class Limits:
    """Seconds for one cell and for all cells of a report (0: no limit), bytes for the cells' process (0: no limit).

    ``kernel`` is the Jupyter kernel to run in, None for this very Python.
    """

    cell_seconds: int
    memory: int
    report_seconds: int = 0
    kernel: str | None = None


class RunEndedError(Exception):
    """Base of what ends a run besides an exception in a cell."""


class TimeUpError(RunEndedError):
    """``seconds`` were not enough, for the cell or, with ``report``, for all of them."""

    def __init__(self, seconds: int, report: bool) -> None:
        super().__init__(seconds, report)
        self.seconds, self.report = seconds, report


class KernelDiedError(RunEndedError):
    """The cells' process ended by ``signal`` or with ``exit_code``, or, where both are None, never came up."""

    def __init__(self, signal: int | None = None, exit_code: int | None = None) -> None:
        super().__init__(signal, exit_code)
        self.signal, self.exit_code = signal, exit_code

    @classmethod
    def of_status(cls, code: int | None) -> KernelDiedError:
        """From a return code as subprocess has it, negative where a signal ended the process."""
        return cls(signal=-code) if code is not None and code < 0 else cls(exit_code=code)


class UnknownKernelError(Exception):
    """There is no Jupyter kernel ``name``; ``known`` are those that there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name, known)
        self.name, self.known = name, known


class TooMuchOutputError(RunEndedError):
    """A cell gave out more than LARGEST_OUTPUT; what was kept ends with a note of that."""


@dataclass
class Run:
    """``folder`` is for sockets and settings. ``notebook`` is what papermill works on, there also where it fails."""

    folder: Path
    limits: Limits
    underway: Callable[[], None] | None = None  # called when the cells have a process of their own
    notebook: nbformat.NotebookNode | None = None
    cell: nbformat.NotebookNode | None = None  # the one that runs, or ran last
    begun: float = field(default_factory=time.monotonic)
    # The ordinary kernel's client tells here what its exception, which is nbclient's, has no place for.
    exit_status: int | None = None

    def seconds_for_cell(self) -> float | None:
        """What the next cell may take, None where there is no limit."""
        left = [float(self.limits.cell_seconds)] if self.limits.cell_seconds > 0 else []
        if self.limits.report_seconds > 0:
            left.append(max(0.001, self.begun + self.limits.report_seconds - time.monotonic()))
        return min(left, default=None)

    def time_up(self) -> TimeUpError:
        """Which of the limits it was that has run out."""
        report = self.limits.report_seconds
        if report > 0 and time.monotonic() >= self.begun + report:
            return TimeUpError(report, report=True)
        return TimeUpError(self.limits.cell_seconds, report=False)


def size_of(content: Any) -> int:
    """Characters that the texts of a message's content take in the notebook's file, about."""
    if isinstance(content, str):
        return len(content) + _LINE * content.count("\n")
    if isinstance(content, dict):
        return sum(map(size_of, content.values()))
    if isinstance(content, (list, tuple)):
        return sum(map(size_of, content))
    return 0


def beginning(text: str, size: int) -> str:
    """As much of ``text`` as takes no more than ``size``."""
    return text[: bisect_right(range(len(text)), size, key=lambda end: size_of(text[:end])) - 1] if size > 0 else ""
