"""Pictures: nothing in them may run, fetch, or reach outside its own drawing."""

from __future__ import annotations

import base64
import re

import pytest

from govnb.errors import ReportError
from govnb.render.pictures import clean_svg, inline_svg, read_picture

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'>x</body></foreignObject>",
        "<image href='http://example.org/x.png'/>",
        "<image xlink:href='file:///etc/passwd'/>",
        "<a href='javascript:alert(1)'><path d='M0 0'/></a>",
        "<path d='M0 0' onclick='alert(1)'/>",
        "<use href='https://example.org/x.svg#a'/>",
        "<style>@import url(https://example.org/x.css); path{fill:url(https://example.org/x)}</style>",
        "<path d='M0 0' style='fill:url(https://example.org/#x)'/>",
        "<animate attributeName='href' to='javascript:alert(1)'/>",
        "<set attributeName='onload' to='alert(1)'/>",
    ],
)
def test_nothing_runs_or_fetches(inside):
    svg = f"{HEAD} viewBox='0 0 9 9'>{inside}<path d='M1 1h2'/></svg>"
    for cleaned in (clean_svg(svg, "图"), inline_svg(svg, "图", "图", "c-")):
        assert "M1 1h2" in cleaned
        assert not re.search(r"alert|example\.org|passwd|foreignObject|onclick", cleaned)


def test_entities_are_not_read():
    bomb = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + f"{HEAD}><text>&a;</text></svg>"
    assert "root:" not in clean_svg(bomb, "图")


@pytest.mark.parametrize("svg", ["", "<svg", "<html/>", "<svg/>", "not xml"])
def test_what_is_no_drawing_is_refused_by_name(svg):
    with pytest.raises(ReportError, match="办理结果"):
        clean_svg(svg, "办理结果")


def test_ids_of_two_drawings_never_meet():
    svg = (
        f"{HEAD} width='9pt' height='7pt'><defs><clipPath id='p1'><path d='M0 0'/></clipPath></defs>"
        "<g clip-path='url(#p1)'><use xlink:href='#p1'/></g></svg>"
    )
    first, second = (inline_svg(svg, "替代文字", "标题", f"chart-{number}-") for number in (1, 2))
    assert 'id="chart-1-p1"' in first
    assert "url(#chart-1-p1)" in first
    assert 'xlink:href="#chart-1-p1"' in first
    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))
    assert 'viewBox="0 0 9 7"' in first
    assert "width=" not in first


def test_styles_stay_inside_their_drawing():
    svg = f"{HEAD}><defs><style type='text/css'>*{{stroke-linejoin: round}}</style></defs></svg>"
    made = inline_svg(svg, "图", "图", "c-1-")
    assert "<style" not in made
    assert 'style="stroke-linejoin: round"' in made
    made = inline_svg(f"{HEAD}><style>path{{fill:red}}</style></svg>", "图", "图", "c-1-")
    assert "#c-1-drawing { path{fill:red} }" in made


def test_texts_are_escaped():
    made = inline_svg(f"{HEAD}/>", '<b> & "', "</title><script>", "c-")
    assert "&lt;/title&gt;&lt;script&gt;" in made
    assert "&lt;b&gt; &amp;" in made


def test_coordinates_are_shortened_not_moved():
    assert 'd="M 12.35 -0.5 L 0 3"' in clean_svg(f"{HEAD}><path d='M 12.3456 -0.500 \n L -0.0001 3.000'/></svg>", "图")


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/x.png",
        "data:text/html,<script>alert(1)</script>",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "data:image/png;base64,AAAA",
        "data:image/png;base64," + base64.b64encode(PNG[:-30]).decode(),
        "data:image/jpeg;base64," + base64.b64encode(PNG).decode(),
        "",
    ],
)
def test_only_pictures_that_every_format_holds(uri):
    with pytest.raises(ReportError, match="示意图"):
        read_picture(uri, "示意图")


def test_a_picture_keeps_its_bytes():
    uri = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert read_picture(uri, "示意图").data == PNG
    assert read_picture(uri, "示意图").uri == uri


def test_numbers_in_scales_and_names_in_use_are_kept():
    svg = (
        f"{HEAD}><defs/><g id='figure_1'><path id='g1' d='M0 0'/>"
        "<use xlink:href='#g1' x='1.23456' transform='translate(2.34567 8) scale(0.015625)'/></g></svg>"
    )
    cleaned = clean_svg(svg, "图")
    assert "figure_1" not in cleaned
    assert "defs" not in cleaned
    assert 'id="g1"' in cleaned
    assert 'x="1.23" transform="translate(2.35 8) scale(0.015625)"' in cleaned
