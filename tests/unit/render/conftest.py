"""Executed notebooks for the render tests; see tests/golden/render/make.py."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from govnb.render.document import Document
from govnb.report import MIME

GOLDEN = Path(__file__).parents[2] / "golden/render"
_READ: dict[int, Any] = {}


@pytest.fixture
def notebook() -> Callable[..., dict[str, Any]]:
    """``notebook(2021, name="…")``: an executed notebook whose published report has some keys replaced."""

    def read(year: int = 2021, **replaced: Any) -> dict[str, Any]:
        if year not in _READ:
            _READ[year] = json.loads((GOLDEN / f"notebook-{year}.json").read_text(encoding="utf-8"))
        made = copy.deepcopy(_READ[year])
        made["cells"][-1]["outputs"][-1]["data"][MIME].update(replaced)
        return made

    return read


@pytest.fixture
def document(notebook: Callable[..., dict[str, Any]]) -> Callable[..., Document]:
    """``document(2021, script="hant")``."""

    def make(year: int = 2021, **replaced: Any) -> Document:
        return Document.from_notebook(notebook(year, **replaced))

    return make


@pytest.fixture
def overview() -> Callable[..., list[dict[str, Any]]]:
    """``overview("text", …)``: sections of which the first holds paragraphs, or blocks given as (kind, text, image)."""

    def make(*blocks: str | tuple[str, ...]) -> list[dict[str, Any]]:
        lines = []
        for block in blocks:
            kind, text, *image = ("paragraph", block) if isinstance(block, str) else block
            lines.append({"kind": kind, "text": text, **({"image": image[0]} if image else {})})
        return [{"code": "overview", "title": "总体情况", "blocks": lines}]

    return make


@pytest.fixture
def pixel() -> str:
    """A picture of one pixel as the narrative holds it."""
    head = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA"
    return head + "60e6kgAAAABJRU5ErkJggg=="
