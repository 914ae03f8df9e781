"""What users of such tools complain of in runs, each as a demand with its number, against the real command line.

Most of it is asked of one calm run of two hundred agencies at ``-j 16``, which test_torture compares itself with.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pikepdf
import pytest

from govnb.crew.warm import WarmCrew
from govnb.notebook import clients, run
from govnb.notebook.execute import Limits
from tests.many import agencies, write_many
from tests.provinces import (
    AGENCIES,
    CHARTED,
    TALLY,
    calm_province,
    issued,
    marked,
    received,
    resident,
    start_govnb,
)
from tests.running import ROOT, Order, run_order, running, wait_for
from tests.workspaces import (
    REPORT_CELLS,
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

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")

HANG = "import time\nwhile True:\n    try: time.sleep(900)\n    except BaseException: pass"


@pytest.fixture
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """The workspace after its run, and how that went."""
    folder, told = calm_province(tmp_path_factory)
    return folder / "workspace", told


def folder_of(root: Path, agency: str) -> Path:
    return root / "output" / agency / "2021"


# -- many side by side -------------------------------------------------------------------------------------------------


def test_two_hundred_reports_side_by_side_are_all_made(province: tuple[Path, Any]) -> None:
    """Demands 1 and 2: no start fails, no address is in use, and none had to be tried again."""
    root, told = province
    assert told["returncode"] == 0, told["stderr"]
    assert [(report["agency"], report["state"]) for report in told["reports"]] == [(name, "made") for name in AGENCIES]
    assert not re.search(r"ZMQ|[Aa]ddress already in use|did not come up", told["stderr"])
    assert {root.joinpath("tally", agency).stat().st_size for agency in AGENCIES} == {1}


def test_the_parent_does_not_grow_and_leaves_nothing(province: tuple[Path, Any]) -> None:
    """Demand 7."""
    memory = province[1]["memory"]
    assert len(memory) == 200
    assert max(memory[20:]) <= memory[20] + (20 << 20)
    assert province[1]["left"] == []


def test_five_hundred_starts_side_by_side(tmp_path: Path) -> None:
    """Demands 2 and 7 in full, with a notebook that leaves its mark and publishes nothing."""
    root, temporary = write_many(tmp_path / "workspace", 500, TALLY), tmp_path / "t"
    temporary.mkdir()
    root.joinpath("tally").mkdir()
    memory, said = [], []
    with start_govnb("run", "-j", "32", "--format", "ipynb", cwd=root, TMPDIR=str(temporary)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("FAILED "):
                memory.append(resident(process.pid))
                said.append(line)
    assert process.returncode == 1
    assert len(said) == 500
    assert all("the notebook published no report" in line and "tried" not in line for line in said)
    assert {root.joinpath("tally", agency).stat().st_size for agency in agencies(500)} == {1}
    assert max(memory[20:]) <= memory[20] + (50 << 20)
    assert [*marked(temporary), *temporary.iterdir()] == []


def test_each_report_is_that_of_its_own_params(province: tuple[Path, Any]) -> None:
    """Demand 15: title, tables, text and the PDF's metadata."""
    root = province[0]
    for agency in AGENCIES:
        folder = folder_of(root, agency)
        report = read_json(folder / "report.json")
        title = f"甲市{agency}2021年政府信息公开工作年度报告"
        assert (report["agency"], report["year"], report["title"]) == (agency, 2021, title)
        assert report["tables"]["applications"]["new"]["total"] == received(agency)
        assert report["tables"]["disclosure"]["normative_documents"]["issued"] == issued(agency)
        notebook = "charted" if agency in CHARTED else "annual_report"
        page = folder.joinpath(f"{notebook}.html").read_text(encoding="utf-8")
        assert f"<title>{title}</title>" in page
        named = set(re.findall(r"甲市(n\d{3})", page + json.dumps(report, ensure_ascii=False)))
        assert named == {agency}
        with pikepdf.open(folder / f"{notebook}.pdf") as pdf, pdf.open_metadata() as metadata:
            assert str(pdf.docinfo["/Title"]) == metadata["dc:title"] == title
            assert metadata["dc:creator"] == [f"甲市{agency}"]


