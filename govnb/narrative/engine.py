"""Writes the six sections of a report: our own templates over the figures, and the analyst's text where there is one.

Every number comes from a figure and remembers which (``Cite``). A clause whose figure does not exist is not written.
Counts nothing, opens nothing but the packaged templates; pictures come through the caller.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from govnb.errors import NOTHING, Collector, GovnbError, Place, ReportError, Text, meant, nearest
from govnb.marked import load_packaged
from govnb.narrative.analyst import OPENING, line_order
from govnb.narrative.expressions import marked_tree, with_line_marks
from govnb.narrative.pictures import build_data_uri
from govnb.narrative.problem_lists import ProblemLists, Shortcoming
from govnb.narrative.prose import build_blocks
from govnb.narrative.sandbox import analyst_environment, clause, numeral, own_environment
from govnb.narrative.sections import Block, Section
from govnb.narrative.terms import Ink, Term, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from govnb.counting.figures import Figures
    from govnb.form.edition import Edition
    from govnb.form.edition import Section as SectionForm
    from govnb.narrative.analyst import Analyst, Chunk
    from govnb.narrative.expressions import Parsed, Use

CODE_FIGURE, CODE_IMAGE = "narrative.figure", "narrative.image"


@cache
def _index() -> dict[str, Any]:
    """Which template writes which section or part, and under which names figures may stand."""
    file = resources.files("govnb.narrative") / "templates" / "index.yaml"
    data: dict[str, Any] = load_packaged(file.read_text(encoding="utf-8"))
    return data


@dataclass
class _Desk:
    """What one narration works with; ``problems`` gathers the faults of the analyst's text."""

    edition: Edition
    facts: Mapping[str, str | int]
    figures: Figures
    lists: ProblemLists
    analyst: Analyst | None
    images: Callable[[str], bytes] | None
    ink: Ink
    problems: Collector = field(default_factory=Collector)

    @property
    def file(self) -> str:
        return self.analyst.file if self.analyst is not None else ""


def narrate(
    edition: Edition,
    year: int,
    facts: Mapping[str, str],
    figures: Figures,
    problems: ProblemLists | None = None,
    analyst: Analyst | None = None,
    images: Callable[[str], bytes] | None = None,
) -> tuple[Section, ...]:
    """The sections of ``edition`` in order, for one report.

    ``facts`` are name, short_name, region and level; ``images`` reads a picture by its name below the agency's params
    folder and raises OSError or GovnbError. Raises ReportError with every fault of the analyst's text: figures that do
    not exist or are blank, pictures that are missing.
    """
    chunks = analyst.chunks if analyst is not None else ()
    ink = Ink("".join(chunk.parsed.source for chunk in chunks))
    all_facts = _facts(edition, year, facts)
    desk = _Desk(edition, all_facts, figures, problems or ProblemLists(), analyst, images, ink)
    for chunk in chunks:
        _check_uses(desk, chunk.parsed)
    if desk.problems.problems:
        _look_at_pictures(desk, chunks)
    desk.problems.problems.sort(key=line_order)
    desk.problems.raise_if_any(ReportError)
    sections = tuple(Section(form.code, form.title, tuple(_section(desk, form))) for form in edition.sections)
    desk.problems.problems.sort(key=line_order)
    desk.problems.raise_if_any(ReportError)
    return sections


def _look_at_pictures(desk: _Desk, chunks: Iterable[Chunk]) -> None:
    """Nothing can be written where figures are missing; what is wrong with the pictures is told all the same."""
    for chunk in chunks:
        source = chunk.parsed.source
        marked = with_line_marks(source, source, 0, desk.ink)
        build_blocks(marked, desk.ink, lambda name, alt, line: _picture(desk, name, alt, line))


def _facts(edition: Edition, year: int, facts: Mapping[str, str]) -> dict[str, str | int]:
    known: dict[str, str | int] = {"name": "", "short_name": "", "region": "", "level": "", **facts}
    known["short_name"] = known["short_name"] or known["name"]
    return {**known, "authority": edition.authority, "year": year, "last_year": year - 1, "next_year": year + 1}


def _section(desk: _Desk, form: SectionForm) -> list[Block]:
    chunk = desk.analyst.chunk(form.code) if desk.analyst is not None else None
    if chunk is not None:
        return _analyst_blocks(desk, chunk)
    blocks = _own_or_analyst(desk, form, OPENING, _index()["sections"].get(form.code))
    for number, part in enumerate(form.parts, 1):
        blocks.append(Block("part", f"（{numeral(number)}）{part}"))
        template = _index()["parts"].get(part, _index()["otherwise"])
        blocks.extend(_own_or_analyst(desk, form, part, template))
    return blocks


def _own_or_analyst(desk: _Desk, form: SectionForm, part: str, template: str | None) -> list[Block]:
    chunk = desk.analyst.chunk(form.code, part) if desk.analyst is not None else None
    if chunk is not None:
        return _analyst_blocks(desk, chunk)
    if template is None and form.table is None and not form.parts:
        template = _index()["otherwise"]
    return [] if template is None else _own_blocks(desk, template)


# Our own templates.


def _own_blocks(desk: _Desk, template: str) -> list[Block]:
    text = own_environment().get_template(template).render(_own_context(desk))
    return build_blocks(text, desk.ink, lambda *_: None)


