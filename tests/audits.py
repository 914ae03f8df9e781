"""Auditing a document inside the test's own process, and what was found, for the tests of the audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from govnb.audit.auditing import Audited, Packed, Recheck, Task, check_again, read_and_check
from govnb.audit.packing import unpack
from govnb.checks.model import Result
from govnb.form.edition import Edition, packaged_editions
from govnb.form.identity import Identity
from tests.layouts import Sample, read_sample


def read_file(path: Path) -> Packed:
    return read_and_check(Task(path, path.name))


def read_bytes(folder: Path, name: str, content: bytes | str) -> Packed:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path)


def report_of(packed: Packed, previous: Packed | None = None) -> Audited:
    """The audited report, compared with the year before where that is given."""
    content = packed.content
    if previous is not None:
        content = check_again(Recheck(content, previous.content, None, None))
    audited: Audited = unpack(content, packaged_editions())[0]
    return audited


def failed(audited: Audited, *severities: str) -> list[Result]:
    return [r for r in audited.checks if r.status == "fail" and (not severities or r.severity in severities)]


def ids(audited: Audited, *severities: str) -> list[str]:
    return sorted(result.id for result in failed(audited, *severities))


def said(audited: Audited) -> str:
    """Every failure in full, for a test's message."""
    return "\n".join(f"{r.severity} {r.id} [{r.where}] {r.message.zh}" for r in failed(audited))


# Documents


MISPRINTED = "政府信息公开行政法复议、行政诉讼情况"


def with_misprint(edition: Edition) -> Edition:
    """The form as the published report of 2022 heads its fourth section."""
    sections = tuple(replace(s, title=MISPRINTED) if s.code == "disputes" else s for s in edition.sections)
    return replace(edition, sections=sections)


def with_values(sample: Sample, **changes: Any) -> Sample:
    """``disclosure__normative_documents__in_force=98``: the same report with other numbers."""
    values = {table: {row: dict(cells) for row, cells in rows.items()} for table, rows in sample.values.items()}
    for name, value in changes.items():
        table, row, column = name.split("__")
        values[table][row.replace("___", ".")][column] = value
    return replace(sample, values=values)


PERIOD = "本报告所列数据的统计期限自{year}年1月1日起至{year}年12月31日止。"


def clean_sample() -> Sample:
    """The report of 2022 without its errors, whose prose states its figures; it fits that of 2021."""
    sample = with_values(read_sample(2022), disclosure__normative_documents__in_force=98)
    tables = sample.values
    disclosure, applications, disputes = (tables[name] for name in ("disclosure", "applications", "disputes"))
    documents, new, answered = disclosure["normative_documents"], applications["new"], applications["total"]
    lawsuits = disputes["litigation_direct"]["total"] + disputes["litigation_after_review"]["total"]
    overview = (
        PERIOD.format(year=2022),
        f"2022年，全区制发规章{disclosure['regulations']['issued']}件，废止规章{disclosure['regulations']['repealed']}件，"
        f"现行有效规章{disclosure['regulations']['in_force']}件；"
        f"制发行政规范性文件{documents['issued']}件，废止行政规范性文件{documents['repealed']}件，"
        f"现行有效行政规范性文件{documents['in_force']}件。",
        f"全年作出行政许可决定{disclosure['licences']['decisions']}件，"
        f"行政处罚决定{disclosure['penalties']['decisions']}件，"
        f"行政强制决定{disclosure['coercion']['decisions']}件，"
        f"行政事业性收费{disclosure['fees']['amount']}万元。",
        f"全年新收政府信息公开申请{new['total']}件，上年结转{applications['carried_in']['total']}件，"
        f"办结{answered['total']}件，结转下年度继续办理{applications['carried_out']['total']}件。",
        f"因政府信息公开引发行政复议{disputes['review']['total']}件，行政诉讼{lawsuits}件。",
    )
    return replace(sample, sections={**sample.sections, "overview": overview})


def identities(edition: Edition, table: str) -> list[Identity]:
    return [identity for identity in edition.identities if identity.table == table]
