"""A parse that does not come to an end is ended, told and remembered; nothing else waits for it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mindgap_indexer import crew, guard
from mindgap_indexer.guard import Guard
from mindgap_indexer.helper import Helper, HelperEndedError, limited_cpu
from mindgap_indexer.languages import by_name
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.parsing import parse_source
from mindgap_indexer.workspace import Workspace
from tests import hanging
from tests.conftest import WriteTree
from tests.fakes import hash_model

SOUND = b"def sound():\n    return 1\n"
PYTHON = by_name("python")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the system")


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    """A guard over a parser that hangs where it is told to, in everybody's place, with little patience."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parents[2]), *sys.path])
    monkeypatch.setattr(guard, "CPU_SECONDS", 1.0)
    instance = Guard("tests.hanging:serve")
    monkeypatch.setattr("mindgap_indexer.guard.parse", instance.parse)
    monkeypatch.setattr("mindgap_indexer.guard.warm", instance.warm)
    yield instance
    instance.end()


def test_units_come_through_unchanged(guarded: Guard) -> None:
    assert guarded.parse(SOUND, PYTHON, "x") == parse_source(SOUND, PYTHON, "x")


@posix_only
@pytest.mark.parametrize("mark", [hanging.HANGS, hanging.CRASHES, hanging.EATS])
def test_what_does_not_come_to_an_end_is_ended(guarded: Guard, mark: bytes) -> None:
    ended = guarded.parse(mark + SOUND, PYTHON, "x")
    assert ended.hangs
    assert ended.units == ()
    assert guarded.parse(SOUND, PYTHON, "x").units


def test_where_computing_is_not_counted_waiting_is(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "CPU_SECONDS", 1_000.0)
    monkeypatch.setattr(guard, "WALL_SECONDS", 1.0)
    guarded.warm()
    assert guarded.parse(hanging.HANGS, PYTHON, "x").hangs


@posix_only
def test_a_process_that_somebody_ended_is_no_fault_of_the_file(guarded: Guard) -> None:
    guarded.warm()
    (helper,) = guarded._idle  # pyright: ignore[reportPrivateUsage]
    os.kill(helper._process.pid, signal.SIGTERM)  # pyright: ignore[reportPrivateUsage]
    helper._process.wait()  # pyright: ignore[reportPrivateUsage]
    assert [unit.name for unit in guarded.parse(SOUND, PYTHON, "x").units] == ["sound"]


def test_without_a_process_it_parses_here(guarded: Guard, caplog: pytest.LogCaptureFixture) -> None:
    broken = Guard("tests.hanging:serve_and_leave")
    assert broken.parse(SOUND, PYTHON, "x").units
    assert "does not start" in caplog.text
    broken.end()


def test_where_no_process_can_be_started_it_parses_here(
    guarded: Guard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    guarded.warm()
    assert guarded.parse(SOUND, PYTHON, "x").units
    assert "No process could be started" in caplog.text


def test_one_idle_process_is_kept(guarded: Guard) -> None:
    for _ in range(3):
        guarded.parse(SOUND, PYTHON, "x")
        guarded.warm()
    assert len(guarded._idle) == 1  # pyright: ignore[reportPrivateUsage]


def test_nobody_waits_for_a_file_without_end(guarded: Guard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "WALL_SECONDS", 600.0)
    monkeypatch.setattr(guard, "CPU_SECONDS", 600.0)
    monkeypatch.setattr(guard, "TURN_SECONDS", 0.05)
    helper = guarded._take()  # pyright: ignore[reportPrivateUsage]
    request = (guard.Task.PARSE, hanging.HANGS, "python", "x", 600.0)
    with ThreadPoolExecutor(1) as stuck:
        waiting = stuck.submit(helper.ask, request, 600.0)
        assert guarded.parse(SOUND, PYTHON, "x").units
        assert not waiting.done()
        helper.end()
        with pytest.raises(HelperEndedError):
            waiting.result()


def test_a_helper_that_is_gone_says_so() -> None:
    helper = Helper("tests.hanging:serve")
    helper.end()
    with pytest.raises(HelperEndedError):
        helper.ask("anything")


@posix_only
def test_a_file_that_hangs_is_told_and_remembered(
    guarded: Guard, write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = write_tree({"sound.py": SOUND, "bad.py": hanging.CRASHES + SOUND})
    with Workspace.open(root, model=hash_model()) as workspace:
        summary = workspace.index()
        assert summary.skipped == {"hangs": 1}
        assert [(skipped.reason, skipped.examples) for skipped in workspace.skipped()] == [
            ("hangs", ("bad.py",))
        ]
        assert "bad.py is left out until it changes" in caplog.text
        (root / "bad.py").touch()
        monkeypatch.setattr("mindgap_indexer.batches.prepare_file", None)
        assert workspace.index().skipped == {"hangs": 1}  # not tried again
        monkeypatch.undo()
        (root / "bad.py").write_bytes(SOUND.replace(b"sound", b"mended"))
        assert workspace.index().skipped == {}
        assert workspace.search("mended").hits[0].name == "mended"


@posix_only
def test_a_buffer_that_hangs_answers_nothing(guarded: Guard, write_tree: WriteTree) -> None:
    with Workspace.open(write_tree({"sound.py": SOUND}), model=hash_model()) as workspace:
        workspace.index()
        workspace.set_overlay("sound.py", hanging.CRASHES)
        assert workspace.search("sound").hits == ()
        workspace.clear_overlay("sound.py")
        assert [hit.name for hit in workspace.search("sound").hits] == ["sound"]


@posix_only
def test_helpers_that_hang_are_replaced_and_the_file_is_left_out(
    guarded: Guard, write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mindgap_indexer.indexing.CREW_BYTES", 1)
    monkeypatch.setattr("mindgap_indexer.batches.BATCH_FILES", 4)
    monkeypatch.setattr(crew, "ENTRY", "tests.hanging:serve_crew")
    files: dict[str, str | bytes] = {f"m{n}.py": f"def work_{n}():\n    return {n}\n" for n in range(12)}
    root = write_tree(files | {"bad.py": hanging.CRASHES + SOUND})
    options = IndexOptions(workers=2)
    with Workspace.open(root, options, hash_model()) as workspace:
        summary = workspace.index()
    assert (summary.units, summary.skipped) == (12, {"hangs": 1})


@posix_only
def test_computing_is_counted_from_the_file_on() -> None:
    # Not from the start of the process, as a limit of the system does: a worker lives for hours.
    with limited_cpu(30.0):
        left, _ = signal.getitimer(signal.ITIMER_PROF)
    assert 29.0 < left < 30.5
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@posix_only
def test_ctrl_c_in_a_shell_is_not_for_helpers(guarded: Guard, capfd: pytest.CaptureFixture[str]) -> None:
    guarded.warm()
    (helper,) = guarded._idle  # pyright: ignore[reportPrivateUsage]
    for _ in range(50):  # from its birth on: while it starts, it could only print a traceback
        os.kill(helper._process.pid, signal.SIGINT)  # pyright: ignore[reportPrivateUsage]
        time.sleep(0.01)
    assert guarded.parse(SOUND, PYTHON, "x").units
    assert guarded._idle == [helper]  # pyright: ignore[reportPrivateUsage]
    assert capfd.readouterr().err == ""
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
