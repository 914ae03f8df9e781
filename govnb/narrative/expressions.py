"""Reads the little that an analyst's template may say: ``{{ figure }}``, ``{{ figure | filter }}`` and ``{% if %}``.

Jinja parses; here each node of the tree is allowed or refused, with the line and column where it stands. A template
that passes names figures and facts only, calls nothing, loops over nothing and includes nothing. Nothing is evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import Token, TokenStream, ignored_tokens
from jinja2.parser import Parser

from govnb.errors import NOTHING, Collector, Place, Text, meant, nearest
from govnb.narrative.sandbox import FIGURE_FILTERS, PRINT_AT, analyst_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from govnb.narrative.terms import Ink

CODE_SYNTAX, CODE_REACH = "narrative.syntax", "narrative.reach"
_NO_NODE = frozenset({"raw_begin", "raw_end", *ignored_tokens})
_ONLY = Text(
    "正文中只能写 {{ 指标 }}、{{ 指标 | 万 }} 和 {% if 指标 %}…{% endif %}",
    "The text may hold {{ figure }}, {{ figure | 万 }} and {% if figure %}…{% endif %} only",
)
_PAIRS = Text(
    "请检查 {{ }} 和 {% if %}…{% endif %} 是否成对，且在同一部分内",
    "Check that {{ }} and {% if %}…{% endif %} are closed, within the same part",
)


@dataclass(frozen=True)
class Use:
    """A figure or fact that the template names, at ``offset``.

    ``numeric``: through a filter that takes numbers only. ``guarded``: inside an if that asks whether it is defined.
    """

    path: str
    offset: int
    printed: bool
    numeric: bool
    guarded: bool


@dataclass(frozen=True)
class Parsed:
    """A checked template: what it names, and its source, in which line 1 is line 1 of the file."""

    source: str
    uses: tuple[Use, ...]

    def place(self, file: str, offset: int) -> Place:
        before = self.source[:offset]
        return Place(file=file, line=before.count("\n") + 1, position=offset - (before.rfind("\n") + 1) + 1)


def parse_template(source: str, file: str, problems: Collector) -> Parsed | None:
    """``source`` parsed and checked; None after a fault, which is in ``problems`` with its place."""
    try:
        tree = _parse_with_offsets(source, file, problems)
    except TemplateSyntaxError as error:
        place, said = _place_of(source, file, error.lineno), (error.message or "").rstrip(".")
        problems.add(place, Text("{{ }} 或 {% %} 写法有误", f"template syntax: {said}"), _PAIRS, CODE_SYNTAX)
        return None
    except RecursionError:
        problems.add(Place(file=file), Text("括号嵌套过深", "brackets are nested too deeply"), _ONLY, CODE_SYNTAX)
        return None
    if tree is None:
        return None
    reading = _Reading(source, file, problems)
    before = len(problems.problems)
    reading.body(tree.body, frozenset())
    return Parsed(source, tuple(reading.uses)) if len(problems.problems) == before else None


def marked_tree(parsed: Parsed, ink: Ink) -> nodes.Template:
    """The tree to render: each print knows its offset, and each picture its line (``ink`` makes the marks)."""
    tree = _parse_with_offsets(parsed.source, "", Collector())
    assert tree is not None, "the same source parsed before"
    for output in list(tree.find_all(nodes.Output)):
        output.nodes = [_marked(parsed.source, node, ink) for node in output.nodes]
    _restore_lines(tree, parsed.source)
    return tree


def _marked(source: str, node: nodes.Expr, ink: Ink) -> nodes.Expr:
    if isinstance(node, nodes.TemplateData):
        return nodes.TemplateData(with_line_marks(source, node.data, _offset(node), ink), lineno=node.lineno)
    at = nodes.Const(_root_offset(node), lineno=node.lineno)
    return nodes.Filter(node, PRINT_AT, [at], [], None, None, lineno=node.lineno)


def with_line_marks(source: str, data: str, offset: int, ink: Ink) -> str:
    """``data``, which stands at ``offset`` of ``source``, with each picture knowing its line."""

    def with_line(match: re.Match[str]) -> str:
        line = source[: offset + match.start()].count("\n") + 1
        return f"![{ink.line(line)}"

    return re.sub(r"!\[", with_line, data)


def _restore_lines(tree: nodes.Template, source: str) -> None:
    """Jinja's own line numbers again: its compiler writes them into the code that it makes."""
    for node in (tree, *tree.find_all(nodes.Node)):
        if node.lineno is not None and node.lineno < 0:
            node.lineno = source[: _offset(node)].count("\n") + 1


# Jinja keeps only the line of a token. While parsing, "line" holds minus the token's offset, minus one.


def _offset(node: nodes.Node) -> int:
    return -node.lineno - 1


def _place_of(source: str, file: str, lineno: int) -> Place:
    if lineno >= 0:
        return Place(file=file, line=lineno or 1)
    before = source[: -lineno - 1]
    return Place(file=file, line=before.count("\n") + 1, position=len(before) - (before.rfind("\n") + 1) + 1)


def _parse_with_offsets(source: str, file: str, problems: Collector) -> nodes.Template | None:
    environment = analyst_environment()
    offsets, at = [], 0
    for lineno, kind, text in environment.lex(source):
        at = source.find(text, at)
        if kind == "raw_begin":
            place = Place(file=file, line=lineno)
            problems.add(place, Text("不能使用 {% raw %}", "{% raw %} is not allowed"), _ONLY, CODE_REACH)
            return None
        if kind not in _NO_NODE:
            offsets.append(at)
        at += len(text)
    parser = Parser(environment, source)
    parser.stream = TokenStream(_with_offsets(parser.stream, offsets), None, None)
    return parser.parse()


