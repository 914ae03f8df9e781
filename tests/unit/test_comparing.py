"""Two reports side by side: cells by code, blanks that are no 0, sentences that were carried over, and the page."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from govnb.comparing.compare import compare
from govnb.comparing.model import Cell, Side, differing, printed_change, printed_percent
from govnb.comparing.page import render_difference
from govnb.comparing.tables import compare_tables
from govnb.comparing.texts import compare_sections, marks_of
from govnb.form.edition import packaged_editions
from govnb.narrative.sections import Block, Section

EDITIONS = packaged_editions()


def side(year: int, tables: dict | None = None, text: str | None = None, edition: int | None = None) -> Side:
    form = EDITIONS[edition or (2021 if year >= 2021 else 2019)]
    sections = (section(text),) if text is not None else ()
    return Side(f"{year}年", f"output/x/{year}/report.json", "甲局", year, form, tables or {}, sections)


def section(*paragraphs: str, kind: str = "paragraph") -> Section:
    return Section("overview", "总体情况", tuple(Block(kind, text) for text in paragraphs))


def cell(old: object, new: object) -> Cell:
    (found,) = compare_tables(
        side(2021, {"disclosure": {"fees": {"amount": old}}}), side(2022, {"disclosure": {"fees": {"amount": new}}})
    )["disclosure"]
    return found


@pytest.mark.parametrize(
    ("old", "new", "state", "change", "percent"),
    [
        (4, 5, "changed", "+1", "+25.0%"),
        (5, 4, "changed", "-1", "-20.0%"),
        (3, 4, "changed", "+1", "+33.3%"),
        (8, 9, "changed", "+1", "+12.5%"),
        (2000, 2001, "changed", "+1", "+0.1%"),  # 0.05, half up
        (0, 7, "changed", "+7", "新增"),
        (0, 0, "same", "0", "—"),
        (7, 0, "changed", "-7", "-100.0%"),
        (3, 3, "same", "0", "0.0%"),
        (-2, 3, "changed", "+5", "—"),
        (None, 3, "filled", "", ""),
        (3, None, "emptied", "", ""),
        (None, None, "same", "", ""),
        (Decimal("0.10"), Decimal("0.30"), "changed", "+0.20", "+200.0%"),
        (Decimal("12.00"), 12, "same", "0.00", "0.0%"),
        (Decimal("9116.36"), Decimal("9116.35"), "changed", "-0.01", "0.0%"),
        ("251000元", "251000元", "same", "", ""),
        ("251000元", 25, "changed", "", ""),
    ],
)
def test_a_cell(old: object, new: object, state: str, change: str, percent: str) -> None:
    found = cell(old, new)
    assert (found.state, printed_change(found), printed_percent(found, "新增")) == (state, change, percent)


def test_forms_of_different_years_meet_by_code_and_the_rest_stands_alone() -> None:
    old = side(2020, {"applications": {"new": {"total": 4}, "other": {"total": 2}, "total": {"total": 2}}})
    new = side(2021, {"applications": {"new": {"total": 6}, "other.other": {"total": 0}, "total": {"total": 3}}})
    found = compare_tables(old, new)["applications"]
    assert [(one.row, one.state, one.old, one.new) for one in found] == [
        ("new", "changed", 4, 6),
        ("other", "only_old", 2, None),
        ("other.other", "only_new", None, 0),
        ("total", "changed", 2, 3),
    ]
    labels = {one.row: one.row_label for one in found}
    assert labels["other"] == EDITIONS[2019].applications.rows["other"]
    assert labels["other.other"].endswith(EDITIONS[2021].applications.rows["other.other"])


def test_a_table_that_one_side_lacks_is_all_the_other_s() -> None:
    found = compare_tables(side(2021), side(2022, {"disputes": {"review": {"total": 1, "upheld": None}}}))["disputes"]
    assert {one.state for one in found} == {"only_new"}
    assert [one.column for one in differing(found)] == ["total"]  # a blank of one form alone is no difference


OLD = "2020年，全年收到申请12件。公开目录已更新。加强业务培训，举办培训2次。撤下的旧栏目共3个。"
NEW = "2021年，全年收到申请350件。公开目录已更新。加强业务培训和考核，举办培训4次、考核1次。新建了数据库。"


def test_sentences_are_same_carried_changed_added_or_removed() -> None:
    found = compare_sections(section(OLD), section(NEW))
    assert [(one.state, one.old_at, one.new_at) for one in found.sentences] == [
        ("carried", 1, 1),
        ("same", 2, 2),
        ("changed", 3, 3),
        ("removed", 4, None),
        ("added", None, 4),
    ]
    assert found.sentences[0].marks == (
        ("removed", "2020"),
        ("added", "2021"),
        ("same", "年，全年收到申请"),
        ("removed", "12"),
        ("added", "350"),
        ("same", "件。"),
    )


def test_the_share_of_repeated_text_counts_a_number_as_one_character() -> None:
    found = compare_sections(section("收到申请12件。"), section("收到申请350000件。新建了库。"))
    assert (found.characters, found.repeated) == (7 + 5 + 0, 7)
    assert found.share == Decimal("58.3")
    assert compare_sections(section(OLD), section(OLD.replace("12", "99"))).share == 100
    assert compare_sections(section(OLD), section("完全不同的话，甲乙丙丁。")).share == 0
    assert compare_sections(section(OLD), None).share is None


def test_prescribed_headings_are_no_repeated_text_and_pictures_no_text() -> None:
    parts = Section(
        "overview",
        "总体情况",
        (Block("part", "（一）主动公开"), Block("image", "柱形图"), Block("paragraph", "新话。")),
    )
    found = compare_sections(parts, parts)
    assert [one.new for one in found.sentences] == ["（一）主动公开", "新话。"]
    assert found.characters == len("新话。")


def test_a_sentence_that_stands_elsewhere_was_moved_not_written() -> None:
    found = compare_sections(section("甲事已办。乙事在办。丙事5件。"), section("丙事7件。甲事已办。乙事在办。"))
    moved = [one for one in found.sentences if one.moved]
    assert [(one.state, one.old_at, one.new_at) for one in moved] == [("carried", 3, 1)]
    assert found.share == 100
    assert not compare(side(2021, text="甲。乙。"), side(2021, text="乙。甲。")).empty


def test_traditional_and_full_width_writing_of_the_same_words_is_carried_over() -> None:
    found = compare_sections(section("收到申请12件。"), section("收到申請１５件。"))
    assert [one.state for one in found.sentences] == ["carried"]


def test_a_single_character_between_two_changes_belongs_to_them() -> None:
    assert marks_of("年内新制作文件", "年内改制发文件") == (
        ("same", "年内"),
        ("removed", "新制作"),
        ("added", "改制发"),
        ("same", "文件"),
    )


def test_what_both_say_alike_is_empty() -> None:
    tables = {"applications": {"new": {"total": 1}}}
    assert compare(side(2021, tables, OLD), side(2021, tables, OLD)).empty
    assert not compare(side(2021, tables, OLD), side(2021, tables, NEW)).empty
    assert not compare(side(2021, tables), side(2021, {"applications": {"new": {"total": 2}}})).empty


HOSTILE = "</style><script>alert(1)</script>&amp;\x00\x1b[31m\u202e"


def test_the_page_escapes_everything_and_fetches_nothing() -> None:
    old = replace(
        side(2021, {"applications": {"new": {HOSTILE: HOSTILE}}}, f"{HOSTILE}甲。"), name=HOSTILE, source=HOSTILE
    )
    page = render_difference(compare(old, side(2022, text=f"{HOSTILE}乙。"))).decode()
    assert "<script" not in page
    assert not re.search("[\x00\x1b\u202e]", page)
    assert not re.search(r"(?:src|href)\s*=\s*[\"'](?!#)", page)
    assert "default-src 'none'" in page
    assert len(re.findall("<h1", page)) == 1


def test_the_page_has_both_wordings_and_every_cell() -> None:
    tables = [{"applications": {"new": {"total": number}, "granted": {"total": 2}}} for number in (4, 6)]
    page = render_difference(compare(side(2021, tables[0], OLD), side(2022, tables[1], NEW))).decode()
    text = re.sub(r"</?(?:del|ins)>", "", page)
    for sentence in (*re.findall("[^。]+。", OLD), *re.findall("[^。]+。", NEW)):
        assert sentence in text
    assert "+50.0%" in page
    assert page.count("<caption") == 2 + 2  # sides, shares; changed cells, all cells
