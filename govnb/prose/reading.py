"""A paragraph read in full: its sentences, clauses, brackets, and what each of them says.

``read_paragraph`` is what the checks call. Pure; knows no table's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from govnb.form.edition import Edition
from govnb.prose.claims import ClauseReader, State, is_own, own_names
from govnb.prose.lexicon import APPLICATIONS, Lexicon, lexicon_for
from govnb.prose.lists import read_listings
from govnb.prose.model import Claim, Listing, Reading, Share
from govnb.prose.shares import read_shares
from govnb.prose.tokens import Token, read_sentences

_NAME = 10  # characters at the beginning of a sentence in which the name of an organ is looked for
_ABOUT_APPLICATIONS = ("依申请", "公开申请")


def read_claims(
    text: str, year: int, edition: Edition, *, name: str | None = None, part: str | None = None
) -> list[Claim]:
    """The claims of one paragraph; ``name`` of the reporting organ, ``part``: the heading that it stands under."""
    return list(read_paragraph(text, year, edition, name=name, part=part).claims)


def read_paragraph(
    text: str, year: int, edition: Edition, *, name: str | None = None, part: str | None = None
) -> Reading:
    """All that a paragraph says in numbers."""
    return _read(text, lexicon_for(year, edition), name, part)


# Several checks read the same paragraphs one after another.
@lru_cache(maxsize=256)
def _read(text: str, lexicon: Lexicon, name: str | None, part: str | None) -> Reading:
    default = APPLICATIONS if any(word in (part or "") for word in _ABOUT_APPLICATIONS) else None
    reader = ClauseReader(lexicon, own_names(name), text, State(topic=default, applied=default is not None))
    claims: list[Claim] = []
    listings: list[Listing] = []
    shares: list[Share] = []
    for sentence in read_sentences(text, lexicon):
        if sentence.tokens is None:
            reader.state = _passed_over(reader.state, sentence.text, lexicon, reader.own)
            continue
        reader.state = _begin(reader.state, sentence.tokens, reader.own)
        found = _read_sentence(reader, sentence.tokens)
        claims += found
        if sum(token.kind == "quantity" for token in sentence.tokens) > 1:
            listings += read_listings(sentence.tokens, found, text, lexicon)
        if "%" in sentence.text:
            shares += read_shares(sentence.tokens, found, text, lexicon)
    return Reading(tuple(claims), tuple(listings), tuple(shares))


def _begin(before: State, tokens: Sequence[Token], own: tuple[str, ...]) -> State:
    """How a sentence begins: the topic goes on, and so does another organ with which the last sentence began."""
    carried = before.part if before.begun else ()
    first = next((token for token in tokens if token.kind not in ("filler", "year")), None)
    begun = bool(carried) or (first is not None and first.kind == "organ" and not is_own(first.text, own))
    topic = before.topic
    if topic is None and next((token for token in tokens if token.kind in ("subject", "foreign")), None) is not None:
        named = next(token for token in tokens if token.kind in ("subject", "foreign"))
        topic = APPLICATIONS if named.code == APPLICATIONS else None  # 上年结转2件，共办理35件申请
    return State(
        topic=topic, context=before.applied, applied=before.applied, part=carried, begun=begun, mixed=_is_mixed(tokens)
    )


def _is_mixed(tokens: Sequence[Token]) -> bool:
    """复议320件，其中涉及政府信息公开的3件: the first number is of all kinds of cases."""
    among = next((n for n, token in enumerate(tokens) if token.kind == "among"), None)
    if among is None or any("信息公开" in token.text for token in tokens[:among]):
        return False
    return any("信息公开" in token.text for token in tokens[among:])


def _passed_over(before: State, sentence: str, lexicon: Lexicon, own: tuple[str, ...]) -> State:
    """What a sentence without a number leaves behind: whether it was about applications, and another organ's."""
    about = any(word in sentence for word in _ABOUT_APPLICATIONS)
    entry = lexicon.at(sentence, 0)
    organ = lexicon.organ.match(sentence, 0, _NAME)
    begun = entry is None and organ is not None and not is_own(organ.group(), own)
    part = (organ.group(),) if begun and organ is not None else ()
    return State(topic=APPLICATIONS if about else None, applied=before.applied or about, part=part, begun=begun)


def _read_sentence(reader: ClauseReader, tokens: Sequence[Token]) -> list[Claim]:
    claims: list[Claim] = []
    clause: list[Token] = []
    outer: list[tuple[State, list[Token]]] = []
    for token in tokens:
        if token.kind == "open":
            spoken = any(found.quantity is not None for found in clause)
            if spoken:
                claims += reader.read(clause)
            outer.append((replace(reader.state), [] if spoken else clause))
            clause = []
        elif token.kind == "close":
            claims += reader.read(clause)
            clause = []
            if outer:
                state, clause = outer.pop()
                reader.state = replace(state, last=None if clause else state.last)
        elif token.kind in ("clause", "half", "sentence"):
            claims += reader.read(clause)
            clause = []
            if token.kind == "half":
                reader.state = replace(reader.state, among=False, anchor=None, last=None)
        else:
            clause.append(token)
    return claims + (reader.read(clause) if clause else [])
