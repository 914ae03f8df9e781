"""Markdown → blocks of plain text: paragraphs, list items, headings and pictures, and the figures that they cite.

Emphasis and links become plain text, HTML is shown as it is written. Values are put in last (``terms.Ink``), so a value
is never read as Markdown. Knows nothing of sections, opens no file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from govnb.narrative.sections import Block, Cite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token

    from govnb.narrative.terms import Ink

# (file as written, alternative text, line of the source) → data: URI; None after a fault, which the callee has noted.
Picture = Callable[[str, str, int], str | None]

# Rules of CommonMark that would change what an official text says: four spaces make no code, a line of dashes no
# heading, [x]: y does not vanish, &amp; stays as written.
_OFF = ("code", "lheading", "reference", "html_block", "autolink", "html_inline", "entity")


@cache
def markdown() -> MarkdownIt:
    """CommonMark without what ``_OFF`` names. Fences, rules and tables are read so that they can be refused."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_OFF))
    # A picture's name is a file name: kept as written, never encoded as an address.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


def build_blocks(text: str, ink: Ink, picture: Picture) -> list[Block]:
    """Blocks of a rendered text; a picture that ``picture`` refuses is left out."""
    return list(_blocks(markdown().parse(text), ink, picture))


def _blocks(tokens: Iterable[Token], ink: Ink, picture: Picture) -> Iterator[Block]:
    lists: list[int | None] = []  # for each open list: the next number, None for one with bullets
    kind, prefix = "paragraph", ""
    for token in tokens:
        if token.type == "bullet_list_open":
            lists.append(None)
        elif token.type == "ordered_list_open":
            lists.append(int(token.attrs.get("start", 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            number = lists[-1]
            if number is not None:
                prefix, lists[-1] = f"{number}.", number + 1
        elif token.type == "heading_open":
            kind = "heading"
        elif token.type == "heading_close":
            kind = "paragraph"
        elif token.type == "inline":
            bullet = bool(lists) and lists[-1] is None
            yield from _inline(token, "item" if kind == "paragraph" and bullet else kind, prefix, ink, picture)
            prefix = ""


@dataclass
class _Writer:
    """One block's text while it is put together."""

    text: str = ""
    cites: list[Cite] = field(default_factory=list)
    broken: bool = False

    def write(self, text: str, figure: str | None = None, *, value: bool = False) -> None:
        if not value and (self.broken or not self.text):
            text = text.lstrip()
        if not text:
            return
        if self.broken and _is_latin(self.text[-1:]) and _is_latin(text[0]):
            self.text += " "
        self.broken = False
        if figure is not None:
            self.cites.append(Cite(figure, len(self.text), len(self.text) + len(text)))
        self.text += text

    def end_line(self) -> None:
        """A line break of the source: nothing between Chinese characters, a space between Latin words."""
        self.text, self.broken = self.text.rstrip(), bool(self.text)

    def block(self, kind: str, image: str | None = None) -> Block:
        return Block(kind, self.text.rstrip(), image, tuple(self.cites))


def _is_latin(character: str) -> bool:
    return character.isascii() and not character.isspace()


def _inline(token: Token, kind: str, prefix: str, ink: Ink, picture: Picture) -> Iterator[Block]:
    """A paragraph's blocks: a hard line break ends one, a picture stands by itself."""
    writer = _Writer(prefix)
    for child in token.children or ():
        if child.type == "image":
            if writer.text.strip():
                yield writer.block(kind)
            writer = _Writer()
            yield from _image(child, ink, picture)
        elif child.type == "hardbreak":
            if writer.text.strip():
                yield writer.block(kind)
            writer = _Writer()
        else:
            _write(child, writer, ink)
    if writer.text.strip():
        yield writer.block(kind)


def _write(child: Token, writer: _Writer, ink: Ink) -> None:
    if child.type == "softbreak":
        writer.end_line()
    elif child.type in ("text", "code_inline"):
        for piece in ink.pieces(child.content):
            # CommonMark leaves **“x”**y as it is; emphasis is dropped anyway.
            text = piece.text if piece.value else _printable(piece.text.replace("**", ""))
            writer.write(text, piece.figure, value=piece.value)
    else:
        for inner in child.children or ():
            _write(inner, writer, ink)


def _printable(text: str) -> str:
    return "".join(character for character in text if character >= " " and character != "\x7f")


def _image(token: Token, ink: Ink, picture: Picture) -> Iterator[Block]:
    writer = _Writer()
    for child in token.children or ():
        _write(child, writer, ink)
    lines = [piece.line for piece in ink.pieces(token.content) if piece.line is not None]
    source = "".join(piece.text for piece in ink.pieces(str(token.attrs.get("src", ""))))
    found = picture(source, writer.text.strip(), lines[0] if lines else 1)
    if found is not None:
        yield writer.block("image", found)
