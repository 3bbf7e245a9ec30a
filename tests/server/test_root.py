"""What a root's worker does with jobs that meet: none that a person asked for is lost."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from mindgap_indexer.errors import StoreBusyError, StoreError, WorkspaceError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.paths import index_folder
from mindgap_indexer.types import CancelCheck, IndexSummary, ProgressCallback
from mindgap_indexer.watching import Watcher
from mindgap_indexer.workspace import Workspace
from mindgap_server.options import ServerOptions
from mindgap_server.session import State, opening
from mindgap_server.session import root as root_module
from mindgap_server.session.following import Follower
from mindgap_server.session.standing import Standing
from tests.conftest import WriteTree
from tests.server.session_fakes import (
    DEADLINE,
    PARSE,
    SORT,
    UNWATCHED,
    HoldingOpener,
    RecordingBar,
    ask,
    eventually,
    folder_of,
    names,
    open_tiny,
    started,
    wait_for,
)

WITHOUT_B = ServerOptions(watch=UNWATCHED.watch, exclude=("b.py",))
"""Options that open a folder anew."""
TREE = {"a.py": PARSE, "b.py": SORT}


class HeldOpener:
    """Opens nothing until it is let go: what is asked of a root meanwhile waits."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()
        self.opened = 0

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        self.entered.set()
        assert self.go.wait(DEADLINE)
        self.opened += 1
        return open_tiny(folder, options)


class CountingOpener:
    """Counts how often the folder was opened."""

    def __init__(self) -> None:
        self.opened = 0

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        self.opened += 1
        return open_tiny(folder, options)


def test_new_options_do_not_keep_an_index_that_was_to_be_deleted(write_tree: WriteTree) -> None:
    opener = HeldOpener()
    with started(write_tree(TREE), opener=opener) as (session, _):
        assert opener.entered.wait(DEADLINE)
        session.purge(None, rebuild=False)
        session.configure(WITHOUT_B)
        opener.go.set()
        eventually(lambda: session.status()[0].state in (State.READY, State.PAUSED))
        with pytest.raises(WorkspaceError, match="was deleted"):
            ask(session, "parse_config")
        session.reindex()
        wait_for(session, State.READY)
        assert {item.hit.path for item in ask(session, "sort_list").hits} <= {"a.py"}


