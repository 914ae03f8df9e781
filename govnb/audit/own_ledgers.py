"""A published page against the workspace that keeps the ledgers of the same organ: cell by cell.

Compares numbers only; the text of a page may be worded as its editor likes. Reads the workspace, never writes to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from govnb.checks.cells import Sheet, cell_name
from govnb.checks.check import Tally
from govnb.checks.model import Evidence, Result, TableValues
from govnb.counting.figures import show
from govnb.errors import Text
from govnb.form.edition import TABLES, Edition
from govnb.inputs.folding import fold_label
from govnb.inputs.workspace import Workspace
from govnb.script import to_simplified

ID, SEVERITY = "published.differs", "error"
_NOT_PRINTED = Text("公布的表格里没有这一格", "the published table has no such cell")
_UNREAD = Text("公布的表格里这一格不能识别", "the published cell can't be read")
_BLANK = Text("公布的表格里这一格为空白", "the published cell is blank")
_OTHER_FORM = Text("公布的报告用的是另一版式", "the published report has another form")
_NOT_COUNTED = Text("工作区里没有这个数", "the workspace has no such number")


@dataclass(frozen=True)
class Own:
    """What a workspace says of one organ and year."""

    name: str
    level: str
    scope: str
    edition: Edition
    tables: TableValues
    previous: Evidence | None = None


def own_report(workspace: Workspace, agency: str, year: int | None) -> Own | Text:
    """The computed report, or why there is none. ParamsError and LedgerError where the workspace has faults."""
    from govnb.inputs.params import read_params
    from govnb.workpaper import paper_from_params

    if year is None:
        return Text("不知道是哪一年度的报告", "the year of the report is not known")
    if year not in workspace.years(agency):
        return Text(f"工作区里没有{year}年度的报告", f"the workspace has no report for {year}")
    paper = paper_from_params(workspace, read_params(workspace, agency, year))
    return Own(
        name=paper.params.agency.name,
        level=paper.params.agency.level,
        scope=paper.params.agency.scope,
        edition=paper.edition,
        tables=paper.values,
        previous=paper.evidence().previous,
    )


def published_differs(evidence: Evidence, own: Own | Text, name: str | None) -> list[Result]:
    """``published.differs``: one failure for each cell, and for the name, that is not what the workspace has."""
    tally = Tally(ID, SEVERITY)
    if isinstance(own, Text):
        tally.not_assessable("", own)
        return tally.results()
    _compare_names(own, name, tally)
    if evidence.edition.number != own.edition.number:
        tally.not_assessable("", _OTHER_FORM)
        return tally.results()
    published, ours = Sheet.of(evidence), Sheet(own.edition, own.tables)
    for table in TABLES:
        for row, columns in own.edition.rows(table).items():
            for column in columns:
                _compare(published, ours, (table, row, column), tally)
    return tally.results()


def _compare_names(own: Own, name: str | None, tally: Tally) -> None:
    if name is None:
        tally.not_assessable("标题", Text("看不出是哪个机关的报告", "the page does not say whose report it is"))
    elif fold_label(to_simplified(name)) == fold_label(to_simplified(own.name)):
        tally.passed()
    else:
        message = Text(
            f"工作区的机关是“{own.name}”，公布的报告是“{name}”的",
            f"the workspace's organ is “{own.name}”, the published report that of “{name}”",
        )
        tally.failed("标题", message, own.name, name)


def _compare(published: Sheet, ours: Sheet, at: tuple[str, str, str], tally: Tally) -> None:
    where = cell_name(ours.edition, *at)
    printed, counted = published.value(*at), ours.value(*at)
    if counted is None:
        tally.not_assessable(where, _NOT_COUNTED)
    elif at in published.unreadable:
        tally.not_assessable(where, _UNREAD)
    elif not published.prints(*at):
        tally.not_assessable(where, _NOT_PRINTED)
    elif printed is None and counted == 0:
        tally.not_assessable(where, _BLANK)
    elif printed == counted:
        tally.passed()
    else:
        actual = show(printed) or "空白"
        message = Text(
            f"工作区为{show(counted)}，公布的是{actual}",
            f"the workspace has {show(counted)}, the page {show(printed) or 'a blank'}",
        )
        tally.failed(where, message, show(counted), show(printed))
