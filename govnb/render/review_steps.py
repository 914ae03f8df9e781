"""The notebook's steps for a reviewer: each heading with its text, its code and what the code showed.

Whatever a cell printed is shown as data: HTML is rebuilt (``review_html``), Markdown is read without HTML, nothing runs
and nothing is fetched. The injected parameters and the bundle itself are left out; charts are drawn once, elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from govnb.errors import ReportError
from govnb.render.document import SVG
from govnb.render.pictures import Picture, read_picture
from govnb.render.review_html import plain_text, safe_html
from govnb.report import MIME

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 20_000  # characters of one output that are shown; the notebook beside the page has the rest
_LARGEST_PICTURE = 400_000  # bytes
_SHORT = 1_500  # characters of an output that needs no folding
_HIDDEN = {"injected-parameters", "parameters"}
_CALL = re.compile(r"\b(open_workpaper|count_tables|count_figures|show_table|narrate|run_checks|publish)\(([^()]*)")


@dataclass(frozen=True)
class Output:
    """``kind``: html (rebuilt, safe), text, picture or chart (``chart`` is its number from 1)."""

    kind: str
    html: Markup = field(default_factory=Markup)
    text: str = ""
    picture: Picture | None = None
    chart: int = 0
    cut: bool = False

    @property
    def folded(self) -> bool:
        return len(self.html) + len(self.text) > _SHORT


@dataclass(frozen=True)
class CodeCell:
    """``number`` is the cell's as a person counts all cells."""

    number: int
    code: Markup
    lines: int
    outputs: tuple[Output, ...]

    @property
    def anchor(self) -> str:
        return f"cell-{self.number}"


@dataclass
class Step:
    """What stands under one heading: Markdown as HTML, and code cells, in their order."""

    number: int
    title: str
    parts: list[Markup | CodeCell] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"step-{self.number}"


def build_steps(cells: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps in order; what stands before the first heading has an empty title."""
    steps: list[Step] = []
    charts = 0
    for number, cell in enumerate(cells, 1):
        source, kind = _joined(cell.get("source", "")), cell.get("cell_type")
        if kind == "code":
            made = _code_cell(number, cell, source, charts)
            charts += sum(SVG in output.get("data", {}) for output in cell.get("outputs", ()))
            if made is not None:
                _last(steps).parts.append(made)
        elif kind == "markdown":
            title, html = _markdown(source)
            if title:
                steps.append(Step(len(steps) + 1, title))
            if html:
                _last(steps).parts.append(html)
        elif source.strip():
            _last(steps).parts.append(Markup("<pre>{}</pre>").format(plain_text(source)))
    return [step for step in steps if step.title or step.parts]


def _last(steps: list[Step]) -> Step:
    if not steps:
        steps.append(Step(1, ""))
    return steps[-1]


def cells_calling(cells: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Our own calls → the anchor of the last cell that makes them: ``run_checks``, ``show_table disputes``, ….

    Where an analyst calls them by another name there is no entry, and no link.
    """
    found: dict[str, str] = {}
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") == "code":
            for name, arguments in _CALL.findall(_joined(cell.get("source", ""))):
                said = re.search(r"""["'](\w+)["']""", arguments)
                found[f"{name} {said.group(1)}" if name == "show_table" and said else name] = f"cell-{number}"
    return found


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)


def _code_cell(number: int, cell: Mapping[str, Any], source: str, charts: int) -> CodeCell | None:
    if _HIDDEN & set(cell.get("metadata", {}).get("tags", ())):
        return None  # the values that the report was made with stand in its title and its commands
    outputs: list[Output] = []
    for output in cell.get("outputs", ()):
        charts += SVG in output.get("data", {})
        made = _output(output, charts)
        if made is not None:
            outputs.append(made)
    if not source.strip() and not outputs:
        return None
    return CodeCell(number, _highlighted(source.strip("\n")), source.strip("\n").count("\n") + 1, tuple(outputs))


def _output(output: Mapping[str, Any], chart: int) -> Output | None:
    data = output.get("data", {})
    if output.get("output_type") == "stream":
        return _text(_joined(output.get("text", "")))
    if SVG in data:
        return Output("chart", chart=chart)
    if MIME not in data:
        for mime in ("image/png", "image/jpeg"):
            if mime in data and (picture := _picture(mime, data)) is not None:
                return Output("picture", picture=picture)
        if "text/html" in data and len(html := _joined(data["text/html"])) <= 20 * LONGEST:
            return Output("html", html=safe_html(html))
    return _text(_joined(data.get("text/plain", "")))


def _text(text: str) -> Output | None:
    shown = plain_text(text).strip("\n")
    return Output("text", text=shown[:LONGEST], cut=len(shown) > LONGEST) if shown.strip() else None


def _picture(mime: str, data: Mapping[str, Any]) -> Picture | None:
    encoded = "".join(_joined(data[mime]).split())
    if len(encoded) > _LARGEST_PICTURE:
        return None
    try:
        return read_picture(f"data:{mime};base64,{encoded}", plain_text(_joined(data.get("text/plain", ""))).strip())
    except ReportError:
        return None  # its text is shown instead


# Markdown and code. The same notebook makes hundreds of reports, so what is made of a cell's source is kept.


@lru_cache(maxsize=256)
def _markdown(source: str) -> tuple[str, Markup]:
    """(first heading, the rest as HTML); other headings become bold paragraphs, under the heading of their step."""
    tokens = _reader().parse(source)
    title, rest = "", tokens
    if tokens and tokens[0].type == "heading_open":
        title, rest = plain_text(_inline_text(tokens[1])), tokens[3:]
    for token in rest:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
            if token.nesting > 0:
                token.attrSet("class", "sub")
    return title, Markup(_reader().renderer.render(rest, _reader().options, {}))


def _inline_text(token: Any) -> str:
    return "".join(child.content for child in token.children or ())


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", lambda self, tokens, at, *_: str(escape(f"〔{tokens[at].content}〕")))
    # A link in a notebook may lead anywhere: its words are shown, and where to, but nothing that can be followed.
    reader.add_render_rule("link_open", lambda *_: "")
    reader.add_render_rule("link_close", lambda *_: "")
    return reader


@lru_cache(maxsize=256)
def _highlighted(code: str) -> Markup:
    """Python with keywords, strings, numbers and comments told apart."""
    return Markup("").join(
        Markup('<span class="{}">{}</span>').format(style, text) if style else escape(text)
        for style, text in _tokens(plain_text(code))
    )


def _tokens(code: str) -> Iterator[tuple[str, str]]:
    from pygments.token import Comment, Keyword, Number, Operator, String  # type: ignore[import-untyped]

    styles = ((Comment, "kc"), (String, "ks"), (Number, "kn"), (Keyword, "kk"), (Operator.Word, "kk"))
    for kind, text in lexer().get_tokens(code):
        yield next((style for parent, style in styles if kind in parent), ""), text


@cache
def lexer() -> Any:
    """Of Python; its rules are compiled once a process."""
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    return PythonLexer(stripnl=False, ensurenl=False)
