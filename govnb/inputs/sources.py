"""Which file, sheet or query holds which ledger of an organ, and reading it as Raw, whatever its format.

Files: data/<agency>/<ledger>.csv, .xlsx or .parquet, by code or Chinese name, or ledgers.xlsx with a sheet for each;
``sources`` of params go before them. A file of another name is never opened, only named. Nothing here types a cell.
"""

from __future__ import annotations

import contextlib
import difflib
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from govnb.errors import NOTHING, Place, Problem, Text, UsageError, did_you_mean, meant, nearest
from govnb.inputs.columns import Headers
from govnb.inputs.csv_source import read_csv
from govnb.inputs.excel_source import Workbook, is_blank, read_sheet, read_workbook
from govnb.inputs.folding import fold
from govnb.inputs.ledger_cache import LedgerCache, LedgerFile
from govnb.inputs.listing import FORMATS, MAX_ENTRIES, SPREADSHEETS, is_workbook, ledger_named, list_entries
from govnb.inputs.params import Source
from govnb.inputs.parquet_source import read_parquet
from govnb.inputs.raw import FILE, MAX_BYTES, Raw, Unreadable, refuse
from govnb.inputs.schema import LedgerSchema, Schemas
from govnb.inputs.sql_source import read_sql, shown_url
from govnb.inputs.workspace import Workspace, check_agency_id

_SURELY_MEANT = 0.8


@dataclass(frozen=True)
class Origin:
    """Where one ledger comes from: a file (``path``, its name for messages, ``sheet``) or an address."""

    ledger: str
    shown: str
    path: Path | None = None
    sheet: str | None = None
    source: Source | None = None

    @property
    def place(self) -> Place:
        return Place(file=self.shown, sheet=self.sheet)


