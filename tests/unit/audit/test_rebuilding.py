"""Sections by their headings, page furniture cut off, the same text as it was published."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govnb.audit.html_reader import read_html
from govnb.audit.raw import RawCell, RawDocument, RawParagraph, RawTable
from govnb.audit.rebuilding import Rebuilt, rebuild
from govnb.audit.table_figures import table_figures
from govnb.checks.model import Result
from govnb.checks.registry import run_checks
from govnb.form.edition import TABLES, packaged_editions
from govnb.form.grid import build_grid
from govnb.narrative.sections import Block, Section
from govnb.render.document import Document
from govnb.render.webpage import render_html
from govnb.report import Report
from govnb.script import to_script
from tests.layouts import html_clean, html_split, html_word_gbk, read_sample

EDITIONS = packaged_editions()
FORM = EDITIONS[2021]
TITLE = "某县财政局2021年政府信息公开工作年度报告"
TEXTS = {
    "overview": "2021年，本局全年主动公开信息5条。",
    "problems": "“政策问答”栏目更新不及时，下一步每月检查一次。",
    "other": "2021年，本局未收取信息处理费。",
}
HEADS = [f"{section.number}、{section.title}" for section in FORM.sections]


def table(name: str) -> RawTable:
    grid = build_grid(FORM, name).filled(lambda row, column: "0")
    return RawTable(tuple(tuple(RawCell(c.text, c.rowspan, c.colspan) for c in line) for line in grid.by_row()))


def report(
    heads: list[str] | None = None,
    before: tuple[str, ...] = (TITLE,),
    after: tuple[str, ...] = (),
    level: int | None = None,
    texts: dict[str, str] = TEXTS,
) -> RawDocument:
    parts: list[RawParagraph | RawTable] = [RawParagraph(text) for text in before]
    for section, head in zip(FORM.sections, heads or HEADS, strict=True):
        parts += [RawParagraph(head, level)] if head else []
        parts += [RawParagraph(texts[section.code])] if section.code in texts else []
        parts += [table(section.table)] if section.table else []
    parts += [RawParagraph(text) for text in after]
    return RawDocument("html", "", tuple(parts))


def texts_of(rebuilt: Rebuilt) -> dict[str, str]:
    return {section.code: section.text for section in rebuilt.sections if section.text}


def failures(rebuilt: Rebuilt, *ids: str) -> list[Result]:
    return [r for r in run_checks(rebuilt.evidence) if r.status == "fail" and (not ids or r.id in ids)]


def test_a_plain_report() -> None:
    for level in (None, 2, 3):
        rebuilt = rebuild(report(level=level), EDITIONS)
        assert texts_of(rebuilt) == TEXTS
        assert (rebuilt.name, rebuilt.year, rebuilt.edition) == ("某县财政局", 2021, 2021)
        assert [section.code for section in rebuilt.sections] == [section.code for section in FORM.sections]
        assert not failures(rebuilt)


def test_furniture_before_and_after_is_cut() -> None:
    before = (
        "首页",
        "政务公开",
        "当前位置：首页 > 年报",
        "某局2020年政府信息公开工作年度报告",
        TITLE,
        "发布日期：2022-01-20",
    )
    for closing in (
        "扫一扫在手机打开当前页",
        "打印本页",
        "上一篇：某局2020年政府信息公开工作年度报告",
        "版权所有：某县人民政府",
        "粤ICP备05070829号",
        "附件：年报.docx",
        "相关链接",
        "责任编辑：某",
    ):
        rebuilt = rebuild(report(before=before, after=(closing, "别的内容")), EDITIONS)
        assert texts_of(rebuilt) == TEXTS, closing
        assert rebuilt.evidence.published_date is not None
    signed = rebuild(report(after=("某县财政局", "2022年1月20日")), EDITIONS)
    assert texts_of(signed) == TEXTS
    assert "首页" not in rebuilt.evidence.printed.get("正文之前", "")


def test_every_listed_variant_of_a_title_is_that_section() -> None:
    for at, section in enumerate(FORM.sections):
        for variant in section.also_seen:
            heads = [*HEADS[:at], f"{section.number}、{variant}", *HEADS[at + 1 :]]
            rebuilt = rebuild(report(heads), EDITIONS)
            assert texts_of(rebuilt) == TEXTS
            assert not failures(rebuilt, "form.sections", "text.ordinals")


@pytest.mark.parametrize(
    "head",
    [
        "四、政府信息公开行政法复议、行政诉讼情况",
        "四、政府信息公开行政复义、行政诉讼情况",
        "四、政府信息公开行政复议行政诉公情况",
    ],
)
def test_a_misprinted_heading_is_still_the_section_and_reported(head: str) -> None:
    rebuilt = rebuild(report([*HEADS[:3], head, *HEADS[4:]]), EDITIONS)
    assert texts_of(rebuilt) == TEXTS
    found = failures(rebuilt)
    assert [(r.id, r.severity) for r in found] == [("text.ordinals", "warning")]
    assert found[0].actual == head[2:]


@pytest.mark.parametrize("head", ["五、存在问题和下一步工作打算", "五、存在的不足及整改措施", "五、主要问题和改进情况"])
def test_other_wordings_of_a_title_are_no_misprints(head: str) -> None:
    rebuilt = rebuild(report([*HEADS[:4], head, HEADS[5]]), EDITIONS)
    assert texts_of(rebuilt) == TEXTS
    assert not failures(rebuilt)


def test_headings_that_run_on_into_text() -> None:
    heads = [
        f"{HEADS[0]}。{TEXTS['overview']}" + "本局认真落实各项要求。" * 4,
        *HEADS[1:4],
        HEADS[4],
        f"{HEADS[5]} 无其他事项。",
    ]
    rebuilt = rebuild(report(heads, texts={"problems": TEXTS["problems"]}), EDITIONS)
    assert texts_of(rebuilt)["overview"] == TEXTS["overview"] + "本局认真落实各项要求。" * 4
    assert not failures(rebuilt, "form.sections")
    assert texts_of(rebuilt)["other"] == "无其他事项。"


def test_a_missing_a_doubled_and_a_moved_section() -> None:
    missing = rebuild(report([*HEADS[:4], "", HEADS[5]]), EDITIONS)
    assert [r.where for r in failures(missing, "form.sections")] == ["“存在的主要问题及改进情况”"]
    doubled = report()
    parts = list(doubled.parts)
    again = replace(doubled, parts=(*parts, RawParagraph(HEADS[4]), RawParagraph("又一段。")))
    assert failures(rebuild(again, EDITIONS), "form.sections")
    swapped = rebuild(report([*HEADS[:4], HEADS[5], HEADS[4]]), EDITIONS)
    assert [r.where for r in failures(swapped, "form.sections")] == ["各部分标题"]


def test_contents_and_numbering_within_a_section_are_no_sections() -> None:
    listed = rebuild(report(before=(TITLE, "目录", *HEADS)), EDITIONS)
    assert texts_of(listed) == TEXTS
    assert not failures(listed)
    inner = {**TEXTS, "problems": "一、公开不及时，全年2次。"}
    numbered = rebuild(report(texts=inner), EDITIONS)
    assert "公开不及时" in "".join(section.text for section in numbered.sections)


@pytest.mark.parametrize("part", ["（一）主动公开情况。", "(一)主动公开情况", "主动公开情况", "1.主动公开情况"])
@pytest.mark.parametrize("level", [None, 3])
def test_a_part_that_is_called_like_a_section(part: str, level: int | None) -> None:
    plain = report()
    at = next(i for i, p in enumerate(plain.parts) if isinstance(p, RawParagraph) and p.text == HEADS[0])
    parts = (*plain.parts[: at + 1], RawParagraph(part, level), *plain.parts[at + 1 :])
    rebuilt = rebuild(replace(plain, parts=parts), EDITIONS)
    assert texts_of(rebuilt) == {**TEXTS, "overview": f"{part}\n{TEXTS['overview']}"}
    assert not failures(rebuilt)


def test_headings_without_numbers() -> None:
    rebuilt = rebuild(report([section.title for section in FORM.sections], level=2), EDITIONS)
    assert texts_of(rebuilt) == TEXTS
    assert not failures(rebuilt)


def test_traditional_script_is_read_alike() -> None:
    plain = report()
    parts = tuple(
        replace(part, text=to_script(part.text, "hant"))
        if isinstance(part, RawParagraph)
        else replace(
            part, rows=tuple(tuple(replace(c, text=to_script(c.text, "hant")) for c in row) for row in part.rows)
        )
        for part in plain.parts
    )
    rebuilt = rebuild(replace(plain, parts=parts), EDITIONS)
    assert rebuilt.tables == rebuild(plain, EDITIONS).tables
    assert texts_of(rebuilt) == {code: to_script(text, "hant") for code, text in TEXTS.items()}
    assert not failures(rebuilt)


def test_pictures_and_scans_are_not_assessable_and_never_zeros() -> None:
    scan = rebuild(RawDocument("pdf", "", (), pictures=5, scanned=True), EDITIONS)
    assert (scan.name, scan.year, scan.edition, scan.tables) == (None, None, None, {})
    assert not failures(scan)
    parts = tuple(part for part in report().parts if isinstance(part, RawParagraph))
    pictures = rebuild(RawDocument("html", "", parts, pictures=3), EDITIONS)
    assert not failures(pictures)
    without = rebuild(RawDocument("html", "", parts), EDITIONS)
    assert [r.id for r in failures(without)] == ["form.tables"] * 3


@pytest.mark.parametrize("year", [2020, 2021, 2022])
@pytest.mark.parametrize("layout", [html_clean, html_split, html_word_gbk])
def test_published_layouts(year: int, layout: object) -> None:
    sample = read_sample(year)
    page = layout(*sample.parts)  # type: ignore[operator]
    rebuilt = rebuild(read_html(page.encode() if isinstance(page, str) else page), EDITIONS)
    assert rebuilt.tables == sample.values
    assert texts_of(rebuilt) == {code: "\n".join(lines) for code, lines in sample.sections.items()}
    own = {"applications.results", "text.sum", "text.table", "text.zero", "text.percent"}
    assert {r.id for r in failures(rebuilt)} <= ({"applications.results", "text.sum"} if year == 2020 else own - own)


def test_2022_with_its_misprint_and_the_year_before() -> None:
    sample, before = read_sample(2022), read_sample(2021)
    page = html_clean(*sample.parts).replace("行政复议、行政诉讼", "行政法复议、行政诉讼")
    rebuilt = rebuild(read_html(page.encode()), EDITIONS)
    previous = rebuild(read_html(html_clean(*before.parts).encode()), EDITIONS)
    found = run_checks(replace(rebuilt.evidence, previous=previous.evidence))
    assert {r.id for r in found if r.status == "fail"} == {"cross_year.in_force", "text.ordinals"}


WORDS = st.sampled_from(
    ["公开信息5条。", "办理申请3件，均已答复。", "（一）主动公开", "完善“政策问答”栏目。", "培训2次，参加60人次。"]
)


@settings(max_examples=25)
@given(
    st.lists(st.lists(WORDS, max_size=4, unique=True), min_size=6, max_size=6),
    st.sampled_from([2019, 2021]),
    st.integers(0, 9999),
)
def test_our_own_page_comes_back_the_same(lines: list[list[str]], number: int, base: int) -> None:
    edition, year = EDITIONS[number], number + 1
    tables = {
        name: {row: {c: base + i for i, c in enumerate(columns)} for row, columns in edition.rows(name).items()}
        for name in TABLES
    }
    sections = tuple(
        Section(
            s.code,
            s.title,
            tuple(Block("part" if t.startswith("（") else "paragraph", t) for t in (found if not s.table else ())),
        )
        for s, found in zip(edition.sections, lines, strict=True)
    )
    own = Report("x", "某县财政局", year, number, edition.authority, tables=tables, sections=sections)
    rebuilt = rebuild(read_html(render_html(Document(own, edition))), EDITIONS)
    assert rebuilt.tables == tables
    assert {s.code: s.text for s in rebuilt.sections} == {s.code: s.text for s in sections}
    assert (rebuilt.name, rebuilt.year, rebuilt.edition) == ("某县财政局", year, number)


def test_figures_of_the_tables() -> None:
    sample = read_sample(2022)
    figures = table_figures(FORM, sample.values)
    assert figures["applications.new.total"].value == 74
    assert figures["applications.denied.total"].value == 4
    assert figures["applications.other.total"].value == 4
    assert figures["disputes.litigation.total"].value == 1
    assert figures["applications.received"].value == 75
    assert figures["disclosure.fees.amount"].label == "行政事业性收费（本年收费金额（单位：万元））"
    blank = {t: {r: dict.fromkeys(c) for r, c in rows.items()} for t, rows in sample.values.items()}
    empty = table_figures(FORM, blank)
    assert "applications.received" not in empty
    assert empty["applications.denied.total"].value is None
    single = {"applications": {"other": dict.fromkeys(FORM.applications.columns, 3)}}
    assert table_figures(FORM, single)["applications.other.total"].value == 3
