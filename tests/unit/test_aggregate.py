"""Aggregates: members summed and read once, missing and late ones named, aggregates of aggregates, comparison."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

import govnb.workpaper as module
from govnb.counting.tables import add_cells
from govnb.errors import ParamsError, ReportError
from govnb.report import Report
from govnb.steps import build_report, count_figures, count_tables, run_checks
from govnb.studies import comparison
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import build_source, write_ledgers, write_params


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """``total`` sums office, bureau and a member without a report of 2021; ``province`` sums total and itself."""
    made = build_source(tmp_path_factory.mktemp("aggregate") / "workspace", repository)
    write_params(made, "office", "published_date: 2022-02-03\n", years=(2020, 2021, 2022))
    write_params(made, "gone", years=(2020,))
    write_params(made, "total", years=(2020, 2021, 2022), more="members: [office, bureau, gone]\n")
    write_params(made, "province", more="members: [total]\nscope: aggregate\n")
    write_ledgers(made, "province")
    return made


@pytest.fixture(scope="module")
def total(root: Path) -> Workpaper:
    return open_workpaper("total", 2021, root)


def test_each_cell_is_the_sum_of_the_shares_of_its_members(total: Workpaper) -> None:
    figures = count_figures(total, count_tables(total)).figures
    shared = {figure.id: figure for figure in figures.values() if figure.members}
    assert len(shared) > 50
    for figure in shared.values():
        assert add_cells(figure.members.values()) == figure.value, figure.id
    assert figures["applications.new.total"].members == {"office": 3, "bureau": 70}


def test_members_are_named_with_their_state(total: Workpaper) -> None:
    assert [(member.id, member.name, member.state) for member in total.report_members] == [
        ("office", "甲市office", "summed"),
        ("bureau", "甲市bureau", "summed"),
        ("gone", "甲市gone", "missing"),
    ]


def test_the_checks_name_the_missing_and_the_late(total: Workpaper) -> None:
    results = run_checks(total, count_tables(total), total.catalogue(), None)
    said = {(r.id, r.status): r.where for r in results if r.id.startswith("aggregate.")}
    assert said == {
        ("aggregate.sum", "not_assessable"): "甲市gone",
        ("aggregate.missing", "fail"): "甲市gone",
        ("aggregate.late", "fail"): "甲市office",
        ("aggregate.late", "not_assessable"): "甲市bureau",
        ("aggregate.contradicts", "not_assessable"): "",
    }


def test_report_json_keeps_members_and_their_shares(total: Workpaper) -> None:
    tables = count_tables(total)
    catalogue = count_figures(total, tables)
    report = build_report(total, tables, catalogue, (), run_checks(total, tables, catalogue, None))
    data = report.to_json()
    assert data["members"][2] == {"id": "gone", "name": "甲市gone", "state": "missing"}
    assert data["figures"]["applications.new.total"]["members"] == {"office": 3, "bureau": 70}
    again = Report.from_json(data, total.edition)
    assert again.members == report.members
    assert {key: dict(figure.members) for key, figure in again.figures.items()} == {
        key: dict(figure.members) for key, figure in report.figures.items()
    }
    own = open_workpaper("office", 2021, total.workspace)
    assert (
        "members" not in build_report(own, count_tables(own), count_figures(own, count_tables(own)), (), []).to_json()
    )


def test_an_aggregate_of_aggregates_counts_everything_once_and_its_own_office(root: Path, total: Workpaper) -> None:
    province = open_workpaper("province", 2021, root)
    assert province.values["applications"]["new"]["total"] == total.values["applications"]["new"]["total"] + 3
    assert [(member.id, member.state) for member in province.report_members] == [
        ("total", "summed"),
        ("province", "own"),
    ]
    figure = province.catalogue().figures["applications.new.total"]
    assert figure.members == {"total": 73, "province": 3}
    assert figure.source == "1个成员单位和本机关合计"


def test_aggregates_that_go_round_are_refused_wherever_the_ring_is(root: Path, tmp_path: Path) -> None:
    made = Path(shutil.copytree(root, tmp_path / "workspace"))
    write_params(made, "bureau", more="members: [ring]\n")
    write_params(made, "ring", more="members: [bureau]\n")
    with pytest.raises(ParamsError) as caught:
        open_workpaper("province", 2021, made)
    assert {problem.where.file for problem in caught.value.problems} == {
        "params/bureau/agency.yaml",
        "params/ring/agency.yaml",
    }


def test_members_of_earlier_years_are_those_already_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each member's ledgers are read once, and the earlier year is what the aggregate of that year has by itself."""
    read: list[str] = []
    ordinary = module.read_ledgers

    def counted(workspace, sources, agency, environment, year):  # type: ignore[no-untyped-def]
        read.append(agency)
        return ordinary(workspace, sources, agency, environment, year)

    monkeypatch.setattr(module, "read_ledgers", counted)
    paper = open_workpaper("total", 2022, root)
    earlier = paper.earlier
    assert sorted(earlier) == [2020, 2021]
    assert read.count("office") == 1
    assert read.count("total") == 1
    monkeypatch.undo()
    for year, values in earlier.items():
        assert values == open_workpaper("total", year, root).values


