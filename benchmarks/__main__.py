"""Measures govnb on this machine: ``python -m benchmarks [PART]… [--reports N] [--sizes N,N,N] [--quick]``.

    stock     against the commands papermill and jupyter nbconvert, in turns
    growth    10, 100 and 300 reports: seconds and memory of each; the second run, with nothing changed
    steps     where the time of one report goes
    startup   what is paid once for a run
    ledgers   1,000 to 5,000,000 rows, against pandas reading the same file
    site      the reviewers' site of 500 agencies and 5 years

Each part is a process of its own with a time limit; what it leaves is removed, also where it fails. Prints a table for
each and writes all numbers, with what is known of the machine, to benchmarks/results.json. Exit 1 where a limit is
missed, 2 where a part could not be measured. ``--quick`` shows in a minute or two that it all works: its sizes are too
small to judge by.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.commands import CommandError, environment
from benchmarks.page import write_pages
from benchmarks.rows import Row, is_missed, show

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results.json"
# Module and heading of the last column, in the order in which they run; the site's numbers are the least telling.
PARTS = {
    "stock": ("stock", "stock"),
    "growth": ("growth", ""),
    "steps": ("report_steps", "wall"),
    "startup": ("startup", "processor"),
    "ledgers": ("ledgers", "pandas"),
    "site": ("site", ""),
}
PACKAGES = ("papermill", "nbconvert", "ipykernel", "pandas", "matplotlib", "pyarrow", "numpy", "typst")
_SECONDS = 600  # for one part


def keywords(part: str, options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    """What the part's ``measure`` is called with."""
    quick: bool = options.quick
    small = {"repeat": 1, "applications": 200} if quick else {}
    if part == "stock":
        sizes = {"reports": 2, "stock": 1, "rounds": 1, "warm": False} if quick else {"reports": options.reports}
        return {"scratch": scratch, **sizes}
    if part == "growth":
        return {"scratch": scratch, "sizes": (1, 2) if quick else options.sizes, **({"repeat": 1} if quick else {})}
    if part == "ledgers":
        return {"repeat": 1, "most": 1000} if quick else {"most": options.rows}
    if part == "site":
        return {"agencies": 5, "years": 2} if quick else {}
    return {"scratch": scratch, **small}


def measure(part: str, options: argparse.Namespace) -> dict[str, Any]:
    """The part in a process of its own, which is ended with all that it started when its time is up."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="govnb-bench-", ignore_cleanup_errors=True) as name:
        found = Path(name) / "rows.json"
        command = [sys.executable, "-m", "benchmarks", *sys.argv[1:], "--into", str(found), "--only", part]
        process = subprocess.Popen(
            command, cwd=ROOT, env={**environment(), "TMPDIR": name}, stdout=sys.stderr, start_new_session=True
        )
        try:
            process.wait(options.seconds)
        except subprocess.TimeoutExpired:
            raise CommandError(f"{part}: took more than {options.seconds} s") from None
        finally:
            _end(process)
        if process.returncode or not found.exists():
            raise CommandError(f"{part}: could not be measured")
        rows: list[Row] = json.loads(found.read_text(encoding="utf-8"))
    return {"seconds": round(time.monotonic() - started, 1), "rows": rows}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Commands that the part started lead groups of their own, and end with its pipes; the part gets time for that."""
    for sent, seconds in ((signal.SIGINT, 20), (signal.SIGKILL, 20)):
        if process.poll() is None:
            with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, sent)
                process.wait(seconds)


def measure_here(part: str, options: argparse.Namespace) -> None:
    """In the part's own process."""
    module = importlib.import_module(f"benchmarks.{PARTS[part][0]}")
    scratch = Path(tempfile.gettempdir()).resolve()
    rows = module.measure(**keywords(part, options, scratch))
    options.into.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def describe_machine() -> dict[str, Any]:
    """What the numbers depend on; no name of a user, a host or a folder."""
    model = memory = ""
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
        memory = Path("/proc/meminfo").read_text(encoding="ascii").split()[1]
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "processor": model or platform.machine(),
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(int(memory) / 1048576, 1) if memory else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": round(os.getloadavg()[0], 2),
    }


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all but site if none is named"
    )
    parser.add_argument("--reports", type=int, default=100, help="reports of govnb against stock (100)")
    parser.add_argument("--sizes", type=_numbers, default=(10, 100, 300), help="reports of growth (10,100,300)")
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the largest ledger (5000000)")
    parser.add_argument("--seconds", type=int, default=_SECONDS, help=f"limit for each part ({_SECONDS})")
    parser.add_argument("--quick", action="store_true", help="only see that it works")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the numbers go")
    parser.add_argument("--pages", action="store_true", help="put the figures into docs/*/performance.md too")
    parser.add_argument("--only", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    options.parts = options.parts or [part for part in PARTS if part != "site"]
    return options


def _numbers(text: str) -> tuple[int, ...]:
    numbers = tuple(sorted({int(part) for part in text.split(",")}))
    if len(numbers) < 2 or numbers[0] < 1:
        raise argparse.ArgumentTypeError("two numbers or more, such as 10,100,300")
    return numbers


def main() -> int:
    options = read_options()
    if options.only is not None:
        measure_here(options.only, options)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended, as by Ctrl-C
    machine = describe_machine()
    print(f"{machine['processor']}, {machine['processors']} processors, Python {machine['python']}")
    print(f"load before: {machine['load_before']}" + (" (too much for times)" if machine["load_before"] > 0.6 else ""))
    results: dict[str, Any] = {"machine": machine, "quick": options.quick, "parts": {}}
    failed = []
    for part in options.parts:
        try:
            results["parts"][part] = measure(part, options)
        except CommandError as error:
            failed.append(part)
            print(f"\n{error}", file=sys.stderr)
            continue
        print(f"\n{part} ({results['parts'][part]['seconds']:.0f} s)", flush=True)
        show(results["parts"][part]["rows"], PARTS[part][1])
        options.json.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if options.pages and not options.quick and not failed:
        write_pages(results)
    missed = [item["name"] for part in results["parts"].values() for item in part["rows"] if is_missed(item)]
    if missed and not options.quick:
        print(f"\nlimits missed: {', '.join(missed)}")
    return 2 if failed else 1 if missed and not options.quick else 0


if __name__ == "__main__":
    sys.exit(main())
