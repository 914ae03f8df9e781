"""JSON in lines has the bytes that json.dumps gives it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnb.indented import indented_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\n\r\x0b\x7f\u2028"\\/'), max_size=8)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
KEY = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(JSON, st.sampled_from([0, 1, 2]), st.booleans())
def test_the_same_bytes(value: Any, indent: int, sort_keys: bool) -> None:
    expected = json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=sort_keys)
    assert indented_json(value, indent, sort_keys=sort_keys) == expected


@given(st.dictionaries(KEY, JSON, max_size=3))
def test_keys_that_are_no_text(value: Any) -> None:
    assert indented_json(value, 2) == json.dumps(value, ensure_ascii=False, indent=2)


class Word(str):
    pass


def test_kinds_of_text_and_numbers_are_written_as_what_they_are() -> None:
    value = {Word("a"): [Word("b"), True, 1, -0.0, 1e300], "c": {"d": ()}}
    assert indented_json(value, 1) == json.dumps(value, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("value", [{"a": [math.nan]}, [math.inf], {"a": {1, 2}}, [object()]])
def test_what_is_no_json_is_refused_as_json_does(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as expected:
        json.dumps(value, indent=2, allow_nan=False)
    with pytest.raises(type(expected.value)):
        indented_json(value, 2, allow_nan=False)
