"""An aggregate report against the reports that it sums up, own office included: sum, gaps, lateness, contradictions."""

from __future__ import annotations

from collections.abc import Iterator

from govnb.checks.cells import Number, Sheet, cell_name
from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence, Member, MemberPage, TableValues
from govnb.counting.deadlines import deadline
from govnb.counting.figures import Value, show
from govnb.counting.tables import add_cells
from govnb.errors import Text
from govnb.form.edition import TABLES, Edition

_SOURCE = "条例第四十九条、第五十条"
_MISSING = Text("缺少该单位的报告", "the report of this member is missing")


@check(
    "aggregate.sum",
    severity="error",
    what=Text("汇总报告的每一格等于各单位之和", "an aggregate equals the sum of its members"),
    source=_SOURCE,
    needs=("tables", "members"),
)
def aggregate_sum(evidence: Evidence, tally: Tally) -> None:
    members: list[TableValues] = []
    for member in _members(evidence):
        if member.tables is None:
            tally.not_assessable(member.name, _MISSING)
        else:
            members.append(member.tables)
    if tally.unknown or not members:
        return
    sheet = Sheet.of(evidence)
    for table in TABLES:
        for row, columns in sheet.rows(table).items():
            for column in columns:
                parts = [tables.get(table, {}).get(row, {}).get(column) for tables in members]
                _check_cell(sheet, (table, row, column), parts, tally)


def _members(evidence: Evidence) -> Iterator[Member]:
    yield from (evidence.members or {}).values()


def _check_cell(sheet: Sheet, at: tuple[str, str, str], parts: list[Value], tally: Tally) -> None:
    table, row, column = at
    printed, total = sheet.value(*at), add_cells(parts)
    where = cell_name(sheet.edition, table, row, column)
    if printed is None and total is None and not any(isinstance(part, str) for part in parts):
        return  # blank here and blank everywhere: tables.blank has it
    if not isinstance(printed, Number) or not isinstance(total, Number) or at in sheet.unreadable:
        tally.not_assessable(where, Text("有空白或者文字金额，不能相加", "blank, or an amount in words"))
    elif printed == total:
        tally.passed()
    elif any(part is None for part in parts):
        tally.not_assessable(where, Text("有单位为空白", "blank in a member's report"))
    else:
        message = Text(
            f"各单位之和为{show(total)}，汇总表为{show(printed)}",
            f"the members add up to {show(total)}, the aggregate says {show(printed)}",
        )
        # What is in force may be counted once for the whole government: the sum is then too high without a fault.
        severity = "warning" if column == "in_force" else "error"
        tally.failed(where, message, show(total), show(printed), severity)


@check(
    "aggregate.missing",
    severity="warning",
    what=Text("汇总的单位都有报告", "every member of an aggregate has a report"),
    source=_SOURCE,
    needs=("members",),
)
def missing(evidence: Evidence, tally: Tally) -> None:
    """A warning: an office may have been dissolved, and only who knows it can take it off the list of members."""
    for member in _members(evidence):
        if member.tables is not None:
            tally.passed()
            continue
        message = Text(
            f"没有{evidence.year}年度的报告或者报告不能计算，未计入汇总",
            f"has no report of {evidence.year} that can be counted, and is not in the sum",
        )
        tally.failed(member.name, message)


@check(
    "aggregate.late",
    severity="warning",
    what=Text("汇总的单位按期公布了年度报告", "every member of an aggregate published its report in time"),
    source="条例第四十九条，国办公开办函〔2021〕30号",
    needs=("members",),
)
def late(evidence: Evidence, tally: Tally) -> None:
    for member in _members(evidence):
        if member.own or member.tables is None:
            continue  # the own office publishes this very report; what is missing is said by aggregate.missing
        last, day = deadline(member.level, member.scope, evidence.year), member.published_date
        if day is None:
            tally.not_assessable(member.name, Text("没有填写公布日期", "its date of publication is not given"))
        elif last is None:
            tally.not_assessable(member.name, Text("不知道公布期限", "its deadline is not known"))
        elif day <= last:
            tally.passed()
        else:
            message = Text(
                f"公布日期{day.isoformat()}晚于{last.isoformat()}的期限",
                f"published on {day.isoformat()}, after the deadline {last.isoformat()}",
            )
            tally.failed(member.name, message, last.isoformat(), day.isoformat())


@check(
    "aggregate.contradicts",
    severity="error",
    what=Text("汇总采用的数与各单位公布的报告一致", "what is summed is what each member published"),
    source=_SOURCE,
    needs=("members",),
)
def contradicts(evidence: Evidence, tally: Tally) -> None:
    for member in _members(evidence):
        if member.tables is None:
            continue
        for page in member.pages:
            if (reason := _not_comparable(evidence, page)) is not None:
                tally.not_assessable(page.file, reason)
            else:
                _compare_page(evidence.edition, member, page, tally)
    if not any(member.pages for member in _members(evidence)):
        reason = Text(
            f"没有保存各单位公布的报告（data/<单位>/published-{evidence.year}.html、.pdf 或 .docx）",
            f"no member's published report is kept (data/<member>/published-{evidence.year}.html, .pdf or .docx)",
        )
        tally.not_assessable("", reason)


def _not_comparable(evidence: Evidence, page: MemberPage) -> Text | None:
    if page.problem is not None:
        return page.problem
    if page.year is not None and page.year != evidence.year:
        return Text(f"是{page.year}年度的报告", f"is a report of {page.year}")
    if page.edition != evidence.edition.number:
        return Text("公布的报告用的是另一版式", "the published report has another form")
    return None


def _compare_page(edition: Edition, member: Member, page: MemberPage, tally: Tally) -> None:
    published, summed = Sheet(edition, page.tables, page.unreadable), Sheet(edition, member.tables or {})
    for table in TABLES:
        for row, columns in edition.rows(table).items():
            for column in columns:
                at = (table, row, column)
                printed, used = published.value(*at), summed.value(*at)
                where = f"{member.name} {cell_name(edition, *at)}"
                if at in published.unreadable or not published.prints(*at):
                    tally.not_assessable(where, Text("公布的表格里这一格不能识别", "the published cell can't be read"))
                elif (printed or 0) == (used or 0) and not isinstance(printed, str):
                    tally.passed()  # a blank adds nothing to a sum, just as 0
                elif printed is None or used is None:
                    tally.not_assessable(where, Text("有一处为空白", "one of the two is blank"))
                else:
                    message = Text(
                        f"公布的是{show(printed)}，汇总采用{show(used)}",
                        f"published {show(printed)}, summed as {show(used)}",
                    )
                    tally.failed(where, message, show(printed), show(used))
