"""Declared tables: every way offices write them down, exact values, blanks as None, faults with place."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from govnb.errors import LedgerError, Problem, UsageError
from govnb.form.edition import TABLES, Edition, packaged_editions
from govnb.form.grid import build_grid
from govnb.inputs.declared import Tables, empty_tables, read_declared, write_declared_template
from govnb.inputs.declared_cells import parse_cell
from govnb.inputs.workspace import Workspace
from tests.forms import edition_2027

EDITION = packaged_editions()[2021]
OLD = packaged_editions()[2019]
REFERENCE = Path(__file__).parents[2] / "data" / "pingtan"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    (tmp_path / "params").mkdir()
    (tmp_path / "data" / "gz").mkdir(parents=True)
    return Workspace(tmp_path.resolve(), packaged_editions())


def put(space: Workspace, content: object, suffix: str = "json") -> Path:
    path = space.root / "data" / "gz" / f"declared-2021.{suffix}"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), "utf-8")
    return path


def read(space: Workspace, content: object, suffix: str = "json", edition: Edition = EDITION) -> Tables:
    put(space, content, suffix)
    declared = read_declared(space, "gz", 2021, edition)
    assert declared is not None
    assert declared.source == f"data/gz/declared-2021.{suffix}"
    return declared.tables


def faults(space: Workspace, content: object, suffix: str = "json", edition: Edition = EDITION) -> list[Problem]:
    put(space, content, suffix)
    with pytest.raises(LedgerError) as caught:
        read_declared(space, "gz", 2021, edition)
    assert str(space.root) not in str(caught.value)
    assert all(problem.where.file == f"data/gz/declared-2021.{suffix}" for problem in caught.value.problems)
    return list(caught.value.problems)


def fault(space: Workspace, content: object, suffix: str = "json", edition: Edition = EDITION) -> Problem:
    (problem,) = faults(space, content, suffix, edition)
    return problem


def changed(**cells: object) -> Tables:
    """Empty tables with ``table__row__column`` set; ``_dot_`` stands for a dot."""
    tables = empty_tables(EDITION)
    for name, value in cells.items():
        table, row, column = name.replace("_dot_", ".").split("__")
        tables[table][row][column] = value  # type: ignore[assignment]
    return tables


def printed(tables: Tables) -> dict[str, dict[str, dict[str, object]]]:
    """As report.json has it: decimals as text."""
    return {
        table: {
            row: {column: str(value) if isinstance(value, Decimal) else value for column, value in cells.items()}
            for row, cells in rows.items()
        }
        for table, rows in tables.items()
    }


def test_none_where_there_is_no_file(space: Workspace) -> None:
    assert read_declared(space, "gz", 2021, EDITION) is None
    assert read_declared(space, "nobody", 2021, EDITION) is None
    with pytest.raises(UsageError):
        read_declared(space, "../gz", 2021, EDITION)


@pytest.mark.parametrize(("year", "number"), [(2020, 2019), (2021, 2021), (2022, 2021)])
def test_published_reports_are_read_as_they_are(space: Workspace, year: int, number: int) -> None:
    source = (REFERENCE / f"declared-{year}.json").read_text(encoding="utf-8")
    (space.root / "data" / "gz" / f"declared-{year}.json").write_text(source, encoding="utf-8")
    declared = read_declared(space, "gz", year, packaged_editions()[number])
    assert declared is not None
    assert printed(declared.tables) == json.loads(source)["tables"]


def test_amounts_keep_every_digit_and_the_unit_of_2019(space: Workspace) -> None:
    tables = read(space, {"disclosure": {"fees": {"amount": "24252.311082"}}})
    assert tables["disclosure"]["fees"]["amount"] == Decimal("24252.311082")
    assert (
        str(read(space, '{"disclosure": {"fees": {"amount": 24252.310}}}')["disclosure"]["fees"]["amount"])
        == "24252.310"
    )
    old = {"disclosure": {"procurement": {"items": 395, "amount": "73802895.90元"}}}
    assert read(space, old, edition=OLD)["disclosure"]["procurement"] == {"items": 395, "amount": "73802895.90元"}
    old = {"disclosure": {"procurement": {"amount": 8040}}}
    assert read(space, old, edition=OLD)["disclosure"]["procurement"]["amount"] == Decimal(8040)


def test_missing_rows_and_cells_are_none_and_every_cell_is_there(space: Workspace) -> None:
    tables = read(space, {"tables": {"applications": {"new": {"total": 5}}, "disputes": None}})
    assert tables == changed(applications__new__total=5)
    assert {table: {row: tuple(cells) for row, cells in rows.items()} for table, rows in tables.items()} == {
        table: EDITION.rows(table) for table in TABLES
    }


@pytest.mark.parametrize(
    "content",
    [
        {"applications": {"denied.state_secret": {"business": 2}}},
        {"applications": {"denied": {"state_secret": {"business": 2}}}},
        {"applications": {"denied": {"denied.state_secret": {"business": 2}}}},
        {"applications": {"（三）不予公开": {"1.属于国家秘密": {"商业企业": 2}}}},
        {"applications": {"不予公开": {"属于国家秘密": {"商业 企业": 2}}}},
        {"applications": {"三、本年度办理结果": {"(三)不予公开": {"1．属于国家秘密": {"business": 2}}}}},
        {"applications": {"1.属于国家秘密": {"法人或其他组织": {"商业企业": 2}}}},
        {"applications": {"denied.state_secret": {"法人或其他组织（商业企业）": 2}}},
        {"收到和处理政府信息公开申请情况": {"denied.state_secret": {"business": 2}}},
        {"tables": {"行政机关收到和处理政府信息公开申请情况": {"denied.state_secret": {"business": 2}}}, "x": 1},
        {"year": 2021, "edition": "2021", "agency": "gz", "applications": {"denied.state_secret": {"business": 2}}},
    ],
)
def test_codes_labels_and_nested_groups(space: Workspace, content: Any) -> None:
    assert read(space, content) == changed(applications__denied_dot_state_secret__business=2)


def test_labels_of_the_other_tables(space: Workspace) -> None:
    tables = read(
        space,
        {
            "政府信息公开行政复议、行政诉讼情况": {
                "行政复议": {"结果维持": 1},
                "行政诉讼": {"复议后起诉": {"总计": 2}, "litigation_direct": {"total": 3}},
            },
            "主动公开政府信息情况": {
                "第二十条第（一）项": {"行政规范性文件": {"现行有效件数": 4}},
                "行政事业性收费": {"本年收费金额": 5},
            },
        },
    )
    assert tables == changed(
        disputes__review__upheld=1,
        disputes__litigation_after_review__total=2,
        disputes__litigation_direct__total=3,
        disclosure__normative_documents__in_force=4,
        disclosure__fees__amount=Decimal(5),
    )


def test_a_label_that_fits_more_than_one_row_goes_by_its_group(space: Workspace) -> None:
    tables = read(space, {"applications": {"other": {"other": {"total": 1}}, "（六）其他处理": {}}})
    assert tables == changed(applications__other_dot_other__total=1)


def test_the_single_row_of_2019_in_a_report_of_2021(space: Workspace) -> None:
    for key in ("other", "（六）其他处理"):
        tables = read(space, {"applications": {key: {"natural_person": 3, "total": 3}}})
        assert tables["applications"]["other"]["total"] == 3
        assert tables["applications"]["other"]["business"] is None
        assert tables["applications"]["other.other"]["total"] is None


def test_yaml_and_an_invented_form(space: Workspace) -> None:
    tables = read(space, "disclosure:\n  突发公共事件: {应急预案数量: 7, drills: 无}\n", "yaml", edition_2027())
    assert tables["disclosure"]["emergencies"] == {"plans": 7, "drills": None}
    assert tables["disputes"]["supervision"]["total"] is None


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (None, None),
        ("", None),
        (" \u00a0\u3000", None),
        ("/", None),
        ("／", None),
        ("—", None),
        ("——", None),
        ("-", None),
        ("－", None),
        ("无", None),
        (0, 0),
        ("0", 0),
        (12_000_000, 12_000_000),
        ("12,000,000", 12_000_000),
        ("1，234", 1234),
        ("１２３", 123),
        (" 1 2 ", 12),
        ("-18", -18),
        ("−18", -18),
        ("12.5", Decimal("12.5")),
        (Decimal("12.50"), Decimal("12.50")),
        ("1,234.50", Decimal("1234.50")),
    ],
)
def test_cells_of_a_count(raw: object, value: object) -> None:
    got = parse_cell(raw, "count")
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    "raw", [True, False, "34O2", "三", "1,23", "1 2/3", "3件", "1e3", "NaN", "--1", [1], "9" * 40, "=A1"]
)
def test_what_is_no_number_is_a_fault(raw: object) -> None:
    assert isinstance(parse_cell(raw, "count"), tuple)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("24252.311082", Decimal("24252.311082")),
        ("24,252.31", Decimal("24252.31")),
        ("3.50万元", Decimal("3.50")),
        (0, Decimal(0)),
        (Decimal("1E+2"), Decimal(100)),
        ("", None),
    ],
)
def test_cells_of_an_amount(raw: object, value: object) -> None:
    got = parse_cell(raw, "amount", "万元")
    assert (str(got), type(got)) == (str(value), type(value))


def test_an_amount_in_another_unit_is_a_fault_not_converted() -> None:
    found = parse_cell("35000元", "amount", "万元")
    assert isinstance(found, tuple)
    assert "万元" in found[1].zh


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("251000元", "251000元"),
        ("160.5964 万元", "160.5964万元"),
        ("8040", Decimal(8040)),
        ("－", None),
        ("1亿元", "1亿元"),
    ],
)
def test_cells_of_an_amount_that_brings_its_unit(raw: object, value: object) -> None:
    assert parse_cell(raw, "amount with unit") == value


@pytest.mark.parametrize(
    ("content", "line", "position", "said", "fix"),
    [
        ('{"applications": {\n "new": {"total": "34O2"}}}', 2, 10, "34O2", "3402"),
        ('{"applications": {\n "new": {"totl": 1}}}', 2, 10, "totl", "total"),
        ('{"applications": {\n "neu": {"total": 1}}}', 2, 2, "neu", "new"),
        ('{"applicatoins": {}}', 1, 2, "applicatoins", "applications"),
        ('{"tables": {"disclosuer": {}}}', 1, 13, "disclosuer", "disclosure"),
        ('{"applications": {"denied": {"state_secert": {"total": 1}}}}', 1, 30, "state_secert", "state_secret"),
        ('{"applications": {"new": 5}}', 1, 19, "mapping", ""),
        ('{"applications": {"denied": 5}}', 1, 19, "mapping", ""),
        ('{"applications": [1]}', 1, 2, "mapping", ""),
        ('{"applications": {"new": {"total": true}}}', 1, 27, "number", ""),
        ('{"applications": {"new": {"total": {"a": 1}}}}', 1, 27, "number", ""),
        ('{"applications": {"new": {"total": 1, "总计": 2}}}', 1, 39, "twice", ""),
        ('{"applications": {"new": {"total": 1}, "一、本年新收政府信息公开申请数量": {}}}', 1, 40, "twice", ""),
        ('{"applications": {"new": {"total": 1, "total": 2}}}', 1, 39, "twice", ""),
        ('{"year": 2020, "applications": {}}', 1, 2, "2020", ""),
        ('{"edition": 2019, "applications": {}}', 1, 2, "2019", ""),
        ('{"agency": "bj", "applications": {}}', 1, 2, "bj", ""),
        ('{"disclosure": {"fees": {"amount": "3元"}}}', 1, 26, "unit", "万元"),
        ("{}", 1, 1, "no tables", "disclosure"),
        ('{"tables": {}}', 1, 2, "no tables", "disclosure"),
        ('{"tables": null}', 1, 2, "no tables", "disclosure"),
        ("[]", None, None, "no tables", ""),
        ('{"applications": {"new": {"total": 1}', 1, 38, "JSON", ""),
        ('{"applications": {"new": {"total": NaN}}}', 1, 36, "JSON", ""),
    ],
)
def test_faults_have_a_place(
    space: Workspace, content: str, line: int | None, position: int | None, said: str, fix: str
) -> None:
    problem = fault(space, content)
    assert said in problem.what.en
    assert fix in problem.fix.en
    assert (problem.where.line, problem.where.position) == (line, position)


def test_all_faults_come_at_once(space: Workspace) -> None:
    text = '{"year": 1, "applications": {"new": {"total": "x", "totl": 2}, "a": {}}, "x": 1}'
    assert len(faults(space, text)) == 5


def test_more_than_one_file_and_wrong_formats(space: Workspace) -> None:
    put(space, "applications: {}", "yaml")
    assert "more than one" in fault(space, {"applications": {}}).what.en
    (space.root / "data" / "gz" / "declared-2021.yaml").unlink()
    (space.root / "data" / "gz" / "declared-2021.json").unlink()
    for suffix in ("yml", "xls", "csv"):
        path = put(space, "x", suffix)
        assert ".xlsx" in fault(space, "x", suffix).fix.en
        path.unlink()


def test_a_link_out_of_the_workspace(space: Workspace, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("else") / "a.json"
    secret.write_text("{}", encoding="utf-8")
    for suffix in ("json", "xlsx"):
        path = space.root / "data" / "gz" / f"declared-2021.{suffix}"
        path.symlink_to(secret)
        with pytest.raises(LedgerError, match=r"leads out|以外"):
            read_declared(space, "gz", 2021, EDITION)
        path.unlink()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_other_encodings(space: Workspace, encoding: str) -> None:
    content = '{"applications": {"三、本年度办理结果": {"（一）予以公开": {"自然人": 3}}}}'.encode(encoding)
    assert read(space, content) == changed(applications__granted__natural_person=3)


# Workbooks


def workbook(edition: Edition, edit: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(write_declared_template(edition)))
    if edit is not None:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill(book: Any, edition: Edition, tables: Tables) -> None:
    for table in TABLES:
        grid = build_grid(edition, table)
        sheet = book[grid.caption]
        for cell in grid.cells:
            if cell.key is not None:
                value = tables[table][cell.key[0]][cell.key[1]]
                sheet.cell(cell.row + 2, cell.column + 1).value = float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize(("year", "number"), [(2020, 2019), (2021, 2021), (2022, 2021)])
def test_a_filled_form_reads_like_the_json(space: Workspace, year: int, number: int) -> None:
    edition = packaged_editions()[number]
    expected = read(
        space,
        {"tables": json.loads((REFERENCE / f"declared-{year}.json").read_text("utf-8"))["tables"]},
        edition=edition,
    )
    (space.root / "data" / "gz" / "declared-2021.json").unlink()
    got = read(space, workbook(edition, lambda book: fill(book, edition, expected)), "xlsx", edition)
    assert got == expected


@pytest.mark.parametrize("edition", [EDITION, OLD, edition_2027()], ids=lambda edition: str(edition.number))
def test_the_empty_form_is_all_blank_and_the_same_bytes_each_time(space: Workspace, edition: Edition) -> None:
    content = write_declared_template(edition)
    assert content == write_declared_template(edition)
    assert read(space, content, "xlsx", edition) == empty_tables(edition)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}


def test_the_empty_form_is_the_official_grid() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_declared_template(EDITION)))
    for table in TABLES:
        grid = build_grid(EDITION, table)
        sheet = book[grid.caption]
        merged = {str(area) for area in sheet.merged_cells.ranges}
        wide = [cell for cell in grid.cells if cell.rowspan * cell.colspan > 1]
        assert len(merged) == len(wide)
        for cell in grid.cells:
            assert (sheet.cell(cell.row + 2, cell.column + 1).value or "") == cell.text


def test_rows_above_columns_before_and_a_renamed_sheet_do_no_harm(space: Workspace) -> None:
    def edit(book: Any) -> None:
        sheet = book["收到和处理政府信息公开申请情况"]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet.insert_rows(1, 3)
        sheet.insert_cols(1)
        sheet["B1"] = "某某市某某局"
        sheet["E8"] = "1，234"
        sheet.title = "表二"

    assert read(space, workbook(EDITION, edit), "xlsx") == changed(applications__new__natural_person=1234)


def test_a_sheet_less_is_a_table_of_blanks_and_another_sheet_is_no_matter(space: Workspace) -> None:
    def edit(book: Any) -> None:
        del book["政府信息公开行政复议、行政诉讼情况"]
        book.create_sheet("填表说明")["A1"] = "规章"
        book["收到和处理政府信息公开申请情况"]["D5"] = 7

    assert read(space, workbook(EDITION, edit), "xlsx") == changed(applications__new__natural_person=7)


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("D5", "34O2", "D5"),
        ("D5", "=SUM(E5:I5)", "formula"),
        ("D5", True, "D5"),
        ("A5", "一、本年新收", "A5"),
        ("A5", None, "A5"),
        ("C9", "2.其他法律行政法规禁止公开", "C9"),
    ],
)
def test_faults_of_a_workbook_name_sheet_and_cell(space: Workspace, cell: str, value: object, said: str) -> None:
    def edit(book: Any) -> None:
        book["收到和处理政府信息公开申请情况"][cell] = value

    problem = fault(space, workbook(EDITION, edit), "xlsx")
    assert problem.where.sheet == "收到和处理政府信息公开申请情况"
    assert said in problem.what.en


def test_a_value_beside_its_cell_is_told_where_it_belongs(space: Workspace) -> None:
    def edit(book: Any) -> None:
        sheet = book["主动公开政府信息情况"]
        for area in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(area))
        sheet["C8"] = 2293

    problem = fault(space, workbook(EDITION, edit), "xlsx")
    assert "C8" in problem.what.en
    assert "B8" in problem.fix.en


def test_the_form_of_another_edition_is_told_by_its_labels(space: Workspace) -> None:
    problems = faults(space, workbook(OLD), "xlsx")
    assert {problem.code for problem in problems} <= {"declared.label", "declared.file"}


def test_a_table_on_two_sheets(space: Workspace) -> None:
    def edit(book: Any) -> None:
        book.copy_worksheet(book["主动公开政府信息情况"])

    assert "more than one sheet" in fault(space, workbook(EDITION, edit), "xlsx").what.en


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "readable"),
        (b"PK\x03\x04 broken", "readable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password"),
        (b"applications: {}", "readable"),
    ],
)
def test_what_is_no_workbook(space: Workspace, content: bytes, said: str) -> None:
    assert said in fault(space, content, "xlsx").what.en


def test_a_workbook_of_something_else_and_one_that_swells(space: Workspace) -> None:
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    assert "none of the" in fault(space, out.getvalue(), "xlsx").what.en
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 70_000_000)
    assert "too large" in fault(space, out.getvalue(), "xlsx").what.en
