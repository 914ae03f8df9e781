"""The figures that a published report's tables give: the same ids as our own, for the checks of the text.

A figure of a blank or unread cell has no value; a sum of which a part has none has none either.
"""

from __future__ import annotations

from collections.abc import Iterator

from govnb.checks.model import TableValues
from govnb.counting.figures import Figure, Figures, Value
from govnb.counting.tables import add_cells
from govnb.form.edition import TABLES, TOTAL, Edition


def table_figures(edition: Edition, tables: TableValues) -> Figures:
    """Id → figure: every cell of the form, the groups of outcomes, both routes of lawsuits, applications received."""
    return {figure.id: figure for figure in (*_cells(edition, tables), *_sums(edition, tables))}


def _cells(edition: Edition, tables: TableValues) -> Iterator[Figure]:
    for table in TABLES:
        rows = dict(edition.rows(table))
        groups = {"applications": edition.applications.groups}.get(table, {})
        extra = [row for row in tables.get(table, {}) if row not in rows and row in groups]
        rows |= {row: tuple(edition.applications.columns) for row in extra}  # 2019's row for a whole group
        for row, columns in rows.items():
            for column in columns:
                some = row if row in edition.rows(table) else next(iter(edition.rows(table)))
                label = f"{edition.label(table, row)}（{edition.column_label(table, some, column)}）"
                value = tables.get(table, {}).get(row, {}).get(column)
                yield Figure(f"{table}.{row}.{column}", value, label, _unit(table, column))


def _unit(table: str, column: str) -> str:
    if table == "disputes":
        return "宗"
    return "万元" if column == "amount" else "件"


def _sums(edition: Edition, tables: TableValues) -> Iterator[Figure]:
    form, rows = edition.applications, tables.get("applications", {})
    for group in form.outcome_groups:
        for column in form.columns if group not in rows else ():
            parts = [rows.get(item, {}).get(column) for item in form.items(group)]
            label = f"{form.groups[group]}（{form.columns[column].label}）"
            yield Figure(f"applications.{group}.{column}", _sum(parts), label, "件")
    blocks = tables.get("disputes", {})
    for code, (group_label, members) in edition.disputes.groups.items():
        for column, label in edition.disputes.columns.items() if code not in members else ():
            parts = [blocks.get(member, {}).get(column) for member in members]
            yield Figure(f"disputes.{code}.{column}", _sum(parts), f"{group_label}（{label}）", "宗")
    received = _sum([rows.get(row, {}).get(TOTAL) for row in ("new", "carried_in")])
    if received is not None:
        yield Figure("applications.received", received, "本年收到（含上年结转）的政府信息公开申请", "件")


def _sum(parts: list[Value]) -> Value:
    return None if not parts or any(part is None for part in parts) else add_cells(parts)
