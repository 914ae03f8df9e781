"""Everything that would make two executed notebooks differ, or tell where and by whom they were run, taken out.

The one list of what varies in a notebook: times, durations, random cell ids, paths, the machine's language versions,
secret values. Rendering has its own list in render/archive.py. Nothing here executes or reads a file.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat

HIDDEN = "***"
PARAMETERS, INJECTED = "parameters", "injected-parameters"
ERROR_MARK = "papermill-error-cell-tag"  # of the two cells by which papermill points to a cell that failed
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# IPython's name for a cell's code holds the kernel's process id; our scratch folders have random names.
# Both look from the beginning of a word only: from each of its characters, a long word (a picture) takes for ever.
_WORD = r"(?<![^\s'\"<>])[^\s'\"<>]*"
# What is left to chance: a piece of text that is in each of its forms, all of them, and what is printed instead.
_CHANCE = (
    ("at 0x", re.compile(r"(?<=at )0x[0-9a-fA-F]+"), "0x0"),
    ("ipykernel_", re.compile(_WORD + r"ipykernel_\d+[/\\]\d+\.py"), "cell.py"),
    ("govnb-", re.compile(_WORD + r"[/\\]govnb-[a-z0-9_]{8}"), "tmp"),
)
_PACKAGE = Path(__file__).resolve().parent.parent.parent


def scrub(notebook: nbformat.NotebookNode, root: Path, secrets: Iterable[str]) -> nbformat.NotebookNode:
    """``notebook`` changed in place: the same bytes for the same inputs, no path, no user, no secret."""
    hide = hider(root, secrets)
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "papermill": {"parameters": dict(parameters)},
        }
    )
    name_cells(notebook)
    before: Any = None
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if INJECTED in cell.metadata.get("tags", []):
            _copy_marks(before, cell)
        if cell.cell_type == "code":
            cell.outputs = [_scrubbed(output, hide) for output in _joined(cell.outputs)]
        before = cell
    return notebook


def name_cells(notebook: nbformat.NotebookNode) -> None:
    """An id for each cell that has none, and for those that papermill put in, by its place and not by chance."""
    taken = {cell.get("id") for cell in notebook.cells}
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags", [])
        if INJECTED in tags:
            cell.id = INJECTED
        elif ERROR_MARK in tags:
            cell.id = f"{ERROR_MARK}-{number}"
        elif not cell.get("id"):
            cell.id = next(name for name in _names(f"cell-{number}") if name not in taken)
            taken.add(cell.id)


def _names(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1


def _copy_marks(parameters: Any, injected: Any) -> None:
    """The injected cell is hidden, folded and tagged as the cell is whose values it replaces (papermill #731)."""
    if parameters is None or PARAMETERS not in parameters.metadata.get("tags", []):
        return
    tags = [tag for tag in parameters.metadata["tags"] if tag != PARAMETERS]
    marks = {key: value for key, value in parameters.metadata.items() if key != "tags"}
    injected.metadata = nbformat.from_dict({**marks, **injected.metadata, "tags": [INJECTED, *tags]})


def hider(root: Path, secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that takes paths of this machine and secret values out of a text.

    A value that is too short to be a secret, such as a port, is left alone: every 5432 of a report would go with it.
    """
    replaced: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for secret in filter(hideable, secrets):
        for spelling in _spellings(secret):
            replaced[spelling], patterns[spelling] = HIDDEN, re.escape(spelling)
    for path, shown in _folders(root):
        for spelling in _spellings(path):
            replaced.setdefault(spelling, shown)
            patterns.setdefault(spelling, _bounded(spelling))
    pattern = re.compile("|".join(patterns[text] for text in sorted(patterns, key=len, reverse=True)))

    def hide(text: str) -> str:
        # Looked for first, at a fraction of what a pattern costs: hardly any text has any of it.
        if any(spelling in text for spelling in replaced):
            text = pattern.sub(lambda found: replaced[found.group()], text)
        return _without_chance(text)

    return hide


def hideable(secret: str) -> bool:
    """Whether a value can be told from ordinary text: four characters, and more than a year or a port."""
    return len(secret) >= 4 and not (secret.isascii() and secret.isdigit() and len(secret) <= 5)


def _without_chance(text: str) -> str:
    for sign, pattern, instead in _CHANCE:
        if sign in text:
            text = pattern.sub(instead, text)
    return text


def _folders(root: Path) -> Iterator[tuple[str, str]]:
    """Folders that tell where a report was run, and what is printed instead."""
    home = os.path.expanduser("~")  # noqa: PTH111  (Path.home raises where there is no home)
    for path, shown in (
        (str(root), "."),
        (sys.prefix, "python"),
        (sys.base_prefix, "python"),
        (str(_PACKAGE), "python"),
        (home, "~"),
        (tempfile.gettempdir(), "tmp"),
    ):
        if path and path not in ("/", ".", "~"):
            yield path, shown


def _spellings(text: str) -> dict[str, None]:
    """``text`` as it is, and as Python, JSON, an address and HTML write it."""
    return dict.fromkeys(
        (text, repr(text)[1:-1], json.dumps(text)[1:-1], quote(text), quote(text, safe=""), escape(text))
    )


def _bounded(path: str) -> str:
    """A pattern for ``path``; one folder deep (``/p``) it must stand alone, or tags and addresses would match."""
    if path.count("/") == 1 and path.startswith("/"):
        return rf"(?:(?<=file://)|(?<![\w<./\\\-])){re.escape(path)}(?![\w\-])"
    return re.escape(path)


def _joined(outputs: Iterable[Any]) -> list[Any]:
    """Neighbouring pieces of one stream as one: how a stream is cut into messages is up to chance."""
    result: list[Any] = []
    for output in outputs:
        last = result[-1] if result else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def _scrubbed(output: Any, hide: Callable[[str], str]) -> Any:
    if output.output_type == "stream":
        output.text = hide(output.text)
    elif output.output_type == "error":
        output.evalue = hide(output.evalue)
        output.traceback = [hide(_ANSI.sub("", line)) for line in output.traceback]
    elif (said := "\n".join([*_texts(output.data), *_texts(output.metadata)])) != hide(said):
        # Hardly ever, and each piece by itself costs twenty times as much as all of them at once.
        output.data = nbformat.from_dict(_deep(output.data, hide))
        output.metadata = nbformat.from_dict(_deep(output.metadata, hide))
    return output


def _texts(value: Any) -> Iterator[str]:
    """Every text in ``value`` that ``_deep`` looks at."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _deep(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {key: _deep(item, hide) for key, item in value.items()}
    if isinstance(value, list):
        return [_deep(item, hide) for item in value]
    return value
