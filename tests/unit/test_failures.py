"""What writes ``failed/`` and what reads it agree on the names."""

from __future__ import annotations

import pytest

from govnb.failures import failure_files, find_failures


def test_names() -> None:
    assert failure_files() == ("reason.txt", "notebook.ipynb")
    assert failure_files("办理 情况") == ("reason-办理 情况.txt", "notebook-办理 情况.ipynb")


@pytest.mark.parametrize(
    "other", ["log.txt", "notebook.ipynb", "reason-.txt", "reasons.txt", "reason-../x.txt", "reason-a/b.txt"]
)
def test_what_is_written_is_found_and_nothing_else(other: str) -> None:
    written = [failure_files(name) for name in (None, "a", "a.b", "reason-c")]
    assert find_failures([other, *(files.reason for files in reversed(written))]) == written
    assert find_failures([other]) == []
