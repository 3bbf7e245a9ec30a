"""Large changes on disk, which the watcher's thread brings into the index: they stop, are shown, not lost."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from mindgap_indexer import batches
from mindgap_indexer.encoding import EmbeddingModel, Projection
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import Float32, Passage
from mindgap_indexer.watching import watcher as watcher_module
from mindgap_indexer.workspace import Workspace
from mindgap_server.options import IndexingOptions, ServerOptions
from mindgap_server.session import Session, State
from tests.conftest import WriteTree
from tests.fakes import HashEncoder
from tests.server.session_fakes import PARSE, ask, eventually, names, open_tiny, started, wait_for

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="about inotify")
MANY = 100
SLOW_SECONDS = 0.1
BEFORE = {f"m{i}.py": f"def early_{i}(x):\n    return x + {i}\n" for i in range(MANY)}
AFTER = {f"m{i}.py": f"def late_{i}(x):\n    return x - {i}\n" for i in range(MANY)}


class SlowEncoder(HashEncoder):
    """Takes its time for each batch while that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.slow = threading.Event()
        self.slowed = 0

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        if self.slow.is_set():
            self.slowed += 1
            time.sleep(SLOW_SECONDS)
        return super().encode_units(passages)


class SlowOpener:
    """Opens workspaces that share one slow encoder."""

    def __init__(self) -> None:
        self.encoder = SlowEncoder()
        self.opened = 0

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        self.opened += 1
        projection = Projection.identity(self.encoder.dimension, self.encoder.fingerprint)
        return Workspace.open(folder, options, EmbeddingModel(self.encoder, projection))


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch) -> SlowOpener:
    monkeypatch.setattr(batches, "BATCH_FILES", 1)
    return SlowOpener()


