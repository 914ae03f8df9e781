"""What a notebook shows: grids, figures, narrative and checks, with every text escaped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html

from govnb import display
from govnb.form.edition import TABLES
from govnb.report import MIME, Report
from govnb.steps import count_figures, count_tables, narrate, publish, run_checks
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import write_ledgers, write_params

MARK = "<script>alert(1)</script>&"


@pytest.fixture
def paper(tmp_path: Path) -> Workpaper:
    write_params(tmp_path, "office")
    write_ledgers(tmp_path, "office")
    text = f"name: '{MARK}'\nshort_name: '{MARK}'\nregion: 甲市\nlevel: department\n"
    tmp_path.joinpath("params/office/agency.yaml").write_text(text, encoding="utf-8")
    return open_workpaper("office", 2021, tmp_path)


def test_every_view_is_escaped_html_with_plain_text_beside_it(paper: Workpaper) -> None:
    tables = count_tables(paper)
    catalogue = count_figures(paper, tables)
    sections = narrate(paper, catalogue)
    results = run_checks(paper, tables, catalogue, sections)
    shown = [
        display.show_sources(paper),
        *(display.show_table(tables, table) for table in TABLES),
        display.show_figures(catalogue),
        display.show_narrative(sections),
        display.show_checks(results),
    ]
    for view in shown:
        bundle = view._repr_mimebundle_()
        assert set(bundle) == {"text/html", "text/plain"}
        assert bundle["text/plain"]
        assert "<script" not in bundle["text/html"]
    assert MARK in shown[0].text
    assert MARK in html.fromstring(shown[0].html).text_content()


def test_the_grid_has_scopes_and_no_hole(paper: Workpaper) -> None:
    for table in TABLES:
        view = html.fromstring(display.show_table(count_tables(paper), table).html)
        assert view.findtext("caption")
        assert all(cell.get("scope") for cell in view.iter("th"))
        widths: dict[int, int] = {}
        for number, row in enumerate(view.iter("tr")):
            for cell in row:
                for below in range(int(cell.get("rowspan", 1))):
                    widths[number + below] = widths.get(number + below, 0) + int(cell.get("colspan", 1))
        assert table == "disclosure" or len(set(widths.values())) == 1


def test_sources_name_each_ledger_with_its_rows(paper: Workpaper) -> None:
    text = display.show_sources(paper).text
    assert "data/office/applications.csv  4行（截至年末）" in text
    assert "data/office/documents.csv  2行（截至年末）" in text
    assert str(paper.workspace.root) not in text


def test_failed_checks_come_first(paper: Workpaper) -> None:
    tables = count_tables(paper)
    tables.applications.loc["new", "total"] = 999
    catalogue = count_figures(paper, tables)
    results = run_checks(paper, tables, catalogue, narrate(paper, catalogue))
    ordered = [(result.status, result.severity) for result in display.in_order(results)]
    assert ordered[0] == ("fail", "error")
    assert [status for status, _ in ordered] == sorted(
        (status for status, _ in ordered), key=["fail", "not_assessable", "pass"].index
    )
    assert display.show_checks(results).text.startswith("不通过  错误")


def test_what_is_published_is_the_report(paper: Workpaper) -> None:
    tables = count_tables(paper)
    catalogue = count_figures(paper, tables)
    sections = narrate(paper, catalogue)
    published = publish(paper, tables, catalogue, sections, run_checks(paper, tables, catalogue, sections))
    bundle = published._repr_mimebundle_()
    assert MARK in bundle["text/plain"]
    again = Report.from_json(bundle[MIME], paper.edition)
    assert again.to_json() == published.report.to_json()
    # A notebook file has its keys sorted; what is read from one is in the order of the form and of the catalogue.
    sorted_keys = json.loads(json.dumps(bundle[MIME], sort_keys=True))
    assert json.dumps(Report.from_json(sorted_keys, paper.edition).to_json()) == json.dumps(bundle[MIME])
