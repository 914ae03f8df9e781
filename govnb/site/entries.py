"""One entry a report of the workspace: its state, whether it was published in time, its checks and its sign-off.

Late means published after the statutory deadline (counting.deadlines). A report without a date of publication is late
only as of a day that was asked for: no clock is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from govnb.counting.deadlines import deadline
from govnb.inputs.params import Params
from govnb.signoff import Review, standing
from govnb.site.reading import Folder, Key

MADE, FAILED, BROKEN, MISSING = "made", "failed", "broken", "missing"
UNREADABLE = "unreadable"
_WORST_FIRST = (FAILED, BROKEN, MISSING, MADE)


@dataclass(frozen=True)
class Organ:
    """An organ; ``member_of``: ids of the aggregates that sum it up."""

    id: str
    name: str
    short_name: str
    region: str
    level: str
    members: tuple[str, ...]
    member_of: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """``state``: made, failed, broken or missing; ``timing``: on_time, late, overdue, due or unknown;
    ``review``: accepted, rejected, void, none or unreadable; ``reviews``: its history, the newest last.

    ``notebook`` is the one that the report comes from.
    """

    organ: Organ
    year: int
    notebook: str
    deadline: date | None
    published: date | None
    as_of: date | None
    folder: Folder
    reviews: tuple[Review, ...]
    review: str

    @property
    def state(self) -> str:
        if self.folder.failure is not None:
            return FAILED
        if self.folder.faults:
            return BROKEN
        return MADE if self.folder.summary is not None else MISSING

    @property
    def timing(self) -> str:
        if self.published is not None and self.deadline is not None:
            return "late" if self.published > self.deadline else "on_time"
        if self.as_of is None or self.deadline is None:
            return "unknown"
        return "overdue" if self.as_of > self.deadline else "due"

    @property
    def days_late(self) -> int:
        """Calendar days after the deadline; 0 where it was not late."""
        day = self.published or self.as_of
        return max(0, (day - self.deadline).days) if day is not None and self.deadline is not None else 0

    def failed(self, severity: str) -> int:
        """Failed checks of a severity in what is there."""
        return self.folder.summary.failed[severity] if self.folder.summary is not None else 0

    @property
    def worst(self) -> int:
        """A number to sort by, the gravest first: failed, broken, missing, then by failed errors and warnings."""
        checks = min(self.failed("error"), 999) * 1000 + min(self.failed("warning"), 999)
        return _WORST_FIRST.index(self.state) * 1_000_000 + (999_999 - checks if self.state == MADE else 0)

    @property
    def marks(self) -> tuple[str, ...]:
        """Everything that the index can be filtered by."""
        checks = [severity for severity in ("error", "warning") if self.failed(severity)]
        clean = ["clean"] if self.state == MADE and not checks else []
        late = ["behind"] if self.timing in ("late", "overdue") else []
        review = f"review-{self.review}"
        return (self.state, self.timing, *late, *checks, *clean, review)

    def to_json(self) -> dict[str, Any]:
        """The entry for other programs."""
        summary = self.folder.summary
        return {
            "agency": self.organ.id,
            "name": self.organ.name,
            "year": self.year,
            "state": self.state,
            "reason": self.folder.failure or "；".join(self.folder.faults) or None,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "published": self.published.isoformat() if self.published else None,
            "timing": self.timing,
            "checks": summary and {**summary.failed, "pass": summary.passed, "not_assessable": summary.not_assessable},
            "review": self.review,
            "notebooks": list(self.folder.notebooks),
            "sha256": self.folder.report_sha,
        }


def build_entries(
    chosen: Sequence[Params],
    folders: Mapping[Key, Folder],
    reviews: Mapping[Key, Sequence[Review]],
    unreadable: frozenset[Key],
    as_of: date | None,
) -> tuple[Entry, ...]:
    """The entries by agency and year. ``unreadable``: reports whose file of decisions is wrong."""
    organs = _organs(chosen)
    return tuple(
        _entry(params, organs[params.agency.id], folders, reviews, unreadable, as_of)
        for params in sorted(chosen, key=lambda params: (params.agency.id, params.year))
    )


def _entry(
    params: Params,
    organ: Organ,
    folders: Mapping[Key, Folder],
    reviews: Mapping[Key, Sequence[Review]],
    unreadable: frozenset[Key],
    as_of: date | None,
) -> Entry:
    key = (organ.id, params.year)
    folder, history = folders.get(key, Folder()), tuple(reviews.get(key, ()))
    return Entry(
        organ=organ,
        year=params.year,
        notebook=params.notebook,
        deadline=deadline(params.agency.level, params.agency.scope, params.year),
        published=params.published_date,
        as_of=as_of,
        folder=folder,
        reviews=history,
        review=UNREADABLE if key in unreadable else standing(history, folder.report_sha),
    )


def _organs(chosen: Sequence[Params]) -> dict[str, Organ]:
    agencies = {params.agency.id: params.agency for params in chosen}
    above: dict[str, list[str]] = {}
    for agency in sorted(agencies.values(), key=lambda agency: agency.id):
        for member in agency.members:
            above.setdefault(member, []).append(agency.id)
    return {
        key: Organ(key, one.name, one.short_name, one.region, one.level, tuple(one.members), tuple(above.get(key, ())))
        for key, one in agencies.items()
    }
