"""The environment that cells see: nothing of the user's profile, the machine or chance in it. Starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# Names the folder where the processes of one run keep the ledgers that one of them has read.
LEDGER_CACHE = "GOVNB_LEDGER_CACHE"
# Names the folder where the cells of a report note what it has seen of each ledger.
YEAR_VIEWS = "GOVNB_YEAR_VIEWS"
# What would change a report, or tell by whom and where it was run, is not handed to a kernel.
_NOT_FOR_KERNELS = (
    "PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONBREAKPOINT", "MATPLOTLIBRC",
    "MPLBACKEND", "USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN", "MAIL", "PWD", "OLDPWD",
    "SUDO_USER", "SUDO_COMMAND", "SSH_CLIENT", "SSH_CONNECTION",
)  # fmt: skip


def kernel_environment(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` with what keeps the user's profile, the machine and chance from reaching the result.

    ``folder`` is where IPython and Jupyter keep their files, in place of the user's home.
    """
    kept = {name: value for name, value in environ.items() if name.upper() not in _NOT_FOR_KERNELS}
    return {
        **kept,
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TZ": "CST-8",  # what POSIX calls UTC+8, Beijing time; the machine's own must not reach a report
    }
