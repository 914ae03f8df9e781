"""A province: thousands of agencies in one workspace, of which nearly all are up to date."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.many import agencies, make_like, write_many
from tests.workspaces import plain_environment, run_govnb

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processor time and memory of children are Unix' own")

MANY, FEW = 1000, 100
MOST_SECONDS = 0.006  # of processor for an agency of which nothing changed; 0.003 on the machine of the benchmarks
MOST_KIB = 20  # of memory for one more agency


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All were made; each with outputs of its own."""
    root = write_many(tmp_path_factory.mktemp("many") / "workspace", MANY)
    first = agencies(1)[0]
    done = run_govnb("run", "-a", first, "--format", "html", cwd=root)
    assert done.returncode == 0, done.stderr
    make_like(root, first)
    return root


def used(root: Path, *arguments: str) -> tuple[float, int, str, str]:
    """Processor seconds, KiB at most, stdout and stderr of a command that succeeds."""
    code = "import resource, subprocess, sys\ndone = subprocess.run(sys.argv[1:])\n"
    code += "u = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    code += "print(u.ru_utime + u.ru_stime, u.ru_maxrss, file=sys.stderr)\nsys.exit(done.returncode)"
    done = subprocess.run(
        [sys.executable, "-c", code, sys.executable, "-m", "govnb", *arguments],
        cwd=root,
        env=plain_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *said, last = done.stderr.splitlines()
    seconds, memory = last.split()
    return float(seconds), int(memory), done.stdout, "\n".join(said)


def selection(count: int) -> list[str]:
    return [part for agency in agencies(count) for part in ("-a", agency)]


@pytest.mark.parametrize("more", [(), ("-n", "annual_report")], ids=["all", "by notebook"])
def test_what_did_not_change_is_found_at_once(province: Path, more: tuple[str, ...]) -> None:
    """Neither time nor memory grow faster than the number of agencies."""
    common = ("run", "-y", "2021", "--format", "html", *more)
    few, small, *_ = used(province, *common, *selection(FEW))
    many, large, stdout, said = used(province, *common, "--json")
    assert Counter(report["state"] for report in json.loads(stdout)["reports"]) == {"skipped": MANY}
    assert said.splitlines()[-1] == f"0 made, {MANY} unchanged, 0 failed"
    assert (many - few) / (MANY - FEW) < MOST_SECONDS
    assert (large - small) / (MANY - FEW) < MOST_KIB


def test_the_one_that_changed_is_found_among_a_thousand(province: Path) -> None:
    changed = agencies(MANY)[777]
    path = province / "params" / changed / "2021.yaml"
    path.write_text("published_date: 2022-01-20\n", encoding="utf-8")
    done = run_govnb("run", "-y", "2021", "--format", "html", "--json", cwd=province)
    states = {report["agency"]: report["state"] for report in json.loads(done.stdout)["reports"]}
    assert [agency for agency, state in states.items() if state != "skipped"] == [changed]
    assert states[changed] == "made"


def test_a_thousand_reports_are_checked_one_after_the_other_and_none_is_kept(province: Path) -> None:
    few, small, *_ = used(province, "check", *selection(40))
    many, large, stdout, _ = used(province, "check", *selection(160))
    assert stdout.count("passed,") == 160
    assert many < 6 * few
    assert (large - small) / 120 < MOST_KIB


def test_the_site_of_a_thousand(province: Path) -> None:
    seconds, _, _, said = used(province, "site")
    assert f"{MANY + 4} files written" in said
    assert seconds < MANY * 0.01
    index = province.joinpath("output/index.html").read_text(encoding="utf-8")
    assert all(f"{agency}/2021/" in index for agency in agencies(MANY))
    again, *_ = used(province, "site")
    assert again < seconds
