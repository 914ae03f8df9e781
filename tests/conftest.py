"""What all tests share: in CI a skip is a failure, and the one way to ask for a program of the machine.

A test that needs Chromium, PostgreSQL, LibreOffice or another program takes the fixture ``program``::

    def test_reads_back(program, tmp_path):
        pdftotext = program("pdftotext", package="poppler-utils")
        subprocess.run([pdftotext, ...], check=True)

Where the program is missing, the test skips and says which Debian package has it. ``.ci/run`` installs all of them and
sets ``CI=true``; then every skip, of a test or of a whole module (``pytest.importorskip``), counts as a failure: a test
that quietly stops running is found on the day it does. ``GOVNB_CI=1`` asks for the same by hand, ``GOVNB_CI=0`` for the
opposite.
The only exception is a test about one operating system, marked ``@pytest.mark.platform_only("Windows: file locks")``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

# Two cores are shared by all workers, so a deadline for one example would measure the neighbours; CI draws the same
# examples each time, since a submission should not fail for what an earlier one brought in.
hypothesis.settings.register_profile("govnb", deadline=None)
hypothesis.settings.register_profile("govnb-ci", deadline=None, derandomize=True)


def skips_are_failures() -> bool:
    """Whether this run stands for CI."""
    asked = os.environ.get("GOVNB_CI", os.environ.get("CI", ""))
    return asked.strip().lower() in {"1", "true", "yes"}


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("govnb-ci" if skips_are_failures() else "govnb")


def _as_failure(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: skipped, and in CI a skip is a failure ({reason})"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    expected_failure = hasattr(report, "wasxfail")  # xfail reports itself as skipped too
    if (
        report.skipped
        and not expected_failure
        and skips_are_failures()
        and not item.get_closest_marker("platform_only")
    ):
        _as_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: Any) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and skips_are_failures():
        _as_failure(report)
    return report


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What runs remember of their costs is not put into the user's own cache."""
    os.environ["GOVNB_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def program() -> Callable[..., str]:
    """``program("qpdf", package="qpdf")`` gives a program's full path, or skips and names the package.

    Of several names the first that exists is taken: ``program("chromium", "google-chrome", package="chromium")``.
    """

    def find(*names: str, package: str) -> str:
        for name in names:
            if path := shutil.which(name):
                return path
        pytest.skip(f"{names[0]} is not installed (Debian package {package})")

    return find


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that these tests stand in."""
    return Path(__file__).resolve().parent.parent
