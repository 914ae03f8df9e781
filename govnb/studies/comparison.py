"""The study that compares the members of an aggregate: volume, results, speed, disputes lost, what is overdue.

Words only, over figures that each member's own report has too. A number that a member's inputs can't tell is left
blank and never counted as 0; a member without a report is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from govnb.counting import handling
from govnb.counting.book import add, median, plain
from govnb.counting.catalogue import percent
from govnb.counting.figures import Value, show
from govnb.errors import Place, Problem, ReportError, Text
from govnb.form.edition import TOTAL
from govnb.script import to_script
from govnb.side_by_side import Measure, draw_side_by_side
from govnb.studies.part import Part
from govnb.workpaper import Workpaper

DRAWN = 25  # members in the chart: more would not be read
ALL = "合计"

Numbers = dict[str, Value]
_OUTCOMES = ("granted", "partial")


def read_members(paper: Workpaper) -> pd.DataFrame:
    """One row for each member that has a report, own office included; index: its name (id where names are the same).

    Columns: ``new``, ``answered``, ``open``, ``granted`` (in full or in part), ``granted_share`` (%), ``days_median``,
    ``overdue`` (answered late, or open past the limit at the year's end), ``disputes``, ``lost`` (结果纠正). Cells are
    int, Decimal or None where the member's inputs don't tell. ReportError where the agency has no members, or none
    of them a report.
    """
    if not paper.params.agency.members:
        raise ReportError(_no_members(paper))
    papers = {code: member for code, member in paper.member_papers.items() if member is not None}
    numbers = {code: _numbers(member) for code, member in papers.items()}
    names = {code: member.params.agency.name for code, member in papers.items()}
    if paper.own_office is not None:
        code = paper.params.agency.id
        numbers[code], names[code] = _numbers(paper, own=True), f"{paper.params.agency.name}（本机关）"
    if not numbers:
        raise ReportError(_no_reports(paper))
    twice = {name for name in names.values() if [*names.values()].count(name) > 1}
    index = [f"{name}（{code}）" if name in twice else name for code, name in names.items()]
    return pd.DataFrame(list(numbers.values()), index=pd.Index(index, name="单位"), dtype=object)


def _numbers(member: Workpaper, own: bool = False) -> Numbers:
    tables = member.own_office if own and member.own_office is not None else member.values
    applications, disputes = tables["applications"], tables["disputes"]

    def total(row: str) -> Value:
        return applications.get(row, {}).get(TOTAL)

    answered, granted = total(TOTAL), _whole([total(row) for row in _OUTCOMES if row in applications])
    share = percent(granted, answered) if isinstance(granted, int) and isinstance(answered, int) and answered else None
    middle, overdue = _speed(member, own)
    return {
        "new": total("new"),
        "answered": answered,
        "open": total("carried_out"),
        "granted": granted,
        "granted_share": share,
        "days_median": middle,
        "overdue": overdue,
        "disputes": _whole([cells.get(TOTAL) for cells in disputes.values()]),
        "lost": _whole([cells.get("corrected") for cells in disputes.values()]),
    }


def _whole(cells: Sequence[Value]) -> int | None:
    """The sum of counts; None where one of them is not known."""
    known = [cell for cell in cells if isinstance(cell, int)]
    return sum(known) if cells and len(known) == len(cells) else None


def _speed(member: Workpaper, own: bool) -> tuple[Value, Value]:
    """(median of working days, how many are overdue), as far as a ledger of applications tells."""
    papers = _with_ledgers(member)
    if own:
        papers = [member] if "applications" in member.book else []
    if not papers:
        return None, None
    replies = pd.concat([handling.find_replies(paper.book, paper.year) for paper in papers], ignore_index=True)
    still_open = [handling.count_open_cases(paper.book, paper.year) for paper in papers]
    if replies["unknown"].any() or any(cases.at["unknown", "cases"] for cases in still_open):
        return None, None
    late = int(replies["overdue"].sum()) + sum(int(cases["overdue"].sum()) for cases in still_open)
    return median(replies["days"]), late


def _with_ledgers(paper: Workpaper) -> list[Workpaper]:
    """The workpapers whose ledgers make up all applications of ``paper``; none where one of them keeps no ledger."""
    if not paper.sums_members:
        return [paper] if "applications" in paper.book else []
    below = [_with_ledgers(member) if member is not None else [] for member in paper.member_papers.values()]
    if not all(below) or (paper.own_office is not None and "applications" not in paper.book):
        return []
    return [*(each for papers in below for each in papers), *([paper] if paper.own_office is not None else [])]


def compare_volume(paper: Workpaper, members: pd.DataFrame) -> Part:
    """New, answered and open applications of each member and its share of the whole."""
    heads = {"new": "新收", "answered": "办结", "open": "结转下年"}
    table = _with_shares(members, heads)
    total = _sum(members["new"])
    said = "没有新收申请的数据" if total is None else f"共新收政府信息公开申请{show(total)}件"
    lines = [f"{len(members)}个单位{paper.year}年{said}。", *_missing_said(paper)]
    lines += _most_said(members["new"], "新收最多的是", "件")
    lines += _unknown_said(members["new"], "新收申请数")
    return Part("申请数量", lines, table, "各单位申请数量及占比")


def compare_results(members: pd.DataFrame) -> Part:
    """What part of the applications was granted, in full or in part."""
    table = _printed(members, {"answered": "办结", "granted": "予以公开和部分公开", "granted_share": "公开率（%）"})
    granted, answered = members["granted"], members["answered"]
    both = granted.notna() & answered.notna()
    whole = _sum(answered[both])
    share = percent(_sum(granted[both]) or 0, whole) if whole else None
    table = _with_last(table, [_sum(answered), _sum(granted), share])
    lines = ["公开率为予以公开和部分公开占办结申请的比例。", *_spread_said(members["granted_share"], "公开率", "%")]
    return Part("公开比例", lines, table, "各单位公开比例")


def compare_speed(members: pd.DataFrame) -> Part:
    """Median working days to the reply, and how many were or are overdue."""
    heads = {"answered": "办结", "days_median": "用时中位数（工作日）", "overdue": "超过法定期限"}
    table = _printed(members, heads)
    table = _with_last(table, [_sum(members["answered"]), None, _sum(members["overdue"])])
    lines = ["超过法定期限包括超期答复和年末超期未答复；没有依申请公开台账的单位无从得知。"]
    lines += _spread_said(members["days_median"], "用时中位数", "个工作日")
    late = members["overdue"].dropna()
    named = "、".join(f"{name}{count}件" for name, count in late[late > 0].items())
    if len(late):
        lines.append(f"有超期的单位：{named}。" if named else "有台账的单位均没有超期。")
    return Part("答复时限", lines, table, "各单位答复用时和超期")


def compare_disputes(members: pd.DataFrame) -> Part:
    """Disputes and those lost (结果纠正) of each member, with its share."""
    table = _with_shares(members, {"disputes": "争议", "lost": "其中结果纠正"})
    total, lost = _sum(members["disputes"]), _sum(members["lost"])
    known = total is not None and lost is not None
    said = f"行政复议、行政诉讼共{show(total)}宗，结果纠正{show(lost)}宗。" if known else "各单位都没有争议的数据。"
    lines = [said, *_unknown_said(members["disputes"], "争议")]
    lines += _most_said(members["lost"], "结果纠正最多的是", "宗")
    return Part("行政复议和行政诉讼", lines, table, "各单位争议及占比")


def compare_side_by_side(paper: Workpaper, members: pd.DataFrame) -> Part:
    """All measures of all members in one chart; of many members those with most applications."""
    known = members["new"].map(lambda value: -1 if value is None or pd.isna(value) else int(value))
    drawn = members.loc[known.sort_values(ascending=False, kind="stable").index[:DRAWN]]
    caption = f"{paper.year}年各单位主要指标"
    if len(drawn) < len(members):
        caption += f"（新收申请最多的{DRAWN}个单位，共{len(members)}个）"
    titles = {
        "new": ("新收", "件"),
        "granted_share": ("公开率", "%"),
        "days_median": ("用时中位数", "工作日"),
        "overdue": ("超过期限", "件"),
        "lost": ("结果纠正", "宗"),
    }
    measures = [
        Measure(_said(paper, title), _said(paper, unit), [_number(value) for value in drawn[column]])
        for column, (title, unit) in titles.items()
    ]
    names = [_said(paper, str(name)) for name in drawn.index]
    chart = draw_side_by_side("members", _said(paper, caption), names, measures)
    return Part("主要指标并列", ["各单位按新收申请数从多到少排列；“—”表示没有数据。"], chart=chart)


def _number(value: Value) -> int | Decimal | None:
    return value if isinstance(value, int | Decimal) else None


def _said(paper: Workpaper, text: str) -> str:
    return to_script(text, paper.params.script)


def _sum(values: pd.Series[Any]) -> int | Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [value for value in values if value is not None and not pd.isna(value)]
    if not known:
        return None
    total = plain(add(known))
    return total if any(isinstance(value, Decimal) for value in known) else int(total)


def _printed(members: pd.DataFrame, heads: dict[str, str]) -> pd.DataFrame:
    return members[list(heads)].rename(columns=heads)


def _with_last(table: pd.DataFrame, last: list[Value]) -> pd.DataFrame:
    """``table`` with the row of the sums."""
    return pd.concat([table, pd.DataFrame([last], index=[ALL], columns=table.columns, dtype=object)]).rename_axis(
        "单位"
    )


def _with_shares(members: pd.DataFrame, heads: dict[str, str]) -> pd.DataFrame:
    """Each measure with its share of the sum beside it, and the sums in a last row."""
    columns: dict[str, list[Value]] = {}
    for column, head in heads.items():
        whole = _sum(members[column])
        values = [_number(value) for value in members[column]]
        columns[head] = [*values, whole]
        shares = [percent(value, whole) if value is not None and whole else None for value in values]
        columns[f"{head}占比（%）"] = [*shares, percent(1, 1) if whole else None]
    index = pd.Index([*members.index, ALL], name=members.index.name)
    return pd.DataFrame(columns, index=index, dtype=object)


def _missing_said(paper: Workpaper) -> list[str]:
    names = [member.name for member in paper.report_members if member.state == "missing"]
    return [f"缺少报告而未列入的单位：{'、'.join(names)}。"] if names else []


def _unknown_said(values: pd.Series[Any], what: str) -> list[str]:
    names = [str(name) for name, value in values.items() if _number(value) is None]
    return [f"{what}没有数据的单位：{'、'.join(names)}。"] if names else []


def _most_said(values: pd.Series[Any], what: str, unit: str) -> list[str]:
    known = {str(name): value for name, value in values.items() if isinstance(value, int)}
    most = max(known.values(), default=0)
    if most == 0 or len(known) < 2:
        return []
    return [f"{what}{'、'.join(name for name, value in known.items() if value == most)}（{most}{unit}）。"]


def _spread_said(values: pd.Series[Any], what: str, unit: str) -> list[str]:
    known = {str(name): number for name, value in values.items() if (number := _number(value)) is not None}
    if len(known) < 2:
        return []
    low, high = min(known.values()), max(known.values())
    if low == high:
        return [f"各单位的{what}均为{show(low)}{unit}。"]
    lowest, highest = ("、".join(name for name, value in known.items() if value == edge) for edge in (low, high))
    return [f"{what}最低的是{lowest}（{show(low)}{unit}），最高的是{highest}（{show(high)}{unit}）。"]


def _no_members(paper: Workpaper) -> Problem:
    file = f"params/{paper.params.agency.id}/agency.yaml"
    what = Text("本机关没有成员单位，没有可以比较的", "the agency has no members to compare")
    fix = Text(
        "请用 -a 指明汇总机关，或者在 members 中列出它汇总的机关",
        "Name an aggregate with -a, or list the agencies that this one sums up under `members`",
    )
    return Problem(Place(file=file), what, fix, "study.members")


def _no_reports(paper: Workpaper) -> Problem:
    file = f"params/{paper.params.agency.id}/agency.yaml"
    what = Text(f"各成员单位都没有{paper.year}年的报告", f"none of the members has a report of {paper.year}")
    fix = Text("请先补上成员单位的参数和数据", "Add the members' parameters and data first")
    return Problem(Place(file=file), what, fix, "study.members")
