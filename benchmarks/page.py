"""The figures of a run, as the guide shows them: docs/zh/performance.md and docs/en/performance.md.

What stands between ``<!-- measured -->`` and ``<!-- end -->`` is replaced; everything around it is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
_MEASURED = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- end -->)", re.DOTALL)

# Part, row, what the page calls it, and whether the number it is compared with stands beside it.
SHOWN = (
    ("stock", "times faster than stock", "比原装命令快（倍）", "times faster than the stock commands", False),
    ("stock", "  least of the rounds", "其中最少的一轮", "the least of the rounds", False),
    ("stock", "  most of the rounds", "其中最多的一轮", "the most of the rounds", False),
    ("stock", "seconds per report", "每份报告（秒）；右为原装命令", "seconds per report; stock beside it", True),
    (
        "stock",
        "processor per report",
        "每份报告占用处理器（秒）；同上",
        "its processor time in seconds; the same",
        True,
    ),
    ("limit", "cells", "极限：只运行单元格，每份（秒）", "the limit: seconds per report, cells alone", False),
    ("limit", "reached", "已达到极限的（%）", "how much of the limit is reached, %", False),
    ("limit", "most", "极限下比原装命令快（倍）", "times faster than stock at the limit", False),
    (
        "growth",
        "second run of 100, nothing changed",
        "100份全部未变，再运行（秒）",
        "second run of 100, nothing changed, s",
        False,
    ),
    (
        "growth",
        "300 reports against 100: time per report",
        "300份与100份相比，每份用时（倍）",
        "300 reports against 100: time of each",
        False,
    ),
    (
        "growth",
        "300 reports against 100: memory together",
        "300份与100份相比，内存（倍）",
        "300 reports against 100: memory",
        False,
    ),
    ("growth", "300 reports, memory of the command, most", "命令的内存（MiB）", "memory of the command, MiB", False),
    ("growth", "300 reports, memory of the server, most", "服务进程的内存（MiB）", "memory of the server, MiB", False),
    (
        "growth",
        "300 reports, memory of one report, median",
        "每份报告的内存（MiB）",
        "memory of one report, MiB",
        False,
    ),
    (
        "startup",
        "warm server, until its first call is done",
        "服务进程启动，每次运行一次（秒）",
        "start of the server, once a run, s",
        False,
    ),
    ("startup", "govnb run of one report, all in all", "只运行一份报告（秒）", "a run of one report, s", False),
    (
        "ledgers",
        "applications_1m.time_ratio",
        "一百万行台账，与 pandas 单纯读取相比（倍）",
        "1,000,000 rows, against pandas only reading",
        False,
    ),
    ("ledgers", "gb18030_1m.time_ratio", "同上，GB18030", "the same in GB18030", False),
    ("ledgers", "applications_1m.seconds", "一百万行（秒）；右为 pandas", "1,000,000 rows, s; pandas beside it", True),
    ("ledgers", "applications_5m.seconds", "五百万行（秒）；右为 pandas", "5,000,000 rows, s; pandas beside it", True),
    (
        "ledgers",
        "applications_5m.peak",
        "五百万行的内存（MiB）；右为 pandas",
        "5,000,000 rows, memory in MiB; pandas",
        True,
    ),
)


def write_pages(results: Mapping[str, Any], docs: Path = DOCS) -> None:
    for language in ("zh", "en"):
        path = docs / language / "performance.md"
        text = path.read_text(encoding="utf-8")
        table = build_table(results, language).replace("\\", r"\\")
        path.write_text(_MEASURED.sub(table, text), encoding="utf-8")


def build_table(results: Mapping[str, Any], language: str) -> str:
    """What is shown of ``results``: which machine and day, the table, and the steps of a report."""
    rows = {(part, item["name"]): item for part, found in results["parts"].items() for item in found["rows"]}
    rows |= _limits(rows, results["machine"]["processors"])
    machine = results["machine"]
    day, processors, python = machine["when"][:10], machine["processors"], machine["python"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    facts = (day, machine["processor"], processors, machine["memory_gib"], python, packages)
    head = {"zh": "{}，{}，{} 个处理器，{} GiB，Python {}；{}。", "en": "{}, {}, {} processors, {} GiB, Python {}; {}."}
    lines = [head[language].format(*facts), "", "| | | |", "|---|---:|---:|"]
    for part, name, zh, en, both in SHOWN:
        if (part, name) in rows:
            lines.append(_line(zh if language == "zh" else en, rows[part, name], both=both))
    return "\n".join(["", *lines, "", *_steps(rows, language)])


def _line(label: str, item: Mapping[str, Any], *, both: bool) -> str:
    beside = _number(item["baseline"]) if both and item["baseline"] is not None else ""
    return f"| {label} | {_number(item['value'])} | {beside} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _limits(rows: Mapping[tuple[str, str], Any], processors: int) -> dict[tuple[str, str], Any]:
    """Nobody who runs the cells at all needs less than their own processor time, on all processors at once."""
    cells, each = rows.get(("steps", "all cells")), rows.get(("stock", "seconds per report"))
    if cells is None or each is None:
        return {}
    least = cells["value"] / 1000 / min(processors, 2)  # two at a time
    found = {"cells": least, "reached": 100 * least / each["value"], "most": each["baseline"] / least}
    return {("limit", name): {"value": value, "baseline": None} for name, value in found.items()}


def _steps(rows: Mapping[tuple[str, str], Any], language: str) -> list[str]:
    steps = [item for (part, _), item in rows.items() if part == "steps"]
    if not steps:
        return []
    head = "一份报告的时间（毫秒）" if language == "zh" else "where the time of one report goes, ms"
    columns = "处理器 | 时钟" if language == "zh" else "processor | clock"
    lines = [f"| {item['name']} | {item['value']:.0f} | {item['baseline']:.0f} |" for item in steps]
    return [f"| {head} | {columns} |", "|---|---:|---:|", *lines, ""]
