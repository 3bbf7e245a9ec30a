"""When the watcher hands over what, and how it starts and stops."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from mindgap_indexer.errors import StoreBusyError
from mindgap_indexer.watching import ChangeBatch, Watcher
from mindgap_indexer.watching import watcher as watching
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.indexer.watching.helpers import TIMEOUT, Batches, posix_only, settle, write


def test_a_batch_that_meets_another_process_comes_again(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "BUSY_SECONDS", 0.05)
    batches = Batches()

    def refuse_twice(batch: ChangeBatch) -> None:
        batches(batch)
        if len(batches.all) < 3:
            raise StoreBusyError("Another process indexes.")

    with Watcher(WorkspaceRules(root), refuse_twice, debounce_seconds=0.03):
        write(root / "src/new.py")
        batches.wait(lambda: len(batches.all) == 3)
    assert [batch.paths for batch in batches.all] == [frozenset({"src/new.py"})] * 3


def test_a_batch_waits_while_git_holds_its_lock_but_not_for_ever(root: Path, batches: Batches) -> None:
    write(root / ".git/HEAD")
    lock = write(root / ".git/index.lock", "")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.01, max_delay_seconds=0.2) as watcher:
        started = time.monotonic()
        watcher.notify("src/a.py")
        batches.wait_for("src/a.py")
        assert time.monotonic() - started >= 0.2 * watching.LOCK_PATIENCE
    batches.forget()
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.01, max_delay_seconds=TIMEOUT) as watcher:
        watcher.notify("src/a.py")
        lock.unlink()
        batches.wait_for("src/a.py")


def test_a_burst_is_one_batch(root: Path, batches: Batches) -> None:
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.7, max_delay_seconds=TIMEOUT):
        for number in range(300):
            write(root / f"src/f{number}.py")
        batches.wait(lambda: bool(batches.all))
    assert batches.all == [ChangeBatch(frozenset(f"src/f{number}.py" for number in range(300)), False)]


def test_a_branch_switch_is_one_batch(root: Path, batches: Batches) -> None:
    write(root / ".git/HEAD", "ref: refs/heads/main\n")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.5, max_delay_seconds=TIMEOUT):
        lock = write(root / ".git/index.lock")
        for number in range(50):
            write(root / f"src/f{number}.py")
        write(root / ".git/HEAD.lock", "ref: refs/heads/other\n").replace(root / ".git/HEAD")
        lock.unlink()
        batches.wait(lambda: bool(batches.all))
    assert batches.all == [ChangeBatch(frozenset(f"src/f{number}.py" for number in range(50)), True)]


def test_too_many_changes_ask_for_a_rescan(
    root: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MAX_PATHS", 20)
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.5, max_delay_seconds=TIMEOUT) as watcher:
        for number in range(21):
            watcher.notify(f"src/f{number}.py")
        batches.wait(lambda: bool(batches.all))
    assert batches.all == [ChangeBatch(frozenset(), True)]


def test_a_batch_does_not_wait_longer_than_the_maximum(root: Path, batches: Batches) -> None:
    rules = WorkspaceRules(root)
    with Watcher(rules, batches, debounce_seconds=100 * TIMEOUT, max_delay_seconds=0.05) as watcher:
        watcher.notify("src/a.py")
        batches.wait_for("src/a.py")


def test_a_batch_waits_until_things_come_to_rest(root: Path, batches: Batches) -> None:
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.2, max_delay_seconds=TIMEOUT) as watcher:
        started = time.monotonic()
        watcher.notify("src/a.py")
        batches.wait_for("src/a.py")
        assert time.monotonic() - started >= 0.2


def test_an_error_in_the_handler_is_logged_and_the_watcher_lives_on(
    root: Path, batches: Batches, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_first(batch: ChangeBatch) -> None:
        batches(batch)
        if len(batches.all) == 1:
            raise RuntimeError("broken handler")

    with Watcher(WorkspaceRules(root), fail_first, debounce_seconds=0.01) as watcher:
        watcher.notify("src/a.py")
        batches.wait_for("src/a.py")
        watcher.notify("src/b.py")
        batches.wait_for("src/b.py")
    assert "broken handler" in caplog.text


def test_an_error_in_judging_an_event_is_logged_and_asks_for_a_rescan(
    root: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rules = WorkspaceRules(root)

    def broken(path: str) -> bool:
        raise RuntimeError(f"cannot judge {path}")

    with Watcher(rules, batches, debounce_seconds=0.01):
        with monkeypatch.context() as patch:
            patch.setattr(rules, "changed_rules", broken)
            write(root / "src/b.py")
            batches.wait_for_rescan()
        settle(root, batches)
    assert "cannot judge src/b.py" in caplog.text


def test_notify_takes_paths_of_every_kind(root: Path, batches: Batches, watcher: Watcher) -> None:
    watcher.notify("src/gone.py")
    watcher.notify(str(root / "src/a.py"))
    watcher.notify(str(root / "src/../lib"))
    watcher.notify("node_modules/x/index.js")
    watcher.notify(str(root.parent / "outside.py"))
    watcher.notify("../outside.py")
    watcher.notify("out/gone")
    watcher.notify("src/last.py")
    batches.wait_for("src/last.py")
    assert batches.paths() == {"src/gone.py", "src/a.py", "lib", "src/last.py"}


@posix_only
def test_notify_takes_a_path_that_leads_through_a_link(
    root: Path, batches: Batches, watcher: Watcher
) -> None:
    (root.parent / "link").symlink_to(root)
    watcher.notify(str(root.parent / "link/src/a.py"))
    batches.wait_for("src/a.py")


def test_notify_of_an_ignore_file_asks_for_a_rescan(batches: Batches, watcher: Watcher) -> None:
    watcher.notify(".gitignore")
    batches.wait_for_rescan()


def test_stop_ends_all_threads_and_reports_nothing_more(root: Path, batches: Batches) -> None:
    before = set(threading.enumerate())
    watcher = Watcher(
        WorkspaceRules(root), batches, debounce_seconds=100 * TIMEOUT, max_delay_seconds=TIMEOUT * 100
    )
    watcher.start()
    watcher.start()
    watcher.notify("src/a.py")
    watcher.stop()
    watcher.stop()
    assert set(threading.enumerate()) == before
    assert batches.all == []


def test_a_watcher_can_be_stopped_by_its_handler_and_started_again(root: Path, batches: Batches) -> None:
    def stop_at_once(batch: ChangeBatch) -> None:
        stopping.stop()
        batches(batch)

    before = set(threading.enumerate())
    stopping = Watcher(WorkspaceRules(root), stop_at_once, debounce_seconds=0.01)
    for path in ("src/a.py", "src/b.py"):
        stopping.start()
        stopping.notify(path)
        batches.wait_for(path)
    for thread in set(threading.enumerate()) - before:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    assert batches.paths() == {"src/a.py", "src/b.py"}
