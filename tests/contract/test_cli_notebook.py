"""The notebook by hand: papermill, Jupyter's own way and ``--engine govnb`` give what ``govnb run`` gives."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import pytest

from govnb.report import MIME
from tests.workspaces import plain_environment, read_json


def bundle(notebook: nbformat.NotebookNode) -> Any:
    [found] = [
        output.data[MIME]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if MIME in output.get("data", {})
    ]
    return found


def papermill(root: Path, target: Path, *arguments: str) -> nbformat.NotebookNode:
    command = [sys.executable, "-m", "papermill", "notebooks/annual_report.ipynb", str(target)]
    parameters = ["-p", "agency", "office", "-p", "year", "2021", "--no-progress-bar"]
    done = subprocess.run(
        [*command, *parameters, *arguments],
        cwd=root,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    return nbformat.read(target, as_version=4)


def wanted(made: Path) -> Any:
    return read_json(made / "output" / "office" / "2021" / "report.json")


@pytest.mark.parametrize("engine", [[], ["--engine", "govnb"]], ids=["plain", "govnb"])
def test_papermill_by_hand(made: Path, tmp_path: Path, engine: list[str]) -> None:
    points = {point.name for point in metadata.entry_points(group="papermill.engine")}
    assert "govnb" in points, "the installed metadata is older than pyproject.toml: pip install -e . again"
    executed = papermill(made, tmp_path / "out.ipynb", *engine)
    assert bundle(executed) == wanted(made)


def test_jupyter_s_way_from_the_folder_of_the_notebook(made: Path, copy_of: Callable[[Path], Path]) -> None:
    """Jupyter starts a kernel where the notebook lies; the workspace is found upwards from there."""
    from nbclient import NotebookClient

    root = copy_of(made)
    notebook = nbformat.read(root / "notebooks" / "annual_report.ipynb", as_version=4)
    [cell] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    cell.source = 'agency = "office"\nyear = 2021'
    folder = {"metadata": {"path": str(root / "notebooks")}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what jupyter_client and zmq warn of is theirs
        NotebookClient(notebook, timeout=120, resources=folder).execute()
    assert bundle(notebook) == wanted(made)


def test_what_an_analyst_changes_in_a_cell_is_what_is_published(made: Path, copy_of: Callable[[Path], Path]) -> None:
    from tests.workspaces import run_govnb

    root = copy_of(made)
    path = root / "notebooks" / "annual_report.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [cell] = [cell for cell in notebook.cells if cell.source.startswith("tables = govnb.count_tables")]
    cell.source = cell.source.replace("\n", '\ntables.disputes.at["review", "upheld"] = 77\n', 1)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    done = run_govnb("run", "-a", "office", "--format", "html,xlsx", cwd=root)
    assert done.returncode == 0, done.stderr
    folder = root / "output" / "office" / "2021"
    assert read_json(folder / "report.json")["tables"]["disputes"]["review"]["upheld"] == 77
    assert ">77<" in folder.joinpath("annual_report.html").read_text(encoding="utf-8")


def test_nbconvert_by_hand_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    """Of the notebook that a run left; also after Jupyter sorted its keys."""
    shutil.copy(made / "output" / "office" / "2021" / "annual_report.ipynb", tmp_path / "annual_report.ipynb")
    for kind in ("html", "xlsx"):
        command = [sys.executable, "-m", "nbconvert", "--to", f"govnb-{kind}", "annual_report.ipynb"]
        done = subprocess.run(
            command, cwd=tmp_path, env=plain_environment(), capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        made_file = made / "output" / "office" / "2021" / f"annual_report.{kind}"
        assert tmp_path.joinpath(f"annual_report.{kind}").read_bytes() == made_file.read_bytes()


def test_execute_inside_a_running_event_loop(made: Path) -> None:
    """Demand 11: in a Jupyter cell a loop is running already."""
    from govnb.notebook.execute import Limits, execute, read_notebook

    path = made / "notebooks" / "annual_report.ipynb"

    async def inside() -> Any:
        notebook = read_notebook(path, "notebooks/annual_report.ipynb")
        return execute(notebook, "office", 2021, made, "notebooks/annual_report.ipynb", Limits(120, 0))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        executed = asyncio.run(inside())
    assert executed.failure is None
    assert bundle(executed.notebook) == wanted(made)
    assert json.dumps(executed.notebook.metadata) == json.dumps(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "papermill": {"parameters": {"agency": "office", "year": 2021}},
        }
    )
