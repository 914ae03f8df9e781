"""Ledgers as a whole: all thirteen, their types, every kind of fault with its place, and the matters of order."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pytest

from govnb.errors import LedgerError, Problem, UsageError
from govnb.form.edition import Column, packaged_editions
from govnb.inputs.ledgers import Ledger, read_ledgers
from govnb.inputs.params import Source
from govnb.inputs.schema import build_schemas
from govnb.inputs.typing_pass import LISTED
from govnb.inputs.workspace import Workspace

SCHEMAS = build_schemas()
SAMPLES = {
    "id": ("甲-001", "甲-001"),
    "text": ("一段文字", "一段文字"),
    "date": ("2021年3月5日", pd.Timestamp("2021-03-05")),
    "int": ("2,021", 2021),
    "decimal": ("2021.311082", Decimal("2021.311082")),
    "bool": ("是", True),
    "enum-open": ("自设类别", "自设类别"),
}
APPLICATIONS = "申请编号,收到日期,申请人类型,答复日期,办理结果"
GOOD = "A1,2021-03-05,自然人,2021-03-20,予以公开"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "data" / "gz").mkdir(parents=True)
    return Workspace(tmp_path, packaged_editions())


def write(workspace: Workspace, name: str, text: str) -> None:
    (workspace.root / "data" / "gz" / name).write_text(text, encoding="utf-8")


def read(workspace: Workspace, **sources: Source) -> dict[str, Ledger]:
    return read_ledgers(workspace, sources, "gz", {})


def faults(workspace: Workspace, **sources: Source) -> tuple[Problem, ...]:
    with pytest.raises(LedgerError) as caught:
        read(workspace, **sources)
    return caught.value.problems


def application_faults(workspace: Workspace, *rows: str, header: str = APPLICATIONS) -> tuple[Problem, ...]:
    write(workspace, "applications.csv", "\n".join([header, *rows]) + "\n")
    return faults(workspace)


@pytest.mark.parametrize("by_code", [True, False], ids=["codes", "Chinese headers, in another order"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_reads_each_of_the_thirteen_ledgers(workspace: Workspace, name: str, by_code: bool) -> None:
    schema = SCHEMAS[name]
    columns = list(schema.columns.values())
    if not by_code:
        columns.reverse()
    cells = {}
    for column in columns:
        if column.type == "enum":
            code, label = list(column.values.items())[-1]
            cells[column.code] = (code if by_code else label, code)
        else:
            cells[column.code] = SAMPLES[column.type]
    header = ",".join(column.code if by_code else column.header for column in columns)
    row = ",".join(f'"{cells[column.code][0]}"' for column in columns)
    write(workspace, f"{name if by_code else schema.label}.csv", f"{header},备用\n{row},x\n")
    ledger = read(workspace)[name]
    assert list(ledger.frame.columns) == [column.code for column in schema.kept]
    assert ledger.frame.index.tolist() == [2]
    assert ledger.frame.index.name == "row"
    for code in ledger.frame.columns:
        assert ledger.frame[code].iloc[0] == cells[code][1], code


def test_there_are_thirteen_ledgers_and_one_personal_column() -> None:
    assert len(SCHEMAS) == 13
    personal = [f"{s.name}.{c.code}" for s in SCHEMAS.values() for c in s.columns.values() if c.personal]
    assert personal == ["applications.subject"]


def test_dtypes_are_those_of_the_interface_even_for_columns_that_are_not_there(workspace: Workspace) -> None:
    write(workspace, "applications.csv", "application_id,received_date,applicant_type\nA,2021-01-01,business\n")
    frame = read(workspace)["applications"].frame
    found = {code: str(dtype) for code, dtype in frame.dtypes.items()}
    assert found["application_id"] == found["outcome"] == "str"
    assert found["received_date"] == found["reply_date"] == "datetime64[s]"
    assert found["extension_days"] == "Int64"
    assert found["fee_yuan"] == "decimal128(38, 10)[pyarrow]"
    assert frame["reply_date"].isna().all()
    disputes = "case_id,kind,accepted_date\nX1,review,2021-01-01\n"
    write(workspace, "disputes.csv", disputes)
    assert str(read(workspace)["disputes"].frame["joint_defendant"].dtype) == "boolean"


def test_a_ledger_of_one_header_line_is_an_empty_ledger(workspace: Workspace) -> None:
    write(workspace, "applications.csv", APPLICATIONS + "\n")
    assert read(workspace)["applications"].frame.empty


def test_no_ledgers_and_no_folder_give_nothing(tmp_path: Path) -> None:
    assert read_ledgers(Workspace(tmp_path, packaged_editions()), {}, "gz", {}) == {}


@pytest.mark.parametrize("agency", ["../etc", "GZ", "", "a/b"])
def test_a_bad_agency_id_is_refused_before_any_path(workspace: Workspace, agency: str) -> None:
    with pytest.raises(UsageError):
        read_ledgers(workspace, {}, agency, {})


def test_an_added_row_of_an_edition_is_an_outcome_without_code(workspace: Workspace) -> None:
    form = packaged_editions()[2021]
    rows = {}
    for code, label in form.applications.rows.items():
        rows[code] = label
        if code == "denied.inquiry":
            rows["denied.new_ground"] = "9.属于新的情形"
    columns = {**form.applications.columns, "village": Column("村民委员会")}
    applications = dataclasses.replace(form.applications, rows=rows, columns=columns)
    edition = dataclasses.replace(form, number=2027, years=(2027, None), applications=applications)
    invented = Workspace(workspace.root, {**packaged_editions(), 2027: edition})
    write(workspace, "applications.csv", f"{APPLICATIONS}\nA1,2021-03-05,村民委员会,2021-03-20,三（三）9\n")
    frame = read(invented)["applications"].frame
    assert frame["outcome"].tolist() == ["denied.new_ground"]
    assert frame["applicant_type"].tolist() == ["village"]


@pytest.mark.parametrize(
    ("cell", "column", "needles"),
    [
        ("A1,2021-02-30,自然人,,", "收到日期", ("2021-02-30", "核对年、月、日")),
        ("A1,44260,自然人,,", "收到日期", ("44260", "2021-03-05", "日期格式")),
        ("A1,21-3-5,自然人,,", "收到日期", ("21-3-5", "两位", "四位年份")),
        ("A1,05/03/2021,自然人,,", "收到日期", ("05/03/2021", "四位年份写在前面")),
        ("A1,1921-3-5,自然人,,", "收到日期", ("1921-3-5", "1949")),
        ("A1,,自然人,,", "收到日期", ("必须填写",)),
        ("A1,2021-03-05,自燃人,,", "申请人类型", ("自燃人", "是否应为“自然人”", "values")),
        ("A1,2021-03-05,自然人,2021-03-20,属于国家密秘", "办理结果", ("属于国家密秘", "属于国家秘密")),
    ],
)
def test_a_bad_cell_names_row_column_value_and_remedy(
    workspace: Workspace, cell: str, column: str, needles: tuple[str, ...]
) -> None:
    [problem] = application_faults(workspace, GOOD, cell.replace("A1", "A2"))
    assert (problem.code, problem.severity) == ("ledger.value", "error")
    assert (problem.where.file, problem.where.row, problem.where.column) == ("data/gz/applications.csv", 3, column)
    assert problem.fix.zh
    assert problem.fix.en
    text = problem.text()
    assert [needle for needle in needles if needle not in text.zh] == []
    assert "row 3" in text.en


@pytest.mark.parametrize("value", ["2.5", "-1", "3件", "12%", "1e3", "三"])
def test_a_count_takes_whole_numbers_only(workspace: Workspace, value: str) -> None:
    write(workspace, "decisions.csv", f"kind,period_end,count\nlicences,2021-12-31,{value}\n")
    [problem] = faults(workspace)
    assert problem.where.column == "count"
    assert value[0] in problem.what.zh


@pytest.mark.parametrize("value", ["￥12.50", "12.5元", "100万元", "1.12345678901", "12,34"])
def test_an_amount_takes_exact_digits_only(workspace: Workspace, value: str) -> None:
    write(workspace, "fees.csv", f'item,period_end,amount_yuan\n工本费,2021-12-31,"{value}"\n')
    [problem] = faults(workspace)
    assert (problem.code, problem.where.column, problem.where.row) == ("ledger.value", "amount_yuan", 2)


def test_all_faults_of_all_ledgers_come_at_once(workspace: Workspace) -> None:
    write(workspace, "applications.csv", f"{APPLICATIONS}\nA1,x,自然人,y,z\nA2,2021-03-05,自然人,2021-03-01,予以公开\n")
    write(workspace, "fees.csv", "item,amount_yuan\n工本费,一元\n")
    write(workspace, "tasks.csv", "")
    found = faults(workspace)
    assert {(p.where.file.rpartition("/")[2], p.code) for p in found} == {
        ("applications.csv", "ledger.value"),
        ("applications.csv", "ledger.order"),
        ("fees.csv", "ledger.columns"),
        ("fees.csv", "ledger.value"),
        ("tasks.csv", "ledger.file"),
    }


def test_a_long_list_of_faults_is_cut_and_says_how_many_more(workspace: Workspace) -> None:
    rows = [f"A{number},2021-02-30,自然人,," for number in range(LISTED + 30)]
    found = application_faults(workspace, *rows)
    assert len(found) == LISTED + 1
    assert "另有30处" in found[-1].what.zh
    assert [problem.where.row for problem in found[:3]] == [2, 3, 4]


def test_missing_columns_name_the_likeliest_header(workspace: Workspace) -> None:
    found = application_faults(workspace, "A1,2021-03-05,x", header="申请编号,收到日期时间,甲乙丙丁")
    assert [problem.code for problem in found] == ["ledger.columns", "ledger.columns"]
    assert "“收到日期”（received_date）" in found[0].what.zh
    assert "收到日期时间" in found[0].fix.zh
    assert "甲乙丙丁" not in "".join(problem.text().zh for problem in found)


def test_doubled_columns_are_named_with_both_positions(workspace: Workspace) -> None:
    header = "申请编号,收到日期,申请人类型,received_date"
    [problem] = application_faults(workspace, "A1,2021-03-05,自然人,2021-03-05", header=header)
    assert problem.code == "ledger.columns"
    assert "第2列“收到日期”与第4列“received_date”" in problem.what.zh


def test_a_misspelt_optional_column_is_a_warning(workspace: Workspace) -> None:
    write(workspace, "applications.csv", "申请编号,收到日期,申请人类型,延期工作日数,序号\nA1,2021-03-05,自然人,3,1\n")
    [warning] = read(workspace)["applications"].warnings
    assert warning.severity == "warning"
    assert "延期工作日数" in warning.what.zh
    assert "延期工作日" in warning.fix.zh


@pytest.mark.parametrize("word", ["合计", "总 计", "小计：", "合计2件"])
def test_a_total_row_is_one_fault(workspace: Workspace, word: str) -> None:
    [problem] = application_faults(workspace, GOOD, f"{word},2,,,")
    assert (problem.code, problem.where.row) == ("ledger.rows", 3)
    assert "删除" in problem.fix.zh


def test_a_total_row_is_seen_in_an_extra_first_column(workspace: Workspace) -> None:
    [problem] = application_faults(workspace, f"1,{GOOD}", "合计,,,,,", header=f"序号,{APPLICATIONS}")
    assert (problem.code, problem.where.row) == ("ledger.rows", 3)


def test_blank_rows_are_skipped_with_a_warning_and_keep_the_numbering(workspace: Workspace) -> None:
    write(workspace, "applications.csv", f"{APPLICATIONS}\n{GOOD}\n\n,, ,　,\n{GOOD.replace('A1', 'A2')}\n,,,,\n")
    ledger = read(workspace)["applications"]
    assert ledger.frame.index.tolist() == [2, 5]
    [warning] = ledger.warnings
    assert (warning.code, warning.severity, warning.where.row) == ("ledger.rows", "warning", 3)
    assert "3个空行" in warning.what.zh


def test_a_quoted_newline_does_not_count_as_a_row(workspace: Workspace) -> None:
    [problem] = application_faults(
        workspace, '"A1\n续",2021-03-05,自然人,,', "A2,2021-13-05,自然人,,", header=APPLICATIONS
    )
    assert problem.where.row == 3


def order(workspace: Workspace, name: str, text: str) -> list[tuple[int | None, str | None, str]]:
    write(workspace, f"{name}.csv", text)
    found = read(workspace)[name].findings
    assert {problem.code for problem in found} <= {"ledger.order"}
    assert all(problem.severity == "error" and problem.fix.zh and problem.fix.en for problem in found)
    return [(problem.where.row, problem.where.column, problem.what.zh) for problem in found]


@pytest.mark.parametrize(
    ("name", "header", "row", "column", "needle"),
    [
        ("applications", "reply_date,outcome", "2021-03-20,", "outcome", "“reply_date”已填，但“outcome”是空的"),
        ("applications", "reply_date,outcome", ",granted", "outcome", "“reply_date”是空的"),
        ("applications", "reply_date,outcome", "2021-03-01,granted", "reply_date", "早于“received_date” 2021-03-05"),
        ("applications", "correction_notice_date", "2021-03-01", "correction_notice_date", "早于"),
        ("applications", "correction_received_date", "2021-03-01", "correction_received_date", "早于"),
        (
            "applications",
            "correction_notice_date,correction_received_date",
            "2021-03-10,2021-03-09",
            "correction_received_date",
            "早于“correction_notice_date”",
        ),
        ("applications", "fee_notice_date,fee_paid_date", "2021-03-10,2021-03-09", "fee_paid_date", "早于"),
        ("applications", "extension_days", "21", "extension_days", "0至20"),
        ("documents", "repealed_date", "2021-03-01", "repealed_date", "早于“issued_date”"),
        ("documents", "published_date", "2021-03-01", "published_date", "早于"),
        ("disputes", "concluded_date,result", "2021-03-01,upheld", "concluded_date", "早于"),
        ("disputes", "concluded_date,result", "2021-03-09,", "result", "是空的"),
        ("disputes", "route", "litigation_direct", "route", "不为“行政诉讼”"),
        ("messages", "handled_date", "2021-03-01", "handled_date", "早于"),
        ("platforms", "opened_date,closed_date", "2021-03-02,2021-03-01", "closed_date", "早于"),
        ("problems", "resolved_date", "2020-12-31", "resolved_date", "早于“year” 2021"),
    ],
)
def test_order(workspace: Workspace, name: str, header: str, row: str, column: str, needle: str) -> None:
    required = [c for c in SCHEMAS[name].columns.values() if c.required]
    cells = {c.code: _sound_cell(c.type, c.values) for c in required}
    text = f"{','.join(cells)},{header}\n{','.join(cells.values())},{row}\n"
    [(found_row, found_column, what)] = order(workspace, name, text)
    assert (found_row, found_column) == (2, column)
    assert needle in what


def _sound_cell(kind: str, values: object) -> str:
    if kind == "enum":
        return next(iter(values))  # type: ignore[call-overload]
    return {"date": "2021-03-05", "int": "2021", "decimal": "1"}.get(kind, "X1")


def test_a_lawsuit_needs_a_route(workspace: Workspace) -> None:
    text = "case_id,kind,accepted_date\nX1,litigation,2021-03-05\nX2,review,2021-03-05\n"
    [(row, column, what)] = order(workspace, "disputes", text)
    assert (row, column) == (2, "起诉方式")
    assert "为“行政诉讼”，但“起诉方式”是空的" in what


def test_doubled_ids_name_the_first_row(workspace: Workspace) -> None:
    rows = "\n".join(f"甲{number},2021-03-05,自然人" for number in (1, 2, 1, 1))
    found = order(workspace, "applications", f"申请编号,收到日期,申请人类型\n{rows}\n")
    assert [(row, "第2行已有" in what) for row, _, what in found] == [(4, True), (5, True)]


def test_two_outcomes_for_one_application(workspace: Workspace) -> None:
    text = f"{APPLICATIONS}\n{GOOD}\n{GOOD.replace('予以公开', '部分公开')}\n"
    [(row, column, what)] = order(workspace, "applications", text)
    assert (row, column) == (3, "申请编号")
    assert "“办理结果”不同" in what


def test_a_document_may_be_reviewed_twice_but_not_on_one_day(workspace: Workspace) -> None:
    header = "document_id,reviewed_date,openness_before,openness_after"
    rows = [f"穗府办〔2021〕5号,2021-0{month}-01,on_request,active" for month in (1, 2, 2)]
    [(row, _, what)] = order(workspace, "openness_reviews", "\n".join([header, *rows]))
    assert row == 4
    assert "穗府办〔2021〕5号" in what


def test_a_faulty_row_is_not_told_twice(workspace: Workspace) -> None:
    [problem] = application_faults(workspace, "A1,2021-03-05,自然人,2021-02-30,予以公开")
    assert problem.code == "ledger.value"


def test_their_columns_and_values_are_mapped(workspace: Workspace) -> None:
    text = "登记号,登记日,身份,办结情况,办结日\nA1,2021-03-05,个人,同意公开,2021-03-20\nA2,2021-03-05,个人,-,\n"
    write(workspace, "export.csv", text)
    columns = {"登记号": "application_id", "登记日": "received_date", "身份": "applicant_type"}
    columns |= {"办结情况": "outcome", "办结日": "reply_date"}
    values = {"applicant_type": {"个人": "自然人"}, "outcome": {"同意公开": "granted", "-": ""}}
    source = Source(file="export.csv", columns=columns, values=values)
    frame = read(workspace, applications=source)["applications"].frame
    assert frame["applicant_type"].tolist() == ["natural_person", "natural_person"]
    assert frame["outcome"].tolist()[0] == "granted"
    assert frame["outcome"].isna().tolist() == [False, True]


def test_a_mapping_that_fits_nothing_is_a_fault(workspace: Workspace) -> None:
    write(workspace, "applications.csv", f"{APPLICATIONS}\n{GOOD}\n")
    source = Source(file="applications.csv", columns={"收到曰期": "received_date", "申请渠道2": "chanel"})
    found = faults(workspace, applications=source)
    assert {problem.code for problem in found} == {"ledger.columns"}
    text = "".join(problem.text().zh for problem in found)
    assert "收到曰期" in text
    assert "channel" in text


SECRET = "欧阳某某"
ID_CARD = "44010519491231002X"
MOBILE = "13800138000"


def test_personal_text_is_in_no_message_and_no_frame(workspace: Workspace) -> None:
    header = f"{APPLICATIONS},申请内容,申请人姓名,扣除工作日"
    rows = [
        f"{ID_CARD},{SECRET},{SECRET},{ID_CARD},{SECRET},{SECRET},{SECRET},{MOBILE}x",
        f"{ID_CARD}{SECRET},2021-03-05,自然人,2021-03-01,予以公开,{SECRET},{SECRET},1",
        f"{ID_CARD}{SECRET},2021-03-05,自然人,2021-03-01,部分公开,{SECRET},{SECRET},1",
    ]
    found = application_faults(workspace, *rows, header=header)
    assert {problem.code for problem in found} == {"ledger.value", "ledger.order"}
    text = "".join(problem.text().zh + problem.text().en for problem in found)
    for part in (SECRET, SECRET[:2], ID_CARD, ID_CARD[6:14], MOBILE, MOBILE[3:8]):
        assert part not in text
    write(workspace, "applications.csv", f"{APPLICATIONS},申请内容,姓名\n{GOOD},{SECRET},{SECRET}\n")
    ledger = read(workspace)["applications"]
    assert SECRET not in ledger.frame.to_csv()
    assert "subject" not in ledger.frame.columns


def test_codes_say_what_the_frame_says(workspace: Workspace) -> None:
    """Also of blanks, and where a value is met only in a row that is left out."""
    rows = (GOOD, "A2,2021-03-06,商业企业,,", "A3,2021-03-07,自然人,2021-03-20,部分公开", ",,,,")
    write(workspace, "applications.csv", "\n".join([APPLICATIONS, *rows, GOOD.replace("A1", "A4")]) + "\n")
    ledger = read(workspace)["applications"]
    assert set(ledger.codes) == {"channel", "applicant_type", "outcome"}
    for column, (codes, values) in ledger.codes.items():
        named = [values[code] for code in codes]
        assert named == [None if pd.isna(cell) else cell for cell in ledger.frame[column]]
        assert values[-1] is None


def test_a_frame_can_be_written_to(workspace: Workspace) -> None:
    write(workspace, "applications.csv", f"{APPLICATIONS},延期工作日\n{GOOD},5\n")
    frame = read(workspace)["applications"].frame
    frame.loc[2, "extension_days"] = 7
    frame.loc[2, "reply_date"] = pd.Timestamp("2021-03-22")
    assert frame.loc[2, ["extension_days", "reply_date"]].tolist() == [7, pd.Timestamp("2021-03-22")]


def test_reading_leaves_arrow_with_the_memory_that_it_had(workspace: Workspace) -> None:
    before = pa.default_memory_pool().backend_name
    assert application_faults(workspace, "A1,2021-02-30,自然人,,")
    assert pa.default_memory_pool().backend_name == before
