"""The statutory form of the annual report as data: sections, tables, codes, official labels and identities.

An edition is one YAML file (``editions/<year>.yaml`` here, or in a workspace's own ``editions/``); a new form needs no
code. Source of the two that are packaged: 国办公开办函〔2021〕30号 and 国办公开办函〔2019〕60号. Nothing here counts or
draws.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import takewhile
from pathlib import Path
from typing import Any

from govnb.errors import Collector, ParamsError, Place, Text, did_you_mean
from govnb.form.identity import Codes, Identity, parse_identity
from govnb.form.shape import TABLE_CODES, check_shape
from govnb.marked import Marked, parse_yaml

TABLES = TABLE_CODES
TOTAL = "total"
_OWN = ("edition", "authority", "years")  # what a form never takes from its base
_COMPARE = Text("请对照程序自带的 2021.yaml", "Compare it with the packaged 2021.yaml")


@dataclass(frozen=True)
class Section:
    """One of the six sections; ``table`` names the statutory table that it holds, if any."""

    code: str
    number: str
    title: str
    parts: tuple[str, ...] = ()
    table: str | None = None
    also_seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class DisclosureBlock:
    """Rows of table 1 that share a clause of 条例第二十条 and their columns (code → label)."""

    clause: str
    columns: Mapping[str, str]
    rows: Mapping[str, str]


@dataclass(frozen=True)
class DisclosureForm:
    row_header: str
    blocks: tuple[DisclosureBlock, ...]


@dataclass(frozen=True)
class Column:
    label: str
    group: str | None = None


@dataclass(frozen=True)
class ApplicationsForm:
    """Table 2. ``rows`` are in official order; a dotted code belongs to the group before the dot."""

    note: str
    header: str
    columns: Mapping[str, Column]
    rows: Mapping[str, str]
    groups: Mapping[str, str]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Codes of the rows that are outcomes: those between 上年结转 and （七）总计."""
        codes = list(self.rows)
        return tuple(codes[codes.index("carried_in") + 1 : codes.index(TOTAL)])

    def items(self, group: str) -> tuple[str, ...]:
        """Row codes of a group such as ``denied``, in order; () where the edition has no such group."""
        return tuple(code for code in self.rows if code.startswith(f"{group}."))

    @property
    def outcome_groups(self) -> tuple[str, ...]:
        """Groups whose items are dotted rows (不予公开, 无法提供, …), in the order of the rows."""
        return tuple(dict.fromkeys(code.split(".")[0] for code in self.rows if "." in code))


@dataclass(frozen=True)
class DisputeBlock:
    code: str
    label: str
    group: str | None = None


