"""The ledgers against the law: time limits, the order of events, fees. Rows are named by number, nothing else of them.

Rules and arithmetic are those of counting/ (limits, fees, calendar); here they are only asked for the report year.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from govnb.checks.check import NEEDS, NO_LEDGER, Tally, check
from govnb.checks.model import Evidence
from govnb.counting import fees, limits
from govnb.counting.book import plain
from govnb.counting.figures import show
from govnb.counting.rules import in_year, in_year_or_else
from govnb.errors import Problem, Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

_ROWS = 5  # row numbers that a message names
_FINDINGS = 50  # findings of the reader that get a line each
_NAMES = {
    "applications": Text("依申请公开台账", "applications ledger"),
    "documents": Text("文件台账", "documents ledger"),
    "disputes": Text("复议诉讼台账", "disputes ledger"),
    "messages": Text("网民留言台账", "messages ledger"),
    "platforms": Text("平台与政务新媒体台账", "platforms ledger"),
}
_CALENDAR = Text("不知道有关年份的节假日安排", "the holidays of a year that is needed are not known")


def _rows(mask: pd.Series[bool]) -> list[int]:
    return [int(row) for row in mask.index[mask.to_numpy(dtype=bool)]]


def _row_text(rows: list[int]) -> Text:
    first = rows[:_ROWS]
    zh, en = "、".join(map(str, first)), ", ".join(map(str, first))
    if len(rows) > len(first):
        return Text(f"第{zh}行等{len(rows)}行", f"rows {en} and others, {len(rows)} in all")
    if len(rows) == 1:
        return Text(f"第{zh}行", f"row {en}")
    return Text(f"第{zh}行共{len(rows)}行", f"rows {en}")


def _where(evidence: Evidence, ledger: str, rows: list[int]) -> str:
    name = evidence.ledger_files.get(ledger) or _NAMES[ledger].zh
    return f"{name} {_row_text(rows).zh}"


def _report(evidence: Evidence, tally: Tally, ledger: str, bad: pd.Series[bool], what: Text) -> None:
    """One failure for a kind of fault with its number of rows, or a pass."""
    rows = _rows(bad)
    if rows:
        tally.failed(_where(evidence, ledger, rows), what, "0", str(len(rows)))
    else:
        tally.passed()


def _unknown(evidence: Evidence, tally: Tally, ledger: str, unknown: pd.Series[bool]) -> None:
    if rows := _rows(unknown):
        tally.not_assessable(_where(evidence, ledger, rows), _CALENDAR)


@check(
    "ledger.limit",
    severity="warning",
    what=Text("答复、补正通知、主动公开不超过法定期限", "answers, corrections and disclosures keep the legal limits"),
    source="条例第二十六条、第三十条、第三十三条",
    needs=("frames", "calendar"),
)
def limit(evidence: Evidence, tally: Tally) -> None:
    frames = evidence.frames or {}
    if "applications" in frames:
        _answers(evidence, frames["applications"], tally)
    if "documents" in frames:
        _disclosures(evidence, frames["documents"], frames.get("openness_reviews"), tally)
    if not {"applications", "documents"} & set(frames):
        tally.not_assessable("", NO_LEDGER)


def _answers(evidence: Evidence, frame: pd.DataFrame, tally: Tally) -> None:
    calendar, year = evidence.calendar, evidence.year
    assert calendar is not None  # needs
    answered = in_year(frame, "reply_date", year)
    late = limits.answered_late(frame, calendar) & answered
    _report(evidence, tally, "applications", late, Text("超过法定期限答复", "answered after the legal limit"))
    end = date(year, 12, 31)
    still_open = limits.open_past_limit(frame, calendar, end)
    what = Text(f"{year}年末尚未答复且已超过法定期限", f"not answered at the end of {year} and past the legal limit")
    _report(evidence, tally, "applications", still_open, what)
    noticed = in_year(frame, "correction_notice_date", year)
    corrections = limits.correction_notice_late(frame, calendar) & noticed
    days = limits.CORRECTION_NOTICE_DAYS
    what = Text(f"补正通知超过收到申请后{days}个工作日", f"notice of correction later than {days} working days")
    _report(evidence, tally, "applications", corrections, what)
    then = limits.known_on(frame, end)
    unknown = limits.answer_unknown(frame, calendar) & answered
    unknown |= limits.answer_unknown(then, calendar, end) & then["reply_date"].isna()
    unknown |= calendar.unknown_between(frame["received_date"], frame["correction_notice_date"]) & noticed
    _unknown(evidence, tally, "applications", unknown)


def _disclosures(evidence: Evidence, frame: pd.DataFrame, reviews: pd.DataFrame | None, tally: Tally) -> None:
    """Documents published in the year. One without a date of publication says nothing about when it was."""
    calendar = evidence.calendar
    assert calendar is not None  # needs
    start = limits.disclosure_start(frame, reviews)
    published = in_year(frame, "published_date", evidence.year)
    late = limits.disclosed_late(frame, calendar, start) & published
    days = limits.DISCLOSURE_DAYS
    what = Text(f"主动公开超过制发后{days}个工作日", f"disclosed later than {days} working days after issue")
    _report(evidence, tally, "documents", late, what)
    unknown = calendar.unknown_between(start, frame["published_date"]) & published
    _unknown(evidence, tally, "documents", unknown & (frame["openness"] == "active").fillna(False).astype(bool))


@check(
    "ledger.order",
    severity="error",
    what=Text("台账的日期先后有序，答复与结果相符，编号不重复", "dates in order, outcomes with replies"),
    source="条例第二十九条至第三十六条",
)
def order(evidence: Evidence, tally: Tally) -> None:
    findings = [finding for finding in evidence.findings if finding.code == "ledger.order"]
    for finding in findings[:_FINDINGS]:
        tally.failed(finding.where.text().zh, _finding_text(finding))
    if len(findings) > _FINDINGS:
        more = len(findings) - _FINDINGS
        tally.failed("", Text(f"另有{more}处同类问题", f"{more} more faults of this kind"), "0", str(more))
    told = {(finding.where.file, finding.where.row) for finding in findings}
    frames = evidence.frames or {}
    if not findings and not frames.keys() & _NAMES.keys():
        tally.not_assessable("", NEEDS["frames"] if evidence.frames is None else NO_LEDGER)
    for ledger, bad, what in _order_faults(frames):
        file = evidence.ledger_files.get(ledger, "")
        new = bad & ~bad.index.isin([row for name, row in told if name == file])
        _report(evidence, tally, ledger, new, what)


def _finding_text(finding: Problem) -> Text:
    if not finding.fix.zh:
        return finding.what
    return Text(f"{finding.what.zh}。{finding.fix.zh}", f"{finding.what.en}. {finding.fix.en}")


# (ledger, earlier date, later date, what is wrong)
_IN_ORDER = (
    ("applications", "received_date", "reply_date", Text("答复早于收到", "replied before receipt")),
    ("applications", "received_date", "correction_notice_date", Text("补正通知早于收到", "correction before receipt")),
    ("applications", "correction_notice_date", "correction_received_date",
     Text("补正收到早于补正通知", "corrected before the notice")),
    ("documents", "issued_date", "repealed_date", Text("废止早于制发", "repealed before issue")),
    ("disputes", "accepted_date", "concluded_date", Text("审结早于受理", "concluded before it was accepted")),
    ("messages", "received_date", "handled_date", Text("办结早于收到", "handled before receipt")),
    ("platforms", "opened_date", "closed_date", Text("关停早于开设", "closed before opening")),
)  # fmt: skip
# (ledger, date, what comes with it, what is wrong)
_TOGETHER = (
    (
        "applications",
        "reply_date",
        "outcome",
        Text("答复日期与办理结果缺一", "reply or outcome is missing"),
    ),
    ("disputes", "concluded_date", "result", Text("审结日期与结果缺一", "conclusion or result is missing")),
)


def _order_faults(frames: Any) -> Iterator[tuple[str, pd.Series[bool], Text]]:
    """What the ledger reader looks at too, over again: an analyst may have changed a frame, or made it otherwise."""
    for ledger, earlier, later, what in _IN_ORDER:
        if ledger in frames and {earlier, later} <= set(frames[ledger].columns):
            yield ledger, frames[ledger][later] < frames[ledger][earlier], what
    for ledger, one, other, what in _TOGETHER:
        if ledger in frames and {one, other} <= set(frames[ledger].columns):
            yield ledger, frames[ledger][one].notna() != frames[ledger][other].notna(), what
    for ledger, key in (("applications", "application_id"), ("disputes", "case_id")):
        if ledger in frames and key in frames[ledger].columns:
            ids = frames[ledger][key]
            yield ledger, ids.duplicated(keep="first") & ids.notna(), Text("编号重复", "the id is there twice")


@check(
    "ledger.fee",
    severity="warning",
    what=Text("收取的信息处理费与收费标准相符", "the fees charged follow the tariff"),
    source="国办函〔2020〕109号",
    needs=("ledger:applications",),
)
def fee(evidence: Evidence, tally: Tally) -> None:
    frame = (evidence.frames or {})["applications"]
    this_year = in_year_or_else(frame, "fee_notice_date", "reply_date", evidence.year)
    undated = frame["fee_notice_date"].isna() & frame["reply_date"].isna()
    this_year |= undated & in_year(frame, "received_date", evidence.year)
    charges = fees.check_charges(frame)
    for fault, what in (
        (
            fees.DIFFERS,
            Text("收费与按件数或者页数计算的标准不符", "not the tariff for its items or pages"),
        ),
        (fees.UNREACHABLE, Text("按收费标准不可能收取这个数额", "no application can cost this sum by the tariff")),
        (fees.BOTH_TARIFFS, Text("同一申请同时按件、按量收费", "charged by item and by page for one application")),
    ):
        bad = (charges["fault"] == fault).fillna(False).astype(bool) & this_year
        rows = _rows(bad)
        if len(rows) == 1:
            expected, actual = charges.at[rows[0], "expected"], frame.at[rows[0], "fee_yuan"]
            shown = None if expected is None else str(expected)
            tally.failed(_where(evidence, "applications", rows), what, shown, show(plain(Decimal(str(actual)))))
        else:
            _report(evidence, tally, "applications", bad, what)
