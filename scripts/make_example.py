"""Makes the ledgers of the example agency ``guangzhou-gov-office``: illustrative data, invented row by row.

    python scripts/make_example.py [FOLDER]      default: data/guangzhou-gov-office of this repository

The totals of 2021 are those of the narrative of 广州市人民政府办公厅2021年政府信息公开工作年度报告; every row
behind them, every title, date, document number, score and dispute, and all of 2019 and 2020, is made up here. No row
describes a real application, document, person, case or rating.

The script never reads a clock, a network or a ledger. Only ``random.random`` of a fixed seed is used, whose sequence
Python guarantees across versions, so each run writes the same bytes. Working days come from the ``chinesecalendar``
package; official labels come from the edition, so that they are not retyped here.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import chinese_calendar

ROOT = Path(__file__).resolve().parents[1]
EDITION = ROOT / "govnb" / "form" / "editions" / "2021.yaml"
SEED = 20220120
T = TypeVar("T")
Row = Sequence[Any]

# Applications answered in each year, by outcome; the sums are 584 (2021) and 413 (2020).
OUTCOMES = {
    2021: {
        "granted": 196, "partial": 52, "denied.state_secret": 2, "denied.law_prohibited": 3,
        "denied.safety_stability": 1,
        "denied.third_party": 9, "denied.internal_affairs": 22, "denied.process": 31, "denied.enforcement_file": 6,
        "denied.inquiry": 12, "unavailable.not_held": 158, "unavailable.needs_creation": 18,
        "unavailable.still_unclear": 7, "declined.petition": 29, "declined.repeated": 11, "declined.publication": 2,
        "declined.excessive": 3, "declined.reissue": 1, "other.correction_overdue": 15, "other.other": 6,
    },
    2020: {
        "granted": 138, "partial": 35, "denied.state_secret": 1, "denied.law_prohibited": 2,
        "denied.safety_stability": 1,
        "denied.third_party": 6, "denied.internal_affairs": 15, "denied.process": 22, "denied.enforcement_file": 4,
        "denied.inquiry": 8, "unavailable.not_held": 113, "unavailable.needs_creation": 12,
        "unavailable.still_unclear": 6, "declined.petition": 20, "declined.repeated": 8, "declined.publication": 1,
        "declined.excessive": 2, "declined.reissue": 1, "other.correction_overdue": 11, "other.other": 7,
    },
    2019: {"granted": 5, "partial": 1, "unavailable.not_held": 5, "declined.petition": 2},
}  # fmt: skip
# Answered in the year, but received in the year before.
CARRIED_IN = {2019: 0, 2020: 11, 2021: 18, 2022: 9}
# Applications received in each year, by applicant; the sums are 575 (2021), 420 (2020) and 24 (December 2019).
APPLICANTS = {
    2021: {"natural_person": 478, "business": 49, "research": 7, "public_welfare": 9, "legal_service": 21, "other": 11},
    2020: {"natural_person": 352, "business": 34, "research": 5, "public_welfare": 6, "legal_service": 15, "other": 8},
    2019: {"natural_person": 19, "business": 3, "legal_service": 2},
}
CHANNELS = [("网络", 62), ("信函", 21), ("电子邮件", 8), ("当面", 6), ("传真", 2), ("其他", 1)]


def words(text: str) -> list[str]:
    return text.split()


DISTRICTS = words("荔湾区 越秀区 海珠区 天河区 白云区 黄埔区 番禺区 花都区 南沙区 从化区 增城区")
SUBJECTS = words("""
    旧城改造补偿安置方案 旧村改造实施计划 道路扩建工程批准文件 地铁站点周边规划 公共租赁住房分配办法
    老旧小区加装电梯补助标准 学位分配方案 土地征收补偿标准 排水管网改造计划 河涌整治资金使用情况
    停车场收费标准调整依据 垃圾分类工作考核办法 公园建设立项文件 人才引进补贴政策 小微企业贷款贴息政策
    疫情防控物资采购情况 公交线路调整方案 历史建筑保护名录 养老机构补贴发放标准 村级留用地指标
    重点项目清单 招商引资优惠政策 噪声治理工作方案""")
TOPICS = words("""
    营商环境 科技创新 先进制造业 数字经济 现代物流 港口航运 综合交通 城市更新 住房保障 生态环境保护 水资源利用
    节能降耗 教育事业 卫生健康 养老服务 文化产业 旅游发展 体育事业 乡村振兴 粮食安全 食品药品监管 安全生产 应急管理
    防灾减灾 社会保障 就业促进 人才发展 金融服务 对外贸易 会展业 商贸流通 知识产权 市场监管 城市管理 园林绿化
    海绵城市 地下管线 智慧城市 政务服务 社区治理 法治建设 残疾人事业""")
DOCUMENT_FORMS = words("工作方案 若干措施 实施意见 专项规划 管理办法 实施细则 行动计划 工作要点 有关规定 任务分工")
CONCERNS = words("道路积水 夜间施工噪声 路灯故障 公交班次不足 垃圾清运不及时 停车难 井盖破损 占道经营")
# Organs assessed and charged with tasks, and the field of each.
ORGANS = {
    "市发展改革委": "发展改革",
    "市教育局": "教育",
    "市科技局": "科技创新",
    "市工业和信息化局": "工业和信息化",
    "市公安局": "公安政务服务",
    "市民政局": "民政服务",
    "市财政局": "财政预决算",
    "市人力资源社会保障局": "就业和社会保障",
    "市规划和自然资源局": "规划和自然资源",
    "市生态环境局": "生态环境",
    "市住房城乡建设局": "住房保障",
    "市交通运输局": "交通运输",
    "市水务局": "水务",
    "市农业农村局": "农业农村",
    "市卫生健康委": "卫生健康",
    "市市场监管局": "市场监管",
}
MESSAGE_SOURCE = "省政府办公厅转办“给省长留言”"


class Dice:
    """Random choices made from ``random.random`` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, n: int) -> int:
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, items: Sequence[T]) -> T:
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[tuple[T, int]]) -> T:
        return self.pick([item for item, weight in items for _ in range(weight)])

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Fisher and Yates."""
        deck = list(items)
        for i in range(len(deck) - 1, 0, -1):
            j = self.below(i + 1)
            deck[i], deck[j] = deck[j], deck[i]
        return deck


def after(day: date, working_days: int) -> date:
    """The working day that is ``working_days`` after ``day``, which itself is not counted (make-up days count)."""
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= chinese_calendar.is_workday(day)
    return day


def working_day(dice: Dice, first: date, last: date) -> date:
    while True:
        day = first + timedelta(days=dice.below((last - first).days + 1))
        if chinese_calendar.is_workday(day):
            return day


def working_days(dice: Dice, year: int, count: int, last: date | None = None) -> list[date]:
    """``count`` sorted working days of ``year``, up to ``last``."""
    return sorted(working_day(dice, date(year, 1, 4), last or date(year, 12, 31)) for _ in range(count))


def official_labels() -> tuple[dict[str, str], dict[str, str]]:
    """Labels of the outcome rows and of the applicant columns, verbatim from the edition."""
    applications = EDITION.read_text(encoding="utf-8").split("\n  applications:\n")[1].split("\n  disputes:\n")[0]
    columns, rows = applications.split("\n    rows:")
    applicants = dict(re.findall(r"^ {6}(\w+): +\{label: ([^,}]+?)[ ,}]", columns, re.MULTILINE))
    outcomes = dict(re.findall(r"^ {6}([\w.]+): +(\S+)$", rows.split("\n    groups:")[0], re.MULTILINE))
    return outcomes, applicants


# Applications


def application(dice: Dice, outcome: str, received: date) -> dict[str, Any]:
    """One application with dates that keep every legal limit (条例第三十、三十二、三十三、三十五条)."""
    row: dict[str, Any] = {"received": received, "outcome": outcome}
    start, luck = received, dice.below(100)
    if outcome == "other.correction_overdue":
        row["notice"] = after(received, dice.between(1, 4))
        row["reply"] = after(received, dice.between(15, 19))
        return row
    if outcome == "unavailable.still_unclear" or dice.chance(5):
        row["notice"] = after(received, dice.between(1, 6))
        start = row["corrected"] = after(row["notice"], dice.between(2, 9))
    if outcome == "denied.third_party" or (outcome == "partial" and luck < 15):
        row["excluded"] = dice.between(6, 15)
        days = dice.between(12, 18 + row["excluded"])
    elif outcome.startswith("declined.") or outcome == "denied.inquiry":
        days = dice.between(2, 9)
    elif luck < 87:
        days = 2 + min(dice.below(9), dice.below(10))
    elif luck < 96:
        days = dice.between(11, 19)
    elif luck < 99:
        row["extension"] = dice.pick([5, 10, 20])
        days = 20 + dice.between(1, row["extension"])
    else:
        row["delay"] = dice.pick([10, 15])
        days = 20 + dice.between(1, row["delay"])
    row["reply"] = after(start, days)
    return row


def received_day(dice: Dice, first: date, last: date) -> date:
    """Mostly working days; what comes online may come on any day."""
    return (
        first + timedelta(days=dice.below((last - first).days + 1))
        if dice.chance(7)
        else working_day(dice, first, last)
    )


def answered(dice: Dice, year: int) -> list[dict[str, Any]]:
    """Everything answered in ``year``: first what was carried in, then what was received in the year."""
    rows: list[dict[str, Any]] = []
    for outcome in dice.shuffled(Counter(OUTCOMES[year]).elements()):
        carried = len(rows) < CARRIED_IN[year]
        first = date(year - 1, 12, 7) if carried else date(year, 12 if year == 2019 else 1, 1)
        last = date(year - 1, 12, 31) if carried else date(year, 12, 31)
        row = application(dice, outcome, received_day(dice, first, last))
        while row["reply"].year != year:
            row = application(dice, outcome, received_day(dice, first, last))
        rows.append(row)
    return rows


def carried_out(dice: Dice) -> list[dict[str, Any]]:
    """Received late in December 2021: five answered in January 2022, the others still open."""
    rows: list[dict[str, Any]] = []
    for outcome in ["granted", "unavailable.not_held", "partial", "denied.process", "granted"]:
        row = {"reply": date.max}
        while not date(2022, 1, 1) <= row["reply"] <= date(2022, 1, 19):
            row = application(dice, outcome, working_day(dice, date(2021, 12, 20), date(2021, 12, 31)))
        rows.append(row)
    rows += [{"received": working_day(dice, date(2021, 12, 27), date(2021, 12, 31))} for _ in range(4)]
    rows[-1]["notice"] = after(rows[-1]["received"], 3)
    return rows


def applications(dice: Dice) -> list[Row]:
    outcome_labels, applicant_labels = official_labels()
    rows = [row for year in OUTCOMES for row in answered(dice, year)] + carried_out(dice)
    rows.sort(key=lambda row: row["received"])
    applicants = {year: dice.shuffled(Counter(counts).elements()) for year, counts in APPLICANTS.items()}
    numbers: Counter[int] = Counter()
    table: list[Row] = []
    for row in rows:
        year = row["received"].year
        applicant = applicants[year][numbers[year]]
        numbers[year] += 1
        channel = dice.weighted(CHANNELS) if chinese_calendar.is_workday(row["received"]) else "网络"
        # On paper, up to 30 pages: free under the tariff by volume, which is in force since 2021.
        paper = year == 2021 and row.get("outcome") in ("granted", "partial") and channel in ("当面", "信函")
        place = dice.pick(DISTRICTS) + dice.pick(["某街道", "某镇街", "某片区", "", ""])
        table.append([
            f"GZFB-{year}-{numbers[year]:04d}", row["received"], channel, applicant_labels[applicant],
            f"关于{place}{dice.pick(SUBJECTS)}的公开信息",
            row.get("notice"), row.get("corrected"), row.get("excluded"), row.get("extension"), row.get("delay"),
            row.get("reply"), outcome_labels.get(row.get("outcome", "")), None, dice.between(1, 28) if paper else None,
            0 if paper else None, None, None,
        ])  # fmt: skip
    return table


# Documents and reviews of their openness


def document(dice: Dice, kind: str, openness: str, first: date, last: date) -> dict[str, Any]:
    """A document issued from ``first`` to ``last``; what is public is published in time (条例第二十六条)."""
    issued = working_day(dice, first, last)
    prefix = dice.pick(
        ["穗府规", "穗府办规", "穗府办规"] if kind == "行政规范性文件" else ["穗府", "穗府办", "穗府函", "穗府办函"]
    )
    published = after(issued, dice.between(1, 12)) if openness == "主动公开" else None
    return {"prefix": prefix, "kind": kind, "issued": issued, "openness": openness, "published": published}


def documents_of(
    dice: Dice, year: int, normative: int, active: int, on_request: int, withheld: int
) -> list[dict[str, Any]]:
    """Documents of ``year``; three of the public ones, issued in December, are published in the next year."""
    wanted = [("行政规范性文件", "主动公开")] * normative + [("其他文件", "主动公开")] * active
    wanted += [("其他文件", "依申请公开")] * on_request + [("其他文件", "不予公开")] * withheld
    rows = []
    for number, (kind, openness) in enumerate(wanted):
        late = openness == "主动公开" and number >= normative + active - 3
        row = document(dice, kind, openness, date(year, 12 if late else 1, 2), date(year, 12, 31))
        while row["published"] and (row["published"].year > year) != late:
            row = document(dice, kind, openness, date(year, 12 if late else 1, 2), date(year, 12, 31))
        rows.append(row)
    return rows


def documents(dice: Dice) -> list[dict[str, Any]]:
    """Ledger rows by date of issue: what was in force at the end of 2019, and all of 2020 and 2021."""
    first, last = date(2015, 1, 5), date(2019, 11, 29)
    rows = [document(dice, "行政规范性文件", "主动公开", first, last) for _ in range(74)]
    rows += [document(dice, "其他文件", "依申请公开", first, last) for _ in range(46)]
    rows += [document(dice, "其他文件", "不予公开", first, last) for _ in range(8)]
    rows += documents_of(dice, 2020, normative=21, active=95, on_request=24, withheld=6)
    rows += documents_of(dice, 2021, normative=23, active=109, on_request=27, withheld=7)  # 3 of 2020 in, 3 out: 132
    rows.sort(key=lambda row: row["issued"])
    numbers: Counter[tuple[str, int]] = Counter()
    titles = dice.shuffled(f"{topic}{form}" for topic in TOPICS for form in DOCUMENT_FORMS)
    titles += [title + "（修订）" for title in titles]
    for row, title in zip(rows, titles[: len(rows)], strict=True):
        year = row["issued"].year
        # Older numbers have gaps, since what is no longer in force is not in this ledger.
        numbers[row["prefix"], year] += 1 if year >= 2020 else dice.between(1, 4)
        row["id"] = f"{row['prefix']}〔{year}〕{numbers[row['prefix'], year]}号"
        organ = "广州市人民政府" + ("办公厅" if "办" in row["prefix"] else "")
        row["title"] = f"{organ}关于印发广州市{title}的通知"
    old = dice.shuffled(row for row in rows if row["kind"] == "行政规范性文件" and row["issued"].year < 2020)
    for year, repealed in ((2020, old[:14]), (2021, old[14:31])):
        for row in repealed:
            row["repealed"] = working_day(dice, date(year, 1, 4), date(year, 12, 31))
    return rows


def openness_reviews(dice: Dice, rows: list[dict[str, Any]]) -> list[Row]:
    """2021: 13 documents from on request to public; 2020: two from withheld to on request; all others unchanged."""
    older = [row for row in rows if row["issued"].year < 2020]
    asked = dice.shuffled(row for row in older if row["openness"] == "依申请公开")
    withheld = [row for row in older if row["openness"] == "不予公开"]
    plan = [(row, 2020, row["openness"], row["openness"]) for row in asked[:14] + withheld[:3]]
    plan += [(row, 2020, "不予公开", "依申请公开") for row in asked[14:16]]
    plan += [(row, 2021, row["openness"], "主动公开") for row in asked[16:29]]
    plan += [(row, 2021, row["openness"], row["openness"]) for row in asked[29:] + withheld[3:]]
    table = []
    for row, year, before, now in plan:
        first = date(2021, 12, 28) if now == "主动公开" else date(year, 10, 12)
        table.append([row["id"], working_day(dice, first, date(year, 12, 30)), before, now])
    return sorted(table, key=lambda line: (line[1], rows_index(rows, line[0])))


def rows_index(rows: list[dict[str, Any]], document_id: str) -> int:
    return next(number for number, row in enumerate(rows) if row["id"] == document_id)


# What the office made public, and messages


def titles_2021(dice: Dice) -> dict[str, list[tuple[str, str, str]]]:
    """(title, level, form) by category, in the numbers of the published report where it has one."""
    plans = [
        f"广州市{topic}“{period}”规划" for topic in TOPICS for period in ("九五", "十五", "十一五", "十二五", "十三五")
    ]
    matters = dice.shuffled(f"{topic}{form}" for topic in TOPICS for form in ("行动方案", "管理规定", "三年计划"))
    read = dice.shuffled(TOPICS)
    lists = [("广州市主动公开基本目录", "市", "")] + [(f"{name}主动公开基本目录", "区", "") for name in DISTRICTS]
    return {
        "历史规划": [(title, "", "") for title in plans[:207]],
        "会议实录": [(f"全市{topic}工作会议实录", "", "文字") for topic in read[:10]],
        "常务会议议题": [(f"市政府常务会议审议《广州市{matter}》", "", "图文") for matter in matters[:66]],
        "规划新闻发布会": [(f"《广州市{topic}“十四五”规划》新闻发布会", "", "新闻发布会") for topic in read[10:25]],
        "舆情处置案例": [(f"关于{name}市民反映{matter}的处置情况", "", "") for name, matter in concerns(dice, 18)],
        "政策解读": [(f"《广州市{topic}若干措施》解读", "", dice.pick(["图解", "视频", "专家解读", "文字", "动漫"]))
                     for topic in dice.shuffled(TOPICS) + read[:6]],
        "主动公开基本目录": [*lists, *((f"{name}街（镇）主动公开基本目录", "街（镇）", "") for name in DISTRICTS)],
        "政府公报": [(f"广州市人民政府公报2021年第{number}期", "", "电子版") for number in range(1, 37)],
    }  # fmt: skip


def titles_2020(dice: Dice) -> dict[str, list[tuple[str, str, str]]]:
    plans = [f"{name}国民经济和社会发展“{period}”规划" for name in DISTRICTS for period in ("十二五", "十三五")]
    matters = dice.shuffled(f"{topic}{form}" for topic in TOPICS for form in ("实施方案", "工作指引"))
    return {
        "历史规划": [(title, "", "") for title in plans],
        "会议实录": [(f"全市{topic}工作会议实录", "", "文字") for topic in dice.shuffled(TOPICS)[:6]],
        "常务会议议题": [(f"市政府常务会议审议《广州市{matter}》", "", "图文") for matter in matters[:58]],
        "舆情处置案例": [(f"关于{name}市民反映{matter}的处置情况", "", "") for name, matter in concerns(dice, 12)],
        "政策解读": [
            (f"《广州市{topic}实施方案》解读", "", dice.pick(["图解", "视频", "文字"])) for topic in TOPICS[:36]
        ],
        "政府公报": [(f"广州市人民政府公报2020年第{number}期", "", "电子版") for number in range(1, 37)],
    }


def concerns(dice: Dice, count: int) -> list[tuple[str, str]]:
    return dice.shuffled((name, matter) for name in DISTRICTS for matter in CONCERNS)[:count]


def gazette_days(year: int) -> list[date]:
    """Three issues a month."""
    return [after(date(year, month, day - 1), 1) for month in range(1, 13) for day in (10, 20, 28)]


def disclosures(dice: Dice) -> list[Row]:
    table: list[Row] = []
    for year, titles in ((2020, titles_2020(dice)), (2021, titles_2021(dice))):
        dated = []
        for category, entries in titles.items():
            if category == "政府公报":
                days = gazette_days(year)
            else:
                days = working_days(dice, year, len(entries), date(year, 12, 15) if "目录" in category else None)
            dated += [(day, category, *entry) for day, entry in zip(days, entries, strict=True)]
        dated.sort(key=lambda entry: entry[0])
        table += [(f"GK-{year}-{number:04d}", category, title, day, level, form)
                  for number, (day, category, title, level, form) in enumerate(dated, 1)]  # fmt: skip
    return table


def messages(dice: Dice) -> list[Row]:
    """Handled: 164 in 2020, 182 in 2021 (five of them received in 2020); six of 2021 were still open at its end."""
    pairs: list[tuple[date, date | None]] = []
    for received, handled, count in ((2020, 2020, 164), (2020, 2021, 5), (2021, 2021, 177), (2021, 2022, 4)):
        while count:
            day = working_day(dice, date(received, 1, 2), date(received, 12, 31))
            done = after(day, dice.between(3, 14))
            if done.year == handled and done < date(2022, 1, 20):
                pairs.append((day, done))
                count -= 1
    pairs += [(date(2021, 12, 30), None), (date(2021, 12, 31), None)]
    pairs.sort(key=lambda pair: pair[0])
    numbers: Counter[int] = Counter()
    table: list[Row] = []
    for received_on, handled_on in pairs:
        year = received_on.year
        numbers[year] += 1
        table.append((f"LY-{year}-{numbers[year]:04d}", MESSAGE_SOURCE, received_on, handled_on))
    return table


# Supervision and safeguards


def tasks(dice: Dice) -> list[Row]:
    """The work plans of both years: all done by their dates, a few after a reminder."""
    goals = words(
        "政策文件集中公开 政策解读同步发布 公开事项标准目录更新 公共企事业单位信息公开 办事指南更新 征集意见结果反馈"
    )
    table: list[Row] = []
    for year, count in ((2020, 36), (2021, 42)):
        planned = dice.shuffled((organ, f"做好{field}领域{goal}") for organ, field in ORGANS.items() for goal in goals)
        due = sorted(dice.pick([date(year, 6, 30), date(year, 9, 30), date(year, 12, 31)]) for _ in range(count))
        for number, ((organ, title), day) in enumerate(zip(planned[:count], due, strict=True), 1):
            done = working_day(dice, day - timedelta(days=60), day)
            table.append((f"RW-{year}-{number:02d}", title, organ, day, done, dice.pick([0, 0, 0, 0, 1, 2])))
    return table


def activities(dice: Dice) -> list[Row]:
    """kind: how many in 2020 and in 2021, and from how many to how many people took part."""
    plan = {
        "业务培训": (2, 3, 120, 320), "跟班学习": (0, 6, 2, 4), "工作考核": (1, 1, 61, 61),
        "新闻媒体评议": (1, 2, 9, 15),
        "政策解读督查": (3, 4, 4, 8), "优秀案例评选": (1, 2, 11, 15), "专题宣传": (3, 5, 40, 200),
        "会商": (2, 4, 6, 12),
    }  # fmt: skip
    table: list[Row] = []
    for year in (2020, 2021):
        rows = []
        for kind, (*counts, low, high) in plan.items():
            for number, day in enumerate(working_days(dice, year, counts[year - 2020]), 1):
                rows.append((kind, f"{year}年政务公开{kind}（第{number}次）", day, dice.between(low, high)))
        rows.sort(key=lambda row: row[2])
        table += [(f"HD-{year}-{number:02d}", *row, None) for number, row in enumerate(rows, 1)]
    return table


def assessments(dice: Dice) -> list[Row]:
    criteria = (("主动公开", 40), ("政策解读", 25), ("依申请公开", 20), ("监督保障", 15))
    return [(organ, year, name, f"{full * dice.between(840, 990) / 1000:.1f}", full)
            for year in (2020, 2021) for organ in ORGANS for name, full in criteria]  # fmt: skip


# Small ledgers, written out

DISPUTES = [
    ("FY-2020-01", "review", None, date(2020, 3, 17), date(2020, 5, 12), "upheld", "否"),
    ("SS-2020-01", "litigation", "litigation_direct", date(2020, 4, 21), date(2020, 9, 25), "upheld", "否"),
    ("FY-2020-02", "review", None, date(2020, 7, 6), date(2020, 8, 28), "other", "否"),
    ("SS-2020-02", "litigation", "litigation_after_review", date(2020, 6, 15), date(2020, 11, 20), "upheld", "否"),
    # The office was the review organ and is joint defendant: the organ of the original act counts this one.
    ("SS-2020-03", "litigation", "litigation_after_review", date(2020, 8, 11), date(2020, 12, 18), "upheld", "是"),
    ("FY-2020-03", "review", None, date(2020, 12, 9), date(2021, 2, 3), "upheld", "否"),
    ("FY-2021-01", "review", None, date(2021, 4, 14), date(2021, 6, 8), "upheld", "否"),
    ("FY-2021-02", "review", None, date(2021, 8, 23), date(2021, 10, 15), "other", "否"),
    ("SS-2021-01", "litigation", "litigation_direct", date(2021, 9, 13), None, None, "否"),
    ("SS-2021-02", "litigation", "litigation_direct", date(2021, 11, 4), None, None, "否"),
    ("SS-2021-03", "litigation", "litigation_after_review", date(2021, 12, 2), None, None, "否"),
]
# An office of a government licenses, fines and charges nothing: zeros, since an empty cell is not a zero.
DECISIONS = [(kind, date(year, 12, 31), 0, "广州市人民政府办公厅")
             for year in (2020, 2021) for kind in ("行政许可", "行政处罚", "行政强制")]  # fmt: skip
FEES = [("行政事业性收费", date(year, 12, 31), 0) for year in (2020, 2021)]
PLATFORMS = [
    ("政府网站", "广州市人民政府门户网站", date(2002, 1, 1), None, date(2021, 12, 31), None),
    ("网站栏目", "领导之窗", date(2008, 5, 1), None, date(2021, 12, 24), None),
    ("网站栏目", "法规公文", date(2008, 5, 1), None, date(2021, 12, 30), None),
    ("政务微博", "市政府公报政务微博", date(2011, 11, 1), None, date(2021, 12, 31), None),
    ("政务微信", "市政府公报微信公众号", date(2015, 6, 1), None, date(2021, 12, 31), None),
    ("客户端", "市政府公报手机客户端", date(2016, 3, 1), date(2020, 8, 31), date(2020, 8, 28), None),
    ("网站栏目", "政策解读", date(2016, 9, 1), None, date(2021, 12, 30), None),
    ("小程序", "市政府公报微信小程序", date(2020, 7, 1), None, date(2021, 12, 31), None),
    ("网站栏目", "规划计划", date(2020, 10, 12), None, date(2021, 12, 28), 229),
    ("数据库", "广州市现行有效政府规章库", date(2021, 6, 28), None, date(2021, 12, 20), 109),
    ("数据库", "政府政策文件数据库", date(2021, 9, 15), None, date(2021, 12, 29), 1286),
]
PROBLEMS = [
    (2020, "部分历史规划未集中公开", "系统归集历史规划，在门户网站统一展示", date(2021, 11, 30)),
    (2020, "依申请公开办理周期偏长", "优化收件、会办、审核流程，力争10个工作日内答复", date(2021, 6, 30)),
    (2020, "规章查询分散", "建立现行有效政府规章库并集中展示", date(2021, 6, 28)),
    (
        2021,
        "重大政策文件的解读质量和传播效果不够理想",
        "改进政策解读方式，多用图解、视频和问答，提高解读质量和效果",
        None,
    ),
    (2021, "到基层单位开展政务公开调研偏少", "定期到基层走访调研，面对面指导政务公开工作", None),
    (2021, "政务公开队伍力量和业务培训有待加强", "分类开展业务培训和跟班学习，增强培训的针对性", None),
]


def ledgers() -> dict[str, tuple[str, list[Row]]]:
    """Header and rows of each ledger; each has its own dice, so that a change in one leaves the others alone."""
    papers = documents(Dice(SEED + 1))
    return {
        "applications": (
            "申请编号,收到日期,申请渠道,申请人类型,申请内容,补正通知日期,补正收到日期,扣除工作日,延期工作日,合理延迟工作日,答复日期,"
            "办理结果,收费件数,收费页数,信息处理费,收费通知日期,缴费日期",
            applications(Dice(SEED)),
        ),
        "documents": (
            "文号,标题,文件种类,制发日期,废止日期,公开属性,公开日期",
            [
                (p["id"], p["title"], p["kind"], p["issued"], p.get("repealed"), p["openness"], p["published"])
                for p in papers
            ],
        ),
        "openness_reviews": ("文号,评估日期,原公开属性,现公开属性", openness_reviews(Dice(SEED + 2), papers)),
        "decisions": ("种类,期末日期,处理决定数量,承办单位", [*DECISIONS]),
        "fees": ("收费项目,期末日期,收费金额（元）", [*FEES]),
        "disputes": ("case_id,kind,route,accepted_date,concluded_date,result,joint_defendant", [*DISPUTES]),
        "disclosures": ("编号,类别,标题,公开日期,层级,形式", disclosures(Dice(SEED + 3))),
        "messages": ("编号,来源,收到日期,办结日期", messages(Dice(SEED + 4))),
        "platforms": (
            "platform_id,kind,name,operator,opened_date,closed_date,last_updated,entries",
            [
                (f"PT-{n:02d}", kind, name, "广州市人民政府办公厅", *more)
                for n, (kind, name, *more) in enumerate(PLATFORMS, 1)
            ],
        ),
        "tasks": ("task_id,title,responsible,due_date,done_date,reminders", tasks(Dice(SEED + 5))),
        "activities": ("activity_id,kind,title,date,participants,note", activities(Dice(SEED + 6))),
        "assessments": ("unit,year,criterion,score,full_score", assessments(Dice(SEED + 7))),
        "problems": (
            "编号,提出年度,问题,改进措施,整改完成日期",
            [(f"WT-{p[0]}-{(n - 1) % 3 + 1}", *p) for n, p in enumerate(PROBLEMS, 1)],
        ),
    }


def line_of(row: Iterable[Any]) -> str:
    """One CSV line; no cell needs quotes, since no text here holds a comma, quote or line break of ASCII."""
    cells = ["" if cell is None else str(cell) for cell in row]
    if any(mark in cell for cell in cells for mark in ',"\r\n'):
        raise ValueError(f"cell needs quoting: {cells}")
    return ",".join(cells) + "\n"


def write_ledgers(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, (header, rows) in ledgers().items():
        text = header + "\n" + "".join(line_of(row) for row in rows)
        (folder / f"{name}.csv").write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    write_ledgers(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "data" / "guangzhou-gov-office")
