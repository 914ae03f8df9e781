"""How much of a scan `govnb audit --ocr` gives, and how fast: needs the extra, `pip install "govnb[ocr]"`.

Draws our own PDF of each example report and reads the pictures with the real model. Prints, for each year, processor
seconds a page, how many cells of table 2 were read rightly or wrongly, and how many of them were taken.
Exit status 1 where a wrong number was taken.

    python benchmarks/audit_ocr.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from govnb.audit.match_applications import match_applications
from govnb.audit.matching import match_tables
from govnb.audit.ocr import read_scan
from govnb.audit.recogniser import load_recogniser
from govnb.form.edition import packaged_editions
from tests.layouts import own_pdf, read_sample
from tests.unit.audit.test_ocr import scan_of


def measure(year: int) -> bool:
    sample = read_sample(year)
    scan = scan_of(own_pdf(*sample.parts))
    load_recogniser()
    start = time.process_time()
    document = read_scan(scan)
    seconds = (time.process_time() - start) / document.pictures
    match = match_applications(document.tables, sample.edition)
    taken = match_tables(document.tables, packaged_editions(), year).values.get("applications", {})
    raw = match.values if match else {}
    true = {(r, c): v for r, cells in sample.values["applications"].items() for c, v in cells.items()}
    right = sum(raw.get(r, {}).get(c) == v for (r, c), v in true.items())
    wrong = sum(raw.get(r, {}).get(c) not in (None, v) for (r, c), v in true.items())
    kept = sum(taken.get(r, {}).get(c) is not None for r, c in true)
    bad = sum(taken.get(r, {}).get(c) not in (None, v) for (r, c), v in true.items())
    print(
        f"{year}: {seconds:.1f} s a page; of {len(true)} cells {right} read rightly, {wrong} wrongly; "
        f"{kept} taken, {bad} of them wrong"
    )
    return bad == 0


if __name__ == "__main__":
    sys.exit(0 if all(list(map(measure, (2020, 2021, 2022)))) else 1)
