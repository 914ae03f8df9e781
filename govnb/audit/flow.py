"""Paragraphs and tables from the events of a document in reading order: what HTML and DOCX have in common.

A reader says what begins and ends, the flow decides what becomes a paragraph and what a table: only innermost tables
are tables, and one that merely places text on the page comes out as its paragraphs. Knows no markup and no label.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from govnb.audit.raw import RawCell, RawParagraph, RawTable, Unreadable
from govnb.errors import Text

MAX_ROWS = 5_000
MAX_CELLS = 200_000
MAX_SPAN = 1_000
LONG_CELL = 600  # characters; a cell of a statutory table has a tenth of that
NARROW = 3  # cells; rows of layout tables have no more, those of the statutory tables' values have
LINE_BREAK = "\v"

_INVISIBLE = dict.fromkeys(
    [0xAD, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
_CHINESE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uff65\U00020000-\U0003ffff"
_WRAPPED = re.compile(f"(?<=[{_CHINESE}])[ \\t]*[\\r\\n]\\s*(?=[{_CHINESE}])")
_HEADING_BREAK = re.compile(f"(?<=[{_CHINESE}])\\s*{LINE_BREAK}\\s*|\\s*{LINE_BREAK}\\s*(?=[{_CHINESE}])")
_SENTENCE_END = re.compile(r"[。！？!?；;：:.…）)”》]$")
_NEW_LINE = re.compile(
    r"^(\s{2}|[\u3000\u00a0]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.、．])"
)
_FULL_LINE = 20  # characters; a shorter line was ended on purpose


def fold(text: str) -> str:
    """``text`` without invisible characters, white space folded; a line wrapped inside Chinese leaves no space."""
    if not text.isascii():
        text = text.translate(_INVISIBLE)
        if "\n" in text or "\r" in text:
            text = _WRAPPED.sub("", text)
    return " ".join(text.split())


@dataclass
class Cell:
    """A cell while it is read; a reader may still lengthen ``rowspan``."""

    rowspan: int
    colspan: int
    blocks: list[RawParagraph] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(block.text for block in self.blocks)

    def frozen(self) -> RawCell:
        return RawCell(self.text, self.rowspan, self.colspan)


@dataclass
class _Table:
    rows: list[list[Cell]] = field(default_factory=list)
    cell: Cell | None = None


class Flow:
    """Takes events, gives ``parts``. Every text belongs to the open cell, else to the running text."""

    def __init__(self) -> None:
        self.parts: list[RawParagraph | RawTable] = []
        self._pieces: list[str] = []
        self._heading: int | None = None
        self._tables: list[_Table] = []
        self._rows = self._cells = 0

    def text(self, text: str) -> None:
        self._pieces.append(text)

    def line_break(self) -> None:
        self._pieces.append(LINE_BREAK)

    def new_block(self, heading: int | None = None) -> None:
        """Ends the block so far; what follows is another, of this level."""
        if self._pieces:
            self._end_block()
        self._heading = heading

    def open_table(self) -> None:
        """A table that has more than one cell begins, perhaps inside another one."""
        self.new_block()
        if self._tables:
            self._flush(self._tables[-1])
        self._tables.append(_Table())

    def open_row(self) -> None:
        self.new_block()
        self._rows += 1
        if self._rows > MAX_ROWS:
            raise too_large(
                Text(f"表格超过{MAX_ROWS}行，不予读取", f"has tables of more than {MAX_ROWS} rows and is not read")
            )
        self._tables[-1].rows.append([])
        self._tables[-1].cell = None

    def open_cell(self, rowspan: int = 1, colspan: int = 1) -> Cell:
        """A cell begins, and ends the one before. Spans are kept as found within what a table can have."""
        self.new_block()
        table = self._tables[-1]
        if not table.rows:
            self.open_row()
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise too_large(Text("表格单元格过多，不予读取", "has too many table cells and is not read"))
        table.cell = Cell(min(max(rowspan, 1), MAX_ROWS), min(max(colspan, 1), MAX_SPAN))
        table.rows[-1].append(table.cell)
        return table.cell

    def close_cell(self) -> None:
        """Text between cells belongs to no cell; as browsers do, it is put before the table."""
        self.new_block()
        self._tables[-1].cell = None

    def close_table(self) -> None:
        self.new_block()
        self._flush(self._tables.pop())

    def finish(self) -> tuple[RawParagraph | RawTable, ...]:
        self.new_block()
        while self._tables:
            self.close_table()
        return tuple(self.parts)

    def _end_block(self) -> None:
        text = "".join(self._pieces)
        self._pieces.clear()
        cell = self._tables[-1].cell if self._tables else None
        if cell is not None:
            if folded := fold(text):
                cell.blocks.append(RawParagraph(folded, self._heading))
        elif self._heading is not None:
            if folded := fold(_joined(text)):
                self.parts.append(RawParagraph(folded, self._heading))
        else:
            self.parts += [RawParagraph(folded) for line in _lines(text) if (folded := fold(line))]

    def _flush(self, table: _Table) -> None:
        """The rows so far as parts: runs of rows that are a table, and rows that only place text."""
        rows, table.rows, table.cell = [row for row in table.rows if row], [], None
        for is_text, run in _runs(rows):
            if is_text or max(len(row) for row in run) < 2:
                self.parts += [block for row in run for cell in row for block in cell.blocks]
            else:
                self.parts.append(RawTable(tuple(tuple(cell.frozen() for cell in row) for row in run)))


def _runs(rows: list[list[Cell]]) -> Iterator[tuple[bool, list[list[Cell]]]]:
    run: list[list[Cell]] = []
    kind = False
    for row in rows:
        is_text = len(row) <= NARROW and any(_is_text(cell) for cell in row)
        if run and is_text != kind:
            yield kind, run
            run = []
        kind = is_text
        run.append(row)
    if run:
        yield kind, run


def _is_text(cell: Cell) -> bool:
    """Whether a cell holds a piece of the page rather than an entry of a table."""
    if any(block.heading is not None for block in cell.blocks) and len(cell.blocks) > 1:
        return True
    return sum(len(block.text) for block in cell.blocks) > LONG_CELL


def _lines(text: str) -> list[str]:
    """The text cut at its line breaks, except where a break only ends a full line in the middle of a sentence."""
    if LINE_BREAK not in text:
        return [text]
    lines: list[list[str]] = []
    before = ""
    for line in text.split(LINE_BREAK):
        if lines and _continues(before, line):
            lines[-1].append(line.lstrip())
        else:
            lines.append([line])
        before = line
    return ["".join(line) for line in lines]


def _continues(before: str, after: str) -> bool:
    before = fold(before)
    if len(before) < _FULL_LINE or _SENTENCE_END.search(before):
        return False
    return bool(after.strip()) and not _NEW_LINE.match(after)


def _joined(text: str) -> str:
    """A heading broken over lines in one; beside a Chinese character nothing stands for the break."""
    return _HEADING_BREAK.sub("", text)


def too_large(reason: Text) -> Unreadable:
    return Unreadable(reason, Text("请只保存报告正文后再试", "Save the report alone and try again"))
