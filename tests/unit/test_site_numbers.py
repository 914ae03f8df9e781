"""How the site prints numbers, changes and quartiles, and its drawings."""

from __future__ import annotations

import statistics
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.site.distribution import BY_NAME, Compared, draw_comparison
from govnb.site.numbers import change, quartiles, share_of, show, show_short
from govnb.site.trends import draw_trend
from govnb.site.wording import compared_measures, measures, read_wording


@pytest.mark.parametrize(
    ("now", "before", "unit", "told"),
    [
        (Decimal(575), Decimal(420), "件", "+155（+36.9%）"),
        (Decimal(9), Decimal(18), "件", "−9（−50%）"),
        (Decimal(5), Decimal(5), "件", "持平"),
        (Decimal(3), Decimal(0), "件", "+3"),
        (Decimal("42.5"), Decimal("41.9"), "%", "+0.6个百分点"),
        (Decimal(12_000_000), Decimal(11_000_000), "件", "+1,000,000（+9.1%）"),
        (None, Decimal(5), "件", ""),
        (Decimal(5), None, "件", ""),
    ],
)
def test_change_to_last_year(now: Decimal | None, before: Decimal | None, unit: str, told: str) -> None:
    assert change(now, before, unit) == told


def test_a_missing_number_is_a_dash_and_exact_digits_stay() -> None:
    assert show(None) == "—"
    assert show(Decimal("24252.311082")) == "24,252.311082"
    assert show(Decimal("40.0"), "%") == "40.0%"
    assert show_short(Decimal(123_456)) == "12.3万"
    assert show_short(Decimal(99_999)) == "99999"


@given(st.lists(st.integers(0, 10**7), min_size=2))
def test_quartiles_are_those_of_the_statisticians(numbers: list[int]) -> None:
    expected = statistics.quantiles(numbers, n=4, method="inclusive")
    for ours, theirs in zip(quartiles([Decimal(number) for number in numbers]), expected, strict=True):
        assert abs(float(ours) - theirs) <= 0.0501


def test_quartiles_of_one_number() -> None:
    assert quartiles([Decimal(7)]) == (7, 7, 7)


def test_length_of_a_bar() -> None:
    assert [share_of(Decimal(value), Decimal(8)) for value in (0, 1, 8, -3)] == ["0", "12.5", "100", "0"]
    assert share_of(Decimal(0), Decimal(0)) == "0"


def test_each_measure_has_one_source_and_each_word_is_there() -> None:
    assert all(sum(map(bool, (measure.figure, measure.cell, measure.disputes))) == 1 for measure in measures())
    assert [measure.code for measure in compared_measures()] == [
        "received", "granted_share", "days_median", "overdue", "disputes_lost",
    ]  # fmt: skip
    assert {"states", "timings", "reviews", "severities", "levels"} <= set(read_wording())


def test_a_trend_has_no_bar_where_there_is_no_number() -> None:
    measure = measures()[0]
    trend = draw_trend(measure, [(2019, Decimal(10)), (2020, None), (2021, Decimal(20))])
    assert trend is not None
    assert [bar.height for bar in trend.bars] == ["36.0", None, "72.0"]
    assert trend.alt == "新收申请：2019年10件，2020年—，2021年20件。"
    assert draw_trend(measure, [(2020, None), (2021, Decimal(20))]) is None


def organs(count: int) -> list[Compared]:
    values = {measure.code: None for measure in compared_measures()}
    return [
        Compared(f"第{n}局", {**values, "received": Decimal(n * n), "overdue": Decimal(0)}) for n in range(1, count + 1)
    ]


def test_few_organs_are_drawn_by_name_and_many_by_their_spread() -> None:
    few, many = (draw_comparison(2021, organs(count), compared_measures()) for count in (BY_NAME, BY_NAME + 1))
    assert few.svg.count('id="axes_') == 2  # the measures that any has
    assert many.svg.count('id="axes_') == 4  # and for each the highest beside it
    assert "25个机关有数字，中位数169件，四分位49至361" in many.alt
    assert "最高第25局625件" in many.alt
    assert draw_comparison(2021, organs(BY_NAME + 1), compared_measures()) == many


def test_nothing_to_compare_is_said() -> None:
    chart = draw_comparison(2021, [Compared("甲局", dict.fromkeys((m.code for m in measures()), None))], measures())
    assert (chart.svg, chart.alt) == ("", "没有可比较的数字")
