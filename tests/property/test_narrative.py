"""Whatever the figures and texts: nothing is evaluated, every number is cited where it stands, sentences stay whole."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from govnb.counting.figures import Figure, show
from govnb.errors import GovnbError
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.analyst import parse_analyst
from govnb.narrative.engine import narrate
from govnb.narrative.problem_lists import ProblemLists, Shortcoming
from govnb.narrative.terms import clean

if TYPE_CHECKING:
    from govnb.counting.figures import Value
    from govnb.narrative.sections import Section

EDITIONS = packaged_editions()
OTHERS = [
    "applications.received",
    "applications.granted_share",
    "applications.days_median",
    "applications.on_time",
    "applications.overdue",
    "applications.target_days",
    "applications.within_target",
    "applications.extended",
    "applications.corrected",
    "applications.channel.online",
    "applications.channel.fax",
    "information_fee.yuan",
    "information_fee.cases",
    "documents.issued",
    "documents.disclosed",
    "documents.openness.active",
    "documents.openness.withheld",
    "openness_reviews.reviewed",
    "openness_reviews.to_active",
    "disclosures.total",
    "disclosures.历史规划",
    "disclosures.其他",
    "disclosures.甲",
    "messages.received",
    "messages.handled",
    "platforms.total",
    "platforms.数据库",
    "platforms.opened",
    "platforms.entries.库",
    "tasks.total",
    "tasks.done",
    "tasks.overdue",
    "tasks.reminders",
    "activities.total",
    "activities.业务培训",
    "activities.participants.业务培训",
    "activities.工作考核",
    "assessments.units",
    "assessments.average_rate",
    "problems.resolved",
    "problems.previous",
    "cited.a",
    "previous.applications.new.total",
    "change.applications.new.total",
    "disputes.litigation.total",
    "disputes.litigation.upheld",
    "applications.denied.total",
    "applications.other.total",
]


def ids(number: int) -> list[str]:
    form = EDITIONS[number]
    rows = ((table, row, columns) for table in TABLES for row, columns in form.rows(table).items())
    return [f"{table}.{row}.{column}" for table, row, columns in rows for column in columns] + OTHERS


VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.just(0), st.integers(0, 12_000_000), st.decimals(0, 10**6, allow_nan=False, places=3)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@st.composite
def narrations(draw: st.DrawFn) -> tuple[int, dict[str, Figure]]:
    number = draw(st.sampled_from([2019, 2021]))
    chosen = draw(st.lists(st.sampled_from(ids(number)), unique=True, max_size=60))
    return number, {key: Figure(key, draw(VALUES), draw(TEXT), draw(TEXT), draw(TEXT)) for key in chosen}


def check(sections: tuple[Section, ...], figures: dict[str, Figure]) -> None:
    for section in sections:
        for block in section.blocks:
            assert block.text == block.text.strip()
            assert block.text
            assert "\n" not in block.text
            for cite in block.cites:
                printed = block.text[cite.start : cite.end]
                value = figures[cite.figure].value
                assert isinstance(value, int | Decimal)
                assert printed in (show(value), show(abs(value)))


@given(narrations())
def test_any_figures_give_whole_sentences(case: tuple[int, dict[str, Figure]]) -> None:
    number, figures = case
    plain = {key: Figure(key, figure.value, "甲", "个", "乙") for key, figure in figures.items()}
    sections = narrate(EDITIONS[number], 2021, {"name": "甲局", "level": "city"}, plain)
    check(sections, plain)
    text = "\n".join(section.text for section in sections)
    for wrong in ("，，", "，。", "。。", "；。", "、。", "、，", "（）", "：。", "其中。", "None", "{", "}"):
        assert wrong not in text
    for block in (block for section in sections for block in section.blocks if block.kind == "paragraph"):
        assert block.text[-1] == "。"
        assert block.text[0] not in "，、；。"


@given(narrations(), TEXT, st.lists(TEXT, max_size=3))
def test_texts_of_any_kind_are_data(case: tuple[int, dict[str, Figure]], name: str, found: list[str]) -> None:
    number, figures = case
    lists = ProblemLists(tuple(Shortcoming(text, text) for text in found), ())
    sections = narrate(EDITIONS[number], 2021, {"name": name, "short_name": name}, figures, lists)
    check(sections, figures)
    assert f"2021年，{clean(name)}依照" in sections[0].text


def attempt(text: str, name: str, figures: dict[str, Figure]) -> tuple[Section, ...] | None:
    """The sections, or None where the text is refused; a refusal always says in which file."""
    try:
        analyst = parse_analyst(text, "x.md", EDITIONS[2021])
        return narrate(EDITIONS[2021], 2021, {"name": name}, figures, None, analyst)
    except GovnbError as refusal:
        places = {problem.where.file for problem in refusal.problems}
    assert places == {"x.md"}
    return None


@given(TEXT, TEXT)
def test_an_analysts_text_is_printed_or_refused(text: str, name: str) -> None:
    figures = {"a.b": Figure("a.b", 3, "")}
    sections = attempt(f"# other\n{text}\n\n甲{{{{ a.b }}}}{{{{ name }}}}乙", name, figures)
    if sections is not None:
        check(sections, figures)
        other = next(section for section in sections if section.code == "other")
        assert other.text.endswith(f"甲3{clean(name)}乙")


SNIPPETS = (
    "{{ }} {% %} {# #} a.b if else endif ( ) [ ] | 万 ' ![ ]( ** is defined not == 3 \ue000 raw - 甲 .x _ # ``` <b> &"
)


@given(st.lists(st.sampled_from([*SNIPPETS.split(), " ", "\n", "# other\n", "## 主动公开\n"]), max_size=25))
def test_no_text_breaks_the_reading(parts: list[str]) -> None:
    sections = attempt("# 总体情况\n甲" + "".join(parts), "甲", {"a.b": Figure("a.b", 30_000, "")})
    if sections is not None:
        assert not re.search(r"\{\{|\}\}|\{%|%\}", "".join(section.text for section in sections))
