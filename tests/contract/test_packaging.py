"""What a stranger gets: the wheel, its dependencies and their pins, the example in it, and what the READMEs promise."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from govnb.cli import COMMANDS
from govnb.example import EXAMPLE, example_files

READMES = ("README.md", "README.zh-CN.md")
OFFERED = ("postgresql", "cluster", "ocr")  # the extras for users; the code imports some of theirs
NOT_OURS = {".git", ".venv", "node_modules", "output", "dist", "build", "results", "__pycache__"}
ENVIRONMENTS = [
    {"sys_platform": platform, "platform_system": system, "os_name": name, "python_full_version": f"{python}.5"}
    | {"python_version": python, "implementation_name": "cpython", "platform_python_implementation": "CPython"}
    for platform, system, name in [
        ("linux", "Linux", "posix"),
        ("darwin", "Darwin", "posix"),
        ("win32", "Windows", "nt"),
    ]
    for python in ["3.11", "3.12", "3.13"]
]


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads(repository.joinpath("pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins(repository: Path) -> list[Requirement]:
    lines = repository.joinpath("constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--no-index", "--wheel-dir", folder, repository], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    return built


def closure(extras: set[str]) -> dict[str, metadata.Distribution]:
    """Every distribution that govnb with ``extras`` brings along on this machine."""
    found: dict[str, metadata.Distribution] = {}
    waiting = [("govnb", frozenset(extras))]
    seen = set()
    while waiting:
        name, asked = waiting.pop()
        if (name, asked) in seen:
            continue
        seen.add((name, asked))
        found[name] = metadata.distribution(name)
        for text in found[name].requires or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in asked | {""}):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return found


# -- dependencies ------------------------------------------------------------------------------------------------------


def test_the_five_packages_of_an_analyst_are_dependencies(project: dict[str, Any]) -> None:
    names = {canonicalize_name(Requirement(text).name) for text in project["project"]["dependencies"]}
    assert {"jupyter", "papermill", "pandas", "matplotlib", "nbconvert"} <= names


def test_each_package_that_the_code_imports_is_declared_and_each_declared_one_is_used(
    project: dict[str, Any], repository: Path
) -> None:
    homes = metadata.packages_distributions()
    imported = set()
    for path in repository.joinpath("govnb").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    imported -= {*sys.stdlib_module_names, "govnb"}
    # what is not installed is an extra's own: it may be missing, but not undeclared
    needed = {str(canonicalize_name(homes[name][0] if name in homes else name)) for name in imported}
    declared = {canonicalize_name(Requirement(text).name) for text in project["project"]["dependencies"]}
    extras = project["project"]["optional-dependencies"]
    offered = {canonicalize_name(Requirement(text).name) for name in OFFERED for text in extras[name]}
    # pydantic pins its core exactly; what is used without an import: the user's five, and wheels of fonts
    assert needed - declared - offered <= {"pydantic-core"}
    assert {name for name in declared - needed if not name.startswith("pylopdf-fonts-")} <= {"jupyter"}


def test_each_installed_dependency_is_pinned_as_installed(pins: list[Requirement]) -> None:
    pinned = {str(canonicalize_name(pin.name)): pin for pin in pins if pin.marker is None or pin.marker.evaluate()}
    unpinned = {}
    for name, found in closure({"dev", "test", "postgresql"}).items():
        if name != "govnb" and (name not in pinned or found.version not in pinned[name].specifier):
            unpinned[name] = found.version
    assert unpinned == {}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: f"{e['sys_platform']}-{e['python_version']}")
def test_the_pins_are_one_version_each_and_fit_what_is_declared(
    project: dict[str, Any], pins: list[Requirement], environment: dict[str, str]
) -> None:
    there: dict[str, Version] = {}
    for pin in pins:
        [specifier] = pin.specifier
        assert specifier.operator == "==", f"{pin} is not a pin"
        assert pin.url is None
        if pin.marker is None or pin.marker.evaluate(environment):
            assert canonicalize_name(pin.name) not in there, f"{pin.name} is pinned twice"
            there[canonicalize_name(pin.name)] = Version(specifier.version)
    asked = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    asked += [text for extra in project["project"]["optional-dependencies"].values() for text in extra]
    for requirement in map(Requirement, asked):
        applies = requirement.marker is None or requirement.marker.evaluate(environment)
        if requirement.name != "govnb" and applies:
            assert there[canonicalize_name(requirement.name)] in requirement.specifier


COPYLEFT = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)


def _copyleft(found: metadata.Distribution) -> str | None:
    """The licence as the distribution declares it, where every alternative of it is the GPL or the AGPL."""
    declared = found.metadata.get_all("License-Expression") or []
    if not declared:
        classifiers = found.metadata.get_all("Classifier") or []
        declared = [text.rpartition("::")[2].strip() for text in classifiers if text.startswith("License ::")]
        declared = declared or [text.partition("\n")[0] for text in found.metadata.get_all("License") or [""]]
    alternatives = [part for text in declared for part in re.split(r"\bOR\b", text)]
    return "; ".join(declared) if all(COPYLEFT.search(part) for part in alternatives) else None


def test_no_installed_dependency_is_under_the_gpl_or_agpl() -> None:
    licences = {name: _copyleft(found) for name, found in closure({"dev", "test", "postgresql"}).items()}
    assert {name: text for name, text in licences.items() if text} == {}


@pytest.mark.parametrize(
    ("header", "strong"),
    [
        ("License-Expression: GPL-3.0-or-later", True),
        ("License-Expression: AGPL-3.0-only", True),
        ("License-Expression: MIT OR GPL-2.0-only", False),
        ("License-Expression: LGPL-3.0-only", False),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("Classifier: License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", False),
        ("License: GPL", True),
        ("License: BSD", False),
    ],
)
def test_the_licence_test_knows_the_gpl(tmp_path: Path, header: str, strong: bool) -> None:
    folder = tmp_path / "thing-1.dist-info"
    folder.mkdir()
    folder.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.4\nName: thing\nVersion: 1\n{header}\n", encoding="utf-8"
    )
    assert bool(_copyleft(metadata.Distribution.at(folder))) is strong


def our_texts(repository: Path) -> Iterator[tuple[str, str]]:
    for folder, names, files in os.walk(repository):
        names[:] = [name for name in names if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))]
        for name in files:
            path = Path(folder, name)
            try:
                yield path.relative_to(repository).as_posix(), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # pictures, workbooks and ledgers in other encodings


def test_no_file_names_a_registry(repository: Path) -> None:
    """Packages come from where the machine's own clients are set up to look, not from an address of ours."""
    hosts = "|".join(
        ["py" + r"pi\.org", "python" + r"hosted\.org", "npm" + r"js\.org", "npm" + r"mirror", "deb" + r"ian\.org"]
    )
    asked = r"--(extra-)?index" + r"-url|--find" + r"-links|^\s*registry\s*=|\"res" + r"olved\":\s*\"http"
    address = re.compile(f"{hosts}|{asked}", re.MULTILINE)
    found = {path: match.group() for path, text in our_texts(repository) if (match := address.search(text))}
    assert found == {}


