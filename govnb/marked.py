"""YAML and JSON with the place of every key and value, for messages that name line and column.

Stricter than YAML 1.1 where that surprises an office: duplicate keys, tags and aliases are refused, ``no`` and ``on``
stay text, dates stay text (so that 2022-02-30 is reported, not raised), decimals stay exact (``Decimal``). Never builds
anything but plain data.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented by name only
from typing import Any

import yaml

from govnb.errors import NOTHING, Collector, Place, Text

Path = tuple[str | int, ...]

_INT = re.compile(r"^[-+]?(0|[1-9][0-9]*)$")
_DECIMAL = re.compile(r"^[-+]?(0|[1-9][0-9]*)\.[0-9]+$")
_MAX_DEPTH = 60
_PLAIN_TAGS = tuple(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq", "merge", "value")
)
_JSON_SPACE = re.compile(r"[ \t\n\r]*")
_JSON_NUMBER = r"-?(?:0|[1-9][0-9]{0,200})(?:\.[0-9]{1,200})?(?:[eE][-+]?[0-9]{1,3})?"
_JSON_WORD = re.compile(rf"(?:true|false|null|{_JSON_NUMBER})(?![\w.])")
_JSON_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


@dataclass
class Marked:
    """Plain data and, for each path in it, the (line, column) of the key (or list item) and of the value."""

    data: Any = None
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, file: str, path: Path, *, of_value: bool = False) -> Place:
        """Where ``path`` stands in ``file``; the nearest ancestor where the path itself has no mark."""
        marks = self.values if of_value else self.keys
        for end in range(len(path), -1, -1):
            if mark := marks.get(path[:end]) or self.values.get(path[:end]):
                return Place(file=file, line=mark[0], position=mark[1])
        return Place(file=file)


def _loader() -> Any:
    """PyYAML's parser in C, ten times as fast, where it was built with it."""
    return yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader


def load_packaged(text: str) -> Any:
    """The plain data of a YAML file of this package, which has no faults to be told."""
    return yaml.load(text, Loader=_loader())


def parse_yaml(text: str, file: str, problems: Collector) -> Marked:
    """``text`` as data with marks; faults of syntax, duplicate keys, tags and aliases go to ``problems``."""
    builder = _YamlBuilder(file, problems)
    try:
        node = yaml.compose(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = (mark.line + 1, mark.column + 1) if mark else _unreadable(text)
        fix = Text("请检查缩进、冒号后的空格和引号", "Check indentation, the space after a colon, and quotes")
        builder.fault(at, Text("不是有效的 YAML", "is not valid YAML"), fix)
        return builder.marked
    if node is not None:
        builder.marked.data = builder.build(node, ())
    return builder.marked


def _unreadable(text: str) -> tuple[int, int] | None:
    """Where the first character stands that YAML does not allow at all."""
    bad = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return (text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())) if bad else None


class _Builder:
    """Plain data and its marks in the making; ``depth`` is bounded so that no input can exhaust the stack."""

    def __init__(self, file: str, problems: Collector) -> None:
        self.file, self.problems, self.marked = file, problems, Marked()

    def fault(self, at: tuple[int, int] | None, what: Text, fix: Text = NOTHING, code: str = "params.syntax") -> None:
        line, position = at or (None, None)
        self.problems.add(Place(file=self.file, line=line, position=position), what, fix, code)

    def too_deep(self, at: tuple[int, int]) -> None:
        self.fault(at, Text("嵌套过深", "is nested too deeply"))

    def is_new(self, key: str, path: Path, at: tuple[int, int]) -> bool:
        """Marks a key of the mapping at ``path``; a second one of the same name is a fault."""
        if first := self.marked.keys.get((*path, key)):
            name = key[:60]
            what = Text(f"键“{name}”重复，第{first[0]}行已有", f"key “{name}” is given twice, first in line {first[0]}")
            self.fault(at, what, Text("请只保留一处", "Keep one of them"), "params.duplicate")
            return False
        self.marked.keys[(*path, key)] = at
        return True