def all_found(session: Session) -> bool:
    """The index is what it would be without the interruption."""
    index = session.status()[0].index
    found = [names(ask(session, f"late_{i}"))[:1] for i in (0, MANY // 2, MANY - 1)]
    return bool(index and index.units == MANY) and found == [[f"late_{i}"] for i in (0, MANY // 2, MANY - 1)]


def begin(session: Session, opener: SlowOpener, change: Callable[[], object]) -> None:
    """Change so much on disk that it takes long, and wait until that is under way."""
    opener.encoder.slow.set()
    change()
    eventually(lambda: opener.encoder.slowed > 1)


def test_a_pause_does_not_wait_for_them(write_tree: WriteTree, opener: SlowOpener) -> None:
    with started(write_tree(BEFORE), options=ServerOptions(), opener=opener) as (session, _):
        wait_for(session, State.READY)
        begin(session, opener, lambda: write_tree(AFTER))
        session.pause()
        wait_for(session, State.PAUSED)
        assert opener.encoder.slowed < MANY // 2
        opener.encoder.slow.clear()
        session.reindex()
        wait_for(session, State.READY)
        assert all_found(session)


def test_nor_does_the_end_of_the_index(write_tree: WriteTree, opener: SlowOpener) -> None:
    with started(write_tree(BEFORE), options=ServerOptions(), opener=opener) as (session, _):
        wait_for(session, State.READY)
        begin(session, opener, lambda: write_tree(AFTER))
        session.purge(None, rebuild=True)
        eventually(lambda: opener.opened == 2)
        assert opener.encoder.slowed < MANY // 2
        opener.encoder.slow.clear()
        wait_for(session, State.READY)
        assert all_found(session)


@pytest.mark.parametrize("on_startup", [True, False])
def test_nor_do_new_options(write_tree: WriteTree, opener: SlowOpener, on_startup: bool) -> None:
    options = ServerOptions(index=IndexingOptions(on_startup=on_startup))
    with started(write_tree(BEFORE), options=options, opener=opener) as (session, _):
        session.reindex()
        wait_for(session, State.READY)
        begin(session, opener, lambda: write_tree(AFTER))
        session.configure(replace(options, max_file_size=500_000))
        eventually(lambda: opener.opened == 2)
        assert opener.encoder.slowed < MANY // 2
        opener.encoder.slow.clear()
        eventually(lambda: all_found(session))
        wait_for(session, State.READY)


def test_nor_does_the_end_of_the_session(write_tree: WriteTree, opener: SlowOpener) -> None:
    with started(write_tree(BEFORE), options=ServerOptions(), opener=opener) as (session, _):
        wait_for(session, State.READY)
        begin(session, opener, lambda: write_tree(AFTER))
    assert opener.encoder.slowed < MANY // 2


def test_they_are_shown_while_they_last_and_can_be_paused(write_tree: WriteTree, opener: SlowOpener) -> None:
    root = write_tree({**{f"late/{name}": text for name, text in AFTER.items()}, ".mindgapignore": "late/\n"})
    with started(root, options=ServerOptions(), opener=opener) as (session, reporter):
        wait_for(session, State.READY)
        begin(session, opener, lambda: (root / ".mindgapignore").unlink())
        eventually(lambda: session.status()[0].progress.done > 1)
        (report,) = session.status()
        assert (report.state, report.progress.total) == (State.INDEXING, MANY)
        answer = ask(session, "late_1")
        assert answer.indexing
        assert 0 < answer.coverage < 1
        bar = reporter.bars[-1]
        assert (bar.title, bar.ended) == ("Indexing workspace", None)
        bar.cancel()
        wait_for(session, State.PAUSED)
        assert bar.ended == "stopped"
        assert opener.encoder.slowed < MANY // 2
        opener.encoder.slow.clear()
        session.reindex()
        wait_for(session, State.READY)
        assert all_found(session)


def test_the_state_is_ready_again_afterwards(write_tree: WriteTree) -> None:
    root = write_tree({"late/a.py": PARSE, ".mindgapignore": "late/\n"})
    with started(root, options=ServerOptions(), opener=open_tiny) as (session, reporter):
        wait_for(session, State.READY)
        (root / ".mindgapignore").unlink()
        eventually(lambda: {bar.ended for bar in reporter.bars[1:]} == {"done"})
        assert names(ask(session, "parse_config")) == ["parse_config"]
        wait_for(session, State.READY)


def test_a_small_change_shows_nothing(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    with started(root, options=ServerOptions()) as (session, reporter):
        wait_for(session, State.READY)
        write_tree({"b.py": "def late(): ...\n"})
        eventually(lambda: "late" in names(ask(session, "late")))
        assert len(reporter.bars) == 1


def test_what_was_cancelled_comes_again_while_the_folder_is_followed(write_tree: WriteTree) -> None:
    root = write_tree({"a.py": PARSE})
    unwanted, refused = threading.Event(), threading.Event()
    unwanted.set()

    def cancelled() -> bool:
        if unwanted.is_set():
            refused.set()
        return unwanted.is_set()

    with open_tiny(root, IndexOptions()) as workspace:
        workspace.index()
        watcher = workspace.watch(cancelled=cancelled)
        try:
            write_tree({"b.py": "def late(): ...\n"})
            assert refused.wait(10)
            unwanted.clear()
            eventually(lambda: workspace.status().units == 2)
        finally:
            assert not watcher.stop()


def test_a_watcher_says_whether_it_leaves_something_undone(write_tree: WriteTree) -> None:
    root, asked = write_tree({"a.py": PARSE}), threading.Event()

    def cancelled() -> bool:
        asked.set()
        return True

    with open_tiny(root, IndexOptions()) as workspace:
        workspace.index()
        watcher = workspace.watch(cancelled=cancelled)
        write_tree({"b.py": "def late(): ...\n"})
        assert asked.wait(10)
        assert watcher.stop()


@linux_only
def test_a_folder_that_is_gone_is_said_and_followed_again_when_it_is_back(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher_module, "POLL_SECONDS", 0.05)
    root = write_tree({"a.py": PARSE})
    with started(root, options=ServerOptions()) as (session, _):
        wait_for(session, State.READY)
        root.rename(root.parent / "aside")
        wait_for(session, State.ERROR)
        message = session.status()[0].message
        assert message == f"{root} cannot be read. Check that it is there and its permissions."
        (root.parent / "aside").rename(root)
        wait_for(session, State.READY)
        assert session.status()[0].message is None
        write_tree({"b.py": "def late(): ...\n"})
        eventually(lambda: "late" in names(ask(session, "late")))


@linux_only
def test_reindexing_follows_a_folder_that_was_replaced_unnoticed(write_tree: WriteTree) -> None:
    above = write_tree({"root/a.py": PARSE})
    root = above / "root"
    with started(root, options=ServerOptions()) as (session, _):
        wait_for(session, State.READY)
        above.rename(above.parent / "elsewhere")
        session.reindex()
        wait_for(session, State.ERROR)
        write_tree({"root/a.py": PARSE})
        session.reindex()
        eventually(lambda: names(ask(session, "parse_config")) == ["parse_config"])
        write_tree({"root/b.py": "def late(): ...\n"})
        eventually(lambda: "late" in names(ask(session, "late")))
