"""What a crew and its server say to one another: frames of a kind, the number of a call, and bytes.

``read_frames`` gives the frames that are whole; a frame that is not stays in the buffer. Pickles are made and opened by
those who run the calls, never by the server, which only passes them on.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from typing import Any

# How many calls a server is started for.
FEW, MANY = "few", "many"
# To the server: run this.   From it: ready; result or exception of a call; its process ended with that status.
CALL, READY, RESULT, ENDED = b"C", b"W", b"R", b"E"
_HEAD = struct.Struct("!cQQ")


def frame(kind: bytes, number: int, payload: bytes = b"") -> bytes:
    return _HEAD.pack(kind, number, len(payload)) + payload


def read_frames(buffer: bytearray) -> Iterator[tuple[bytes, int, bytes]]:
    """(kind, number, payload) of each whole frame, taken out of ``buffer``."""
    while len(buffer) >= _HEAD.size:
        kind, number, size = _HEAD.unpack_from(buffer)
        end = _HEAD.size + size
        if len(buffer) < end:
            return
        payload = bytes(buffer[_HEAD.size : end])
        del buffer[:end]
        yield kind, number, payload


def run_pickled(call: bytes) -> bytes:
    """Runs a pickled (function, argument) and pickles (True, result) or (False, exception). Never raises."""
    try:
        function, argument = pickle.loads(call)
        return pickle.dumps((True, function(argument)))
    except BaseException as error:
        return _pickled_error(error)


def _pickled_error(error: BaseException) -> bytes:
    try:
        made = pickle.dumps((False, error))
        pickle.loads(made)  # many an exception is pickled, and can't be made again
        return made
    except Exception:
        return pickle.dumps((False, RuntimeError(type(error).__name__)))


def read_outcome(payload: bytes) -> tuple[bool, Any]:
    """(whether it came to its end, what it returned or raised)."""
    succeeded, value = pickle.loads(payload)
    return bool(succeeded), value
