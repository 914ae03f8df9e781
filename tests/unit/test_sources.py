"""Files of every format and encoding, workbooks, Parquet, SQLite, names that fit nothing, and hostile files."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
import xlsxwriter
from pyarrow import parquet

from govnb.errors import LedgerError, Problem
from govnb.form.edition import packaged_editions
from govnb.inputs import raw, sources, xlsx_parts
from govnb.inputs.ledgers import Ledger, read_ledgers
from govnb.inputs.listing import find_stray_files
from govnb.inputs.params import Source
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace

FEES = "收费项目,期末日期,收费金额（元）\n证照工本费,2021-06-30,1234.5\n“引号”费,2021-12-31,0.1\n"
ENCODINGS = {
    "UTF-8": FEES.encode(),
    "UTF-8 with BOM": b"\xef\xbb\xbf" + FEES.encode(),
    "GB18030": FEES.encode("gb18030"),
    "UTF-16 with BOM": FEES.encode("utf-16"),
    "UTF-16 big-endian with BOM": b"\xfe\xff" + FEES.encode("utf-16-be"),
    "UTF-16 little-endian without BOM": FEES.encode("utf-16-le"),
    "UTF-16 big-endian without BOM": FEES.encode("utf-16-be"),
    "CRLF": FEES.replace("\n", "\r\n").encode(),
    "CR": FEES.replace("\n", "\r").encode(),
    "semicolon": FEES.replace(",", ";").encode(),
    "tab": FEES.replace(",", "\t").encode("utf-16"),
    "quoted": ('"' + FEES.replace(",", '","').strip().replace("\n", '"\n"') + '"').encode(),
    "extra commas": FEES.replace("\n", ",,\n").encode(),
}
AFTERNOON = datetime(2021, 3, 5, 13, 4)  # noqa: DTZ001 - a cell of a table has no time zone
SHORT_HEADER = ["收费项目", "期末日期", "收费金额（元）"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "data" / "gz").mkdir(parents=True)
    return Workspace(tmp_path, packaged_editions())


def put(workspace: Workspace, name: str, content: bytes) -> Path:
    path = workspace.root / "data" / "gz" / name
    path.write_bytes(content)
    return path


def read(workspace: Workspace, environ: dict[str, str] | None = None, **given: Source) -> dict[str, Ledger]:
    return read_ledgers(workspace, given, "gz", environ or {})


def faults(workspace: Workspace, environ: dict[str, str] | None = None, **given: Source) -> tuple[Problem, ...]:
    with pytest.raises(LedgerError) as caught:
        read(workspace, environ, **given)
    return caught.value.problems


def fault(workspace: Workspace, environ: dict[str, str] | None = None, **given: Source) -> Problem:
    [problem] = faults(workspace, environ, **given)
    assert str(workspace.root) not in problem.text().zh
    return problem


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, tuple):
                    sheet.write_formula(number, column, cell[0], None, cell[1])
                elif cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return target.getvalue()


# --- CSV


@pytest.mark.parametrize("name", ENCODINGS)
def test_csv_is_read_alike_in_every_encoding(workspace: Workspace, name: str) -> None:
    put(workspace, "fees.csv", ENCODINGS[name])
    frame = read(workspace)["fees"].frame
    assert frame["item"].tolist() == ["证照工本费", "“引号”费"]
    assert frame["period_end"].dt.strftime("%Y-%m-%d").tolist() == ["2021-06-30", "2021-12-31"]
    assert frame["amount_yuan"].tolist() == [Decimal("1234.5"), Decimal("0.1")]
    assert frame.index.tolist() == [2, 3]


def test_gb18030_with_characters_beyond_gbk(workspace: Workspace) -> None:
    put(workspace, "fees.csv", FEES.replace("工本", "㐀𠮷").encode("gb18030"))
    assert read(workspace)["fees"].frame["item"].tolist()[0] == "证照㐀𠮷费"


def test_the_header_may_stand_below_titles(workspace: Workspace) -> None:
    put(workspace, "fees.csv", f"收费台账,,\n\n单位：元,,\n{FEES.replace('1234.5', 'x')}".encode())
    problem = fault(workspace)
    assert problem.where.row == 5


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, bytes(5000), b"\x01\x02,\n" * 99])
def test_binary_junk_is_refused(workspace: Workspace, content: bytes) -> None:
    put(workspace, "fees.csv", content)
    problem = fault(workspace)
    assert problem.code == "ledger.file"
    assert "二进制" in problem.what.zh
    assert problem.where.file == "data/gz/fees.csv"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" \r\n"])
def test_an_empty_file_says_so(workspace: Workspace, content: bytes) -> None:
    put(workspace, "fees.csv", content)
    assert "空的" in fault(workspace).what.zh


def test_a_bad_byte_in_utf_8_is_told_by_row(workspace: Workspace) -> None:
    put(workspace, "fees.csv", FEES.encode().replace("引".encode(), b"\xff\xff\xff"))
    problem = fault(workspace)
    assert problem.where.row == 3
    assert "UTF-8" in problem.what.zh


@pytest.mark.parametrize(
    ("text", "row", "needle"),
    [
        (FEES.replace("“引号”费", '"引号费'), 3, "引号不成对"),
        (FEES.replace("“引号”费", '"引号"费'), 3, "引号不成对"),
        (FEES.replace(",0.1", ""), 3, "有2个单元格，列名有3个"),
        (FEES.replace(",0.1", ",1,234"), 3, "有4个单元格，列名有3个"),
        (FEES.replace("证照工本费", '"证照,工本费"').replace(",0.1", ",1,234"), 3, "有4个单元格"),
        (FEES.replace("证照工本费", '"证照,工本费"').replace(",0.1", ""), 3, "有2个单元格"),
    ],
)
def test_open_quotes_and_ragged_rows_are_told_by_row(workspace: Workspace, text: str, row: int, needle: str) -> None:
    put(workspace, "fees.csv", text.encode())
    problem = fault(workspace)
    assert problem.where.row == row
    assert needle in problem.what.zh
    assert problem.fix.zh


def test_a_very_long_cell_is_refused(workspace: Workspace) -> None:
    put(workspace, "fees.csv", FEES.replace("证照", "长" * raw.MAX_CELL).encode())
    problem = fault(workspace)
    assert (problem.where.row, problem.where.column) == (2, "收费项目")
    assert len(problem.text().zh) < 300


# --- XLSX


def test_xlsx_cells_are_read_as_a_person_sees_them(workspace: Workspace) -> None:
    header = ["申请编号", "收到日期", "申请人类型", "延期工作日", "信息处理费", "申请内容", "备用"]
    rows: list[list[object]] = [
        header,
        [20210001, date(2021, 3, 5), "自然人", 3, 0.1 + 0.2, "私", ("=#REF!", "#REF!")],
        [20210002, AFTERNOON, "商业企业", ("=1+1", 2), 24252.311082, "私", None],
        [20210003, "2021年3月5日", "其他", None, 1e14, "私", None],
    ]
    put(workspace, "applications.xlsx", workbook({"随便": rows, "Sheet2": []}))
    frame = read(workspace)["applications"].frame
    assert frame["application_id"].tolist() == ["20210001", "20210002", "20210003"]
    assert frame["received_date"].eq(pd.Timestamp("2021-03-05")).all()
    assert frame["extension_days"].tolist()[:2] == [3, 2]
    assert frame["fee_yuan"].tolist() == [Decimal("0.3"), Decimal("24252.311082"), Decimal(10**14)]


def test_xlsx_faults_name_the_sheet_and_cell(workspace: Workspace) -> None:
    rows: list[list[object]] = [
        ["行政事业性收费台账"],
        SHORT_HEADER,
        ["甲", ("=A1", "#REF!"), ("=B1*2", "")],
        ["乙", 44260, 0.25],
    ]
    put(workspace, "ledgers.xlsx", workbook({"行政事业性收费台账": rows, "填写说明": [["x"]]}))
    found = faults(workspace)
    assert {(problem.where.sheet, problem.where.file) for problem in found} == {
        ("行政事业性收费台账", "data/gz/ledgers.xlsx")
    }
    assert [(problem.where.row, problem.where.column) for problem in found] == [
        (3, "期末日期"),
        (3, "收费金额（元）"),
        (4, "期末日期"),
    ]
    assert "B3 是错误值 #REF!" in found[0].what.zh
    assert "C3 的公式没有计算结果" in found[1].what.zh
    assert "2021-03-05" in found[2].what.zh


def test_a_number_that_excel_has_cut_is_a_fault(workspace: Workspace) -> None:
    rows: list[list[object]] = [["申请编号", "收到日期", "申请人类型"], [44010519491231002, date(2021, 3, 5), "自然人"]]
    put(workspace, "applications.xlsx", workbook({"applications": rows}))
    problem = fault(workspace)
    assert "15位" in problem.what.zh
    assert "文本格式" in problem.fix.zh


def test_one_workbook_holds_ledgers_by_code_and_by_name(workspace: Workspace) -> None:
    fees: list[list[object]] = [SHORT_HEADER, ["甲", date(2021, 6, 30), 1]]
    messages: list[list[object]] = [["编号", "来源", "收到日期"], ["M1", "平台", date(2021, 6, 30)]]
    put(workspace, "ledgers.xlsx", workbook({"fees": fees, "网民留言台账": messages, "备注": [["x"]]}))
    assert list(read(workspace)) == ["fees", "messages"]


def test_several_filled_sheets_need_a_name(workspace: Workspace) -> None:
    fees: list[list[object]] = [SHORT_HEADER, ["甲", date(2021, 6, 30), 1]]
    put(workspace, "fees.xlsx", workbook({"上半年": fees, "下半年": fees}))
    problem = fault(workspace)
    assert "上半年、下半年" in problem.what.zh
    assert len(read(workspace, fees=Source(file="fees.xlsx", sheet="下半年"))["fees"].frame) == 1
    assert "下半年" in fault(workspace, fees=Source(file="fees.xlsx", sheet="下丰年")).fix.zh


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04junk", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_workbook_is_refused(workspace: Workspace, content: bytes) -> None:
    put(workspace, "ledgers.xlsx", content)
    assert fault(workspace).code == "ledger.file"


def test_password_and_old_format_are_told(workspace: Workspace) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    put(workspace, "fees.xlsx", ole + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert "密码" in fault(workspace).what.zh
    put(workspace, "fees.xlsx", ole)
    assert ".xls 格式" in fault(workspace).what.zh
    (workspace.root / "data/gz/fees.xlsx").unlink()
    put(workspace, "fees.xls", ole)
    assert "另存为 .xlsx" in fault(workspace).fix.zh


def rezipped(content: bytes, change: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change.get(name, old.read(name)))
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
GOOD_BOOK = workbook({"fees": [SHORT_HEADER, ["甲", date(2021, 6, 30), 1]]})


def test_a_zip_bomb_is_refused_without_unpacking_it(workspace: Workspace) -> None:
    put(workspace, "fees.xlsx", rezipped(GOOD_BOOK, {SHEET: b" " * (xlsx_parts.RATIO_FROM + 1)}))
    assert "解压后过大" in fault(workspace).what.zh


def test_a_lying_size_is_not_unpacked(workspace: Workspace) -> None:
    content = bytearray(rezipped(GOOD_BOOK, {SHEET: b"<x>" * 100_000}))
    central = content.rindex(SHEET.encode()) - 46
    assert content[central : central + 4] == b"PK\x01\x02"
    content[central + 24 : central + 28] = (10).to_bytes(4, "little")
    put(workspace, "fees.xlsx", bytes(content))
    assert fault(workspace).code == "ledger.file"


@pytest.mark.parametrize(
    "sheet_data",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1"><c r="ZZ1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>',
    ],
)
def test_a_sheet_that_spans_everything_is_refused(workspace: Workspace, sheet_data: bytes) -> None:
    space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = b'<worksheet xmlns="' + space + b'"><sheetData>%s</sheetData></worksheet>'
    put(workspace, "fees.xlsx", rezipped(GOOD_BOOK, {SHEET: xml % sheet_data}))
    problem = fault(workspace)
    assert "过大" in problem.what.zh
    assert problem.where.sheet == "fees"


def test_entities_in_a_workbook_are_refused(workspace: Workspace) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD_BOOK)) as archive:
        xml = archive.read("xl/workbook.xml")
    bomb = xml.replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook', 1)
    put(workspace, "fees.xlsx", rezipped(GOOD_BOOK, {"xl/workbook.xml": bomb}))
    assert "不是有效的" in fault(workspace).what.zh


# --- Parquet


def test_parquet_with_types_is_read_like_text(workspace: Workspace) -> None:
    table = pa.table(
        {
            "case_id": [1, 2],
            "kind": ["review", "行政诉讼"],
            "route": [None, "复议后起诉"],
            "accepted_date": [AFTERNOON, AFTERNOON + timedelta(days=1)],
            "joint_defendant": [True, None],
            "blob": [b"x", b"y"],
        }
    )
    parquet.write_table(table, workspace.root / "data/gz/disputes.parquet")
    found = read(workspace)["disputes"].frame
    assert found["case_id"].tolist() == ["1", "2"]
    assert found["joint_defendant"].tolist()[0] is True
    assert found["accepted_date"].dt.day.tolist() == [5, 6]
    amounts = [pa.array([24252.311082]), pa.array([Decimal("24252.3110820")])]
    for amount in [*amounts, pa.array(["24252.311082"]).dictionary_encode()]:
        fees = pa.table({"item": ["甲"], "period_end": [date(2021, 1, 1)], "amount_yuan": amount})
        parquet.write_table(fees, workspace.root / "data/gz/fees.parquet")
        assert read(workspace)["fees"].frame["amount_yuan"].tolist() == [Decimal("24252.311082")]


def test_times_of_another_zone_and_small_decimals_in_parquet(workspace: Workspace) -> None:
    late = pa.array([datetime(2021, 12, 31, 20, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    fees = pa.table({"item": ["甲"], "period_end": late, "amount_yuan": [Decimal("0.0000001")]})
    parquet.write_table(fees, workspace.root / "data/gz/fees.parquet")
    frame = read(workspace)["fees"].frame
    assert frame["period_end"].tolist() == [pd.Timestamp("2022-01-01")]
    assert frame["amount_yuan"].tolist() == [Decimal("0.0000001")]


def test_bad_parquet_is_refused(workspace: Workspace) -> None:
    put(workspace, "fees.parquet", b"PAR1" + bytes(200) + b"PAR1")
    assert "Parquet" in fault(workspace).what.zh
    nested = pa.table({"item": [["甲"]], "period_end": [date(2021, 1, 1)], "amount_yuan": [1]})
    parquet.write_table(nested, workspace.root / "data/gz/fees.parquet")
    assert fault(workspace).where.column == "item"


# --- which file


def test_two_files_for_one_ledger_are_a_fault(workspace: Workspace) -> None:
    put(workspace, "fees.csv", FEES.encode())
    put(workspace, "行政事业性收费台账.csv", FEES.encode())
    put(workspace, "ledgers.xlsx", GOOD_BOOK)
    problem = fault(workspace)
    for name in ("fees.csv", "行政事业性收费台账.csv", "ledgers.xlsx"):
        assert name in problem.what.zh
    assert len(read(workspace, fees=Source(file="fees.csv"))["fees"].frame) == 2


def test_a_file_is_looked_for_beside_the_ledgers_and_then_in_the_workspace(workspace: Workspace) -> None:
    (workspace.root / "exports").mkdir()
    (workspace.root / "exports/f.csv").write_text(FEES, encoding="utf-8")
    assert read(workspace, fees=Source(file="exports/f.csv"))["fees"].source == "exports/f.csv"
    problem = fault(workspace, fees=Source(file="exports/g.csv"))
    assert "文件不存在" in problem.what.zh
    assert problem.where.file == "exports/g.csv"  # as the parameters say it, not a place that was guessed
    assert "f.csv" in problem.fix.en


def test_files_of_other_names_are_named_and_never_opened(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("aplications.csv", "涂料.xlsx", "README.md", "declared-2021.json", "declared-2020.xlsx", "notes.txt"):
        put(workspace, name, b"")
    with (workspace.root / "data/gz/aplications.csv").open("r+b") as handle:
        handle.truncate(1 << 30)  # sparse
    put(workspace, "fees.csv", FEES.encode())
    opened: list[str] = []
    original = Path.open

    def spy(path: Path, *arguments: str) -> IO[Any]:
        opened.append(path.name)
        return original(path, *arguments)

    monkeypatch.setattr(Path, "open", spy)
    warnings = find_stray_files(workspace, "gz", build_schemas(workspace.editions))
    assert {problem.where.file for problem in warnings} == {"data/gz/aplications.csv", "data/gz/涂料.xlsx"}
    assert {problem.severity for problem in warnings} == {"warning"}
    assert "applications.csv" in warnings[0].fix.zh
    assert list(read(workspace)) == ["fees"]
    assert opened == ["fees.csv"]
    named = [workspace.root / "data/gz/涂料.xlsx"]
    warnings = find_stray_files(workspace, "gz", build_schemas(workspace.editions), named)
    assert [problem.where.file for problem in warnings] == ["data/gz/aplications.csv"]


def test_a_file_over_the_limit_is_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 10)
    put(workspace, "fees.csv", FEES.encode())
    assert "1 GB" in fault(workspace).what.zh


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["fees.csv", "fees.xlsx", "ledgers.xlsx"])
def test_a_link_out_of_the_workspace_is_not_followed(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside") / name
    outside.write_bytes(FEES.encode())
    (workspace.root / "data/gz" / name).symlink_to(outside)
    problem = fault(workspace)
    assert (problem.code, problem.where.file) == ("ledger.file", f"data/gz/{name}")
    assert str(outside) not in problem.text().zh


def test_a_path_out_of_the_workspace_is_refused(workspace: Workspace) -> None:
    problem = fault(workspace, fees=Source(file="../../../etc/passwd"))
    assert problem.code == "ledger.file"


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders on Windows")
def test_a_pipe_is_refused_and_not_waited_for(workspace: Workspace) -> None:
    os.mkfifo(workspace.root / "data/gz/fees.csv")
    assert "不是普通文件" in fault(workspace).what.zh


def test_a_misspelt_sheet_is_a_fault_and_a_variant_character_is_none(workspace: Workspace) -> None:
    fees: list[list[object]] = [SHORT_HEADER, ["甲", date(2021, 6, 30), 1]]
    put(workspace, "ledgers.xlsx", workbook({"行政事业收费台账": fees, "汇总": [["x"]]}))
    problem = fault(workspace)
    assert problem.where.sheet == "行政事业收费台账"
    assert "行政事业性收费台账" in problem.fix.zh
    put(workspace, "ledgers.xlsx", workbook({"行政事业性收费台帐": fees}))
    assert list(read(workspace)) == ["fees"]


# --- SQLite


@pytest.fixture
def database(workspace: Workspace) -> Path:
    path = workspace.root / "data/gz/x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (项目 text, 日 text, 金额 real, 姓名 text)")
        connection.execute(
            "insert into t values ('乙', '2021-06-30', 24252.311082, '欧阳某某'), ('甲', '2021-12-31', 3, '')"
        )
    connection.close()
    return path


QUERY = "select 项目 as item, 日 as 期末日期, 金额 as amount_yuan, 姓名 from t"
URL = "sqlite:///data/gz/x.db"


def test_sqlite_is_read_only_and_sorted(workspace: Workspace, database: Path) -> None:
    before = database.read_bytes()
    ledger = read(workspace, fees=Source(url=URL, query=QUERY))["fees"]
    assert ledger.frame["amount_yuan"].tolist() == [Decimal("24252.311082"), Decimal(3)]
    assert sorted(ledger.frame["item"]) == ledger.frame["item"].tolist()
    assert "欧阳某某" not in ledger.frame.to_csv()
    assert ledger.source == "sqlite:///data/gz/x.db"
    assert database.read_bytes() == before
    ordered = read(workspace, fees=Source(url=URL, query=f"{QUERY} order by 金额"))["fees"]
    assert ordered.frame["amount_yuan"].tolist()[0] == 3


def test_environment_values_fill_the_address_and_the_query(workspace: Workspace, database: Path) -> None:
    source = Source(url="sqlite:///data/gz/${DB}", query=f"{QUERY} where 项目 = ${{ITEM}} and '12:30' = '12:30'")
    frame = read(workspace, {"DB": "x.db", "ITEM": "甲"}, fees=source)["fees"].frame
    assert frame["item"].tolist() == ["甲"]
    injected = read(workspace, {"DB": "x.db", "ITEM": "x' or '1'='1"}, fees=source)["fees"].frame
    assert injected.empty
    problem = fault(workspace, {"DB": "x.db"}, fees=source)
    assert "ITEM" in problem.what.zh
    assert "DB" not in problem.what.zh


@pytest.mark.parametrize(
    ("url", "query", "needle"),
    [
        (URL, "select * from absent", "表不存在"),
        (URL, "select absent from t", "列不存在"),
        (URL, "selekt", "查询语句有误"),
        (URL, "delete from t", "只允许读取"),
        (URL, "attach database '/etc/passwd' as y", "只允许读取"),
        (URL, "", "缺少 query"),
        ("sqlite:///data/gz/y.db", QUERY, "文件不存在"),
        ("sqlite:////etc/passwd", QUERY, "工作区以外"),
        ("sqlite:///../../x.db", QUERY, "工作区以外"),
        ("sqlite://", QUERY, "文件不存在"),
        ("sqlite:///data/gz/fees.csv", QUERY, "不是 SQLite"),
        ("mysql://u:geheim@h/x", QUERY, "不支持"),
        ("not an address geheim", QUERY, "写法有误"),
    ],
)
def test_a_database_that_gives_nothing_says_why(
    workspace: Workspace, database: Path, url: str, query: str, needle: str
) -> None:
    (workspace.root / "data/gz/fees.csv").write_text(FEES, encoding="utf-8")
    problem = fault(workspace, fees=Source(url=url, query=query))
    assert problem.code == "ledger.file"
    assert needle in problem.what.zh
    assert "u:geheim" not in problem.text().zh + problem.text().en
    assert database.exists()


def test_a_database_that_is_down_is_one_problem_without_the_password(workspace: Workspace) -> None:
    pytest.importorskip("psycopg")
    source = Source(url="postgresql+psycopg://amt:${PW}@127.0.0.1:1/x", query="select 1")
    problem = fault(workspace, {"PW": "g@h/ei:m"}, fees=source)
    assert "连接不上" in problem.what.zh
    assert problem.where.file == "postgresql+psycopg://127.0.0.1:1/x"
    assert "g@h/ei:m" not in repr(problem)


def test_a_missing_driver_names_the_extra(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    problem = fault(workspace, fees=Source(url="postgresql://h/x", query="select 1"))
    assert "pip install govnb[postgresql]" in problem.fix.zh
