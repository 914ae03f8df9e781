"""Sign-off files: history in the order of time, void after a change, faults with line and column."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from govnb import signoff
from govnb.errors import Collector, ParamsError, ReportError
from govnb.inputs.workspace import Workspace
from govnb.signoff import Review, decision, read_history, read_review, read_reviews, standing, write_review

A, B = "a" * 64, "b" * 64


def review(state: str = "accepted", sha: str = A, when: str = "2022-01-25T09:30:00+08:00", note: str = "好") -> Review:
    return Review(state, sha, "李审核", when, note)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    tmp_path.joinpath("params").mkdir()
    return Workspace(tmp_path.resolve(), {})


def test_what_stands_follows_the_bytes_of_the_report() -> None:
    accepted, rejected = review(), review("rejected", B)
    assert standing([], A) == standing([], None) == "none"
    assert standing([accepted], A) == "accepted"
    assert standing([accepted], B) == standing([accepted], None) == "void"
    assert standing([accepted, rejected], B) == "rejected"
    assert standing([accepted, rejected], A) == "accepted"  # the very bytes that were accepted are back
    assert standing([accepted, review("rejected")], A) == "rejected"  # the newest decision on them counts
    assert decision([accepted, rejected], A) == accepted
    assert accepted.state_for(A) == "accepted"
    assert accepted.state_for(B) == accepted.state_for(None) == "void"


@pytest.mark.parametrize(
    "note", ["好", "no", "1e3", "a: b # c", "引号“”\"'", "- x", "&a *b !c", "{{ x }}", "2022-01-01"]
)
def test_every_wording_is_read_back_as_it_was_written(space: Workspace, note: str) -> None:
    one, two = review(note=note), Review("rejected", B, note, "2022-01-26T09:30:00+08:00", note, ("a.b",))
    assert write_review(space, "office", 2021, one) == "reviews/office/2021.yaml"
    write_review(space, "office", 2021, two)
    assert read_reviews(space.root) == {("office", 2021): [one, two]}
    assert read_review(space, "office", 2021) == two
    assert read_review(space, "office", 2020) is None


def test_comments_and_earlier_decisions_stay_word_for_word(space: Workspace) -> None:
    write_review(space, "office", 2021, review())
    path = space.root / "reviews/office/2021.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# 主任口头同意\n", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    write_review(space, "office", 2021, review("rejected", B, "2022-02-01T00:00:00+08:00"))
    assert path.read_text(encoding="utf-8").startswith(before)
    assert [path.name for path in path.parent.iterdir()] == ["2021.yaml"]


def test_a_merge_means_the_same_whichever_way_it_went(space: Workspace) -> None:
    late, early = review("rejected", A, "2022-01-25T02:00:00+00:00"), review(when="2022-01-25T09:30:00+08:00")
    for name, order in (("one", (late, early)), ("two", (early, late))):
        for each in order:
            write_review(space, name, 2021, each)
    found = read_reviews(space.root)
    assert found["one", 2021] == found["two", 2021] == [early, late]


FLOW = f"- {{state: accepted, sha256: {A}, by: 甲, when: '2022-01-25T09:30:00+08:00', note: 好}}\n"


@pytest.mark.parametrize("text", ["[]\n", "", FLOW])
def test_files_written_by_hand_are_added_to(space: Workspace, text: str) -> None:
    folder = space.root / "reviews/office"
    folder.mkdir(parents=True)
    folder.joinpath("2021.yaml").write_text(text, encoding="utf-8")
    before = read_history(space, "office", 2021)
    write_review(space, "office", 2021, review("rejected", B, "2022-02-01T00:00:00+08:00"))
    assert read_history(space, "office", 2021)[:-1] == before


GOOD = {"state": "accepted", "sha256": A, "by": "李", "when": "'2022-01-25T09:30:00+08:00'", "note": "好"}


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ({"state": "acepted"}, 1, "“accepted”"),
        ({"sha256": "abc"}, 2, "sha256"),
        ({"when": "'2022-01-25 09:30'"}, 4, "offset"),
        ({"when": "yesterday"}, 4, "offset"),
        ({"by": "''"}, 3, "by"),
        ({"note": "[1]"}, 5, "note"),
        ({"note": None}, 1, "“note” is missing"),
        ({"noet": "x"}, 6, "“note”"),
        ({"despite_errors": "x"}, 6, "[a, b]"),
    ],
)
def test_faults_are_told_with_their_line(space: Workspace, change: dict[str, str | None], line: int, said: str) -> None:
    entry = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    text = "\n".join(f"{'- ' if not at else '  '}{key}: {value}" for at, (key, value) in enumerate(entry.items()))
    folder = space.root / "reviews/office"
    folder.mkdir(parents=True)
    folder.joinpath("2021.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError) as caught:
        read_reviews(space.root)
    (problem,) = caught.value.problems
    assert problem.where.file == "reviews/office/2021.yaml"
    assert problem.where.line == line
    assert said in problem.text().en
    with pytest.raises(ParamsError):
        write_review(space, "office", 2021, review())
    assert folder.joinpath("2021.yaml").read_text(encoding="utf-8") == text


def test_a_bad_file_does_not_hide_the_others(space: Workspace) -> None:
    write_review(space, "office", 2021, review())
    write_review(space, "bureau", 2021, review())
    space.root.joinpath("reviews/bureau/2021.yaml").write_text("a: b\n", encoding="utf-8")
    space.root.joinpath("reviews/bureau/notes.yaml").write_text("[", encoding="utf-8")
    problems = Collector()
    assert list(read_reviews(space.root, problems)) == [("office", 2021)]
    assert [problem.where.file for problem in problems.problems] == ["reviews/bureau/2021.yaml"]


def test_nothing_outside_of_the_workspace_is_read_or_written(
    space: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    space.root.joinpath("reviews").symlink_to(outside)
    with pytest.raises(Exception, match="leads out of the workspace"):
        write_review(space, "office", 2021, review())
    assert list(outside.iterdir()) == []


def test_of_two_at_once_none_is_lost(space: Workspace) -> None:
    many = [review(when=f"2022-01-25T09:{minute:02}:00+08:00", note=f"第{minute}次") for minute in range(12)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda each: write_review(space, "office", 2021, each), many))
    assert read_history(space, "office", 2021) == many
    assert [path.name for path in space.root.joinpath("reviews/office").iterdir()] == ["2021.yaml"]


def test_a_lock_that_was_left_is_named(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signoff, "WAIT", 0.05)
    folder = space.root / "reviews/office"
    folder.mkdir(parents=True)
    folder.joinpath(".2021.yaml.lock").write_text("", encoding="utf-8")
    with pytest.raises(ReportError, match=r"delete reviews/office/\.2021\.yaml\.lock"):
        write_review(space, "office", 2021, review())
