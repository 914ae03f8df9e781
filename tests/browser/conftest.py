"""How the tests here look at a page: with Chromium, by a script of this folder that prints JSON."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def look(program: Callable[..., str]) -> Callable[..., Any]:
    """``look("look.js", page, pdf)``: what the script saw. Skips where Chromium, node or its modules are missing."""
    chromium = program("chromium", "google-chrome", package="chromium")
    node = program("node", package="nodejs")
    if not (HERE / "node_modules/playwright-core").is_dir():
        pytest.skip("tests/browser/node_modules is missing (run npm ci there)")

    def seen(script: str, *arguments: Path | str) -> Any:
        command = [node, str(HERE / script), chromium, *map(str, arguments)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return seen
