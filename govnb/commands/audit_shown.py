"""What ``govnb audit`` prints: a table on a terminal, plain lines elsewhere, or JSON. Decides nothing."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import said
from govnb.errors import Text
from govnb.pages import plain

if TYPE_CHECKING:
    from rich.console import Console

    from govnb.audit.remarks import Finding
    from govnb.audit.result_page import Judged

_SEVERITY = {
    "error": Text("错误", "error"),
    "warning": Text("提醒", "warning"),
    "information": Text("提示", "information"),
}
_STYLE = {"error": "bold red", "warning": "yellow", "information": "cyan"}
_STATE = {"confirmed": Text("已确认", "confirmed"), "dismissed": Text("已排除", "dismissed")}


def stream_json(reports: Sequence[Judged]) -> None:
    """``{"reports": […]}`` as ``dump_json`` writes it, one report at a time."""
    click.echo('{\n  "reports": [', nl=False)
    for number, judged in enumerate(reports):
        text = json.dumps(_as_json(judged), ensure_ascii=False, indent=2, allow_nan=False)
        click.echo((",\n" if number else "\n") + textwrap.indent(text, "    "), nl=False)
    click.echo("\n  ]\n}" if len(reports) else "]\n}")


def _as_json(judged: Judged) -> dict[str, Any]:
    """The report as in the contract; a check that somebody remarked on says so in ``remark`` beside its keys."""
    data = judged.audited.to_json()
    remarks = {finding.result: finding.remark for finding in judged.findings if finding.remark}
    for result, entry in zip(judged.audited.checks, data["checks"], strict=True):
        if remark := remarks.get(result):
            entry["remark"] = remark.to_json()
    return data


def print_reports(reports: Sequence[Judged]) -> None:
    """Findings of each report, worst first, then how many there are."""
    if sys.stdout.isatty():
        from rich.console import Console

        _print_table(Console(), reports)
    else:
        for judged in reports:
            for line in plain_lines(judged):
                click.echo(line)
    click.echo(_summary(reports))


def plain_lines(judged: Judged) -> Iterator[str]:
    """One report as lines of text."""
    audited = judged.audited
    counts = {severity: judged.count(severity) for severity in _SEVERITY}
    counted = said(
        f"错误{counts['error']}，提醒{counts['warning']}，提示{counts['information']}",
        f"{counts['error']} errors, {counts['warning']} warnings, {counts['information']} notes",
    )
    about = [plain(part) for part in (audited.name or "", str(audited.year or "")) if part]
    if audited.edition is not None:
        about.append(said(f"{audited.edition}年版式", f"form of {audited.edition}"))
    yield f"{plain(audited.file)}  {'  '.join([*about, counted])}"
    for text in audited.notes:
        yield f"  {plain(str(text))}"
    for finding in judged.findings:
        yield f"  {_label(finding)} {finding.result.id}: {plain(str(finding.result.message))}"
        if detail := _detail(finding):
            yield f"    {plain(detail)}"


def _label(finding: Finding) -> str:
    label = f"[{_SEVERITY[finding.result.severity]}]"
    return f"{label} [{_STATE[finding.state]}]" if finding.remark else label


def _detail(finding: Finding) -> str:
    """Both numbers, and what was said of it."""
    result, parts = finding.result, []
    if result.expected is not None:
        parts.append(said(f"应为 {result.expected}", f"expected {result.expected}"))
    if result.actual is not None:
        parts.append(said(f"实为 {result.actual}", f"printed {result.actual}"))
    if finding.remark and (finding.remark.note or finding.remark.by):
        by = f"（{finding.remark.by}）" if finding.remark.by else ""
        parts.append(said(f"批注{by}：{finding.remark.note}", f"remark {by}: {finding.remark.note}"))
    return said("，", ", ").join(parts)


def _print_table(console: Console, reports: Sequence[Judged]) -> None:
    from rich.markup import escape
    from rich.table import Table

    heads = ("文件", "机关", "年度", "版式", "错误", "提醒", "提示", "无法核对")
    english = ("File", "Organ", "Year", "Form", "Errors", "Warnings", "Notes", "Not assessable")
    table = Table()
    for zh, en in zip(heads, english, strict=True):
        table.add_column(said(zh, en), overflow="fold")
    for judged in reports:
        audited = judged.audited
        texts = [audited.file, audited.name or "", str(audited.year or ""), str(audited.edition or "")]
        counts = [
            f"[{style}]{count}[/]" if (count := judged.count(severity)) else "0" for severity, style in _STYLE.items()
        ]
        table.add_row(*(escape(plain(text)) for text in texts), *counts, str(judged.unassessed))
    for judged in reports:
        if judged.findings or judged.audited.notes:
            console.print(f"\n[bold]{escape(plain(judged.audited.file))}[/]", highlight=False)
        for text in judged.audited.notes:
            console.print(f"  {escape(plain(str(text)))}", highlight=False)
        for finding in judged.findings:
            style = "dim" if finding.state == "dismissed" else _STYLE[finding.result.severity]
            label = escape(_label(finding))
            message = escape(plain(str(finding.result.message)))
            console.print(f"  [{style}]{label}[/] {escape(finding.result.id)}: {message}", highlight=False)
            if detail := _detail(finding):
                console.print(f"    {escape(plain(detail))}", highlight=False)
    console.print()
    console.print(table)


def _summary(reports: Sequence[Judged]) -> str:
    errors = clean = unreadable = 0
    for judged in reports:
        unreadable += judged.unreadable
        errors += judged.count("error") > 0
        clean += not judged.findings
    return said(
        f"共{len(reports)}份：{errors}份有错误（其中{unreadable}份读不了），{clean}份没有发现问题",
        f"{len(reports)} reports: {errors} with errors ({unreadable} of them unreadable), {clean} without findings",
    )
