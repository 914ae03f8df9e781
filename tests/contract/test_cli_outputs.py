"""What a run writes: names, shapes, what must never be in it, the same bytes everywhere, and ``verify``."""

from __future__ import annotations

import getpass
import hashlib
import json
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from govnb.form.edition import packaged_editions
from tests.workspaces import FORMATS, PERSONAL, Done, digests, plain_environment, read_json, run_govnb, states

AGENCIES = ("bureau", "office", "total")
NAMES = {
    "annual_report.ipynb",
    *(f"annual_report.{kind}" for kind in FORMATS),
    "report.json",
    "review.html",
    "manifest.json",
}


def folder(root: Path, agency: str) -> Path:
    return root / "output" / agency / "2021"


def test_every_output_is_there_and_nothing_else(made: Path) -> None:
    for agency in AGENCIES:
        assert {path.name for path in folder(made, agency).iterdir()} == NAMES
    top = {path.name for path in made.joinpath("output").iterdir()}
    assert {name for name in top if not name.startswith(".")} == set(AGENCIES)


def test_run_json_gives_state_reason_and_duration(made_run: tuple[Path, Done]) -> None:
    done = made_run[1]
    assert states(done) == dict.fromkeys(AGENCIES, "made")
    for report in json.loads(done.stdout)["reports"]:
        assert report["year"] == 2021
        assert report["reason"]
        assert report["duration"] > 0
    assert done.stderr.count("made") >= 3


def test_sources_are_never_written_to(made: Path, source: Path) -> None:
    for part in ("params", "data", "notebooks"):
        assert digests(made / part) == digests(source / part)
        for path in (made / part).rglob("*"):
            if path.is_file():  # copytree keeps times, so a file that was written since has another
                assert path.stat().st_mtime_ns == (source / path.relative_to(made)).stat().st_mtime_ns, path
        assert not any(path.name in ("__pycache__", ".ipynb_checkpoints") for path in (made / part).rglob("*"))


def test_report_json_has_the_shape_of_the_contract(made: Path) -> None:
    data = read_json(folder(made, "office") / "report.json")
    assert (data["agency"], data["name"], data["year"], data["edition"]) == ("office", "甲市office", 2021, 2021)
    edition = packaged_editions()[2021]
    assert set(data["tables"]) == {"disclosure", "applications", "disputes"}
    assert list(data["tables"]["applications"]) == list(edition.applications.rows)
    for cells in data["tables"]["applications"].values():
        assert list(cells) == list(edition.applications.columns)
    for figure in data["figures"].values():
        assert {"value", "label", "source", "rows"} <= set(figure)
    assert data["figures"]["applications.new.total"]["value"] == 3
    assert data["figures"]["applications.new.total"]["rows"] == 3
    assert [section["code"] for section in data["sections"]] == [section.code for section in edition.sections]
    for section in data["sections"]:
        assert section["title"]
        assert isinstance(section["text"], str)
    for check in data["checks"]:
        assert {"id", "severity", "status", "where", "expected", "actual", "message"} <= set(check)
        assert check["severity"] in ("error", "warning", "information")
        assert check["status"] in ("pass", "fail", "not_assessable")
        assert isinstance(check["message"], str)


def test_the_tables_are_counted_as_the_contract_says(made: Path) -> None:
    table = read_json(folder(made, "office") / "report.json")["tables"]["applications"]
    natural, business = "natural_person", next(code for code in table["new"] if code.startswith("business"))
    assert (table["new"][natural], table["new"][business], table["new"]["total"]) == (2, 1, 3)
    assert table["carried_in"][natural] == table["carried_in"]["total"] == 1
    assert (table["granted"][natural], table["partial"][business]) == (2, 1)
    assert table["carried_out"][natural] == table["carried_out"]["total"] == 1
    disclosure = read_json(folder(made, "office") / "report.json")["tables"]["disclosure"]["normative_documents"]
    assert disclosure == {"issued": 1, "repealed": 1, "in_force": 1}


def test_money_is_exact(made: Path) -> None:
    data = read_json(folder(made, "bureau") / "report.json")
    assert Decimal(data["tables"]["disclosure"]["fees"]["amount"]) == Decimal("24252.311082")


