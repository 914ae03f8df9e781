"""One change in a clean document: it is found, with the right check at the right place; the clean one has no finding.

A hundred changes from a seed: a number, a row deleted, two rows swapped, a label misspelt, a year changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from lxml import html as lxml_html

from govnb.audit.auditing import Audited, Packed
from govnb.checks.cells import cell_name, column_name, row_name
from govnb.form.edition import Edition, packaged_editions
from govnb.form.grid import build_grid
from tests.audits import clean_sample, failed, read_bytes, report_of, said
from tests.layouts import html_clean, read_sample

EDITION = packaged_editions()[2021]
KINDS = ("number", "delete", "swap", "misspell", "year")
TABLES = ("disclosure", "applications", "disputes")
SEEDS = range(100)


@dataclass
class Mutant:
    """``ids`` that may find it, at a place or with words in which one of ``names`` occurs."""

    html: str
    what: str
    ids: tuple[str, ...]
    names: list[str] = field(default_factory=list)

    def found(self, audited: Audited) -> bool:
        return any(
            result.id in self.ids and any(name in result.where or name in result.message.zh for name in self.names)
            for result in failed(audited)
        )


@cache
def clean_html() -> str:
    return html_clean(*clean_sample().parts)


def _document() -> tuple[lxml_html.HtmlElement, dict[str, list[lxml_html.HtmlElement]]]:
    """The page and the rows of its three tables."""
    page = lxml_html.document_fromstring(clean_html())
    tables = page.xpath("//table")
    assert len(tables) == 3
    return page, {name: table.xpath(".//tr") for name, table in zip(TABLES, tables, strict=True)}


def _text(page: lxml_html.HtmlElement) -> str:
    return str(lxml_html.tostring(page, encoding="unicode", doctype="<!DOCTYPE html>"))


def _cells(table: str) -> dict[tuple[str, str], tuple[int, int]]:
    """(row code, column code) → (printed row, place among the row's own cells)."""
    found = {}
    for number, line in enumerate(build_grid(EDITION, table).by_row()):
        for place, cell in enumerate(line):
            if cell.key is not None:
                found[cell.key] = (number, place)
    return found


def _rows(table: str) -> dict[str, tuple[int, int]]:
    """Row code → (printed row, place of its label)."""
    return {row: (number, place - 1) for (row, _), (number, place) in reversed(_cells(table).items())}


def change_number(chance: random.Random) -> Mutant:
    page, lines = _document()
    table = chance.choice(TABLES)
    cells = _cells(table)
    row, column = chance.choice(sorted(cells))
    number, place = cells[row, column]
    cell = lines[table][number][place]
    old = cell.text or ""
    cell.text = str(int(old.partition(".")[0]) + chance.randint(1, 9)) + (
        "." + old.partition(".")[2] if "." in old else ""
    )
    wheres = [
        column_name(EDITION, table, column),
        row_name(EDITION, table, row),
        cell_name(EDITION, table, row, column),
    ]
    if table == "disputes":
        wheres.append("行政诉讼" if row.startswith("litigation") else "行政复议")
    checks = {
        "applications": ("applications.columns", "applications.results", "applications.balance"),
        "disputes": ("disputes.total",),
        "disclosure": ("cross_year.in_force", "text.table", "amounts.unit"),
    }[table]
    return Mutant(_text(page), f"{table}.{row}.{column}: {old} → {cell.text}", checks, wheres)


def _outside_spans(table: str) -> list[str]:
    """Rows that can be cut out without tearing a group label that begins in them."""
    rows = _rows(table)
    grid = build_grid(EDITION, table)
    begin = {cell.row for cell in grid.cells if cell.rowspan > 1}
    return [row for row, (number, _) in rows.items() if number not in begin]


def delete_row(chance: random.Random) -> Mutant:
    page, lines = _document()
    table = chance.choice(("disclosure", "applications"))
    row = chance.choice(_outside_spans(table))
    number = _rows(table)[row][0]
    line = lines[table][number]
    line.getparent().remove(line)
    return Mutant(_text(page), f"{table}.{row} deleted", ("form.labels",), [EDITION.label(table, row)])


def swap_rows(chance: random.Random) -> Mutant:
    page, lines = _document()
    table = chance.choice(("disclosure", "applications"))
    rows = _outside_spans(table)
    if table == "disclosure":  # of one block: the columns of another are its own
        block = chance.choice([block for block in EDITION.disclosure.blocks if len(block.rows) > 1])
        first, second = chance.sample(list(block.rows), 2)
    else:
        first, second = chance.sample(rows, 2)
    at = [_rows(table)[row][0] for row in (first, second)]
    texts = [[cell.text for cell in lines[table][number][-_width(table, number):]] for number in at]  # fmt: skip
    for number, text in zip(at, reversed(texts), strict=True):
        for cell, value in zip(lines[table][number][-_width(table, number) :], text, strict=True):
            cell.text = value
    names = [EDITION.label(table, row) for row in (first, second)]
    return Mutant(_text(page), f"{table}: {first} ↔ {second}", ("form.labels",), names)


def _width(table: str, number: int) -> int:
    """A row's label and its values."""
    return 1 + sum(cell.key is not None for cell in build_grid(EDITION, table).by_row()[number])


def misspell(chance: random.Random) -> Mutant:
    page, lines = _document()
    table = chance.choice(("disclosure", "applications"))
    rows = {row: at for row, at in _rows(table).items() if len(EDITION.label(table, row)) > 5}
    row = chance.choice(sorted(rows))
    number, place = rows[row]
    cell = lines[table][number][place]
    label = cell.text
    inside = [at for at, character in enumerate(label) if "\u4e00" <= character <= "\u9fff" and at > 3]
    at = chance.choice(inside)
    kind = chance.randrange(3)
    cell.text = (
        label[:at] + {0: "", 1: label[at] * 2, 2: chance.choice("的法规定宜件")}[kind] + label[at + 1 :]
    )  # a character lost, doubled or wrong
    if cell.text == label:
        cell.text = label[:at] + "某" + label[at + 1 :]
    return Mutant(_text(page), f"{label} → {cell.text}", ("form.labels", "text.ordinals"), [label, cell.text])


def change_year(chance: random.Random) -> Mutant:
    text, wrong = clean_html(), str(chance.choice((2020, 2021, 2023, 2012)))
    where = chance.choice(("title", "period", "overview"))
    if where == "title":
        text = text.replace("2022年政府信息公开工作年度报告", f"{wrong}年政府信息公开工作年度报告")
        return Mutant(text, f"title {wrong}", ("dates.year",), [wrong])
    if where == "period":
        text = text.replace("自2022年1月1日起至2022年12月31日止", f"自{wrong}年1月1日起至{wrong}年12月31日止")
        return Mutant(text, f"period {wrong}", ("dates.year",), [wrong])
    text = text.replace("2022年，全区制发", f"{wrong}年，全区制发")
    return Mutant(text, f"overview {wrong}", ("dates.text",), [wrong])


MUTATIONS: dict[str, Callable[[random.Random], Mutant]] = {
    "number": change_number,
    "delete": delete_row,
    "swap": swap_rows,
    "misspell": misspell,
    "year": change_year,
}


def mutant(seed: int) -> Mutant:
    made = MUTATIONS[KINDS[seed % len(KINDS)]](random.Random(seed))
    assert made.html != clean_html()
    return made


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return read_bytes(tmp_path_factory.mktemp("before"), "2021.html", html_clean(*read_sample(2021).parts))


def test_the_clean_document_has_no_finding(previous: Packed, tmp_path: Path) -> None:
    page = lxml_html.document_fromstring(clean_html())
    for content in (clean_html(), _text(page)):
        audited = report_of(read_bytes(tmp_path, "clean.html", content), previous)
        assert failed(audited) == [], said(audited)


def test_of_a_hundred_changes_at_least_ninety_nine_are_found_in_their_place(previous: Packed, tmp_path: Path) -> None:
    missed = []
    for seed in SEEDS:
        made = mutant(seed)
        audited = report_of(read_bytes(tmp_path, "mutant.html", made.html), previous)
        if not made.found(audited):
            missed.append(f"{seed}: {made.what}, found only:\n{said(audited) or '  nothing'}")
    assert len(missed) <= 1, "\n".join(missed)


def _edition_has_rows(edition: Edition) -> bool:
    return len(_rows("applications")) == len(edition.applications.rows)


def test_the_mutations_know_every_row_of_the_form() -> None:
    """Else a mutation could never reach some of them."""
    assert _edition_has_rows(EDITION)
    assert {table: len(_cells(table)) for table in TABLES} == {
        table: sum(len(columns) for columns in EDITION.rows(table).values()) for table in TABLES
    }
