"""A dask scheduler and workers on this machine, below one process that ends them all when we end: ``--local-cluster``.

They listen on the loopback alone and demand a certificate that is made for the run and kept in memory, since whoever
could speak to them could run anything as this user. No dashboard, no file outside of the scratch folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govnb.errors import NOTHING, Place, Problem, Text, UsageError
from govnb.processes import adopt_orphans, end_child, end_descendants, end_marked

if TYPE_CHECKING:
    from distributed import Security

_END_SECONDS = 10


class LocalCluster:
    """Started at once; ``address`` waits until it is up."""

    def __init__(self, workers: int) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="govnb-"))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "govnb.crew.local_cluster", str(workers), str(self._scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TMPDIR": str(self._scratch)},
        )
        self._told: dict[str, Any] | None = None

    def address(self) -> str:
        return str(self._tells()["address"])

    def security(self) -> Security:
        """What a client needs to be let in."""
        from distributed import Security

        return Security(require_encryption=True, **self._tells()["tls"])

    def _tells(self) -> dict[str, Any]:
        if self._told is None:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
            if not line:
                what = Text("本机集群没有启动成功", "the local cluster did not come up")
                raise UsageError(Problem(Place(), what, NOTHING, "cluster.local"))
            self._told = json.loads(line)
        return self._told

    def end(self) -> bool:
        """Nothing of it is left; whether it ended by itself, as it should."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # it ends everything below it
        ended = end_child(self._process, _END_SECONDS)
        self._process.stdout.close()
        end_marked(self._scratch)
        shutil.rmtree(self._scratch, ignore_errors=True)
        return ended


def main(arguments: list[str]) -> None:
    """``arguments``: how many workers, the scratch folder. Runs until the standard input is closed."""
    import dask
    from distributed import LocalCluster as Cluster
    from distributed import Security

    adopt_orphans()
    workers, scratch = int(arguments[0]), Path(arguments[1])
    security = Security.temporary()
    shown = {
        "tls_ca_file": security.tls_ca_file,
        "tls_client_cert": security.tls_client_cert,
        "tls_client_key": security.tls_client_key,
    }
    dask.config.set({"temporary-directory": str(scratch)})
    try:
        cluster = Cluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls://",
            security=security,
            dashboard_address=None,
            memory_limit=0,  # each report has its own
            local_directory=str(scratch),
            silence_logs=50,
        )
        sys.stdout.write(json.dumps({"address": cluster.scheduler_address, "tls": shown}) + "\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()
    finally:
        _end(scratch)


def _end(scratch: Path) -> None:
    """At once, without a word between scheduler and workers: nothing is to be saved."""
    end_descendants()
    for _ in range(3):  # what was being written while we removed
        shutil.rmtree(scratch, ignore_errors=True)
        if not scratch.exists():
            break
        time.sleep(0.1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
