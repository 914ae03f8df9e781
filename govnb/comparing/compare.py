"""Compares two sides. Pure: what they were read from is ``sides``' matter."""

from __future__ import annotations

from govnb.comparing.model import Difference, Side
from govnb.comparing.tables import compare_tables
from govnb.comparing.texts import compare_texts


def compare(old: Side, new: Side) -> Difference:
    """Every cell of the tables and every sentence of the sections of either side."""
    return Difference(old, new, compare_tables(old, new), compare_texts(old, new))
