"""Misprints in the labels that head no single row or column: clauses, groups, the heads over several columns.

Rows and columns are aligned elsewhere; nothing is read by these labels, so a misprint in one is told and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from govnb.audit.alignment import label_key, similarity
from govnb.audit.cells import looks_like_label
from govnb.audit.raw import RawTable
from govnb.checks.model import Deviation
from govnb.form.edition import TABLES, Edition

_NEAR = 0.75


def structure_labels(edition: Edition, table: str) -> list[tuple[str, str]]:
    """(axis, label) of each label of the table that stands over several rows or columns."""
    if table == "disclosure":
        form = edition.disclosure
        return [("column", form.row_header), *(("row", block.clause) for block in form.blocks)]
    if table == "applications":
        groups = {column.group for column in edition.applications.columns.values() if column.group}
        heads = [*sorted(groups), edition.applications.header, edition.applications.note]
        return [*(("column", head) for head in heads), *(("row", g) for g in edition.applications.groups.values())]
    blocks = edition.disputes.blocks
    return [("column", text) for text in dict.fromkeys(t for b in blocks for t in (b.group, b.label) if t)]


def misprinted(
    tables: Sequence[RawTable], used: Iterable[int], table: str, edition: Edition, forms: Sequence[Edition]
) -> Iterator[Deviation]:
    """Each printed label of the raw tables ``used`` that is nearly one of these, and exactly none of any form's."""
    known = {label_key(label) for form in forms for label in _every_label(form)}
    structure = structure_labels(edition, table)
    texts = dict.fromkeys(cell.text for at in sorted(used) for row in tables[at].rows for cell in row)
    for text in texts:
        key = label_key(text)
        if not looks_like_label(text) or not key or key in known:
            continue
        near = [(similarity(label, text), axis, label) for axis, label in structure]
        alike, axis, label = max(near, default=(0.0, "row", ""))
        rows = max((similarity(known_row, text) for known_row in _every_label(edition)), default=0.0)
        if _NEAR <= alike < 1 and alike >= rows and not label_key(label).startswith(key):
            yield Deviation(table, "renamed", axis, label, text)


def _every_label(edition: Edition) -> Iterator[str]:
    for table in TABLES:
        for row, columns in edition.rows(table).items():
            yield edition.label(table, row)
            for column in columns:
                yield edition.column_label(table, row, column)
        yield from (label for _, label in structure_labels(edition, table))
    yield from (column.label for column in edition.applications.columns.values())
