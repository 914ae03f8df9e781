"""Problems: wording in both languages, places, nearest names, exit codes, and that errors survive a process pool."""

from __future__ import annotations

import pickle

import pytest

from govnb.errors import (
    NOTHING,
    Collector,
    GovnbError,
    LedgerError,
    ParamsError,
    Place,
    Problem,
    ReportError,
    Text,
    UsageError,
    did_you_mean,
    language,
    nearest,
)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LC_ALL": "", "LANG": "zh"}, "zh"),
    ],
)
def test_language_follows_the_locale(environ: dict[str, str], expected: str) -> None:
    assert language(environ) == expected


def test_text_prints_in_the_language_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Text("文件", "file")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert str(text) == "文件"
    monkeypatch.setenv("LC_ALL", "C")
    assert str(text) == "file"


def test_a_problem_names_place_fault_and_remedy() -> None:
    place = Place(file="data/x/applications.xlsx", sheet="台账", row=3, column="收到日期")
    text = Problem(place, Text("没有这一天", "there is no such day"), Text("请更正", "Correct it")).text()
    assert text.zh == "data/x/applications.xlsx 工作表“台账” 第3行 “收到日期”列：没有这一天。请更正。"
    assert (
        text.en == "data/x/applications.xlsx, sheet “台账”, row 3, column “收到日期”: there is no such day. Correct it."
    )


def test_a_place_of_a_text_file_has_line_and_column() -> None:
    assert Place(file="a.yaml", line=2, position=5).text() == Text("a.yaml 第2行第5列", "a.yaml, line 2 column 5")


def test_without_a_place_only_the_fault_is_printed() -> None:
    assert Problem(Place(), Text("错", "wrong")).text() == Text("错", "wrong")


@pytest.mark.parametrize(("error", "code"), [(UsageError, 2), (ParamsError, 2), (LedgerError, 1), (ReportError, 1)])
def test_exit_codes(error: type[GovnbError], code: int) -> None:
    assert error(Problem(Place(), Text("错", "wrong"))).exit_code == code


def test_an_error_survives_a_process_pool() -> None:
    problems = [Problem(Place(file="a", line=number), Text("错", "wrong")) for number in (1, 2)]
    again = pickle.loads(pickle.dumps(ParamsError(problems)))
    assert type(again) is ParamsError
    assert again.problems == tuple(problems)


def test_the_collector_raises_everything_at_once() -> None:
    problems = Collector()
    problems.raise_if_any(ParamsError)
    problems.add(Place(file="a"), Text("一", "one"))
    problems.add(Place(file="b"), Text("二", "two"))
    with pytest.raises(ParamsError) as caught:
        problems.raise_if_any(ParamsError)
    assert [problem.where.file for problem in caught.value.problems] == ["a", "b"]
    assert len(str(caught.value).splitlines()) == 2


def test_nearest_is_blind_to_case_and_silent_where_nothing_is_near() -> None:
    assert nearest("Recieved_Date", ["received_date", "reply_date"]) == "received_date"
    assert nearest("xyz", ["received_date"]) is None


def test_did_you_mean_lists_all_names_where_none_is_near() -> None:
    assert did_you_mean("xyz", ["hans", "hant"]).en == "Known are: hans, hant"
    assert did_you_mean("hnat", ["hans", "hant"]).zh == "是否应为“hant”？"
    assert did_you_mean("anything", []) == NOTHING
