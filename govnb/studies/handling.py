"""The study of how applications were handled: each part's sentences, table and chart, all from the ledgers.

Words only; the numbers are counted by ``counting.handling``. Nothing of a single application is told, and no personal
column is in memory. Official labels come from the edition and from ledgers.yaml.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from govnb.charts import draw_bars
from govnb.counting import handling
from govnb.counting.catalogue import percent
from govnb.counting.figures import Value, show
from govnb.counting.limits import ANSWER_DAYS, CORRECTION_NOTICE_DAYS, DISCLOSURE_DAYS
from govnb.errors import Place, Problem, ReportError, Text
from govnb.form.edition import TOTAL
from govnb.gallery import draw_reply_days, without_number
from govnb.script import to_script
from govnb.studies.drawing import draw_spreads
from govnb.studies.part import Part, cells_of
from govnb.workpaper import Workpaper

_HEADS = {
    "answered": "答复件数",
    "in_time": "法定期限内",
    "overdue": "超过法定期限",
    "no_limit": "期限未起算",
    "unknown": "缺工作日历",
    "within": "承诺时限内",
    "median": "用时中位数",
    "longest": "最长用时",
}
_OPTIONAL = ("no_limit", "unknown", "within")  # columns that are left out where they say nothing
_BLANK = "未填写"


def study_reply_times(paper: Workpaper) -> Part:
    """How long the replies of the year took. ReportError where the agency keeps no ledger of applications."""
    replies = _replies(paper)
    counted = _times(paper, replies, [("all", pd.Series(True, index=replies.index))])
    row = cells_of(counted)["all"]
    if row["answered"] == 0:
        return Part("答复用时", [f"{paper.year}年没有答复政府信息公开申请。"])
    running = row["in_time"] + row["overdue"]
    lines = [
        f"{paper.year}年共答复申请{row['answered']}件。计算法定期限的{running}件中，{row['in_time']}件在期限内答复"
        f"{_of(row['in_time'], running)}，{row['overdue']}件超过期限。"
    ]
    if row["median"] is not None:
        lines[0] += f"答复用时中位数为{show(row['median'])}个工作日，最长{row['longest']}个工作日。"
    if row["no_limit"]:
        lines.append(f"另有{row['no_limit']}件因申请未补正或者费用未缴纳，期限未起算，不计入用时。")
    if row["unknown"]:
        lines.append(f"另有{row['unknown']}件的用时涉及尚无工作日历的年份，无法计算，不计入用时。")
    if row["within"] is not None:
        target = paper.params.agency.reply_target_days
        lines.append(f"在本机关承诺的{target}个工作日内答复{row['within']}件{_of(row['within'], running)}。")
    lines.append(
        f"法定期限为{ANSWER_DAYS}个工作日，经批准可以延长{ANSWER_DAYS}个工作日；征求意见、补正和缴费的时间不计在内"
        "（条例第三十条、第三十二条至第三十五条、第四十二条）。"
    )
    table = _printed_times(counted, {"all": "全部答复"}, "范围")
    return Part("答复用时", lines, table, "答复用时总体情况", draw_reply_days(paper))


def study_channels(paper: Workpaper) -> Part:
    """Time to reply by the channel through which the application came."""
    labels = paper.book.labels.get(("applications", "channel"), {})
    replies = _replies(paper)
    groups = handling.groups_of(replies, "channel", labels)
    return _grouped(paper, "按申请渠道", "申请渠道", replies, groups, labels, chart=None)


def study_outcomes(paper: Workpaper) -> Part:
    """Time to reply by outcome, the groups of the form as one."""
    form = paper.edition.applications
    codes = tuple(dict.fromkeys(code.split(".")[0] for code in form.outcomes))
    labels = {code: without_number(paper.edition.label("applications", code)) for code in codes}
    replies = _replies(paper)
    groups = handling.groups_of_outcomes(replies, codes)
    return _grouped(paper, "按办理结果", "办理结果", replies, groups, labels, chart="reply_outcomes")


def study_months(paper: Workpaper) -> Part:
    """Time to reply by the month of the reply."""
    labels = {str(month): f"{month}月" for month in range(1, 13)}
    replies = _replies(paper)
    groups = handling.groups_of(replies, "month", range(1, 13))
    return _grouped(paper, "按答复月份", "答复月份", replies, groups, labels, chart="reply_months")


def study_open_cases(paper: Workpaper) -> Part:
    """Cases open at the year's end by age, and how many of them were overdue."""
    _replies(paper)
    counted = handling.count_open_cases(paper.book, paper.year)
    cells = cells_of(counted)
    total, overdue = (sum(row[column] for row in cells.values()) for column in ("cases", "overdue"))
    if total == 0:
        return Part("年末未办结", [f"{paper.year}年末没有尚未答复的申请。"])
    lines = [f"{paper.year}年末尚未答复的申请{total}件，其中已超过法定期限{overdue}件。"]
    if cells["none"]["cases"]:
        lines.append(f"{cells['none']['cases']}件正在等待申请人补正或者缴费，期限未起算。")
    if cells["unknown"]["cases"]:
        lines.append(f"{cells['unknown']['cases']}件涉及尚无工作日历的年份，无法判断。")
    first, second, third = handling.AGES
    labels = {
        str(first): f"{first}个工作日以内",
        str(second): f"{first + 1}至{second}个工作日",
        str(third): f"{second + 1}至{third}个工作日",
        "more": f"超过{third}个工作日",
        "none": "期限未起算",
        "unknown": "缺工作日历",
    }
    if not cells["unknown"]["cases"]:
        counted = counted.drop(index="unknown")
    names = {"cases": "未答复件数", "overdue": "其中已超期"}
    table = _printed(counted, labels, names, "已用时间（至年末）")
    caption = f"{paper.year}年末未答复申请的已用时间"
    say = _sayer(paper)
    series = {
        say("未超期"): [int(all_ - late) for all_, late in zip(counted["cases"], counted["overdue"], strict=True)],
        say("已超期"): [int(late) for late in counted["overdue"]],
    }
    short = [say(labels[code].replace("个工作日", "日")) for code in counted.index]
    return Part("年末未办结", lines, table, caption, draw_bars("open_cases", say(caption), short, series, "件"))


