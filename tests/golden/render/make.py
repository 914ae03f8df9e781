"""Writes the executed notebooks (.json: linters leave them alone) of the render tests: real tables of 平潭, our prose.

Run: python tests/golden/render/make.py REFERENCE_FOLDER   (the folder with pingtan-2020.json and pingtan-2021.json)
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("agg")

from matplotlib import font_manager
from matplotlib import pyplot as plt

from govnb.charts import Chart
from govnb.form.edition import packaged_editions
from govnb.narrative.sections import Block, Section
from govnb.render import render
from govnb.render.document import Document
from govnb.render.fonts import packaged_fonts
from govnb.report import MIME, Report, tables_from_json

HERE = Path(__file__).parent

PROSE = {
    "overview": [
        (
            "paragraph",
            "本报告根据《中华人民共和国政府信息公开条例》和上级机关有关要求编制。{year}年，本机关围绕中心工作和群众关切，"
            "健全公开制度，规范办理流程，加强平台管理，政府信息公开工作平稳有序。全年没有因公开不当引起的舆情，也没有发生泄密事件。",
        ),
        ("part", "（一）主动公开"),
        (
            "paragraph",
            "全年通过门户网站、政务新媒体和新闻发布会公开政府信息2602条，其中规划计划类21条，重大建设项目类390条，"
            "为民办实事类69条，科教文体卫生类246条，安全生产与应急管理类271条。制发行政规范性文件69件，全部在形成之日起20个工作日内公开，"
            "并同步发布文字、图表等形式的解读材料；废止36件，现行有效65件，均可在规范性文件库中按标题、文号和状态查询。",
        ),
        (
            "paragraph",
            "办理行政许可2293件、行政处罚1282件、行政强制42件，结果按“双公示”要求在7个工作日内上网。"
            "收费目录清单动态调整，全年行政事业性收费24252.311082万元，收费依据与标准一并公布。",
        ),
        ("part", "（二）依申请公开"),
        (
            "paragraph",
            "全年收到政府信息公开申请70件，上年结转0件，按期答复69件，结转下年度1件。申请主要集中在征地补偿、"
            "城乡规划、项目审批三个方面，合计占八成以上。当面、信函、网络、传真四种渠道均保持畅通，平均答复用时11个工作日，"
            "比法定期限少9个工作日；需要补正的，均在7个工作日内一次性告知。",
        ),
        ("part", "（三）政府信息管理"),
        (
            "paragraph",
            "落实公文公开属性源头认定，拟制公文时一并明确主动公开、依申请公开或者不予公开，并说明理由。"
            "每半年评估一次不予公开和依申请公开的文件，本年度转为主动公开13件。建立信息发布三审制度，错情、敏感词和个人信息逐条核对。",
        ),
        ("part", "（四）政府信息公开平台建设"),
        (
            "paragraph",
            "完成政府信息公开专栏改版，按照统一规范设置指南、制度、法定主动公开内容和年度报告四个栏目，新增全文检索和无障碍浏览。"
            "在政务服务大厅、档案馆和公共图书馆设置查阅点12处，配备自助查询终端，全年接待查阅3106人次。",
        ),
        ("part", "（五）监督保障"),
        (
            "paragraph",
            "调整政府信息公开工作领导小组，明确专职人员2名、兼职人员46名。举办业务培训3期，参训215人次，重点讲解申请办理和第三方意见征求。"
            "每季度对全区政府网站和政务新媒体进行检查，发现问题限期整改并通报结果。工作考核纳入绩效管理，社会评议满意率为96.4%，全年没有责任追究情形。",
        ),
    ],
    "problems": [
        ("paragraph", "一年来工作取得一定成效，但与条例的要求和群众的期待相比还有差距，主要问题和改进措施如下："),
        (
            "item",
            "政策解读的形式还不够丰富。下一步，重要政策与解读材料同步起草、同步审批、同步发布，图解、视频等形式的比例不低于六成。",
        ),
        (
            "item",
            "个别单位答复申请的文书不够规范。下一步，统一使用答复书模板，每季度抽查一次，并把典型案例编入培训教材。",
        ),
        ("item", "基层单位公开专栏更新不及时。下一步，建立栏目更新预警，超过30日没有更新的自动提醒，超过60日的通报。"),
    ],
    "other": [
        ("paragraph", "按照《政府信息公开信息处理费管理办法》，本年度收取信息处理费0元，没有减免情形。"),
        ("paragraph", "本报告的电子版可在政府门户网站下载。对本报告有疑问的，请与本机关政务公开办公室联系。"),
    ],
}


def sections(edition, year):
    return tuple(
        Section(
            section.code,
            section.title,
            tuple(Block(kind, text.format(year=year)) for kind, text in PROSE.get(section.code, ())),
        )
        for section in edition.sections
    )


def charts(values):
    for path in packaged_fonts():
        font_manager.fontManager.addfont(path)
    style = {
        "font.family": ["Noto Sans SC"],
        "axes.unicode_minus": False,
        "svg.hashsalt": "govnb",
        "svg.fonttype": "path",
    }
    months = [f"{month}月" for month in range(1, 13)]
    received, done = [6, 3, 8, 7, 5, 6, 4, 9, 6, 5, 7, 4], [4, 5, 6, 7, 6, 6, 5, 7, 7, 5, 6, 5]
    with matplotlib.rc_context(style):
        figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
        axes.plot(months, received, "k-o", label="收到")
        axes.plot(months, done, "k--s", label="办结", markerfacecolor="white")
        axes.set_ylabel("件")
        axes.legend()
        yield Chart(
            "monthly",
            "各月收到和办结申请数量",
            "折线图：8月收到最多，为9件；2月最少，为3件。全年收到70件，办结69件。",
            save(figure),
        )
        figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
        rows = [(code, row["total"]) for code, row in values["applications"].items() if row["total"] and "." in code]
        axes.barh([code for code, _ in rows], [count for _, count in rows], color="0.6", edgecolor="k", hatch="//")
        axes.set_xlabel("件")
        yield Chart("outcomes", "申请办理结果", "条形图：予以公开30件，部分公开5件，其余各类合计34件。", save(figure))
        figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
        axes.hist(
            [3, 5, 6, 8, 9, 9, 10, 11, 12, 12, 13, 15, 15, 18, 19, 20], bins=range(0, 26, 5), color="0.8", edgecolor="k"
        )
        axes.axvline(20, color="k", linestyle="--", label="法定期限20个工作日")
        axes.axvline(10, color="k", linestyle=":", label="目标10个工作日")
        axes.set_xlabel("答复用时（工作日）")
        axes.legend()
        yield Chart(
            "days", "答复用时与期限", "直方图：全部申请在20个工作日内答复，近半在10个工作日内答复。", save(figure)
        )
        figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
        axes.bar(["2019年", "2020年", "2021年"], [18, 21, 70], color=["0.85", "0.65", "0.35"], edgecolor="k", width=0.5)
        axes.set_ylabel("新收申请（件）")
        yield Chart("years", "新收申请历年比较", "柱形图：2019年18件，2020年21件，2021年70件，逐年增加。", save(figure))


def save(figure):
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return buffer.getvalue()


def code(number, source, outputs):
    return {
        "cell_type": "code",
        "id": f"cell-{number}",
        "metadata": {},
        "source": source,
        "execution_count": number,
        "outputs": outputs,
    }


def notebook(report, drawings):
    cells = [
        {"cell_type": "markdown", "id": "intro", "metadata": {}, "source": "# 年报\n按条例第五十条编制。"},
        code(1, "report = load(agency, year)", []),
    ]
    for number, drawing in enumerate(drawings, 2):
        data, metadata = drawing._repr_mimebundle_()
        cells.append(
            code(
                number,
                f"chart({drawing.code!r})",
                [{"output_type": "display_data", "data": data, "metadata": metadata}],
            )
        )
    data = {MIME: report.to_json(), "text/plain": report.title}
    cells.append(code(len(cells), "publish(report)", [{"output_type": "display_data", "data": data, "metadata": {}}]))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def main(reference):
    for year in (2021, 2020):
        source = json.loads((reference / f"pingtan-{year}.json").read_text())
        edition = packaged_editions()[source["edition"]]
        report = Report(
            agency="pingtan",
            name="平潭综合实验区管委会",
            year=year,
            edition=edition.number,
            authority=edition.authority,
            short_name="区管委会",
            region="平潭综合实验区",
            level="county",
            website="www.pingtan.gov.cn",
            published_date="2022-01-20" if year == 2021 else None,
            tables=tables_from_json(source["tables"]),
            sections=sections(edition, year),
        )
        made = notebook(report, charts(source["tables"]) if year == 2021 else ())
        (HERE / f"notebook-{year}.json").write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n")
        if year == 2020:
            (HERE / "report-2020.html").write_bytes(render(Document.from_notebook(made), "html"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
