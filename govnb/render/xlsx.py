"""The nbconvert exporter ``govnb-xlsx``; the work is done by ``govnb.render.workbook``."""

from __future__ import annotations

from govnb.render.exporter import GovnbExporter


class XLSXExporter(GovnbExporter):
    """``jupyter nbconvert --to govnb-xlsx``."""

    form = "xlsx"
    output_mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    export_from_notebook = "政府信息公开年报 XLSX"