def _with_offsets(stream: TokenStream, offsets: list[int]) -> Iterator[Token]:
    for token, offset in zip(stream, offsets, strict=True):
        yield Token(-offset - 1, token.type, token.value)


@dataclass
class _Reading:
    source: str
    file: str
    problems: Collector
    uses: list[Use] = field(default_factory=list)

    def body(self, body: Sequence[nodes.Node], guarded: frozenset[str]) -> None:
        for node in body:
            if isinstance(node, nodes.Output):
                for item in node.nodes:
                    self.printed(item, guarded)
            elif isinstance(node, nodes.If):
                test: Any = node.test
                self.condition(test, guarded)
                self.body(node.body, guarded | _asked_for(test))
                self.body(node.elif_, guarded)
                self.body(node.else_, guarded)
            else:
                self.refuse(node, Text("只能用 {% if %}", "the only statement is {% if %}"))

    def printed(self, node: nodes.Expr, guarded: frozenset[str]) -> None:
        if isinstance(node, nodes.TemplateData):
            self.data(node)
            return
        numeric = False
        while isinstance(node, nodes.Filter) and node.node is not None:
            self.filter(node)
            node, numeric = node.node, True
        path = _path(node)
        if path is None:
            self.refuse(node, Text("这里只能写指标", "only a figure can be printed"))
        else:
            self.use(node, path, guarded, printed=True, numeric=numeric)

    def data(self, node: nodes.TemplateData) -> None:
        """Closing brackets without opening ones would be printed."""
        for match in re.finditer(r"\}\}|%\}|#\}", node.data):
            place = _place_of(self.source, self.file, -(_offset(node) + match.start()) - 1)
            what = Text(f"多余的“{match[0]}”", f"“{match[0]}” closes nothing")
            self.problems.add(place, what, _PAIRS, CODE_SYNTAX)

    def filter(self, node: nodes.Filter) -> None:
        if node.name not in FIGURE_FILTERS:
            near = nearest(node.name, FIGURE_FILTERS)
            fix = Text(f"可用的有：{'、'.join(FIGURE_FILTERS)}", f"Known are: {', '.join(FIGURE_FILTERS)}")
            if near is not None:
                fix = meant(near)
            self.refuse(node, Text(f"没有换算“{node.name}”", f"no filter “{node.name}”"), fix)
        elif node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            what = Text(f"换算“{node.name}”后不能带括号", f"filter “{node.name}” takes no argument")
            self.refuse(node, what)

    def condition(self, node: nodes.Expr, guarded: frozenset[str]) -> None:
        if isinstance(node, nodes.And | nodes.Or):
            self.condition(node.left, guarded)
            also = _asked_for(node.left) if isinstance(node, nodes.And) else frozenset()
            self.condition(node.right, guarded | also)
        elif isinstance(node, nodes.Not):
            self.condition(node.node, guarded)
        elif isinstance(node, nodes.Compare):
            for operand in (node.expr, *(item.expr for item in node.ops)):
                self.operand(operand, guarded)
        elif isinstance(node, nodes.Test):
            if node.name != "defined" or node.args or _path(node.node) is None:
                self.refuse(node, Text("is 后只能写 defined", "the only test is “is defined”"))
        else:
            self.operand(node, guarded)

    def operand(self, node: nodes.Expr, guarded: frozenset[str]) -> None:
        inner = node.node if isinstance(node, nodes.Neg | nodes.Pos) else node
        if isinstance(inner, nodes.Const):
            return
        path = _path(node)
        if path is None:
            what = Text("条件中只能写指标、数字和比较", "a condition holds figures, numbers and comparisons")
            self.refuse(node, what)
        else:
            self.use(node, path, guarded)

    def use(
        self, node: nodes.Expr, path: str, guarded: frozenset[str], *, printed: bool = False, numeric: bool = False
    ) -> None:
        if any(part.startswith("_") for part in path.split(".")):
            self.refuse(node, Text(f"不能访问“{path}”", f"“{path}” can't be reached"))
        else:
            self.uses.append(Use(path, _root_offset(node), printed, numeric, path in guarded))

    def refuse(self, node: nodes.Node, what: Text, fix: Text = NOTHING) -> None:
        place = _place_of(self.source, self.file, -_root_offset(node) - 1)
        self.problems.add(place, what, fix if fix is not NOTHING else _ONLY, CODE_REACH)


def _path(node: nodes.Expr) -> str | None:
    """``a.b["c"]`` as a.b.c; None where the expression is anything else."""
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        above = _path(node.node)
        return None if above is None else f"{above}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        above = _path(node.node)
        return None if above is None else f"{above}.{node.arg.value}"
    return None


def _root_offset(node: nodes.Node) -> int:
    """Where the expression begins: Jinja gives an attribute or call the place of its dot or bracket."""
    offsets = [_offset(item) for item in (node, *node.find_all(nodes.Node)) if item.lineno is not None]
    return min(offset for offset in offsets if offset >= 0)


def _asked_for(node: nodes.Expr) -> frozenset[str]:
    """Paths that the condition, when true, has found to be defined."""
    if isinstance(node, nodes.And):
        return _asked_for(node.left) | _asked_for(node.right)
    if isinstance(node, nodes.Test) and node.name == "defined":
        path = _path(node.node)
        return frozenset() if path is None else frozenset({path})
    return frozenset()