class _YamlBuilder(_Builder):
    def __init__(self, file: str, problems: Collector) -> None:
        super().__init__(file, problems)
        self._built: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Any:
        at = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.marked.values[path] = at
        if id(node) in self._built:  # the same node again: an alias, which may also refer to itself or multiply
            fix = Text("请把内容写全", "Write the content out")
            self.fault(at, Text("不支持 YAML 的引用（*名称）", "holds a YAML alias (*name)"), fix)
            return None
        self._built.add(id(node))
        if not node.tag.startswith(_PLAIN_TAGS):
            self.fault(at, Text("不支持 YAML 标签（!名称）", "holds a YAML tag (!name)"))
            return None
        if len(path) > _MAX_DEPTH:
            self.too_deep(at)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, number)) for number, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            at = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(at, Text("键必须是文字", "a key must be plain text"))
            elif self.is_new(str(key_node.value), path, at):
                result[str(key_node.value)] = self.build(value_node, (*path, str(key_node.value)))
        return result


def _scalar(node: yaml.Node) -> Any:
    value = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">") or node.tag == "tag:yaml.org,2002:str":
        return value
    if value in ("", "~", "null", "Null", "NULL"):
        return None
    if value in ("true", "True", "TRUE"):
        return True
    if value in ("false", "False", "FALSE"):
        return False
    if _INT.match(value) and len(value) < 40:
        return int(value)
    if _DECIMAL.match(value) and len(value) < 60:
        return Decimal(value)
    return value


def parse_json(text: str, file: str, problems: Collector) -> Marked:
    """``text`` as data with marks, as ``parse_yaml``: decimals exact, duplicate keys and NaN are faults."""
    builder = _JsonBuilder(text, file, problems)
    try:
        builder.marked.data = builder.document()
    except _JsonError as error:
        fix = Text("请检查逗号、引号和括号", "Check commas, quotes and brackets")
        builder.fault(builder.at(error.position), Text("不是有效的 JSON", "is not valid JSON"), fix)
    return builder.marked


class _JsonError(Exception):
    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class _JsonBuilder(_Builder):
    def __init__(self, text: str, file: str, problems: Collector) -> None:
        super().__init__(file, problems)
        self.text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, position: int) -> tuple[int, int]:
        line = bisect_right(self._lines, position)
        return line, position - self._lines[line - 1] + 1

    def document(self) -> Any:
        data, end = self._value(self._skip(0), ())
        end = self._skip(end)
        if end < len(self.text):
            raise _JsonError(end)
        return data

    def _skip(self, position: int) -> int:
        match = _JSON_SPACE.match(self.text, position)
        return match.end() if match else position

    def _value(self, start: int, path: Path) -> tuple[Any, int]:
        self.marked.values[path] = self.at(start)
        first = self.text[start : start + 1]
        if len(path) > _MAX_DEPTH:
            self.too_deep(self.at(start))
            raise _JsonError(start)
        if first == "{":
            return self._object(start, path)
        if first == "[":
            return self._array(start, path)
        if first == '"':
            return self._string(start)
        match = _JSON_WORD.match(self.text, start)
        if match is None:
            raise _JsonError(start)
        word = match.group()
        if word in _JSON_WORDS:
            return _JSON_WORDS[word], match.end()
        return (int(word) if _INT.match(word) and len(word) < 40 else Decimal(word)), match.end()

    def _string(self, start: int) -> tuple[str, int]:
        if self.text[start : start + 1] != '"':
            raise _JsonError(start)
        try:
            value, end = scanstring(self.text, start + 1, True)
        except json.JSONDecodeError as error:
            raise _JsonError(error.pos) from None
        return str(value), int(end)

    def _object(self, start: int, path: Path) -> tuple[dict[str, Any], int]:
        result: dict[str, Any] = {}
        position = self._skip(start + 1)
        if self.text[position : position + 1] == "}":
            return result, position + 1
        while True:
            at = position
            key, position = self._string(position)
            position = self._expect(position, ":")
            if self.is_new(key, path, self.at(at)):
                result[key], position = self._value(position, (*path, key))
            else:  # read over it, marking what it holds below a name that no key has
                _, position = self._value(position, (*path, key, -1))
            position = self._skip(position)
            if self.text[position : position + 1] == "}":
                return result, position + 1
            position = self._expect(position, ",")

    def _array(self, start: int, path: Path) -> tuple[list[Any], int]:
        result: list[Any] = []
        position = self._skip(start + 1)
        if self.text[position : position + 1] == "]":
            return result, position + 1
        while True:
            item, position = self._value(position, (*path, len(result)))
            result.append(item)
            position = self._skip(position)
            if self.text[position : position + 1] == "]":
                return result, position + 1
            position = self._expect(position, ",")

    def _expect(self, position: int, sign: str) -> int:
        position = self._skip(position)
        if self.text[position : position + 1] != sign:
            raise _JsonError(position)
        return self._skip(position + 1)
