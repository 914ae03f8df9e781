"""Lines, paragraphs and guessed tables from glyphs, no PDF."""

from __future__ import annotations

import pytest

from govnb.audit.pdf_guessing import guess_tables
from govnb.audit.pdf_marks import Glyph, fold_glyph
from govnb.audit.pdf_text import TextLine, drop_running, is_page_number, read_lines, read_paragraphs
from govnb.audit.raw import RawTable

LEFT, RIGHT = 50.0, 350.0


def glyphs(text: str, left: float, top: float, size: float = 10.0) -> list[Glyph]:
    made, x, spaced = [], left, False
    for letter in text:
        width = size if letter > "\u2e80" else size / 2
        if letter != " ":
            made.append(Glyph(letter, x, top, x + width, top + size, spaced, 1))
        spaced = letter == " "
        x += width
    return made


def lines(*texts: tuple[str, float] | tuple[str, float, float]) -> list[TextLine]:
    """(text, left, extra room above) from top to bottom."""
    marks: list[Glyph] = []
    top = 100.0
    for text, left, *above in texts:
        top += sum(above)
        marks += glyphs(text, left, top)
        top += 15
    return read_lines(marks)


def paragraphs(found: list[TextLine]) -> list[str]:
    return [paragraph.text for paragraph in read_paragraphs(found, 1, LEFT, RIGHT, 10.0)]


FULL = "本年度全区共收到政府信息公开申请并依法依规全部办结答复没有"  # fills the width from LEFT


def test_an_indent_begins_a_paragraph_and_a_full_line_goes_on() -> None:
    found = lines((FULL[:28], LEFT + 20), (FULL[:29] + "二", LEFT), ("办结69件。", LEFT), ("另起一段。", LEFT + 20))
    assert paragraphs(found) == [FULL[:28] + FULL[:29] + "二办结69件。", "另起一段。"]


def test_a_short_line_ends_a_paragraph_where_nothing_is_indented() -> None:
    found = lines((FULL + "二", LEFT), ("办结69件", LEFT), ("另起一段", LEFT))
    assert paragraphs(found) == [FULL + "二办结69件", "另起一段"]


def test_a_wide_gap_ends_a_paragraph() -> None:
    assert len(paragraphs(lines((FULL + "二", LEFT), (FULL, LEFT, 12.0)))) == 2


def test_a_long_number_that_did_not_fit_does_not_end_a_paragraph() -> None:
    found = lines((FULL[:24], LEFT), ("24252311082.55万元", LEFT))
    assert paragraphs(found) == [FULL[:24] + "24252311082.55万元"]


def test_a_heading_is_a_paragraph_of_its_own() -> None:
    found = lines((FULL[:28] + "。", LEFT + 20), ("二、主动公开政府信息情况", LEFT), (FULL[:28], LEFT + 20))
    assert paragraphs(found)[1] == "二、主动公开政府信息情况"


def test_flat_letters_stand_in_their_line() -> None:
    marks = [*glyphs("第", 50, 100), Glyph("一", 60, 104.6, 70, 105.4, False, 1), *glyphs("项", 70, 100)]
    assert [line.text for line in read_lines(marks)] == ["第一项"]


def test_spaces_are_those_of_the_author() -> None:
    assert read_lines(glyphs("收到 70 件", 50, 100))[0].text == "收到 70 件"
    apart = glyphs("收到", 50, 100) + glyphs("70", 72.5, 100) + glyphs("件", 85, 100)  # as CJK typesetters do unasked
    assert read_lines(apart)[0].text == "收到70件"
    assert read_lines(glyphs("1", 50, 100) + glyphs("2", 60, 100))[0].text == "1 2"


@pytest.mark.parametrize("text", ["- 3 -", "3", "第3页", "— 12 —", "第 3 页 共 10 页", "3/10", "第3页，共10页", "IV"])
def test_page_numbers(text: str) -> None:
    assert is_page_number(text)


@pytest.mark.parametrize("text", ["2021年", "70件", "无", "一、", "第三项", "3.其他"])
def test_no_page_numbers(text: str) -> None:
    assert not is_page_number(text)


