"""What a report's parcel holds and what it never holds, where it is unpacked, and how what comes back is written."""

from __future__ import annotations

import pickle
import stat
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed.scheduler import KilledWorker

from govnb import shipping
from govnb.crew import Died
from govnb.crew.cluster import _result, is_open_to_others, parse_address
from govnb.errors import ReportError, Text, UsageError
from govnb.making import Outcome, Task
from govnb.notebook.execute import Limits
from govnb.report import dump_json
from govnb.shipping import Courier, Parcel, ReportCrew, Returned, Seen, make_parcel, pack, take_in
from govnb.versions import package_versions
from tests.workspaces import write_ledgers, write_notebook, write_params

MADE = Text("新", "new")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    root = tmp_path / "workspace"
    write_params(root, "office", years=(2020, 2021, 2022))
    write_ledgers(root, "office")
    write_params(root, "other")
    write_ledgers(root, "other")
    write_notebook(root, "annual_report")
    (root / "params" / "office" / "square.png").write_bytes(b"picture")
    (root / "secret.env").write_text("PASSWORD=x", encoding="utf-8")
    return Task(root, "office", 2021, root / "output", "annual_report", Limits(60, 0))


def source(root: Path, url: str, agency: str = "office") -> None:
    text = f"sources:\n  applications:\n    url: {url}\n    query: SELECT 1\n"
    (root / "params" / agency / "2021.yaml").write_text(text, encoding="utf-8")


def test_a_parcel_holds_the_inputs_of_the_manifest_and_nothing_else(task: Task) -> None:
    parcel = pack(task)
    assert sorted(parcel.files) == [
        "data/office/applications.csv",
        "data/office/documents.csv",
        "notebooks/annual_report.ipynb",
        "params/office/2020.yaml",
        "params/office/2021.yaml",
        "params/office/agency.yaml",
        "params/office/square.png",
    ]
    assert parcel.versions == package_versions()
    assert str(task.root).encode() not in pickle.dumps(parcel)  # nor does it say where it came from


