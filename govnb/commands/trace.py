"""``govnb trace AGENCY YEAR FIGURE``: the ledger rows behind a number, without anybody's personal data."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import examples, print_json, said, workspace_option
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from govnb.counting.catalogue import Catalogue
    from govnb.counting.figures import Figure
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
@click.argument("agency")
@click.argument("year", type=int)
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
        click.echo(_as_csv(paper, rows), nl=False)
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
    import pandas as pd

    from govnb.counting.book import plain
    from govnb.counting.figures import show

    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, bool) or type(value).__name__ == "bool_":
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


def _members(paper: Workpaper, figure: Figure) -> list[tuple[str, Any]]:
    """What each member adds to a cell of an aggregate's tables."""
    parts = figure.id.split(".")
    if not paper.sums_members or len(parts) < 3:
        return []
    table, row, column = parts[0], ".".join(parts[1:-1]), parts[-1]
    return [
        (member, values.get(table, {}).get(row, {}).get(column) if values else None)
        for member, values in paper.members.items()
    ]


def _print(paper: Workpaper, catalogue: Catalogue, figure: Figure, rows: pd.DataFrame | None) -> None:
    from govnb.counting.figures import show

    click.echo(f"{figure.id}  {figure.label}：{show(figure.value)}{figure.unit}")
    if figure.source:
        click.echo(f"{said('来源', 'Source')}：{figure.source}")
    if figure.rule:
        click.echo(f"{said('规则', 'Rule')}：{figure.rule}")
    for part in catalogue.parts.get(figure.id, ()):
        other = catalogue.figures[part]
        click.echo(f"  {other.id}  {other.label}：{show(other.value)}{other.unit}")
    for member, value in _members(paper, figure):
        click.echo(f"  {member}：{show(value)}")
    if rows is not None and figure.ledger is not None:
        heads, lines = _table(paper, figure.ledger, rows)
        click.echo(str(Text(f"共{len(lines)}行：", f"{len(lines)} rows:")))
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
    data["members"] = {member: value_to_json(value) for member, value in _members(paper, figure)}
    data["selected"] = []
    if rows is not None and figure.ledger is not None:
        codes = ["row", *(code for code in headers(paper, figure.ledger) if code in rows)]
        data["selected"] = [dict(zip(codes, line, strict=True)) for line in printed_rows(paper, figure.ledger, rows)]
    return data
