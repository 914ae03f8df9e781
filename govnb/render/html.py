"""The nbconvert exporter ``govnb-html``; the work is done by ``govnb.render.webpage``."""

from __future__ import annotations

from govnb.render.exporter import GovnbExporter


class HTMLExporter(GovnbExporter):
    """``jupyter nbconvert --to govnb-html``."""

    form = "html"
    output_mimetype = "text/html"
    export_from_notebook = "政府信息公开年报 HTML"
