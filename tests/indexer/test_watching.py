"""The watcher, with real files; waiting is always for a batch or a condition, with a time limit."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mindgap_indexer.errors import StoreBusyError, WorkspaceError
from mindgap_indexer.watching import ChangeBatch, Watcher
from mindgap_indexer.watching import watcher as watching
from mindgap_indexer.workspace_rules import WorkspaceRules

TIMEOUT = 10.0
CODE = "def add(a, b):\n    return a + b\n"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="about inotify")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs links")


class Batches:
    """Collects the batches and lets a test wait for what it expects."""

    def __init__(self) -> None:
        self.all: list[ChangeBatch] = []
        self._arrived = threading.Condition()

    def __call__(self, batch: ChangeBatch) -> None:
        with self._arrived:
            self.all.append(batch)
            self._arrived.notify_all()

    def paths(self) -> set[str]:
        return {path for batch in self.all for path in batch.paths}

    def wait(self, expected: Callable[[], bool]) -> None:
        with self._arrived:
            assert self._arrived.wait_for(expected, TIMEOUT), self.all

    def wait_for(self, *paths: str) -> None:
        self.wait(lambda: set(paths) <= self.paths())

    def wait_for_rescan(self) -> None:
        self.wait(lambda: any(batch.rescan for batch in self.all))

    def forget(self) -> None:
        with self._arrived:
            self.all.clear()


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = Path(os.path.realpath(tmp_path)) / "root"
    write(folder / "src/a.py")
    write(folder / "node_modules/x/index.js")
    write(folder / ".gitignore", "out/\n*.gen.py\n")
    return folder


@pytest.fixture
def watcher(root: Path, batches: Batches) -> Iterator[Watcher]:
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03) as running:
        yield running


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


def write(file: Path, content: str = CODE) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def settle(root: Path, batches: Batches) -> None:
    """Wait until everything that happened so far was reported: a last change of ours comes after it."""
    write(root / "src/last.py")
    batches.wait_for("src/last.py")
    batches.forget()


def watched_folders() -> int:
    """How many watches the kernel holds for this process; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    lines = [line for file in Path("/proc/self/fdinfo").iterdir() for line in _lines(file)]
    return sum(line.startswith("inotify wd:") for line in lines)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


# Files and folders


@pytest.mark.usefixtures("watcher")
def test_a_file_that_is_created_changed_and_deleted_is_reported_each_time(
    root: Path, batches: Batches
) -> None:
    for content in (CODE, "x = 1\n"):
        write(root / "src/b.py", content)
        batches.wait_for("src/b.py")
        batches.forget()
    (root / "src/b.py").unlink()
    batches.wait_for("src/b.py")
    assert not any(batch.rescan for batch in batches.all)


@pytest.mark.usefixtures("watcher")
def test_a_renamed_file_is_reported_under_both_names(root: Path, batches: Batches) -> None:
    (root / "src/a.py").rename(root / "src/b.py")
    batches.wait_for("src/a.py", "src/b.py")


@pytest.mark.usefixtures("watcher")
def test_an_atomic_save_is_reported(root: Path, batches: Batches) -> None:
    write(root / "src/a.py.tmp").replace(root / "src/a.py")
    batches.wait_for("src/a.py")
    assert "src/a.py.tmp" not in batches.paths()


@pytest.mark.usefixtures("watcher")
def test_a_new_folder_is_reported_and_watched_however_deep(root: Path, batches: Batches) -> None:
    write(root / "lib/deep/er/c.py")
    batches.wait_for("lib")
    batches.forget()
    write(root / "lib/deep/er/d.py")
    batches.wait_for("lib/deep/er/d.py")


@pytest.mark.usefixtures("watcher")
def test_a_folder_that_is_moved_in_is_reported_and_watched(root: Path, batches: Batches) -> None:
    write(root.parent / "elsewhere/sub/c.py")
    (root.parent / "elsewhere").rename(root / "lib")
    batches.wait_for("lib")
    batches.forget()
    write(root / "lib/sub/c.py", "x = 1\n")
    batches.wait_for("lib/sub/c.py")


