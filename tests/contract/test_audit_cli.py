"""``govnb audit`` from outside: arguments, exit codes, JSON, pages, work list, remarks, and files that are broken."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.audits import with_values
from tests.layouts import docx_bytes, html_clean, own_pdf, read_sample
from tests.workspaces import FORMATS, Done, digests, plain_environment, run_govnb

REMARKS = "audit-remarks.yaml"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``in`` with clean.html (2021), wrong.docx (2020), late.pdf (2022). Don't change it."""
    root = tmp_path_factory.mktemp("published")
    folder = root / "in"
    folder.mkdir()
    folder.joinpath("clean.html").write_text(html_clean(*read_sample(2021).parts), encoding="utf-8")
    folder.joinpath("wrong.docx").write_bytes(docx_bytes(*read_sample(2020).parts))
    folder.joinpath("late.pdf").write_bytes(own_pdf(*read_sample(2022).parts))
    return root


@pytest.fixture
def own(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "published"))


def reports(done: Done) -> list[dict[str, Any]]:
    data = json.loads(done.stdout)
    assert list(data) == ["reports"]
    found: list[dict[str, Any]] = data["reports"]
    return found


def failed(report: dict[str, Any]) -> list[str]:
    return sorted(check["id"] for check in report["checks"] if check["status"] == "fail")


# Exit codes


