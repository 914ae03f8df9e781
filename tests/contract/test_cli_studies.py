"""``govnb run -n handling -n comparison``: studies beside the report, internal, without report.json, read back."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import nbformat
import openpyxl
import pdfplumber
import pytest
from lxml import html

from govnb.form.edition import TOTAL
from tests.workspaces import FORMATS, PERSONAL, Done, digests, plain_environment, read_json, run_govnb

NOTICE = "内部资料　不对外公开"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, source: Path) -> tuple[Path, Done]:
    root = Path(shutil.copytree(source, tmp_path_factory.mktemp("studies") / "workspace"))
    names = ("-n", "handling", "-n", "comparison")
    return root, run_govnb("run", *names, "--format", ",".join(FORMATS), "--json", cwd=root)


@pytest.fixture(scope="module")
def root(ran: tuple[Path, Done]) -> Path:
    return ran[0]


def output(root: Path, agency: str, name: str) -> Path:
    return root / "output" / agency / "2021" / name


def table_of(page: Any, caption: str) -> dict[str, dict[str, str]]:
    """Row head → column head → cell, of the table whose caption ends so."""
    [table] = [each for each in page.iter("table") if each.findtext("caption").endswith(caption)]
    heads = [cell.text_content() for cell in table.xpath("./thead//th")]
    rows = [[cell.text_content() for cell in row.iter("th", "td")] for row in table.xpath("./tbody/tr")]
    return {row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in rows}


def test_only_what_can_be_studied_is_made_and_each_other_says_why(ran: tuple[Path, Done]) -> None:
    root, done = ran
    assert done.returncode == 1
    found = {(r["agency"], r["notebook"]): r for r in json.loads(done.stdout)["reports"]}
    made = {key for key, report in found.items() if report["state"] == "made"}
    assert made == {("office", "handling"), ("total", "comparison")}
    assert {key for key, report in found.items() if report["state"] == "failed"} == {*found} - made
    assert "params/office/agency.yaml" in found["office", "comparison"]["problems"][0]
    assert "-a" in found["office", "comparison"]["problems"][0]
    assert "applications.csv" in found["bureau", "handling"]["problems"][0]
    for agency, name in made:
        assert all(output(root, agency, f"{name}.{kind}").is_file() for kind in ("ipynb", *FORMATS))


def test_a_study_makes_no_report_json_and_no_review_page(root: Path) -> None:
    assert not list((root / "output").rglob("report.json"))
    assert not list((root / "output").rglob("review.html"))
    listed = read_json(output(root, "office", "manifest.json"))["outputs"]
    assert set(listed) == {f"handling.{kind}" for kind in ("ipynb", *FORMATS)}


def test_every_format_says_that_it_is_internal(root: Path) -> None:
    for agency, name in (("office", "handling"), ("total", "comparison")):
        page = html.fromstring(output(root, agency, f"{name}.html").read_text(encoding="utf-8"))
        assert page.xpath("string(//p[@class='notice'])") == NOTICE
        with pdfplumber.open(output(root, agency, f"{name}.pdf")) as opened:
            texts = [re.sub(r"\s", "", printed.extract_text()) for printed in opened.pages]
        assert all(text.startswith(re.sub(r"\s", "", NOTICE)) for text in texts)
        word = docx.Document(io.BytesIO(output(root, agency, f"{name}.docx").read_bytes()))
        assert word.sections[0].header.paragraphs[0].text == NOTICE
        book = openpyxl.load_workbook(output(root, agency, f"{name}.xlsx"))
        assert all(NOTICE in sheet.oddHeader.left.text for sheet in book.worksheets)


def test_the_numbers_of_handling_are_those_of_the_ledger(root: Path) -> None:
    """Four applications: answered in 4, 7 and 9 working days, and one received on December 27 that is open."""
    page = html.fromstring(output(root, "office", "handling.html").read_text(encoding="utf-8"))
    overall = table_of(page, "答复用时总体情况")["全部答复"]
    assert (overall["答复件数"], overall["法定期限内"], overall["超过法定期限"]) == ("3", "3", "0")
    assert overall["最长用时"] == "9"
    by_channel = table_of(page, "按申请渠道（用时单位：工作日）")
    assert {head: row["答复件数"] for head, row in by_channel.items()} == {"信函": "1", "网络": "2"}
    open_cases = table_of(page, "2021年末未答复申请的已用时间")
    assert open_cases["10个工作日以内"] == {"未答复件数": "1", "其中已超期": "0"}


def test_the_comparison_shows_each_member_and_its_share(root: Path) -> None:
    page = html.fromstring(output(root, "total", "comparison.html").read_text(encoding="utf-8"))
    volume = table_of(page, "各单位申请数量及占比")
    assert [row["新收"] for row in volume.values()] == ["3", "70", "73"]
    assert [row["新收占比（%）"] for row in volume.values()] == ["4.1", "95.9", "100.0"]
    declared = read_json(root / "data/bureau/declared-2021.json")["tables"]["applications"]
    assert volume["甲市bureau"]["办结"] == str(declared[TOTAL][TOTAL])
    assert table_of(page, "各单位答复用时和超期")["甲市bureau"]["用时中位数（工作日）"] == "—"


def test_the_pdf_has_the_tables_of_the_page(root: Path) -> None:
    page = html.fromstring(output(root, "total", "comparison.html").read_text(encoding="utf-8"))
    shown = [
        [[re.sub(r"\s", "", cell.text_content()) for cell in row.iter("th", "td")] for row in table.iter("tr")]
        for table in page.iter("table")
    ]
    with pdfplumber.open(output(root, "total", "comparison.pdf")) as opened:
        printed = [
            [[re.sub(r"\s", "", cell or "") for cell in row] for row in table]
            for each in opened.pages
            for table in each.extract_tables()
        ]
    assert len(shown) == 4
    assert [table for table in printed if table in shown] == shown


def test_nobody_s_text_and_no_path_is_in_a_study(root: Path) -> None:
    for path in (root / "output").rglob("*"):
        if path.suffix in (".ipynb", ".html", ".json", ".txt"):
            text = path.read_text(encoding="utf-8")
            assert not any(word in text for word in PERSONAL.split()), path.name
            assert str(root) not in text, path.name


def test_what_an_analyst_changes_in_a_part_is_what_is_published(source: Path, copy_of: Callable[[Path], Path]) -> None:
    made = copy_of(source)
    path = made / "notebooks" / "handling.ipynb"
    notebook = nbformat.read(path, as_version=4)
    [cell] = [cell for cell in notebook.cells if cell.source.startswith("times = ")]
    cell.source = 'times = govnb.study_reply_times(paper)\ntimes.sentences.append("经查，均已核实。")\ntimes'
    nbformat.write(notebook, path)
    done = run_govnb("run", "-a", "office", "-n", "handling", "--format", "html", cwd=made)
    assert done.returncode == 0, done.stderr
    assert "<p>经查，均已核实。</p>" in output(made, "office", "handling.html").read_text(encoding="utf-8")


def test_studies_are_the_same_bytes_again_and_are_not_run_again(root: Path) -> None:
    before = digests(root / "output" / "office" / "2021")
    again = run_govnb("run", "-a", "office", "-n", "handling", "--json", cwd=root)
    assert [report["state"] for report in json.loads(again.stdout)["reports"]] == ["skipped"]
    forced = run_govnb("run", "-a", "office", "-n", "handling", "--force", cwd=root)
    assert forced.returncode == 0, forced.stderr
    after = digests(root / "output" / "office" / "2021")
    studies = {name: sha for name, sha in before.items() if name.startswith("handling.")}
    assert len(studies) == 5
    assert studies == {name: after[name] for name in studies}


def test_a_study_as_the_report_s_notebook_is_refused(source: Path, copy_of: Callable[[Path], Path]) -> None:
    made = copy_of(source)
    (made / "params/office/2021.yaml").write_text("notebook: handling\n", encoding="utf-8")
    done = run_govnb("run", "-a", "office", cwd=made)
    assert done.returncode == 1
    assert "not the report" in done.stderr
    assert not output(made, "office", "report.json").exists()


def test_nbconvert_says_that_a_study_has_no_review_page_and_shows_no_traceback(root: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbconvert", "--to", "govnb-review", "--output-dir", str(tmp_path / "made")]
    environment = plain_environment(HOME=str(tmp_path), PATH=os.environ["PATH"])
    notebook = str(output(root, "office", "handling.ipynb"))
    done = subprocess.run([*command, notebook], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a study has no review page" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("made/*"))
