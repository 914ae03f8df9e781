"""``govnb audit``: reads published reports as they stand on the web and says what is wrong in each, where, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from govnb.commands.options import (
    examples,
    json_option,
    said,
    tell,
    usable_processors,
    workspace_if_any,
    workspace_option,
)
from govnb.commands.wording import command as command_named
from govnb.errors import Place, Problem, Text, UsageError, did_you_mean

if TYPE_CHECKING:
    from govnb.audit.auditing import Comparison
    from govnb.audit.collecting import Source
    from govnb.audit.judging import Judgements
    from govnb.inputs.workspace import Workspace

_TOLD_EVERY = 100  # files, where progress is plain lines
_NAMED = 5


@command_named(
    "audit",
    help=said(
        "核对已公布的年度报告（网页、PDF、DOCX，装有 LibreOffice 时还有 .doc、.wps），逐份说明错在哪里、为什么。"
        "FILE 可以是文件夹，其中的报告按文件名逐一核对。"
        "同一机关上一年度的报告若在其中（或用 --previous 给出），一并核对两年的衔接。"
        "文件夹里的 audit-remarks.yaml 可确认或排除问题，排除的问题仍列出，但不影响退出码。"
        "读不了的文件只算它自己不通过，其余照常核对；文件里的内容从不下载，也从不执行。"
        "上限：网页20 MB，PDF 50 MB、300页，DOCX 50 MB（解压后每个部件64 MB），表格5000行；"
        "每个文件内存2 GB、处理器20秒、总时间40秒（--ocr：扫描件30页，4 GB、900秒、1800秒）。"
        "退出码：0 没有错误；1 有未排除的错误或读不了的文件；2 用法有误。",
        "Check published annual reports (HTML, PDF, DOCX; .doc and .wps where LibreOffice is installed) and say what "
        "is wrong in each, where, and why. FILE may be a folder: its reports are read in the order of their names. "
        "Where the same organ's report for the year before is among them, or given with --previous, the two years are "
        "compared too. audit-remarks.yaml beside the files confirms or dismisses findings; dismissed ones are still "
        "shown but don't count in the exit code. A file that can't be read fails alone; nothing in a file is ever "
        "fetched or executed. Limits: HTML 20 MB; PDF 50 MB and 300 pages; DOCX 50 MB and 64 MB an unpacked part; "
        "5,000 table rows; for each file 2 GB of memory, 20 s of processor and 40 s of time (with --ocr scans of 30 "
        "pages, 4 GB, 900 s and 1,800 s). "
        "Exit codes: 0 no errors; 1 errors found that are not dismissed, or a file that can't be read; 2 wrong usage.",
    ),
    epilog=examples(
        "govnb audit report.html",
        "govnb audit 2022.pdf --previous 2021.pdf",
        "govnb audit collected --html results --xlsx worklist.xlsx -j 4",
        "govnb audit office-2021.html --against office -w reports",
        "govnb audit collected --json > findings.json",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--previous",
    "previous",
    multiple=True,
    metavar="FILE",
    help=said("上一年度的报告，或其文件夹；可重复", "Report for the year before, or a folder of them; may be repeated"),
)
@click.option(
    "--against",
    "agency",
    metavar="AGENCY",
    help=said(
        "与工作区中该机关同年度的台账逐格比较",
        "Compare each cell with the workspace's own report of this agency for the same year",
    ),
)
@json_option
@click.option(
    "--html",
    "html",
    metavar="DIR",
    help=said("把结果写成网页：目录和每份报告一页", "Write the results as web pages: an index and a page each"),
)
@click.option(
    "--xlsx",
    "xlsx",
    metavar="FILE",
    help=said("把问题写成清单，每个问题一行（替换原有文件）", "Write a work list, a row a finding (replaces the file)"),
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 512),
    metavar="N",
    help=said("并行数（默认：可用处理器数）；不影响结果", "Files at a time (default: usable processors)"),
)
@click.option(
    "--ocr",
    is_flag=True,
    help=said(
        '识别扫描件和图片（PNG、JPEG）里的表格，只采信勾稽关系印证的数字；需pip install "govnb[ocr]"',
        "Recognise tables in scans and pictures (PNG, JPEG); only numbers that the form's equations bear out are "
        'taken; needs pip install "govnb[ocr]"',
    ),
)
@workspace_option
def command(
    files: tuple[str, ...],
    previous: tuple[str, ...],
    agency: str | None,
    as_json: bool,
    html: str | None,
    xlsx: str | None,
    jobs: int | None,
    ocr: bool,
    workspace: Path | None,
) -> int:
    from govnb.audit.auditing import audit_all
    from govnb.audit.judging import Judgements, read_all_remarks
    from govnb.commands.audit_shown import print_reports, stream_json

    if ocr:
        from govnb.audit.recogniser import check_available

        check_available()
    sources, earlier = _sources(files, previous, html, ocr)
    space = _workspace(workspace, needed=agency is not None)
    comparison = _comparison(space, agency, earlier)
    if html is not None:
        _check_folder(html)
    remarks = read_all_remarks(sources)
    with _progress(len(sources)) as advance:
        root = space.root if space else None
        audits, unread = audit_all(sources, jobs or usable_processors(), comparison, root, advance, ocr=ocr)
    reports = Judgements(audits, sources, remarks)
    if as_json:
        stream_json(reports)
    else:
        print_reports(reports)
    _write_results(reports, html, xlsx, space)
    for problem in reports.problems:
        tell(problem.text())
    for audited in unread:
        tell(Text(f"{audited.file}：{audited.checks[0].message.zh}", f"{audited.file}: {audited.checks[0].message.en}"))
    return 1 if unread or reports.wrong else 0


def _sources(
    files: Sequence[str], previous: Sequence[str], html: str | None, ocr: bool
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """What to read, and what to compare it to; UsageError with everything that is missing."""
    from govnb.audit.collecting import PICTURES, SUFFIXES, collect_sources

    suffixes = (*SUFFIXES, *PICTURES) if ocr else SUFFIXES
    problems: list[Problem] = []
    found = []
    for given in (files, previous):
        try:
            found.append(collect_sources(given, Path(html) if html is not None else None, suffixes))
        except UsageError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)
    for collected in found:
        if collected.passed_over:
            _tell_passed_over(collected.passed_over)
    if not found[0].sources:
        what = Text("其中没有年度报告的文件", "holds no file of a report")
        raise UsageError(Problem(Place(file="、".join(files)), what, _KINDS, "usage.file"))
    return found[0].sources, found[1].sources


_KINDS = Text("可读的有 .html、.pdf、.docx、.doc、.wps", "Read are .html, .pdf, .docx, .doc and .wps")


def _tell_passed_over(names: Sequence[str]) -> None:
    listed, more = "、".join(names[:_NAMED]), len(names) - _NAMED
    tell(
        Text(
            f"跳过{len(names)}个不是报告的文件：{listed}" + ("等" if more > 0 else ""),
            f"{len(names)} files that are no reports are passed over: {', '.join(names[:_NAMED])}"
            + (f" and {more} more" if more > 0 else ""),
        )
    )


def _workspace(given: Path | None, *, needed: bool) -> Workspace | None:
    """The workspace, whose own forms and calendar count; an audit without ``--against`` needs none."""
    from govnb.inputs.workspace import find_workspace

    return find_workspace(given) if needed else workspace_if_any(given)


def _comparison(space: Workspace | None, agency: str | None, earlier: tuple[Source, ...]) -> Comparison:
    from govnb.audit.auditing import Comparison

    if agency is None or space is None:
        return Comparison(earlier)
    from govnb.audit.own_ledgers import own_report
    from govnb.inputs.workspace import check_agency_id

    check_agency_id(agency)
    if agency not in space.agencies():
        what = Text(f"工作区里没有机关“{agency}”", f"the workspace has no agency “{agency}”")
        raise UsageError(Problem(Place(), what, did_you_mean(agency, space.agencies()), "usage.agency"))
    return Comparison(earlier, lambda year: own_report(space, agency, year))


def _check_folder(text: str) -> None:
    """UsageError where the folder for web pages holds something that no audit wrote: nothing of anybody's is lost."""
    from govnb.audit.collecting import MARK
    from govnb.audit.result_page import INDEX

    folder = Path(text)
    fix = Text("请换一个空文件夹", "Give an empty folder")
    if folder.exists() and not folder.is_dir():
        raise UsageError(Problem(Place(file=text), Text("不是文件夹", "is not a folder"), fix, "usage.html"))
    try:
        if not folder.is_dir() or not any(folder.iterdir()):
            return
        with (folder / INDEX).open("rb") as file:
            ours = MARK in file.read(1024)
    except OSError:
        ours = False
    if not ours:
        what = Text("文件夹不是空的，里面也不是以前的核对结果", "is neither empty nor an earlier audit's results")
        raise UsageError(Problem(Place(file=text), what, fix, "usage.html"))


