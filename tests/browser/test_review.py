"""The reviewer's page in headless Chromium: from the site to the ledger's rows in three clicks, without script, with
the keyboard, on a phone, in the dark, on paper.

Needs Chromium, node, and ``npm ci`` in this folder; skips with the reason where one is missing.
"""

from __future__ import annotations

import re

import pypdfium2
import pytest

from tests.workspaces import run_govnb

VIEWS = ("desktop", "desktop-dark", "phone", "phone-dark")
NARRATIVE = "# 总体情况\n## 依申请公开\n我办新收政府信息公开申请580件，网络申请{{ applications.channel.online }}件。\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The example with a narrative that its table contradicts, run from outside."""
    root = tmp_path_factory.mktemp("review") / "工作区"
    assert run_govnb("init", str(root), cwd=root.parent).returncode == 0
    (root / "params/guangzhou-gov-office/2021.md").write_text(NARRATIVE, encoding="utf-8")
    for agency, year in (("guangzhou-gov-office", "2021"), ("pingtan", "2020")):
        done = run_govnb("run", "-a", agency, "-y", year, "--format", "html", "-j", "1", cwd=root)
        assert done.returncode == 0, done.stderr
    assert run_govnb("site", cwd=root).returncode == 0
    return root / "output"


@pytest.fixture(scope="module")
def seen(made, look, tmp_path_factory):
    """A sentence that contradicts the table: all views."""
    pdf = tmp_path_factory.mktemp("print") / "review.pdf"
    page = made / "guangzhou-gov-office/2021/review.html"
    return {**look("look_review.js", made / "index.html", page, pdf, "all"), "page": page, "pdf": pdf}


@pytest.fixture(scope="module")
def sums(made, look):
    """A table whose sums are wrong: the clicks alone."""
    return look("look_review.js", made / "index.html", made / "pingtan/2020/review.html", "", "clicks")


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing(seen, name):
    assert seen["views"][name]["closed"]["violations"] == []
    assert seen["views"][name]["closed"]["passes"] > 30


@pytest.mark.parametrize("name", ["desktop", "phone-dark"])
def test_nor_with_everything_unfolded_and_a_figure_open(seen, name):
    assert seen["views"][name]["opened"]["violations"] == []


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_fetched_and_nothing_complains(seen, name):
    assert seen["views"][name]["requests"] == [seen["url"]]
    assert seen["views"][name]["messages"] == []


@pytest.mark.parametrize("name", VIEWS)
def test_the_page_never_scrolls_sideways(seen, name):
    view = seen["views"][name]
    assert view["pageWidth"] == view["openedWidth"] == view["viewWidth"]
    assert view["outside"] == []


@pytest.mark.parametrize("name", VIEWS)
def test_no_cell_is_too_narrow_for_its_number_and_marks(seen, name):
    assert seen["views"][name]["overflowing"] == []


@pytest.mark.parametrize("name", VIEWS)
def test_an_opened_figure_is_wholly_in_view(seen, name):
    box = seen["views"][name]["panel"]
    assert 0 <= box["left"] < box["right"] <= seen["views"][name]["viewWidth"]
    assert 0 < box["top"] < box["bottom"] <= box["height"]


def test_code_is_folded_at_first(seen):
    assert seen["views"]["desktop"]["folded"] > 10


def test_under_a_megabyte(seen):
    assert seen["page"].stat().st_size < 1_000_000


def steps_of(page):
    """Of each click: where it led, what is to be seen there, and whether that is in view."""
    base = page["url"].rpartition("/")[0]
    return [(step["url"].removeprefix(f"{base}/"), step["text"], step["seen"]) for step in page["clicks"]["steps"]]


def test_from_the_site_to_the_failed_check_to_the_sentence_to_the_ledger_rows_in_three_clicks(seen):
    """Without script: the site's index, the failed check that is first on its page, the sentence, the rows."""
    (one, card, card_seen), (two, sentence, sentence_seen), (three, panel, panel_seen) = steps_of(seen)
    assert (one, two, three) == (
        "review.html#failed",
        "review.html#p-overview-5",
        "review.html#f-applications.new.total",
    )
    assert (card_seen, sentence_seen, panel_seen) == (True, True, True)
    assert "正文中的数字与统计表格一致" in card
    assert "新收政府信息公开申请580件" in sentence
    assert "data/guangzhou-gov-office/applications.csv" in panel
    assert "575行，最前的是第446、447、448、449、450行" in panel
    assert "govnb trace guangzhou-gov-office 2021 applications.new.total" in panel
    assert seen["clicks"]["panel"] is not None


def test_from_the_site_to_the_failed_check_to_the_cell_to_its_figure_in_three_clicks(sums):
    (one, card, card_seen), (two, cell, cell_seen), (three, panel, panel_seen) = steps_of(sums)
    figure = "applications.total.natural_person"
    assert (one, two, three) == ("review.html#failed", f"review.html#c-{figure}", f"review.html#f-{figure}")
    assert (card_seen, cell_seen, panel_seen) == (True, True, True)
    assert "各项办理结果之和等于总计" in card
    assert cell.split() == ["20", "▲错误1"]
    assert "data/pingtan/declared-2020.json" in panel


def test_the_conclusion_at_the_top_leads_to_the_failed_checks(seen, sums):
    assert seen["clicks"]["state"] == sums["clicks"]["state"] == "#failed"


def test_every_link_in_the_page_leads_somewhere_and_every_anchor_is_one(seen):
    assert seen["anchors"] == {"broken": [], "double": []}


def test_without_script_figures_close_and_code_unfolds(seen, sums):
    for page in (seen, sums):
        assert page["clicks"]["closed"] is None
        assert page["clicks"]["unfolded"]
        assert not page["clicks"]["tools"]  # no button that would do nothing


def test_its_own_policy_lets_its_script_run_and_no_other(seen):
    policy = seen["policy"]
    assert policy["tools"]
    assert not policy["ran"]
    assert policy["messages"] == []
    assert policy["requests"] == [seen["url"]]


def test_everything_is_reached_with_the_keyboard(seen):
    keys = seen["keyboard"]
    assert keys["first"]["href"] == "#review"
    assert keys["skipped"] == "review"
    assert keys["outline"] == "solid"
    assert keys["unfolded"]
    assert "open_workpaper" in keys["code"]
    assert "478行" in keys["panel"]
    assert keys["inside"]  # the next Tab stands in what was opened


def test_escape_closes_a_figure_and_gives_the_focus_back(seen):
    after = seen["keyboard"]["after"]
    assert after["panel"] is None
    assert after["focus"]["href"] == "#f-applications.new.natural_person"


def test_unfold_all_and_filter(seen):
    keys = seen["keyboard"]
    assert keys["folded"] == 0
    assert keys["filtered"] == {"said": "1个", "shown": 1}
    assert keys["messages"] == []


def test_on_paper_everything_is_open(seen):
    """Printed without script: the code and each figure are there, and no control that paper can't have."""
    with pypdfium2.PdfDocument(seen["pdf"]) as opened:
        assert all((round(page.get_width()), round(page.get_height())) == (595, 842) for page in opened)
        text = re.sub(r"\s", "", "".join(page.get_textpage().get_text_range() for page in opened))
    assert "govnb.run_checks(paper,tables,catalogue,sections)" in text
    assert "收到日期在2021年内（条例第三十一条）" in text
    for control in ("关闭", "全部展开", "跳到核对结果", "筛选"):
        assert control not in text