class Reader:
    """Finds and reads the ledgers of one organ; opens each workbook once. ``problems`` gathers what can't be read."""

    def __init__(
        self,
        workspace: Workspace,
        agency: str,
        schemas: Schemas,
        environ: Mapping[str, str],
        cache: LedgerCache | None = None,
    ) -> None:
        check_agency_id(agency)
        self.workspace, self.agency, self.schemas, self.environ = workspace, agency, schemas, environ
        self.cache = cache
        self.problems: list[Problem] = []
        self._books: dict[Path, Workbook] = {}

    def find(self, sources: Mapping[str, Source]) -> list[Origin]:
        """The origin of each ledger that there is, in the order of ledgers.yaml."""
        found: dict[str, list[Origin]] = {name: [] for name in self.schemas}
        for origin in [*self._files(), *self._sheets()]:
            found[origin.ledger].append(origin)
        for name, source in sources.items():
            if name in self.schemas:
                given = self._given(name, source)
                found[name] = [] if given is None else [given]
            else:
                what = Text(f"sources 里的“{name}”不是台账", f"“{name}” under `sources` is no ledger")
                self.problems.append(Problem(Place(), what, did_you_mean(name, self.schemas), FILE))
        for origins in found.values():
            if len(origins) > 1:
                self.problems.append(_twice(origins))
        return [origins[0] for origins in found.values() if len(origins) == 1]

    def read(self, origin: Origin, headers: Headers) -> Raw:
        """The table behind ``origin``. Unreadable where it gives none."""
        if origin.path is None:
            source = origin.source or Source()
            return read_sql(source, origin.place, self.workspace, self.environ, headers.wanted)
        suffix = origin.path.suffix.lower()
        if suffix == ".xlsx":
            book = self._book(origin.path, origin.shown)
            sheet = origin.sheet or _only_sheet(book, self.schemas[origin.ledger])
            _check_sheet(book, sheet)
            return read_sheet(book, sheet, headers.recognise, headers.wanted)
        if suffix == ".parquet":
            return read_parquet(_content(origin.path, origin.place), origin.place, headers.wanted)
        with _opened(origin.path, origin.place) as file:
            return read_csv(file, origin.place, headers.recognise, headers.wanted)

    def file(self, origin: Origin) -> LedgerFile | None:
        """The file behind ``origin``, where it is one that the cache of the run keeps."""
        return self.cache.file(origin.path) if self.cache is not None and origin.path is not None else None

    def _files(self) -> list[Origin]:
        origins = []
        for path, name in list_entries(self.workspace, self.agency):
            ledger = ledger_named(path.stem, self.schemas)
            if ledger is None or path.suffix.lower() not in FORMATS + SPREADSHEETS:
                continue
            if (safe := self._safe(path, name)) is None:
                continue
            if path.suffix.lower() in SPREADSHEETS:
                what = Text(f"不读取 {path.suffix} 格式", f"the format {path.suffix} is not read")
                fix = Text("请另存为 .xlsx 或 .csv", "Save it as .xlsx or .csv")
                self.problems.append(Problem(Place(file=name), what, fix, FILE))
            else:
                origins.append(Origin(ledger, name, safe))
        return origins

    def _sheets(self) -> list[Origin]:
        origins: list[Origin] = []
        for path, name in list_entries(self.workspace, self.agency):
            if not is_workbook(path):
                continue
            if (safe := self._safe(path, name)) is None:
                continue
            try:
                visible, hidden = self._sheet_names(safe, name)
            except Unreadable as error:
                self.problems.extend(error.problems)
                continue
            named = {sheet: ledger_named(sheet, self.schemas) for sheet in [*visible, *hidden]}
            origins += [Origin(ledger, name, safe, sheet) for sheet, ledger in named.items() if ledger is not None]
            for sheet in visible:
                if named[sheet] is None and (meant := _meant(sheet, self.schemas, set(named.values()))) is not None:
                    self.problems.append(_misspelt(Place(file=name, sheet=sheet), meant))
        return origins

    def _sheet_names(self, path: Path, shown: str) -> tuple[list[str], list[str]]:
        """Names of the visible and of the hidden sheets of a workbook."""

        def read() -> dict[str, list[str]]:
            book = self._book(path, shown)
            return {"visible": list(book.visible), "hidden": list(book.hidden)}

        file = self.cache.file(path) if self.cache is not None else None
        names = read() if self.cache is None or file is None else self.cache.names(file, read)
        return names["visible"], names["hidden"]

    def _given(self, ledger: str, source: Source) -> Origin | None:
        if source.url is not None:
            return Origin(ledger, shown_url(source.url), source=source)
        try:
            path = self.workspace.source_path(self.agency, source.file or "")
        except UsageError as error:
            self.problems.extend(Problem(item.where, item.what, item.fix, FILE) for item in error.problems)
            return None
        place = Place(file=self.workspace.shown(path))
        if not _is_file(path):
            self.problems.append(self._absent(source.file or "", path))
        elif path.suffix.lower() not in FORMATS:
            what = Text(f"不读取 {path.suffix or '无扩展名'} 格式", f"the format {path.suffix or '(none)'} is not read")
            self.problems.append(Problem(place, what, Text("请另存为 .xlsx 或 .csv", "Save it as .xlsx or .csv"), FILE))
        else:
            return Origin(ledger, place.file, path, source.sheet if path.suffix.lower() == ".xlsx" else None, source)
        return None

    def _absent(self, file: str, beside: Path) -> Problem:
        """Named as the parameters name it, since it was looked for in two places."""
        folder = f"data/{self.agency}/"
        what = Text(f"文件不存在，{folder} 和工作区里都没有", f"there is no such file, in {folder} or in the workspace")
        names: list[str] = []
        for place in (beside.parent, (self.workspace.root / file).parent):
            with contextlib.suppress(OSError):
                names += sorted(item.name for item in place.iterdir())[:MAX_ENTRIES]
        near = nearest(beside.name, names)
        fix = meant(near) if near else NOTHING
        return Problem(Place(file=self.workspace.shown(file)), what, fix, FILE)

    def _safe(self, path: Path, shown: str) -> Path | None:
        try:
            return self.workspace.inside(path)
        except UsageError as error:
            self.problems.extend(Problem(Place(file=shown), item.what, item.fix, FILE) for item in error.problems)
            return None

    def _book(self, path: Path, shown: str) -> Workbook:
        if path not in self._books:
            place = Place(file=shown)
            self._books[path] = read_workbook(_content(path, place), place)
        return self._books[path]


