"""Which charts a report gets, from which figures: received and answered, outcomes, days to reply, years, disclosures.

Each takes what a notebook has at hand and gives a Chart; where the data are not there, the Chart says what is missing.
"""

from __future__ import annotations

from govnb.charts import Chart, draw_bars, draw_days, draw_ranking, missing
from govnb.counting import rules
from govnb.counting.catalogue import Catalogue
from govnb.counting.limits import ANSWER_DAYS
from govnb.counting.rules import Selection
from govnb.counting.tables import Tables
from govnb.form.edition import TOTAL
from govnb.script import to_script
from govnb.workpaper import Workpaper

NO_LEDGER = "未提供依申请公开台账，不绘制此图"


def draw_by_month(paper: Workpaper) -> Chart:
    """Applications received and answered in each month of the report year."""
    caption = _printed(paper, f"{paper.year}年各月收到和答复的政府信息公开申请")
    if "applications" not in paper.book:
        return missing("by_month", caption, NO_LEDGER)

    def monthly(selection: Selection, column: str) -> list[int]:
        counts = paper.book.values(selection, column).dt.month.value_counts()
        return [int(counts.get(month, 0)) for month in range(1, 13)]

    series = {
        _printed(paper, "新收"): monthly(rules.new_applications(paper.year), "received_date"),
        _printed(paper, "答复"): monthly(rules.answered_applications(paper.year), "reply_date"),
    }
    if not any(sum(values) for values in series.values()):
        return missing("by_month", caption, "本年没有收到或答复的申请，不绘制此图")
    return draw_bars("by_month", caption, [f"{month}月" for month in range(1, 13)], series, "件")


def draw_outcomes(paper: Workpaper, catalogue: Catalogue) -> Chart:
    """Every outcome of the year that occurred, in the order of the form."""
    form = paper.edition.applications
    caption = _printed(paper, f"{paper.year}年政府信息公开申请办理结果")
    values: dict[str, int] = {}
    for row in form.outcomes:
        value = catalogue.figures[f"applications.{row}.{TOTAL}"].value
        if isinstance(value, int) and value > 0:
            values[_printed(paper, _short(paper, row))] = value
    if not values:
        return missing("outcomes", caption, "本年没有办结的申请，不绘制此图")
    return draw_ranking("outcomes", caption, values, "件")


def _short(paper: Workpaper, row: str) -> str:
    """A row's label without its number and note, under its group where it has one: 不予公开：属于国家秘密."""
    form = paper.edition.applications
    own = without_number(form.rows[row])
    return f"{without_number(form.groups[row.split('.')[0]])}：{own}" if "." in row else own


def without_number(label: str) -> str:
    """An official label without the number before it and the note behind it."""
    return label.split("（区分")[0].lstrip("（一二三四五六七）123456789.").split("、行政机关")[0]


def draw_reply_days(paper: Workpaper) -> Chart:
    """Working days to the reply, of the applications answered in the year, against the limit of 条例第三十三条."""
    caption = _printed(paper, f"{paper.year}年答复用时与期限")
    if "applications" not in paper.book:
        return missing("reply_days", caption, NO_LEDGER)
    days = paper.book.values(rules.answered_applications(paper.year), "elapsed_days").dropna()
    if days.empty:
        return missing("reply_days", caption, "本年没有答复的申请，不绘制此图")
    return draw_days(
        "reply_days",
        caption,
        (int(value) for value in days),
        ANSWER_DAYS,
        paper.params.agency.reply_target_days,
        lambda text: _printed(paper, text),
    )


def draw_years(paper: Workpaper, tables: Tables) -> Chart:
    """New, answered and carried-over applications of this year beside the earlier years that are known."""
    caption = _printed(paper, "历年政府信息公开申请办理情况")
    if not paper.earlier:
        return missing("years", caption, "没有以前年度的报告可比，不绘制此图")
    by_year = {**paper.earlier, paper.year: tables.values()}
    rows = {"new": "新收", TOTAL: "办结", "carried_out": "结转下年"}
    series: dict[str, list[int]] = {}
    for row, name in rows.items():
        values = [values["applications"].get(row, {}).get(TOTAL) for values in by_year.values()]
        if any(not isinstance(value, int) for value in values):
            return missing("years", caption, "有年份的申请数量未填报，不绘制此图")
        series[_printed(paper, name)] = [value for value in values if isinstance(value, int)]
    return draw_bars("years", caption, [f"{year}年" for year in by_year], series, "件")


def draw_disclosures(paper: Workpaper, catalogue: Catalogue) -> Chart:
    """Items disclosed on the organ's own initiative by category, most first (the form leaves their order open)."""
    caption = _printed(paper, f"{paper.year}年主动公开信息类别")
    if "disclosures" not in paper.book:
        return missing("disclosures", caption, "未提供主动公开台账，不绘制此图")
    found: dict[str, int] = {}
    for figure_id, figure in catalogue.figures.items():
        head, _, category = figure_id.partition(".")
        if head == "disclosures" and category != TOTAL and not category.startswith("level.") and figure.value:
            found[_printed(paper, category)] = int(figure.value)
    if not found:
        return missing("disclosures", caption, "本年没有主动公开记录，不绘制此图")
    ordered = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
    return draw_ranking("disclosures", caption, ordered, "条")


def _printed(paper: Workpaper, text: str) -> str:
    return to_script(text, paper.params.script)
