"""Reports that sum up others: declared tables and ledgers alike, members named, differences found per cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.workspaces import read_json, run_govnb, write_ledgers, write_params

Copy = Callable[[Path], Path]


def tables(root: Path, agency: str) -> Any:
    return read_json(root / "output" / agency / "2021" / "report.json")["tables"]


def check_of(root: Path, agency: str, name: str) -> list[dict[str, Any]]:
    done = run_govnb("check", "-a", agency, "--json", cwd=root)
    [report] = json.loads(done.stdout)["reports"]
    return [check for check in report["checks"] if check["id"] == name]


def test_the_tables_are_those_of_the_members_added(made: Path) -> None:
    total, parts = tables(made, "total"), [tables(made, "office"), tables(made, "bureau")]
    compared = 0
    for table, rows in total.items():
        for row, cells in rows.items():
            for column, value in cells.items():
                values = [part[table][row][column] for part in parts]
                if all(isinstance(number, int) for number in values):
                    assert value == sum(values), (table, row, column)
                    compared += 1
    assert compared > 150


def test_the_sum_is_assessed(made: Path) -> None:
    found = check_of(made, "total", "aggregate.sum")
    assert found
    assert {check["status"] for check in found} == {"pass"}


def test_a_declared_table_that_differs_fails_in_its_cell(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    declared = {"name": "甲市total", "year": 2021, "edition": 2021, "tables": tables(root, "total")}
    natural = next(iter(declared["tables"]["applications"]["new"]))
    declared["tables"]["applications"]["new"][natural] += 1
    path = root / "data" / "total" / "declared-2021.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(declared, ensure_ascii=False), encoding="utf-8")
    failed = [check for check in check_of(root, "total", "aggregate.sum") if check["status"] == "fail"]
    assert len(failed) == 1
    assert int(failed[0]["actual"]) == int(failed[0]["expected"]) + 1
    assert "新收" in failed[0]["where"] + failed[0]["message"]


def test_an_aggregate_with_ledgers_of_its_own_counts_itself(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    write_ledgers(root, "total")
    done = run_govnb("check", "-a", "total", "--json", cwd=root)
    [report] = json.loads(done.stdout)["reports"]
    own = tables(root, "office")["applications"]["new"]["total"]
    assert (
        report["tables"]["applications"]["new"]["total"] == tables(root, "total")["applications"]["new"]["total"] + own
    )


def test_a_member_that_nobody_knows_is_a_fault_of_the_params(empty: Path) -> None:
    write_params(empty, "total", more="members: [office, ofice]\n")
    done = run_govnb("check", cwd=empty)
    assert done.returncode == 2
    assert "“office”" in done.stderr
    assert "params/total/agency.yaml" in done.stderr


def test_members_that_sum_one_another_up_are_refused(empty: Path) -> None:
    write_params(empty, "one", more="members: [two]\n")
    write_params(empty, "two", more="members: [one]\n")
    write_params(empty, "self", more="members: [self]\n")
    done = run_govnb("check", cwd=empty)
    assert done.returncode == 2
    for name in ("one", "two", "self"):
        assert f"params/{name}/agency.yaml" in done.stderr


# What members published


def published(root: Path, made: Path, member: str, suffix: str, change: tuple[str, str] | None = None) -> Path:
    """The member's report of ``made``, kept beside its data as it was published; of a page one cell may differ."""
    content = (made / "output" / member / "2021" / f"annual_report.{suffix}").read_bytes()
    if change is not None:
        old, new = (f"<td headers={text}</td>".encode() for text in change)
        assert content.count(old) == 1
        content = content.replace(old, new)
    path = root / "data" / member / f"published-2021.{suffix}"
    path.write_bytes(content)
    return path


def new_total(made: Path) -> str:
    """The cell of new applications in all, as office's page has it: its headers and its value."""
    page = (made / "output/office/2021/annual_report.html").read_text(encoding="utf-8")
    row = page[page.index("一、本年新收") :]
    return row[: row.index("</tr>")].rpartition("<td headers=")[2].removesuffix("</td>")


