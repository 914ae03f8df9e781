"""What reading, checking and counting large ledgers takes, against pandas reading the same file alone in the same run.

    python benchmarks/ledgers.py [--most 5000000] [--repeat 3] [--json FILE]

Each measurement is a process of its own; ours and that of pandas take turns, and the ratio is the median of the turns.
Seconds are those within the process, without imports; memory is the most that it ever had, imports included. Ours is
the whole way of a report: parameters, reading, every check of cells, rows and order, the statutory tables and all
figures with their time limits. Exit 1 where a limit is not met.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rows import Row, is_missed, row, show  # noqa: E402

YEAR = 2021
MILLION = 1_000_000
SIZES = (1_000, 10_000, 100_000, MILLION, 5 * MILLION)
HUGE_LEDGER_PEAK = 1536  # MiB, for five millions
BLOCK = 100_000  # rows that are made one by one; a larger ledger repeats them with other ids
AGENCY = "name: 甲市人民政府办公厅\nshort_name: 办公厅\nregion: 甲市\nlevel: city\nreply_target_days: 10\n"
COLUMNS = (
    "received_date", "channel", "applicant_type", "correction_notice_date", "correction_received_date",
    "excluded_days", "extension_days", "delay_days", "reply_date", "outcome", "fee_items", "fee_pages", "fee_yuan",
)  # fmt: skip

# Ledgers


def write_workspace(root: Path, rows: int, encoding: str = "utf-8", bad_every: int = 0) -> Path:
    """A workspace with one agency, one report and an applications ledger of fourteen columns, some 107 bytes a row."""
    from govnb.inputs.schema import build_schemas

    schema = build_schemas()["applications"]
    (root / "params" / "bench").mkdir(parents=True)
    (root / "params" / "bench" / "agency.yaml").write_text(AGENCY, encoding="utf-8")
    (root / "params" / "bench" / f"{YEAR}.yaml").write_text("{}\n", encoding="utf-8")
    (root / "data" / "bench").mkdir(parents=True)
    labels = {code: list(schema.columns[code].values.values()) for code in ("channel", "applicant_type", "outcome")}
    rest = _rest_of_rows(min(rows, BLOCK), labels, bad_every)
    header = ",".join(schema.columns[code].header for code in ("application_id", *COLUMNS))
    with (root / "data" / "bench" / "applications.csv").open("w", encoding=encoding, newline="") as file:
        file.write(header + "\n")
        for start in range(0, rows, BLOCK):
            numbers = range(start, min(start + BLOCK, rows))
            file.writelines(f"SQ{number * 7919 % 9_999_991:010}{rest[number - start]}" for number in numbers)
    return root


def _rest_of_rows(rows: int, labels: Mapping[str, list[str]], bad_every: int) -> list[str]:
    rng = random.Random(20211231)
    found = []
    for number in range(rows):
        received = date(2020, 1, 1) + timedelta(rng.randrange(730))
        replied = received + timedelta(rng.randrange(29)) if number % 20 else None
        noticed = received + timedelta(3) if number % 10 == 0 else None
        cells = (
            "2021-02-30" if bad_every and number % bad_every == 0 else received,
            rng.choice(labels["channel"]),
            rng.choice(labels["applicant_type"]),
            noticed or "",
            noticed + timedelta(4) if noticed else "",
            rng.choice(("", "", "3")),
            rng.choice(("", "", "20")),
            "",
            replied or "",
            rng.choice(labels["outcome"]) if replied else "",
            *(
                (rng.randrange(1, 40), rng.randrange(31, 300), f"{rng.randrange(10, 99999) / 100:.2f}")
                * (number % 5 == 0)
            ),
            *("", "", "") * (number % 5 != 0),
        )
        found.append("," + ",".join(map(str, cells)) + "\n")
    return found


def write_excel(root: Path, source: Path, rows: int) -> Path:
    """The first rows of the ledger of another workspace as .xlsx, with dates and numbers as a spreadsheet has them."""
    import csv

    import xlsxwriter  # type: ignore[import-untyped]

    write_workspace(root, 1)
    (root / "data/bench/applications.csv").unlink()
    book = xlsxwriter.Workbook(str(root / "data/bench/applications.xlsx"), {"constant_memory": True})
    sheet, day = book.add_worksheet("applications"), book.add_format({"num_format": "yyyy-mm-dd"})
    with (source / "data/bench/applications.csv").open(encoding="utf-8", newline="") as file:
        for number, row in zip(range(rows + 1), csv.reader(file), strict=False):
            for column, cell in enumerate(row):
                if number and len(cell) == 10 and cell[4] == "-":
                    sheet.write_datetime(number, column, date.fromisoformat(cell), day)
                elif number and cell.replace(".", "").isdigit():
                    sheet.write_number(number, column, float(cell))
                elif cell:
                    sheet.write_string(number, column, cell)
    book.close()
    return root


# In a process of its own


def child_pandas(root: Path, encoding: str) -> Row:
    import pandas as pd

    folder = root / "data" / "bench"
    if (book := folder / "applications.xlsx").exists():
        return timed(lambda: pd.read_excel(book, dtype=str, engine="calamine"))
    return timed(lambda: pd.read_csv(folder / "applications.csv", dtype=str, encoding=encoding))


def child_govnb(root: Path, _: str) -> Row:
    import govnb
    from govnb.errors import LedgerError

    def report(workspace: Path) -> None:
        try:
            paper = govnb.open_workpaper("bench", YEAR, workspace)
        except LedgerError as error:
            if "2021-02-30" not in error.problems[0].what.en:
                raise
            return
        govnb.count_figures(paper, govnb.count_tables(paper))

    with tempfile.TemporaryDirectory() as name:  # what is imported when it is first used
        report(write_workspace(Path(name).resolve(), 10))
    return timed(lambda: report(root))


def child_limits(_root: Path, _: str) -> Row:
    """A million working-day counts and due dates: by the calendar alone, and by all rules of the law."""
    from benchmarks.counting import make_applications
    from govnb.counting import limits
    from govnb.counting.calendar import WorkCalendar

    rows, calendar = make_applications(1_000_000), WorkCalendar()
    received, replied, days = rows["received_date"], rows["reply_date"], limits.answer_limit(rows)
    tasks: dict[str, Callable[[], object]] = {
        "counts": lambda: calendar.working_days_between(received, replied, strict=False),
        "due_dates": lambda: calendar.add_working_days(received, days, strict=False),
        "elapsed_by_law": lambda: limits.elapsed_days(rows, calendar),
        "due_by_law": lambda: limits.due_date(rows, calendar),
    }
    return {name: min(timed(task)["cpu"] for _ in range(3)) for name, task in tasks.items()}


def child_open(_root: Path, _: str) -> Row:
    """Processor time of opening the example's workpaper in a process forked from one that is as a run's server."""
    import govnb
    from govnb.crew import warmup

    warmup.load(few=False)
    warmup.rehearse()
    times = []
    for _ in range(5):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            found = timed(lambda: govnb.open_workpaper("guangzhou-gov-office", YEAR, ROOT))
            os.write(write, str(found["cpu"]).encode())
            os._exit(0)
        os.waitpid(child, 0)
        os.close(write)
        times.append(float(os.read(read, 64)))
        os.close(read)
    return {"cpu": min(times)}


def timed(task: Callable[[], object]) -> Row:
    used, began = time.process_time(), time.perf_counter()
    task()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    return {"wall": wall, "cpu": cpu, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


CHILDREN = {
    function.__name__.removeprefix("child_"): function
    for function in (child_pandas, child_govnb, child_limits, child_open)
}


def run(kind: str, root: Path = ROOT, encoding: str = "utf-8", environ: Mapping[str, str] | None = None) -> Row:
    command = [sys.executable, __file__, "--child", kind, str(root), encoding]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **(environ or {})})
    found: Row = json.loads(done.stdout)
    return found


# Together


def compared(
    name: str, root: Path, repeat: int, limit: float | None, encoding: str = "utf-8", *, in_memory: bool = False
) -> list[Row]:
    """Time and memory against pandas, in turns; with ``in_memory`` the memory must be no more either."""
    pairs = [(run("pandas", root, encoding), run("govnb", root)) for _ in range(repeat)]
    theirs, ours = ({key: median(pair[at][key] for pair in pairs) for key in pairs[0][at]} for at in (0, 1))
    ratio, used = (median(our[key] / their[key] for their, our in pairs) for key in ("wall", "cpu"))
    return [
        row(f"{name}.time_ratio", ratio, "x pandas", limit, theirs["wall"]),
        row(f"{name}.seconds", ours["wall"], "s", None, theirs["wall"]),
        row(f"{name}.processor_ratio", used, "x pandas", None, theirs["cpu"]),
        row(f"{name}.peak", ours["peak"], "MiB", theirs["peak"] if in_memory else None, theirs["peak"]),
    ]


def measure(*, repeat: int = 3, most: int = MILLION * 5) -> list[Row]:
    """Ledgers of up to ``most`` rows. The limits are those of a million rows, and of memory for five millions."""
    rows: list[Row] = []
    main, middle = min(most, MILLION), min(most, 100_000)
    with tempfile.TemporaryDirectory(prefix="govnb-benchmark-") as name:
        folder = Path(name).resolve()
        roots = {size: write_workspace(folder / label(size), size) for size in SIZES if size <= most}
        for size, root in roots.items():
            limited = size == MILLION
            times = repeat if size <= MILLION else 1
            rows += compared(f"applications_{label(size)}", root, times, 0.5 if limited else None, in_memory=limited)
            if size > MILLION:
                rows[-1]["limit"] = HUGE_LEDGER_PEAK
        rows += cached(f"cached_{label(main)}", roots[main], folder / "cache")
        gb18030 = write_workspace(folder / "gb", main, "gb18030")
        limit = 0.7 if main == MILLION else None
        rows += compared(f"gb18030_{label(main)}", gb18030, repeat, limit, "gb18030")
        faulty = write_workspace(folder / "faulty", middle, bad_every=100)
        rows += compared(f"with_faults_{label(middle)}", faulty, repeat, None)
        excel = write_excel(folder / "xlsx", roots[middle], middle)
        rows += compared(f"excel_{label(middle)}", excel, repeat, None)
    if most >= MILLION:
        rows += [row(f"limits_1m.{key}", seconds, "s", 0.1) for key, seconds in run("limits").items()]
        rows.append(row("open_example.processor", run("open")["cpu"], "s", 0.08))
    return rows


def label(size: int) -> str:
    return f"{size // MILLION}m" if size >= MILLION else f"{size // 1000}k"


def cached(name: str, root: Path, folder: Path) -> list[Row]:
    """A ledger that another process of the run has read already."""
    environ = {"GOVNB_LEDGER_CACHE": str(folder)}
    first, second = (run("govnb", root, environ=environ) for _ in range(2))
    return [row(f"{name}.seconds", second["wall"], "s", None, first["wall"])]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--most", type=int, default=5 * MILLION, help="rows of the largest ledger")
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, root, encoding = options.child
        print(json.dumps(CHILDREN[kind](Path(root), encoding)))
        return 0
    rows = measure(repeat=options.repeat, most=options.most)
    show(rows, "pandas")
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    return 1 if any(map(is_missed, rows)) else 0


if __name__ == "__main__":
    sys.exit(main())