@pytest.mark.usefixtures("watcher")
def test_a_renamed_folder_is_reported_under_both_names_and_watched_under_the_new(
    root: Path, batches: Batches
) -> None:
    write(root / "src/sub/c.py")
    batches.wait_for("src/sub")
    settle(root, batches)
    (root / "src").rename(root / "lib")
    batches.wait_for("src", "lib")
    batches.forget()
    write(root / "lib/sub/c.py", "x = 1\n")
    batches.wait_for("lib/sub/c.py")
    assert "src/sub/c.py" not in batches.paths()


@pytest.mark.usefixtures("watcher")
def test_a_deleted_folder_is_reported_and_watched_again_when_it_comes_back(
    root: Path, batches: Batches
) -> None:
    shutil.rmtree(root / "src")
    batches.wait_for("src")
    batches.forget()
    write(root / "src/z.py")
    batches.wait_for("src")
    batches.forget()
    write(root / "src/z.py", "x = 1\n")
    batches.wait_for("src/z.py")


@pytest.mark.usefixtures("watcher")
def test_a_folder_that_is_moved_out_is_reported_and_no_longer_watched(root: Path, batches: Batches) -> None:
    before = watched_folders()
    (root / "src").rename(root.parent / "gone")
    batches.wait_for("src")
    batches.forget()
    write(root.parent / "gone/a.py", "x = 1\n")
    write(root / "last.py")
    batches.wait_for("last.py")
    assert batches.paths() == {"last.py"}
    assert watched_folders() in {before - 1, 0}


def test_a_folder_that_is_replaced_is_judged_anew(root: Path, batches: Batches) -> None:
    write(root / "env/pyvenv.cfg")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03):
        shutil.rmtree(root / "env")
        write(root / "env/a.py")
        batches.wait_for("env")


@pytest.mark.usefixtures("watcher")
@linux_only
def test_a_touched_folder_is_no_change(root: Path, batches: Batches) -> None:
    os.utime(root / "src")
    write(root / "last.py")
    batches.wait_for("last.py")
    assert batches.paths() == {"last.py"}


@pytest.mark.usefixtures("watcher")
def test_what_does_not_count_is_never_reported(root: Path, batches: Batches) -> None:
    write(root / "node_modules/x/index.js", "x")
    write(root / "node_modules/y/index.js")
    write(root / "out/c.py")
    write(root / "src/c.gen.py")
    write(root / "src/notes.txt")
    write(root / "src/.env.py")
    write(root / ".git/index")
    (root / "src/c.gen.py").unlink()
    shutil.rmtree(root / "node_modules")
    write(root / "src/last.py")
    batches.wait_for("src/last.py")
    # A repository began with .git; nothing else of the above is anybody's business.
    assert batches.paths() == {"src/last.py"}


@linux_only
def test_folders_that_do_not_count_are_not_watched(
    root: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    from watchdog.observers.inotify_c import InotifyFD

    add = InotifyFD.add_callback
    watched: list[str] = []

    def record(self: InotifyFD, path: bytes, *arguments: object) -> object:
        watched.append(os.fsdecode(path))
        return add(self, path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(InotifyFD, "add_callback", record)
    write(root / "out/c.py")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03):
        assert sorted(watched) == [str(root), str(root / "src")]
        (root / "node_modules/new").mkdir()
        (root / "src/new/node_modules/x").mkdir(parents=True)
        settle(root, batches)
    assert sorted(watched) == [str(root), str(root / "src"), str(root / "src/new")]


# Rules and repositories


@pytest.mark.usefixtures("watcher")
@pytest.mark.parametrize("name", [".gitignore", ".mindgapignore", "src/.gitignore"])
def test_a_changed_ignore_file_asks_for_a_rescan(root: Path, batches: Batches, name: str) -> None:
    write(root / name, "*.gen.py\n")
    batches.wait_for_rescan()


def test_changed_rules_hold_from_the_rescan_on(root: Path, batches: Batches) -> None:
    rules = WorkspaceRules(root)
    write(root / "out/deep/c.py")
    with Watcher(rules, batches, debounce_seconds=0.03):
        assert rules.admits_folder("out") is not None
        write(root / ".gitignore", "src/\n")
        batches.wait_for_rescan()
        assert rules.admits_folder("out") is None
        batches.forget()
        write(root / "src/a.py", "x = 1\n")
        write(root / "out/deep/c.py", "x = 1\n")
        batches.wait_for("out/deep/c.py")
        assert batches.paths() == {"out/deep/c.py"}
        # The root, out and out/deep; no longer src.
        assert watched_folders() in {3, 0}


@pytest.mark.usefixtures("watcher")
def test_a_virtual_environment_is_recognised_once_it_is_complete(root: Path, batches: Batches) -> None:
    write(root / "env/lib/x.py")
    batches.wait_for("env")
    write(root / "env/pyvenv.cfg", "home = /usr\n")
    batches.wait_for_rescan()
    settle(root, batches)
    write(root / "env/lib/y.py")
    write(root / "last.py")
    batches.wait_for("last.py")
    assert batches.paths() <= {"last.py", "src/last.py"}


def test_a_changed_head_asks_for_a_rescan(root: Path, batches: Batches) -> None:
    write(root / ".git/HEAD", "ref: refs/heads/main\n")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03):
        write(root / ".git/HEAD.lock", "ref: refs/heads/other\n").replace(root / ".git/HEAD")
        batches.wait_for_rescan()


