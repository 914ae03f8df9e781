"""The arithmetic identities of a form, compiled from the edition's rule text into a linear form.

Grammar: ``[per AXIS:] SUM (== | <=) SUM``; SUM is terms joined by + or -, or ``sum of A … B`` (by the edition's order);
a term is a row, column or block code, with ``of year`` or ``of year-1`` where two reports are compared. Evaluating is
the business of checks/; this module only says which cells stand on which side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from govnb.errors import Collector, Place, Text, did_you_mean

_TOKEN = re.compile(
    r"(?P<sum>sum\s+of\b)|(?P<year>of\s+year(?:\s*-\s*1\b)?)|(?P<word>[^\W\d]\w*(?:\.\w+)*)"
    r"|(?P<dots>…|\.\.\.)|(?P<sign>[+-])|(?P<space>\s+)|(?P<bad>.)",
    re.DOTALL,
)
_AXES = ("column", "row", "block")


@dataclass(frozen=True)
class Codes:
    """Row and column codes of each table, in official order. A block of the disputes table is one of its rows."""

    rows: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Term:
    """``sign`` × the cells ``codes`` of the report ``years_before`` years back; more than one code for ``sum of``."""

    sign: int
    codes: tuple[str, ...]
    years_before: int = 0


@dataclass(frozen=True)
class Identity:
    """``axis`` says what is held fixed: per column the terms are rows; per row and per block they are columns.

    ``axis`` None: the terms are rows, read in the 总计 column. ``across_editions``: holds also where last year's report
    has another form.
    """

    id: str
    severity: str
    rule: str
    table: str
    axis: str | None
    left: tuple[Term, ...]
    operator: str
    right: tuple[Term, ...]
    across_editions: bool = False

    @property
    def compares_years(self) -> bool:
        return any(term.years_before for term in (*self.left, *self.right))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for term in (*self.left, *self.right) for code in term.codes)


@dataclass(frozen=True)
class _RawTerm:
    sign: int
    first: str
    last: str | None
    years_before: int
    positions: tuple[int, ...]

    @property
    def words(self) -> list[tuple[str, int]]:
        """Each code of the term with its offset in the rule."""
        named = [self.first] if self.last is None else [self.first, self.last]
        return list(zip(named, self.positions, strict=True))


def parse_identity(item: Mapping[str, Any], codes: Codes, place: Place, problems: Collector) -> Identity | None:
    """The compiled rule, or None with each fault (place: line, and column of the word) added to ``problems``."""
    rule = str(item["rule"])
    before = len(problems.problems)
    axis, start = _axis(rule, place, problems)
    operator = "<=" if "<=" in rule else "=="
    left_text, found, right_text = rule[start:].partition(operator)
    if not found:
        problems.add(place, Text(f"规则“{rule}”缺少 == 或 <=", f"rule “{rule}” has no == or <="), code="edition.rule")
        return None
    left = _terms(left_text, start, place, problems)
    right = _terms(right_text, start + len(left_text) + 2, place, problems)
    if len(problems.problems) > before:
        return None
    table = _table([*left, *right], axis, codes, place, problems)
    if table is None:
        return None
    order = codes.rows[table] if axis in (None, "column") else codes.columns[table]
    sides = [tuple(_expand(term, order) for term in side) for side in (left, right)]
    return Identity(
        id=str(item["id"]),
        severity=str(item["severity"]),
        rule=rule,
        table=table,
        axis=axis,
        left=sides[0],
        operator=operator,
        right=sides[1],
        across_editions=bool(item.get("across_editions", False)),
    )


def _at(place: Place, offset: int) -> Place:
    if place.position is None:
        return place
    return Place(file=place.file, line=place.line, position=place.position + 1 + offset)


def _axis(rule: str, place: Place, problems: Collector) -> tuple[str | None, int]:
    head = re.match(r"\s*per\s+(\w+)\s*:", rule)
    if head is None:
        return None, 0
    if head.group(1) not in _AXES:
        what = Text(f"不能按“{head.group(1)}”核对", f"“{head.group(1)}” is not an axis")
        problems.add(_at(place, head.start(1)), what, did_you_mean(head.group(1), _AXES), "edition.rule")
    return head.group(1), head.end()


@dataclass
class _Side:
    """One side of a rule while it is read: tokens from left to right, and how far they are used up."""

    tokens: list[tuple[str, str, int]]  # kind, text, offset in the rule
    used: int = 0

    def take(self, *kinds: str) -> tuple[str, str, int] | None:
        if self.used < len(self.tokens) and self.tokens[self.used][0] in kinds:
            self.used += 1
            return self.tokens[self.used - 1]
        return None

    @property
    def offset(self) -> int:
        """Where the next token stands; the last one where there is none left."""
        return self.tokens[min(self.used, len(self.tokens) - 1)][2] if self.tokens else 0


def _terms(text: str, offset: int, place: Place, problems: Collector) -> list[_RawTerm]:
    """TERM {(+|-) TERM}, with TERM = CODE [YEAR] or ``sum of`` CODE … CODE [YEAR]; [] and the fault if not so."""
    side = _Side(_tokens(text, offset))
    terms: list[_RawTerm] = []
    sign = side.take("sign")
    while (term := _term(side, -1 if sign and sign[1] == "-" else 1)) is not None:
        terms.append(term)
        sign = side.take("sign")
        if sign is None:
            break
    if terms and sign is None and side.used == len(side.tokens):
        return terms
    if side.used < len(side.tokens):
        word = side.tokens[side.used][1]
        what = Text(f"规则中此处不应有“{word}”", f"“{word}” can't stand here in a rule")
    else:
        what = Text("规则的一边不完整", "one side of the rule is incomplete")
    fix = Text("规则如 per column: a + b == sum of c … d", "A rule reads like per column: a + b == sum of c … d")
    problems.add(_at(place, side.offset if side.tokens else offset), what, fix, "edition.rule")
    return []


def _tokens(text: str, offset: int) -> list[tuple[str, str, int]]:
    found = ((match.lastgroup or "bad", match.group(), offset + match.start()) for match in _TOKEN.finditer(text))
    return [token for token in found if token[0] != "space"]


def _term(side: _Side, sign: int) -> _RawTerm | None:
    ranged = side.take("sum") is not None
    first = side.take("word")
    if first is None:
        return None
    last = None
    if ranged and (side.take("dots") is None or (last := side.take("word")) is None):
        return None
    year = side.take("year")
    years_before = 1 if year and year[1].endswith("1") else 0
    if last is None:
        return _RawTerm(sign, first[1], None, years_before, (first[2],))
    return _RawTerm(sign, first[1], last[1], years_before, (first[2], last[2]))


def _table(terms: list[_RawTerm], axis: str | None, codes: Codes, place: Place, problems: Collector) -> str | None:
    """The table in which every term is known; without one, each unknown code is a problem."""
    known = codes.rows if axis in (None, "column") else codes.columns
    candidates = ["disputes"] if axis == "block" else [table for table in known if axis != "row" or table != "disputes"]
    words = [word for term in terms for word in term.words]
    for table in candidates:
        if all(word in known[table] for word, _ in words):
            return table
    best = max(candidates, key=lambda table: sum(word in known[table] for word, _ in words))
    for word, position in words:
        if word not in known[best]:
            what = Text(f"规则中的代码“{word}”不在版式中", f"code “{word}” is not in the form")
            problems.add(_at(place, position), what, did_you_mean(word, known[best]), "edition.rule")
    return None


def _expand(term: _RawTerm, order: tuple[str, ...]) -> Term:
    if term.last is None:
        return Term(term.sign, (term.first,), term.years_before)
    start, end = sorted((order.index(term.first), order.index(term.last)))
    return Term(term.sign, order[start : end + 1], term.years_before)
