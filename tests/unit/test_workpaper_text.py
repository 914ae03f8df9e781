"""Last year's text as a workspace knows it: what the analyst wrote, without counting last year for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from govnb.counting.catalogue import Catalogue
from govnb.steps import count_figures, count_tables, narrate, run_checks
from govnb.workpaper import Workpaper, open_workpaper
from tests.workspaces import write_ledgers, write_params

WORDS = (
    "本机关办理申请{{{{ applications.new.total }}}}件，修订公开指南，{}，组织业务培训，清理网站栏目，各项工作有新进展。"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_params(tmp_path, "office", years=(2020, 2021))
    write_ledgers(tmp_path, "office")
    return tmp_path


def write(root: Path, year: int, words: str) -> None:
    text = f"# 总体情况\n## 主动公开\n{WORDS.format(words)}\n"
    root.joinpath(f"params/office/{year}.md").write_text(text, encoding="utf-8")


def status(root: Path) -> tuple[set[str], str]:
    """Of text.repeated; last year's figures are never counted for it."""
    paper = open_workpaper("office", 2021, root)
    tables = count_tables(paper)
    catalogue = count_figures(paper, tables)
    sections = narrate(paper, catalogue)

    def refuse(self: Workpaper, *given: object) -> Catalogue:
        raise AssertionError(f"figures of {self.year} were counted")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workpaper, "catalogue", refuse)
        found = [r for r in run_checks(paper, tables, catalogue, sections) if r.id == "text.repeated"]
    return {result.status for result in found}, " ".join(result.message.en for result in found)


def test_the_same_words_with_other_numbers_are_last_years(root: Path) -> None:
    write(root, 2020, "开展问卷调查")
    write(root, 2021, "开展问卷调查")
    found, said = status(root)
    assert "fail" in found
    assert "100% of the text is last year's" in said


def test_other_words_are_not(root: Path) -> None:
    write(root, 2020, "开展问卷调查")
    write(root, 2021, "上线智能检索，推出政策问答平台，把办事指南改写成图文，回访申请人并逐件复盘，邀请代表评议" * 2)
    assert "fail" not in status(root)[0]


def test_what_the_program_wrote_is_not_judged(root: Path) -> None:
    write(root, 2021, "开展问卷调查")
    assert status(root)[0] == {"not_assessable"}
    write(root, 2020, "{{ 没有 }")  # last year's fault is not told here
    assert status(root)[0] == {"not_assessable"}
