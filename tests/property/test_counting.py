"""Tables and figures of any ledgers equal a slow count of the same rows, one row at a time (tests/oracle.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.counting.book import Book
from govnb.counting.catalogue import Catalogue, Sources, build_catalogue
from govnb.counting.fees import to_wan_yuan
from govnb.counting.tables import Tables, count_tables
from govnb.form.edition import TABLES, Edition, packaged_editions, parse_editions
from govnb.inputs.schema import Column, build_schemas
from tests import oracle
from tests.forms import edition_2027, packaged_texts
from tests.ledger_rows import SCHEMAS, book, labels

Row = dict[str, Any]
Ledgers = dict[str, list[Row]]

# Invented: the second kind of decisions and an outcome have other codes, one block more of decisions, and a group of
# lawsuits that has one block only.
INVENTED = """\
edition: 2030
authority: 国办公开办函〔2030〕1号
years: [2019, null]
base: 2021
tables:
  disclosure:
    blocks:
      - clause: 第二十条第（一）项
        columns: {made: 本年新制作数量, repealed: 本年废止件数, in_force: 现行有效件数, disclosed: 本年新公开数量}
        rows: {rules: 规章, normative_documents: 行政规范性文件}
      - clause: 第二十条第（五）项
        columns: {decisions: 本年处理决定数量}
        rows: {permits: 行政许可}
      - clause: 第二十条第（八）项
        columns: {amount: 本年收费金额（单位：万元）}
        rows: {fees: 行政事业性收费}
      - clause: 第二十条第（十一）项
        columns: {decisions: 本年处理决定数量, previous_items: 上一年项目数量}
        rows: {confirmations: 行政确认, awards: 行政奖励}
  applications:
    rows_replaced: {denied: （三）不予公开, granted: （一）全部公开}
  disputes:
    blocks:
      - {code: review, label: 行政复议}
      - {code: litigation_direct, label: 未经复议直接起诉, group: 行政诉讼}
identities: []
"""

FORMS: Mapping[str, Edition] = {
    "2019": packaged_editions()[2019],
    "2021": packaged_editions()[2021],
    "2027": edition_2027(),
    "2030": parse_editions({**packaged_texts(), "2030": ("editions/2030.yaml", INVENTED)})[2030],
}
# Outcomes, kinds and routes of all of them: a ledger spans years and is counted by each year's own form.
ALL = build_schemas({int(number): edition for number, edition in FORMS.items()})
CASES = [("2019", 2019), ("2019", 2020), ("2021", 2021), ("2021", 2022), ("2027", 2021), ("2030", 2022)]

# Years turn over on these days, where a wrong < shows.
_TURNS = [date(year, 12, 31) + timedelta(days=n) for year in range(2017, 2023) for n in (-1, 0, 1, 2)]
_dates = st.sampled_from(_TURNS) | st.dates(date(2017, 6, 1), date(2023, 6, 30))
_words = st.sampled_from(["甲", "乙", "丙", "denied", "100%"])
# Words that would take the id of another figure.
_own = st.sampled_from(["自设", "total", "opened", "甲.乙"])
# Hypothesis likes small numbers; amounts of many digits are where a float or a rounding context shows.
_long = st.sampled_from(
    [Decimal("242523110.82"), Decimal("999999999999.9999999999"), Decimal(10) ** 27 + Decimal("0.1")]
)
_yuan = st.decimals(Decimal(0), Decimal(999), places=2) | st.decimals(Decimal(0), Decimal(9), places=10) | _long


def _cells(ledger: str, column: Column) -> st.SearchStrategy[Any]:
    if column.type == "date":
        cells: st.SearchStrategy[Any] = _dates
    elif column.type == "enum":
        cells = st.sampled_from(list(column.values))
    elif column.type == "enum-open":
        cells = st.sampled_from(list(column.known)) | _own
    elif column.type == "int":
        cells = st.integers(2017, 2023) if column.code == "year" else st.integers(0, 45) | st.integers(0, 12_000_000)
        if column.code in ("excluded_days", "extension_days", "delay_days"):
            cells = st.integers(0, 45)
    elif column.type == "decimal":
        cells = _yuan | _yuan.map(lambda yuan: -yuan) if (ledger, column.code) == ("fees", "amount_yuan") else _yuan
    elif column.type == "bool":
        cells = st.booleans()
    else:
        cells = _words
    return cells if column.required else st.none() | cells


def _ledger(name: str) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries({c.code: _cells(name, c) for c in ALL[name].kept}), max_size=7)


def _ledgers(*names: str) -> st.SearchStrategy[Ledgers]:
    """Some of the ledgers; one that an agency does not keep is not there."""
    return st.fixed_dictionaries({}, optional={name: _ledger(name) for name in names})


_of_tables = _ledgers("applications", "documents", "decisions", "fees", "disputes")
_of_prose = _ledgers(*(name for name in SCHEMAS if name not in ("decisions", "fees", "disputes")))


# Six forms and years of forty ledgers each say more than one of a hundred.
few = settings(max_examples=40)


def catalogue_of(edition: Edition, year: int, ledgers: Book, tables: Tables, target: int | None = 10) -> Catalogue:
    return build_catalogue(Sources(edition, year, ledgers, tables, target_days=target), tables)


def assert_equal(found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Keys, values and types: a count is an int, never a Decimal or a numpy number."""
    assert found.keys() == expected.keys()
    wrong = {key: (found[key], expected[key]) for key in expected if found[key] != expected[key]}
    assert not wrong
    assert {type(value) for value in found.values()} <= {int, Decimal, type(None)}


