"""The results of the checks for a reviewer: worst first, each with the cells, the sentence or the ledger that it names.

Judges nothing: severities and places are those of the results. Where a place can't be found again, the finding leads to
the step of the notebook that made the check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from govnb.checks.cells import table_name
from govnb.checks.check import Check
from govnb.checks.model import SEVERITIES, Result
from govnb.checks.places import FormPlaces, Key, paragraph_of
from govnb.form.edition import TABLES, Edition
from govnb.report import Report


@dataclass(frozen=True)
class Finding:
    """A failed check. ``number`` counts from 1; ``paragraph`` is (section code, block from 0); ``quote`` the words of
    that block which the check quotes; ``section`` a section, ``table`` a table named as a whole; ``ledger`` tells that
    the place is a row of a ledger."""

    number: int
    result: Result
    cells: tuple[Key, ...] = ()
    paragraph: tuple[str, int] | None = None
    quote: str = ""
    section: str | None = None
    table: str | None = None
    ledger: bool = False

    @property
    def anchor(self) -> str:
        return f"k{self.number}"


def failed_findings(report: Report, edition: Edition) -> list[Finding]:
    """Every failed check, errors before warnings before information, else in the order of the checks."""
    failed = [result for result in report.checks if result.status == "fail"]
    failed.sort(key=lambda result: SEVERITIES.index(result.severity))
    places = FormPlaces.of(edition) if failed else None
    return [_finding(number, result, report, edition, places) for number, result in enumerate(failed, 1) if places]


def _finding(number: int, result: Result, report: Report, edition: Edition, places: FormPlaces) -> Finding:
    paragraph = paragraph_of(result, report.sections)
    cells = tuple(key for key in places.cells_of(result, edition) if key[2] in _row(report, key))
    sections = {f"“{section.title}”": section.code for section in edition.sections}
    tables = {table_name(edition, table): table for table in TABLES}
    return Finding(
        number=number,
        result=result,
        cells=cells,
        paragraph=paragraph,
        quote=_quoted(result, report, paragraph),
        section=sections.get(result.where),
        table=tables.get(result.where),
        ledger=result.id.startswith("ledger."),
    )


def _row(report: Report, key: Key) -> Mapping[str, object]:
    return report.tables.get(key[0], {}).get(key[1], {})


def basis_of(check_id: str, edition: Edition) -> tuple[str, str]:
    """(what the check looks for, the law that asks for it); an equation of the form stands in the form itself."""
    check = _described().get(check_id)
    own = any(identity.id == check_id for identity in edition.identities)
    return check.what.zh if check else "", edition.authority if own or check is None else check.source


@cache
def _described() -> dict[str, Check]:
    """The checks of the list by id; those that only a workspace's own form has are not among them."""
    from govnb.checks.registry import CHECKS

    return {check.id: check for check in CHECKS}


def _quoted(result: Result, report: Report, paragraph: tuple[str, int] | None) -> str:
    """The stretch of the paragraph that the message begins with quoting; "" where it quotes none, or not at length."""
    if paragraph is None:
        return ""
    section = next(section for section in report.sections if section.code == paragraph[0])
    text = section.blocks[paragraph[1]].text
    said = result.message.zh.removeprefix(f"{result.where}：")
    found = ""
    if said.startswith("“"):
        ends = [at for at, sign in enumerate(said) if sign == "”"]
        found = next((words for end in ends if (words := _in_text(said[1:end], text))), "")
    return found or _number_in_text(result.actual or "", text)


def _in_text(words: str, text: str) -> str:
    """``words`` as they stand in ``text``, whose spaces a message leaves out; "" where they don't."""
    if len(words) < 2:
        return ""
    at = text.find(words)
    if at >= 0:
        return words
    kept = [place for place, sign in enumerate(text) if not sign.isspace()]
    at = "".join(text[place] for place in kept).find(words)
    return text[kept[at] : kept[at + len(words) - 1] + 1] if at >= 0 else ""


def _number_in_text(words: str, text: str) -> str:
    """What was found, where it stands by itself: the 38 of 38件, not that of 2038年."""
    found = re.search(rf"(?<![\d.]){re.escape(words)}(?![\d.])", text) if words else None
    return found.group() if found else ""


def by_cell(findings: Sequence[Finding]) -> dict[Key, list[Finding]]:
    found: dict[Key, list[Finding]] = {}
    for finding in findings:
        for key in finding.cells:
            found.setdefault(key, []).append(finding)
    return found


def by_paragraph(findings: Sequence[Finding]) -> dict[tuple[str, int], list[Finding]]:
    found: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        if finding.paragraph is not None:
            found.setdefault(finding.paragraph, []).append(finding)
    return found
