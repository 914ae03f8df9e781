"""The server of a warm crew, ``python -P -m govnb.crew.nursery``: imports everything once, then forks for each call.

The first call begins as soon as it can; what only makes calls faster is done while it runs, if others are to come. One
thread, one loop, no state from one call to the next: a call is unpickled, run and pickled in its own fork. It is
also the janitor: it adopts whatever calls leave behind and ends it, and when the process that started it is gone,
however that one ended, it kills everything below itself, removes the scratch folder and ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from govnb.crew.wire import CALL, ENDED, MANY, READY, RESULT, frame, read_frames, run_pickled
from govnb.processes import adopt_orphans, die_with_parent, end_descendants, live_for_one_call, offer_to_oom_killer

_PIECE = 1 << 18


@dataclass
class _Call:
    """One call that runs: its process, the pipe of its result, the folder for what it writes for a moment."""

    number: int
    pid: int
    pipe: int
    folder: Path
    received: bytearray = field(default_factory=bytearray)
    open: bool = True


class Nursery:
    """``parent`` is the socket to the crew; what calls write for a moment goes below ``scratch``.

    ``rehearse`` is done between the first call and the second, where it is given.
    """

    def __init__(self, parent: socket.socket, scratch: Path, rehearse: Callable[[], None] | None = None) -> None:
        self._parent = parent
        self._scratch = scratch
        self._rehearse = rehearse
        self._received = bytearray()
        self._calls: dict[int, _Call] = {}  # by the descriptor of the pipe
        self._poll = select.poll()
        self._poll.register(parent, select.POLLIN)
        self._bell, bell = os.pipe()  # rings when a child has ended
        for end in (self._bell, bell):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(bell, warn_on_full_buffer=False)
        self._poll.register(self._bell, select.POLLIN)

    def serve(self) -> None:
        """Until the parent closes its end or is gone."""
        with contextlib.suppress(ConnectionError):
            self._parent.sendall(frame(READY, 0))
            while True:
                for descriptor, _ in self._poll.poll():
                    if descriptor == self._parent.fileno():
                        for number, call in self._asked():
                            self._begin(number, call)
                            rehearse, self._rehearse = self._rehearse, None
                            if rehearse is not None:
                                rehearse()
                    elif descriptor in self._calls:
                        self._pass_on(self._calls[descriptor])
                    elif descriptor == self._bell:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._bell, 4096)
                        self._reap()

    def _asked(self) -> list[tuple[int, bytes]]:
        piece = self._parent.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        self._received += piece
        return [(number, payload) for kind, number, payload in read_frames(self._received) if kind == CALL]

    def _begin(self, number: int, call: bytes) -> None:
        folder = self._scratch / f"call-{number}"
        folder.mkdir()
        reader, writer = os.pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _run(call, number, writer, folder, parent, (self._parent.fileno(), self._bell, reader))
        os.close(writer)
        os.set_blocking(reader, False)
        self._calls[reader] = _Call(number, pid, reader, folder)
        self._poll.register(reader, select.POLLIN)

    def _pass_on(self, call: _Call) -> None:
        """Takes what has come of a result and passes it on when it is whole."""
        with contextlib.suppress(BlockingIOError):
            while piece := os.read(call.pipe, _PIECE):
                call.received += piece
            if call.open:
                self._poll.unregister(call.pipe)  # an ended pipe would wake the loop for ever
                call.open = False
        for kind, number, payload in read_frames(call.received):
            self._parent.sendall(frame(kind, number, payload))

    def _reap(self) -> None:
        """Calls whose process has ended, and, where one has, everything that it left."""
        ended: dict[int, int] = {}
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                ended[found[0]] = os.waitstatus_to_exitcode(found[1])
        done = [call for call in self._calls.values() if call.pid in ended]
        if not done:
            return
        end_descendants(spared={call.pid for call in self._calls.values()} - set(ended))
        for call in done:
            self._pass_on(call)
            if call.open:
                self._poll.unregister(call.pipe)
            os.close(call.pipe)
            del self._calls[call.pipe]
            shutil.rmtree(call.folder, ignore_errors=True)
            self._parent.sendall(frame(ENDED, call.number, str(ended[call.pid]).encode()))


def _run(call: bytes, number: int, writer: int, folder: Path, parent: int, foreign: tuple[int, ...]) -> NoReturn:
    """The fork: becomes the process of one call."""
    try:
        os.setsid()  # Ctrl-C and a hang-up are the parent's to judge
        die_with_parent(parent)
        adopt_orphans()
        offer_to_oom_killer(300)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        live_for_one_call()
        for descriptor in foreign:
            os.close(descriptor)
        # The cells that we fork must not hold the pipe of our result; in what they fork, its number is another's.
        own = os.getpid()
        os.register_at_fork(after_in_child=lambda: os.close(writer) if os.getppid() == own else None)
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None
        if "numpy" in sys.modules:  # Python's own generator renews itself after a fork
            sys.modules["numpy"].random.seed()
        result = memoryview(frame(RESULT, number, run_pickled(call)))
        end_descendants()
        while result:
            result = result[os.write(writer, result) :]
    finally:
        os._exit(0)


def main(arguments: list[str]) -> None:
    """``arguments``: the descriptor of the socket, the scratch folder, and whether FEW or MANY calls are to come."""
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    scratch = Path(arguments[1])
    parent = socket.socket(fileno=int(arguments[0]))
    try:
        from govnb.crew import warmup

        many = arguments[2] == MANY
        warmup.load(few=not many)
        Nursery(parent, scratch, warmup.rehearse if many else None).serve()
    finally:
        end_descendants()
        shutil.rmtree(scratch, ignore_errors=True)
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
