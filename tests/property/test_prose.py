"""Prose written from figures is read back as those figures, a changed number is found, and no text raises."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from govnb.checks.model import Evidence, Result
from govnb.checks.statements import percent, sums, table, zero
from govnb.counting.figures import Figure
from govnb.form.edition import TABLES, packaged_editions
from govnb.narrative.engine import narrate
from govnb.narrative.sections import Block, Section
from govnb.prose.quantities import parse_chinese, read_quantities
from govnb.prose.reading import read_paragraph

EDITION = packaged_editions()[2021]
CHECKS = (table, sums, percent, zero)
NAME = "临江区人民政府"
COUNTS = st.integers(0, 99_999)
UNITS = st.sampled_from("件宗起")
WHO = st.sampled_from(
    ["", "全区", "我区", "本机关", "全区各级行政机关", "2021年，全区", "2021年度，本机关", "截至2021年12月31日，"]
)
RECEIVED = st.sampled_from(["共收到", "受理", "接收", "累计收到", "收到"])
NOUN = st.sampled_from(["政府信息公开申请", "依申请公开申请", "申请", "信息公开申请"])
DONE = st.sampled_from(["办结", "已办结", "已全部办结", "依法答复", "及时依法依规办结", "按规定办理完毕"])
LEFT = st.sampled_from(
    ["结转下年度继续办理{}", "{}结转下年度", "另有{}结转下年度办理", "尚有{}正在办理", "结转2022年{}"]
)
OUTCOMES = {
    "granted": "予以公开",
    "partial": "部分公开",
    "denied.process": "属于四类过程性信息",
    "unavailable.not_held": "本机关不掌握相关政府信息",
    "declined.repeated": "重复申请",
}


def chinese(number: int) -> str:
    """The numeral in characters, below 10,000."""
    digits, text, gap = "零一二三四五六七八九", "", False
    for worth, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // worth % 10
        if digit:
            text += ("零" if gap else "") + digits[digit] + name
            gap = False
        elif text:
            gap = True
    return text.removeprefix("一") if 10 <= number < 20 else text


@st.composite
def printed(draw: st.DrawFn, number: int) -> str:
    """A number as reports print it."""
    styles = [str(number), f"{number:,}", str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))]
    if 2 <= number < 10_000:
        styles.append(chinese(number))
    return draw(st.sampled_from(styles)) + draw(UNITS)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, int]]:
    """A paragraph on applications and the figures that it was written from."""
    figures = {code: draw(COUNTS) for code in ("new", "carried_in", "carried_out", *OUTCOMES)}
    figures["total"] = sum(figures[code] for code in OUTCOMES)
    say = lambda code: draw(printed(figures[code]))  # noqa: E731
    all_in = draw(printed(figures["new"] + figures["carried_in"]))
    noun, received = draw(NOUN), draw(RECEIVED)
    first = draw(
        st.sampled_from(
            [
                f"{received}{noun}{all_in}（含新收{say('new')}、上年结转{say('carried_in')}）",
                f"{received}{all_in}{noun}，其中新收{say('new')}，上年结转{say('carried_in')}",
                f"{received}{noun}{say('new')}，上年度结转{say('carried_in')}",
                f"新收{noun}{say('new')}，2020年结转{say('carried_in')}",
            ]
        )
    )
    left = draw(LEFT).format(say("carried_out"))
    done = f"{draw(DONE)}{say('total')}"
    parts = draw(st.permutations(list(OUTCOMES)))
    listed = draw(st.sampled_from(["、", "，"])).join(f"{OUTCOMES[code]}{say(code)}" for code in parts)
    rest = draw(
        st.sampled_from(
            [
                f"{done}，{left}。办理结果为：{listed}。",
                f"{left}，{done}，其中{listed}。",
                f"{left}，{done}（{listed}）。",
            ]
        )
    )
    return f"{draw(WHO)}{first}，{rest}", figures


def tables(figures: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {t: {r: dict.fromkeys(c, 0) for r, c in EDITION.rows(t).items()} for t in TABLES}
    for code, value in figures.items():
        found["applications"][code]["total"] = value
    return found


def failures(text: str, figures: dict[str, int], check: str = "text.table") -> list[Result]:
    section = Section("overview", "总体情况", (Block("paragraph", text),))
    found = Evidence(2021, EDITION, NAME, tables=tables(figures), sections=(section,))
    by_id = {one.id: one for one in CHECKS}
    return [result for result in by_id[check].run(found) if result.status == "fail"]


@settings(max_examples=150, deadline=None)
@given(written())
def test_what_was_written_is_read_back(found: tuple[str, dict[str, int]]) -> None:
    text, figures = found
    claims = {claim.figures: claim for claim in read_paragraph(text, 2021, EDITION, name=NAME).claims if claim.whole}
    read = {names[0].split(".", 1)[1].removesuffix(".total"): claim.value for names, claim in claims.items()}
    for code in (*OUTCOMES, "carried_in", "total"):
        assert read[code] == figures[code], text
    assert any(claim.value == figures["carried_out"] for claim in claims.values())
    assert failures(text, figures) == []
    assert failures(text, figures, "text.sum") == []


@settings(max_examples=150, deadline=None)
@given(written(), st.data())
def test_a_changed_number_is_found(found: tuple[str, dict[str, int]], data: st.DataObject) -> None:
    text, figures = found
    code = data.draw(st.sampled_from(sorted(OUTCOMES)))
    changed = {**figures, code: figures[code] + data.draw(st.integers(1, 9))}
    wrong = failures(text, changed)
    assert len(wrong) == 1, text
    assert str(figures[code]) in str(wrong[0].actual).translate(
        str.maketrans("０１２３４５６７８９", "0123456789")
    ).replace(",", "") or chinese(figures[code]) in str(wrong[0].actual)
    assert wrong[0].expected == str(changed[code])


@settings(max_examples=150, deadline=None)
@given(
    written(),
    st.sampled_from(["区教育局", "望江街道办事处", "其中区公安分局", "2020年，", "上年", "今年上半年", "市政府"]),
)
def test_the_same_of_another_organ_or_year_is_left_alone(found: tuple[str, dict[str, int]], other: str) -> None:
    text = other + found[0].split("。")[0].split("，", 1)[-1].replace("全区", "").replace("我区", "").replace(
        "本机关", ""
    )
    text = text.replace("共收到", "收到").replace("各级行政机关", "").replace("2021年，", "")
    assert [claim for claim in read_paragraph(text, 2021, EDITION, name=NAME).claims if claim.whole] == [], text


PIECES = """
收到 受理 申请 件 宗 元 万元 % 其中 （ ） 、 ， 。 ； ： “ ” 《 》 等 其他 占 同比 增长 下降 2020年 2021年 12月 3
1,175 三十五 〇 未 无 没有 复议 诉讼 维持 结转 上年 下年度 办结 区教育局 代表 规章 废止 现行有效 收费 信息处理费
前 两项 约 第 号 〔2021〕30号 共 含 自然人 法人 0 00 . , 亿 十 百
"""
WORDS = st.lists(st.sampled_from(["\n", *PIECES.split()]), max_size=40).map("".join)
CHINESE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=200)


@settings(max_examples=400, deadline=None)
@given(st.one_of(WORDS, CHINESE), st.sampled_from([2019, 2021]))
@example("", 2021)
@example("））（（、、%", 2021)
def test_no_text_raises(text: str, form: int) -> None:
    edition = packaged_editions()[form]
    read = read_paragraph(text, 2021, edition, name=NAME, part="依申请公开")
    for claim in read.claims:
        assert claim.words == text[claim.start : claim.end]
        assert claim.quantity is None or text[claim.quantity.start : claim.quantity.end]
    section = Section("overview", "总体情况", (Block("paragraph", text),))
    values = {t: {r: dict.fromkeys(c, 1) for r, c in edition.rows(t).items()} for t in TABLES}
    before = Evidence(2020, edition, tables=values)
    found = Evidence(2021, edition, NAME, tables=values, sections=(section,), previous=before)
    for check in CHECKS:
        assert check.run(found)


@given(st.integers(1, 9999))
def test_numerals_in_characters(number: int) -> None:
    assert parse_chinese(chinese(number)) == number
    quantities = list(read_quantities(f"收到{chinese(number)}件"))
    assert [q.value for q in quantities] == [number]


@given(st.decimals(0, 10**7, places=6), st.sampled_from(["元", "万元", "亿元"]))
def test_amounts_keep_every_decimal(amount: Decimal, unit: str) -> None:
    (found,) = read_quantities(f"收费{amount}{unit}")
    assert (found.value, found.unit, found.step) == (amount, unit, Decimal("0.000001"))


@st.composite
def reports(draw: st.DrawFn, number: int) -> tuple[dict[str, Any], dict[str, Figure]]:
    """Tables in which the identities hold, and the figures that our own narrative is written from."""
    edition = packaged_editions()[number]
    form = edition.applications
    few = st.integers(0, 1200)
    values: dict[str, Any] = {t: {r: dict.fromkeys(c, 0) for r, c in edition.rows(t).items()} for t in TABLES}
    rows = {row: draw(few) for row in (*form.outcomes, "carried_out")}
    rows["total"] = sum(rows[row] for row in form.outcomes)
    rows["carried_in"] = draw(st.integers(0, rows["total"] + rows["carried_out"]))
    rows["new"] = rows["total"] + rows["carried_out"] - rows["carried_in"]
    for row, value in rows.items():
        values["applications"][row]["total"] = value
    for columns in values["disputes"].values():
        columns.update({column: draw(few) for column in columns})
        columns["total"] = sum(value for column, value in columns.items() if column != "total")
    for columns in values["disclosure"].values():
        columns.update({column: draw(few) for column in columns})
    found = {f"{t}.{r}.{c}": v for t, rows in values.items() for r, columns in rows.items() for c, v in columns.items()}
    for group in form.outcome_groups:
        found[f"applications.{group}.total"] = sum(rows["total"] for rows in _items(values, form.items(group)))
    blocks = [block.code for block in edition.disputes.blocks if block.group]
    for column in edition.disputes.columns:
        found[f"disputes.litigation.{column}"] = sum(values["disputes"][code][column] for code in blocks)
    found["applications.received"] = found["applications.new.total"] + found["applications.carried_in.total"]
    if (total := found["applications.total.total"]) > 0:
        shared = Decimal(found["applications.granted.total"] + found["applications.partial.total"]) * 100 / total
        found["applications.granted_share"] = shared.quantize(Decimal("0.1"), ROUND_HALF_UP)
    found["information_fee.yuan"] = draw(st.sampled_from([0, 120]))
    for name in ("documents.issued", "documents.openness.active", "messages.received", "applications.within_target"):
        found[name] = draw(few)
    return values, {name: Figure(name, value, name) for name, value in found.items()}


def _items(values: dict[str, Any], codes: tuple[str, ...]) -> list[dict[str, int]]:
    return [values["applications"][code] for code in codes]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from([2019, 2021]))
def test_our_own_narrative_never_contradicts_the_tables(data: st.DataObject, number: int) -> None:
    edition = packaged_editions()[number]
    values, figures = data.draw(reports(number))
    facts = {"name": NAME, "short_name": "区政府", "region": "临江区", "level": "county"}
    sections = narrate(edition, number, facts, figures)
    found = Evidence(number, edition, NAME, tables=values, sections=sections, figures=figures)
    assert [r.message.zh for check in CHECKS for r in check.run(found) if r.status == "fail"] == []
    read = [claim for s in sections for b in s.blocks for claim in read_paragraph(b.text, number, edition).claims]
    assert any(claim.whole for claim in read)
