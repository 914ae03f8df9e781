"""The blank workbook: reads back as thirteen empty ledgers, offers what is read, and is the same each time."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import openpyxl
import pytest

from govnb.form.edition import packaged_editions
from govnb.inputs.blank import GUIDE, build_blank_workbook
from govnb.inputs.ledgers import read_ledgers
from govnb.inputs.schema import build_schemas
from govnb.inputs.values import Fault, parse_enum
from govnb.inputs.workspace import Workspace

SCHEMAS = build_schemas()
BLANK = build_blank_workbook(SCHEMAS)


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl on parts that it does not keep
        return openpyxl.load_workbook(io.BytesIO(BLANK))


def test_it_reads_back_as_thirteen_empty_ledgers(tmp_path: Path) -> None:
    (tmp_path / "data" / "gz").mkdir(parents=True)
    (tmp_path / "data/gz/ledgers.xlsx").write_bytes(BLANK)
    ledgers = read_ledgers(Workspace(tmp_path, packaged_editions()), {}, "gz", {})
    assert list(ledgers) == list(SCHEMAS)
    assert all(ledger.frame.empty and not ledger.findings and not ledger.warnings for ledger in ledgers.values())


def test_it_has_the_same_bytes_each_time() -> None:
    assert build_blank_workbook(build_schemas()) == BLANK


def test_the_guide_stands_first_and_the_lists_are_hidden(book: openpyxl.Workbook) -> None:
    assert book.sheetnames[0] == GUIDE
    assert book.sheetnames[1:-1] == [schema.label for schema in SCHEMAS.values()]
    assert book[book.sheetnames[-1]].sheet_state == "hidden"


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_sheet_has_headers_notes_and_lists(book: openpyxl.Workbook, name: str) -> None:
    schema, sheet = SCHEMAS[name], book[SCHEMAS[name].label]
    columns = list(schema.columns.values())
    assert [cell.value for cell in sheet[1]] == [column.header for column in columns]
    assert sheet.freeze_panes == "A2"
    for cell, column in zip(sheet[1], columns, strict=True):
        assert column.note in cell.comment.text
        assert ("必填" in cell.comment.text) == (column.required or column.iff is not None)
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    offered = [column for column in columns if column.type in ("enum", "enum-open", "bool")]
    assert len(lists) == len(offered)
    for rule, column in zip(lists, offered, strict=True):
        if column.type == "enum":
            choices = _choices(book, rule.formula1)
            assert [parse_enum(choice, column) for choice in choices] == list(column.values)


def _choices(book: openpyxl.Workbook, formula: str) -> list[str]:
    if formula.startswith('"'):
        return formula.strip('"').split(",")
    sheet, _, cells = formula.rpartition("!")
    return [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]]


def test_every_official_spelling_of_every_list_is_read() -> None:
    for schema in SCHEMAS.values():
        for column in schema.columns.values():
            for code, label in column.values.items():
                assert parse_enum(code, column) == code
                assert parse_enum(label, column) == code
                assert not isinstance(parse_enum(f" {label}", column), Fault)
