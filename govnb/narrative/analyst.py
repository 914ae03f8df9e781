"""The analyst's own narrative, ``params/<agency>/<year>.md``: which sections and parts it replaces, and with what.

``# 总体情况`` names the section that the text below it replaces, ``## 主动公开`` a part of the overview; what is not
named is written by the program. Text under ``# 总体情况`` itself is the overview's opening where parts are named too,
else the whole section. Reads a text, not a file; no figure is looked up here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from govnb.errors import Collector, ParamsError, Place, Problem, Text, did_you_mean
from govnb.narrative.expressions import CODE_SYNTAX, Parsed, parse_template
from govnb.narrative.prose import markdown
from govnb.narrative.sections import Block, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from govnb.form.edition import Edition
    from govnb.form.edition import Section as SectionForm

CODE_HEADING, CODE_MARKDOWN = "narrative.heading", "narrative.markdown"
OPENING = ""

_FIGURE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_STATEMENT = re.compile(r"\{%.*?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_NUMBERING = re.compile(r"^(?:\([一二三四五六七八九十百0-9]+\)|[一二三四五六七八九十百0-9]+[、..])")
_NO_SPACE = re.compile(r"^ {0,3}#{1,6}[^#\s]")
_REFUSED = {
    "fence": Text("正文不能有代码块", "the text can't hold a code block"),
    "hr": Text("正文不能有分隔线", "the text can't hold a rule"),
    "table_open": Text("正文不能有表格", "the text can't hold a table"),
}
_MARKDOWN = Text(
    "可用段落、列表、三级以下小标题和图片", "Use paragraphs, lists, headings from the third level on, and pictures"
)
_EMPTY = Text("请写上正文，或删去标题由程序生成", "Write the text, or delete the heading and let the program write it")


@dataclass(frozen=True)
class Chunk:
    """A text of the analyst's. ``part`` is None for a whole section, ``OPENING`` for the text before the first part."""

    section: str
    part: str | None
    parsed: Parsed


@dataclass(frozen=True)
class Analyst:
    """A checked narrative; ``file`` is its name as shown in messages."""

    file: str
    chunks: tuple[Chunk, ...] = ()

    def chunk(self, section: str, part: str | None = None) -> Chunk | None:
        return next((chunk for chunk in self.chunks if (chunk.section, chunk.part) == (section, part)), None)

    @property
    def replaced(self) -> tuple[str, ...]:
        """``problems``, ``overview/主动公开``; ``overview/`` for the opening of the overview."""
        return tuple(chunk.section if chunk.part is None else f"{chunk.section}/{chunk.part}" for chunk in self.chunks)


@dataclass(frozen=True)
class _Heading:
    """``line`` from 1; ``body`` are the first and last line below it, up to the next heading that names a text."""

    level: int
    title: str
    line: int
    body: tuple[int, int]


