"""``--kernel NAME``: cells in an ordinary kernel of another environment; the same bytes where it is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT
from tests.workspaces import REPORT_CELLS, digests, run_govnb, states, write_ledgers, write_notebook, write_params

NAME = "another-environment"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where a kernel of that name is known, which is this Python."""
    prefix = tmp_path_factory.mktemp("kernels")
    command = ["-m", "ipykernel", "install", "--prefix", str(prefix), "--name", NAME, "--display-name", "Another one"]
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    spec = prefix / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    assert json.loads(spec.read_text(encoding="utf-8"))["argv"][0] == sys.executable
    return {"JUPYTER_PATH": str(prefix / "share" / "jupyter"), "PYTHONPATH": str(ROOT)}


def test_the_outputs_are_the_same_bytes_as_without_it(
    source: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """The package's own notebook, with its charts, of ledgers and of declared tables."""
    warm = Path(shutil.copytree(source, tmp_path / "warm"))
    other = Path(shutil.copytree(source, tmp_path / "other"))
    arguments = ("run", "-a", "office", "-a", "bureau", "--json")
    assert run_govnb(*arguments, cwd=warm, environment=environment).returncode == 0
    done = run_govnb(*arguments, "--kernel", NAME, cwd=other, environment=environment)
    assert states(done) == {"office": "made", "bureau": "made"}, done.stderr
    assert digests(other / "output") == digests(warm / "output")


def test_the_cells_really_run_there_and_one_that_dies_is_told(
    empty: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    where = "import os, sys\nprint('ipykernel_launcher' in ' '.join(sys.orig_argv))"
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", where, *REPORT_CELLS)
    done = run_govnb("run", "--kernel", NAME, "--format", "ipynb", cwd=empty, environment=environment)
    assert done.returncode == 0, done.stderr
    notebook = json.loads((empty / "output/office/2021/annual_report.ipynb").read_text(encoding="utf-8"))
    (printed,) = [output for cell in notebook["cells"][:3] for output in cell.get("outputs", [])]
    assert printed["text"] == ["True\n"]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    write_notebook(empty, "annual_report", "print('so far')", "import os\nos._exit(3)")
    died = run_govnb("run", "--json", "--kernel", NAME, cwd=empty, environment=environment)
    assert died.returncode == 1
    (report,) = json.loads(died.stdout)["reports"]
    assert "the kernel died in code cell 4 “import os” (exit code 3)" in report["reason"]
    assert (report["attempts"], report["log"]) == (2, "output/office/2021/failed/log.txt")
    log = (empty / report["log"]).read_text(encoding="utf-8")
    assert "Attempt 2 of 2" in log
    assert f"kernel {NAME}" in log


def test_a_report_is_run_again_where_the_versions_there_are_others(empty: Path, environment: dict[str, str]) -> None:
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS)

    def run(kernel: str | None = NAME) -> tuple[str, str]:
        named = () if kernel is None else ("--kernel", kernel)
        done = run_govnb("run", "--json", "--format", "html", *named, cwd=empty, environment=environment)
        (report,) = json.loads(done.stdout)["reports"]
        return report["state"], report["reason"]

    assert run(None)[0] == "made"
    assert run()[0] == "skipped"
    kernels = Path(environment["JUPYTER_PATH"]) / "kernels"
    spec = json.loads((kernels / NAME / "kernel.json").read_text(encoding="utf-8"))
    for name, described in (("other-pandas", "pandas-9.9.dist-info"), ("silent", "")):
        where = empty / "elsewhere" / name
        if described:
            (where / described).mkdir(parents=True)
            (where / described / "METADATA").write_text("Metadata-Version: 2.1\nName: pandas\nVersion: 9.9\n")
        else:
            (where / "govnb").mkdir(parents=True)
            (where / "govnb" / "__init__.py").write_text("raise ImportError")
        (kernels / name).mkdir()
        path = os.pathsep.join([str(where), str(ROOT)])
        (kernels / name / "kernel.json").write_text(json.dumps({**spec, "env": {"PYTHONPATH": path}}))
    made = json.loads((empty / "output/office/2021/manifest.json").read_text(encoding="utf-8"))["packages"]
    assert run("other-pandas") == ("made", f"package versions changed: pandas {made['pandas']} → 9.9")
    assert run("other-pandas")[0] == "skipped"
    assert run() == ("made", f"package versions changed: pandas 9.9 → {made['pandas']}")
    state, reason = run("silent")
    assert (state, "package versions changed" in reason) == ("failed", False)


def test_an_unknown_kernel_is_named_with_the_known_before_anything_is_started(
    empty: Path, environment: dict[str, str]
) -> None:
    write_params(empty, "bureau")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    done = run_govnb("run", "--kernel", "anothr", cwd=empty, environment=environment)
    assert done.returncode == 2
    assert "there is no Jupyter kernel “anothr”. Known are: " in done.stderr
    assert NAME in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (empty / "output").exists()
    far = run_govnb("run", "--kernel", NAME, "--local-cluster", "1", cwd=empty, environment=environment)
    assert far.returncode == 2
    assert "--kernel can't be used with a cluster" in far.stderr
