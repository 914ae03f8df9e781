"""In CI a skip is a failure: tests/conftest.py, driven by a small pytest run of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

def test_runs():
    assert 1 + 1 == 2

def test_skips(program):
    program("no-such-program-of-govnb", package="no-such-package")

@pytest.mark.skipif(True, reason="never")
def test_is_skipped():
    raise AssertionError

@pytest.mark.platform_only("another system")
def test_of_another_system():
    pytest.skip("another system")

@pytest.mark.xfail(strict=True, reason="known")
def test_expected_to_fail():
    raise AssertionError
"""
MODULE = """
import pytest
pytest.importorskip("no_such_module_of_govnb")
"""


def outcome(folder: Path, repository: Path, **variables: str) -> tuple[int, str]:
    """Exit code and output of pytest over SUITE under the shared conftest.py."""
    folder.joinpath("conftest.py").write_bytes(repository.joinpath("tests/conftest.py").read_bytes())
    folder.joinpath("pytest.ini").write_text("[pytest]\nmarkers = platform_only(reason): x\n", encoding="utf-8")
    folder.joinpath("test_suite.py").write_text(SUITE, encoding="utf-8")
    folder.joinpath("test_module.py").write_text(MODULE, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "GOVNB_CI", "PYTEST_ADDOPTS"}}
    command = [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "-p", "no:xdist", str(folder)]
    done = subprocess.run(command, env=environment | variables, cwd=folder, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def test_at_home_a_skip_is_a_skip_and_names_the_package(tmp_path: Path, repository: Path) -> None:
    code, output = outcome(tmp_path, repository)
    assert code == 0
    assert "1 passed, 4 skipped, 1 xfailed" in output
    assert "no-such-program-of-govnb is not installed (Debian package no-such-package)" in output


@pytest.mark.parametrize("variable", ["CI", "GOVNB_CI"])
def test_in_ci_each_skip_fails_but_those_of_another_system(tmp_path: Path, repository: Path, variable: str) -> None:
    # an error while collecting stops pytest, so the two kinds are looked at one after the other
    code, output = outcome(tmp_path, repository, **{variable: "true"})
    assert code != 0
    assert "in CI a skip is a failure" in output
    assert "could not import 'no_such_module_of_govnb'" in output
    code, output = outcome(tmp_path, repository, **{variable: "true"}, PYTEST_ADDOPTS="--continue-on-collection-errors")
    assert code == 1
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors" in output  # what skips before it starts is an error


def test_ci_can_be_switched_off_by_hand(tmp_path: Path, repository: Path) -> None:
    assert outcome(tmp_path, repository, CI="true", GOVNB_CI="0")[0] == 0
