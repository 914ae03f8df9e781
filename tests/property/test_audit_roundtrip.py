"""What the program itself publishes audits back: the same tables, the same sections, and nothing amiss.

Workspaces are generated, counted, narrated and rendered in this process, in all three formats, with their charts.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from govnb import gallery, steps
from govnb.audit.auditing import organ_key
from govnb.form.edition import packaged_editions
from govnb.render.document import Document, Drawing
from govnb.render.typeset import render_pdf
from govnb.render.webpage import render_html
from govnb.render.word import render_docx
from govnb.report import Report, tables_to_json
from govnb.workpaper import open_workpaper
from tests.audits import failed, read_bytes, report_of, said
from tests.workspaces import write_csv

RENDERERS = {"html": render_html, "pdf": render_pdf, "docx": render_docx}
NAMES = (
    "广州市人民政府办公厅",
    "甲县乙镇人民政府",
    "平潭综合实验区",
    "南宁市青秀区发展和改革局",
    "新疆维吾尔自治区财政厅",
)
EDITIONS = packaged_editions()
Row = dict[str, Any]

_days = st.dates(date(2019, 11, 1), date(2022, 2, 1))
_short = st.integers(0, 19)


@st.composite
def _application(draw: st.DrawFn) -> Row:
    received = draw(_days)
    rows = list(EDITIONS[2021].applications.outcomes)
    answered = draw(st.booleans())
    return {
        "received_date": received,
        "channel": draw(st.sampled_from(["in_person", "letter", "online", ""])),
        "applicant_type": draw(st.sampled_from([c for c in EDITIONS[2021].applications.columns if c != "total"])),
        "reply_date": received + timedelta(days=draw(_short)) if answered else "",
        "outcome": draw(st.sampled_from(rows)) if answered else "",
    }


@st.composite
def _document(draw: st.DrawFn) -> Row:
    issued = draw(_days)
    repealed = draw(st.none() | st.integers(0, 400))
    return {
        "title": "关于一件事的规定",
        "kind": draw(st.sampled_from(["normative_documents", "other"])),
        "issued_date": issued,
        "repealed_date": "" if repealed is None else issued + timedelta(days=repealed),
        "openness": draw(st.sampled_from(["active", "on_request", "withheld"])),
        "published_date": "",
    }


@st.composite
def _dispute(draw: st.DrawFn) -> Row:
    kind = draw(st.sampled_from(["review", "litigation"]))
    accepted, ended = draw(_days), draw(st.booleans())
    return {
        "kind": kind,
        "route": draw(st.sampled_from(["litigation_direct", "litigation_after_review"]))
        if kind == "litigation"
        else "",
        "accepted_date": accepted,
        "concluded_date": accepted + timedelta(days=draw(_short)) if ended else "",
        "result": draw(st.sampled_from(["upheld", "corrected", "other"])) if ended else "",
    }


_decision = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["licences", "penalties", "coercion"]),
        "period_end": _days,
        "count": st.integers(0, 9) | st.integers(0, 12_000_000),
    }
)
_fee = st.fixed_dictionaries(
    {
        "item": st.just("诉讼费"),
        "period_end": _days,
        "amount_yuan": st.decimals(0, 999_999_999, places=2),
    }
)
LEDGERS = {
    "applications": ("application_id", _application()),
    "documents": ("document_id", _document()),
    "disputes": ("case_id", _dispute()),
    "decisions": (None, _decision),
    "fees": (None, _fee),
}


@st.composite
def workspaces(draw: st.DrawFn) -> dict[str, Any]:
    kept = {name: draw(st.lists(rows, max_size=12)) for name, (_, rows) in LEDGERS.items()}
    return {
        "name": draw(st.sampled_from(NAMES)),
        "script": draw(st.sampled_from(["hans", "hans", "hant"])),
        "year": draw(st.sampled_from([2020, 2021, 2021])),
        "ledgers": kept,
    }


def build(root: Path, case: dict[str, Any]) -> Document:
    """The document that ``govnb run`` renders, without a kernel."""
    folder = root / "params" / "office"
    folder.mkdir(parents=True)
    agency = {"name": case["name"], "short_name": "本机关", "region": "甲市", "level": "department"}
    agency |= {"website": "https://www.example.gov.cn", "script": case["script"]}
    folder.joinpath("agency.yaml").write_text(json.dumps(agency, ensure_ascii=False), encoding="utf-8")
    folder.joinpath(f"{case['year']}.yaml").write_text("{}\n", encoding="utf-8")
    for name, rows in case["ledgers"].items():
        key = LEDGERS[name][0]
        keyed = [({key: f"甲〔2021〕{n}号"} if key else {}) | row for n, row in enumerate(rows, 1)]
        heads = list(keyed[0]) if keyed else _heads(name)
        write_csv(root / "data" / "office" / f"{name}.csv", heads, [[str(row[h]) for h in heads] for row in keyed])
    paper = open_workpaper("office", case["year"], root)
    tables = steps.count_tables(paper)
    catalogue = steps.count_figures(paper, tables)
    sections = steps.narrate(paper, catalogue)
    results = steps.run_checks(paper, tables, catalogue, sections)
    report = steps.build_report(paper, tables, catalogue, sections, results).as_published()
    charts = [gallery.draw_by_month(paper), gallery.draw_outcomes(paper, catalogue), gallery.draw_years(paper, tables)]
    return Document(report, paper.edition, tuple(Drawing(c.caption, c.alt, c.svg) for c in charts if c.svg))


def _heads(name: str) -> list[str]:
    from tests.ledger_rows import SCHEMAS

    return [column.code for column in SCHEMAS[name].kept]


def squeezed(text: str) -> str:
    return "".join(text.split())


def check(document: Document, kind: str, folder: Path) -> None:
    report: Report = document.report
    audited = report_of(read_bytes(folder, f"report.{kind}", RENDERERS[kind](document)))
    assert organ_key(audited.name) == organ_key(report.name)  # the name is in the script of the page
    assert (audited.year, audited.edition) == (report.year, report.edition)
    assert tables_to_json(audited.tables) == tables_to_json(report.tables)
    assert {section.code: squeezed(section.text) for section in audited.sections} == {
        section.code: squeezed(section.text) for section in report.sections
    }
    assert failed(audited, "error", "warning") == [], said(audited)
    own = {result.id for result in report.checks if result.status == "fail"}
    assert {result.id for result in failed(audited)} <= own, said(audited)


@pytest.mark.parametrize("kind", RENDERERS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(workspaces())
def test_what_we_publish_audits_back(kind: str, case: dict[str, Any]) -> None:
    note(str(case))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        check(build(root / "workspace", case), kind, root)
