"""Which notebooks can be run, and how a kernel is set up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from govnb.environment import kernel_environment
from govnb.errors import ReportError
from govnb.notebook.execute import code_cells, read_notebook
from govnb.notebook.kernel import manager_class


def write(path: Path, *tags: str, kind: str = "code", minor: int = 5) -> Path:
    make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    notebook = nbformat.v4.new_notebook(cells=[make("year = 1", metadata={"tags": list(tags)})])
    data = json.loads(nbformat.writes(notebook))
    data["nbformat_minor"] = minor
    if minor < 5:
        del data["cells"][0]["id"]
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_a_tagged_notebook_is_read_and_an_old_one_is_given_ids(tmp_path: Path) -> None:
    read = read_notebook(write(tmp_path / "a.ipynb", "parameters", "other", minor=2), "a")
    assert (read.nbformat, read.nbformat_minor) == (4, 5)
    assert read.cells[0].id == "cell-0"


@pytest.mark.parametrize(("tags", "kind"), [((), "code"), (("parameter",), "code"), (("parameters",), "markdown")])
def test_without_a_parameters_cell_it_is_refused(tmp_path: Path, tags: tuple[str, ...], kind: str) -> None:
    path = write(tmp_path / "a.ipynb", *tags, kind=kind)
    with pytest.raises(ReportError) as raised:
        read_notebook(path, "notebooks/a.ipynb")
    [problem] = raised.value.problems
    assert (problem.code, problem.where.file) == ("notebook.parameters", "notebooks/a.ipynb")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b"null", b"\xff\xfe\x00", b'{"cells": [1], "nbformat": 4}']
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    with pytest.raises(ReportError) as raised:
        read_notebook(path, "notebooks/a.ipynb")
    assert raised.value.problems[0].code in ("notebook.file", "notebook.parameters")


def test_a_missing_one_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.ipynb", tmp_path):
        with pytest.raises(ReportError):
            read_notebook(path, "x")


def test_only_cells_with_code_are_counted() -> None:
    new = nbformat.v4
    cells = [new.new_markdown_cell("# a"), new.new_code_cell(" "), new.new_code_cell("1"), new.new_code_cell("2")]
    assert [(number, cell.source) for number, cell in code_cells(new.new_notebook(cells=cells))] == [(1, "1"), (2, "2")]


def test_nothing_of_the_user_reaches_the_kernel(tmp_path: Path) -> None:
    user = {
        "PYTHONSTARTUP": "x",
        "MATPLOTLIBRC": "x",
        "USER": "lisi",
        "HOSTNAME": "h",
        "PATH": "/bin",
        "DB_PW": "p",
        "TZ": "x",
    }
    given = kernel_environment(tmp_path, user)
    assert {"PATH": "/bin", "DB_PW": "p"}.items() <= given.items()
    assert not {"PYTHONSTARTUP", "MATPLOTLIBRC", "USER", "HOSTNAME"} & set(given)
    assert given["TZ"] != "x"
    assert given["PYTHONHASHSEED"] == "0"
    assert given["IPYTHONDIR"].startswith(str(tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no ipc transport")
def test_sockets_where_their_names_fit_and_ports_elsewhere(tmp_path: Path) -> None:
    """Demand 2; a socket's name has 107 bytes, and a folder of Chinese characters is soon longer."""
    assert manager_class(Path("/tmp/govnb-x"), 0)().transport == "ipc"
    manager = manager_class(Path("/tmp") / ("报告" * 20), 0)()
    assert (manager.transport, manager.ip) == ("tcp", "127.0.0.1")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit and the parent's death are the system's to tell")
def test_the_memory_limit_holds() -> None:
    code = "from govnb.notebook.kernel import limit_memory; limit_memory(200 << 20)\ntry: bytearray(400 << 20)\n"
    code += "except MemoryError: print('refused')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "refused\n"


@pytest.mark.parametrize("first", ["import govnb.notebook.engine", "import papermill"])
def test_the_engine_is_found_whichever_module_is_imported_first(first: str) -> None:
    asked = f"{first}; from papermill.engines import papermill_engines as p; print(p.get_engine('govnb').__name__)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("Engine", 0), done.stderr