# -- the wheel ---------------------------------------------------------------------------------------------------------


def test_the_wheel_holds_package_data_and_example_and_nothing_else(wheel: Path, repository: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ignored = re.compile(r"(^|/)(__pycache__/|\.)|\.pyc$")
    package = {
        path.relative_to(repository).as_posix() for path in repository.joinpath("govnb").rglob("*") if path.is_file()
    }
    package = {name for name in package if not ignored.search(name)}
    example = {f"govnb/example_workspace/{path}" for path, _ in example_files()}
    assert {name for name in names if ".dist-info/" not in name} == package | example
    assert {"govnb/form/editions/2021.yaml", "govnb/inputs/ledgers.yaml", "govnb/py.typed"} <= names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert wheel.stat().st_size < 1_000_000


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, as pip lays it into site-packages."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run_installed(installed: Path, folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python script in ``folder`` with the installed govnb before the checkout's."""
    start = "import sys, govnb; assert govnb.__file__.startswith(sys.argv.pop(1)), govnb.__file__; "
    command = [sys.executable, "-P", "-c", start + script, str(installed), *arguments]
    environment = os.environ | {"PYTHONPATH": str(installed), "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=300)


def test_the_example_in_the_wheel_is_the_repository_s_own(installed: Path, repository: Path, tmp_path: Path) -> None:
    """Read from an installed wheel, the example has the same files and bytes as in a checkout."""
    script = (
        "import hashlib, json; from govnb.example import example_files;"
        "print(json.dumps({p: hashlib.sha256(b).hexdigest() for p, b in example_files()}))"
    )
    done = run_installed(installed, tmp_path, script)
    assert done.returncode == 0, done.stderr
    here = {path: hashlib.sha256(content).hexdigest() for path, content in example_files()}
    assert json.loads(done.stdout) == here
    assert all(repository.joinpath(path).is_file() for path in here)


def test_an_installed_wheel_makes_a_workspace_that_runs(installed: Path, tmp_path: Path) -> None:
    command = "from govnb.cli import main; main(sys.argv[1:])"
    made = run_installed(installed, tmp_path, command, "init", "报告")
    assert made.returncode == 0, made.stderr
    workspace = tmp_path / "报告"
    ran = run_installed(installed, workspace, command, "run", "-a", "guangzhou-gov-office", "-y", "2021")
    assert ran.returncode == 0, ran.stderr
    names = {path.name for path in workspace.joinpath("output/guangzhou-gov-office/2021").iterdir()}
    assert {f"annual_report.{kind}" for kind in ("ipynb", "html", "pdf")} | {"report.json", "manifest.json"} <= names


def test_the_list_of_the_example_stands_alike_in_both_places(project: dict[str, Any]) -> None:
    listed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    assert listed == ["govnb", *EXAMPLE]


def test_an_agency_of_the_checkout_is_no_part_of_the_example(repository: Path) -> None:
    """Whoever works in a checkout doesn't ship the ledgers that lie there: only what EXAMPLE names is an example."""
    assert "params" not in EXAMPLE
    assert "data" not in EXAMPLE
    assert {path.split("/")[1] for path, _ in example_files() if path.startswith("params/")} == {
        "guangzhou-gov-office",
        "pingtan",
    }


# -- start-up ----------------------------------------------------------------------------------------------------------

SLOW = (
    "pandas",
    "matplotlib",
    "polars",
    "pyarrow",
    "numpy",
    "typst",
    "nbconvert",
    "papermill",
    "pikepdf",
    "sqlalchemy",
    "docx",
)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_slow(arguments: list[str]) -> None:
    script = (
        "import sys; from govnb.cli import main\n"
        "try:\n    code = main(sys.argv[1:])\nexcept SystemExit as end:\n    code = end.code\n"
        "assert not code, code\n"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert set(done.stderr.split()) & set(SLOW) == set()


def test_each_entry_point_can_be_loaded() -> None:
    """One broken exporter would break every `jupyter nbconvert`, also for other formats."""
    points = metadata.distribution("govnb").entry_points
    names = {point.name for point in points}
    assert {"govnb", "govnb-html", "govnb-pdf", "govnb-docx", "govnb-xlsx", "govnb-review"} <= names
    for point in points:
        assert callable(point.load())


# -- notebooks and READMEs ---------------------------------------------------------------------------------------------


def test_notebooks_are_committed_without_outputs(repository: Path) -> None:
    notebooks = sorted(repository.joinpath("notebooks").glob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            assert not cell.get("outputs"), f"{path.name}: cell {cell.get('id')} has outputs"
            assert cell.get("execution_count") is None, f"{path.name}: cell {cell.get('id')} has a count"


def _commands() -> set[str]:
    return set(COMMANDS)


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_name_the_commands_that_exist_and_no_others(repository: Path, name: str) -> None:
    text = repository.joinpath(name).read_text(encoding="utf-8")
    table = set(re.findall(r"^\| `govnb ([a-z]+)", text, re.MULTILINE))
    assert table == _commands()
    assert (
        set(re.findall(r"\bgovnb ([a-z]+)\b(?=[ `\n])", "\n".join(re.findall(r"`[^`]+`|```.*?```", text, re.DOTALL))))
        <= table
    )


@pytest.mark.parametrize("name", READMES)
def test_the_make_targets_of_the_readmes_exist(repository: Path, name: str) -> None:
    makefile = repository.joinpath("Makefile").read_text(encoding="utf-8")
    text = repository.joinpath(name).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert {"report", "test"} <= named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_and_named_files_of_the_documents_exist(repository: Path, name: str) -> None:
    text = repository.joinpath(name).read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link}
    code = set(re.findall(r"`((?:govnb|tests|scripts|benchmarks|notebooks)/[\w./-]+)`", text))
    assert {path for path in links | code if not repository.joinpath(path).exists()} == set()


@pytest.mark.parametrize(
    ("path", "named", "source"),
    [
        ("govnb/inputs/raw.py", "`Raw`", "class Raw"),
        ("govnb/inputs/raw.py", "refuse(place, what, fix)", "def refuse(place: Place, what: Text, fix: Text"),
        ("govnb/inputs/listing.py", "`FORMATS`", "FORMATS ="),
        ("govnb/inputs/sources.py", "`Reader.read`", "class Reader"),
        ("govnb/counting/ledger_figures.py", "`Selection`", "rules import Condition, Selection"),
        ("govnb/render/__init__.py", "`_MODULES`", "_MODULES ="),
        ("govnb/render/__init__.py", "render_<format>", "render_{form}"),
        ("govnb/render/page.py", "`build_page(document)`", "def build_page(document: Printable)"),
        ("govnb/render/exporter.py", "`GovnbExporter`", "class GovnbExporter"),
        ("govnb/checks/model.py", "`Evidence`", "class Evidence"),
        ("govnb/checks/registry.py", "`_FUNCTIONS`", "_FUNCTIONS ="),
    ],
)
def test_what_the_recipes_name_exists(repository: Path, path: str, named: str, source: str) -> None:
    """The recipes of CONTRIBUTING.md lead to code that is there."""
    recipes = repository.joinpath("CONTRIBUTING.md").read_text(encoding="utf-8")
    assert f"`{path}`" in recipes
    assert named in recipes
    assert source in repository.joinpath(path).read_text(encoding="utf-8")


def test_ci_runs_the_test_command_of_the_readme(repository: Path) -> None:
    lines = repository.joinpath(".ci/run").read_text(encoding="utf-8").splitlines()
    assert lines[-1].endswith("make test")
    assert "export CI=true" in "\n".join(lines)
