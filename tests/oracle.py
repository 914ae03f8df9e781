"""A slow oracle of the counting room: every number again, one row and one question at a time.

Written from contract.md (how a year is counted), law.md and the editions, in plain Python over lists of dicts: no
pandas, no masks, no sharing with govnb.counting. A ledger row has ``date``, ``int``,
``Decimal``, ``bool``, ``str`` or None in its cells. Nothing here is fast, and nothing here rounds but ``half_up``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from typing import Any

import chinese_calendar  # type: ignore[import-untyped]

from govnb.form.edition import Edition

Row = Mapping[str, Any]
Ledgers = Mapping[str, Sequence[Row]]
Cells = dict[str, dict[str, Any]]
Tables = dict[str, Cells]
DAY = timedelta(days=1)

is_workday = cache(chinese_calendar.is_workday)


# Dates


def in_year(day: date | None, year: int) -> bool:
    return day is not None and day.year == year


def by_end(day: date | None, year: int) -> bool:
    return day is not None and day <= date(year, 12, 31)


def before(day: date | None, year: int) -> bool:
    return day is not None and day < date(year, 1, 1)


def working_days(start: date, end: date) -> int:
    """Working days after ``start`` up to and with ``end``; negative where ``end`` lies before."""
    if end < start:
        return -working_days(end, start)
    return sum(is_workday(start + DAY * n) for n in range(1, (end - start).days + 1))


# One application


def is_new(row: Row, year: int) -> bool:
    return in_year(row["received_date"], year)


def is_carried_in(row: Row, year: int) -> bool:
    return before(row["received_date"], year) and not before(row["reply_date"], year)


def is_answered(row: Row, year: int) -> bool:
    return in_year(row["reply_date"], year)


def is_carried_out(row: Row, year: int) -> bool:
    return by_end(row["received_date"], year) and not by_end(row["reply_date"], year)


def outcome_row(outcome: str | None, edition: Edition) -> str | None:
    """The row of ``edition`` for an outcome that may be written by another edition's codes.

    （六）其他处理 of 2019 stands for the three other.* of 2021. The other way round nobody can tell which of the three
    it was: such an application is in 总计 alone, and applications.results says so.
    """
    rows = edition.applications.outcomes
    if outcome is None or outcome in rows:
        return outcome
    group = outcome.split(".")[0]
    return group if group in rows else None


def limit(row: Row) -> int:
    return 20 + min(max(row["extension_days"] or 0, 0), 20) + max(row["delay_days"] or 0, 0)


def clock_start(row: Row) -> date | None:
    start: date | None = row["received_date"]
    if row["correction_received_date"]:
        start = row["correction_received_date"]
    elif row["correction_notice_date"]:
        return None
    notice, paid = row["fee_notice_date"], row["fee_paid_date"]
    if notice and start and working_days(start, notice) - (row["excluded_days"] or 0) <= limit(row):
        return max(start, paid) if paid else None
    return start


def days_used(row: Row) -> int | None:
    """Working days that the reply took; None where no limit ran or there is no reply."""
    start = clock_start(row)
    if start is None or row["reply_date"] is None:
        return None
    return max(0, working_days(start, row["reply_date"]) - (row["excluded_days"] or 0))


# Numbers


def exact(values: Iterable[Decimal | None]) -> Decimal:
    with localcontext(prec=80):
        return sum((value for value in values if value is not None), Decimal(0))


def whole(values: Iterable[int | None]) -> int:
    return sum(value for value in values if value is not None)


def half_up(part: Decimal | int, of: Decimal | int, places: str = "0.1") -> Decimal | None:
    """``part`` of ``of`` in percent, rounded half up; None of nothing."""
    if of == 0:
        return None
    with localcontext(prec=120):  # more digits than any two amounts of a ledger bring together
        return (Decimal(part) * 100 / Decimal(of)).quantize(Decimal(places), ROUND_HALF_UP)


def median(values: list[int]) -> Decimal | None:
    """The middle value, or the mean of the two in the middle."""
    if not values:
        return None
    ordered, middle = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return Decimal(ordered[middle])
    return Decimal(ordered[middle - 1] + ordered[middle]) / 2


# The statutory tables


def count_tables(ledgers: Ledgers, edition: Edition, year: int) -> Tables:
    """All cells of the three tables; None where no ledger tells."""
    return {
        "disclosure": _disclosure(ledgers, edition, year),
        "applications": _applications(ledgers, edition, year),
        "disputes": _disputes(ledgers, edition, year),
    }


def _disclosure(ledgers: Ledgers, edition: Edition, year: int) -> Cells:
    result: Cells = {}
    for block in edition.disclosure.blocks:
        for row in block.rows:
            result[row] = {column: _disclosure_cell(ledgers, row, column, year) for column in block.columns}
    return result


def _disclosure_cell(ledgers: Ledgers, row: str, column: str, year: int) -> int | Decimal | None:
    if column == "decisions":
        if "decisions" not in ledgers:
            return None
        found = [line for line in ledgers["decisions"] if line["kind"] == row and in_year(line["period_end"], year)]
        return whole(line["count"] for line in found)
    if column == "amount" and row == "fees":
        if "fees" not in ledgers:
            return None
        yuan = exact(line["amount_yuan"] for line in ledgers["fees"] if in_year(line["period_end"], year))
        with localcontext(prec=80):
            return yuan / 10000
    if column in ("issued", "made", "repealed", "in_force", "disclosed", "disclosed_total"):
        if "documents" not in ledgers:
            return None
        return sum(_document_counts(line, column, year) for line in ledgers["documents"] if line["kind"] == row)
    return None


def _document_counts(line: Row, column: str, year: int) -> bool:
    if column in ("issued", "made"):
        return in_year(line["issued_date"], year)
    if column == "repealed":
        return in_year(line["repealed_date"], year)
    if column == "in_force":
        return by_end(line["issued_date"], year) and not by_end(line["repealed_date"], year)
    # 公开 is 主动公开: the table is of what the organ disclosed on its own initiative.
    if column == "disclosed":
        return line["openness"] == "active" and in_year(line["published_date"], year)
    return line["openness"] == "active" and by_end(line["published_date"], year)


def _applications(ledgers: Ledgers, edition: Edition, year: int) -> Cells:
    result: Cells = {}
    for row in edition.applications.rows:
        result[row] = {}
        for column in edition.applications.columns:
            if "applications" not in ledgers:
                result[row][column] = None
                continue
            lines = [a for a in ledgers["applications"] if column in ("total", a["applicant_type"])]
            result[row][column] = sum(_application_counts(line, row, edition, year) for line in lines)
    return result


def _application_counts(line: Row, row: str, edition: Edition, year: int) -> bool:
    if row == "new":
        return is_new(line, year)
    if row == "carried_in":
        return is_carried_in(line, year)
    if row == "carried_out":
        return is_carried_out(line, year)
    if row == "total":
        return is_answered(line, year)
    return is_answered(line, year) and outcome_row(line["outcome"], edition) == row


def _disputes(ledgers: Ledgers, edition: Edition, year: int) -> Cells:
    result: Cells = {}
    for block in edition.disputes.blocks:
        result[block.code] = {}
        for column in edition.disputes.columns:
            if "disputes" not in ledgers:
                result[block.code][column] = None
                continue
            lines = [case for case in ledgers["disputes"] if dispute_block(case) == block.code]
            result[block.code][column] = sum(dispute_counts(case, column, year) for case in lines)
    return result


def dispute_block(case: Row) -> str | None:
    """What the case is or, of a lawsuit, the way it came; None for what another organ counts."""
    if case["joint_defendant"] is True:
        return None
    block: str | None = case["route"] if case["kind"] == "litigation" else case["kind"]
    return block


def dispute_counts(case: Row, column: str, year: int) -> bool:
    pending = by_end(case["accepted_date"], year) and not by_end(case["concluded_date"], year)
    concluded = in_year(case["concluded_date"], year)
    if column == "pending":
        return pending
    if column == "total":
        return pending or concluded
    return concluded and case["result"] == column


# Other figures. Where the spec leaves open which year or which rows are meant, the text of the figure's rule decides;
# the counting is still done here by itself.

Known = Mapping[tuple[str, str], Iterable[str]]


def figures(
    ledgers: Ledgers, edition: Edition, year: int, known: Known, target_days: int | None = None
) -> dict[str, Any]:
    """id → value of every figure that the ledgers give beside the cells of the tables.

    ``known`` are the values of a listed column that have a figure also where no row has them.
    """

    def listed(ledger: str, column: str) -> set[str]:
        found = {row[column] for row in ledgers[ledger] if row[column] is not None}
        return found | set(known.get((ledger, column), ()))

    result = _group_figures(ledgers, edition, year)
    if target_days is not None:
        result["applications.target_days"] = target_days
    if "applications" in ledgers:
        rows = ledgers["applications"]
        result |= _application_figures(rows, edition, year, listed("applications", "channel"))
        if target_days is not None:
            used = [days_used(row) for row in rows if is_answered(row, year)]
            result["applications.within_target"] = sum(days is not None and days <= target_days for days in used)
    if "documents" in ledgers:
        result |= _document_figures(ledgers["documents"], year, listed("documents", "openness"))
    if "openness_reviews" in ledgers:
        result |= _review_figures(ledgers["openness_reviews"], year)
    if "disclosures" in ledgers:
        categories, levels = listed("disclosures", "category"), listed("disclosures", "level")
        result |= _disclosed_figures(ledgers["disclosures"], year, categories, levels)
    if "messages" in ledgers:
        result |= _message_figures(ledgers["messages"], year)
    if "platforms" in ledgers:
        result |= _platform_figures(ledgers["platforms"], year, listed("platforms", "kind"))
    if "tasks" in ledgers:
        result |= _task_figures(ledgers["tasks"], year)
    if "activities" in ledgers:
        result |= _activity_figures(ledgers["activities"], year, listed("activities", "kind"))
    if "assessments" in ledgers:
        result |= _assessment_figures(ledgers["assessments"], year)
    if "problems" in ledgers:
        result |= _problem_figures(ledgers["problems"], year)
    return result


def _group_figures(ledgers: Ledgers, edition: Edition, year: int) -> dict[str, Any]:
    """Sums of the items of a group, for each column: applications.denied.total, disputes.litigation.pending."""
    result: dict[str, Any] = {}
    tables = count_tables(ledgers, edition, year)
    rows = edition.applications.rows
    for group in {row.split(".")[0] for row in rows if "." in row}:
        for column in edition.applications.columns:
            items = [tables["applications"][row][column] for row in rows if row.startswith(f"{group}.")]
            result[f"applications.{group}.{column}"] = None if None in items else sum(items)
    lawsuits = [block.code for block in edition.disputes.blocks if block.code.startswith("litigation_")]
    for column in edition.disputes.columns:
        cells = [tables["disputes"][code][column] for code in lawsuits]
        result[f"disputes.litigation.{column}"] = None if None in cells else sum(cells)
    return result


def charged(row: Row, year: int) -> bool:
    """A fee above 0 that was noticed in the year (without a notice: with the reply), and not left unpaid to the end."""
    day = row["fee_notice_date"] or row["reply_date"]
    return (row["fee_yuan"] or 0) > 0 and in_year(day, year) and row["outcome"] != "other.fee_unpaid"


def _application_figures(rows: Sequence[Row], edition: Edition, year: int, channels: set[str]) -> dict[str, Any]:
    answered = [row for row in rows if is_answered(row, year)]
    used = [(days, limit(row)) for row in answered if (days := days_used(row)) is not None]
    new = [row for row in rows if is_new(row, year)]
    late = sum(days > allowed for days, allowed in used)
    result: dict[str, Any] = {
        "applications.received": sum(is_new(row, year) or is_carried_in(row, year) for row in rows),
        "applications.on_time": len(answered) - late,
        "applications.overdue": late,
        "applications.extended": sum((row["extension_days"] or 0) > 0 for row in answered),
        "applications.corrected": sum(row["correction_notice_date"] is not None for row in new),
        "information_fee.yuan": exact(row["fee_yuan"] for row in rows if charged(row, year)),
        "information_fee.cases": sum(charged(row, year) for row in rows),
    }
    for code in channels:
        result[f"applications.channel.{code}"] = sum(row["channel"] == code for row in new)
    if used:
        result["applications.days_median"] = median([days for days, _ in used])
        result["applications.days_max"] = max(days for days, _ in used)
    if answered:
        result["applications.on_time_share"] = half_up(len(answered) - late, len(answered))
        if {"granted", "partial"} <= set(edition.applications.rows):
            granted = sum(row["outcome"] in ("granted", "partial") for row in answered)
            result["applications.granted_share"] = half_up(granted, len(answered))
    return result


def _document_figures(rows: Sequence[Row], year: int, openness: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "documents.disclosed": sum(_document_counts(row, "disclosed", year) for row in rows),
        "documents.issued": sum(_document_counts(row, "issued", year) for row in rows),
        "documents.repealed": sum(_document_counts(row, "repealed", year) for row in rows),
        "documents.in_force": sum(_document_counts(row, "in_force", year) for row in rows),
    }
    for code in openness:
        issued = (in_year(row["issued_date"], year) for row in rows if row["openness"] == code)
        result[f"documents.openness.{code}"] = sum(issued)
    return result


def _review_figures(rows: Sequence[Row], year: int) -> dict[str, Any]:
    reviewed = [row for row in rows if in_year(row["reviewed_date"], year)]
    opened = [row for row in reviewed if (row["openness_before"], row["openness_after"]) == ("on_request", "active")]
    return {"openness_reviews.reviewed": len(reviewed), "openness_reviews.to_active": len(opened)}


def _disclosed_figures(rows: Sequence[Row], year: int, categories: set[str], levels: set[str]) -> dict[str, Any]:
    published = [row for row in rows if in_year(row["published_date"], year)]
    result: dict[str, Any] = {}
    for category in categories:
        result[f"disclosures.{category}"] = sum(row["category"] == category for row in published)
    for level in levels:
        result[f"disclosures.level.{level}"] = sum(row["level"] == level for row in published)
    return result | {"disclosures.total": len(published)}


def _message_figures(rows: Sequence[Row], year: int) -> dict[str, Any]:
    return {
        "messages.received": sum(in_year(row["received_date"], year) for row in rows),
        "messages.handled": sum(in_year(row["handled_date"], year) for row in rows),
    }


def is_running(row: Row, year: int) -> bool:
    """Open on December 31; a platform without an opening date has always been there."""
    opened = row["opened_date"] is None or by_end(row["opened_date"], year)
    return opened and not by_end(row["closed_date"], year)


def _platform_figures(rows: Sequence[Row], year: int, kinds: set[str]) -> dict[str, Any]:
    running = [row for row in rows if is_running(row, year)]
    result: dict[str, Any] = {f"platforms.{kind}": sum(row["kind"] == kind for row in running) for kind in kinds}
    for name in {row["name"] for row in rows if row["entries"] is not None}:
        result[f"platforms.entries.{name}"] = whole(row["entries"] for row in running if row["name"] == name)
    return result | {
        "platforms.total": len(running),
        "platforms.opened": sum(in_year(row["opened_date"], year) for row in rows),
        "platforms.closed": sum(in_year(row["closed_date"], year) for row in rows),
    }


def _task_figures(rows: Sequence[Row], year: int) -> dict[str, Any]:
    due = [row for row in rows if in_year(row["due_date"], year)]
    done = sum(by_end(row["done_date"], year) for row in due)
    result: dict[str, Any] = {
        "tasks.total": len(due),
        "tasks.done": done,
        "tasks.overdue": sum(not row["done_date"] or row["done_date"] > row["due_date"] for row in due),
        "tasks.reminders": whole(row["reminders"] for row in due),
    }
    return result | ({"tasks.done_share": half_up(done, len(due))} if due else {})


def _activity_figures(rows: Sequence[Row], year: int, kinds: set[str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for kind in kinds:
        held = [row for row in rows if row["kind"] == kind and in_year(row["date"], year)]
        result[f"activities.{kind}"] = len(held)
        result[f"activities.participants.{kind}"] = whole(row["participants"] for row in held)
    return result | {"activities.total": sum(in_year(row["date"], year) for row in rows)}


def _assessment_figures(rows: Sequence[Row], year: int) -> dict[str, Any]:
    assessed = [row for row in rows if row["year"] == year]
    score, full = exact(row["score"] for row in assessed), exact(row["full_score"] for row in assessed)
    result: dict[str, Any] = {"assessments.units": len({row["unit"] for row in assessed})}
    return result | ({"assessments.average_rate": half_up(score, full)} if full else {})


def _problem_figures(rows: Sequence[Row], year: int) -> dict[str, Any]:
    last = [row for row in rows if row["year"] == year - 1]
    return {
        "problems.raised": sum(row["year"] == year for row in rows),
        "problems.previous": len(last),
        "problems.resolved": sum(by_end(row["resolved_date"], year) for row in last),
        "problems.open": sum(row["year"] < year and not by_end(row["resolved_date"], year) for row in rows),
    }


# How applications were handled (the internal study): the same questions, one application at a time.


def reply_times(rows: Iterable[Row], year: int, target_days: int | None) -> list[Any]:
    """[answered, in time, overdue, no limit ran, unknown, within the target, median, longest] of the year's replies."""
    used = [(days_used(row), limit(row)) for row in rows if is_answered(row, year)]
    known = [(days, allowed) for days, allowed in used if days is not None]
    late = sum(days > allowed for days, allowed in known)
    within = None if target_days is None else sum(days <= target_days for days, _ in known)
    days = [days for days, _ in known]
    longest = max(days) if days else None
    return [len(used), len(known) - late, late, len(used) - len(known), 0, within, median(days), longest]


