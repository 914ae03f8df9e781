"""How many published reports a second one core audits, against what reading the same files alone takes.

    python benchmarks/audit.py [--documents 60] [--repeat 3] [--scale 1500] [-j 2] [--json]

HTML is compared with lxml's parse and a walk over its elements, PDF with ``pdftotext -layout`` (a process for each
file). At least 40 pages and 10 PDF a second are asked of one core, reading, matching and all checks included, and at
most so many times what reading alone takes (exit 1 otherwise). ``--scale`` audits that many files of each kind in
workers as the command does, and says how long it took and how much memory this process needed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from lxml import html as lxml_html

from govnb.audit.auditing import Task, audit_all, read_and_check
from govnb.audit.collecting import Source
from tests.layouts import html_clean, html_split, html_word_gbk, own_pdf, read_sample

LEAST = {"html": 40.0, "pdf": 10.0}  # documents a second
MOST = {"html": 25.0, "pdf": 3.0}  # times what reading alone takes


def write_documents(folder: Path, count: int) -> dict[str, list[Path]]:
    """``count`` files of each kind, of three years and, for HTML, three layouts in turn."""
    kinds: dict[str, list[bytes]] = {"html": [], "pdf": []}
    for year in (2020, 2021, 2022):
        parts = read_sample(year).parts
        kinds["html"] += [html_clean(*parts).encode(), html_word_gbk(*parts), html_split(*parts).encode()]
        kinds["pdf"].append(own_pdf(*parts))
    found: dict[str, list[Path]] = {}
    for kind, contents in kinds.items():
        found[kind] = [folder / f"{number:04d}.{kind}" for number in range(count)]
        for number, path in enumerate(found[kind]):
            path.write_bytes(contents[number % len(contents)])
    return found


def audit(path: Path) -> None:
    read_and_check(Task(path, path.name))


def parse(path: Path) -> None:
    parser = lxml_html.HTMLParser(encoding="gb18030" if b"gb2312" in path.read_bytes()[:2000] else "utf-8")
    page = lxml_html.document_fromstring(path.read_bytes(), parser=parser)
    assert sum(len(element.text or "") for element in page.iter()) > 1000


def pdftotext(path: Path) -> None:
    subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, stdout=subprocess.DEVNULL)


def best(function: Callable[[Path], None], paths: Sequence[Path], repeat: int) -> float:
    """Seconds of one core for all the paths; the best of the repeats, after one that loads what is loaded once."""
    for path in paths[:3]:
        function(path)
    times = []
    for _ in range(repeat):
        began = processor_time()
        for path in paths:
            function(path)
        times.append(processor_time() - began)
    return min(times)


def processor_time() -> float:
    """Seconds of one core that this process and the ended ones that it started have used: neighbours don't count."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def measure(kind: str, paths: Sequence[Path], repeat: int) -> dict[str, Any]:
    alone = {"html": parse, "pdf": pdftotext}[kind]
    ours = best(audit, paths, repeat)
    theirs = best(alone, paths, repeat) if kind == "html" or shutil.which("pdftotext") else None
    return {
        "a_second": round(len(paths) / ours, 1),
        "milliseconds": round(1000 * ours / len(paths), 1),
        "reading_alone": round(1000 * theirs / len(paths), 2) if theirs else None,
        "ratio": round(ours / theirs, 1) if theirs else None,
    }


def scale(kind: str, folder: Path, count: int, jobs: int) -> dict[str, Any]:
    paths = write_documents(folder, count)[kind]
    began = time.perf_counter()
    reports, _ = audit_all([Source(path, path.name) for path in paths], jobs)
    took = time.perf_counter() - began
    assert [report.file for report in reports] == [path.name for path in paths]
    peak, worker = (resource.getrusage(who).ru_maxrss >> 10 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"files": count, "seconds": round(took, 1), "parent_peak_mib": peak, "worker_peak_mib": worker}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scale", type=int, default=0)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        documents = write_documents(Path(name), options.documents)
        for kind, paths in documents.items():
            results[kind] = measure(kind, paths, options.repeat)
    for kind in ("html", "pdf") if options.scale else ():
        with tempfile.TemporaryDirectory() as name:
            results[kind]["scale"] = scale(kind, Path(name), options.scale, options.jobs)
    if options.json:
        print(json.dumps(results, indent=2))
    else:
        for kind, result in results.items():
            print(kind, ", ".join(f"{key} {value}" for key, value in result.items()))
    slow = [
        kind
        for kind, result in results.items()
        if result["a_second"] < LEAST[kind] or (result["ratio"] is not None and result["ratio"] > MOST[kind])
    ]
    for kind in slow:
        print(f"{kind}: too slow (at least {LEAST[kind]} a second, ratio at most {MOST[kind]})", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