@pytest.mark.parametrize(("form", "year"), CASES)
@few
@given(_of_tables)
def test_tables_equal_the_oracle(form: str, year: int, ledgers: Ledgers) -> None:
    edition = FORMS[form]
    values = count_tables(edition, year, book(ledgers, schemas=ALL), None).values()
    expected = oracle.count_tables(ledgers, edition, year)
    for table in TABLES:
        cells = {(row, column): value for row, line in values[table].items() for column, value in line.items()}
        wanted = {(row, column): value for row, line in expected[table].items() for column, value in line.items()}
        assert_equal(
            {".".join(cell): value for cell, value in cells.items()}, {".".join(c): v for c, v in wanted.items()}
        )


@pytest.mark.parametrize(("form", "year"), CASES)
@few
@given(_of_tables, st.none() | st.integers(0, 25))
def test_table_figures_equal_the_oracle(form: str, year: int, ledgers: Ledgers, target: int | None) -> None:
    check_figures(FORMS[form], year, ledgers, target)


@pytest.mark.parametrize("year", [2020, 2021])
@given(_of_prose, st.none() | st.integers(0, 25))
def test_ledger_figures_equal_the_oracle(year: int, ledgers: Ledgers, target: int | None) -> None:
    check_figures(FORMS["2019" if year < 2021 else "2021"], year, ledgers, target)


def check_figures(edition: Edition, year: int, ledgers: Ledgers, target: int | None) -> None:
    made = book(ledgers, schemas=ALL)
    tables = count_tables(edition, year, made, None)
    figures = catalogue_of(edition, year, made, tables, target).figures
    expected = {
        f"{table}.{row}.{column}": value
        for table, rows in oracle.count_tables(ledgers, edition, year).items()
        for row, line in rows.items()
        for column, value in line.items()
    }
    expected |= oracle.figures(ledgers, edition, year, labels(ALL), target)
    assert all(figure_id == figure.id for figure_id, figure in figures.items())
    assert_equal({figure_id: figure.value for figure_id, figure in figures.items()}, expected)


