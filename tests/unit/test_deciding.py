"""What must be done for a report and why: by content alone, each reason with the name of what changed."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from govnb import deciding, versions
from govnb.deciding import LEAVE, RENDER, RENEW, RUN, Job, Task, decide, kept_beside
from govnb.inputs.ledgers import read_views
from govnb.inputs.params import read_params
from govnb.inputs.workspace import find_workspace
from govnb.keeping import renew_manifest, write_report
from govnb.manifest import read_manifest
from govnb.notebook.run import Limits
from tests.workspaces import write_ledgers, write_notebook, write_params

FILES = ("a.ipynb", "a.html", "report.json", "review.html")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    write_params(tmp_path, "office", "notebook: a\n", years=(2020, 2021))
    write_ledgers(tmp_path, "office")
    for name in ("a", "b"):
        write_notebook(tmp_path, name, "1")
    return Task(tmp_path, "office", 2021, tmp_path / "output", "a", Limits(60, 0), ("html",))


def seen(task: Task, *readings: tuple[str, int]) -> dict[str, dict[str, str]]:
    """What the cells would have noted."""
    space = find_workspace(task.root)
    found = {}
    for agency, year in readings or ((task.agency, task.year),):
        sources = read_params(space, agency, year).sources
        found[f"{agency}/{year}"] = read_views(space, sources, agency, {}, year)
    return found


def make(task: Task, views: dict[str, dict[str, str]] | None = None) -> None:
    names = (name.replace("a.", f"{task.notebook}.") for name in (FILES if task.notebook == "a" else FILES[:2]))
    write_report(Job.begin(task), seen(task) if views is None else views, {name: name.encode() for name in names})


def decided(task: Task) -> tuple[str, str]:
    decision = decide(Job.begin(task))
    assert decision.reason.zh != decision.reason.en or decision.reason.en == "--force"
    return decision.action, decision.reason.en


def append(task: Task, received: str, name: str = "A-9") -> None:
    with (task.root / "data/office/applications.csv").open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerow([name, received, "网络", "自然人", "", "", ""])


def edit(task: Task, change: Callable[[Any], None]) -> None:
    path = task.folder / "manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def test_what_is_not_there_is_run_and_what_is_there_is_left(task: Task) -> None:
    assert decided(task) == (RUN, "not made yet")
    make(task)
    assert decided(task) == (LEAVE, "inputs and outputs are unchanged, not run again")
    assert decided(replace(task, force=True)) == (RUN, "--force")
    assert decided(replace(task, notebook="b")) == (RUN, "not made yet")
    task.folder.joinpath("manifest.json").write_text("{")
    assert decided(task) == (RUN, "not made yet")


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("params/office/agency.yaml", "name: 甲\nlevel: town\n", "params params/office/agency.yaml"),
        ("params/office/2021.md", "# 总体情况\n\n一句话。\n", "narrative params/office/2021.md (new)"),
        ("data/office/declared-2020.json", "{}", "declared tables data/office/declared-2020.json (new)"),
        ("data/office/fees.csv", "收费项目,期末日期,收费金额（元）\n", "ledger data/office/fees.csv (new)"),
        ("data/office/documents.csv", None, "ledger data/office/documents.csv (gone)"),
        ("notebooks/a.ipynb", "{}", "notebook notebooks/a.ipynb"),
        ("calendar/2021.yaml", "holidays: []\n", "calendar calendar/2021.yaml (new)"),
        ("fonts/x.ttf", "", "font fonts/x.ttf (new)"),
    ],
)
def test_what_changed_is_named(task: Task, path: str, content: str | None, reason: str) -> None:
    make(task)
    file = task.root / path
    file.parent.mkdir(exist_ok=True)
    if content is None:
        file.unlink()
    else:
        file.write_text(content, encoding="utf-8")
    assert decided(task) == (RUN, f"inputs changed: {reason}")


def test_many_changes_are_counted_out_only_in_part(task: Task) -> None:
    make(task)
    for name in ("fees", "tasks", "messages", "platforms"):
        (task.root / f"data/office/{name}.csv").write_text("")
    action, reason = decided(task)
    assert (action, reason.count("(new)")) == (RUN, 3)
    assert reason.endswith(" …")


def test_a_package_is_named_with_its_versions(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    make(task)
    now = versions.package_versions()
    for changed, action, said in (
        ({"pandas": "9.9"}, RUN, f"package versions changed: pandas {now['pandas']} → 9.9"),
        ({"typst": "9.9"}, RENDER, f"rendered again, not run: typst {now['typst']} → 9.9 changed"),
        ({versions.RENDERING_CODE: "0"}, RENDER, "rendered again, not run: govnb rendering code changed"),
        ({versions.CODE: "0"}, RUN, "package versions changed: govnb code"),
        ({"typst": "9.9", "numpy": "9.9"}, RUN, f"package versions changed: numpy {now['numpy']} → 9.9"),
    ):
        monkeypatch.setattr(deciding, "package_versions", lambda changed=changed: {**now, **changed})
        assert decided(task) == (action, said)


def test_what_runs_elsewhere_goes_by_the_versions_there(task: Task) -> None:
    here = versions.package_versions()
    there = replace(task, elsewhere={**here, "pandas": "9.9", "typst": "0.0"})
    make(there)
    assert (read_manifest(task.folder) or {})["packages"] == {**here, "pandas": "9.9"}  # it is rendered here
    assert decided(there)[0] == LEAVE
    assert decided(task) == (RUN, f"package versions changed: pandas 9.9 → {here['pandas']}")
    nowhere = replace(task, elsewhere={}, limits=replace(task.limits, kernel="r"))
    make(nowhere)
    assert decided(nowhere)[0] == RUN
    assert decided(replace(task, elsewhere=here))[0] == RUN
    make(task)
    assert decided(replace(task, elsewhere=here))[0] == LEAVE


def test_versions_that_are_not_known_are_a_reason_to_run(task: Task) -> None:
    nowhere = replace(task, elsewhere={}, limits=replace(task.limits, kernel="r"))
    make(nowhere)
    edit(task, lambda data: data.update(packages=dict(nowhere.packages)))
    assert decided(nowhere) == (RUN, "the versions in kernel “r” are not known")


def test_a_database_is_asked_every_time(task: Task) -> None:
    source = "sources:\n  fees: {url: 'sqlite:///data/x.db', query: select 1}\nnotebook: a\n"
    task.root.joinpath("params/office/2021.yaml").write_text(source)
    make(task, {})
    assert decided(task) == (RUN, "a ledger comes from a database: fees")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, b"", b"half"])
def test_an_output_that_is_not_what_was_written_is_missing(task: Task, name: str, content: bytes | None) -> None:
    make(task)
    path = task.folder / name
    path.unlink() if content is None else path.write_bytes(content)
    if name == "a.ipynb":
        assert decided(task) == (RUN, "a.ipynb is missing or was changed")
    else:
        assert decided(task) == (RENDER, f"{name} rendered from the notebook as it was run before")


def test_a_row_of_a_later_year_is_no_matter_of_the_report(task: Task) -> None:
    earlier = replace(task, year=2020)
    make(task)
    make(earlier)
    append(task, "2022-01-01")
    for each in (task, earlier):
        said = "a ledger changed in what this report does not see: data/office/applications.csv"
        assert decided(each) == (RENEW, said)
        renew_manifest(Job.begin(each))
        assert decided(each)[0] == LEAVE
    append(task, "2021-12-31", name="A-10")
    assert decided(task) == (RUN, "inputs changed: ledger data/office/applications.csv")
    assert decided(earlier)[0] == RENEW
    append(task, "2022-05-05", name="A-9")  # the id is there already: a fault that every report tells
    assert decided(earlier)[0] == RUN


@pytest.mark.parametrize("views", [{}, {"office/2021": {}}, {"office/x": {"data/office/applications.csv": "1"}}])
def test_where_it_is_not_known_what_was_seen_it_is_run(task: Task, views: dict[str, dict[str, str]]) -> None:
    make(task, views)
    append(task, "2022-01-01")
    assert decided(task)[0] == RUN


def test_a_ledger_that_became_faulty_is_run(task: Task) -> None:
    """So that its fault is told."""
    make(task)
    append(task, "2022-02-30")
    assert decided(task)[0] == RUN


def test_a_renewed_manifest_is_that_of_a_report_made_anew(task: Task) -> None:
    make(task)
    append(task, "2022-01-01")
    renew_manifest(Job.begin(task))
    renewed = task.folder.joinpath("manifest.json").read_bytes()
    make(task)
    assert task.folder.joinpath("manifest.json").read_bytes() == renewed


def test_a_member_is_seen_as_of_the_year_of_the_sum(task: Task) -> None:
    write_params(task.root, "total", "notebook: a\n", more="members: [office]\n")
    total = replace(task, agency="total")
    make(total, seen(task, ("office", 2021)))
    append(task, "2022-01-01")
    assert decided(total)[0] == RENEW
    append(task, "2021-01-01", name="A-10")
    assert decided(total) == (RUN, "inputs changed: ledger data/office/applications.csv")


def test_other_notebooks_of_the_folder_are_kept_as_far_as_they_are_true(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(task, notebook="b")
    make(task)
    make(other)
    every = {*FILES, "b.ipynb", "b.html"}
    assert set((read_manifest(task.folder) or {})["outputs"]) == every
    assert (decided(task)[0], decided(other)[0]) == (LEAVE, LEAVE)
    append(task, "2022-01-01")
    assert set(kept_beside(Job.begin(task)).outputs) == {"b.ipynb", "b.html"}
    edit(task, lambda data: data["views"].pop("notebooks/b.ipynb"))  # it reads files by itself
    assert not kept_beside(Job.begin(task)).outputs
    assert set(kept_beside(Job.begin(other)).outputs) == set(FILES)
    now = versions.package_versions()
    monkeypatch.setattr(deciding, "package_versions", lambda: {**now, "typst": "9.9"})
    assert set(kept_beside(Job.begin(other)).outputs) == {"a.ipynb"}  # to be rendered again, not to be run
    monkeypatch.setattr(deciding, "package_versions", lambda: {**now, "numpy": "9.9"})
    assert not kept_beside(Job.begin(other)).outputs


def test_a_format_that_was_made_before_is_made_again(task: Task) -> None:
    """An old .docx beside a new .pdf would contradict it."""
    make(task)
    assert Job.begin(replace(task, formats=("docx",))).formats == ("html", "docx")
    assert decided(replace(task, formats=("docx",))) == (
        RENDER,
        "a.docx rendered from the notebook as it was run before",
    )


def test_without_looking_a_changed_ledger_concerns_the_report(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the command itself decides, which opens no ledger."""
    make(task)
    append(task, "2022-01-01")
    monkeypatch.setattr(Job, "sees", lambda *_: pytest.fail("a ledger was opened"))
    assert decide(Job.begin(task), look=False).action == RUN
