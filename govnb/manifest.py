"""manifest.json: what a report was made from and what came of it, as sha256, and nothing that two runs have different.

It decides whether a report must be run again: by content, never by time stamps. It holds no clock, path or host name;
file names are relative to the workspace.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from govnb.errors import ParamsError, Text
from govnb.inputs.listing import FORMATS, is_workbook, ledger_named, published_files
from govnb.inputs.params import Params, effective, read_params
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace

NAME = "manifest.json"
_PACKAGES = (
    "govnb", "papermill", "nbconvert", "nbclient", "nbformat", "ipykernel", "ipython", "pandas", "numpy", "pyarrow",
    "matplotlib", "typst", "pikepdf", "python-docx", "xlsxwriter", "jinja2", "markdown-it-py", "opencc",
    "chinesecalendar", "pylopdf-fonts-zh-cn", "pylopdf-fonts-jp", "python-calamine", "sqlalchemy", "fonttools",
    "pillow", "pygments",
)  # fmt: skip
_DECLARED = re.compile(r"declared-(\d{4})\.(json|yaml|xlsx)")
_NOTEBOOKS = "notebooks/"
_YEARS = 5  # a report looks at itself and up to four years before it
_PIECE = 1 << 20


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 of a file, read in pieces; ``missing`` where there is none."""
    sha = hashlib.sha256()
    if not path.is_file():  # a pipe would be waited for
        return "missing"
    try:
        with path.open("rb") as handle:
            while piece := handle.read(_PIECE):
                sha.update(piece)
    except OSError:
        return "missing"
    return sha.hexdigest()


