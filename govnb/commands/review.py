"""``govnb review``: a reviewer accepts or rejects a report; the decision is kept in reviews/, in git if you like.

It writes to ``reviews/`` alone. The clock is read here and nowhere else: a decision is a record, not an output.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govnb.commands.options import (
    agency_argument,
    examples,
    json_option,
    print_json,
    said,
    tell,
    workspace_option,
    year_argument,
)
from govnb.commands.wording import command as command_named
from govnb.errors import NOTHING, Place, Problem, ReportError, Text, UsageError

if TYPE_CHECKING:
    from govnb.inputs.workspace import Workspace
    from govnb.signoff import Review

_BY = "GOVNB_REVIEWER"
_LONGEST = 1000
_STATES = {
    "missing": Text("尚无报告", "no report"),
    "none": Text("未审核", "not reviewed"),
    "accepted": Text("已通过", "accepted"),
    "rejected": Text("已退回", "rejected"),
    "void": Text("审核已失效（报告已变）", "void (the report changed since)"),
}


@command_named(
    "review",
    help=said(
        "审核一份报告：--accept 通过，--reject 退回，连同审核人、时间、意见和 report.json 的 sha256 记入 "
        "reviews/<机关>/<年度>.yaml，旧记录保留；报告一有变化，审核即失效。审核人用 --by 或环境变量 GOVNB_REVIEWER "
        "写明，程序不取用户名。有错误级检查不通过的报告要加 --despite-errors 才能通过，理由写在 --note 里。"
        "不加 --accept、--reject 则显示现状；不写机关则列出全部。退出码：0 已记录或已显示；1 报告不能通过或读不了；"
        "2 用法或文件有误。",
        "Sign a report off: --accept or --reject writes who, when, why and the sha256 of report.json to "
        "reviews/<agency>/<year>.yaml; earlier decisions stay, and a decision is void as soon as the report changes. "
        "The reviewer is named with --by or in GOVNB_REVIEWER; no user name is taken. A report with failed error "
        "checks is accepted only with --despite-errors, the reason in --note. Without --accept and --reject: shows "
        "what stands; without AGENCY: of all reports. Exit codes: 0 written or shown; 1 the report can't be accepted "
        "or read; 2 wrong usage or files.",
    ),
    epilog=examples(
        said(
            "govnb review guangzhou-gov-office 2021 --accept --note 数据与台账一致 --by 李审核",
            "govnb review guangzhou-gov-office 2021 --accept --note 'agrees with the ledgers' --by 'Li Ming'",
        ),
        said(
            "govnb review pingtan 2022 --reject --note 结转数与上年不符 --by 李审核",
            "govnb review pingtan 2022 --reject --note 'carried_in is wrong' --by 'Li Ming'",
        ),
        "govnb review guangzhou-gov-office 2021",
        "govnb review --json",
    ),
)
@agency_argument(required=False)
@year_argument(required=False)
@click.option("--accept", is_flag=True, help=said("通过", "Accept the report"))
@click.option("--reject", is_flag=True, help=said("退回", "Reject the report"))
@click.option("--note", metavar="TEXT", help=said("审核意见（必写）", "The reviewer's words (required)"))
@click.option(
    "--by", metavar="NAME", envvar=_BY, help=said("审核人（默认取 GOVNB_REVIEWER）", f"The reviewer (default: {_BY})")
)
@click.option(
    "--despite-errors",
    is_flag=True,
    help=said(
        "有错误级检查不通过也予通过，理由写在 --note 里", "Accept in spite of failed error checks; say why in --note"
    ),
)
@json_option
@workspace_option
def command(
    agency: str | None,
    year: int | None,
    accept: bool,
    reject: bool,
    note: str | None,
    by: str | None,
    despite_errors: bool,
    as_json: bool,
    workspace: Path | None,
) -> int:
    _check_usage(agency, year, accept, reject, note)
    if agency is not None and year is not None and (accept or reject):
        space = _workspace_with(workspace, agency, year)
        review = _decide(space, agency, year, "accepted" if accept else "rejected", note, by, despite_errors)
        _record(space, agency, year, review, as_json)
        return 0
    shown = [_standing(*pair) for pair in _wanted(workspace, agency, year)]
    if as_json:
        print_json({"reviews": [each.to_json() for each in shown]})
    else:
        for each in shown:
            _print(each, history=agency is not None and year is not None)
    return 0


def _check_usage(agency: str | None, year: int | None, accept: bool, reject: bool, note: str | None) -> None:
    deciding = accept or reject
    faults: list[Text] = []
    if accept and reject:
        faults.append(Text("--accept 和 --reject 只能选一个", "--accept and --reject exclude each other"))
    if deciding and (agency is None or year is None):
        faults.append(Text("请写明审核哪个机关、哪个年度", "Name the agency and the year of the report"))
    if deciding and not (note or "").strip():
        faults.append(Text("请用 --note 写明审核意见", "Say why with --note"))
    if not deciding and note is not None:
        faults.append(Text("--note 要和 --accept 或 --reject 同时写", "--note goes with --accept or --reject"))
    if faults:
        raise UsageError(Problem(Place(), fault, NOTHING, "usage.review") for fault in faults)


def _one_line(text: str, option: str) -> str:
    """The reviewer's words as they are kept: one line, nothing that a terminal would obey."""
    line = " ".join(text.split())
    if len(line) > _LONGEST or not line.isprintable():
        what = Text(f"{option}：过长或含有控制字符", f"{option}: too long, or holds control characters")
        raise UsageError(
            Problem(Place(), what, Text(f"最多{_LONGEST}字", f"{_LONGEST} characters at most"), "usage.review")
        )
    return line


