"""What is shown of an error that came from far down."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

import pytest

from govnb.crew.warm import WarmCrew
from govnb.notebook.tracebacks import bound_tracebacks
from tests.running import ROOT, Order, run_order

DEEP = "def f(n):\n    return f(n + 1)\nf(0)"


def plain(kind: Any, error: BaseException, tb: TracebackType | None, tb_offset: int | None = None) -> list[str]:
    return [*(f"{call.name}\n" for call in traceback.extract_tb(tb)), f"{kind.__name__}: {error}"]


def shown(code: str) -> tuple[list[str], BaseException]:
    shell = SimpleNamespace(InteractiveTB=SimpleNamespace(structured_traceback=plain))
    bound_tracebacks(shell)
    try:
        exec(code, {})
    except Exception as error:
        return shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__, tb_offset=1), error
    raise AssertionError


def test_the_first_and_the_last_calls_are_shown_and_how_many_are_not() -> None:
    lines, _ = shown("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(300)")
    assert len(lines) == 62
    assert lines[:3] == ["shown\n", "<module>\n", "f\n"]
    assert lines[-2:] == [
        "[中间的调用略去 / the calls in between are left out]\n",
        "ZeroDivisionError: division by zero",
    ]


def test_what_is_not_deep_is_shown_as_it_is() -> None:
    lines, _ = shown("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(30)")
    assert lines == ["shown\n", "<module>\n", *["f\n"] * 31, "ZeroDivisionError: division by zero"]


def test_a_long_chain_of_errors_ends() -> None:
    _, error = shown("e = None\nfor n in range(50):\n    n = ValueError(n)\n    n.__cause__ = e\n    e = n\nraise e")
    count = 0
    each: BaseException | None = error
    while each is not None:
        count, each = count + 1, each.__cause__ or each.__context__
    assert count == 8


@pytest.mark.skipif(sys.platform != "linux", reason="cells are forked on Linux alone")
def test_a_recursion_without_an_end_is_shown_alike_by_forked_cells_and_a_kernel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with WarmCrew(1) as crew:
        forked = crew.submit(run_order, Order((DEEP,), tmp_path)).result(240)
    assert "RecursionError: maximum recursion depth exceeded" in forked.said
    assert len(forked.outputs(3)[-1].traceback) < 100
    assert "the calls in between are left out" in forked.written
    ordinary = run_order(Order((DEEP,), tmp_path))
    assert ordinary.outputs(3)[-1].traceback == forked.outputs(3)[-1].traceback
