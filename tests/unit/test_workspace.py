"""The workspace: finding it, what it holds, and that nothing outside of it is ever read."""

from __future__ import annotations

from pathlib import Path

import pytest

from govnb.errors import Collector, ParamsError, UsageError
from govnb.form.edition import packaged_editions
from govnb.inputs.workspace import (
    Workspace,
    agency_id_problem,
    check_agency_id,
    decode,
    find_workspace,
    read_text,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    root = tmp_path / "政府 报告"
    for name in ("gz", "pingtan"):
        (root / "params" / name).mkdir(parents=True)
        (root / "params" / name / "agency.yaml").write_text("name: x\nlevel: city\n", encoding="utf-8")
    (root / "params" / "gz" / "2021.yaml").write_text("{}", encoding="utf-8")
    (root / "params" / "gz" / "2020.yaml").write_text("", encoding="utf-8")
    (root / "data" / "gz").mkdir(parents=True)
    return find_workspace(root)


def test_the_nearest_folder_upwards(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workspace.root / "data" / "gz")
    assert find_workspace(None).root == workspace.root
    assert workspace.editions == packaged_editions()


def test_a_named_folder_is_taken_as_it_is(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="params"):
        find_workspace(workspace.root / "data")
    with pytest.raises(UsageError):
        find_workspace(workspace.root / "missing")


def test_no_workspace_names_init_and_no_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for start in (None, tmp_path, tmp_path / "missing"):
        with pytest.raises(UsageError) as caught:
            find_workspace(start)
        text = caught.value.problems[0].text()
        assert "govnb init" in text.en
        assert "govnb init" in text.zh
        assert str(tmp_path.parent) not in text.en + text.zh
        assert caught.value.exit_code == 2


def test_agencies_and_years(workspace: Workspace) -> None:
    (workspace.root / "params" / "Bad_Name").mkdir()
    (workspace.root / "params" / "Bad_Name" / "agency.yaml").touch()
    (workspace.root / "params" / "empty").mkdir()
    (workspace.root / "params" / ".hidden").mkdir()
    (workspace.root / "params" / "gz" / "21.yaml").touch()
    (workspace.root / "params" / "gz" / "2022.yml").touch()
    (workspace.root / "params" / "gz" / "2023.yaml").mkdir()
    assert workspace.agencies() == ["gz", "pingtan"]
    assert [path.name for path in workspace.agency_folders()] == ["Bad_Name", "empty", "gz", "pingtan"]
    assert workspace.years("gz") == [2020, 2021]
    assert workspace.years("pingtan") == workspace.years("nobody") == []


@pytest.mark.parametrize("text", ["gz", "a", "0", "guangzhou-gov-office", "a" * 63])
def test_good_ids(text: str) -> None:
    check_agency_id(text)
    assert agency_id_problem(text) is None


@pytest.mark.parametrize(
    "text", ["", "-a", "A", "a_b", "a.b", "..", "../gz", "a/b", "/etc", "a\n", "广州", "a" * 64, "a b", "C:", "a\0"]
)
def test_bad_ids_are_refused_before_any_path(text: str, workspace: Workspace) -> None:
    with pytest.raises(UsageError) as caught:
        check_agency_id(text)
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError):
        workspace.years(text)
    with pytest.raises(UsageError):
        workspace.source_path(text, "a.csv")


def test_inside(workspace: Workspace) -> None:
    root = workspace.root
    assert workspace.inside("data/gz/a.csv") == root / "data" / "gz" / "a.csv"
    assert workspace.inside(root / "params") == root / "params"
    assert workspace.inside("data/gz/../../params") == root / "params"


@pytest.mark.parametrize("path", ["..", "../x", "data/../../x", "/etc/passwd", "a\0b"])
def test_outside_is_refused_without_saying_where(workspace: Workspace, path: str) -> None:
    with pytest.raises(UsageError) as caught:
        workspace.inside(path)
    assert str(workspace.root.parent) not in str(caught.value)


