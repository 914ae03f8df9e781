"""The character set of a page is found whatever the page says of itself."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.audit.charset import decode
from govnb.audit.html_reader import read_html
from tests.layouts import html_clean, read_sample

PAGE = html_clean(*read_sample(2021).parts)
EXPECTED = read_html(PAGE.encode())


def declared(name: str) -> str:
    return PAGE.replace('<meta charset="utf-8">', f'<meta charset="{name}">' if name else "")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("said", ["", "utf-8", "gb2312", "GBK", "iso-8859-1", "big5", "utf-16", "nonsense"])
def test_every_encoding_reads_alike_whatever_is_declared(encoding: str, said: str) -> None:
    assert read_html(declared(said).encode(encoding)) == EXPECTED


def test_old_style_declarations_and_xml_headers_count() -> None:
    text = "政府信息公開工作年度報告，本機關收到申請"
    head = '<meta http-equiv=Content-Type content="text/html; charset=big5">'
    found = decode((head + text).encode("big5"))
    assert found is not None
    assert (found.text, found.encoding) == (head + text, "big5hkscs")
    xml = '<?xml version="1.0" encoding="gb2312"?><html>' + text
    found = decode(xml.encode("gb18030"))
    assert found is not None
    assert found.text == xml


def test_undeclared_big5_is_told_from_gbk_by_the_words_of_the_subject() -> None:
    text = "<p>政府信息公開工作年度報告：行政機關公開政府信息</p>"
    found = decode(text.encode("big5"))
    assert found is not None
    assert found.text == text


def test_a_page_cut_within_a_character_is_read_with_a_note() -> None:
    document = read_html("<p>本年度收到申请七十件</p>".encode("gb18030")[:-5] + b"\xff</p>")
    assert document.paragraphs[0].text.startswith("本年度收到申请七十")
    assert "字符损坏" in document.notes[0].zh


@pytest.mark.parametrize("content", [random.Random(4).randbytes(5000), b"\x00\x01\x02\xff\xfe\xfd" * 500])
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    assert decode(content) is None


@given(st.binary(max_size=300))
def test_any_bytes_end_without_an_error(content: bytes) -> None:
    found = decode(content)
    assert found is None or isinstance(found.text, str)


@given(st.text(alphabet=st.characters(codec="gb18030", exclude_categories=("Cc",)), min_size=1))
def test_text_with_a_mark_is_read_exactly(text: str) -> None:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")):
        found = decode(mark + text.encode(encoding))
        assert found is not None
        assert found.text == text
