"""YAML and JSON with positions: what is typed how, and what is refused with which line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from govnb.errors import Collector
from govnb.marked import Marked, load_packaged, parse_json, parse_yaml

PACKAGE = Path(__file__).resolve().parents[2] / "govnb"


def faults(problems: Collector) -> list[tuple[str, int | None, int | None]]:
    return [(problem.code, problem.where.line, problem.where.position) for problem in problems.problems]


def good_yaml(text: str) -> Marked:
    problems = Collector()
    marked = parse_yaml(text, "a.yaml", problems)
    assert not problems.problems
    return marked


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("1.50", Decimal("1.50")),
        ("24252.311082", Decimal("24252.311082")),
        ("'5'", "5"),
        ('"2021"', "2021"),
        ("!!str 5", "5"),
        ("012", "012"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".nan", ".nan"),
        ("12:30", "12:30"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("2022-02-30", "2022-02-30"),
        ("2022-01-20", "2022-01-20"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_scalars_of_yaml(text: str, value: Any) -> None:
    got = good_yaml(f"k: {text}").data["k"]
    assert got == value
    assert type(got) is type(value)


def test_marks_of_keys_values_and_items() -> None:
    marked = good_yaml("a:\n  b: 1\n  c: [x,\n      y]\n")
    assert marked.keys[("a", "c")] == (3, 3)
    assert marked.values[("a", "c", 1)] == (4, 7)
    place = marked.place("f.yaml", ("a", "b"), of_value=True)
    assert (place.file, place.line, place.position) == ("f.yaml", 2, 6)
    assert marked.place("f.yaml", ("a", "unknown")).line == 1


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_empty_yaml_is_none(text: str) -> None:
    assert good_yaml(text).data is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3", ("params.duplicate", 3, 1)),
        ("a: {b: 1, b: 2}", ("params.duplicate", 1, 11)),
        ("a: 1\n b: 2", ("params.syntax", 2, 3)),
        ("a: }", ("params.syntax", 1, 4)),
        ("a: &x [1]\nb: *x", ("params.syntax", 1, 4)),
        ("&a [*a]", ("params.syntax", 1, 1)),
        ("a: !!python/object:os.system x", ("params.syntax", 1, 4)),
        ("a: !x 1", ("params.syntax", 1, 4)),
        ("? [1]\n: 2", ("params.syntax", 1, 3)),
        ("a: 1\nb: \x01", ("params.syntax", 2, 4)),
        ("a: 1\n---\nb: 2", ("params.syntax", 2, 1)),
    ],
)
def test_faults_of_yaml_have_a_place(text: str, expected: tuple[str, int, int]) -> None:
    problems = Collector()
    parse_yaml(text, "a.yaml", problems)
    assert faults(problems) == [expected]


def test_the_message_of_a_doubled_key_names_the_first_line() -> None:
    problems = Collector()
    marked = parse_yaml("a: 1\nb: 2\na: 3", "a.yaml", problems)
    assert "line 1" in problems.problems[0].what.en
    assert marked.data == {"a": 1, "b": 2}


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "- " * 5_000, "[" * 63 + "]" * 63])
def test_depth_is_bounded(text: str) -> None:
    for parse in (parse_yaml, parse_json):
        problems = Collector()
        parse(text, "a", problems)
        assert problems.problems


def test_json_is_exact_and_marked() -> None:
    problems = Collector()
    marked = parse_json('{"a": 1.50,\n "b": [true, null, -3, "x\\ud83d\\ude00"]}', "a.json", problems)
    assert not problems.problems
    assert marked.data == {"a": Decimal("1.50"), "b": [True, None, -3, "x😀"]}
    assert str(marked.data["a"]) == "1.50"
    assert type(marked.data["b"][2]) is int
    assert marked.keys[("b",)] == (2, 2)
    assert marked.values[("b", 3)] == (2, 24)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("params.syntax", 1, 1)),
        ('{"a":1,}', ("params.syntax", 1, 8)),
        ("{'a':1}", ("params.syntax", 1, 2)),
        ('{"a":NaN}', ("params.syntax", 1, 6)),
        ('{"a":01}', ("params.syntax", 1, 6)),
        ('{"a":1} x', ("params.syntax", 1, 9)),
        ('{"a":"b\n"}', ("params.syntax", 1, 8)),
        ('{"a":1,\n"a":2}', ("params.duplicate", 2, 1)),
        ("[1 2]", ("params.syntax", 1, 4)),
        ("9" * 5000, ("params.syntax", 1, 1)),
    ],
)
def test_faults_of_json_have_a_place(text: str, expected: tuple[str, int, int]) -> None:
    problems = Collector()
    parse_json(text, "a.json", problems)
    assert faults(problems) == [expected]


# The editions have marks and are read by parse_yaml.
@pytest.mark.parametrize(
    "file", sorted(set(PACKAGE.rglob("*.yaml")) - set(PACKAGE.rglob("editions/*"))), ids=lambda file: file.name
)
def test_packaged_data_are_the_same_by_the_fast_parser(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert load_packaged(text) == yaml.safe_load(text)
