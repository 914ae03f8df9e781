"""Filled-in statutory tables: data/<agency>/declared-<year>.json, .yaml or .xlsx → complete, exact tables.

What offices hand in varies: our own report.json, the three tables alone, groups written as nested mappings, official
labels in place of codes. All of it is read; nothing is guessed, summed or corrected, and a blank stays None. A workbook
is read by ``declared_sheet``. Every fault of the file is raised at once as LedgerError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govnb.errors import NOTHING, Collector, LedgerError, Place, Text, did_you_mean
from govnb.form.edition import TABLES, Edition
from govnb.inputs.declared_cells import Value, kind_of, parse_cell, unit_of
from govnb.inputs.declared_sheet import read_workbook, write_declared_template
from govnb.inputs.folding import fold_label, strip_brackets, strip_numbering
from govnb.inputs.workspace import Workspace, check_agency_id, read_text
from govnb.marked import Marked, parse_json, parse_yaml

__all__ = ["Declared", "Table", "Tables", "empty_tables", "parse_declared", "read_declared", "write_declared_template"]

Table = dict[str, dict[str, Value]]
Tables = dict[str, Table]
_Path = tuple[str | int, ...]

_SUFFIXES = (".json", ".yaml", ".xlsx")
_MISTAKEN = (".yml", ".xls", ".xlsm", ".csv", ".et", ".ods")
_SINGLE_ROW = "other"  # 2019's single row （六）其他处理 where a report of 2021 prints it (contract.md)


@dataclass(frozen=True)
class Declared:
    """``tables``: table → row → column → value, with every row and cell of the edition; ``source``: shown file name."""

    tables: Tables
    source: str


def empty_tables(edition: Edition) -> Tables:
    """Every cell of an edition's tables as None."""
    return {table: {row: dict.fromkeys(columns) for row, columns in edition.rows(table).items()} for table in TABLES}


def find_declared(workspace: Workspace, agency: str, year: int) -> list[Path]:
    """The declared files of a report that exist, in a fixed order (more than one is a fault). UsageError: bad id."""
    check_agency_id(agency)
    folder = workspace.root / "data" / agency
    paths = [folder / f"declared-{year}{suffix}" for suffix in (*_SUFFIXES, *_MISTAKEN)]
    return [path for path in paths if path.exists() or path.is_symlink()]


def read_declared(workspace: Workspace, agency: str, year: int, edition: Edition) -> Declared | None:
    """The declared tables of a report, or None where it has none. LedgerError with every fault of the file."""
    found = find_declared(workspace, agency, year)
    if not found:
        return None
    problems = Collector()
    place = Place(file=workspace.shown(found[0]))
    if len(found) > 1:
        names = [path.name for path in found]
        what = Text(f"填报表有多份：{'、'.join(names)}", f"there is more than one declared file: {', '.join(names)}")
        problems.add(place, what, Text("请只留一份", "Keep one of them"), "declared.file")
    elif found[0].suffix in _MISTAKEN:
        what = Text(f"不读取 {found[0].suffix} 格式的填报表", f"a declared file can't be {found[0].suffix}")
        fix = Text(f"可用的有：{'、'.join(_SUFFIXES)}", f"Known are: {', '.join(_SUFFIXES)}")
        problems.add(place, what, fix, "declared.file")
    problems.raise_if_any(LedgerError)
    if found[0].suffix == ".xlsx":
        tables = empty_tables(edition)
        read_workbook(workspace, found[0], edition, tables, problems)
    else:
        text = read_text(workspace, found[0], problems, "declared.file")
        parse = parse_json if found[0].suffix == ".json" else parse_yaml
        marked = parse(text, place.file, problems) if text is not None else Marked()
        problems.raise_if_any(LedgerError)
        tables = parse_declared(marked, place.file, agency, year, edition, problems)
    problems.raise_if_any(LedgerError)
    return Declared(tables, place.file)


def parse_declared(marked: Marked, file: str, agency: str, year: int, edition: Edition, problems: Collector) -> Tables:
    """Complete tables from parsed JSON or YAML; faults go to ``problems``."""
    tables = empty_tables(edition)
    data = marked.data
    if not isinstance(data, dict):
        fix = Text(f"应有 {'、'.join(TABLES)}", f"It needs {', '.join(TABLES)}")
        problems.add(Place(file=file), Text("没有统计表", "has no tables"), fix, "declared.file")
        return tables
    _check_header(marked, file, agency, year, edition, problems)
    whole = "tables" in data
    reader = _Reader(marked, file, edition, tables, problems)
    reader.tables_at(("tables",) if whole else (), data["tables"] if whole else data, strict=whole)
    return tables


