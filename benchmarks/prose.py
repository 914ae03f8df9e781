"""Reading the prose of a report of 5,000 characters, as a ratio to splitting it into its numbers alone.

    python benchmarks/prose.py

Prints CPU milliseconds, best of 15, so that what else runs on the machine is not its business.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from govnb.form.edition import packaged_editions
from govnb.prose.reading import read_paragraph
from govnb.script import to_simplified

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "reference" / "guangzhou-2021.txt"
EDITION = packaged_editions()[2021]
REPEATS = 15


def best(work: Callable[[str], object], lines: list[str]) -> float:
    """CPU milliseconds; each time with other white space, so that nothing is remembered from the last time."""
    times = []
    for number in range(REPEATS):
        varied = [f"{line}{' ' * number}" for line in lines]
        begin = time.process_time()
        for line in varied:
            work(line)
        times.append(time.process_time() - begin)
    return min(times) * 1000


def main() -> None:
    lines = (to_simplified(REFERENCE.read_text(encoding="utf-8")) * 3)[:5000].splitlines()
    read = best(lambda line: read_paragraph(line, 2021, EDITION, name="广州市人民政府办公厅"), lines)
    split = best(lambda line: re.findall(r"[0-9.,]+", line), lines)
    print(f"{'read':<8}{read:8.2f} ms\n{'split':<8}{split:8.2f} ms\n{'ratio':<8}{read / split:8.1f}")
    print(json.dumps({"read_ms": read, "split_ms": split, "ratio": read / split}))


if __name__ == "__main__":
    main()