def test_report_json_is_what_the_notebook_published(made: Path) -> None:
    from govnb.report import MIME

    for agency in AGENCIES:
        notebook = nbformat.read(folder(made, agency) / "annual_report.ipynb", as_version=4)
        nbformat.validate(notebook)
        bundles = [
            output.data[MIME]
            for cell in notebook.cells
            if cell.cell_type == "code"
            for output in cell.outputs
            if MIME in output.get("data", {})
        ]
        assert bundles == [read_json(folder(made, agency) / "report.json")]


def test_the_manifest_seals_every_input_and_output(made: Path) -> None:
    for agency in AGENCIES:
        manifest = read_json(folder(made, agency) / "manifest.json")
        assert set(manifest["outputs"]) == NAMES - {"manifest.json"}
        for name, sha in manifest["outputs"].items():
            assert hashlib.sha256((folder(made, agency) / name).read_bytes()).hexdigest() == sha
        for name, sha in manifest["inputs"].items():
            assert hashlib.sha256((made / name).read_bytes()).hexdigest() == sha
        assert manifest["packages"]["papermill"]
        assert manifest["parameters"]["name"] == f"甲市{agency}"
    inputs = set(read_json(folder(made, "total") / "manifest.json")["inputs"])
    assert {"data/office/applications.csv", "data/bureau/declared-2021.json", "params/office/agency.yaml"} <= inputs
    assert "notebooks/annual_report.ipynb" in inputs


def texts(path: Path) -> bytes:
    """All bytes of a file, and of what a zip file holds."""
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def test_no_output_names_a_path_a_user_a_host_or_a_person(made_run: tuple[Path, Done]) -> None:
    made, done = made_run
    forbidden = [str(made), str(made.parent), sys.prefix, str(Path(__file__).resolve().parents[2])]
    forbidden += [PERSONAL, "110101199003070038", "张三"]
    # A name like "vm" or "root" is part of other words; the run by another user below has a telling one.
    forbidden += [name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 4]
    forbidden += [home for home in [str(Path.home())] if home != "/root"]
    for text in forbidden:
        assert text not in done.stdout + done.stderr
        for path in made.joinpath("output").rglob("*"):
            if path.is_file():
                assert text.encode() not in texts(path), f"{path.name} holds {text}"


def test_the_executed_notebook_holds_no_time_and_no_random_id(made: Path) -> None:
    text = folder(made, "office").joinpath("annual_report.ipynb").read_text(encoding="utf-8")
    assert not re.search(r"start_time|end_time|duration|iopub|shell\.execute", text)
    notebook = nbformat.reads(text, as_version=4)
    source = nbformat.read(made / "notebooks" / "annual_report.ipynb", as_version=4)
    ids = [cell.id for cell in notebook.cells]
    assert ids == [source.cells[0].id, source.cells[1].id, "injected-parameters", *(c.id for c in source.cells[2:])]
    assert notebook.metadata.papermill == {"parameters": {"agency": "office", "year": 2021}}
    assert not source.cells[2].get("outputs")


def test_the_html_shows_no_code_and_fetches_nothing(made: Path) -> None:
    page = folder(made, "office").joinpath("annual_report.html").read_text(encoding="utf-8")
    assert "open_workpaper" not in page
    assert page.count("<h1") == 1
    assert 'lang="zh-Hans"' in page
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=[\"']?https?:", page)
    assert not re.search(r"@import|url\(\s*[\"']?https?:", page)
    assert len(page.encode()) < 300_000


