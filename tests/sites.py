"""Workspaces with outputs as ``run`` would have written them, for the tests of the site: small, and made in no time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.workspaces import write_params

FIGURES: dict[str, Any] = {
    "applications.new.total": 575,
    "applications.total.total": 584,
    "applications.carried_out.total": 9,
    "applications.granted_share": "42.5",
    "applications.days_median": 5,
    "applications.overdue": 2,
}
DISPUTES = {
    "review": {"upheld": 2, "corrected": 1, "other": 1, "pending": 4, "total": 8},
    "litigation_direct": {"upheld": 1, "corrected": 0, "other": 0, "pending": 0, "total": 1},
}


def failed_check(severity: str, message: str = "两者应当相等。") -> dict[str, Any]:
    return {
        "id": "applications.results",
        "severity": severity,
        "status": "fail",
        "where": "“总计”列",
        "expected": "27",
        "actual": "21",
        "message": message,
    }


def report_data(agency: str, year: int, **changes: Any) -> dict[str, Any]:
    """A report.json with the keys that every one has, and ``changes``; ``figures`` maps ids to values."""
    figures = changes.pop("figures", FIGURES)
    return {
        "agency": agency,
        "name": f"甲市{agency}",
        "year": year,
        "edition": 2021,
        "title": f"甲市{agency}{year}年政府信息公开工作年度报告",
        "tables": {"disclosure": {"licences": {"decisions": 7}}, "disputes": DISPUTES},
        "figures": {
            key: {"value": value, "label": key, "exact": isinstance(value, str)} for key, value in figures.items()
        },
        "sections": [],
        "checks": [{**failed_check("error"), "status": "pass"}],
        **changes,
    }


def write_output(
    root: Path, agency: str, year: int, *, notebooks: tuple[str, ...] = ("annual_report",), **changes: Any
) -> Path:
    """A report's output folder with manifest; ``changes`` go to report.json."""
    folder = root / "output" / agency / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    files = {"report.json": json.dumps(report_data(agency, year, **changes), ensure_ascii=False).encode()}
    files["review.html"] = f"<title>{agency} {year}</title><p id=failed>".encode()
    for name in notebooks:
        files |= {f"{name}.{kind}": f"{name} {kind} {agency} {year}".encode() for kind in ("html", "pdf", "ipynb")}
    for name, content in files.items():
        folder.joinpath(name).write_bytes(content)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = {"agency": agency, "year": year, "packages": {}, "inputs": {}, "outputs": sums}
    folder.joinpath("manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def write_failure(root: Path, agency: str, year: int, reason: str) -> None:
    folder = root / "output" / agency / str(year) / "failed"
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("reason.txt").write_text(f"{reason}\n\nin English\n", encoding="utf-8")
    folder.joinpath("notebook.ipynb").write_text("{}", encoding="utf-8")


def write_decision(
    root: Path, agency: str, year: int, sha256: str, state: str = "accepted", note: str = "已核对"
) -> None:
    path = root / "reviews" / agency / f"{year}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    entry: Mapping[str, str] = {
        "state": state,
        "sha256": sha256,
        "by": "李审核",
        "when": "2022-01-25T09:30:00+08:00",
        "note": note,
    }
    path.write_text(json.dumps([entry], ensure_ascii=False), encoding="utf-8")  # JSON is YAML


def sha_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_varied(root: Path) -> Path:
    """``city`` sums up ``office``, ``bureau`` and ``absent``; every state, timing and sign-off occurs once at least."""
    write_params(root, "office", "published_date: 2022-01-31\n", years=(2021,))
    root.joinpath("params/office/2020.yaml").write_text("published_date: 2021-02-12\n", encoding="utf-8")
    write_params(root, "bureau", years=(2020, 2021))
    write_params(root, "absent", years=(2021,))
    write_params(root, "city", years=(2021,), more="members: [office, bureau, absent]\n")
    agency = root / "params/city/agency.yaml"
    agency.write_text(agency.read_text(encoding="utf-8").replace("department", "city"), encoding="utf-8")
    office = write_output(root, "office", 2021, notebooks=("annual_report", "handling"))
    write_decision(root, "office", 2021, sha_of(office / "report.json"))
    write_output(
        root, "office", 2020, figures={**FIGURES, "applications.new.total": 420}, checks=[failed_check("error")] * 2
    )
    write_decision(root, "office", 2020, "0" * 64)
    write_output(root, "bureau", 2020, figures={"applications.new.total": 70}, checks=[failed_check("warning")])
    write_failure(root, "bureau", 2020, "台账无法读取")
    broken = write_output(root, "bureau", 2021)
    broken.joinpath("report.json").write_bytes(broken.joinpath("report.json").read_bytes()[:100])
    write_output(root, "city", 2021, figures={"applications.new.total": 1000})
    return root