def assert_rows_give_the_value(catalogue: Catalogue, ledgers: Book) -> None:
    """Where rows are counted there are as many as the figure says; else their cells add up to it, to the last digit."""
    for figure_id, selection in catalogue.selections.items():
        figure, rows = catalogue.figures[figure_id], ledgers.rows(selection)
        assert figure.rows == len(rows), figure_id
        assert figure.ledger == selection.ledger, figure_id
        assert rows.columns.equals(ledgers.frames[selection.ledger].columns)
        if figure.unit in ("%", "个工作日"):  # a mean, a median: of these rows, but not their number
            continue
        if selection.measure is None:
            assert figure.value == len(rows), figure_id
            continue
        cells = [cell for cell in rows[selection.measure].tolist() if not pd.isna(cell)]
        total = oracle.exact(cells) if isinstance(figure.value, Decimal) else oracle.whole(cells)
        assert figure.value == (to_wan_yuan(total) if figure.unit == "万元" else total), figure_id


@pytest.mark.parametrize(("form", "year"), [("2019", 2020), ("2021", 2021), ("2030", 2022)])
@few
@given(_of_tables)
def test_rows_shown_give_the_value_of_tables(form: str, year: int, ledgers: Ledgers) -> None:
    made = book(ledgers, schemas=ALL)
    tables = count_tables(FORMS[form], year, made, None)
    assert_rows_give_the_value(catalogue_of(FORMS[form], year, made, tables), made)


@few
@given(_of_prose)
def test_rows_shown_give_the_value_of_other_figures(ledgers: Ledgers) -> None:
    made = book(ledgers, schemas=ALL)
    tables = count_tables(FORMS["2021"], 2021, made, None)
    assert_rows_give_the_value(catalogue_of(FORMS["2021"], 2021, made, tables), made)


@given(_ledger("applications"), st.integers(2018, 2022))
def test_carried_in_is_what_was_carried_out_the_year_before(rows: list[Row], year: int) -> None:
    """Whatever a ledger holds, and over a change of the form too."""
    made = book({"applications": rows}, schemas=ALL)
    now = count_tables(FORMS["2019" if year < 2021 else "2021"], year, made, None).values()["applications"]
    after = FORMS["2019" if year + 1 < 2021 else "2021"]
    following = count_tables(after, year + 1, made, None).values()["applications"]
    assert following["carried_in"] == now["carried_out"]


@given(_ledger("applications"), st.sampled_from(CASES))
def test_columns_add_up_and_orderly_ledgers_balance(rows: list[Row], case: tuple[str, int]) -> None:
    orderly = [row for row in rows if row["reply_date"] is None or row["reply_date"] >= row["received_date"]]
    orderly = [row for row in orderly if oracle.outcome_row(row["outcome"], FORMS[case[0]]) is not None]
    values = count_tables(FORMS[case[0]], case[1], book({"applications": orderly}, schemas=ALL), None).values()
    table = {row: {c: int(str(v)) for c, v in line.items()} for row, line in values["applications"].items()}
    for line in table.values():
        assert sum(value for column, value in line.items() if column != "total") == line["total"]
    for column in FORMS[case[0]].applications.columns:
        new, carried_in, total, carried_out = (table[r][column] for r in ("new", "carried_in", "total", "carried_out"))
        assert new + carried_in == total + carried_out
        assert sum(table[row][column] for row in FORMS[case[0]].applications.outcomes) == total


@few
@given(_ledgers(*SCHEMAS))
def test_counting_changes_no_frame(ledgers: Ledgers) -> None:
    made, untouched = book(ledgers, schemas=ALL), book(ledgers, schemas=ALL)
    tables = count_tables(FORMS["2021"], 2021, made, None)
    before = tables.values()
    catalogue_of(FORMS["2021"], 2021, made, tables)
    assert made.frames.keys() == untouched.frames.keys()
    for name, frame in made.frames.items():
        pd.testing.assert_frame_equal(frame, untouched.frames[name])
    assert tables.values() == before


@few
@given(_of_tables)
def test_values_survive_the_round_trip(ledgers: Ledgers) -> None:
    for form in FORMS.values():
        values = count_tables(form, 2021, book(ledgers, schemas=ALL), None).values()
        assert Tables.from_values(form, values).values() == values