def study_added_days(paper: Workpaper) -> Part:
    """Extension, delay, consultation and correction: in how many replies, how many days each took."""
    _replies(paper)
    counted = handling.count_added_days(paper.book, paper.year)
    cells = cells_of(counted)
    names = {"extension": "经批准延期", "delay": "合理延迟", "excluded": "征求意见等扣除", "correction": "补正"}
    used = [code for code in counted.index if cells[code]["cases"]]
    if not used:
        return Part("延期、扣除与补正", [f"{paper.year}年答复的申请没有延期、扣除时间或者补正。"])
    said = "，".join(f"{names[code]}{cells[code]['cases']}件共{cells[code]['days']}个工作日" for code in used)
    lines = [f"{paper.year}年答复的申请中，{said}。"]
    if "extension" in used:
        all_, over = cells["extension"]["cases"], cells["extension"]["over_20"]
        in_time = f"{all_ - over}件在此之内即已答复"
        lines.append(f"延期的{all_}件中，{over}件的用时确实超过{ANSWER_DAYS}个工作日，{in_time}。")
    if "correction" in used:
        lines.append("补正的天数为收到申请至收到补正之间的工作日，不计入答复用时；一直未补正的没有天数。")
    heads = {
        "cases": "件数",
        "days": "天数合计",
        "median": "天数中位数",
        "longest": "最多天数",
        "over_20": f"用时超过{ANSWER_DAYS}日",
        "overdue": "超过法定期限",
    }
    table = _printed(counted.loc[used], names, heads, "事由")
    return Part("延期、扣除与补正", lines, table, "延长或者不计入期限的时间（工作日）")


def study_corrections(paper: Workpaper) -> Part:
    """Notices of correction of the year and what came of them."""
    _replies(paper)
    frame = handling.count_corrections(paper.book, paper.year)
    counted = {code: row["cases"] for code, row in cells_of(frame).items()}
    if counted["noticed"] == 0:
        return Part("补正通知", [f"{paper.year}年没有通知申请人补正。"])
    lines = [
        f"{paper.year}年通知补正{counted['noticed']}件，年末前收到补正{counted['received']}件，"
        f"仍在等待{counted['awaited']}件，逾期不补正而不再处理{counted['dropped']}件；"
        f"{counted['late']}件的通知超过收到申请后{CORRECTION_NOTICE_DAYS}个工作日（条例第三十条）。"
    ]
    labels = {
        "noticed": "通知补正",
        "late": f"其中：超过{CORRECTION_NOTICE_DAYS}个工作日通知",
        "received": "其中：年末前收到补正",
        "awaited": "其中：年末仍在等待",
        "dropped": "其中：逾期不补正，不再处理",
    }
    table = _printed(frame, labels, {"cases": "件数"}, "情形")
    return Part("补正通知", lines, table, "补正通知情况")


