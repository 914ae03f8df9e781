"""What a notebook shows of a workpaper to the person who reads it: official grids, figures, narrative, checks.

For reading on the screen only; what is published is made by render/ from the published bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from govnb.checks.model import SEVERITIES, Result
from govnb.counting.catalogue import Catalogue
from govnb.counting.figures import show
from govnb.counting.tables import Tables
from govnb.form.grid import Grid, build_grid
from govnb.narrative.sections import Section
from govnb.workpaper import Workpaper

_STATUS = {"fail": "不通过", "not_assessable": "无法核对", "pass": "通过"}
_MEMBER = {"summed": "已汇总", "compared": "已比对", "missing": "缺报告", "own": "本机关，已汇总"}
_SEVERITY = {"error": "错误", "warning": "提醒", "information": "提示"}


@dataclass(frozen=True)
class Shown:
    """HTML for Jupyter and plain text for everything else."""

    html: str
    text: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}


def show_sources(paper: Workpaper) -> Shown:
    """What the report is made from: parameters, ledgers, declared tables, last year, members.

    Of a ledger the rows that the year sees are counted; what it holds of later years is no matter of the report.
    """
    agency = paper.params.agency
    lines = [
        ("机关", agency.name),
        ("报告年度", f"{paper.year}年"),
        ("格式依据", paper.edition.authority),
        *((f"台账 {ledger.source}", f"{len(ledger.frame)}行（截至年末）") for ledger in paper.ledgers.values()),
    ]
    if paper.declared:
        lines.append(("已填报表", paper.declared.source))
    if paper.previous:
        lines.append(("上年度报告", f"{paper.previous.year}年"))
    lines += [(f"成员单位 {member.id}", f"{member.name}：{_MEMBER[member.state]}") for member in paper.report_members]
    return _listing(("项目", "内容"), lines)


def show_table(tables: Tables, table: str) -> Shown:
    """One statutory table as the official grid."""
    cells = tables.values()[table]
    grid = build_grid(tables.edition, table).filled(lambda row, column: show(cells[row][column]))
    return Shown(grid_html(grid), str(tables[table].map(show)))


def grid_html(grid: Grid) -> str:
    rows = []
    for line in grid.by_row():
        cells = []
        for cell in line:
            tag, scope = ("th", f' scope="{cell.scope}"') if cell.scope else ("td", "")
            spans = "".join(
                f' {name}="{span}"' for name, span in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if span > 1
            )
            cells.append(f"<{tag}{scope}{spans}>{escape(cell.text)}</{tag}>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><caption>{escape(grid.caption)}</caption>{''.join(rows)}</table>"


def show_figures(catalogue: Catalogue) -> Shown:
    """The figures that the prose may use, the cells of the statutory tables apart."""
    lines = [
        (figure.id, figure.label, show(figure.value) + figure.unit, figure.source, figure.rule)
        for figure in catalogue.figures.values()
        if figure.id.split(".")[0] not in ("applications", "disclosure", "disputes", "previous", "change")
        or figure.id.count(".") == 1
    ]
    return _listing(("数字", "名称", "数值", "来源", "规则"), lines)


def show_narrative(sections: Iterable[Section]) -> Shown:
    """The six sections as they will be published."""
    parts, texts = [], []
    for section in sections:
        texts.append(f"{section.title}\n{section.text}")
        parts.append(f"<h3>{escape(section.title)}</h3>")
        for block in section.blocks:
            tag = "h4" if block.kind in ("part", "heading") else "p"
            parts.append(f"<{tag}>{escape(block.text)}</{tag}>")
    return Shown("".join(parts), "\n\n".join(texts))


def show_checks(results: Sequence[Result]) -> Shown:
    """All checks: failed ones first, the graver before the lighter; what passed last."""
    lines = [
        (_STATUS[result.status], _SEVERITY[result.severity], result.id, result.where, result.message.zh)
        for result in in_order(results)
    ]
    return _listing(("结论", "级别", "检查", "位置", "说明"), lines)


def in_order(results: Sequence[Result]) -> list[Result]:
    order = list(_STATUS)
    return sorted(results, key=lambda result: (order.index(result.status), SEVERITIES.index(result.severity)))


def _listing(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> Shown:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in line) + "</tr>" for line in lines)
    text = "\n".join("  ".join(line) for line in lines)
    return Shown(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>", text)
