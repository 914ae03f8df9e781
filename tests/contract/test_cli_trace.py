"""``govnb trace``: the rows shown are the rows counted, for every figure of the example, without personal data."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from govnb.commands.trace import headers, printed_rows, rows_behind
from govnb.steps import count_figures, count_tables
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import PERSONAL, run_govnb

AGENCY, YEAR = "guangzhou-gov-office", 2021


@pytest.fixture(scope="module")
def paper(repository: Path) -> Workpaper:
    return open_workpaper(AGENCY, YEAR, repository)


def test_the_rows_shown_equal_every_count_of_the_example(paper: Workpaper) -> None:
    catalogue = count_figures(paper, count_tables(paper))
    counted = 0
    for figure in catalogue.figures.values():
        rows = rows_behind(paper, catalogue, figure.id)
        if rows is None or catalogue.selections[figure.id].measure is not None:
            continue
        assert len(rows) == figure.rows == figure.value, figure.id
        assert figure.ledger is not None
        assert len(printed_rows(paper, figure.ledger, rows)) == figure.value
        counted += 1
    assert counted > 150


def test_every_ledger_row_that_is_counted_can_be_found_in_its_file(paper: Workpaper) -> None:
    """The row number is the one that a person sees in a spreadsheet: the header is row 1."""
    catalogue = count_figures(paper, count_tables(paper))
    rows = rows_behind(paper, catalogue, "applications.new.total")
    assert rows is not None
    lines = paper.workspace.root.joinpath("data", AGENCY, "applications.csv").read_text(encoding="utf-8-sig")
    read = list(csv.reader(io.StringIO(lines)))
    at = read[0].index("收到日期")
    for number, received in rows["received_date"].items():
        assert read[int(str(number)) - 1][at] == received.date().isoformat()


def test_no_personal_column_is_shown(paper: Workpaper) -> None:
    assert "subject" not in headers(paper, "applications")
    assert "申请内容" not in headers(paper, "applications").values()


@pytest.mark.parametrize(
    ("figure", "value"),
    [("applications.new.total", 575), ("applications.carried_out.total", 9), ("messages.handled", 182)],
)
def test_text_json_and_csv_show_the_same_rows(repository: Path, figure: str, value: int) -> None:
    arguments = ["trace", AGENCY, str(YEAR), figure]
    text = run_govnb(*arguments, cwd=repository)
    as_json = run_govnb(*arguments, "--json", cwd=repository)
    as_csv = run_govnb(*arguments, "--csv", cwd=repository)
    assert text.returncode == as_json.returncode == as_csv.returncode == 0
    data = json.loads(as_json.stdout)
    assert data["value"] == data["rows"] == len(data["selected"]) == value
    read = list(csv.reader(io.StringIO(as_csv.stdout)))
    assert len(read) - 1 == value
    assert f"{value} rows:" in text.stdout
    assert [line.split("\t")[0] for line in text.stdout.splitlines()[-value:]] == [row[0] for row in read[1:]]
    assert [str(row["row"]) for row in data["selected"]] == [row[0] for row in read[1:]]
    assert as_json.stderr == as_csv.stderr == ""


def test_nobody_s_text_is_shown(source: Path) -> None:
    for option in ([], ["--json"], ["--csv"]):
        done = run_govnb("trace", "office", "2021", "applications.new.total", *option, cwd=source)
        assert done.returncode == 0
        assert "2021-02-01" in done.stdout
        assert PERSONAL not in done.stdout
        assert "110101" not in done.stdout


def test_a_sum_shows_its_parts_and_an_aggregate_its_members(source: Path) -> None:
    done = run_govnb("trace", "total", "2021", "applications.new.total", "--json", cwd=source)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["value"] == sum(data["members"].values())
    assert set(data["members"]) == {"office", "bureau"}


def test_a_declared_figure_has_a_source_and_no_rows(source: Path) -> None:
    done = run_govnb("trace", "bureau", "2021", "disclosure.fees.amount", cwd=source)
    assert done.returncode == 0
    assert "24252.311082" in done.stdout
    assert "declared-2021.json" in done.stdout
    data = json.loads(run_govnb("trace", "bureau", "2021", "disclosure.fees.amount", "--json", cwd=source).stdout)
    assert data["selected"] == []


def test_an_unknown_figure_names_the_nearest(source: Path) -> None:
    done = run_govnb("trace", "office", "2021", "applications.granted.totl", cwd=source)
    assert done.returncode == 2
    assert "“applications.granted.total”" in done.stderr
    far = run_govnb("trace", "office", "2021", "qqqqq", cwd=source)
    assert far.returncode == 2
    assert "applications" in far.stderr
    assert len(far.stderr) < 1000


def test_yes_and_no_are_written_as_the_ledger_writes_them(paper: Workpaper) -> None:
    frame = paper.book.frames["disputes"].head(2).copy()
    frame["joint_defendant"] = [True, False]
    one, two = printed_rows(paper, "disputes", frame.astype({"joint_defendant": "boolean"}))
    assert ("是" in one, "否" in two) == (True, True)
    assert "False" not in two


def test_english_is_english_and_one_row_is_a_row(paper: Workpaper) -> None:
    done = run_govnb("trace", AGENCY, str(YEAR), "applications.carried_in.business", cwd=paper.workspace.root)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].endswith(": 1件")
    assert lines[1] == f"Source: data/{AGENCY}/applications.csv"
    assert lines[2].startswith("Rule: ")
    assert "1 row:" in lines
