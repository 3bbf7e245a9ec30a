from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from mindgap_server import parent
from mindgap_server.parent import watch_process


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "LOOK_SECONDS", 0.01)


def watchers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mindgap-parent"]


def test_tells_that_a_process_has_ended_even_when_nobody_collects_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = threading.Event()
        watch_process(process.pid, gone.set)
        assert not gone.wait(0.1)
        process.kill()
        assert gone.wait(10)


def test_stops_looking_when_told() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        gone = threading.Event()
        stop = watch_process(process.pid, gone.set)
        stop()
        for thread in watchers():
            thread.join(10)
        process.kill()
    assert not gone.is_set()


def test_a_process_that_cannot_be_seen_is_not_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    gone = threading.Event()
    watch_process(process.pid, gone.set)
    for thread in watchers():
        thread.join(10)
    assert not gone.is_set()


@pytest.mark.parametrize("number", [-5, 10**12])
def test_a_number_that_names_no_process_is_no_failure(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[object] = []
    monkeypatch.setattr(threading, "excepthook", failures.append)
    stop = watch_process(number, lambda: None)
    stop()
    for thread in watchers():
        thread.join(10)
    assert failures == []
