"""Odd notebooks give the same bytes from cells that are forked and from an ordinary kernel over its sockets.

All odd cells stand in one notebook, where an error does not end the run. Output that comes by two ways at once, stdout
and stderr of one child, has no order that could be the same; nor has, in an ordinary kernel, a child's beside a print.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import pytest

from govnb.crew.warm import WarmCrew
from tests.running import ROOT, Order, Ran, run_order

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")

ODD = (
    "from IPython.display import HTML, Markdown, clear_output, display, update_display\n"
    "display(HTML('<b>x</b>'), metadata={'a': 1})\n"
    "display({'text/plain': 'a', 'application/json': {'b': [1, 2.5]}}, raw=True)",
    "handle = display('one', display_id='d')\nprint('between')\nhandle.update('two')",
    "update_display('three', display_id='d')",
    "print('gone')\nclear_output()\nfor i in range(3):\n    clear_output(wait=True); print(i)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()\nprint('after')\nplt.figure(); plt.bar([1], [2])",
    "%config InlineBackend.figure_formats = ['svg']\nimport matplotlib\nmatplotlib.get_backend(), plt.get_fignums()",
    "%%capture caught\nprint('captured')",
    "caught.show()\n%who\nfiles = !echo a b\nfiles",
    "%nosuchmagic",
    "%%bash\necho in bash",
    "%%bash\nexit 3",
    "%%html\n<i>x</i>",
    "%store files\n%store",
    "import asyncio\nawait asyncio.sleep(0)\n"
    "async def tick():\n    for i in range(3):\n        print(i); await asyncio.sleep(0)\n"
    "task = asyncio.ensure_future(tick())\nprint('made')",
    "await task\nprint('done')",
    "asyncio.run(None)",
    "input('name? ')",
    "import getpass; getpass.getpass()",
    "import warnings, logging\nwarnings.warn('careful')\n"
    "warnings.warn('old', DeprecationWarning)\nlogging.warning('logged')",
    "import subprocess, time\ndone = subprocess.run(['echo', '二'])\ntime.sleep(0.5)",
    "import os\nos.system('echo sys')\ndone = os.write(1, b'raw\\n')\ntime.sleep(0.5)",
    "import threading\ndef shown():\n    print('in a thread'); display('shown')\n"
    "t = threading.Thread(target=shown); t.start(); t.join()",
    "import multiprocessing as mp\ndef square(x):\n    print('child', x); return x * x\n"
    "with mp.get_context('fork').Pool(1) as pool: squares = pool.map(square, [1, 2])\n"
    "time.sleep(0.5)\nprint(squares)",
    "import pandas as pd\npd.DataFrame({'甲': [1, 2], 'b': ['<x>', 'y']})",
    "pd.DataFrame([range(1000, 1018)] * 2, columns=[f'column {n}' for n in range(18)])",
    "pd.DataFrame([range(30)] * 100), pd.get_option('display.max_columns')",
    "import matplotlib.pyplot\nsorted(map(str, warnings.filters))",
    "import decimal, datetime\n[decimal.Decimal('1.10'), datetime.date(2021, 1, 1), float('nan'), {'a': (1,)}]",
    "def fail():\n    try:\n        {}['k']\n    except KeyError as e:\n        raise ValueError('outer') from e\n"
    "fail()",
    "raise ExceptionGroup('g', [ValueError(1), TypeError('two')])",
    "x = = 1",
    "class Odd:\n    def __repr__(self): raise ValueError('no repr')\nOdd()",
    "import ipywidgets\nwith ipywidgets.Output() as out: print('in a widget')\nprint('outside')",
    "print('a\\rb\\x08c\\x1b[31mred\\x1b[0m', end='')\nimport sys; sys.stdout.write('𠮷')",
    "print('x' * 300_000)",
    "sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.name, sys.path[0], __name__",
    "import contextvars\nvariable = contextvars.ContextVar('v', default=0)\ndone = variable.set(5)",
    "variable.get()",
    "import random, numpy as np\nrandom.seed(1); np.random.seed(1)\nrandom.random(), float(np.random.rand())",
    "import time\ntime.tzname, time.localtime(0)[:5], os.environ['TZ'], hash('a')",
    "raise KeyboardInterrupt",
    "import signal\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(1)",
    "%xmode Verbose",
    "def quotient(a): return a / 0\nquotient(4)",
    "_, Out[3] if 3 in Out else None, len(In)",
    "print?",
    "raise RuntimeError('last')",
)


@pytest.fixture(scope="module", params=[False, True], ids=["loaded", "rehearsed"])
def crew(request: pytest.FixtureRequest) -> Iterator[WarmCrew]:
    """Its server has loaded what a first report needs, or done all that it does where many are to come."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with WarmCrew(1, many=request.param) as crew:
            crew.submit(len, "").result()
            yield crew


def by_both(crew: WarmCrew, order: Order, monkeypatch: pytest.MonkeyPatch) -> tuple[Ran, Ran]:
    forked = crew.submit(run_order, order).result(400)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel would leave children's output to pytest
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what jupyter_client and zmq warn of is theirs
        ordinary = run_order(order)
    return forked, ordinary


@pytest.mark.parametrize(
    ("cells", "tags"),
    [
        (ODD, ("raises-exception",)),
        (("print('before')\nimport sys; sys.exit(0)", "1"), ()),
        (("print(1)\nexit()",), ()),
    ],
    ids=["odd cells", "sys.exit", "exit"],
)
def test_the_same_bytes(
    crew: WarmCrew, cells: tuple[str, ...], tags: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    forked, ordinary = by_both(crew, Order(cells, tmp_path, tags=tags), monkeypatch)
    differences = unified_diff(ordinary.written.splitlines(), forked.written.splitlines(), "ordinary", "forked", n=1)
    assert forked.written == ordinary.written, "\n".join(differences)
    assert forked.failure == ordinary.failure


def test_what_a_child_writes_stands_where_it_was_written(crew: WarmCrew, tmp_path: Path) -> None:
    """In an ordinary kernel that is up to chance."""
    cell = (
        "import subprocess\nfor i in range(20):\n    print('a', i)\n    subprocess.run(['echo', f'二 {i}'])\n"
        "print('end')"
    )
    result = crew.submit(run_order, Order((cell,), tmp_path)).result(60)
    assert result.printed(3) == "".join(f"a {number}\n二 {number}\n" for number in range(20)) + "end\n"
