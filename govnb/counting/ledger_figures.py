"""Figures that the prose needs beside the statutory tables: what each of the thirteen ledgers can tell about a year.

One line per figure: id, label, unit, rule. A ledger that an agency does not keep gives no figure, never a zero. Figures
with fixed ids come before those that are named by what a ledger holds: where an agency's own word would take the id of
another figure (a category called “total”), the first stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from govnb.counting import limits, rules
from govnb.counting.book import Book
from govnb.counting.rules import Condition, Selection


@dataclass(frozen=True)
class Entry:
    """A figure to be: ``selection`` says what it counts or sums."""

    id: str
    label: str
    unit: str
    selection: Selection


def ledger_entries(book: Book, year: int, target_days: int | None) -> Iterator[Entry]:
    """Entries of every ledger that ``book`` has, in the order in which the form speaks of them."""
    sources: dict[str, Callable[[], Iterator[Entry]]] = {
        "applications": lambda: _applications(book, year, target_days),
        "documents": lambda: _documents(book, year),
        "openness_reviews": lambda: _openness_reviews(year),
        "disclosures": lambda: _disclosures(book, year),
        "messages": lambda: _messages(year),
        "platforms": lambda: _platforms(book, year),
        "tasks": lambda: _tasks(year),
        "activities": lambda: _activities(book, year),
        "assessments": lambda: _assessments(year),
        "problems": lambda: _problems(year),
    }
    for ledger, entries in sources.items():
        if ledger in book:
            yield from entries()


def _select(ledger: str, *conditions: Condition, measure: str | None = None, law: str = "") -> Selection:
    return Selection(ledger, conditions, measure, law)


def _within(year: int, column: str, header: str) -> Condition:
    return Condition(f"{header}在{year}年内", rules.in_year, (column, year))


def _values(book: Book, ledger: str, column: str) -> dict[str, str]:
    """Code → label of a listed column, with what the ledger itself holds beside the known values, in stable order."""
    known = dict(book.labels.get((ledger, column), {}))
    own = sorted(book.distinct(ledger, column) - set(known))
    return {**known, **{value: value for value in own}}


def days_are_known(book: Book, answered: Selection) -> bool:
    """Whether the calendar tells the working days of every reply: one year without it, and no number would be true."""
    if answered in book.days_known:
        return book.days_known[answered]
    without = answered.where(Condition("没有答复用时", rules.blank, ("elapsed_days",)))
    rows = book.rows(without, limits.columns(book.frames["applications"]))
    book.days_known[answered] = known = not limits.answer_unknown(rows, book.calendar).any()
    return known


def _in_time(book: Book, answered: Selection, target_days: int | None) -> Iterator[Entry]:
    """Replies by the legal limit. One for which no limit ran (a correction that never came) is not late."""
    if not days_are_known(book, answered):
        return
    on_time = Condition("未超过法定答复期限", rules.equals, ("answered_late", False))
    late = Condition("超过法定答复期限", rules.equals, ("answered_late", True))
    yield Entry("applications.on_time", "本年答复且未超过法定期限的申请", "件", answered.where(on_time))
    yield Entry("applications.overdue", "本年答复但超过法定期限的申请", "件", answered.where(late))
    if target_days is not None:
        within = Condition(f"答复用时不超过{target_days}个工作日", rules.at_most, ("elapsed_days", target_days))
        yield Entry("applications.within_target", "本年在承诺时限内答复的申请", "件", answered.where(within))


def _applications(book: Book, year: int, target_days: int | None) -> Iterator[Entry]:
    new, answered = rules.new_applications(year), rules.answered_applications(year)
    yield from _in_time(book, answered, target_days)
    extended = Condition("经批准延期", rules.positive, ("extension_days",))
    yield Entry("applications.extended", "本年答复中经批准延期的申请", "件", answered.where(extended))
    corrected = Condition("曾通知补正", rules.filled, ("correction_notice_date",))
    yield Entry("applications.corrected", "本年新收申请中曾通知补正的申请", "件", new.where(corrected))
    for code, label in _values(book, "applications", "channel").items():
        through = Condition(f"申请渠道为“{label}”", rules.equals, ("channel", code))
        yield Entry(f"applications.channel.{code}", f"本年新收申请（{label}）", "件", new.where(through))
    charged = _select(
        "applications",
        Condition(
            f"收费通知（无通知的，答复）日期在{year}年内",
            rules.in_year_or_else,
            ("fee_notice_date", "reply_date", year),
        ),
        Condition("收取了信息处理费", rules.positive, ("fee_yuan",)),
        Condition("未因逾期不缴费而终止", rules.other_than, ("outcome", "other.fee_unpaid")),
        law="国办函〔2020〕109号",
    )
    yield Entry("information_fee.cases", "本年收取信息处理费的申请", "件", charged)
    yield Entry("information_fee.yuan", "本年收取的信息处理费", "元", replace(charged, measure="fee_yuan"))


def _documents(book: Book, year: int) -> Iterator[Entry]:
    issued = rules.issued_documents(year)
    yield Entry("documents.issued", "本年制发文件", "份", issued)
    yield Entry("documents.disclosed", "本年主动公开文件", "份", rules.disclosed_documents(year))
    yield Entry("documents.repealed", "本年废止文件", "份", rules.repealed_documents(year))
    yield Entry("documents.in_force", "年末有效文件", "份", rules.documents_in_force(year))
    for code, label in _values(book, "documents", "openness").items():
        is_so = Condition(f"公开属性为“{label}”", rules.equals, ("openness", code))
        yield Entry(f"documents.openness.{code}", f"本年制发文件（{label}）", "份", issued.where(is_so))


def _openness_reviews(year: int) -> Iterator[Entry]:
    reviewed = _select("openness_reviews", _within(year, "reviewed_date", "评估日期"))
    before = Condition("原公开属性为“依申请公开”", rules.equals, ("openness_before", "on_request"))
    after = Condition("现公开属性为“主动公开”", rules.equals, ("openness_after", "active"))
    yield Entry("openness_reviews.reviewed", "本年评估公开属性的文件", "份", reviewed)
    to_active = reviewed.where(before, after)
    yield Entry("openness_reviews.to_active", "本年由依申请公开转为主动公开的文件", "份", to_active)


def _disclosures(book: Book, year: int) -> Iterator[Entry]:
    published = _select("disclosures", _within(year, "published_date", "公开日期"), law="条例第二十三条")
    yield Entry("disclosures.total", "本年主动公开信息", "条", published)
    for value in _values(book, "disclosures", "level"):
        is_so = Condition(f"层级为“{value}”", rules.equals, ("level", value))
        yield Entry(f"disclosures.level.{value}", f"本年主动公开信息（{value}级）", "条", published.where(is_so))
    for value in _values(book, "disclosures", "category"):
        is_so = Condition(f"类别为“{value}”", rules.equals, ("category", value))
        yield Entry(f"disclosures.{value}", f"本年主动公开信息（{value}）", "条", published.where(is_so))


def _messages(year: int) -> Iterator[Entry]:
    received = _select("messages", _within(year, "received_date", "收到日期"))
    handled = _select("messages", _within(year, "handled_date", "办结日期"))
    yield Entry("messages.received", "本年收到网民留言", "件", received)
    yield Entry("messages.handled", "本年办结网民留言", "件", handled)


def _platforms(book: Book, year: int) -> Iterator[Entry]:
    here = Condition(f"{year}年末仍在运行", rules.open_at_end_of, ("opened_date", "closed_date", year))
    in_being = _select("platforms", here)
    yield Entry("platforms.total", "年末在运行的平台", "个", in_being)
    opened, closed = _within(year, "opened_date", "开设日期"), _within(year, "closed_date", "关停日期")
    yield Entry("platforms.opened", "本年开设的平台", "个", _select("platforms", opened))
    yield Entry("platforms.closed", "本年关停的平台", "个", _select("platforms", closed))
    for value in _values(book, "platforms", "kind"):
        is_so = Condition(f"种类为“{value}”", rules.equals, ("kind", value))
        yield Entry(f"platforms.{value}", f"年末在运行的平台（{value}）", "个", in_being.where(is_so))
    frame = book.frames["platforms"]
    said = Condition("收录条目已填", rules.filled, ("entries",))
    for name in sorted(set(frame.loc[frame["entries"].notna(), "name"].dropna())):
        named = Condition(f"名称为“{name}”", rules.equals, ("name", name))
        entries = _select("platforms", here, named, said, measure="entries")
        yield Entry(f"platforms.entries.{name}", f"{name}收录条目", "件", entries)


def _tasks(year: int) -> Iterator[Entry]:
    due = _select("tasks", _within(year, "due_date", "完成时限"))
    done = Condition(f"{year}年末前已完成", rules.by_end_of, ("done_date", year))
    late = Condition("未按时限完成", rules.late, ("due_date", "done_date", year))
    yield Entry("tasks.total", "本年政务公开工作要点任务", "项", due)
    yield Entry("tasks.done", "本年任务中年末前完成的", "项", due.where(done))
    yield Entry("tasks.overdue", "本年任务中未按时限完成的", "项", due.where(late))
    yield Entry("tasks.reminders", "本年任务督办次数", "次", replace(due, measure="reminders"))


def _activities(book: Book, year: int) -> Iterator[Entry]:
    held = _select("activities", _within(year, "date", "日期"))
    yield Entry("activities.total", "本年监督保障活动", "次", held)
    for value in _values(book, "activities", "kind"):
        is_so = held.where(Condition(f"种类为“{value}”", rules.equals, ("kind", value)))
        yield Entry(f"activities.{value}", f"本年{value}", "次", is_so)
        people = replace(is_so, measure="participants")
        yield Entry(f"activities.participants.{value}", f"本年{value}参加人数", "人次", people)


def _assessments(year: int) -> Iterator[Entry]:
    of_year = Selection("assessments", (Condition(f"年度为{year}", rules.equals, ("year", year)),), distinct="unit")
    yield Entry("assessments.units", "本年政务公开考核的单位", "个", of_year)


def _problems(year: int) -> Iterator[Entry]:
    now = Condition(f"提出年度为{year}", rules.equals, ("year", year))
    before = Condition(f"提出年度为{year - 1}", rules.equals, ("year", year - 1))
    earlier = Condition(f"提出年度不晚于{year - 1}", rules.at_most, ("year", year - 1))
    mended = Condition(f"{year}年末前已整改", rules.by_end_of, ("resolved_date", year))
    not_mended = Condition(f"{year}年末尚未整改", rules.not_by_end_of, ("resolved_date", year))
    yield Entry("problems.raised", "本年存在的主要问题", "个", _select("problems", now))
    yield Entry("problems.previous", "上年提出的问题", "个", _select("problems", before))
    yield Entry("problems.resolved", "上年提出且已整改的问题", "个", _select("problems", before, mended))
    yield Entry("problems.open", "以前年度提出、年末尚未整改的问题", "个", _select("problems", earlier, not_mended))
