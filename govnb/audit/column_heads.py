"""Which column of the form each printed column is, by its head and, where a head is damaged, by its place.

A head in another place is followed; heads of which two can't be told are not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from govnb.audit.alignment import LEAST, label_key, likest, similarity
from govnb.audit.cells import is_blank, looks_like_label
from govnb.audit.raw import RawTable
from govnb.checks.model import Deviation
from govnb.form.edition import Edition
from govnb.inputs.folding import fold

_SURE = 0.85
_UNIT = re.compile(r"\(?(?:单位[:：]?)?([十百千万亿]*元)\)?$")


def column_order(
    table: str, labels: Mapping[str, str], heads: Sequence[str], deviations: list[Deviation]
) -> list[str] | None:
    """Column codes in the order of ``heads``, as many as ``labels``; None where it can't be told.

    ``labels``: code → official label. What departs from the form is added to ``deviations``.
    """
    codes = list(labels)
    found: list[str | None] = []
    for head in heads:
        at = likest(list(labels.values()), head)
        found.append(codes[at] if at is not None else None)
    if len(heads) != len(codes):
        for code in codes:
            if code not in found:
                deviations.append(Deviation(table, "missing", "column", labels[code], None))
        for head, known in zip(heads, found, strict=True):
            if known is None:
                deviations.append(Deviation(table, "extra", "column", None, head))
        return None
    order = _by_elimination(codes, found)
    if order is None:
        unknown = next((h for h, known in zip(heads, found, strict=True) if known is None), heads[0])
        deviations.append(Deviation(table, "renamed", "column", None, unknown))
        return None
    for code, head in zip(order, heads, strict=True):
        if similarity(labels[code], head) < 1:
            deviations.append(Deviation(table, "renamed", "column", labels[code], head or None))
    if order != codes:
        moved = next(head for code, right, head in zip(order, codes, heads, strict=True) if code != right)
        deviations.append(Deviation(table, "moved", "column", None, moved))
    return None if _other_units(labels, order, heads) else order


def _by_elimination(codes: Sequence[str], found: Sequence[str | None]) -> list[str] | None:
    """One head that is not known is the column that is left, if that one is printed in this place in the form."""
    known = [code for code in found if code is not None]
    left = [code for code in codes if code not in known]
    if len(set(known)) != len(known) or len(left) > 1:
        return None
    if left and found.index(None) != list(codes).index(left[0]):
        return None
    return [code if code is not None else left[0] for code in found]


def _other_units(labels: Mapping[str, str], order: Sequence[str], heads: Sequence[str]) -> bool:
    """A head that says 元 where the form says 万元: the numbers are not what they seem."""
    for code, head in zip(order, heads, strict=True):
        wanted, printed = _UNIT.search(fold(labels[code])), _UNIT.search(fold(head))
        if wanted and printed and wanted.group(1) != printed.group(1):
            return True
    return False


def applications_order(
    tables: Sequence[RawTable], home: Sequence[int], edition: Edition, deviations: list[Deviation]
) -> dict[int, list[str] | None]:
    """Raw table → column codes of table 2 from left to right. A piece without heads goes on as the piece before it."""
    labels = {code: column.label for code, column in edition.applications.columns.items()}
    order: list[str] | None = list(labels)
    told: list[str] | None = None
    found: dict[int, list[str] | None] = {}
    for number in home:
        heads = _heads(tables[number], edition)
        if heads is not None and [label_key(h) for h in heads] != [label_key(h) for h in told or ()]:
            order = column_order("applications", labels, heads, deviations)
            told = heads
        found[number] = order
    return found


def _heads(table: RawTable, edition: Edition) -> list[str] | None:
    """The heads of the columns from left to right, or None where the table prints none.

    They stand in two rows: 自然人, a group over five columns, 总计; the five heads of the group one row lower. A blank
    head keeps its place.
    """
    form = edition.applications.columns
    labels, groups = [column.label for column in form.values()], {c.group for c in form.values() if c.group}
    upper: list[str] = []
    for row in table.rows:
        texts = [cell.text for cell in row]
        hits = [at for at, text in enumerate(texts) if _is_one_of(labels, text)]
        if any(not looks_like_label(text) and not is_blank(text) for text in texts):
            continue
        if any(_is_one_of(groups, text) for text in texts):
            start = hits[0] if hits else next(at for at, text in enumerate(texts) if _is_one_of(groups, text))
            upper = texts[start:]
        elif len(hits) >= min(3, len(labels)):
            lower = texts[-len(labels) :] if not upper else texts
            return _without_blanks(list(_joined(upper, lower, groups)) if upper else lower, len(labels))
    return None


def _joined(upper: Sequence[str], lower: Sequence[str], groups: set[str]) -> Iterator[str]:
    for text in upper:
        if _is_one_of(groups, text):
            yield from lower
        else:
            yield text


def _without_blanks(heads: list[str], width: int) -> list[str]:
    filled = [head for head in heads if not is_blank(head)]
    return filled if len(heads) != width and len(filled) == width else heads


def _is_one_of(labels: Sequence[str] | set[str], text: str) -> bool:
    return any(similarity(label, text) >= max(_SURE, LEAST) for label in labels)