def test_published_reports_of_members_are_read_in_every_format_and_agree(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    for member, suffix in (("office", "html"), ("office", "pdf"), ("bureau", "docx")):
        published(root, made, member, suffix)
    [found] = check_of(root, "total", "aggregate.contradicts")
    assert found["status"] == "pass", found
    assert "600处" in found["message"]


def test_a_published_number_that_differs_is_named_with_member_table_cell_and_both_values(
    made: Path, copy_of: Copy
) -> None:
    root, cell = copy_of(made), new_total(made)
    published(root, made, "office", "html", (cell, cell.replace(">3", ">4")))
    done = run_govnb("check", "-a", "total", "--json", cwd=root)
    assert done.returncode == 1
    [report] = json.loads(done.stdout)["reports"]
    [failed] = [c for c in report["checks"] if c["id"] == "aggregate.contradicts" and c["status"] == "fail"]
    assert failed["where"] == "甲市office 收到和处理政府信息公开申请情况表“一、本年新收政府信息公开申请数量”“总计”列"
    assert (failed["expected"], failed["actual"], failed["severity"]) == ("4", "3", "error")
    assert "公布的是4，汇总采用3" in failed["message"]
    # Its own report has nothing to do with it, and the file is none that nobody reads.
    alone = run_govnb("check", "-a", "office", cwd=root)
    assert "contradicts" not in alone.stdout
    assert "published-2021" not in alone.stderr + done.stderr


def test_a_file_that_can_t_be_read_is_said_and_costs_nothing_else(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    (root / "data/office/published-2021.pdf").write_bytes(b"%PDF-1.7 nothing")
    published(root, made, "bureau", "html")
    found = check_of(root, "total", "aggregate.contradicts")
    assert {check["status"] for check in found} == {"pass", "not_assessable"}
    assert "data/office/published-2021.pdf" in found[-1]["where"]


def test_the_report_is_made_again_when_a_member_s_page_comes_in(made: Path, copy_of: Copy) -> None:
    root, cell = copy_of(made), new_total(made)
    published(root, made, "office", "html", (cell, cell.replace(">3", ">4")))
    done = run_govnb("run", "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    reports = {report["agency"]: report for report in json.loads(done.stdout)["reports"]}
    assert "data/office/published-2021.html" in reports["total"]["reason"]
    assert not any("published" in reports[agency]["reason"] for agency in ("office", "bureau"))
    report = read_json(root / "output/total/2021/report.json")
    assert [c["status"] for c in report["checks"] if c["id"] == "aggregate.contradicts"] == ["fail"]
    strict = run_govnb("run", "-a", "total", "--force", "--strict", cwd=root)
    assert strict.returncode == 1
    assert "aggregate.contradicts" in strict.stderr


# Shares of the members


def test_report_json_has_the_share_of_each_member_in_every_cell(made: Path) -> None:
    report = read_json(made / "output/total/2021/report.json")
    assert [(member["id"], member["state"]) for member in report["members"]] == [
        ("office", "summed"),
        ("bureau", "summed"),
    ]
    parts = {member: tables(made, member) for member in ("office", "bureau")}
    compared = 0
    for table, rows in report["tables"].items():
        for row, cells in rows.items():
            for column, value in cells.items():
                if not isinstance(value, int):
                    continue
                shares = report["figures"][f"{table}.{row}.{column}"].get("members", {})
                assert sum(shares.values()) == value
                assert all(parts[member][table][row][column] == share for member, share in shares.items())
                compared += bool(shares)
    assert compared > 40


def test_trace_lists_each_member_with_its_value_and_share(made: Path) -> None:
    text = run_govnb("trace", "total", "2021", "applications.new.total", cwd=made).stdout
    assert "office  甲市office: 3 (4.1%)" in text
    assert "bureau  甲市bureau: 70 (95.9%)" in text
    assert "govnb trace office 2021 applications.new.total" in text
    group = run_govnb("trace", "total", "2021", "applications.denied.total", "--json", cwd=made)
    data = json.loads(group.stdout)
    assert data["value"] == sum(data["members"].values())
    assert data["shares"] == {"office": "0.0", "bureau": "100.0"}
    lines = run_govnb("trace", "total", "2021", "applications.new.total", "--csv", cwd=made).stdout.splitlines()
    assert lines[1:] == ["office,甲市office,3,4.1", "bureau,甲市bureau,70,95.9"]
    share = json.loads(run_govnb("trace", "total", "2021", "applications.granted_share", "--json", cwd=made).stdout)
    assert share["members"] == {}


def test_a_missing_member_is_named_by_check_and_by_trace(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    write_params(root, "gone", years=(2020,))
    write_params(root, "total", more="members: [office, gone]\n")
    done = run_govnb("check", "-a", "total", cwd=root)
    assert done.returncode == 0, "a member without a report is a warning"
    assert "甲市gone" in done.stdout
    assert "aggregate.missing" in done.stdout
    traced = run_govnb("trace", "total", "2021", "applications.new.total", cwd=root).stdout
    assert "gone  甲市gone: no report" in traced
    assert json.loads(run_govnb("trace", "total", "2021", "applications.new.total", "--json", cwd=root).stdout)[
        "members"
    ] == {"office": 3, "gone": None}
