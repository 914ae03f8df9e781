"""A value written in any allowed spelling is read back equal; no content makes reading raise anything else."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.errors import LedgerError
from govnb.form.edition import packaged_editions
from govnb.inputs.ledgers import read_ledgers
from govnb.inputs.schema import Column, build_schemas
from govnb.inputs.values import Fault, parse_bool, parse_date, parse_decimal, parse_enum, parse_int
from govnb.inputs.workspace import Workspace

SCHEMAS = build_schemas()
ENUMS = [column for schema in SCHEMAS.values() for column in schema.columns.values() if column.type == "enum"]
NUMBER = Column("n", "数", "decimal")
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})

DATE_SPELLINGS = (
    lambda day: day.isoformat(),
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year} 年 {day.month:02} 月 {day.day:02} 日",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.isoformat()} 00:00:00",
    lambda day: f"{day.isoformat()}T23:59:59.123+08:00",
    lambda day: day.isoformat().translate(FULL_WIDTH),
)


@given(st.dates(date(1949, 1, 1), date(2100, 12, 31)), st.sampled_from(DATE_SPELLINGS))
def test_dates(day: date, spell) -> None:  # type: ignore[no-untyped-def]
    assert parse_date(spell(day)) == day


@given(st.dates(date(1949, 1, 1), date(2100, 12, 31)))
def test_dates_of_two_digits_or_day_first_are_never_guessed(day: date) -> None:
    for text in (f"{day:%y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day:%d.%m.%y}", f"{day:%Y-%m}"):
        assert isinstance(parse_date(text), Fault)


@given(st.integers(0, 10**12), st.sampled_from(["{}", "{:,}", "{}.0", "0{}"]), st.booleans())
def test_ints(number: int, pattern: str, wide: bool) -> None:
    text = pattern.format(number)
    assert parse_int(text.translate(FULL_WIDTH) if wide else text, NUMBER) == number


@given(st.decimals(-(10**19), 10**19, places=10), st.booleans(), st.booleans())
def test_decimals(number: Decimal, grouped: bool, wide: bool) -> None:
    text = f"{number:,f}" if grouped else f"{number:f}"
    found = parse_decimal(text.translate(FULL_WIDTH) if wide else text, NUMBER)
    assert isinstance(found, Decimal)
    assert found == number


@given(st.sampled_from([("是", True), ("否", False), ("TRUE", True), ("false", False), ("１", True), ("0", False)]))
def test_bools(pair: tuple[str, bool]) -> None:
    assert parse_bool(pair[0]) is pair[1]


@given(st.data())
def test_enums(data: st.DataObject) -> None:
    column = data.draw(st.sampled_from(ENUMS))
    code, label = data.draw(st.sampled_from(sorted(column.values.items())))
    spelling = data.draw(
        st.sampled_from([code, label, code.upper(), label.replace("（", "("), label.replace("、", " ")])
    )
    assert parse_enum(spelling, column) == code


TEXTS = st.text(max_size=40) | st.from_regex(r"[0-9年月日/.,:eE+\-]{1,24}", fullmatch=True)


@given(TEXTS.map(str.strip).filter(bool))
def test_any_text_gives_a_value_or_a_fault_that_says_what_to_do(text: str) -> None:
    found = [parse_date(text), parse_int(text, NUMBER), parse_decimal(text, NUMBER), parse_bool(text)]
    found += [parse_enum(text, column) for column in ENUMS]
    for value in found:
        if isinstance(value, Fault):
            assert value.what.zh
            assert value.what.en
            assert value.fix.zh
            assert value.fix.en


JUNK = st.binary(max_size=400) | st.lists(TEXTS, max_size=30).map(
    lambda cells: ("申请编号,收到日期,申请人类型,办理结果,答复日期\n" + ",".join(cells)).encode("utf-8", "replace")
)


@settings(deadline=None, max_examples=150)
@given(JUNK, st.sampled_from(["applications.csv", "applications.xlsx", "ledgers.xlsx", "applications.parquet"]))
def test_garbage_raises_nothing_but_a_ledger_error(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "data" / "gz").mkdir(parents=True)
        (root / "data" / "gz" / name).write_bytes(content)
        texts = []
        try:
            read_ledgers(Workspace(root, packaged_editions()), {}, "gz", {})
        except LedgerError as error:
            texts = [problem.text().zh for problem in error.problems]
        assert all(text.startswith("data/gz/") and str(root) not in text for text in texts)
