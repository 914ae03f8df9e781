"""A report of an organ that does not exist, made once and thrown away, in a process that is going to be forked.

What a first report loads, compiles and caches is then there for all others. It starts no thread, since what has started
one can't be forked: ledgers are made up instead of read (Arrow), and nothing is typeset (Typst). Nothing of it can be
seen in a report.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from govnb import charts, display, gallery, steps, versions
from govnb.example import example_notebook
from govnb.form.edition import TABLES, packaged_editions
from govnb.inputs.ledgers import Ledger
from govnb.inputs.params import read_params
from govnb.inputs.schema import Column, LedgerSchema, build_schemas
from govnb.inputs.workspace import find_workspace
from govnb.notebook.saving import notebook_text
from govnb.notebook.scrub import scrub
from govnb.render.prepare import prepare as prepare_rendering
from govnb.workpaper import Workpaper, build_book, read_calendar

_ORGAN = "rehearsal"
_ROWS = 4
_LINE = 25
_TEXT: Any = pd.StringDtype("pyarrow", na_value=np.nan)
_DTYPES: dict[str, Any] = {
    "date": "datetime64[s]",
    "int": "Int64",
    "bool": "boolean",
    "decimal": pd.ArrowDtype(pa.decimal128(38, 10)),
}


def rehearse() -> None:
    """Makes a report of the newest form from its first cell to its last file; nothing of it is kept."""
    year = max(packaged_editions())
    with TemporaryDirectory(prefix="govnb-") as folder:
        _write_params(Path(folder), year)
        prepare_rendering(_run(_paper(Path(folder), year)))
    _draw_letters()
    versions.package_versions()  # of what is loaded from now on


def _draw_letters() -> None:
    """Those of the official labels and of numbers: their outlines are then at hand in every chart."""
    labels = (label for edition in packaged_editions().values() for label in edition.applications.rows.values())
    letters = "".join(sorted({*"".join(labels), *"0123456789"}))
    lines = [letters[start : start + _LINE] for start in range(0, len(letters), _LINE)]
    charts.draw_ranking("letters", "", dict.fromkeys(lines, 1), "")


def _write_params(folder: Path, year: int) -> None:
    params = folder / "params" / _ORGAN
    params.mkdir(parents=True)
    agency = "name: 某市人民政府办公厅\nregion: 某市\nlevel: city\nwebsite: www.example.cn\nreply_target_days: 10\n"
    (params / "agency.yaml").write_text(agency, encoding="utf-8")
    (params / f"{year}.yaml").write_text(f"published_date: {year + 1}-01-31\n", encoding="utf-8")


def _paper(folder: Path, year: int) -> Workpaper:
    workspace = find_workspace(folder)
    params = read_params(workspace, _ORGAN, year)
    schemas = build_schemas(workspace.editions)
    ledgers = {name: Ledger(name, _frame(schema, year), f"{name}.csv") for name, schema in schemas.items()}
    return Workpaper(workspace, params, build_book(workspace, ledgers, read_calendar(workspace)), ledgers, None)


def _frame(schema: LedgerSchema, year: int) -> pd.DataFrame:
    """Made-up rows, of the types that the ledger reader gives."""
    index = pd.RangeIndex(2, 2 + _ROWS, name="row")
    cells = {column.code: [_cell(column, row, year) for row in range(_ROWS)] for column in schema.kept}
    types = {column.code: _DTYPES.get(column.type, _TEXT) for column in schema.kept}
    return pd.DataFrame({code: pd.Series(cells[code], index=index, dtype=types[code]) for code in cells})


def _cell(column: Column, row: int, year: int) -> Any:
    """Something that the column may hold; dates later in the row are later in the year."""
    words = [*column.values, *column.known, "其他"]
    made: dict[str, Any] = {
        "id": f"{row}",
        "text": f"某{row}",
        "enum": words[row % len(words)],
        "enum-open": words[row % len(words)],
        "date": date(year, 1 + 2 * row, 8),
        "int": year if column.code == "year" else row,
        "decimal": Decimal(row),
        "bool": row == 0,
    }
    return made[column.type]


def _run(paper: Workpaper) -> nbformat.NotebookNode:
    """The cells of the report's notebook, one after the other; the executed notebook."""
    tables = steps.count_tables(paper)
    catalogue = steps.count_figures(paper, tables)
    sections = steps.narrate(paper, catalogue)
    results = steps.run_checks(paper, tables, catalogue, sections)
    shown = [
        display.show_sources(paper),
        *(display.show_table(tables, table) for table in TABLES),
        display.show_figures(catalogue),
        display.show_narrative(sections),
        display.show_checks(results),
        gallery.draw_by_month(paper),
        gallery.draw_outcomes(paper, catalogue),
        gallery.draw_reply_days(paper),
        gallery.draw_years(paper, tables),
        gallery.draw_disclosures(paper, catalogue),
        steps.publish(paper, tables, catalogue, sections, results),
    ]
    cells = [
        nbformat.v4.new_code_cell(source, execution_count=1, outputs=[_output(each)])
        for source, each in zip(_sources(), shown, strict=False)
    ]
    notebook = scrub(nbformat.v4.new_notebook(cells=cells), paper.workspace.root, ())
    nbformat.validate(notebook)
    return nbformat.reads(notebook_text(notebook), as_version=4)  # type: ignore[no-any-return]


def _sources() -> Iterator[str]:
    """The code of the report's notebook as the wheel has it, which the review page then knows how to print."""
    with suppress(OSError):
        notebook = nbformat.reads(example_notebook().decode(), as_version=4)
        yield from (cell.source for cell in notebook.cells if cell.cell_type == "code")
    yield from repeat("...")


def _output(shown: Any) -> nbformat.NotebookNode:
    bundle = shown._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return nbformat.v4.new_output("execute_result", data, execution_count=1, metadata=metadata)  # type: ignore[no-any-return]