def as_known_on(row: Row, day: date) -> Row:
    """The row as it stood at the end of ``day``: dates after it are blank."""
    return {name: None if isinstance(cell, date) and cell > day else cell for name, cell in row.items()}


def open_cases(rows: Iterable[Row], year: int) -> dict[str, list[int]]:
    """Band of working days → [cases open at the year's end, of these past their limit]."""
    bands = {name: [0, 0] for name in ("10", "20", "40", "more", "none", "unknown")}
    end = date(year, 12, 31)
    for row in rows:
        if not is_carried_out(row, year):
            continue
        then = as_known_on(row, end)
        start = clock_start(then)
        if start is None:
            bands["none"][0] += 1
            continue
        days = max(0, working_days(start, end) - (then["excluded_days"] or 0))
        band = next((str(edge) for edge in (10, 20, 40) if days <= edge), "more")
        bands[band][0] += 1
        bands[band][1] += days > limit(then)
    return bands


def added_days(rows: Iterable[Row], year: int) -> dict[str, list[Any]]:
    """What gave more time → [cases, days, median, longest, took over 20 working days, overdue]."""
    answered = [row for row in rows if is_answered(row, year)]
    result: dict[str, list[Any]] = {}
    for name in ("extension", "delay", "excluded", "correction"):
        cases = [row for row in answered if _has_more_time(row, name)]
        days = [days for row in cases if (days := _more_days(row, name)) is not None]
        used = [(days_used(row), limit(row)) for row in cases]
        over = sum(spent is not None and spent > 20 for spent, _ in used)
        late = sum(spent is not None and spent > allowed for spent, allowed in used)
        result[name] = [len(cases), sum(days), median(days), max(days) if days else None, over, late]
    return result


