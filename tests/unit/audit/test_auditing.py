"""From files to audited reports: which files, which year before, the workspace's own numbers, and the order."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from govnb.audit.auditing import (
    UNREADABLE,
    Comparison,
    Packed,
    Recheck,
    Task,
    audit_all,
    check_again,
    organ_key,
    read_and_check,
)
from govnb.audit.collecting import Source, collect_sources
from govnb.audit.own_ledgers import Own, own_report, published_differs
from govnb.audit.packing import pack, unpack
from govnb.audit.raw import Unreadable
from govnb.audit.result_page import Judged, Pages
from govnb.checks.model import Evidence
from govnb.errors import Text, UsageError
from govnb.form.edition import packaged_editions
from govnb.inputs.workspace import find_workspace
from govnb.script import to_script
from tests.audits import failed, ids, read_bytes, report_of, with_values
from tests.layouts import Sample, html_clean, read_sample

EDITIONS = packaged_editions()


def write(folder: Path, name: str, sample: Sample | bytes | str) -> Source:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    content = html_clean(*sample.parts) if isinstance(sample, Sample) else sample
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Source(path, name)


def renamed(sample: Sample, name: str) -> Sample:
    return replace(sample, title=sample.title.replace("平潭综合实验区", name))


# Which files


def test_a_folder_is_walked_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.html", "a.pdf", "C/x.DOCX", "c/y.htm", "c/picture.png", "plain", "readme", ".hidden.html"):
        write(tmp_path, name, "<html>" if name == "plain" else "text")
    write(tmp_path, "b_files/inner.html", "<html>")
    write(tmp_path, "~$a.docx", "lock")
    found = collect_sources([str(tmp_path)])
    base = str(tmp_path)
    assert [source.shown for source in found.sources] == [
        f"{base}/{name}" for name in ("a.pdf", "b.html", "plain", "C/x.DOCX", "c/y.htm")
    ]
    assert [name.removeprefix(f"{base}/") for name in found.passed_over] == ["readme", "c/picture.png"]


def test_names_stay_as_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "in/a.html", "<html>")
    monkeypatch.chdir(tmp_path)
    assert [s.shown for s in collect_sources(["in/a.html"]).sources] == ["in/a.html"]
    assert [s.shown for s in collect_sources(["./in/a.html"]).sources] == ["./in/a.html"]
    assert [s.shown for s in collect_sources(["in/"]).sources] == ["in/a.html"]
    assert [s.shown for s in collect_sources(["."]).sources] == ["in/a.html"]


def test_a_file_named_twice_is_read_twice_one_in_a_folder_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "in/a.html", "<html>")
    write(tmp_path, "in/b.html", "<html>")
    monkeypatch.chdir(tmp_path)
    assert [s.shown for s in collect_sources(["in/b.html", "in/b.html", "in"]).sources] == [
        "in/b.html",
        "in/b.html",
        "in/a.html",
    ]


def test_everything_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        collect_sources([str(tmp_path), "no-1.html", "", "no-2.pdf"])
    assert [problem.where.file for problem in caught.value.problems] == ["no-1.html", "“”", "no-2.pdf"]


def test_a_link_to_a_folder_above_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "in/a.html", "<html>")
    (tmp_path / "in" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(collect_sources([str(tmp_path)]).sources) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_in_a_folder_is_passed_over_and_a_named_one_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    assert collect_sources([str(tmp_path)]).sources == ()
    with pytest.raises(Unreadable):
        read_and_check(Task(tmp_path / "pipe.html", "pipe.html"))


# One file


def test_packing_keeps_everything(tmp_path: Path) -> None:
    packed = read_bytes(tmp_path, "a.html", html_clean(*read_sample(2021).parts))
    audited, evidence = unpack(packed.content, EDITIONS)
    assert evidence.edition is EDITIONS[2021]
    assert unpack(pack((audited, evidence)), EDITIONS) == (audited, evidence)
    assert len(packed.content) < 50_000  # 1,500 of them stay in memory


def test_json_is_as_the_contract_has_it(tmp_path: Path) -> None:
    audited = report_of(read_bytes(tmp_path, "a.html", html_clean(*read_sample(2021).parts)))
    data = audited.to_json()
    assert list(data) == ["file", "name", "year", "edition", "tables", "sections", "checks"]
    assert (data["file"], data["name"], data["year"], data["edition"]) == ("a.html", "平潭综合实验区", 2021, 2021)
    assert all({"code", "title", "text"} <= set(section) for section in data["sections"])
    keys = {"id", "severity", "status", "where", "expected", "actual", "message"}
    assert all(set(check) == keys for check in data["checks"])


def test_blanks_stay_null(tmp_path: Path) -> None:
    sample = with_values(read_sample(2021), disputes__review__upheld=None)
    data = report_of(read_bytes(tmp_path, "a.html", html_clean(*sample.parts))).to_json()
    assert data["tables"]["disputes"]["review"]["upheld"] is None


# Which year before


def audits(sources: list[Source], *previous: Source, jobs: int = 1) -> list[tuple[str, list[str]]]:
    found, _ = audit_all(sources, jobs, Comparison(previous))
    return [(audited.file, ids(audited)) for audited in found]


def test_the_year_before_is_found_among_the_files_in_any_order(tmp_path: Path) -> None:
    two, one = write(tmp_path, "2.html", read_sample(2022)), write(tmp_path, "1.html", read_sample(2021))
    other = write(tmp_path, "3.html", renamed(read_sample(2022), "平潭县财政局"))
    assert audits([two, one, other]) == [("2.html", ["cross_year.in_force"]), ("1.html", []), ("3.html", [])]


def test_workers_change_nothing_not_even_the_order(tmp_path: Path) -> None:
    sources = [write(tmp_path, f"{n}.html", read_sample((2022, 2021, 2020)[n % 3])) for n in range(7)]
    sources.insert(3, write(tmp_path, "broken.pdf", b"%PDF-1.4"))
    one, _ = audit_all(sources, 1)
    three, _ = audit_all(sources, 3)
    assert [audited.to_json() for audited in one] == [audited.to_json() for audited in three]
    assert [audited.file for audited in three] == [source.shown for source in sources]
    assert ids(three[3]) == [UNREADABLE]
    assert len(three[1:4]) == 3


def test_progress_tells_of_each_file(tmp_path: Path) -> None:
    told: list[int] = []
    sources = [write(tmp_path, f"{n}.html", read_sample(2021)) for n in range(3)]
    audit_all(sources, 1, progress=told.append)
    assert told == [1, 2, 3]


def test_previous_is_compared_but_not_reported(tmp_path: Path) -> None:
    now, before = write(tmp_path, "2022.html", read_sample(2022)), write(tmp_path, "2021.html", read_sample(2021))
    assert audits([now], before) == [("2022.html", ["cross_year.in_force"])]


def test_one_file_and_one_previous_belong_together_whatever_their_titles(tmp_path: Path) -> None:
    now = write(tmp_path, "2022.html", read_sample(2022))
    before = write(tmp_path, "2021.html", renamed(read_sample(2021), "平潭县"))
    assert audits([now], before) == [("2022.html", ["cross_year.in_force"])]


def test_previous_of_the_wrong_year_is_not_assessable(tmp_path: Path) -> None:
    now, before = write(tmp_path, "2022.html", read_sample(2022)), write(tmp_path, "2020.html", read_sample(2020))
    [audited] = audit_all([now], 1, Comparison((before,)))[0]
    states = {check.id: check.status for check in audited.checks if check.id.startswith("cross_year.")}
    assert set(states.values()) == {"not_assessable"}


def test_a_previous_that_cannot_be_read_is_given_back(tmp_path: Path) -> None:
    now, before = write(tmp_path, "2022.html", read_sample(2022)), write(tmp_path, "2021.html", "")
    reports, unread = audit_all([now], 1, Comparison((before,)))
    assert [audited.file for audited in unread] == ["2021.html"]
    assert failed(reports[0]) == []


def test_of_several_organs_each_gets_its_own_year_before(tmp_path: Path) -> None:
    sources, previous = [], []
    for number, name in enumerate(("甲市财政局", "甲市教育局")):
        fits = with_values(read_sample(2022), disclosure__normative_documents__in_force=98 + number)
        sources.append(write(tmp_path, f"now-{number}.html", renamed(fits, name)))
        before = with_values(read_sample(2021), disclosure__normative_documents__in_force=65 + number)
        previous.append(write(tmp_path, f"before-{number}.html", renamed(before, name)))
    assert audits(sources, *reversed(previous)) == [("now-0.html", []), ("now-1.html", [])]


@pytest.mark.parametrize("other", ["平潭綜合實驗區", "平潭 综合实验区", "平潭综合实验区\u3000"])
def test_an_organ_is_the_same_in_another_script_or_spacing(other: str) -> None:
    assert organ_key(other) == organ_key("平潭综合实验区")
    assert organ_key(to_script("广州市财政局", "hant")) == organ_key("广州市财政局")


def test_nobody_is_nobodys_year_before() -> None:
    assert organ_key(None) == ""
    nameless = Packed("", 2021, b"", readable=True)
    from govnb.audit.auditing import _year_before

    assert _year_before(replace(nameless, year=2022), [nameless], 0, forced=False) is None


# The workspace's own numbers


@pytest.fixture
def workspace(tmp_path: Path, repository: Path) -> Path:
    root = tmp_path / "workspace"
    for name in ("params/pingtan", "data/pingtan"):
        shutil.copytree(repository / name, root / name)
    return root


def own(workspace: Path, year: int | None) -> Own | Text:
    return own_report(find_workspace(workspace), "pingtan", year)


def against(tmp_path: Path, sample: Sample, ours: Own | Text) -> list[tuple[str, str | None, str | None]]:
    packed = read_bytes(tmp_path, "page.html", html_clean(*sample.parts))
    audited = unpack(check_again(Recheck(packed.content, None, ours, None)), EDITIONS)[0]
    return [(r.where, r.expected, r.actual) for r in failed(audited) if r.id == "published.differs"]


@pytest.mark.parametrize("year", [2020, 2021, 2022])
def test_a_page_that_says_what_the_workspace_says_passes(workspace: Path, tmp_path: Path, year: int) -> None:
    assert against(tmp_path, read_sample(year), own(workspace, year)) == []


def test_each_cell_that_differs_is_told(workspace: Path, tmp_path: Path) -> None:
    sample = with_values(read_sample(2021), disputes__review__upheld=9, applications__new__total=71)
    found = against(tmp_path, sample, own(workspace, 2021))
    assert [pair[1:] for pair in found] == [
        (str(read_sample(2021).values["applications"]["new"]["total"]), "71"),
        (str(read_sample(2021).values["disputes"]["review"]["upheld"]), "9"),
    ]
    assert "“总计”列" in found[0][0]


def test_a_page_of_another_organ_is_told(workspace: Path, tmp_path: Path) -> None:
    found = against(tmp_path, renamed(read_sample(2021), "平潭县财政局"), own(workspace, 2021))
    assert found == [("标题", "平潭综合实验区", "平潭县财政局")]


def test_the_workspaces_year_before_serves_the_checks_over_two_years(workspace: Path, tmp_path: Path) -> None:
    packed = read_bytes(tmp_path, "page.html", html_clean(*read_sample(2022).parts))
    content = check_again(Recheck(packed.content, None, own(workspace, 2022), None))
    assert ids(unpack(content, EDITIONS)[0]) == ["cross_year.in_force"]


@pytest.mark.parametrize(("year", "named"), [(None, "the year of the report is not known"), (2019, "2019")])
def test_without_a_report_of_the_year_nothing_is_compared(workspace: Path, year: int | None, named: str) -> None:
    ours = own(workspace, year)
    assert isinstance(ours, Text)
    assert named in ours.en
    sample = read_sample(2021)
    evidence = Evidence(year=2021, edition=sample.edition, tables=sample.values)
    [result] = published_differs(evidence, ours, "平潭综合实验区")
    assert (result.id, result.status) == ("published.differs", "not_assessable")


def test_what_is_not_printed_or_blank_is_not_called_wrong(workspace: Path, tmp_path: Path) -> None:
    sample = with_values(read_sample(2021), disputes__review__pending=None)
    assert against(tmp_path, sample, own(workspace, 2021)) == []


def test_what_a_reader_left_out_is_kept_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import govnb.audit.reading as reading
    from govnb.commands.audit_shown import plain_lines

    left_out = Text("有3个附件没有读取", "3 attachments were not read")
    read = reading.read_published
    monkeypatch.setattr(reading, "read_published", lambda *given: replace(read(*given), notes=(left_out,)))
    packed = read_bytes(tmp_path, "a.html", html_clean(*read_sample(2022).parts))
    for audited in (report_of(packed), report_of(packed, packed)):
        assert audited.notes == (left_out,)
        assert any("附件" in line or "attachments" in line for line in plain_lines(Judged(audited, ())))
        assert left_out.zh in Pages(EDITIONS).report(Judged(audited, ()), 1).decode()
