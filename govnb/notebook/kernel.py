"""The ordinary kernel a report runs in where cells can't be forked: this very interpreter, over ipc sockets.

``python -m govnb.notebook.kernel`` starts ipykernel, or with ``--exec`` the command of another kernel; ``Manager`` is
the jupyter_client side. No kernelspec is looked at unless one is asked for by name, so that a report is never computed
by another environment than the one that renders it. A kernel keeps to its memory limit, ends with the process that
started it, however that one ends, and takes along what the notebook started.
"""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

from govnb.environment import kernel_environment
from govnb.notebook.run import START_SECONDS, Run, UnknownKernelError
from govnb.processes import PID_FILE, die_with_parent, end_leftovers, limit_memory, offer_to_oom_killer

MEMORY_VARIABLE = "GOVNB_KERNEL_MEMORY"
PID_VARIABLE = "GOVNB_KERNEL_PID_FILE"
# The address of a unix socket may have 107 bytes (103 on macOS); jupyter_client adds "/ipc-1".
_LONGEST_FOLDER = 90
_VERSIONS = "__import__('json').dumps(__import__('govnb.versions', fromlist=['']).package_versions())"
_NO_HISTORY = "--HistoryManager.enabled=False"
# -P: a file of the workspace named like a module of ours is not taken for it while the kernel starts.
_OURS = [sys.executable, "-P", "-m", "govnb.notebook.kernel"]


def find_kernel(name: str | None) -> KernelSpec:
    """This interpreter, or the Jupyter kernel ``name``; UnknownKernelError where there is none."""
    if name is None:
        return KernelSpec(argv=[*_OURS, "-f", "{connection_file}"], display_name="Python 3", language="python")
    specs = KernelSpecManager()
    try:
        found = specs.get_kernel_spec(name)
    except (NoSuchKernel, ValueError):
        raise UnknownKernelError(name, sorted(specs.find_kernel_specs())) from None
    if os.name != "nt":
        quiet = [_NO_HISTORY] if any("ipykernel" in part for part in found.argv) else []
        found.argv = [*_OURS, "--exec", *found.argv, *quiet]
    return found


class Manager(AsyncKernelManager):
    """Starts ``spec``; sockets and connection file live in ``folder``, which the caller makes and removes."""

    folder: Path
    memory: int
    spec: KernelSpec

    @property
    def kernel_spec(self) -> KernelSpec:
        return self.spec

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        given = kw.pop("env", None) or os.environ
        environment = {
            **kernel_environment(self.folder, given),
            MEMORY_VARIABLE: str(self.memory),
            PID_VARIABLE: str(self.folder / PID_FILE),
        }
        # What the kernel itself logs is neither the report's nor the user's; cells' output comes by message.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return await super()._async_pre_start_kernel(env=environment, **{**kw, **quiet})

    pre_start_kernel = _async_pre_start_kernel


def manager_class(folder: Path, memory: int, kernel: str | None = None) -> type[Manager]:
    """A manager whose kernel keeps to ``folder`` and to ``memory`` bytes (0: no limit)."""
    # Windows has no ipc transport, and a temporary folder far down has too long a name for a socket.
    sockets = os.name != "nt" and len(os.fsencode(folder)) <= _LONGEST_FOLDER

    class Bound(Manager):
        @default("connection_file")
        def _default_connection_file(self) -> str:
            return str(folder / "kernel.json")

        # A port that is picked, released and bound later collides when kernels start side by side; a socket in a folder
        # of its own can't.
        @default("transport")
        def _default_transport(self) -> str:
            return "ipc" if sockets else "tcp"

        @default("ip")
        def _default_ip(self) -> str:
            return str(folder / "ipc") if sockets else "127.0.0.1"

    Bound.folder = folder
    Bound.memory = memory
    Bound.spec = find_kernel(kernel)
    return Bound


def execute_in_kernel(nb_man: Any, run: Run, settings: dict[str, Any]) -> Any:
    """Runs the notebook in an ordinary kernel; what ``run.py`` names is raised where it does not come to its end."""
    from govnb.notebook.clients import KernelClient

    manager = manager_class(run.folder, run.limits.memory, run.limits.kernel)
    if run.underway is not None:  # a process that is started, not forked, minds no thread of ours
        run.underway()
    settings = {
        **settings,
        "kernel_manager_class": manager,
        "startup_timeout": START_SECONDS,
        "timeout_func": lambda cell: run.seconds_for_cell(),
    }
    try:
        return KernelClient(nb_man, run, **settings).execute()
    finally:
        end_leftovers(run.folder)


def versions_in(name: str, memory: int) -> dict[str, str]:
    """``package_versions`` of the environment of a kernel, which is started for it; empty where it doesn't tell them:
    it has no govnb, is none of Python, or does not come up. UnknownKernelError where there is no such kernel.
    """
    with TemporaryDirectory(prefix="govnb-") as folder:
        kind = manager_class(Path(folder), memory, name)
        try:
            with ThreadPoolExecutor(1) as aside:  # where an event loop may be running, as in Jupyter, it is not ours
                told = aside.submit(asyncio.run, _ask(kind, _VERSIONS)).result()
            found = json.loads(ast.literal_eval(told))
        except (RuntimeError, TimeoutError, ValueError, SyntaxError, TypeError, KeyError, OSError):
            return {}
        finally:
            end_leftovers(Path(folder))
    return {str(name): str(version) for name, version in found.items()}


async def _ask(kind: type[Manager], expression: str) -> str:
    """What a kernel of its own shows for an expression of Python. KeyError where it has no answer."""
    manager = kind()
    await manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        try:
            await client.wait_for_ready(timeout=START_SECONDS)
            asked = {"answer": expression}
            reply = await client.execute(
                "", silent=True, user_expressions=asked, reply=True, timeout=START_SECONDS, store_history=False
            )
        finally:
            client.stop_channels()
    finally:
        await manager.shutdown_kernel(now=True)
    answer: str = reply["content"]["user_expressions"]["answer"]["data"]["text/plain"]
    return answer


def main() -> None:
    # ipykernel leads a session of its own, so this process' id is that of its group too.
    if pid_file := os.environ.pop(PID_VARIABLE, ""):
        Path(pid_file).write_text(str(os.getpid()), encoding="ascii")
    if parent := os.environ.get("JPY_PARENT_PID", ""):
        die_with_parent(int(parent))
    offer_to_oom_killer(700)
    limit_memory(int(os.environ.pop(MEMORY_VARIABLE, "0")))
    if sys.argv[1:2] == ["--exec"]:
        os.execvp(sys.argv[2], sys.argv[2:])
    from ipykernel.kernelapp import IPKernelApp

    from govnb.notebook.tracebacks import bound_tracebacks

    sys.argv.append(_NO_HISTORY)
    app: Any = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    bound_tracebacks(app.shell)
    app.start()


if __name__ == "__main__":
    main()
