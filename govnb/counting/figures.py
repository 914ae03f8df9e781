"""A figure: one number of the report with its name, unit, source and the rule that selects the rows behind it.

Pure data; ``counting.catalogue`` makes them. A figure is never written down twice: tables, prose, charts and ``trace``
all look it up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Value = int | Decimal | str | None


def show(value: Value) -> str:
    """A value as it is printed: plain digits, decimals in full without an exponent, blank for None."""
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def value_to_json(value: Value) -> int | str | None:
    """int, text and None as they are; a Decimal as the string of its exact digits (never a float)."""
    return show(value) if isinstance(value, Decimal) else value


def value_from_json(value: Any) -> Any:
    """A value as ``value_to_json`` wrote it: text that is a plain decimal number is a Decimal."""
    if not isinstance(value, str):
        return value
    digits = value.removeprefix("-").replace(".", "", 1)
    return Decimal(value) if digits.isascii() and digits.isdigit() else value


@dataclass(frozen=True)
class Figure:
    """``rows`` is how many ledger rows stand behind the value (None where no ledger does).

    ``rule`` says in Chinese which rows are selected and after which article; ``source`` names the ledger file, declared
    table or citation; ``ledger`` is the ledger's code, by which ``trace`` finds the rows. ``first_rows`` are the
    numbers of the first of these rows in the ledger's file, as a person counts them; ``parts`` the figures that this
    one is computed from. ``members``, in an aggregate: organ id → its share of the value; a member that has nothing or
    0 there is left out.
    """

    id: str
    value: Value
    label: str
    unit: str = ""
    source: str = ""
    rule: str = ""
    rows: int | None = None
    ledger: str | None = None
    first_rows: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()
    members: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        shares = {member: value_to_json(value) for member, value in self.members.items()}
        return {
            "value": value_to_json(self.value),
            "label": self.label,
            "unit": self.unit,
            "source": self.source,
            "rule": self.rule,
            "rows": self.rows,
            "ledger": self.ledger,
            # A Decimal and a text are both JSON strings; the reader must be able to tell them apart.
            "exact": isinstance(self.value, Decimal),
            "first_rows": list(self.first_rows),
            "parts": list(self.parts),
            **({"members": shares} if shares else {}),
        }

    @classmethod
    def from_json(cls, figure_id: str, data: Mapping[str, Any]) -> Figure:
        value = data["value"]
        if data.get("exact") and value is not None:
            value = Decimal(value)
        fields = {key: data.get(key, "") for key in ("label", "unit", "source", "rule")}
        behind: dict[str, Any] = {key: tuple(data.get(key, ())) for key in ("first_rows", "parts")}
        behind["members"] = {member: value_from_json(share) for member, share in data.get("members", {}).items()}
        return cls(figure_id, value, **fields, **behind, rows=data.get("rows"), ledger=data.get("ledger"))


Figures = Mapping[str, Figure]
