"""The JSON Schemas: what check takes they take, what they refuse check refuses, and editors find them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from govnb.errors import Collector
from govnb.form.edition import packaged_editions
from govnb.inputs.params_models import AgencyFile, YearFile, parse_file
from govnb.inputs.params_reader import ledger_columns
from govnb.inputs.params_schema import FILES, schema_agency, schema_files, schema_line, schema_year
from govnb.inputs.params_values import Known
from govnb.inputs.schema import build_schemas
from govnb.marked import parse_yaml

ROOT = Path(__file__).resolve().parents[2]
EDITIONS = packaged_editions()
KNOWN = Known(ledger_columns(EDITIONS), ("office", "bureau"), tuple(sorted(EDITIONS)), "total")
MODELS = {"agency": (AgencyFile, schema_agency()), "year": (YearFile, schema_year())}
WHO = "name: 甲局\nlevel: department\n"


def verdicts(kind: str, text: str) -> tuple[bool, bool]:
    """Whether check takes a file, and whether its schema does."""
    model, schema = MODELS[kind]
    problems = Collector()
    marked = parse_yaml(text, "x.yaml", problems)
    parse_file(model, marked, "x.yaml", KNOWN, problems)
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return not problems.problems, checker.is_valid(marked.data)


@pytest.mark.parametrize("schema", [schema for _, schema in MODELS.values()], ids=list(MODELS))
def test_they_are_schemas_of_2020_12_with_words_for_every_key(schema: dict) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for owner in (schema, *schema["$defs"].values()):
        for key, entry in owner["properties"].items():
            zh, _, en = entry["description"].partition("\n\n")
            assert any("\u4e00" <= sign <= "\u9fff" for sign in entry["title"] + zh), key
            assert en.isprintable(), key
            assert en, key


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("agency", WHO),
        ("agency", f"{WHO}members: [office, bureau]\nscope: aggregate\nscript: hant\nreply_target_days: 20\n"),
        ("agency", f"{WHO}website: www.example.gov.cn/a\nregion:\nmembers:\nsources:\n"),
        ("agency", f"{WHO}sources: {{applications: 依申请/2021 年.xlsx}}\n"),
        ("agency", f"{WHO}sources: {{applications: {{file: a.xlsx, sheet: 2021, columns: {{收文: 收到日期}}}}}}\n"),
        (
            "agency",
            f"{WHO}sources: {{documents: {{file: a.csv, values: {{openness: {{1: 主动公开, 无: }}}}, columns: }}}}\n",
        ),
        ("agency", f"{WHO}sources: {{fees: {{url: 'sqlite:///data/a.db', query: SELECT 1}}}}\n"),
        (
            "agency",
            f"{WHO}sources: {{fees: {{url: 'postgresql+psycopg://u:${{PW}}@h:5432/db?a=b', query: SELECT 1}}}}\n",
        ),
        ("agency", f"{WHO}sources: {{fees: {{url: 'postgresql+psycopg://u@h/db', query: SELECT 1}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{url: '${{DB}}', query: SELECT 1}}}}\n"),
        ("year", ""),
        ("year", "{}\n"),
        ("year", "edition: 2019\npublished_date: 2022-01-20\nnotebook: 研究 1.ipynb\nscript: hans\n"),
        ("year", "cited: {排名_1: {value: 1, source: 甲}, rank: {value: 1.50, source: 乙, unit: 名, label: 排名}}\n"),
        ("year", "cited: {rank: {value: 优秀, source: 甲}}\nsources: {tasks: 任务.csv}\n"),
        ("year", "cited:\nedition:\n"),
    ],
)
def test_both_take_it(kind: str, text: str) -> None:
    assert verdicts(kind, text) == (True, True)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("agency", ""),
        ("agency", "- a\n"),
        ("agency", "name: 甲局\n"),
        ("agency", "level: city\n"),
        ("agency", "name: ' '\nlevel: city\n"),
        ("agency", f"{WHO}nmae: 乙\n"),
        ("agency", "name: 甲局\nlevel: 省级\n"),
        ("agency", "name: 12\nlevel: city\n"),
        ("agency", f"{WHO}script: trad\n"),
        ("agency", f"{WHO}scope: all\n"),
        ("agency", f"{WHO}reply_target_days: 21\n"),
        ("agency", f"{WHO}reply_target_days: 0\n"),
        ("agency", f"{WHO}reply_target_days: ten\n"),
        ("agency", f"{WHO}reply_target_days: 1.5\n"),
        ("agency", f"{WHO}website: nowhere\n"),
        ("agency", f"{WHO}members: office\n"),
        ("agency", f"{WHO}members: [Office]\n"),
        ("agency", f"{WHO}sources: {{aplications: a.csv}}\n"),
        ("agency", f"{WHO}sources: {{fees: /etc/passwd}}\n"),
        ("agency", f"{WHO}sources: {{fees: 'C:/a.csv'}}\n"),
        ("agency", f"{WHO}sources: {{fees: 'a\\b.csv'}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{file: a.csv, url: 'sqlite:///a', query: x}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{url: 'sqlite:///a'}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{file: a.csv, query: x}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{url: 'sqlite:///a', query: x, sheet: y}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{url: 'mysql://h/db', query: x}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{url: 'postgresql+psycopg://u:secret@h/db', query: x}}}}\n"),
        ("agency", f"{WHO}sources: {{fees: {{file: a.csv, colums: {{}}}}}}\n"),
        ("year", "edition: 2020\n"),
        ("year", "edition: '2021'\n"),
        ("year", "year: 2021\n"),
        ("year", "published_date: 2022-02-30\n"),
        ("year", "published_date: 01/20/2022\n"),
        ("year", "notebook: ../other\n"),
        ("year", "notebook: a/b\n"),
        ("year", "cited: {rank: {value: 1}}\n"),
        ("year", "cited: {rank: {source: 甲}}\n"),
        ("year", "cited: {rank: {value: true, source: 甲}}\n"),
        ("year", "cited: {1st: {value: 1, source: 甲}}\n"),
        ("year", "cited: {a b: {value: 1, source: 甲}}\n"),
        ("year", "cited: {rank: 1}\n"),
        ("year", "script: HANS\n"),
    ],
)
def test_both_refuse_it(kind: str, text: str) -> None:
    assert verdicts(kind, text) == (False, False)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("params/*/*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_the_example_names_its_schema_and_fits_it(path: Path) -> None:
    kind = "agency" if path.stem == "agency" else "year"
    text = path.read_text(encoding="utf-8")
    first = text.splitlines(keepends=True)[0]
    assert first == schema_line(kind)
    named = path.parent / first.partition("$schema=")[2].strip()
    assert named.resolve() == ROOT / "params/.schema" / FILES[kind]
    problems = Collector()
    data = parse_yaml(text, path.name, problems).data
    jsonschema.Draft202012Validator(json.loads(named.read_text(encoding="utf-8"))).validate(data)


def test_the_schema_files_of_the_repository_are_up_to_date() -> None:
    """`govnb schema --write` renews them."""
    for name, content in schema_files().items():
        assert ROOT.joinpath(name).read_bytes() == content


def test_ledgers_and_forms_are_those_of_the_workspace() -> None:
    ledgers = schema_agency()["properties"]["sources"]["anyOf"][0]["properties"]
    assert set(ledgers) == set(build_schemas(EDITIONS))
    assert ledgers["applications"]["title"] == build_schemas(EDITIONS)["applications"].label
    only = {2019: EDITIONS[2019]}
    assert schema_year(only)["properties"]["edition"]["anyOf"][0]["enum"] == [2019]
