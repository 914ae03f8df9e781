"""How long ``govnb site`` takes for many reports: the first time, with nothing changed, and after one report changed.

    python benchmarks/site.py [--agencies N] [--years N] [--keep DIR] [--json FILE]

The workspace is made of the example's report.json with other numbers in each, in its full size (some 500 MB in all),
and manifests that list the usual outputs; some reports failed, are missing, late, broken or reviewed. The command runs
in a process of its own, so that starting Python counts. Prints a table and, as the last line, the same numbers as JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rows import Row, row, show  # noqa: E402
from benchmarks.workspaces import agency_id, write_agency  # noqa: E402

AGENCIES, YEARS = 500, 5
FIRST_YEAR = 2021
FIRST_LIMIT, AGAIN_LIMIT = 20.0, 2.0  # seconds, for 500 agencies and 5 years on two cores
PAGE_LIMIT = 2.0  # MB
OUTPUTS = ("annual_report.html", "annual_report.ipynb", "annual_report.pdf", "review.html")


def read_example() -> dict[str, Any]:
    """A report.json of full size: the example's where it was made here, else one of the tests' notebooks'."""
    made = ROOT / "output/guangzhou-gov-office/2021/report.json"
    if made.is_file():
        found: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
        return found
    notebook = json.loads((ROOT / "tests/golden/render/notebook-2021.json").read_text(encoding="utf-8"))
    [bundle] = [
        output["data"]["application/vnd.govnb.report+json"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        if "application/vnd.govnb.report+json" in output.get("data", {})
    ]
    return {**bundle, "title": bundle.get("title", bundle["name"])}


def vary(report: dict[str, Any], agency: str, name: str, year: int, chance: random.Random) -> bytes:
    """The report of another agency and year, with its own numbers in what the site reads."""
    received = int(chance.lognormvariate(4, 1.2)) + 1
    values: dict[str, Any] = {
        "applications.new.total": received,
        "applications.total.total": received - received // 20,
        "applications.carried_out.total": received // 20,
        "applications.granted_share": f"{chance.uniform(20, 95):.1f}",
        "applications.days_median": chance.randint(3, 19),
        "applications.overdue": chance.choice([0, 0, 0, 1, received // 30]),
    }
    figures = {key: {**figure, "value": values.get(key, figure["value"])} for key, figure in report["figures"].items()}
    disputes = {
        block: {**cells, "upheld": chance.randint(0, 9), "corrected": chance.choice([0, 0, 1, 3])}
        for block, cells in report["tables"]["disputes"].items()
    }
    checks = [{**check, "status": "fail"} if chance.random() < 0.02 else check for check in report["checks"]]
    changed = {
        **report,
        "agency": agency,
        "name": name,
        "year": year,
        "title": f"{name}{year}年政府信息公开工作年度报告",
        "tables": {**report["tables"], "disputes": disputes},
        "figures": figures,
        "checks": checks,
    }
    return (json.dumps(changed, ensure_ascii=False, indent=2) + "\n").encode()


def make_workspace(root: Path, agencies: int, years: int) -> None:
    """``agencies`` organs with ``years`` years from ``FIRST_YEAR``; the first organ sums up the next twelve."""
    report, chance = read_example(), random.Random(7)
    (root / "notebooks").mkdir(parents=True)
    for number in range(agencies):
        agency, name = agency_id(number), f"某市第{number}工作局"
        members = ", ".join(agency_id(other) for other in range(1, min(13, agencies)))
        more = f"members: [{members}]\n" if number == 0 else ""
        folder = write_agency(root, number, level="department" if number else "city", more=more)
        for year in range(FIRST_YEAR, FIRST_YEAR + years):
            published = f"published_date: {year + 1}-{chance.choice(['01-10', '01-31', '02-03'])}\n"
            folder.joinpath(f"{year}.yaml").write_text(chance.choice([published] * 9 + ["{}\n"]), encoding="utf-8")
            _make_output(root, agency, year, vary(report, agency, name, year, chance), chance)


def _make_output(root: Path, agency: str, year: int, content: bytes, chance: random.Random) -> None:
    folder, fate = root / "output" / agency / str(year), chance.random()
    if fate < 0.02:
        return  # not made yet
    folder.mkdir(parents=True)
    files = {**{name: f"{agency} {year} {name}".encode() for name in OUTPUTS}, "report.json": content}
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = {"agency": agency, "year": year, "packages": {}, "inputs": {}, "outputs": sums}
    for name, data in files.items():
        folder.joinpath(name).write_bytes(data if fate > 0.03 or name != "report.json" else data[:1000])
    folder.joinpath("manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    if fate > 0.98:
        (folder / "failed").mkdir()
        (folder / "failed/reason.txt").write_text("台账无法读取\n\na ledger can't be read\n", encoding="utf-8")
        (folder / "failed/notebook.ipynb").write_text("{}", encoding="utf-8")
    if fate > 0.5:
        review = root / "reviews" / agency / f"{year}.yaml"
        review.parent.mkdir(parents=True, exist_ok=True)
        sha = sums["report.json"] if fate > 0.6 else "0" * 64
        lines = ("- state: accepted", f"  sha256: '{sha}'", "  by: 审核人", "  when: '2022-01-25T09:30:00+08:00'")
        review.write_text("\n".join([*lines, "  note: 已核对", ""]), encoding="utf-8")


def build(root: Path) -> tuple[float, str]:
    """Seconds that one ``govnb site`` takes, and what it said."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "govnb", "site", "-w", str(root)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return time.perf_counter() - started, done.stderr.strip()


def _build_again(root: Path) -> tuple[float, str]:
    """A build by the same code as the one before: where somebody edits the package meanwhile, once more."""
    for _ in range(5):
        before = _versions(root)
        result = build(root)
        if _versions(root) == before:
            return result
    raise RuntimeError("the package changes all the time")


def _versions(root: Path) -> str:
    return str(json.loads((root / "output/site/.site.json").read_text(encoding="utf-8"))["versions"])


def measure(agencies: int = AGENCIES, years: int = YEARS, keep: Path | None = None) -> list[Row]:
    """Rows of name, value, unit and limit. ``keep``: leave the workspace there."""
    root = keep or Path(tempfile.mkdtemp(prefix="govnb-site-"))
    try:
        make_workspace(root, agencies, years)
        first, _ = build(root)
        again, said = _build_again(root)
        assert " 0 files written" in said or "写入0个" in said, said
        review = root / "reviews" / agency_id(1) / f"{FIRST_YEAR}.yaml"
        review.unlink(missing_ok=True)
        target = root / "output" / agency_id(2) / str(FIRST_YEAR) / "report.json"
        target.write_bytes(target.read_bytes() + b"\n")
        changed, _ = build(root)
        index = (root / "output/index.html").stat().st_size / 1e6
        most = max(path.stat().st_size for path in (root / "output/site/years").iterdir()) / 1e6
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)
    return [
        row(f"site, {agencies} × {years} reports", first, "s", FIRST_LIMIT),
        row("site, nothing changed", again, "s", AGAIN_LIMIT),
        row("site, one report changed", changed, "s"),
        row("site, index page", index, "MB", PAGE_LIMIT),
        row("site, largest comparison page", most, "MB", PAGE_LIMIT),
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--agencies", type=int, default=AGENCIES)
    options.add_argument("--years", type=int, default=YEARS)
    options.add_argument("--keep", type=Path)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    rows = measure(chosen.agencies, chosen.years, chosen.keep)
    show(rows)
    text = json.dumps(rows, ensure_ascii=False)
    if chosen.json:
        chosen.json.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