def test_a_declared_aggregate_is_compared_and_keeps_its_own_source(root: Path, tmp_path: Path) -> None:
    made = Path(shutil.copytree(root, tmp_path / "workspace"))
    declared = made / "data/total/declared-2021.json"
    declared.parent.mkdir()
    shutil.copy(made / "data/bureau/declared-2021.json", declared)
    paper = open_workpaper("total", 2021, made)
    assert {member.state for member in paper.report_members} == {"compared", "missing"}
    figure = paper.catalogue().figures["applications.new.total"]
    assert figure.source.endswith("declared-2021.json")
    assert figure.members == {"office": 3, "bureau": 70}
    assert figure.value == 70


# The comparison of members


def test_the_comparison_agrees_with_each_member_s_own_report(root: Path, total: Workpaper) -> None:
    members = comparison.read_members(total)
    assert list(members.index) == ["甲市office", "甲市bureau"]
    office = open_workpaper("office", 2021, root).catalogue().figures
    row = members.loc["甲市office"]
    assert row["new"] == office["applications.new.total"].value == 3
    assert row["granted_share"] == office["applications.granted_share"].value == Decimal("100.0")
    assert row["days_median"] == office["applications.days_median"].value
    assert row["overdue"] == office["applications.overdue"].value == 0
    assert members.at["甲市bureau", "days_median"] is None  # declared tables tell nothing of days
    assert members.at["甲市bureau", "overdue"] is None


def test_shares_add_up_and_the_missing_member_is_named(total: Workpaper) -> None:
    part = comparison.compare_volume(total, comparison.read_members(total))
    assert part.table is not None
    assert part.table["新收"].tolist() == [3, 70, 73]
    assert part.table["新收占比（%）"].tolist() == [Decimal("4.1"), Decimal("95.9"), Decimal("100.0")]
    assert "缺少报告而未列入的单位：甲市gone。" in part.sentences


def test_an_aggregate_member_has_the_days_of_all_its_own_members(root: Path, tmp_path: Path) -> None:
    made = Path(shutil.copytree(root, tmp_path / "workspace"))
    write_params(made, "city", more="members: [office, second]\n")
    write_params(made, "second")
    write_ledgers(
        made,
        "second",
        [["B-1", "2021-03-01", "网络", "自然人", "", "2021-06-01", "（一）予以公开"]],
    )
    write_params(made, "province", more="members: [city, total]\n")
    members = comparison.read_members(open_workpaper("province", 2021, made))
    assert list(members.index) == ["甲市city", "甲市total", "甲市province（本机关）"]
    assert members.at["甲市city", "overdue"] == 1
    assert members.at["甲市total", "overdue"] is None  # bureau keeps no ledger
    single = comparison.read_members(open_workpaper("city", 2021, made))
    assert single["overdue"].tolist() == [0, 1]


def test_a_hundred_members_are_drawn_as_the_busiest_and_told_in_full(total: Workpaper) -> None:
    one = comparison.read_members(total).iloc[[0]]
    many = one.loc[one.index.repeat(40)].copy()
    many.index = [f"第{number}单位" for number in range(40)]
    many["new"] = list(range(40))
    part = comparison.compare_side_by_side(total, many)
    assert part.chart is not None
    assert "第39单位39件" in part.chart.alt
    assert "第0单位" not in part.chart.alt
    assert f"最多的{comparison.DRAWN}个单位，共40个" in part.chart.caption
    volume = comparison.compare_volume(total, many)
    assert volume.table is not None
    assert len(volume.table) == 41


def test_without_members_there_is_nothing_to_compare(root: Path) -> None:
    with pytest.raises(ReportError) as caught:
        comparison.read_members(open_workpaper("office", 2021, root))
    [problem] = caught.value.problems
    assert problem.where.file == "params/office/agency.yaml"
    assert "-a" in problem.fix.en


def test_the_same_name_twice_is_told_apart_by_the_id(root: Path, tmp_path: Path) -> None:
    made = Path(shutil.copytree(root, tmp_path / "workspace"))
    text = (made / "params/office/agency.yaml").read_text(encoding="utf-8")
    (made / "params/bureau/agency.yaml").write_text(text, encoding="utf-8")
    assert list(comparison.read_members(open_workpaper("total", 2021, made)).index) == [
        "甲市office（office）",
        "甲市office（bureau）",
    ]
