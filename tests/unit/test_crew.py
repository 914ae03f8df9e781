"""What a crew promises: each call apart, deaths told, nothing left. With the simplest calls there are."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from govnb.crew import Crew, Died
from govnb.crew.spawned import SpawnedCrew
from govnb.crew.warm import WarmCrew
from tests.running import ROOT, running, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="crews are forked on Linux alone")

# eval is a function of one argument that every process knows.
PID = "__import__('os').getpid()"
TMPDIR = "__import__('tempfile').gettempdir()"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Everything temporary of this module's crews goes here, so that what is left can be seen."""
    folder = tmp_path_factory.mktemp("t")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield folder


@pytest.fixture(scope="module", params=[WarmCrew, SpawnedCrew])
def crew(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Crew]:
    with request.param(2) as crew:
        yield crew
    assert list(scratch.iterdir()) == []


def test_results_and_exceptions_come_back(crew: Crew) -> None:
    assert [crew.submit(len, "x" * size).result() for size in (0, 5, 300_000)] == [0, 5, 300_000]
    assert crew.submit(eval, "'y' * 1_000_000").result() == "y" * 1_000_000
    with pytest.raises(ZeroDivisionError):
        crew.submit(eval, "1 / 0").result()
    with pytest.raises(json.JSONDecodeError, match="Expecting"):
        crew.submit(json.loads, "{").result()


def test_what_can_not_be_pickled_is_refused_at_once_or_named(crew: Crew) -> None:
    with pytest.raises(Exception, match="pickle"):
        crew.submit(lambda x: x, 1)
    with pytest.raises(Exception, match=r"pickle|TypeError"):
        crew.submit(eval, "(x for x in ())").result()


def test_a_death_is_told_and_takes_no_other_call_along(crew: Crew) -> None:
    others = [crew.submit(eval, "__import__('time').sleep(0.3) or 7") for _ in range(3)]
    killed = crew.submit(eval, f"__import__('os').kill({PID}, 9)")
    ended = crew.submit(os._exit, 3)
    after = [crew.submit(len, "abc") for _ in range(3)]
    for future, told in ((killed, (9, None)), (ended, (None, 3))):
        with pytest.raises(Died) as died:
            future.result(30)
        assert (died.value.signal, died.value.exit_code) == told
    assert [future.result(30) for future in (*others, *after)] == [7, 7, 7, 3, 3, 3]


def test_no_more_than_its_workers_at_a_time(crew: Crew) -> None:
    ready = [crew.submit(time.sleep, 0.3) for _ in range(2)]  # processes that are still to come up overlap by chance
    assert [future.result() for future in ready] == [None, None]
    spans = [crew.submit(eval, "(lambda t: (t.time(), t.sleep(0.15), t.time()))(__import__('time'))") for _ in range(6)]
    times = [(begun, ended) for begun, _, ended in (future.result() for future in spans)]
    assert max(sum(begun <= moment < ended for begun, ended in times) for moment, _ in times) == 2


def test_a_call_that_has_not_begun_can_be_cancelled(crew: Crew) -> None:
    busy = [crew.submit(time.sleep, 0.3) for _ in range(2)]
    waiting = crew.submit(len, "x")
    assert waiting.cancel()
    assert [future.result() for future in busy] == [None, None]


def test_what_is_most_urgent_begins_first(crew: Crew) -> None:
    busy = [crew.submit(time.sleep, 0.3) for _ in range(2)]
    begun = {
        priority: crew.submit(eval, "(__import__('time').time(), __import__('time').sleep(0.02))", priority)
        for priority in (1.0, 5.0, 3.0, 4.0, 2.0)
    }
    assert [future.result() for future in busy] == [None, None]
    moments = {priority: future.result()[0] for priority, future in begun.items()}
    first = sorted(moments, key=lambda priority: moments[priority])
    assert {*first[:2]} == {5.0, 4.0}  # two at a time
    assert {*first[2:4]} == {3.0, 2.0}


def test_temporary_files_go_where_they_are_removed(crew: Crew, scratch: Path) -> None:
    folder = Path(crew.submit(eval, TMPDIR).result())
    assert scratch in folder.parents
    crew.submit(tempfile.mkdtemp, "x").result()


@pytest.fixture(scope="module")
def warm(scratch: Path) -> Iterator[WarmCrew]:
    with WarmCrew(2) as crew:
        yield crew


