from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata

import pytest

from mindgap_indexer import Cancelled, MindgapError
from tests.server.cli_helpers import Run, runner

COMMANDS = ("search", "index", "status", "doctor", "clear", "serve")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    return runner(capsys, monkeypatch)


def failing_status(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("mindgap_indexer.workspace.Workspace.status", fail)


def test_the_version_is_that_of_the_package(run: Run) -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"mindgap {metadata.version('mindgap')}\n")


def test_help_names_every_command_and_the_exit_codes(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(command in ran.out for command in COMMANDS)
    assert "Exit codes" in ran.out
    assert "130" in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(run: Run, command: str) -> None:
    ran = run(command, "-h")
    assert ran.code == 0
    assert "Examples" in ran.out
    assert f"\n mindgap {command}" in ran.out


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    ran = run()
    assert "Usage: mindgap" in ran.out + ran.err


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    ran = run("serach")
    assert ran.code == 2
    assert "serach" in ran.err


def test_an_error_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_status(monkeypatch, MindgapError("The disk is full. Free some space."))
    ran = run("status")
    assert (ran.code, ran.out, ran.err) == (1, "", "mindgap: The disk is full. Free some space.\n")


def test_an_unexpected_error_says_how_to_see_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_status(monkeypatch, ZeroDivisionError("by zero"))
    ran = run("status")
    assert ran.code == 1
    assert ran.err.startswith("mindgap: unexpected ZeroDivisionError: by zero. ")
    assert "says where, for you to read and share; please report it." in ran.err
    assert ran.err.count("\n") == 1


def test_debugging_shows_the_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_status(monkeypatch, MindgapError("The disk is full."))
    monkeypatch.setenv("MINDGAP_DEBUG", "1")
    with pytest.raises(MindgapError):
        run("status")


def test_cancelled_work_says_that_the_next_run_continues(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_status(monkeypatch, Cancelled())
    ran = run("status")
    assert ran.code == 130
    assert "the next run continues" in ran.err


def test_a_key_press_on_ctrl_c_ends_without_traceback(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_status(monkeypatch, KeyboardInterrupt())
    ran = run("status")
    assert ran.code == 130
    assert "Traceback" not in ran.err


def test_the_command_line_starts_without_what_it_does_not_need() -> None:
    script = "import json, sys, mindgap_server.cli.app; print(json.dumps(sorted(sys.modules)))"
    listed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    heavy = {"torch", "sentence_transformers", "tokenizers", "tree_sitter", "apsw", "pygls"}
    assert heavy.isdisjoint(json.loads(listed))
