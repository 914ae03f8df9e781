"""What a report and its cells say to one another: frames over a socket, each a kind, a length and its bytes.

What is printed is gathered in memory that both sides see, and goes out in order before anything else does: many small
prints cost little, and a process that is killed has said everything it printed. Texts are cut small here, so that the
reading side never has to hold more than it wants; nothing here knows what a frame means.
"""

from __future__ import annotations

import json
import mmap
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

# What cells say: text of a stream, a Jupyter message, a message too large to be sent, that the kernel is there.
STDOUT, STDERR, MESSAGE, OVERSIZE, READY = b"O", b"E", b"M", b"X", b"R"
# What a report says: run this cell, or come to an end.
REQUEST, END = b"Q", b"Z"

LARGEST = 64_000_000  # bytes of one message
_PIECE = 1 << 18  # characters of text in one frame
_HEAD = struct.Struct("!cI")


class Channel:
    """One end. Sending blocks until the other side takes it; ConnectionError where there is none any more."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._received = bytearray()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, kind: bytes, payload: bytes = b"") -> None:
        self._socket.sendall(_HEAD.pack(kind, len(payload)) + payload)

    def send_text(self, kind: bytes, text: str) -> Iterator[None]:
        """Once for each frame that was sent."""
        for start in range(0, len(text), _PIECE):
            self.send(kind, encode_text(text[start : start + _PIECE]))
            yield

    def send_json(self, kind: bytes, value: Any) -> None:
        self.send(kind, json.dumps(value).encode())

    def receive(self, flags: int = 0) -> list[tuple[bytes, bytes]]:
        """The frames that have come whole since the last call; ConnectionError at the end of the conversation."""
        piece = self._socket.recv(1 << 18, flags)
        if not piece:
            raise ConnectionResetError
        self._received += piece
        frames, start, received = [], 0, self._received
        while len(received) >= start + _HEAD.size:
            kind, size = _HEAD.unpack_from(received, start)
            end = start + _HEAD.size + size
            if len(received) < end:
                break
            frames.append((kind, bytes(received[start + _HEAD.size : end])))
            start = end
        del received[:start]
        return frames


class Spool:
    """Text of one kind that was printed and not yet sent. Made before the fork; one side fills it, the other reads it.

    With it stands how many frames of text were sent before, by which the reader knows whether it was sent after all
    by a process that was killed between sending it and emptying this.
    """

    _HEAD = struct.Struct("=QIc")
    _ROOM = 1 << 16

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._HEAD.size + self._ROOM)
        self._sent, self._size, self._kind = 0, 0, b"\0"

    def add(self, kind: bytes, text: bytes) -> bool:
        """Whether there was room for it beside what is there already."""
        size = self._size + len(text)
        if size > self._ROOM or (self._size and kind != self._kind):
            return False
        start = self._HEAD.size + self._size
        self._memory[start : start + len(text)] = text
        self._write(self._sent, size, kind)  # last: what is half written is not there
        return True

    def held(self) -> tuple[bytes, bytes] | None:
        """Kind and text, None where there is none."""
        return (self._kind, self._memory[self._HEAD.size : self._HEAD.size + self._size]) if self._size else None

    def was_sent(self) -> None:
        """A frame of text went out: what was here, or another while nothing was."""
        self._write(self._sent + 1, 0, self._kind)

    def _write(self, sent: int, size: int, kind: bytes) -> None:
        self._sent, self._size, self._kind = sent, size, kind
        self._HEAD.pack_into(self._memory, 0, sent, size, kind)

    def left(self, received: int) -> tuple[bytes, bytes] | None:
        """The reader's: what the other side, which has ended, held back; ``received`` are the frames of text."""
        sent, self._size, self._kind = self._HEAD.unpack_from(self._memory)
        return self.held() if sent == received else None


class Inbox:
    """Frames one at a time, with a time by which each must have come."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._frames: deque[tuple[bytes, bytes]] = deque()
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def next(self, until: float) -> tuple[bytes, bytes] | None:
        """The next frame; None where none came ``until`` (a time of time.monotonic).

        ConnectionError where the other side is gone and everything it said has been given out.
        """
        while not self._frames:
            left = until - time.monotonic()
            if left <= 0 or not self._poll.poll(left * 1000):
                return None
            self._frames.extend(self._channel.receive())
        return self._frames.popleft()


def encode_text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decode_text(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