def test_nothing_passes_from_one_warm_call_to_the_next(warm: WarmCrew) -> None:
    change = "(o.environ.update(GOVNB_X='1'), o.chdir('/'), r.seed(1), n.random.seed(1),"
    change += " m.rcParams.update({'font.size': 99}))"
    imports = "(lambda o, r, n, m: {})(*map(__import__, ('os', 'random', 'numpy', 'matplotlib')))"
    warm.submit(eval, f"{imports.format(change)} and None").result()
    look = "(o.getpid(), o.environ.get('GOVNB_X'), o.getcwd(), r.random(), n.random.rand(), m.rcParams['font.size'])"
    first, second = (warm.submit(eval, imports.format(look)).result() for _ in range(2))
    assert first[1:3] == second[1:3] == (None, str(Path.cwd()))
    assert first[5] == second[5] == 10.0
    assert len({first[0], second[0]}) == len({first[3], second[3]}) == len({first[4], second[4]}) == 2


def test_the_server_has_one_thread_no_zmq_context_and_everything_warm(warm: WarmCrew) -> None:
    """A fork has one thread only, so what is forked must not count on others."""
    server = warm.submit(eval, "__import__('os').getppid()").result()
    assert len(list(Path(f"/proc/{server}/task").iterdir())) == 1
    loaded = warm.submit(eval, "sorted(__import__('sys').modules)").result()
    assert {"pandas", "matplotlib.pyplot", "papermill", "nbconvert.exporters", "govnb.workpaper", "pikepdf"} <= set(
        loaded
    )
    assert "polars" not in loaded
    assert warm.submit(eval, "__import__('zmq').Context._instance").result() is None
    assert warm.submit(eval, "__import__('govnb.notebook.cells').notebook.cells.can_fork()").result()
    assert warm.submit(eval, "hash('a') == hash('a') and __import__('sys').flags.hash_randomization").result() == 0


@pytest.mark.parametrize(("many", "rehearsed"), [(True, [False, True, True]), (False, [False, False, False])])
def test_the_first_call_does_not_wait_for_what_only_others_need(
    scratch: Path, many: bool, rehearsed: list[bool]
) -> None:
    look = "('govnb.rehearsal' in __import__('sys').modules, __import__('gc').isenabled())"
    with WarmCrew(2, many) as crew:
        seen = [future.result() for future in [crew.submit(eval, look) for _ in rehearsed]]
    assert seen == [(loaded, True) for loaded in rehearsed]  # and garbage is collected


def test_what_a_call_leaves_running_ends_with_it(warm: WarmCrew) -> None:
    """Also where it left its session and its parent is gone."""
    mark = "86397.25"
    start = f"__import__('subprocess').Popen(['setsid', '-f', 'sh', '-c', 'sleep {mark} & sleep {mark}'])"
    warm.submit(eval, f"{start}.wait() + bool(__import__('time').sleep(0.2))").result()
    assert wait_for(lambda: not running([mark]), 5)


def stopped_amid_calls(kind: type[WarmCrew | SpawnedCrew], mark: str) -> None:
    crew = kind(2)
    child = f"__import__('subprocess').run(['setsid', '-w', 'sleep', '{mark}'])"
    futures = [crew.submit(eval, child) for _ in range(4)]
    assert wait_for(lambda: len(running([mark])) >= 2, 120)
    begun = time.monotonic()
    crew.stop()
    assert time.monotonic() - begun < 8
    assert not running([mark])
    assert [future.done() for future in futures] == [True] * 4
    assert sum(future.cancelled() for future in futures) == 2
    assert sum(isinstance(future.exception(), Died) for future in futures if not future.cancelled()) == 2
    with pytest.raises(RuntimeError):
        crew.submit(len, "x")


@pytest.mark.parametrize("kind", [WarmCrew, SpawnedCrew])
def test_stop_ends_everything_at_once(kind: type[WarmCrew | SpawnedCrew], scratch: Path) -> None:
    before = set(scratch.iterdir())
    stopped_amid_calls(kind, "86396.5" if kind is WarmCrew else "86396.75")
    assert set(scratch.iterdir()) <= before


