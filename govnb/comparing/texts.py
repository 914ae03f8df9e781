"""Two texts, sentence by sentence: what was added, dropped, changed, and what was merely carried over. Pure.

Sentences are compared with their numbers masked, since a text that only has its numbers renewed says nothing new. A
sentence that stands elsewhere now was moved, not written. What the words mean is never judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from govnb.comparing.model import ADDED, CARRIED, CHANGED, REMOVED, REPEATED, SAME, SectionChange, Sentence, Side
from govnb.comparing.tables import merged
from govnb.narrative.sections import Section
from govnb.pairing import pair_in_order
from govnb.prose.folding import fold
from govnb.prose.tokens import split_sentences
from govnb.script import to_simplified

_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
_BLANK = re.compile(r"\s+")
_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[A-Za-z]+|\s+|.", re.DOTALL)
_ALIKE = 0.5  # likeness from which two sentences are one that was changed
_SHORTEST_RUN = 2  # characters; a shorter run that both share is chance, and splits words
_LONGEST = 1500  # characters of a sentence whose likeness is measured
_MOST_PAIRS = 20_000  # of a stretch of changed sentences; a longer one is shown as dropped and added


@dataclass(frozen=True)
class Part:
    """A sentence of a section: ``at`` counts from 1; ``key`` is its text with its numbers masked."""

    text: str
    at: int
    kind: str

    @cached_property
    def key(self) -> str:
        return masked(self.text)


def masked(text: str) -> str:
    """Simplified, half-width, without blanks, each number as one ``#``."""
    return _NUMBER.sub("#", _BLANK.sub("", to_simplified(fold(text))))


def compare_texts(old: Side, new: Side) -> tuple[SectionChange, ...]:
    """Every section of either side: in the order of the new one, those that it lacks after what stood before them."""
    before = {section.code: section for section in old.sections}
    after = {section.code: section for section in new.sections}
    return tuple(compare_sections(before.get(code), after.get(code)) for code in merged(before, after))


def compare_sections(old: Section | None, new: Section | None) -> SectionChange:
    """One section; None where a side has none. The headings that the form prescribes count in no share."""
    named = new or old
    assert named is not None
    was, now = (tuple(parts_of(section)) if section else () for section in (old, new))
    sentences = _moved(list(_aligned(was, now)))
    free = [sentence for sentence in sentences if sentence.kind != "part"]
    characters = sum(len(masked(sentence.new)) for sentence in free if sentence.new is not None)
    repeated = sum(_repeated(sentence) for sentence in free)
    return SectionChange(named.code, named.title, tuple(sentences), characters, repeated)


def parts_of(section: Section) -> Iterator[Part]:
    """The sentences of a section in order; pictures say nothing in words of their own and are left out."""
    at = 0
    for block in section.blocks:
        if block.kind == "image":
            continue
        for text in split_sentences(block.text):
            if text.strip():
                at += 1
                yield Part(text.strip(), at, block.kind)


def _aligned(old: Sequence[Part], new: Sequence[Part]) -> Iterator[Sentence]:
    i = j = 0
    for left, right in [*_pairs(old, new), (len(old), len(new))]:
        yield from (_removed(part) for part in old[i:left])
        yield from (_added(part) for part in new[j:right])
        if left < len(old):
            yield _both(old[left], new[right])
        i, j = left + 1, right + 1


def _both(old: Part, new: Part, moved: bool = False) -> Sentence:
    state = SAME if old.text == new.text else CARRIED if old.key == new.key else CHANGED
    return Sentence(state, old.text, new.text, old.at, new.at, new.kind, moved, marks_of(old.text, new.text))


def _removed(part: Part) -> Sentence:
    return Sentence(REMOVED, part.text, None, part.at, None, part.kind, marks=((REMOVED, part.text),))


def _added(part: Part) -> Sentence:
    return Sentence(ADDED, None, part.text, None, part.at, part.kind, marks=((ADDED, part.text),))


