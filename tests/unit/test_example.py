"""The example ledgers give every number of the published narrative, keep the legal limits, and can be made again.

Counted here with the csv module alone, row by row, so that nothing of govnb is needed to believe it.
"""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import chinese_calendar
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data" / "guangzhou-gov-office"
SCRIPT = ROOT / "scripts" / "make_example.py"
LEDGERS = [
    *("activities", "applications", "assessments", "decisions", "disclosures", "disputes", "documents", "fees"),
    *("messages", "openness_reviews", "platforms", "problems", "tasks"),
]


def ledger(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def in_year(text: str, year: int) -> bool:
    return text.startswith(f"{year}-")


def working_days(start: date, end: date) -> int:
    """Working days after ``start`` up to and with ``end``."""
    return sum(chinese_calendar.is_workday(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


APPLICATIONS = ledger("applications")


def open_before(row: dict[str, str], year: int) -> bool:
    """Received before ``year`` and not replied before it."""
    return row["收到日期"] < f"{year}-01-01" and (not row["答复日期"] or row["答复日期"] >= f"{year}-01-01")


def applications_new(year: int) -> int:
    return sum(in_year(row["收到日期"], year) for row in APPLICATIONS)


def applications_carried_in(year: int) -> int:
    return sum(open_before(row, year) for row in APPLICATIONS)


def applications_answered(year: int) -> int:
    return sum(in_year(row["答复日期"], year) for row in APPLICATIONS)


def fees_charged() -> int:
    return sum(Decimal(row["信息处理费"] or 0) != 0 for row in APPLICATIONS)


def disputes(year: int, kind: str, pending: bool) -> int:
    """Concluded in the year, or else accepted by its end and not concluded by then."""
    count = 0
    for row in ledger("disputes"):
        if row["kind"] != kind or row["joint_defendant"] == "是":
            continue
        still_open = not row["concluded_date"] or row["concluded_date"] > f"{year}-12-31"
        accepted = row["accepted_date"] <= f"{year}-12-31"
        count += (accepted and still_open) if pending else in_year(row["concluded_date"], year)
    return count


def disclosed(category: str) -> int:
    return sum(row["类别"] == category and in_year(row["公开日期"], 2021) for row in ledger("disclosures"))


def messages_handled() -> int:
    source = "省政府办公厅转办“给省长留言”"
    return sum(row["来源"] == source and in_year(row["办结日期"], 2021) for row in ledger("messages"))


def made_active() -> int:
    rows = [row for row in ledger("openness_reviews") if in_year(row["评估日期"], 2021)]
    return sum((row["原公开属性"], row["现公开属性"]) == ("依申请公开", "主动公开") for row in rows)


def documents_disclosed() -> int:
    return sum(row["公开属性"] == "主动公开" and in_year(row["公开日期"], 2021) for row in ledger("documents"))


def regulations_in_database() -> int:
    (row,) = (row for row in ledger("platforms") if row["name"] == "广州市现行有效政府规章库")
    assert row["kind"] == "数据库"
    assert in_year(row["opened_date"], 2021)
    return int(row["entries"])


PUBLISHED = {
    "applications: 新收": (lambda: applications_new(2021), 575),
    "applications: 上年结转": (lambda: applications_carried_in(2021), 18),
    "applications: 新收与上年结转": (lambda: applications_new(2021) + applications_carried_in(2021), 593),
    "applications: 办结": (lambda: applications_answered(2021), 584),
    "applications: 结转下年度": (lambda: applications_carried_in(2022), 9),
    "applications: 信息处理费": (fees_charged, 0),
    "disputes: 复议审结": (lambda: disputes(2021, "review", pending=False), 3),
    "disputes: 复议尚未审结": (lambda: disputes(2021, "review", pending=True), 0),
    "disputes: 诉讼审结": (lambda: disputes(2021, "litigation", pending=False), 0),
    "disputes: 诉讼尚未审结": (lambda: disputes(2021, "litigation", pending=True), 3),
    "messages: 给省长留言": (messages_handled, 182),
    "disclosures: 历史规划": (lambda: disclosed("历史规划"), 207),
    "disclosures: 会议实录": (lambda: disclosed("会议实录"), 10),
    "disclosures: 常务会议议题": (lambda: disclosed("常务会议议题"), 66),
    "disclosures: 规划新闻发布会": (lambda: disclosed("规划新闻发布会"), 15),
    "disclosures: 舆情处置案例": (lambda: disclosed("舆情处置案例"), 18),
    "openness_reviews: 依申请公开转主动公开": (made_active, 13),
    "documents: 主动公开": (documents_disclosed, 132),
    "platforms: 规章库条目": (regulations_in_database, 109),
    "problems: 问题": (lambda: sum(row["提出年度"] == "2021" and bool(row["问题"]) for row in ledger("problems")), 3),
    "problems: 措施": (lambda: len({row["改进措施"] for row in ledger("problems") if row["提出年度"] == "2021"}), 3),
    "fees: 收费": (lambda: sum(Decimal(row["收费金额（元）"]) for row in ledger("fees")), 0),
    "decisions: 处理决定": (lambda: sum(int(row["处理决定数量"]) for row in ledger("decisions")), 0),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_ledger_gives_the_published_number(name: str) -> None:
    count, published = PUBLISHED[name]
    assert count() == published


def test_params_cite_the_rankings_and_the_reply_target() -> None:
    year = (ROOT / "params/guangzhou-gov-office/2021.yaml").read_text(encoding="utf-8")
    cited = year.split("\ncited:\n")[1]
    entries = re.findall(r"^  (\w+):\n((?:    .+\n)+)", cited, re.MULTILINE)
    values = {name: re.search(r"^    value: (.+)$", text, re.MULTILINE).group(1) for name, text in entries}
    assert values == {"transparency_rank": "1", "transparency_cities": "49", "province_assessment": "优秀"}
    assert all(re.search(r"^    source: \S+", text, re.MULTILINE) for _, text in entries)
    agency = (ROOT / "params/guangzhou-gov-office/agency.yaml").read_text(encoding="utf-8")
    assert "\nreply_target_days: 10\n" in agency


def test_year_before_is_whole_and_carries_over() -> None:
    assert applications_new(2020) == 420
    assert applications_carried_in(2020) > 0
    carried_out = applications_new(2020) + applications_carried_in(2020) - applications_answered(2020)
    assert carried_out == applications_carried_in(2021) == 18
    for kind in ("review", "litigation"):
        total = disputes(2021, kind, pending=False) + disputes(2021, kind, pending=True)
        assert disputes(2020, kind, pending=True) <= total


def last_day_ok(row: dict[str, str], reply: date) -> bool:
    start = day(row["补正收到日期"]) or day(row["收到日期"])
    allowed = 20 + sum(int(row[name] or 0) for name in ("扣除工作日", "延期工作日", "合理延迟工作日"))
    return working_days(start, reply) <= allowed


def test_no_application_is_late() -> None:
    for row in APPLICATIONS:
        reply, notice, corrected = (day(row[name]) for name in ("答复日期", "补正通知日期", "补正收到日期"))
        received = day(row["收到日期"])
        assert bool(reply) == bool(row["办理结果"]), row["申请编号"]
        assert last_day_ok(row, reply or date(2022, 1, 20)), row["申请编号"]
        assert not reply or (reply >= (corrected or received) and chinese_calendar.is_workday(reply)), row["申请编号"]
        assert not notice or (notice >= received and working_days(received, notice) <= 7), row["申请编号"]
        assert not corrected or (notice and corrected >= notice), row["申请编号"]
        assert int(row["延期工作日"] or 0) <= 20
        assert int(row["收费页数"] or 0) <= 30


@pytest.mark.parametrize("year", [2020, 2021])
def test_most_replies_keep_the_target(year: int) -> None:
    answered = [row for row in APPLICATIONS if in_year(row["答复日期"], year)]
    days = [working_days(day(row["补正收到日期"]) or day(row["收到日期"]), day(row["答复日期"])) for row in answered]
    assert sum(n <= 10 for n in days) > 0.75 * len(days)
    assert sum(days) / len(days) < 9
    assert any(row["延期工作日"] for row in answered)


def test_labels_are_those_of_the_edition_and_every_applicant_column_is_used() -> None:
    edition = (ROOT / "govnb/form/editions/2021.yaml").read_text(encoding="utf-8")
    lines = {line.strip() for line in edition.splitlines()}
    outcomes = {row["办理结果"] for row in APPLICATIONS} - {""}
    assert all(any(line.endswith(f": {label}") or line.endswith(f" {label}") for line in lines) for label in outcomes)
    for year in (2020, 2021):
        types = Counter(row["申请人类型"] for row in APPLICATIONS if in_year(row["收到日期"], year))
        assert len(types) == 6
        assert types["自然人"] > 0.7 * types.total()
        assert all(f"label: {label}" in edition for label in types)


def test_documents_are_public_in_time_and_reviewed_ones_are_known() -> None:
    documents = {row["文号"]: row for row in ledger("documents")}
    for row in documents.values():
        assert row["文件种类"] in ("行政规范性文件", "其他文件")
        assert (row["公开属性"] == "主动公开") == bool(row["公开日期"]), row["文号"]
        if row["公开日期"]:
            assert 0 <= working_days(day(row["制发日期"]), day(row["公开日期"])) <= 20, row["文号"]
        assert not row["废止日期"] or row["废止日期"] > row["制发日期"], row["文号"]
    assert any(in_year(row["废止日期"], 2021) and row["制发日期"] < "2020" for row in documents.values())
    reviews = ledger("openness_reviews")
    assert {row["文号"] for row in reviews} <= documents.keys()
    assert sum(row["原公开属性"] == row["现公开属性"] for row in reviews) > 13
    assert all(row["评估日期"] > documents[row["文号"]]["制发日期"] for row in reviews)


def test_basic_lists_are_at_three_levels_and_interpretations_have_forms() -> None:
    rows = [row for row in ledger("disclosures") if in_year(row["公开日期"], 2021)]
    assert {row["层级"] for row in rows if row["类别"] == "主动公开基本目录"} == {"市", "区", "街（镇）"}
    assert len({row["形式"] for row in rows if row["类别"] == "政策解读"} - {""}) > 2
    assert any(row["类别"] == "政府公报" for row in rows)


def test_tasks_of_the_plan_were_done_in_time_and_activities_took_place() -> None:
    tasks = [row for row in ledger("tasks") if in_year(row["due_date"], 2021)]
    assert tasks
    assert all(row["done_date"] and row["done_date"] <= row["due_date"] for row in tasks)
    kinds = Counter(row["kind"] for row in ledger("activities") if in_year(row["date"], 2021))
    wanted = "业务培训 跟班学习 工作考核 新闻媒体评议 政策解读督查 优秀案例评选 专题宣传 会商"
    assert set(wanted.split()) == set(kinds)
    assert all(Decimal(row["score"]) <= Decimal(row["full_score"]) for row in ledger("assessments"))
    assert all(in_year(row["整改完成日期"], 2021) for row in ledger("problems") if row["提出年度"] == "2020")


@pytest.mark.parametrize("name", sorted(set(LEDGERS) - {"decisions", "fees", "assessments"}))
def test_ids_are_unique(name: str) -> None:
    ids = [next(iter(row.values())) for row in ledger(name)]
    assert len(set(ids)) == len(ids) > 0


def test_application_ids_follow_the_day_of_receipt() -> None:
    by_id = sorted(APPLICATIONS, key=lambda row: row["申请编号"])
    assert by_id == APPLICATIONS
    assert sorted(APPLICATIONS, key=lambda row: row["收到日期"]) == APPLICATIONS
    assert all(row["申请编号"].startswith(f"GZFB-{row['收到日期'][:4]}-") for row in APPLICATIONS)


def test_no_personal_data_stands_in_the_ledgers() -> None:
    for name in LEDGERS:
        text = (DATA / f"{name}.csv").read_text(encoding="utf-8")
        assert not re.search(r"\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)|@", text), name


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_script_writes_the_committed_bytes(tmp_path: Path, seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": "Asia/Shanghai"}
    subprocess.run([sys.executable, SCRIPT, tmp_path], check=True, env=environment, cwd=tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(made) == [f"{name}.csv" for name in LEDGERS]
    assert made == {path.name: path.read_bytes() for path in DATA.glob("*.csv")}


def test_declared_2020_holds_only_what_no_ledger_tells() -> None:
    declared = json.loads((DATA / "declared-2020.json").read_text(encoding="utf-8"))
    cells = {
        (row, column): value for row, line in declared["tables"]["disclosure"].items() for column, value in line.items()
    }
    filled = {column for (_, column), value in cells.items() if value is not None}
    assert filled == {"previous_items", "change", "items", "amount"}
    assert list(declared["tables"]) == ["disclosure"]
