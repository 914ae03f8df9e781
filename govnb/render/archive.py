"""ZIP containers (DOCX, XLSX) written so that the same content gives the same bytes: fixed times and order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

EPOCH = (1980, 1, 1, 0, 0, 0)


def normalise_zip(container: bytes, change: Callable[[str, bytes], bytes | None] = lambda name, data: data) -> bytes:
    """The same members by name, ``[Content_Types].xml`` first; ``change`` may replace one or drop it (None)."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(container)) as old, zipfile.ZipFile(result, "w") as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = change(name, old.read(name))
            if data is None:
                continue
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            new.writestr(entry, data, compresslevel=6)
    return result.getvalue()
