"""Executed notebooks for the render tests; see tests/golden/render/make.py."""

from __future__ import annotations

import ast
import contextlib
import copy
import json
import shutil
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


# The narrative of the example with a number that its table contradicts.
CONTRADICTED = (
    "# 总体情况\n## 依申请公开\n"
    "2021年，我办新收政府信息公开申请580件，其中网络申请{{ applications.channel.online }}件。"
    "年内办结{{ applications.total.total }}件。行政复议{{ disputes.review.total }}宗；{{ applications.target_days }}个"
    "工作日内答复{{ applications.within_target }}件。\n"
)


@pytest.fixture(scope="session")
def example(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], dict[str, Any]]:
    """``example("pingtan", 2020)``: the example's own notebook, its cells run in this process. A copy each time."""
    root = tmp_path_factory.mktemp("example")
    for part in ("params", "data"):
        for agency in ("guangzhou-gov-office", "pingtan"):
            shutil.copytree(repository / part / agency, root / part / agency)
    (root / "params/guangzhou-gov-office/2021.md").write_text(CONTRADICTED, encoding="utf-8")
    made: dict[tuple[str, int], dict[str, Any]] = {}

    def run(agency: str, year: int) -> dict[str, Any]:
        if (agency, year) not in made:
            nb = json.loads((repository / "notebooks/annual_report.ipynb").read_text(encoding="utf-8"))
            with contextlib.chdir(root):
                _run_cells(nb, {"agency": agency, "year": year})
            made[agency, year] = json.loads(json.dumps(nb))
        return copy.deepcopy(made[agency, year])

    return run


def _run_cells(nb: dict[str, Any], names: dict[str, Any]) -> None:
    for count, cell in enumerate((cell for cell in nb["cells"] if cell["cell_type"] == "code"), 1):
        cell["execution_count"] = count
        if "parameters" in cell["metadata"].get("tags", ()):
            continue
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), "cell", "exec"), names)
        shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
        if shown is not None:
            bundle = shown._repr_mimebundle_()
            data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
            cell["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": metadata}]
