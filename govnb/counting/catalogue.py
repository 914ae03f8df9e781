"""All figures of one report, and the selection of rows behind each: the index of every number that may be printed.

The value of a table figure is what stands in the tables (also where an analyst changed a cell), so that table, prose
and chart always say the same. Pure; reads no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext

from govnb.counting import rules
from govnb.counting.book import Book, add, median
from govnb.counting.figures import Figure, Figures, Value
from govnb.counting.ledger_figures import Entry, days_are_known, ledger_entries
from govnb.counting.rules import Selection
from govnb.counting.tables import (
    Tables,
    TableValues,
    add_cells,
    applicant,
    application_rows,
    cell_selections,
    cell_value,
    dispute_selection,
)
from govnb.form.edition import TABLES, TOTAL, Edition

CHANGED = "在笔记本中改动"
BLANK = "未填报"


@dataclass(frozen=True)
class Sources:
    """What the figures of one report come from.

    ``declared_name`` is how the declared tables are called in print; ``members`` the tables of each member that is
    known, own office included, and ``summed`` how their sum is called, empty where the tables are none; ``previous``
    is last year's tables; ``cited`` are numbers quoted from elsewhere, as figures that carry their source.
    """

    edition: Edition
    year: int
    book: Book
    counted: Tables
    declared_name: str = ""
    members: Mapping[str, TableValues] = field(default_factory=dict)
    summed: str = ""
    previous: TableValues | None = None
    target_days: int | None = None
    cited: tuple[Figure, ...] = ()


@dataclass
class Catalogue:
    """``selections``: figure id → selection, for figures that rows stand behind; where its measure is None, the figure
    is the number of these rows. ``parts``: figure id → the figures that it is computed from, for shares, group sums and
    differences.
    """

    figures: dict[str, Figure] = field(default_factory=dict)
    selections: dict[str, Selection] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, figure: Figure, selection: Selection | None = None, parts: tuple[str, ...] = ()) -> None:
        self.figures[figure.id] = figure
        if selection is not None:
            self.selections[figure.id] = selection
        if parts:
            self.parts[figure.id] = parts


def build_catalogue(sources: Sources, tables: Tables) -> Catalogue:
    """Every figure of the report whose statutory tables are ``tables``."""
    catalogue = Catalogue()
    _add_table_figures(catalogue, sources, tables)
    _add_groups(catalogue, sources)
    for entry in ledger_entries(sources.book, sources.year, sources.target_days):
        _add_entry(catalogue, sources.book, entry)
    _add_derived(catalogue, sources)
    _add_previous(catalogue, sources)
    for figure in sources.cited:
        catalogue.add(figure)
    _tell_what_is_behind(catalogue, sources.book)
    return catalogue


def _tell_what_is_behind(catalogue: Catalogue, book: Book) -> None:
    """Each figure takes along, into report.json, where a reviewer finds its rows and what it is computed from."""
    for figure_id in {**catalogue.selections, **catalogue.parts}:
        selection = catalogue.selections.get(figure_id)
        rows = () if selection is None else book.first_rows(selection)
        figure = replace(catalogue.figures[figure_id], first_rows=rows, parts=catalogue.parts.get(figure_id, ()))
        catalogue.figures[figure_id] = figure


def _unit(table: str, column: str) -> str:
    if table == "disputes":
        return "宗"
    return "万元" if column == "amount" else "件"


def _add_table_figures(catalogue: Catalogue, sources: Sources, tables: Tables) -> None:
    selections = cell_selections(sources.edition, sources.year)
    counted = sources.counted.values()
    for table, rows in tables.values().items():
        for row, cells in rows.items():
            for column, value in cells.items():
                changed = value != counted[table][row][column]
                selection = selections.get((table, row, column))
                _add_cell(catalogue, sources, (table, row, column), value, changed, selection)


def _add_cell(
    catalogue: Catalogue,
    sources: Sources,
    cell: tuple[str, str, str],
    value: Value,
    changed: bool,
    selection: Selection | None,
) -> None:
    table, row, column = cell
    edition = sources.edition
    label = f"{edition.label(table, row)}（{edition.column_label(table, row, column)}）"
    if changed:
        source, selection, rule = CHANGED, None, ""
    elif sources.summed and value is None:
        source, selection, rule = BLANK, None, ""
    elif sources.summed:
        source, selection, rule = sources.summed, None, "各成员单位同一单元格之和"
    elif selection is not None and selection.ledger in sources.book:
        source, rule = sources.book.files[selection.ledger], selection.text
    else:
        source, selection, rule = (sources.declared_name if value is not None else BLANK), None, ""
    rows = None if selection is None else sources.book.count(selection)
    ledger = None if selection is None else selection.ledger
    shares = {} if source == CHANGED else _shares(sources, cell)
    unit = _unit(table, column)
    figure = Figure(".".join(cell), value, label, unit, source, rule, rows, ledger, members=shares)
    catalogue.add(figure, selection)


def _shares(sources: Sources, cell: tuple[str, str, str]) -> dict[str, Value]:
    """What each member has in a cell; those that have nothing or 0 are left out: of a hundred members most."""
    table, row, column = cell
    found = {name: tables.get(table, {}).get(row, {}).get(column) for name, tables in sources.members.items()}
    return {name: value for name, value in found.items() if value is not None and value != 0}


def _added_shares(parts: list[Figure]) -> dict[str, Value]:
    """Members' shares of a sum; none where one of its parts was changed by hand."""
    if any(part.source == CHANGED for part in parts):
        return {}
    names = dict.fromkeys(name for part in parts for name in part.members)
    return {name: add_cells(part.members.get(name) for part in parts) for name in names}


