"""Checks of single cells of the statutory tables: what can't stand in a cell, and cells that are blank.

Says nothing about sums (identities) or about sizes against last year (amounts).
"""

from __future__ import annotations

from decimal import Decimal

from govnb.checks.cells import Number, Sheet, cell_name, is_amount, row_name
from govnb.checks.check import NAMED, NEEDS, OTHER_FORM, Tally, check
from govnb.checks.model import Evidence
from govnb.counting.figures import Value, show
from govnb.errors import Text

_MAKES_NONE = ("department", "county", "town")
_MAY_MAKE = ("city", "province")
# Not disclosed and disclosed_total of 2019: an organ may make others' 规章 public.
_MADE = ("made", "issued", "in_force")
_MAY_BE_NEGATIVE = ("change",)
_BLANK = Text("为空白", "blank")


@check(
    "disclosure.in_force_bound",
    severity="warning",
    what=Text("本年废止件数不多于上年现行有效件数加本年制发件数", "no more repealed than were in force or issued"),
    source="国办公开办函〔2021〕30号",
    needs=("tables", "previous"),
)
def in_force_bound(evidence: Evidence, tally: Tally) -> None:
    previous = evidence.previous
    assert previous is not None  # needs
    if previous.edition.number != evidence.edition.number:
        tally.not_assessable("", OTHER_FORM)
        return
    now, before = Sheet.of(evidence), Sheet.of(previous, evidence.edition)
    for row, columns in evidence.edition.rows("disclosure").items():
        if not {"issued", "repealed", "in_force"} <= set(columns):
            continue
        where = row_name(evidence.edition, "disclosure", row)
        issued, repealed = (now.value("disclosure", row, column) for column in ("issued", "repealed"))
        in_force = before.value("disclosure", row, "in_force")
        if not (isinstance(issued, Number) and isinstance(repealed, Number) and isinstance(in_force, Number)):
            tally.not_assessable(where, Text("两年的制发、废止、有效件数不全", "blank in one of the years"))
        elif repealed <= in_force + issued:
            tally.passed()
        else:
            most = in_force + issued
            message = Text(
                f"本年废止{show(repealed)}件，多于上年现行有效{show(in_force)}件与本年制发{show(issued)}件之和{show(most)}",
                f"{show(repealed)} repealed, more than {show(in_force)} in force last year plus {show(issued)} issued",
            )
            tally.failed(where, message, f"≤{show(most)}", show(repealed))


@check(
    "disclosure.regulations",
    severity="error",
    what=Text("部门、县级、乡镇机关不制定规章", "departments, counties and towns make no 规章"),
    source="立法法第九十一条、第九十三条",
    needs=("tables", "level"),
)
def regulations(evidence: Evidence, tally: Tally) -> None:
    edition, sheet = evidence.edition, Sheet.of(evidence)
    columns = [column for column in edition.rows("disclosure").get("regulations", ()) if column in _MADE]
    if evidence.level not in (*_MAKES_NONE, *_MAY_MAKE):
        tally.not_assessable("", NEEDS["level"])
        return
    for column in columns:
        value = sheet.value("disclosure", "regulations", column)
        where = cell_name(edition, "disclosure", "regulations", column)
        if not isinstance(value, Number):
            tally.not_assessable(where, _BLANK)
        elif value == 0 or evidence.level in _MAY_MAKE:
            tally.passed()
        else:
            message = Text(
                f"本机关不能制定规章，应为0，而填了{show(value)}",
                f"this organ can't make 规章: expected 0, printed {show(value)}",
            )
            tally.failed(where, message, "0", show(value))


@check(
    "numbers.type",
    severity="error",
    what=Text("件数为非负整数", "counts are whole numbers and not negative"),
    source="国办公开办函〔2021〕30号",
    needs=("tables",),
)
def number_types(evidence: Evidence, tally: Tally) -> None:
    edition, sheet = evidence.edition, Sheet.of(evidence)
    for table, row, column, value in sheet.cells():
        if (table, row, column) in sheet.unreadable:
            tally.not_assessable(cell_name(edition, table, row, column), Text("不能识别", "not readable"))
            continue
        if value is None:
            continue
        fault = _type_fault(value, is_amount(edition, table, row, column), column in _MAY_BE_NEGATIVE)
        if fault is None:
            tally.passed()
        else:
            tally.failed(cell_name(edition, table, row, column), fault, None, show(value))


def _type_fault(value: Value, amount: bool, may_be_negative: bool) -> Text | None:
    shown = show(value)
    if not isinstance(value, Number):
        return None if amount else Text(f"“{shown}”不是数", f"“{shown}” is not a number")
    if value < 0 and not may_be_negative:
        return Text(f"{shown}为负数", f"{shown} is negative")
    if not amount and isinstance(value, Decimal) and value != value.to_integral_value():
        return Text(f"件数不应有小数：{shown}", f"a count must not have decimals: {shown}")
    return None


@check(
    "tables.blank",
    severity="information",
    what=Text("表格没有空白格：没有发生的填0", "no blank cells: what did not occur is 0"),
    source="国办公开办函〔2021〕30号",
    needs=("tables",),
)
def blanks(evidence: Evidence, tally: Tally) -> None:
    edition, sheet = evidence.edition, Sheet.of(evidence)
    found = []
    for table, row, column, value in sheet.cells():
        tally.passed()
        if value is None and (table, row, column) not in sheet.unreadable:
            found.append(cell_name(edition, table, row, column))
    if found:
        first = "、".join(found[:NAMED])
        more = Text("等", " and others") if len(found) > NAMED else Text("", "")
        message = Text(
            f"{first}{more.zh}共{len(found)}格为空白；空白不是0，没有发生的应填0",
            f"{len(found)} blank cells: {first}{more.en}; a blank is not a 0",
        )
        tally.failed("统计表格", message, None, str(len(found)))


@check(
    "declared.differs",
    severity="error",
    what=Text("台账统计的数与填报的表格一致", "ledgers and declared tables agree"),
    source="条例第五十条",
    needs=("tables", "declared"),
)
def declared_differs(evidence: Evidence, tally: Tally) -> None:
    edition = evidence.edition
    counted, declared = Sheet.of(evidence), Sheet(edition, evidence.declared or {})
    for table, rows in ((table, edition.rows(table)) for table in ("disclosure", "applications", "disputes")):
        for row, columns in rows.items():
            for column in columns:
                ours, theirs = counted.value(table, row, column), declared.value(table, row, column)
                where = cell_name(edition, table, row, column)
                if theirs is None:
                    continue  # what is not filled in claims nothing
                if ours is None or isinstance(ours, str) != isinstance(theirs, str):
                    tally.not_assessable(where, Text("没有可比的台账数", "no number of a ledger to compare"))
                elif ours == theirs:
                    tally.passed()
                else:
                    message = Text(
                        f"台账统计为{show(ours)}，填报的表格为{show(theirs)}，报告采用台账的数",
                        f"the ledgers give {show(ours)}, the declared table {show(theirs)}; the ledgers' counts",
                    )
                    tally.failed(where, message, show(ours), show(theirs))
