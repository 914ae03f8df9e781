"""Editions as data: the two that are packaged, an invented third without a line of code, and wrong ones with line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from govnb.errors import GovnbError, ParamsError, Problem
from govnb.form.edition import (
    TABLES,
    edition_for,
    packaged_editions,
    parse_editions,
    read_editions,
)
from govnb.form.grid import build_grid
from govnb.inputs.workspace import find_workspace
from tests.forms import EDITION_2027, PACKAGED, assert_complete, assert_tiles, edition_2027, packaged_texts


def faults(text: str, stem: str = "2027") -> list[Problem]:
    with pytest.raises(ParamsError) as caught:
        parse_editions({**packaged_texts(), stem: (f"editions/{stem}.yaml", text)})
    return list(caught.value.problems)


def test_2021_has_every_row_and_column() -> None:
    edition = packaged_editions()[2021]
    assert [section.code for section in edition.sections] == [
        "overview", "disclosure", "applications", "disputes", "problems", "other",
    ]  # fmt: skip
    assert len(edition.section("overview").parts) == 5
    assert len(edition.rows("applications")) == 25
    assert set(map(len, edition.rows("applications").values())) == {7}
    assert edition.rows("disclosure") == {
        "regulations": ("issued", "repealed", "in_force"),
        "normative_documents": ("issued", "repealed", "in_force"),
        "licences": ("decisions",),
        "penalties": ("decisions",),
        "coercion": ("decisions",),
        "fees": ("amount",),
    }
    assert list(edition.rows("disputes")) == ["review", "litigation_direct", "litigation_after_review"]


def test_2019_differs_only_where_it_says_so() -> None:
    old, new = packaged_editions()[2019], packaged_editions()[2021]
    rows = list(old.rows("applications"))
    assert [row for row in rows if row.startswith("other")] == ["other"]
    assert rows[:20] == list(new.rows("applications"))[:20]
    assert old.disputes == new.disputes
    assert old.section("overview").parts[3] == "平台建设"
    assert old.section("disputes") == new.section("disputes")
    assert old.rows("disclosure")["procurement"] == ("items", "amount")
    assert old.applications.items("other") == ()
    assert "other" not in old.applications.outcome_groups


def test_labels() -> None:
    edition = packaged_editions()[2021]
    assert edition.label("applications", "denied") == "（三）不予公开"
    assert edition.label("applications", "denied.inquiry") == "8.属于行政查询事项"
    assert edition.label("disclosure", "fees") == "行政事业性收费"
    assert edition.label("disputes", "litigation_direct") == "行政诉讼（未经复议直接起诉）"
    assert edition.column_label("applications", "new", "business") == "法人或其他组织（商业企业）"
    assert edition.column_label("disclosure", "fees", "amount") == "本年收费金额（单位：万元）"
    assert edition.column_label("disputes", "review", "pending") == "尚未审结"


@pytest.mark.parametrize(("year", "number"), [(2018, None), (2019, 2019), (2020, 2019), (2021, 2021), (2035, 2021)])
def test_the_edition_of_a_year(year: int, number: int | None) -> None:
    edition = edition_for(year, packaged_editions())
    assert (edition.number if edition else None) == number


def test_where_two_editions_apply_the_newer_wins() -> None:
    editions = {**packaged_editions(), 2027: edition_2027()}
    found = edition_for(2028, editions)
    assert found is not None
    assert found.number == 2027
    assert edition_for(2026, editions) == packaged_editions()[2021]


def test_a_new_form_needs_no_code(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "editions").mkdir()
    (tmp_path / "editions" / "2027.yaml").write_text(EDITION_2027, encoding="utf-8-sig")
    edition = find_workspace(tmp_path).editions[2027]
    assert edition == edition_2027()
    for table in TABLES:
        grid = build_grid(edition, table)
        assert_tiles(grid)
        assert_complete(grid, edition)
    assert edition.rows("disclosure")["emergencies"] == ("plans", "drills")
    assert edition.label("disclosure", "licences") == "行政许可事项"
    assert edition.label("applications", "other") == "（六）其他处理结果"
    assert "supervision" in edition.rows("disputes")
    assert edition.section("other").title == "需要报告的其他事项"
    assert edition.section("other").number == "六"
    rules = {identity.id: identity for identity in edition.identities}
    assert rules["disclosure.drills"].operator == "<="
    assert {"applications.balance", "cross_year.in_force", "disputes.total"} < set(rules)


def test_a_base_may_have_a_base() -> None:
    text = "edition: 2028\nauthority: 某文\nyears: [2028, null]\nbase: 2019\n"
    edition = parse_editions({**packaged_texts(), "2028": ("2028.yaml", text)})[2028]
    assert edition.rows("disclosure") == packaged_editions()[2019].rows("disclosure")
    assert edition.identities == packaged_editions()[2019].identities


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("sum of granted …", "sum of grnted …", 31, "grnted"),
        ("authority: 国办公开办函〔2027〕1号\n", "", 1, "authority"),
        ("authority:", "autority:", 2, "autority"),
        ("years: [2027, null]", "years: 2027", 3, "years"),
        ("edition: 2027", "edition: '2027'", 1, "edition"),
        ("base: 2021", "base: 2012", 4, "2012"),
        ("base: 2021", "base: 2027", 4, "2027"),
        ("title: 需要", "titel: 需要", 6, "titel"),
        ("clause: 第二十条第（五）项", "clause: 3", 13, "clause"),
        ("rows: {fees: 行政事业性收费}", "rows: {licences: 行政事业性收费}", 18, "licences"),
        ("code: supervision", "code: review", 29, "review"),
        ("severity: warning", "severity: waring", 32, "waring"),
        ("rows_replaced: {other:", "row_replaced: {other:", 23, "row_replaced"),
        ("{code: review, label: 行政复议}", "{code: review}", 26, "label"),
    ],
)
def test_a_wrong_edition_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old in EDITION_2027
    problems = faults(EDITION_2027.replace(old, new))
    fitting = [problem for problem in problems if said in problem.what.en]
    assert fitting, [str(problem.text()) for problem in problems]
    assert fitting[0].where.file == "editions/2027.yaml"
    assert fitting[0].where.line == line


@pytest.mark.parametrize("text", ["", "[1, 2]", "just text", "edition: 2027", "tables: {disclosure: []}\nbase: 2021"])
def test_what_is_no_form_at_all(text: str) -> None:
    assert faults(text)


def test_bases_that_lead_in_a_circle() -> None:
    one, other = EDITION_2027.replace("base: 2021", "base: 2028"), "edition: 2028\nbase: 2027\n"
    with pytest.raises(ParamsError) as caught:
        parse_editions({"2027": ("2027.yaml", one), "2028": ("2028.yaml", other)})
    assert {problem.where.file for problem in caught.value.problems} == {"2027.yaml", "2028.yaml"}


def test_the_same_edition_in_two_files() -> None:
    problems = faults(EDITION_2027.replace("edition: 2027", "edition: 2021"))
    assert any("2021" in problem.what.en and "too" in problem.what.en for problem in problems)


def test_faults_of_two_files_come_together() -> None:
    texts = {name: (f"{name}.yaml", "edition: x") for name in ("a", "b")}
    with pytest.raises(ParamsError) as caught:
        parse_editions(texts)
    assert {problem.where.file for problem in caught.value.problems} == {"a.yaml", "b.yaml"}


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "2027.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ParamsError):
        read_editions(tmp_path)


def drop(data: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return None
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[path[0]] = drop(data[path[0]], path[1:])
    return copy


def paths(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [here] if here else []
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        found += paths(value, (*here, key))
    return found


def test_no_damage_to_a_form_ends_in_anything_but_a_problem() -> None:
    """Each value of the packaged form put to null in turn: a ParamsError, or a form that can still be drawn."""
    whole = yaml.safe_load((PACKAGED / "2021.yaml").read_text(encoding="utf-8"))
    refused = 0
    for path in paths(whole):
        text = yaml.safe_dump(drop(whole, path), allow_unicode=True)
        try:
            edition = parse_editions({"2021": ("2021.yaml", text)})[2021]
        except GovnbError:
            refused += 1
            continue
        for table in TABLES:
            assert_tiles(build_grid(edition, table))
    assert refused > 150
