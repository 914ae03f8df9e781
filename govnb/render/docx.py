"""The nbconvert exporter ``govnb-docx``; the work is done by ``govnb.render.word``."""

from __future__ import annotations

from govnb.render.exporter import GovnbExporter


class DOCXExporter(GovnbExporter):
    """``jupyter nbconvert --to govnb-docx``."""

    form = "docx"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    export_from_notebook = "政府信息公开年报 DOCX"
