"""The quick way through a CSV file and the slow one, row by row, give the same frames and the same messages.

Also the pieces on which the quick way stands: numbers for texts, taking by position, plain numbers and dates.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from govnb.counting.book import exact_sum, median
from govnb.errors import LedgerError
from govnb.form.edition import packaged_editions
from govnb.inputs import csv_blocks, csv_source
from govnb.inputs.distinct import all_differ
from govnb.inputs.frames import to_pandas
from govnb.inputs.ledgers import read_ledgers
from govnb.inputs.params_data import Source
from govnb.inputs.raw import TEXT
from govnb.inputs.schema import Column, build_schemas
from govnb.inputs.typed import AMOUNT, Days, Listed, Numbers, Plain, from_arrow
from govnb.inputs.typing_pass import type_column
from govnb.inputs.values import parse_date, parse_decimal, parse_int
from govnb.inputs.workspace import Workspace
from tests.ledger_files import written

SCHEMAS = build_schemas()
MAPPED = {"是": "否", "x": "", "文字": "文", "3": "4"}
NUMBERS = {kind: Column("n", "数", kind, minimum=0) for kind in ("int", "decimal")}


@contextmanager
def patched(module: Any, name: str, value: object) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, value)
        yield


def outcome(workspace: Workspace, sources: dict[str, Source]) -> list[Any]:
    """Everything that reading says, in a form that can be compared."""
    try:
        ledgers = read_ledgers(workspace, sources, "gz", {})
    except LedgerError as error:
        return [error.problems]
    found: list[Any] = []
    for ledger in ledgers.values():
        frame = ledger.frame
        cells = frame.astype(object).where(frame.notna(), None)
        found += [
            ledger.name,
            ledger.findings,
            ledger.warnings,
            frame.index.tolist(),
            frame.dtypes.astype(str).tolist(),
        ]
        found += [cells.to_dict("list")]
    return found


@settings(deadline=None, max_examples=120)
@given(st.integers(0, 1 << 40), st.sampled_from(["applications", *SCHEMAS]))
def test_both_ways_read_alike(seed: int, name: str) -> None:
    random, schema = Random(seed), SCHEMAS[name]
    content = written(random, schema)
    code = random.choice(list(schema.columns))
    sources = {name: Source(file=f"{name}.csv", values={code: MAPPED})} if random.random() < 0.2 else {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "data" / "gz").mkdir(parents=True)
        (root / "data" / "gz" / f"{name}.csv").write_bytes(content)
        workspace = Workspace(root, packaged_editions())
        whole = outcome(workspace, sources)
        # Titles and header are always in the first block, as they are in one of several megabytes.
        with patched(csv_blocks, "BLOCK", random.choice([200, 300, 2000])), patched(csv_blocks, "PART", 600):
            assert outcome(workspace, sources) == whole
        with patched(csv_source, "_read_in_blocks", lambda *_: None):
            assert outcome(workspace, sources) == whole


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_well_formed_file_goes_the_quick_way(encoding: str, tmp_path: Path) -> None:
    def slow(*_: object) -> None:
        raise AssertionError

    rows = "".join(f'A{number},2021-03-05,"自然人",,\r\n' for number in range(300))
    path = tmp_path / "data" / "gz" / "applications.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(f"台账,,,,\r\n申请编号,收到日期,申请人类型,答复日期,办理结果\r\n\r\n{rows}\r\n".encode(encoding))
    with patched(csv_source, "read_rows", slow), patched(csv_blocks, "BLOCK", 900), patched(csv_blocks, "PART", 300):
        ledger = read_ledgers(Workspace(tmp_path, packaged_editions()), {}, "gz", {})["applications"]
    assert ledger.frame.index.tolist() == list(range(4, 304))
    assert ledger.frame["application_id"].tolist() == [f"A{number}" for number in range(300)]
    assert [problem.where.row for problem in ledger.warnings] == [3]


@pytest.mark.parametrize("extra", [False, True], ids=["every column kept", "one column not kept"])
@pytest.mark.parametrize(
    "cells", [b"A\xff,2021-03-05", b"A1,\xe4\xb8", b"A\xe4,\xb8\xad", "甲,2021-03-05".encode("gb18030")]
)
def test_bytes_that_are_no_utf_8_are_never_taken_as_such(cells: bytes, extra: bool) -> None:
    """Also where each of two cells holds a part of a character, and in a column that nobody asked for."""
    header = "自用甲,自用乙,申请编号,收到日期\n" if extra else "申请编号,收到日期\n"
    row = cells + b",A1,2021-03-05\n" if extra else cells + b"\n"
    wanted = {"申请编号": False, "收到日期": True}

    def recognise(names: Sequence[str | None]) -> int:
        return sum(name in wanted for name in names)

    with pytest.raises(csv_blocks.NotInEncoding):
        csv_blocks.read_blocks(
            io.BytesIO(header.encode() + row),
            "utf-8",
            lambda _: ",",
            recognise,
            lambda names: {at: wanted[name] for at, name in enumerate(names) if name in wanted},
        )


IDS = st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=30)


@given(IDS, st.lists(st.integers(0, 30), max_size=4))
@example(["", "\0", "\0\0"], [])
@example(["a" * 8, "a" * 9, "b" + "a" * 8, "a" * 16], [1])
@example(["a", "b", "a"], [1, 2])
@example(["0", "0", "000000000"], [1])
def test_texts_that_all_differ_are_told_by_their_numbers(texts: list[str], cuts: list[int]) -> None:
    whole = pa.array(["前", *texts], TEXT)[1:]
    edges = sorted({0, len(texts), *(cut for cut in cuts if cut < len(texts))})
    chunks = pa.chunked_array([whole[a:b] for a, b in pairwise(edges)], TEXT)
    assert all_differ(chunks) == (len(set(texts)) == len(texts))


def test_texts_too_long_for_numbers_are_left_to_others() -> None:
    assert not all_differ(pa.chunked_array([pa.array(["a", "b" * 300], TEXT)]))


SPELT = st.from_regex(r"-?[0-9]{1,13}(,[0-9]{3})?(\.[0-9]{0,11})?|[0-9]{19,22}|[0-9.]{1,24}", fullmatch=True)


@given(st.sampled_from(["int", "decimal"]), st.lists(SPELT, min_size=1, max_size=6))
def test_many_numbers_are_read_as_each_of_them(kind: str, texts: list[str]) -> None:
    parse = parse_int if kind == "int" else parse_decimal
    many = [*texts, *map(str, range(1000, 1100))]  # so many that plain ones are converted together
    typed = type_column(pa.array(many, TEXT), NUMBERS[kind])
    values = [typed.values.cell(at) for at in range(len(many))]
    read = [parse(text, NUMBERS[kind]) for text in many]
    assert values == [value if isinstance(value, (int, Decimal)) else None for value in read]
    faults = [typed.fault_at(at) for at in np.flatnonzero(typed.faulty)] if typed.fault_at is not None else []  # type: ignore[arg-type]
    assert faults == [value for value in read if not isinstance(value, (int, Decimal))]


TIMES = st.from_regex(
    r"(19[0-9]{2}|20[0-3][0-9])-[0-3][0-9]-[0-3][0-9]([ T][0-2][0-9]:[0-6][0-9](:[0-6][0-9])?)?", fullmatch=True
)


@given(st.lists(TIMES, max_size=20))
def test_plain_dates_and_times_are_read_as_all_others(texts: list[str]) -> None:
    typed = type_column(pa.array(texts, TEXT), Column("d", "日期", "date"))
    read = [parse_date(text) for text in texts]
    days = [typed.values.cell(at) for at in range(len(texts))]
    assert days == [day if isinstance(day, date) else None for day in read]
    assert [at for at, day in enumerate(read) if not isinstance(day, date)] == (
        [] if typed.faulty is None else np.flatnonzero(typed.faulty).tolist()
    )


CELLS = {
    "date": st.dates(date(1949, 1, 1), date(2100, 12, 31)),
    "int": st.integers(-(10**12), 10**12),
    "decimal": st.decimals(-(10**19), 10**19, places=10),
    "bool": st.booleans(),
    "enum": st.sampled_from("甲乙丙"),
    "text": st.text(st.characters(codec="utf-8"), max_size=5),
}


def column_of(kind: str, cells: list[Any]) -> Days | Numbers | Listed | Plain:
    if kind == "date":
        return Days(np.array(cells, dtype="datetime64[D]").astype("datetime64[s]"))
    if kind in ("int", "bool"):
        values = np.array([cell or 0 for cell in cells], dtype=np.int64 if kind == "int" else np.bool_)
        return Numbers(values, np.array([cell is None for cell in cells], dtype=bool))
    if kind == "enum":
        return Listed(
            np.array([-1 if cell is None else "甲乙丙".index(cell) for cell in cells], np.int32), tuple("甲乙丙")
        )
    return Plain(pa.array(cells, AMOUNT if kind == "decimal" else TEXT))


@given(st.sampled_from(sorted(CELLS)), st.data(), st.integers(0, 10))
def test_columns_and_frames_hold_the_same_cells(kind: str, data: st.DataObject, cut: int) -> None:
    cells = data.draw(st.lists(st.none() | CELLS[kind], max_size=10))
    column = column_of(kind, cells)
    kept = pa.chunked_array([column.to_arrow()[:cut], column.to_arrow()[cut:]])
    for found in (column, from_arrow(column.to_arrow()), from_arrow(kept)):
        assert [found.cell(at) for at in range(len(cells))] == cells
        assert found.filled().tolist() == [cell is not None for cell in cells]
        frame = to_pandas({"c": found}, range(2, 2 + len(cells)))
        assert frame["c"].isna().tolist() == [cell is None for cell in cells]
        read = [getattr(cell, "date", lambda cell=cell: cell)() for cell in frame["c"].dropna()]
        assert read == [cell for cell in cells if cell is not None]
        if kind == "enum":
            assert found.equal("乙").tolist() == [cell == "乙" for cell in cells]  # type: ignore[union-attr]


@given(st.sampled_from(["int", "decimal"]), st.data())
def test_sums_and_medians_are_exact(kind: str, data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.none() | CELLS[kind], max_size=30))
    values = to_pandas({"c": column_of(kind, cells)}, range(len(cells)))["c"]
    present = [cell for cell in cells if cell is not None]
    assert Fraction(exact_sum(values)) == sum(map(Fraction, present))
    if kind == "int":
        ordered = sorted(present)
        middle = ordered[(len(ordered) - 1) // 2 : len(ordered) // 2 + 1]
        assert median(values) == (Decimal(sum(middle)) / len(middle) if middle else None)
