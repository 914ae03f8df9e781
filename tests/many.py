"""Workspaces of as many small agencies as a province has, alike but for their ids, and outputs as if all were made."""

from __future__ import annotations

import shutil
from pathlib import Path

from govnb.deciding import FORMATS, Job, Task
from govnb.manifest import NAME, build_manifest, read_manifest
from govnb.material import Material, digest
from govnb.notebook.run import Limits
from govnb.report import dump_json
from tests.workspaces import REPORT_CELLS, write_csv, write_notebook, write_params

__all__ = ["FORMATS", "agencies", "make_like", "write_many"]


def agencies(count: int) -> list[str]:
    """Ids, all of one length."""
    return [f"m{number:05}" for number in range(count)]


def write_many(root: Path, count: int, *cells: str) -> Path:
    """``count`` agencies with an empty ledger each, and a notebook of ``cells`` (else one that makes a report)."""
    for agency in agencies(count):
        write_params(root, agency)
        write_csv(root / "data" / agency / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    write_notebook(root, "annual_report", *(cells or REPORT_CELLS))
    return root


def make_like(root: Path, made: str) -> None:
    """Gives each agency of ``write_many`` the outputs of ``made`` under its own id, and a manifest that seals them."""
    first = root / "output" / made / "2021"
    before = read_manifest(first)
    assert before is not None
    contents = {name: first.joinpath(name).read_bytes() for name in before["outputs"]}
    material, limits = Material(root), Limits(60, 0)
    for folder in sorted(root.joinpath("params").iterdir()):
        if folder.name == made:
            continue
        files = {name: content.replace(made.encode(), folder.name.encode()) for name, content in contents.items()}
        job = Job.begin(Task(root, folder.name, 2021, root / "output", "annual_report", limits), material)
        sealed = build_manifest(
            job.params, job.task.packages, job.inputs, {}, {name: digest(content) for name, content in files.items()}
        )
        target = job.task.folder
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name, content in {**files, NAME: dump_json(sealed)}.items():
            target.joinpath(name).write_bytes(content)
