"""Ledgers that this run has read already: a folder of typed tables, for all processes of one run.

A ledger is known by the content of its file and by all that its reading depends on; never by a time. The first process
that asks reads it, the others wait and map it into memory. A file of the cache that is damaged, foreign or of another
version is as if it were not there; a folder that others may write to is not used at all. No personal column is ever in
it, since none outlives the reading. Who sets the folder up takes it away.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from govnb.environment import LEDGER_CACHE
from govnb.errors import Place, Problem, Text
from govnb.inputs.params_data import Source
from govnb.inputs.parsing import Parsed
from govnb.inputs.schema import LedgerSchema
from govnb.inputs.typed import from_arrow

try:
    import fcntl
except ImportError:  # Windows: two processes may both read a ledger, with the same result
    fcntl = None  # type: ignore[assignment]

VARIABLE = LEDGER_CACHE
SMALLEST = 64 << 10  # bytes of a file that is worth it; a smaller one is sooner read again
_FORMAT = b"govnb-ledger-1 "
_HEAD = 128  # bytes: format, digest of the rest, blanks; a multiple of Arrow's alignment
_META = b"govnb"


def cache_of_run(environ: Mapping[str, str]) -> LedgerCache | None:
    """The cache that the run has set up, or None where it has none or where others may write to it."""
    named = environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named)
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder):
            return LedgerCache(folder)
    return None


@contextmanager
def temporary_cache(environ: dict[str, str] | os._Environ[str] = os.environ) -> Iterator[None]:
    """A cache for what is done within, in this process and those it starts, and taken away after it."""
    before = environ.get(VARIABLE)
    with tempfile.TemporaryDirectory(prefix="govnb-ledgers-", ignore_cleanup_errors=True) as folder:
        environ[VARIABLE] = folder
        try:
            yield
        finally:
            if before is None:
                environ.pop(VARIABLE, None)
            else:
                environ[VARIABLE] = before


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    return os.name != "posix" or (found.st_uid == os.geteuid() and not found.st_mode & 0o077)


@dataclass(frozen=True)
class LedgerFile:
    """A file as it was when its content was summed up: what its status says, and the digest."""

    path: Path
    status: tuple[int, ...]
    digest: str

    def is_unchanged(self) -> bool:
        with suppress(OSError):
            return _status(self.path) == self.status
        return False


def _status(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class LedgerCache:
    """The cache in ``folder``. Nothing here raises for a full disk or a folder that is gone: then all is read anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[Path, LedgerFile | None] = {}

    def file(self, path: Path) -> LedgerFile | None:
        """The file at ``path``, its content summed up once; None where it can't be read or is not worth it."""
        if path not in self._files:
            self._files[path] = None
            with suppress(OSError):
                status = _status(path)
                if stat.S_ISREG(path.stat().st_mode) and path.stat().st_size >= SMALLEST:
                    with path.open("rb") as content:
                        digest = hashlib.file_digest(content, "sha256").hexdigest()
                    self._files[path] = LedgerFile(path, status, digest)
        return self._files[path]

    def parsed(
        self,
        file: LedgerFile,
        asked: tuple[str, str | None],
        schema: LedgerSchema,
        source: Source,
        read: Callable[[], Parsed],
    ) -> Parsed:
        """The ledger in ``file``, as ``read`` gives it. ``asked``: the file as messages name it, and the sheet."""
        values = {column: list(mapping.items()) for column, mapping in source.values.items()}
        what = ["ledger", *asked, file.path.suffix.lower(), repr(schema), list(source.columns.items()), values]
        found = self._once(file, what, lambda: _to_arrow(read()))
        return _from_arrow(found)

    def names(self, file: LedgerFile, read: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What ``read`` says of a file without its rows (plain JSON), such as the names of its sheets."""
        found = self._once(file, ["names"], lambda: _with_meta(pa.table({}), read()))
        return _meta(found)

    def _once(self, file: LedgerFile, what: list[Any], make: Callable[[], pa.Table]) -> pa.Table:
        text = json.dumps([*_versions(), file.digest, *what], ensure_ascii=True)
        path = self.folder / hashlib.sha256(text.encode()).hexdigest()
        found = _load(path)
        if found is None:
            with self._alone(path):
                found = _load(path)
                if found is None:
                    found = make()
                    if file.is_unchanged():
                        self._store(path, found)
        return found

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """Waits until no other process is reading the same ledger; the system ends the wait where that one dies."""
        try:
            handle = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _store(self, path: Path, table: pa.Table) -> None:
        """Puts a whole file in place, or none."""
        name = None
        try:
            handle, name = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(handle, "wb") as file:
                file.write(bytes(_HEAD))
                sums = _Sums(file)
                with pa.ipc.new_stream(pa.PythonFile(sums, mode="w"), table.schema) as writer:
                    writer.write_table(table)
                file.seek(0)
                file.write((_FORMAT + sums.digest.hexdigest().encode()).ljust(_HEAD))
            Path(name).replace(path)
        except OSError:
            if name is not None:
                with suppress(OSError):
                    Path(name).unlink()


class _Sums:
    """A file that is written to, with the digest of what was written."""

    closed = False

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, content: Any) -> int:
        self.digest.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()


@cache
def _versions() -> tuple[str, ...]:
    return (version("govnb"), pa.__version__, np.__version__, _FORMAT.decode())


def _load(path: Path) -> pa.Table | None:
    """The table in a file of the cache, mapped into memory; None unless every byte is as it was written."""
    try:
        with pa.memory_map(str(path)) as file:
            content = file.read_buffer()
        head = _FORMAT + hashlib.sha256(memoryview(content)[_HEAD:]).hexdigest().encode()
        if content[:_HEAD].to_pybytes() != head.ljust(_HEAD):
            return None
        return pa.ipc.open_stream(content.slice(_HEAD)).read_all()
    except (OSError, ValueError, pa.ArrowException):
        return None


def _with_meta(table: pa.Table, meta: Mapping[str, Any]) -> pa.Table:
    return table.replace_schema_metadata({_META: json.dumps(meta, ensure_ascii=True).encode()})


def _meta(table: pa.Table) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(table.schema.metadata[_META])
    return found


_LISTS = ("findings", "warnings", "faults")


def _to_arrow(parsed: Parsed) -> pa.Table:
    meta: dict[str, Any] = {name: [asdict(problem) for problem in getattr(parsed, name)] for name in _LISTS}
    table = pa.table({name: column.to_arrow() for name, column in parsed.columns.items()})
    if isinstance(parsed.rows, range):
        meta["rows"] = [parsed.rows.start, parsed.rows.stop]
    else:
        table = table.append_column("row", pa.array(parsed.rows))
    return _with_meta(table, meta)


def _from_arrow(table: pa.Table) -> Parsed:
    meta = _meta(table)
    rows: Any
    if "rows" in meta:
        rows = range(*meta["rows"])
    else:
        rows = np.array(table.column("row"), dtype=np.int64)
        table = table.drop_columns(["row"])
    findings, warnings, faults = (tuple(_problem(item) for item in meta[name]) for name in _LISTS)
    columns = {name: from_arrow(table.column(name)) for name in table.column_names}
    return Parsed(columns, rows, findings, warnings, faults)


def _problem(item: Mapping[str, Any]) -> Problem:
    where, what, fix = Place(**item["where"]), Text(**item["what"]), Text(**item["fix"])
    return Problem(where, what, fix, item["code"], item["severity"])
