"""What people see of a run: a live display on a terminal, plain lines elsewhere, and a summary with the failures first.

All of it goes to stderr. It only shows; what is to be shown is in the outcomes and in the course.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from govnb.commands.course import Course
from govnb.commands.options import said, tell
from govnb.errors import Text
from govnb.making import Outcome, Task

if TYPE_CHECKING:
    from rich.console import RenderableType

STATES = {
    "made": Text("已生成", "made"),
    "skipped": Text("未变", "unchanged"),
    "failed": Text("失败", "FAILED"),
    "not_begun": Text("未开始", "not begun"),
}
_STOPPING = Text(
    "不再开始新的报告，等正在运行的完成；再按一次 Ctrl-C 立即停止",
    "Beginning no other report, finishing those that run; Ctrl-C again stops at once",
)
_BAR = 30  # columns
_MOST_TOLD, _MOST_NAMED = 50, 20  # failures in full, names in one line: of thousands nobody reads more


def shown_progress(outcomes: Iterator[Outcome], course: Course, verbose: bool = False) -> Iterator[Outcome]:
    """Passes the outcomes on and tells of each."""
    if not sys.stderr.isatty():
        for outcome in outcomes:
            if outcome.state != "not_begun":  # the summary names them
                tell(line(outcome, verbose))
            yield outcome
        return
    from rich.console import Console
    from rich.live import Live
    from rich.markup import escape

    console = Console(stderr=True)
    display = Live(get_renderable=lambda: rendered(course), console=console, refresh_per_second=4, transient=True)
    with display:
        for outcome in outcomes:
            if outcome.state != "not_begun":
                console.print(escape(str(line(outcome, verbose))), highlight=False)
            yield outcome


def say_stopping() -> None:
    """Where there is no display that says so. A signal's handler may use no stream, only its descriptor."""
    if not sys.stderr.isatty():
        os.write(2, f"{_STOPPING}\n".encode())


def rendered(course: Course) -> RenderableType:
    """The display at this moment: a bar with numbers, what runs, and whether the run is to end."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text as Line

    done = sum(course.counts.values())
    first = Table.grid(padding=(0, 1))
    first.add_row(ProgressBar(max(1, course.total), done, width=_BAR), Line(str(_numbers(course, done))))
    lines: list[RenderableType] = [first]
    running = [f"{agency} {year}" for agency, year in course.running()]
    if running:
        label = Text(f"正在运行{len(running)}个：", f"{len(running)} running: ")
        lines.append(Line(f"{label}{said('、', ', ').join(running)}", no_wrap=True, overflow="ellipsis"))
    if course.ends:
        lines.append(Line(str(_STOPPING)))
    return Group(*lines)


def _numbers(course: Course, done: int) -> Text:
    failed, left = course.counts["failed"], course.seconds_left()
    zh, en = f"已完成{done}/{course.total}", f"{done}/{course.total} done"
    if failed:
        zh, en = f"{zh}，失败{failed}个", f"{en}, {failed} failed"
    if left is not None and done < course.total:
        about = duration(left)
        zh, en = f"{zh}，约剩{about.zh}", f"{en}, about {about.en} left"
    return Text(zh, en)


def duration(seconds: float) -> Text:
    """As exact as anybody wants it: seconds, then minutes, then hours and minutes."""
    whole = round(seconds)
    if whole < 60:
        return Text(f"{whole}秒", f"{whole} s")
    minutes = round(seconds / 60)
    if minutes < 60:
        return Text(f"{minutes}分钟", f"{minutes} min")
    return Text(f"{minutes // 60}小时{minutes % 60}分钟", f"{minutes // 60} h {minutes % 60} min")


def name_of(task: Task) -> str:
    return f"{task.agency} {task.year}" + (f" {task.notebook}" if task.notebook else "")


def line(outcome: Outcome, verbose: bool = False) -> Text:
    """One outcome in one line."""
    state, reason = STATES[outcome.state], outcome.reason
    zh = f"{state.zh} {name_of(outcome.task)}（{outcome.seconds:.1f}秒）：{reason.zh}"
    en = f"{state.en} {name_of(outcome.task)} ({outcome.seconds:.1f} s): {reason.en}"
    if outcome.failed_checks:
        zh = f"{zh}，{outcome.failed_checks}项错误级检查不通过"
        en = f"{en}, {outcome.failed_checks} error checks failed"
    if verbose and outcome.state == "failed" and outcome.because is not None:
        zh, en = f"{zh}（运行原因：{outcome.because.zh}）", f"{en} (it was run because: {outcome.because.en})"
    if outcome.attempts > 1:
        zh, en = f"{zh}（试了{outcome.attempts}次）", f"{en} (tried {outcome.attempts} times)"
    return Text(zh, en)


def summarize(outcomes: Sequence[Outcome]) -> None:
    """Failures first and in full, then what was not begun, then the count of each state.

    Of thousands only the first are told again: each failure was told when it came, and has its log.
    """
    failures = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failures[:_MOST_TOLD]:
        _tell_failure(outcome)
    if more := len(failures[_MOST_TOLD:]):
        tell(Text(f"另有{more}个失败，见以上各行", f"And {more} more failed; each has its line above"))
    left = [name_of(outcome.task) for outcome in outcomes if outcome.state == "not_begun"]
    if left:
        named, more = left[:_MOST_NAMED], len(left[_MOST_NAMED:])
        zh, en = "、".join(named), ", ".join(named)
        if more:
            zh, en = f"{zh}，另有{more}个", f"{en} and {more} more"
        tell(Text(f"未开始：{zh}", f"Not begun: {en}"))
    counts = {state: sum(outcome.state == state for outcome in outcomes) for state in STATES}
    zh = f"生成{counts['made']}个，未变{counts['skipped']}个，失败{counts['failed']}个"
    en = f"{counts['made']} made, {counts['skipped']} unchanged, {counts['failed']} failed"
    if left:
        zh, en = f"{zh}，未开始{len(left)}个", f"{en}, {len(left)} not begun"
    tell(Text(zh, en))


def _tell_failure(outcome: Outcome) -> None:
    tell(Text(f"失败：{name_of(outcome.task)}", f"Failed: {name_of(outcome.task)}"))
    for problem in outcome.problems:
        tell(f"  {problem.text()}")
    if outcome.log is not None:
        tell(Text(f"  运行到哪一步见 {outcome.log}", f"  See how far it got in {outcome.log}"))
