"""The site of a small workspace: states, lateness, sign-off, what is written again and what goes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from govnb.errors import ReportError, UsageError
from govnb.inputs.workspace import find_workspace
from govnb.site.building import STATE, Built, build_site
from tests.sites import build_varied, failed_check, sha_of, write_decision, write_failure, write_output
from tests.workspaces import write_params


def build(root: Path, as_of: date | None = None) -> Built:
    return build_site(find_workspace(root), as_of)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once. Don't change it."""
    root = build_varied(tmp_path_factory.mktemp("varied") / "workspace")
    build(root)
    return root


@pytest.fixture
def copy(varied: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(varied, tmp_path / "copy"))


def reports(built: Built) -> dict[tuple[str, int], dict[str, Any]]:
    return {(item["agency"], item["year"]): item for item in json.loads(built.reports)["reports"]}


def page(root: Path, name: str) -> str:
    return root.joinpath("output", name).read_text(encoding="utf-8")


def stamps(root: Path) -> dict[str, int]:
    """When each page was written."""
    pages = [root / "output/index.html", *(root / "output/site").rglob("*")]
    return {path.relative_to(root / "output").as_posix(): path.stat().st_mtime_ns for path in pages if path.is_file()}


def rewritten(root: Path, act: Callable[[], object]) -> set[str]:
    """Pages that the build after ``act`` wrote or removed."""
    before = stamps(root)
    act()
    build(root)
    after = stamps(root)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)} - {STATE}


def test_every_state(varied: Path) -> None:
    found = reports(build(varied))
    assert {key: item["state"] for key, item in found.items()} == {
        ("absent", 2021): "missing",
        ("bureau", 2020): "failed",
        ("bureau", 2021): "broken",
        ("city", 2021): "made",
        ("office", 2020): "made",
        ("office", 2021): "made",
    }
    assert found["bureau", 2020]["reason"] == "台账无法读取"
    assert "report.json 的内容不是本机关本年度的报告数据" in found["bureau", 2021]["reason"]
    assert found["office", 2020]["checks"] == {
        "error": 2, "warning": 0, "information": 0, "pass": 0, "not_assessable": 0,
    }  # fmt: skip
    assert found["absent", 2021]["checks"] is None


def test_late_is_measured_against_the_organs_own_deadline(varied: Path) -> None:
    found = reports(build(varied))
    assert (found["office", 2021]["deadline"], found["city", 2021]["deadline"]) == ("2022-01-31", "2022-03-10")
    assert found["office", 2021]["timing"] == "on_time"  # published on the last day
    assert found["office", 2020]["timing"] == "late"
    assert "逾期公布12日" in page(varied, "index.html")
    assert found["city", 2021]["timing"] == "unknown"


def test_without_a_date_of_publication_it_is_late_only_as_of_a_day(copy: Path) -> None:
    found = reports(build(copy, date(2022, 2, 1)))
    assert (found["bureau", 2021]["timing"], found["city", 2021]["timing"]) == ("overdue", "due")
    assert found["office", 2021]["timing"] == "on_time"
    assert "截至2022-02-01" in page(copy, "index.html")


def test_sign_off_is_void_as_soon_as_a_byte_changes_and_stands_again_for_the_same_bytes(copy: Path) -> None:
    report = copy / "output/office/2021/report.json"
    content = report.read_bytes()
    assert reports(build(copy))["office", 2021]["review"] == "accepted"
    report.write_bytes(content + b" ")
    after = reports(build(copy))["office", 2021]
    assert (after["review"], after["state"]) == ("void", "broken")
    assert "与 manifest.json 不符" in after["reason"]
    report.write_bytes(content)
    assert reports(build(copy))["office", 2021]["review"] == "accepted"


def test_sign_off_of_older_bytes_is_void_and_its_history_stays_to_be_read(varied: Path) -> None:
    assert reports(build(varied))["office", 2020]["review"] == "void"
    text = page(varied, "site/agencies/office.html")
    assert "审核失效" in text
    assert "（审核通过，此后报告有变）已核对" in text


def test_a_file_of_decisions_with_a_fault_is_told_each_time_and_shown(copy: Path) -> None:
    copy.joinpath("reviews/office/2021.yaml").write_text("<<<<<<< HEAD\n- state: accepted\n", encoding="utf-8")
    for _ in range(2):
        built = build(copy)
        assert [problem.where.file for problem in built.problems] == ["reviews/office/2021.yaml"]
        assert reports(built)["office", 2021]["review"] == "unreadable"
    assert "审核记录有误" in page(copy, "site/agencies/office.html")


