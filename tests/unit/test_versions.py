"""Versions of what outputs depend on; rendering is told apart truly: no cell loads what only rendering needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from govnb import versions
from govnb.versions import RENDERING, differing, package_versions, told

MODULES = {
    "nbconvert": "nbconvert",
    "typst": "typst",
    "pikepdf": "pikepdf",
    "python-docx": "docx",
    "xlsxwriter": "xlsxwriter",
    "pylopdf-fonts-jp": "pylopdf_fonts_jp",
    versions.RENDERING_CODE: "govnb.render",
}
RUN = """
import json, sys
import nbclient, papermill
from govnb.notebook import cells, engine, execute
loaded = set(sys.modules)
for name in json.loads(sys.argv[1]):
    scope = {"agency": "guangzhou-gov-office", "year": 2021}
    for cell in json.load(open(f"notebooks/{name}.ipynb", encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code" and not cell["metadata"].get("tags"):
            *first, last = "".join(cell["source"]).split("\\n")
            exec("\\n".join(first), scope)
            try:
                shown = eval(last, scope)
            except SyntaxError:
                exec(last, scope)
            else:
                getattr(shown, "_repr_mimebundle_", getattr(shown, "_ipython_display_", None))()
from govnb.audit.member_pages import read_member_pages
from govnb.audit import auditing, docx_reader, html_reader, pdf_reader
print(json.dumps(sorted(sys.modules)))
"""


def test_versions_are_of_what_is_installed() -> None:
    found = package_versions()
    assert "missing" not in found.values()
    assert {"python", "papermill", "pandas", "matplotlib", "nbconvert", "typst", "govnb code"} <= set(found)
    assert set(found) >= RENDERING


def test_no_cell_loads_what_only_rendering_needs(repository: Path) -> None:
    """The notebooks of the example, run without rendering, and the readers of members' pages."""
    assert set(MODULES) == RENDERING
    notebooks = json.dumps(["annual_report", "handling"])
    command = [sys.executable, "-c", RUN, notebooks]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"govnb.workpaper", "govnb.studies.handling", "pandas", "matplotlib"} <= loaded
    assert not loaded.intersection(MODULES.values())


def test_code_that_renders_has_a_digest_of_its_own(tmp_path: Path) -> None:
    for name in ("render/page.py", "render/templates/page.html.j2", "counting/rules.py", "example/data.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    rendering, other = versions._code_digests(tmp_path)
    tmp_path.joinpath("example/data.json").write_text("2")
    assert versions._code_digests(tmp_path) == (rendering, other)
    tmp_path.joinpath("render/templates/page.html.j2").write_text("2")
    changed, same = versions._code_digests(tmp_path)
    assert (changed != rendering, same) == (True, other)
    tmp_path.joinpath("counting/rules.py").write_text("2")
    assert versions._code_digests(tmp_path)[0] == changed
    assert versions._code_digests(tmp_path)[1] != other


def test_what_differs_is_named_with_both_versions() -> None:
    before, now = {"pandas": "2.3", "typst": "0.14", "govnb code": "aa", "x": "1"}, {"pandas": "3.0", "typst": "0.14"}
    names = differing(before, now)
    assert names == ["govnb code", "pandas", "x"]
    assert told(names, before, now) == "govnb code, pandas 2.3 → 3.0, x 1 → -"
    assert told("abcd", {}, {}) == "a - → -, b - → -, c - → - …"
