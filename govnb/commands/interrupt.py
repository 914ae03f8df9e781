"""Ctrl-C during a run: once, what runs is finished and nothing else begins; twice, everything is stopped at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heeding_interrupt(once: Callable[[], None]) -> Iterator[None]:
    """Calls ``once`` at the first Ctrl-C and raises KeyboardInterrupt at the second.

    A third disturbs nothing, also while the process comes to its end: after a second one, none is heard any more.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are heard there alone
        yield
        return

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, second)
        once()

    def second(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, before)
