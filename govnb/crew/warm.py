"""A crew whose processes are forked from a warm server: a few milliseconds for each, nothing of one left for the next.

The server is started with the first call, and takes it before it has everything ready that others will profit from.
Should it be killed, the calls that ran have died, and a new one is started for the others. This process never forks
itself, so it may be anything: a command, a notebook, a program with threads.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from govnb.crew.queue import QueuedCrew
from govnb.crew.wire import CALL, ENDED, FEW, MANY, READY, RESULT, frame, read_frames, read_outcome
from govnb.environment import LEDGER_CACHE, kernel_environment
from govnb.processes import end_child, end_marked

_END_SECONDS = 10


class WarmCrew(QueuedCrew):
    """``workers`` calls at a time, each in a fork of its own.

    ``many``: whether so many are to come that it pays to make the server ready for all but the first.
    """

    def __init__(self, workers: int, many: bool = True) -> None:
        super().__init__()
        self._workers = workers
        self._many = many
        self._lock = threading.RLock()  # guards the server
        self._server: _Server | None = None

    def _begin(self) -> None:
        with self._lock:
            while not self._stopped and (taken := self._calls.take(self._workers)):
                if self._server is None:
                    self._server = _Server(self._heard, self._lost, self._many)
                self._server.send(frame(CALL, *taken))

    def _heard(self, kind: bytes, number: int, payload: bytes) -> None:
        if kind == RESULT:
            self._calls.done(number, *read_outcome(payload))
        elif kind == ENDED:  # after the result, where there was one
            self._calls.died(number, int(payload))
        self._go_on()

    def _lost(self, server: _Server) -> None:
        """The server is gone: its calls have died with it, the others get a new one."""
        with self._lock:
            if self._server is not server or self._stopped:  # or ``stop`` ends it
                return
            self._server = None
            lost = self._calls.running()
            server.end()
        for number in lost:
            self._calls.died(number, server.status)
        if server.was_ready:
            self._go_on()
        else:
            self._calls.give_up()  # it would not come up a second time either

    def stop(self) -> None:
        self._stopped = True
        if (server := self._server) is not None:
            server.hang_up()  # first: whoever holds the lock may be telling something to a server that does not listen
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            self.was_forced |= not server.end()
        self._calls.give_up()


class _Server:
    """The server's process, its socket, its scratch folder, and a thread that hears what it says."""

    def __init__(self, heard: Callable[[bytes, int, bytes], None], lost: Callable[[_Server], None], many: bool) -> None:
        self.was_ready = False
        self._scratch = Path(tempfile.mkdtemp(prefix="govnb-"))
        try:
            self._socket, theirs = socket.socketpair()
            with theirs:
                arguments = (str(theirs.fileno()), str(self._scratch), MANY if many else FEW)
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "govnb.crew.nursery", *arguments],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                    env=_environment(self._scratch),
                )
        except OSError:
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise
        self._thread = threading.Thread(target=self._hear, args=(heard, lost), name="govnb-crew", daemon=True)
        self._thread.start()

    @property
    def status(self) -> int | None:
        return self._process.poll()

    def send(self, said: bytes) -> None:
        with contextlib.suppress(OSError):  # where it is gone, the thread hears of it
            self._socket.sendall(said)

    def _hear(self, heard: Callable[[bytes, int, bytes], None], lost: Callable[[_Server], None]) -> None:
        received = bytearray()
        with contextlib.suppress(Exception):  # whatever it is, who waits for the server must hear of it
            while piece := self._socket.recv(1 << 18):
                received += piece
                for kind, number, payload in read_frames(received):
                    self.was_ready = True
                    if kind != READY:
                        heard(kind, number, payload)
        lost(self)

    def hang_up(self) -> None:
        """Nobody speaks to the server any more, nor waits for it: it ends, and everything below it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> bool:
        """Nothing that the server started is left, nor its folder; whether it ended by itself, as it should.

        Before it is ready there is nothing to tidy up, and it is not waited for.
        """
        self.hang_up()
        ended = end_child(self._process, _END_SECONDS if self.was_ready else 0) or not self.was_ready
        end_marked(self._scratch)  # what a killed server could not end itself
        shutil.rmtree(self._scratch, ignore_errors=True)
        if threading.current_thread() is not self._thread:
            self._thread.join(_END_SECONDS)
        self._socket.close()
        return ended


def _environment(scratch: Path) -> dict[str, str]:
    """What the server is started with, and all calls inherit."""
    return {
        **kernel_environment(scratch, os.environ),
        # Also what libraries write for a moment goes where it is removed.
        "TMPDIR": str(scratch),
        LEDGER_CACHE: str(scratch / "ledgers"),
        # As ipykernel has it; with no window system asked for, pyplot can be imported ahead.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        # pyarrow's allocator would start a thread, and what forks has none but its first.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }
