"""A crew whose processes are on other machines: calls go to the workers of a dask scheduler, each a fork there too.

    this process ── scheduler ── worker, one for each machine or slot ── its own crew ── one process for each call

A worker that is lost has its calls run by another; whoever takes three workers along has died. Nothing here starts a
scheduler but ``start_local``, and nothing here knows what a call is for: a Courier packs what it needs, and takes in
what comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import socket
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from govnb.crew import Died
from govnb.crew.far_side import end_calls, run_far
from govnb.crew.local_cluster import LocalCluster
from govnb.crew.queue import QueuedCrew
from govnb.crew.wire import read_outcome
from govnb.errors import NOTHING, Place, Problem, ReportError, Text, UsageError

if TYPE_CHECKING:
    from distributed import Client, Security

T = TypeVar("T")
R = TypeVar("R")

_SECONDS = 5  # for a scheduler to answer
_LEAST = 8  # calls that are on their way even where no worker has come yet, so that a cluster sees that some are wanted
_PORT = 8786


class Courier(Protocol):
    """What is done on this side with a call that goes away. Both are called from threads, never two for one call."""

    def pack(self, function: Callable[[Any], Any], argument: Any, /) -> tuple[Callable[[Any], Any], Any]:
        """What is run there in place of ``function(argument)``, just before it leaves."""
        ...

    def take_in(self, argument: Any, result: Any, /) -> Any:
        """The result of the call with ``argument``, from the result of what was run."""
        ...


class _NothingToCarry:
    def pack(self, function: Callable[[Any], Any], argument: Any, /) -> tuple[Callable[[Any], Any], Any]:
        return function, argument

    def take_in(self, argument: Any, result: Any, /) -> Any:
        return result


class _Unpacked:
    """A call as a pickle that gives its result when it is opened.

    So dask is only told to open it, and says whether that fails: a task that names our code would end a worker, or a
    scheduler, that lacks it, and be written to its log, inputs and all.
    """

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self._function, self._arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._function, self._arguments


class ClusterCrew(QueuedCrew):
    """As many calls at a time as the workers have threads, and as many again that wait at the scheduler."""

    def __init__(self, address: str, courier: Courier | None = None, local: LocalCluster | None = None) -> None:
        """Joins the scheduler at ``address``, ``tcp://host:port`` or ``tls://host:port``.

        UsageError where there is none.
        """
        super().__init__()
        self._local = local
        security = _security() if local is None else local.security()
        self._client = _join(address, security)
        self._courier = courier or _NothingToCarry()
        self._lock = threading.Lock()  # guards the two below, and whether all is stopped
        self._away: dict[int, Any] = {}  # what dask knows of the calls that are away, by their number
        self._is_lost = False
        self._places = self._count_places()
        # One thread each way, so that what is asked first leaves first.
        self._out, self._in = ThreadPoolExecutor(1, "govnb-out"), ThreadPoolExecutor(1, "govnb-in")

    @classmethod
    def start_local(cls, workers: int, courier: Courier | None = None) -> ClusterCrew:
        """A scheduler and ``workers`` workers of this machine, which end with the crew."""
        local = LocalCluster(workers)
        try:
            return cls(local.address(), courier, local)
        except BaseException:
            local.end()
            raise

    def ask(self, function: Callable[..., R], *arguments: Any) -> dict[str, R | BaseException]:
        """What ``function`` gives in each worker that is there, by the worker's address."""
        asked = pickle.dumps(_Unpacked(function, arguments))
        return dict(self._client.run(pickle.loads, asked, on_error="return"))

    def _begin(self) -> None:
        with contextlib.suppress(RuntimeError):  # the threads are dismissed when all is stopped
            while not self._stopped and (taken := self._calls.take(self._places)):
                self._out.submit(self._send, *taken)

    def _send(self, number: int, call: bytes) -> None:
        try:
            function, argument = pickle.loads(call)
            packed = pickle.dumps(self._courier.pack(function, argument))
            away = self._sent(number, pickle.dumps(_Unpacked(run_far, (self._client.id, packed))))
        except Exception as error:
            self._calls.done(number, False, error)
            self._begin()
            return
        if away is not None:
            away.add_done_callback(lambda away: self._back(number, argument, away))

    def _sent(self, number: int, call: bytes) -> Any:
        """What dask knows of the call, None where all is stopped. ReportError where the scheduler is gone."""
        with self._lock:
            if self._stopped:
                return None
            if self._is_lost:
                raise ReportError(_lost())
            key = f"govnb-{self._client.id}-{number}"
            away = self._client.submit(pickle.loads, call, key=key, pure=False, priority=-number)
            self._away[number] = away
            return away

    def _back(self, number: int, argument: Any, away: Any) -> None:
        """In a thread of dask's, which has others to serve."""
        with contextlib.suppress(RuntimeError):
            self._in.submit(self._take_in, number, argument, away)

    def _take_in(self, number: int, argument: Any, away: Any) -> None:
        try:
            succeeded, value = _result(away)
            if succeeded:
                value = self._courier.take_in(argument, value)
        except ConnectionError:
            self._lose()
            return
        except Exception as error:
            succeeded, value = False, error
        with self._lock:
            self._away.pop(number, None)
        if self._stopped:
            return
        self._calls.done(number, succeeded, value)
        with contextlib.suppress(Exception):  # of a scheduler that is gone, the next call tells
            self._places = self._count_places()
        self._begin()

    def _lose(self) -> None:
        """The scheduler is gone, and with it all that is away; dask would wait for it, and forget some of them."""
        with self._lock:
            self._is_lost = True
            numbers, self._away = list(self._away), {}
        if self._stopped:
            return
        for number in numbers:
            self._calls.done(number, False, ReportError(_lost()))
        self._begin()

    def _count_places(self) -> int:
        """Twice the threads there are: who is done finds the next call beside it."""
        workers = self._client.scheduler_info()["workers"]
        return max(_LEAST, 2 * sum(int(worker["nthreads"]) for worker in workers.values()))

    def stop(self) -> None:
        with self._lock:
            already, self._stopped = self._stopped, True
            away, self._away = list(self._away.values()), {}
        if already:
            return
        self._calls.give_up()
        with contextlib.suppress(Exception):  # a scheduler that is gone has cancelled them itself
            if self._client.status == "running":
                self._client.cancel(away, force=True)
        for threads in (self._out, self._in):
            threads.shutdown(wait=False, cancel_futures=True)
        with contextlib.suppress(Exception):
            self._client.close(_SECONDS)
        for threads in (self._out, self._in):
            threads.shutdown()  # whatever they asked the client for has failed by now
        if self._local is not None:
            self.was_forced |= not self._local.end()

    def _finish(self) -> None:
        super()._finish()
        with contextlib.suppress(Exception):
            self.ask(end_calls, self._client.id)


def _result(away: Any) -> tuple[bool, Any]:
    """(whether it came to its end, what it returned or raised) of a call that is no longer away.

    Died; ConnectionError where the scheduler is gone; ReportError where the worker can't run it.
    """
    from distributed.scheduler import KilledWorker

    try:
        return read_outcome(away.result())
    except KilledWorker:
        raise Died from None
    except (CancelledError, TimeoutError, OSError):  # dask cancels what is away when nobody is there to tell of it
        raise ConnectionError from None
    except Exception as error:
        what = Text(
            f"工作进程无法执行（{type(error).__name__}）", f"the worker could not run it ({type(error).__name__})"
        )
        fix = Text("请在工作机器上安装相同版本的 govnb", "Install the same version of govnb on the workers")
        raise ReportError(Problem(Place(), what, fix, "cluster.worker")) from None


def _lost() -> Problem:
    what = Text("与调度器的连接中断", "the connection to the scheduler was lost")
    fix = Text("请检查调度器后重新运行，已完成的不会重做", "See to it and run again; what is made is kept")
    return Problem(Place(), what, fix, "cluster.lost")


def _join(address: str, security: Security) -> Client:
    """A client of the scheduler at ``address``, after a first word with it: a client that fails is loud about it."""
    from distributed import Client, rpc

    async def asked() -> Any:
        async with rpc(address, timeout=_SECONDS, connection_args=security.get_connection_args("client")) as there:
            return await there.identity()

    parts = urlsplit(address)
    try:
        # dask would try again and again where nobody listens.
        socket.create_connection((str(parts.hostname), parts.port or _PORT), _SECONDS).close()
        identity = asyncio.run(asyncio.wait_for(asked(), _SECONDS))
        if identity["type"] != "Scheduler":
            raise OSError
        return Client(address, timeout=_SECONDS, security=security, set_as_default=False)
    except Exception:  # whoever answers there may say anything
        what = Text(f"连不上调度器 {address}", f"no dask scheduler answers at {address}")
        fix = Text("请检查地址，以及调度器是否在运行", "Check the address, and whether the scheduler runs")
        raise UsageError(Problem(Place(), what, fix, "cluster.unreachable")) from None


def parse_address(text: str) -> str:
    """``tcp://host:port`` of what was typed. UsageError where it is none, or ``tls://`` without dask's settings."""
    try:
        parts = urlsplit(text)
        port = parts.port or _PORT
        good = parts.scheme in ("tcp", "tls") and parts.hostname and not (parts.path or parts.query or parts.username)
    except ValueError:
        good = False
    if not good:
        what = Text(f"“{text[:100]}”不是调度器地址", f"“{text[:100]}” is not the address of a scheduler")
        fix = Text("写法如 tcp://主机:8786 或 tls://主机:8786", "Write tcp://host:8786 or tls://host:8786")
        raise UsageError(Problem(Place(), what, fix, "usage.scheduler"))
    if parts.scheme == "tls" and _security().get_connection_args("client").get("ssl_context") is None:
        what = Text("tls:// 需要证书，dask 的设置里没有", "tls:// needs certificates, and dask's settings name none")
        fix = Text(
            "请设置 DASK_DISTRIBUTED__COMM__TLS__CA_FILE 等环境变量，见 docs/zh/cluster.md",
            "Set DASK_DISTRIBUTED__COMM__TLS__CA_FILE and the others, see docs/en/cluster.md",
        )
        raise UsageError(Problem(Place(), what, fix, "usage.scheduler-tls"))
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def is_open_to_others(address: str) -> bool:
    """Whether what is sent to ``address`` can be read on the way: neither encrypted nor on this machine."""
    parts = urlsplit(address)
    return parts.scheme == "tcp" and parts.hostname not in ("localhost", "127.0.0.1", "::1")


def _security() -> Security:
    """As dask's own settings say: files and environment variables are dask's, none are ours."""
    from distributed import Security

    try:
        return Security()
    except Exception:  # such as a missing certificate; the message may name anything
        what = Text("dask 的 TLS 设置有误", "dask's TLS settings are wrong")
        raise UsageError(Problem(Place(), what, NOTHING, "usage.scheduler-tls")) from None


def require_dask() -> None:
    """UsageError where the extra is not installed; where it is, dask is told to keep quiet. Comes before all else."""
    try:
        import dask
        import distributed
    except ImportError:
        what = Text("没有安装集群所需的 dask.distributed", "dask.distributed, which clusters need, is not installed")
        command = 'pip install "govnb[cluster]"'
        fix = Text(f"请运行 {command}", f"Run {command}")
        raise UsageError(Problem(Place(), what, fix, "usage.cluster-extra")) from None
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)  # we compare more than it
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
