"""The example workspace, as files: the repository's own params/, data/ and notebooks/, which a wheel carries along.

Only the parts named in ``EXAMPLE`` belong to it, so that an agency which somebody adds to a checkout, with its ledgers,
never travels in a wheel or into another folder. Nothing here writes; ``govnb init`` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

# The same list as only-include in pyproject.toml; a test compares them.
EXAMPLE = (
    "params/guangzhou-gov-office",
    "params/pingtan",
    "data/README.md",
    "data/guangzhou-gov-office",
    "data/pingtan",
    "notebooks/annual_report.ipynb",
    "notebooks/comparison.ipynb",
    "notebooks/handling.ipynb",
)
_IN_WHEEL = "example_workspace"


def example_files() -> Iterator[tuple[str, bytes]]:
    """Each file of the example as (path in a workspace, with "/", and content), sorted by path.

    FileNotFoundError where the installation lacks a part of it.
    """
    root = _example_root()
    found = [pair for part in EXAMPLE for pair in _files(root.joinpath(*part.split("/")), part)]
    yield from ((path, file.read_bytes()) for path, file in sorted(found, key=lambda pair: pair[0]))


def example_notebook() -> bytes:
    """The report's notebook, not run. FileNotFoundError where the installation lacks it."""
    return _example_root().joinpath("notebooks", "annual_report.ipynb").read_bytes()


def _example_root() -> Traversable:
    packaged = resources.files("govnb").joinpath(_IN_WHEEL)
    # a checkout (editable install) has no copy in the package: there the repository itself is the example
    return packaged if packaged.is_dir() else Path(__file__).resolve().parent.parent


def _files(node: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    if not node.is_dir():
        yield path, node
        return
    for child in node.iterdir():
        if not child.name.startswith("."):  # .ipynb_checkpoints, .DS_Store and other things that programs leave
            yield from _files(child, f"{path}/{child.name}")