def test_the_head_of_a_linked_work_tree_is_watched_where_git_keeps_it(root: Path, batches: Batches) -> None:
    kept = root.parent / "main/.git/worktrees/root"
    write(kept / "commondir", "../..\n")
    write(kept / "HEAD", "ref: refs/heads/main\n")
    write(root / ".git", f"gitdir: {kept}\n")
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03):
        write(kept / "HEAD", "ref: refs/heads/other\n")
        batches.wait_for_rescan()


@pytest.mark.parametrize("name", [".gitignore", ".git/info/exclude", ".git/HEAD"])
def test_rules_and_head_above_the_root_are_watched(root: Path, batches: Batches, name: str) -> None:
    write(root / ".git/HEAD", "ref: refs/heads/main\n")
    write(root / ".git/info/exclude", "\n")
    with Watcher(WorkspaceRules(root / "src"), batches, debounce_seconds=0.03):
        write(root / "beside.py")
        write(root / name, "*.gen.py\n")
        batches.wait_for_rescan()
    assert batches.paths() == set()


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


@pytest.mark.usefixtures("watcher")
@linux_only
def test_a_root_that_vanishes_asks_for_a_rescan(root: Path, batches: Batches) -> None:
    root.rename(root.parent / "gone")
    batches.wait_for_rescan()


@linux_only
@pytest.mark.parametrize("how", ["removed", "renamed", "replaced"])
def test_a_root_that_comes_back_is_watched_again(
    root: Path, batches: Batches, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.05)
    aside = root.parent / "aside"
    with Watcher(WorkspaceRules(root), batches, debounce_seconds=0.03) as watcher:
        assert not watcher.has_lost_root
        if how == "replaced":
            shutil.copytree(root, aside)
            root.rename(root.parent / "old")
            aside.rename(root)
        else:
            root.rename(aside)
            batches.wait_for_rescan()
            assert watcher.has_lost_root
            batches.forget()
            if how == "removed":
                shutil.rmtree(aside)
                write(root / "src/a.py")
            else:
                aside.rename(root)
        batches.wait_for_rescan()
        assert not watcher.has_lost_root
        write(root / "src/b.py")
        write(root / "c.py")
        batches.wait_for("src/b.py", "c.py")
        write(root / ".gitignore", "out/")
        batches.forget()
        batches.wait_for_rescan()
        write(root / "src/d.py")
        batches.wait_for("src/d.py")


@linux_only
def test_a_root_below_a_folder_that_is_renamed_can_be_seen_to_be_lost(
    tmp_path: Path, batches: Batches
) -> None:
    root = write(tmp_path / "above/root/a.py").parent
    with Watcher(WorkspaceRules(root), batches) as watcher:
        (tmp_path / "above").rename(tmp_path / "elsewhere")
        assert watcher.has_lost_root
        write(root / "a.py")
        assert watcher.has_lost_root  # it is another one


@linux_only
def test_a_root_that_cannot_be_read_is_said_in_a_sentence(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def scan(batch: ChangeBatch) -> None:
        if batch.rescan:
            raise WorkspaceError("It is gone.")

    with Watcher(WorkspaceRules(root), scan, debounce_seconds=0.01):
        write(root / ".gitignore", "out/")
        deadline = time.monotonic() + TIMEOUT
        while "It is gone." not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)
    (record,) = caplog.records
    assert record.message == "It is gone. Changes are followed again once it can be read."
    assert record.exc_info is None


# Batches


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


# Notify, start and stop


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


# Where the operating system does not help


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
