"""Writes notebooks/annual_report.ipynb from the cells below, so that its diff stays readable and its ids stable.

Usage: python scripts/make_notebook.py
"""

from __future__ import annotations

from pathlib import Path

import nbformat

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "annual_report.ipynb"

# (id, sentence above the cell, code). The sentence says what the step does and which article it follows.
CELLS = [
    (
        "sources",
        "## 一、资料来源\n\n读取参数、台账、已填报表和上年度数据；含个人信息的列在读取时即丢弃。",
        "import govnb\n\npaper = govnb.open_workpaper(agency, year)\ngovnb.show_sources(paper)",
    ),
    (
        "disclosure",
        "## 二、统计表格\n\n由台账逐格计数（条例第二十条、第五十条）；台账不能反映的格取自已填报表，都没有的留空。",
        'tables = govnb.count_tables(paper)\ngovnb.show_table(tables, "disclosure")',
    ),
    (
        "applications",
        "收到和处理政府信息公开申请：按收到日期、答复日期和办理结果计数（条例第二十九条至第四十条）。",
        'govnb.show_table(tables, "applications")',
    ),
    (
        "disputes",
        "行政复议、行政诉讼：本年审结的按结果计数，年末尚未审结的另计；复议机关作共同被告的案件不在此计。",
        'govnb.show_table(tables, "disputes")',
    ),
    (
        "figures",
        "## 三、数字\n\n正文用到的每个数字都有编号、来源和规则；`govnb trace` 可列出背后的台账记录。",
        "catalogue = govnb.count_figures(paper, tables)\ngovnb.show_figures(catalogue)",
    ),
    (
        "narrative",
        "## 四、正文\n\n六个部分按规定格式撰写，数字全部取自上面的数字表。",
        "sections = govnb.narrate(paper, catalogue)\ngovnb.show_narrative(sections)",
    ),
    (
        "checks",
        "## 五、核对\n\n勾稽关系、跨年衔接、答复期限、收费标准等；不通过的在前。",
        "results = govnb.run_checks(paper, tables, catalogue, sections)\ngovnb.show_checks(results)",
    ),
    ("by-month", "## 六、图\n\n各月收到和答复的申请。", "govnb.draw_by_month(paper)"),
    ("outcomes", "办理结果。", "govnb.draw_outcomes(paper, catalogue)"),
    (
        "reply-days",
        "答复用时，对照法定期限（条例第三十三条）和本机关承诺的时限。",
        "govnb.draw_reply_days(paper)",
    ),
    ("years", "与以前年度比较。", "govnb.draw_years(paper, tables)"),
    ("disclosures", "主动公开信息的类别。", "govnb.draw_disclosures(paper, catalogue)"),
    (
        "publish",
        "## 七、发布\n\n以上各步的结果合为一份报告，网页、PDF、report.json 都由它生成。",
        "govnb.publish(paper, tables, catalogue, sections, results)",
    ),
]


def build() -> nbformat.NotebookNode:
    """The notebook, without outputs."""
    notebook = nbformat.v4.new_notebook()
    title = (
        "# 政府信息公开工作年度报告：工作底稿\n\n"
        "用 `govnb run` 运行，或者在 Jupyter 中改好下面的参数后逐格运行。改动任何一步的结果，其后各步随之改变。"
    )
    notebook.cells = [
        nbformat.v4.new_markdown_cell(title, id="title"),
        nbformat.v4.new_code_cell(
            'agency = "guangzhou-gov-office"\nyear = 2021', id="parameters", metadata={"tags": ["parameters"]}
        ),
    ]
    for name, sentence, code in CELLS:
        notebook.cells.append(nbformat.v4.new_markdown_cell(sentence, id=f"{name}-text"))
        notebook.cells.append(nbformat.v4.new_code_cell(code, id=name))
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(notebook)
    return notebook


if __name__ == "__main__":
    NOTEBOOK.write_text(nbformat.writes(build()) + "\n", encoding="utf-8")
