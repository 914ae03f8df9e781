"""Whether the equations of the form bear out numbers that were read with some doubt. Judges no report.

Used where a table has no ruled lines, a row an odd number of cells, or a table was recognised from a picture: what is
read is kept only if every equation that touches it holds with all its cells filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from govnb.audit.table_match import TableMatch
from govnb.checks.cells import Number, Sheet
from govnb.checks.identities import Instance, holds, instances
from govnb.form.edition import Edition
from govnb.form.identity import Identity

_Cell = tuple[str, str]  # row, column
_DIGITS = "0123456789"
_MOST_WRONG = 0.25  # of the equations whose cells are all read


def table_is_confirmed(match: TableMatch, edition: Edition, table: str) -> bool:
    """Every equation of the table holds at every place, and no cell is blank or unread."""
    if match.unreadable or any(value is None for cells in match.values.values() for value in cells.values()):
        return False
    return all(_filled(place) and holds(identity, place) for identity, place in _places(match, edition, table))


def row_is_confirmed(match: TableMatch, edition: Edition, table: str, row: str) -> bool:
    """Every equation along the row holds; False where there is none. Blanks count as nothing, but not a blank total."""
    found = [(i, place) for i, place in _places(match, edition, table) if i.axis == "row" and place.key == row]
    return bool(found) and all(
        holds(identity, place) and all(operand.readable for operand in place.operands) and _total_filled(place)
        for identity, place in found
    )


def confirmed_cells(match: TableMatch, edition: Edition, table: str) -> frozenset[tuple[str, str]]:
    """The cells (row, column) of a recognised table that the equations bear out one by one.

    Every equation through the cell holds with all its cells filled, one along the row and one down the column, and
    none through their totals is contradicted. (With one equation alone two misreadings make up for each other: nothing
    is taken of a table that has no others.) A digit is not borne out where those equations would hold as well had every
    one of its kind in them been read wrongly: 1 = 1 holds with 7 too. Where many equations are contradicted, the
    reading is bad throughout and nothing is taken.
    """
    equations = [_Equation(i, place) for i, place in _places(match, edition, table) if i.operator == "=="]
    through: dict[_Cell, list[_Equation]] = {}
    for equation in equations:
        for cell in equation.weights:
            through.setdefault(cell, []).append(equation)
    values = _numbers(match)
    read = [equation for equation in equations if equation.is_read(values)]
    wrong = {id(equation) for equation in read if not equation.holds(values)}
    if len(wrong) > _MOST_WRONG * len(read):
        return frozenset()

    def is_confirmed(cell: _Cell) -> bool:
        touching = through[cell]
        if {e.along_row for e in touching} != {True, False} or not all(e.holds(values) for e in touching):
            return False
        above = (other for e in touching for total in e.totals for other in through[total])
        return not any(id(e) in wrong for e in above) and not _could_be_another(cell, touching, values)

    return frozenset(filter(is_confirmed, through))


def _numbers(match: TableMatch) -> dict[_Cell, Number]:
    """What was read, by row and column; an amount with a unit is none."""
    unread = {cell[1:] for cell in match.unreadable}
    cells = ((row, column, value) for row, cells in match.values.items() for column, value in cells.items())
    return {(row, column): v for row, column, v in cells if isinstance(v, Number) and (row, column) not in unread}


def _could_be_another(cell: _Cell, equations: Sequence[_Equation], values: Mapping[_Cell, Number]) -> bool:
    """Whether the equations also hold with another digit everywhere in the place of one of the cell's."""
    near = {at: values[at] for equation in equations for at in equation.weights}
    for digit in sorted(set(str(values[cell])).intersection(_DIGITS)):
        for other in _DIGITS.replace(digit, ""):
            changed = {at: type(value)(str(value).replace(digit, other)) for at, value in near.items()}
            if all(equation.holds(changed) for equation in equations):
                return True
    return False


class _Equation:
    """An equation at one place as weights of its cells, which add up to nothing where it holds."""

    def __init__(self, identity: Identity, place: Instance) -> None:
        self.along_row = identity.axis in ("row", "block")
        self.weights: dict[_Cell, int] = {}
        self.totals = [(operand.row, operand.column) for operand in place.operands if operand.total]
        for side, sign in ((place.left, 1), (place.right, -1)):
            for summand in side:
                for operand in summand.operands:
                    cell = (operand.row, operand.column)
                    self.weights[cell] = self.weights.get(cell, 0) + sign * summand.term.sign

    def is_read(self, values: Mapping[_Cell, Number]) -> bool:
        return self.weights.keys() <= values.keys()

    def holds(self, values: Mapping[_Cell, Number]) -> bool:
        """False where a cell was not read."""
        return self.is_read(values) and sum(weight * values[cell] for cell, weight in self.weights.items()) == 0


def _places(match: TableMatch, edition: Edition, table: str) -> Iterator[tuple[Identity, Instance]]:
    sheet = Sheet(edition, {table: match.values}, frozenset(match.unreadable))
    for identity in edition.identities:
        if identity.table == table and not identity.compares_years:
            for place in instances(identity, {0: sheet}):
                yield identity, place


def _filled(place: Instance) -> bool:
    return all(operand.readable and isinstance(operand.value, Number) for operand in place.operands)


def _total_filled(place: Instance) -> bool:
    return all(isinstance(operand.value, Number) for operand in place.operands if operand.total)
