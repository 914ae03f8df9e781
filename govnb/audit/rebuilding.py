"""A read document → the pieces of a Report and the Evidence for the checks. It says what is printed and judges nothing.

Page furniture before and after the report is cut off; what stands between the headings is kept as it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from govnb.audit.headings import FoundHeading, HeadingFinder, without_contents
from govnb.audit.identify import Identity, identify, is_title
from govnb.audit.matching import Matched, match_tables
from govnb.audit.phrases import read_phrases
from govnb.audit.raw import RawDocument, RawParagraph, RawTable
from govnb.audit.table_figures import table_figures
from govnb.checks.model import Evidence, Heading, Published, TableValues
from govnb.checks.years import plain_text, years_in
from govnb.counting.calendar import WorkCalendar
from govnb.errors import Text
from govnb.form.edition import Edition, edition_for
from govnb.narrative.sections import Block, Section

_PART = re.compile(r"^\s*[（(][一二三四五六七八九十]{1,2}[）)]")
_LONGEST_PART = 30
_DIGITS = "一二三四五六七八九十"
_DATE_LINE = re.compile(r"^\s*[二2][〇○零0]\S{2}年\S{1,3}月\S{1,3}日\s*$")

Part = RawParagraph | RawTable


@dataclass(frozen=True)
class Rebuilt:
    """``sections``: those that are there, in the order of the form; ``notes``: what the reader had to leave out."""

    name: str | None
    year: int | None
    edition: int | None
    tables: TableValues
    sections: tuple[Section, ...]
    evidence: Evidence
    notes: tuple[Text, ...] = ()


def rebuild(document: RawDocument, editions: Mapping[int, Edition], calendar: WorkCalendar | None = None) -> Rebuilt:
    """``editions`` by number; of two forms that fit alike that of the report's year is taken."""
    newest = editions[max(editions)]
    layout = _lay_out(document, HeadingFinder(editions, newest))
    identity = identify(document.title, layout.before, layout.text, layout.around)
    if document.scanned:
        # Words that were recognised from a picture, numbers among them, are nothing to blame a report for.
        identity = _agreed(identity, document.title, layout.text)
        layout = _Layout((), (), ())
    matched = match_tables(document.tables, editions, identity.year)
    edition = _edition(matched, identity.year, editions)
    sections = _sections(layout, edition)
    evidence = _evidence(document, layout, identity, matched, edition, sections, calendar)
    return Rebuilt(
        name=identity.name,
        year=identity.year,
        edition=edition.number if matched.edition is not None or identity.year is not None else None,
        tables=matched.values,
        sections=sections,
        evidence=evidence,
        notes=document.notes,
    )


def _agreed(identity: Identity, title: str, text: str) -> Identity:
    """Of what a scan says of itself only a year that it says twice, or that the file says too."""
    known = identity.year is not None and (
        identity.year in years_in(title) or len(re.findall(rf"{identity.year}\s*年", text)) > 1
    )
    year = identity.year if known else None
    return replace(identity, year=year, title_years=(), period_years=(), published_date=None, announced=None)


def _edition(matched: Matched, year: int | None, editions: Mapping[int, Edition]) -> Edition:
    """The form that the tables have; without tables that of the year."""
    if matched.edition is not None:
        return editions[matched.edition]
    of_year = edition_for(year, editions) if year is not None else None
    return of_year or editions[max(editions)]


@dataclass(frozen=True)
class _Layout:
    """``before``: paragraphs above the first section; ``runs``: each heading with what stands below it; ``around``: all
    lines that are no text of a section."""

    before: tuple[RawParagraph, ...]
    runs: tuple[tuple[FoundHeading, tuple[RawParagraph, ...]], ...]
    around: tuple[str, ...]

    @property
    def text(self) -> str:
        lines = [paragraph.text for paragraph in self.before]
        for heading, body in self.runs:
            lines += [heading.text, *(paragraph.text for paragraph in body)]
        return "\n".join(lines)


def _lay_out(document: RawDocument, finder: HeadingFinder) -> _Layout:
    parts = document.parts
    found = [
        (at, heading)
        for at, part in enumerate(parts)
        if isinstance(part, RawParagraph) and (heading := finder.find(part)) is not None
    ]
    found = _of_the_report(without_contents(found), finder.numbers)
    if not found:
        return _Layout(document.paragraphs, (), tuple(paragraph.text for paragraph in document.paragraphs))
    first = found[0][0]
    before = tuple(part for part in parts[:first] if isinstance(part, RawParagraph))
    runs: list[tuple[FoundHeading, tuple[RawParagraph, ...]]] = []
    around = [paragraph.text for paragraph in before]
    for number, (at, heading) in enumerate(found):
        end = found[number + 1][0] if number + 1 < len(found) else len(parts)
        body, cut = _body(parts[at + 1 : end], heading, last=number + 1 == len(found))
        around += cut
        runs.append((heading, body))
    return _Layout(before, tuple(runs), tuple(around))