def test_a_clean_report_exits_0_and_a_wrong_one_1(published: Path) -> None:
    assert run_govnb("audit", "in/clean.html", cwd=published).returncode == 0
    assert run_govnb("audit", "in/wrong.docx", cwd=published).returncode == 1
    # What is found in 2022 against 2021 are warnings.
    assert run_govnb("audit", "in/late.pdf", "--previous", "in/clean.html", cwd=published).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["in/clean.html", "in/none.html"], "in/none.html"),
        (["in/clean.html", "--previous", "in/none.html"], "in/none.html"),
        (["nowhere"], "nowhere"),
        ([], "FILE"),
        (["in/clean.html", "-j", "0"], "--jobs"),
        (["in/clean.html", "--htm", "out"], "--html"),
        (["in/clean.html", "--html", "in"], "in"),
        (["in/clean.html", "--html", "in/clean.html"], "in/clean.html"),
        (["in/clean.html", "--against", "office", "-w", "nowhere"], "nowhere"),
        (["in/clean.html", "--against", "office"], "govnb init"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_and_names_what_is_wrong(published: Path, arguments: list[str], named: str) -> None:
    before = digests(published)
    done = run_govnb("audit", *arguments, cwd=published)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert named in done.stderr
    assert digests(published) == before


def test_a_folder_without_reports_is_wrong_usage(tmp_path: Path) -> None:
    tmp_path.joinpath("notes.txt").touch()
    done = run_govnb("audit", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "notes.txt" in done.stderr


def test_help_states_the_limits_and_exit_codes(tmp_path: Path) -> None:
    said = " ".join(run_govnb("audit", "--help", cwd=tmp_path).stdout.split())
    for words in ("20 MB", "50 MB", "300 pages", "5,000 table rows", "2 GB", "--against", "Exit codes: 0"):
        assert words in said


# JSON


def test_json_is_all_on_stdout_in_the_order_of_the_arguments(published: Path) -> None:
    names = ["in/wrong.docx", "in/clean.html", "in/late.pdf"]
    done = run_govnb("audit", *names, "--json", cwd=published)
    found = reports(done)
    assert [report["file"] for report in found] == names
    assert [failed(report) for report in found] == [
        ["applications.results", "applications.results", "text.sum"],
        [],
        ["cross_year.in_force"],
    ]
    for report in found:
        assert list(report) == ["file", "name", "year", "edition", "tables", "sections", "checks"]
    assert str(published) not in done.stdout


def test_jobs_change_no_byte(published: Path, tmp_path: Path) -> None:
    made = []
    for jobs in ("1", "3"):
        out = ["--html", str(tmp_path / jobs), "--xlsx", str(tmp_path / jobs / "list.xlsx")]
        done = run_govnb("audit", "in", "--json", "-j", jobs, *out, cwd=published)
        made.append((done.stdout, digests(tmp_path / jobs)))
    assert made[0] == made[1]


def test_the_locale_changes_no_byte_of_json_and_pages(published: Path, tmp_path: Path) -> None:
    made = []
    for number, changes in enumerate(({"LANG": "zh_CN.UTF-8", "TZ": "Asia/Shanghai"}, {"LC_ALL": "C", "TZ": "UTC"})):
        out = ["--html", str(tmp_path / str(number))]
        done = run_govnb("audit", "in", "--json", *out, cwd=published, environment=changes)
        made.append((done.stdout, digests(tmp_path / str(number))))
    assert made[0] == made[1]


# Broken files


def test_a_broken_file_is_one_failed_report_and_the_others_are_whole(own: Path) -> None:
    broken = {"a.pdf": b"%PDF-1.7 broken", "b.docx": b"PK\x03\x04broken", "c.html": b"", "d.html": b"\x89PNG\r\n"}
    for name, content in broken.items():
        own.joinpath("in", name).write_bytes(content)
    done = run_govnb("audit", "in", "--json", cwd=own)
    assert done.returncode == 1
    found = {report["file"]: report for report in reports(done)}
    assert len(found) == 7
    for name in broken:
        report = found[f"in/{name}"]
        assert (report["name"], report["year"], report["edition"]) == (None, None, None)
        [check] = report["checks"]
        assert (check["id"], check["severity"], check["status"]) == ("audit.unreadable", "error", "fail")
        assert check["message"].endswith("。")
    assert failed(found["in/clean.html"]) == []
    assert failed(found["in/wrong.docx"]) == ["applications.results", "applications.results", "text.sum"]


def test_the_extension_does_not_matter(own: Path) -> None:
    for name in ("clean.html", "wrong.docx", "late.pdf"):
        own.joinpath("in", name).rename(own / "in" / f"{name}.doc")
    found = reports(run_govnb("audit", "in", "--json", cwd=own))
    assert [report["year"] for report in found] == [2021, 2022, 2020]


def test_a_scan_is_not_assessable_and_no_failure(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (1240, 1754), "white").save(tmp_path / "scan.pdf", resolution=150)
    done = run_govnb("audit", "scan.pdf", "--json", cwd=tmp_path)
    [report] = reports(done)
    [check] = [check for check in report["checks"] if check["id"] == "audit.unreadable"]
    assert check["status"] == "not_assessable"
    assert report["tables"] == {}
    assert done.returncode == 0, done.stdout
    assert "scan.pdf" in run_govnb("audit", "scan.pdf", cwd=tmp_path).stdout


def test_a_file_name_of_any_kind_is_shown_safely(tmp_path: Path) -> None:
    name = "年报\x1b[31m <b>.html"
    tmp_path.joinpath(name).write_text(html_clean(*read_sample(2021).parts), encoding="utf-8")
    done = run_govnb("audit", name, "--html", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert "<b>" not in tmp_path.joinpath("out/index.html").read_text(encoding="utf-8")


# People


def test_plain_lines_say_the_words_and_both_numbers(published: Path) -> None:
    done = run_govnb("audit", "in/wrong.docx", cwd=published, environment={"LANG": "zh_CN.UTF-8"})
    lines = done.stdout.splitlines()
    assert lines[0].startswith("in/wrong.docx  平潭综合实验区  2020  2019年版式  错误2")
    assert lines[1].startswith("  [错误] applications.results")
    assert lines[2] == "    应为 26，实为 20"
    # The gravest first.
    severities = [line.strip()[1:3] for line in lines if line.startswith("  [")]
    assert severities == sorted(severities, key=["错误", "提醒", "提示"].index)


def test_a_terminal_gets_a_table(published: Path) -> None:
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "govnb", "audit", "in/clean.html", "in/wrong.docx"]
    environment = plain_environment(COLUMNS="160", TERM="xterm")
    done = subprocess.Popen(command, cwd=published, env=environment, stdout=child, stderr=child, stdin=child)
    os.close(child)
    shown = b""
    try:
        while piece := os.read(parent, 65536):
            shown += piece
    except OSError:  # Linux tells the end so
        pass
    os.close(parent)
    assert done.wait(60) == 1
    text = shown.decode()
    assert "┃" in text
    assert "applications.results" in text


def test_pages_and_work_list_are_written_and_told(published: Path, tmp_path: Path) -> None:
    done = run_govnb("audit", "in", "--html", str(tmp_path / "out"), "--xlsx", str(tmp_path / "l.xlsx"), cwd=published)
    assert done.returncode == 1
    pages = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert pages == ["0001-clean.html", "0002-late.html", "0003-wrong.html", "index.html"]
    rows = list(openpyxl.load_workbook(tmp_path / "l.xlsx")["问题清单"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 4
    again = run_govnb("audit", "in", "--html", str(tmp_path / "out"), cwd=published)
    assert again.returncode == 1, again.stderr


def test_result_pages_in_the_folder_are_not_audited(own: Path) -> None:
    run_govnb("audit", "in/clean.html", "--html", "in/results", cwd=own)
    found = reports(run_govnb("audit", "in", "--json", cwd=own))
    assert [report["file"] for report in found] == ["in/clean.html", "in/late.pdf", "in/wrong.docx"]


# Remarks


def test_a_dismissed_finding_stays_visible_and_does_not_count(own: Path) -> None:
    table = "收到和处理政府信息公开申请情况表"
    own.joinpath("in", REMARKS).write_text(
        "wrong.docx:\n"
        f"  - {{check: applications.results, where: {table}“自然人”列, state: dismissed, note: 原件如此, by: 王}}\n"
        f"  - {{check: applications.results, where: {table}“总计”列, state: dismissed}}\n"
        "  - {check: text.sum, state: confirmed}\n",
        encoding="utf-8",
    )
    done = run_govnb("audit", "in", "--json", "--html", "out", "--xlsx", "list.xlsx", cwd=own)
    assert done.returncode == 0, done.stderr
    checks = [check for check in reports(done)[2]["checks"] if check["status"] == "fail"]
    assert [check["remark"]["state"] for check in checks] == ["dismissed", "dismissed", "confirmed"]
    assert "原件如此" in own.joinpath("out/0003-wrong.html").read_text(encoding="utf-8")
    rows = list(openpyxl.load_workbook(own / "list.xlsx")["问题清单"].iter_rows(min_row=2, values_only=True))
    assert next(row[9:] for row in rows if row[0] == "in/wrong.docx") == ("原件如此", "王", "已排除")
    assert "[dismissed]" in run_govnb("audit", "in/wrong.docx", cwd=own).stdout


def test_the_snippet_on_a_page_is_a_remark_that_works(own: Path) -> None:
    from lxml import html as lxml_html

    run_govnb("audit", "in/wrong.docx", "--html", "out", cwd=own)
    page = lxml_html.parse(str(own / "out" / "0001-wrong.html"))
    snippets = [pre.text_content() for pre in page.xpath("//pre")]
    entries = [snippet.partition("\n")[2] for snippet in snippets]
    own.joinpath("in", REMARKS).write_text("\n".join([snippets[0], *entries[1:]]), encoding="utf-8")
    done = run_govnb("audit", "in/wrong.docx", cwd=own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("[dismissed]") == 3


def test_stale_remarks_are_told_and_wrong_ones_exit_2(own: Path) -> None:
    remarks = own.joinpath("in", REMARKS)
    remarks.write_text("clean.html:\n  - {check: text.sum, state: dismissed}\nclaen.html: []\n", encoding="utf-8")
    done = run_govnb("audit", "in/clean.html", cwd=own)
    assert done.returncode == 0
    assert f"in/{REMARKS}" in done.stderr
    assert "text.sum" in done.stderr
    assert "“clean.html”" in done.stderr
    remarks.write_text("clean.html:\n  - {check: text.sum, state: dismised}\n", encoding="utf-8")
    done = run_govnb("audit", "in/clean.html", cwd=own)
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 2" in done.stderr
    assert "“dismissed”" in done.stderr


# Our own reports


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "xlsx"])
def test_what_run_makes_audits_back_without_errors(made: Path, kind: str) -> None:
    names = [f"output/{agency}/2021/annual_report.{kind}" for agency in ("office", "bureau", "total")]
    done = run_govnb("audit", *names, "--json", cwd=made)
    for report, name in zip(reports(done), names, strict=True):
        own = json.loads(made.joinpath(name).with_name("report.json").read_text(encoding="utf-8"))
        assert (report["name"], report["year"], report["edition"]) == (own["name"], own["year"], own["edition"])
        assert report["tables"] == own["tables"]
        texts = [{s["code"]: "".join(s["text"].split()) for s in data["sections"]} for data in (report, own)]
        assert texts[0] == texts[1]
        assert set(failed(report)) <= set(failed(own)), failed(report)


def test_a_page_is_compared_with_the_workspace_that_made_it(made: Path, tmp_path: Path) -> None:
    page = made / "output/bureau/2021/annual_report.html"
    done = run_govnb("audit", str(page), "--against", "bureau", "-w", str(made), "--json", cwd=tmp_path)
    [report] = reports(done)
    states = [check["status"] for check in report["checks"] if check["id"] == "published.differs"]
    assert states[0] == "pass", report["checks"]
    other = with_values(read_sample(2021), disputes__review__upheld=5)
    tmp_path.joinpath("other.html").write_text(html_clean(*other.parts), encoding="utf-8")
    done = run_govnb("audit", "other.html", "--against", "bureau", "-w", str(made), "--json", cwd=tmp_path)
    assert done.returncode == 1
    differing = [check for check in reports(done)[0]["checks"] if check["id"] == "published.differs"]
    assert ("1", "5") in {(check["expected"], check["actual"]) for check in differing}


def test_a_misspelt_agency_is_told(made: Path) -> None:
    done = run_govnb("audit", "output/bureau/2021/annual_report.html", "--against", "buraeu", cwd=made)
    assert done.returncode == 2
    assert "“bureau”" in done.stderr


def test_nothing_is_written_without_being_asked(own: Path, govnb: Callable[..., Done]) -> None:
    before = digests(own)
    govnb("audit", "in", cwd=own)
    assert digests(own) == before