def _check_header(marked: Marked, file: str, agency: str, year: int, edition: Edition, problems: Collector) -> None:
    """What the file says of itself must fit the report that it is read for."""
    for key, expected in (("year", str(year)), ("edition", str(edition.number)), ("agency", agency)):
        said = marked.data.get(key)
        if said is not None and str(said).strip() != expected:
            what = Text(
                f"{key} 为“{str(said)[:40]}”，应为“{expected}”", f"{key} is “{str(said)[:40]}”, not “{expected}”"
            )
            fix = Text("请核对文件是否放错", "Check whether this is the right file")
            problems.add(marked.place(file, (key,)), what, fix, "declared.year")


# Keys of report.json and of the reference files that may stand beside the tables.
_BESIDE = (
    *("agency", "name", "short_name", "region", "website", "level", "year", "edition", "authority", "script", "note"),
    *("published_date", "source", "prose", "known_findings", "figures", "sections", "checks", "file"),
)


class _Reader:
    """Walks the mappings of one file and puts each value where it belongs."""

    def __init__(self, marked: Marked, file: str, edition: Edition, tables: Tables, problems: Collector) -> None:
        self.marked, self.file, self.edition = marked, file, edition
        self.tables, self.problems = tables, problems

    def add(self, path: _Path, what: Text, fix: Text = NOTHING, code: str = "declared.key") -> None:
        self.problems.add(self.marked.place(self.file, path), what, fix, code)

    def tables_at(self, path: _Path, data: Any, *, strict: bool) -> None:
        """The three tables by code or section title. Not ``strict``: known other keys may stand beside them."""
        if data is not None and not self._is_mapping(path, data):
            return
        names = _table_names(self.edition)
        seen: set[str] = set()
        for key, value in (data or {}).items():
            table = key if key in TABLES else names.get(fold_label(key))
            if table is None:
                if strict or key not in _BESIDE:
                    what = Text(f"没有“{key[:40]}”这张表", f"there is no table “{key[:40]}”")
                    self.add((*path, key), what, did_you_mean(key, TABLES))
            elif table in seen:
                self._twice((*path, key), key)
            else:
                seen.add(table)
                self._rows((*path, key), table, value)
        if not seen and not self.problems.problems:
            fix = Text(f"应有 {'、'.join(TABLES)}", f"It needs {', '.join(TABLES)}")
            self.add(path, Text("没有统计表", "has no tables"), fix, "declared.file")

    def _rows(self, path: _Path, table: str, data: Any) -> None:
        names, groups = row_names(self.edition, table)
        seen: set[str] = set()
        for here, key, value, group in self._entries(path, data, groups):
            row = _row_of(key, group, names)
            if row is None and _group_of(key, groups) == _SINGLE_ROW:
                row = _SINGLE_ROW
                self.tables[table][row] = dict.fromkeys(self.edition.applications.columns)
            if row is None:
                what = Text(f"表中没有“{key[:40]}”这一行", f"the table has no row “{key[:40]}”")
                self.add(here, what, did_you_mean(key, self._row_codes(table, group)))
            elif row in seen:
                self._twice(here, key)
            else:
                seen.add(row)
                self._cells(here, table, row, value)

    def _entries(
        self, path: _Path, data: Any, groups: Mapping[str, str], group: str = ""
    ) -> Iterator[tuple[_Path, str, Any, str]]:
        """(path, key, value, group) of every row, groups such as {"denied": {"state_secret": …}} opened up."""
        if not self._is_mapping(path, data):
            return
        for key, value in data.items():
            inner = _group_of(key, groups)
            if inner is not None and not _is_row(value):
                yield from self._entries((*path, key), value, groups, inner)
            else:
                yield (*path, key), key, value, group

    def _cells(self, path: _Path, table: str, row: str, data: Any) -> None:
        if not self._is_mapping(path, data):
            return
        columns = tuple(self.tables[table][row])
        names = column_names(self.edition, table, row, columns)
        seen: set[str] = set()
        for here, key, value in self._columns(path, data, table):
            column = key if key in columns else names.get(fold_label(key))
            if column is None:
                what = Text(f"“{row}”行没有“{key[:40]}”这一列", f"row {row} has no column “{key[:40]}”")
                self.add(here, what, did_you_mean(key, columns))
            elif column in seen:
                self._twice(here, key)
            else:
                seen.add(column)
                self.tables[table][row][column] = self._value(here, table, row, column, value)

    def _columns(self, path: _Path, data: Mapping[str, Any], table: str) -> Iterator[tuple[_Path, str, Any]]:
        """(path, key, value) of every cell, {"法人或其他组织": {"商业企业": …}} opened up."""
        heads = {fold_label(c.group) for c in self.edition.applications.columns.values() if c.group}
        for key, value in data.items():
            if table == "applications" and isinstance(value, dict) and fold_label(key) in heads:
                yield from (((*path, key, inner), inner, cell) for inner, cell in value.items())
            else:
                yield (*path, key), key, value

    def _value(self, path: _Path, table: str, row: str, column: str, raw: Any) -> Value:
        if row not in self.edition.rows(table):
            parsed = parse_cell(raw, "count")
        else:
            kind = kind_of(self.edition, table, row, column)
            parsed = parse_cell(raw, kind, unit_of(self.edition, table, row, column))
        if isinstance(parsed, tuple):
            where = f"{table}.{row}.{column}"
            self.add(path, Text(f"{where}：{parsed[0].zh}", f"{where}: {parsed[0].en}"), parsed[1], "declared.value")
            return None
        return parsed

    def _is_mapping(self, path: _Path, data: Any) -> bool:
        if data is None:
            return False  # a heading with nothing below it: all blank
        if not isinstance(data, dict):
            self.add(path, Text(f"{path[-1]}：应为“键: 值”", f"{path[-1]}: must be a mapping"), code="declared.value")
        return isinstance(data, dict)

    def _twice(self, path: _Path, key: str) -> None:
        what = Text(f"“{key[:40]}”写了两次", f"“{key[:40]}” is given twice")
        self.add(path, what, Text("请只保留一处", "Keep one of them"))

    def _row_codes(self, table: str, group: str) -> list[str]:
        codes = list(self.edition.rows(table))
        return [code.removeprefix(f"{group}.") for code in codes if not group or code.startswith(f"{group}.")] or codes


