"""A query → Raw: SQLite (opened read-only, inside the workspace) and PostgreSQL (in a read-only transaction).

``${NAME}`` in the address and the query is filled from the environment here and nowhere else; no message holds its
value, and none repeats what the database says, which may quote data. Nothing is written to any database.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.errors import Place, Problem, Text, UsageError
from govnb.inputs.excel_source import number_text
from govnb.inputs.params import Source
from govnb.inputs.raw import COLUMNS, TEXT, Raw, Unreadable, Wanted, build_raw, clean, looked_at, refuse
from govnb.inputs.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine

CONNECT_SECONDS = 5
QUERY_SECONDS = 120
MAX_ROWS = 5_000_000
_BEIJING = timezone(timedelta(hours=8))
_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
}
_STATES = {
    "28": Text("数据库拒绝了用户名或密码", "the database refuses the user name or password"),
    "3D": Text("服务器上没有这个数据库", "there is no such database on the server"),
    "42P01": Text("查询的表不存在", "the query names a table that does not exist"),
    "42703": Text("查询的列不存在", "the query names a column that does not exist"),
    "42501": Text("没有查询的权限", "permission to read is denied"),
    "42": Text("查询语句有误", "the query is wrong"),
    "57014": Text("查询超时", "the query takes too long"),
    "25006": Text("查询要改写数据，只允许读取", "the query would write; it may read only"),
}
_CHECK_QUERY = Text("请在数据库里先试一次这条查询", "Try the query in the database first")


def read_sql(source: Source, place: Place, workspace: Workspace, environ: Mapping[str, str], wanted: Wanted) -> Raw:
    """The result of ``source.query`` at ``source.url``; its column names are the headers, row 1.

    Unreadable for a missing ``${NAME}``, driver, database or table. Rows are sorted unless the query says ORDER BY.
    """
    template = source.url or ""
    query = source.query or ""
    _check_names(template + query, place, environ)
    if not query.strip():
        what = Text("缺少 query", "`query` is missing")
        raise refuse(place, what, Text("请写出 SELECT 查询", "Give a SELECT query"))
    url = _url(template, place, environ)
    engine = _engine(url, place, workspace)
    try:
        headers, rows = _fetch(engine, query, environ, place)
    finally:
        engine.dispose()
    return _raw(headers, rows, place, wanted, ordered=re.search(r"\border\s+by\b", query, re.IGNORECASE) is not None)


def shown_url(template: str) -> str:
    """The address without user, password and options, for messages; ``${NAME}`` stays as it is written."""
    return re.sub(r"//.*@", "//", template.split("?")[0])


def _check_names(text: str, place: Place, environ: Mapping[str, str]) -> None:
    missing = sorted({name for name in _NAME.findall(text) if not environ.get(name)})
    if missing:
        listed = "、".join(missing)
        what = Text(f"环境变量 {listed} 没有设置", f"environment variable {', '.join(missing)} is not set")
        raise refuse(place, what, Text("请先设置再运行", "Set it and run again"))


def _url(template: str, place: Place, environ: Mapping[str, str]) -> URL:
    """The address with the environment's values; those in user and password are taken as they are, not as URL text."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    credentials_end = template.rfind("@")

    def fill(found: re.Match[str]) -> str:
        value = environ[found[1]]
        return quote(value, safe="") if found.start() < credentials_end else value

    try:
        url = make_url(_NAME.sub(fill, template))
    except (ArgumentError, ValueError):
        what = Text("数据库地址 url 写法有误", "the database address `url` is malformed")
        fix = Text(
            "例如 sqlite:///data/x.db 或 postgresql+psycopg://用户:${密码变量}@主机/库",
            "For example sqlite:///data/x.db",
        )
        raise refuse(place, what, fix) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in ("sqlite", "postgresql+psycopg"):
        what = Text("不支持这种数据库", "this kind of database is not supported")
        fix = Text(
            "可用 sqlite:/// 或 postgresql+psycopg://；其他的请先导出为 CSV",
            "Use sqlite:/// or postgresql+psycopg://, or export to CSV",
        )
        raise refuse(place, what, fix)
    return url


def _engine(url: URL, place: Place, workspace: Workspace) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    if url.drivername == "sqlite":
        path = _sqlite_path(url.database or "", place, workspace)
        return create_engine("sqlite://", creator=lambda: _open_sqlite(path))
    options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    try:
        return create_engine(url, connect_args=options, execution_options={"postgresql_readonly": True})
    except ImportError:
        what = Text("读取 PostgreSQL 的组件没有安装", "the driver for PostgreSQL is not installed")
        fix = Text("请运行 pip install govnb[postgresql]", "Run: pip install govnb[postgresql]")
        raise refuse(place, what, fix) from None
    except (SQLAlchemyError, TypeError, ValueError):
        raise refuse(place, Text("数据库地址 url 写法有误", "the database address `url` is malformed")) from None


def _sqlite_path(database: str, place: Place, workspace: Workspace) -> Path:
    try:
        path = workspace.inside(database)
    except UsageError as error:
        raise Unreadable(*(Problem(place, item.what, item.fix, "ledger.file") for item in error.problems)) from None
    if not database or database.startswith((":", "file:")) or not path.is_file():
        what = Text("数据库文件不存在", "there is no such database file")
        fix = Text(
            "路径从工作区算起，如 sqlite:///data/机关代码/x.db",
            "Give the path from the workspace, like sqlite:///data/agency/x.db",
        )
        raise refuse(place, what, fix)
    return path


def _open_sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
    deadline = time.monotonic() + QUERY_SECONDS  # bounds a runaway query; no output depends on it
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    connection.set_authorizer(_authorize)
    return connection


