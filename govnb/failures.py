"""The names in ``failed/``, which the notebooks of a report share: what writes them and what reads them go by these."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

FAILED = "failed"
_REASON = re.compile(r"reason(-[^./\\\x00-\x1f\x7f\ud800-\udfff][^/\\\x00-\x1f\x7f\ud800-\udfff]*)?\.txt")


class FailureFiles(NamedTuple):
    """Why a notebook failed, and the notebook as far as it got, by their names in ``failed/``."""

    reason: str
    notebook: str


def failure_files(notebook: str | None = None) -> FailureFiles:
    """Those of the report's own notebook (None) have plain names."""
    which = "" if notebook is None else f"-{notebook}"
    return FailureFiles(f"reason{which}.txt", f"notebook{which}.ipynb")


def find_failures(names: Iterable[str]) -> list[FailureFiles]:
    """Of each reason among ``names``; that of the report's own notebook first."""
    found = [match[1] for name in names if (match := _REASON.fullmatch(name))]
    return [failure_files(which and which[1:]) for which in sorted(found, key=lambda which: which or "")]
