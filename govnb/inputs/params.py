"""Parameters of a report: params/<agency>/agency.yaml, <year>.yaml and <year>.md, read and checked together.

All faults of all selected files are gathered and raised at once as ParamsError (exit 2). What the files may hold is
said in ``params_models``, how they are read in ``params_reader``. Nothing here opens a ledger, a database or a
notebook, and no ``${NAME}`` is ever filled in here.
"""

from __future__ import annotations

from collections.abc import Sequence

from govnb.errors import Collector, ParamsError, Place, Problem, Text, UsageError, did_you_mean
from govnb.inputs.params_data import Agency, Cited, Params, Source
from govnb.inputs.workspace import Workspace, agency_id_problem

__all__ = [
    "Agency",
    "Cited",
    "Params",
    "Source",
    "effective",
    "read_params",
    "read_selection",
]

DEFAULT = "default"
_INIT = Text("可用 govnb init 目录名 新建带示例的工作区", "`govnb init DIR` makes a workspace with an example")


def read_params(workspace: Workspace, agency: str, year: int) -> Params:
    """Parameters of one report. UsageError for a bad id or a report that isn't there, ParamsError for all faults."""
    return read_selection(workspace, [agency], [year])[0]


def read_selection(workspace: Workspace, agencies: Sequence[str], years: Sequence[int]) -> list[Params]:
    """Parameters of every selected report, by agency and year; an empty selection means all.

    UsageError where a name or year selects nothing; ParamsError with all faults of all files at once, also those of the
    organs that a selected one sums up.
    """
    from govnb.inputs.params_reader import ParamsReader  # brings pydantic along, slow to load for whoever reads none

    problems = Collector()
    if not agencies:
        _check_folders(workspace, problems)
    chosen = _choose(workspace, agencies, years, problems)
    reader = ParamsReader(workspace, problems)
    found = [reader.report(agency, year) for agency, selected in chosen.items() for year in selected]
    for agency, selected in chosen.items():
        for member in reader.all_members(agency):
            for year in set(selected) & set(workspace.years(member)) - set(chosen.get(member, ())):
                reader.report(member, year)
    problems.raise_if_any(ParamsError)
    return [params for params in found if params is not None]


def effective(params: Params) -> list[tuple[str, str, str]]:
    """(key, value, origin) of every parameter in force, in a fixed order; ``${NAME}`` is shown, never its value."""
    agency = params.agency
    values: dict[str, object] = {
        **{name: getattr(agency, name) for name in ("name", "short_name", "region", "level", "website")},
        "script": params.script,
        "reply_target_days": agency.reply_target_days,
        "members": ", ".join(agency.members),
        "scope": agency.scope,
        "edition": params.edition.number,
        "published_date": params.published_date,
        "notebook": params.notebook,
        "narrative": params.narrative_file,
        **{f"sources.{name}": source.file or source.url for name, source in sorted(params.sources.items())},
        **{f"cited.{name}": f"{cited.value}{cited.unit}" for name, cited in sorted(params.cited.items())},
    }
    return [
        (key, "" if value is None else str(value), params.origins.get(key, DEFAULT)) for key, value in values.items()
    ]


def _check_folders(workspace: Workspace, problems: Collector) -> None:
    """A folder of params/ that can't be an organ would be passed over in silence: say so."""
    known = workspace.agencies()
    for folder in workspace.agency_folders():
        place = Place(file=workspace.shown(folder))
        if problem := agency_id_problem(folder.name, place):
            problems.problems.append(problem)
        elif folder.name not in known:
            problems.problems.append(_no_agency_file(place.file))


def _no_agency_file(folder: str) -> Problem:
    what = Text("文件夹里没有 agency.yaml", "the folder has no agency.yaml")
    fix = Text("请写上机关的 name 和 level", "Write one with the organ's name and level")
    return Problem(Place(file=folder), what, fix, "params.agency")


def _choose(
    workspace: Workspace, agencies: Sequence[str], years: Sequence[int], problems: Collector
) -> dict[str, list[int]]:
    """Agency → its selected years. UsageError with everything of ``-a`` and ``-y`` that selects nothing."""
    names = _named(workspace, agencies, problems) if agencies else workspace.agencies()
    there = {name: workspace.years(name) for name in names}
    every = sorted({year for found in there.values() for year in found})
    chosen = {name: [year for year in found if not years or year in years] for name, found in there.items()}
    if not every:
        problems.raise_if_any(ParamsError)  # that is why there is nothing
        what = Text("工作区里没有报告：没有 params/<机关>/<年度>.yaml", "has no report: no params/<agency>/<year>.yaml")
        raise UsageError(Problem(Place(), what, _INIT, "usage.empty"))
    bad = [_no_year(year, every) for year in dict.fromkeys(years) if year not in every]
    if agencies and not bad:
        bad = [_no_report(name, there[name]) for name in names if not chosen[name]]
    if bad:
        raise UsageError(bad)
    return chosen


def _named(workspace: Workspace, agencies: Sequence[str], problems: Collector) -> list[str]:
    """The agencies of ``-a``, sorted. UsageError for bad and unknown ids; one without agency.yaml is a problem."""
    known = workspace.agencies()
    folders = {folder.name for folder in workspace.agency_folders()}
    bad: list[Problem] = []
    for name in dict.fromkeys(agencies):
        if problem := agency_id_problem(name):
            bad.append(problem)
        elif name in folders and name not in known:
            problems.problems.append(_no_agency_file(f"params/{name}"))
        elif name not in known:
            what = Text(f"没有机关“{name}”", f"there is no agency “{name}”")
            bad.append(Problem(Place(), what, did_you_mean(name, known) if known else _INIT, "usage.agency"))
    if bad:
        raise UsageError(bad)
    return sorted(set(agencies) & set(known))


def _no_year(year: int, known: Sequence[int]) -> Problem:
    what = Text(f"没有 {year} 年度的报告", f"there is no report of year {year}")
    return Problem(Place(), what, _years_fix(known), "usage.year")


def _no_report(agency: str, known: Sequence[int]) -> Problem:
    what = Text("没有所选年度的报告", "has no report of the selected years")
    return Problem(Place(file=f"params/{agency}"), what, _years_fix(known), "usage.year")


def _years_fix(known: Sequence[int]) -> Text:
    if not known:
        return Text("请新建 <年度>.yaml，内容可为 {}", "Make a file <year>.yaml; it may hold {} only")
    listed = [str(year) for year in known]
    return Text(f"可用的有：{'、'.join(listed)}", f"Known are: {', '.join(listed)}")
