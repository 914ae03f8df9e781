"""What is read from a text: claims (this number is that figure), lists that add up, and shares. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from govnb.prose.quantities import Quantity


@dataclass(frozen=True)
class Claim:
    """A number and what it speaks of.

    ``figures`` are the readings that the language allows, each a figure id or a sum of some, such as
    ``applications.new.total + applications.carried_in.total``; () where no reading is known. ``scope`` holds the words
    by which it speaks of a part or of another thing, so that no table can be held against it. ``words`` is the stretch
    that was read, ``text[start:end]``. ``quantity`` is None for a stated nothing (未收到申请).
    """

    words: str
    start: int
    end: int
    subject: str
    verbs: tuple[str, ...]
    figures: tuple[str, ...]
    scope: tuple[str, ...] = ()
    quantity: Quantity | None = None

    @property
    def whole(self) -> bool:
        """Whether a table can be held against it."""
        return bool(self.figures) and not self.scope

    @property
    def value(self) -> Decimal:
        return self.quantity.value if self.quantity is not None else Decimal(0)

    @property
    def unit(self) -> str:
        return self.quantity.unit if self.quantity is not None else ""


@dataclass(frozen=True)
class Listing:
    """共N件，其中a、b、c: a total, its parts.

    ``totals``: the numbers that it may take apart, the nearest last. ``closed``: the list says that it is complete;
    ``disjoint``: nothing is counted in two of its parts, so that they can't be more than the whole; ``may_go_on``: its
    last parts may be another list's (自然人90件，法人10件，网上80件).
    """

    words: str
    start: int
    end: int
    totals: tuple[Quantity, ...]
    parts: tuple[Quantity, ...]
    closed: bool
    disjoint: bool
    may_go_on: bool


@dataclass(frozen=True)
class Share:
    """A percentage. ``kind``: share (占x%) or growth (同比增长x%); ``sign`` of the growth, 0 where none is said.

    ``numbers`` (added up) are compared, ``figures`` their readings; ``wholes`` the numbers of the text that may be the
    whole, ``of`` the figures that may be.
    """

    kind: str
    words: str
    start: int
    end: int
    quantity: Quantity
    sign: int = 0
    numbers: tuple[Quantity, ...] = ()
    figures: tuple[str, ...] = ()
    wholes: tuple[Quantity, ...] = ()
    of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """All that was read from one paragraph."""

    claims: tuple[Claim, ...] = ()
    listings: tuple[Listing, ...] = ()
    shares: tuple[Share, ...] = ()
