"""Which files an audit reads: those that are named, and the reports in the folders that are named.

Walks folders in the order of names, follows no link to a folder, and says what it passed over. Opens a file only to
see whether one without an extension looks like a report.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from govnb.errors import Place, Problem, Text, UsageError

SUFFIXES = (".html", ".htm", ".shtml", ".xhtml", ".pdf", ".docx", ".doc", ".wps")
PICTURES = (".png", ".jpg", ".jpeg")  # read only where text in pictures is recognised
MARK = b'<meta name="generator" content="govnb audit">'  # on every result page, so that none is ever audited
_HEAD = 1024
_PARTS_OF_PAGE = ("_files", ".files", "_文件")  # where browsers and Word put the pictures of a saved page
_BEGINNINGS = (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<body")


@dataclass(frozen=True)
class Source:
    """A file, and how it is called in every output: as it was given, or below the folder that was given."""

    path: Path
    shown: str


@dataclass(frozen=True)
class Collected:
    sources: tuple[Source, ...]
    passed_over: tuple[str, ...] = ()


def collect_sources(
    given: Sequence[str], leave_out: Path | None = None, suffixes: tuple[str, ...] = SUFFIXES
) -> Collected:
    """The files to read, in the order of ``given``; UsageError with every one that does not exist.

    A file that is named twice is read twice; one found in a folder only where it is not named beside it.
    """
    problems: list[Problem] = []
    sources: list[Source] = []
    passed_over: list[str] = []
    named = {_identity(Path(text)) for text in given if not Path(text).is_dir()}
    for text in given:
        path = Path(text)
        if not text or not os.path.lexists(path):
            problems.append(_missing(text))
        elif not path.is_dir():
            sources.append(Source(path, text))
        else:
            found = list(_walk(path, text, leave_out, suffixes, passed_over, problems))
            sources += [source for source in found if _identity(source.path) not in named]
            named |= {_identity(source.path) for source in found}
    if problems:
        raise UsageError(problems)
    return Collected(tuple(sources), tuple(passed_over))


def _identity(path: Path) -> str:
    return str(path.absolute())


def _missing(text: str) -> Problem:
    what = Text("没有这个文件或文件夹", "there is no such file or folder")
    return Problem(Place(file=text or "“”"), what, Text("请检查路径", "Check the path"), "usage.file")


def _walk(
    folder: Path,
    shown: str,
    leave_out: Path | None,
    suffixes: tuple[str, ...],
    passed_over: list[str],
    problems: list[Problem],
) -> Iterator[Source]:
    base = shown.rstrip("/" + os.sep) or shown

    def refused(error: OSError) -> None:
        place = Place(file=_below(base, folder, Path(error.filename or folder)))
        problems.append(Problem(place, Text("文件夹无法打开", "the folder can't be opened"), code="usage.file"))

    for top, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not _is_aside(name) and not _same(Path(top) / name, leave_out))
        for name in sorted(files):
            path = Path(top) / name
            if name.startswith((".", "~$")) or name == "audit-remarks.yaml" or _is_own(path):
                continue
            if _is_report(path, suffixes):
                yield Source(path, _below(base, folder, path))
            else:
                passed_over.append(_below(base, folder, path))


def _is_aside(name: str) -> bool:
    return name.startswith(".") or name.endswith(_PARTS_OF_PAGE)


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and _identity(path) == _identity(other)


def _below(base: str, folder: Path, path: Path) -> str:
    relative = path.relative_to(folder).as_posix()
    return base if relative == "." else f"{base}/{relative}" if base != "." else relative


def _is_report(path: Path, suffixes: tuple[str, ...]) -> bool:
    if not path.is_file():  # pipes and devices that stand in a folder
        return False
    if path.suffix:
        return path.suffix.lower() in suffixes
    head = _head(path)
    return head.startswith(_BEGINNINGS) or any(mark in head.lower() for mark in _MARKUP)


def _is_own(path: Path) -> bool:
    """A result page of an earlier audit."""
    return path.suffix == ".html" and path.is_file() and MARK in _head(path)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""
