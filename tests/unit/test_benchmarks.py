"""What the benchmarks reckon with: rows and limits, steps within steps, workspaces that are the same each time."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from benchmarks.page import DOCS, write_pages
from benchmarks.report_steps import Span, each_alone
from benchmarks.rows import is_missed, row, show
from benchmarks.workspaces import agency_id, write_workspace
from tests.workspaces import digests


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "missed"),
    [
        (2.9, 3, False, False),
        (3.1, 3, False, True),
        (6.9, 7, True, True),
        (7.1, 7, True, False),
        (9, None, False, False),
    ],
)
def test_a_limit_is_missed_on_its_own_side(
    value: float, limit: float | None, at_least: bool, missed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    item = row("second run", value, "s", limit, at_least=at_least)
    assert is_missed(item) is missed
    show([item])
    assert ("missed" in capsys.readouterr().out) is missed


def test_a_step_counts_without_the_steps_within_it() -> None:
    spans = [
        Span("file pdf", 5.0, 7.0, 1.5),  # written when they end, so in any order
        Span("ledgers", 1.5, 2.0, 0.25),
        Span("cell sources", 1.0, 3.0, 1.0),
        Span("making", 0.0, 10.0, 5.0),
        Span("file pdf", 8.0, 9.0, 0.5),
    ]
    assert each_alone(spans) == {
        "making": (5.0, 2.0),
        "cell sources": (1.5, 0.75),
        "ledgers": (0.5, 0.25),
        "file pdf": (3.0, 2.0),
    }


def test_workspaces_are_the_same_each_time_and_agencies_differ(tmp_path: Path) -> None:
    one, two = (write_workspace(tmp_path / name, 2, 50) for name in ("one", "two"))
    assert digests(one) == digests(two)
    ledgers = [one / "data" / agency_id(number) / "applications.csv" for number in range(2)]
    assert ledgers[0].read_bytes() != ledgers[1].read_bytes()
    with ledgers[0].open(encoding="utf-8", newline="") as stream:
        _, *rows = csv.reader(stream)
    assert len(rows) == len({row[0] for row in rows}) == 50
    assert digests(one).keys() >= {f"params/{agency_id(1)}/2021.yaml", "notebooks/annual_report.ipynb"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_show_the_figures_and_the_limit_between_their_marks_only(tmp_path: Path, language: str) -> None:
    for name in ("zh", "en"):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "performance.md"
        path.write_text("before\n<!-- measured -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    rows = {
        "stock": [row("seconds per report", 0.5, "s", None, 4.0), row("times faster than stock", 8.0, "x")],
        "steps": [row("all cells", 600, "ms", None, 650)],
    }
    machine = {
        "when": "2026-11-28T00:10+00:00",
        "processor": "Some CPU",
        "processors": 2,
        "memory_gib": 8.0,
        "python": "3.11.7",
        "packages": {"papermill": "2.7.0"},
    }
    write_pages({"machine": machine, "parts": {part: {"rows": found} for part, found in rows.items()}}, tmp_path)
    text = (tmp_path / language / "performance.md").read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- measured -->\n")
    assert text.endswith("<!-- end -->\nafter\n")
    assert "old" not in text
    assert "2026-11-28" in text
    assert "Some CPU" in text
    assert "papermill 2.7.0" in text
    values = [line.split("|")[2].strip() for line in text.splitlines() if line.startswith("| ")]
    assert {"8.00", "0.50", "0.30", "60.0", "13.3"} <= set(values)  # the limit: 600 ms on two processors


def test_the_pages_of_the_guide_have_the_marks() -> None:
    for language in ("zh", "en"):
        text = (DOCS / language / "performance.md").read_text(encoding="utf-8")
        assert text.count("<!-- measured -->") == text.count("<!-- end -->") == 1
