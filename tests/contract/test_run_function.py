"""``govnb.run()``: the command as a function, also inside an event loop and in a notebook (demand 11)."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

import govnb
from govnb.errors import GovnbError, UsageError
from tests.running import ROOT
from tests.workspaces import (
    REPORT_CELLS,
    digests,
    read_json,
    run_govnb,
    write_ledgers,
    write_notebook,
    write_params,
)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two reports, one of which fails."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    root = tmp_path / "workspace"
    for name in ("office", "broken"):
        write_params(root, name, "notebook: broken\n" if name == "broken" else "{}\n")
        write_ledgers(root, name)
    write_notebook(root, "annual_report", *REPORT_CELLS)
    write_notebook(root, "broken", "1 / 0")
    return root


def test_inside_a_running_event_loop_it_makes_what_the_command_makes(workspace: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(workspace, tmp_path / "other"))
    seen: list[str] = []

    async def main() -> list[tuple[str, str, int, bool]]:
        outcomes = govnb.run(jobs=2, workspace=workspace, formats="html", on_outcome=lambda o: seen.append(o.state))
        return [(o.task.agency, o.state, o.attempts, o.log is not None) for o in outcomes]

    assert asyncio.run(main()) == [("broken", "failed", 1, True), ("office", "made", 1, False)]
    assert sorted(seen) == ["failed", "made"]
    assert run_govnb("run", "--format", "html", cwd=other).returncode == 1
    assert digests(workspace / "output") == digests(other / "output")
    (again,) = govnb.run("office", 2021, formats=["html"], workspace=workspace)
    assert (again.state, again.attempts) == ("skipped", 0)


def test_what_is_wrong_is_raised_before_anything_is_started(workspace: Path) -> None:
    with pytest.raises(UsageError, match="office"):
        govnb.run("offise", workspace=workspace)
    with pytest.raises(UsageError, match="pdf"):
        govnb.run(formats="pfd", workspace=workspace)
    with pytest.raises(GovnbError, match="no Jupyter kernel “nowhere”"):
        govnb.run(kernel="nowhere", workspace=workspace)
    assert not (workspace / "output").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs ipc")
def test_a_cell_of_a_notebook_can_run_reports(workspace: Path, tmp_path: Path) -> None:
    """In a real kernel, whose loop is running; an error is shown without a traceback."""
    from nbclient import NotebookClient

    cells = [
        f"import govnb\n[(o.task.agency, o.state) for o in govnb.run('office', workspace={str(workspace)!r}, jobs=1)]",
        f"govnb.run('offise', workspace={str(workspace)!r})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3", allow_errors=True).execute()
    (shown,) = notebook.cells[0].outputs
    assert shown.data["text/plain"] == "[('office', 'made')]"
    (error,) = notebook.cells[1].outputs
    assert error.ename == "UsageError"
    assert "offise" in "\n".join(error.traceback)
    assert "File" not in "\n".join(error.traceback)
    assert read_json(workspace / "output/office/2021/manifest.json")["year"] == 2021


def test_costs_are_remembered_outside_of_the_workspace(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = workspace.parent / "cache"
    monkeypatch.setenv("GOVNB_CACHE", str(cache))
    govnb.run("office", workspace=workspace, formats="ipynb")
    (file,) = [path for path in cache.rglob("*") if path.is_file()]
    assert list(read_json(file)) == ["office/2021/annual_report"]
    assert {path.name for path in (workspace / "output").iterdir()} == {"office", ".lock"}
