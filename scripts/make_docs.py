"""Renews what the guide (docs/) repeats of the package, so that it can't say anything else than the package does.

    python scripts/make_docs.py            renew all pages
    python scripts/make_docs.py --check    only tell which pages are not up to date (exit code 1)

In a page, the lines between ``<!-- made: ledger applications -->`` and ``<!-- end -->`` are made here: commands from
the command line itself, parameters from their models, ledgers from ledgers.yaml, checks from the registry, links from
the files that exist. Everything around them is written by hand and left alone. ``docs/ledgers.en.yaml`` has the English
meanings of ledger columns, whose own words are Chinese. The same package gives the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from govnb.checks.check import NEEDS, NO_LEDGER
from govnb.checks.registry import CHECKS
from govnb.cli import COMMANDS
from govnb.errors import Text
from govnb.inputs.params_schema import schema_agency, schema_year
from govnb.inputs.schema import Column, build_schemas

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LOCALES = {"zh": "zh_CN.UTF-8", "en": "en_US.UTF-8"}
ORDER = (
    "analysts",
    "reviewers",
    "city",
    "cluster",
    "performance",
    "commands",
    "parameters",
    "ledgers",
    "figures",
    "checks",
)
MADE = re.compile(r"(?<=<!-- made: )(?P<what>[^\n]+?)( -->\n).*?(?=<!-- end -->)", re.DOTALL)

SEVERITIES = {
    "error": Text("错误", "error"),
    "warning": Text("提醒", "warning"),
    "information": Text("提示", "information"),
}
TYPES = {
    "id": Text("编号", "id"),
    "text": Text("文字", "text"),
    "date": Text("日期", "date"),
    "int": Text("整数", "whole number"),
    "decimal": Text("数（可有小数）", "exact decimal"),
    "bool": Text("是、否", "是 (yes), 否 (no)"),
    "enum": Text("选项", "closed list"),
    "enum-open": Text("选项，可另加", "list, more may be added"),
}
# What a script that starts govnb's modules in one language sees of its commands.
_DUMP = """
import importlib, json, click
from govnb.cli import COMMANDS
found = {}
for name, text in COMMANDS.items():
    command = importlib.import_module(f"govnb.commands.{name}").command
    context = click.Context(command, info_name=f"govnb {name}")
    records = [param.get_help_record(context) for param in command.get_params(context)]
    found[name] = {
        "short": str(text), "help": command.help, "epilog": command.epilog,
        "usage": " ".join([f"govnb {name}", *command.collect_usage_pieces(context)]),
        "options": [record for record in records if record and record[0].startswith("-") and "--help" not in record[0]],
    }
