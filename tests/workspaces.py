"""Small workspaces, and the real command line run in them from outside, in a process of its own."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

Done = subprocess.CompletedProcess[str]
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")
PERSONAL = "张三 110101199003070038 要求公开拆迁补偿"
FORMATS = ("html", "pdf", "docx", "xlsx")

APPLICATION_HEADS = ["申请编号", "收到日期", "申请渠道", "申请人类型", "申请内容", "答复日期", "办理结果"]
APPLICATIONS = [
    ["A-1", "2020-12-28", "网络", "自然人", PERSONAL, "2021-01-05", "（一）予以公开"],
    ["A-2", "2021-02-01", "信函", "自然人", PERSONAL, "2021-02-10", "（一）予以公开"],
    [
        "A-3",
        "2021-03-01",
        "网络",
        "商业企业",
        PERSONAL,
        "2021-03-12",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
    ],
    ["A-4", "2021-12-27", "当面", "自然人", PERSONAL, "", ""],
]
DOCUMENT_HEADS = ["文号", "标题", "文件种类", "制发日期", "废止日期", "公开属性", "公开日期"]
DOCUMENTS = [
    ["甲府办规〔2021〕1号", "关于一件事的规定", "行政规范性文件", "2021-03-01", "", "主动公开", "2021-03-05"],
    [
        "甲府办规〔2019〕2号",
        "关于另一件事的规定",
        "行政规范性文件",
        "2019-03-01",
        "2021-06-01",
        "主动公开",
        "2019-03-05",
    ],
]


def plain_environment(**changes: str) -> dict[str, str]:
    """This process' environment without its locale, and with ``changes``."""
    kept = {name: value for name, value in os.environ.items() if name not in (*LOCALE, "TZ", "PYTHONHASHSEED")}
    return {**kept, "LANG": "en_US.UTF-8", **changes}


def run_govnb(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None, timeout: float = 240) -> Done:
    """``govnb`` with ``arguments`` in ``cwd``. Whatever a user does wrong, no traceback is shown."""
    command = [sys.executable, "-m", "govnb", *arguments]
    done = subprocess.run(
        command,
        cwd=cwd,
        env=plain_environment(**(environment or {})),
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def write_csv(path: Path, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([heads, *rows])


def write_params(
    root: Path, agency: str, year: str = "{}\n", *, years: Sequence[int] = (2021,), more: str = ""
) -> None:
    folder = root / "params" / agency
    folder.mkdir(parents=True, exist_ok=True)
    text = f"name: 甲市{agency}\nshort_name: 本机关\nregion: 甲市\nlevel: department\nwebsite: https://www.example.gov.cn\n"
    folder.joinpath("agency.yaml").write_text(text + more, encoding="utf-8")
    for number in years:
        folder.joinpath(f"{number}.yaml").write_text(year, encoding="utf-8")


def write_notebook(root: Path, name: str, *cells: str, parameters: bool = True) -> Path:
    """A notebook of a ``parameters`` cell (unless told otherwise) and ``cells``."""
    notebook = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell('agency = ""\nyear = 0', id="parameters")
    if parameters:
        first.metadata["tags"] = ["parameters"]
    rest = [nbformat.v4.new_code_cell(code, id=f"cell-{number}") for number, code in enumerate(cells)]
    notebook.cells = [first, *rest]
    path = root / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


REPORT_CELLS = (
    "import govnb\npaper = govnb.open_workpaper(agency, year)\ntables = govnb.count_tables(paper)",
    "catalogue = govnb.count_figures(paper, tables)\nsections = govnb.narrate(paper, catalogue)",
    "results = govnb.run_checks(paper, tables, catalogue, sections)",
    "govnb.publish(paper, tables, catalogue, sections, results)",
)


def write_ledgers(root: Path, agency: str, applications: Sequence[Sequence[str]] = APPLICATIONS) -> None:
    write_csv(root / "data" / agency / "applications.csv", APPLICATION_HEADS, applications)
    write_csv(root / "data" / agency / "documents.csv", DOCUMENT_HEADS, DOCUMENTS)


def build_source(root: Path, repository: Path) -> Path:
    """``office`` keeps ledgers, ``bureau`` fills in tables, ``total`` adds both; all for 2021."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(repository / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    write_params(root, "office")
    write_ledgers(root, "office")
    write_params(root, "bureau", years=(2021,))
    declared = json.loads(repository.joinpath("data/pingtan/declared-2021.json").read_text(encoding="utf-8"))
    folder = root / "data" / "bureau"
    folder.mkdir(parents=True)
    folder.joinpath("declared-2021.json").write_text(json.dumps(declared, ensure_ascii=False), encoding="utf-8")
    write_params(root, "total", more="members: [office, bureau]\n")
    return root


def digests(folder: Path) -> dict[str, str]:
    """Every file below ``folder`` but locks → sha256."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".lock")
    }


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def states(done: Done) -> dict[str, str]:
    """Agency → state, of ``govnb run --json``."""
    return {report["agency"]: report["state"] for report in json.loads(done.stdout)["reports"]}
