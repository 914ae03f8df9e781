"""Which figure a number of a sentence speaks of: clause by clause, with what the sentence has said before.

A number is read only where verb, subject and number stand beside each other with nothing unknown between them; whatever
speaks of a part, another year, another organ or another thing leaves the number alone, with the word that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from govnb.prose.lexicon import APPLICATIONS, DISPUTES, Lexicon
from govnb.prose.meanings import figures_for, specific
from govnb.prose.model import Claim
from govnb.prose.quantities import Quantity
from govnb.prose.tokens import Token

_BETWEEN = frozenset(("verb", "subject", "column", "filler", "whole", "total", "year", "item"))
_CUES = frozenset(("verb", "subject", "column"))
_OUT = frozenset(("part", "organ", "open"))
_FOREIGN = "foreign"
_CONTEXT = ("信息公开", "依申请", "公开申请")
_GOVERNMENT = "政府"
_COMPARED = ("比", "较", "与", "和", "同", "于", "对")
_ENTRUSTED = frozenset(("received", "new", "carried_in", "carried"))  # 受理复议 is the office that reviews others


@dataclass
class State:
    """What the sentence has said so far.

    ``topic``: the subject that a clause without one goes on about; ``begun``: the sentence began with another organ, so
    that ``part`` holds for the next one too; ``anchor``: the number that 其中 takes apart, ``parts`` what it has named;
    ``verbs``: of the item before; ``context``: 信息公开 was spoken of, ``named``: in this clause, ``applied``: and
    applications were; ``mixed``: cases of all kinds are counted first.
    """

    topic: str | None = None
    part: tuple[str, ...] = ()
    other_year: str = ""
    among: bool = False
    anchor: Claim | None = None
    last: Claim | None = None
    context: bool = False
    verbs: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    begun: bool = False
    mixed: bool = False
    named: bool = False
    applied: bool = False


@dataclass
class ClauseReader:
    """Reads the clauses of one paragraph in order. ``own`` are the spellings of the reporting organ's name."""

    lexicon: Lexicon
    own: tuple[str, ...]
    text: str
    state: State = field(default_factory=State)

    def read(self, clause: Sequence[Token]) -> list[Claim]:
        """Claims of one clause (up to a comma): each of its numbers, or the one nothing that it states."""
        claims: list[Claim] = []
        before: list[Token] = []
        aside: list[str] = []
        quantities = [n for n, token in enumerate(clause) if token.kind == "quantity"]
        self.state.verbs, self.state.named = (), False
        for n, token in enumerate(clause):
            self._notice(token, before, aside)
            if token.quantity is None:
                before.append(token)
                continue
            after = self._after(clause, n, quantities)
            last = not any(m > n for m in quantities)
            claim = self._claim(token, before, after, last, aside)
            self.state.last = claim
            if claim is not None:
                claims.append(claim)
            before = []
        if not quantities:
            claims += self._nothing(clause, aside)
        return claims

    def _after(self, clause: Sequence[Token], n: int, quantities: list[int]) -> list[Token]:
        """The tokens behind a number, up to the next one or the next item."""
        end = next((m for m in quantities if m > n), len(clause))
        found: list[Token] = []
        for token in clause[n + 1 : end]:
            if token.kind == "item":
                break
            found.append(token)
        return found

    def _notice(self, token: Token, before: list[Token], aside: list[str]) -> None:
        """What a word changes for the numbers that follow."""
        state, kind = self.state, token.kind
        if (kind in _CUES or kind == "filler") and (
            token.code == APPLICATIONS or any(word in token.text for word in _CONTEXT)
        ):
            state.context = state.named = True
            state.applied = state.applied or token.code == APPLICATIONS
        if kind == "subject":
            state.topic = token.code
        elif kind == _FOREIGN:
            state.topic = _FOREIGN
        elif kind == "organ":
            if is_own(token.text, self.own):
                state.part = ()
            else:
                state.part = (token.text,)
        elif kind == "part":
            state.part = (token.text,)
        elif kind in ("whole", "total"):
            if not state.among:
                state.part = ()
            if token.text in ("本年", "本年度", "今年"):
                state.other_year = ""
        elif kind == "aside":
            aside.append(token.text)
        elif kind in ("year", "last_year"):
            self._notice_year(token, before, aside)
        elif kind == "among":
            state.among, state.anchor, state.parts = True, state.last, frozenset()

    def _notice_year(self, token: Token, before: list[Token], aside: list[str]) -> None:
        if token.years and all(year == self.lexicon.year for year in token.years):
            self.state.other_year = ""
        elif before and before[-1].text.endswith(_COMPARED):
            aside.append(token.text)
        else:
            self.state.other_year = token.text

    # the number

    def _claim(
        self, token: Token, before: Sequence[Token], after: Sequence[Token], last: bool, aside: Sequence[str]
    ) -> Claim | None:
        lexicon, state = self.lexicon, self.state
        cues, start = self._cues(before)
        verbs = [cue.code for cue in cues if cue.kind == "verb"]
        columns = tuple(dict.fromkeys(cue.code for cue in cues if cue.kind == "column"))
        subjects = [cue.code for cue in cues if cue.kind == "subject"]
        behind = self._cues_behind(after)
        end = token.end
        if not verbs and not columns and not (subjects and lexicon.subjects[subjects[-1]].default):
            found = [cue for cue in behind if cue.kind == "verb"]
            if found and last:
                verbs, end = [cue.code for cue in found], found[-1].end
            elif not behind or not found:
                verbs = list(state.verbs)
        said = [cue for cue in behind if cue.kind == "subject"]
        if not subjects and said:
            subjects, end = [said[0].code], max(end, said[0].end)
        subject = subjects[-1] if subjects else state.topic
        if len(set(subjects)) > 1:
            aside = [*aside, "、".join(subjects)]
        if subject is None or subject == _FOREIGN or token.quantity is None:
            return None
        if verbs:
            state.verbs = tuple(verbs)
        chosen = specific(verbs, lexicon)
        self._take_apart(chosen or columns)
        figures = figures_for(subject, chosen, columns, lexicon, self._around())
        if not figures or not self._counts(token.quantity, subject):
            return None
        start = token.start if start is None else start
        claim = Claim(self.text[start:end], start, end, subject, chosen or columns, figures, quantity=token.quantity)
        return replace(claim, scope=self._scope(claim, before, after, bool(subjects), aside))

    def _take_apart(self, codes: Sequence[str]) -> None:
        """What 其中 takes apart ends when its parts make up the whole: 其中新收5件，上年结转1件，办结6件."""
        state = self.state
        whole = any(code in self.lexicon.verbs and self.lexicon.verbs[code].level == "whole" for code in codes)
        if state.among and whole and any(partition <= state.parts for partition in self.lexicon.partitions):
            state.among, state.anchor = False, None
        state.parts |= frozenset(codes)

    def _cues(self, before: Sequence[Token]) -> tuple[list[Token], int | None]:
        """Verbs, subjects and columns that stand before a number with nothing unknown between; where they begin."""
        begin = 0
        for n in range(len(before) - 1, -1, -1):
            if before[n].kind not in _BETWEEN:
                begin = n + 1
                break
        cues = [token for token in before[begin:] if token.kind in _CUES]
        if begin and cues and cues[0].kind != "verb":
            first = next(n for n in range(begin, len(before)) if before[n].kind in _CUES)
            if before[begin - 1].kind in ("other", "mask", "part", _FOREIGN) and first == begin:
                return [], None  # 土地征收类申请: an unknown word limits the noun
        return cues, cues[0].start if cues else None

    def _cues_behind(self, after: Sequence[Token]) -> list[Token]:
        found: list[Token] = []
        for token in after:
            if token.kind in _CUES:
                found.append(token)
            elif token.kind not in _BETWEEN:
                break
        return found

    def _counts(self, quantity: Quantity, subject: str) -> bool:
        return quantity.unit in self.lexicon.subjects[subject].units

    def _around(self) -> tuple[str, ...]:
        anchor = self.state.anchor if self.state.among else None
        return anchor.verbs if anchor is not None and set(anchor.verbs) <= set(self.lexicon.verbs) else ()

    # what limits it

    def _scope(
        self, claim: Claim, before: Sequence[Token], after: Sequence[Token], named: bool, aside: Sequence[str]
    ) -> tuple[str, ...]:
        """The words by which the number speaks of a part or of another thing; () where it speaks of the whole."""
        state = self.state
        scope = [*state.part, *aside, *([state.other_year] if state.other_year else [])]
        scope += [token.text for token in after if token.kind in ("part", "aside", "organ")]
        if claim.quantity is not None and claim.quantity.about:
            scope.append(claim.quantity.text)
        modified = after[0] if after and after[0].kind in ("other", "mask", _FOREIGN) and not named else None
        if modified is not None:
            scope.append(modified.text)
        not_with = self.lexicon.subjects[claim.subject].not_with
        others = [token for token in (*before, *after) if token.kind != "verb" or token.code not in claim.verbs]
        scope += [token.text for token in others if any(word in token.text for word in not_with)]
        if state.among and not self._belongs(claim):
            scope.append("其中")
        if claim.subject in DISPUTES:
            if not state.context or state.mixed or ("handled" in claim.verbs and not state.named):
                scope.append("信息公开")
            scope += [token.text for token in before if token.kind == "verb" and token.code in _ENTRUSTED]
        return tuple(dict.fromkeys(scope))

    def _belongs(self, claim: Claim) -> bool:
        """Whether a part (其中) of a whole that was read is a row of its own, and not a part of a part."""
        anchor = self.state.anchor
        if anchor is None or not anchor.whole:
            return False
        levels = {self.lexicon.verbs[code].level for code in claim.verbs if code in self.lexicon.verbs}
        around = {code for code in anchor.verbs if code in self.lexicon.verbs}
        if claim.subject in DISPUTES:
            return anchor.subject == claim.subject and levels == {"outcome"} and not around & {"upheld", "corrected"}
        if claim.subject != APPLICATIONS or anchor.subject != APPLICATIONS or not around:
            return False
        if not levels or levels == {"source"}:  # columns; rows that add to the whole
            return around <= {"received", "handled", "concluded", "new"} and not (levels and "new" in around)
        if levels == {"outcome"}:
            return around <= {"concluded", "handled"} or any(
                code.startswith(f"{group}.") for code in claim.verbs for group in around
            )
        return False

    # nothing

    def _nothing(self, clause: Sequence[Token], aside: Sequence[str]) -> list[Claim]:
        """未收到申请, 无行政复议和行政诉讼: the stated nothings of a clause without a number."""
        at = next((n for n, token in enumerate(clause) if token.kind == "negator"), None)
        if at is None:
            return []
        rest = [token for token in clause[at + 1 :] if token.kind not in ("sentence", "half")]
        if not rest or any(token.kind not in _BETWEEN for token in rest):
            return []
        verbs = specific([token.code for token in rest if token.kind == "verb"], self.lexicon)
        columns = tuple(token.code for token in rest if token.kind == "column")
        subjects = [token for token in rest if token.kind == "subject"]
        if not subjects and any(token.kind == "subject" for token in clause[:at]):
            subjects = [token for token in clause[:at] if token.kind == "subject"][-1:]
        if columns or not (verbs or subjects):
            return []
        return [
            claim
            for token in subjects
            if (claim := self._stated_nothing(token, verbs, clause[at], rest[-1].end, clause[:at], aside)) is not None
        ]

    def _stated_nothing(
        self,
        subject: Token,
        verbs: tuple[str, ...],
        negator: Token,
        end: int,
        before: Sequence[Token],
        aside: Sequence[str],
    ) -> Claim | None:
        fitting = tuple(code for code in verbs if subject.code in self.lexicon.verbs[code].means)
        if verbs and not fitting:
            return None
        figures = figures_for(subject.code, fitting, (), self.lexicon)
        if not figures and subject.code == APPLICATIONS:
            figures = figures_for(APPLICATIONS, ("received",), (), self.lexicon)
        if not figures:
            return None
        start = min(negator.start, subject.start)
        claim = Claim(self.text[start:end], start, end, subject.code, fitting, figures)
        return replace(claim, scope=self._scope(claim, before, (), True, aside))


def own_names(name: str | None) -> tuple[str, ...]:
    """The spellings of an organ's name that shorter ones may be part of."""
    if not name:
        return ()
    short = name.replace("人民政府", "")
    return tuple(dict.fromkeys((name, name.replace("人民政府", "政府"), short) if short else (name,)))


def is_own(organ: str, own: Sequence[str]) -> bool:
    """Whether ``organ`` is a shorter spelling of one of ``own``: its characters in order, and the same end."""
    if organ.endswith(_GOVERNMENT):
        return False  # 区政府 in the report of a 区: the government itself, a part of all that the tables count
    for name in own:
        characters = iter(name)
        if organ[-1] == name[-1] and all(character in characters for character in organ):
            return True
    return False
