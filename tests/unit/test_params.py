"""Parameters: every key of the contract, every fault with line and column, all at once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from govnb.errors import GovnbError, ParamsError, Problem, UsageError
from govnb.inputs.params import Cited, Params, Source, effective, read_params, read_selection
from govnb.inputs.params_schema import schema_agency, schema_year
from govnb.inputs.workspace import find_workspace

AGENCY = "name: 广州市人民政府办公厅\nlevel: city\n"
Write = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "政府 报告"
    write(root, "gz")
    return root


def write(root: Path, agency: str, text: str = AGENCY, **years: str) -> None:
    folder = root / "params" / agency
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agency.yaml").write_text(text, encoding="utf-8")
    for name, content in (years or {"y2021": "{}\n"}).items():
        (folder / f"{name[1:]}.yaml").write_text(content, encoding="utf-8")


def read(root: Path, agency: str = "gz", year: int = 2021) -> Params:
    return read_params(find_workspace(root), agency, year)


def faults(root: Path, *, error: type[GovnbError] = ParamsError) -> list[Problem]:
    with pytest.raises(error) as caught:
        read_selection(find_workspace(root), [], [])
    assert caught.value.exit_code == 2
    assert str(root) not in str(caught.value)
    return list(caught.value.problems)


def year_fault(root: Path, text: str) -> Problem:
    write(root, "gz", y2021=text)
    found = faults(root)
    assert len(found) == 1, [str(problem.text()) for problem in found]
    assert found[0].where.file == "params/gz/2021.yaml"
    return found[0]


def agency_fault(root: Path, text: str) -> Problem:
    write(root, "gz", AGENCY + text)
    found = faults(root)
    assert len(found) == 1, [str(problem.text()) for problem in found]
    assert found[0].where.file == "params/gz/agency.yaml"
    return found[0]


@pytest.mark.parametrize("empty", ["", "{}", "# nothing yet\n", "---\n", "\ufeff{}"])
def test_an_empty_year_and_two_lines_of_an_agency_are_enough(root: Path, empty: str) -> None:
    write(root, "gz", y2021=empty)
    params = read(root)
    assert params.agency.short_name == params.agency.name == "广州市人民政府办公厅"
    assert (params.agency.scope, params.script, params.notebook) == ("own", "hans", "annual_report")
    assert (params.edition.number, params.published_date, params.narrative) == (2021, None, None)
    assert dict(params.sources) == dict(params.cited) == {}


def test_every_key_of_the_contract(root: Path) -> None:
    write(root, "member-1")
    write(
        root,
        "gz",
        """\
name: 广州市人民政府
short_name: 市政府
region: 广州市
level: city
website: https://www.gz.gov.cn
script: hans
reply_target_days: 10
members: [member-1]
scope: own
sources:
  applications: 导出.csv
  documents: {file: 台账.xlsx, sheet: 2021, columns: {文 号: 文号, 标题栏: title}, values: {kind: {1: 规章, 2: null}}}
  messages: {url: "postgresql+psycopg://u:${PW}@h/db", query: "select * from m"}
""",
        y2020="""\
edition: 2021
published_date: 2021-01-20
notebook: mine.ipynb
script: hant
sources: {applications: {file: 今年.csv}, tasks: {url: "sqlite:///data/gz/a.db", query: select 1}}
cited:
  rank: {value: 1, source: 某报告, label: 排名, unit: 名}
  share: {value: 98.50, source: 某报告}
  grade: {value: 优秀, source: 某报告}
