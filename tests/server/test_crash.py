"""Crash reports: where it failed, and nothing of the workspace."""

from __future__ import annotations

import logging
import stat
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from mindgap_indexer.options import IndexOptions
from mindgap_indexer.workspace import Workspace
from mindgap_server import crash
from mindgap_server.crash import install, report_and_say, write_report
from mindgap_server.rpc import plain_errors

SECRET = "def users_own_code(): return 'hunter2'"


@pytest.fixture(autouse=True)
def nothing_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_written", set[str]())


def fail(text: str) -> None:
    try:
        Workspace.open(f"/no/such/{text}", IndexOptions())
    except Exception as error:
        raise RuntimeError(text) from error


def failure(text: str = SECRET) -> BaseException:
    with pytest.raises(RuntimeError) as caught:
        fail(text)
    return caught.value


def test_report_names_places_and_no_texts(mindgap_home: Path) -> None:
    file = write_report(failure(), "Indexing")
    assert file is not None
    assert file.parent == mindgap_home / "crashes"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text("utf-8")
    for part in ("doing: Indexing", "pygls: ", "mindgap_indexer/workspace.py:", "in open\n", "which led to"):
        assert part in text
    assert text.splitlines()[-1] == "RuntimeError"
    for part in (SECRET, "hunter2", "/no/such", "test_crash", str(Path.home())):
        assert part not in text


def test_a_failure_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    errors = [failure() for _ in range(3)]
    for error in errors:
        report_and_say(error, "A request")
    assert [record.getMessage().partition(". A report")[0] for record in caplog.records] == [
        "A request failed (RuntimeError)"
    ]


def test_old_reports_make_room(mindgap_home: Path) -> None:
    folder = mindgap_home / "crashes"
    folder.mkdir()
    for number in range(30):
        (folder / f"2001-{number:02}.txt").touch()
    assert write_report(failure(), "Indexing") is not None
    names = sorted(file.name for file in folder.iterdir())
    assert len(names) == crash.MAX_REPORTS
    assert names[0] == "2001-11.txt"


def test_a_folder_that_cannot_be_written_is_no_second_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MINDGAP_HOME", str(tmp_path / "file"))
    assert write_report(failure(), "Indexing") is None


def test_an_unexpected_error_of_a_request_is_reported(mindgap_home: Path) -> None:
    with pytest.raises(RuntimeError), plain_errors():
        raise RuntimeError(SECRET)
    (file,) = (mindgap_home / "crashes").iterdir()
    assert SECRET not in file.read_text("utf-8")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    def silent(*_: object) -> None: ...

    monkeypatch.setattr(sys, "excepthook", silent)
    monkeypatch.setattr(threading, "excepthook", silent)
    undo = install()
    yield
    undo()


@pytest.mark.usefixtures("installed")
def test_what_nobody_catches_is_reported(mindgap_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    thread = threading.Thread(target=fail, args=(SECRET,))
    thread.start()
    thread.join()
    error = failure()
    sys.excepthook(type(error), error, error.__traceback__)
    doings = [file.read_text("utf-8") for file in (mindgap_home / "crashes").iterdir()]
    assert len(doings) == 2
    assert all("RuntimeError" in text and SECRET not in text for text in doings)
