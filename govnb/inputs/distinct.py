"""Whether a million texts are all different, by numbers that stand for them: faster than a hash table, and smaller.

Says only what is sure; where it can't, somebody else has to look. Knows no ledger.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc  # type: ignore[import-untyped]

from govnb.inputs.raw import Cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORD = 8
_AT_ONCE = 100_000
_LONGEST = 12 * _WORD  # bytes of a text; longer ones are no ids
_MIXERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))  # odd numbers without pattern
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], dtype=np.uint64)


def all_differ(cells: Cells) -> bool:
    """True where no two of the texts (large_string in chunks, none null) are equal; False where they are, or may be."""
    longest = pc.max(pc.binary_length(cells)).as_py() or 0
    if longest > _LONGEST:
        return False
    marks = np.empty(len(cells), dtype=np.uint64)
    at = 0
    for chunk in cells.iterchunks():
        for start in range(0, len(chunk), _AT_ONCE):
            some = chunk[start : start + _AT_ONCE]
            _mark(some, longest, marks[at : at + len(some)])
            at += len(some)
    marks.sort()
    return not bool((marks[1:] == marks[:-1]).any())


def _mark(cells: Cells, longest: int, marks: NDArray[np.uint64]) -> None:
    """Puts the number of each text into ``marks``. ``longest`` is that of all slices, so that all are mixed alike."""
    starts, lengths, words = _words(cells)
    marks[:] = lengths
    for step in range(0, longest, _WORD):
        here = words[np.minimum(starts + step, len(words) - 1)]
        if step + _WORD > int(lengths.min()):
            here &= _FIRST_BYTES[np.clip(lengths - step, 0, _WORD)]
        marks *= _MIXERS[0]
        marks ^= marks >> np.uint64(29)
        marks ^= here
    marks *= _MIXERS[1]


def _words(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Where each text starts, its length in bytes, and the eight bytes from each place on as one number."""
    _, offsets, content = cells.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64, count=cells.offset + len(cells) + 1)[cells.offset :]
    size = int(ends[-1]) - int(ends[0])
    held = np.zeros(size + _WORD, dtype=np.uint8)
    if size:
        held[:size] = np.frombuffer(content, dtype=np.uint8)[ends[0] : ends[-1]]
    words = np.lib.stride_tricks.as_strided(held[:_WORD].view(np.uint64), shape=(size + 1,), strides=(1,))
    return ends[:-1] - ends[0], np.diff(ends), words