def _workspace_with(workspace: Path | None, agency: str, year: int) -> Workspace:
    """The workspace, where agency and year are a report of it."""
    from govnb.inputs.params import read_params
    from govnb.inputs.workspace import find_workspace

    space = find_workspace(workspace)
    read_params(space, agency, year)
    return space


def _decide(
    space: Workspace, agency: str, year: int, state: str, note: str | None, by: str | None, despite_errors: bool
) -> Review:
    """The decision, where the report is there and may be decided on. ReportError, UsageError with what is missing."""
    from govnb.signoff import Review

    who = _one_line(by or "", "--by")
    if not who:
        fix = Text(f"请用 --by 姓名，或设环境变量 {_BY}", f"Give --by NAME, or set {_BY}")
        raise UsageError(Problem(Place(), Text("没有写明审核人", "the reviewer is not named"), fix, "usage.review"))
    words = _one_line(note or "", "--note")
    sha, failed = _made(space, agency, year)
    if state == "accepted" and failed and not despite_errors:
        raise ReportError(_has_errors(agency, year, failed))
    kept = tuple(failed) if state == "accepted" else ()
    return Review(state, sha, who, datetime.now().astimezone().isoformat(timespec="seconds"), words, kept)


def _made(space: Workspace, agency: str, year: int) -> tuple[str, list[str]]:
    """sha256 of the report.json and ids of its failed error checks. ReportError where there is none to be reviewed."""
    from govnb.material import digest

    shown = _shown(agency, year)
    fix = Text(f"请先运行 govnb run -a {agency} -y {year}", f"Run `govnb run -a {agency} -y {year}` first")
    try:
        content = space.inside(shown).read_bytes()
    except OSError:
        what = Text("尚无报告，无从审核", "there is no report to review")
        raise ReportError(Problem(Place(file=shown), what, fix, "review.missing")) from None
    try:
        checks = json.loads(content)["checks"]
        failed = [each["id"] for each in checks if each["status"] == "fail" and each["severity"] == "error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        what = Text("不是 govnb 生成的 report.json", "is no report.json of govnb")
        raise ReportError(Problem(Place(file=shown), what, fix, "review.report")) from None
    return digest(content), list(dict.fromkeys(failed))


def _has_errors(agency: str, year: int, failed: Sequence[str]) -> Problem:
    listed = failed[:5]
    zh, en = "、".join(listed), ", ".join(listed)
    if len(failed) > len(listed):
        zh, en = f"{zh}等", f"{en} and more"
    what = Text(f"有{len(failed)}项错误级检查不通过（{zh}）", f"{len(failed)} error checks failed ({en})")
    fix = Text(
        "请先改正；确要通过，加 --despite-errors，并在 --note 里写明理由",
        "Mend them first; to accept all the same add --despite-errors and give the reason in --note",
    )
    return Problem(Place(file=_shown(agency, year)), what, fix, "review.errors")


def _shown(agency: str, year: int) -> str:
    return f"output/{agency}/{year}/report.json"


def _record(space: Workspace, agency: str, year: int, review: Review, as_json: bool) -> None:
    from govnb.signoff import write_review

    shown = write_review(space, agency, year, review)
    state = _STATES[review.state]
    tell(Text(f"{state.zh}，已记入 {shown}", f"{state.en}; written to {shown}"))
    if as_json:
        print_json({"reviews": [_standing(space, agency, year).to_json()]})


@dataclass(frozen=True)
class _Shown:
    """What stands of one report: ``state`` also ``missing``; ``void`` is told even where the report is gone."""

    agency: str
    year: int
    state: str
    sha256: str | None
    history: tuple[Review, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "agency": self.agency,
            "year": self.year,
            "state": self.state,
            "sha256": self.sha256,
            "history": [review.to_json() for review in self.history],
        }


def _wanted(workspace: Path | None, agency: str | None, year: int | None) -> Iterator[tuple[Workspace, str, int]]:
    """Every selected report of the workspace, by agency and year."""
    from govnb.commands.options import selected

    space, chosen = selected(workspace, [agency] if agency else [], [year] if year is not None else [])
    yield from ((space, params.agency.id, params.year) for params in chosen)


def _standing(space: Workspace, agency: str, year: int) -> _Shown:
    from govnb.material import digest_file
    from govnb.signoff import read_history, standing

    found = digest_file(space.inside(_shown(agency, year)))
    sha = None if found == "missing" else found
    history = read_history(space, agency, year)
    state = "missing" if sha is None and not history else standing(history, sha)
    return _Shown(agency, year, state, sha, tuple(history))


def _print(shown: _Shown, *, history: bool) -> None:
    from govnb.signoff import decision

    counts = decision(shown.history, shown.sha256) or (shown.history[-1] if shown.history else None)
    line = f"{shown.agency} {shown.year}  {_STATES[shown.state]}"
    if shown.state == "void" and shown.sha256 is None:
        line += said("；报告已不在", "; the report is gone")
    if counts is not None and not history:
        line += f"  {counts.by}  {counts.when}  {counts.note}"
    click.echo(line)
    for review in reversed(shown.history) if history else ():
        marker = "●" if review.state_for(shown.sha256) != "void" else "○"
        despite = (
            said(" 尽管有错误：", " despite errors: ") + "、".join(review.despite_errors)
            if review.despite_errors
            else ""
        )
        said_of_it = f"{review.by}  {review.when}  {review.note}{despite}  {review.sha256[:12]}"
        click.echo(f"  {marker} {_STATES[review.state]}  {said_of_it}")