def test_charts_differ_where_their_data_do_and_are_inside(province: tuple[Path, Any]) -> None:
    """Demand 16."""
    root = province[0]
    drawn: dict[str, list[str]] = {}
    for agency in CHARTED:
        page = folder_of(root, agency).joinpath("charted.html").read_text(encoding="utf-8")
        drawn[agency] = re.findall(r'<(?:svg|img)\b.*?(?:</svg>|src="data:[^"]*")', page, re.DOTALL)
        assert {path.suffix for path in folder_of(root, agency).iterdir()} == {".html", ".ipynb", ".json", ".pdf"}
    assert {len(charts) for charts in drawn.values()} == {2}
    for number in (0, 1):
        assert len({charts[number] for charts in drawn.values()}) == len(CHARTED)


def test_sources_are_never_written_to(province: tuple[Path, Any]) -> None:
    """Demand 17: neither content nor time of change of any file in params/, data/ and notebooks/."""
    root, told = province
    assert told["untouched"]
    assert {path.name for path in root.iterdir()} == {"params", "data", "notebooks", "output", "tally"}


def test_only_what_is_selected_is_written(empty: Path) -> None:
    """Demands 17 and 18: of a tree that may only be read; other agencies, years and files stay as they are."""
    for agency in ("office", "bureau"):
        write_params(empty, agency, years=(2020, 2021))
        write_ledgers(empty, agency)
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    assert run_govnb("run", "--format", "html", cwd=empty).returncode == 0
    for name in ("mine.pdf", "office/mine.html", "office/2021/mine.docx", "office/2021/annual_report.docx"):
        empty.joinpath("output", name).write_text("the user's own", encoding="utf-8")
    before = digests(empty / "output")
    for folder in ("params", "data", "notebooks"):
        for path in (empty / folder, *empty.joinpath(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    empty.chmod(0o555)
    for path in empty.joinpath("output/bureau").rglob("*"):
        path.chmod(0o444)
    command = [sys.executable, "-m", "govnb", "run", "-a", "office", "-y", "2021", "--format", "html", "--force"]
    # Root may write anywhere unless this is taken from it.
    bounded = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*bounded, *command], cwd=empty, env=plain_environment(), capture_output=True, encoding="utf-8", timeout=120
    )
    empty.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "made office 2021" in done.stderr
    after = digests(empty / "output")
    assert after == before
    changed = {path.name for path in folder_of(empty, "office").iterdir() if path.stat().st_mode & 0o222}
    assert "mine.docx" in changed


def test_two_runs_in_two_workspaces_at_once(tmp_path: Path) -> None:
    """Demand 3. In one workspace the second is refused: test_cli_rerun."""
    roots = [tmp_path / "one", tmp_path / "two"]
    for root in roots:
        for number in range(3):
            write_params(root, f"a{number}")
            write_ledgers(root, f"a{number}")
        write_notebook(root, "annual_report", *REPORT_CELLS)
    both = [start_govnb("run", "--json", "-j", "3", "--format", "html", cwd=root) for root in roots]
    for process in both:
        output, told = process.communicate(timeout=240)
        assert process.returncode == 0, told
        assert {report["state"] for report in json.loads(output)["reports"]} == {"made"}
    assert digests(roots[0] / "output") == digests(roots[1] / "output")