def test_running_heads_and_page_numbers_are_dropped_and_text_stays() -> None:
    pages = [
        [
            *read_lines(glyphs("某某市人民政府年度报告", 50, 30)),
            *lines(("正文", 50)),
            *read_lines(glyphs(f"- {n} -", 200, 800)),
        ]
        for n in range(1, 5)
    ]
    kept = drop_running(pages, [842.0] * 4)
    assert [[line.text for line in page] for page in kept] == [["正文"]] * 4


def test_a_number_in_the_text_is_no_page_number() -> None:
    (kept,) = drop_running([lines(("70", 50), ("正文", 50))], [842.0])
    assert [line.text for line in kept] == ["70", "正文"]


@pytest.mark.parametrize(
    ("seen", "meant"),
    [("⼀", "一"), ("⾏", "行"), ("⽅", "方"), ("⻓", "长"), ("⻚", "页"), ("⻔", "门"), ("\uf9e9", "里"), ("ﬁ", "fi")],
)
def test_look_alikes_are_folded(seen: str, meant: str) -> None:
    assert fold_glyph(seen) == meant


@pytest.mark.parametrize("text", ["（", "，", "：", "２", "“", "一", "a", "〔", "龟"])
def test_what_an_author_writes_is_not_folded(text: str) -> None:
    assert fold_glyph(text) == text


# Tables without rules


def number_line(label: str, numbers: str, top: float, label_top: float | None = None) -> list[Glyph]:
    marks = glyphs(label, 50, top if label_top is None else label_top) if label else []
    for column, number in enumerate(numbers.split()):
        marks += glyphs(number, 250 + 40 * column - 2.5 * len(number), top)
    return marks


def guessed(marks: list[Glyph]) -> list[RawTable]:
    return [part for part in guess_tables(read_lines(marks), 1) if isinstance(part, RawTable)]


def texts(table: RawTable) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_columns_come_from_lines_of_seven_numbers() -> None:
    marks = number_line("一、新收", "64 0 0 2 0 4 70", 100) + number_line("二、结转", "1 0 0 0 0 0 1", 115)
    (table,) = guessed(marks)
    assert not table.sure
    assert texts(table) == [
        ["一、新收", "64", "0", "0", "2", "0", "4", "70"],
        ["二、结转", "1", "0", "0", "0", "0", "0", "1"],
    ]


def test_labels_of_several_lines_stand_level_with_their_numbers() -> None:
    marks = number_line("1.甲乙丙丁", "1 0 0 0 0 0 1", 107, label_top=100) + glyphs("戊己", 50, 114)
    marks += number_line("2.庚", "2 0 0 0 0 0 2", 130)
    marks += number_line("3.辛壬", "3 0 0 0 0 0 3", 152, label_top=145) + glyphs("癸子", 50, 159)
    assert [row[0] for row in texts(guessed(marks)[0])] == ["1.甲乙丙丁戊己", "2.庚", "3.辛壬癸子"]


def test_blanks_stay_in_their_columns() -> None:
    marks = number_line("一、甲", "1 2 3 4 5 6 21", 100) + glyphs("二、乙", 50, 115) + glyphs("7", 487.5, 115)
    marks += number_line("三、丙", "1 0 0 0 0 0 1", 130)
    assert texts(guessed(marks)[0])[1] == ["二、乙", "", "", "", "", "", "", "7"]


def test_fewer_labels_than_rows_leave_all_rows_without() -> None:
    marks = number_line("一、甲", "1 0 0 0 0 0 1", 100) + number_line("", "2 0 0 0 0 0 2", 115)
    marks += number_line("三、丙", "3 0 0 0 0 0 3", 130)
    assert [row[0] for row in texts(guessed(marks)[0])] == ["", "", ""]


def test_text_with_numbers_is_no_table() -> None:
    found = guess_tables(
        lines(("2021年收到70件申请，办结69件，1件结转。", LEFT), ("其中1件、2件、3件、4件。", LEFT)), 1
    )
    assert not any(isinstance(part, RawTable) for part in found)
