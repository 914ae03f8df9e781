"""The arithmetic of the form: every identity that the edition states, over one report or over two years.

Generic: which cells, which axis and how severe is the edition's business; no id and no code of a rule stands here but
for the description in the list of checks. How blanks are taken:

- a blank 总计, or a blank that is a side of the equation by itself, is not 0: that place is not assessable;
- a blank elsewhere counts as nothing, unless nothing but 总计 is filled, and unless the crossing identity (the row's
  for a column) shows that the blank holds something: then the place is not assessable instead of wrong;
- over two years a blank never makes a failure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from govnb.checks.cells import Number, Sheet, column_name, is_total, row_name, short_cell
from govnb.checks.check import OTHER_FORM, Check, Tally
from govnb.checks.model import Evidence
from govnb.counting.figures import Value, show
from govnb.errors import Text
from govnb.form.edition import TOTAL, packaged_editions
from govnb.form.identity import Identity, Term

_BLANK_TOTAL = Text("总计为空白", "the total is blank")
_BLANK_SIDE = Text("须比较的一格为空白", "a cell that has to be compared is blank")
_ONLY_TOTAL = Text("除总计外均为空白", "nothing but totals is filled")
_TEXT = Text("含有不是数的内容", "a cell is not a number")
_UNREADABLE = Text("有单元格不能识别", "a cell could not be read")
_ABSENT = Text("表中没有须核对的行或列", "a row or column that is needed is not in the table")
_BLANK_HOLDS = Text("有空白格，按交叉的合计它不为0", "a blank cell holds something by the crossing total")
_BLANK_YEARS = Text("两年中有空白格", "a cell of the two years is blank")
_NO_TABLE = Text("没有这张表，或者表格不可读", "the table is missing or can't be read")

# One line for the list of checks; an identity that only a workspace's own form has is described by its rule.
_DESCRIPTIONS = {
    "applications.balance": Text(
        "新收与上年结转之和，等于办理结果总计与结转下年度之和",
        "new and carried in equal answered and carried out",
    ),
    "applications.results": Text(
        "各项办理结果之和等于总计",
        "the outcomes add up to their total",
    ),
    "applications.columns": Text(
        "各类申请人之和等于总计",
        "the kinds of applicants add up to the total",
    ),
    "disputes.total": Text(
        "复议、诉讼各项结果之和等于总计",
        "results of reviews and lawsuits add up to their totals",
    ),
    "cross_year.carried": Text(
        "本年的上年结转等于上年的结转下年度",
        "carried in equals what last year carried out",
    ),
    "cross_year.in_force": Text(
        "现行有效件数等于上年的加制发减废止",
        "in force equals last year's plus issued less repealed",
    ),
    "cross_year.pending": Text(
        "上年尚未审结的不多于本年总计",
        "last year's pending cases are within this year's total",
    ),
    "cross_year.items": Text(
        "上一年项目数量等于上年的数量加增减",
        "previous items equal last year's plus their change",
    ),
    "cross_year.disclosed_total": Text(
        "对外公开总数量等于上年的加本年新公开",
        "disclosed in all equals last year's plus this year's",
    ),
}


@dataclass(frozen=True)
class Operand:
    """One cell of an identity. ``alone``: it is a side of the equation by itself."""

    row: str
    column: str
    value: Value
    printed: bool
    readable: bool
    alone: bool

    @property
    def total(self) -> bool:
        return is_total(self.row, self.column)


@dataclass(frozen=True)
class Summand:
    """A term of the rule with its cells: one, or several for ``sum of A … B``."""

    term: Term
    operands: tuple[Operand, ...]

    @property
    def value(self) -> Number:
        """Sum of the cells without the sign of the term; blanks count as nothing."""
        total: Number = 0
        for operand in self.operands:
            if operand.value is not None and not isinstance(operand.value, str):
                total += operand.value
        return total


Side = tuple[Summand, ...]


@dataclass(frozen=True)
class Instance:
    """An identity at one place: one column, row or block."""

    key: str
    where: str
    left: Side
    right: Side

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(operand for summand in (*self.left, *self.right) for operand in summand.operands)

    @property
    def difference(self) -> Number:
        return side_value(self.left) - side_value(self.right)

    @property
    def blanks(self) -> list[Operand]:
        return [operand for operand in self.operands if operand.value is None]

    def wanting(self, row: str, column: str) -> Number:
        """What the cell would have to hold, were it blank, for the equation to hold; 0 where it has no part in it."""
        for side, weight in ((self.left, 1), (self.right, -1)):
            for summand in side:
                if any((operand.row, operand.column) == (row, column) for operand in summand.operands):
                    return -self.difference * weight * summand.term.sign
        return 0


def side_value(side: Side) -> Number:
    total: Number = 0
    for summand in side:
        total += summand.term.sign * summand.value
    return total


def identity_checks() -> list[Check]:
    """The identities of all packaged editions for the list of checks, one entry for each id."""
    found: dict[str, Check] = {}
    for _, edition in sorted(packaged_editions().items(), reverse=True):
        for identity in edition.identities:
            found.setdefault(identity.id, identity_check(identity, edition.authority))
    return sorted(found.values(), key=lambda check: "previous" in check.needs)


def identity_check(identity: Identity, authority: str) -> Check:
    def function(evidence: Evidence, tally: Tally) -> None:
        check_identity(identity, evidence, tally)

    needs = ("tables", "previous") if identity.compares_years else ("tables",)
    what = _DESCRIPTIONS.get(identity.id, Text(identity.rule, identity.rule))
    return Check(identity.id, identity.severity, what, authority, function, needs)


def check_identity(identity: Identity, evidence: Evidence, tally: Tally) -> None:
    """One identity at every place of its axis."""
    previous = evidence.previous
    sheets = {0: Sheet.of(evidence)}
    if identity.compares_years:
        assert previous is not None  # Check.needs
        if previous.edition.number != evidence.edition.number and not identity.across_editions:
            tally.not_assessable("", OTHER_FORM)
            return
        sheets[1] = Sheet.of(previous, evidence.edition)
    if any(not sheet.tables.get(identity.table) for sheet in sheets.values()):
        tally.not_assessable("", _NO_TABLE)
        return
    crossing = _crossing(identity, sheets[0])
    for instance in instances(identity, sheets):
        reason = unknown_reason(identity, instance, crossing)
        if reason is not None:
            tally.not_assessable(instance.where, reason)
        elif holds(identity, instance):
            tally.passed()
        else:
            _fail(identity, instance, sheets[0], tally)


def instances(identity: Identity, sheets: dict[int, Sheet]) -> Iterator[Instance]:
    """The places where an identity is to hold."""
    table, edition = identity.table, sheets[0].edition
    if identity.axis in (None, "column"):
        for column in (TOTAL,) if identity.axis is None else _common_columns(sheets[0], identity):
            yield Instance(column, column_name(edition, table, column), *_sides(identity, column, sheets))
        return
    for row, columns in sheets[0].rows(table).items():
        if all(code in columns for code in identity.codes):
            yield Instance(row, row_name(edition, table, row), *_sides(identity, row, sheets))


def _common_columns(sheet: Sheet, identity: Identity) -> tuple[str, ...]:
    """Columns that all rows of an identity have (the blocks of table 1 differ in columns)."""
    rows = sheet.edition.rows(identity.table)
    return tuple(column for column in rows[identity.codes[0]] if all(column in rows[code] for code in identity.codes))


def _sides(identity: Identity, key: str, sheets: dict[int, Sheet]) -> tuple[Side, Side]:
    left, right = (
        tuple(Summand(term, _operands(identity, term, key, sheets, alone=_single(side))) for term in side)
        for side in (identity.left, identity.right)
    )
    return left, right


def _single(side: tuple[Term, ...]) -> bool:
    return len(side) == 1 and len(side[0].codes) == 1


def _operands(
    identity: Identity, term: Term, key: str, sheets: dict[int, Sheet], *, alone: bool
) -> tuple[Operand, ...]:
    by_column = identity.axis in (None, "column")
    sheet = sheets[term.years_before]
    codes = sheet.printed_rows(term.codes) if by_column and identity.table == "applications" else term.codes
    found: list[Operand] = []
    for code in codes:
        row, column = (code, key) if by_column else (key, code)
        at = (identity.table, row, column)
        readable = at not in sheet.unreadable
        found.append(Operand(row, column, sheet.value(*at), sheet.prints(*at), readable, alone))
    return tuple(found)


def holds(identity: Identity, instance: Instance) -> bool:
    return instance.difference <= 0 if identity.operator == "<=" else instance.difference == 0


def unknown_reason(identity: Identity, instance: Instance, crossing: dict[str, list[Instance]]) -> Text | None:
    """Why the place is not assessable, or None where it is."""
    operands = instance.operands
    if any(not operand.readable for operand in operands):
        return _UNREADABLE
    if any(isinstance(operand.value, str) for operand in operands):
        return _TEXT
    others = [operand for operand in operands if not operand.total]
    if others and all(operand.value is None for operand in others):
        return _ABSENT if not any(operand.printed for operand in others) else _ONLY_TOTAL
    if any(operand.total for operand in instance.blanks):
        return _BLANK_TOTAL
    if any(operand.alone for operand in instance.blanks):
        return _BLANK_SIDE
    if holds(identity, instance):
        return None
    if any(not operand.printed for operand in operands):
        return _ABSENT
    if instance.blanks and identity.compares_years:
        return _BLANK_YEARS
    return _BLANK_HOLDS if any(_holds_something(blank, crossing) for blank in instance.blanks) else None


def _crossing(identity: Identity, sheet: Sheet) -> dict[str, list[Instance]]:
    """Places of the identities that cross this one in the same table: columns for rows, rows for columns."""
    if identity.table != "applications" or identity.compares_years:
        return {}
    found: dict[str, list[Instance]] = {}
    for other in sheet.edition.identities:
        crosses = other.table == identity.table and {other.axis, identity.axis} == {"row", "column"}
        if crosses and not other.compares_years and other.operator == "==":
            for instance in instances(other, {0: sheet}):
                found.setdefault(instance.key, []).append(instance)
    return found


def _holds_something(blank: Operand, crossing: dict[str, list[Instance]]) -> bool:
    """Whether a crossing sum is short of its total just where the blank stands."""
    for key in (blank.row, blank.column):
        for instance in crossing.get(key, []):
            usable = all(o.readable and not isinstance(o.value, str) for o in instance.operands)
            if usable and not any(o.total for o in instance.blanks) and instance.wanting(blank.row, blank.column) > 0:
                return True
    return False


def _fail(identity: Identity, instance: Instance, sheet: Sheet, tally: Tally) -> None:
    left, right = side_value(instance.left), side_value(instance.right)
    left_text, right_text = (_side_text(identity, side, sheet) for side in (instance.left, instance.right))
    blanks = Text("（空白按无计）", " (blanks count as nothing)") if instance.blanks else Text("", "")
    if identity.operator == "<=":
        message = Text(
            f"{left_text.zh}，不应多于{right_text.zh}{blanks.zh}",
            f"{left_text.en} must not be more than {right_text.en}{blanks.en}",
        )
        tally.failed(instance.where, message, f"≥{show(left)}", show(right))
        return
    message = Text(
        f"{left_text.zh}，而{right_text.zh}，两者应当相等{blanks.zh}",
        f"{left_text.en}, but {right_text.en}; they must be equal{blanks.en}",
    )
    # What is printed is the side that is a single cell of this year; the other side says what it should be.
    swap = _printed_now(identity.left) and not _printed_now(identity.right)
    expected, actual = (right, left) if swap else (left, right)
    tally.failed(instance.where, message, show(expected), show(actual))


def _printed_now(side: tuple[Term, ...]) -> bool:
    return _single(side) and side[0].years_before == 0


def _side_text(identity: Identity, side: Side, sheet: Sheet) -> Text:
    """A side with its numbers: “新收”70加“结转”0等于70."""
    zh, en = "", ""
    for summand in side:
        said = _summand_text(identity, summand, sheet)
        if zh:
            zh += "减" if summand.term.sign < 0 else "加"
            en += " - " if summand.term.sign < 0 else " + "
        zh, en = zh + said.zh, en + said.en
    if len(side) > 1:
        zh, en = f"{zh}等于{show(side_value(side))}", f"{en} = {show(side_value(side))}"
    return Text(zh, en)


def _summand_text(identity: Identity, summand: Summand, sheet: Sheet) -> Text:
    first, last = summand.operands[0], summand.operands[-1]
    value = show(summand.value)
    year_zh, year_en = ("上一年度", "last year's ") if summand.term.years_before else ("", "")
    if first is last:
        name = _operand_name(identity, first, sheet)
        return Text(f"{year_zh}{name}{value}", f"{year_en}{name} {value}")
    names = _operand_name(identity, first, sheet), _operand_name(identity, last, sheet)
    return Text(f"{year_zh}{names[0]}至{names[1]}之和{value}", f"{year_en}sum of {names[0]} to {names[1]} {value}")


def _operand_name(identity: Identity, operand: Operand, sheet: Sheet) -> str:
    row, column = short_cell(sheet.edition, identity.table, operand.row, operand.column)
    return row if identity.axis in (None, "column") else column.removesuffix("列")
