"""A comparison loses nothing: nothing differs from itself, changes put together give both sides, back is the mirror."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from govnb.comparing.compare import compare
from govnb.comparing.model import SAME, Cell, Difference, Sentence, Side
from govnb.form.edition import TABLES, Edition, packaged_editions
from govnb.narrative.sections import KINDS, Block, Section
from govnb.prose.tokens import split_sentences

EDITIONS = packaged_editions()
MIRROR = {
    **dict.fromkeys(("same", "changed", "carried")),
    "filled": "emptied",
    "emptied": "filled",
    "only_old": "only_new",
    "only_new": "only_old",
    "added": "removed",
    "removed": "added",
}
values = st.one_of(
    st.none(),
    st.integers(-5, 10**9),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=0, max_value=10**9),
    st.sampled_from(["251000元", "约3件"]),
)
words = st.lists(
    st.sampled_from([*"甲乙丙公开申请件年，、", "12", "350", "2021", " ", "abc", "。", "！", "\n"]), max_size=40
)


@st.composite
def tables(draw: st.DrawFn, edition: Edition) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = {}
    for table in draw(st.lists(st.sampled_from(TABLES), unique=True)):
        rows = edition.rows(table)
        chosen = draw(st.lists(st.sampled_from(list(rows)), unique=True, max_size=6))
        kept = [row for row in rows if row in chosen]
        found[table] = {row: {column: draw(values) for column in rows[row] if draw(st.booleans())} for row in kept}
    return found


@st.composite
def sides(draw: st.DrawFn) -> Side:
    edition = EDITIONS[draw(st.sampled_from(sorted(EDITIONS)))]
    blocks = st.builds(Block, st.sampled_from(KINDS), words.map("".join))
    sections = tuple(
        Section(section.code, section.title, tuple(draw(st.lists(blocks, max_size=4))))
        for section in edition.sections
        if draw(st.booleans())
    )
    return Side(f"{edition.number}年", "x.json", "甲局", edition.number, edition, draw(tables(edition)), sections)


def cells(difference: Difference) -> dict[tuple[str, str, str], Cell]:
    return {(c.table, c.row, c.column): c for found in difference.tables.values() for c in found}


def sentences_of(section: Section | None) -> list[str]:
    blocks = section.blocks if section else ()
    return [s.strip() for block in blocks if block.kind != "image" for s in split_sentences(block.text) if s.strip()]


@given(sides())
def test_nothing_differs_from_itself(one: Side) -> None:
    difference = compare(one, one)
    assert difference.empty
    assert difference.share in (None, 100)


@given(sides(), sides())
def test_the_changes_give_both_sides(old: Side, new: Side) -> None:
    difference = compare(old, new)
    for (table, row, column), cell in cells(difference).items():
        for side, value, absent in ((old, cell.old, "only_new"), (new, cell.new, "only_old")):
            there = column in side.tables.get(table, {}).get(row, {})
            assert there == (cell.state != absent)
            if there:
                assert side.tables[table][row][column] == value
    known = {(t, r, c) for side in (old, new) for t, rs in side.tables.items() for r, cs in rs.items() for c in cs}
    assert set(cells(difference)) == known
    for section in difference.sections:
        for side, at, text in ((old, "old_at", "old"), (new, "new_at", "new")):
            source = next((each for each in side.sections if each.code == section.code), None)
            there = sorted((s for s in section.sentences if getattr(s, at) is not None), key=lambda s: getattr(s, at))
            assert [getattr(s, text) for s in there] == sentences_of(source)
        assert 0 <= section.repeated <= section.characters


@given(sides(), sides())
def test_marks_put_together_are_both_wordings(old: Side, new: Side) -> None:
    for section in compare(old, new).sections:
        for sentence in section.sentences:
            assert "".join(text for state, text in sentence.marks if state != "added") == (sentence.old or "")
            assert "".join(text for state, text in sentence.marks if state != "removed") == (sentence.new or "")
            assert all(text for _, text in sentence.marks)


@given(sides(), sides())
def test_the_way_back_is_the_mirror(old: Side, new: Side) -> None:
    there, back = compare(old, new), compare(new, old)
    mirrored = cells(back)
    for key, cell in cells(there).items():
        other = mirrored[key]
        assert (other.old, other.new, other.state) == (cell.new, cell.old, MIRROR[cell.state] or cell.state)
        assert (other.change or 0) == -(cell.change or 0)
    by_code = {section.code: section for section in back.sections}
    for section in there.sections:
        other = by_code[section.code]
        assert {seen(s) for s in section.sentences} == {turned(s) for s in other.sentences}


def seen(sentence: Sentence) -> tuple[object, ...]:
    return (sentence.state, sentence.old, sentence.new, sentence.old_at, sentence.new_at, sentence.marks)


def turned(sentence: Sentence) -> tuple[object, ...]:
    runs, at = [], 0
    marks = [(MIRROR[state] or state, text) for state, text in sentence.marks]
    while at < len(marks):  # a removed run stands before the added one
        pair = sorted(marks[at : at + 2]) if marks[at][0] == "added" else marks[at : at + 1]
        if len(pair) == 2 and pair[1][0] == "removed":
            runs += [pair[1], pair[0]]
            at += 2
        else:
            runs.append(marks[at])
            at += 1
    state = MIRROR[sentence.state] or sentence.state
    return (state, sentence.new, sentence.old, sentence.new_at, sentence.old_at, tuple(runs))


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_percentages_are_exact(old: int, new: int) -> None:
    cell = Cell("applications", "new", "total", "", "", SAME, old, new)
    assert cell.percent is not None
    exact = Decimal((new - old) * 100) / Decimal(old)
    assert abs(cell.percent - exact) <= Decimal("0.05") + Decimal("1e-9")
    assert cell.percent.as_tuple().exponent == -1
