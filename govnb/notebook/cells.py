"""The process that runs cells without a kernel's sockets: ipykernel's own shell, forked ready, over one socket.

``build`` makes the application, the kernel and the shell once, in a process that is going to be forked; ``run_cells``
turns a fork of it into the process of one notebook. Everything that decides what an output looks like is ipykernel's
and IPython's; only the way there is ours, so the notebook has the same bytes as from an ordinary kernel. No port, no
history, no file outside the folder that is given.
"""

from __future__ import annotations

import asyncio
import atexit
import codecs
import contextlib
import contextvars
import io
import json
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from jupyter_client.session import Session

from govnb.notebook.channel import (
    END,
    LARGEST,
    MESSAGE,
    OVERSIZE,
    READY,
    REQUEST,
    STDERR,
    STDOUT,
    Channel,
    Spool,
    encode_text,
)
from govnb.notebook.tracebacks import bound_tracebacks
from govnb.processes import LINUX, die_with_parent, limit_memory, offer_to_oom_killer, other_threads

_KINDS = {"stdout": STDOUT, "stderr": STDERR}
_DESCRIPTORS = {"stdout": 1, "stderr": 2}
# Idle threads of allocators that take care of forks themselves.
_HARMLESS = ("jemalloc_bg_thd",)


class Outlet:
    """Everything that cells say, in the order in which they said it, also what a child wrote past Python.

    Descriptors 1 and 2 are pipes that end here. They are emptied before anything else is sent, so what a child had
    written before a print stands before it; a thread empties them while the cells wait for the child.
    """

    def __init__(self, channel: Channel, spool: Spool) -> None:
        self._channel = channel
        self._spool = spool
        self._lock = threading.RLock()
        self._pipes: dict[int, tuple[bytes, codecs.IncrementalDecoder]] = {}
        self._ready = select.poll()
        self._line_begins = True
        self.owner = os.getpid()
        self.cell: str | None = None  # id of the request that is being answered

    def take(self, kind: bytes, descriptor: int) -> int:
        """Puts a pipe in place of ``descriptor``; returns what was there."""
        before = os.dup(descriptor)
        reader, writer = os.pipe()
        os.dup2(writer, descriptor)
        os.close(writer)
        os.set_blocking(reader, False)
        self._pipes[reader] = (kind, codecs.getincrementaldecoder("utf-8")("replace"))
        self._ready.register(reader, select.POLLIN)
        return before

    def watch(self) -> None:
        threading.Thread(target=self._watch, name="govnb-output", daemon=True).start()

    def _watch(self) -> None:
        both = select.poll()
        for reader in self._pipes:
            both.register(reader, select.POLLIN)
        with contextlib.suppress(ConnectionError):
            while self._pipes:
                both.poll()
                with self._lock:
                    self._empty()

    def _empty(self) -> None:
        for reader, _ in self._ready.poll(0):
            kind, decoder = self._pipes[reader]
            with contextlib.suppress(BlockingIOError):
                while piece := os.read(reader, 1 << 16):
                    self._send_text(kind, decoder.decode(piece))
                del self._pipes[reader]  # the cells closed the descriptor
                self._ready.unregister(reader)

    def _send_text(self, kind: bytes, text: str) -> None:
        self._flush()
        for _ in self._channel.send_text(kind, text):
            self._spool.was_sent()

    def _flush(self) -> None:
        if (held := self._spool.held()) is not None:
            self._channel.send(*held)
            self._spool.was_sent()

    def text(self, kind: bytes, text: str) -> None:
        with self._lock:
            if self._line_begins:  # no child speaks in the middle of a print
                self._empty()
            self._line_begins = text.endswith("\n")
            encoded = encode_text(text)
            if self._spool.add(kind, encoded):
                return
            self._flush()
            if not self._spool.add(kind, encoded):
                self._send_text(kind, text)

    def message(self, payload: bytes) -> None:
        with self._lock:
            self._empty()
            self._flush()
            if len(payload) > LARGEST:
                self._channel.send(OVERSIZE)
            else:
                self._channel.send(MESSAGE, payload)


