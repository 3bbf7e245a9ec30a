"""Large updates in a process of their own."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from mindgap_indexer import apart
from mindgap_indexer.batches import BATCH_FILES
from mindgap_indexer.crew import Assignment
from mindgap_indexer.encoding import EmbeddingModel, Projection
from mindgap_indexer.errors import Cancelled, ModelError, StoreBusyError
from mindgap_indexer.helper import Helper
from mindgap_indexer.options import IndexOptions
from mindgap_indexer.paths import index_folder
from mindgap_indexer.types import Changes, Float32, Passage, Progress
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import HashEncoder, hash_model

FILES = {f"m{i}.py": f"def task_{i}(x):\n    return x + {i}\n" for i in range(12)}


class OwnEncoder(HashEncoder):
    """Encodes in any process but the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self._maker = os.getpid()

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        assert os.getpid() != self._maker
        return super().encode_units(passages)


class BrokenEncoder(HashEncoder):
    """Has an error for the person."""

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        raise ModelError(f"no passage of {len(passages)} can be encoded")


class SlowEncoder(HashEncoder):
    """Takes its time for each batch."""

    def encode_units(self, passages: Sequence[Passage]) -> Float32:
        time.sleep(0.5)
        return super().encode_units(passages)


def model_of(encoder: HashEncoder) -> EmbeddingModel:
    return EmbeddingModel(encoder, Projection.identity(encoder.dimension, encoder.fingerprint))


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindgap_indexer.workspace.CREW_BYTES", 0)


def open_apart(root: Path, model: EmbeddingModel | None = None) -> Workspace:
    return Workspace.open(root, IndexOptions(workers=1), model or hash_model(), apart=True)


@pytest.mark.usefixtures("everything_is_large")
def test_a_large_update_is_made_elsewhere_and_found_here(write_tree: WriteTree) -> None:
    heard: list[Progress] = []
    with open_apart(write_tree(FILES), model_of(OwnEncoder())) as workspace:
        summary = workspace.index(heard.append)
        assert (summary.files, summary.units, summary.units_encoded) == (12, 12, 12)
        assert heard[-1] == Progress("index", 12, 12, 12)
        assert workspace.search("task_7").hits[0].name == "task_7"


@pytest.mark.usefixtures("everything_is_large")
def test_so_are_many_changes_on_disk(write_tree: WriteTree) -> None:
    root = write_tree(FILES)
    with open_apart(root, model_of(OwnEncoder())) as workspace:
        workspace.index()
        (root / "m3.py").write_text("def other():\n    return 3\n")
        (root / "m4.py").unlink()
        assert workspace.update_paths(["m3.py", "m4.py"]) == Changes(1, 1, 1)
        assert workspace.search("other").hits[0].name == "other"


def test_a_small_update_starts_no_process(write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "ENTRY", "tests.hanging:serve_and_leave")
    with open_apart(write_tree(FILES)) as workspace:
        assert workspace.index().units == 12


@pytest.mark.usefixtures("everything_is_large")
def test_a_process_that_dies_is_done_without(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(apart, "ENTRY", "tests.hanging:serve_and_leave")
    with open_apart(write_tree(FILES)) as workspace, caplog.at_level(logging.WARNING):
        assert workspace.index().units == 12
    assert "The process that indexes ended" in caplog.text


@pytest.mark.usefixtures("everything_is_large")
def test_an_error_there_is_an_error_here(write_tree: WriteTree, caplog: pytest.LogCaptureFixture) -> None:
    with (
        open_apart(write_tree(FILES), model_of(BrokenEncoder())) as workspace,
        pytest.raises(ModelError, match="no passage of 12"),
    ):
        workspace.index()
    assert "going on in this one" not in caplog.text


@pytest.mark.usefixtures("everything_is_large")
def test_an_error_here_ends_the_process(write_tree: WriteTree) -> None:
    root = write_tree(FILES)
    with open_apart(root) as workspace:
        busy = StoreBusyError("busy")

        def stop(progress: Progress) -> None:
            raise busy

        with pytest.raises(StoreBusyError) as caught:
            workspace.index(stop)
        assert caught.value is busy
    assert not [child for child in psutil.Process().children() if "apart" in " ".join(child.cmdline())]


MANY = {f"m{i}.py": f"def task_{i}(x):\n    return x + {i}\n" for i in range(3 * BATCH_FILES)}


@pytest.mark.usefixtures("everything_is_large")
def test_it_stops_when_it_is_not_wanted_and_goes_on_later(
    write_tree: WriteTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "STOP_SECONDS", 60.0)  # by itself, without being ended
    with open_apart(write_tree(MANY), model_of(SlowEncoder())) as workspace:
        heard: list[Progress] = []
        with pytest.raises(Cancelled):
            workspace.index(heard.append, lambda: any(progress.done for progress in heard))
        assert 0 < workspace.status().units < len(MANY)
        assert workspace.index().units == len(MANY)


@pytest.mark.usefixtures("everything_is_large")
def test_a_change_meanwhile_waits_for_it(write_tree: WriteTree) -> None:
    root = write_tree(FILES)
    with open_apart(root, model_of(SlowEncoder())) as workspace, ThreadPoolExecutor(1) as pool:
        begun = threading.Event()
        whole = pool.submit(workspace.index, lambda _: begun.set())
        assert begun.wait(30)
        (root / "m3.py").write_text("def other():\n    return 3\n")
        workspace.update_paths(["m3.py"])  # no StoreBusyError
        assert whole.done()
        assert workspace.search("other").hits[0].name == "other"


def test_it_ends_when_who_asked_is_gone(write_tree: WriteTree) -> None:
    """As a server is that was killed: the pipe is closed, and nobody says anything."""
    root = write_tree(MANY)
    folder = index_folder(root)
    folder.mkdir(parents=True)
    work = Assignment(root, 1_000_000, (), folder, model_of(SlowEncoder()))
    helper = Helper(apart.ENTRY)
    process = helper._process  # pyright: ignore[reportPrivateUsage]
    helper.tell(apart.Order(work, 1))
    while not helper.hear().done:
        pass
    assert process.stdin
    process.stdin.close()
    process.wait(60)
    helper.end()
    with Workspace.open(root, IndexOptions(workers=1), work.model) as workspace:
        assert 0 < workspace.status().units < len(MANY)
        assert workspace.index().units == len(MANY)
