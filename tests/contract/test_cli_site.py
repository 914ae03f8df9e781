"""``govnb site`` from outside: what it links, what it prints, and how it meets trouble."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from govnb.commands.lock import one_run
from tests.sites import build_varied
from tests.workspaces import PERSONAL, Done, digests, read_json, run_govnb, write_params

Copy = Callable[[Path], Path]


class Links(HTMLParser):
    """Every address on a page, the ids on it, and its headings."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("href", "src") and tag != "use":
                self.links.append(value or "")
            if name == "id" and value:
                self.ids.append(value)


def pages_of(root: Path) -> list[Path]:
    return [root / "output/index.html", *sorted((root / "output/site").rglob("*.html"))]


@pytest.fixture(scope="module")
def site(made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The site of a workspace that was really run. Don't change it."""
    root = Path(shutil.copytree(made, tmp_path_factory.mktemp("site") / "workspace"))
    done = run_govnb("site", "--json", cwd=root)
    assert done.returncode == 0, done.stderr
    return root, done


def test_json_tells_the_state_of_each_report_and_nothing_else(site: tuple[Path, Done]) -> None:
    root, done = site
    found = json.loads(done.stdout)
    assert [(item["agency"], item["year"], item["state"]) for item in found["reports"]] == [
        ("bureau", 2021, "made"),
        ("office", 2021, "made"),
        ("total", 2021, "made"),
    ]
    for item in found["reports"]:
        checks = read_json(root / "output" / item["agency"] / "2021/report.json")["checks"]
        failed = [check for check in checks if check["status"] == "fail"]
        assert item["checks"]["error"] == sum(check["severity"] == "error" for check in failed)
        assert item["review"] == "none"
    assert read_json(root / "output/site/reports.json") == found


def test_the_comparison_shows_the_numbers_of_report_json(site: tuple[Path, Done]) -> None:
    root, _ = site
    text = (root / "output/site/years/2021.html").read_text(encoding="utf-8")
    for agency in ("office", "bureau"):
        figures = read_json(root / f"output/{agency}/2021/report.json")["figures"]
        row = text.partition(f"agencies/{agency}.html")[2].partition("</tr>")[0]
        for figure in ("applications.new.total", "applications.granted_share", "applications.days_median"):
            expected = figures[figure]["value"] if figure in figures else None
            assert expected is None or f'data-k="{expected}"' in row, figure
    days = read_json(root / "output/bureau/2021/report.json")["figures"].get("applications.days_median")
    assert days is None
    assert "—" in text.partition("agencies/bureau.html")[2].partition("</tr>")[0]


def test_each_link_is_relative_and_leads_somewhere(site: tuple[Path, Done]) -> None:
    root, _ = site
    pages = pages_of(root)
    assert len(pages) == 1 + 3 + 1
    for page in pages:
        for link in Links(page).links:
            assert not re.match(r"[a-z]+:|/", link), link
            name, _, anchor = link.partition("#")
            target = page if not name else (page.parent / unquote(name)).resolve()
            assert target.is_file(), f"{page.name}: {link}"
            assert not anchor or target.suffix != ".html" or anchor in Links(target).ids, f"{page.name}: {link}"


def test_each_page_has_one_heading_ids_once_and_fetches_nothing(site: tuple[Path, Done]) -> None:
    root, _ = site
    for page in pages_of(root):
        found, text = Links(page), page.read_text(encoding="utf-8")
        assert found.tags.count("h1") == 1
        assert len(found.ids) == len(set(found.ids))
        assert not {"link", "img", "iframe", "object"} & set(found.tags)
        assert "@import" not in text
        assert 'lang="zh-Hans"' in text
        assert "default-src 'none'" in text
        assert text.count("<th") == len(re.findall(r"<th(?= |>)[^>]*scope=|<thead", text))


def test_nothing_private_is_on_it(site: tuple[Path, Done]) -> None:
    root, done = site
    for path in [*pages_of(root), *(root / "output/site").rglob(".*.json")]:
        text = path.read_text(encoding="utf-8")
        assert all(word not in text for word in PERSONAL.split())
        assert str(root) not in text
    assert str(root) not in done.stdout + done.stderr


def test_sha256sum_agrees_with_the_list(site: tuple[Path, Done], program: Callable[..., str]) -> None:
    root, _ = site
    command = [program("sha256sum", package="coreutils"), "--check", "--strict", "site/SHA256SUMS"]
    done = subprocess.run(command, cwd=root / "output", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == sum(1 for _ in (root / "output").glob("*/2021/*")) - 3  # all but the manifests


def test_it_reads_only_outputs_and_params_and_writes_only_its_own(site: tuple[Path, Done], copy_of: Copy) -> None:
    root = copy_of(site[0])
    shutil.rmtree(root / "data")
    shutil.rmtree(root / "notebooks")
    before = digests(root)
    shutil.rmtree(root / "output/site")
    (root / "output/index.html").unlink()
    assert run_govnb("site", cwd=root).returncode == 0
    assert digests(root) == before


def test_the_same_bytes_in_any_locale_time_zone_and_hash_order(tmp_path: Path) -> None:
    made = []
    for number, environment in enumerate(
        [
            {"LANG": "zh_CN.UTF-8", "TZ": "Asia/Shanghai", "PYTHONHASHSEED": "1"},
            {"LC_ALL": "C", "TZ": "America/New_York", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"},
        ]
    ):
        root = build_varied(tmp_path / f"政府 报告{number}")
        done = run_govnb("site", "--json", cwd=root, environment=environment)
        assert done.returncode == 0, done.stderr
        made.append((done.stdout, digests(root / "output")))
    assert made[0] == made[1]


def test_again_with_nothing_changed_says_so_and_prints_the_same(tmp_path: Path) -> None:
    root = build_varied(tmp_path / "workspace")
    first = run_govnb("site", "--json", cwd=root)
    again = run_govnb("site", "--json", cwd=root)
    assert "9 files written, 0 unchanged, 0 removed" in first.stderr
    assert "0 files written, 9 unchanged, 0 removed" in again.stderr
    assert first.stdout == again.stdout
    assert str(tmp_path) not in first.stderr


def test_broken_outputs_are_shown_and_not_an_error(tmp_path: Path) -> None:
    root = build_varied(tmp_path / "workspace")
    (root / "output/office/2021/report.json").write_bytes(b"\xff\x00{")
    (root / "output/office/2020/manifest.json").write_text("[", encoding="utf-8")
    done = run_govnb("site", "--json", cwd=root)
    assert done.returncode == 0
    found = {(item["agency"], item["year"]): item["state"] for item in json.loads(done.stdout)["reports"]}
    assert found["office", 2021] == found["office", 2020] == "broken"


def test_a_faulty_file_of_decisions_is_told_and_does_not_stop_it(tmp_path: Path) -> None:
    root = build_varied(tmp_path / "workspace")
    (root / "reviews/office/2021.yaml").write_text("- state: maybe\n", encoding="utf-8")
    done = run_govnb("site", "--json", cwd=root)
    assert done.returncode == 0
    assert "reviews/office/2021.yaml" in done.stderr
    assert {item["review"] for item in json.loads(done.stdout)["reports"]} == {"none", "void", "unreadable"}


@pytest.mark.parametrize("day", ["2022-02-30", "20220201", "01/02/2022", "today", ""])
def test_a_day_that_is_none_is_a_wrong_command_line(tmp_path: Path, day: str) -> None:
    write_params(tmp_path, "office")
    done = run_govnb("site", "--as-of", day, cwd=tmp_path)
    assert done.returncode == 2
    assert "--as-of" in done.stderr
    assert not (tmp_path / "output/index.html").exists()


def test_wrong_params_exit_2_with_the_place(tmp_path: Path) -> None:
    write_params(tmp_path, "office", "published: 2022-01-31\n")
    done = run_govnb("site", cwd=tmp_path)
    assert done.returncode == 2
    assert "params/office/2021.yaml, line 1" in done.stderr
    assert "published_date" in done.stderr


def test_it_waits_for_nobody_and_names_who_holds_the_workspace(tmp_path: Path) -> None:
    root = build_varied(tmp_path / "workspace")
    with one_run(root / "output", "run"):
        done = run_govnb("site", cwd=root)
    assert done.returncode == 2
    assert str(os.getpid()) in done.stderr
    assert not (root / "output/index.html").exists()


def test_where_it_cannot_be_written_it_says_so(tmp_path: Path) -> None:
    root = build_varied(tmp_path / "workspace")
    (root / "output/site").write_text("a file", encoding="utf-8")
    done = run_govnb("site", cwd=root)
    assert done.returncode == 1
    assert "output/site" in done.stderr
