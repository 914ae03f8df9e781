"""Workspaces of any number of agencies, with ledgers of the size that a busy office has: the same seed, the same bytes.

Each agency has the example's ledgers with rows of its own: applications drawn from the example's (so that they are as
sound as these, and as varied) until there are some thousand, a part of each list of disclosures, messages and tasks.
Both years of the example are there; the benchmarks run the later one, which looks back at the earlier.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "guangzhou-gov-office"
YEAR = 2021
APPLICATIONS = 3000
SEED = 20211231

Rows = list[list[str]]


def agency_id(number: int) -> str:
    return f"organ-{number:03}"


def write_agency(root: Path, number: int, *, level: str = "department", more: str = "") -> Path:
    """agency.yaml of an invented organ; the folder of its params."""
    folder = root / "params" / agency_id(number)
    folder.mkdir(parents=True)
    text = f"name: 某市第{number}工作局\nshort_name: 第{number}局\nregion: 某市{number % 11}区\nlevel: {level}\n{more}"
    folder.joinpath("agency.yaml").write_text(text, encoding="utf-8")
    return folder


def write_workspace(root: Path, agencies: int, applications: int = APPLICATIONS) -> Path:
    """``agencies`` organs, each with all ledgers of the example, ``applications`` of them applications."""
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    ledgers = {path.name: _read(path) for path in sorted((ROOT / "data" / EXAMPLE).glob("*.csv"))}
    for number in range(agencies):
        folder = write_agency(root, number, more="reply_target_days: 10\n")
        for path in (ROOT / "params" / EXAMPLE).glob("[0-9]*.yaml"):
            shutil.copy(path, folder)
        data = root / "data" / agency_id(number)
        data.mkdir(parents=True)
        for path in (ROOT / "data" / EXAMPLE).glob("declared-*.json"):
            shutil.copy(path, data)
        for name, (heads, rows) in ledgers.items():
            drawn = _DRAWN.get(name, _all)(rows, applications, random.Random(f"{SEED} {number} {name}"))
            _write(data / name, [heads, *drawn])
    return root


def _read(path: Path) -> tuple[list[str], Rows]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        heads, *rows = csv.reader(stream)
    return heads, rows


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def _applications(rows: Rows, wanted: int, chance: random.Random) -> Rows:
    """``wanted`` of them, in the order of their dates, with ids of their own."""
    drawn = sorted(chance.choices(rows, k=wanted), key=lambda row: row[1])
    return [[f"SQ-{row[1][:4]}-{number:06}", *row[1:]] for number, row in enumerate(drawn)]


def _part(rows: Rows, _: int, chance: random.Random) -> Rows:
    share = chance.uniform(0.6, 1)
    return [row for row in rows if chance.random() < share]


def _all(rows: Rows, _: int, __: random.Random) -> Rows:
    return rows


_DRAWN: dict[str, Callable[[Rows, int, random.Random], Rows]] = {
    "applications.csv": _applications,
    "disclosures.csv": _part,
    "messages.csv": _part,
    "tasks.csv": _part,
    "activities.csv": _part,
}
