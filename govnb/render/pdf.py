"""The nbconvert exporter ``govnb-pdf``; the work is done by ``govnb.render.typeset``."""

from __future__ import annotations

from govnb.render.exporter import GovnbExporter


class PDFExporter(GovnbExporter):
    """``jupyter nbconvert --to govnb-pdf``."""

    form = "pdf"
    output_mimetype = "application/pdf"
    export_from_notebook = "政府信息公开年报 PDF"