@dataclass(frozen=True)
class DisputesForm:
    blocks: tuple[DisputeBlock, ...]
    columns: Mapping[str, str]

    @property
    def groups(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Code of a group of blocks (litigation) → its label and blocks; what the codes of its blocks begin with.

        The same code is the ``kind`` of its cases in the ledger.
        """
        by_label: dict[str, tuple[str, ...]] = {}
        for block in self.blocks:
            if block.group is not None:
                by_label[block.group] = (*by_label.get(block.group, ()), block.code)
        return {_shared_code(blocks): (label, blocks) for label, blocks in by_label.items()}


def _shared_code(blocks: tuple[str, ...]) -> str:
    if len(blocks) == 1:
        return blocks[0].split("_")[0]
    same = (letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*blocks, strict=False)))
    return "".join(same).rstrip("_")


@dataclass(frozen=True)
class Edition:
    """One form. ``number`` is its year; ``years`` the first and last report year it applies to (None = in force)."""

    number: int
    authority: str
    years: tuple[int, int | None]
    sections: tuple[Section, ...]
    disclosure: DisclosureForm
    applications: ApplicationsForm
    disputes: DisputesForm
    identities: tuple[Identity, ...]

    def applies_to(self, year: int) -> bool:
        first, last = self.years
        return first <= year and (last is None or year <= last)

    def rows(self, table: str) -> dict[str, tuple[str, ...]]:
        """Row code → its column codes, in official order, for one of the three tables."""
        if table == "disclosure":
            return {row: tuple(block.columns) for block in self.disclosure.blocks for row in block.rows}
        if table == "applications":
            return dict.fromkeys(self.applications.rows, tuple(self.applications.columns))
        return {block.code: tuple(self.disputes.columns) for block in self.disputes.blocks}

    def label(self, table: str, row: str) -> str:
        """Official label of a row (of a block in the disputes table), or of a group of table 2."""
        if table == "disclosure":
            return next(block.rows[row] for block in self.disclosure.blocks if row in block.rows)
        if table == "applications":
            return self.applications.rows[row] if row in self.applications.rows else self.applications.groups[row]
        block = next(block for block in self.disputes.blocks if block.code == row)
        return f"{block.group}（{block.label}）" if block.group else block.label

    def column_label(self, table: str, row: str, column: str) -> str:
        if table == "disclosure":
            return next(block.columns[column] for block in self.disclosure.blocks if row in block.rows)
        if table == "applications":
            found = self.applications.columns[column]
            return f"{found.group}（{found.label}）" if found.group else found.label
        return self.disputes.columns[column]

    def section(self, code: str) -> Section:
        return next(section for section in self.sections if section.code == code)


def read_editions(folder: Path | None = None, shown_as: str = "editions") -> dict[int, Edition]:
    """All editions by number: the packaged ones, and those in ``folder`` (a workspace's own) which win.

    Raises ParamsError with every fault of every file, each with line and column.
    """
    own = sorted(folder.glob("*.yaml")) if folder is not None and folder.is_dir() else []
    if not own:
        return dict(packaged_editions())
    texts, problems = _packaged(), Collector()
    for path in own:
        file = f"{shown_as}/{path.name}"
        try:
            texts[path.stem] = (file, path.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError:
            fix = Text("请另存为 UTF-8 编码", "Save it as UTF-8")
            problems.add(Place(file=file), Text("不是 UTF-8 文本", "is not UTF-8 text"), fix, "edition.form")
        except OSError:
            problems.add(Place(file=file), Text("无法读取", "can't be read"), code="edition.form")
    problems.raise_if_any(ParamsError)
    return parse_editions(texts)


@cache
def packaged_editions() -> Mapping[int, Edition]:
    return parse_editions(_packaged())


def _packaged() -> dict[str, tuple[str, str]]:
    folder = resources.files("govnb.form") / "editions"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".yaml"))
    return {name[:-5]: (name, (folder / name).read_text(encoding="utf-8")) for name in names}


def edition_for(year: int, editions: Mapping[int, Edition]) -> Edition | None:
    """The edition that applies to a report year; where two do, the newer form."""
    fitting = [edition for edition in editions.values() if edition.applies_to(year)]
    return max(fitting, key=lambda edition: edition.number, default=None)


def parse_editions(texts: Mapping[str, tuple[str, str]]) -> dict[int, Edition]:
    """Editions from (file name, YAML text) by stem; a file with ``base`` lists only what differs from that one.

    Raises ParamsError with every fault of every file, each with line and column.
    """
    problems = Collector()
    files = {stem: (file, parse_yaml(text, file, problems)) for stem, (file, text) in texts.items()}
    problems.raise_if_any(ParamsError)
    result: dict[int, Edition] = {}
    origin: dict[int, str] = {}
    for stem, (file, marked) in files.items():
        whole = _with_base(stem, files, problems, ())
        if whole is None or not check_shape(whole, marked, file, problems):
            continue
        edition = _build(file, marked, whole, problems)
        if edition.number in result:
            what = Text(
                f"版式 {edition.number} 在 {origin[edition.number]} 中已有",
                f"edition {edition.number} is defined in {origin[edition.number]} too",
            )
            problems.add(marked.place(file, ("edition",)), what, code="edition.form")
        result[edition.number], origin[edition.number] = edition, file
    problems.raise_if_any(ParamsError)
    return result


def _with_base(
    stem: str, files: Mapping[str, tuple[str, Marked]], problems: Collector, below: tuple[str, ...]
) -> dict[str, Any] | None:
    """The data of a file laid over that of its base, and that over its own; None with the fault in ``problems``."""
    file, marked = files[stem]
    own = marked.data
    if not isinstance(own, dict):
        problems.add(Place(file=file), Text("版式定义是空的", "defines no form"), _COMPARE, "edition.form")
        return None
    if "base" not in own:
        return own
    base = str(own["base"])
    if base not in files or base in below or stem in _bases(base, files):
        what = Text(f"base“{base}”不存在或循环引用", f"base “{base}” does not exist, or leads back to this file")
        fix = did_you_mean(base, [other for other in files if other != stem])
        problems.add(marked.place(file, ("base",)), what, fix, "edition.form")
        return None
    under = _with_base(base, files, Collector(), (*below, stem))  # what is wrong with the base is told in its own turn
    if under is None or not check_shape(under, files[base][1], files[base][0], Collector()):
        return None
    return _laid_over(under, own)


def _bases(stem: str, files: Mapping[str, tuple[str, Marked]]) -> set[str]:
    """The file itself and every file that it is laid over."""
    found: set[str] = set()
    while stem in files and stem not in found:
        found.add(stem)
        data = files[stem][1].data
        stem = str(data.get("base", "")) if isinstance(data, dict) else ""
    return found


def _laid_over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A table's keys replace those of the base one by one; sections and identities by code and id."""
    merged = {**{key: value for key, value in base.items() if key not in _OWN}, **own}
    if isinstance(own.get("sections", []), list):
        merged["sections"] = _merged_list(base.get("sections", []), own.get("sections", []), "code")
    if isinstance(own.get("identities", []), list):
        merged["identities"] = _merged_list(base.get("identities", []), own.get("identities", []), "id")
    tables, over = base["tables"], own.get("tables", {})
    if isinstance(over, dict) and all(isinstance(table, dict) for table in over.values()):
        merged["tables"] = {**tables, **{name: {**tables.get(name, {}), **table} for name, table in over.items()}}
        if "applications" in over:
            merged["tables"]["applications"] = _merged_applications(tables["applications"], over["applications"])
    return merged


def _merged_list(base: list[Any], own: list[Any], key: str) -> list[Any]:
    merged: dict[Any, Any] = {item[key]: item for item in base}
    for number, item in enumerate(own):
        if not isinstance(item, dict) or not isinstance(item.get(key), str):
            merged[number] = item  # the check of the shape will say so
        else:
            merged[item[key]] = {**merged.get(item[key], {}), **item}
    return list(merged.values())


def _build(file: str, marked: Marked, data: Mapping[str, Any], problems: Collector) -> Edition:
    tables = data["tables"]
    forms = (_disclosure(tables["disclosure"]), _applications(tables["applications"]), _disputes(tables["disputes"]))
    return Edition(
        number=data["edition"],
        authority=data["authority"],
        years=(data["years"][0], data["years"][1]),
        sections=_sections(data["sections"]),
        disclosure=forms[0],
        applications=forms[1],
        disputes=forms[2],
        identities=_identities(data["identities"], marked, file, _codes(*forms), problems),
    )


def _sections(data: list[dict[str, Any]]) -> tuple[Section, ...]:
    return tuple(
        Section(
            code=item["code"],
            number=str(item["number"]),
            title=item["title"],
            parts=tuple(item.get("parts", ())),
            table=item.get("table"),
            also_seen=tuple(item.get("also_seen", ())),
        )
        for item in data
    )


def _merged_applications(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """``rows_replaced``: {other: label} puts one row where the base has its group ``other.*``."""
    merged = {**base, **{key: value for key, value in own.items() if key != "rows_replaced"}}
    replaced = own.get("rows_replaced", {})
    if not isinstance(replaced, dict) or not isinstance(merged.get("rows"), dict):
        return {**merged, "rows_replaced": replaced}  # the check of the shape will say so
    for code, label in replaced.items():
        rows: dict[str, Any] = {}
        for row, row_label in merged["rows"].items():
            if row == code or row.startswith(f"{code}."):
                rows[code] = label
            else:
                rows[row] = row_label
        merged["rows"] = rows
        merged["groups"] = {key: value for key, value in merged["groups"].items() if key != code}
    return merged


def _disclosure(data: dict[str, Any]) -> DisclosureForm:
    blocks = tuple(DisclosureBlock(b["clause"], dict(b["columns"]), dict(b["rows"])) for b in data["blocks"])
    return DisclosureForm(str(data["row_header"]), blocks)


def _applications(data: dict[str, Any]) -> ApplicationsForm:
    columns = {code: Column(str(c["label"]), c.get("group")) for code, c in data["columns"].items()}
    return ApplicationsForm(str(data["note"]), str(data["header"]), columns, dict(data["rows"]), dict(data["groups"]))


def _disputes(data: dict[str, Any]) -> DisputesForm:
    blocks = tuple(DisputeBlock(str(b["code"]), str(b["label"]), b.get("group")) for b in data["blocks"])
    return DisputesForm(blocks, dict(data["columns"]))


def _codes(disclosure: DisclosureForm, applications: ApplicationsForm, disputes: DisputesForm) -> Codes:
    return Codes(
        rows={
            "applications": tuple(applications.rows),
            "disclosure": tuple(row for block in disclosure.blocks for row in block.rows),
            "disputes": tuple(block.code for block in disputes.blocks),
        },
        columns={
            "applications": tuple(applications.columns),
            "disclosure": tuple(dict.fromkeys(col for block in disclosure.blocks for col in block.columns)),
            "disputes": tuple(disputes.columns),
        },
    )


def _identities(
    data: Iterable[dict[str, Any]], marked: Marked, file: str, codes: Codes, problems: Collector
) -> tuple[Identity, ...]:
    """Rules of the base come first; one of them whose codes this form lacks does not apply to it and is left out."""
    own = {item["id"]: number for number, item in enumerate(marked.data.get("identities", []))}
    found: list[Identity] = []
    for item in data:
        if item["id"] in own:
            place = marked.place(file, ("identities", own[item["id"]], "rule"), of_value=True)
            identity = parse_identity(item, codes, place, problems)
        else:
            identity = parse_identity(item, codes, Place(), Collector())
        if identity is not None:
            found.append(identity)
    return tuple(found)