def _add_groups(catalogue: Catalogue, sources: Sources) -> None:
    """Sums that the form's groups stand for: 不予公开, 无法提供, …, and 行政诉讼 over both routes."""
    edition = sources.edition
    by_row = application_rows(edition, sources.year)
    for group in edition.applications.outcome_groups:
        for column, head in edition.applications.columns.items():
            parts = tuple(f"applications.{item}.{column}" for item in edition.applications.items(group))
            selection = by_row[group].where(*applicant(edition, column))
            label = f"{edition.applications.groups[group]}（{head.label}）"
            _add_sum(catalogue, sources.book, f"applications.{group}.{column}", label, parts, selection, "件")
    for code, (group_label, blocks) in edition.disputes.groups.items():
        if code in blocks:
            continue  # one block that is called like its group
        for column, column_label in edition.disputes.columns.items():
            parts = tuple(f"disputes.{block}.{column}" for block in blocks)
            lawsuits = rules.Condition(f"起诉方式属于“{group_label}”", rules.is_in, ("route", blocks))
            cases = (*rules.of_block(code, None, group_label), lawsuits)
            selection = dispute_selection(sources.year, column, column_label).where(*cases)
            label = f"{group_label}（{column_label}）"
            _add_sum(catalogue, sources.book, f"disputes.{code}.{column}", label, parts, selection, "宗")
    received = tuple(f"applications.{row}.{TOTAL}" for row in ("new", "carried_in"))
    if all(catalogue.figures[part].value is not None for part in received):
        label = "本年收到（含上年结转）的政府信息公开申请"
        handled = rules.handled_applications(sources.year)
        _add_sum(catalogue, sources.book, "applications.received", label, received, handled, "件")


def _add_sum(
    catalogue: Catalogue,
    book: Book,
    figure_id: str,
    label: str,
    parts: tuple[str, ...],
    selection: Selection,
    unit: str,
) -> None:
    """A sum of table figures. The rows are shown only where they still give it (no cell was changed or declared)."""
    value = add_cells(catalogue.figures[part].value for part in parts)
    from_rows = all(part in catalogue.selections for part in parts) and book.total(selection) == value
    source = _sources(catalogue, parts)
    rule = selection.text if from_rows else "各项之和"
    rows = book.count(selection) if from_rows else None
    ledger = selection.ledger if from_rows else None
    shares = _added_shares([catalogue.figures[part] for part in parts])
    figure = Figure(figure_id, value, label, unit, source, rule, rows, ledger, members=shares)
    catalogue.add(figure, selection if from_rows else None, parts)


def _sources(catalogue: Catalogue, parts: tuple[str, ...]) -> str:
    """The sources of all parts, each once; that one of them was changed by hand is said too."""
    found = dict.fromkeys(figure.source for part in parts if (figure := catalogue.figures[part]).value is not None)
    return "、".join(source for source in found if source) or BLANK


def _add_entry(catalogue: Catalogue, book: Book, entry: Entry) -> None:
    if entry.id in catalogue.figures:
        return  # an agency's own word that another figure has for its id
    selection = entry.selection
    catalogue.add(
        Figure(
            entry.id,
            book.total(selection),
            entry.label,
            entry.unit,
            book.files[selection.ledger],
            selection.text,
            book.count(selection),
            selection.ledger,
        ),
        selection,
    )


# Shares, medians and differences: figures that are computed from others or from a column, not counted.


def _add_derived(catalogue: Catalogue, sources: Sources) -> None:
    _add_share(
        catalogue,
        "applications.granted_share",
        "予以公开和部分公开占办结申请的比例",
        ("applications.granted.total", "applications.partial.total"),
        "applications.total.total",
    )
    _add_share(catalogue, "tasks.done_share", "工作要点任务完成率", ("tasks.done",), "tasks.total")
    answered = "applications.total.total"
    _add_share(catalogue, "applications.on_time_share", "按期答复率", ("applications.on_time",), answered)
    if sources.target_days is not None:
        target = Figure("applications.target_days", sources.target_days, "答复目标时限", "个工作日", "agency.yaml")
        catalogue.add(target)
    if "applications" in sources.book:
        _add_days(catalogue, sources.book, rules.answered_applications(sources.year))
    if "assessments" in sources.book:
        _add_average_rate(catalogue, sources.book, sources.year)


