"""What a template may name, and how a printed value keeps the id of its figure through template and Markdown.

A template sees ``Term`` objects only. Printing one leaves a mark in the text (two private-use characters around a
number); the value itself is put in after templates and Markdown are done, so that a value is never read as either.
Nothing here knows a sentence or a label.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from govnb.counting.figures import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from govnb.counting.figures import Figures, Value

# Unicode's private-use areas, the usual one first.
_PRIVATE_USE = ((0xE000, 0xF900), (0xF0000, 0xFFFFE), (0x100000, 0x10FFFE))
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Text of a ledger or parameter as one line: white space runs to one space, no control characters."""
    kept = "".join(c for c in _SPACE.sub(" ", text) if unicodedata.category(c) not in ("Cc", "Cs"))
    return kept.strip()


@dataclass(frozen=True)
class Piece:
    """A stretch of text between marks, or a printed value (``figure`` is None for a fact and for plain text).

    ``line`` is set instead for a line mark, which prints nothing.
    """

    text: str
    value: bool = False
    figure: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Blank:
    """A figure without value that a template wanted to print, at ``offset`` of its source."""

    offset: int
    figure: str


class Ink:
    """The values printed so far, by number, and the two characters that mark them.

    ``taken`` is all text that is not ours (the analyst's); characters that occur in it are not used as marks, so no
    text can pass for a printed value.
    """

    def __init__(self, taken: str = "") -> None:
        used = set(taken)
        free = (chr(code) for code in chain.from_iterable(range(*area) for area in _PRIVATE_USE))
        unused = (character for character in free if character not in used)
        self._open, self._close = next(unused), next(unused)
        self._mark = re.compile(f"{self._open}(L?)([0-9]+){self._close}")
        self._printed: list[Piece] = []
        self.blanks: list[Blank] = []

    def print(self, text: str, figure: str | None = None) -> str:
        self._printed.append(Piece(clean(text), True, figure))
        return f"{self._open}{len(self._printed) - 1}{self._close}"

    def line(self, number: int) -> str:
        """A mark that prints nothing and tells where in the file the text after it stands."""
        return f"{self._open}L{number}{self._close}"

    def pieces(self, text: str) -> Iterator[Piece]:
        """``text`` cut at its marks, each mark replaced by what it stands for."""
        at = 0
        for match in self._mark.finditer(text):
            if match.start() > at:
                yield Piece(text[at : match.start()])
            number = int(match[2])
            yield Piece("", line=number) if match[1] else self._printed[number]
            at = match.end()
        if at < len(text):
            yield Piece(text[at:])


@dataclass(frozen=True, eq=False)
class Term:
    """A figure, a group of figures, a fact, or a name that does not exist: whatever a template can name.

    True where it has a value other than 0 and blank. Compares by value; a missing or blank one is neither equal to,
    less nor greater than any number. ``name`` is set for what ``children`` gives: its id below the group.
    """

    ink: Ink
    path: str = ""
    figures: Figures = field(default_factory=dict)
    value: Value = None
    exists: bool = False
    figure: str | None = None
    suffix: str = ""
    name: str = ""

    @classmethod
    def of_figure(cls, ink: Ink, figures: Figures, path: str) -> Term:
        found = figures.get(path)
        if found is None:
            return cls(ink, path, figures)
        return cls(ink, path, figures, found.value, True, path)

    @classmethod
    def of_fact(cls, ink: Ink, path: str, value: str | int) -> Term:
        return cls(ink, path, {}, value, True)

    def child(self, name: str) -> Term:
        return Term.of_figure(self.ink, self.figures, f"{self.path}.{name}")

    def children(self, *without: str) -> list[Term]:
        """The figures below this one in their order, except those named and those below them."""
        prefix, found = f"{self.path}.", []
        for path in self.figures:
            name = path.removeprefix(prefix)
            if path != name and not any(name == left or name.startswith(f"{left}.") for left in without):
                found.append(replace(self.child(name), name=name))
        return found

    def with_value(self, value: Value) -> Term:
        return replace(self, value=value)

    def with_suffix(self, suffix: str) -> Term:
        return replace(self, suffix=suffix)

    def print(self) -> str:
        """The mark of the value; only for a figure that has one. A fact may be empty, such as a region not given."""
        if self.value is None or (self.value == "" and self.figure is not None):
            raise ValueError(f"nothing to print for {self.path}")
        return self.ink.print(show(self.value), self.figure) + self.suffix

    def __bool__(self) -> bool:
        return self.value is not None and self.value != 0 and self.value != ""

    def _number(self) -> int | Decimal | None:
        return None if isinstance(self.value, str) else self.value

    def __eq__(self, other: object) -> bool:
        theirs = other.value if isinstance(other, Term) else other
        return self.value is not None and theirs is not None and self.value == theirs

    def __ne__(self, other: object) -> bool:
        theirs = other.value if isinstance(other, Term) else other
        return self.value is not None and theirs is not None and self.value != theirs

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: object) -> bool:
        pair = self._pair(other)
        return pair is not None and pair[0] < pair[1]

    def __le__(self, other: object) -> bool:
        pair = self._pair(other)
        return pair is not None and pair[0] <= pair[1]

    def __gt__(self, other: object) -> bool:
        pair = self._pair(other)
        return pair is not None and pair[0] > pair[1]

    def __ge__(self, other: object) -> bool:
        pair = self._pair(other)
        return pair is not None and pair[0] >= pair[1]

    def _pair(self, other: object) -> tuple[Decimal, Decimal] | None:
        ours, theirs = self._number(), other._number() if isinstance(other, Term) else other
        if ours is None or not isinstance(theirs, int | float | Decimal):
            return None
        return Decimal(ours), Decimal(str(theirs))