def study_disputes(paper: Workpaper) -> Part | None:
    """Reviews and lawsuits by result, as in the statutory table; None where nothing tells of them."""
    form, values = paper.edition.disputes, paper.values
    table, replies = values["disputes"], values["applications"].get(TOTAL, {}).get(TOTAL)
    blocks = {block.code: f"{block.group}：{block.label}" if block.group else block.label for block in form.blocks}
    cells = {code: [table[code].get(column) for column in form.columns] for code in blocks}
    if not all(isinstance(value, int) for row in cells.values() for value in row):
        return None
    frame = pd.DataFrame.from_dict(cells, orient="index", columns=list(form.columns), dtype=object)
    total = int(frame[TOTAL].sum())
    if total == 0:
        return Part("争议", [f"{paper.year}年没有因政府信息公开引起的行政复议和行政诉讼。"])
    said = "；".join(
        f"{form.columns[column]}{int(frame[column].sum())}宗" for column in form.columns if column != TOTAL
    )
    lines = [f"{paper.year}年审结和年末未审结的行政复议、行政诉讼共{total}宗：{said}。"]
    if isinstance(replies, int) and replies:
        lines.append(f"平均每百件答复有{show(percent(total, replies))}宗争议。")
    lines.append("争议台账不记载所涉的申请，因此不按办理结果分列。")
    return Part("争议", lines, _printed(frame, blocks, form.columns, "途径"), "行政复议和行政诉讼的结果")


def study_fees(paper: Workpaper) -> Part:
    """Fee notices of the year and what came of them."""
    _replies(paper)
    counted = handling.count_fee_notices(paper.book, paper.year)
    cells = cells_of(counted)
    row = {code: values["cases"] for code, values in cells.items()}
    if row["noticed"] == 0:
        return Part("信息处理费", [f"{paper.year}年没有发出信息处理费收费通知。"])
    lines = [
        f"{paper.year}年发出收费通知{row['noticed']}件，共{show(cells['noticed']['yuan'])}元；"
        f"年末前缴费{row['paid']}件，"
        f"逾期缴纳或者逾期未缴{row['payment_overdue']}件，因逾期未缴费不再处理{row['dropped']}件"
        "（条例第四十二条，国办函〔2020〕109号）。"
    ]
    labels = {
        "noticed": "发出收费通知",
        "paid": "其中：年末前已缴费",
        "payment_overdue": "其中：逾期缴纳或者逾期未缴",
        "dropped": "其中：逾期未缴费，不再处理",
    }
    table = _printed(counted, labels, {"cases": "件数", "yuan": "金额（元）"}, "情形")
    return Part("信息处理费", lines, table, "信息处理费收取情况")


def study_disclosure(paper: Workpaper) -> Part | None:
    """Documents disclosed late, or not yet, on the organ's own initiative; None without a ledger of documents."""
    if "documents" not in paper.book:
        return None
    frame = handling.count_disclosure_delays(paper.book, paper.year)
    counted = {code: row["documents"] for code, row in cells_of(frame).items()}
    waiting = counted["waiting"] + counted["waiting_before"]
    lines = [
        f"{paper.year}年主动公开文件{counted['disclosed']}份，其中{counted['late']}份超过制发后{DISCLOSURE_DAYS}个工作日"
        f"（条例第二十六条）。{paper.year}年末已超过该期限而台账没有公开日期的有效文件{waiting}份。"
    ]
    labels = {
        "disclosed": "本年主动公开",
        "late": f"其中：超过{DISCLOSURE_DAYS}个工作日",
        "waiting": "年末超期未公开：本年应公开",
        "waiting_before": "年末超期未公开：以前年度应公开",
    }
    table = _printed(frame, labels, {"documents": "份数"}, "情形")
    return Part("主动公开的时限", lines, table, "文件主动公开的时限")


