"""What the tests of forms share: whether a grid tiles, an invented edition, and any edition there could be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import govnb.form
from govnb.form.edition import Edition, parse_editions
from govnb.form.grid import Grid

PACKAGED = Path(govnb.form.__file__).parent / "editions"

# Invented: rows renamed, a block more in table 1, a block more in table 3, a rule of its own.
EDITION_2027 = """\
edition: 2027
authority: 国办公开办函〔2027〕1号
years: [2027, null]
base: 2021
sections:
  - {code: other, title: 需要报告的其他事项}
tables:
  disclosure:
    blocks:
      - clause: 第二十条第（一）项
        columns: {issued: 本年制发件数, repealed: 本年废止件数, in_force: 现行有效件数}
        rows: {regulations: 规章, normative_documents: 行政规范性文件}
      - clause: 第二十条第（五）项
        columns: {decisions: 本年处理决定数量}
        rows: {licences: 行政许可事项}
      - clause: 第二十条第（八）项
        columns: {amount: 本年收费金额（单位：万元）}
        rows: {fees: 行政事业性收费}
      - clause: 第二十条第（十）项
        columns: {plans: 应急预案数量, drills: 演练次数}
        rows: {emergencies: 突发公共事件}
  applications:
    rows_replaced: {other: （六）其他处理结果}
  disputes:
    blocks:
      - {code: review, label: 行政复议}
      - {code: litigation_direct, label: 未经复议直接起诉, group: 行政诉讼}
      - {code: litigation_after_review, label: 复议后起诉, group: 行政诉讼}
      - {code: supervision, label: 检察监督}
identities:
  - {id: applications.results, severity: error, rule: "per column: sum of granted … other == total"}
  - {id: disclosure.drills, severity: warning, rule: "per row: drills <= plans"}
"""


def packaged_texts() -> dict[str, tuple[str, str]]:
    return {path.stem: (path.name, path.read_text(encoding="utf-8")) for path in sorted(PACKAGED.glob("*.yaml"))}


def edition_2027() -> Edition:
    return parse_editions({**packaged_texts(), "2027": ("editions/2027.yaml", EDITION_2027)})[2027]


def covered(grid: Grid) -> dict[tuple[int, int], int]:
    """How many cells lie over each place of the table, also outside of it."""
    count: dict[tuple[int, int], int] = {}
    for cell in grid.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for column in range(cell.column, cell.column + cell.colspan):
                count[(row, column)] = count.get((row, column), 0) + 1
    return count


def assert_tiles(grid: Grid) -> None:
    places = {(row, column) for row in range(grid.rows) for column in range(grid.columns)}
    count = covered(grid)
    assert set(count) == places, "a hole, or a cell that reaches out of the table"
    assert set(count.values()) == {1}, "two cells overlap"


def assert_complete(grid: Grid, edition: Edition) -> None:
    """Every cell of the edition once, labels that say something, scopes on labels only."""
    keys = [cell.key for cell in grid.cells if cell.key is not None]
    expected = [(row, column) for row, columns in edition.rows(grid.table).items() for column in columns]
    assert sorted(keys) == sorted(expected)
    for cell in grid.cells:
        assert (cell.key is None) == (cell.scope is not None) == bool(cell.text)


def _grouped(draw: st.DrawFn, *groups: str) -> dict[str, str]:
    """A label, with one of the groups or without."""
    group = draw(st.sampled_from([None, *groups]))
    return {"label": draw(_labels)} if group is None else {"label": draw(_labels), "group": group}


_codes = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
_labels = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E40), min_size=1, max_size=6)


def _mapping(keys: st.SearchStrategy[str], most: int) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(keys, _labels, min_size=1, max_size=most)


@st.composite
def _disclosures(draw: st.DrawFn) -> dict[str, Any]:
    blocks = []
    rows = draw(st.lists(_codes, min_size=1, max_size=7, unique=True))
    while rows:
        taken, rows = rows[: draw(st.integers(1, 3))], rows[3:]
        columns = draw(_mapping(_codes, 4))
        blocks.append({"clause": draw(_labels), "columns": columns, "rows": {row: draw(_labels) for row in taken}})
    return {"row_header": draw(_labels), "blocks": blocks}


@st.composite
def _applications(draw: st.DrawFn) -> dict[str, Any]:
    fixed = {"new", "carried_in", "total", "carried_out", "results"}
    outcomes = draw(st.lists(_codes.filter(lambda code: code not in fixed), max_size=5, unique=True))
    rows, groups = ["new", "carried_in"], {"results": draw(_labels)}
    for code in outcomes:
        items = draw(st.lists(_codes, max_size=4, unique=True))
        rows += [f"{code}.{item}" for item in items] or [code]
        if items:
            groups[code] = draw(_labels)
    rows += ["total", "carried_out"]
    columns = draw(st.lists(_codes.filter(lambda code: code != "total"), max_size=6, unique=True))
    heads = {column: _grouped(draw, "甲", "乙") for column in columns}
    return {
        "note": draw(_labels),
        "header": draw(_labels),
        "columns": {**heads, "total": {"label": "总计"}},
        "rows": {row: draw(_labels) for row in rows},
        "groups": groups,
    }


@st.composite
def _disputes(draw: st.DrawFn) -> dict[str, Any]:
    codes = draw(st.lists(_codes, min_size=1, max_size=4, unique=True))
    blocks = [{"code": code, **_grouped(draw, "丙", "丁")} for code in codes]
    return {"blocks": blocks, "columns": draw(_mapping(_codes, 5))}


@st.composite
def editions(draw: st.DrawFn) -> dict[str, Any]:
    """The data of an edition file that is right in form, whatever it says."""
    tables = ("disclosure", "applications", "disputes")
    return {
        "edition": draw(st.integers(2027, 2099)),
        "authority": draw(_labels),
        "years": [2027, None],
        "sections": [{"code": table, "number": "一", "title": draw(_labels), "table": table} for table in tables],
        "tables": {
            "disclosure": draw(_disclosures()),
            "applications": draw(_applications()),
            "disputes": draw(_disputes()),
        },
        "identities": [{"id": "x", "severity": "error", "rule": "per column: new + carried_in == total + carried_out"}],
    }
