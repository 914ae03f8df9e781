"""What the tables have for a figure that the prose speaks of.

A figure is named by its id or a sum of some (``applications.new.total + applications.carried_in.total``). A cell that
the form has not makes the reading none; a blank one makes it unknown, never 0. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from govnb.checks.amounts import YUAN, in_yuan
from govnb.checks.cells import Number, Sheet, cell_name
from govnb.checks.model import Evidence
from govnb.counting.figures import Value, show
from govnb.form.edition import Edition
from govnb.prose.quantities import Quantity

FEE = "information_fee.yuan"
_LEGAL_PERSON, _LITIGATION = "legal_person", "litigation"


@dataclass(frozen=True)
class Reading:
    """``value`` as far as cells are filled; ``sure``: all of them are. ``name``: the cells as they are labelled.

    Money is in yuan, ``shown`` as the table prints it.
    """

    figure: str
    value: Decimal
    sure: bool
    name: str
    shown: str
    money: bool = False


@dataclass(frozen=True)
class Figures:
    """The tables of one report (and its information fee), asked by figure id."""

    sheet: Sheet
    fee: Value

    @classmethod
    def of(cls, evidence: Evidence) -> Figures:
        fee = evidence.figures.get(FEE)
        return cls(Sheet.of(evidence), fee.value if fee is not None else None)

    def readings(self, figures: Sequence[str]) -> list[Reading]:
        """Those of ``figures`` that this report's form has."""
        return [reading for figure in figures if (reading := self.reading(figure)) is not None]

    def reading(self, figure: str) -> Reading | None:
        value, sure, money, sign = Decimal(0), True, False, 1
        names: list[str] = []
        shown: list[str] = []
        for word in figure.split():
            if word in "+-":
                sign = 1 if word == "+" else -1
                shown.append(word)
                continue
            cells = self._cells(word)
            if cells is None:
                return None
            known = [cell for cell in cells.values if cell is not None]
            value += sign * sum(known, Decimal(0))
            sure = sure and len(known) == len(cells.values)
            names.append(("" if not names else "+" if sign > 0 else "-") + cells.name)
            shown.append(cells.shown)
            money = cells.money
        return Reading(figure, value, sure, "".join(names), " ".join(shown), money)

    def _cells(self, figure: str) -> _Cells | None:
        if figure == FEE:
            value = Decimal(self.fee) if isinstance(self.fee, Number) else None
            return _Cells("信息处理费", (value,), show(self.fee), True) if self.fee is not None else None
        table, *rows, column = figure.split(".")
        row = ".".join(rows)
        edition = self.sheet.edition
        places = self._places(table, row, column, edition)
        if not places:
            return None
        if table == "disclosure" and column == "amount":
            amount = self.sheet.value(table, row, column)
            yuan = in_yuan(amount, edition.column_label(table, row, column))
            return _Cells(cell_name(edition, table, row, column), (yuan,), show(amount), True)
        values = tuple(
            Decimal(found) if isinstance(found := self.sheet.value(*place), Number) else None for place in places
        )
        total = sum((value for value in values if value is not None), Decimal(0))
        name = cell_name(edition, *places[0]) if len(places) == 1 else _group_name(edition, table, row, column, places)
        return _Cells(name, values, show(total) if any(v is not None for v in values) else "", False)

    def _places(self, table: str, row: str, column: str, edition: Edition) -> list[tuple[str, str, str]]:
        """The cells that a figure stands for: one, or those of a group of rows, blocks or columns."""
        sheet = self.sheet
        if table == "disputes" and row == _LITIGATION:
            rows = [block.code for block in edition.disputes.blocks if block.group]
        elif table == "applications" and row not in edition.applications.rows and not sheet.prints(table, row, column):
            rows = list(edition.applications.items(row))
        else:
            rows = [row]
        columns = [column]
        if table == "applications" and column == _LEGAL_PERSON:
            columns = [code for code, found in edition.applications.columns.items() if found.group]
        known = edition.rows(table)
        return [
            (table, code, name)
            for code in rows
            for name in columns
            if name in known.get(code, ()) or sheet.prints(table, code, name)
        ]


@dataclass(frozen=True)
class _Cells:
    name: str
    values: tuple[Decimal | None, ...]
    shown: str
    money: bool


def _group_name(edition: Edition, table: str, row: str, column: str, places: Sequence[tuple[str, str, str]]) -> str:
    """A group by its own label where it has one, else its first and last cell."""
    if table == "applications" and row in edition.applications.groups and column != _LEGAL_PERSON:
        return cell_name(edition, table, row, column)
    return f"{cell_name(edition, *places[0])}至{cell_name(edition, *places[-1])}"


def fits(quantity: Quantity, reading: Reading) -> bool:
    """Whether a printed number is this one: exactly, or rounded or cut where it is printed in a larger unit."""
    if not reading.money:
        return quantity.value == reading.value or (
            quantity.step > 1 and abs(quantity.value - reading.value) < quantity.step
        )
    factor = YUAN.get(quantity.unit)
    if factor is None:
        return False
    return (
        abs(quantity.value * factor - reading.value) < quantity.step * factor
        or quantity.value * factor == reading.value
    )
