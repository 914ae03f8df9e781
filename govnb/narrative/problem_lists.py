"""What an agency found amiss in its own work, this year and last, as plain data for section five. Reads no ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shortcoming:
    """A problem and the measure against it, in the ledger's words; ``resolved`` by the end of the report year."""

    problem: str
    measure: str = ""
    resolved: bool = False


@dataclass(frozen=True)
class ProblemLists:
    """``raised`` in the report year, ``earlier`` in the year before; None where no such ledger is kept."""

    raised: tuple[Shortcoming, ...] | None = None
    earlier: tuple[Shortcoming, ...] | None = None