def _write_results(reports: Judgements, html: str | None, xlsx: str | None, space: Workspace | None) -> None:
    from govnb.audit.result_page import INDEX, Pages, write_pages
    from govnb.audit.worklist import render_worklist
    from govnb.form.edition import packaged_editions
    from govnb.storage import write_files

    written: list[str] = []
    if html is not None:
        write_pages(Path(html), html, Pages(space.editions if space else packaged_editions()), reports)
        written.append(f"{html}/{INDEX}")
    if xlsx is not None:
        path = Path(xlsx)
        write_files(path.parent, xlsx, {path.name: render_worklist(reports)})
        written.append(xlsx)
    if written:
        tell(Text(f"结果已写入 {'、'.join(written)}", f"The results are in {', '.join(written)}"))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Tells on stderr how far the reading is: a bar on a terminal, a line now and then elsewhere."""
    import sys

    if not sys.stderr.isatty():
        yield lambda done: _tell_progress(done, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(said("读取", "Reading")), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=total)
        yield lambda done: progress.update(bar, completed=done)


def _tell_progress(done: int, total: int) -> None:
    if done and (done % _TOLD_EVERY == 0 or (done == total > _TOLD_EVERY)):
        tell(Text(f"已读取{done}/{total}个文件", f"{done} of {total} files read"))
