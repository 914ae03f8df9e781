"""The sandbox: order, limits, the death of a worker costs one result, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from govnb.audit.raw import RawDocument, Unreadable
from govnb.audit.sandbox import DEFAULT, Limits, read_all, run_all
from tests.layouts import docx_bytes, html_clean, read_sample
from tests.unit.audit import workers

QUICK = Limits(processor=1, wall=3.0, memory=1 << 30)
posix = pytest.mark.skipif(os.name == "nt", reason="limits of POSIX systems")


def children() -> set[int]:
    """Processes of this test that still run, by Linux's own list."""
    found = set()
    for task in Path("/proc/self/task").glob("*/children"):
        found |= {int(number) for number in task.read_text().split()}
    return found


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # a temporary folder of this test's own: tests in other workers make theirs in the common one
    folder = tmp_path_factory.mktemp("temp")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    running = children()
    yield
    gc.collect()
    assert list(folder.glob("govnb-audit-*")) == []
    deadline = time.monotonic() + 5
    # one is allowed: the process that multiprocessing keeps for itself
    while len(children() - running) > 1 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(children() - running) <= 1


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_results_come_in_the_order_of_the_items(jobs: int) -> None:
    assert list(run_all(workers.slow_if_even, range(40), jobs)) == [(number, number) for number in range(40)]


def test_no_items_start_no_worker() -> None:
    assert list(run_all(workers.double, [], 4)) == []


def test_items_are_taken_as_they_are_needed() -> None:
    taken: list[int] = []

    def endless() -> Iterator[int]:
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 1

    results = run_all(workers.double, endless(), 2)
    assert [next(results) for _ in range(50)] == [(number, 2 * number) for number in range(50)]
    assert len(taken) < 50 + 40
    results.close()


MISFITS = ["refuse", "raise", "exit", "crash", "hang", "grow", "deep", "unpicklable", "leave", "deaf"]


@posix
@pytest.mark.parametrize("jobs", [1, 2])
def test_every_misfit_costs_its_own_result_only(jobs: int) -> None:
    items = [item for misfit in MISFITS for item in ("fine", misfit)] + ["fine"]
    results = dict(run_all(workers.misbehave, items, jobs, QUICK))
    assert list(results) == list(range(len(items)))
    assert [results[index] for index in range(0, len(items), 2)] == ["fine"] * (len(MISFITS) + 1)
    said = {items[index]: results[index] for index in range(1, len(items), 2)}
    assert all(isinstance(result, Unreadable) for result in said.values())
    reasons = {misfit: result.reason.zh for misfit, result in said.items() if isinstance(result, Unreadable)}
    assert reasons == {
        "refuse": "不读",
        "raise": "读取时出错（KeyError）",
        "exit": "读取时进程崩溃（文件可能已损坏）",
        "crash": "读取时进程崩溃（文件可能已损坏）",
        "hang": "读取超过3秒，已中止",
        "grow": "读取所需内存超过1024 MB，已中止",
        "deep": "文件结构嵌套过深",
        "unpicklable": reasons["unpicklable"],
        "leave": "读取时进程崩溃（文件可能已损坏）",
        "deaf": "读取超过3秒，已中止",
    }
    assert reasons["unpicklable"].startswith("结果无法传回")
    assert said["refuse"].fix == workers.Text("改", "mend")  # type: ignore[union-attr]


@posix
def test_processor_time_is_limited_for_each_item() -> None:
    results = dict(run_all(workers.misbehave, ["fine", "spin", "fine", "spin"], 1, Limits(processor=1)))
    assert [results[0], results[2]] == ["fine"] * 2
    for spun in (results[1], results[3]):
        assert isinstance(spun, Unreadable)
        assert spun.reason.zh == "读取占用处理器超过1秒，已中止"


def test_workers_are_used_again_and_replaced_in_time() -> None:
    used = [pid for _, pid in run_all(workers.pid_of, range(30), 1, Limits(items=10))]
    assert [len(set(used[start : start + 10])) for start in (0, 10, 20)] == [1, 1, 1]
    assert len(set(used)) == 3


@posix
def test_a_worker_that_has_grown_is_replaced() -> None:
    limits = Limits(grown=100 << 20)
    used = [pid for _, pid in run_all(workers.pid_of, range(2), 1, limits)]
    assert len(set(used)) == 1
    sizes = [size for _, size in run_all(workers.hold, [200 << 20] * 6, 1, Limits(grown=100 << 20, memory=512 << 20))]
    assert sizes == [200 << 20] * 6


@posix
def test_what_ran_before_in_the_same_worker_changes_no_result() -> None:
    limits = Limits(memory=600 << 20, grown=1 << 40)
    sizes = [100 << 20, 100 << 20, 400 << 20, 900 << 20, 10]
    results = [result for _, result in run_all(workers.hold, sizes, 1, limits)]
    assert [result for result in results if not isinstance(result, Unreadable)] == [*sizes[:3], 10]
    assert isinstance(results[3], Unreadable)


def test_a_run_that_is_given_up_leaves_nothing() -> None:
    results = run_all(workers.slow_if_even, range(100), 2)
    assert next(results) == (0, 0)
    results.close()


@posix
def test_programs_that_a_worker_started_end_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    results = run_all(workers.run_child, ["", str(mark)], 1)
    assert next(results) == (0, None)
    started = Path(f"{mark}.started")
    deadline = time.monotonic() + 60
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    results.close()
    assert started.exists()
    time.sleep(3.5)
    assert not mark.exists()


def _tree(folder: Path) -> list[Path]:
    sample = read_sample(2021)
    contents = [html_clean(*sample.parts).encode(), docx_bytes(*sample.parts), b"", b"%PDF-1.7 nothing", b"PK\x03\x04"]
    paths = []
    for number in range(25):
        paths.append(folder / f"{number}.html")
        paths[-1].write_bytes(contents[number % len(contents)])
    return paths


def test_files_read_the_same_for_any_number_of_workers(tmp_path: Path) -> None:
    paths = _tree(tmp_path)

    def told(jobs: int) -> list[tuple[int, object]]:
        results = read_all(paths, jobs)
        return [(n, (r.reason, r.fix) if isinstance(r, Unreadable) else r) for n, r in results]

    serial = told(1)
    assert [isinstance(result, RawDocument) for _, result in serial[:5]] == [True, True, False, False, False]
    assert told(3) == serial


def test_the_limits_are_those_of_the_help() -> None:
    assert (DEFAULT.memory, DEFAULT.processor, DEFAULT.wall) == (2 << 30, 20, 40.0)


def test_a_worker_that_cannot_start_is_an_error_not_a_result() -> None:
    with pytest.raises(Exception, match=r"pickle|local object"):
        list(run_all(lambda item: item, [1], 1))
