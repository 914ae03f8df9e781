"""What a check is made of: its entry in the list of checks, and the tally that its function fills.

A check's function looks at places one by one and says of each: passed, failed, or not assessable and why. The tally
turns that into results: one ``fail`` for each failing place, or else one ``pass``; and one ``not_assessable`` that
names what could not be assessed. Nothing here knows the form or the law, and no exception is caught: a check that
raises is a fault of this program and must be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from govnb.checks.model import Evidence, Result
from govnb.errors import NOTHING, Text

NAMED = 8  # places that a not-assessable result names

NO_LEDGER = Text("没有相应的台账", "there is no such ledger")
OTHER_FORM = Text("上一年度的报告用的是另一版式，没有可比的项目", "last year's report has another form")
NEEDS = {
    "tables": Text("没有可读的统计表格", "there are no statutory tables"),
    "previous": Text("没有上一年度的报告", "there is no report of the year before"),
    "members": Text("不是由各单位汇总的报告", "the report sums up no members"),
    "frames": Text("没有台账", "there are no ledgers"),
    "declared": Text("没有填报的表格可供比较", "there are no declared tables to compare"),
    "sections": Text("没有正文", "there is no text"),
    "name": Text("不知道是哪个机关的报告", "the organ is not known"),
    "level": Text("不知道机关的层级", "the level of the organ is not known"),
    "published_date": Text("不知道公布日期", "the date of publication is not known"),
    "calendar": Text("没有工作日历", "there is no calendar of working days"),
}


@dataclass
class Tally:
    """Counts what one check saw. ``severity`` is that of a failure unless the failure itself says otherwise."""

    id: str
    severity: str
    failures: list[Result] = field(default_factory=list)
    assessed: int = 0
    unknown: dict[Text, list[str]] = field(default_factory=dict)

    def passed(self, places: int = 1) -> None:
        self.assessed += places

    def failed(
        self,
        where: str,
        message: Text,
        expected: str | None = None,
        actual: str | None = None,
        severity: str | None = None,
    ) -> None:
        """``message`` is a whole sentence without the place, which is put in front of it."""
        at = Text(f"{where}：", f"{where}: ") if where else NOTHING
        said = Text(f"{at.zh}{message.zh}。", f"{at.en}{message.en}.")
        self.failures.append(Result(self.id, severity or self.severity, "fail", where, said, expected, actual))

    def not_assessable(self, where: str, reason: Text) -> None:
        self.unknown.setdefault(reason, []).append(where)

    def results(self) -> list[Result]:
        results = list(self.failures)
        if not results and self.assessed:
            said = Text(f"已核对{self.assessed}处，没有发现问题。", f"{self.assessed} checked, nothing found.")
            results.append(Result(self.id, self.severity, "pass", "", said))
        if self.unknown:
            results.append(self._unknown_result())
        elif not results:
            nothing = Text("没有可以核对的内容。", "There is nothing to check.")
            results.append(Result(self.id, self.severity, "not_assessable", "", nothing))
        return results

    def _unknown_result(self) -> Result:
        places = [place for found in self.unknown.values() for place in found if place]
        zh, en = [], []
        for reason, found in self.unknown.items():
            listed = _listed([place for place in found if place])
            zh.append(f"{listed.zh}：{reason.zh}" if listed.zh else reason.zh)
            en.append(f"{listed.en}: {reason.en}" if listed.en else reason.en)
        said = Text(f"不能核对：{'；'.join(zh)}。", f"Can't be assessed: {'; '.join(en)}.")
        return Result(self.id, self.severity, "not_assessable", _listed(places).zh, said)


def _listed(places: list[str]) -> Text:
    first = places[:NAMED]
    zh, en = "、".join(first), ", ".join(first)
    if len(places) > NAMED:
        zh, en = f"{zh}等{len(places)}处", f"{en} and {len(places) - NAMED} more"
    return Text(zh, en)


Function = Callable[[Evidence, Tally], None]


@dataclass(frozen=True)
class Check:
    """One entry of the list of checks. ``what`` says in a line what it looks for, ``source`` which law asks for it.

    ``needs`` are fields of Evidence that must be known (``ledger:<code>`` for a ledger); without one the function isn't
    called and the check is not assessable.
    """

    id: str
    severity: str
    what: Text
    source: str
    function: Function
    needs: tuple[str, ...] = ()

    def run(self, evidence: Evidence) -> list[Result]:
        tally = Tally(self.id, self.severity)
        reason = missing(evidence, self.needs)
        if reason is not None:
            tally.not_assessable("", reason)
        else:
            self.function(evidence, tally)
        return tally.results()


def missing(evidence: Evidence, needs: tuple[str, ...]) -> Text | None:
    """Why a check that needs these can't be made, or None where all are there."""
    for need in needs:
        if need.startswith("ledger:"):
            if need.removeprefix("ledger:") not in (evidence.frames or {}):
                return NO_LEDGER
        elif getattr(evidence, need) is None:
            return NEEDS[need]
        elif need == "previous" and (reason := _previous_unusable(evidence)):
            return reason
    return None


def _previous_unusable(evidence: Evidence) -> Text | None:
    previous = evidence.previous
    if previous is None or previous.tables is None:
        return NEEDS["previous"]
    if previous.year != evidence.year - 1:
        return Text(
            f"用来比较的报告是{previous.year}年度的，不是上一年度的",
            f"the report to compare with is of {previous.year}, not of the year before",
        )
    return None


def check(
    id: str, *, severity: str, what: Text, source: str, needs: tuple[str, ...] = ()
) -> Callable[[Function], Check]:
    """Decorator: the function becomes the Check of that id. The registry lists the checks in their order."""

    def made(function: Function) -> Check:
        return Check(id, severity, what, source, function, needs)

    return made
