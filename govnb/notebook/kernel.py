"""The kernel a report runs in: this very interpreter, over ipc sockets, within a memory limit, no user's profile.

``python -m govnb.notebook.kernel`` starts ipykernel; ``Manager`` is the jupyter_client side. Whatever kernelspecs the
machine has are not looked at, so that a report is never computed by another environment than the one that renders it. A
kernel ends with the process that started it, however that one ends, and takes along what the notebook started.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

MEMORY_VARIABLE = "GOVNB_KERNEL_MEMORY"
PID_VARIABLE = "GOVNB_KERNEL_PID_FILE"
PID_FILE = "kernel.pid"
# The address of a unix socket may have 107 bytes (103 on macOS); jupyter_client adds "/ipc-1".
_LONGEST_FOLDER = 90
# What would change a report, or tell by whom and where it was run, is not handed to a kernel.
_NOT_FOR_KERNELS = (
    "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONBREAKPOINT", "MATPLOTLIBRC",
    "MPLBACKEND", "USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN", "MAIL", "PWD", "OLDPWD",
    "SUDO_USER", "SUDO_COMMAND", "SSH_CLIENT", "SSH_CONNECTION",
)  # fmt: skip


class Manager(AsyncKernelManager):
    """Starts this interpreter; sockets and connection file live in ``folder``, which the caller makes and removes."""

    folder: Path
    memory: int

    @property
    def kernel_spec(self) -> KernelSpec:
        # -P: a file of the workspace named like a module of ours is not taken for it while the kernel starts.
        argv = [sys.executable, "-P", "-m", "govnb.notebook.kernel", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        environment = kernel_environment(self.folder, self.memory, kw.pop("env", None) or os.environ)
        # What the kernel itself logs is neither the report's nor the user's; cells' output comes by message.
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return await super()._async_pre_start_kernel(env=environment, **{**kw, **quiet})

    pre_start_kernel = _async_pre_start_kernel


def manager_class(folder: Path, memory: int) -> type[Manager]:
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
    return Bound


def kernel_environment(folder: Path, memory: int, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with what keeps the user's profile, the machine and chance from reaching the result."""
    kept = {name: value for name, value in environ.items() if name.upper() not in _NOT_FOR_KERNELS}
    return {
        **kept,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TZ": "CST-8",  # what POSIX calls UTC+8, Beijing time; the machine's own must not reach a report
        MEMORY_VARIABLE: str(memory),
        PID_VARIABLE: str(folder / PID_FILE),
    }


def end_leftovers(folder: Path) -> None:
    """Kills what is left of the kernels below ``folder``, each with everything that its notebook started."""
    if os.name == "nt":
        return
    for path in folder.rglob(PID_FILE):
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(path.read_text(encoding="ascii")), signal.SIGKILL)


def die_with_parent(parent: int) -> None:
    """Has the system kill this process as soon as process ``parent`` is gone (Linux; elsewhere ipykernel polls)."""
    if sys.platform != "linux":
        return
    import ctypes

    set_parent_death_signal = 1  # PR_SET_PDEATHSIG
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went before the request
        os._exit(1)


def limit_memory(limit: int) -> None:
    """Bounds what this process may allocate: RLIMIT_DATA, as libraries reserve far more addresses than they use."""
    if limit <= 0 or sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard not in (resource.RLIM_INFINITY, -1):
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def main() -> None:
    # ipykernel leads a session of its own, so this process' id is that of its group too.
    if pid_file := os.environ.pop(PID_VARIABLE, ""):
        Path(pid_file).write_text(str(os.getpid()), encoding="ascii")
    if parent := os.environ.get("JPY_PARENT_PID", ""):
        die_with_parent(int(parent))
    limit_memory(int(os.environ.pop(MEMORY_VARIABLE, "0")))
    from ipykernel.kernelapp import IPKernelApp

    sys.argv.append("--HistoryManager.enabled=False")
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