def _authorize(action: int, name: str | None, value: str | None, *_: str | None) -> int:
    """Reading only, and no other file; SQLAlchemy asks for one setting when it connects."""
    asked = action == sqlite3.SQLITE_PRAGMA and name == "read_uncommitted" and value is None
    return sqlite3.SQLITE_OK if action in _ALLOWED or asked else sqlite3.SQLITE_DENY


def _fetch(
    engine: Engine, query: str, environ: Mapping[str, str], place: Place
) -> tuple[list[str], Sequence[Sequence[Any]]]:
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    names = list(dict.fromkeys(_NAME.findall(query)))
    # Every colon is the database's own (12:30, ::date); only ${NAME} becomes a bound value.
    statement = text(_NAME.sub(lambda found: f":govnb_{names.index(found[1])}", query.replace(":", r"\:")))
    values = {f"govnb_{number}": environ[name] for number, name in enumerate(names)}
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {QUERY_SECONDS * 1000}")
            result = connection.execute(statement, values)
            if not result.returns_rows:
                raise refuse(place, Text("查询没有返回表格", "the query returns no table"), _CHECK_QUERY)
            rows = result.fetchmany(MAX_ROWS + 1)
            headers = [str(key) for key in result.keys()]  # noqa: SIM118
    except (SQLAlchemyError, sqlite3.Error, OSError, ValueError) as error:
        raise refuse(place, *_explain(error)) from None
    if len(rows) > MAX_ROWS:
        raise refuse(
            place, Text(f"查询结果超过{MAX_ROWS}行", f"the query gives more than {MAX_ROWS} rows"), _CHECK_QUERY
        )
    return headers, rows


def _explain(error: Exception) -> tuple[Text, Text]:
    """What a database error means, in our own words: its own may hold data, addresses and passwords."""
    original = getattr(error, "orig", None) or error
    state = str(getattr(original, "sqlstate", None) or "")
    for length in (5, 2):
        if state[:length] in _STATES:
            return _STATES[state[:length]], _CHECK_QUERY
    if isinstance(original, (sqlite3.Error, sqlite3.Warning)):
        return _explain_sqlite(str(original)), _CHECK_QUERY
    if state and not state.startswith("08"):
        return Text(f"数据库报错（SQLSTATE {state}）", f"the database reports SQLSTATE {state}"), _CHECK_QUERY
    if (refused := _refusal(str(original))) is not None:
        return refused, Text("请核对 url 里的用户、密码和库名", "Check user, password and database in `url`")
    what = Text("连接不上数据库", "the database can't be reached")
    return what, Text(
        "请确认数据库已启动、地址和端口正确、网络可达", "See that it runs and that address, port and network are right"
    )


def _refusal(message: str) -> Text | None:
    """What a server says that answers but lets nobody in; libpq gives no SQLSTATE then, only text."""
    if "password authentication failed" in message or ('role "' in message and "does not exist" in message):
        return _STATES["28"]
    if 'database "' in message and "does not exist" in message:
        return _STATES["3D"]
    if "FATAL" in message or "致命" in message or "no password supplied" in message:
        return Text("数据库服务器拒绝了连接", "the database server refuses the connection")
    return None


def _explain_sqlite(message: str) -> Text:
    for start, meaning in (
        ("no such table", _STATES["42P01"]),
        ("no such column", _STATES["42703"]),
        ("not authorized", _STATES["25006"]),
        ("attempt to write", _STATES["25006"]),
        ("interrupted", _STATES["57014"]),
        ("file is not a database", Text("不是 SQLite 数据库文件", "is not an SQLite database")),
        ("database disk image", Text("数据库文件已损坏", "the database file is damaged")),
        ("database is locked", Text("数据库正被其他程序占用", "the database is in use by another program")),
        ("unable to open", Text("打不开数据库文件", "the database file can't be opened")),
    ):
        if message.startswith(start):
            return meaning
    return _STATES["42"]


def _raw(headers: list[str], rows: Sequence[Sequence[Any]], place: Place, wanted: Wanted, *, ordered: bool) -> Raw:
    kept = wanted([clean(header) for header in headers])
    columns = {index: pa.array(_column(rows, index, headers, place), TEXT) for index in sorted(kept)}
    if not ordered and columns:
        table = pa.table({str(index): cells for index, cells in columns.items()})
        order = pc.sort_indices(table, [(name, "ascending") for name in table.column_names])  # blanks last
        columns = {index: cells.take(order) for index, cells in columns.items()}
    for index in looked_at(kept, len(headers)):
        if index not in columns:  # not kept, and no part of what the rows are sorted by
            columns[index] = pa.nulls(len(rows), TEXT)
    return build_raw(headers, 1, columns, kept)


def _column(rows: Sequence[Sequence[Any]], index: int, headers: list[str], place: Place) -> list[str | None]:
    texts: list[str | None] = []
    for row in rows:
        value = row[index]
        if value is None or isinstance(value, str):
            texts.append(value)
        elif isinstance(value, bool):
            texts.append("true" if value else "false")
        elif isinstance(value, (int, float)):
            texts.append(str(value) if isinstance(value, int) else number_text(value))
        elif isinstance(value, Decimal):
            texts.append(f"{value:f}")
        elif isinstance(value, datetime):
            local = value.astimezone(_BEIJING).replace(tzinfo=None) if value.tzinfo else value
            texts.append(local.isoformat(" ", "seconds"))
        elif isinstance(value, (date, UUID)):
            texts.append(str(value))
        else:
            where = Place(file=place.file, column=headers[index])
            raise refuse(where, Text("不是文字、数字或日期", "holds no text, numbers or dates"), code=COLUMNS)
    return texts