def _own_context(desk: _Desk) -> dict[str, Any]:
    ink, edition = desk.ink, desk.edition
    rows = {row: edition.label("disclosure", row) for row in edition.rows("disclosure")}
    return {
        **{root: Term.of_figure(ink, desk.figures, root) for root in _index()["figures"]},
        **_fact_terms(desk),
        "labels": {row: Term.of_fact(ink, row, label) for row, label in rows.items()},
        "numbers": {form.code: Term.of_fact(ink, form.code, form.number) for form in edition.sections},
        "raised": _clauses(desk, desk.lists.raised),
        "earlier": _clauses(desk, desk.lists.earlier),
    }


def _clauses(desk: _Desk, listed: tuple[Shortcoming, ...] | None) -> dict[str, Any]:
    """A list of problems for the templates: texts once each, in their order."""
    items = listed or ()
    return {
        "known": listed is not None,
        "problems": _texts(desk, [item.problem for item in items]),
        "measures": _texts(desk, [item.measure for item in items]),
        "unresolved": _texts(desk, [item.problem for item in items if not item.resolved]),
    }


def _texts(desk: _Desk, texts: list[str]) -> list[Term]:
    kept = dict.fromkeys(clause(clean(text)) for text in texts)
    return [Term.of_fact(desk.ink, "", text) for text in kept if text]


def _fact_terms(desk: _Desk) -> dict[str, Term]:
    return {key: Term.of_fact(desk.ink, key, value) for key, value in desk.facts.items()}


# The analyst's text.


def _analyst_blocks(desk: _Desk, chunk: Chunk) -> list[Block]:
    parsed = chunk.parsed
    roots = {use.path.split(".")[0] for use in parsed.uses}
    context = {root: Term.of_figure(desk.ink, desk.figures, root) for root in sorted(roots)} | _fact_terms(desk)
    desk.ink.blanks.clear()
    text = analyst_environment().from_string(marked_tree(parsed, desk.ink)).render(context)
    for blank in desk.ink.blanks:
        what = Text(f"指标“{blank.figure}”没有数值", f"figure “{blank.figure}” is blank")
        fix = Text(
            "表中该格未填；可写 {% if 指标 %} 以便有数时才印",
            "Its cell is blank; {% if figure %} prints it only where it is not",
        )
        desk.problems.add(parsed.place(desk.file, blank.offset), what, fix, CODE_FIGURE)
    return build_blocks(text, desk.ink, lambda source, alt, line: _picture(desk, source, alt, line))


def _check_uses(desk: _Desk, parsed: Parsed) -> None:
    for use in parsed.uses:
        problem = _problem_of_use(desk, use)
        if problem is not None:
            desk.problems.add(parsed.place(desk.file, use.offset), *problem, CODE_FIGURE)


def _problem_of_use(desk: _Desk, use: Use) -> tuple[Text, Text] | None:
    figure = desk.figures.get(use.path)
    if figure is not None:
        if use.numeric and isinstance(figure.value, str):
            what = Text(f"“{use.path}”是文字，不能换算", f"“{use.path}” is text and can't be converted")
            return what, Text("请去掉“|”及其后的部分", "Leave out the “|” and what follows")
        return None
    if use.path in desk.facts:
        if use.numeric:
            return Text(f"“{use.path}”不是指标，不能换算", f"“{use.path}” is no figure and can't be converted"), NOTHING
        return None
    if use.guarded:
        return None
    below = [known for known in desk.figures if known.startswith(f"{use.path}.")]
    if below:
        what = Text(f"“{use.path}”是一组指标，不是一个数", f"“{use.path}” is a group of figures, not one")
        return what, Text(f"例如“{below[-1]}”", f"For instance “{below[-1]}”")
    return Text(f"没有指标“{use.path}”", f"there is no figure “{use.path}”"), _suggest(desk, use.path)


def _suggest(desk: _Desk, path: str) -> Text:
    near = nearest(path, [*desk.facts, *desk.figures])
    if near is not None:
        return meant(near)
    return Text(
        "没有提供的台账没有指标；全部指标见 report.json",
        "A ledger that is not there has no figures; report.json lists all",
    )


def _picture(desk: _Desk, source: str, alt: str, line: int) -> str | None:
    """The picture as a data: URI; None after a problem, which is noted."""
    found = _read_picture(desk, source)
    if isinstance(found, str) and alt:
        return found
    place = Place(file=desk.file, line=line)
    if isinstance(found, str):
        what = Text(f"图片“{source}”缺少替代文字", f"picture “{source}” has no alternative text")
        fix = Text("请在 ![ ] 中写明图片内容", "Say in ![ ] what the picture shows")
    else:
        what = Text(f"图片“{source}”：{found.zh}", f"picture “{source}”: {found.en}")
        fix = Text(
            "请用 params 中本机关文件夹内的图片文件名", "Use the name of a picture in the agency's folder in params"
        )
    desk.problems.add(place, what, fix, CODE_IMAGE)
    return None


def _read_picture(desk: _Desk, source: str) -> str | Text:
    missing = Text("没有这个文件", "there is no such file")
    if desk.images is None or not source:
        return missing
    try:
        data = desk.images(source)
    except GovnbError as error:
        said = [problem.what for problem in error.problems]
        return said[0] if said else missing
    except (OSError, ValueError):
        return missing
    return build_data_uri(data)