def _is_row(value: Any) -> bool:
    """Whether a mapping holds cells, not rows."""
    return isinstance(value, dict) and bool(value) and not any(isinstance(item, dict) for item in value.values())


def _group_of(key: str, groups: Mapping[str, str]) -> str | None:
    """Code of the group that ``key`` names, by code or label; a blank where rows have no prefix for it."""
    return next((groups[s] for s in (key, fold_label(key), fold_label(strip_numbering(key))) if s in groups), None)


def _row_of(key: str, group: str, names: Mapping[str, str]) -> str | None:
    """Code of a row named by code, by code within its group, or by label."""
    for spelling in (f"{group}.{key}", key, f"{group}.{fold_label(key)}", fold_label(key)):
        if spelling in names:
            return names[spelling]
    return None


def _table_names(edition: Edition) -> dict[str, str]:
    """Folded section titles (also those seen in published reports) → table."""
    return {
        fold_label(title): section.table
        for section in edition.sections
        if section.table
        for title in (section.title, *section.also_seen)
    }


def row_names(edition: Edition, table: str) -> tuple[dict[str, str], dict[str, str]]:
    """(spelling → row code, spelling → group). A label without number or explanation counts where it fits one row."""
    rows = edition.rows(table)
    exact = {row: row for row in rows}
    short: dict[str, set[str]] = {}
    groups: dict[str, str] = {}
    for row in rows:
        label, group = _label(edition, table, row), row.split(".")[0] if "." in row else ""
        for spelling in (
            label,
            strip_numbering(label),
            strip_brackets(strip_numbering(label)),
            edition.label(table, row),
        ):
            short.setdefault(fold_label(spelling), set()).add(row)
            if group:
                exact.setdefault(f"{group}.{fold_label(spelling)}", row)
    if table == "applications":
        for code, label in edition.applications.groups.items():
            inner = "" if code not in edition.applications.outcome_groups else code
            groups |= dict.fromkeys((code, fold_label(label), fold_label(strip_numbering(label))), inner or " ")
    elif table == "disputes":
        groups = {fold_label(block.group): " " for block in edition.disputes.blocks if block.group}
    else:
        groups = {fold_label(block.clause): " " for block in edition.disclosure.blocks}
    unique = {spelling: next(iter(codes)) for spelling, codes in short.items() if len(codes) == 1}
    return {**unique, **exact}, groups


def _label(edition: Edition, table: str, row: str) -> str:
    if table != "disputes":
        return edition.label(table, row)
    return next(block.label for block in edition.disputes.blocks if block.code == row)


def column_names(edition: Edition, table: str, row: str, columns: tuple[str, ...]) -> dict[str, str]:
    """Folded column label → code, for one row; the label with its group before it counts too."""
    names: dict[str, str] = {}
    for column in columns:
        label = (
            edition.applications.columns[column].label
            if table == "applications"
            else edition.column_label(table, row, column)
        )
        names[fold_label(label)] = column
        names.setdefault(fold_label(strip_brackets(label)), column)
        if table == "applications":
            names.setdefault(fold_label(edition.column_label(table, row, column)), column)
    return names
