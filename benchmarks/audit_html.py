"""How long reading a published page takes, against lxml's parse alone of the same bytes in the same run.

    python benchmarks/audit_html.py [--repeat N] [--json FILE]

Prints a table and, as the last line, the same numbers as JSON. Each number is the best of the repeats, in processor
time of one core. The pages are the sample of the tests in three layouts, and the same inside a site's furniture;
``run`` is the whole sandbox over 400 files with one worker, by the clock. That nothing was lost is asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from govnb.audit.html_reader import read_html  # noqa: E402
from govnb.audit.raw import RawDocument  # noqa: E402
from govnb.audit.sandbox import read_all  # noqa: E402
from tests.layouts import html_clean, html_split, html_word_gbk, read_sample  # noqa: E402

FILES = 400


def make_pages() -> dict[str, bytes]:
    sample = read_sample(2021)
    clean = html_clean(*sample.parts)
    menu = "<ul>" + "<li><a href='/x/index.html' class='menu-item'>政务公开栏目</a></li>" * 300 + "</ul>"
    start, _, rest = clean.partition("<body>")
    return {
        "clean": clean.encode(),
        "split": html_split(*sample.parts).encode(),
        "word": html_word_gbk(*sample.parts),
        "site": f"{start}<body><div class=top>{menu}</div><div class=main>{rest.replace('</body>', menu)}".encode(),
    }


def best(work: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def measure_run(pages: dict[str, bytes]) -> float:
    """Files a second through the sandbox with one worker."""
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / f"{number}.html" for number in range(FILES)]
        contents = list(pages.values())
        for number, path in enumerate(paths):
            path.write_bytes(contents[number % len(contents)])
        started = time.perf_counter()
        for _, document in read_all(paths, 1):
            assert isinstance(document, RawDocument)
            assert document.tables
        return FILES / (time.perf_counter() - started)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=30)
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    numbers: dict[str, dict[str, float] | float] = {}
    print(f"{'page':8}{'kB':>8}{'parse ms':>10}{'read ms':>10}{'ratio':>8}{'a second':>10}")
    pages = make_pages()
    for name, content in pages.items():
        assert sum(len(table.rows) for table in read_html(content).tables) >= 46
        encoding = "gb18030" if name == "word" else "utf-8"

        def parse(content: bytes = content, encoding: str = encoding) -> object:
            return etree.fromstring(content, etree.HTMLParser(encoding=encoding, no_network=True))

        def read(content: bytes = content) -> object:
            return read_html(content)

        alone, whole = best(parse, chosen.repeat), best(read, chosen.repeat)
        numbers[name] = {"parse": alone, "read": whole, "ratio": whole / alone}
        row = f"{name:8}{len(content) / 1024:8.0f}{alone * 1000:10.2f}{whole * 1000:10.2f}{whole / alone:8.1f}"
        print(f"{row}{1 / whole:10.0f}")
    numbers["run"] = measure_run(pages)
    print(f"{'run':8}{'':36}{numbers['run']:10.0f}")
    text = json.dumps(numbers)
    if chosen.json:
        chosen.json.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
