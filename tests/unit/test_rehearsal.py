"""A rehearsal readies a process to be forked: it starts no thread, leaves nothing behind and raises nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, os, random, sys, tempfile, warnings
import matplotlib
import numpy
from matplotlib import font_manager
from govnb import rehearsal

def seen():
    return {
        "fonts": [entry.fname for entry in font_manager.fontManager.ttflist],
        "settings": repr(dict(matplotlib.rcParams)),
        "random": repr(random.getstate()) + repr(numpy.random.get_state()),
        "folder": os.getcwd(),
        "left": sorted(os.listdir(tempfile.gettempdir())),
        "environment": dict(os.environ),
    }

before = seen()
rehearsal.rehearse()
from govnb.checks.phrases import _phrases
from govnb.narrative.sandbox import own_environment
from govnb.render.review_steps import _highlighted
kept = [bool(own_environment().cache), _phrases.cache_info().currsize == 1, _highlighted.cache_info().currsize > 9]
print(json.dumps({"same": seen() == before, "kept": kept, "tasks": len(os.listdir("/proc/self/task"))}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")
def test_a_rehearsal_starts_no_thread_and_leaves_no_trace(tmp_path: Path) -> None:
    environment = {"PATH": "", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "OPENBLAS_NUM_THREADS": "1"}
    # As the server of a crew has it: Arrow's allocator would start a thread of its own.
    environment |= {"JE_ARROW_MALLOC_CONF": "background_thread:false", "MPLCONFIGDIR": str(tmp_path / "mpl")}
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout.splitlines()[-1])
    assert said == {"same": True, "kept": [True, True, True], "tasks": 1}
