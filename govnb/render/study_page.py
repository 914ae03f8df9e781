"""A study as a page: the same page that reports have, so that every format prints it with the parts it has already.

Each part is a section of text, one table and one chart; every page says that it is for inside use.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from govnb.counting.figures import Value, show
from govnb.form.grid import Cell, Grid
from govnb.render.page import (
    Line,
    Page,
    PrintedChart,
    PrintedSection,
    PrintedTable,
    as_printed,
    title_parts,
    wording,
)
from govnb.render.study_document import StudyDocument
from govnb.study import StudyPart, StudyTable

GRID = "study"
_DIGITS = "一二三四五六七八九十"


def build_study_page(document: StudyDocument) -> Page:
    """All printed text of a study, converted to its script. It is dated at the end of its year: there is no clock."""
    study, words = document.study, wording()

    def printed(text: str) -> str:
        return as_printed(text, study.script)

    return Page(
        lang="zh-Hant" if study.script == "hant" else "zh-Hans",
        script=study.script,
        title=printed(study.title),
        title_parts=tuple(printed(part) for part in title_parts(study.name, study.title)),
        author=printed(study.name),
        day=date(study.year, 12, 31),
        meta=(printed(words["organ"].format(name=study.name)),),
        intro=printed(words["study"]["intro"].format(name=study.name, year=study.year)),
        sections=tuple(_sections(document)),
        charts_heading=printed(words["charts"]),
        charts=(),
        skip=printed(words["skip"]),
        notice=printed(words["study"]["notice"]),
    )


def _sections(document: StudyDocument) -> Iterator[PrintedSection]:
    script, words = document.study.script, wording()
    tables = charts = 0
    for number, part in enumerate(document.study.parts, 1):
        tables += part.table is not None
        charts += part.chart is not None
        heading = words["section"].format(number=numeral(number), title=part.title)
        yield PrintedSection(
            code=f"part-{number}",
            heading=as_printed(heading, script),
            lines=tuple(Line("paragraph", as_printed(line, script)) for line in part.lines),
            table=None if part.table is None else _table(part.table, tables, script),
            chart=_chart(document, part, charts),
        )


def numeral(number: int) -> str:
    """1 to 99 as a heading counts: 一, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens - 1]}十"
    return head + (_DIGITS[ones - 1] if ones else "")


def _chart(document: StudyDocument, part: StudyPart, number: int) -> PrintedChart | None:
    if part.chart is None:
        return None
    chart, script = document.charts[part.chart], document.study.script
    caption = as_printed(wording()["chart"].format(number=number, title=chart.caption), script)
    return PrintedChart(number, caption, as_printed(chart.alt, script), chart.svg)


def _table(table: StudyTable, number: int, script: str) -> PrintedTable:
    """One row of heads over columns and one head for each row; what is not known is a dash."""
    cells = [Cell(0, at, as_printed(head, script), scope="col") for at, head in enumerate(table.heads)]
    values: dict[str, dict[str, Value]] = {}
    for line, row in enumerate(table.rows, 1):
        cells.append(Cell(line, 0, as_printed(show(row[0]), script), scope="row"))
        for at, value in enumerate(row[1:], 1):
            text = as_printed(show(value), script) or wording()["study"]["unknown"]
            cells.append(Cell(line, at, text, key=(str(line), str(at))))
            values.setdefault(str(line), {})[str(at)] = value
    grid = Grid(GRID, table.caption, 1 + len(table.rows), len(table.heads), 1, 1, tuple(cells))
    caption = as_printed(wording()["table"].format(number=number, title=table.caption), script)
    return PrintedTable(number, caption, grid, _widths(len(table.heads)), values)


def _widths(columns: int) -> tuple[float, ...]:
    """The fewer columns of numbers, the more room for the heads of the rows."""
    label = max(0.28, 0.66 - 0.08 * (columns - 1))
    return (round(label, 5), *[round((1 - label) / (columns - 1), 5)] * (columns - 1))
