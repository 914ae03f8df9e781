"""An aggregate report against the reports that it sums up, own office included."""

from __future__ import annotations

from govnb.checks.cells import Number, Sheet, cell_name
from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence, TableValues
from govnb.counting.figures import Value, show
from govnb.counting.tables import add_cells
from govnb.errors import Text
from govnb.form.edition import TABLES


@check(
    "aggregate.sum",
    severity="error",
    what=Text("汇总报告的每一格等于各单位之和", "an aggregate equals the sum of its members"),
    source="条例第四十九条、第五十条",
    needs=("tables", "members"),
)
def aggregate_sum(evidence: Evidence, tally: Tally) -> None:
    members: dict[str, TableValues] = {}
    for member, tables in (evidence.members or {}).items():
        if tables is None:
            tally.not_assessable(member, Text("缺少该单位的报告", "the report of this member is missing"))
        else:
            members[member] = tables
    if tally.unknown or not members:
        return
    sheet = Sheet.of(evidence)
    for table in TABLES:
        for row, columns in sheet.rows(table).items():
            for column in columns:
                parts = [tables.get(table, {}).get(row, {}).get(column) for tables in members.values()]
                _check_cell(sheet, (table, row, column), parts, tally)


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
