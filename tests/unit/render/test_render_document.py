"""A notebook that did not run to its end is refused; one that did gives its report and charts in order."""

from __future__ import annotations

import dataclasses

import pytest

from govnb.errors import ReportError
from govnb.form.edition import packaged_editions
from govnb.render.document import SVG, Document
from govnb.report import MIME


def test_report_and_charts_in_order(document):
    made = document(2021)
    assert made.report.title == "平潭综合实验区管委会2021年政府信息公开工作年度报告"
    assert made.edition.number == 2021
    assert [chart.caption for chart in made.charts] == [
        "各月收到和办结申请数量",
        "申请办理结果",
        "答复用时与期限",
        "新收申请历年比较",
    ]
    assert all(chart.alt and chart.svg.lstrip().startswith(("<?xml", "<svg")) for chart in made.charts)


def test_the_last_bundle_counts(notebook):
    """What an analyst publishes in a later cell is what is printed."""
    nb = notebook(2021)
    later = nb["cells"][-1]
    earlier = {**later, "outputs": [{**later["outputs"][0], "data": {MIME: {**later["outputs"][0]["data"][MIME]}}}]}
    earlier["outputs"][0]["data"][MIME]["name"] = "旧名"
    nb["cells"].insert(0, earlier)
    assert Document.from_notebook(nb).report.name == "平潭综合实验区管委会"


def test_charts_written_as_lists_of_lines(notebook):
    """nbformat on disk may hold text as a list of lines."""
    nb = notebook(2021)
    output = next(o for c in nb["cells"] for o in c.get("outputs", ()) if SVG in o["data"])
    whole = output["data"][SVG]
    output["data"][SVG] = whole.splitlines(keepends=True)
    assert Document.from_notebook(nb).charts[0].svg == whole


def no_outputs(nb):
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


def no_bundle(nb):
    nb["cells"][-1]["outputs"] = []


def failed_cell(nb):
    nb["cells"][1]["outputs"] = [{"output_type": "error", "ename": "KeyError", "evalue": "/root/x", "traceback": []}]


def one_cell_not_run(nb):
    nb["cells"][2]["execution_count"] = None


def no_alt(nb):
    nb["cells"][2]["outputs"][0]["metadata"] = {}


def torn(nb):
    del nb["cells"][-1]["outputs"][0]["data"][MIME]["tables"]


def no_date(nb):
    nb["cells"][-1]["outputs"][0]["data"][MIME]["published_date"] = "2022/1/20"


def no_year(nb):
    nb["cells"][-1]["outputs"][0]["data"][MIME]["year"] = None


def no_mapping(nb):
    nb["cells"][-1]["outputs"][0]["data"][MIME] = []


def strange_edition(nb):
    nb["cells"][-1]["outputs"][0]["data"][MIME]["edition"] = 2012


def strange_section(nb):
    nb["cells"][-1]["outputs"][0]["data"][MIME]["sections"][0]["code"] = "overviev"


@pytest.mark.parametrize(
    ("damage", "code", "said"),
    [
        (no_outputs, "render.not_run", "第2个单元格未运行：report = load(agency, year)"),
        (no_bundle, "render.bundle", "没有发布报告"),
        (failed_cell, "render.failed_cell", "第2个单元格出错（KeyError）"),
        (one_cell_not_run, "render.not_run", "第3个单元格未运行"),
        (no_alt, "render.alt", "第3个单元格的图没有替代文字"),
        (torn, "render.bundle", "不完整"),
        (no_date, "render.bundle", "不完整"),
        (no_year, "render.bundle", "不完整"),
        (no_mapping, "render.bundle", "不完整"),
        (strange_edition, "render.edition", "不认识版式 2012"),
        (strange_section, "render.section", "overviev"),
    ],
)
def test_refused_with_a_remedy(notebook, damage, code, said):
    nb = notebook(2021)
    damage(nb)
    with pytest.raises(ReportError) as caught:
        Document.from_notebook(nb)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert said in problem.what.zh
    assert problem.fix.zh
    assert problem.fix.en
    assert "/root" not in problem.text().zh + problem.text().en


def test_an_own_edition_wins(notebook):
    form = packaged_editions()[2021]
    renamed = dataclasses.replace(form, authority="某办函〔2027〕1号")
    assert Document.from_notebook(notebook(2021), {2021: renamed}).edition.authority == "某办函〔2027〕1号"


def test_cells_that_need_not_run(notebook):
    nb = notebook(2021)
    empty = {"cell_type": "code", "metadata": {}, "source": "  \n", "execution_count": None, "outputs": []}
    skipped = {**empty, "source": "1/0", "metadata": {"tags": ["skip-execution"]}}
    nb["cells"][1:1] = [empty, skipped]
    assert Document.from_notebook(nb).report.year == 2021