# -- kernels that don't come, and that go ------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [None, "sleepy"], ids=["forked", "ordinary"])
def test_a_kernel_that_does_not_come_up_is_killed_and_named(
    kernel: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Demand 4; ``--retries`` try it again, as it failed by no fault of the notebook's."""
    for module in (run, clients):
        monkeypatch.setattr(module, "START_SECONDS", 1)
    monkeypatch.setattr("govnb.notebook.kernel.START_SECONDS", 1)
    if kernel is None:
        monkeypatch.setattr("govnb.notebook.engine._can_fork", lambda: True)
        monkeypatch.setattr("govnb.notebook.cells.run_cells", lambda *_: (time.sleep(86388.5), os._exit(0)))
        monkeypatch.setattr(clients, "adopt_orphans", lambda: None)
    else:
        folder = tmp_path / "kernels" / "sleepy"
        folder.mkdir(parents=True)
        spec = {"argv": ["sleep", "86388.5"], "display_name": "sleepy", "language": "python"}
        folder.joinpath("kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    ran = run_order(Order(("1",), tmp_path, Limits(60, 0, kernel=kernel)))
    assert ran.code == "notebook.kernel"
    assert "the kernel did not come up in" in ran.said
    assert "Try again with a smaller -j" in ran.said
    assert wait_for(lambda: not running(["86388.5"]), 5)


def test_a_kernel_that_is_killed_in_mid_cell_is_told_at_once(empty: Path) -> None:
    """Demands 5 and 6: by the process that was started, and no other report waits for it."""
    write_csv(empty / "data" / "office" / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    path = empty.parent / "pid"
    sleep = f"import os, time, pathlib\npathlib.Path({str(path)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    write_notebook(empty, "annual_report", sleep)
    write_params(empty, "bureau", "notebook: good\n")
    write_ledgers(empty, "bureau")
    write_notebook(empty, "good", *REPORT_CELLS)
    with start_govnb("run", "-j", "2", "--retries", "0", "--format", "ipynb", cwd=empty) as process:
        assert process.stderr is not None
        made = process.stderr.readline()
        assert made.startswith("made bureau 2021"), made
        assert wait_for(lambda: path.exists() and path.read_text(), 60)
        os.kill(int(path.read_text()), signal.SIGKILL)
        killed = time.monotonic()
        failed = process.stderr.readline()
        assert time.monotonic() - killed < 5
        assert "the kernel died in code cell 3 “import os, time, pathlib” (signal 9; out of memory?)" in failed
        process.communicate(timeout=30)
    assert process.returncode == 1


def test_a_report_s_memory_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demand 8: by the end of its process; the server that they are forked from does not grow."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    take = Order(("import numpy\nx = numpy.ones(40_000_000)\nimport os; os.getppid()",), tmp_path)
    server = "int(open(f'/proc/{__import__(\"os\").getppid()}/statm').read().split()[1]) * 4096"
    with WarmCrew(1) as crew:
        crew.submit(len, "").result(60)  # after the first call it has still to do what makes the others faster
        before = crew.submit(eval, server).result(60)
        ran = [crew.submit(run_order, take) for _ in range(5)]
        assert [future.result(120).failure for future in ran] == [None] * 5
        assert crew.submit(eval, server).result(60) < before + (20 << 20)
        assert all(not Path(f"/proc/{future.result().pid}").exists() for future in ran[:-1])


def cpu_seconds() -> float:
    """Of all children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_light_report_costs_much_less_than_by_plain_papermill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Demand 9, in processor time, which other work on the machine does not change: at most 40 %."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    options = "progress_bar=False, kernel_name='python3', language='python'"
    plain = (
        f"import papermill\nfor i in range(3): papermill.execute_notebook('x.ipynb', f'{{i}}.ipynb', {{}}, {options})"
    )
    path = write_notebook(tmp_path, "x", "1 + 1", "2 + 2")
    path.rename(tmp_path / "x.ipynb")
    begun = cpu_seconds()
    subprocess.run([sys.executable, "-c", plain], cwd=tmp_path, check=True, capture_output=True, timeout=240)
    by_papermill = (cpu_seconds() - begun) / 3
    with WarmCrew(1) as crew:
        crew.submit(len, "").result(60)
        begun = cpu_seconds()
        for future in [crew.submit(run_order, Order(("1 + 1", "2 + 2"), tmp_path)) for _ in range(10)]:
            assert future.result(60).failure is None
    ours = (cpu_seconds() - begun) / 10  # the server's start with them, a tenth for each
    assert ours <= 0.4 * by_papermill, (ours, by_papermill)


# -- limits, and what did not run --------------------------------------------------------------------------------------


def test_no_time_out_ends_in_a_report(empty: Path) -> None:
    """Demand 13: wherever it hangs, however it is tagged, also where everything was published before."""
    kinds: dict[str, tuple[str, ...]] = {
        "first": (HANG, *REPORT_CELLS),
        "last": (*REPORT_CELLS, HANG),
        "tagged": (HANG, *REPORT_CELLS),
        "in-the-end": (*REPORT_CELLS, "time = None\n" + HANG),
    }
    for name, cells in kinds.items():
        write_params(empty, name, f"notebook: {name}\n")
        write_ledgers(empty, name)
        path = write_notebook(empty, name, *cells)
        if name == "tagged":
            notebook = nbformat.read(path, as_version=4)
            notebook.cells[1].metadata["tags"] = ["raises-exception"]
            nbformat.write(notebook, path)
    empty.joinpath("params/office/2021.yaml").unlink()
    empty.joinpath("params/office/agency.yaml").unlink()
    empty.joinpath("params/office").rmdir()
    done = run_govnb("run", "--json", "--timeout", "5", "-j", "4", "--format", "ipynb", cwd=empty)
    assert done.returncode == 1
    assert states(done) == dict.fromkeys(kinds, "failed")
    for report in json.loads(done.stdout)["reports"]:
        number = len(kinds[report["agency"]]) + 2 if report["agency"] in ("last", "in-the-end") else 3
        first = kinds[report["agency"]][number - 3].splitlines()[0]
        assert f"code cell {number} “{first}” ran longer than 5 seconds" in report["reason"]
        assert {path.name for path in folder_of(empty, report["agency"]).iterdir()} == {"failed"}
        kept = nbformat.read(folder_of(empty, report["agency"]) / "failed" / "notebook.ipynb", as_version=4)
        assert kept.cells[number - 1].execution_count is None


def test_limits_are_finite_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Demand 14: of a cell, of a report, of memory; each can be set."""
    from govnb.commands.run import command

    defaults = {option.name: option.default for option in command.params}
    assert (defaults["timeout"], defaults["report_timeout"], defaults["memory"]) == (600, 1800, 4096)
    help_text = run_govnb("run", "--help", cwd=Path.cwd()).stdout
    for option in ("--timeout", "--report-timeout", "--memory", "--retries"):
        assert option in help_text


@pytest.mark.parametrize("kind", ["html", "pdf", "docx", "xlsx", "review"])
def test_an_unexecuted_notebook_is_never_rendered(kind: str, repository: Path, tmp_path: Path) -> None:
    """Demand 21, by nbconvert's own command."""
    (tmp_path / "x.ipynb").write_bytes(repository.joinpath("notebooks/annual_report.ipynb").read_bytes())
    command = [sys.executable, "-m", "nbconvert", "--to", f"govnb-{kind}", "x.ipynb"]
    done = subprocess.run(
        command, cwd=tmp_path, env=plain_environment(), capture_output=True, encoding="utf-8", timeout=120
    )
    assert done.returncode != 0
    assert "the notebook has not been run to its end: cell 2 did not run: agency =" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"x.ipynb"}


def test_an_executed_notebook_without_outputs_is_never_rendered(made: Path, tmp_path: Path) -> None:
    """Demand 21: as a tool that strips outputs leaves it, with or without its counts."""
    source = folder_of(made, "office") / "annual_report.ipynb"
    for counts in (True, False):
        notebook = nbformat.read(source, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = []
                cell.execution_count = cell.execution_count if counts else None
        nbformat.write(notebook, tmp_path / "x.ipynb")
        command = [sys.executable, "-m", "nbconvert", "--to", "govnb-html", "x.ipynb"]
        done = subprocess.run(
            command, cwd=tmp_path, env=plain_environment(), capture_output=True, encoding="utf-8", timeout=120
        )
        assert done.returncode != 0
        assert ("published no report" if counts else "did not run") in done.stderr
        assert {path.name for path in tmp_path.iterdir()} == {"x.ipynb"}


def test_force_always_runs_and_a_skip_is_always_told(empty: Path, copy_of: Callable[[Path], Path]) -> None:
    """Demand 19: also without a terminal, in JSON, and of one report of many; counted by what the notebook leaves."""
    write_ledgers(empty, "office")
    write_notebook(empty, "annual_report", "done = open('begun', 'a').write('.')", *REPORT_CELLS)
    expected = {
        (): ("made", 1),
        ("-j", "1"): ("skipped", 1),
        ("--force",): ("made", 2),
        ("--force", "-j", "1"): ("made", 3),
    }
    for arguments, (state, begun) in expected.items():
        done = run_govnb("run", "--json", "--format", "ipynb", *arguments, cwd=empty)
        assert states(done) == {"office": state}
        assert empty.joinpath("begun").stat().st_size == begun
        assert ("unchanged office 2021" in done.stderr and "not run again" in done.stderr) == (state == "skipped")


def test_nothing_of_the_crew_is_left_after_sigterm(empty: Path) -> None:
    """Demand 7, with many reports that wait and children that left their session. Ctrl-C: test_cli_bad_input."""
    temporary = empty.parent / "t"
    temporary.mkdir()
    sleep = "import subprocess\nsubprocess.run(['setsid', '-w', 'sleep', '86387.5'])"
    write_notebook(empty, "annual_report", sleep)
    for number in range(6):
        write_params(empty, f"a{number}")
        write_csv(empty / "data" / f"a{number}" / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    with start_govnb("run", "-j", "4", cwd=empty, TMPDIR=str(temporary)) as process:
        assert wait_for(lambda: len(running(["sleep 86387.5"])) >= 4, 120)
        process.terminate()
        told = process.communicate(timeout=30)[1]
    assert process.returncode == 128 + signal.SIGTERM, told
    assert running(["86387.5"]) + marked(temporary) == []
    assert list(temporary.iterdir()) == []
