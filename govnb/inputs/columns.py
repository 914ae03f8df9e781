"""Which column of a file is which column of the ledger: by code, by Chinese header or by the mapping in params.

Anything else is an extra column and is not kept. Nothing here looks at a row.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from govnb.errors import NOTHING, Place, Problem, Text, meant, nearest
from govnb.inputs.folding import fold
from govnb.inputs.raw import COLUMNS
from govnb.inputs.schema import Column, LedgerSchema

_SURELY_MEANT = 0.75  # likeness of an extra header to a missing column, from which a slip of the pen is likely


@dataclass(frozen=True)
class Layout:
    """``columns``: index in the file → column; ``headers``: column code → header as it stands in the file."""

    columns: Mapping[int, Column]
    headers: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


class Headers:
    """The headers that one ledger knows, with the mapping of its source."""

    def __init__(self, schema: LedgerSchema, mapping: Mapping[str, str]) -> None:
        self.schema = schema
        self.mapping = {fold(theirs): (theirs, ours) for theirs, ours in mapping.items()}
        self._names = {fold(column.header): column for column in schema.columns.values()}
        self._names |= {fold(code): column for code, column in schema.columns.items()}
        self._found: dict[str, Column | None] = {}

    def find(self, header: str | None) -> Column | None:
        if header is None:
            return None
        if header not in self._found:
            self._found[header] = self._find(header)
        return self._found[header]

    def _find(self, header: str) -> Column | None:
        key = fold(header)
        if key in self.mapping:
            return self._names.get(fold(self.mapping[key][1]))
        return self._names.get(key)

    def recognise(self, cells: Sequence[str | None]) -> int:
        return sum(self.find(cell) is not None for cell in cells)

    def wanted(self, headers: Sequence[str | None]) -> dict[int, bool]:
        """Index of each column to keep, and whether its values repeat; never a personal one."""
        found = [(index, self.find(header)) for index, header in enumerate(headers)]
        return {index: column.repeats for index, column in found if column is not None and not column.personal}

    def match(self, headers: Sequence[str | None], place: Place) -> Layout:
        """The layout of a file with these headers, with every missing, doubled and misnamed column."""
        columns: dict[int, Column] = {}
        seen: dict[str, int] = {}
        problems: list[Problem] = []
        for index, header in enumerate(headers):
            column = self.find(header)
            if column is None or header is None:
                continue
            if column.code in seen:
                problems.append(_doubled(place, column, headers, seen[column.code], index))
            else:
                seen[column.code], columns[index] = index, column
        problems += self._mapping_problems(headers, place)
        extra = [header for header in headers if header is not None and self.find(header) is None]
        missing = [column for column in self.schema.columns.values() if column.code not in seen]
        problems += [_missing(place, column, extra) for column in missing if column.required]
        optional = [column for column in missing if not column.required]
        warnings = [found for header in extra if (found := _slip(place, header, optional)) is not None]
        named = {column.code: headers[index] or column.header for index, column in columns.items()}
        return Layout(columns, named, tuple(problems), tuple(warnings))

    def _mapping_problems(self, headers: Sequence[str | None], place: Place) -> list[Problem]:
        there = {fold(header): header for header in headers if header is not None}
        problems = []
        for key, (theirs, ours) in self.mapping.items():
            if fold(ours) not in self._names:
                near = nearest(ours, self.schema.columns)
                fix = meant(near) if near else NOTHING
                what = Text(
                    f"columns 里的“{ours}”不是这个台账的列", f"“{ours}” under `columns` is no column of this ledger"
                )
                problems.append(Problem(place, what, fix, COLUMNS))
            elif key not in there:
                near = nearest(theirs, [header for header in there.values() if _alike(header, theirs) > 0.5])
                fix = meant(near) if near else NOTHING
                what = Text(
                    f"columns 里写的“{theirs}”不在文件的列名中", f"“{theirs}” under `columns` is no header of the file"
                )
                problems.append(Problem(place, what, fix, COLUMNS))
        return problems


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, fold(one), fold(other)).ratio()


def _doubled(place: Place, column: Column, headers: Sequence[str | None], first: int, second: int) -> Problem:
    one, other = headers[first], headers[second]
    what = Text(
        f"第{first + 1}列“{one}”与第{second + 1}列“{other}”是同一列（{column.header}）",
        f"column {first + 1} “{one}” and column {second + 1} “{other}” are the same ({column.code})",
    )
    return Problem(place, what, Text("请只保留一列", "Keep one of them"), COLUMNS)


def _missing(place: Place, column: Column, extra: Sequence[str]) -> Problem:
    what = Text(
        f"缺少必需的列“{column.header}”（{column.code}）",
        f"required column “{column.header}” ({column.code}) is missing",
    )
    likely = [header for header in extra if max(_alike(header, column.header), _alike(header, column.code)) > 0.5]
    near = max(likely, key=lambda header: _alike(header, column.header), default=None)
    if near is None:
        fix = Text(
            "请加上这一列；其他系统的列名可在 params 的 sources 里用 columns 对应",
            "Add it, or map its name with `columns` in params",
        )
    else:
        fix = Text(
            f"是否就是“{near}”一列？请改名，或用 columns 对应", f"Is it “{near}”? Rename it, or map it with `columns`"
        )
    return Problem(place, what, fix, COLUMNS)


def _slip(place: Place, header: str, optional: Sequence[Column]) -> Problem | None:
    """A warning for an extra header that looks like a misspelt optional column, which would go unread in silence."""
    likeness = [(max(_alike(header, column.header), _alike(header, column.code)), column.header) for column in optional]
    score, near = max(likeness, default=(0.0, ""))
    if score < _SURELY_MEANT:
        return None
    what = Text(f"未识别的列“{header}”没有读取", f"column “{header}” is not known and was not read")
    fix = Text(f"如果就是“{near}”，请改名或用 columns 对应", f"If it is “{near}”, rename it or map it with `columns`")
    return Problem(place, what, fix, COLUMNS, "warning")