def _meant(sheet: str, schemas: Schemas, there: set[str | None]) -> str | None:
    """The ledger's name that a sheet's name is surely a misspelling of; ledgers that have their sheet are not meant."""
    names = [name for code, schema in schemas.items() if code not in there for name in (code, schema.label)]
    close = difflib.get_close_matches(fold(sheet), names, n=1, cutoff=_SURELY_MEANT)
    return close[0] if close else None


def _misspelt(place: Place, meant: str) -> Problem:
    what = Text("工作表的名称不是台账，没有读取", "the sheet is named like no ledger and was not read")
    return Problem(place, what, Text(f"如果就是“{meant}”，请改名", f"If it is “{meant}”, rename it"), FILE)


def _only_sheet(book: Workbook, schema: LedgerSchema) -> str:
    """The sheet of a ledger's own workbook: the one named after it, else the only one that is not blank."""
    for sheet in book.sheets:
        if fold(sheet) in (fold(schema.name), fold(schema.label)):
            return sheet
    filled = [sheet for sheet in book.visible if not is_blank(book, sheet)]
    if len(filled) == 1:
        return filled[0]
    if not filled:
        raise refuse(
            book.place,
            Text("工作簿是空的", "the workbook is empty"),
            Text("第一行应为列名", "The first row must hold the column names"),
        )
    listed = "、".join(filled[:10])
    what = Text(f"有多个工作表：{listed}", f"there are several sheets: {listed}")
    fix = Text(
        f"请把台账所在的工作表命名为“{schema.label}”，或在 sources 里写 sheet",
        f"Name the ledger's sheet “{schema.label}”, or give `sheet`",
    )
    raise refuse(book.place, what, fix)


def _check_sheet(book: Workbook, sheet: str) -> None:
    if sheet not in book.sheets:
        what = Text("没有这个工作表", "there is no such sheet")
        raise refuse(Place(file=book.place.file, sheet=sheet), what, did_you_mean(sheet, book.sheets[:20]))


def _content(path: Path, place: Place) -> bytes:
    """All bytes of a file, as ``_opened``."""
    with _opened(path, place) as file:
        return file.read()


@contextmanager
def _opened(path: Path, place: Place) -> Iterator[IO[bytes]]:
    """A file to be read. Unreadable where the system refuses, or where there are more than ``MAX_BYTES``."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise refuse(place, Text("不是普通文件", "is no regular file"))
        if status.st_size > MAX_BYTES:
            fix = Text("请拆分文件，或改用数据库", "Split the file or use a database")
            raise refuse(place, Text("文件超过 1 GB，不予读取", "the file is over 1 GB and is not read"), fix)
        with path.open("rb") as file:
            yield file
    except PermissionError:
        raise refuse(place, Text("没有读取权限", "permission denied")) from None
    except OSError:
        raise refuse(place, Text("文件读不出来", "the file can't be read")) from None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _twice(origins: list[Origin]) -> Problem:
    named = [f"{origin.shown}" + (f"（{origin.sheet}）" if origin.sheet else "") for origin in origins]
    what = Text(f"同一台账有多个来源：{'、'.join(named)}", f"one ledger has several files: {', '.join(named)}")
    fix = Text("请只保留一个，或在 params 的 sources 里指明", "Keep one of them, or name one under `sources` in params")
    return Problem(Place(file=origins[0].shown), what, fix, FILE)