@cache
def package_versions() -> dict[str, str]:
    """Versions of what the bytes of the outputs depend on; of govnb its code too, as a version says little."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = "missing"
    versions["govnb code"] = _code_digest()
    return versions


def _code_digest() -> str:
    sha = hashlib.sha256()
    root = Path(str(resources.files("govnb")))
    for path in sorted(root.rglob("*")):
        if (
            path.is_file()
            and path.suffix in (".py", ".yaml", ".j2", ".css", ".js", ".typ", ".json")
            and "example" not in path.parts
        ):
            sha.update(path.relative_to(root).as_posix().encode())
            sha.update(path.read_bytes())
    return sha.hexdigest()


def input_digests(workspace: Workspace, params: Params, notebook: Path) -> dict[str, str]:
    """Shown name → sha256 of every file that the report depends on.

    UsageError where a link among them leads out of the workspace; nothing outside is read, not even to hash it.
    """
    paths = input_files(workspace, params, notebook)
    return {workspace.shown(path): digest_file(workspace.inside(path)) for path in paths}


def input_files(workspace: Workspace, params: Params, notebook: Path) -> list[Path]:
    """Every file that the report depends on; some may be missing.

    Its own, its earlier years' and its members', the forms, the calendar, the fonts.
    """
    paths = {notebook, *_shared(workspace)}
    for each in involved(workspace, params):
        paths |= {*_parameter_files(workspace, each), *_ledger_files(workspace, each)}
    for member in params.agency.members:
        paths |= {*published_files(workspace, member, params.year)}
    return sorted(paths)


def involved(workspace: Workspace, params: Params) -> tuple[Params, ...]:
    """The parameters of the report, of its earlier years and of its members, as far as there are any."""
    found: dict[tuple[str, int], Params] = {}

    def add(each: Params) -> None:
        agency = each.agency
        if (agency.id, each.year) in found:
            return
        found[agency.id, each.year] = each
        wanted = [(agency.id, each.year - 1), *((member, each.year) for member in agency.members)]
        for name, year in wanted:
            # A faulty one is told where it is read; here its files are enough, and they are hashed in any case.
            with contextlib.suppress(ParamsError):
                if year > params.year - _YEARS and year in workspace.years(name):
                    add(read_params(workspace, name, year))

    add(params)
    return tuple(found.values())


def _shared(workspace: Workspace) -> Iterator[Path]:
    for folder in ("editions", "calendar", "fonts"):
        for path in (workspace.root / folder).glob("*"):
            if path.is_file():
                yield path


def _parameter_files(workspace: Workspace, params: Params) -> Iterator[Path]:
    """Everything beside the parameters (a narrative's pictures too) but other years' narratives and later years."""
    folder, year = workspace.root / "params" / params.agency.id, params.year
    for path in folder.rglob("*"):
        stem = path.stem
        other = stem.isdigit() and (int(stem) > year or (int(stem) < year and path.suffix == ".md"))
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not other and not hidden:
            yield path


def _ledger_files(workspace: Workspace, params: Params) -> Iterator[Path]:
    folder = workspace.root / "data" / params.agency.id
    schemas = build_schemas(workspace.editions)
    for path in folder.iterdir() if folder.is_dir() else ():
        declared = _DECLARED.fullmatch(path.name)
        named = path.suffix.lower() in FORMATS and ledger_named(path.stem, schemas) is not None
        ledger = named or is_workbook(path)
        if path.is_file() and (ledger or (declared and int(declared.group(1)) <= params.year)):
            yield path
    for source in params.sources.values():
        if source.file is not None:
            yield workspace.source_path(params.agency.id, source.file)


def reads_database(papers: Iterable[Params]) -> bool:
    """Whether a ledger comes from a database: its content has no file to hash, so such a report is run every time."""
    return any(source.url is not None for params in papers for source in params.sources.values())


def build_manifest(
    folder: Path, params: Params, inputs: Mapping[str, str], outputs: Mapping[str, bytes]
) -> dict[str, Any]:
    """The manifest of ``outputs``, and of what other notebooks made from the same inputs in ``folder``."""
    made = {name: digest(content) for name, content in outputs.items()}
    notebooks, kept = _others(folder, inputs, outputs)
    return {
        "agency": params.agency.id,
        "year": params.year,
        "parameters": {key: value for key, value, _ in effective(params)},
        "packages": package_versions(),
        "inputs": dict(sorted({**inputs, **notebooks}.items())),
        "outputs": dict(sorted({**kept, **made}.items())),
    }


def _others(
    folder: Path, inputs: Mapping[str, str], outputs: Mapping[str, bytes]
) -> tuple[dict[str, str], dict[str, str]]:
    """Other notebooks, and their outputs, that the manifest in ``folder`` lists and that are still as it says."""
    before = read_manifest(folder)
    if before is None or before["packages"] != package_versions() or _data(before["inputs"]) != _data(inputs):
        return {}, {}
    kept = {name: sha for name, sha in before["outputs"].items() if name not in outputs and is_unchanged(folder, name)}
    made = {f"{_NOTEBOOKS}{name}" for name in kept if name.endswith(".ipynb")}
    return {name: sha for name, sha in before["inputs"].items() if name in made}, kept


def _data(inputs: Mapping[str, str]) -> dict[str, str]:
    """The inputs that all notebooks of a report share."""
    return {name: sha for name, sha in inputs.items() if not name.startswith(_NOTEBOOKS)}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of an output folder, or None where there is none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    parts = ("packages", "inputs", "outputs")
    return data if isinstance(data, dict) and all(isinstance(data.get(part), dict) for part in parts) else None


def is_unchanged(folder: Path, name: str) -> bool:
    """Whether an output is there and is what the manifest beside it says."""
    manifest = read_manifest(folder)
    return manifest is not None and manifest["outputs"].get(name) == digest_file(folder / name)


def reason_to_run(folder: Path, inputs: Mapping[str, str], notebook: str, database: bool) -> Text | None:
    """Why a report must be run, or None where its inputs and its executed ``notebook`` are there and unchanged."""
    manifest = read_manifest(folder)
    if manifest is None:
        return Text("尚未生成", "not made yet")
    if manifest["packages"] != package_versions():
        return Text("程序或依赖版本有变", "package versions changed")
    if database:
        return Text("台账来自数据库", "a ledger comes from a database")
    others = {name for name in manifest["inputs"] if name.startswith(_NOTEBOOKS)} - {*inputs}
    before = {name: sha for name, sha in manifest["inputs"].items() if name not in others}
    if notebook not in manifest["outputs"] and _data(before) == _data(inputs):
        return Text("尚未生成", "not made yet")
    if before != dict(inputs):
        changed = sorted(name for name in {*before, *inputs} if before.get(name) != inputs.get(name))
        listed = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        return Text(f"输入有变：{listed}", f"inputs changed: {listed}")
    if not is_unchanged(folder, notebook):
        return Text(f"{notebook}缺失或被改动", f"{notebook} is missing or was changed")
    return None
