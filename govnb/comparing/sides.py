"""What is compared, read: a report of the workspace, a report.json, or a published file. Writes nothing.

A report of the workspace is taken from output/ where it is there as its manifest says, made from what the workspace
holds now; else it is counted anew, without its notebook.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from govnb import manifest
from govnb.comparing.model import Side
from govnb.counting.tables import TableValues
from govnb.errors import NOTHING, Place, Problem, ReportError, Text
from govnb.form.edition import TABLES, Edition, edition_for
from govnb.inputs.params import Params
from govnb.inputs.workspace import Workspace
from govnb.material import digest_file
from govnb.narrative.sections import KINDS, Block, Section
from govnb.report import in_edition_order, tables_from_json

REPORT = "report.json"
_LARGEST = 64 << 20  # bytes of a report.json
_FIX = Text("请用 govnb run 生成的 report.json", "Give a report.json that govnb run wrote")


def read_made(workspace: Workspace, params: Params) -> tuple[Side | None, Text]:
    """The report in output/, and where from; None with the reason where it has to be counted."""
    agency, year = params.agency.id, params.year
    folder = workspace.root / "output" / agency / str(year)
    shown = f"output/{agency}/{year}/{REPORT}"
    if not (folder / REPORT).is_file():
        return None, Text(
            f"{year}年：尚未生成，由参数和台账计算", f"{year}: not made yet, counted from params and ledgers"
        )
    made = manifest.read_manifest(folder)
    if made is None or not manifest.is_unchanged(folder, made, REPORT):
        return None, Text(
            f"{year}年：{shown} 与清单不符，由参数和台账计算",
            f"{year}: {shown} is not what its manifest says, counted from params and ledgers",
        )
    if changed := _changed_input(workspace, made["inputs"]):
        return None, Text(
            f"{year}年：生成以后 {changed} 有变，由参数和台账计算",
            f"{year}: {changed} changed since it was made, counted from params and ledgers",
        )
    side = read_report_json(folder / REPORT, shown, workspace.editions, label=f"{year}年")
    return side, Text(f"{year}年：取自 {shown}", f"{year}: from {shown}")


def _changed_input(workspace: Workspace, inputs: Mapping[str, str]) -> str | None:
    """The first file of the workspace that the report was made from and that is another now."""
    for name, sha in manifest.shared_inputs(inputs).items():
        if digest_file(workspace.inside(name)) != sha:
            return str(name)
    return None


def count_report(workspace: Workspace, params: Params) -> Side:
    """The report as its notebook would give it, without running one. LedgerError, ReportError with all faults."""
    from govnb.steps import build_report, count_figures, count_tables, narrate
    from govnb.workpaper import paper_from_params

    paper = paper_from_params(workspace, params)
    tables = count_tables(paper)
    catalogue = count_figures(paper, tables)
    report = build_report(paper, tables, catalogue, narrate(paper, catalogue), ()).as_published()
    source = f"params/{params.agency.id}/{params.year}.yaml"
    return Side(
        f"{params.year}年", source, report.name, report.year, params.edition, report.tables, tuple(report.sections)
    )


def read_report_json(path: Path, shown: str, editions: Mapping[int, Edition], label: str = "") -> Side:
    """A report.json as govnb writes it. ReportError where it is none: where, and why."""
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(shown, Text("文件过大", "is too large"))
        data = json.loads(path.read_bytes(), parse_float=_no_float)
    except OSError:
        raise _refused(shown, Text("无法读取", "can't be read"), NOTHING) from None
    except (ValueError, RecursionError):
        raise _refused(shown, Text("不是有效的 JSON", "is not valid JSON")) from None
    fault = _fault(data)
    if fault is not None:
        raise _refused(shown, fault)
    edition = _edition(data.get("edition"), data["year"], editions)
    tables = in_edition_order(tables_from_json(data["tables"]), edition)
    sections = tuple(_section(item) for item in data["sections"])
    name = data.get("name")
    return Side(
        label or f"{data['year']}年",
        shown,
        name if isinstance(name, str) else "",
        data["year"],
        edition,
        tables,
        sections,
    )


def read_published_files(
    files: Sequence[tuple[Path, str]], editions: Mapping[int, Edition], root: Path | None
) -> list[Side]:
    """Published reports through the readers of the audit, each in a process of its own with limits.

    ReportError naming each file that can't be read or holds neither a table nor a section.
    """
    from govnb.audit.auditing import UNREADABLE, audit_all
    from govnb.audit.collecting import Source

    audits, _ = audit_all([Source(path, shown) for path, shown in files], 1, root=root)
    problems: list[Problem] = []
    sides: list[Side] = []
    for audited in audits:
        unreadable = [check for check in audited.checks if check.id == UNREADABLE]
        if unreadable:
            what = unreadable[0].message
            problems.append(_problem(audited.file, Text(what.zh.rstrip("。"), what.en.rstrip("."))))
        elif not audited.tables and not audited.sections:
            problems.append(_problem(audited.file, Text("没有找到年度报告的内容", "holds nothing of an annual report")))
        else:
            edition = _edition(audited.edition, audited.year, editions)
            label = f"{audited.year}年" if audited.year is not None else audited.file
            sides.append(
                Side(label, audited.file, audited.name or "", audited.year, edition, audited.tables, audited.sections)
            )
    if problems:
        raise ReportError(problems)
    return sides


def told_apart(old: Side, new: Side) -> tuple[Side, Side]:
    """Two sides with headings of their own: two files of one year are called by their names."""
    from dataclasses import replace

    if old.label != new.label:
        return old, new
    if old.source != new.source:
        return replace(old, label=old.source), replace(new, label=new.source)
    return replace(old, label=f"{old.label}（前）"), replace(new, label=f"{new.label}（后）")


def _edition(number: Any, year: int | None, editions: Mapping[int, Edition]) -> Edition:
    """The form that the report names, or that its year has, or the newest: only its labels and order are taken."""
    if isinstance(number, int) and number in editions:
        return editions[number]
    fitting = edition_for(year, editions) if year is not None else None
    return fitting or editions[max(editions)]


def _problem(shown: str, what: Text, fix: Text = NOTHING) -> Problem:
    return Problem(Place(file=shown), what, fix, "diff.file")


def _refused(shown: str, what: Text, fix: Text = _FIX) -> ReportError:
    return ReportError(_problem(shown, what, fix))


def _no_float(text: str) -> Any:
    raise ValueError(text)  # report.json writes decimals as text, so that they stay exact


def _fault(data: Any) -> Text | None:
    """What keeps ``data`` from being a report.json."""
    if not isinstance(data, dict):
        return Text("不是报告（应为 {…}）", "is no report (must be {…})")
    for key, kind in (("year", int), ("tables", dict), ("sections", list)):
        if not isinstance(data.get(key), kind) or isinstance(data.get(key), bool):
            return Text(f"不是报告：没有可用的“{key}”", f"is no report: has no usable “{key}”")
    if not _are_tables(data["tables"]):
        return Text("不是报告：“tables”应为 表→行→列→数", "is no report: “tables” must be table → row → column → value")
    for number, item in enumerate(data["sections"], 1):
        if not _is_section(item):
            return Text(
                f"不是报告：“sections”第{number}项不完整", f"is no report: “sections” item {number} is incomplete"
            )
    return None


def _are_tables(tables: TableValues) -> bool:
    def mappings(values: Iterable[Any]) -> bool:
        return all(isinstance(value, dict) for value in values)

    if not mappings(tables.values()) or not mappings(row for rows in tables.values() for row in rows.values()):
        return False
    known = all(table in TABLES for table in tables)
    cells = [value for rows in tables.values() for row in rows.values() for value in row.values()]
    return known and all(
        value is None or (isinstance(value, int | str) and value is not True and value is not False) for value in cells
    )


def _is_section(item: Any) -> bool:
    if not isinstance(item, dict) or not all(isinstance(item.get(key), str) for key in ("code", "title", "text")):
        return False
    blocks = item.get("blocks", [])
    return isinstance(blocks, list) and all(
        isinstance(block, dict) and block.get("kind") in KINDS and isinstance(block.get("text"), str)
        for block in blocks
    )


def _section(item: Mapping[str, Any]) -> Section:
    """With its blocks, or, where a program wrote the text alone, a paragraph a line."""
    if "blocks" in item:
        blocks = tuple(Block(block["kind"], block["text"]) for block in item["blocks"])
    else:
        blocks = tuple(Block("paragraph", line) for line in item["text"].split("\n") if line.strip())
    return Section(item["code"], item["title"], blocks)
