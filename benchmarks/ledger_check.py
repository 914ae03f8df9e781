"""How long a 100,000-row applications ledger takes to read, type and check, against pandas.read_csv(dtype=str) alone.

    python benchmarks/ledger_check.py [--rows 100000] [--repeat 5] [--json]

Prints both times (best of the repeats, alternating) and their ratio, which must stay under 3 (exit 1 where it does
not). Also times a ledger with a fault in every hundredth row. The ledger is seeded and made in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from govnb.errors import LedgerError
from govnb.form.edition import packaged_editions
from govnb.inputs.ledgers import read_ledgers
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace

LIMIT = 3.0
AGENCY = "bench"


def write_ledger(path: Path, rows: int, bad_every: int = 0) -> None:
    """An applications ledger with all seventeen columns; every ``bad_every``-th receipt is the 30th of February."""
    schema = build_schemas()["applications"]
    rng = random.Random(20211231)
    outcomes = list(schema.columns["outcome"].values.values())
    types = list(schema.columns["applicant_type"].values.values())
    channels = list(schema.columns["channel"].values.values())
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(column.header for column in schema.columns.values()) + "\n")
        for number in range(rows):
            received = date(2020, 1, 1) + timedelta(rng.randrange(730))
            replied = received + timedelta(rng.randrange(29))
            fee = (
                f"{rng.randrange(1, 40)},{rng.randrange(31, 300)},{rng.randrange(10, 99999) / 100}"
                if number % 5 == 0
                else ",,"
            )
            shown = "2021-02-30" if bad_every and number % bad_every == 0 else received.isoformat()
            cells = (
                f"公开申请〔{received.year}〕{number:06d}号",
                shown,
                rng.choice(channels),
                rng.choice(types),
                f"申请公开第{number}号地块的征收补偿方案、批复文件及相关会议纪要",
                "",
                "",
                rng.choice(("", "", "3")),
                rng.choice(("", "", "20")),
                "",
                replied.isoformat(),
                rng.choice(outcomes),
                fee,
                "",
                "",
            )
            file.write(",".join(cells) + "\n")


def measure(rows: int, repeat: int) -> dict[str, float]:
    """Best seconds of each, taken in turn so that a busy machine disturbs all alike."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        places = {name: Workspace(root / name, packaged_editions()) for name in ("good", "bad")}
        for name, workspace in places.items():
            (workspace.root / "data" / AGENCY).mkdir(parents=True)
            write_ledger(_file(workspace), rows, 100 if name == "bad" else 0)
        tasks: dict[str, Callable[[], object]] = {
            "pandas": lambda: pd.read_csv(_file(places["good"]), dtype=str),
            "govnb": lambda: read_ledgers(places["good"], {}, AGENCY, {}),
            "govnb_with_faults": lambda: _read_bad(places["bad"]),
        }
        best = dict.fromkeys(tasks, float("inf"))
        for _ in range(repeat):
            for name, task in tasks.items():
                start = time.perf_counter()
                task()
                best[name] = min(best[name], time.perf_counter() - start)
    return {"rows": rows, **{f"{name}_seconds": round(s, 4) for name, s in best.items()}, **_ratios(best)}


def _ratios(best: dict[str, float]) -> dict[str, float]:
    return {
        "ratio": round(best["govnb"] / best["pandas"], 2),
        "ratio_with_faults": round(best["govnb_with_faults"] / best["pandas"], 2),
    }


def _file(workspace: Workspace) -> Path:
    return workspace.root / "data" / AGENCY / "applications.csv"


def _read_bad(workspace: Workspace) -> None:
    try:
        read_ledgers(workspace, {}, AGENCY, {})
    except LedgerError:
        return
    raise AssertionError("the faulty ledger was read without a fault")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.rows, options.repeat)
    if options.json:
        print(json.dumps(result))
    else:
        print(f"{result['rows']} rows; pandas.read_csv(dtype=str) alone: {result['pandas_seconds']:.3f} s")
        print(f"govnb, read, typed and checked:          {result['govnb_seconds']:.3f} s = {result['ratio']} times")
        print(f"govnb, a fault in every hundredth row:   {result['govnb_with_faults_seconds']:.3f} s")
    return 0 if result["ratio"] < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
