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
