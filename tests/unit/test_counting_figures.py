"""Every figure beside the cells of the tables, one at a time, and where each says that it comes from."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from govnb.counting.catalogue import BLANK, CHANGED, Catalogue, Sources, build_catalogue, percent, selected_value
from govnb.counting.figures import Figure
from govnb.counting.tables import TableValues, count_tables
from govnb.form.edition import Edition, packaged_editions
from tests.ledger_rows import SCHEMAS, book

OLD, NEW = packaged_editions()[2019], packaged_editions()[2021]
Rows = list[dict[str, Any]]
Values = dict[str, dict[str, dict[str, Any]]]


def catalogue(
    year: int = 2021,
    edition: Edition = NEW,
    declared: TableValues | None = None,
    changed: dict[tuple[str, str, str], Any] | None = None,
    options: dict[str, Any] | None = None,
    **ledgers: Any,
) -> Catalogue:
    """``changed``: cells that an analyst overwrites after counting."""
    made = book(ledgers)
    counted, tables = (count_tables(edition, year, made, declared) for _ in range(2))
    for (table, row, column), value in (changed or {}).items():
        tables[table].loc[row, column] = value
    sources = Sources(edition, year, made, counted, declared_name="declared-2021.json", **(options or {}))
    return build_catalogue(sources, tables)


def values(prefix: str, **given: Any) -> dict[str, Any]:
    """Figures whose ids begin with ``prefix``, without those that are 0."""
    figures = catalogue(**given).figures
    return {name: figure.value for name, figure in figures.items() if name.startswith(prefix) and figure.value != 0}


def application(
    received: date, replied: date | None = None, outcome: str | None = None, **cells: Any
) -> dict[str, Any]:
    given = {"received_date": received, "reply_date": replied, "outcome": outcome}
    return {"application_id": "1", "applicant_type": "natural_person", **given, **cells}


def answered(*outcomes: str) -> Rows:
    return [application(date(2021, 3, 1), date(2021, 3, 9), outcome) for outcome in outcomes]


# Groups and ids that look alike


def test_group_is_the_sum_of_its_items_and_shows_their_rows() -> None:
    found = catalogue(applications=answered("denied.inquiry", "denied.inquiry", "denied.process", "granted"))
    figure = found.figures["applications.denied.total"]
    assert (figure.value, figure.rows, figure.source) == (3, 3, "applications.csv")
    assert figure.label == "（三）不予公开（总计）"
    assert found.parts["applications.denied.total"][0] == "applications.denied.state_secret.total"
    assert len(found.parts["applications.denied.total"]) == 8
    assert found.figures["applications.denied.natural_person"].value == 3
    assert found.figures["applications.denied.business"].value == 0


def test_lawsuits_are_the_sum_of_both_routes() -> None:
    routes = ["litigation_direct", "litigation_after_review", "litigation_after_review"]
    case = {"case_id": "1", "kind": "litigation", "accepted_date": date(2021, 5, 1)}
    review = {"case_id": "1", "kind": "review", "accepted_date": date(2021, 5, 1)}
    figures = catalogue(disputes=[review, *({**case, "route": route} for route in routes)]).figures
    pending = figures["disputes.litigation.pending"]
    assert (pending.value, pending.rows, pending.unit) == (3, 3, "宗")
    assert figures["disputes.litigation.total"].value == 3
    assert figures["disputes.litigation.upheld"].value == 0


def test_item_other_of_group_other_and_column_other_of_it_are_three_figures() -> None:
    rows = [
        {**row, "applicant_type": applicant}
        for row, applicant in zip(
            answered("other.other", "other.other", "other.other", "other.fee_unpaid", "other.fee_unpaid"),
            ["other", "natural_person", "natural_person", "other", "natural_person"],
            strict=True,
        )
    ]
    figures = catalogue(applications=rows).figures
    assert figures["applications.other.other"].value == 2  # group, applicants “other”
    assert figures["applications.other.total"].value == 5  # group, all
    assert figures["applications.other.other.other"].value == 1  # item 3.其他, applicants “other”
    assert figures["applications.other.other.total"].value == 3  # item 3.其他, all


def test_row_other_of_2019_is_no_group() -> None:
    row = application(date(2020, 3, 1), date(2020, 3, 9), "other.other", applicant_type="other")
    found = catalogue(2020, OLD, applications=[row])
    assert found.figures["applications.other.other"].value == 1  # row （六）其他处理, applicants “other”
    assert "applications.other.other.total" not in found.figures
    assert "applications.other.total" not in found.parts


def test_group_with_items_that_this_form_lacks_shows_no_rows() -> None:
    found = catalogue(applications=answered("other.other", "other"))
    figure = found.figures["applications.other.total"]
    assert (figure.value, figure.rows) == (1, None)
    assert "applications.other.total" not in found.selections


# Changed, declared, summed, cited


CELL = ("applications", "denied.inquiry", "total")


def test_changed_cell_says_so_and_has_no_rows() -> None:
    found = catalogue(changed={CELL: 7}, applications=answered("denied.inquiry", "denied.process"))
    figure = found.figures["applications.denied.inquiry.total"]
    assert (figure.value, figure.source, figure.rows, figure.ledger) == (7, CHANGED, None, None)
    assert figure.id not in found.selections
    same = found.figures["applications.denied.process.total"]
    assert (same.value, same.source, same.rows) == (1, "applications.csv", 1)


def test_what_is_computed_from_a_changed_cell_follows_and_says_so() -> None:
    found = catalogue(changed={CELL: 7}, applications=answered("denied.inquiry", "denied.process"))
    group = found.figures["applications.denied.total"]
    assert (group.value, group.rows) == (8, None)
    assert group.source == f"applications.csv、{CHANGED}"
    assert group.id not in found.selections


def test_share_and_received_follow_the_tables() -> None:
    changed = {("applications", "granted", "total"): 2, ("applications", "new", "total"): 9}
    figures = catalogue(changed=changed, applications=answered("granted", "denied.process", "denied.process")).figures
    assert figures["applications.granted_share"].value == Decimal("66.7")
    assert CHANGED in figures["applications.granted_share"].source
    assert (figures["applications.received"].value, figures["applications.received"].rows) == (9, None)


def test_cell_changed_to_the_same_number_is_not_changed() -> None:
    found = catalogue(changed={CELL: 1.0}, applications=answered("denied.inquiry"))
    assert found.figures["applications.denied.inquiry.total"].rows == 1


def test_cell_emptied_by_the_analyst_is_blank_and_says_so() -> None:
    figure = catalogue(changed={CELL: None}, applications=[]).figures["applications.denied.inquiry.total"]
    assert (figure.value, figure.source, figure.rows) == (None, CHANGED, None)


def test_declared_and_blank_cells_say_where_they_come_from() -> None:
    given = {"applications": {"new": {"total": 5}, "carried_in": {"total": 2}}}
    figures = catalogue(declared=given).figures
    new, blank = figures["applications.new.total"], figures["applications.new.other"]
    assert (new.value, new.source, new.rows, new.ledger) == (5, "declared-2021.json", None, None)
    assert (blank.value, blank.source, blank.rows) == (None, BLANK, None)
    received = figures["applications.received"]
    assert (received.value, received.source, received.rows) == (7, "declared-2021.json", None)


def test_received_needs_both_of_its_parts() -> None:
    assert "applications.received" not in catalogue(declared={"applications": {"new": {"total": 5}}}).figures


def test_members_are_the_source_of_a_sum() -> None:
    given = {"applications": {"new": {"total": 5}}}
    members = {"a": {"applications": {"new": {"total": 2}}}, "b": {"applications": {"new": {"total": 3, "other": 0}}}}
    figures = catalogue(declared=given, options={"members": members, "summed": "2个成员单位合计"}).figures
    new = figures["applications.new.total"]
    assert (new.source, new.members) == ("2个成员单位合计", {"a": 2, "b": 3})
    assert (figures["applications.new.other"].source, figures["applications.new.other"].members) == (BLANK, {})


def test_members_share_in_the_sums_of_cells_and_not_in_a_cell_changed_by_hand() -> None:
    rows = ("denied.inquiry", "denied.process")
    tables = {name: {"applications": {row: {"total": at} for at, row in enumerate(rows, 1)}} for name in ("a", "b")}
    declared = {"applications": {row: {"total": 2 * at} for at, row in enumerate(rows, 1)}}
    options = {"members": tables, "summed": "合计"}
    figures = catalogue(declared=declared, options=options).figures
    assert figures["applications.denied.total"].members == {"a": 3, "b": 3}
    changed = {("applications", "denied.inquiry", "total"): 9}
    figures = catalogue(declared=declared, options=options, changed=changed).figures
    assert figures["applications.denied.inquiry.total"].members == {}
    assert figures["applications.denied.total"].members == {}
    assert figures["applications.denied.process.total"].members == {"a": 2, "b": 2}


def test_members_survive_json_with_every_digit() -> None:
    figure = Figure("disclosure.fees.amount", Decimal("1.50"), "收费", "万元", members={"a": Decimal("1.50"), "b": 7})
    assert Figure.from_json(figure.id, json.loads(json.dumps(figure.to_json()))) == figure
    assert "members" not in Figure("x", 1, "").to_json()


def test_cited_numbers_stand_as_they_are() -> None:
    cited = Figure("cited.rank", 1, "排名", "", "某评估报告")
    found = catalogue(options={"cited": (cited,)})
    assert found.figures["cited.rank"] is cited
    assert "cited.rank" not in found.selections


# No ledger, no figure


def test_without_ledgers_only_the_tables_have_figures() -> None:
    figures = catalogue().figures
    assert {name.split(".")[0] for name in figures} == {"applications", "disclosure", "disputes"}
    assert {figure.value for figure in figures.values()} == {None}
    heads = {name.split(".")[1] for name in figures if name.startswith("applications.")}
    assert heads == {row.split(".")[0] for row in NEW.applications.rows}


@pytest.mark.parametrize(
    "ledger", [name for name in SCHEMAS if name not in ("applications", "disputes", "fees", "decisions")]
)
def test_each_ledger_gives_its_own_figures(ledger: str) -> None:
    kept: dict[str, Any] = {ledger: []}
    own = set(catalogue(**kept).figures) - set(catalogue().figures)
    assert own
    assert all(name.startswith(f"{ledger}.") for name in own)


def test_empty_ledger_gives_zeros_but_no_mean() -> None:
    figures = catalogue(applications=[], tasks=[], assessments=[]).figures
    assert figures["applications.on_time"].value == 0
    assert figures["information_fee.yuan"].value == 0
    assert not {"applications.days_median", "applications.granted_share", "tasks.done_share"} & figures.keys()
    assert "assessments.average_rate" not in figures


# Last year


def test_previous_and_change() -> None:
    previous: Values = {
        "applications": {
            "new": {"total": 3, "other": 1},
            "denied.inquiry": {"total": 1},
            "denied.process": {"total": 4},
            "carried_out": {"total": None},
        },
        "disclosure": {"fees": {"amount": Decimal("0.3")}, "procurement": {"amount": "251000元"}},
        "disputes": {
            "review": {"total": 2},
            "litigation_direct": {"total": 1},
            "litigation_after_review": {"total": 1},
        },
    }
    fees = [{"item": "费", "period_end": date(2021, 6, 30), "amount_yuan": Decimal(1000)}]
    ledgers: dict[str, Any] = {"applications": answered("denied.inquiry"), "fees": fees, "disputes": []}
    figures = catalogue(options={"previous": previous}, **ledgers).figures
    found = {name: figure.value for name, figure in figures.items() if name.split(".")[0] in ("previous", "change")}
    assert found == {
        "previous.applications.new.total": 3,
        "change.applications.new.total": -2,
        "previous.applications.denied.inquiry.total": 1,
        "change.applications.denied.inquiry.total": 0,
        "previous.applications.denied.process.total": 4,
        "change.applications.denied.process.total": -4,
        "previous.applications.denied.total": 5,
        "change.applications.denied.total": -4,
        "previous.disclosure.fees.amount": Decimal("0.3"),
        "change.disclosure.fees.amount": Decimal("-0.2"),  # 1000 yuan are 0.1 万元
        "previous.disputes.review.total": 2,
        "change.disputes.review.total": -2,
        "previous.disputes.litigation_direct.total": 1,
        "change.disputes.litigation_direct.total": -1,
        "previous.disputes.litigation_after_review.total": 1,
        "change.disputes.litigation_after_review.total": -1,
        "previous.disputes.litigation.total": 2,
        "change.disputes.litigation.total": -2,
    }
    assert figures["previous.applications.new.total"].source == "2020年度报告"
    assert figures["change.applications.new.total"].source == "applications.csv、2020年度报告"


def test_group_of_2021_is_compared_with_the_single_row_of_2019() -> None:
    previous: Values = {"applications": {"other": {"total": 4}}}
    figures = catalogue(options={"previous": previous}, applications=answered("other.fee_unpaid")).figures
    assert figures["previous.applications.other.total"].value == 4
    assert figures["change.applications.other.total"].value == -3


def test_without_last_year_nothing_is_compared() -> None:
    assert not [name for name in catalogue(applications=[]).figures if name.startswith(("previous.", "change."))]


# Shares


@pytest.mark.parametrize(
    ("part", "whole", "rounded"),
    [(1, 8, "12.5"), (1, 16, "6.3"), (1, 3, "33.3"), (2, 3, "66.7"), (1, 2000, "0.1"), (0, 5, "0.0"), (7, 7, "100.0")],
)
def test_percent_rounds_half_up(part: int, whole: int, rounded: str) -> None:
    assert str(percent(part, whole)) == rounded  # 6.25 → 6.3 and 0.05 → 0.1, not to even


def test_granted_share_is_of_granted_and_partial() -> None:
    rows = answered("granted", *["partial"] * 2, *["declined.petition"] * 13)
    assert values("applications.granted_share", applications=rows) == {"applications.granted_share": Decimal("18.8")}


def test_percent_of_long_decimals_is_exact() -> None:
    # 28 digits would round 0.05 less a trifle up to 0.05 and then to 0.1
    assert percent(Decimal("0.00049999999999999999999999999999999"), 1) == Decimal("0.0")


# Time


def test_days_of_replies_are_working_days() -> None:
    rows = [
        application(date(2021, 3, 1), date(2021, 3, 2), "granted"),  # 1
        application(date(2021, 3, 1), date(2021, 3, 8), "granted"),  # 5: over a weekend
        application(date(2021, 4, 30), date(2021, 5, 8), "granted"),  # 3: 6, 7 and 8 May (a Saturday of work)
        application(date(2021, 3, 1), date(2021, 3, 31), "granted"),  # 22: late
        application(date(2021, 3, 1), date(2021, 6, 1), "other.other", correction_notice_date=date(2021, 3, 2)),
    ]
    found = catalogue(applications=rows, options={"target_days": 3})
    figures = found.figures
    assert figures["applications.days_median"].value == 4
    assert figures["applications.days_max"].value == 22
    assert figures["applications.days_max"].rows == 4  # no limit ran for the last: no days either
    assert len(found.selections["applications.days_max"].conditions) == 2
    assert (figures["applications.on_time"].value, figures["applications.overdue"].value) == (4, 1)
    assert figures["applications.within_target"].value == 2
    assert figures["applications.on_time_share"].value == Decimal("80.0")


def test_median_of_two_may_be_a_half() -> None:
    rows = [application(date(2021, 3, 1), date(2021, 3, day), "granted") for day in (2, 3)]
    assert catalogue(applications=rows).figures["applications.days_median"].value == Decimal("1.5")


def test_without_a_target_there_is_no_figure_of_it() -> None:
    figures = catalogue(applications=answered("granted")).figures
    assert not {"applications.within_target", "applications.target_days"} & figures.keys()


def test_target_is_a_figure_of_its_own() -> None:
    figure = catalogue(options={"target_days": 10}).figures["applications.target_days"]
    assert (figure.value, figure.source, figure.rows) == (10, "agency.yaml", None)


def test_year_without_a_calendar_gives_no_days_instead_of_a_guess() -> None:
    rows = [application(date(2090, 3, 1), date(2090, 12, 1), "granted")]
    figures = catalogue(2090, applications=rows, options={"target_days": 10}).figures
    assert figures["applications.total.total"].value == 1
    unknown = {"on_time", "overdue", "within_target", "on_time_share", "days_median", "days_max"}
    assert not {f"applications.{name}" for name in unknown} & figures.keys()


def test_extended_of_the_answered_and_corrected_of_the_new() -> None:
    rows = [
        application(date(2020, 12, 1), date(2021, 1, 4), "granted", extension_days=5),
        application(date(2021, 3, 1), date(2021, 3, 9), "granted", extension_days=0),
        application(date(2021, 12, 1), extension_days=5),  # not answered yet
        application(date(2021, 12, 1), correction_notice_date=date(2021, 12, 3)),
        application(date(2020, 12, 31), date(2021, 2, 1), "granted", correction_notice_date=date(2021, 1, 4)),
    ]
    figures = catalogue(applications=rows).figures
    assert figures["applications.extended"].value == 1
    assert figures["applications.corrected"].value == 1
    assert figures["applications.received"].value == 5


def test_received_counts_a_reply_before_receipt_as_new() -> None:
    row = application(date(2021, 3, 1), date(2020, 3, 1), "granted")  # a fault of order; both numbers stay the same
    figures = catalogue(applications=[row]).figures
    assert (figures["applications.new.total"].value, figures["applications.received"].value) == (1, 1)
    assert figures["applications.received"].rows == 1


def test_channels_of_new_applications() -> None:
    rows = [application(date(2021, 3, 1), channel=channel) for channel in ("online", "online", "fax", None)]
    rows.append(application(date(2020, 3, 1), channel="letter"))
    found = values("applications.channel.", applications=rows)
    assert found == {"applications.channel.online": 2, "applications.channel.fax": 1}
    assert "applications.channel.in_person" in catalogue(applications=rows).figures  # 0 is a number too


# Other ledgers


def test_information_fee() -> None:
    yuan = Decimal("40.10")
    rows = [
        application(date(2021, 3, 1), date(2021, 4, 1), "granted", fee_yuan=yuan, fee_notice_date=date(2021, 3, 9)),
        application(date(2021, 3, 1), date(2021, 4, 1), "granted", fee_yuan=yuan),  # no notice: with the reply
        application(date(2021, 12, 1), date(2022, 1, 4), "granted", fee_yuan=yuan, fee_notice_date=date(2021, 12, 9)),
        application(date(2021, 12, 1), date(2022, 1, 4), "granted", fee_yuan=yuan, fee_notice_date=date(2022, 1, 3)),
        application(date(2021, 3, 1), date(2021, 4, 1), "granted", fee_yuan=Decimal(0)),
        application(date(2021, 3, 1), date(2021, 6, 1), "other.fee_unpaid", fee_yuan=yuan),
    ]
    figures = catalogue(applications=rows).figures
    assert figures["information_fee.yuan"].value == Decimal("120.3")
    assert figures["information_fee.yuan"].unit == "元"
    assert (figures["information_fee.cases"].value, figures["information_fee.yuan"].rows) == (3, 3)


def test_selected_value_is_in_the_unit_of_the_figure() -> None:
    rows = [application(date(2021, 3, 1), date(2021, 4, 1), "granted", fee_yuan=Decimal(70))]
    ledgers: dict[str, Any] = {
        "applications": rows,
        "fees": [{"item": "费", "period_end": date(2021, 6, 30), "amount_yuan": Decimal("242523110.82")}],
    }
    found, made = catalogue(**ledgers), book(ledgers)
    assert selected_value(found, made, "information_fee.yuan") == 70
    assert selected_value(found, made, "disclosure.fees.amount") == Decimal("24252.311082")
    assert found.figures["disclosure.fees.amount"].unit == "万元"


def test_documents() -> None:
    document = {
        "document_id": "1",
        "title": "题",
        "kind": "other",
        "openness": "active",
        "issued_date": date(2021, 1, 1),
    }
    rows = [
        {**document, "published_date": date(2021, 1, 5)},
        {**document, "issued_date": date(2020, 12, 31), "published_date": date(2021, 1, 5)},
        {**document, "openness": "on_request"},
        {**document, "openness": "withheld", "repealed_date": date(2021, 5, 1), "published_date": date(2021, 1, 5)},
    ]
    assert values("documents.", documents=rows) == {
        "documents.issued": 3,
        "documents.disclosed": 2,
        "documents.repealed": 1,
        "documents.in_force": 3,
        "documents.openness.active": 1,
        "documents.openness.on_request": 1,
        "documents.openness.withheld": 1,
    }


def test_openness_reviews() -> None:
    changes = [("on_request", "active"), ("active", "active"), ("withheld", "active"), ("on_request", "on_request")]
    rows = [
        {"document_id": "1", "reviewed_date": date(2021, 5, 1), "openness_before": before, "openness_after": after}
        for before, after in changes
    ]
    rows.append({**rows[0], "reviewed_date": date(2020, 12, 31)})
    found = values("openness_reviews.", openness_reviews=rows)
    assert found == {"openness_reviews.reviewed": 4, "openness_reviews.to_active": 1}


def disclosure(category: str, published: date = date(2021, 5, 1), level: str | None = None) -> dict[str, Any]:
    return {"item_id": "1", "title": "题", "category": category, "published_date": published, "level": level}


def test_disclosures_by_category_and_level() -> None:
    rows = [
        disclosure("会议实录", level="市"),
        disclosure("会议实录", date(2020, 12, 31)),
        disclosure("我局自设", level="区"),
        disclosure("我局自设"),
    ]
    assert values("disclosures.", disclosures=rows) == {
        "disclosures.total": 3,
        "disclosures.会议实录": 1,
        "disclosures.我局自设": 2,
        "disclosures.level.市": 1,
        "disclosures.level.区": 1,
    }


def test_word_of_an_agency_never_takes_the_id_of_another_figure() -> None:
    rows = [disclosure("total"), disclosure("level.市"), disclosure("会议实录", level="市")]
    found = values("disclosures.", disclosures=rows)
    assert found == {"disclosures.total": 3, "disclosures.会议实录": 1, "disclosures.level.市": 1}
    platform = {"platform_id": "1", "name": "甲", "operator": "乙", "kind": "opened"}
    figures = catalogue(platforms=[platform, platform]).figures
    assert (figures["platforms.opened"].value, figures["platforms.total"].value) == (0, 2)


def test_messages() -> None:
    days = [
        (date(2021, 1, 1), date(2021, 1, 2)),
        (date(2020, 12, 31), date(2021, 1, 1)),
        (date(2021, 12, 31), date(2022, 1, 1)),
        (date(2021, 12, 31), None),
    ]
    rows = [{"message_id": "1", "source": "网", "received_date": day, "handled_date": end} for day, end in days]
    assert values("messages.", messages=rows) == {"messages.received": 3, "messages.handled": 2}


def test_platforms_are_those_open_at_the_end_of_the_year() -> None:
    def platform(
        opened: date | None, closed: date | None, name: str = "甲", entries: int | None = None
    ) -> dict[str, Any]:
        given = {"platform_id": "1", "kind": "数据库", "name": name, "operator": "乙"}
        return {**given, "opened_date": opened, "closed_date": closed, "entries": entries}

    rows = [
        platform(date(2021, 12, 31), None, "规章库", 109),
        platform(None, None, "规章库", 1),  # has always been there
        platform(date(2021, 1, 1), date(2021, 12, 31), "旧库", 50),  # closed on the last day
        platform(date(2019, 1, 1), date(2022, 1, 1)),
        platform(date(2022, 1, 1), None),
    ]
    assert values("platforms.", platforms=rows) == {
        "platforms.total": 3,
        "platforms.数据库": 3,
        "platforms.opened": 2,
        "platforms.closed": 1,
        "platforms.entries.规章库": 110,
    }
    figures = catalogue(platforms=rows).figures
    assert figures["platforms.entries.旧库"].value == 0
    assert "platforms.entries.甲" not in figures  # holds no entries


def test_tasks() -> None:
    days = [
        (date(2021, 6, 30), date(2021, 6, 30)),
        (date(2021, 6, 30), date(2021, 7, 1)),  # late
        (date(2021, 12, 31), date(2022, 1, 1)),  # late, not done by the year's end
        (date(2021, 6, 30), None),  # late
        (date(2022, 6, 30), date(2021, 6, 30)),  # of next year
    ]
    rows = [
        {"task_id": "1", "title": "题", "responsible": "处", "due_date": due, "done_date": done, "reminders": 2}
        for due, done in days
    ]
    rows[0]["reminders"] = None
    assert values("tasks.", tasks=rows) == {
        "tasks.total": 4,
        "tasks.done": 2,
        "tasks.overdue": 3,
        "tasks.reminders": 6,
        "tasks.done_share": Decimal("50.0"),
    }


def test_activities_and_their_participants() -> None:
    def activity(kind: str, day: date, participants: int | None) -> dict[str, Any]:
        return {"activity_id": "1", "kind": kind, "title": "题", "date": day, "participants": participants}

    rows = [
        activity("业务培训", date(2021, 1, 1), 120),
        activity("业务培训", date(2021, 12, 31), None),
        activity("业务培训", date(2022, 1, 1), 7),
        activity("会商", date(2021, 5, 1), 3),
    ]
    assert values("activities.", activities=rows) == {
        "activities.total": 3,
        "activities.业务培训": 2,
        "activities.participants.业务培训": 120,
        "activities.会商": 1,
        "activities.participants.会商": 3,
    }


def test_assessed_units_are_counted_once_each() -> None:
    def score(unit: str, year: int, points: str) -> dict[str, Any]:
        given = {"unit": unit, "year": year, "criterion": "标"}
        return {**given, "score": Decimal(points), "full_score": Decimal(10)}

    rows = [score("甲", 2020, "1"), score("甲", 2021, "9.55"), score("乙", 2021, "8"), score("甲", 2021, "10")]
    found = catalogue(assessments=rows)
    units = found.figures["assessments.units"]
    assert (units.value, units.rows) == (2, 2)
    shown = book({"assessments": rows}).rows(found.selections["assessments.units"])
    assert shown.index.tolist() == [3, 4]  # the first row of each unit stands for it
    assert found.figures["assessments.average_rate"].value == Decimal("91.8")  # 27.55 of 30 is 91.83
    assert found.figures["assessments.average_rate"].rows == 3


def test_problems_of_this_year_and_of_earlier_ones() -> None:
    given = {"problem_id": "1", "problem": "题", "measure": "措施"}
    years = [
        (2021, None),
        (2020, date(2021, 12, 31)),
        (2020, date(2022, 1, 1)),
        (2020, None),
        (2019, None),
        (2019, date(2020, 5, 1)),
    ]
    rows = [{**given, "year": year, "resolved_date": resolved} for year, resolved in years]
    assert values("problems.", problems=rows) == {
        "problems.raised": 1,
        "problems.previous": 3,
        "problems.resolved": 1,
        "problems.open": 3,
    }
