"""The ledgers of one organ, read, typed and checked: the public door of the ledger reading room.

All faults of all ledgers come in one LedgerError, each with file, sheet, row, column, value and remedy. Personal
columns are dropped when a file is read. A report gets what its year can see (``year_view``). Nothing here counts, and
nothing is ever written but, where a run has set them up, its cache and the notes of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa  # type: ignore[import-untyped]

from govnb.environment import YEAR_VIEWS
from govnb.errors import LedgerError, Place, Problem
from govnb.inputs.columns import Headers
from govnb.inputs.frames import find_codes, to_pandas
from govnb.inputs.ledger_cache import LedgerCache, cache_of_run
from govnb.inputs.params_data import Source
from govnb.inputs.parsing import Parsed, parse_ledger
from govnb.inputs.raw import Unreadable
from govnb.inputs.schema import LedgerSchema, build_schemas
from govnb.inputs.sources import Origin, Reader
from govnb.inputs.workspace import Workspace
from govnb.inputs.year_view import cut_to_year, note_views, sum_of_views, view_digest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Ledger:
    """One ledger. ``frame``: index ``row`` (row in the file, header = 1), every non-personal column, typed.

    ``source``: where it was read from, as messages show it. ``findings``: matters of order (code ledger.order), which
    do not keep it from being counted. ``warnings``: columns and rows that were left out. ``codes``: columns of a list
    once more, as ``find_codes`` has them.
    """

    name: str
    frame: pd.DataFrame
    source: str
    findings: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    codes: Mapping[str, tuple[NDArray[np.uint8], list[str | None]]] = field(default_factory=dict, repr=False)


def read_ledgers(
    workspace: Workspace,
    sources: Mapping[str, Source],
    agency: str,
    environ: Mapping[str, str],
    year: int | None = None,
) -> dict[str, Ledger]:
    """Every ledger that ``agency`` has, by name, in the order of ledgers.yaml; those that do not exist are left out.

    ``year``: as the report of that year sees them (None: whole). ``environ`` gives the ``${NAME}`` of database
    addresses, ``GOVNB_LEDGER_CACHE`` where a run has one and ``GOVNB_YEAR_VIEWS`` where what is seen is to be noted.
    UsageError for a bad agency id; LedgerError with every fault of every ledger that can't be read or typed (codes
    ledger.file, .columns, .value, .rows), and those of order beside them. At most ``LISTED`` faults of a kind are
    listed for one ledger, then the number of the others.
    """
    notes = environ.get(YEAR_VIEWS) if year is not None else None
    ledgers: dict[str, Ledger] = {}
    views: dict[str, list[str]] = {}
    try:
        with _plain_memory():
            for origin, parsed in _each(workspace, sources, agency, environ, year):
                if notes and origin.path is not None:
                    views.setdefault(origin.shown, []).append(view_digest(parsed, origin.ledger, origin.shown))
                codes, frame = find_codes(parsed.columns), to_pandas(parsed.columns, parsed.rows)
                name, told = origin.ledger, (parsed.findings, parsed.warnings)
                ledgers[name] = Ledger(name, frame, origin.shown, *told, codes)
    except LedgerError:
        if notes and year is not None:
            note_views(notes, agency, year, None)
        raise
    if notes and year is not None:
        note_views(notes, agency, year, sum_of_views(views))
    return ledgers


def read_views(
    workspace: Workspace, sources: Mapping[str, Source], agency: str, environ: Mapping[str, str], year: int
) -> dict[str, str]:
    """What ``read_ledgers`` would note: file as it is shown → digest of all that a report of ``year`` sees of it."""
    views: dict[str, list[str]] = {}
    with _plain_memory():
        for origin, parsed in _each(workspace, sources, agency, environ, year):
            if origin.path is not None:
                views.setdefault(origin.shown, []).append(view_digest(parsed, origin.ledger, origin.shown))
    return sum_of_views(views)


@contextmanager
def _plain_memory() -> Iterator[None]:
    """Arrow with the system's allocator, as numpy has it. Its own ones take large pages ahead, which the system fills
    with zeros first: where a machine's memory is not at hand, that took longer than typing a ledger.
    """
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


def _each(
    workspace: Workspace,
    sources: Mapping[str, Source],
    agency: str,
    environ: Mapping[str, str],
    year: int | None,
) -> Iterator[tuple[Origin, Parsed]]:
    """Each ledger as long as none has a fault; after the last one LedgerError with the faults of all."""
    schemas = build_schemas(workspace.editions)
    cache = cache_of_run(environ)
    reader = Reader(workspace, agency, schemas, environ, cache)
    faults: list[Problem] = []
    findings: list[Problem] = []
    for origin in reader.find(sources):
        schema = schemas[origin.ledger]
        parsed = _read_once(reader, cache, origin, schema, sources.get(origin.ledger) or Source())
        faults.extend(parsed.faults)
        findings.extend(parsed.findings)
        if not faults and not reader.problems:
            yield origin, parsed if year is None else cut_to_year(parsed, schema, year)
    faults = [*reader.problems, *faults]
    if faults:
        raise LedgerError([*faults, *findings])


def _read_once(
    reader: Reader, cache: LedgerCache | None, origin: Origin, schema: LedgerSchema, source: Source
) -> Parsed:
    """The ledger behind ``origin``; where a run has a cache, it is read by the first who asks and taken from there."""
    file = reader.file(origin) if cache is not None else None
    if cache is None or file is None:
        return _read(reader, origin, schema, source)
    asked = (origin.shown, origin.sheet)
    return cache.parsed(file, asked, schema, source, lambda: _read(reader, origin, schema, source))


def _read(reader: Reader, origin: Origin, schema: LedgerSchema, source: Source) -> Parsed:
    headers = Headers(schema, source.columns)
    try:
        raw = reader.read(origin, headers)
    except Unreadable as error:
        return Parsed({}, range(0), faults=error.problems)
    sheet = raw.sheet if raw.sheet is not None else origin.sheet
    return parse_ledger(raw, schema, headers, source, Place(file=origin.shown, sheet=sheet))
