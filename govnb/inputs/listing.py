"""Which files of data/<agency>/ are ledgers, by name alone: what a reader opens, and what a report depends on.

No file is opened here, whatever its size, and nothing here needs pandas or pyarrow.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from govnb.errors import Place, Problem, Text, meant, nearest
from govnb.inputs.folding import fold
from govnb.inputs.schema import Schemas
from govnb.inputs.workspace import Workspace, check_agency_id

WORKBOOK = "ledgers"
FORMATS = (".csv", ".xlsx", ".parquet")
SPREADSHEETS = (".xls", ".xlsm", ".xlsb", ".ods", ".et", ".ett", ".numbers", ".tsv")
MAX_ENTRIES = 5_000
PUBLISHED = re.compile(r"published-(\d{4})\.(html|htm|pdf|docx)", re.IGNORECASE)
_NOT_LEDGERS = re.compile(
    r"^(\.|~\$|declared-|published-|readme)|\.(md|txt|rst|lock|bak|tmp|db|sqlite|sqlite3|db-wal|db-shm)$", re.IGNORECASE
)


def list_entries(workspace: Workspace, agency: str) -> list[tuple[Path, str]]:
    """Files of data/<agency>/, sorted by name, each with its name for messages."""
    folder = workspace.root / "data" / agency
    try:
        with os.scandir(folder) as listing:
            names = sorted(entry.name for entry in listing if not entry.is_dir())
    except OSError:
        return []
    return [(folder / name, f"data/{agency}/{name}") for name in names[:MAX_ENTRIES]]


def published_files(workspace: Workspace, agency: str, year: int) -> list[Path]:
    """The report of ``year`` as the organ published it, where its files are kept beside its data."""
    files = [path for path, _ in list_entries(workspace, agency)]
    return [path for path in files if (found := PUBLISHED.fullmatch(path.name)) and int(found.group(1)) == year]


def ledger_named(name: str, schemas: Schemas) -> str | None:
    """The ledger that a file or sheet is named after, by code or Chinese name."""
    folded = fold(name)
    return next((code for code, schema in schemas.items() if folded in (fold(code), fold(schema.label))), None)


def is_workbook(path: Path) -> bool:
    """Whether a file is the one workbook that holds a sheet for each ledger."""
    return fold(path.stem) == WORKBOOK and path.suffix.lower() == ".xlsx"


def find_stray_files(
    workspace: Workspace, agency: str, schemas: Schemas, named: Collection[Path] = ()
) -> tuple[Problem, ...]:
    """Warnings for files in data/<agency>/ that look like ledgers but are none, with the name that may be meant.

    ``named``: files that ``sources`` of the parameters name, which are read whatever they are called.
    """
    check_agency_id(agency)
    strays = []
    for path, shown in list_entries(workspace, agency):
        ledger = fold(path.stem) == WORKBOOK or ledger_named(path.stem, schemas) is not None
        other = _NOT_LEDGERS.search(path.name) or path.suffix.lower() not in (*FORMATS, *SPREADSHEETS, "")
        if ledger or other or path in named:
            continue
        names = [*schemas, *(schema.label for schema in schemas.values()), WORKBOOK]
        near = nearest(path.stem, names)
        suffix = path.suffix.lower() if path.suffix.lower() in FORMATS else ".xlsx"
        what = Text("文件名不是台账的名称，没有读取", "the file name is no ledger's; it was not read")
        if near is None:
            fix = Text(
                "台账文件名见说明；不是台账的请移出 data/",
                "See the list of ledger names, or move the file out of data/",
            )
        else:
            fix = meant(f"{near}{suffix}")
        strays.append(Problem(Place(file=shown), what, fix, "ledger.file", "warning"))
    return tuple(strays)