def _has_more_time(row: Row, name: str) -> bool:
    return row["correction_notice_date"] is not None if name == "correction" else (row[f"{name}_days"] or 0) > 0


def _more_days(row: Row, name: str) -> int | None:
    if name != "correction":
        days: int = row[f"{name}_days"]
        return days
    corrected = row["correction_received_date"]
    return None if corrected is None else working_days(row["received_date"], corrected)


def corrections(rows: Iterable[Row], year: int) -> dict[str, int]:
    noticed = [row for row in rows if in_year(row["correction_notice_date"], year)]
    return {
        "noticed": len(noticed),
        "late": sum(working_days(row["received_date"], row["correction_notice_date"]) > 7 for row in noticed),
        "received": sum(by_end(row["correction_received_date"], year) for row in noticed),
        "awaited": sum(
            not by_end(row["correction_received_date"], year) and not by_end(row["reply_date"], year) for row in noticed
        ),
        "dropped": sum(
            by_end(row["reply_date"], year) and row["outcome"] == "other.correction_overdue" for row in noticed
        ),
    }


def fee_notices(rows: Iterable[Row], year: int) -> dict[str, list[Any]]:
    """[cases, yuan] of the notices of the year."""
    noticed = [row for row in rows if in_year(row["fee_notice_date"], year)]
    chosen = {
        "noticed": noticed,
        "paid": [row for row in noticed if by_end(row["fee_paid_date"], year)],
        "payment_overdue": [row for row in noticed if _payment_overdue(row, year)],
        "dropped": [row for row in noticed if row["outcome"] == "other.fee_unpaid"],
    }
    return {name: [len(found), exact(row["fee_yuan"] for row in found)] for name, found in chosen.items()}


def _payment_overdue(row: Row, year: int) -> bool:
    until = row["fee_paid_date"] if by_end(row["fee_paid_date"], year) else date(year, 12, 31)
    return working_days(row["fee_notice_date"], until) > 20