def _of_the_report(
    found: Sequence[tuple[int, FoundHeading]], numbers: Mapping[str, str]
) -> list[tuple[int, FoundHeading]]:
    """A numbered line with no title of the form is a heading only where it stands in the row of the sections; 一、 二、
    within a section are its own numbering. By its place it is the section of that number, if no other line is."""
    numbered = {heading.code for _, heading in found if heading.number}
    # 主动公开情况 without a number is a part of the overview where the section itself has its number.
    found = [item for item in found if item[1].number or item[1].code not in numbered]
    known = [at for at, (_, heading) in enumerate(found) if heading.code is not None]
    codes = {heading.code for _, heading in found}
    kept: list[tuple[int, FoundHeading]] = []
    last = 0
    for at, (part, heading) in enumerate(found):
        number = _DIGITS.find(heading.number) + 1 if len(heading.number) == 1 else 0
        if heading.code is not None:
            kept.append((part, heading))
            last = number or last + 1
        elif known and known[0] < at and number == last + 1 and number > 1:
            code = numbers.get(heading.number)
            later = [found[k][1] for k in known if k > at]
            if code is not None and code not in codes:
                kept.append((part, replace(heading, code=code)))
                last = number
            elif code is None and not later:
                kept.append((part, heading))
                last = number
    return kept


def _body(parts: Sequence[Part], heading: FoundHeading, *, last: bool) -> tuple[tuple[RawParagraph, ...], list[str]]:
    """(text below a heading, lines cut off). What follows the end of the report is furniture."""
    phrases = read_phrases()
    kept = [RawParagraph(heading.rest)] if heading.rest else []
    cut: list[str] = []
    ended = False
    for at, part in enumerate(parts):
        if isinstance(part, RawTable):
            continue
        text = plain_text(part.text).strip()
        ended = ended or (last and (bool(phrases.end.search(text)) or _closes(part)))
        beside = any(isinstance(near, RawTable) for near in parts[max(0, at - 1) : at + 2])
        if ended or phrases.noise.search(text) or not text or (beside and phrases.caption.match(text)):
            cut.append(part.text)
        else:
            kept.append(part)
    if last:
        _cut_signature(kept, cut)
    return tuple(kept), cut


def _closes(paragraph: RawParagraph) -> bool:
    """A marked heading of the highest levels that is no part of section six."""
    return paragraph.heading is not None and paragraph.heading <= 2 and not _PART.match(paragraph.text)


def _cut_signature(kept: list[RawParagraph], cut: list[str]) -> None:
    """The date below the text, and the organ's name above it."""
    if len(kept) > 1 and _DATE_LINE.match(plain_text(kept[-1].text)):
        cut.append(kept.pop().text)
        name = plain_text(kept[-1].text).strip()
        if len(kept) > 1 and len(name) <= _LONGEST_PART and not re.search(r"[。，；：,;:]", name):
            cut.append(kept.pop().text)


def _sections(layout: _Layout, edition: Edition) -> tuple[Section, ...]:
    """The form's sections that are printed; the second print of one is added to the first."""
    blocks: dict[str, list[Block]] = {}
    current: str | None = None
    for heading, body in layout.runs:
        if heading.code is not None:
            current = heading.code
        elif current is not None:
            blocks[current].append(Block("heading", heading.text))
        if current is not None:
            blocks.setdefault(current, []).extend(_blocks(body, edition, current))
    return tuple(
        Section(section.code, section.title, tuple(blocks[section.code]))
        for section in edition.sections
        if section.code in blocks
    )


def _blocks(body: Sequence[RawParagraph], edition: Edition, code: str) -> Iterator[Block]:
    parts = next((section.parts for section in edition.sections if section.code == code), ())
    for paragraph in body:
        text = paragraph.text
        short = len(text) <= _LONGEST_PART and bool(_PART.match(text))
        plain = plain_text(text)
        if short and any(part in plain for part in parts):
            yield Block("part", text)
        elif paragraph.heading is not None or (short and not plain.endswith(("。", "；", ";"))):
            yield Block("heading", text)
        else:
            yield Block("paragraph", text)


def _evidence(
    document: RawDocument,
    layout: _Layout,
    identity: Identity,
    matched: Matched,
    edition: Edition,
    sections: tuple[Section, ...],
    calendar: WorkCalendar | None,
) -> Evidence:
    headings = tuple(Heading(h.code, h.text, h.number, h.title) for h, _ in layout.runs)
    published = Published(
        title=identity.title,
        text=layout.text,
        headings=headings,
        table_editions=matched.editions,
        deviations=matched.deviations,
        pictures=document.pictures,
        scanned=document.scanned,
        title_years=identity.title_years,
        period_years=identity.period_years,
        announced=identity.announced,
        guessed=matched.guessed,
    )
    intro = "\n".join(p.text for p in layout.before if not is_title(p.text) and len(p.text) > _LONGEST_PART)
    return Evidence(
        year=identity.year if identity.year is not None else 0,
        edition=edition,
        name=identity.name,
        level=identity.level,
        scope=identity.scope,
        published_date=identity.published_date if identity.year is not None else None,  # late for which year?
        tables=matched.values or None,
        sections=sections or None,
        figures=table_figures(edition, matched.values),
        unreadable=matched.unreadable,
        published=published,
        printed={"正文之前": intro} if intro else {},
        calendar=calendar,
    )
