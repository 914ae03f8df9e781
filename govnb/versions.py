"""Versions of everything on which the bytes of outputs depend, and which of it only their rendering depends on."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata, resources
from pathlib import Path

_PACKAGES = (
    "govnb", "papermill", "nbconvert", "nbclient", "nbformat", "ipykernel", "ipython", "pandas", "numpy", "pyarrow",
    "matplotlib", "typst", "pikepdf", "python-docx", "xlsxwriter", "jinja2", "markdown-it-py", "opencc",
    "chinesecalendar", "pylopdf-fonts-zh-cn", "pylopdf-fonts-jp", "python-calamine", "sqlalchemy", "fonttools",
    "pillow", "pygments", "lxml", "pypdfium2",
)  # fmt: skip
CODE, RENDERING_CODE = "govnb code", "govnb rendering code"
# What no cell of a notebook ever loads (a test runs one and looks). Doubtful ones, such as pygments, are not here.
RENDERING = frozenset(
    {"nbconvert", "typst", "pikepdf", "python-docx", "xlsxwriter", "pylopdf-fonts-jp", RENDERING_CODE}
)
_CODE_FILES = (".py", ".yaml", ".j2", ".css", ".js", ".typ", ".json")
_RENDERING_ROOM = "render"


@cache
def package_versions() -> dict[str, str]:
    """Versions of what the outputs depend on; of govnb its code too, as a version says little."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "missing"
    rendering, other = _code_digests(Path(str(resources.files("govnb"))))
    return {**versions, CODE: other, RENDERING_CODE: rendering}


def _code_digests(root: Path) -> tuple[str, str]:
    """sha256 of the code that renders, and of all other."""
    rendering, other = hashlib.sha256(), hashlib.sha256()
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if path.suffix in _CODE_FILES and "example" not in inside.parts and path.is_file():
            sums = rendering if inside.parts[0] == _RENDERING_ROOM else other
            sums.update(inside.as_posix().encode())
            sums.update(path.read_bytes())
    return rendering.hexdigest(), other.hexdigest()


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Names of what is not of the same version, sorted."""
    return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))


def told(names: Iterable[str], before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """``pandas 2.3 → 3.0``, of at most three; digests of code are not shown."""
    listed = [
        name if name in (CODE, RENDERING_CODE) else f"{name} {before.get(name, '-')} → {now.get(name, '-')}"
        for name in names
    ]
    return ", ".join(listed[:3]) + (" …" if len(listed) > 3 else "")
