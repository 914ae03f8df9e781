"""The guide in docs/ is true: every example is followed and gives what the page shows, and nothing is out of date.

Pages say the same in both languages, explain every command, parameter, ledger, column and check with an example that
was run, and no link leads nowhere.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from govnb.checks.registry import CHECKS
from govnb.cli import COMMANDS
from govnb.example import example_files
from govnb.inputs.params_schema import schema_agency, schema_year
from govnb.inputs.schema import build_schemas
from scripts import make_docs
from scripts.docs_console import Fresh, Typed, Written, fits, read_steps, run_page
from tests.workspaces import run_govnb

LANGUAGES = ("zh", "en")
NAMES = sorted(path.stem for path in (make_docs.DOCS / "zh").glob("*.md"))
PAGES = [f"{language}/{name}" for name in NAMES for language in LANGUAGES]
_MADE = re.compile(r"^<!-- made: (.+) -->$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
Start = Callable[[Path], None]


def read(page: str) -> str:
    return (make_docs.DOCS / f"{page}.md").read_text(encoding="utf-8")


def write_example(folder: Path) -> None:
    for name, data in example_files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def write_empty(folder: Path) -> None:
    """No agency yet, but the notebooks."""
    (folder / "params").mkdir()
    for name, data in example_files():
        if name.startswith("notebooks/"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)


@pytest.fixture(scope="session")
def example_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with its reports of 2021, made once for all pages, whichever process of pytest-xdist comes first."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "docs-made"
    with FileLock(f"{root}.lock"):
        if not root.exists():
            half = root.with_name("docs-half-made")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            write_example(half)
            done = run_govnb("run", "-y", "2021", cwd=half)
            assert done.returncode == 0, done.stderr
            half.rename(root)
    return root


@pytest.fixture
def starts(example_made: Path) -> dict[str, Start]:
    def copy_made(folder: Path) -> None:
        shutil.copytree(example_made, folder, dirs_exist_ok=True)

    return {"none": lambda folder: None, "empty": write_empty, "example": write_example, "made": copy_made}


@pytest.mark.platform_only("a Unix shell runs some of the examples")
@pytest.mark.skipif(sys.platform == "win32", reason="some examples use the commands of a Unix shell")
@pytest.mark.parametrize("page", PAGES)
def test_examples_give_what_the_page_shows(page: str, tmp_path: Path, starts: dict[str, Start]) -> None:
    wrong = [
        f"docs/{page}.md:{seen.typed.line}: $ {seen.typed.command} (exit code {seen.code})\n{seen.output}"
        for seen in run_page(read(page), page[:2], tmp_path, starts)
        if not seen.right
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES)
def test_what_is_made_from_the_package_is_up_to_date(page: str) -> None:
    assert make_docs.renew(read(page), page[:2]) == read(page), "run: python scripts/make_docs.py"


def outline(page: str) -> list[object]:
    """What must be the same in both languages: levels of headings, made parts, files and commands."""
    text = read(page)
    steps = [
        ("file", step.path, step.text) if isinstance(step, Written) else ("fresh", "", "")
        for step in read_steps(text)[1]
        if isinstance(step, Fresh) or (isinstance(step, Written) and step.path)
    ]
    commands = [step.command for step in read_steps(text)[1] if isinstance(step, Typed)]
    headings = re.findall(r"^(#+) ", _FENCED.sub("", text), re.MULTILINE)
    return [read_steps(text)[0], steps, commands, headings, _MADE.findall(text)]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same(name: str) -> None:
    assert outline(f"zh/{name}") == outline(f"en/{name}")
    assert sorted(path.stem for path in (make_docs.DOCS / "en").glob("*.md")) == NAMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_its_place(language: str) -> None:
    made = {part for name in NAMES for part in _MADE.findall(read(f"{language}/{name}"))}
    assert {f"command {name}" for name in COMMANDS} <= made
    assert {f"ledger {name}" for name in build_schemas()} <= made
    assert {f"check {check.id}" for check in CHECKS} <= made
    assert {"keys agency", "keys year", "keys source", "keys cited"} <= made


def section(text: str, heading: str) -> str:
    """The text below a heading, up to the next one of its level."""
    level = heading.split()[0]
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^{level} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_check_has_an_example(language: str) -> None:
    """The examples are run (above); here each is seen to be about the thing it stands under."""
    commands, checks = read(f"{language}/commands"), read(f"{language}/checks")
    for name in COMMANDS:
        typed = [step for step in read_steps(section(commands, f"## govnb {name}"))[1] if isinstance(step, Typed)]
        assert any(step.command.startswith(f"govnb {name}") and step.shown for step in typed), name
    for check in CHECKS:
        typed = [step for step in read_steps(section(checks, f"### {check.id}"))[1] if isinstance(step, Typed)]
        assert any(f" {check.id}: " in line for step in typed for line in step.shown), check.id


def written_files(language: str) -> list[Written]:
    steps = [step for name in NAMES for step in read_steps(read(f"{language}/{name}"))[1]]
    return [step for step in steps if isinstance(step, Written) and step.path]


def test_every_ledger_and_parameter_has_an_example() -> None:
    files = written_files("zh")
    for name in build_schemas():
        assert any(file.path.endswith(f"/{name}.csv") for file in files), name
    written = "\n".join(file.text for file in files if file.path.startswith("params/") and file.language == "yaml")
    for schema in (schema_agency(), schema_year()):
        keys = {key for part in [schema, *schema["$defs"].values()] for key in part["properties"]}
        assert [key for key in sorted(keys) if not re.search(rf"\b{key}:", written)] == []


def test_every_column_has_its_english_meaning() -> None:
    english = make_docs._english()
    assert list(english) == list(build_schemas())
    for name, ledger in build_schemas().items():
        assert list(english[name]["columns"]) == list(ledger.columns)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_of_a_page_is_read_by_a_command(page: str) -> None:
    """Else an example could be wrong and nobody would see it."""
    steps = read_steps(read(page))[1]
    files = [step for step in steps if isinstance(step, Written)]
    named = " ".join(word for file in files for word in re.findall(r"(?:members|file|messages): (.+)", file.text))
    for number, step in enumerate(steps):
        if isinstance(step, Written) and step.path:
            later = " ".join(other.command for other in steps[number:] if isinstance(other, Typed))
            word = step.path.split("/")[1 if step.path.startswith(("params/", "data/")) else 0]
            assert word in later or word in named, step.path
        elif isinstance(step, Written) and step.language not in ("text", "console", "python"):
            # what other programs read, such as a cluster; ours is a file with a name, or nobody would read it
            assert step.language == "yaml", f"line {step.line}"
            assert "apiVersion" in yaml.safe_load(step.text), f"line {step.line}: name the file that the block is"


def anchors(path: Path) -> set[str]:
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    return {make_docs.slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("path", [*(f"docs/{page}.md" for page in PAGES), "README.md", "README.zh-CN.md"])
def test_no_link_leads_nowhere(path: str, repository: Path) -> None:
    page = repository / path
    for link in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readmes_lead_to_the_guide(repository: Path) -> None:
    for readme, index in (("README.md", "docs/en/index.md"), ("README.zh-CN.md", "docs/zh/index.md")):
        assert f"({index})" in repository.joinpath(readme).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shown", "output", "right"),
    [
        (("a", "…", "d"), "a\nb\nc\nd\n", True),
        (("a", "…", "d"), "a\nd\n", True),
        (("a", "…"), "a\n", True),
        (("made (… s)",), "made (1.5 s)\n", True),
        (("a", "…", "d"), "a\nb\nc\n", False),
        (("made (… s)",), "made (1.5 s)\nmore\n", False),
        (("a",), "b\n", False),
        (("a.c",), "abc\n", False),
    ],
)
def test_what_a_page_shows_is_compared_strictly(shown: tuple[str, ...], output: str, right: bool) -> None:
    assert fits(shown, output) is right
