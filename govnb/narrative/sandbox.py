"""The template environments: sandboxed, strict, with the few filters that Chinese enumerations and amounts need.

Attribute and item access reach figures and nothing else: an attribute of a ``Term`` is always the figure of that name.
Templates of our own may also include each other; an analyst's text has no loader, no function and no statement but if.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, UndefinedError
from jinja2.runtime import LoopContext, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from govnb.narrative.terms import Blank, Term

# What an analyst may put behind a figure.
FIGURE_FILTERS = ("万", "percent", "abs")
PRINT_AT = "print_at"

_DIGITS = "零一二三四五六七八九"
_TRAILING = "。；;，,、.！!？? 　"
_NUMERALS = "一二三四五六七八九十"
_ORDINAL = re.compile(rf"^(?:[{_NUMERALS}]{{1,3}}是|[0-9]{{1,2}}[.．、]|[（(][{_NUMERALS}0-9]{{1,3}}[）)])\s*")


class Sandbox(ImmutableSandboxedEnvironment):
    """Figures are reached by name; of all other objects only loop counters and entries of our own mappings."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, Term):
            return obj.child(attribute)
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        if isinstance(obj, LoopContext):
            return super().getattr(obj, attribute)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        return self.getattr(obj, argument) if isinstance(argument, str) else self.undefined(name=str(argument))


def numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese, as in 一是 and （一）; digits beyond."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def clause(text: str) -> str:
    """A sentence of a ledger as a clause of ours: without its full stop and its own 一是 or 1."""
    return _ORDINAL.sub("", text.strip(_TRAILING)).strip(_TRAILING)


def _finalize(value: Any) -> Any:
    if not isinstance(value, Term):
        return value
    try:
        return value.print()
    except ValueError as error:
        raise UndefinedError(str(error)) from None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _clauses(text: str, separator: str = "，") -> str:
    """The lines that are not empty, joined; a clause is written on a line of its own."""
    return separator.join(_lines(text))


def _sentence(text: str, separator: str = "，", before: str = "") -> str:
    clauses = _clauses(text, separator)
    return f"{before}{clauses}。" if clauses else ""


def _listed(text: str, before: str = "", after: str = "") -> str:
    """A、B、C of the lines that are not empty, with the words around it; nothing where there is no line."""
    listed = _clauses(text, "、")
    return f"{before}{listed}{after}" if listed else ""


def _paragraph(text: str, otherwise: str = "") -> str:
    """All lines as one paragraph of Markdown; ``otherwise`` where there is none."""
    joined = "".join(_lines(text)) or "".join(_lines(otherwise))
    return f"{joined}\n\n" if joined else ""


def _number(term: Term) -> int | Decimal | None:
    if isinstance(term.value, str):
        raise UndefinedError(f"{term.path} is not a number")
    return term.value


def _ten_thousands(term: Term) -> Term:
    """In units of 10,000, exactly: 12000000 → 1200."""
    value = _number(term)
    if value is None:
        return term
    scaled = Decimal(value).scaleb(-4)
    whole = scaled == scaled.to_integral_value()
    return term.with_value(scaled.quantize(Decimal(1)) if whole else scaled.normalize())


def _absolute(term: Term) -> Term:
    value = _number(term)
    return term if value is None else term.with_value(abs(Decimal(value)))


def _percent(term: Term) -> Term:
    _number(term)
    return term.with_suffix("%")


def _print_at(term: Term, offset: int) -> str:
    """Print, or note where a value was wanted that the tables leave blank."""
    if term.value is None or term.value == "":
        term.ink.blanks.append(Blank(offset, term.path))
        return ""
    return term.print()


def _about(name: str) -> Any:
    """A filter that prints a figure's label, unit or source, as a fact."""

    def printed(term: Term) -> str:
        return term.ink.print(str(getattr(term.figures[term.path], name)))

    return printed


def _is_defined(value: Any) -> bool:
    return value.exists if isinstance(value, Term) else not isinstance(value, Undefined)


def _has_unit(term: Term) -> bool:
    """An amount of edition 2019 that says its unit (251000元); a bare number is never given one."""
    return isinstance(term.value, str) and term.value.strip()[-1:] == "元"


def _name(term: Term) -> str:
    """What an agency calls it; in quotes where its last digit would run into the number that follows."""
    printed = term.ink.print(term.name)
    return f"“{printed}”" if term.name[-1:].isdigit() else printed


def _is_sourced(term: Term) -> bool:
    return bool(term.figures[term.path].source)


def _is_printable(term: Term) -> bool:
    return term.value is not None and term.value != ""


def _is_rank(term: Term) -> bool:
    """A place in an order, printed 第1名."""
    return isinstance(term.value, int) and term.figures[term.path].unit in ("名", "位")


def _by_source(terms: list[Term]) -> list[list[Term]]:
    """Quoted figures of one source together, so that it is named once."""
    groups: dict[str, list[Term]] = {}
    for term in terms:
        groups.setdefault(term.figures[term.path].source, []).append(term)
    return list(groups.values())


def _read_template(name: str) -> str | None:
    file = resources.files("govnb.narrative") / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _with_common(environment: Sandbox) -> Sandbox:
    environment.globals.clear()
    environment.filters.clear()
    environment.tests.clear()
    environment.filters.update({"万": _ten_thousands, "abs": _absolute, "percent": _percent, PRINT_AT: _print_at})
    environment.tests["defined"] = _is_defined
    return environment


@cache
def own_environment() -> Sandbox:
    """For the templates in ``templates/``."""
    environment = _with_common(
        Sandbox(undefined=StrictUndefined, autoescape=False, finalize=_finalize, loader=FunctionLoader(_read_template))
    )
    environment.filters.update(
        {
            "clauses": _clauses,
            "sentence": _sentence,
            "listed": _listed,
            "paragraph": _paragraph,
            "children": Term.children,
            "by_source": _by_source,
            "count": len,
            "first": lambda items: items[0],
            "name": _name,
            "title": lambda term: term.ink.print(term.name),
            "label": _about("label"),
            "unit": _about("unit"),
            "source": _about("source"),
            "ordinal": numeral,
        }
    )
    environment.tests.update(
        {"amount": _has_unit, "sourced": _is_sourced, "printable": _is_printable, "rank": _is_rank}
    )
    return environment


@cache
def analyst_environment() -> Sandbox:
    """For ``params/<agency>/<year>.md``: a line that holds only a tag vanishes with its line break."""
    return _with_common(
        Sandbox(
            undefined=StrictUndefined,
            autoescape=False,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=0,
        )
    )