def test_several_notebooks_of_a_report_are_both_in_the_index_and_on_its_page(varied: Path) -> None:
    index = page(varied, "index.html")
    assert 'href="office/2021/annual_report.html"' in index
    assert '<a href="office/2021/handling.html">handling</a>' in index
    own = page(varied, "site/agencies/office.html")
    assert all(f'href="../../office/2021/handling.{kind}"' in own for kind in ("html", "pdf", "ipynb"))


def test_a_failed_report_shows_the_reason_and_links_the_notebook_and_its_older_outputs(varied: Path) -> None:
    index, own = page(varied, "index.html"), page(varied, "site/agencies/bureau.html")
    assert 'href="bureau/2020/failed/reason.txt"' in index
    assert 'href="bureau/2020/failed/notebook.ipynb"' in index
    assert 'href="bureau/2020/annual_report.html"' in index
    assert "台账无法读取" in own
    assert "in English" not in own
    assert "以下为上一次成功生成的文件" in own


def test_an_aggregate_names_its_members_and_what_is_missing(varied: Path) -> None:
    text = page(varied, "site/agencies/city.html")
    table = text.partition('id="members-t"')[2].partition("</table>")[0]
    assert table.count("<tr>") == 1 + 3
    assert "未生成" in table
    assert "损坏" in table
    assert "本机关的数字计入：" in page(varied, "site/agencies/office.html")


def test_the_comparison_leaves_what_is_not_there_blank_and_the_sum_out_of_the_medians(varied: Path) -> None:
    text = page(varied, "site/years/2021.html")
    rows = {row.partition('html#y2021">')[2].partition("<")[0]: row for row in text.split("<tr ")[1:]}
    assert rows["甲市office"].count("—") == 0
    assert '1<span class="soft">／5</span>' in rows["甲市office"]
    assert rows["甲市city"].count("—") == 3  # of its figures there is but one; its dispute tables are there
    assert rows["甲市absent"].count("—") == 5
    foot = text.partition("<tfoot>")[2]
    assert '<td class="n">575</td>' in foot  # 575, not the median with the 1000 of the aggregate


def test_changes_are_told_to_the_year_before_only(copy: Path) -> None:
    assert "+155（+36.9%）" in page(copy, "site/agencies/office.html")
    for name in ("params/office/2020.yaml", "reviews/office/2020.yaml"):
        copy.joinpath(name).rename(copy / name.replace("2020", "2019"))
    write_output(copy, "office", 2019)
    build(copy)
    assert "+155" not in page(copy, "site/agencies/office.html")


def test_nothing_is_written_where_nothing_changed(varied: Path) -> None:
    built = build(varied)
    assert (built.written, built.removed) == (0, 0)
    assert built.kept == 4 + 2 + 3
    assert rewritten(varied, lambda: None) == set()


def test_touching_changes_nothing(copy: Path) -> None:
    assert rewritten(copy, (copy / "output/office/2021/report.json").touch) == set()


def test_one_changed_report_changes_only_the_pages_that_speak_of_it(copy: Path) -> None:
    def act() -> None:
        write_output(copy, "bureau", 2021, figures={"applications.new.total": 3})

    assert rewritten(copy, act) == {
        "index.html",
        "site/reports.json",
        "site/SHA256SUMS",
        "site/agencies/bureau.html",
        "site/agencies/city.html",
        "site/years/2021.html",
    }


def test_a_damaged_page_is_made_again_and_a_lost_one_too(copy: Path) -> None:
    whole = sha_of(copy / "output/site/agencies/office.html")
    (copy / "output/site/agencies/office.html").write_text("x", encoding="utf-8")
    (copy / "output/site/years/2021.html").unlink()
    built = build(copy)
    assert built.written == 2
    assert sha_of(copy / "output/site/agencies/office.html") == whole


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pages": {"a": 1}}', "null", None])
def test_a_broken_memory_only_costs_time(copy: Path, content: str | None) -> None:
    state = copy / "output" / STATE
    if content is None:
        data = json.loads(state.read_text(encoding="utf-8"))
        key = next(iter(data["summaries"]))
        data["summaries"][key] = {}
        content = json.dumps(data)
    state.write_text(content, encoding="utf-8")
    built = build(copy)
    assert (built.written, built.kept) == (0, 9)
    assert reports(built)["office", 2021]["state"] == "made"


def test_pages_of_what_is_gone_go_and_files_of_others_stay(copy: Path) -> None:
    theirs = [copy / "output/site/notes.txt", copy / "output/site/agencies/theirs.html", copy / "output/office/2021/x"]
    for path in theirs:
        path.write_text("theirs", encoding="utf-8")
    shutil.rmtree(copy / "params/absent")
    agency = copy / "params/city/agency.yaml"
    agency.write_text(agency.read_text(encoding="utf-8").replace(", absent", ""), encoding="utf-8")
    built = build(copy)
    assert built.removed == 1
    assert not (copy / "output/site/agencies/absent.html").exists()
    assert all(path.read_text(encoding="utf-8") == "theirs" for path in theirs)


