"""Whether a notebook has its data from its workpaper alone, or may read more by itself.

What a workpaper gives is known to the last row; what a cell opens by itself is not, and a report with such a cell is
judged by its files as a whole. Seen from the code alone, and in doubt the answer is that it may. Nothing is run here.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import govnb

# Modules that open nothing, or whose ways of opening something are known by their names.
_KNOWN = frozenset(
    [
        "__future__",
        "collections",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "govnb",
        "itertools",
        "math",
        "matplotlib",
        "numpy",
        "operator",
        "pandas",
        "re",
        "statistics",
        "string",
        "textwrap",
        "typing",
        "unicodedata",
    ]
)
_OPENING = frozenset(
    [
        "DataSource",
        "ExcelFile",
        "HDFStore",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "file",
        "get_ipython",
        "getattr",
        "globals",
        "input",
        "io",
        "loadtxt",
        "locals",
        "memmap",
        "setattr",
        "vars",
        "workspace",
    ]
)
_BEGINNINGS = ("_", "read_", "from", "open", "load", "genfrom", "imread")
_HARMLESS = frozenset({"_", "from_dict", "from_product", "from_records", "from_tuples"})
_OPEN_WORKPAPER, _PARAMETERS = "open_workpaper", ("agency", "year")


def reads_for_itself(notebook: Mapping[str, Any]) -> bool:
    """False where its code can read nothing but its own report's workpaper."""
    for cell in notebook.get("cells", ()):
        if cell.get("cell_type") == "code":
            source = cell.get("source", "")
            parameters = "parameters" in cell.get("metadata", {}).get("tags", ())
            try:
                tree = ast.parse(source if isinstance(source, str) else "".join(source))
            except (SyntaxError, ValueError):  # %run, !cat, or no Python at all
                return True
            opened = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _opens_own(node)}
            if any(id(node) not in opened and _may_read(node, parameters) for node in ast.walk(tree)):
                return True
    return False


def _opens_own(call: ast.Call) -> bool:
    """``govnb.open_workpaper(agency, year)``."""
    given = tuple(argument.id if isinstance(argument, ast.Name) else "" for argument in call.args)
    return _name(call.func) == _OPEN_WORKPAPER and given == _PARAMETERS and not call.keywords


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _may_read(node: ast.AST, parameters: bool) -> bool:
    if isinstance(node, ast.Import):
        hidden = ("govnb", *_PARAMETERS)
        return any(
            _is_unknown(alias.name) or alias.asname in hidden or _opens(alias.asname or "_") for alias in node.names
        )
    if isinstance(node, ast.ImportFrom):
        ours = node.module == "govnb"
        return _is_unknown(node.module or "") or any(
            alias.asname is not None
            or alias.name == "*"
            or not (_is_public(alias.name) if ours else not _opens(alias.name))
            for alias in node.names
        )
    if isinstance(node, ast.Attribute) and _name(node.value) == "govnb":
        return not _is_public(node.attr) or node.attr == _OPEN_WORKPAPER
    bound = _bound(node)
    if bound is not None:  # who calls something else so hides it
        return bound == "govnb" or _opens(bound) or (bound in _PARAMETERS and not parameters)
    return _opens(_name(node) or "_")


def _bound(node: ast.AST) -> str | None:
    """The name that something is given here, None where nothing is."""
    if isinstance(node, ast.Name):
        return None if isinstance(node.ctx, ast.Load) else node.id
    if isinstance(node, ast.arg):
        return node.arg
    named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs | ast.MatchStar
    if isinstance(node, named):
        return node.name
    return node.rest if isinstance(node, ast.MatchMapping) else None


def _is_unknown(module: str) -> bool:
    first, _, rest = module.partition(".")
    return first not in _KNOWN or (first == "govnb" and bool(rest)) or any(map(_opens, rest.split(".") if rest else ()))


def _is_public(name: str) -> bool:
    return name in govnb.__all__


def _opens(name: str) -> bool:
    return name not in _HARMLESS and (name in _OPENING or name.startswith(_BEGINNINGS))
