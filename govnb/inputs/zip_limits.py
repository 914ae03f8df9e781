"""Members of a zip archive, read within limits: what .xlsx and .docx files are unpacked with.

Sizes are judged by what the archive declares before anything is unpacked, and no byte beyond the declared size is ever
unpacked. Knows no document format and never unpacks to disk.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass

_CHUNK = 1 << 16
# bzip2 and LZMA unpack a chunk to any size in one step, and no office program writes them.
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class TooLarge(Exception):  # noqa: N818 - told apart from the public tree of errors
    """The archive declares more than its limits allow."""


class Locked(Exception):  # noqa: N818
    """A member that is needed is encrypted."""


@dataclass(frozen=True)
class ZipLimits:
    """``members``: number of all members; ``part`` and ``total``: unpacked bytes of one needed member and of all;
    ``ratio``: of unpacked to packed size, for needed members over ``ratio_from`` bytes."""

    members: int
    part: int
    total: int
    ratio: int
    ratio_from: int


def read_members(archive: zipfile.ZipFile, needed: Callable[[str], bool], limits: ZipLimits) -> dict[str, bytes]:
    """Name → content of the needed members. TooLarge, Locked, or what :mod:`zipfile` raises for damage."""
    infos = archive.infolist()
    wanted = [info for info in infos if needed(info.filename)]
    if len(infos) > limits.members or sum(info.file_size for info in wanted) > limits.total:
        raise TooLarge
    for info in wanted:
        bomb = info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(info.compress_size, 1)
        if bomb or info.file_size > limits.part:
            raise TooLarge
    if any(info.flag_bits & 1 for info in wanted):
        raise Locked
    return {info.filename: _read(archive, info) for info in wanted}


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type not in _PACKINGS:
        raise NotImplementedError("packing")
    # In chunks: a single read() unpacks everything that the packed bytes hold before it looks at the declared size.
    chunks: list[bytes] = []
    with archive.open(info) as member:
        while chunk := member.read(_CHUNK):
            chunks.append(chunk)
    return b"".join(chunks)