class OutletSession(Session):
    """A session whose messages go out through an outlet, unless they belong to an earlier cell or to a forked child."""

    outlet: Outlet | None = None

    def send(
        self,
        stream: Any,
        msg_or_type: Any,
        content: Any = None,
        parent: Any = None,
        ident: Any = None,
        buffers: Any = None,
        track: bool = False,
        header: Any = None,
        metadata: Any = None,
    ) -> Any:
        made: Any = msg_or_type
        if not isinstance(made, dict):
            made = self.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
        outlet = self.outlet
        if outlet is None or os.getpid() != outlet.owner:
            return made
        if made["parent_header"].get("msg_id") == outlet.cell:
            kind = made["header"]["msg_type"]
            outlet.message(self.pack({"type": kind, "content": made["content"], "metadata": made["metadata"]}))
        return made


class Stream(OutStream):
    """sys.stdout or sys.stderr of the cells: what is written goes out at once."""

    def __init__(self, session: Session, outlet: Outlet, name: str) -> None:  # no thread, no socket, no buffer
        self.session = session
        self.outlet = outlet
        self.name = name
        self.topic = b"stream." + name.encode()
        self._kind, self._descriptor = _KINDS[name], _DESCRIPTORS[name]
        self._original_stdstream_copy = outlet.take(self._kind, self._descriptor)
        self._master_pid = os.getpid()
        self._isatty = False
        self._should_watch = False
        self._local = threading.local()
        self.pub_thread = self  # what is not None is not closed
        self._parent_header = _no_header()
        self._parent_header_global: dict[str, Any] = {}
        self._exc = None

    def write(self, string: str) -> int:
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        if self.pub_thread is None:
            raise ValueError("I/O operation on closed file")
        if os.getpid() != self._master_pid:  # a child that was forked, not started: its output is that of a child
            os.write(self._descriptor, string.encode("utf-8", "replace"))
        elif self.parent_header.get("msg_id") == self.outlet.cell:
            self.outlet.text(self._kind, string)
        return len(string)

    def flush(self) -> None:
        pass


def _no_header() -> contextvars.ContextVar[dict[str, Any]]:
    variable: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("parent_header")
    variable.set({})
    return variable


class CellKernel(IPythonKernel):
    """ipykernel's kernel, asked directly instead of over sockets."""

    _execute_sleep = 0.0  # half a millisecond after each cell, for output that a thread would still be sending

    async def answer(self, request: dict[str, Any]) -> None:
        """Runs one cell as ``dispatch_shell`` does."""
        header = {"msg_id": request["id"], "msg_type": "execute_request", "session": "", "username": ""}
        content = {"code": request["code"], "silent": False, "store_history": True, "allow_stdin": False}
        parent = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "buffers": []}
        kernel: Any = self  # what follows has no types
        kernel.set_parent([], parent, channel="shell")
        kernel._publish_status("busy", "shell")
        kernel.pre_handler_hook()
        try:
            await kernel.execute_request(None, [], parent)
        except KeyboardInterrupt:
            self.log.error("KeyboardInterrupt caught in kernel.")
        finally:
            kernel.post_handler_hook()
        kernel._publish_status("idle", "shell")

    def _abort_queues(self, subshell_id: str | None = None) -> None:
        """There is no queue: the next cell is only asked for when this one succeeded."""


class CellApp(IPKernelApp):
    """ipykernel's application without its sockets and threads."""

    kernel_class = CellKernel

    def _nothing(self, **_: Any) -> None:
        """Connection files, sockets, heartbeat and pollers are for kernels that are reached from outside."""

    init_blackhole = init_connection_file = init_poller = init_sockets = init_heartbeat = _nothing
    write_connection_file = log_connection_info = init_io = init_signal = _nothing

    def init_kernel(self) -> None:
        self.session = OutletSession(parent=self)
        self.kernel = CellKernel.instance(
            parent=self, session=self.session, log=self.log, profile_dir=self.profile_dir, user_ns=self.user_ns
        )
        # Only asked whose thread a cell runs in.
        self.kernel.shell_channel_thread = SimpleNamespace(parent_thread=threading.main_thread())

    def take_streams(self, outlet: Outlet) -> None:
        """What ``init_io`` does, over ``outlet``."""
        from ipykernel.displayhook import ZMQDisplayHook

        self.session.outlet = outlet
        for name in _KINDS:
            setattr(sys, name, Stream(self.session, outlet, name))
        for handler in self.log.handlers:  # what the kernel itself logs is not the report's
            if hasattr(handler, "stream"):
                handler.stream = io.StringIO()
        hook = ZMQDisplayHook(self.session, None)
        hook.get_execution_count = lambda: self.kernel.execution_count
        sys.displayhook = hook
        untyped: Any = self
        untyped.patch_io()

    def move(self, folder: Path) -> None:
        """Has IPython keep its files below ``folder``: what one notebook stores is not there for the next."""
        from IPython.core.profiledir import ProfileDir

        shell: Any = self.shell
        self.ipython_dir = shell.ipython_dir = str(folder / "ipython")
        Path(self.ipython_dir).mkdir(parents=True, exist_ok=True)
        self.profile_dir = ProfileDir.create_profile_dir_by_name(self.ipython_dir, "default")
        shell.profile_dir = self.kernel.profile_dir = self.profile_dir
        if hasattr(shell, "init_pickleshare"):
            shell.init_pickleshare()


