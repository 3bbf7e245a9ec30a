"""The watcher where the operating system does not help."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mindgap_indexer.watching import Watcher
from mindgap_indexer.watching import watcher as watching
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.indexer.watching.helpers import Batches, linux_only, write


@pytest.fixture
def exhausted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes every further watch fail as if the limit of inotify were reached."""
    from watchdog.observers.inotify_c import InotifyFD

    def fail(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(watching, "POLL_SECONDS", 0.05)
    return lambda: monkeypatch.setattr(InotifyFD, "add_callback", fail)


@linux_only
def test_without_watches_changes_are_found_by_polling(
    root: Path,
    batches: Batches,
    exhausted: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(root / ".git/HEAD", "ref: refs/heads/main\n")
    before = set(threading.enumerate())
    exhausted()
    scan = os.scandir
    listed: list[str] = []

    def record(folder: str) -> object:
        listed.append(folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", record)
    with caplog.at_level(logging.WARNING), Watcher(WorkspaceRules(root), batches, debounce_seconds=0.01):
        assert "inotify watch limit reached" in caplog.text
        assert "max_user_watches" in caplog.text
        write(root / "node_modules/x/new.js")
        write(root / "lib/deep/b.py")
        (root / "src/a.py").unlink()
        batches.wait_for("lib", "src/a.py")
        assert not any(batch.rescan or "node_modules" in str(batch) for batch in batches.all)
        write(root / ".git/HEAD", "ref: refs/heads/other\n")
        batches.wait_for_rescan()
    assert set(threading.enumerate()) == before
    assert str(root / "lib/deep") in listed
    assert str(root / "node_modules") not in listed


@linux_only
def test_when_watches_run_out_later_polling_takes_over(
    root: Path, batches: Batches, exhausted: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.01):
        exhausted()
        (root / "lib").mkdir()
        batches.wait_for_rescan()
        assert "inotify watch limit reached" in caplog.text
        batches.forget()
        write(root / "lib/b.py")
        batches.wait_for("lib/b.py")


@linux_only
def test_events_that_the_kernel_dropped_ask_for_a_rescan(
    root: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers.inotify_c import InotifyConstants, InotifyEvent, InotifyFD, WatchDescriptor

    overflow = InotifyEvent(WatchDescriptor(-1), InotifyConstants.IN_Q_OVERFLOW, 0, b"")
    read = InotifyFD.read_events

    def read_with_overflow(self: InotifyFD) -> list[InotifyEvent]:
        return [overflow, *read(self)]

    monkeypatch.setattr(InotifyFD, "read_events", read_with_overflow)
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.01):
        write(root / "src/b.py")
        batches.wait_for_rescan()