""",
    )
    params = read(root, year=2020)
    agency = params.agency
    assert (agency.id, agency.region, agency.website) == ("gz", "广州市", "https://www.gz.gov.cn")
    assert (agency.members, agency.scope, agency.reply_target_days) == (("member-1",), "own", 10)
    assert params.sources == {
        "applications": Source(file="今年.csv"),
        "documents": Source(
            file="台账.xlsx",
            sheet="2021",
            columns={"文 号": "document_id", "标题栏": "title"},
            values={"kind": {"1": "规章", "2": ""}},
        ),
        "messages": Source(url="postgresql+psycopg://u:${PW}@h/db", query="select * from m"),
        "tasks": Source(url="sqlite:///data/gz/a.db", query="select 1"),
    }
    assert params.published_date == date(2021, 1, 20)
    assert (params.notebook, params.script, params.edition.number) == ("mine", "hant", 2021)
    assert params.cited == {
        "rank": Cited("rank", 1, "排名", "名", "某报告"),
        "share": Cited("share", Decimal("98.50"), "share", "", "某报告"),
        "grade": Cited("grade", "优秀", "grade", "", "某报告"),
    }
    assert params.origins["published_date"] == "params/gz/2020.yaml:2"
    assert params.origins["script"] == "params/gz/2020.yaml:4"
    assert params.origins["sources.applications"] == "params/gz/2020.yaml:5"
    assert params.origins["sources.documents"] == "params/gz/agency.yaml:12"
    assert params.origins["cited.share"] == "params/gz/2020.yaml:8"


def test_effective_parameters_say_where_each_comes_from(root: Path) -> None:
    write(root, "gz", y2021='sources: {messages: {url: "sqlite:///${DB}", query: q}}')
    shown = {key: (value, origin) for key, value, origin in effective(read(root))}
    assert shown["name"] == ("广州市人民政府办公厅", "params/gz/agency.yaml:1")
    assert shown["notebook"] == ("annual_report", "default")
    assert shown["published_date"] == ("", "default")
    assert shown["sources.messages"] == ("sqlite:///${DB}", "params/gz/2021.yaml:1")


def test_members_make_an_aggregate(root: Path) -> None:
    write(root, "a")
    write(root, "gz", f"{AGENCY}members: [a]\n")
    assert read(root).agency.scope == "aggregate"


@pytest.mark.parametrize("key", ["sources", "cited"])
def test_a_key_with_nothing_below_it_yet(root: Path, key: str) -> None:
    write(root, "gz", y2021=f"{key}:\n")
    assert not getattr(read(root), key)


@pytest.mark.parametrize(
    ("text", "line", "position", "said", "fix"),
    [
        ("publised_date: 2022-01-20", 1, 1, "publised_date", "published_date"),
        ("{}\n\nnarative: x", 3, 1, "YAML", ""),
        ("script: hans\nscript: hant", 2, 1, "line 1", ""),
        ('year: "2021"', 1, 1, "year", "name of the file"),
        ("year: 2021", 1, 1, "year", "name of the file"),
        ("agency: gz", 1, 1, "agency", "folder"),
        ("\npublished_date: 2022-02-30", 2, 1, "2022-02-30", "2022-01-20"),
        ("published_date: 01/20/2022", 1, 1, "01/20/2022", "2022-01-20"),
        ("published_date: 2022-1-20", 1, 1, "2022-1-20", "2022-01-20"),
        ("published_date: 20220120", 1, 1, "20220120", "2022-01-20"),
        ("published_date: .nan", 1, 1, ".nan", "2022-01-20"),
        ("published_date: yes", 1, 1, "yes", "2022-01-20"),
        ("edition: 2020", 1, 1, "2020", ""),
        ('edition: "2021"', 1, 1, "whole number", ""),
        ("edition: 1e3", 1, 1, "whole number", ""),
        ("edition: true", 1, 1, "whole number", ""),
        ("edition: 2021.0", 1, 1, "whole number", ""),
        ("script: hnat", 1, 1, "hnat", "hant"),
        ("script: no", 1, 1, "no", ""),
        ("script: 繁体", 1, 1, "繁体", "hant"),
        ("script: true", 1, 1, "text", ""),
        ("script: ''", 1, 1, "empty", ""),
        ("notebook: ../x", 1, 1, "../x", "notebooks/"),
        ("notebook: .ipynb", 1, 1, ".ipynb", "notebooks/"),
        ("notebook: [a]", 1, 1, "text", ""),
        ("[1, 2]", 1, 1, "mapping", ""),
        ("just text", 1, 1, "mapping", ""),
        ("sources: {aplications: a.csv}", 1, 11, "aplications", "applications"),
        ("sources: {applications: 3}", 1, 11, "mapping", ""),
        ("sources: {applications: }", 1, 11, "mapping", ""),
        ("sources: {applications: {}}", 1, 11, "file or url", ""),
        ("sources: {applications: {file: a, url: 'sqlite:///a', query: q}}", 1, 11, "file or url", ""),
        ("sources: {applications: {url: 'sqlite:///a'}}", 1, 11, "query", ""),
        ("sources: {applications: {url: 'sqlite:///a', query: q, sheet: a}}", 1, 56, "file only", ""),
        ("sources: {applications: {file: a, query: q}}", 1, 11, "together", ""),
        ("sources: {applications: {fiel: a, file: b}}", 1, 26, "fiel", "file"),
        ("sources: {applications: {file: a, columns: {A: reply_dat}}}", 1, 45, "reply_dat", "reply_date"),
        ("sources: {applications: {file: a, columns: {A: 收到日}}}", 1, 45, "收到日", "收到日期"),
        ("sources: {applications: {file: a, columns: {A: reply_date, B: 答复日期}}}", 1, 60, "already", ""),
        ("sources: {applications: {file: a, columns: {A: 3}}}", 1, 45, "text", ""),
        ("sources: {applications: {file: a, values: {outcom: {}}}}", 1, 44, "outcom", "outcome"),
        ("sources: {applications: {file: a, values: {outcome: x}}}", 1, 44, "mapping", ""),
        ("sources: {applications: /etc/passwd}", 1, 11, "absolute", ""),
        ("sources: {applications: 'C:\\a.csv'}", 1, 11, "absolute", ""),
        ("sources: {applications: ../../../x.csv}", 1, 11, "leads out", ""),
        ("sources: {applications: 'sqlite:///a.db'}", 1, 11, "address", "url"),
        ("sources: {applications: {url: 'mysql://u@h/d', query: q}}", 1, 26, "kind of database", ""),
        ("sources: {applications: {url: 'postgresql://h/d', query: q}}", 1, 26, "kind", "postgresql+psycopg"),
        ("cited: {rank: 1}", 1, 9, "mapping", ""),
        ("cited: {rank: {value: 1}}", 1, 9, "source", "Add"),
        ("cited: {rank: {source: x}}", 1, 9, "value", "Add"),
        ("cited: {rank: {value: true, source: x}}", 1, 16, "number", ""),
        ("cited: {rank: {value: , source: x}}", 1, 16, "number", ""),
        ("cited: {rank: {value: .nan, source: x}}", 1, 16, ".nan", "1000"),
        ("cited: {rank: {value: 1e3, source: x}}", 1, 16, "1e3", "1000"),
        ("cited: {rank: {value: [1], source: x}}", 1, 16, "number", ""),
        ("cited: {rank: {value: 1, source: x, lable: y}}", 1, 37, "lable", "label"),
        ("cited: {1st: {value: 1, source: x}}", 1, 9, "1st", ""),
        ("cited: {__class__: {value: 1, source: x}}", 1, 9, "__class__", ""),
        ("cited: {a-b: {value: 1, source: x}}", 1, 9, "a-b", ""),
    ],
)
def test_faults_of_a_year(root: Path, text: str, line: int, position: int, said: str, fix: str) -> None:
    problem = year_fault(root, text)
    assert (problem.where.line, problem.where.position) == (line, position)
    assert said in problem.what.en
    assert fix in problem.fix.en
    assert problem.what.zh
    assert problem.what.zh != problem.what.en


@pytest.mark.parametrize(
    ("text", "line", "position", "said", "fix"),
    [
        ("websit: www.gz.gov.cn", 3, 1, "websit", "website"),
        ("website: javascript:alert(1)", 3, 1, "web address", ""),
        ("website: 3", 3, 1, "text", ""),
        ("region: [广州]", 3, 1, "text", ""),
        ("short_name: '  '", 3, 1, "empty", ""),
        ("short_name: |\n  a\n  b", 3, 1, "line break", ""),
        ("scope: all", 3, 1, "all", ""),
        ("scope: aggregat", 3, 1, "aggregat", "aggregate"),
        ("reply_target_days: 0", 3, 1, "from 1 to 20", ""),
        ("reply_target_days: 21", 3, 1, "from 1 to 20", ""),
        ('reply_target_days: "10"', 3, 1, "whole number", ""),
        ("reply_target_days: 7.5", 3, 1, "whole number", ""),
        ("members: gz", 3, 1, "list", ""),
        ("members: [gz]", 3, 11, "own member", ""),
        ("members: [other]", 3, 11, "other", ""),
        ("members:\n  - ../etc", 4, 5, "../etc", "small letters"),
        ("members: [5]", 3, 11, "text", ""),
        ("published_date: 2022-01-20", 3, 1, "published_date", ""),
    ],
)
def test_faults_of_an_agency(root: Path, text: str, line: int, position: int, said: str, fix: str) -> None:
    problem = agency_fault(root, text)
    assert (problem.where.line, problem.where.position) == (line, position)
    assert said in problem.what.en
    assert fix in problem.fix.en


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("level: city", "“name” is missing"),
        ("name: x", "“level” is missing"),
        ("name: x\nlevel: 市级", "city"),
        ("name: x\nlevel: cuonty", "county"),
        ("name: x\nlevel:", "text"),
        ("name: 5\nlevel: city", "text"),
    ],
)
def test_name_and_level_are_needed(root: Path, text: str, said: str) -> None:
    write(root, "gz", text)
    assert any(said in problem.text().en for problem in faults(root))


def test_all_faults_of_all_files_come_at_once_and_in_order(root: Path) -> None:
    write(root, "gz", "nme: x\nlevel: town\nscope: al\n", y2021="a: 1\nb: 2\n", y2020="script: x")
    write(root, "other", "name: x\nlevel: citty\n", y2021="published_date: 1")
    (root / "params" / "Bad").mkdir()
    (root / "params" / "empty").mkdir()
    found = [(problem.where.file, problem.where.line) for problem in faults(root)]
    assert found == [
        ("params/Bad", None),
        ("params/empty", None),
        ("params/gz/agency.yaml", 1),
        ("params/gz/agency.yaml", 1),
        ("params/gz/agency.yaml", 3),
        ("params/gz/2020.yaml", 1),
        ("params/gz/2021.yaml", 1),
        ("params/gz/2021.yaml", 2),
        ("params/other/agency.yaml", 2),
        ("params/other/2021.yaml", 1),
    ]


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:geheim@h/db", "postgresql+psycopg://u:geheim${X}@h/db", "mysql://u:geheim@h/db"]
)
def test_a_password_in_an_address_is_refused_and_never_repeated(root: Path, url: str) -> None:
    problem = year_fault(root, f"sources: {{messages: {{url: '{url}', query: q}}}}")
    assert "geheim" not in str(problem)
    assert "geheim" not in problem.text().zh


def test_a_file_linked_out_of_the_workspace_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret", encoding="utf-8")
    (root / "data" / "gz").mkdir(parents=True)
    (root / "data" / "gz" / "a.csv").symlink_to(tmp_path / "secret.csv")
    assert "leads out" in year_fault(root, "sources: {messages: a.csv}").what.en


def test_members_in_a_circle(root: Path) -> None:
    write(root, "a", f"{AGENCY}members: [b]\n")
    write(root, "b", f"{AGENCY}members: [c]\n")
    write(root, "c", f"{AGENCY}members: [gz, a]\n")
    found = faults(root)
    assert [(problem.where.file, problem.where.line, problem.where.position) for problem in found] == [
        ("params/a/agency.yaml", 3, 11),
        ("params/b/agency.yaml", 3, 11),
        ("params/c/agency.yaml", 3, 15),
    ]


def test_faults_of_members_are_told_with_those_of_the_sum(root: Path) -> None:
    write(root, "member", y2021="script: x", y2020="script: y")
    write(root, "gz", f"{AGENCY}members: [member]\n")
    with pytest.raises(ParamsError) as caught:
        read_params(find_workspace(root), "gz", 2021)
    assert [problem.where.file for problem in caught.value.problems] == ["params/member/2021.yaml"]


def test_a_member_given_twice(root: Path) -> None:
    write(root, "a")
    assert "twice" in agency_fault(root, "members: [a, a]").what.en


@pytest.mark.parametrize("name", ["2021.yml", "agency.yml", "21.yaml", "2021年.yaml", "2022.md"])
def test_files_that_no_one_would_read(root: Path, name: str) -> None:
    (root / "params" / "gz" / name).write_text("{}", encoding="utf-8")
    assert [problem.where.file for problem in faults(root)] == [f"params/gz/{name}"]


@pytest.mark.parametrize("name", ["README.md", ".DS_Store", "notes.txt"])
def test_other_files_do_no_harm(root: Path, name: str) -> None:
    (root / "params" / "gz" / name).write_text("{}", encoding="utf-8")
    (root / "params" / name).write_text("{}", encoding="utf-8")
    assert read(root).year == 2021


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_narrative(root: Path, encoding: str) -> None:
    (root / "params" / "gz" / "2021.md").write_bytes("# 总体情况\r\n共{{ x }}件\r\n".encode(encoding))
    params = read(root)
    assert params.narrative == "# 总体情况\n共{{ x }}件\n"
    assert params.narrative_file == params.origins["narrative"] == "params/gz/2021.md"


def test_a_blank_narrative_is_none(root: Path) -> None:
    (root / "params" / "gz" / "2021.md").write_text(" \n", encoding="utf-8")
    assert read(root).narrative is None


def test_a_narrative_that_is_a_link_out_or_no_text(root: Path, tmp_path: Path) -> None:
    path = root / "params" / "gz" / "2021.md"
    (tmp_path / "secret.md").write_text("secret", encoding="utf-8")
    path.symlink_to(tmp_path / "secret.md")
    assert "leads out" in faults(root)[0].what.en
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.md")
    assert faults(root)
    path.unlink()
    path.write_bytes(b"\x89PNG\x00")
    assert "text" in faults(root)[0].what.en


def test_a_year_that_is_a_link_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("script: secret", encoding="utf-8")
    (root / "params" / "gz" / "2021.yaml").unlink()
    (root / "params" / "gz" / "2021.yaml").symlink_to(tmp_path / "secret.yaml")
    assert "leads out" in faults(root)[0].what.en


def test_an_agency_folder_that_is_a_link_out(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "params" / "gz", tmp_path / "elsewhere")
    (root / "params" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert {problem.where.file for problem in faults(root)} == {
        "params/linked/agency.yaml",
        "params/linked/2021.yaml",
    }


def test_a_year_before_the_first_form(root: Path) -> None:
    write(root, "gz", y2015="{}")
    assert "2015" in faults(root)[0].what.en
    write(root, "gz", y2015="edition: 2019")
    assert read(root, year=2015).edition.number == 2019


def test_selection(root: Path) -> None:
    write(root, "gz", y2020="{}", y2021="{}")
    write(root, "a", y2021="{}", y2022="{}")
    space = find_workspace(root)

    def chosen(agencies: list[str], years: list[int]) -> list[tuple[str, int]]:
        return [(params.agency.id, params.year) for params in read_selection(space, agencies, years)]

    assert chosen([], []) == [("a", 2021), ("a", 2022), ("gz", 2020), ("gz", 2021)]
    assert chosen(["gz", "a", "gz"], []) == chosen([], [])
    assert chosen([], [2021, 2020]) == [("a", 2021), ("gz", 2020), ("gz", 2021)]
    assert chosen(["gz"], [2020]) == [("gz", 2020)]


@pytest.mark.parametrize(
    ("agencies", "years", "said"),
    [
        (["guangzho"], [], "guangzhou"),
        (["guangzhou", "Bad"], [], "Bad"),
        (["../x"], [], "../x"),
        ([], [2035], "2021"),
        (["guangzhou"], [2020], "2021"),
        (["guangzhou", "other"], [2020], "params/guangzhou"),
    ],
)
def test_a_selection_of_nothing_is_an_error(root: Path, agencies: list[str], years: list[int], said: str) -> None:
    shutil.rmtree(root / "params" / "gz")
    write(root, "guangzhou")
    write(root, "other", y2020="{}")
    with pytest.raises(UsageError) as caught:
        read_selection(find_workspace(root), agencies, years)
    assert said in "".join(problem.text().en for problem in caught.value.problems)
    assert caught.value.exit_code == 2


def test_a_fault_of_another_agency_does_not_stop_the_selected_one(root: Path) -> None:
    write(root, "other", "nonsense: [")
    (root / "params" / "Bad").mkdir()
    assert read(root).agency.id == "gz"


def test_an_agency_without_its_file(root: Path) -> None:
    (root / "params" / "new").mkdir()
    with pytest.raises(ParamsError, match=r"agency\.yaml"):
        read_selection(find_workspace(root), ["new"], [])


def test_an_empty_workspace_names_init(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    assert "govnb init" in faults(tmp_path, error=UsageError)[0].fix.en
    write(tmp_path, "gz")
    (tmp_path / "params" / "gz" / "2021.yaml").unlink()
    assert "govnb init" in faults(tmp_path, error=UsageError)[0].fix.en


def test_schemas_are_json_and_know_the_keys() -> None:
    assert {"name", "level", "members", "sources"} <= set(json.loads(json.dumps(schema_agency()))["properties"])
    assert set(schema_year()["properties"]) == {
        "edition", "sources", "published_date", "cited", "notebook", "script",
    }  # fmt: skip