def test_a_memory_that_names_other_files_removes_none_of_them(copy: Path) -> None:
    state = copy / "output" / STATE
    data = json.loads(state.read_text(encoding="utf-8"))
    data["pages"] |= {"../params/office/agency.yaml": ["", ""], "office/2021/report.json": ["", ""]}
    state.write_text(json.dumps(data), encoding="utf-8")
    build(copy)
    assert (copy / "params/office/agency.yaml").is_file()
    assert (copy / "output/office/2021/report.json").is_file()


def test_an_organ_may_be_called_site(tmp_path: Path) -> None:
    write_params(tmp_path, "site")
    write_output(tmp_path, "site", 2021)
    assert reports(build(tmp_path))["site", 2021]["state"] == "made"
    assert (tmp_path / "output/site/agencies/site.html").is_file()
    assert (tmp_path / "output/site/2021/report.json").is_file()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("manifest.json", "{", "manifest.json 的内容无法识别"),
        ("manifest.json", '{"packages": {}, "inputs": {}, "outputs": {}}', "manifest.json 的内容不是本机关"),
        ("manifest.json", None, "缺少 manifest.json"),
        ("annual_report.pdf", None, "缺少 annual_report.pdf"),
        ("report.json", None, "缺少 report.json"),
        ("report.json", "[]", "report.json 的内容不是本机关"),
    ],
)
def test_what_is_broken_is_told(copy: Path, name: str, content: str | None, told: str) -> None:
    path = copy / "output/office/2021" / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")
    found = reports(build(copy))["office", 2021]
    assert found["state"] == "broken"
    assert told in found["reason"]
    assert told in page(copy, "site/agencies/office.html")


@pytest.mark.parametrize("name", ["../../../params/office/agency.yaml", ".hidden", "a/b.html", "a\nb", "\ud800.html"])
def test_a_manifest_cannot_make_the_pages_link_elsewhere(copy: Path, name: str) -> None:
    path = copy / "output/office/2021/manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    data["outputs"][name] = "0" * 64
    path.write_text(json.dumps(data), encoding="utf-8")
    found = reports(build(copy))["office", 2021]
    assert found["state"] == "broken"
    assert "agency.yaml" not in page(copy, "site/agencies/office.html")


def test_foreign_text_is_text(copy: Path) -> None:
    evil = "<script>alert(1)</script>\"'&{{ 7*7 }}\u202e"
    folder = write_output(copy, "office", 2021, checks=[failed_check("error", evil)])
    write_failure(copy, "bureau", 2021, evil)
    write_decision(copy, "office", 2021, sha_of(folder / "report.json"), note=evil.rstrip("\u202e"))
    build(copy)
    for name in ("index.html", "site/agencies/office.html", "site/agencies/bureau.html", "site/years/2021.html"):
        text = page(copy, name)
        assert "<script>alert" not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)" in page(copy, "site/agencies/office.html")
    assert "{{ 7*7 }}" in page(copy, "site/agencies/bureau.html")


def test_the_same_inputs_give_the_same_bytes_elsewhere_and_however_they_came_about(copy: Path, tmp_path: Path) -> None:
    root = build_varied(tmp_path / "另一个 工作区")
    write_output(root, "office", 2021, figures={})
    write_failure(root, "office", 2021, "后来改好")
    build(root, date(2030, 1, 1))
    shutil.rmtree(root / "output/office/2021/failed")
    write_output(root, "office", 2021, notebooks=("annual_report", "handling"))
    build(root)
    names = sorted(path.relative_to(root) for path in (root / "output").rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(copy) for path in (copy / "output").rglob("*") if path.is_file())
    assert [name for name in names if sha_of(root / name) != sha_of(copy / name)] == []


def test_a_link_does_not_lead_the_pages_out(copy: Path, tmp_path: Path) -> None:
    shutil.rmtree(copy / "output/site")
    (tmp_path / "elsewhere").mkdir()
    (copy / "output/site").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError):
        build(copy)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_where_it_cannot_be_written_the_old_pages_stay(copy: Path) -> None:
    shutil.rmtree(copy / "output/site/years")
    (copy / "output/site/years").write_text("a file", encoding="utf-8")
    index = sha_of(copy / "output/index.html")
    write_output(copy, "office", 2021, figures={})
    with pytest.raises(ReportError):
        build(copy)
    assert sha_of(copy / "output/index.html") == index
    assert not list((copy / "output").rglob(".writing-*"))
    (copy / "output/site/years").unlink()
    assert reports(build(copy))["office", 2021]["state"] == "made"
    assert sha_of(copy / "output/index.html") != index
