"""A slice of benchmarks/audit_fuzz.py: damaged files are told to be broken, or read; none is a fault of ours."""

from __future__ import annotations

from benchmarks.audit_fuzz import OURS, audit_damaged, why


def test_damaged_files_are_read_or_told_to_be_broken() -> None:
    audited = audit_damaged(range(120), 2)
    assert [item.file[:6] for item in audited] == [f"{seed:06d}" for seed in range(120)]
    ours = [f"{item.file}: {why(item)}" for item in audited if any(word in why(item) for word in OURS)]
    assert ours == []
    # Damage that leaves nothing to read, and damage that a reader bears: both are among them.
    assert 10 < sum(bool(why(item)) for item in audited) < 110
    assert sum(bool(item.tables) for item in audited) > 20
