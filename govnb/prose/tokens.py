"""A text as a row of tokens: known words, quantities, years, punctuation, and what is left over.

Blanks within a line go; a quotation is taken apart only where it quotes a known word. Reads, judges nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from govnb.prose.exempt import exempt_spans
from govnb.prose.folding import fold
from govnb.prose.lexicon import Lexicon
from govnb.prose.quantities import Quantity, read_quantities

_PUNCTUATION = {
    **dict.fromkeys("。！？!?\n", "sentence"),
    **dict.fromkeys("；;", "half"),
    **dict.fromkeys("，,：:", "clause"),
    "、": "item",
    **dict.fromkeys("（([［〔", "open"),
    **dict.fromkeys("）)]］〕", "close"),
}
_QUOTED = {"“": "”", "「": "」", "《": "》", "〈": "〉", "『": "』"}
_MARKS = frozenset((*_PUNCTUATION, *_QUOTED))
_QUOTABLE = ("verb", "subject", "column")
_LONGEST_QUOTE = 60
_BLANKS = frozenset(" \t\r\u200b")
_BLANK = re.compile("[ \t\r\u200b]")
_DIGIT = re.compile("[0-9]")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}")
_MONTHS = re.compile(r"(?<![0-9])([0-9]{1,2})月")
_ENDS = ("底", "末")
_WHOLE_YEAR = re.compile(
    r"(?<![0-9])(?:12月(?:31[日号]|底|末)|1月1[日号]|1月?(?:-+|~|至|到)12月份?)$"
)  # its first day, its end, or both
_TERM = re.compile(r"工作日|[天日时]|分钟")
_NUMBER = re.compile("[0-9]|[一二两三四五六七八九十][件宗起例份个条项部]")
_NEGATION = re.compile("[未没无零不免]")
_MATTER = re.compile("申请|复议|诉讼|[理收]费|费用|规章|规范性文件|办结|结转")
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]|[^。！？!?\n]+")


class Token(NamedTuple):
    """``kind``: that of the word, or quantity, year, organ, mask (a name or date), other, or of punctuation."""

    kind: str
    text: str
    start: int
    end: int
    code: str = ""
    quantity: Quantity | None = None
    years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """``tokens`` are None where the sentence says nothing of any number, so that nobody looked closely."""

    text: str
    start: int
    tokens: list[Token] | None


def read_sentences(text: str, lexicon: Lexicon) -> Iterator[Sentence]:
    """The sentences of ``text`` and their tokens; positions are those of ``text``."""
    folded = fold(text)
    for match in _SENTENCE.finditer(folded):
        sentence, start = match.group(), match.start()
        speaks = _NUMBER.search(sentence) or (_NEGATION.search(sentence) and _MATTER.search(sentence))
        tokens = list(_Scanner(sentence, start, lexicon).tokens()) if speaks else None
        yield Sentence(sentence, start, tokens)


def split_sentences(text: str) -> list[str]:
    """The sentences of ``text``, each with its end; put together they are ``text``."""
    return _SENTENCE.findall(text)


class _Scanner:
    """One sentence. Positions within it are of its text without blanks; a token gets those of the whole text."""

    def __init__(self, sentence: str, offset: int, lexicon: Lexicon) -> None:
        self.places: list[int] | None = None
        if _BLANK.search(sentence):
            self.places = [n for n, character in enumerate(sentence) if character not in _BLANKS]
            sentence = "".join(sentence[n] for n in self.places)
        self.text = sentence
        self.offset = offset
        self.lexicon = lexicon
        self.spans = dict(exempt_spans(sentence)) if _DIGIT.search(sentence) else {}
        spans = list(self.spans.items())
        self.quantities = {quantity.start: quantity for quantity in read_quantities(sentence, spans)}

    def tokens(self) -> Iterator[Token]:
        place, rest = 0, 0  # ``rest``: where a stretch of unknown characters began
        text, first, length = self.text, self.lexicon.first, len(self.text)
        quantities, spans = self.quantities, self.spans
        while place < length:
            character = text[place]
            if character not in first and character not in _MARKS and place not in quantities and place not in spans:
                place += 1
                continue
            found = self._known(place, character)
            if found is None:
                place += 1
                continue
            if rest < place:
                yield from self._unknown(rest, place)
            token, place = found
            rest = place
            yield token
        if rest < place:
            yield from self._unknown(rest, place)

    def _known(self, place: int, character: str) -> tuple[Token, int] | None:
        """The token that begins here, and where it ends."""
        if (quantity := self.quantities.get(place)) is not None:
            start, end = self._span_of(place, quantity.end)
            placed = replace(quantity, start=start, end=end)
            return Token("quantity", quantity.text, start, end, quantity=placed), quantity.end
        if character in _QUOTED:
            if end := self._quote_end(place, character):
                return self._made("mask", place, end)
        elif (entry := self.lexicon.at(self.text, place)) is not None:
            return self._made(entry.kind, place, place + len(entry.word), entry.code)
        if (end := self.spans.get(place, 0)) > place:
            return self._exempt(place, end)
        if (kind := _PUNCTUATION.get(character)) is not None:
            return self._made(kind, place, place + 1)
        return self._made("filler", place, place + 1) if character in _QUOTED else None

    def _quote_end(self, place: int, character: str) -> int:
        """End of the quotation that begins here, 0 where what is quoted is a word of the lexicon (or it never ends)."""
        end = self.text.find(_QUOTED[character], place + 1, place + _LONGEST_QUOTE)
        if end < 0:
            return 0
        entry = self.lexicon.words.get(self.text[place + 1 : end]) if character != "《" else None
        return 0 if entry is not None and entry.kind in _QUOTABLE else end + 1

    def _exempt(self, start: int, end: int) -> tuple[Token, int]:
        """A stretch whose numbers are no figures: a year, a part of a year, a term, or a name."""
        text = self.text[start:end]
        years = tuple(int(year) for year in _YEAR.findall(text)) if "年" in text else ()
        months = [int(month) for month in _MONTHS.findall(text)]
        kind = "mask"
        if months and not _WHOLE_YEAR.search(self.text, start, end + (self.text[end : end + 1] in _ENDS)):
            kind = "part"
        elif years:
            kind = "year"
        elif months:
            kind = "filler"
        elif _TERM.search(text):
            kind = "aside"
        return self._made(kind, start, end, years=years)

    def _unknown(self, start: int, end: int) -> Iterator[Token]:
        stop = start
        if end - start > 1 and (organ := self.lexicon.organ.match(self.text, start, end)) is not None:
            stop = organ.end()
            yield self._made("organ", start, stop)[0]
        if stop < end:
            yield self._made("other", stop, end)[0]

    def _made(self, kind: str, start: int, end: int, code: str = "", years: tuple[int, ...] = ()) -> tuple[Token, int]:
        left, right = self._span_of(start, end)
        return Token(kind, self.text[start:end], left, right, code, None, years), end

    def _span_of(self, start: int, end: int) -> tuple[int, int]:
        if self.places is None:
            return self.offset + start, self.offset + end
        return self.offset + self.places[start], self.offset + self.places[end - 1] + 1
