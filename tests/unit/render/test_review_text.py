"""Figures and sentences for a reviewer: changes against last year, odd names, citations in their place."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.checks.model import Result
from govnb.counting.figures import Figure
from govnb.errors import Text
from govnb.narrative.sections import Block, Cite
from govnb.render.page import Line, as_printed, wording
from govnb.render.review_figures import Figures
from govnb.render.review_findings import Finding
from govnb.render.review_text import Lines
from govnb.report import Report


def figures_of(*figures, script="hans"):
    report = Report("a-1", "甲市", 2021, 2021, "", script=script, figures={figure.id: figure for figure in figures})
    return Figures(report, wording()["review"], lambda text: as_printed(text, script))


def compared(now, before, difference):
    return (
        Figure("x.y", now, "数", "件"),
        Figure("previous.x.y", before, "上年数", "件"),
        Figure("change.x.y", difference, "增减", "件", parts=("x.y", "previous.x.y")),
    )


@pytest.mark.parametrize(
    ("now", "before", "difference", "sign", "shown", "share"),
    [
        (575, 420, 155, 1, "155", "36.9%"),
        (5, 8, -3, -1, "3", "37.5%"),
        (5, 5, 0, 0, "0", ""),
        (5, 0, 5, 1, "5", ""),  # nothing to divide by
        (Decimal("1.25"), Decimal("2.5"), Decimal("-1.25"), -1, "1.25", "50.0%"),
        (1, -4, 5, 1, "5", "125.0%"),
    ],
)
def test_change_against_last_year(now, before, difference, sign, shown, share):
    change = figures_of(*compared(now, before, difference)).find("x.y").change
    assert (change.sign, change.difference, change.share) == (sign, shown, share)


def test_what_cant_be_subtracted_is_only_told():
    found = figures_of(Figure("x.y", "约5元", "数"), Figure("previous.x.y", "约4元", "上年数")).find("x.y")
    assert (found.change.before, found.change.sign) == ("约4元", None)
    assert figures_of(Figure("x.y", 1, "数"), Figure("previous.x.y", None, "上年数")).find("x.y").change is None


def test_last_years_figure_is_found_under_this_years():
    figures = figures_of(*compared(5, 8, -3))
    assert figures.find("previous.x.y") is figures.find("change.x.y") is figures.find("x.y")
    assert [entry.id for entries in figures.groups().values() for entry in entries] == ["x.y"]
    assert figures_of(Figure("previous.z", 1, "孤")).find("previous.z").label == "孤"


def test_rows_in_words():
    none, all_of_them, more = (
        figures_of(Figure("x", rows, "数", rows=rows, first_rows=first)).find("x").rows
        for rows, first in ((0, ()), (2, (3, 9)), (12, (2, 3, 5, 7, 11)))
    )
    assert (none, all_of_them, more) == ("0行", "2行：第3、9行", "12行，最前的是第2、3、5、7、11行")


def test_members_of_an_aggregate_with_their_shares_largest_first():
    shares = {"west": Decimal("2.5"), "east": 7, "north": "约1元", "south": Decimal("0.5")}
    found = figures_of(Figure("x", 10, "数", "件", members=shares)).find("x")
    assert found.members == "east 7（70.0%）、west 2.5（25.0%）、south 0.5（5.0%）、north 约1元"
    assert found.command == "govnb trace a-1 2021 x"
    many = figures_of(Figure("x", 5050, "数", members={f"m{n}": n for n in range(1, 101)})).find("x").members
    assert many.startswith("m100 100（2.0%）、m99 99（2.0%）、")
    assert many.endswith("m71 71（1.4%）、另有70个单位")


def test_a_name_that_no_shell_or_address_takes_is_quoted_or_numbered():
    figures = figures_of(Figure("a.b", 1, "一"), Figure("disclosures.其 他'\"<b>", 2, "二", rows=1))
    odd = figures.find("disclosures.其 他'\"<b>")
    assert (figures.find("a.b").anchor, odd.anchor) == ("f-a.b", "f-1")
    assert odd.command == """govnb trace a-1 2021 'disclosures.其 他'"'"'"<b>'"""


def test_groups_are_the_tables_and_then_the_sources():
    figures = figures_of(
        Figure("messages.received", 1, "留言", source="data/a-1/messages.csv"),
        Figure("disputes.review.total", 1, "复议"),
        Figure("applications.granted_share", 1, "比例"),
        Figure("cited.rank", 1, "排名", source="某评估"),
    )
    assert list(figures.groups()) == ["applications", "disputes", "data/a-1/messages.csv", "某评估"]


# Sentences.


def line_of(text, cites=(), findings=(), script="hans", figures=None):
    same = (Figure("same", 3, "同", "宗"), Figure("previous.same", 3, "上年"), Figure("change.same", 0, "增减"))
    known = figures or figures_of(*compared(575, 420, 155), *same, script=script)
    lines = Lines(known, lambda said: as_printed(said, script), wording()["review"])
    block = Block("paragraph", text, cites=tuple(Cite(*cite) for cite in cites))
    return lines.line(block, Line("paragraph", as_printed(text, script)), "p-1", findings)


def finding(number, quote):
    return Finding(number, Result("text.table", "warning", "fail", "", Text("", "")), quote=quote)


def test_a_sentence_with_and_one_without_a_change():
    text = "新收575件。复议3宗；没有数字。"
    pieces = line_of(text, [("x.y", 2, 5), ("same", 9, 10)]).pieces
    assert [(piece.text, piece.note) for piece in pieces if piece.note] == [
        ("件。", ("较上年有变化", True)),
        ("宗；", ("与上年相同", False)),
    ]
    assert [piece.text for piece in pieces if piece.entry] == ["575", "3"]


def test_a_sentence_with_both():
    pieces = line_of("新收575件、复议3宗", [("x.y", 2, 5), ("same", 9, 10)]).pieces
    assert [piece.note for piece in pieces if piece.note] == [("1个数较上年有变化，1个与上年相同", True)]


def test_a_difference_says_nothing_of_its_own():
    """比上年增加155件 is no number that could have changed."""
    assert not [piece for piece in line_of("比上年增加155件。", [("change.x.y", 5, 8)]).pieces if piece.note]


def test_cites_are_found_where_another_script_has_another_length():
    text = "只\x07有575件，复议3宗。"  # the control character is not printed
    pieces = line_of(text, [("x.y", 3, 6), ("same", 10, 11)], script="hant").pieces
    assert [piece.text for piece in pieces if piece.entry] == ["575", "3"]
    assert "".join(piece.text for piece in pieces) == "只有575件，複議3宗。".replace("複", "復")


def test_quotes_that_overlap_are_one_mark():
    line = line_of(
        "新收申请580件，办结9件。", findings=(finding(1, "申请580件"), finding(2, "580"), finding(3, "没有的话"))
    )
    assert [piece.text for piece in line.pieces if piece.marked] == ["申请580件"]
    assert [[found.number for found in piece.findings] for piece in line.pieces if piece.findings] == [[1, 2]]
    assert [found.number for found in line.findings] == [3]  # said of the paragraph as a whole


@given(
    text=st.text(st.sampled_from("甲乙12。；，"), min_size=1, max_size=30),
    spans=st.lists(st.tuples(st.integers(0, 29), st.integers(1, 4)), max_size=4),
    quote=st.text(st.sampled_from("甲乙12。"), max_size=4),
)
def test_pieces_are_always_the_published_text(text, spans, quote):
    cites = [("x.y", start, min(start + length, len(text))) for start, length in spans if start < len(text)]
    line = line_of(text, cites, (finding(1, quote),), figures=FIGURES)
    assert "".join(piece.text for piece in line.pieces) == text
    shown = [found for piece in line.pieces for found in piece.findings] + list(line.findings)
    assert len(shown) == 1  # told once, wherever


FIGURES = figures_of(*compared(575, 420, 155))
