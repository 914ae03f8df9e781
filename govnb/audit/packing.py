"""Audited reports as small bytes, so that 1,500 of them stay in memory and pass between processes cheaply.

Editions are left out and put back by number. Only what our own processes packed is ever unpacked.
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Mapping
from typing import Any

from govnb.form.edition import Edition


class _Packer(pickle.Pickler):
    def persistent_id(self, item: Any) -> Any:
        return item.number if isinstance(item, Edition) else None


class _Unpacker(pickle.Unpickler):
    def __init__(self, content: bytes, editions: Mapping[int, Edition]) -> None:
        super().__init__(io.BytesIO(content))
        self._editions = editions

    def persistent_load(self, number: Any) -> Edition:
        return self._editions[number]


def pack(item: Any) -> bytes:
    out = io.BytesIO()
    _Packer(out, protocol=5).dump(item)
    return zlib.compress(out.getvalue(), 1)


def unpack(content: bytes, editions: Mapping[int, Edition]) -> Any:
    return _Unpacker(zlib.decompress(content), editions).load()
