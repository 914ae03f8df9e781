"""Reads agency.yaml, <year>.yaml and <year>.md of one organ after another and gathers their faults.

It knows what depends on more than one file: members that sum one another up, a form for the year, files that no one
reads. It opens nothing but params/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from govnb.errors import Collector, Place, Text, UsageError
from govnb.form.edition import Edition, edition_for
from govnb.inputs.params_data import Agency, Cited, Params, Source
from govnb.inputs.params_models import (
    AgencyFile,
    CitedEntry,
    SourceEntry,
    YearFile,
    column_code,
    parse_file,
    place_of,
)
from govnb.inputs.params_values import Known
from govnb.inputs.schema import build_schemas
from govnb.inputs.workspace import Workspace, read_text
from govnb.marked import Marked, parse_yaml


def ledger_columns(editions: Mapping[int, Edition]) -> dict[str, dict[str, str]]:
    """Ledger → column code → Chinese header."""
    schemas = build_schemas(editions)
    return {name: {code: column.header for code, column in schemas[name].columns.items()} for name in schemas}


class ParamsReader:
    """Reads each organ's file once for all its years; every fault goes to the one collector."""

    def __init__(self, workspace: Workspace, problems: Collector) -> None:
        self.workspace, self.problems = workspace, problems
        ledgers, editions = ledger_columns(workspace.editions), tuple(sorted(workspace.editions))
        self.known = Known(ledgers, tuple(workspace.agencies()), editions)
        self._agencies: dict[str, tuple[Agency, dict[str, str]] | None] = {}
        self._members: dict[str, list[str]] = {}

    def report(self, agency: str, year: int) -> Params | None:
        """One report's parameters; None where something of it is wrong (the fault is in the collector)."""
        found = self._agency(agency)
        before = len(self.problems.problems)
        name = f"params/{agency}/{year}.yaml"
        marked = self._yaml(name)
        known = self._known(agency)
        entry = parse_file(YearFile, marked, name, known, self.problems) if marked is not None else None
        narrative, narrative_file = self._narrative(agency, year)
        edition = self._edition(name, year, entry)
        if marked is None or entry is None or edition is None:
            return None
        own = self._sources(entry.sources)
        if found is None or len(self.problems.problems) > before:
            return None
        organ, origins = found
        return Params(
            agency=organ,
            year=year,
            edition=edition,
            sources={**organ.sources, **own},
            published_date=entry.published_date,
            cited={key: _cited(key, value) for key, value in entry.cited.items()},
            notebook=entry.notebook or "annual_report",
            script=entry.script or organ.script,
            narrative=narrative,
            narrative_file=narrative_file,
            origins={
                **origins,
                **_origins(entry, marked, name),
                **({"narrative": narrative_file} if narrative_file else {}),
            },
        )

    def all_members(self, agency: str) -> list[str]:
        """Ids of the organs that one sums up, directly or through others, sorted."""
        found: set[str] = set()
        waiting = list(self._member_ids(agency))
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.known.agencies:
                found.add(name)
                waiting += self._member_ids(name)
        return sorted(found - {agency})

    def _agency(self, agency: str) -> tuple[Agency, dict[str, str]] | None:
        if agency not in self._agencies:
            self._agencies[agency] = self._read_agency(agency)
        return self._agencies[agency]

    def _read_agency(self, agency: str) -> tuple[Agency, dict[str, str]] | None:
        name = f"params/{agency}/agency.yaml"
        self._check_names(agency)
        marked = self._yaml(name)
        if marked is None:
            return None
        self._members.setdefault(agency, _listed_members(marked))
        before = len(self.problems.problems)
        entry = parse_file(AgencyFile, marked, name, self._known(agency), self.problems)
        self._check_cycle(agency, marked, name)
        if entry is None or len(self.problems.problems) > before:
            return None
        sources = self._sources(entry.sources)
        organ = Agency(
            id=agency,
            name=entry.name,
            short_name=entry.short_name or entry.name,
            region=entry.region or "",
            level=entry.level,
            website=entry.website or "",
            script=entry.script or "hans",
            reply_target_days=entry.reply_target_days,
            members=tuple(entry.members),
            scope=entry.scope or ("aggregate" if entry.members else "own"),
            sources=sources,
        )
        return organ, _origins(entry, marked, name)

    def _known(self, agency: str) -> Known:
        def outside(file: str) -> bool:
            try:
                self.workspace.source_path(agency, file)
            except UsageError:
                return True
            return False

        return replace(self.known, agency=agency, outside=outside)

    def _yaml(self, name: str) -> Marked | None:
        text = read_text(self.workspace, self.workspace.root / name, self.problems)
        if text is None:
            return None
        before = len(self.problems.problems)
        marked = parse_yaml(text, name, self.problems)
        broken = any(problem.code == "params.syntax" for problem in self.problems.problems[before:])
        return None if broken else marked

    def _check_names(self, agency: str) -> None:
        """Files that look like parameters but are none: 2021.yml, 21.yaml, a narrative without its year."""
        folder = self.workspace.root / "params" / agency
        years = self.workspace.years(agency)
        for path in sorted(folder.iterdir()):
            stem, suffix = path.stem, path.suffix.lower()
            place = Place(file=f"params/{agency}/{path.name}")
            good = path.name == "agency.yaml" or (re.fullmatch("[0-9]{4}", stem) and path.suffix == ".yaml")
            if path.name.startswith(".") or good:
                continue
            if suffix in (".yaml", ".yml"):
                fix = Text("只认 agency.yaml 和 <四位年度>.yaml", "Only agency.yaml and <4 digits>.yaml are read")
                self.problems.add(place, Text("文件名不合规则，不会被读取", "would never be read"), fix, "params.file")
            elif suffix == ".md" and re.fullmatch("[0-9]{4}", stem) and int(stem) not in years:
                what = Text(f"没有与之对应的 {stem}.yaml", f"has no {stem}.yaml beside it")
                fix = Text("请新建，内容可为 {}", "Make one; it may hold {} only")
                self.problems.add(place, what, fix, "params.file")

    def _check_cycle(self, agency: str, marked: Marked, name: str) -> None:
        if agency in self._member_ids(agency):
            return  # named already: an organ can't be its own member
        for number, member in enumerate(self._member_ids(agency)):
            if member in self.known.agencies and agency in {*self._member_ids(member), *self._below(member)}:
                what = Text(f"成员“{member}”又汇总本机关，成环", f"member “{member}” sums this organ up in turn")
                self.problems.add(marked.place(name, ("members", number)), what, code="params.value")

    def _below(self, agency: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self._member_ids(agency))
        while waiting:
            member = waiting.pop()
            if member not in found:
                found.add(member)
                waiting += self._member_ids(member)
        return found

    def _member_ids(self, agency: str) -> list[str]:
        """Members as another organ's file lists them; faults of that file are told when it is read itself."""
        if agency not in self._members:
            unheard = Collector()
            ids: list[str] = []
            if agency in self.known.agencies:
                path = self.workspace.root / "params" / agency / "agency.yaml"
                text = read_text(self.workspace, path, unheard)
                ids = _listed_members(parse_yaml(text or "", "", unheard))
            self._members[agency] = ids
        return self._members[agency]

    def _narrative(self, agency: str, year: int) -> tuple[str | None, str]:
        path = self.workspace.root / "params" / agency / f"{year}.md"
        if not (path.exists() or path.is_symlink()):
            return None, ""
        text = read_text(self.workspace, path, self.problems)
        return (text, self.workspace.shown(path)) if text is not None and text.strip() else (None, "")

    def _edition(self, name: str, year: int, entry: YearFile | None) -> Edition | None:
        if entry is None:
            return None
        if entry.edition is not None:
            return self.workspace.editions[entry.edition]
        edition = edition_for(year, self.workspace.editions)
        if edition is None:
            first = min(form.years[0] for form in self.workspace.editions.values())
            what = Text(
                f"没有适用于 {year} 年度的版式，最早为 {first} 年度", f"no form applies to {year}; the first is {first}"
            )
            fix = Text("请用 edition 指明，或在 editions/ 中增加", "Name one with `edition`, or add one in editions/")
            self.problems.add(Place(file=name), what, fix, "params.value")
        return edition

    def _sources(self, entries: Mapping[str, SourceEntry]) -> dict[str, Source]:
        found: dict[str, Source] = {}
        for ledger, entry in entries.items():
            columns = self.known.ledgers[ledger]
            found[ledger] = Source(
                file=entry.file,
                sheet=entry.sheet,
                columns={theirs: column_code(ours, columns) or ours for theirs, ours in entry.columns.items()},
                values={column_code(ours, columns) or ours: dict(values) for ours, values in entry.values.items()},
                url=entry.url,
                query=entry.query,
            )
        return found


def _cited(name: str, entry: CitedEntry) -> Cited:
    return Cited(name, entry.value, entry.label or name, entry.unit or "", entry.source)


def _listed_members(marked: Marked) -> list[str]:
    """What an agency.yaml lists under ``members``, as far as it can be an id."""
    listed = marked.data.get("members") if isinstance(marked.data, dict) else None
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []


def _origins(entry: AgencyFile | YearFile, marked: Marked, name: str) -> dict[str, str]:
    """Where each key that the file really gives stands; ``sources`` and ``cited`` entry by entry."""
    origins: dict[str, str] = {}
    for key in sorted(entry.model_fields_set):
        value = getattr(entry, key)
        if isinstance(value, dict):
            origins.update({f"{key}.{item}": place_of(marked, name, f"{key}.{item}") for item in sorted(value)})
        elif value is not None:
            origins[key] = place_of(marked, name, key)
    return origins
