"""A notebook's cells as a reviewer reads them: steps by heading, code folded, outputs as data."""

from __future__ import annotations

import base64

import pytest

from govnb.render.document import SVG
from govnb.render.review_steps import LONGEST, CodeCell, build_steps, cells_calling
from govnb.report import MIME

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def markdown(*lines):
    return {"cell_type": "markdown", "metadata": {}, "source": "\n".join(lines)}


def code(source, *outputs, tags=()):
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": list(outputs)}


def shown(data, **metadata):
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def output_of(*outputs):
    (step,) = build_steps([code("x", *outputs)])
    return step.parts[0].outputs


def test_steps_begin_at_headings():
    steps = build_steps(
        [markdown("前言"), code("a = 1"), markdown("## 一、来源", "", "文字"), code("b"), markdown("补充")]
    )
    assert [(step.title, len(step.parts)) for step in steps] == [("", 2), ("一、来源", 3)]
    assert [part.number for step in steps for part in step.parts if isinstance(part, CodeCell)] == [2, 4]


def test_a_second_heading_of_a_cell_is_no_heading_of_the_page():
    (step,) = build_steps([markdown("# 题", "", "## 小题", "", "文字")])
    assert step.parts == ['<p class="sub">小题</p>\n<p>文字</p>\n']


def test_markdown_is_data_too():
    source = markdown(
        "<script>alert(1)</script>", "", "[链接](http://x) ![图](http://y/z.png) `<b>`", "", "[坏](javascript:x)"
    )
    (step,) = build_steps([source])
    html = "".join(step.parts)
    assert "<script" not in html
    assert "<a" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "链接 〔图〕 <code>&lt;b&gt;</code>" in html


def test_code_is_coloured_and_escaped():
    (step,) = build_steps([code('if x < 1:\n    y = "<b>"  # 注\n')])
    cell = step.parts[0]
    assert cell.lines == 2
    assert cell.code.startswith('<span class="kk">if</span> x &lt; <span class="kn">1</span>:')
    assert '<span class="kc"># 注</span>' in cell.code
    assert "<b>" not in cell.code
    assert cell.code.striptags().count("y =") == 1


def test_parameters_are_hidden_and_so_is_an_empty_cell():
    cells = [code('agency = "a"', tags=["parameters"]), code("# Parameters", tags=["injected-parameters"]), code(" ")]
    assert build_steps(cells) == []


def test_html_is_rebuilt_before_text_is_taken():
    (output,) = output_of(shown({"text/html": "<b onclick=x>字</b><script>y</script>", "text/plain": "字"}))
    assert (output.kind, output.html) == ("html", "<b>字</b>")
    assert not output.folded


def test_huge_html_is_shown_as_text():
    (output,) = output_of(shown({"text/html": "<p>" + "字" * (20 * LONGEST), "text/plain": "摘要"}))
    assert (output.kind, output.text) == ("text", "摘要")


def test_a_flood_of_lines_is_cut_and_says_so():
    (output,) = output_of(printed("行\n" * 200_000))
    assert len(output.text) == LONGEST
    assert output.cut
    assert output.folded


def test_the_bundle_itself_is_never_shown():
    (output,) = output_of(shown({MIME: {"figures": {}}, "text/html": "<p>x</p>", "text/plain": "已发布：报告"}))
    assert (output.kind, output.text) == ("text", "已发布：报告")


def test_charts_are_counted_over_all_cells():
    svg = shown({SVG: "<svg/>"}, **{SVG: {"alt": "图"}})
    steps = build_steps([code("a", svg, svg), code("", svg, tags=["parameters"]), code("b", svg)])
    outputs = [output for part in steps[0].parts for output in part.outputs]
    assert [(output.kind, output.chart) for output in outputs] == [("chart", 1), ("chart", 2), ("chart", 4)]


@pytest.mark.parametrize("data", [PIXEL, [PIXEL[:40] + "\n", PIXEL[40:]]])
def test_an_analysts_picture(data):
    (output,) = output_of(shown({"image/png": data, "text/plain": "散点图"}))
    assert output.kind == "picture"
    assert output.picture.data == base64.b64decode(PIXEL)
    assert output.picture.alt == "散点图"


@pytest.mark.parametrize("data", ["bm90IGEgcGljdHVyZQ==", "A" * 500_000])
def test_what_is_no_picture_or_too_big_leaves_its_text(data):
    (output,) = output_of(shown({"image/png": data, "text/plain": "散点图"}))
    assert (output.kind, output.text) == ("text", "散点图")


def test_silent_outputs_are_left_out():
    assert output_of(printed("  \n"), shown({"text/plain": ""})) == ()


def test_raw_cells_are_text():
    (step,) = build_steps([{"cell_type": "raw", "metadata": {}, "source": "<script>"}])
    assert step.parts == ["<pre>&lt;script&gt;</pre>"]


def test_our_calls_lead_to_their_cells():
    cells = [
        code("import govnb"),
        code("paper = govnb.open_workpaper(agency, year)\ntables = count_tables(paper)"),
        code('govnb.show_table(tables, "disputes")'),
        code("govnb.show_table(tables, 'applications')"),
        code("results = govnb.run_checks(\n    paper, tables)"),
        markdown("narrate(paper)"),
        code("my_narrate(paper)"),
    ]
    assert cells_calling(cells) == {
        "open_workpaper": "cell-2",
        "count_tables": "cell-2",
        "show_table disputes": "cell-3",
        "show_table applications": "cell-4",
        "run_checks": "cell-5",
    }
