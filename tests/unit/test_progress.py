"""What is shown of a run: one line for each outcome, the display of a terminal, the summary."""

from __future__ import annotations

import io
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from govnb.commands.course import Course
from govnb.commands.progress import duration, line, rendered, shown_progress, summarize
from govnb.errors import NOTHING, Place, Problem, Text
from govnb.making import Outcome, Task
from govnb.notebook.execute import Limits

NEW = Text("尚未生成", "not made yet")


@pytest.fixture(params=["en_US.UTF-8", "zh_CN.UTF-8"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", request.param)
    return str(request.param)[:2]


def task(agency: str) -> Task:
    return Task(Path(), agency, 2021, Path("output"), "annual_report", Limits(60, 0))


def outcome(agency: str, state: str, **more: Any) -> Outcome:
    return Outcome(task(agency), state, NEW, 1.26, **more)


def drawn(course: Course, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(rendered(course))
    return stream.getvalue()


def test_the_display_tells_what_is_done_what_runs_what_failed_and_how_long_is_left(language: str) -> None:
    tasks = [task(name) for name in "abcdef"]
    course = Course(tasks, {}, {f"{name}/2021/annual_report": 60.0 for name in "abcdef"}, places=2)
    course.came_out(outcome("a", "failed"))
    course.came_out(outcome("b", "skipped"))
    for name in "cd":
        running: Future[Any] = Future()
        running.set_running_or_notify_cancel()
        course.submitted(running, task(name))
    course.submitted(Future(), task("e"))  # waits for a place
    course.measured = {}  # nothing was measured
    shown = drawn(course)
    if language == "en":
        assert "2/6 done, 1 failed, about 2 min left" in shown
        assert "2 running: c 2021, d 2021\n" in shown
    else:
        assert "已完成2/6，失败1个，约剩2分钟" in shown
        assert "正在运行2个：c 2021、d 2021\n" in shown
    course.end_early()
    assert ("Ctrl-C again stops at once" if language == "en" else "再按一次 Ctrl-C 立即停止") in drawn(course)


def test_many_that_run_take_one_line_and_no_more() -> None:
    tasks = [task(f"agency-{number}") for number in range(50)]
    course = Course(tasks)
    for each in tasks:
        running: Future[Any] = Future()
        running.set_running_or_notify_cancel()
        course.submitted(running, each)
    shown = drawn(course, 80)
    assert len(shown.splitlines()) == 2
    assert max(map(len, shown.splitlines())) <= 80


def test_where_nothing_is_known_no_time_is_told() -> None:
    assert "0/1" in drawn(Course([task("a")]))
    assert "left" not in drawn(Course([task("a")]))
    assert "剩" not in drawn(Course([task("a")]))


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (0.2, "0 s", "0秒"),
        (59.4, "59 s", "59秒"),
        (89, "1 min", "1分钟"),
        (3599, "1 h 0 min", "1小时0分钟"),
        (5400, "1 h 30 min", "1小时30分钟"),
    ],
)
def test_a_duration_is_as_exact_as_anybody_wants_it(seconds: float, en: str, zh: str) -> None:
    assert duration(seconds) == Text(zh, en)


def test_one_line_tells_state_time_reason_checks_attempts_and_on_demand_why() -> None:
    made = outcome("a", "made", failed_checks=2, attempts=3)
    assert line(made).en == "made a 2021 annual_report (1.3 s): not made yet, 2 error checks failed (tried 3 times)"
    failed = outcome("a", "failed", because=Text("输入有变", "inputs changed: x.csv"))
    assert "inputs changed" not in line(failed).en
    assert line(failed, verbose=True).en.endswith(": not made yet (it was run because: inputs changed: x.csv)")
    assert line(failed, verbose=True).zh.endswith("：尚未生成（运行原因：输入有变）")


def test_where_there_is_no_terminal_each_outcome_is_a_plain_line(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = [outcome("a", "made"), outcome("b", "skipped"), outcome("c", "not_begun")]
    assert list(shown_progress(iter(outcomes), Course())) == outcomes
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [text.split()[0] for text in shown.err.splitlines()] == (
        ["made", "unchanged"] if language == "en" else ["已生成", "未变"]
    )
    assert "\x1b" not in shown.err


def test_the_summary_has_the_failures_first_then_what_was_not_begun_then_the_count(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    problem = Problem(Place(file="x.ipynb"), Text("坏", "broken"), NOTHING)
    log = "output/b/2021/failed/log.txt"
    outcomes = [
        outcome("a", "made"),
        outcome("b", "failed", problems=(problem,), log=log),
        outcome("c", "not_begun"),
        outcome("d", "not_begun"),
    ]
    summarize(outcomes)
    assert capsys.readouterr().err.splitlines() == [
        "Failed: b 2021 annual_report",
        "  x.ipynb: broken",
        f"  See how far it got in {log}",
        "Not begun: c 2021 annual_report, d 2021 annual_report",
        "1 made, 0 unchanged, 1 failed, 2 not begun",
    ]


def test_of_thousands_the_summary_tells_the_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    problem = Problem(Place(file="x.ipynb"), Text("坏", "broken"), NOTHING)
    summarize(
        [outcome(f"f{number:04}", "failed", problems=(problem,)) for number in range(3000)]
        + [outcome(f"n{number:04}", "not_begun") for number in range(2000)]
    )
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["Failed: f0000 2021 annual_report", "  x.ipynb: broken"]
    assert lines[100] == "And 2950 more failed; each has its line above"
    assert lines[101].startswith("Not begun: n0000 2021 annual_report, n0001")
    assert lines[101].endswith("n0019 2021 annual_report and 1980 more")
    assert lines[102:] == ["0 made, 0 unchanged, 3000 failed, 2000 not begun"]
