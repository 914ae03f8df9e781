"""Whose report it is and of which year, as titles, introductions and page furniture say it."""

from __future__ import annotations

from datetime import date

import pytest

from govnb.audit.identify import Identity, guess_level, identify
from govnb.audit.raw import RawParagraph

INTRO = "根据《条例》和国办公开办函〔2021〕30号，现公布{}。本报告所列数据的统计期限自{}年1月1日起至{}年12月31日止。"


def of(*lines: str, page: str = "", text: str = "") -> Identity:
    before = [RawParagraph(line) for line in lines]
    return identify(page, before, "\n".join((*lines, text)), lines)


@pytest.mark.parametrize(
    ("lines", "page", "name", "year"),
    [
        (["广州市人民政府办公厅2021年政府信息公开工作年度报告"], "", "广州市人民政府办公厅", 2021),
        (["《某县财政局2021年度政府信息公开工作年度报告》"], "", "某县财政局", 2021),
        (["2021年广州市教育局政府信息公开工作年度报告"], "", "广州市教育局", 2021),
        (["某区人民政府政府信息公开工作年度报告（2021年度）"], "", "某区人民政府", 2021),
        (["关于平潭综合实验区2022年度政府信息公开工作的年度报告"], "", "平潭综合实验区", 2022),
        (["某县某局", "二〇二一年度政府信息公开工作年度报告"], "", "某县某局", 2021),
        (["某县某局二○二一年政府信息公开年报"], "", "某县某局", 2021),
        ([], "某镇人民政府2021年政府信息公开工作年度报告_某县人民政府网", "某镇人民政府", 2021),
        ([], "某镇人民政府2021年政府信息公开工作年度报告 - 政务公开 - 某县人民政府", "某镇人民政府", 2021),
        ([INTRO.format("广州市教育局2021年政府信息公开工作年度报告", 2021, 2021)], "政务公开", "广州市教育局", 2021),
        (["政府信息公开工作年度报告（2021年）", "编制机关：某市水务局"], "", "某市水务局", 2021),
        (["廣州市人民政府辦公廳2021年政府信息公開工作年度報告"], "", "廣州市人民政府辦公廳", 2021),
        (["欢迎光临"], "首页", None, None),
    ],
)
def test_name_and_year(lines: list[str], page: str, name: str | None, year: int | None) -> None:
    found = of(*lines, page=page)
    assert (found.name, found.year) == (name, year)


def test_titles_of_other_years_in_menus_are_not_the_title() -> None:
    found = of(
        "上一篇：某局2019年政府信息公开工作年度报告",
        "某局2020年政府信息公开工作年度报告",
        "某局2021年政府信息公开工作年度报告",
        "发布日期：2022-01-20  来源：某局",
    )
    assert (found.year, found.title_years) == (2021, (2021,))
    assert found.published_date == date(2022, 1, 20)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("发布日期：2022-01-20", date(2022, 1, 20)),
        ("公开时间: 2022年1月20日 浏览：5", date(2022, 1, 20)),
        ("发布时间 2022/1/20 10:00", date(2022, 1, 20)),
        ("发布日期：2022-13-20", None),
        ("成立日期：2022-01-20", None),
        ("2022-01-20", None),
    ],
)
def test_the_date_of_publication(line: str, expected: date | None) -> None:
    assert of("某局2021年政府信息公开工作年度报告", line).published_date == expected


def test_disagreement_is_kept_and_the_majority_is_the_year() -> None:
    intro = INTRO.format("某县某局2021年政府信息公开工作年度报告", 2021, 2021)
    wrong_title = of("某县某局2020年政府信息公开工作年度报告", intro)
    assert wrong_title.year == 2021
    assert set(wrong_title.title_years) == {2020, 2021}
    wrong_period = of(
        "某县某局2021年政府信息公开工作年度报告", INTRO.format("某县某局2021年政府信息公开工作年度报告", 2020, 2020)
    )
    assert (wrong_period.year, wrong_period.period_years) == (2021, (2020,))
    assert of("某县某局2021年政府信息公开工作年度报告", text="统计期限为2021年1月1日至12月31日").period_years == (2021,)


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("广州市人民政府办公厅", "department"),
        ("某县人民政府办公室", "department"),
        ("某市教育局", "department"),
        ("某省发展和改革委员会", "department"),
        ("某镇人民政府", "town"),
        ("某街道办事处", "town"),
        ("某县人民政府", "county"),
        ("某市某区人民政府", "county"),
        ("某市人民政府", "city"),
        ("某省人民政府", "province"),
        ("广西壮族自治区人民政府", "province"),
        ("上海市人民政府", "province"),
        ("平潭综合实验区", None),
        ("某高新区管理委员会", None),
        (None, None),
    ],
)
def test_the_level_where_the_name_leaves_no_doubt(name: str | None, level: str | None) -> None:
    assert guess_level(name) == level
