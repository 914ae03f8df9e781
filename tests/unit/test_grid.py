"""The official grid: every edition tiles its tables, and the labels read as the form prints them."""

from __future__ import annotations

import pytest

from govnb.form.edition import TABLES, packaged_editions
from govnb.form.grid import build_grid
from tests.forms import assert_complete, assert_tiles

EDITIONS = sorted(packaged_editions())


@pytest.mark.parametrize("number", EDITIONS)
@pytest.mark.parametrize("table", TABLES)
def test_the_packaged_editions_tile(number: int, table: str) -> None:
    edition = packaged_editions()[number]
    grid = build_grid(edition, table)
    assert_tiles(grid)
    assert_complete(grid, edition)
    assert list(grid.cells) == sorted(grid.cells, key=lambda cell: (cell.row, cell.column))


def labels(number: int, table: str) -> list[list[str]]:
    grid = build_grid(packaged_editions()[number], table)
    return [[cell.text for cell in line if cell.key is None] for line in grid.by_row()]


def test_disclosure_2021_reads_as_printed() -> None:
    assert labels(2021, "disclosure") == [
        ["第二十条第（一）项"],
        ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
        ["规章"],
        ["行政规范性文件"],
        ["第二十条第（五）项"],
        ["信息内容", "本年处理决定数量"],
        ["行政许可"],
        ["第二十条第（六）项"],
        ["信息内容", "本年处理决定数量"],
        ["行政处罚"],
        ["行政强制"],
        ["第二十条第（八）项"],
        ["信息内容", "本年收费金额（单位：万元）"],
        ["行政事业性收费"],
    ]


def test_the_last_cell_of_a_short_block_takes_the_room() -> None:
    grid = build_grid(packaged_editions()[2021], "disclosure")
    spans = {cell.key: cell.colspan for cell in grid.cells if cell.key}
    assert spans[("licences", "decisions")] == spans[("fees", "amount")] == 3
    assert spans[("regulations", "in_force")] == 1
    wide = build_grid(packaged_editions()[2019], "disclosure")
    spans = {cell.key: cell.colspan for cell in wide.cells if cell.key}
    assert [spans[("fees", "previous_items")], spans[("fees", "change")]] == [1, 2]
    assert spans[("procurement", "amount")] == 2


def test_applications_2021_reads_as_printed() -> None:
    lines = labels(2021, "applications")
    assert lines[0] == ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "申请人情况"]
    assert lines[1] == ["自然人", "法人或其他组织", "总计"]
    assert lines[2] == ["商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他"]
    assert lines[3:6] == [
        ["一、本年新收政府信息公开申请数量"],
        ["二、上年结转政府信息公开申请数量"],
        ["三、本年度办理结果", "（一）予以公开"],
    ]
    assert lines[7] == ["（三）不予公开", "1.属于国家秘密"]
    assert lines[15] == ["（四）无法提供", "1.本机关不掌握相关政府信息"]
    assert lines[18] == ["（五）不予处理", "1.信访举报投诉类申请"]
    assert lines[23] == ["（六）其他处理", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"]
    assert lines[25:] == [["3.其他"], ["（七）总计"], ["四、结转下年度继续办理"]]
    assert len(lines) == 28


@pytest.mark.parametrize(("number", "length"), [(2021, 22), (2019, 20)])
def test_the_results_span_from_granted_to_total(number: int, length: int) -> None:
    grid = build_grid(packaged_editions()[number], "applications")
    chapter = next(cell for cell in grid.cells if cell.text == "三、本年度办理结果")
    assert (chapter.row, chapter.column, chapter.rowspan) == (5, 0, length)


def test_applications_2019_has_one_row_for_other() -> None:
    lines = labels(2019, "applications")
    assert lines[23:] == [["（六）其他处理"], ["（七）总计"], ["四、结转下年度继续办理"]]


def test_disputes_read_as_printed() -> None:
    columns = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    assert labels(2021, "disputes") == [
        ["行政复议", "行政诉讼"],
        [*columns, "未经复议直接起诉", "复议后起诉"],
        [*columns, *columns],
        [],
    ]


def test_filled_puts_texts_into_value_cells_only() -> None:
    grid = build_grid(packaged_editions()[2021], "disputes")
    filled = grid.filled(lambda row, column: f"{row}/{column}")
    assert [cell.text for cell in filled.cells if cell.key] == [f"{c.key[0]}/{c.key[1]}" for c in grid.cells if c.key]
    assert [cell for cell in filled.cells if not cell.key] == [cell for cell in grid.cells if not cell.key]
