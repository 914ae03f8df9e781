"""What a ledger must look like: columns, types and allowed values, from ledgers.yaml and the editions of the form.

The official terms stand in those data files alone; what an edition adds (a row, a block) is allowed in the ledgers at
once. Nothing here reads a ledger.
"""

from __future__ import annotations

import operator
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from govnb.form.edition import TOTAL, Edition, packaged_editions
from govnb.inputs.folding import fold, fold_label, numbering, strip_brackets, strip_numbering
from govnb.marked import load_packaged

_WORDS = re.compile(r"[^\d一二三四五六七八九十()]")  # a number without its brackets says nothing: 三6, 一


@dataclass(frozen=True)
class Column:
    """One column. ``values``: code → label of an enum; ``aliases``: folded spelling → code; see ledgers.yaml."""

    code: str
    header: str
    type: str
    required: bool = False
    personal: bool = False
    public: bool = False
    note: str = ""
    iff: str | None = None
    iff_value: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    usual: tuple[int, int] | None = None

    @property
    def repeats(self) -> bool:
        """Whether the same few cells occur again and again, so that each is best read once."""
        return self.type not in ("id", "text", "decimal")


@dataclass(frozen=True)
class LedgerSchema:
    """One ledger. ``begin`` is the column with which a record begins; ``order`` holds (earlier, later) pairs;
    ``unique`` the columns that together occur once."""

    name: str
    label: str
    columns: Mapping[str, Column]
    begin: str
    unique: tuple[str, ...] = ()
    outcome: str | None = None
    order: tuple[tuple[str, str], ...] = ()

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that are read: all but the personal ones."""
        return tuple(column for column in self.columns.values() if not column.personal)

    @property
    def dates(self) -> tuple[str, ...]:
        """Codes of the columns that hold a date."""
        return tuple(column.code for column in self.kept if column.type == "date")

    def find(self, header: str) -> Column | None:
        """The column that ``header`` names, by code or Chinese header, whatever its width, case and spaces."""
        return self._by_name().get(fold(header))

    def _by_name(self) -> dict[str, Column]:
        names = {fold(column.header): column for column in self.columns.values()}
        return names | {fold(code): column for code, column in self.columns.items()}


Schemas = Mapping[str, LedgerSchema]


def build_schemas(editions: Mapping[int, Edition] | None = None) -> dict[str, LedgerSchema]:
    """The thirteen ledgers by name; enum values are those of all ``editions`` (default: the packaged ones) together."""
    forms = packaged_editions() if editions is None else editions
    newest_first = [forms[number] for number in sorted(forms, reverse=True)]
    for known, schemas in _BUILT:
        if len(known) == len(newest_first) and all(map(operator.is_, known, newest_first)):
            return dict(schemas)
    built = {name: _ledger(name, entry, newest_first) for name, entry in _packaged().items()}
    _BUILT.appendleft((newest_first, built))
    return dict(built)


# Editions and schemas never change once made, so that the same editions (themselves, not their like) give the same.
_BUILT: deque[tuple[list[Edition], dict[str, LedgerSchema]]] = deque(maxlen=4)


@cache
def _packaged() -> Mapping[str, Any]:
    text = (resources.files("govnb.inputs") / "ledgers.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = load_packaged(text)
    return data


def _ledger(name: str, entry: Mapping[str, Any], editions: list[Edition]) -> LedgerSchema:
    columns = {code: _column(code, spec, editions) for code, spec in entry["columns"].items()}
    ids = tuple(code for code, column in columns.items() if column.type == "id")
    return LedgerSchema(
        name=name,
        label=entry["label"],
        columns=columns,
        begin=entry["begin"],
        unique=tuple(entry.get("unique", ids)),
        outcome=entry.get("outcome"),
        order=tuple((first, second) for first, second in entry.get("order", ())),
    )


def _column(code: str, spec: Mapping[str, Any], editions: list[Edition]) -> Column:
    iff = spec.get("iff")
    condition, condition_value = next(iter(iff.items())) if isinstance(iff, dict) else (iff, None)
    values, aliases = _allowed(spec, editions) if spec["type"] == "enum" else ({}, {})
    usual = spec.get("usual")
    return Column(
        code=code,
        header=spec["header"],
        type=spec["type"],
        required=spec.get("required", False),
        personal=spec.get("personal", False),
        public=spec.get("public", False),
        note=spec.get("note", ""),
        iff=condition,
        iff_value=condition_value,
        values=values,
        aliases=aliases or {fold_label(word): word for word in spec.get("known", ())},
        known=tuple(spec.get("known", ())),
        minimum=spec.get("min"),
        maximum=spec.get("max"),
        usual=(usual[0], usual[1]) if usual else None,
    )


def _allowed(spec: Mapping[str, Any], editions: list[Edition]) -> tuple[dict[str, str], dict[str, str]]:
    """Values and spellings of an enum: those of the editions, newest first, then those of ledgers.yaml itself."""
    values: dict[str, str] = {}
    spellings: dict[str, list[str]] = {}
    for edition in editions if "values_from" in spec else ():
        for code, (label, others) in _EDITION_VALUES[spec["values_from"]](edition).items():
            values.setdefault(code, label)
            spellings.setdefault(code, []).extend((label, *others))
    for code, label in spec.get("values", {}).items():
        values.setdefault(code, label)
        spellings.setdefault(code, []).append(label)
    return values, _aliases(spellings)


def _aliases(spellings: Mapping[str, list[str]]) -> dict[str, str]:
    """Folded spelling → code. Codes and official labels win; a shortened label that fits two codes counts for none."""
    aliases = {fold_label(text): code for code, texts in spellings.items() for text in reversed(texts)}
    aliases |= {fold_label(code): code for code in spellings}
    shortened: dict[str, set[str]] = {}
    for code, texts in spellings.items():
        for text in texts:
            bare = strip_numbering(text)
            for short in (bare, strip_brackets(bare), numbering(text) + strip_brackets(bare), fold(text)):
                for spelling in (short, short.replace("(", "").replace(")", "")):
                    shortened.setdefault(fold_label(spelling), set()).add(code)
    for spelling, codes in shortened.items():
        if _WORDS.search(spelling) and len(codes) == 1:
            aliases.setdefault(spelling, next(iter(codes)))
    return aliases


_Values = dict[str, tuple[str, tuple[str, ...]]]  # code → label and other spellings


def _applicant_types(edition: Edition) -> _Values:
    form = edition.applications
    return {
        code: (
            column.label,
            (f"{column.group}{column.label}", f"{column.group}（{column.label}）") if column.group else (),
        )
        for code, column in form.columns.items()
        if code != TOTAL
    }


def _outcomes(edition: Edition) -> _Values:
    """Result rows; also by number (三（三）1, （三）1) and with the name of their group before them."""
    form = edition.applications
    chapter = numbering(form.groups.get("results", ""))
    found: _Values = {}
    for code in form.outcomes:
        label = form.rows[code]
        group = form.groups.get(code.split(".")[0], "") if "." in code else ""
        number = numbering(group) + numbering(label)
        others = [number, chapter + number] if number else []
        if group:
            item = strip_numbering(label)
            others += [group + label, strip_numbering(group) + label, strip_numbering(group) + item]
        found[code] = (label, tuple(others))
    return found


def _documents(edition: Edition) -> _Values:
    """The rows of table 1's first block: kinds of documents that are made and kept in force."""
    return {code: (label, ()) for code, label in edition.disclosure.blocks[0].rows.items()}


def _decisions(edition: Edition) -> _Values:
    blocks = (block for block in edition.disclosure.blocks if "decisions" in block.columns)
    return {code: (label, ()) for block in blocks for code, label in block.rows.items()}


def _dispute_kinds(edition: Edition) -> _Values:
    """A block that stands alone is a kind; a group of blocks is one."""
    alone: _Values = {block.code: (block.label, ()) for block in edition.disputes.blocks if block.group is None}
    return alone | {code: (label, ()) for code, (label, _) in edition.disputes.groups.items()}


def _dispute_routes(edition: Edition) -> _Values:
    return {
        block.code: (block.label, (f"{block.group}{block.label}",)) for block in edition.disputes.blocks if block.group
    }


def _dispute_results(edition: Edition) -> _Values:
    return {code: (label, ()) for code, label in edition.disputes.columns.items() if code not in ("pending", TOTAL)}


_EDITION_VALUES = {
    "applications.columns": _applicant_types,
    "applications.outcomes": _outcomes,
    "disclosure.documents": _documents,
    "disclosure.decisions": _decisions,
    "disputes.kinds": _dispute_kinds,
    "disputes.routes": _dispute_routes,
    "disputes.results": _dispute_results,
}
