"""Whether a notebook has its data from its workpaper alone is seen from its code, and in doubt it has not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from govnb.notebook.reading import reads_for_itself
from tests.workspaces import REPORT_CELLS


def notebook(*cells: str) -> Any:
    made = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell('agency = "a"\nyear = 2021', metadata={"tags": ["parameters"]})
    made.cells = [first, *map(nbformat.v4.new_code_cell, cells), nbformat.v4.new_markdown_cell("open('x')")]
    return made


@pytest.mark.parametrize("name", ["annual_report", "comparison", "handling"])
def test_the_notebooks_of_the_example_do_not(repository: Path, name: str) -> None:
    assert not reads_for_itself(json.loads(repository.joinpath(f"notebooks/{name}.ipynb").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "code",
    [
        'tables.applications.loc["new", "total"] = 3',
        'paper.ledgers["applications"].frame.groupby("channel").size().plot.bar()',
        "import pandas as pd\npd.DataFrame.from_dict({'a': [1]})",
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nfor _ in range(3):\n    ax.plot([1])",
        "from govnb import open_workpaper, count_tables\npaper = open_workpaper(agency, year)",
        "from decimal import Decimal\nprint(agency, year, Decimal(1))",
    ],
)
def test_what_an_analyst_does_with_the_workpaper_does_not(code: str) -> None:
    assert not reads_for_itself(notebook(*REPORT_CELLS, code))


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd\npd.read_csv('data/office/applications.csv')",
        "from pandas import read_csv as table",
        "import os",
        "from pathlib import Path",
        "import govnb.inputs.ledgers",
        "from govnb.workpaper import paper_from_params",
        "govnb.workpaper.paper_from_params(None, None)",
        "other = govnb.open_workpaper(agency, year + 1)",
        "other = govnb.open_workpaper('office', 2022)",
        "other = govnb.open_workpaper(agency, year, root)",
        "read = govnb.open_workpaper\nread('office', 2022)",
        "from govnb import open_workpaper as another",
        "from govnb import *",
        "year = 2022",
        "for year in (2021, 2022):\n    govnb.open_workpaper(agency, year)",
        "def f(year):\n    return govnb.open_workpaper(agency, year)",
        "govnb = 1",
        "try:\n    pass\nexcept ValueError as year:\n    pass",
        "import math as agency",
        "paper.workspace.root",
        "open('data/x.csv').read()",
        "getattr(__builtins__, 'op' + 'en')('x')",
        "eval('1')",
        "import numpy as np\nnp.loadtxt('x')",
        "import numpy as np\nnp.fromfile('x')",
        "!cat data/office/applications.csv",
        "%run other.ipynb",
        "import matplotlib.image\nmatplotlib.image.imread('x.png')",
    ],
)
def test_what_may_read_more_is_found(code: str) -> None:
    assert reads_for_itself(notebook(*REPORT_CELLS, code))
