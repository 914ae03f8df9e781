"""A slice of benchmarks/audit_fuzz.py: damaged files are told to be broken, or read; none is a fault of ours."""

from __future__ import annotations

from benchmarks.audit_fuzz import OURS, audit_damaged, why

# 785 and 3977: text turned by an angle that is no number, found by the run over 10,000.
SEEDS = (*range(120), 785, 3977)


def test_damaged_files_are_read_or_told_to_be_broken() -> None:
    audited = audit_damaged(SEEDS, 2)
    assert [item.file[:6] for item in audited] == [f"{seed:06d}" for seed in SEEDS]
    ours = [f"{item.file}: {why(item)}" for item in audited if any(word in why(item) for word in OURS)]
    assert ours == []
    # Damage that leaves nothing to read, and damage that a reader bears: both are among them.
    assert 10 < sum(bool(why(item)) for item in audited) < 110
    assert sum(bool(item.tables) for item in audited) > 20