def test_values_of_variables_do_not_travel(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", "correct horse battery")
    source(task.root, "postgresql+psycopg://reader:${DATABASE_PASSWORD}@host/db")
    sent = pickle.dumps(pack(task))
    assert b"${DATABASE_PASSWORD}" in sent
    assert b"correct horse" not in sent


def test_what_was_made_before_goes_too_and_links_among_it_do_not(task: Task) -> None:
    task.folder.mkdir(parents=True)
    outputs = {"a.html": "0", "linked.html": "0", "../../../secret.env": "0", "gone.pdf": "0"}
    (task.folder / "manifest.json").write_bytes(dump_json({"packages": {}, "inputs": {}, "outputs": outputs}))
    (task.folder / "a.html").write_bytes(b"a")
    (task.folder / "linked.html").symlink_to(task.root / "secret.env")
    (task.folder / "of-somebody.txt").write_bytes(b"mine")
    sent = [name for name in pack(task).files if name.startswith("output/") or "secret" in name]
    assert sorted(sent) == ["output/office/2021/a.html", "output/office/2021/manifest.json"]


def test_a_link_out_of_the_workspace_is_refused(task: Task, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text("x", encoding="utf-8")
    ledger = task.root / "data" / "office" / "applications.csv"
    ledger.unlink()
    ledger.symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(UsageError, match="leads out of the workspace"):
        pack(task)


def test_more_than_fits_is_refused_before_it_is_read(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipping, "MAX_BYTES", 100)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("was read"))
    with pytest.raises(ReportError, match="over 1 GB"):
        pack(task)


def made_there(monkeypatch: pytest.MonkeyPatch, parcel: Parcel, state: str, files: dict[str, bytes]) -> Any:
    """What make_parcel gives where making writes ``files``, and what it saw of its folder."""
    seen: dict[str, Any] = {}

    def make(task: Task) -> Outcome:
        seen["root"], seen["mode"] = task.root, stat.S_IMODE(task.root.stat().st_mode)
        seen["there"] = {path.name for path in task.root.rglob("*") if path.is_file()}
        for name, content in files.items():
            path = task.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if state == "raise":
            raise ZeroDivisionError
        return Outcome(task, state, MADE, 1.0)

    monkeypatch.setattr(shipping, "make_report", make)
    try:
        return make_parcel(parcel), seen
    except ZeroDivisionError:
        return None, seen


def test_a_report_is_made_in_a_private_folder_that_is_gone_afterwards(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcel = pack(task)
    for state in ("made", "raise"):
        _, seen = made_there(monkeypatch, parcel, state, {"x.html": b"x"})
        assert seen["mode"] == 0o700
        assert seen["there"] == {Path(name).name for name in parcel.files}
        assert seen["root"] != task.root
        assert not seen["root"].exists()


def test_what_comes_back_is_written_as_if_it_were_made_here(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"a.html": b"a", "manifest.json": b"{}", "z.html": b"z"}
    returned, _ = made_there(monkeypatch, pack(task), "made", files)
    assert list(returned.files) == ["a.html", "z.html", "manifest.json"]  # the manifest seals them
    (task.folder / "failed").mkdir(parents=True)
    assert take_in(task, returned) == Outcome(task, "made", MADE, 1.0)
    assert {path.name: path.read_bytes() for path in task.folder.iterdir()} == files


def test_a_failure_leaves_what_was_there_and_tells_why(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    (task.folder / "failed").mkdir(parents=True)
    (task.folder / "failed" / "old.txt").write_bytes(b"old")
    (task.folder / "a.html").write_bytes(b"a")
    returned, _ = made_there(monkeypatch, pack(task), "failed", {"failed/reason.txt": b"why"})
    assert take_in(task, returned).state == "failed"
    assert {path.relative_to(task.folder).as_posix() for path in task.folder.rglob("*") if path.is_file()} == {
        "a.html",
        "failed/reason.txt",
    }


@pytest.mark.parametrize("name", ["../x.html", "failed/../../x.html", "/tmp/x.html", "a\\b.html", "..", "a/b.html"])
def test_a_worker_can_not_write_elsewhere(task: Task, name: str) -> None:
    returned = Returned(Outcome(task, "made", MADE, 1.0), {"a.html": b"a", name: b"x"})
    before = {path for path in task.root.parent.rglob("*") if path.is_file()}
    outcome = take_in(task, returned)
    assert outcome.state == "failed"
    assert {path for path in task.root.parent.rglob("*") if path.is_file()} - before == {
        task.folder / "failed" / "reason.txt"
    }


def test_another_govnb_refuses_the_parcel(task: Task) -> None:
    parcel = replace(pack(task), versions={**package_versions(), "pandas": "1.0"})
    with pytest.raises(ReportError, match=r"pandas 1\.0 here and"):
        make_parcel(parcel)


class FakeCluster:
    """Stands for a ClusterCrew whose workers answer with ``seen``."""

    def __init__(self, *seen: Any) -> None:
        self.seen, self.sent, self.stopped = seen, [], False

    def ask(self, function: Any, names: list[str]) -> dict[str, Any]:
        self.asked = names
        return {f"tcp://host:{number}": seen for number, seen in enumerate(self.seen)}

    def submit(self, function: Any, argument: Any, priority: float = 0.0) -> Future[Any]:
        self.sent.append(argument)
        return Future()

    def stop(self) -> None:
        self.stopped = True


def seen(*variables: str, **versions: str) -> Seen:
    return Seen({**package_versions(), **versions}, frozenset(variables), True)


@pytest.mark.parametrize(
    ("url", "workers", "goes"),
    [
        (None, [seen()], True),
        (None, [], True),
        ("sqlite:///data/office/x.db", [seen()], False),  # its file is on this machine
        ("postgresql+psycopg://r:${PASSWORD}@h/${BASE}", [seen("PASSWORD", "BASE"), seen("BASE", "PASSWORD")], True),
        ("postgresql+psycopg://r:${PASSWORD}@h/${BASE}", [seen("PASSWORD", "BASE"), seen("BASE")], False),
        ("postgresql+psycopg://r:${PASSWORD}@h/${BASE}", [], False),
    ],
)
def test_a_report_with_a_database_stays_where_its_variables_are(
    task: Task, monkeypatch: pytest.MonkeyPatch, url: str | None, workers: list[Seen], goes: bool
) -> None:
    if url:
        source(task.root, url)
    cluster: Any = FakeCluster(*workers)
    crew = ReportCrew(cluster, [task], 1)
    here: list[Any] = []
    monkeypatch.setattr(crew._here, "submit", lambda function, argument, priority: here.append(argument))
    crew.submit(shipping.make_report, task)
    assert (cluster.sent, here) == (([task], []) if goes else ([], [task]))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (seen(pandas="2.9"), r"worker host:1 has other versions: pandas \S+ here and 2\.9 there"),
        (replace(seen(), forks=False), "does not run on Linux"),
        (ImportError("govnb"), "does not have the same govnb"),
        (OSError(), "does not answer"),
    ],
)
def test_workers_that_would_give_other_bytes_are_refused(task: Task, answer: Any, said: str) -> None:
    cluster: Any = FakeCluster(seen(), answer)
    with pytest.raises(UsageError, match=said) as refused:
        ReportCrew(cluster, [task], 1)
    assert len(refused.value.problems) == 1
    assert cluster.stopped


def test_the_courier_packs_reports_alone(task: Task) -> None:
    assert Courier().pack(len, "abc") == (len, "abc")
    assert Courier().take_in("abc", 3) == 3
    function, parcel = Courier().pack(shipping.make_report, task)
    assert (function, type(parcel)) == (make_parcel, Parcel)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://host:1234", "tcp://host:1234"),
        ("tcp://10.0.0.1", "tcp://10.0.0.1:8786"),
        ("tcp://[::1]:9", "tcp://[::1]:9"),
    ],
)
def test_addresses(text: str, address: str) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "host", "host:8786", "http://host:1", "tcp://", "tcp://host:x", "tcp://h:99999", "tcp://u@h:1", "tcp://h/x"],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(UsageError, match="not the address of a scheduler"):
        parse_address(text)


def test_tls_needs_certificates() -> None:
    with pytest.raises(UsageError, match="DASK_DISTRIBUTED__COMM__TLS__CA_FILE"):
        parse_address("tls://host:8786")


def test_what_can_be_read_on_the_way_is_known() -> None:
    addresses = ("tcp://host:1", "tcp://10.0.0.1:1", "tcp://127.0.0.1:1", "tcp://[::1]:1", "tls://host:1")
    assert [is_open_to_others(address) for address in addresses] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KilledWorker("task", None, 3), Died),  # it took every worker along that it was given to
        (CancelledError(), ConnectionError),
        (TimeoutError(), ConnectionError),
        (ModuleNotFoundError("govnb"), ReportError),
    ],
)
def test_what_dask_says_of_a_call_is_said_in_our_terms(error: Exception, told: Any) -> None:
    away: Future[bytes] = Future()
    away.set_exception(error)
    with pytest.raises(told):
        _result(away)
