"""Statutory tables are found and read in whatever shape they come; a wrong number never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from govnb.audit.matching import match_tables
from govnb.audit.raw import RawCell
from govnb.checks.model import Deviation
from govnb.form.edition import TABLES
from govnb.script import to_script
from tests.forms import edition_2027
from tests.layouts import read_sample
from tests.raw_tables import (
    EDITIONS,
    TRUTH,
    TRUTH_2019,
    Grid,
    as_drawn,
    grid,
    grids,
    kinds,
    line_of,
    match,
    numbered_values,
    raw,
    relabelled,
    with_blank_label_cells,
    with_wild_spans,
    wrong_cells,
)


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_published_tables_are_read_as_they_are(year: int) -> None:
    sample = read_sample(year)
    tables = [raw(grid(sample.values, sample.edition, table)) for table in TABLES]  # type: ignore[arg-type]
    for variant in (tables, [raw([line for table in tables for line in table.rows])]):
        found = match(variant)
        assert {t: {r: dict(c) for r, c in rows.items()} for t, rows in found.values.items()} == sample.values
        assert set(found.editions.values()) == {sample.edition.number} == {found.edition}
        assert not found.deviations
        assert not found.unreadable


def traditional(lines: Grid) -> Grid:
    return [[replace(cell, text=to_script(cell.text, "hant")) for cell in line] for line in lines]


def with_broken_labels(lines: Grid) -> Grid:
    return [
        [replace(cell, text=cell.text if cell.text[-1:].isdigit() else " ".join(cell.text)) for cell in line]
        for line in lines
    ]


def with_thousands(lines: Grid) -> Grid:
    return [
        [replace(c, text=f"{int(c.text):,}" if c.text.isdigit() and len(c.text) > 3 else c.text) for c in line]
        for line in lines
    ]


def full_width(lines: Grid) -> Grid:
    wide = str.maketrans("0123456789.()", "０１２３４５６７８９．（）")
    return [[replace(cell, text=cell.text.translate(wide)) for cell in line] for line in lines]


@pytest.mark.parametrize("number", [2019, 2021])
@pytest.mark.parametrize(
    "change",
    [as_drawn, with_wild_spans, with_blank_label_cells, traditional, with_broken_labels, with_thousands, full_width],
)
def test_shapes_that_change_nothing(number: int, change: Callable[[Grid], Grid]) -> None:
    truth = numbered_values(EDITIONS[number])
    found = match({table: change(lines) for table, lines in grids(number).items()})
    assert found.values == truth
    assert not found.unreadable
    assert not found.deviations
    assert found.edition == number


def test_a_split_table_with_and_without_repeated_heads() -> None:
    parts = grids()
    two, three = parts["applications"], parts["disputes"]
    for head in (two[:3], []):
        pieces = [two[:12], head + two[12:20], head + two[20:]]
        found = match([raw(parts["disclosure"]), *map(raw, pieces), raw(three)])
        assert found.values == TRUTH
        assert not found.deviations
    one = parts["disclosure"]
    cuts = [at for at, line in enumerate(one) if len(line) == 1]
    blocks = [one[a:b] for a, b in zip(cuts, [*cuts[1:], None], strict=True)]
    assert match([*map(raw, blocks), raw(two), raw(three)]).values == TRUTH


def test_heads_on_one_page_and_numbers_on_the_next() -> None:
    parts = grids()
    pieces = [raw(parts["disclosure"]), *(raw(p) for t in TABLES[1:] for p in (parts[t][:3], parts[t][3:]))]
    found = match(pieces)
    assert found.values == TRUTH
    assert not found.deviations


def test_a_row_repeated_at_a_page_break_and_a_group_label_repeated() -> None:
    parts = grids()
    two = parts["applications"]
    second = [[RawCell("（三）不予公开", 3), *two[9][-8:]], *two[10:]]
    found = match([raw(parts["disclosure"]), raw(two[:10]), raw(second), raw(parts["disputes"])])
    assert found.values == TRUTH
    assert not found.deviations


def test_no_heads_at_all() -> None:
    parts = grids()
    one = [line for line in parts["disclosure"] if line[-1].text.replace(".", "").isdigit()]
    found = match([raw(one), raw(parts["applications"][3:]), raw(parts["disputes"])])
    assert found.values == TRUTH
    assert found.edition == 2021


def test_columns_in_another_order_are_followed() -> None:
    parts = grids()
    for line in parts["applications"][3:]:
        line[-7], line[-1] = line[-1], line[-7]
    heads = parts["applications"][1]
    heads[0], heads[2] = heads[2], heads[0]
    inner = parts["applications"][2]
    inner[0], inner[3] = inner[3], inner[0]
    for line in parts["applications"][3:]:
        line[-6], line[-3] = line[-3], line[-6]
    one = parts["disclosure"]
    for line in one[1:4]:
        line[1], line[3] = line[3], line[1]
    found = match(parts)
    assert found.values == TRUTH
    assert ("applications", "moved", "column") in kinds(found)
    assert ("disclosure", "moved", "column") in kinds(found)


def test_heads_that_cannot_be_told_give_no_numbers() -> None:
    parts = grids()
    parts["applications"] = relabelled(relabelled(parts["applications"], "科研机构", "甲"), "商业企业", "乙")
    found = match(parts)
    assert all(value is None for cells in found.values["applications"].values() for value in cells.values())
    assert len(found.unreadable) == len(TRUTH["applications"]) * 7
    assert ("applications", "renamed", "column") in kinds(found)
    one = relabelled(grids()["applications"], "科研机构", "甲")
    assert match({**grids(), "applications": one}).values == TRUTH


@pytest.mark.parametrize("table", TABLES[:2])
def test_a_deleted_row_is_missing_and_all_others_are_right(table: str) -> None:
    edition = EDITIONS[2021]
    for code in edition.rows(table):
        parts = grids()
        label = edition.label(table, code)
        at = next(i for i, line in enumerate(parts[table]) if any(c.text == label for c in line))
        del parts[table][at]
        found = match(parts)
        assert found.values[table] == {row: cells for row, cells in TRUTH[table].items() if row != code}
        assert found.deviations == (Deviation(table, "missing", "row", label, None),)


def test_a_doubled_row() -> None:
    parts = grids()
    at = line_of(parts["applications"], "2.重复申请")
    parts["applications"].insert(at, list(parts["applications"][at]))
    found = match(parts)
    assert found.values == TRUTH
    assert kinds(found) == {("applications", "doubled", "row")}
    again = list(parts["applications"][at])
    again[-1] = RawCell("99999")
    parts["applications"][at] = again
    found = match(parts)
    assert not wrong_cells(found, TRUTH)
    assert {cell[1] for cell in found.unreadable} == {"declined.repeated"}


def test_swapped_rows_keep_their_own_numbers() -> None:
    for one, other in (("一、本年新收", "二、上年结转"), ("5.属于三类", "6.属于四类"), ("1.信访", "3.其他")):
        parts = grids()
        lines = parts["applications"]
        a, b = line_of(lines, one), line_of(lines, other)
        # A label that spans rows stays where it is.
        lines[a][-8:], lines[b][-8:] = lines[b][-8:], lines[a][-8:]
        found = match(parts)
        assert found.values == TRUTH, (one, other)
        assert ("applications", "moved", "row") in kinds(found)


def test_renamed_rows_and_an_extra_one() -> None:
    parts = grids()
    parts["applications"] = relabelled(parts["applications"], "2.重复申请", "2.重复中请")
    parts["disclosure"] = relabelled(parts["disclosure"], "行政规范性文件", "规范性文件")
    at = line_of(parts["applications"], "3.要求提供")
    parts["applications"].insert(at, [RawCell("6.申请内容不属于政府信息"), *[RawCell("5")] * 7])
    found = match(parts)
    assert found.values == TRUTH
    assert Deviation("applications", "renamed", "row", "2.重复申请", "2.重复中请") in found.deviations
    assert Deviation("disclosure", "renamed", "row", "行政规范性文件", "规范性文件") in found.deviations
    assert Deviation("applications", "extra", "row", None, "6.申请内容不属于政府信息") in found.deviations


def test_folded_labels_are_no_deviations() -> None:
    parts = grids()
    parts["disclosure"] = relabelled(
        relabelled(parts["disclosure"], "现行有效件数", "现行有效件"), "（单位：万元）", "(单位:万元)"
    )
    parts["applications"] = relabelled(
        relabelled(relabelled(parts["applications"], "其他", "其它"), "“三安全一稳定”", '"三安全一稳定"'),
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "(二)部分公开",
    )
    found = match(parts)
    assert found.values == TRUTH
    assert not found.deviations


def test_tables_elsewhere_give_no_numbers() -> None:
    elsewhere = [
        raw(
            [
                [RawCell("指标"), RawCell("数量")],
                [RawCell("行政许可"), RawCell("5")],
                [RawCell("行政处罚"), RawCell("6")],
            ]
        ),
        raw(
            [
                [RawCell("予以公开"), RawCell("21")],
                [RawCell("部分公开"), RawCell("9")],
                [RawCell("总计"), RawCell("30")],
            ]
        ),
        raw(
            [
                [RawCell(t) for t in ("年份", "一季度", "二季度", "三季度", "四季度", "上半年", "下半年", "总计")],
                [RawCell("2021"), *[RawCell("7")] * 7],
                [RawCell("地区生产总值"), *[RawCell("7")] * 7],
            ]
        ),
        raw(
            [[RawCell("序号"), RawCell("单位"), RawCell("结果")], [RawCell("1"), RawCell("某局"), RawCell("结果维持")]]
        ),
    ]
    plain = [raw(lines) for lines in grids().values()]
    for tables in (
        [*elsewhere, *plain],
        [*plain, *elsewhere],
        [x for pair in zip(elsewhere, [*plain, elsewhere[0]], strict=True) for x in pair],
    ):
        found = match(tables)
        assert found.values == TRUTH
        assert not found.deviations
    assert match(elsewhere).values == {}
    assert match(elsewhere).edition is None


def test_only_totals_filled() -> None:
    values = {
        table: {
            row: {c: v if table != "applications" or c == "total" else None for c, v in cells.items()}
            for row, cells in rows.items()
        }
        for table, rows in TRUTH.items()
    }
    found = match(grids(2021, values))
    assert found.values == values
    assert not found.unreadable


def test_the_form_is_told_for_each_table() -> None:
    whole = match(grids(2019))
    assert (whole.edition, whole.values) == (2019, TRUTH_2019)
    mixed = {**grids(2021), "applications": grids(2019)["applications"]}
    found = match(mixed)
    assert found.editions == {"disclosure": 2021, "applications": 2019, "disputes": 2021}
    assert found.edition == 2021
    assert found.values["applications"] == TRUTH_2019["applications"]
    assert "other.other" not in found.values["applications"]
    assert [d.seen for d in found.deviations] == ["（六）其他处理"]
    assert "3.其他" in (found.deviations[0].expected or "")
    other_way = match({**grids(2019), "applications": grids(2021)["applications"]})
    assert other_way.editions["disclosure"] == 2019
    assert other_way.edition == 2021


def test_an_invented_form_is_matched_and_the_year_breaks_a_tie() -> None:
    new = edition_2027()
    editions = {**EDITIONS, 2027: new}
    truth = numbered_values(new)
    found = match_tables([raw(grid(truth, new, table)) for table in TABLES], editions)
    assert found.edition == 2027
    assert found.values == truth
    assert match_tables([raw(lines) for lines in grids().values()], editions, 2023).edition == 2021
    twin = {**EDITIONS, 2031: replace(EDITIONS[2021], number=2031, years=(2031, None))}
    assert match_tables([raw(lines) for lines in grids().values()], twin, 2023).edition == 2021
    assert match_tables([raw(lines) for lines in grids().values()], twin, 2031).edition == 2031


def test_amounts_keep_every_decimal_and_their_unit() -> None:
    parts = grids(2019)
    parts["disclosure"][-1][-1] = RawCell("73802895.90元")
    assert match(parts).values["disclosure"]["procurement"]["amount"] == "73802895.90元"
    assert str(match(grids()).values["disclosure"]["fees"]["amount"]) == "24252.311082"
    other_unit = {**grids(), "disclosure": relabelled(grids()["disclosure"], "单位：万元", "单位：元")}
    found = match(other_unit)
    assert ("disclosure", "fees", "amount") in found.unreadable
    assert found.values["disclosure"]["fees"]["amount"] is None


def test_guessed_tables_count_only_where_the_equations_hold() -> None:
    parts = grids()
    confirmed = match([raw(lines, sure=False) for lines in parts.values()])
    assert confirmed.values == TRUTH
    assert confirmed.guessed == set(TABLES)
    at = line_of(parts["applications"], "2.重复申请")
    for text in ("12345", ""):
        parts["applications"] = grids()["applications"]
        parts["applications"][at][-5] = RawCell(text)
        found = match([raw(lines, sure=False) for lines in parts.values()])
        assert {value for cells in found.values["applications"].values() for value in cells.values()} == {None}
        assert len([cell for cell in found.unreadable if cell[0] == "applications"]) == len(TRUTH["applications"]) * 7
        assert found.values["disputes"] == TRUTH["disputes"]


def test_a_torn_label_is_put_together() -> None:
    parts = grids()
    lines = parts["applications"]
    at = line_of(lines, "5.要求行政机关")
    whole = lines[at][0].text
    lines[at][0] = RawCell(whole[:12])
    lines.insert(at + 1, [RawCell(whole[12:]), *[RawCell("")] * 0])
    assert match(parts).values == TRUTH
    assert not match(parts).deviations


def test_disputes_in_three_tables_and_in_another_order() -> None:
    blocks = grids()["disputes"]
    heads, numbers = [cell for cell in blocks[1] if cell.colspan == 1], blocks[3]
    labels = [blocks[0][0], *[cell for cell in blocks[1] if cell.colspan == 5]]
    pieces = [[[labels[n]], heads, numbers[5 * n : 5 * n + 5]] for n in range(3)]
    others = [raw(grids()[table]) for table in TABLES[:2]]
    assert match([*others, *map(raw, pieces)]).values == TRUTH
    assert (
        match([*others, raw([line for n in (2, 0, 1) for line in pieces[n]])]).values["disputes"] == TRUTH["disputes"]
    )
    swapped = [blocks[1], blocks[0], blocks[2], blocks[3]]
    found = match([*others, raw(swapped)])
    assert not wrong_cells(found, TRUTH)
    assert {cell[0] for cell in found.unreadable} == {"disputes"}


@pytest.mark.parametrize(
    ("table", "right", "wrong"),
    [
        ("disclosure", "信息内容", "信息内榕"),
        ("disclosure", "第二十条第（五）项", "第二十条弟（五）项"),
        ("applications", "（三）不予公开", "（三）不于公开"),
        ("applications", "法人或其他组织", "法人成其他组织"),
        ("applications", "申请人情况", "申请人请况"),
        ("disputes", "行政诉讼", "行政诉公"),
    ],
)
def test_a_misprint_in_a_label_over_several_rows_or_columns(table: str, right: str, wrong: str) -> None:
    found = match({**grids(), table: relabelled(grids()[table], right, wrong)})
    assert found.values == TRUTH
    assert [(d.table, d.kind, d.expected, d.seen) for d in found.deviations] == [(table, "renamed", right, wrong)]


def test_disputes_without_their_numbers() -> None:
    found = match({**grids(), "disputes": grids()["disputes"][:-1]})
    assert {cell[0] for cell in found.unreadable} == {"disputes"}
    assert ("disputes", "missing", "row") in kinds(found)
