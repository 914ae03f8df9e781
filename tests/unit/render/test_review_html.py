"""HTML that a notebook printed, rebuilt: whatever it was, only harmless elements come out, and its text is kept."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.render.review_html import plain_text, safe_html

ELEMENTS = [
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "ul", "ol", "li", "dl", "dt", "dd", "pre",
    "code", "strong", "em", "b", "i", "u", "s", "sub", "sup", "br", "hr",
]  # fmt: skip
OPENED = [*ELEMENTS, "div", "script", "svg", "style", "img src=x onerror=y", "td colspan=2"]
ATTRIBUTES = {"rowspan", "colspan", "scope"}


class Reader(HTMLParser):
    """What a browser would make of it: elements, attributes, text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text, self.depth = [], [], "", 0
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.depth += tag not in ("br", "hr")

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        raise AssertionError(data)

    def handle_decl(self, decl):
        raise AssertionError(decl)


def test_a_table_of_our_own_comes_through_as_it_is():
    html = (
        '<table><caption>表</caption><thead><tr><th colspan="2" scope="col">甲</th></tr></thead>'
        '<tbody><tr><td rowspan="2">1 &lt; 2</td><td>“乙”</td></tr></tbody></table>'
    )
    assert safe_html(html) == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT src=//x></SCRIPT>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
        "<a href='javascript:alert(1)'>字</a>",
        "<p style='background:url(http://x)' onclick=alert(1) id=k1 class=x>字</p>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<style>*{display:none}</style><link rel=stylesheet href=http://x>",
        "<math><mi xlink:href='data:x'></mi></math><object data=x></object><embed src=x>",
        "<form action=http://x><input name=q><button>字</button></form>",
        "<meta http-equiv=refresh content='0;url=http://x'><base href=http://x>",
        "<!-- <script>alert(1)</script> --><![CDATA[<script>]]><?php x ?>",
        "<td colspan='9999999999' rowspan='-1' colspan=\"1' onclick='x\">字</td>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<textarea></textarea><script>alert(1)</script>",
        "</table></div></main><script>alert(1)</script>",
        "<plaintext><script>",
        "<template><img src=x onerror=alert(1)></template>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(html):
    made = Reader(safe_html(f"<p>前</p>{html}<p>后</p>"))
    assert set(made.tags) <= set(ELEMENTS)
    assert {name for name, _ in made.attributes} <= ATTRIBUTES
    assert all(len(value) <= 8 for _, value in made.attributes)
    assert "alert" not in made.text
    assert made.depth == 0


def test_words_that_look_like_markup_stay_words():
    assert Reader(safe_html(f"<td>{escape('<script>x</script>')}</td>")).text == "<script>x</script>"


def test_headings_are_no_headings_and_empty_ones_head_nothing():
    assert safe_html("<h3>总体情况</h3>") == "<p><strong>总体情况</strong></p>"
    frame = "<table border=1 class=dataframe><tr style='text-align:right'><th></th><th>a</th></tr></table>"
    assert safe_html(frame) == "<table><tr><td></td><th>a</th></tr></table>"


def test_a_pictures_words_remain():
    assert safe_html('<p><img src="http://x/y.png" alt="示意图"></p>') == "<p>〔示意图〕</p>"


def test_thousands_of_nested_elements_end_well():
    made = Reader(safe_html("<div><b>" * 5000 + "字"))
    assert made.tags == []
    assert made.text.endswith("字")


@pytest.mark.parametrize("html", ["", " ", "\x00", "<", "<!--", "&#0;&#x110000;", "\ud800", "<\x00script>字</script>"])
def test_odd_input_gives_no_error(html):
    assert set(Reader(safe_html(html)).tags) <= set(ELEMENTS)


@given(
    st.lists(
        st.sampled_from(
            [*(f"<{name}>" for name in OPENED),
             *(f"</{name}>" for name in (*ELEMENTS, "div", "script", "svg", "style")),
             "甲", "&lt;b&gt;", "<!--", "-->", "'", '"', "\n", "<a href='", "<x y", ">"]
        ),
        max_size=30,
    ).map("".join)
)  # fmt: skip
def test_whatever_is_put_together_is_harmless_and_well_formed(html):
    made = Reader(safe_html(html))
    assert set(made.tags) <= set(ELEMENTS)
    assert {name for name, _ in made.attributes} <= ATTRIBUTES
    assert made.depth == 0


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf"))))
def test_plain_words_are_kept(text):
    assert Reader(safe_html(f"<p>{escape(text)}</p>")).text == text


def test_terminal_colours_and_control_characters_are_left_out():
    assert plain_text("\x1b[31m红\x1b[0m\x07字\u202e反\n\t次行") == "红字反\n\t次行"
