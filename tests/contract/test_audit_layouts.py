"""The published reports of 平潭 2020 to 2022 in every layout: each cell right, their real errors, no other.

What they hold is `known_findings` of shared/reference: 2020 has outcomes that don't add up and a list that doesn't;
2021 nothing; 2022 a stock that does not follow from 2021, and a misprinted heading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from govnb.audit.auditing import Packed
from govnb.form.edition import TABLES
from govnb.report import tables_to_json
from tests import layouts
from tests.audits import ids, read_bytes, report_of, said, with_misprint
from tests.layouts import Sample, read_sample
from tests.workspaces import run_govnb

Builder = Callable[[Sample], bytes | str]
YEARS = (2020, 2021, 2022)
LAYOUTS: Mapping[str, tuple[str, tuple[str, ...], Builder]] = {
    "clean HTML": ("html", (), lambda s: layouts.html_clean(*s.parts)),
    "Word HTML in GBK": ("htm", (), lambda s: layouts.html_word_gbk(*s.parts)),
    "HTML with split tables": ("html", (), lambda s: layouts.html_split(*s.parts)),
    "HTML with split tables, no header": ("html", (), lambda s: layouts.html_split(*s.parts, repeat_header=False)),
    "Chromium PDF": ("pdf", ("chromium",), lambda s: layouts.chromium_pdf(layouts.html_clean(*s.parts))),
    "Chromium PDF on A3, landscape": (
        "pdf",
        ("chromium",),
        lambda s: layouts.chromium_pdf(layouts.html_clean(*s.parts), size="A3", landscape=True),
    ),
    "Chromium PDF, rotated": (
        "pdf",
        ("chromium",),
        lambda s: layouts.chromium_pdf(layouts.html_clean(*s.parts), rotate=90),
    ),
    "DOCX": ("docx", (), lambda s: layouts.docx_bytes(*s.parts)),
    "LibreOffice DOCX": ("docx", ("soffice",), lambda s: layouts.libreoffice_docx(layouts.html_clean(*s.parts))),
    "LibreOffice PDF": ("pdf", ("soffice",), lambda s: layouts.libreoffice_pdf(layouts.docx_bytes(*s.parts))),
    "our own PDF": ("pdf", (), lambda s: layouts.own_pdf(*s.parts)),
}
KNOWN = {
    2020: ["applications.results", "applications.results", "text.sum"],
    2021: [],
    2022: ["cross_year.in_force", "text.ordinals"],
}


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest, tmp_path: Path, program: Callable[..., str]) -> tuple[str, dict[int, Path]]:
    """Name of the layout and the three documents in it, 2022 with its misprinted heading."""
    suffix, programs, build = LAYOUTS[request.param]
    packages = {"chromium": "chromium", "soffice": "libreoffice-writer"}
    for name in programs:
        program(name, package=packages[name])
    paths = {}
    for year in YEARS:
        sample = read_sample(year)
        if year == 2022:
            sample = Sample(year, sample.values, with_misprint(sample.edition), sample.title, sample.sections)
        content = build(sample)
        paths[year] = tmp_path / f"pingtan-{year}.{suffix}"
        paths[year].write_bytes(content.encode() if isinstance(content, str) else content)
    return request.param, paths


def test_every_cell_is_right_and_exactly_the_known_errors_are_found(
    layout: tuple[str, dict[int, Path]], tmp_path: Path
) -> None:
    name, paths = layout
    read: dict[int, Packed] = {}
    for year, path in paths.items():
        read[year] = read_bytes(tmp_path, path.name, path.read_bytes())
    for year in YEARS:
        audited, sample = report_of(read[year], read.get(year - 1)), read_sample(year)
        assert (audited.year, audited.edition) == (year, sample.edition.number)
        assert audited.name == "平潭综合实验区"
        assert not audited.unreadable
        for table in TABLES:
            assert tables_to_json(audited.tables)[table] == tables_to_json(sample.values)[table], f"{name} {year}"
        assert ids(audited) == KNOWN[year], f"{name} {year}:\n{said(audited)}"


def test_sections_are_read_as_published(layout: tuple[str, dict[int, Path]], tmp_path: Path) -> None:
    _, paths = layout
    for year, path in paths.items():
        audited = report_of(read_bytes(tmp_path, path.name, path.read_bytes()))
        sample = read_sample(year)
        assert [section.code for section in audited.sections] == [section.code for section in sample.edition.sections]
        for section in audited.sections:
            printed = "".join(sample.sections.get(section.code, ()))
            assert "".join(section.text.split()) == "".join(printed.split())


def test_the_command_line_finds_the_same_over_three_years(tmp_path: Path) -> None:
    for year in YEARS:
        sample = read_sample(year)
        edition = with_misprint(sample.edition) if year == 2022 else sample.edition
        content = layouts.html_clean(sample.values, edition, sample.title, sample.sections)
        tmp_path.joinpath(f"{year}.html").write_text(content, encoding="utf-8")
    done = run_govnb("audit", ".", "--json", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    reports = json.loads(done.stdout)["reports"]
    assert [report["file"] for report in reports] == [f"{year}.html" for year in YEARS]
    for report, year in zip(reports, YEARS, strict=True):
        found = sorted(check["id"] for check in report["checks"] if check["status"] == "fail")
        assert found == KNOWN[year]
        assert report["tables"] == tables_to_json(read_sample(year).values)
    numbers = {(c["id"], c["expected"], c["actual"]) for r in reports for c in r["checks"] if c["status"] == "fail"}
    assert {
        ("applications.results", "26", "20"),
        ("applications.results", "27", "21"),
        ("cross_year.in_force", "98", "698"),
    } <= numbers
