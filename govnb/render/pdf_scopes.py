"""After Typst: header cells of the statutory tables get TH and their scope, and the document its exact language.

Typst marks only the cells of a repeated table header; a reader with a screen reader also needs the row headers and the
headers inside the first table. Only tags are changed, never content.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from govnb.errors import Place, Problem, ReportError, Text

if TYPE_CHECKING:
    from govnb.form.grid import Cell, Grid

_Rows = list[list[Any]]  # structure elements of the cells, row by row
SCOPES = {"row": "/Row", "rowgroup": "/Row", "col": "/Column", "colgroup": "/Column"}


def finish_pdf(pdf: bytes, grids: Sequence[Grid], lang: str) -> bytes:
    """``pdf`` with the header cells of ``grids`` (its tables, in order) marked, deterministically written."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        tables: list[_Rows] = []
        for name, element in _walk(document.Root.StructTreeRoot.K):
            if name == "/Table":
                tables.append([])
            elif name == "/TR":
                tables[-1].append([])
            elif name in ("/TH", "/TD"):
                tables[-1][-1].append(element)
            elif name == "/LI":
                _drop_empty_label(element)
        if len(tables) != len(grids):
            raise _changed()
        for rows, grid in zip(tables, grids, strict=True):
            _mark(rows, grid)
        _set_language(document, lang)
        result = io.BytesIO()
        document.save(result, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return result.getvalue()


def _set_language(document: Any, lang: str) -> None:
    """Typst knows regions only; the script is what matters here, and XMP must say the same as the catalogue."""
    import pikepdf

    if "/Suspects" in document.Root.MarkInfo:  # false is the default, and poppler complains of one that is written
        del document.Root.MarkInfo["/Suspects"]
    typeset = str(document.Root.Lang)
    document.Root.Lang = pikepdf.String(lang)
    metadata = document.Root.Metadata
    metadata.write(metadata.read_bytes().replace(f"<rdf:li>{typeset}<".encode(), f"<rdf:li>{lang}<".encode()))


def _drop_empty_label(item: Any) -> None:
    """Our list items have no bullet, so Typst's Lbl holds nothing to read."""
    import pikepdf

    if isinstance(item.K, pikepdf.Array):
        kept = [child for child in item.K if child.get("/S") != "/Lbl" or child.get("/K")]
        item.K = pikepdf.Array(kept)


def _mark(rows: _Rows, grid: Grid) -> None:
    import pikepdf

    lines = grid.by_row()
    if [len(row) for row in rows] != [len(line) for line in lines]:
        raise _changed()
    for row, line in zip(rows, lines, strict=True):
        for element, cell in zip(row, line, strict=True):
            if cell.scope is None:
                continue
            element.S = pikepdf.Name.TH
            element.A = pikepdf.Dictionary(_attributes(cell, pikepdf))


def _attributes(cell: Cell, pikepdf: Any) -> dict[str, Any]:
    attributes = {"/O": pikepdf.Name.Table, "/Scope": pikepdf.Name(SCOPES[cell.scope or "row"])}
    if cell.rowspan > 1:
        attributes["/RowSpan"] = cell.rowspan
    if cell.colspan > 1:
        attributes["/ColSpan"] = cell.colspan
    return attributes


def _walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Structure elements below ``node`` in reading order, each with its type."""
    import pikepdf

    children = list(node) if isinstance(node, pikepdf.Array) else [node]
    for child in children:
        if isinstance(child, pikepdf.Dictionary) and (name := child.get("/S")) is not None:
            yield str(name), child
            if (below := child.get("/K")) is not None:
                yield from _walk(below)


def _changed() -> ReportError:
    what = Text("PDF 的表格结构与表样不符", "the PDF's table structure differs from the form")
    fix = Text("请使用 constraints.txt 中的 typst 版本", "Use the typst version of constraints.txt")
    return ReportError(Problem(Place(), what, fix, "render.structure"))