def test_a_killed_server_takes_its_calls_along_and_the_next_gets_another(scratch: Path) -> None:
    mark = "86395.5"
    with WarmCrew(1) as crew:
        server = crew.submit(eval, "__import__('os').getppid()").result()
        hanging = crew.submit(eval, f"__import__('subprocess').run(['setsid', '-w', 'sleep', '{mark}'])")
        waiting = crew.submit(eval, "__import__('os').getppid()")
        assert wait_for(lambda: running([mark]), 60)
        os.kill(server, signal.SIGKILL)
        with pytest.raises(Died) as died:
            hanging.result(10)
        assert died.value.signal == 9
        assert waiting.result(240) not in (server, os.getpid())
        assert not running([mark])


KILLED = """
import os, sys
from govnb.crew.spawned import SpawnedCrew
from govnb.crew.warm import WarmCrew
crew = WarmCrew(2)
child = "__import__('subprocess').run(['setsid', '-w', 'sleep', '{mark}'])"
futures = [crew.submit(eval, child) for _ in range(2)]
futures[0].result()
"""


@pytest.mark.parametrize("kind", [WarmCrew, SpawnedCrew])
def test_a_killed_parent_leaves_nothing(kind: type[WarmCrew | SpawnedCrew], tmp_path: Path) -> None:
    """Demand 7: no process, no temporary file."""
    mark = "86394.5" if kind is WarmCrew else "86394.75"
    code = KILLED.format(mark=mark, kind=kind.__name__, module=kind.__module__.rpartition(".")[2])
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as parent:
        try:
            assert wait_for(lambda: len(running([mark])) >= 2, 120)
        finally:
            parent.kill()
    assert wait_for(lambda: not running([mark, str(tmp_path)]) and not list(tmp_path.iterdir()), 30)


def test_a_process_that_can_not_come_up_is_told_and_not_tried_for_ever(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    for kind in (WarmCrew, SpawnedCrew):
        with kind(1) as crew:
            first, second = crew.submit(len, "x"), crew.submit(len, "y")
            with pytest.raises(Died):
                first.result(30)
            assert second.cancelled() or isinstance(second.exception(30), Died)


def test_what_nobody_foresaw_of_an_answer_ends_its_call_and_holds_nobody_up(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that hears is the only one who could tell: it never ends without a word."""
    for kind in (WarmCrew, SpawnedCrew):
        with kind(1) as crew:
            assert crew.submit(len, "xy").result(120) == 2
            with monkeypatch.context() as patch:
                patch.setattr(f"{kind.__module__}.read_outcome", lambda payload: 1 // 0)
                with pytest.raises(Died):
                    crew.submit(len, "x").result(30)
            assert crew.submit(len, "xyz").result(240) == 3


def test_stopping_waits_for_no_server_that_does_not_listen(scratch: Path) -> None:
    """Also where a call is being told to it, and it takes no byte more."""
    crew = WarmCrew(2)
    server = crew.submit(eval, "__import__('os').getppid()").result(120)
    os.kill(server, signal.SIGSTOP)
    telling = threading.Thread(target=crew.submit, args=(len, "x" * 5_000_000), daemon=True)
    telling.start()
    time.sleep(0.3)
    begun = time.monotonic()
    crew.stop()
    assert time.monotonic() - begun < 20
    assert crew.was_forced
    telling.join(5)
    assert not telling.is_alive()
    assert not Path(f"/proc/{server}").exists()


FORKS = """
def call():
    import os

    def forked(work):
        if not (pid := os.fork()):
            try:
                work()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)

    def cells():
        opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]  # the number of the pipe among them
        forked(lambda: [os.fstat(each) for each in opened] and open({path!r}, "w").write("all open"))

    forked(cells)
call()
"""


def test_what_cells_fork_keeps_all_its_descriptors(warm: WarmCrew, tmp_path: Path) -> None:
    """The pipe of a call's result is closed in the fork that runs cells; further down its number is another's."""
    path = tmp_path / "told"
    warm.submit(exec, FORKS.format(path=str(path))).result(60)
    assert path.read_text() == "all open"


def own_memory(pid: int) -> int:
    """Bytes of a process that are in no file, whoever shares them."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:"))


def test_the_server_does_not_grow_with_what_it_hands_on(warm: WarmCrew) -> None:
    """Demand 7: nothing of a call is kept, neither of a large one nor of many."""
    server = warm.submit(eval, "__import__('os').getppid()").result(120)
    for future in [warm.submit(eval, "'x' * 300_000") for _ in range(20)]:
        future.result(60)
    before = own_memory(server)
    for future in [warm.submit(eval, "'x' * 300_000") for _ in range(280)]:
        future.result(60)
    assert own_memory(server) <= before + (2 << 20)
