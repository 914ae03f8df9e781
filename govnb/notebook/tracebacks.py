"""Tracebacks of a length that is read: the first and the last calls of a thousand, and a line that says so.

IPython looks at each call's source, which takes a recursion without an end half a minute and more. Nothing but how an
error is shown is changed, and nothing of errors that are not as deep.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

_FIRST, _LAST = 20, 40  # calls that are shown of more than both together
_LONGEST_CHAIN = 8  # errors that came of one another
# Without their number: how deep a recursion gets depends on what runs the cells.
_NOTE = "[中间的调用略去 / the calls in between are left out]\n"


def bound_tracebacks(shell: Any) -> None:
    """Has an IPython ``shell`` show no more than that."""
    shown = shell.InteractiveTB
    whole = shown.structured_traceback

    def bounded(kind: Any = None, error: Any = None, traceback: Any = None, *more: Any, **named: Any) -> Any:
        left_out = isinstance(error, BaseException) and _bound(error)
        cut, also = _cut(traceback)
        lines = whole(kind, error, cut, *more, **named)
        if (left_out or also) and isinstance(lines, list):
            lines.insert(len(lines) - 1, _NOTE)
        return lines

    shown.structured_traceback = bounded


def _bound(error: BaseException) -> bool:
    """Shortens the tracebacks of an error and of those that it came of; whether any call was left out."""
    left_out, seen = False, 0
    each: BaseException | None = error
    while each is not None and seen < _LONGEST_CHAIN:
        each.__traceback__, more = _cut(each.__traceback__)
        left_out, seen, last = left_out or more, seen + 1, each
        each = each.__cause__ or each.__context__
    if each is not None:
        last.__cause__ = last.__context__ = None
    return left_out


def _cut(traceback: TracebackType | None) -> tuple[TracebackType | None, bool]:
    calls = list(_calls(traceback))
    if len(calls) <= _FIRST + _LAST:
        return traceback, False
    cut = calls[-_LAST]
    for call in reversed(calls[:_FIRST]):
        cut = TracebackType(cut, call.tb_frame, call.tb_lasti, call.tb_lineno)
    return cut, True


def _calls(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
