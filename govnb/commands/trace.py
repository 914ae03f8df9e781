"""``govnb trace AGENCY YEAR FIGURE``: the ledger rows behind a number, without anybody's personal data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import agency_argument, examples, print_json, said, workspace_option, year_argument
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from govnb.counting.catalogue import Catalogue
    from govnb.counting.figures import Figure, Value
    from govnb.counting.tables import TableValues
    from govnb.workpaper import Workpaper


@command_named(
    "trace",
    help=said(
        "列出一个数字背后的台账记录（不含个人信息列）。",
        "Show the ledger rows behind a number, without personal columns.",
    ),
    epilog=examples(
        "govnb trace guangzhou-gov-office 2021 applications.new.total",
        "govnb trace guangzhou-gov-office 2021 disclosures.会议实录 --csv > rows.csv",
    ),
)
@agency_argument()
@year_argument()
@click.argument("figure")
@click.option("--json", "as_json", is_flag=True, help=said("输出 JSON", "Print JSON"))
@click.option("--csv", "as_csv", is_flag=True, help=said("输出 CSV", "Print CSV"))
@workspace_option
def command(agency: str, year: int, figure: str, as_json: bool, as_csv: bool, workspace: Path | None) -> int:
    from govnb.steps import count_figures, count_tables
    from govnb.workpaper import open_workpaper

    if as_json and as_csv:
        raise UsageError(Problem(Place(), Text("--json 与 --csv 只能选一个", "--json and --csv exclude each other")))
    paper = open_workpaper(agency, year, workspace)
    catalogue = count_figures(paper, count_tables(paper))
    if figure not in catalogue.figures:
        what = Text(f"没有数字“{figure}”", f"there is no figure “{figure}”")
        raise UsageError(Problem(Place(), what, _nearest_figure(figure, catalogue), "usage.figure"))
    found = catalogue.figures[figure]
    rows = rows_behind(paper, catalogue, figure)
    if as_json:
        print_json(_as_json(paper, catalogue, found, rows))
    elif as_csv:
        shares = shares_of(paper, catalogue, found)
        click.echo(_shares_as_csv(shares) if shares and rows is None else _as_csv(paper, rows), nl=False)
    else:
        _print(paper, catalogue, found, rows)
    return 0


def _nearest_figure(figure: str, catalogue: Catalogue) -> Text:
    """Hundreds of figures can't be listed: the nearest, or those that begin alike."""
    near = did_you_mean(figure, catalogue.figures)
    if len(near.zh) < 200:
        return near
    heads = "、".join(dict.fromkeys(name.split(".")[0] for name in catalogue.figures))
    return Text(f"数字以下列名称开头：{heads}", f"Figures begin with: {heads}")


def rows_behind(paper: Workpaper, catalogue: Catalogue, figure: str) -> pd.DataFrame | None:
    """The selected rows (index: row in the ledger's file), or None where the figure does not come from rows."""
    selection = catalogue.selections.get(figure)
    return None if selection is None else paper.book.rows(selection)


def headers(paper: Workpaper, ledger: str) -> dict[str, str]:
    """Column code → Chinese header, for the columns that are not personal."""
    from govnb.inputs.schema import build_schemas

    schema = build_schemas(paper.workspace.editions)[ledger]
    return {column.code: column.header for column in schema.kept}


def printed_rows(paper: Workpaper, ledger: str, rows: pd.DataFrame) -> list[list[str]]:
    """Each row as text: its row number, then its cells with codes as official labels."""
    columns = [code for code in headers(paper, ledger) if code in rows]
    labels = {code: paper.book.labels.get((ledger, code), {}) for code in columns}
    lines = []
    for number, values in zip(rows.index, rows[columns].itertuples(index=False), strict=True):
        cells = [_cell(value, labels[code]) for code, value in zip(columns, values, strict=True)]
        lines.append([str(number), *cells])
    return lines


def _cell(value: Any, labels: Any) -> str:
    import numpy as np
    import pandas as pd

    from govnb.counting.book import plain
    from govnb.counting.figures import show

    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool | np.bool_):
        return "是" if value else "否"
    if hasattr(value, "as_tuple"):
        return show(plain(value))
    return str(labels.get(value, value))


