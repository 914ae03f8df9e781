"""How long a million applications take to count, against one pandas groupby of the same rows in the same run.

    python benchmarks/counting.py [--rows N] [--repeat N] [--json FILE]

Prints a table and, as the last line, the same numbers as JSON. Each number is the best of the repeats; every repeat
begins with a new book, so nothing is kept from the one before. ``tables`` counts the three statutory tables,
``catalogue`` adds every other figure of the ledger with its time limits, ``groupby`` is outcome × applicant_type of the
rows answered in the year: the least that anybody would have to do for table 2. That both count the same is asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from govnb.counting.book import Book  # noqa: E402
from govnb.counting.calendar import WorkCalendar  # noqa: E402
from govnb.counting.catalogue import Sources, build_catalogue  # noqa: E402
from govnb.counting.tables import Tables, count_tables  # noqa: E402
from govnb.form.edition import packaged_editions  # noqa: E402

YEAR = 2021
EDITION = packaged_editions()[2021]
FIRST = np.datetime64("2020-01-01", "s")
DAY = 86400


def make_applications(rows: int, seed: int = 20211231) -> pd.DataFrame:
    """Two years of applications: a twentieth still open, a few corrected, extended or charged."""
    random = np.random.default_rng(seed)

    def words(values: list[str], blank: Any = None) -> pd.Series[Any]:
        cells = pd.Series(np.array(values, dtype=object)[random.integers(0, len(values), rows)])
        return (cells if blank is None else cells.mask(blank)).astype("str")

    def days(after: Any, least: int, most: int, kept: float) -> Any:
        dates = after + (random.integers(least, most, rows) * DAY).astype("timedelta64[s]")
        dates[random.random(rows) > kept] = np.datetime64("NaT")
        return dates

    def numbers(most: int, kept: float) -> pd.Series[Any]:
        return pd.Series(random.integers(0, most, rows), dtype="Int64").mask(random.random(rows) > kept)

    received = FIRST + (random.integers(0, 731, rows) * DAY).astype("timedelta64[s]")
    reply = days(received, 1, 60, 0.95)
    correction = days(received, 1, 9, 0.1)
    cents = np.where(random.random(rows) < 0.02, random.integers(1, 80, rows) * 1000, 0)
    yuan = pa.array(cents).cast(pa.decimal128(28, 0)).cast(pa.decimal128(38, 10))
    columns = [column for column in EDITION.applications.columns if column != "total"]
    frame = {
        "application_id": pd.Series(np.arange(rows)).astype("str"),
        "received_date": received,
        "channel": words(["in_person", "letter", "online", "fax", "email", "other"]),
        "applicant_type": words(columns),
        "correction_notice_date": correction,
        "correction_received_date": days(correction, 1, 15, 0.9),
        "excluded_days": numbers(15, 0.05),
        "extension_days": numbers(21, 0.1),
        "delay_days": numbers(30, 0.01),
        "reply_date": reply,
        "outcome": words(list(EDITION.applications.outcomes), blank=np.isnat(reply)),
        "fee_items": numbers(40, 0.05),
        "fee_pages": numbers(300, 0.05),
        "fee_yuan": pd.arrays.ArrowExtensionArray(pa.chunked_array([yuan])),
        "fee_notice_date": days(received, 1, 20, 0.02),
        "fee_paid_date": days(received, 21, 40, 0.02),
    }
    result = pd.DataFrame(frame)
    result.index = pd.Index(np.arange(2, rows + 2), name="row")  # given at once, it would be aligned with that of words
    return result


def group(frame: pd.DataFrame) -> pd.Series[Any]:
    answered = frame[frame["reply_date"].dt.year == YEAR]
    sizes: pd.Series[Any] = answered.groupby(["outcome", "applicant_type"]).size()
    return sizes


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def assert_same(tables: Tables, grouped: pd.Series[Any]) -> None:
    for outcome, applicant, count in grouped.reset_index(name="count").itertuples(index=False):
        assert tables.get("applications", outcome, applicant) == count, (outcome, applicant)


def measure(frame: pd.DataFrame) -> dict[str, float]:
    book = Book({"applications": frame}, {"applications": "applications.parquet"}, WorkCalendar(), {})
    grouping, grouped = timed(lambda: group(frame))
    counting, tables = timed(lambda: count_tables(EDITION, YEAR, book, None))
    sources = Sources(EDITION, YEAR, book, tables, target_days=10)
    building, catalogue = timed(lambda: build_catalogue(sources, tables))
    assert_same(tables, grouped)
    assert catalogue.figures["applications.total.total"].value == int(grouped.sum())
    return {"groupby": grouping, "tables": counting, "catalogue": building}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the counting of many applications")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the numbers to this file too")
    arguments = parser.parse_args()
    frame = make_applications(arguments.rows)
    runs = [measure(frame) for _ in range(arguments.repeat)]
    best = {name: min(run[name] for run in runs) for name in runs[0]}
    print(f"{arguments.rows:,} applications, best of {arguments.repeat}")
    print(f"{'':12}{'seconds':>9}{'x groupby':>11}")
    for name, seconds in best.items():
        print(f"{name:12}{seconds:9.3f}{seconds / best['groupby']:11.2f}")
    result = {
        "rows": arguments.rows,
        "seconds": {name: round(seconds, 4) for name, seconds in best.items()},
        "ratio": {name: round(seconds / best["groupby"], 2) for name, seconds in best.items()},
    }
    text = json.dumps(result, sort_keys=True)
    print(text)
    if arguments.json is not None:
        arguments.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
