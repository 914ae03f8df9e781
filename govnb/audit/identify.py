"""Whose report it is and of which year: from the title, the heading, the introduction and the lines around them.

What is not said is None. Titles of other years in the page's menus are not read; disagreement is kept for the checks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from govnb.audit.phrases import Phrases, read_phrases
from govnb.audit.raw import RawParagraph
from govnb.checks.years import period_years, plain_text, years_in

_LONGEST_TITLE = 60
_LONGEST_NAME = 40
_YEAR = r"(?:(?:19|20)\d{2}|[二2][〇○零OO0][〇○零OO0一二三四五六七八九]{2})\s*年?度?"
_SITE = re.compile(r"\s*(?:[-_|—–>»]+)\s*")
_DATE = re.compile(r"(20\d{2})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")
_MARKS = re.compile(r"[《》〈〉“”\"'【】\[\]\s]")
_ORGAN = re.compile(
    r"(?:人民政府|政府|办公厅|办公室|委员会|局|厅|委|办事处|街道|镇|乡|区|县|市|省|院|中心|署|所|站|公司|大学|学院|医院|学校|银行)$"
)
_AROUND = re.compile(r"^(?:关于|印发|公布)+|(?:关于|的|发布|编制)+$")


@dataclass(frozen=True)
class Identity:
    """``title``: of the report as printed. ``title_years`` also counts the title as the introduction repeats it."""

    title: str
    name: str | None
    year: int | None
    title_years: tuple[int, ...]
    period_years: tuple[int, ...]
    level: str | None
    scope: str | None
    published_date: date | None
    announced: str | None = None


def identify(page_title: str, before: Sequence[RawParagraph], text: str, around: Iterable[str]) -> Identity:
    """``before``: the paragraphs above the first section; ``text``: those and the sections as running text;
    ``around``: all lines that are no text of a section (where the date of publication stands)."""
    phrases = read_phrases()
    heading = _heading(before, phrases)
    titles = [title for title in (heading, _of_page(page_title, phrases)) if title]
    intro = "\n".join(paragraph.text for paragraph in before)
    announced = _announced(intro, phrases)
    years = tuple(dict.fromkeys(year for title in (*titles, announced[1]) for year in years_in(title)))
    periods = period_years(text)
    names = [name for title in titles if (name := _name(title, phrases))]
    name = next(iter(names), None) or _maker(before, phrases) or announced[0]
    level = guess_level(name)
    return Identity(
        title=heading or page_title,
        name=name,
        year=_year(titles, announced[1], periods, text),
        title_years=years,
        period_years=periods,
        level=level,
        scope=_SCOPES.get(level or ""),
        published_date=_published(around, phrases),
        announced=announced[0],
    )


_SCOPES = {"department": "own", "town": "own", "county": "aggregate", "city": "aggregate", "province": "aggregate"}


def guess_level(name: str | None) -> str | None:
    """The level that a name leaves no doubt of, else None."""
    plain = plain_text(name or "")
    return next((level for pattern, level in read_phrases().levels if pattern.search(plain)), None)


def is_title(text: str) -> bool:
    phrases, plain = read_phrases(), plain_text(text)
    short = len(plain) <= _LONGEST_TITLE and not plain.endswith(("。", "；", "："))
    return short and bool(phrases.title.search(plain)) and not phrases.other_articles.search(plain)


def _heading(before: Sequence[RawParagraph], phrases: Phrases) -> str:
    """The title over the report: the last marked heading that is one, else the line next to the first section.

    A title on two lines, the organ's name above, is put together.
    """
    lines = [(at, p) for at, p in enumerate(before) if is_title(p.text)]
    marked = [(at, p) for at, p in lines if p.heading is not None and p.heading <= 2]
    if not lines:
        return ""
    at, found = (marked or lines)[-1]
    title = found.text
    above = before[at - 1].text if at else ""
    if not _name(title, phrases) and above and len(above) <= _LONGEST_NAME and _ORGAN.search(plain_text(above)):
        title = above + title
    return title


def _of_page(title: str, phrases: Phrases) -> str:
    """The title of the page without the name of the site: 某局2021年…报告_某市政府网."""
    pieces = [piece for piece in _SITE.split(title) if piece]
    return next((piece for piece in pieces if phrases.title.search(plain_text(piece))), "")


def _name(title: str, phrases: Phrases) -> str | None:
    """The organ in a title, in front of or behind the year; None where there is none."""
    plain = _MARKS.sub("", title)
    found = phrases.title.search(plain_text(plain))
    if found is None:
        return None
    front = plain[: found.start()]
    pieces = [_AROUND.sub("", _AROUND.sub("", piece)).strip("(（）) ,，") for piece in re.split(_YEAR, front)]
    named = [piece for piece in pieces if 2 <= len(piece) <= _LONGEST_NAME and re.search(r"[一-鿿]", piece)]
    return named[0] if named else None


def _announced(intro: str, phrases: Phrases) -> tuple[str | None, str]:
    """(organ, title) as the introduction announces the report: 现公布某局2021年政府信息公开工作年度报告."""
    for sentence in re.split(r"[。；\n]", intro):
        plain = _MARKS.sub("", sentence)
        found = re.search(
            rf"{phrases.announces.pattern}(?P<organ>[^,，、:：]{{0,{_LONGEST_NAME}}}?)(?P<year>{_YEAR})(?:{phrases.title.pattern})",
            plain_text(plain),
        )
        if found:
            organ = plain[found.start("organ") : found.end("organ")].removeprefix("了").strip("《 ")
            known = organ if _ORGAN.search(plain_text(organ)) and len(organ) > 3 else None
            return known, found.group("year") + ("年" if "年" not in found.group("year") else "")
    return None, ""


def _maker(before: Sequence[RawParagraph], phrases: Phrases) -> str | None:
    for paragraph in before:
        found = phrases.maker.search(plain_text(paragraph.text))
        if found:
            name = re.split(r"[\s,，;；|]", paragraph.text[found.end() :].strip())[0]
            if 2 <= len(name) <= _LONGEST_NAME:
                return name
    return None


def _year(titles: Sequence[str], announced: str, periods: Sequence[int], text: str) -> int | None:
    """The year that title, introduction, period and text speak for; the title's where they are even."""
    voices: Counter[int] = Counter()
    for source in (*(years_in(title) for title in titles), years_in(announced), tuple(periods)):
        for year in source:
            voices[year] += 2
    in_text = Counter(re.findall(r"(?:^|[。；\n])\s*(20\d{2})年", plain_text(text)))
    if in_text:
        voices[int(in_text.most_common(1)[0][0])] += 1
    if not voices:
        return None
    most = max(voices.values())
    return next(year for year, count in voices.items() if count == most)


def _published(around: Iterable[str], phrases: Phrases) -> date | None:
    for line in around:
        plain = plain_text(line)
        found = phrases.published.search(plain)
        day = _DATE.match(plain, found.end()) if found else None
        if day:
            try:
                return date(*(int(part) for part in day.groups()))
            except ValueError:
                continue
    return None
