"""The reviewer's page comes with every run, whatever the formats: sealed, verified, and without anybody's secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.workspaces import PERSONAL, digests, plain_environment, read_json, run_govnb

FOLDER = "output/office/2021"


def test_every_report_has_one_and_the_manifest_lists_it(made: Path) -> None:
    for agency in ("bureau", "office", "total"):
        folder = made / "output" / agency / "2021"
        assert b"<!DOCTYPE html>" in folder.joinpath("review.html").read_bytes()[:20]
        assert read_json(folder / "manifest.json")["outputs"]["review.html"] == digests(folder)["review.html"]


def test_it_shows_the_rows_but_nothing_of_a_person_and_no_path(made: Path) -> None:
    page = made.joinpath(FOLDER, "review.html").read_text(encoding="utf-8")
    assert "data/office/applications.csv" in page
    assert "govnb trace office 2021 applications.new.total" in page
    assert PERSONAL.split()[0] not in page
    assert str(made) not in page


def test_a_changed_one_is_made_again_without_running_the_notebook(made: Path, copy_of: Callable[[Path], Path]) -> None:
    root = copy_of(made)
    before = digests(root / FOLDER)
    root.joinpath(FOLDER, "review.html").write_text("<p>改过</p>", encoding="utf-8")
    verified = run_govnb("verify", "-a", "office", "--json", cwd=root)
    assert verified.returncode == 1
    assert "review.html" in verified.stdout
    done = run_govnb("run", "-a", "office", "--memory", "1", cwd=root)  # a kernel could not start
    assert done.returncode == 0, done.stderr
    assert "review.html" in done.stderr
    assert digests(root / FOLDER) == before


def test_nbconvert_makes_it_from_the_notebook(made: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "govnb-review", "--output-dir", str(tmp_path)]
    notebook = made / FOLDER / "annual_report.ipynb"
    environment = plain_environment(HOME=str(tmp_path), PATH=os.environ["PATH"])
    done = subprocess.run([*command, str(notebook)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path)["annual_report.review.html"] == digests(made / FOLDER)["review.html"]
