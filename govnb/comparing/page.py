"""A comparison as one web page: no script, nothing fetched, every word escaped; the same bytes each time."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from govnb.comparing.model import (
    ADDED,
    CARRIED,
    CHANGED,
    EMPTIED,
    FILLED,
    ONLY_NEW,
    ONLY_OLD,
    REMOVED,
    SAME,
    Cell,
    Difference,
    Sentence,
    differing,
    printed_change,
    printed_percent,
)
from govnb.counting.figures import show
from govnb.pages import page_environment

if TYPE_CHECKING:
    from jinja2 import Environment

_CELL_STATES = {
    SAME: "无变化",
    CHANGED: "",
    FILLED: "原为空",
    EMPTIED: "改为空",
    ONLY_OLD: "仅前者的格式有",
    ONLY_NEW: "仅后者的格式有",
}
_STATES = {SAME: "照搬", CARRIED: "照搬，数字更新", CHANGED: "改写", ADDED: "新增", REMOVED: "删去"}


def render_difference(difference: Difference) -> bytes:
    """The page: a summary, the tables with what changed first, the text in two columns."""
    tables = [
        (f"t-{number}", difference.caption(table), cells, differing(cells))
        for number, (table, cells) in enumerate(difference.tables.items(), 1)
    ]
    text = _environment().get_template("diff.html.j2").render(difference=difference, tables=tables)
    return text.encode("utf-8")


def _percent(cell: Cell) -> str:
    return printed_percent(cell, "新增")


def _side(sentence: Sentence, own: str) -> list[tuple[str, str]]:
    """The runs of one side: what is the same and what only it has."""
    return [(state, text) for state, text in sentence.marks if state in (SAME, own)]


@cache
def _environment() -> Environment:
    environment = page_environment("govnb.comparing")
    environment.globals.update(
        cell_states=_CELL_STATES,
        states=_STATES,
        show=show,
        change=printed_change,
        percent=_percent,
        side=_side,
        ADDED=ADDED,
        REMOVED=REMOVED,
        CHANGED=CHANGED,
        SAME=SAME,
        CARRIED=CARRIED,
    )
    return environment
