"""The six sections of a report as blocks of plain text, each number remembering the figure that it came from.

This is what is published and what the checks read; no markup, no template, no layout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("part", "heading", "paragraph", "item", "image")


@dataclass(frozen=True)
class Cite:
    """``text[start:end]`` of the block is the printed value of figure ``figure``."""

    figure: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """One paragraph, list item, heading or picture.

    ``part`` is the heading of one of the five parts of the overview, printed as （一）主动公开; ``image`` holds a data:
    URI and ``text`` its alternative text. An item of a numbered list is a paragraph that begins with its number.
    """

    kind: str
    text: str
    image: str | None = None
    cites: tuple[Cite, ...] = ()


@dataclass(frozen=True)
class Section:
    """``code`` and ``title`` are those of the edition."""

    code: str
    title: str
    blocks: tuple[Block, ...] = ()

    @property
    def text(self) -> str:
        """Plain text as published, one line a block."""
        return "\n".join(block.text for block in self.blocks)

    def to_json(self) -> dict[str, Any]:
        blocks: list[dict[str, Any]] = []
        for block in self.blocks:
            entry: dict[str, Any] = {"kind": block.kind, "text": block.text}
            if block.image is not None:
                entry["image"] = block.image
            if block.cites:
                entry["cites"] = [[cite.figure, cite.start, cite.end] for cite in block.cites]
            blocks.append(entry)
        return {"code": self.code, "title": self.title, "text": self.text, "blocks": blocks}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Section:
        blocks = tuple(
            Block(
                entry["kind"],
                entry["text"],
                entry.get("image"),
                tuple(Cite(figure, start, end) for figure, start, end in entry.get("cites", ())),
            )
            for entry in data.get("blocks", ())
        )
        return cls(data["code"], data["title"], blocks)
