"""The same document gives the same bytes: twice, and in other processes with other surroundings. And the exporters."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import pytest

from govnb.errors import ReportError
from govnb.render import FORMATS, REVIEW, render
from govnb.render.archive import normalise_zip
from govnb.render.document import Document

PROGRAM = """
import hashlib, json, sys
from govnb.render import FORMATS, render
from govnb.render.document import Document
made = Document.from_notebook(json.loads(sys.stdin.buffer.read()))
print(json.dumps({form: hashlib.sha256(render(made, form)).hexdigest() for form in FORMATS}))
"""


@pytest.mark.parametrize("form", FORMATS)
def test_twice_the_same(document, form):
    assert render(document(2021), form) == render(document(2021), form)


def test_same_bytes_in_other_surroundings(document, notebook, tmp_path):
    here = {form: hashlib.sha256(render(document(2021), form)).hexdigest() for form in FORMATS}
    folder = tmp_path / "政府 报告"
    folder.mkdir()
    for changed in (
        {"TZ": "Asia/Shanghai", "LC_ALL": "C", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0", "HOME": str(folder)},
        {
            "TZ": "America/New_York",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "77",
            "USER": "别人",
            "SOURCE_DATE_EPOCH": "1",
        },
    ):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=json.dumps(notebook(2021)).encode(),
            cwd=folder,
            env={**os.environ, **changed},
            capture_output=True,
            check=True,
        )
        assert json.loads(done.stdout) == here


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_containers_tell_no_time(document, form):
    with zipfile.ZipFile(io.BytesIO(render(document(2021), form))) as container:
        assert {item.date_time for item in container.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = container.namelist()
        assert names[0] == "[Content_Types].xml"
        assert names[1:] == sorted(names[1:])
        assert container.testzip() is None


def test_zip_members_are_changed_and_dropped():
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as container:
        for name in ("b", "a", "c"):
            container.writestr(name, name)
    made = normalise_zip(raw.getvalue(), lambda name, data: None if name == "c" else data * 2)
    with zipfile.ZipFile(io.BytesIO(made)) as container:
        assert {name: container.read(name) for name in container.namelist()} == {"a": b"aa", "b": b"bb"}


@pytest.mark.parametrize("form", FORMATS)
def test_exporters_are_found_by_name_and_give_the_same(notebook, form):
    from nbconvert.exporters import get_exporter

    nb = nbformat.from_dict(notebook(2021))
    before = json.dumps(nb)
    made, resources = get_exporter(f"govnb-{form}")().from_notebook_node(nb)
    assert resources["output_extension"] == f".{form}"
    assert (made.encode() if isinstance(made, str) else made) == render(Document.from_notebook(notebook(2021)), form)
    assert json.dumps(nb) == before


def test_govnb_itself_renders_by_the_exporters_and_reads_the_notebook_once(notebook, monkeypatch):
    """One exporter of a form for a process, those that nbconvert finds; what was read is not read or copied again."""
    from govnb.render import exporter as module

    points = {point.name: point.value for point in metadata.distribution("govnb").entry_points}
    assert {f"govnb-{form}": place for form, place in module._EXPORTERS.items()} == {
        name: place for name, place in points.items() if name.startswith("govnb-")
    }
    nb = nbformat.from_dict(notebook(2021))
    read = Document.from_notebook(nb)
    monkeypatch.setattr(module, "read_document", lambda *_: pytest.fail("read again"))
    monkeypatch.setattr(module.Exporter, "from_notebook_node", lambda *_: pytest.fail("copied"))
    for form in (*FORMATS, REVIEW):
        assert module.exporter(form) is module.exporter(form)
        assert module.export(nb, read, form) == render(read, form)


def test_exporters_do_not_hear_the_users_configuration(notebook):
    from traitlets.config import Config

    from govnb.render.html import HTMLExporter

    config = Config({"Exporter": {"preprocessors": ["no.such.Module"]}, "HTMLExporter": {"file_extension": ".txt"}})
    exporter = HTMLExporter(config=Config({"Exporter": config.Exporter}))
    made, _ = exporter.from_notebook_node(nbformat.from_dict(notebook(2020)))
    assert made == HTMLExporter().from_notebook_node(nbformat.from_dict(notebook(2020)))[0]


def test_exporter_takes_a_workspaces_forms(notebook, tmp_path):
    from govnb.render.exporter import Setting
    from govnb.render.html import HTMLExporter

    nb = nbformat.from_dict(notebook(2021, edition=2027))
    with pytest.raises(ReportError, match="2027"):
        HTMLExporter().from_notebook_node(nb)
    (tmp_path / "editions").mkdir()
    own = "edition: 2027\nauthority: 某办函〔2027〕1号\nyears: [2027, null]\nbase: 2021\nsections: []\ntables: {}\n"
    (tmp_path / "editions/2027.yaml").write_text(own, encoding="utf-8")
    made, _ = HTMLExporter(workspace=str(tmp_path)).from_notebook_node(nb)
    assert "收到和处理政府信息公开申请情况" in made
    from govnb.form.edition import read_editions

    setting = Setting(read_editions(tmp_path / "editions"))
    assert HTMLExporter().from_notebook_node(nb, {"govnb": setting})[0] == made


def test_nbconvert_from_the_command_line(notebook, tmp_path):
    path = tmp_path / "run.ipynb"
    path.write_text(json.dumps(notebook(2021), ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--to", "govnb-html", "run.ipynb"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "run.html").read_bytes() == render(Document.from_notebook(notebook(2021)), "html")


def test_exporter_modules_are_light():
    """nbconvert loads every entry point for any ``--to``: ours must not pull in, or fail on, what only they need."""
    program = (
        "import sys, nbconvert.exporters; before = set(sys.modules);"
        "import govnb.render.html, govnb.render.pdf, govnb.render.docx, govnb.render.xlsx;"
        "heavy = {'typst', 'pikepdf', 'docx', 'xlsxwriter', 'fontTools', 'opencc', 'pandas', 'matplotlib', 'lxml'};"
        "print(sorted(heavy & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_own_fonts_change_the_pdf_and_only_the_pdf(notebook, tmp_path):
    """A workspace's fonts/ is taken by its families' names; without a fitting family nothing changes."""
    from govnb.fonts import sans_file
    from govnb.render.fonts import read_fonts

    (tmp_path / "SimHei.otf").write_bytes(_renamed(sans_file(), "SimHei"))
    book = read_fonts(tmp_path)
    assert book.chain("heading")[0] == "SimHei"
    assert book.chain("body")[0] == "Noto Serif SC"
    own = Document.from_notebook(notebook(2020), fonts=tmp_path)
    plain = Document.from_notebook(notebook(2020))
    assert render(own, "pdf") != render(plain, "pdf")
    assert b"SimHei" in _font_names(render(own, "pdf"))
    assert render(own, "html") == render(plain, "html")
    (tmp_path / "empty").mkdir()
    assert render(Document.from_notebook(notebook(2020), fonts=tmp_path / "empty"), "pdf") == render(plain, "pdf")


def test_a_whole_paragraph_in_one_font(tmp_path):
    """A 仿宋 that lacks a character gives way for the paragraph, so that no text looks patched."""
    from govnb.fonts import serif_file
    from govnb.render.fonts import read_fonts

    (tmp_path / "FangSong.otf").write_bytes(_renamed(serif_file(), "FangSong", "政府信息公开"))
    book = read_fonts(tmp_path)
    assert book.chain("body", "政府信息")[0] == "FangSong"
    assert book.chain("body", "政府信息龑")[0] == "Noto Serif SC"
    assert book.missing("政府𠮷") == []


def _renamed(path: Path, family: str, kept: str | None = None) -> bytes:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(path)
    options = subset.Options(notdef_outline=True, name_IDs=["*"], layout_features=[])
    shrunk = subset.Subsetter(options)
    shrunk.populate(text=kept or "一二三四五六七八九十、总体情况主动公开政府信息收到和处理申请附图表123　")
    shrunk.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = family
    font["CFF "].cff.fontNames = [family]
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def _font_names(pdf: bytes) -> bytes:
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return b" ".join(
            str(item.BaseFont).encode()
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and "/BaseFont" in item
        )
