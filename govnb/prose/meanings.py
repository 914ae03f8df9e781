"""From words to figures: which figures a number may be, given subject, verbs and columns. No value is known here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from govnb.prose.lexicon import APPLICATIONS, DISPUTES, Lexicon, Verb

DEFAULT_COLUMNS = ("new", "new + carried_in")  # 自然人565件: of what came in


def specific(verbs: Iterable[str], lexicon: Lexicon) -> tuple[str, ...]:
    """The most specific of several verbs: in 办结并予以公开30件 it is the second that says what was counted."""
    given = tuple(dict.fromkeys(verbs))
    ranked = {code: _rank(lexicon.verbs[code]) for code in given}
    best = max(ranked.values(), default=0)
    return tuple(code for code in given if ranked[code] == best)


def _rank(verb: Verb) -> int:
    return 0 if verb.level == "whole" else 1


def figures_for(
    subject: str, verbs: Sequence[str], columns: Sequence[str], lexicon: Lexicon, around: Sequence[str] = ()
) -> tuple[str, ...]:
    """Figure ids, or sums of some. ``around`` are the verbs of the number that this one is a part of."""
    terms: list[str] = []
    for code in verbs:
        terms += lexicon.verbs[code].means.get(subject, ())
    if not verbs and subject == APPLICATIONS and columns:
        terms += DEFAULT_COLUMNS
        for code in around:
            terms += lexicon.verbs[code].means.get(subject, ())
    elif not verbs:
        terms += lexicon.subjects[subject].default
    if subject == APPLICATIONS:
        chosen = columns or ("total",)
        return _unique(_spelt(term, f"{APPLICATIONS}.", f".{column}") for column in chosen for term in terms)
    if columns:
        return ()
    prefix = {"information_fee": "information_fee."}.get(subject, f"disclosure.{subject}.")
    if subject in DISPUTES:
        prefix = f"disputes.{subject}."
    return _unique(_spelt(term, prefix, "") for term in terms)


def _spelt(term: str, prefix: str, suffix: str) -> str:
    """``new + carried_in`` → ``applications.new.total + applications.carried_in.total``."""
    return " ".join(word if word in "+-" else f"{prefix}{word}{suffix}" for word in term.split())


def _unique(figures: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(figures))
