"""Checks of the length of the text. What it says is judged elsewhere: fees, numbers, privacy."""

from __future__ import annotations

from govnb.checks.check import Tally, check
from govnb.checks.model import Evidence
from govnb.checks.prose import section_text
from govnb.errors import Text

_OVERVIEW_LENGTH = 1000


@check(
    "form.length",
    severity="information",
    what=Text("总体情况原则上不超过1000字", "the overview has at most about 1,000 characters"),
    source="国办公开办函〔2021〕30号",
    needs=("sections",),
)
def length(evidence: Evidence, tally: Tally) -> None:
    text = section_text(evidence, "overview")
    if text is None:
        tally.not_assessable("", Text("没有“总体情况”部分", "there is no overview"))
        return
    characters = len("".join(text.split()))
    if characters <= _OVERVIEW_LENGTH:
        tally.passed()
    else:
        message = Text(
            f"共{characters}字，原则上不超过{_OVERVIEW_LENGTH}字",
            f"{characters} characters, more than the {_OVERVIEW_LENGTH} that the form advises",
        )
        where = f"“{evidence.edition.section('overview').title}”"
        tally.failed(where, message, f"≤{_OVERVIEW_LENGTH}", str(characters))
