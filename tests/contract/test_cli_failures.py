"""A report that fails does so alone, says in which cell and why, and leaks nothing; text like code is data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import nbformat
import pytest

from tests.workspaces import (
    REPORT_CELLS,
    Done,
    digests,
    read_json,
    run_govnb,
    states,
    write_csv,
    write_ledgers,
    write_notebook,
    write_params,
)

# name → (cells, what stderr must say of it)
FAILING = {
    "raises": (
        ["x = 1", "# a comment\nraise ValueError('牛头不对马嘴')"],
        ["“raise ValueError", "牛头不对马嘴", "cell 4"],
    ),
    "leaves": (["import sys\nsys.exit(0)"], ["“import sys”", "SystemExit", "cell 3"]),
    "dies": (["import os\nos._exit(0)"], ["“import os”", "kernel died", "cell 3"]),
    "killed": (["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"], ["“import os, signal”", "kernel died"]),
    "hangs": (["import time\nwhile True: time.sleep(1)"], ["“import time”", "3 seconds", "--timeout"]),
    "hogs": (["block = bytearray(2 << 30)"], ["“block = bytearray(2 << 30)”", "MemoryError"]),
    "forks": (
        ["import subprocess\nsubprocess.Popen(['sleep', '7654321'])\nraise RuntimeError('left a child')"],
        ["left a child"],
    ),
    "says-nothing": (["pass"], ["published no report"]),
}


def write_all(root: Path) -> None:
    for name, (cells, _) in FAILING.items():
        write_params(root, name, f"notebook: {name}\n")
        write_csv(root / "data" / name / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
        write_notebook(root, name, *cells)
    write_ledgers(root, "office")
    write_notebook(root, "annual_report", *REPORT_CELLS)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done, dict[str, str]]:
    """One run of nine reports of which one is sound; each of the others has outputs of an earlier run."""
    root = tmp_path_factory.mktemp("failing") / "workspace"
    write_params(root, "office")
    write_all(root)
    for name in FAILING:
        folder = root / "output" / name / "2021"
        folder.mkdir(parents=True)
        folder.joinpath(f"{name}.html").write_text("the old one", encoding="utf-8")
    old = digests(root / "output")
    arguments = ["run", "--json", "--timeout", "3", "--memory", "600", "-j", "2", "--format", "html"]
    return root, run_govnb(*arguments, cwd=root), old


def test_only_the_faulty_ones_fail(failed: tuple[Path, Done, dict[str, str]]) -> None:
    root, done, _ = failed
    assert done.returncode == 1
    assert states(done) == {**dict.fromkeys(FAILING, "failed"), "office": "made"}, done.stderr
    assert root.joinpath("output/office/2021/manifest.json").exists()


@pytest.mark.parametrize("name", FAILING)
def test_the_error_names_the_cell_and_its_first_line(failed: tuple[Path, Done, dict[str, str]], name: str) -> None:
    root, done, _ = failed
    [report] = [report for report in json.loads(done.stdout)["reports"] if report["agency"] == name]
    assert report["state"] == "failed"
    for text in FAILING[name][1]:
        assert text in report["reason"], report["reason"]
        assert text in done.stderr
    reason = root.joinpath("output", name, "2021", "failed", "reason.txt").read_text(encoding="utf-8")
    assert report["reason"] in reason


@pytest.mark.parametrize("name", FAILING)
def test_the_notebook_is_kept_as_far_as_it_got(failed: tuple[Path, Done, dict[str, str]], name: str) -> None:
    root = failed[0]
    kept = nbformat.read(root / "output" / name / "2021" / "failed" / "notebook.ipynb", as_version=4)
    nbformat.validate(kept)
    code = [cell for cell in kept.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code[:2]] == [1, 2]
    if name == "raises":
        assert code[-1].outputs[0].ename == "ValueError"


def test_old_outputs_stay(failed: tuple[Path, Done, dict[str, str]]) -> None:
    root, _, old = failed
    now = digests(root / "output")
    assert {name: now[name] for name in old} == old


def test_nothing_that_a_notebook_started_is_left(failed: tuple[Path, Done, dict[str, str]]) -> None:
    assert failed[1].returncode == 1
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 7654321" not in running


# -- before any kernel starts ------------------------------------------------------------------------------------------


def test_notebooks_that_cannot_be_run_are_named_all_at_once(empty: Path) -> None:
    write_ledgers(empty, "office")
    write_notebook(empty, "untagged", "1", parameters=False)
    notebooks = empty / "notebooks"
    notebooks.joinpath("broken.ipynb").write_text("{not json", encoding="utf-8")
    notebooks.joinpath("binary.ipynb").write_bytes(b"\xff\xfe\x00\x01\x80" * 100)
    notebooks.joinpath("list.ipynb").write_text("[]", encoding="utf-8")
    notebooks.joinpath("folder.ipynb").mkdir()
    outside = empty.parent / "outside.ipynb"
    shutil.copy(write_notebook(empty, "good", "1"), outside)
    notebooks.joinpath("linked.ipynb").symlink_to(outside)
    names = ["untagged", "broken", "binary", "list", "folder", "linked", "missing"]
    started = time.monotonic()
    done = run_govnb("run", *(part for name in names for part in ("-n", name)), cwd=empty)
    assert time.monotonic() - started < 60
    assert done.returncode == 2
    for name in names:
        assert f"notebooks/{name}.ipynb" in done.stderr, name
    assert "`parameters`" in done.stderr
    assert not empty.joinpath("output").exists()


def test_an_empty_parameters_cell_works(empty: Path) -> None:
    write_ledgers(empty, "office")
    path = write_notebook(empty, "annual_report", *REPORT_CELLS)
    data = read_json(path)
    data["cells"][0]["source"] = []
    path.write_text(json.dumps(data), encoding="utf-8")
    done = run_govnb("run", "--format", "ipynb", cwd=empty)
    assert done.returncode == 0, done.stderr


# -- secrets -----------------------------------------------------------------------------------------------------------

SECRET, QUERY = "s3cr3t'\"\\/@:%秘密 value", "hidden-query-value"


def test_no_secret_reaches_any_output_or_log(empty: Path) -> None:
    """Not in the notebook that prints everything, not where the connection fails, in no spelling of it."""
    source = "sources:\n  documents:\n    url: postgresql+psycopg://user:${DB_PW}@127.0.0.1:1/db\n"
    source += "    query: select * from documents where owner = '${DB_OWNER}'\n"
    write_params(empty, "office", source)
    write_csv(empty / "data" / "office" / "fees.csv", ["收费项目", "期末日期", "收费金额（元）"], [])
    cells = (
        "import os, json, html, urllib.parse, pathlib, getpass\nprint(os.environ)\nprint(dict(os.environ))",
        "print(os.environ['DB_PW'])\nos.environ['DB_PW']",
        "print(json.dumps(dict(os.environ)))",
        "print(html.escape(os.environ['DB_PW']), urllib.parse.quote(os.environ['DB_PW']))",
        "print(pathlib.Path.cwd(), os.path.expanduser('~'), pathlib.Path('params').resolve())\nobject()",
        "import warnings\nwarnings.warn('from the notebook')",
        "raise RuntimeError(os.environ['DB_PW'] + os.environ['DB_OWNER'])",
    )
    write_notebook(empty, "telling", *cells)
    write_notebook(empty, "annual_report", *REPORT_CELLS)
    home = empty.parent / "home-of-lisi"
    home.mkdir()
    environment = {"DB_PW": SECRET, "DB_OWNER": QUERY, "HOME": str(home), "USER": "lisi", "HOSTNAME": "secret-host"}
    started = time.monotonic()
    told = run_govnb("run", "-n", "telling", cwd=empty, environment=environment)
    failed = run_govnb("run", "--json", "-j", "1", cwd=empty, environment=environment)
    checked = run_govnb("check", "--json", "-v", cwd=empty, environment=environment)
    assert time.monotonic() - started < 90, "a database that is down is told within seconds"
    assert (told.returncode, failed.returncode, checked.returncode) == (1, 1, 1)
    assert "127.0.0.1" in failed.stderr
    written = [path.read_text(encoding="utf-8") for path in empty.joinpath("output").rglob("*") if path.is_file()]
    notebook = empty.joinpath("output/office/2021/failed/notebook.ipynb")
    assert notebook.exists()
    texts = [*written, *(part for done in (told, failed, checked) for part in (done.stdout, done.stderr))]
    forbidden = [SECRET, QUERY, "s3cr3t", str(empty), str(home), "lisi", "secret-host"]
    for text in texts:
        for word in forbidden:
            assert word not in text, word


def test_what_a_notebook_prints_varies_with_nothing(empty: Path) -> None:
    """Process ids and addresses in warnings and reprs are taken out, so that such a notebook verifies too."""
    write_ledgers(empty, "office")
    chatter = "import os, sys, tempfile, warnings\nwarnings.warn('x')\nprint(object(), tempfile.gettempdir())\nobject()"
    flood = "for number in range(200): print(number); sys.stdout.flush()"
    write_notebook(empty, "annual_report", chatter, flood, *REPORT_CELLS)
    assert run_govnb("run", "--format", "ipynb", cwd=empty).returncode == 0
    text = empty.joinpath("output/office/2021/annual_report.ipynb").read_text(encoding="utf-8")
    assert str(empty) not in text
    assert "ipykernel_" not in text
    assert len(nbformat.reads(text, as_version=4).cells[3].outputs) == 1
    done = run_govnb("verify", cwd=empty, environment={"TMPDIR": str(empty.parent)})
    assert done.returncode == 0, done.stderr


# -- text is data ------------------------------------------------------------------------------------------------------

NASTY = "甲\"乙'丙'''丁{{ 7 * 191 }}<script>alert(1)</script>__import__('os').mkdir('pwned')${HOME}$x$#{1+1}\\n&amp;%s"


def test_text_that_looks_like_code_is_data_everywhere(empty: Path) -> None:
    """Demand 26b: in the parameters and in the ledgers, in every output."""
    quoted = json.dumps(NASTY, ensure_ascii=False)
    write_params(empty, "office", more="reply_target_days: 10\n")
    text = f"name: {quoted}\nshort_name: {quoted}\nregion: 甲市\nlevel: department\n"
    empty.joinpath("params/office/agency.yaml").write_text(text, encoding="utf-8")
    cited = f"cited:\n  rank: {{value: 1, label: {quoted}, unit: 名, source: {quoted}}}\n"
    empty.joinpath("params/office/2021.yaml").write_text(cited, encoding="utf-8")
    write_ledgers(empty, "office")
    heads = ["编号", "类别", "标题", "公开日期"]
    write_csv(empty / "data/office/disclosures.csv", heads, [["1", NASTY, NASTY, "2021-03-01"]])
    problem = [["1", "2021", NASTY, NASTY, ""]]
    write_csv(empty / "data/office/problems.csv", ["编号", "提出年度", "问题", "改进措施", "整改完成日期"], problem)
    shutil.copy(Path(__file__).resolve().parents[2] / "notebooks" / "annual_report.ipynb", _folder(empty / "notebooks"))
    before = {path.relative_to(empty) for path in empty.rglob("*")}
    done = run_govnb("run", "--format", "html,pdf,docx,xlsx", "--json", cwd=empty)
    assert done.returncode == 0, done.stderr
    assert not list(empty.parent.rglob("pwned"))
    new = {path.relative_to(empty) for path in empty.rglob("*")} - before
    assert {path.parts[0] for path in new} == {"output"}
    folder = empty / "output" / "office" / "2021"
    data = read_json(folder / "report.json")
    assert data["name"] == NASTY
    assert data["figures"][f"disclosures.{NASTY}"]["value"] == 1
    assert "1337" not in folder.joinpath("annual_report.html").read_text(encoding="utf-8").replace("&#", "")
    page = folder.joinpath("annual_report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "alert(1)" in page
    overview = json.dumps(data["sections"], ensure_ascii=False)
    assert os.environ.get("HOME", "?") not in overview


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
