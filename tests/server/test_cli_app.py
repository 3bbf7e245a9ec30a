from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from mindgap_indexer import Cancelled, MindgapError
from mindgap_server import crash
from mindgap_server.cli import entry
from tests.conftest import WriteTree
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


@pytest.mark.parametrize("arguments", [["status"], ["serve"]])
def test_ctrl_c_while_the_command_is_loaded_ends_without_traceback(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    class Slow(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt if name in ("main", "serve_stdio") else AttributeError

    monkeypatch.setattr(sys, "argv", ["mindgap", *arguments])
    for name in ("mindgap_server.cli.app", "mindgap_server.start"):
        monkeypatch.setitem(sys.modules, name, Slow(name))
    with pytest.raises((SystemExit, KeyboardInterrupt)) as end:
        entry.main()
    assert isinstance(end.value, SystemExit)
    assert end.value.code == 130


@pytest.mark.skipif(sys.platform == "win32", reason="there a folder that is in use cannot be removed")
def test_a_current_folder_that_is_gone_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for command in ("status", "index", "search x", "doctor", "clear -y"):
        ran = run(*command.split())
        assert (ran.code, ran.out) == (1, "")
        assert ran.err == (
            "mindgap: The current folder does not exist any more. Change to another one, then try again.\n"
        )
    assert not crash.folder().exists()


@pytest.mark.parametrize("what", ["status --json", "status", "--version"])
def test_output_that_takes_nothing_is_one_sentence(
    run: Run, write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.chdir(write_tree({"a.py": "def one(): pass\n"}))
    monkeypatch.setattr(sys, "stdout", Full())
    ran = run(*what.split())
    assert ran.code == 1
    assert ran.err == (
        "mindgap: Standard output cannot be written (No space left on device). "
        "Send it elsewhere, then try again.\n"
    )
    assert not crash.folder().exists()


def test_an_error_of_another_file_is_no_error_of_the_output(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_status(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    assert run("status").err.startswith("mindgap: unexpected OSError: ")


def test_the_command_line_starts_without_what_it_does_not_need() -> None:
    script = "import json, sys, mindgap_server.cli.app; print(json.dumps(sorted(sys.modules)))"
    listed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    heavy = {"torch", "sentence_transformers", "tokenizers", "tree_sitter", "apsw", "pygls"}
    assert heavy.isdisjoint(json.loads(listed))
