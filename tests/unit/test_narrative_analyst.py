"""The analyst's text: what it replaces, what it may say, and every fault with file, line and column, all at once."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from govnb.counting.figures import Figure
from govnb.errors import ParamsError, Place, ReportError, Text, UsageError
from govnb.errors import Problem as Fault
from govnb.form.edition import packaged_editions
from govnb.narrative.analyst import bare_sections, parse_analyst
from govnb.narrative.engine import narrate
from govnb.narrative.sections import Block, Cite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from govnb.counting.figures import Value
    from govnb.narrative.sections import Section

EDITION = packaged_editions()[2021]
FILE = "params/a/2021.md"
FACTS = {"name": "甲市人民政府", "short_name": "", "region": "甲市", "level": "city"}
VALUES: dict[str, Value] = {
    "applications.new.total": 575,
    "applications.other.other": 3,
    "applications.other.other.total": 4,
    "applications.partial.total": None,
    "applications.carried_in.total": 0,
    "disclosures.历史规划": 207,
    "disclosures.level.街（镇）": 12,
    "disclosure.licences.decisions": 12_345_000,
    "applications.granted_share": Decimal("42.30"),
    "change.applications.new.total": -35,
    "disclosure.procurement.amount": "251000元",
}
FIGURES = {figure_id: Figure(figure_id, value, figure_id) for figure_id, value in VALUES.items()}
PNG = b"\x89PNG\r\n\x1a\n" + b"x"


def sections_of(text: str, images: Callable[[str], bytes] | None = None, **facts: str) -> dict[str, Section]:
    analyst = parse_analyst(text, FILE, EDITION)
    return {s.code: s for s in narrate(EDITION, 2021, {**FACTS, **facts}, FIGURES, None, analyst, images)}


def blocks_of(body: str, images: Callable[[str], bytes] | None = None) -> tuple[Block, ...]:
    return sections_of(f"# 其他需要报告的事项\n{body}", images)["other"].blocks


def text_of(body: str) -> str:
    return "\n".join(block.text for block in blocks_of(body))


def faults(text: str, images: Callable[[str], bytes] | None = None) -> list[tuple[int | None, int | None, str]]:
    with pytest.raises((ParamsError, ReportError)) as raised:
        sections_of(text, images)
    assert all(problem.where.file == FILE for problem in raised.value.problems)
    return [(p.where.line, p.where.position, p.text().zh) for p in raised.value.problems]


def said(found: Iterable[tuple[int | None, int | None, str]]) -> str:
    return "\n".join(message for _, _, message in found)


# What is replaced.


@pytest.mark.parametrize(
    "heading",
    [
        "其他需要报告的事项",
        "六、其他需要报告的事项",
        "其它需要报告的事项",
        "other",
        " （六）其他需要报告的事项 ",
        "其他 需要报告的事项 #",
    ],
)
def test_section_is_found_by_title_number_variant_or_code(heading: str) -> None:
    assert sections_of(f"# {heading}\n\n没有。\n")["other"].text == "没有。"


@pytest.mark.parametrize("heading", ["主动公开", "（一）主动公开", "(一)主动公开情况", "1.主动公开", "一、主动公开"])
def test_part_is_found_by_title_and_number(heading: str) -> None:
    analyst = parse_analyst(f"## {heading}\n甲。\n", FILE, EDITION)
    assert analyst.replaced == ("overview/主动公开",)


def test_a_part_is_replaced_and_the_rest_is_ours() -> None:
    overview = sections_of("# 总体情况\n## 监督保障\n甲乙丙。\n")["overview"]
    texts = [block.text for block in overview.blocks]
    assert texts[texts.index("（五）监督保障") + 1 :] == ["甲乙丙。"]
    assert texts[0].startswith("2021年，甲市人民政府依照")
    assert "归集公开历史规划207份" in overview.text


def test_a_section_without_parts_named_is_replaced_whole() -> None:
    analyst = parse_analyst("# 总体情况\n甲。\n### 小标题\n乙。", FILE, EDITION)
    assert analyst.replaced == ("overview",)
    blocks = sections_of("# 总体情况\n甲。\n### 小标题\n乙。")["overview"].blocks
    assert [(b.kind, b.text) for b in blocks] == [("paragraph", "甲。"), ("heading", "小标题"), ("paragraph", "乙。")]


def test_text_above_named_parts_is_the_opening() -> None:
    text = "# 总体情况\n开头。\n## 主动公开\n甲。\n"
    assert parse_analyst(text, FILE, EDITION).replaced == ("overview/", "overview/主动公开")
    texts = [block.text for block in sections_of(text)["overview"].blocks]
    assert texts[:4] == ["开头。", "（一）主动公开", "甲。", "（二）依申请公开"]


def test_second_level_heading_outside_the_overview_is_a_heading_of_the_text() -> None:
    blocks = sections_of("# 存在的主要问题及改进情况\n甲。\n\n## 主要问题\n乙。")["problems"].blocks
    assert [(b.kind, b.text) for b in blocks] == [("paragraph", "甲。"), ("heading", "主要问题"), ("paragraph", "乙。")]


def test_text_of_a_section_with_a_table_stands_in_it() -> None:
    assert sections_of("# 主动公开情况\n见表。")["disclosure"].text == "见表。"


def test_parts_of_2019_are_those_of_2019() -> None:
    analyst = parse_analyst("## 平台建设\n甲。", FILE, packaged_editions()[2019])
    assert analyst.replaced == ("overview/平台建设",)
    assert "是否应为“政府信息公开平台建设”" in said(faults("## 平台建设\n甲。"))


# Figures and facts.


def test_figures_are_printed_and_cited() -> None:
    (block,) = blocks_of("新收{{ applications.new.total }}件，占{{applications.granted_share}}%。")
    assert block.text == "新收575件，占42.30%。"
    assert block.cites == (Cite("applications.new.total", 2, 5), Cite("applications.granted_share", 8, 13))


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{{ applications.other.other }}", "3"),
        ("{{ applications.other.other.total }}", "4"),
        ("{{ disclosures.历史规划 }}", "207"),
        ('{{ disclosures["历史规划"] }}', "207"),
        ('{{ disclosures.level["街（镇）"] }}', "12"),
        ("{{ applications.carried_in.total }}", "0"),
        ("{{ disclosure.licences.decisions | 万 }}", "1234.5"),
        ("{{ applications.granted_share | percent }}", "42.30%"),
        ("{{ change.applications.new.total | abs }}", "35"),
        ("{{ change.applications.new.total }}", "-35"),
        ("{{ disclosure.procurement.amount }}", "251000元"),
        ("{{ name }}{{ short_name }}{{ region }}", "甲市人民政府甲市人民政府甲市"),
        ("{{ last_year }}{{ year }}{{ next_year }}", "202020212022"),
    ],
)
def test_every_way_to_name_a_figure(template: str, printed: str) -> None:
    assert text_of(template) == printed


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("applications.new.total", True),
        ("applications.carried_in.total", False),
        ("applications.partial.total", False),
        ("not applications.partial.total", True),
        ("applications.new.total > 500 and applications.new.total <= 575", True),
        ("applications.new.total == 575", True),
        ("applications.new.total != 575", False),
        ("applications.new.total < disclosures.历史规划", False),
        ("applications.partial.total == 0", False),
        ("change.applications.new.total < -34.5", True),
        ("disclosure.procurement.amount > 3", False),
        ('region == "甲市" or year < 2000', True),
        ("disclosures.视频 is defined", False),
        ("disclosures.历史规划 is defined and disclosures.历史规划 >= 207", True),
    ],
)
def test_conditions(condition: str, holds: bool) -> None:
    assert text_of(f"{{% if {condition} %}}是{{% else %}}否{{% endif %}}") == ("是" if holds else "否")


def test_lines_with_a_tag_alone_leave_no_gap() -> None:
    body = "新收\n{% if applications.new.total %}\n{{ applications.new.total }}件\n{% elif year %}\n无\n{% endif %}\n。"
    assert text_of(body) == "新收575件。"


def test_a_figure_asked_for_may_be_missing() -> None:
    assert text_of("甲{% if disclosures.视频 is defined %}{{ disclosures.视频 }}件{% endif %}") == "甲"


def test_unknown_figure_has_line_column_and_the_nearest() -> None:
    line = "甲{{ applications.new.totel }}件，乙{{ disclosures.历史规化 }}份"
    found = faults(f"# 其他需要报告的事项\n\n{line}\n\n{{{{ nam }}}}")
    assert [(line, column) for line, column, _ in found] == [(3, 5), (3, line.index("disclosures") + 1), (5, 4)]
    assert [message.split("是否应为")[1] for _, _, message in found] == [
        "“applications.new.total”？",
        "“disclosures.历史规划”？",
        "“name”？",
    ]


def test_unknown_figure_in_a_condition_or_a_branch_not_taken_is_a_fault() -> None:
    line = "{% if disclosures.x %}a{% endif %}{% if not year %}{{ disclosures.y }}{% endif %}"
    found = faults(f"# other\n{line}")
    assert [column for _, column, _ in found] == [line.index("disclosures.x") + 1, line.index("disclosures.y") + 1]


def test_a_blank_figure_can_not_be_printed() -> None:
    found = faults("# other\n甲。\n\n部分公开{{ applications.partial.total }}件")
    assert [(line, column) for line, column, _ in found] == [(4, 8)]
    assert "没有数值" in said(found)


def test_a_group_is_not_a_figure() -> None:
    assert "是一组指标" in said(faults("# other\n{{ applications.new }}"))


def test_text_can_not_be_converted() -> None:
    assert "不能换算" in said(faults("# other\n{{ disclosure.procurement.amount | 万 }}"))
    assert "不能换算" in said(faults("# other\n{{ name | abs }}"))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ year.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ applications.new.total.__class__.__init__.__globals__ }}",
        "{{ applications['__class__'] }}",
        "{{ lipsum() }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ range(9) }}",
        "{{ name.upper() }}",
        "{{ name[0] }}",
        "{{ 3 }}",
        "{{ 'x' }}",
        "{{ 9 ** 9 }}",
        "{{ year + 1 }}",
        "{{ year ~ 'x' }}",
        "{{ name if year else region }}",
        "{{ [year] }}",
        "{{ year | attr('real') }}",
        "{{ name | safe }}",
        "{{ name | abs(3) }}",
        "{% import 'phrases.j2' as p %}",
        "{% from 'phrases.j2' import compared %}",
        "{% include 'other.md.j2' %}",
        "{% extends 'other.md.j2' %}",
        "{% for x in applications %}{% endfor %}",
        "{% set year = 3 %}",
        "{% macro f() %}{% endmacro %}",
        "{% filter abs %}3{% endfilter %}",
        "{% raw %}{{ year }}{% endraw %}",
        "{% if name.upper() %}{% endif %}",
        "{% if applications.new.total in [575] %}{% endif %}",
        "{% if year is divisibleby 3 %}{% endif %}",
        "{% if [].append(1) %}{% endif %}",
    ],
)
def test_nothing_but_figures_can_be_reached(attack: str) -> None:
    found = faults(f"# other\n\n甲{attack}")
    assert {line for line, _, _ in found} == {3}
    assert all("narrative" not in message and "Error" not in message for _, _, message in found)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("{{ year", 3),
        ("{{ }}", 3),
        ("甲}}", 3),
        ("甲 %}", 3),
        ("{% if year %}甲", 3),
        ("甲\n{% endif %}", 4),
        ("{# 从未结束", 3),
        ("{{ a.² }}", 3),
        ("{{ " + "(" * 3000, None),
    ],
)
def test_faults_of_syntax_have_their_line(body: str, line: int | None) -> None:
    assert [found[0] for found in faults(f"# other\n\n{body}")] == [line]


def test_a_comment_is_left_out_and_moves_no_line() -> None:
    assert text_of("{# 说明\n{{ x }} #}甲") == "甲"
    assert faults("# other\n{# 一\n二 #}\n{{ x }}")[0][:2] == (4, 4)


def test_values_are_data() -> None:
    name = "**甲**{{ year }}<script>alert(1)</script>\n# 标题\n![a](b) \"'“"
    section = sections_of("# other\n由{{ name }}负责", name=name)["other"]
    assert [block.kind for block in section.blocks] == ["paragraph"]
    assert section.text == "由**甲**{{ year }}<script>alert(1)</script> # 标题 ![a](b) \"'“负责"


def test_marks_can_not_be_forged() -> None:
    everything = "".join(chr(code) for code in range(0xE000, 0xE010))
    (block,) = blocks_of(f"{everything}0{everything}甲\ue0000\ue001{{{{ applications.new.total }}}}件")
    assert block.text == f"{everything}0{everything}甲\ue0000\ue001575件"
    assert block.cites == (Cite("applications.new.total", len(block.text) - 4, len(block.text) - 1),)


# Headings that name nothing.


def test_all_faults_of_a_file_at_once() -> None:
    text = "开头\n\n# 总体状况\n甲\n## 主动公开\n乙\n# 其他需要报告的事项\n{{ f() }}\n"
    text += "# other\n丙\n#没有空格\n# 主动公开\n丁"
    found = faults(text)
    assert [line for line, _, _ in found] == [1, 3, 8, 9, 11, 12]
    messages = said(found)
    for expected in (
        "“#”后缺少空格",
        "标题之前有文字",
        "没有名为“总体状况”的部分。是否应为“总体情况”",
        "“other”重复，第7行已有",
        "“主动公开”属于“总体情况”，请写作“## 主动公开”",
        "这里只能写指标",
    ):
        assert expected in messages


def test_unknown_part_names_the_nearest() -> None:
    assert "是否应为“监督保障”" in said(faults("# 总体情况\n## 监督与保障\n甲"))


def test_the_same_part_twice() -> None:
    assert [line for line, _, _ in faults("## 主动公开\n甲\n## （一）主动公开情况\n乙")] == [3]


@pytest.mark.parametrize("text", ["# 总体情况\n", "# 总体情况\n\n\n# other\n甲", "## 主动公开\n{# 待写 #}\n"])
def test_a_heading_without_text_is_a_fault(text: str) -> None:
    assert [line for line, _, _ in faults(text)] == [1]


def test_an_empty_file_replaces_nothing() -> None:
    assert parse_analyst("\ufeff\r\n \n", FILE, EDITION).replaced == ()


def test_windows_line_ends_and_byte_order_mark() -> None:
    assert sections_of("\ufeff# 其他需要报告的事项\r\n\r\n甲\r\n乙\r\n")["other"].text == "甲乙"


# Markdown.


def test_markdown_becomes_plain_blocks() -> None:
    body = """