_built: list[CellApp] = []


def build() -> None:
    """Makes the shell in this process, which is to be forked and nothing else: its ``__main__`` is the notebook's."""
    app: Any = CellApp.instance()
    app.initialize(["--HistoryManager.enabled=False"])
    bound_tracebacks(app.shell)
    _built.append(app)


def can_fork() -> bool:
    """Whether a fork of this process can run cells: the shell is built, and no thread would be missing in the fork."""
    if not (LINUX and _built):
        return False
    return hasattr(os, "pidfd_open") and not [name for name in other_threads() if name not in _HARMLESS]


def run_cells(channel: Channel, spool: Spool, folder: Path, memory: int, parent: int) -> NoReturn:
    """Runs cells as ``channel`` asks for them, in this process, until it ends. For a fork and nothing else."""
    code = 1
    try:
        os.setsid()
        die_with_parent(parent)
        offer_to_oom_killer(700)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _renew(folder)
        outlet = Outlet(channel, spool)
        app = _built[0]
        app.move(folder)
        app.take_streams(outlet)
        limit_memory(memory)
        outlet.watch()
        channel.send(READY)
        _serve(channel, app, outlet)
        code = 0
    except ConnectionError:
        pass
    finally:
        os._exit(code)


def _renew(folder: Path) -> None:
    """What chance and the environment would have given a process of its own."""
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    os.environ["JUPYTER_CONFIG_DIR"] = str(folder / "jupyter")
    if "numpy" in sys.modules:  # Python's own generator renews itself after a fork
        sys.modules["numpy"].random.seed()


def _serve(channel: Channel, app: CellApp, outlet: Outlet) -> None:
    """Cells run inside an event loop, as in any kernel, so that they can await and can't start another loop."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with contextlib.suppress(RuntimeError):  # exit() in a cell stops the loop
        loop.run_until_complete(_answer_all(channel, app, outlet, loop))
    with contextlib.suppress(Exception):
        _finish(app)


async def _answer_all(channel: Channel, app: CellApp, outlet: Outlet, loop: asyncio.AbstractEventLoop) -> None:
    from tornado.ioloop import IOLoop

    app.kernel.io_loop = IOLoop.current()
    requests: asyncio.Queue[Any] = asyncio.Queue()
    loop.add_reader(channel, _taker(channel, requests))
    while (request := await requests.get()) is not None:
        outlet.cell = request["id"]
        await app.kernel.answer(request)
        if os.getpid() != outlet.owner:  # a child that the cell forked came out of it as if it were the kernel
            os._exit(0)
        if app.kernel.shell.exit_now:
            return


def _taker(channel: Channel, requests: asyncio.Queue[Any]) -> Callable[[], None]:
    def take() -> None:
        try:
            for kind, payload in channel.receive(socket.MSG_DONTWAIT):
                requests.put_nowait(json.loads(payload) if kind == REQUEST else None)
                if kind == END:
                    break
        except ConnectionError:
            requests.put_nowait(None)

    return take


def _finish(app: CellApp) -> None:
    """What an interpreter does at its end that others may notice: exit handlers run, and files get what was written."""
    atexit._run_exitfuncs()
    app.kernel.shell.user_ns.clear()
    app.kernel.shell.user_module.__dict__.clear()