@pytest.mark.parametrize("target", ["outside", "loop"])
def test_links_out_of_the_workspace_are_refused(workspace: Workspace, tmp_path: Path, target: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret", encoding="utf-8")
    link = workspace.root / "data" / "gz" / "a.csv"
    link.symlink_to(secret if target == "outside" else link)
    with pytest.raises(UsageError):
        workspace.inside("data/gz/a.csv")
    problems = Collector()
    assert read_text(workspace, link, problems) is None
    assert problems.problems[0].where.file == "data/gz/a.csv"


def test_a_link_within_the_workspace_is_followed(workspace: Workspace) -> None:
    (workspace.root / "data" / "all.csv").touch()
    (workspace.root / "data" / "gz" / "a.csv").symlink_to(workspace.root / "data" / "all.csv")
    assert workspace.inside("data/gz/a.csv") == workspace.root / "data" / "all.csv"


def test_a_workspace_may_itself_be_reached_by_a_link(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(workspace.root)
    again = find_workspace(tmp_path / "link")
    assert again.root == workspace.root
    assert again.shown(tmp_path / "link" / "data" / "a.csv") == "data/a.csv"


def test_shown_is_relative_and_never_absolute(workspace: Workspace) -> None:
    assert workspace.shown(workspace.root / "data" / "gz" / "a.csv") == "data/gz/a.csv"
    assert workspace.shown("data/gz/a.csv") == "data/gz/a.csv"
    assert workspace.shown("/etc/passwd") == "passwd"
    assert len(workspace.shown("x" * 5000)) < 300


def test_source_path_looks_beside_the_ledgers_first(workspace: Workspace) -> None:
    beside, below = workspace.root / "data" / "gz" / "a.csv", workspace.root / "a.csv"
    assert workspace.source_path("gz", "a.csv") == beside
    below.touch()
    assert workspace.source_path("gz", "a.csv") == below
    beside.touch()
    assert workspace.source_path("gz", "a.csv") == beside
    with pytest.raises(UsageError):
        workspace.source_path("gz", "../../../a.csv")
    assert workspace.source_path("gz", "x" * 10_000).name.startswith("xxx")


def test_editions_of_the_workspace_are_read_and_must_be_inside(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.root / "editions").mkdir()
    file = workspace.root / "editions" / "2030.yaml"
    file.write_text("edition: 2030\nauthority: 某文\nyears: [2030, null]\nbase: 2021\n", encoding="utf-8")
    assert set(find_workspace(workspace.root).editions) == {2019, 2021, 2030}
    file.write_text("edition: 2030\nbase: 2021\n", encoding="utf-8")
    with pytest.raises(ParamsError, match=r"editions/2030\.yaml"):
        find_workspace(workspace.root)
    (tmp_path / "2030.yaml").write_text("edition: 2030", encoding="utf-8")
    file.unlink()
    file.symlink_to(tmp_path / "2030.yaml")
    with pytest.raises(UsageError):
        find_workspace(workspace.root)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_texts_in_any_usual_encoding(workspace: Workspace, encoding: str) -> None:
    text = "# 总体情况\n共{{ applications.new.total }}件，㐀𠮷"
    path = workspace.root / "a.md"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    problems = Collector()
    assert read_text(workspace, path, problems) == text
    assert not problems.problems


def test_what_is_no_text_is_a_problem(workspace: Workspace) -> None:
    path = workspace.root / "a.md"
    for content in (b"\x00\x01\x02", b"\xff\xff\xff", b"x" * 5_000_000):
        path.write_bytes(content)
        problems = Collector()
        assert read_text(workspace, path, problems) is None
        assert [problem.where.file for problem in problems.problems] == ["a.md"]
    problems = Collector()
    assert read_text(workspace, workspace.root / "missing.md", problems) is None
    assert read_text(workspace, workspace.root / "data", problems) is None
    assert len(problems.problems) == 2
    assert all(str(workspace.root) not in str(problem.text()) for problem in problems.problems)


def test_decode_of_utf16_without_its_half() -> None:
    assert decode(b"\xff\xfe\x00") is None