　　第一段**重点**和[链接](https://x.example/)，
第二行 GDP
growth，`代码`*斜*。

    缩进的也是一段

- 甲
- 乙
  1. 丙
  2. 丁

3. 三
4. 四

### 小标题

<b>不是标签</b> &amp; <script>alert(1)</script>
一行\\
二行

**“放管服”**改革
"""
    assert [(block.kind, block.text) for block in blocks_of(body)] == [
        ("paragraph", "第一段重点和链接，第二行 GDP growth，代码斜。"),
        ("paragraph", "缩进的也是一段"),
        ("item", "甲"),
        ("item", "乙"),
        ("paragraph", "1.丙"),
        ("paragraph", "2.丁"),
        ("paragraph", "3.三"),
        ("paragraph", "4.四"),
        ("heading", "小标题"),
        ("paragraph", "<b>不是标签</b> &amp; <script>alert(1)</script>一行"),
        ("paragraph", "二行"),
        ("paragraph", "“放管服”改革"),
    ]


@pytest.mark.parametrize(
    ("body", "line"), [("```\nx\n```", 3), ("甲\n\n---\n\n乙", 5), ("| a | b |\n|---|---|\n| 1 | 2 |", 3)]
)
def test_what_has_no_place_in_a_report_is_refused(body: str, line: int) -> None:
    assert [found[0] for found in faults(f"# other\n\n{body}\n")] == [line]


# Pictures.


def test_a_picture_is_embedded() -> None:
    asked: list[str] = []

    def images(name: str) -> bytes:
        asked.append(name)
        return PNG

    body = "前\n![{{ year }}年 图](图{{ year }}.png)\n后"
    before, picture, after = blocks_of(body, images)
    assert asked == ["图2021.png"]
    assert (before.text, after.text) == ("前", "后")
    assert (picture.kind, picture.text) == ("image", "2021年 图")
    assert picture.image == "data:image/png;base64," + base64.b64encode(PNG).decode()


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>', "svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<svg></svg>', "svg+xml"),
    ],
)
def test_kinds_of_pictures_are_told_by_their_bytes(data: bytes, kind: str) -> None:
    (picture,) = blocks_of("![图](a.bin)", lambda _: data)
    assert picture.image is not None
    assert picture.image.startswith(f"data:image/{kind};base64,")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<html><svg></svg></html>",
        b"<svg><script>x</script></svg>",
        b'<svg onload="x()"></svg>',
        b'<svg><image href="http://x/y.png"/></svg>',
        b'<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
        b"<svg><style>@import url(x.css)</style></svg>",
    ],
)
def test_other_files_are_refused_with_their_line(data: bytes) -> None:
    assert [line for line, _, _ in faults("# other\n甲\n\n乙![图](a.png)", lambda _: data)] == [4]


def test_missing_pictures_all_with_their_lines() -> None:
    def images(name: str) -> bytes:
        if name == "../../x.png":
            raise UsageError(Fault(Place(), Text("路径在工作区之外", "is outside the workspace")))
        raise FileNotFoundError(2, "No such file", f"/home/me/{name}")

    text = "# other\n甲\n![a](a.png)\n\n{% if year %}\n\n![b](../../x.png)\n{% endif %}\n# 总体情况\n![c](c.png)"
    found = faults(text, images)
    assert [line for line, _, _ in found] == [3, 7, 10]
    assert "路径在工作区之外" in said(found)
    assert "/home/me" not in said(found)


def test_a_picture_without_alternative_text_is_refused() -> None:
    assert "缺少替代文字" in said(faults("# other\n![](a.png)", lambda _: PNG))


def test_pictures_without_a_reader_are_refused() -> None:
    assert [line for line, _, _ in faults("# other\n![a](a.png)")] == [2]


def test_a_missing_picture_is_told_together_with_an_unknown_figure() -> None:
    edition = packaged_editions()[2021]
    analyst = parse_analyst("# 其他需要报告的事项\n\n共{{ nosuch }}件。\n\n![图](a.png)\n", "params/x/2021.md", edition)
    with pytest.raises(ReportError) as caught:
        narrate(edition, 2021, {"name": "某局"}, {}, None, analyst, None)
    assert [(problem.code, problem.where.line) for problem in caught.value.problems] == [
        ("narrative.figure", 3),
        ("narrative.image", 5),
    ]


def test_bare_words_hold_no_figure_no_statement_and_no_markup() -> None:
    text = (
        "# 总体情况\n## 依申请公开\n全年收到**{{ applications.new.total }}**件。\n"
        "{% if applications.partial.total %}部分公开{{ applications.partial.total }}件。{% endif %}\n\n- 一是培训\n\n"
        "# 存在的主要问题及改进情况\n### 问题\n不足{{ applications.other.other }}处。\n"
    )
    overview, problems = bare_sections(parse_analyst(text, FILE, EDITION), EDITION)
    assert overview.code == "overview"
    assert [(block.kind, block.text) for block in overview.blocks] == [
        ("part", "依申请公开"),
        ("paragraph", "全年收到0件。部分公开0件。"),
        ("paragraph", "一是培训"),
    ]
    assert [block.text for block in problems.blocks] == ["不足0处。"]