print(json.dumps(found))
"""


def say(text: Text, language: str) -> str:
    return text.zh if language == "zh" else text.en


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


@cache
def command_line(language: str) -> dict[str, Any]:
    """Every command as its help page shows it in a language, which is chosen when the program starts."""
    kept = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_MESSAGES", "LANGUAGE")}
    environment = {**kept, "LANG": LOCALES[language], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-W", "ignore", "-c", _DUMP]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def made_commands(language: str) -> str:
    heads = ("命令", "作用") if language == "zh" else ("command", "what it does")
    rows = [(f"[`govnb {name}`](#{slug(f'govnb {name}')})", say(text, language)) for name, text in COMMANDS.items()]
    return table(heads, rows)


def made_command(language: str, name: str) -> str:
    """Usage, what it does, and the table of its options."""
    known = command_line(language)[name]
    text = f"```text\n{known['usage']}\n```\n\n{_markdown(' '.join(known['help'].split()))}\n"
    if known["options"]:
        heads = ("选项", "含义") if language == "zh" else ("option", "meaning")
        rows = [(f"`{names}`", _markdown(_default(meaning, language))) for names, meaning in known["options"]]
        text += f"\n{table(heads, rows)}"
    return text


def _default(meaning: str, language: str) -> str:
    return meaning.replace("[default: ", "[默认：") if language == "zh" else meaning


def _markdown(text: str) -> str:
    """Plain words of a help page in Markdown: ``<year>`` is no tag and ``_`` no emphasis."""
    return re.sub(r"([<>*_\[\]])", r"\\\1", text)


def made_keys(language: str, which: str) -> str:
    """Every key of agency.yaml, <year>.yaml, an entry of ``sources`` or one of ``cited``."""
    schema = schema_year() if which in ("year", "cited") else schema_agency()
    part = {"source": "SourceEntry", "cited": "CitedEntry"}.get(which)
    schema = schema["$defs"][part] if part else schema
    required = schema.get("required", ())
    yes = "必填" if language == "zh" else "required"
    heads = ("键", "名称", "取值", "必填", "说明") if language == "zh" else ("key", "name", "value", "", "meaning")
    rows = []
    for key, entry in schema["properties"].items():
        zh, _, en = entry["description"].partition("\n\n")
        meaning = _markdown(zh if language == "zh" else en)
        rows.append((f"`{key}`", entry["title"], _value(entry, language), yes if key in required else "", meaning))
    return table(heads, rows)


def _value(entry: dict[str, Any], language: str) -> str:
    """What may stand there, in words."""
    kinds = [one for one in entry.get("anyOf", [entry]) if one.get("type") != "null"]
    kind = kinds[0]
    if "enum" in kind:
        labels = kind.get("markdownEnumDescriptions", [""] * len(kind["enum"]))
        labels = [f"（{label}）" if label and language == "zh" else "" for label in labels]
        join = "、" if language == "zh" else ", "
        return join.join(f"`{value}`{label}" for value, label in zip(kind["enum"], labels, strict=True))
    if "minimum" in kind:
        return say(Text("{}至{}的整数", "{} to {}"), language).format(kind["minimum"], kind["maximum"])
    if len(kinds) > 1 or isinstance(kind["type"], list):
        return say(Text("数或文字", "number or text"), language)
    words = {
        "string": Text("文字", "text"),
        "array": Text("列表", "list"),
        "object": Text("对应表", "mapping"),
    }
    return say(Text("日期", "date") if kind.get("format") == "date" else words[kind["type"]], language)


@cache
def _english() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCS / "ledgers.en.yaml").read_text(encoding="utf-8"))
    return found


def made_ledgers(language: str) -> str:
    heads = ("台账", "名称", "列数") if language == "zh" else ("ledger", "Chinese name", "what it lists")
    rows = []
    for name, ledger in build_schemas().items():
        last = str(len(ledger.columns)) if language == "zh" else _english()[name]["ledger"]
        rows.append((f"[`{name}`](#{slug(name)})", ledger.label, last))
    return table(heads, rows)


def made_ledger(language: str, name: str) -> str:
    """The columns of a ledger; below them the values of its lists."""
    ledger = build_schemas()[name]
    zh = language == "zh"
    unique = "、".join(f"`{code}`" for code in ledger.unique)
    text = ""
    if ledger.unique:
        text = f"不得重复：{unique}。\n\n" if zh else f"Occurs once: {unique.replace('、', ' with ')}.\n\n"
    heads = (
        ("列", "中文表头", "类型", "必填", "说明") if zh else ("column", "Chinese header", "type", "filled", "meaning")
    )
    rows = []
    for code, column in ledger.columns.items():
        meaning = column.note if zh else _english()[name]["columns"][code]
        rows.append((f"`{code}`", column.header, _type(column, language), _filled(column, language), meaning))
    text += table(heads, rows)
    lists = [column for column in ledger.columns.values() if column.values or column.known]
    text += "\n" if lists else ""
    for column in lists:
        shown = [f"`{code}` {label}" if code != label else f"`{code}`" for code, label in column.values.items()]
        shown += [f"`{value}`" for value in column.known]
        text += f"- `{column.code}`{'：' if zh else ': '}{('；' if zh else '; ').join(shown)}\n"
    return text


def _type(column: Column, language: str) -> str:
    word = say(TYPES[column.type], language)
    least, most = column.minimum, column.maximum
    if least is not None:
        limit = f"{least}–{most}" if most is not None else f"≥ {least}"
        word += f"，{limit}" if language == "zh" else f", {limit}"
    return word


def _filled(column: Column, language: str) -> str:
    if column.personal:
        return say(Text("读取时舍去", "dropped on reading"), language)
    if column.required:
        return say(Text("必填", "always"), language)
    if column.iff is None:
        return ""
    if column.iff_value is not None:
        return say(Text("`{}` 为 `{}` 时", "where `{}` is `{}`"), language).format(column.iff, column.iff_value)
    return say(Text("有 `{}` 时", "with `{}`"), language).format(column.iff)


def made_checks(language: str) -> str:
    heads = ("检查", "核对什么", "程度") if language == "zh" else ("check", "what it looks at", "severity")
    return table(
        heads,
        (
            (f"[`{one.id}`](#{slug(one.id)})", say(one.what, language), say(SEVERITIES[one.severity], language))
            for one in CHECKS
        ),
    )


def made_check(language: str, check_id: str) -> str:
    """What it looks at, how grave it is, which law asks for it, and when nothing can be said."""
    check = next(one for one in CHECKS if one.id == check_id)
    needs = [NO_LEDGER if need.startswith("ledger:") else NEEDS[need] for need in check.needs]
    severity, what = say(SEVERITIES[check.severity], language), say(check.what, language)
    if language == "zh":
        text = f"{what}。程度：{severity}。依据：{check.source}。"
        text += f"不能核对的情形：{'；'.join(need.zh for need in needs)}。" if needs else ""
    else:
        text = f"{what[0].upper()}{what[1:]}. Severity: {severity}. After: {check.source}."
        text += f" Not assessable where {'; '.join(need.en for need in needs)}." if needs else ""
    return f"{text}\n"


def made_figures(language: str) -> str:
    """The families of figures, with what they are in the example's report of 2021."""
    import govnb

    paper = govnb.open_workpaper("guangzhou-gov-office", 2021, ROOT)
    families = defaultdict(list)
    for figure in govnb.count_figures(paper, govnb.count_tables(paper)).figures.values():
        families[figure.id.partition(".")[0]].append(figure)
    heads = (
        ("开头", "个数", "例子", "名称", "单位")
        if language == "zh"
        else ("begins", "how many", "for example", "label", "unit")
    )
    rows = []
    for family, figures in families.items():
        shown = figures[0]
        rows.append((f"`{family}.`", str(len(figures)), f"`{shown.id}`", shown.label, shown.unit))
    return table(heads, rows)