@pytest.fixture(scope="module")
def elsewhere(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sources run in another folder, by another user, in another locale and time zone, one at a time."""
    root = tmp_path_factory.mktemp("elsewhere") / "政府 报告" / "p"
    shutil.copytree(source, root)
    home = tmp_path_factory.mktemp("home")
    # A user's own settings, which must not reach a report.
    profile = home / ".ipython" / "profile_default"
    profile.joinpath("startup").mkdir(parents=True)
    profile.joinpath("startup", "00.py").write_text("import pandas; pandas.set_option('display.max_rows', 3)\n")
    style = home / ".config" / "matplotlib"
    style.mkdir(parents=True)
    style.joinpath("matplotlibrc").write_text("font.size: 20\naxes.facecolor: red\naxes.grid: True\n")
    started = home / "startup.py"
    started.write_text("print('startup')\n")
    environment = {
        "LC_ALL": "zh_CN.GB18030",
        "TZ": "America/St_Johns",
        "PYTHONHASHSEED": "4711",
        "HOME": str(home),
        "USER": "wangwu",
        "LOGNAME": "wangwu",
        "PYTHONSTARTUP": str(started),
        "MPLBACKEND": "svg",
        "SOURCE_DATE_EPOCH": "1",
    }
    arguments = ["run", "-w", "政府 报告/p", "--format", ",".join(FORMATS), "-j", "1"]
    done = run_govnb(*arguments, cwd=root.parent.parent, environment=environment)
    assert done.returncode == 0, done.stderr
    return root


def test_the_same_inputs_give_the_same_bytes_everywhere(made: Path, elsewhere: Path) -> None:
    one, other = digests(made / "output"), digests(elsewhere / "output")
    assert one == other


def test_another_user_s_name_is_in_no_output(elsewhere: Path) -> None:
    for path in elsewhere.joinpath("output").rglob("*"):
        if path.is_file():
            assert b"wangwu" not in texts(path)


def test_verify_says_same_and_finds_one_changed_byte(made: Path, copy_of: Callable[[Path], Path]) -> None:
    root = copy_of(made)
    changed = folder(root, "office") / "annual_report.html"
    changed.write_bytes(changed.read_bytes().replace("甲市office".encode(), "乙市office".encode(), 1))
    before = digests(root)
    arguments = ["verify", "-a", "office", "-a", "bureau", "--json"]
    done = run_govnb(*arguments, cwd=root)
    assert done.returncode == 1, done.stderr
    reports = {report["agency"]: report for report in json.loads(done.stdout)["reports"]}
    assert reports["bureau"]["state"] == "same"
    assert (reports["office"]["state"], reports["office"]["files"]) == ("differs", ["annual_report.html"])
    assert "annual_report.html" in done.stderr
    assert digests(root) == before


def test_verify_says_first_that_package_versions_differ(made: Path, copy_of: Callable[[Path], Path]) -> None:
    """Then report.json alone is compared: another renderer's bytes are no fault of the report."""
    root = copy_of(made)
    path = folder(root, "bureau") / "manifest.json"
    manifest = read_json(path)
    manifest["packages"]["matplotlib"] = "1.0.0"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    folder(root, "bureau").joinpath("annual_report.pdf").write_bytes(b"%PDF-of-another-version")
    done = run_govnb("verify", "-a", "bureau", cwd=root)
    assert done.returncode == 0, done.stderr
    assert done.stderr.index("matplotlib") < done.stderr.index("same")


def test_verify_of_what_was_never_made(source: Path, copy_of: Callable[[Path], Path]) -> None:
    done = run_govnb("verify", cwd=copy_of(source))
    assert done.returncode == 1
    assert "nothing in output/" in done.stderr


def test_read_only_sources_are_enough(made: Path, source: Path, tmp_path: Path, program: Callable[..., str]) -> None:
    """params/, data/ and notebooks/ as another user's files: the run may read them and no more."""
    unshare = program("unshare", package="util-linux")
    root = tmp_path / "workspace"
    shutil.copytree(source, root)
    parts = " && ".join(f"mount --bind -o ro {part} {part}" for part in ("params", "data", "notebooks"))
    command = f"{parts} && ! touch params/x 2>/dev/null && exec '{sys.executable}' -m govnb run -a office --force"
    done = subprocess.run(
        [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", command],
        cwd=root,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    if "Operation not permitted" in done.stderr or "unshare failed" in done.stderr:
        pytest.skip("the machine lets nobody mount")
    assert done.returncode == 0, done.stderr
    one, other = digests(folder(made, "office")), digests(folder(root, "office"))
    for name in ("annual_report.html", "annual_report.pdf", "report.json", "annual_report.ipynb"):
        assert one[name] == other[name]
