"""What each report cost last time, in seconds: only by it is decided which begins first, and how long is left.

It is kept in the user's cache, never among the outputs, which know no clock. A file that is missing, damaged or can't
be written means that costs are unknown, and is no fault.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_path

from govnb.errors import ReportError
from govnb.storage import remove_leftovers, write_files

CACHE = "GOVNB_CACHE"  # names another folder than the user's cache
_MOST_FILES = 200  # of as many workspaces; the oldest are forgotten


def read_costs(root: Path) -> dict[str, float]:
    """Name of a report's notebook → seconds."""
    try:
        found = json.loads(_path(root).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: float(seconds) for name, seconds in found.items() if _is_cost(seconds)}


def _is_cost(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def write_costs(root: Path, measured: Mapping[str, float]) -> None:
    """Puts ``measured`` over what was known. One run at a time may do so for a workspace."""
    if not measured:
        return
    path = _path(root)
    known = {**read_costs(root), **{name: round(seconds, 3) for name, seconds in measured.items()}}
    content = json.dumps(known, indent=0, sort_keys=True).encode()
    with contextlib.suppress(ReportError, OSError):
        remove_leftovers(path.parent)
        write_files(path.parent, "costs", {path.name: content})
        files = sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)
        for old in files[:-_MOST_FILES]:
            old.unlink(missing_ok=True)


def _path(root: Path) -> Path:
    """One file for each workspace; its name tells nothing."""
    name = hashlib.sha256(str(root.resolve()).encode(errors="surrogateescape")).hexdigest()[:20]
    folder = os.environ.get(CACHE)
    cache = Path(folder) if folder else user_cache_path("govnb", appauthor=False)
    return cache / "costs" / f"{name}.json"
