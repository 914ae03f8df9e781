"""The nbconvert exporter ``govnb-review``; the work is done by ``govnb.render.review``."""

from __future__ import annotations

from traitlets import default

from govnb.render.exporter import GovnbExporter


class ReviewExporter(GovnbExporter):
    """``jupyter nbconvert --to govnb-review``: the reviewer's page, which shows code and is not for publication."""

    form = "review"
    output_mimetype = "text/html"
    export_from_notebook = "政府信息公开年报审核页"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".review.html"  # not .html: that is the published page