def parse_analyst(text: str, file: str, edition: Edition) -> Analyst:
    """The narrative in ``text``; raises ParamsError with all its faults, each with line and column.

    Figures are looked up when the report is written (``narrate``), since only then they are known.
    """
    problems = Collector()
    source = _without_comments(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    lines = source.split("\n")
    _refuse_open_comment(lines, file)
    _refuse_constructs(source, lines, file, problems)
    headings = list(_headings(source, lines, file, problems))
    named = _named(headings, file, edition, problems)
    chunks = []
    for (section, part), heading in named.items():
        chunk = _chunk(section, part, heading, lines, file, problems)
        if chunk is not None:
            chunks.append(chunk)
    problems.problems.sort(key=line_order)
    problems.raise_if_any(ParamsError)
    order = {section.code: number for number, section in enumerate(edition.sections)}
    return Analyst(file, tuple(sorted(chunks, key=lambda chunk: order[chunk.section])))


def bare_sections(analyst: Analyst, edition: Edition) -> tuple[Section, ...]:
    """The analyst's words alone, a 0 for each figure, so that they can be compared without counting anything."""
    made = []
    for form in edition.sections:
        blocks: list[Block] = []
        for chunk in analyst.chunks:
            if chunk.section == form.code:
                blocks += [Block("part", chunk.part)] if chunk.part else []
                blocks += _bare_blocks(chunk.parsed.source)
        if blocks:
            made.append(Section(form.code, form.title, tuple(blocks)))
    return tuple(made)


def _bare_blocks(source: str) -> Iterator[Block]:
    tokens = markdown().parse(_STATEMENT.sub("", _FIGURE.sub("0", source)))
    for before, token in pairwise(tokens):
        if token.type == "inline" and before.type == "paragraph_open":
            words = (child.content for child in token.children or () if child.type != "image")
            yield Block("paragraph", "".join(words))


def line_order(problem: Problem) -> tuple[int, int]:
    """Faults are told in the order of the file."""
    return problem.where.line or 0, problem.where.position or 0


def _without_comments(source: str) -> str:
    """``{# … #}`` blanked out, so that every line and column stays where it is."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def _refuse_open_comment(lines: list[str], file: str) -> None:
    """Everything after it would be comment, so nothing else is worth reporting."""
    for number, line in enumerate(lines, 1):
        if "{#" in line:
            place = Place(file=file, line=number, position=line.index("{#") + 1)
            what = Text("“{#”没有对应的“#}”", "“{#” is never closed by “#}”")
            raise ParamsError(Problem(place, what, code=CODE_SYNTAX))


def _refuse_constructs(source: str, lines: list[str], file: str, problems: Collector) -> None:
    for token in markdown().parse(source):
        if token.type in _REFUSED and token.map is not None:
            problems.add(Place(file=file, line=token.map[0] + 1), _REFUSED[token.type], _MARKDOWN, CODE_MARKDOWN)
    for number, line in enumerate(lines, 1):
        if _NO_SPACE.match(line):
            what = Text("“#”后缺少空格，不会成为标题", "“#” needs a space after it to make a heading")
            fix = Text("请在“#”与标题之间加一个空格", "Put a space between “#” and the title")
            problems.add(Place(file=file, line=number), what, fix, CODE_HEADING)


def _headings(source: str, lines: list[str], file: str, problems: Collector) -> Iterator[_Heading]:
    """Headings of the first two levels with the lines below each; text before the first is a fault."""
    tokens = markdown().parse(source)
    found = [
        (int(token.tag[1]), tokens[at + 1].content, token.map[0] + 1)
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2") and token.map is not None
    ]
    first = found[0][2] if found else len(lines) + 1
    for number, line in enumerate(lines[: first - 1], 1):
        if line.strip() and not _NO_SPACE.match(line):
            what = Text("标题之前有文字，不知属于哪一部分", "there is text before the first heading")
            fix = Text("请在前面加标题，如“# 总体情况”", "Put a heading before it, such as “# 总体情况”")
            problems.add(Place(file=file, line=number), what, fix, CODE_HEADING)
            break
    starts = [start for _, _, start in found]
    for (level, title, start), end in zip(found, [*starts[1:], len(lines) + 1], strict=False):
        yield _Heading(level, title, start, (start + 1, end - 1))


def fold_title(title: str) -> str:
    """A title as it is compared: no numbering, no white space, brackets and quotes of one width, 其它 = 其他."""
    folded = "".join(unicodedata.normalize("NFKC", title).split()).replace("其它", "其他")
    return _NUMBERING.sub("", folded)


def _section_names(edition: Edition) -> dict[str, SectionForm]:
    names: dict[str, SectionForm] = {}
    for section in edition.sections:
        for name in (section.title, section.code, *section.also_seen):
            names.setdefault(fold_title(name), section)
    return names


def _part_names(section: SectionForm) -> dict[str, str]:
    """A part may be called 主动公开 or, as many reports print it, 主动公开情况."""
    names = {fold_title(part): part for part in section.parts}
    return {**{f"{name}情况": part for name, part in names.items()}, **names}


def _named(
    headings: list[_Heading], file: str, edition: Edition, problems: Collector
) -> dict[tuple[str, str | None], _Heading]:
    """(section, part) → the heading that names it; a heading that names nothing, or again, is a fault."""
    sections = _section_names(edition)
    overview = next((section for section in edition.sections if section.parts), None)
    named: dict[tuple[str, str | None], _Heading] = {}
    current: SectionForm | None = overview
    for heading in headings:
        place = Place(file=file, line=heading.line)
        title = fold_title(heading.title)
        if heading.level == 1:
            current = sections.get(title)
            if current is None:
                problems.add(place, _unknown(heading.title), _known_sections(title, edition), CODE_HEADING)
            else:
                _name(named, (current.code, None), heading, file, problems)
        elif current is not None and current.parts:
            part = _part_names(current).get(title)
            if part is None:
                fix = did_you_mean(heading.title.strip(), current.parts)
                problems.add(place, _unknown(heading.title), fix, CODE_HEADING)
            else:
                _name(named, (current.code, part), heading, file, problems)
        elif current is not None and (current.code, None) in named:
            above = named[(current.code, None)]
            named[(current.code, None)] = _Heading(1, above.title, above.line, (above.body[0], heading.body[1]))
    return _openings(named)


def _unknown(title: str) -> Text:
    return Text(f"没有名为“{title}”的部分", f"no section is called “{title}”")


def _known_sections(title: str, edition: Edition) -> Text:
    for section in edition.sections:
        if title in _part_names(section):
            name = _part_names(section)[title]
            return Text(
                f"“{name}”属于“{section.title}”，请写作“## {name}”",
                f"“{name}” is a part of “{section.title}”: write “## {name}”",
            )
    return did_you_mean(title, [section.title for section in edition.sections])


def _name(
    named: dict[tuple[str, str | None], _Heading],
    key: tuple[str, str | None],
    heading: _Heading,
    file: str,
    problems: Collector,
) -> None:
    first = named.setdefault(key, heading)
    if first is not heading:
        what = Text(
            f"“{heading.title}”重复，第{first.line}行已有",
            f"“{heading.title}” is given twice, first in line {first.line}",
        )
        fix = Text("请合并为一处", "Put both under one heading")
        problems.add(Place(file=file, line=heading.line), what, fix, CODE_HEADING)


def _openings(named: dict[tuple[str, str | None], _Heading]) -> dict[tuple[str, str | None], _Heading]:
    """Where parts are named, the text right under the section's heading is its opening, not the whole section."""
    with_parts = {section for section, part in named if part is not None}
    return {
        (section, OPENING if part is None and section in with_parts else part): heading
        for (section, part), heading in named.items()
    }


def _chunk(
    section: str, part: str | None, heading: _Heading, lines: list[str], file: str, problems: Collector
) -> Chunk | None:
    first, last = heading.body
    body = "\n".join(lines[first - 1 : last])
    if not body.strip():
        if part != OPENING:
            what = Text(f"“{heading.title}”下没有文字", f"there is no text under “{heading.title}”")
            problems.add(Place(file=file, line=heading.line), what, _EMPTY, CODE_HEADING)
        return None
    # Empty lines before it make line 1 of the template line 1 of the file.
    parsed = parse_template("\n" * (first - 1) + body, file, problems)
    return None if parsed is None else Chunk(section, part, parsed)