def _table(paper: Workpaper, ledger: str, rows: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Heads and lines without the columns that are empty in every line."""
    heads = ["行", *(head for code, head in headers(paper, ledger).items() if code in rows)]
    lines = printed_rows(paper, ledger, rows)
    used = [at for at in range(len(heads)) if at < 2 or any(line[at] for line in lines)]
    return [heads[at] for at in used], [[line[at] for at in used] for line in lines]


def _as_csv(paper: Workpaper, rows: pd.DataFrame | None) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if rows is not None:
        ledger = next(name for name, frame in paper.book.frames.items() if frame.columns.equals(rows.columns))
        heads, lines = _table(paper, ledger, rows)
        writer.writerow(heads)
        # A cell that a spreadsheet would take for a formula is kept text by an apostrophe.
        writer.writerows([[f"'{cell}" if cell[:1] in "=+-@\t\r" and cell else cell for cell in line] for line in lines])
    return stream.getvalue()


def _shares_as_csv(shares: list[Share]) -> str:
    from govnb.counting.figures import show

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["单位代码", "单位", "数值", "占比（%）"])
    writer.writerows([[each.id, each.name, show(each.value), show(each.percent)] for each in shares])
    return stream.getvalue()


@dataclass(frozen=True)
class Share:
    """What one organ adds to a figure of an aggregate; ``percent`` of the whole, where that can be said."""

    id: str
    name: str
    value: Value
    percent: Decimal | None
    missing: bool


def shares_of(paper: Workpaper, catalogue: Catalogue, figure: Figure) -> list[Share]:
    """Each organ's share of a figure that is a sum over organs; empty for every other figure."""
    from govnb.counting.catalogue import percent

    leaves = _cells_of(paper, catalogue, figure.id)
    found = []
    for code, member in (paper.evidence_members() or {}).items() if leaves else ():
        value = _sum_of(member.tables or {}, leaves)
        whole = figure.value
        known = isinstance(value, int | Decimal) and isinstance(whole, int | Decimal) and whole != 0
        share = percent(value, whole) if known else None  # type: ignore[arg-type]
        found.append(Share(code, member.name, value, share, member.tables is None))
    return found


def _cells_of(paper: Workpaper, catalogue: Catalogue, figure: str) -> list[tuple[str, str, str]]:
    """The cells of the statutory tables that a figure is, or is the sum of; empty where it is neither."""
    from govnb.form.edition import TABLES

    table, _, rest = figure.partition(".")
    row, _, column = rest.rpartition(".")
    if table in TABLES and column in paper.edition.rows(table).get(row, ()):
        return [(table, row, column)]
    parts = catalogue.parts.get(figure, ())
    if catalogue.figures[figure].unit == "%" or not parts:
        return []
    cells = [_cells_of(paper, catalogue, part) for part in parts]
    return [cell for found in cells for cell in found] if all(cells) else []


def _sum_of(tables: TableValues, cells: list[tuple[str, str, str]]) -> Value:
    from govnb.counting.tables import add_cells

    return add_cells(tables.get(table, {}).get(row, {}).get(column) for table, row, column in cells)


def _print(paper: Workpaper, catalogue: Catalogue, figure: Figure, rows: pd.DataFrame | None) -> None:
    from govnb.counting.figures import show

    colon = said("：", ": ")
    click.echo(f"{figure.id}  {figure.label}{colon}{show(figure.value)}{figure.unit}")
    if figure.source:
        click.echo(f"{said('来源', 'Source')}{colon}{figure.source}")
    if figure.rule:
        click.echo(f"{said('规则', 'Rule')}{colon}{figure.rule}")
    for part in catalogue.parts.get(figure.id, ()):
        other = catalogue.figures[part]
        click.echo(f"  {other.id}  {other.label}{colon}{show(other.value)}{other.unit}")
    shares = shares_of(paper, catalogue, figure)
    for share in shares:
        part = "" if share.percent is None else said(f"（{show(share.percent)}%）", f" ({show(share.percent)}%)")
        value = said("缺报告", "no report") if share.missing else f"{show(share.value) or said('空白', 'blank')}{part}"
        click.echo(f"  {share.id}  {share.name}{colon}{value}")
    if shares:
        hint = f"govnb trace {shares[0].id} {paper.year} {figure.id}"
        click.echo(str(Text(f"某一单位的记录：{hint}", f"The rows of one of them: {hint}")))
    if rows is not None and figure.ledger is not None:
        heads, lines = _table(paper, figure.ledger, rows)
        click.echo(str(Text(f"共{len(lines)}行：", f"{len(lines)} row{'' if len(lines) == 1 else 's'}:")))
        click.echo("\t".join(heads))
        for line in lines:
            click.echo("\t".join(" ".join(cell.split()) for cell in line))


def _as_json(paper: Workpaper, catalogue: Catalogue, figure: Figure, rows: pd.DataFrame | None) -> dict[str, Any]:
    from govnb.counting.figures import value_to_json

    data: dict[str, Any] = {
        "agency": paper.params.agency.id,
        "year": paper.year,
        "figure": figure.id,
        **figure.to_json(),
    }
    data["parts"] = list(catalogue.parts.get(figure.id, ()))
    shares = shares_of(paper, catalogue, figure)
    data["members"] = {share.id: value_to_json(share.value) for share in shares}
    data["shares"] = {share.id: value_to_json(share.percent) for share in shares}
    data["selected"] = []
    if rows is not None and figure.ledger is not None:
        codes = ["row", *(code for code in headers(paper, figure.ledger) if code in rows)]
        data["selected"] = [dict(zip(codes, line, strict=True)) for line in printed_rows(paper, figure.ledger, rows)]
    return data
