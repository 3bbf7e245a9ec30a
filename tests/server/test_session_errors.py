"""Folders whose index is busy, damaged or cannot be opened: said, mended, tried again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from mindgap_indexer.errors import ModelError, StoreBusyError, StoreError
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.types import CancelCheck, IndexSummary, ProgressCallback
from mindgap_indexer.workspace import Workspace
from mindgap_server.session import State
from mindgap_server.session import root as root_module
from tests.conftest import WriteTree
from tests.server.session_fakes import (
    PARSE,
    SORT,
    HoldingOpener,
    ask,
    eventually,
    names,
    open_tiny,
    started,
    wait_for,
)


def test_a_missing_model_is_said_once_and_can_be_repaired(write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE, "two/b.py": SORT})
    broken = threading.Event()
    broken.set()

    def opener(folder: Path, options: IndexOptions) -> Workspace:
        if broken.is_set():
            raise ModelError("The model is gone. Install Mindgap again.")
        return open_tiny(folder, options)

    with started(root / "one", root / "two", opener=opener) as (session, reporter):
        wait_for(session, State.ERROR)
        eventually(lambda: bool(reporter.complaints))  # they are said right after
        assert reporter.complaints == ["The model is gone. Install Mindgap again."]
        assert session.status()[0].message == "The model is gone. Install Mindgap again."
        with pytest.raises(ModelError, match="The model is gone"):
            ask(session, "parse_config")
        broken.clear()
        session.reindex()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config"))[0] == "parse_config"


def test_one_broken_folder_leaves_the_others(write_tree: WriteTree) -> None:
    root = write_tree({"one/a.py": PARSE})
    with started(root / "one", root / "gone") as (session, reporter):
        eventually(lambda: {report.state for report in session.status()} == {State.READY, State.ERROR})
        assert names(ask(session, "parse_config")) == ["parse_config"]
        eventually(lambda: len(reporter.complaints) == 1)


def test_a_crash_is_logged_and_shown(write_tree: WriteTree, caplog: pytest.LogCaptureFixture) -> None:
    def opener(folder: Path, options: IndexOptions) -> Workspace:
        raise RuntimeError("boom")

    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        wait_for(session, State.ERROR)
        eventually(lambda: bool(reporter.complaints))  # they are said right after
        assert reporter.complaints == ["Indexing workspace failed: RuntimeError('boom'). The log says more."]
        assert any(record.exc_info and record.levelno == logging.ERROR for record in caplog.records)


class BusyOpener(HoldingOpener):
    """Opens workspaces that another process is indexing until this one is let go."""

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = super().__call__(folder, options)
        index = workspace.index

        def busy_index(progress: ProgressCallback, cancelled: CancelCheck) -> IndexSummary:
            if not self.go.is_set():
                raise StoreBusyError("Another Mindgap is indexing.")
            return index(progress, cancelled)

        workspace.__dict__["index"] = busy_index
        return workspace


def test_an_index_that_another_process_writes_is_tried_again(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(root_module, "RETRY_SECONDS", 0.01)
    opener = BusyOpener()
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        eventually(lambda: session.status()[0].message == "Another Mindgap is indexing.")
        assert session.status()[0].state is State.INDEXING
        assert names(ask(session, "parse_config")) == []
        opener.go.set()
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]
        assert (len(reporter.bars), reporter.complaints) == (1, [])


class FailingOpener:
    """Opens workspaces whose index gives errors until it is repaired, which may help."""

    def __init__(self, *, helps: bool) -> None:
        self.broken = threading.Event()
        self.helps = helps

    def __call__(self, folder: Path, options: IndexOptions) -> Workspace:
        workspace = open_tiny(folder, options)
        status, prospects = workspace.status, workspace.prospects

        def failing(work: Callable[..., object]) -> Callable[..., object]:
            def fails(*arguments: object) -> object:
                if self.broken.is_set():
                    raise StoreError("The index is damaged.")
                return work(*arguments)

            return fails

        def check(*, deeply: bool) -> list[str]:
            return ["a page is gone"] if deeply and self.broken.is_set() else []

        def repair() -> list[str]:
            if self.helps:
                self.broken.clear()
            return []

        workspace.__dict__.update(
            status=failing(status), prospects=failing(prospects), check=check, repair=repair
        )
        return workspace


def test_an_index_that_gives_errors_is_mended(
    write_tree: WriteTree, caplog: pytest.LogCaptureFixture
) -> None:
    opener = FailingOpener(helps=True)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        wait_for(session, State.READY)
        opener.broken.set()
        with pytest.raises(StoreError, match="damaged"):
            ask(session, "parse_config")
        eventually(lambda: not opener.broken.is_set())
        wait_for(session, State.READY)
        assert names(ask(session, "parse_config")) == ["parse_config"]
    assert "is degraded (a page is gone). What is affected is built anew." in caplog.text


def test_an_index_that_cannot_be_mended_is_an_error(write_tree: WriteTree) -> None:
    opener = FailingOpener(helps=False)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, reporter):
        wait_for(session, State.READY)
        opener.broken.set()
        assert session.status()[0].message == "The index is damaged."
        eventually(lambda: any("Mending did not help" in text for text in reporter.complaints))


def test_a_root_at_rest_looks_at_its_index(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_module, "PROBE_SECONDS", 0.01)
    opener = FailingOpener(helps=True)
    with started(write_tree({"a.py": PARSE}), opener=opener) as (session, _):
        wait_for(session, State.READY)
        opener.broken.set()
        eventually(lambda: not opener.broken.is_set())
        wait_for(session, State.READY)