def made_pages(language: str) -> str:
    """A link to each page of the guide that exists."""
    names = {path.stem for path in (DOCS / language).glob("*.md")} - {"index"}
    order = sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    return "".join(f"- [{_title(DOCS / language / f'{name}.md')}]({name}.md)\n" for name in order)


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return next(line[2:].strip() for line in lines if line.startswith("# "))


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower().strip()).replace(" ", "-")


MAKERS: dict[str, Callable[..., str]] = {
    "commands": made_commands,
    "command": made_command,
    "keys": made_keys,
    "ledgers": made_ledgers,
    "ledger": made_ledger,
    "checks": made_checks,
    "check": made_check,
    "figures": made_figures,
    "pages": made_pages,
}


def renew(text: str, language: str) -> str:
    """A page with all its made parts as the package has them now."""

    def make(found: re.Match[str]) -> str:
        kind, *arguments = found["what"].split()
        return f"{found['what']} -->\n\n{MAKERS[kind](language, *arguments)}\n"

    return MADE.sub(make, text)


def main(arguments: Sequence[str]) -> int:
    old = []
    for language in LOCALES:
        for path in sorted((DOCS / language).glob("*.md")):
            text = path.read_text(encoding="utf-8")
            renewed = renew(text, language)
            if renewed != text:
                old.append(path.relative_to(ROOT).as_posix())
                if "--check" not in arguments:
                    path.write_text(renewed, encoding="utf-8")
    for name in old:
        print(name)
    return 1 if old and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
