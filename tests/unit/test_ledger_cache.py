"""The cache of a run: the same ledgers with it and without, read once, private, and never trusted when damaged."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from govnb.errors import LedgerError
from govnb.form.edition import packaged_editions
from govnb.inputs import ledger_cache, ledgers, sources
from govnb.inputs.ledger_cache import VARIABLE, cache_of_run, temporary_cache
from govnb.inputs.ledgers import Ledger, read_ledgers
from govnb.inputs.params_data import Source
from govnb.inputs.workspace import Workspace

HEADER = "申请编号,收到日期,申请渠道,申请人类型,申请内容,延期工作日,答复日期,办理结果,信息处理费"
ROW = "A{},2021-03-05,网络,自然人,欧阳某某,21,2021-03-20,予以公开,1.50"


@pytest.fixture(autouse=True)
def small_files_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_cache, "SMALLEST", 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "data" / "gz").mkdir(parents=True)
    write(tmp_path, "applications.csv", *map(ROW.format, range(9)), "", ROW.format("X").replace("A", "Z"))
    return Workspace(tmp_path, packaged_editions())


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {VARIABLE: str(tmp_path / "cache")}


def write(root: Path, name: str, *rows: str) -> None:
    (root / "data" / "gz" / name).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


def read(workspace: Workspace, environ: dict[str, str], **given: Source) -> dict[str, Ledger]:
    return read_ledgers(workspace, given, "gz", environ)


def kept(environ: dict[str, str]) -> list[Path]:
    return [path for path in Path(environ[VARIABLE]).iterdir() if path.suffix != ".lock"]


def forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(ledgers, "_read", reading)


def assert_same(one: dict[str, Ledger], other: dict[str, Ledger]) -> None:
    assert list(one) == list(other)
    for name, ledger in one.items():
        pd.testing.assert_frame_equal(ledger.frame, other[name].frame, check_index_type="exact")
        assert (ledger.findings, ledger.warnings) == (other[name].findings, other[name].warnings)


def test_a_ledger_is_the_same_read_written_and_taken_from_the_cache(
    workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, first = read(workspace, {}), read(workspace, environ)
    forbid(monkeypatch)
    second = read(workspace, environ)
    assert_same(plain, first)
    assert_same(plain, second)
    assert len(plain["applications"].findings) == 10
    assert len(plain["applications"].warnings) == 1
    second["applications"].frame.loc[2, ["extension_days", "outcome"]] = [1, "x"]  # an analyst may, in his own copy
    assert_same(plain, read(workspace, environ))


def test_faults_are_kept_too(workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    write(
        workspace.root, "applications.csv", ROW.format(1).replace("自然人", "自燃人"), ROW.format(2).replace(",", ";")
    )
    found = []
    for setting in ({}, environ):
        with pytest.raises(LedgerError) as caught:
            read(workspace, setting)
        found.append(caught.value.problems)
    forbid(monkeypatch)
    with pytest.raises(LedgerError) as caught:
        read(workspace, environ)
    assert found == [caught.value.problems] * 2


def test_other_content_mapping_or_name_is_another_ledger(workspace: Workspace, environ: dict[str, str]) -> None:
    read(workspace, environ)
    source = Source(file="applications.csv", values={"outcome": {"予以公开": "部分公开"}})
    assert set(read(workspace, environ, applications=source)["applications"].frame["outcome"]) == {"partial"}
    write(workspace.root, "applications.csv", ROW.format(7))
    assert read(workspace, environ)["applications"].frame["application_id"].tolist() == ["A7"]
    path = workspace.root / "data" / "gz" / "applications.csv"
    path.rename(path.with_name("依申请公开台账.csv"))
    assert read(workspace, environ)["applications"].findings[0].where.file == "data/gz/依申请公开台账.csv"
    assert len(kept(environ)) == 4


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-9] + b"?" + content[-8:],
        lambda content: content[:200],
        lambda content: b"",
        lambda content: b"govnb-ledger-1 " + b"0" * 64 + content[79:],
        lambda content: b"foreign" * 99,
    ],
    ids=["a changed byte", "cut off", "empty", "another digest", "foreign"],
)
def test_a_spoilt_file_is_as_if_it_were_not_there(workspace: Workspace, environ: dict[str, str], spoil) -> None:  # type: ignore[no-untyped-def]
    plain = read(workspace, environ)
    [path] = kept(environ)
    content = path.read_bytes()
    path.write_bytes(spoil(content))
    assert_same(plain, read(workspace, environ))
    assert path.read_bytes() == content


def test_no_personal_text_is_in_the_cache(workspace: Workspace, environ: dict[str, str]) -> None:
    read(workspace, environ)
    content = b"".join(path.read_bytes() for path in kept(environ))
    assert b"A1" in content
    assert "欧阳".encode() not in content


@pytest.mark.skipif(sys.platform == "win32", reason="other rights on Windows")
def test_the_folder_is_private_or_not_used(workspace: Workspace, environ: dict[str, str], tmp_path: Path) -> None:
    plain = read(workspace, environ)
    folder = Path(environ[VARIABLE])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    folder.chmod(0o777)
    assert cache_of_run(environ) is None
    (tmp_path / "link").symlink_to(folder)
    folder.chmod(0o700)
    assert cache_of_run({VARIABLE: str(tmp_path / "link")}) is None
    for missing in (str(tmp_path / "no" / "such"), str(workspace.root / "data/gz/applications.csv"), ""):
        assert_same(plain, read(workspace, {VARIABLE: missing}))


def test_nothing_is_kept_of_a_file_that_changes_while_it_is_read(
    workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ledgers._read
    path = workspace.root / "data" / "gz" / "applications.csv"

    def change(*arguments) -> object:  # type: ignore[no-untyped-def]
        found = original(*arguments)
        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(ledgers, "_read", change)
    assert len(read(workspace, environ)["applications"].frame) == 10
    assert kept(environ) == []


def test_a_full_disk_only_costs_time(
    workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger_cache._Sums, "write", full)
    assert_same(read(workspace, {}), read(workspace, environ))
    assert kept(environ) == []


@pytest.mark.skipif(sys.platform == "win32", reason="two readers may both read on Windows")
def test_who_asks_at_the_same_time_waits_for_the_one_that_reads(
    workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls, begun = ledgers._read, [], threading.Event()

    def slow(*arguments) -> object:  # type: ignore[no-untyped-def]
        calls.append(1)
        begun.set()
        time.sleep(0.2)
        return original(*arguments)

    monkeypatch.setattr(ledgers, "_read", slow)
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(read, workspace, environ)]
        assert begun.wait(10)
        found += [pool.submit(read, workspace, environ) for _ in range(3)]
        for one in found[1:]:
            assert_same(found[0].result(), one.result())
    assert len(calls) == 1


def test_a_workbook_is_opened_once(
    workspace: Workspace, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.root / "data/gz/applications.csv").unlink()
    with xlsxwriter.Workbook(workspace.root / "data/gz/ledgers.xlsx") as book:
        for sheet in ("applications", "备注"):
            book.add_worksheet(sheet).write_row(0, 0, HEADER.split(","))
    plain = read(workspace, environ)

    def opening(*_: object) -> None:
        raise AssertionError("opened again")

    monkeypatch.setattr(sources, "read_workbook", opening)
    assert_same(plain, read(workspace, environ))
    assert list(plain) == ["applications"]


def test_a_temporary_cache_leaves_nothing_behind(workspace: Workspace) -> None:
    environ = {VARIABLE: "before"}
    with temporary_cache(environ):
        folder = Path(environ[VARIABLE])
        read(workspace, environ)
        assert len(kept(environ)) == 1
    assert not folder.exists()
    assert environ == {VARIABLE: "before"}
