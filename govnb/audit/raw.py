"""What every reader of published reports gives: paragraphs and tables as they stand in the file, in reading order.

No label is known here and no number is read; spans are kept as found and may be wrong. Nothing is fetched or executed.
"""

from __future__ import annotations

from dataclasses import dataclass

from govnb.errors import NOTHING, Text


class Unreadable(Exception):  # noqa: N818  (a verdict on a file, not a fault of the program)
    """A file that can't be read as a report: why, and what to do. Never carries a path or the file's own text."""

    def __init__(self, reason: Text, fix: Text = NOTHING) -> None:
        super().__init__(reason, fix)
        self.reason = reason
        self.fix = fix


@dataclass(frozen=True)
class RawCell:
    """``text`` with white space folded to single spaces; ``rowspan`` and ``colspan`` as the file says (at least 1)."""

    text: str
    rowspan: int = 1
    colspan: int = 1


@dataclass(frozen=True)
class RawTable:
    """Rows of the cells that start in them. ``sure`` is False where rows or columns were guessed (no ruled lines), and
    where the text itself was ``recognised`` from a picture."""

    rows: tuple[tuple[RawCell, ...], ...]
    page: int | None = None
    sure: bool = True
    recognised: bool = False


@dataclass(frozen=True)
class RawParagraph:
    """One paragraph or heading; ``heading`` is its level where the file marks it as one."""

    text: str
    heading: int | None = None
    page: int | None = None


@dataclass(frozen=True)
class RawDocument:
    """A published report as read. ``kind``: html, pdf, docx, picture. ``title``: what the file calls itself.

    ``pictures`` counts images that are large enough to hold a table; ``scanned``: there is no text, only pictures.
    """

    kind: str
    title: str
    parts: tuple[RawParagraph | RawTable, ...]
    pictures: int = 0
    scanned: bool = False
    notes: tuple[Text, ...] = ()

    @property
    def tables(self) -> tuple[RawTable, ...]:
        return tuple(part for part in self.parts if isinstance(part, RawTable))

    @property
    def paragraphs(self) -> tuple[RawParagraph, ...]:
        return tuple(part for part in self.parts if isinstance(part, RawParagraph))
