"""What reports cost last time: kept outside of the outputs, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from govnb.commands import costs
from govnb.commands.costs import read_costs, write_costs


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("GOVNB_CACHE", str(folder))
    return folder


def test_what_was_measured_is_known_the_next_time_and_the_rest_is_kept(tmp_path: Path, cache: Path) -> None:
    write_costs(tmp_path, {"office/2021/annual_report": 1.23456, "bureau/2021/annual_report": 2})
    write_costs(tmp_path, {"office/2021/annual_report": 3.0})
    assert read_costs(tmp_path) == {"office/2021/annual_report": 3.0, "bureau/2021/annual_report": 2.0}
    assert read_costs(tmp_path / "other") == {}
    (file,) = [path for path in cache.rglob("*") if path.is_file()]
    assert str(tmp_path) not in file.name + file.read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": "x", "b": -1, "c": NaN, "d": true}'])
def test_a_damaged_file_is_an_unknown_cost_and_is_mended(tmp_path: Path, cache: Path, content: bytes) -> None:
    write_costs(tmp_path, {"a": 1.0})
    (file,) = [path for path in cache.rglob("*") if path.is_file()]
    file.write_bytes(content)
    assert read_costs(tmp_path) == {}
    write_costs(tmp_path, {"a": 2.0})
    assert read_costs(tmp_path) == {"a": 2.0}


def test_a_cache_that_can_not_be_written_is_no_fault(tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file in its place", encoding="utf-8")
    write_costs(tmp_path, {"a": 1.0})
    assert read_costs(tmp_path) == {}


def test_old_workspaces_are_forgotten(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "_MOST_FILES", 3)
    for number in range(5):
        write_costs(tmp_path / str(number), {"a": float(number)})
    assert len([path for path in cache.rglob("*") if path.is_file()]) == 3
    assert read_costs(tmp_path / "4") == {"a": 4.0}
