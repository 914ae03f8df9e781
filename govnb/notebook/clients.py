"""papermill's client in two kinds: for cells in a fork of this process, and for an ordinary kernel over its sockets.

Both take messages into the notebook by nbclient's own code, stop a cell that gives out too much, and tell in the terms
of run.py why a run ended. The forked one has no event loop and no thread, so it works wherever it is called.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from papermill.clientwrap import PapermillNotebookClient

from govnb.notebook.channel import (
    END,
    OVERSIZE,
    READY,
    REQUEST,
    STDERR,
    STDOUT,
    Channel,
    Inbox,
    Spool,
    decode_text,
)
from govnb.notebook.run import (
    LARGEST_OUTPUT,
    START_SECONDS,
    KernelDiedError,
    Run,
    RunEndedError,
    TooMuchOutputError,
    beginning,
    size_of,
)
from govnb.processes import adopt_orphans, end_descendants

NOTE = "[输出过长，其余已截去 / the output is too long and was cut here]\n"
_OUTPUTS = ("stream", "display_data", "execute_result", "update_display_data", "error")
_STREAMS = {STDOUT: "stdout", STDERR: "stderr"}
_PIECE = 1 << 20  # characters of a stream that are gathered before they go into the notebook
_END_SECONDS = 5
_REST_SECONDS = 0.01  # for what has come of a process that has ended


class BoundedClient(PapermillNotebookClient):  # type: ignore[misc]
    """Keeps the outputs of a cell to LARGEST_OUTPUT."""

    def __init__(self, nb_man: Any, run: Run, **kw: Any) -> None:
        super().__init__(nb_man, **kw)
        self.run = run
        self.kept = 0
        self.overflowed = False

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        kind = msg["msg_type"]
        if kind == "clear_output" and not msg["content"].get("wait"):
            self.kept = 0
        if kind not in _OUTPUTS:
            return super().process_message(msg, cell, cell_index)
        if self.overflowed:
            return None
        if self.clear_before_next_output:
            self.kept = 0
        size = size_of(msg["content"])
        if self.kept + size <= LARGEST_OUTPUT:
            self.kept += 0 if kind == "update_display_data" else size
            return super().process_message(msg, cell, cell_index)
        self.overflowed = True
        self.overflow(msg, cell, cell_index)
        return None

    def overflow(self, msg: Any, cell: Any, cell_index: int) -> None:
        """Keeps what there is room for and notes that more was said; then has the cell stopped."""
        asked = msg["parent_header"]["msg_id"]
        kept = [{"name": "stderr", "text": NOTE}]
        if msg["msg_type"] == "stream":
            text = beginning(msg["content"]["text"], LARGEST_OUTPUT - self.kept)
            kept.insert(0, {"name": msg["content"]["name"], "text": text})
        for content in kept:
            super().process_message(_message(asked, "stream", content), cell, cell_index)
        self.stop_cell()

    def stop_cell(self) -> None:
        raise NotImplementedError

    def keep_error(self, cell: Any, error: CellExecutionError) -> None:
        """Puts down what a cell raised that could not even show it, since it had left itself no file or path."""
        if not any(output.output_type == "error" for output in cell.outputs):
            cell.outputs.append(new_output("error", ename=error.ename, evalue=error.evalue, traceback=[]))


class KernelClient(BoundedClient):
    """For an ordinary kernel; what nbclient raises of a dead kernel and of time becomes ours."""

    def stop_cell(self) -> None:
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    async def async_execute_cell(self, cell: Any, cell_index: int, *positional: Any, **kw: Any) -> Any:
        self.kept, self.overflowed = 0, False
        if cell.cell_type == "code" and cell.source.strip():
            self.run.cell = cell
        try:
            return await super().async_execute_cell(cell, cell_index, *positional, **kw)
        except CellExecutionError as error:
            self.keep_error(cell, error)
            raise
        except DeadKernelError:
            if self.overflowed:
                raise TooMuchOutputError from None
            raise KernelDiedError.of_status(self.run.exit_status) from None
        except CellTimeoutError as error:
            if "IOPub" in str(error):  # the kernel answered, but its output got lost
                raise
            raise self.run.time_up() from None

    def start_new_kernel_client(self, **kw: Any) -> Any:
        try:
            return super().start_new_kernel_client(**kw)
        except RuntimeError:
            raise KernelDiedError from None

    # nbclient made its own from its own function.
    def execute_cell(self, cell: Any, cell_index: int, *positional: Any, **kw: Any) -> Any:
        from nbclient.util import run_sync

        return run_sync(self.async_execute_cell)(cell, cell_index, *positional, **kw)

    async def _async_check_alive(self) -> None:
        if self.kc is None:  # asked once more when all is over
            raise DeadKernelError
        provisioner = getattr(self.km, "provisioner", None)
        if provisioner is not None:
            self.run.exit_status = await provisioner.poll()
        await super()._async_check_alive()


class ForkedClient(BoundedClient):
    """For cells in a fork of this process (``cells.can_fork``)."""

    def execute(self, **kwargs: Any) -> Any:
        self.reset_execution_trackers()
        # nbclient's output widgets tell the kernel what they hold; here nobody asks them for it.
        self.kc = SimpleNamespace(session=SimpleNamespace(msg=_unheard), shell_channel=SimpleNamespace(send=_unheard))
        self.cells = ForkedCells(self.run)
        try:
            if self.run.underway is not None:
                self.run.underway()
            self.papermill_execute_cells()
            self.set_widgets_metadata()
        except RunEndedError:
            self.cells.kill()
            raise
        finally:
            self.cells.end()
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, *positional: Any, **kw: Any) -> Any:
        cell.metadata.papermill["start_time"] = None  # papermill would parse it again, to note what is scrubbed
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or not cell.source.strip() or self.skip_cells_with_tag in tags:
            return cell
        cell.outputs = []
        self.clear_before_next_output = False
        self.kept, self.overflowed, self.run.cell = 0, False, cell
        self.code_cells_executed += 1
        seconds = self.run.seconds_for_cell()
        until = math.inf if seconds is None else time.monotonic() + seconds
        answer = self._answer(cell, cell_index, until)
        if answer["status"] == "error" and not self._may_fail(cell, answer):
            error = CellExecutionError.from_cell_and_msg(cell, answer)
            self.keep_error(cell, error)
            raise error
        return cell

    def _may_fail(self, cell: Any, answer: Any) -> bool:
        return not self.force_raise_errors and (
            self.allow_errors
            or answer.get("ename") in self.allow_error_names
            or "raises-exception" in cell.metadata.get("tags", [])
        )

    def _answer(self, cell: Any, cell_index: int, until: float) -> Any:
        """Has the cell run and takes its outputs; the content of the reply."""
        asked = f"cell-{cell_index}"
        self.cells.ask(asked, cell.source)
        gathered = _Gathered(asked, lambda message: self.process_message(message, cell, cell_index))
        reply: Any = None
        begun = False  # until then it is the cell before that still speaks
        try:
            while True:
                kind, payload = self.cells.next(until)
                if kind in _STREAMS:
                    if begun:
                        gathered.add(_STREAMS[kind], decode_text(payload))
                    continue
                gathered.give()
                if kind == OVERSIZE:
                    self.overflowed = True
                    self.overflow(_message(asked, "display_data", {}), cell, cell_index)  # raises
                message = _read_message(asked, payload)
                if message["msg_type"] == "execute_reply":
                    reply = message["content"]
                elif message["msg_type"] == "status":
                    if message["content"]["execution_state"] == "idle":
                        return reply
                    begun = True
                else:
                    self.process_message(message, cell, cell_index)
        finally:
            if not self.overflowed:
                gathered.give()

    def stop_cell(self) -> None:
        raise TooMuchOutputError


class _Gathered:
    """Neighbouring pieces of one stream, given as one message."""

    def __init__(self, asked: str, give: Any) -> None:
        self._asked, self._give = asked, give
        self._name, self._pieces, self._size = "", list[str](), 0

    def add(self, name: str, text: str) -> None:
        if name != self._name:
            self.give()
        self._name = name
        self._pieces.append(text)
        self._size += len(text)
        if self._size >= _PIECE:
            self.give()

    def give(self) -> None:
        text, self._pieces, self._size = "".join(self._pieces), [], 0
        if text:
            self._give(_message(self._asked, "stream", {"name": self._name, "text": text}))


def _message(asked: str, kind: str, content: Any, metadata: Any = None) -> dict[str, Any]:
    """A message as nbclient reads it, in answer to the request ``asked``."""
    return {
        "msg_type": kind,
        "header": {"msg_type": kind},
        "parent_header": {"msg_id": asked},
        "content": content,
        "metadata": metadata or {},
        "buffers": [],
    }


def _read_message(asked: str, payload: bytes) -> dict[str, Any]:
    from jupyter_client.session import json_unpacker

    said = json_unpacker(payload)
    return _message(asked, said["type"], said["content"], said["metadata"])


def _unheard(*_: Any, **__: Any) -> None:
    """For what is said to a kernel that does not listen."""


@contextlib.contextmanager
def _ended(pid: int) -> Iterator[select.poll]:
    """Polls for the end of a child."""
    descriptor = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        yield ended
    finally:
        os.close(descriptor)


class ForkedCells:
    """The forked process: alive until ``end``, after which nothing that its cells started is left either."""

    def __init__(self, run: Run) -> None:
        from govnb.notebook.cells import run_cells

        adopt_orphans()
        self._run = run
        self._status: int | None = None  # as subprocess has it: negative where a signal ended it
        self._fault: Exception | None = None  # why it was ended, where it did not end by itself
        self._spool, self._texts = Spool(), 0  # the frames of text that have come
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            ours.close()
            run_cells(Channel(theirs), self._spool, run.folder, run.limits.memory, parent)
        theirs.close()
        self._channel = Channel(ours)
        self._inbox = Inbox(self._channel)
        if not self._is_ready():
            died = self._death() if self._has_ended() else KernelDiedError()
            self.kill()
            self.end()
            raise died

    def _is_ready(self) -> bool:
        try:
            first = self._inbox.next(time.monotonic() + START_SECONDS)
        except ConnectionError:
            self._wait()
            return False
        return first is not None and first[0] == READY

    def ask(self, name: str, code: str) -> None:
        try:
            self._channel.send_json(REQUEST, {"id": name, "code": code})
        except ConnectionError:
            raise self._death() from None

    def next(self, until: float) -> tuple[bytes, bytes]:
        """What the cells say next; TimeUpError or KernelDiedError where they don't.

        Whether they live is asked of the system: a child that they left may hold their end of the socket open.
        """
        while True:
            ended = self._has_ended()
            now = time.monotonic()
            try:
                found = self._inbox.next(now + _REST_SECONDS if ended else min(until, now + 0.5))
            except ConnectionError:
                found, ended = None, True
            if found is None and ended:
                self._wait()
                found = self._spool.left(self._texts)
                if found is None:
                    raise self._fault or self._death()
            if found is not None:
                self._texts += found[0] in _STREAMS
                return found
            if not ended and time.monotonic() >= until:
                self._fault = self._run.time_up()
                self.kill()  # what it had said by then is still to come

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status is not None

    def _death(self) -> KernelDiedError:
        self._wait()
        return KernelDiedError.of_status(self._status)

    def _wait(self) -> None:
        """Until the process has ended; where it doesn't in time, it is killed."""
        if not self._ends_within(_END_SECONDS):
            self.kill()

    def _ends_within(self, seconds: float) -> bool:
        if self._has_ended():
            return True
        until = time.monotonic() + seconds
        with _ended(self._pid) as ended:
            while not self._has_ended() and (left := until - time.monotonic()) > 0:
                ended.poll(left * 1000)
        return self._has_ended()

    def kill(self) -> None:
        if not self._has_ended():
            os.kill(self._pid, signal.SIGKILL)
            if not self._ends_within(_END_SECONDS):
                self._status = -signal.SIGKILL  # it will be, as soon as the system lets go of it

    def end(self) -> None:
        """Lets the process come to its end, not for long, and removes what is left of it."""
        if not self._has_ended():
            with contextlib.suppress(ConnectionError):
                self._channel.send(END)
            self._wait()
        self._channel.close()
        end_descendants()
