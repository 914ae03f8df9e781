"""Workspaces that the tests of the command line share, so that each is run once.

``source`` is a workspace that was never run, ``made`` one that was; a test that changes anything takes its own copy
(``copy_of``).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workspaces import FORMATS, Done, build_source, run_govnb, write_params


@pytest.fixture(scope="session")
def govnb() -> Callable[..., Done]:
    return run_govnb


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A workspace that was never run. Don't change it."""
    return build_source(tmp_path_factory.mktemp("source") / "workspace", repository)


@pytest.fixture(scope="session")
def made_run(tmp_path_factory: pytest.TempPathFactory, source: Path) -> tuple[Path, Done]:
    """The same after ``govnb run`` in every format, and how that went. Don't change it."""
    root = tmp_path_factory.mktemp("made") / "workspace"
    shutil.copytree(source, root)
    done = run_govnb("run", "--format", ",".join(FORMATS), "--json", "-j", "2", cwd=root)
    assert done.returncode == 0, done.stderr
    return root, done


@pytest.fixture(scope="session")
def made(made_run: tuple[Path, Done]) -> Path:
    return made_run[0]


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of a workspace that a test may change."""

    def copy(root: Path) -> Path:
        return Path(shutil.copytree(root, tmp_path / "workspace"))

    return copy


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A workspace of one agency without ledgers or notebooks, to be filled by the test."""
    root = tmp_path / "workspace"
    write_params(root, "office")
    return root
