"""What every reader gives: strings in columns, the headers as they stand, and where in the file the rows are.

Also the limits of size that keep a hostile or mistaken file from filling memory. Nothing here knows a file format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.errors import NOTHING, Place, Problem, Text
from govnb.inputs.folding import BLANKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER_ROWS = 10  # the header may stand below a title; it is looked for in this many rows
MAX_BYTES = 1 << 30
MAX_CELL = 100_000  # bytes of a cell that is kept
FILE, COLUMNS, VALUE, ROWS, ORDER = "ledger.file", "ledger.columns", "ledger.value", "ledger.rows", "ledger.order"

Recognise = Callable[[Sequence[str | None]], int]
"""How many cells of a row are headers that the ledger (or its column mapping) knows."""

Wanted = Callable[[Sequence[str | None]], Mapping[int, bool]]
"""Which columns (by index) of a file with these headers are kept, and of each whether its values repeat (dates, lists,
numbers) or not (ids, texts). The others are dropped as soon as that can be."""

Cells = Any
"""One column as Arrow has it: an array (or several in a row) of large_string, null where blank."""

TEXT = pa.large_string()


@dataclass(frozen=True, eq=False)
class Coded:
    """One column of values that repeat: for each cell the position of its text in ``spellings``, -1 where blank."""

    numbers: NDArray[np.int32]
    spellings: Sequence[str]

    @classmethod
    def of(cls, cells: Cells) -> Coded:
        whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
        found = whole.dictionary_encode()
        return cls(found.indices.fill_null(-1).to_numpy(), found.dictionary.to_pylist())

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def null_count(self) -> int:
        return int(np.count_nonzero(self.numbers < 0))

    def is_null(self) -> NDArray[np.bool_]:
        return self.numbers < 0

    def filter(self, keep: Cells) -> Coded:
        return Coded(self.numbers[np.asarray(keep)], self.spellings)


@dataclass(frozen=True)
class CellFault:
    """A cell without a value of its own (an error, an uncalculated formula); counts only where its column is kept."""

    row: int
    column: int
    what: Text
    fix: Text


@dataclass(frozen=True)
class Raw:
    """``cells``: for each kept column, by its index in the file, ``height`` stripped strings. Who types a column takes
    it out, so that it is not in memory twice.

    ``headers``: all headers as they stand; ``header_row``: where a person counts them, the first record being one row
    below. ``total_rows``: rows whose first filled cell, kept or not, says that they are totals (合计).
    """

    headers: tuple[str | None, ...]
    header_row: int
    cells: dict[int, Cells | Coded]
    height: int
    cell_faults: tuple[CellFault, ...] = ()
    sheet: str | None = None
    total_rows: tuple[int, ...] = ()


class Unreadable(Exception):  # noqa: N818 - told apart from the public tree of errors
    """A file, sheet or query that gives no table at all; ``problems`` say why. Never leaves govnb.inputs."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        self.problems = problems


def refuse(place: Place, what: Text, fix: Text = NOTHING, code: str = FILE) -> Unreadable:
    """The exception for one fault of a whole file."""
    return Unreadable(Problem(place, what, fix, code))


def clean(cell: str | None) -> str | None:
    """A cell without the blanks around it; None where nothing is left."""
    return (cell.strip(BLANKS) or None) if cell is not None else None


def find_header(rows: Sequence[Sequence[str | None]], recognise: Recognise) -> int | None:
    """Index of the header among the first rows: the one with most known headers, else the first that is not blank."""
    best, best_count, first = None, 0, None
    for index, row in enumerate(rows[:HEADER_ROWS]):
        cells = [clean(cell) for cell in row]
        if first is None and any(cells):
            first = index
        count = recognise(cells)
        if count > best_count:
            best, best_count = index, count
    return best if best is not None else first


def looked_at(wanted: Mapping[int, bool], width: int) -> dict[int, bool]:
    """The wanted columns and the first three, in which a row of totals says that it is one; all by index."""
    return dict(sorted({**dict.fromkeys(range(min(3, width)), False), **wanted}.items()))


def build_raw(
    header: Sequence[str | None],
    header_row: int,
    columns: Mapping[int, Cells],
    wanted: Mapping[int, bool],
    *,
    cell_faults: Sequence[CellFault] = (),
    sheet: str | None = None,
) -> Raw:
    """A Raw from columns of large_string as they stand in the file, below the header: those that are ``looked_at``.

    Columns that are not ``wanted`` go at once; cells are stripped and blank ones become null.
    """
    stripped = {index: strip(cells) for index, cells in columns.items()}
    totals = find_totals([stripped[index] for index in range(min(3, len(header)))])
    return Raw(
        tuple(clean(cell) for cell in header),
        header_row,
        {index: stripped[index] for index in sorted(wanted)},
        max((len(cells) for cells in columns.values()), default=0),
        tuple(cell_faults),
        sheet,
        tuple(header_row + 1 + int(index) for index in totals),
    )


def strip(cells: Cells) -> Cells:
    """Cells without the blanks around them, null where nothing is left; of a dictionary each value once."""
    if pa.types.is_dictionary(cells.type):
        values = strip(cells.dictionary)
        if values.equals(cells.dictionary):
            return cells
        again = values.dictionary_encode()  # two spellings may have become one, and one of them blank
        return pa.DictionaryArray.from_arrays(again.indices.take(cells.indices), again.dictionary)
    stripped = pc.utf8_trim(cells, characters=BLANKS)
    if pc.min(pc.binary_length(stripped)).as_py() == 0:
        stripped = pc.if_else(pc.equal(stripped, ""), pa.scalar(None, stripped.type), stripped)
    return stripped


_TOTAL = re.compile(r"(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计)\s*([:：]|\d|\Z)")
_TOTAL_INITIALS = pa.array(list("合总小共累"))
_INITIAL_BYTES = np.zeros(256, dtype=bool)
_INITIAL_BYTES[[character.encode()[0] for character in "合总小共累"]] = True


def find_totals(first_columns: Sequence[Cells]) -> NDArray[np.int64]:
    """Positions of the rows whose first filled cell says that they are totals. Texts are stripped; values that repeat
    need not be.
    """
    filled: Cells = None
    for cells in first_columns:
        plain = strip(cells).dictionary_decode() if pa.types.is_dictionary(cells.type) else cells
        filled = plain if filled is None else pc.coalesce(filled, plain.cast(filled.type))
        if filled.null_count == 0:
            break
    if filled is None:
        return np.empty(0, dtype=np.int64)
    if _no_initial(filled):
        return np.empty(0, dtype=np.int64)
    initials = pc.utf8_slice_codeunits(filled, 0, 1)
    likely = pc.indices_nonzero(pc.is_in(initials, value_set=_TOTAL_INITIALS.cast(initials.type)))
    found = [index for index in likely.to_pylist() if _TOTAL.match(filled[index].as_py())]
    return np.array(found, dtype=np.int64)


def _no_initial(texts: Cells) -> bool:
    """Whether no text begins with a byte with which a word for totals begins: most ids are letters and digits."""
    if texts.type != TEXT or texts.null_count or not len(texts):
        return False
    _, offsets, content = texts.buffers()
    starts = np.frombuffer(offsets, dtype=np.int64, count=texts.offset + len(texts))[texts.offset :]
    return not bool(_INITIAL_BYTES[np.frombuffer(content, dtype=np.uint8)[starts]].any())
