"""What a report and its cells say to one another: frames over a socket, each a kind, a length and its bytes.

A print goes out at once and in order, so a process that is killed has said everything it printed. Texts are cut small
here, so that the reading side never has to hold more than it wants; nothing here knows what a frame means.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections import deque
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

    def send_text(self, kind: bytes, text: str) -> None:
        for start in range(0, len(text), _PIECE):
            self.send(kind, text[start : start + _PIECE].encode("utf-8", "surrogatepass"))

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


def decode_text(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")
