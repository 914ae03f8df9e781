"""Numbers with their units, tokens and scope words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from govnb.form.edition import packaged_editions
from govnb.prose.claims import is_own, own_names
from govnb.prose.folding import fold
from govnb.prose.lexicon import lexicon_for
from govnb.prose.quantities import parse_chinese, read_quantities
from govnb.prose.reading import read_claims
from govnb.prose.tokens import read_sentences

EDITION = packaged_editions()[2021]


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,175件", "1175", "件"),
        ("１，１７５件", "1175", "件"),
        ("２１ 宗", "21", "宗"),
        ("三十五件", "35", "件"),
        ("两起", "2", "起"),
        ("十二件", "12", "件"),
        ("一百零三个", "103", "个"),
        ("两千三百件", "2300", "件"),
        ("1.2万件", "12000", "件"),
        ("1,200万元", "1200", "万元"),
        ("24252.311082万元", "24252.311082", "万元"),
        ("2.43亿元", "2.43", "亿元"),
        ("251000元", "251000", "元"),
        ("42.3%", "42.3", "%"),
        ("5个百分点", "5", "个百分点"),
        ("310人次", "310", "人次"),
        ("8个工作日", "8", "个工作日"),
        ("24,000件", "24000", "件"),
    ],
)
def test_one_quantity(text: str, value: str, unit: str) -> None:
    (found,) = read_quantities(fold(text))
    assert (found.value, found.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "2021年3月5日、2021年度、2019—2021年、1-6月、12月底",
        "国办公开办函〔2021〕30号，国令第711号，第36条第1款，第3批",
        "在20个工作日内，10个工作日内，24小时内",
        "电话020-83123456，传真（0591）83926179，12345热线，邮编510030",
        "“十四五”规划，十九大，一起办理，一部分，一方面，第三件，每件，同一件，几十件，数百件，唯一",
        "34O2件、1,17件、1.2.3件、59237.件",
        "《2021年工作要点12条》",
        "1.加强；2、完善；（3）健全",
        "www.gz.gov.cn/12件.html, gk2021@gz.gov.cn",
    ],
)
def test_no_quantity(text: str) -> None:
    assert [found.text for found in read_quantities(text) if found.unit] == []


@pytest.mark.parametrize("text", ["一二", "十四五", "一百三", "百", "十十", "二百百", "零", "一零"])
def test_no_numeral(text: str) -> None:
    assert parse_chinese(text) in (None, 0)


def test_rough_numbers_are_marked() -> None:
    assert [found.about for found in read_quantities("500余件，五十多件，12件，3万多条")] == [True, True, False, True]


def test_positions_are_those_of_the_text_whatever_its_blanks() -> None:
    text = "全年 共收到　政府信息 公开申请 ５９３ 件（含 新收575 件）。"
    first, second = read_claims(text, 2021, EDITION)
    assert text[first.start : first.end] == first.words == "共收到　政府信息 公开申请 ５９３ 件"
    assert second.words == "新收575 件"
    assert first.quantity is not None
    assert text[first.quantity.start : first.quantity.end] == "５９３ 件"


def test_claims_say_subject_verb_unit_and_what_limits_them() -> None:
    (claim,) = read_claims("区教育局2020年收到申请12件左右。", 2021, EDITION, name="临江区人民政府")
    assert (claim.subject, claim.verbs, claim.unit, claim.value) == ("applications", ("received",), "件", 12)
    assert claim.scope == ("区教育局", "2020年", "左右")
    assert not claim.whole


def test_where_the_language_allows_two_readings_both_are_given() -> None:
    claims = read_claims("办结申请9件，因本机关不掌握等原因无法提供3件。", 2021, EDITION)
    assert claims[1].figures == ("applications.unavailable.not_held.total", "applications.unavailable.total")


@pytest.mark.parametrize(
    ("organ", "own"),
    [
        ("市政府办公厅", True),
        ("广州市人民政府办公厅", True),
        ("省政府办公厅", False),
        ("市政府", False),
        ("市教育局", False),
    ],
)
def test_own_names(organ: str, own: bool) -> None:
    assert is_own(organ, own_names("广州市人民政府办公厅")) is own
    assert not is_own(organ, own_names(None))


def test_a_form_of_ones_own_brings_its_labels_as_words() -> None:
    words = lexicon_for(2021, EDITION).words
    for code in EDITION.applications.outcomes:
        if code not in ("other.other", "total"):
            assert any(entry.kind == "verb" and entry.code == code for entry in words.values()), code
    assert lexicon_for(2021, EDITION) is lexicon_for(2021, EDITION)
    assert "结转2023年" in lexicon_for(2022, EDITION).words


def test_every_meaning_of_the_lexicon_is_a_cell_of_some_form() -> None:
    editions = packaged_editions().values()
    rows = {row for edition in editions for row in (*edition.applications.rows, *edition.applications.groups)}
    columns = {c for e in editions for t in ("disclosure", "disputes") for row in e.rows(t).values() for c in row}
    lexicon = lexicon_for(2021, EDITION)
    for verb in lexicon.verbs.values():
        for subject, terms in verb.means.items():
            assert subject in lexicon.subjects
            known = rows if subject == "applications" else columns | {"yuan"}
            assert {word for term in terms for word in term.split()} - {"+", "-"} <= known


def test_quotations_are_names_unless_they_quote_a_label() -> None:
    lexicon = lexicon_for(2021, EDITION)
    (sentence,) = read_sentences("“予以公开”3件，“收到申请5件”栏目，《办结9件》。", lexicon)
    assert sentence.tokens is not None
    assert [token.text for token in sentence.tokens if token.quantity] == ["3件"]