def _number(figures: Figures, figure_id: str) -> int | Decimal | None:
    value: Value = figures[figure_id].value if figure_id in figures else None
    return None if isinstance(value, str) else value


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal:
    """``part`` of ``whole`` in per cent, one decimal, half up (as offices round, not to even)."""
    with localcontext(prec=100):
        return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _add_share(catalogue: Catalogue, figure_id: str, label: str, over: tuple[str, ...], under: str) -> None:
    parts = [_number(catalogue.figures, part) for part in over]
    whole = _number(catalogue.figures, under)
    if whole is None or whole == 0 or any(part is None for part in parts):
        return
    total = add(part for part in parts if part is not None)
    labels = "、".join(catalogue.figures[part].label for part in over)
    rule = f"{labels}之和÷{catalogue.figures[under].label}"
    source = _sources(catalogue, (*over, under))
    catalogue.add(Figure(figure_id, percent(total, whole), label, "%", source, rule), parts=(*over, under))


def _add_days(catalogue: Catalogue, book: Book, answered: Selection) -> None:
    """Working days from receipt (or corrected receipt) to the reply, of the applications replied in the year."""
    known = answered.where(rules.Condition("期限已经起算", rules.filled, ("elapsed_days",)))
    days = book.values(known, "elapsed_days")
    if days.empty or not days_are_known(book, answered):
        return
    source, rows = book.files["applications"], len(days)
    for figure_id, value, label in (
        ("applications.days_median", median(days), "答复用时中位数"),
        ("applications.days_max", int(days.max()), "答复用时最大值"),
    ):
        figure = Figure(figure_id, value, label, "个工作日", source, known.text, rows, "applications")
        catalogue.add(figure, replace(known, measure="elapsed_days"))


def _add_average_rate(catalogue: Catalogue, book: Book, year: int) -> None:
    of_year = Selection("assessments", (rules.Condition(f"年度为{year}", rules.equals, ("year", year)),), "score")
    score, full = book.total(of_year), book.total(replace(of_year, measure="full_score"))
    if full == 0:
        return
    value = percent(score, full)
    source, rule = book.files["assessments"], f"{of_year.text}：得分合计÷满分合计"
    figure = Figure(
        "assessments.average_rate",
        value,
        "政务公开考核平均得分率",
        "%",
        source,
        rule,
        book.count(of_year),
        "assessments",
    )
    catalogue.add(figure, of_year)


def _add_previous(catalogue: Catalogue, sources: Sources) -> None:
    """``previous.*`` and ``change.*`` of the 总计 column and of tables 1 and 3, where last year is known."""
    if sources.previous is None:
        return
    for figure_id, before in _comparable(sources.edition, sources.previous):
        figure = catalogue.figures.get(figure_id)
        if figure is None or before is None:
            continue
        source = f"{sources.year - 1}年度报告"
        catalogue.add(Figure(f"previous.{figure_id}", before, f"上年{figure.label}", figure.unit, source))
        now = figure.value
        if now is None or isinstance(now, str) or isinstance(before, str):
            continue
        parts = (figure_id, f"previous.{figure_id}")
        label, both = f"{figure.label}比上年增减", _sources(catalogue, parts)
        difference = add_cells((now, before.copy_negate() if isinstance(before, Decimal) else -before))
        change = Figure(f"change.{figure_id}", difference, label, figure.unit, both, "本年－上年")
        catalogue.add(change, parts=parts)


def _comparable(edition: Edition, previous: TableValues) -> Iterator[tuple[str, Value]]:
    for table in TABLES:
        rows: Mapping[str, Mapping[str, Value]] = previous.get(table, {})
        for row, cells in rows.items():
            for column, value in cells.items():
                if table != "applications" or column == TOTAL:
                    yield f"{table}.{row}.{column}", value
    applications = previous.get("applications", {})
    for group in edition.applications.outcome_groups:
        items = [values.get(TOTAL) for row, values in applications.items() if row.split(".")[0] == group]
        yield f"applications.{group}.{TOTAL}", add_cells(items)
    disputes = previous.get("disputes", {})
    for code, (_, blocks) in edition.disputes.groups.items():
        for column in edition.disputes.columns if code not in blocks else ():
            yield f"disputes.{code}.{column}", add_cells(disputes.get(block, {}).get(column) for block in blocks)


def selected_value(catalogue: Catalogue, book: Book, figure_id: str) -> Value:
    """What the selected rows of a figure add up to; of a median or a mean it is the sum of what they are taken of."""
    return cell_value(catalogue.selections[figure_id], book)
