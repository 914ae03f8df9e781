"""Damage to the statutory tables never gives a wrong number, and a row that is gone is told."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from govnb.audit.raw import RawCell
from govnb.form.edition import TABLES
from tests.raw_tables import (
    EDITIONS,
    TRUTH,
    Grid,
    as_drawn,
    grids,
    line_of,
    match,
    numbered_values,
    raw,
    with_blank_label_cells,
    with_wild_spans,
    wrong_cells,
)


@pytest.mark.parametrize("text", ["34O2", "1 2", "12(注)", "12.", "约5", "5件", "五", "1,17", "暂无统计"])
def test_damaged_digits_are_unreadable(text: str) -> None:
    parts = grids()
    at = line_of(parts["applications"], "2.重复申请")
    for cell in (-7, -4, -1):
        parts["applications"] = grids()["applications"]
        parts["applications"][at][cell] = RawCell(text)
        parts["disclosure"][2][1] = RawCell(text)
        parts["disputes"][-1][4] = RawCell(text)
        found = match(parts)
        column = list(EDITIONS[2021].applications.columns)[cell]
        assert not wrong_cells(found, TRUTH)
        assert ("applications", "declined.repeated", column) in found.unreadable
        assert found.values["applications"]["declined.repeated"][column] is None
        assert ("disclosure", "regulations", "issued") in found.unreadable or "regulations" not in found.values[
            "disclosure"
        ]
        assert ("disputes", "review", "total") in found.unreadable
        others = {k: v for k, v in found.values["applications"].items() if k != "declined.repeated"}
        assert others == {k: v for k, v in TRUTH["applications"].items() if k != "declined.repeated"}


@pytest.mark.parametrize("text", ["", "-", "—", "/", "无", "\N{NO-BREAK SPACE}", "——"])
def test_blanks_are_null_and_not_unreadable(text: str) -> None:
    parts = grids()
    parts["applications"][line_of(parts["applications"], "2.重复申请")][-7] = RawCell(text)
    parts["disclosure"][2][1] = RawCell(text)
    parts["disputes"][-1][4] = RawCell(text)
    found = match(parts)
    assert not found.unreadable
    assert found.values["applications"]["declined.repeated"]["natural_person"] is None
    assert found.values["disclosure"]["regulations"]["issued"] is None
    assert found.values["disputes"]["review"]["total"] is None
    assert not wrong_cells(found, TRUTH)


_DAMAGES = ("delete", "double", "swap", "misspell", "drop", "blank", "drop label")


def damage(lines: Grid, kind: str, chance: random.Random) -> None:
    """One fault of the kind that converters, copying and clerks make."""
    if not lines:
        return
    at = chance.randrange(len(lines))
    line = lines[at]
    if kind == "delete":
        del lines[at]
    elif kind == "double":
        lines.insert(chance.randrange(len(lines) + 1), list(line))
    elif kind == "swap":
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif not line:
        return
    elif kind == "misspell":
        cell = chance.randrange(len(line))
        text = line[cell].text
        if (text and not text[0].isdigit()) or len(text) > 8:
            place = chance.randrange(len(text))
            line[cell] = replace(
                line[cell], text=text[:place] + chance.choice("上本其他年甲予不部结") + text[place + 1 :]
            )
    elif kind == "drop":
        del line[chance.randrange(len(line))]
    elif kind == "blank":
        cell = chance.randrange(len(line))
        line[cell] = replace(line[cell], text="")
    else:
        del line[0]


@settings(max_examples=300)
@given(
    number=st.sampled_from([2019, 2021]),
    faults=st.lists(st.tuples(st.sampled_from(TABLES), st.sampled_from(_DAMAGES)), min_size=1, max_size=6),
    seed=st.integers(0, 2**32),
    together=st.booleans(),
    shape=st.sampled_from([None, as_drawn, with_wild_spans, with_blank_label_cells]),
)
@example(2021, [("applications", "swap")], 0, False, None)
def test_damage_never_gives_a_wrong_number(
    number: int,
    faults: list[tuple[str, str]],
    seed: int,
    together: bool,
    shape: Callable[[Grid], Grid] | None,
) -> None:
    truth = numbered_values(EDITIONS[number])
    parts = {table: shape(lines) if shape else lines for table, lines in grids(number).items()}
    chance = random.Random(seed)
    for table, kind in faults:
        damage(parts[table], kind, chance)
    tables = (
        [raw([line for lines in parts.values() for line in lines])] if together else [raw(p) for p in parts.values()]
    )
    found = match(tables)
    both = {t: {**TRUTH[t], **rows} for t, rows in truth.items()} if number == 2019 else truth
    assert wrong_cells(found, truth if found.edition == number else both) == []
    for table in TABLES:
        told = {d.table for d in found.deviations} | {cell[0] for cell in found.unreadable}
        if found.editions[table] is not None and set(truth[table]) - set(found.values[table]):
            assert table in told, "a row is gone and nobody says so"
