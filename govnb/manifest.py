"""manifest.json: what a report was made from and what came of it, as sha256, and nothing that two runs have different.

It holds no clock, path or host name; file names are relative to the workspace. Beside the sha256 of every input stands
what each notebook has seen of the ledgers (``views``): agency and year → file → digest. A notebook that reads files by
itself has none, and nor has a report with a faulty ledger; it depends on its files as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from govnb.inputs.params import Params, effective
from govnb.material import NOTEBOOKS, digest_file

NAME = "manifest.json"

Views = Mapping[str, Mapping[str, str]]
"""``<agency>/<year>`` → file → digest of what a report of that year sees of it."""


def build_manifest(
    params: Params,
    packages: Mapping[str, str],
    inputs: Mapping[str, str],
    views: Mapping[str, Views],
    outputs: Mapping[str, str],
) -> dict[str, Any]:
    """``packages`` are name → version; ``views`` by notebook; ``inputs`` and ``outputs`` are file → sha256."""
    return {
        "agency": params.agency.id,
        "year": params.year,
        "parameters": {key: value for key, value, _ in effective(params)},
        "packages": dict(packages),
        "inputs": dict(sorted(inputs.items())),
        "views": {
            notebook: {reading: dict(sorted(files.items())) for reading, files in sorted(readings.items())}
            for notebook, readings in sorted(views.items())
            if readings
        },
        "outputs": dict(sorted(outputs.items())),
    }


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of an output folder, or None where there is none that can be read."""
    try:
        data = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    parts = ("packages", "inputs", "outputs")
    return data if isinstance(data, dict) and all(isinstance(data.get(part), dict) for part in parts) else None


def views_of(manifest: Mapping[str, Any], notebook: str) -> Views:
    """What a notebook has seen of the ledgers; nothing where that is not known."""
    views = manifest.get("views")
    found = views.get(notebook) if isinstance(views, dict) else None
    sound = isinstance(found, dict) and all(isinstance(files, dict) for files in found.values())
    return found if sound else {}  # type: ignore[return-value]


def is_unchanged(folder: Path, manifest: Mapping[str, Any] | None, name: str) -> bool:
    """Whether an output is there and is what the manifest says."""
    return manifest is not None and manifest["outputs"].get(name) == digest_file(folder / name)


def shared_inputs(inputs: Mapping[str, str]) -> dict[str, str]:
    """The inputs that all notebooks of a report share."""
    return {name: sha for name, sha in inputs.items() if not name.startswith(NOTEBOOKS)}