def _pairs(old: Sequence[Part], new: Sequence[Part]) -> list[tuple[int, int]]:
    """Indices, ascending, of the sentences that belong together: the equal ones, and between these the alike ones.

    difflib's answer depends on which text comes first; ours doesn't, so that the way back shows the same.
    """
    one, other = [part.key for part in old], [part.key for part in new]
    if other < one:
        return [(i, j) for j, i in _pairs(new, old)]
    pairs: list[tuple[int, int]] = []
    for operation, i, i_end, j, j_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if operation == "equal":
            pairs += zip(range(i, i_end), range(j, j_end), strict=True)
        else:
            pairs += ((i + left, j + right) for left, right in _best_pairs(one[i:i_end], other[j:j_end]))
    return pairs


def _best_pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Indices of pairs in ascending order with the greatest sum of likeness."""
    if not old or not new or len(old) * len(new) > _MOST_PAIRS:
        return []
    alike = [[_likeness(was, now) for now in new] for was in old]
    return pair_in_order(alike)[0]


def _likeness(one: str, other: str) -> float:
    """Share of characters in common stretches, 0 where it is under the threshold."""
    matcher = SequenceMatcher(None, one[:_LONGEST], other[:_LONGEST], autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    ratio = matcher.ratio()
    return ratio if ratio >= _ALIKE else 0.0


def _moved(sentences: list[Sentence]) -> list[Sentence]:
    """A sentence that was dropped in one place and added in another was moved: one entry, where it stands now."""
    waiting: dict[str, list[int]] = {}
    for index, sentence in enumerate(sentences):
        if sentence.state == REMOVED and sentence.old is not None:
            waiting.setdefault(masked(sentence.old), []).append(index)
    gone: set[int] = set()
    for index, sentence in enumerate(sentences):
        if sentence.state != ADDED or sentence.new is None:
            continue
        if places := waiting.get(masked(sentence.new)):
            at = places.pop(0)
            gone.add(at)
            was = sentences[at]
            old = Part(was.old or "", was.old_at or 0, was.kind)
            sentences[index] = _both(old, Part(sentence.new, sentence.new_at or 0, sentence.kind), moved=True)
    return [sentence for index, sentence in enumerate(sentences) if index not in gone]


def marks_of(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """Runs of (same, removed or added, text), word by word: numbers and Latin words whole, Chinese by character.

    Same and removed runs together are ``old``, same and added ones ``new``. A single character between two changes
    belongs to them: it is the same by chance.
    """
    if new < old:  # the same either way round, as for pairs
        swap = {ADDED: REMOVED, REMOVED: ADDED, SAME: SAME}
        return _in_order([(swap[state], text) for state, text in marks_of(new, old)])
    was, now = _WORD.findall(old), _WORD.findall(new)
    if len(was) * len(now) > 4 * _LONGEST * _LONGEST:
        return ((REMOVED, old), (ADDED, new))
    marks: list[tuple[str, str]] = []
    for operation, i, i_end, j, j_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        left, right = "".join(was[i:i_end]), "".join(now[j:j_end])
        inner = min(i, j) > 0 and i_end < len(was) and j_end < len(now)
        if operation == "equal" and not (inner and len(left) < _SHORTEST_RUN and left.isalpha()):
            marks.append((SAME, left))
        else:
            marks += [(REMOVED, left), (ADDED, right)]
    return _in_order(marks)


def _in_order(marks: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Between two runs that are the same one removed and one added run, as far as there is any."""
    found: list[tuple[str, str]] = []
    gone = come = ""
    for state, text in [*marks, (SAME, "")]:
        if state == REMOVED:
            gone += text
        elif state == ADDED:
            come += text
        else:
            found += [(REMOVED, gone), (ADDED, come), (SAME, text)]
            gone = come = ""
    return tuple((state, text) for state, text in found if text)


def _repeated(sentence: Sentence) -> int:
    """Characters of the new sentence that stood in the old one, each number as one."""
    if sentence.new is None or sentence.old is None:
        return 0
    one, other = sorted((masked(sentence.old), masked(sentence.new)))
    if sentence.state in REPEATED:
        return len(one)
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size >= _SHORTEST_RUN)
