"""What the nbconvert exporters share: from an executed notebook to a Document, without the user's configuration.

``jupyter nbconvert --to govnb-html run.ipynb`` takes the forms and fonts of a workspace only when
asked (``--GovnbExporter.workspace=DIR``); in-process callers pass ``resources={"govnb": Setting(...)}``. ``export`` is
how govnb itself renders: by the same exporters, each made once for a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from nbconvert.exporters.exporter import Exporter
from traitlets import Unicode, default
from traitlets.config import Application, Config

from govnb.errors import GovnbError
from govnb.form.edition import Edition, read_editions
from govnb.render import render
from govnb.render.study_document import Printable, read_document


@dataclass(frozen=True)
class Setting:
    """Forms and fonts of a workspace for a call in-process; ``document``: what the notebook was read as with them."""

    editions: Mapping[int, Edition] | None = None
    fonts: Path | None = None
    document: Printable | None = None


class GovnbExporter(Exporter):
    """Base of the exporters; ``form`` is one of ``govnb.render.FORMATS``, or REVIEW."""

    workspace = Unicode("", help="Folder whose editions/ and fonts/ are used").tag(config=True)
    form: ClassVar[str]

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return f".{self.form}"

    def __init__(self, config: Config | None = None, **kw: Any) -> None:
        # Only our own sections and --execute: a preprocessor from ~/.jupyter would change the bytes unasked.
        heard = ("GovnbExporter", type(self).__name__, "ExecutePreprocessor")
        own = {name: section for name, section in (config or {}).items() if name in heard}
        super().__init__(config=Config(own), **kw)  # type: ignore[no-untyped-call]

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any | None = None, **kw: Any
    ) -> tuple[bytes | str, dict[str, Any]]:
        """The rendered file and its resources; the notebook is not changed."""
        given = dict(resources or {})
        setting = given.pop("govnb", None) or self._setting()
        if self.config.ExecutePreprocessor.get("enabled", False):
            nb, _ = super().from_notebook_node(nb, resources, **kw)
        given.update(output_extension=self.file_extension, outputs={})
        try:
            return self._render(setting.document or read_document(nb, setting.editions, setting.fonts)), given
        except GovnbError as error:
            if _is_command():  # it would print a traceback
                raise SystemExit(str(error)) from None
            raise

    def _setting(self) -> Setting:
        if not self.workspace:
            return Setting()
        root = Path(self.workspace)
        return Setting(read_editions(root / "editions"), root / "fonts")

    def _render(self, document: Printable) -> bytes | str:
        made = render(document, self.form)
        return made.decode("utf-8") if self.output_mimetype == "text/html" else made


def _is_command() -> bool:
    """Whether this is ``jupyter nbconvert``; in a notebook the application is another one."""
    return Application.initialized() and type(Application.instance()).__name__ == "NbConvertApp"


_EXPORTERS = {
    "html": "govnb.render.html:HTMLExporter",
    "pdf": "govnb.render.pdf:PDFExporter",
    "docx": "govnb.render.docx:DOCXExporter",
    "xlsx": "govnb.render.xlsx:XLSXExporter",
    "review": "govnb.render.review_page:ReviewExporter",
}


@cache
def exporter(form: str) -> GovnbExporter:
    """The exporter of one of ``govnb.render.FORMATS``, or of REVIEW; one for the whole process."""
    module, _, name = _EXPORTERS[form].partition(":")
    made: GovnbExporter = getattr(import_module(module), name)()
    return made


def export(notebook: Any, document: Printable, form: str) -> bytes:
    """The file that the exporter makes of ``notebook``, which was read as ``document``."""
    made, _ = exporter(form).from_notebook_node(notebook, {"govnb": Setting(document=document)})
    return made.encode("utf-8") if isinstance(made, str) else made
