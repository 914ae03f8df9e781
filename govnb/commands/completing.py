"""What the shell may complete: agency ids and years of the workspace. Looks at names in params/ only, so it is quick.

A fault is never told here: the command itself will, once it is run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import click

_AGENCY = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_YEAR = re.compile(r"[0-9]{4}\.yaml")


def complete_agency(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids that begin with ``incomplete``."""
    return [CompletionItem(name) for name in agencies(ctx) if name.startswith(incomplete)]


def complete_year(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Years of the agencies that the line names already, of all where it names none."""
    named = ctx.params.get("agency") or ctx.params.get("agencies") or ()
    return _years(ctx, [named] if isinstance(named, str) else named, incomplete)


def complete_compared(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``diff``: an agency and its years, or files."""
    given = ctx.params.get("what") or ()
    if not given:
        # Files first: bash drops what came before such an item, and looks for files only where nothing else fits.
        return [CompletionItem(incomplete, type="file"), *complete_agency(ctx, param, incomplete)]
    if given[0] in agencies(ctx):
        return _years(ctx, given[:1], incomplete)
    return [CompletionItem(incomplete, type="file")]


def agencies(ctx: click.Context) -> list[str]:
    params = _params(ctx)
    if params is None:
        return []
    return sorted(path.parent.name for path in params.glob("*/agency.yaml") if _AGENCY.fullmatch(path.parent.name))


def _years(ctx: click.Context, named: Sequence[str], incomplete: str) -> list[CompletionItem]:
    params = _params(ctx)
    if params is None:
        return []
    found = {
        path.stem
        for path in params.glob("*/*.yaml")
        if _YEAR.fullmatch(path.name) and (not named or path.parent.name in named)
    }
    return [CompletionItem(year) for year in sorted(found) if year.startswith(incomplete)]


def _params(ctx: click.Context) -> Path | None:
    """params/ of ``-w``, or of the nearest folder upwards that has it."""
    given = ctx.params.get("workspace")
    here = Path.cwd()
    folders = (Path(given),) if given else (here, *here.parents)
    try:
        return next((folder / "params" for folder in folders if (folder / "params").is_dir()), None)
    except OSError:
        return None
