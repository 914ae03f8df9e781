"""When the report was published. Which years its text speaks of is the business of the audit's checks."""

from __future__ import annotations

from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.counting.deadlines import deadline
from govnb.errors import Text

_OFFICES = ("办公厅", "办公室")


@check(
    "dates.deadline",
    severity="error",
    what=Text("年度报告在规定期限前公布", "the report is published by the deadline"),
    source="条例第四十九条，国办公开办函〔2021〕30号",
    needs=("published_date",),
)
def published_in_time(evidence: Evidence, tally: Tally) -> None:
    published = evidence.published_date
    assert published is not None  # needs
    office = (evidence.name or "").removesuffix("（室）").endswith(_OFFICES)
    last = deadline(evidence.level, evidence.scope, evidence.year, is_government_office=office)
    if last is None:
        tally.not_assessable("", Text("不知道是本机关报告还是汇总报告", "own report or aggregate: not known"))
    elif published <= last:
        tally.passed()
    else:
        message = Text(
            f"公布日期{published.isoformat()}晚于{last.isoformat()}的期限",
            f"published on {published.isoformat()}, after the deadline {last.isoformat()}",
        )
        tally.failed("公布日期", message, last.isoformat(), published.isoformat())
