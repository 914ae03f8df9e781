"""Writes the notebooks of notebooks/ from the cells below, so that their diffs stay readable and their ids stable.

Usage: python scripts/make_notebook.py
"""

from __future__ import annotations

from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"

# (id, sentence above the cell, code). The sentence says what the step does and which article it follows.
REPORT = [
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


HANDLING = [
    (
        "sources",
        "## 资料来源\n\n读取参数、台账和上年度数据；含个人信息的列在读取时即丢弃。",
        "import govnb\n\npaper = govnb.open_workpaper(agency, year)\ngovnb.show_sources(paper)",
    ),
    (
        "times",
        "## 分析\n\n答复用时按工作日计算，对照法定期限（条例第三十三条）和本机关承诺的时限。",
        "times = govnb.study_reply_times(paper)\ntimes",
    ),
    ("channels", "按申请渠道。", "channels = govnb.study_channels(paper)\nchannels"),
    ("outcomes", "按办理结果。", "outcomes = govnb.study_outcomes(paper)\noutcomes"),
    ("months", "按答复月份。", "months = govnb.study_months(paper)\nmonths"),
    (
        "open",
        "年末尚未答复的申请已用多少工作日，其中多少已经超期。",
        "still_open = govnb.study_open_cases(paper)\nstill_open",
    ),
    (
        "added",
        "延期（第三十三条）、合理延迟（第三十五条）、征求意见（第三十二条、第三十四条）和补正（第三十条）各用多少时间。",
        "added = govnb.study_added_days(paper)\nadded",
    ),
    ("corrections", "补正通知及其结果。", "corrections = govnb.study_corrections(paper)\ncorrections"),
    ("disputes", "因政府信息公开引起的行政复议和行政诉讼。", "disputes = govnb.study_disputes(paper)\ndisputes"),
    ("fees", "信息处理费（第四十二条）。", "fees = govnb.study_fees(paper)\nfees"),
    ("disclosure", "文件主动公开的时限（第二十六条）。", "disclosure = govnb.study_disclosure(paper)\ndisclosure"),
    (
        "publish",
        "## 发布\n\n以上各部分合为一份内部资料，网页、PDF 都由它生成；不产生 report.json。",
        "parts = [times, channels, outcomes, months, still_open, added, corrections, disputes, fees, disclosure]\n"
        'govnb.publish_study(paper, "政府信息公开申请办理情况分析", parts)',
    ),
]

COMPARISON = [
    (
        "sources",
        "## 资料来源\n\n读取汇总机关及其成员单位的参数、台账和已填报表；含个人信息的列在读取时即丢弃。",
        "import govnb\n\npaper = govnb.open_workpaper(agency, year)\ngovnb.show_sources(paper)",
    ),
    (
        "members",
        "## 比较\n\n每个成员单位一行；台账和报表不能反映的留空，不当作零。",
        "members = govnb.read_members(paper)\nmembers",
    ),
    (
        "side-by-side",
        "主要指标并列。",
        "side_by_side = govnb.compare_side_by_side(paper, members)\nside_by_side",
    ),
    ("volume", "申请数量及占比；缺少报告的单位。", "volume = govnb.compare_volume(paper, members)\nvolume"),
    ("results", "予以公开和部分公开的比例。", "results = govnb.compare_results(members)\nresults"),
    ("speed", "答复用时和超期（条例第三十三条）。", "speed = govnb.compare_speed(members)\nspeed"),
    ("disputes", "行政复议和行政诉讼，及其中结果纠正的。", "disputes = govnb.compare_disputes(members)\ndisputes"),
    (
        "publish",
        "## 发布\n\n以上各部分合为一份内部资料，网页、PDF 都由它生成；不产生 report.json。",
        'govnb.publish_study(paper, "各单位政府信息公开工作比较", [side_by_side, volume, results, speed, disputes])',
    ),
]

_HOW = "用 `govnb run{options}` 运行，或者在 Jupyter 中改好下面的参数后逐格运行。改动任何一步的结果，其后各步随之改变。"
# File → (title, options of the command that runs it, example parameters, cells).
NOTEBOOKS = {
    "annual_report": ("政府信息公开工作年度报告：工作底稿", "", ("guangzhou-gov-office", 2021), REPORT),
    "handling": ("政府信息公开申请办理情况分析", " -n handling", ("guangzhou-gov-office", 2021), HANDLING),
    "comparison": ("成员单位比较", " -n comparison -a 汇总机关", ("guangzhou-gov-office", 2021), COMPARISON),
}


def build(name: str) -> nbformat.NotebookNode:
    """One of NOTEBOOKS, without outputs."""
    title, options, (agency, year), cells = NOTEBOOKS[name]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_markdown_cell(f"# {title}\n\n{_HOW.format(options=options)}", id="title"),
        nbformat.v4.new_code_cell(
            f'agency = "{agency}"\nyear = {year}', id="parameters", metadata={"tags": ["parameters"]}
        ),
    ]
    for code_id, sentence, code in cells:
        notebook.cells.append(nbformat.v4.new_markdown_cell(sentence, id=f"{code_id}-text"))
        notebook.cells.append(nbformat.v4.new_code_cell(code, id=code_id))
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    nbformat.validate(notebook)
    return notebook


if __name__ == "__main__":
    for made in NOTEBOOKS:
        (FOLDER / f"{made}.ipynb").write_text(nbformat.writes(build(made)) + "\n", encoding="utf-8")