def test_new_options_count_for_an_index_that_was_to_be_built_anew(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[Path] = []
    remove = opening.remove_index

    def noting(folder: Path) -> None:
        removed.append(folder)
        remove(folder)

    monkeypatch.setattr(root_module, "remove_index", noting)
    root, opener = write_tree(TREE), HeldOpener()
    with started(root, opener=opener) as (session, _):
        assert opener.entered.wait(DEADLINE)
        session.purge(None, rebuild=True)
        session.configure(WITHOUT_B)
        opener.go.set()
        eventually(lambda: opener.opened == 2)
        wait_for(session, State.READY)
        assert removed == [root]
        assert {item.hit.path for item in ask(session, "sort_list").hits} <= {"a.py"}


def test_new_options_do_not_resume_what_was_just_paused(write_tree: WriteTree) -> None:
    opener = HeldOpener()
    with started(write_tree(TREE), opener=opener) as (session, _):
        assert opener.entered.wait(DEADLINE)
        session.pause()
        session.configure(WITHOUT_B)
        opener.go.set()
        eventually(lambda: opener.opened == 2)
        wait_for(session, State.PAUSED)
        assert names(ask(session, "parse_config")) == []
        session.reindex()
        wait_for(session, State.READY)
        assert {item.hit.path for item in ask(session, "sort_list").hits} <= {"a.py"}


@pytest.mark.parametrize("rebuild", [False, True])
def test_pausing_does_not_keep_an_index_that_was_to_be_deleted(write_tree: WriteTree, rebuild: bool) -> None:
    opener = HeldOpener()
    with started(write_tree(TREE), opener=opener) as (session, _):
        assert opener.entered.wait(DEADLINE)
        session.purge(None, rebuild=rebuild)
        session.pause()
        opener.go.set()
        wait_for(session, State.PAUSED)
        with pytest.raises(WorkspaceError, match="was deleted"):
            ask(session, "parse_config")


def test_searches_that_fail_do_not_put_off_the_next_try(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_module, "RETRY_SECONDS", 0.3)
    busy = threading.Event()
    busy.set()

    def opener(folder: Path, options: IndexOptions) -> Workspace:
        workspace = open_tiny(folder, options)
        index = workspace.index

        def busy_index(progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
            if busy.is_set():
                raise StoreBusyError("Another Mindgap is indexing.")
            return index(progress, cancelled)

        def unreadable(*_: object) -> None:
            raise StoreError("The index cannot be read.")

        workspace.__dict__.update(index=busy_index, prospects=unreadable)
        return workspace

    with started(write_tree(TREE), opener=opener) as (session, _):
        eventually(lambda: session.status()[0].message == "Another Mindgap is indexing.")
        busy.clear()

        def ready_after_a_search() -> bool:
            with pytest.raises(StoreError, match="cannot be read"):
                ask(session, "parse_config")
            return session.status()[0].state is State.READY

        eventually(ready_after_a_search)


class ForgetfulFollower(Follower):
    """The worker stops to follow changes whenever somebody looks who does."""

    _present: Watcher | None = None

    @property
    def _watcher(self) -> Watcher | None:
        present, self._present = self._present, None
        return present

    @_watcher.setter
    def _watcher(self, watcher: Watcher | None) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._present = watcher


class NotedChanges(Watcher):
    def __init__(self) -> None:
        self.noted: list[str] = []

    def notify(self, path: str) -> None:
        self.noted.append(path)


def test_a_change_that_the_client_saw_may_meet_the_end_of_following(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, watcher = write_tree(TREE), NotedChanges()
    with open_tiny(root, IndexOptions()) as workspace:
        monkeypatch.setattr(workspace, "watch", Mock(return_value=watcher))
        standing = Standing(folder_of(root), lambda: None)
        follower = ForgetfulFollower(
            standing, lambda: RecordingBar("", lambda: None), lambda: False, lambda: None
        )
        follower.start(workspace)
        follower.notify(root / "a.py")
        follower.notify(root / "b.py")  # nobody follows any more
    assert watcher.noted == [str(root / "a.py")]


def test_new_options_do_not_resume_what_is_paused(write_tree: WriteTree) -> None:
    opener = CountingOpener()
    with started(write_tree(TREE), opener=opener) as (session, reporter):
        wait_for(session, State.READY)
        session.pause()
        wait_for(session, State.PAUSED)
        session.configure(WITHOUT_B)
        eventually(lambda: opener.opened == 2)
        wait_for(session, State.PAUSED)
        write_tree({"c.py": "def late(): ...\n"})
        session.configure(UNWATCHED)
        eventually(lambda: opener.opened == 3)
        wait_for(session, State.PAUSED)
        assert "late" not in names(ask(session, "late"))
        assert len(reporter.bars) == 1
        session.reindex()
        wait_for(session, State.READY)
        assert "late" in names(ask(session, "late"))
        session.configure(WITHOUT_B)
        eventually(lambda: len(reporter.bars) == 3)
        wait_for(session, State.READY)


def test_new_options_do_not_bring_a_deleted_index_back(write_tree: WriteTree) -> None:
    opener = CountingOpener()
    root = write_tree(TREE)
    with started(root, opener=opener) as (session, _):
        wait_for(session, State.READY)
        session.purge(None, rebuild=False)
        wait_for(session, State.PAUSED)
        session.configure(WITHOUT_B)
        session.pause()
        time.sleep(0.1)
        (report,) = session.status()
        assert (report.state, opener.opened, index_folder(root).exists()) == (State.PAUSED, 1, False)
        assert report.message == "The index of workspace was deleted. Reindex to build it again."
        session.reindex()
        wait_for(session, State.READY)
        assert {item.hit.path for item in ask(session, "sort_list").hits} <= {"a.py"}


def test_new_options_do_not_resume_what_was_stopped_at_its_bar(write_tree: WriteTree) -> None:
    opener = HoldingOpener()
    with started(write_tree(TREE), opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].progress.total == 6)
        reporter.bars[0].cancel()
        session.configure(WITHOUT_B)
        eventually(lambda: len(opener.opened) == 2)
        wait_for(session, State.PAUSED)
        assert session.status()[0].message == "Indexing was paused at 3 of 6 files. Reindex to resume."
        opener.go.set()
