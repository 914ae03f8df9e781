"""The words of ``lexicon.yaml`` for one form and one year, ready to be looked up.

The form's own labels are words too, so that a workspace's own edition is read without a change here. Words only: which
cell holds what is said by figure ids (``applications.new.total``), and no value is known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from govnb.errors import Collector, ParamsError
from govnb.form.edition import Edition
from govnb.marked import parse_yaml

_FILE = "govnb/prose/lexicon.yaml"
_NUMBERING = re.compile(r"^(?:[（(][一二三四五六七八九十]+[）)]|[一二三四五六七八九十]+、|[0-9]+[.．、])")
_BRACKETS = re.compile(r"[（(][^）)]*[）)]")
_QUOTES = str.maketrans("", "", '“”"「」')
_EVERYDAY = "办所站科处园委部院"
_KEPT = 64
_SHORTEST = 4  # shorter labels (其他, 总计) stand for too much else
_LISTS = (
    *("filler", "open_list", "residual", "foreign", "aside", "last_year", "part", "total_words", "whole"),
    *("among", "negators", "last_year"),
)
KINDS = {"total_words": "total", "negators": "negator"}
APPLICATIONS, DISPUTES = "applications", ("review", "litigation", "litigation_direct", "litigation_after_review")


@dataclass(frozen=True)
class Subject:
    """``default``: what a number without a verb means. ``not_with``: words beside which it means something else."""

    code: str
    units: frozenset[str]
    default: tuple[str, ...]
    not_with: frozenset[str]


@dataclass(frozen=True)
class Verb:
    """``means``: subject → sums of row codes (applications) or of column codes (others). ``level`` as in the file."""

    code: str
    level: str
    means: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Entry:
    """One word: its kind (subject, verb, column, filler, …) and the code it stands for ("" for the other kinds)."""

    word: str
    kind: str
    code: str = ""


@dataclass(frozen=True)
class Shares:
    """Words beside a percentage: of a whole, against last year, and which way it went."""

    of: frozenset[str]
    compared: tuple[str, ...]
    up: tuple[str, ...]
    down: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Lexicon:
    year: int
    edition: Edition
    subjects: Mapping[str, Subject]
    verbs: Mapping[str, Verb]
    columns: frozenset[str]
    partitions: tuple[frozenset[str], ...]
    organ: re.Pattern[str]
    shares: Shares
    words: Mapping[str, Entry]
    by_first: Mapping[str, tuple[Entry, ...]]
    first: frozenset[str]

    def at(self, text: str, place: int) -> Entry | None:
        """The longest word that begins at ``place``."""
        for entry in self.by_first.get(text[place : place + 2], ()):
            if text.startswith(entry.word, place):
                return entry
        return self.words.get(text[place])


@cache
def _data() -> Mapping[str, Any]:
    problems = Collector()
    text = (resources.files("govnb.prose") / "lexicon.yaml").read_text(encoding="utf-8")
    marked = parse_yaml(text, _FILE, problems)
    problems.raise_if_any(ParamsError)
    data: Mapping[str, Any] = marked.data
    return data


_made: dict[tuple[int, int], Lexicon] = {}


def lexicon_for(year: int, edition: Edition) -> Lexicon:
    """The lexicon of one report year and form, made once for each of them."""
    found = _made.get((year, id(edition)))
    if found is None or found.edition is not edition:
        if len(_made) >= _KEPT:
            _made.clear()
        found = _made[(year, id(edition))] = _lexicon(year, edition)
    return found


def _lexicon(year: int, edition: Edition) -> Lexicon:
    """Where two kinds claim a word, the later wins: subjects and verbs over the words that only limit."""
    data = _data()
    entries: dict[str, Entry] = {}
    for name in _LISTS:
        _enter(entries, year, data[name], KINDS.get(name, name))
    for name in ("columns", "verbs", "subjects"):
        for code, found in data[name].items():
            _enter(entries, year, found if name == "columns" else found["words"], name[:-1], code)
    for kind, code, label in _labels(edition):
        entries.setdefault(label, Entry(label, kind, code))
    by_first: dict[str, list[Entry]] = {}
    for word in sorted(entries, key=lambda word: (-len(word), word)):
        if len(word) > 1:
            by_first.setdefault(word[:2], []).append(entries[word])
    return Lexicon(
        year,
        edition,
        {code: _subject(code, found) for code, found in data["subjects"].items()},
        _verbs(data["verbs"], edition),
        frozenset((*data["columns"], *edition.applications.columns)),
        tuple(frozenset(codes) for codes in data["partitions"]),
        _organ(data["organs"]),
        _shares(data["shares"], year),
        entries,
        {first: tuple(found) for first, found in by_first.items()},
        frozenset(word[0] for word in entries),
    )


def _organ(endings: Iterable[str]) -> re.Pattern[str]:
    """A name of an organ: one that ends like one, and is longer than an everyday word with that ending (区, 承办)."""
    long = "|".join(ending for ending in endings if ending not in _EVERYDAY)
    return re.compile(rf".{{2,}}(?:[{_EVERYDAY}]|{long})|.(?:{long})", re.DOTALL)


def _enter(entries: dict[str, Entry], year: int, words: Iterable[str], kind: str, code: str = "") -> None:
    for word in words:
        filled = str(word).replace("{last}", str(year - 1)).replace("{next}", str(year + 1))
        entries[filled] = Entry(filled, kind, code)


def _subject(code: str, found: Mapping[str, Any]) -> Subject:
    terms = tuple(found.get("default", ()))
    return Subject(code, frozenset(found["units"]), terms, frozenset(found.get("not_with", ())))


def _verbs(data: Mapping[str, Any], edition: Edition) -> dict[str, Verb]:
    verbs = {
        code: Verb(
            code,
            found["level"],
            {subject: tuple(terms) for subject, terms in found.items() if subject not in ("words", "level")},
        )
        for code, found in data.items()
    }
    for code in (*edition.applications.outcomes, *edition.applications.groups):
        verbs.setdefault(code, Verb(code, "outcome", {APPLICATIONS: (code,)}))
    return verbs


def _labels(edition: Edition) -> Iterable[tuple[str, str, str]]:
    """(kind, code, label) of the form's outcomes and groups, and of the columns of its second table."""
    form = edition.applications
    named = {**{code: form.rows[code] for code in form.outcomes}, **form.groups}
    for code, label in named.items():
        text = _BRACKETS.sub("", _NUMBERING.sub("", label)).translate(_QUOTES)
        if len(text) >= _SHORTEST and code != "results":
            yield "verb", code, text
    for code, column in form.columns.items():
        if len(column.label) >= _SHORTEST:
            yield "column", code, column.label


def _shares(data: Mapping[str, Any], year: int) -> Shares:
    compared = tuple(str(word).replace("{last}", str(year - 1)) for word in data["compared"])
    return Shares(frozenset(data["of"]), compared, tuple(data["up"]), tuple(data["down"]))