# What several parts need


def _replies(paper: Workpaper) -> pd.DataFrame:
    if "applications" in paper.book:
        return handling.find_replies(paper.book, paper.year)
    folder = f"data/{paper.params.agency.id}"
    what = Text("没有依申请公开台账，不能分析办理情况", "there is no ledger of applications to study")
    fix = Text(
        f"请放入 {folder}/applications.csv，或者用 -a 指明有台账的机关",
        f"Put {folder}/applications.csv there, or name an agency that keeps the ledger with -a",
    )
    raise ReportError(Problem(Place(file=folder), what, fix, "study.ledger"))


def _times(paper: Workpaper, replies: pd.DataFrame, groups: Iterable[tuple[str, pd.Series[bool]]]) -> pd.DataFrame:
    return handling.count_reply_times(replies, groups, paper.params.agency.reply_target_days)


def _grouped(
    paper: Workpaper,
    title: str,
    head: str,
    replies: pd.DataFrame,
    groups: list[tuple[str, pd.Series[bool]]],
    labels: Mapping[str, str],
    chart: str | None,
) -> Part:
    counted = _times(paper, replies, groups)
    cells = cells_of(counted)
    if counted.empty:
        return Part(title, [f"{paper.year}年没有答复政府信息公开申请。"])
    labels = {**labels, "blank": _BLANK}
    total = sum(row["answered"] for row in cells.values())
    most = max(row["answered"] for row in cells.values())
    lines = [f"答复最多的是{_those(counted['answered'] == most, labels)}（{most}件{_of(most, total, '，占')}）。"]
    known = counted["median"].dropna()
    if len(known) > 1:
        lines[0] += _extremes(known, labels)
    late = counted.index[counted["overdue"] > 0]
    said = "、".join(f"{labels[code]}{cells[code]['overdue']}件" for code in late)
    lines.append(f"超过法定期限的：{said}。" if said else "各类均没有超过法定期限的答复。")
    caption = f"{paper.year}年答复用时：{title}"
    say = _sayer(paper)
    drawn = None
    days = {say(labels[code]): [int(day) for day in replies.loc[mask, "days"].dropna()] for code, mask in groups}
    days = {label: values for label, values in days.items() if values}
    if chart is not None and days:
        drawn = draw_spreads(chart, say(caption), days, ANSWER_DAYS, paper.params.agency.reply_target_days, say)
    return Part(title, lines, _printed_times(counted, labels, head), f"答复用时：{title}（用时单位：工作日）", drawn)


def _extremes(known: pd.Series[Any], labels: Mapping[str, str]) -> str:
    """The longest median and whose it is; where many share it, only between what they lie."""
    slowest, fastest = max(known), min(known)
    slow = known == slowest
    if slow.sum() > 2:
        return f"用时中位数在{show(fastest)}至{show(slowest)}个工作日之间。"
    edges = f"（{show(slowest)}个工作日），最短为{show(fastest)}个工作日"
    return f"用时中位数最长的是{_those(slow, labels)}{edges}。"


def _those(chosen: pd.Series[bool], labels: Mapping[str, str]) -> str:
    return "、".join(labels[str(code)] for code in chosen.index[chosen])


def _printed_times(counted: pd.DataFrame, labels: Mapping[str, str], head: str) -> pd.DataFrame:
    empty = [column for column in _OPTIONAL if not any(counted[column].fillna(0))]
    return _printed(counted.drop(columns=empty), labels, _HEADS, head)


def _printed(counted: pd.DataFrame, labels: Mapping[str, str], heads: Mapping[str, str], head: str) -> pd.DataFrame:
    """Codes as words; the cells stay numbers."""
    made = counted.rename(index=dict(labels), columns=dict(heads))
    return made.rename_axis(index=head)


def _of(part: Value, whole: Value, joint: str = "，占") -> str:
    if not isinstance(part, int) or not isinstance(whole, int) or whole == 0:
        return ""
    return f"{joint}{show(percent(part, whole))}%"


def _sayer(paper: Workpaper) -> Callable[[str], str]:
    def say(text: str) -> str:
        return to_script(text, paper.params.script)

    return say
