"""What a report of a year sees of a ledger, and the digest that tells one view from another."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from govnb.environment import YEAR_VIEWS
from govnb.errors import LedgerError
from govnb.form.edition import packaged_editions
from govnb.inputs.ledgers import read_ledgers, read_views
from govnb.inputs.workspace import Workspace
from govnb.inputs.year_view import note_views, read_notes

APPLICATIONS = "申请编号,收到日期,申请人类型,答复日期,办理结果,申请内容"
PLATFORMS = "编号,种类,名称,主办单位,开设日期,关停日期"
PROBLEMS = "编号,提出年度,问题,改进措施,整改完成日期"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("data", "gz").mkdir(parents=True)
    return Workspace(tmp_path, packaged_editions())


def write(workspace: Workspace, ledger: str, *lines: str) -> None:
    path = workspace.root / "data" / "gz" / f"{ledger}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows(workspace: Workspace, ledger: str, year: int | None) -> list[int]:
    return read_ledgers(workspace, {}, "gz", {}, year)[ledger].frame.index.tolist()


def views(workspace: Workspace, year: int) -> dict[str, str]:
    return read_views(workspace, {}, "gz", {}, year)


def test_a_row_is_seen_from_the_year_in_which_it_begins(workspace: Workspace) -> None:
    write(
        workspace, "applications", APPLICATIONS,
        "A1,2020-12-31,自然人,2022-01-05,予以公开,",
        "A2,2021-01-01,自然人,,,",
        "A3,2022-03-01,自然人,2020-03-02,予以公开,",  # backwards: a fault, but there by its other date
        "A4,2023-01-01,自然人,,,",
    )  # fmt: skip
    assert [rows(workspace, "applications", year) for year in (2019, 2020, 2021, 2022, 2023, None)] == [
        [], [2, 4], [2, 3, 4], [2, 3, 4], [2, 3, 4, 5], [2, 3, 4, 5],
    ]  # fmt: skip


def test_a_row_that_does_not_say_when_it_begins_is_always_there(workspace: Workspace) -> None:
    write(
        workspace, "platforms", PLATFORMS,
        "P1,政府网站,门户,本办,,2023-01-01",
        "P2,政府网站,门户,本办,2022-01-01,",
        "P3,政府网站,门户,本办,,",
    )  # fmt: skip
    assert rows(workspace, "platforms", 2020) == [2, 4]


def test_where_a_ledger_goes_by_years_its_rows_do(workspace: Workspace) -> None:
    write(
        workspace, "problems", PROBLEMS,
        "1,2021,人手不足,增加人手,2022-05-01",
        "2,2022,人手不足,增加人手,",
        "3,2022,人手不足,增加人手,2021-05-01",  # a fault, but there
    )  # fmt: skip
    assert [rows(workspace, "problems", year) for year in (2020, 2021, 2022)] == [[], [2, 4], [2, 3, 4]]


def test_the_same_rows_are_the_same_frame_whatever_comes_after(workspace: Workspace) -> None:
    lines = ["A1,2020-02-01,自然人,,,张三", "A2,2020-03-01,商业企业,2020-04-01,予以公开,"]
    write(workspace, "applications", APPLICATIONS, *lines)
    before = read_ledgers(workspace, {}, "gz", {}, 2020)["applications"].frame
    seen = views(workspace, 2020)
    write(workspace, "applications", APPLICATIONS, *lines, "A3,2021-01-01,科研机构,2021-02-01,予以公开,李四")
    after = read_ledgers(workspace, {}, "gz", {}, 2020)["applications"].frame
    pd.testing.assert_frame_equal(before, after, check_index_type="exact")
    assert repr(before.index) == repr(after.index)
    assert views(workspace, 2020) == seen
    assert views(workspace, 2021) != seen


@pytest.mark.parametrize(
    "changed",
    [
        ["A1,2020-02-02,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,"],
        ["A1,2020-02-01,商业企业,,,", "A2,2020-03-01,自然人,2020-04-01,予以公开,"],
        ["A2,2020-03-01,商业企业,2020-04-01,予以公开,", "A1,2020-02-01,自然人,,,"],
        ["A1,2020-02-01,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,", "A3,2020-02-01,自然人,,,"],
        ["A1,2020-02-01,自然人,,,", "A9,2021-03-01,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,"],
        ["A1,2020-02-01,自然人,,,", ",,,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,"],
        ["A1,2020-02-01,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,,"],
        ["A1,2020-02-01,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,", "A1,2021-02-01,自然人,,,"],
        ["A,2020-02-01,自然人,,,", "1A2,2020-03-01,商业企业,2020-04-01,予以公开,"],
    ],
    ids=["date", "type", "order", "more", "shifted", "blank row", "fault", "doubled later", "border"],
)
def test_whatever_a_report_may_show_is_in_the_digest(workspace: Workspace, changed: list[str]) -> None:
    lines = ["A1,2020-02-01,自然人,,,", "A2,2020-03-01,商业企业,2020-04-01,予以公开,"]
    write(workspace, "applications", APPLICATIONS, *lines)
    before = views(workspace, 2020)
    write(workspace, "applications", APPLICATIONS, *changed)
    assert views(workspace, 2020) != before


def test_what_no_report_can_show_is_not(workspace: Workspace) -> None:
    """Personal text is dropped when a file is read; how a file is written down does not matter either."""
    write(workspace, "applications", APPLICATIONS, "A1,2020-02-01,自然人,2020-03-01,予以公开,张三")
    before = views(workspace, 2020)
    write(workspace, "applications", APPLICATIONS, "A1,2020年2月1日,自然人,2020/3/1,予以公开,李四 110101199003070038")
    assert views(workspace, 2020) == before


def test_a_workbook_has_one_digest_of_all_its_ledgers(workspace: Workspace) -> None:
    path = workspace.root / "data" / "gz" / "ledgers.xlsx"

    def save(amount: str, note: str) -> dict[str, str]:
        with xlsxwriter.Workbook(path) as book:
            for name, table in {
                "fees": [["收费项目", "期末日期", "收费金额（元）"], ["工本费", "2020-12-31", amount]],
                "problems": [PROBLEMS.split(","), ["1", "2021", "人手不足", "增加人手", ""]],
                "说明": [[note]],
            }.items():
                sheet = book.add_worksheet(name)
                for at, line in enumerate(table):
                    sheet.write_row(at, 0, line)
        return views(workspace, 2020)

    before = save("1.50", "甲")
    assert list(before) == ["data/gz/ledgers.xlsx"]
    assert save("1.50", "乙") == before
    assert save("1.51", "甲") != before


def test_what_is_seen_is_noted_only_where_that_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace, "applications", APPLICATIONS, "A1,2020-02-01,自然人,,,")
    folder = tmp_path / "notes"
    folder.mkdir()
    read_ledgers(workspace, {}, "gz", {YEAR_VIEWS: str(folder)})  # whole
    assert read_notes(folder) == {}
    read_ledgers(workspace, {}, "gz", {YEAR_VIEWS: str(folder)}, 2020)
    read_ledgers(workspace, {}, "gz", {YEAR_VIEWS: str(folder)}, 2021)
    assert read_notes(folder) == {"gz/2020": views(workspace, 2020), "gz/2021": views(workspace, 2021)}
    assert "A1" not in "".join(path.read_text() for path in folder.iterdir())


def test_of_a_faulty_ledger_nothing_is_known(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace, "applications", APPLICATIONS, "A1,2020-02-30,自然人,,,")
    note_views(str(tmp_path), "other", 2020, {"a": "1"})
    with pytest.raises(LedgerError):
        read_ledgers(workspace, {}, "gz", {YEAR_VIEWS: str(tmp_path)}, 2020)
    assert json.loads(tmp_path.joinpath("gz.2020.json").read_text()) is None
    assert read_notes(tmp_path) is None
    with pytest.raises(LedgerError):
        views(workspace, 2020)
