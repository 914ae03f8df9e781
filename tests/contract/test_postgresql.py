"""PostgreSQL against a real server, started here from Debian's packages; skipped where there is none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from govnb.errors import LedgerError, Problem
from govnb.form.edition import packaged_editions
from govnb.inputs.ledgers import Ledger, read_ledgers
from govnb.inputs.params import Source
from govnb.inputs.workspace import Workspace

psycopg = pytest.importorskip("psycopg", reason="the extra govnb[postgresql] is not installed")

PASSWORD = "g@he/i:m %41"
SECRET = "欧阳某某"
URL = "postgresql+psycopg://office:${GOVNB_PW}@127.0.0.1:${GOVNB_PORT}/ledgers"
QUERY = "select 编号 as application_id, 收到 as 收到日期, 类型, 姓名, 费 as fee_yuan, 登记 from 申请"
COLUMNS = {"类型": "applicant_type"}


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _as_server(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package makes the user postgres."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


def _run(command: list[str]) -> None:
    environ = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(_as_server(command), cwd="/", env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """A server on a free port of the loopback; the environment that ``URL`` takes its values from."""
    programs = _programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        pytest.skip("running as root without runuser")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="govnb-pg-", dir="/tmp"))
    secret = folder / "pw"
    secret.write_text(PASSWORD + "\n")
    if os.geteuid() == 0:
        for path in (folder, secret):
            shutil.chown(path, "postgres", "postgres")
    data = str(folder / "data")
    try:
        auth = ["-U", "office", "-A", "scram-sha-256", "--pwfile", str(secret), "-E", "UTF8"]
        _run([str(programs / "initdb"), "-D", data, "--no-sync", *auth])
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        log = str(folder / "log")
        _run([str(programs / "pg_ctl"), "-D", data, "-w", "-l", log, "-o", options, "start"])
        try:
            _fill(port)
            yield {"GOVNB_PW": PASSWORD, "GOVNB_PORT": str(port)}
        finally:
            _run([str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(port: int) -> None:
    with psycopg.connect(
        host="127.0.0.1", port=port, user="office", password=PASSWORD, dbname="postgres", autocommit=True
    ) as server:
        server.execute("create database ledgers")
    with psycopg.connect(host="127.0.0.1", port=port, user="office", password=PASSWORD, dbname="ledgers") as server:
        server.execute("create table 申请 (编号 text, 收到 date, 类型 text, 姓名 text, 费 numeric, 登记 timestamptz)")
        row = "insert into 申请 values (%s, %s, %s, %s, %s, '2021-03-05 20:00+00')"
        server.execute(row, ("A2", "2021-03-06", "商业企业", SECRET, Decimal("0.3")))
        server.execute(row, ("A1", "2021-03-05", "自然人", SECRET, Decimal("24252.311082")))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path.resolve(), packaged_editions())


def read(workspace: Workspace, environ: dict[str, str], query: str = QUERY, url: str = URL) -> Ledger:
    source = Source(url=url, query=query, columns=COLUMNS if query == QUERY else {})
    return read_ledgers(workspace, {"applications": source}, "gz", environ)["applications"]


def fault(workspace: Workspace, environ: dict[str, str], query: str = QUERY, url: str = URL) -> Problem:
    with pytest.raises(LedgerError) as caught:
        read(workspace, environ, query, url)
    [problem] = caught.value.problems
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert PASSWORD not in repr([problem, *chain])
    assert SECRET not in repr(problem)
    return problem


def test_a_table_is_read_with_its_types(workspace: Workspace, environ: dict[str, str]) -> None:
    ledger = read(workspace, environ)
    assert ledger.frame["application_id"].tolist() == ["A1", "A2"]  # sorted, as the query says no order
    assert ledger.frame["applicant_type"].tolist() == ["natural_person", "business"]
    assert ledger.frame["fee_yuan"].tolist() == [Decimal("24252.311082"), Decimal("0.3")]
    assert SECRET not in ledger.frame.to_csv()
    assert PASSWORD not in ledger.source


def test_a_moment_belongs_to_the_day_in_beijing(workspace: Workspace, environ: dict[str, str]) -> None:
    query = "select 编号 application_id, 登记 received_date, '自然人' applicant_type from 申请"
    days = read(workspace, environ, query).frame["received_date"]
    assert days.dt.strftime("%Y-%m-%d").tolist() == ["2021-03-06", "2021-03-06"]


def test_colons_and_percent_signs_are_the_query_s_own(workspace: Workspace, environ: dict[str, str]) -> None:
    query = "select 编号 application_id, 收到::text received_date, '自然人' applicant_type from 申请"
    query += " where 编号 like 'A%' and '1:2' <> ${GOVNB_PORT}"
    assert len(read(workspace, environ, query).frame) == 2


@pytest.mark.parametrize(
    ("query", "needle"),
    [
        ("select * from absent", "表不存在"),
        ("select absent from 申请", "列不存在"),
        ("selekt", "查询语句有误"),
        ("insert into 申请 (编号) values ('x') returning 编号", "只允许读取"),
        ("select 姓名::int from 申请", "SQLSTATE 22P02"),
    ],
)
def test_a_wrong_query_says_why_and_quotes_nothing(
    workspace: Workspace, environ: dict[str, str], query: str, needle: str
) -> None:
    assert needle in fault(workspace, environ, query).what.zh


def test_a_wrong_password_or_database_says_so(workspace: Workspace, environ: dict[str, str]) -> None:
    assert "连接不上" in fault(workspace, {**environ, "GOVNB_PORT": "1"}).what.zh
    wrong = fault(workspace, {**environ, "GOVNB_PW": "x" + PASSWORD})
    assert "用户名或密码" in wrong.what.zh
    assert "没有这个数据库" in fault(workspace, environ, url=URL.replace("/ledgers", "/absent")).what.zh
