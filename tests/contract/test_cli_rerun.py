"""What is run again, what is not, and what else decides whether and how a report is made."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from govnb.inputs.params import read_params
from govnb.inputs.workspace import find_workspace
from govnb.material import Material
from tests.workspaces import (
    PERSONAL,
    REPORT_CELLS,
    Done,
    digests,
    plain_environment,
    read_json,
    run_govnb,
    states,
    write_csv,
    write_ledgers,
    write_notebook,
    write_params,
)

Copy = Callable[[Path], Path]


def run(root: Path, *arguments: str) -> Done:
    return run_govnb("run", "--json", *arguments, cwd=root)


def reasons(done: Done) -> dict[str, str]:
    return {report["agency"]: report["reason"] for report in json.loads(done.stdout)["reports"]}


def append_application(root: Path, received: str = "2021-12-29", name: str = "A-5") -> None:
    path = root / "data" / "office" / "applications.csv"
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerow([name, received, "网络", "自然人", "", "", ""])


def by_year(done: Done) -> dict[str, str]:
    """Agency and year → state."""
    return {f"{each['agency']} {each['year']}": each["state"] for each in json.loads(done.stdout)["reports"]}


def test_nothing_unchanged_is_run_again_and_each_skip_is_printed(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (1, 1))
    before = digests(root)
    done = run(root)
    assert done.returncode == 0
    assert set(states(done).values()) == {"skipped"}, reasons(done)
    assert done.stderr.count("inputs and outputs are unchanged") == 3
    assert digests(root) == before


def test_one_row_reruns_its_agency_and_the_sum_that_includes_it(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    append_application(root)
    done = run(root)
    assert states(done) == {"bureau": "skipped", "office": "made", "total": "made"}
    assert "data/office/applications.csv" in reasons(done)["office"]
    new = [
        read_json(root / "output" / agency / "2021" / "report.json")["tables"]["applications"]["new"]["total"]
        for agency in ("office", "bureau", "total")
    ]
    assert new[0] == 4
    assert new[2] == new[0] + new[1]


def test_a_row_reruns_the_years_that_it_concerns_and_their_sums(empty: Path) -> None:
    """Demand 20. What is skipped is, manifest and all, what --force would give."""
    for agency, more in (("office", ""), ("total", "members: [office]\n")):
        write_params(empty, agency, years=(2020, 2021), more=more)
    write_ledgers(empty, "office")
    sources = "import govnb\ngovnb.show_sources(govnb.open_workpaper(agency, year))"
    write_notebook(empty, "annual_report", sources, *REPORT_CELLS)
    arguments = ["--format", "html", "-j", "2"]
    every = {"office 2020", "office 2021", "total 2020", "total 2021"}
    assert by_year(run(empty, *arguments)) == dict.fromkeys(every, "made")

    def assert_forced_is_the_same() -> None:
        before = digests(empty / "output")
        assert by_year(run(empty, *arguments, "--force")) == dict.fromkeys(every, "made")
        assert digests(empty / "output") == before

    append_application(empty, "2022-01-04", "A-6")
    before = digests(empty / "output")
    done = run(empty, *arguments)
    assert by_year(done) == dict.fromkeys(every, "skipped"), done.stderr
    assert done.stderr.count("does not see: data/office/applications.csv") == 4
    changed = {name for name, sha in digests(empty / "output").items() if before[name] != sha}
    assert changed == {f"{name.replace(' ', '/')}/manifest.json" for name in every}
    assert_forced_is_the_same()
    append_application(empty, "2021-12-30", "A-7")
    done = run(empty, *arguments)
    assert by_year(done) == {name: "made" if name.endswith("2021") else "skipped" for name in every}, done.stderr
    assert_forced_is_the_same()
    path = empty / "data" / "office" / "applications.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(PERSONAL, "李四 要求公开预算"), encoding="utf-8")
    assert set(by_year(run(empty, *arguments)).values()) == {"skipped"}  # personal text is never read
    assert set(by_year(run(empty, *arguments)).values()) == {"skipped"}


def test_a_notebook_that_reads_files_by_itself_depends_on_them_whole(empty: Path) -> None:
    write_ledgers(empty, "office")
    code = "import pandas as pd\nlen(pd.read_csv('data/office/applications.csv'))"
    write_notebook(empty, "annual_report", code, *REPORT_CELLS)
    assert states(run(empty, "--format", "ipynb")) == {"office": "made"}
    append_application(empty, "2022-01-04")
    assert states(run(empty, "--format", "ipynb")) == {"office": "made"}
    assert states(run(empty, "--format", "ipynb")) == {"office": "skipped"}


def test_another_renderer_renders_again_without_running_the_notebook(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    folder = root / "output" / "office" / "2021"
    before = digests(folder)
    manifest = read_json(folder / "manifest.json")
    for name in ("typst", "govnb rendering code"):
        manifest["packages"][name] = "0.0.1"
    for name in ("annual_report.pdf", "report.json"):
        folder.joinpath(name).write_bytes(b"as another version made it")
        manifest["outputs"][name] = digests(folder)[name]
    folder.joinpath("manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = run(root, "-a", "office", "--memory", "1")  # a kernel could not start
    assert states(done) == {"office": "made"}, done.stderr
    assert "rendered again, not run: govnb rendering code, typst 0.0.1 → " in reasons(done)["office"]
    assert digests(folder) == before


def test_a_failure_that_is_over_is_forgotten(empty: Path) -> None:
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    assert states(run(empty, "--format", "ipynb")) == {"office": "made"}
    before = digests(empty / "output")
    path = empty / "data" / "office" / "documents.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"2021-03-01", b"2021-02-30"))
    assert states(run(empty, "--format", "ipynb")) == {"office": "failed"}
    path.write_bytes(content)
    assert states(run(empty, "--format", "ipynb")) == {"office": "skipped"}
    assert digests(empty / "output") == before


@pytest.mark.parametrize(
    ("path", "content", "rerun"),
    [
        ("params/bureau/2021.md", "# 存在的主要问题及改进情况\n\n本机关的问题是人手少。\n", {"bureau", "total"}),
        ("params/office/agency.yaml", None, {"office", "total"}),
        ("params/office/2020.yaml", "{}\n", {"office", "total"}),
        ("params/office/2022.yaml", "{}\n", set()),
        ("data/office/notes.txt", "不是台账", set()),
        ("data/bureau/declared-2020.json", "{}", {"bureau", "total"}),
        ("data/bureau/declared-2022.json", "{}", set()),
        ("data/total/fees.csv", "收费项目,期末日期,收费金额（元）\n", {"total"}),
        ("notebooks/other.ipynb", "{}", set()),
        ("calendar/2021.yaml", "holidays: [2021-03-03]\nworkdays: []\n", {"office", "bureau", "total"}),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" in value else "",
)
def test_what_else_reruns_a_report(made: Path, copy_of: Copy, path: str, content: str | None, rerun: set[str]) -> None:
    """Decided in this process: the command line would only take longer to say the same."""
    root = copy_of(made)
    file = root / path
    file.parent.mkdir(exist_ok=True)
    if content is None:
        content = file.read_text(encoding="utf-8").replace("甲市office", "甲市第一局")
    file.write_text(content, encoding="utf-8")
    space = find_workspace(root)
    due = set()
    for agency in ("office", "bureau", "total"):
        params = read_params(space, agency, 2021)
        found = Material(space).digests(params, root / "notebooks" / "annual_report.ipynb")
        before = read_json(root / "output" / agency / "2021" / "manifest.json")["inputs"]
        due |= {agency} if found != before else set()
    assert due == rerun


def test_a_tampered_or_lost_output_is_made_again(made: Path, copy_of: Copy) -> None:
    root = copy_of(made)
    before = digests(root / "output")
    root.joinpath("output/office/2021/report.json").write_text("{}", encoding="utf-8")
    root.joinpath("output/bureau/2021/annual_report.pdf").unlink()
    done = run(root)
    assert states(done) == {"bureau": "made", "office": "made", "total": "skipped"}
    assert "report.json" in reasons(done)["office"]
    assert "annual_report.pdf" in reasons(done)["bureau"]
    assert digests(root / "output") == before


def test_another_format_is_rendered_without_running_the_notebook(made: Path, copy_of: Copy) -> None:
    """Demand 20. What was made before in other formats stays, or it would contradict the new file."""
    root = copy_of(made)
    folder = root / "output" / "office" / "2021"
    before = digests(folder)
    manifest = read_json(folder / "manifest.json")
    for name in ("annual_report.docx", "annual_report.xlsx"):
        folder.joinpath(name).unlink()
        del manifest["outputs"][name]
    folder.joinpath("manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    done = run(root, "-a", "office", "--format", "docx,xlsx", "--memory", "1")  # a kernel could not start
    assert states(done) == {"office": "made"}, done.stderr
    assert "rendered from the notebook" in reasons(done)["office"]
    assert digests(folder) == before


def test_force_runs_what_is_unchanged(empty: Path) -> None:
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    assert states(run(empty, "--format", "ipynb")) == {"office": "made"}
    assert {path.name for path in empty.joinpath("output/office/2021").iterdir()} == {
        "annual_report.ipynb",
        "report.json",
        "review.html",
        "manifest.json",
    }
    before = digests(empty / "output")
    assert states(run(empty, "--format", "ipynb")) == {"office": "skipped"}
    forced = run(empty, "--format", "ipynb", "--force")
    assert reasons(forced) == {"office": "--force"}
    assert digests(empty / "output") == before


def test_two_notebooks_side_by_side(empty: Path) -> None:
    """Demand 44: both per agency and year, no clash; neither makes the other stale."""
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    write_notebook(empty, "short report", "import govnb", *REPORT_CELLS)
    arguments = ["-n", "annual_report", "-n", "short report.ipynb", "--format", "html", "-j", "2"]
    done = run(empty, *arguments)
    assert done.returncode == 0, done.stderr
    assert [report["notebook"] for report in json.loads(done.stdout)["reports"]] == ["annual_report", "short report"]
    folder = empty / "output" / "office" / "2021"
    names = {f"{name}.{kind}" for name in ("annual_report", "short report") for kind in ("ipynb", "html")}
    assert {path.name for path in folder.iterdir()} == names | {"report.json", "review.html", "manifest.json"}
    manifest = read_json(folder / "manifest.json")
    assert set(manifest["outputs"]) == names | {"report.json", "review.html"}
    assert {"notebooks/annual_report.ipynb", "notebooks/short report.ipynb"} <= set(manifest["inputs"])
    again = run(empty, *arguments)
    assert [report["state"] for report in json.loads(again.stdout)["reports"]] == ["skipped", "skipped"], again.stderr
    append_application(empty)
    changed = run(empty, "-n", "annual_report", "--format", "html")
    assert states(changed) == {"office": "made"}
    other = run(empty, "-n", "short report", "--format", "html", "--memory", "1")
    assert states(other) == {"office": "failed"}  # it was made from another ledger, so it had to run


def test_strict_keeps_what_was_there_also_where_nothing_changed(empty: Path) -> None:
    write_ledgers(empty, "office")
    # A row that is answered before it was received: a fault of severity error that does not stop the counting.
    faulty = [["A-1", "2021-03-05", "网络", "自然人", "", "2021-03-01", "（一）予以公开"]]
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    folder = empty / "output" / "office" / "2021"
    assert run(empty, "--strict", "--format", "ipynb").returncode == 0
    before = digests(folder)
    write_ledgers(empty, "office", faulty)
    strict = run(empty, "--strict", "--format", "ipynb")
    assert strict.returncode == 1
    assert states(strict) == {"office": "failed"}
    assert "ledger.order" in strict.stderr
    assert {name: sha for name, sha in digests(folder).items() if not name.startswith("failed/")} == before
    assert "ledger.order" in folder.joinpath("failed", "reason.txt").read_text(encoding="utf-8")
    nbformat.read(folder / "failed" / "notebook.ipynb", as_version=4)
    loose = run(empty, "--format", "ipynb")
    assert json.loads(loose.stdout)["reports"][0]["failed_checks"] > 0
    assert loose.returncode == 0
    assert not folder.joinpath("failed").exists()
    after = digests(folder)
    again = run(empty, "--strict", "--format", "ipynb")
    assert states(again) == {"office": "failed"}
    assert {name: sha for name, sha in digests(folder).items() if not name.startswith("failed/")} == after


def test_one_run_at_a_time_names_its_holder(empty: Path) -> None:
    write_csv(empty / "data" / "office" / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    started = empty / "started"
    code = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(60)"
    write_notebook(empty, "annual_report", code)
    command = [sys.executable, "-m", "govnb", "run"]
    first = subprocess.Popen(command, cwd=empty, env=plain_environment(), stderr=subprocess.PIPE)
    try:
        while not started.exists():
            assert first.poll() is None
            time.sleep(0.05)
        for arguments in (["run"], ["verify"]):
            second = run_govnb(*arguments, cwd=empty)
            assert second.returncode == 2
            assert str(first.pid) in second.stderr
    finally:
        first.terminate()
        first.communicate(timeout=30)
    assert not empty.joinpath("output/office/2021/annual_report.ipynb").exists()
    # The lock died with its holder.
    assert run(empty, "--timeout", "1").returncode == 1


def test_an_old_notebook_without_ids_gives_the_same_bytes_twice(empty: Path) -> None:
    write_ledgers(empty, "office")
    path = write_notebook(empty, "annual_report", *REPORT_CELLS)
    data = read_json(path)
    data["nbformat_minor"] = 4
    data["cells"][0]["metadata"]["tags"].append("hide-input")
    for cell in data["cells"]:
        del cell["id"]
    path.write_text(json.dumps(data), encoding="utf-8")
    before = path.read_bytes()
    assert run(empty, "--format", "ipynb").returncode == 0
    first = digests(empty / "output")
    assert run(empty, "--format", "ipynb", "--force").returncode == 0
    assert digests(empty / "output") == first
    notebook = nbformat.read(empty / "output/office/2021/annual_report.ipynb", as_version=4)
    nbformat.validate(notebook)
    # Demand 26: what marks the parameters cell marks the one that papermill puts behind it.
    assert notebook.cells[1].metadata.tags == ["injected-parameters", "hide-input"]
    assert path.read_bytes() == before


def test_a_member_that_is_missing_is_named_and_the_rest_is_summed(empty: Path) -> None:
    write_ledgers(empty, "office")
    write_params(empty, "silent")
    write_params(empty, "total", more="members: [office, silent]\n")
    done = run_govnb("check", "-a", "total", "--json", cwd=empty)
    assert done.returncode == 0, done.stdout
    [report] = json.loads(done.stdout)["reports"]
    [check] = [check for check in report["checks"] if check["id"] == "aggregate.sum"]
    assert check["status"] == "not_assessable"
    assert "silent" in check["message"]
