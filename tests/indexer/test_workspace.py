from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import pytest

from mindgap_indexer import paths
from mindgap_indexer.errors import StoreBusyError, StoreError, WorkspaceError
from mindgap_indexer.types import Changes
from mindgap_indexer.workspace import Workspace
from tests.conftest import WriteTree
from tests.fakes import hash_model

TREE = {"a.py": "def alpha():\n    return 1\n"}
PATIENCE = 10.0


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="nowhere"):
        Workspace.open(tmp_path / "nowhere")


def test_everything_is_below_the_home_folder(write_tree: WriteTree, mindgap_home: Path) -> None:
    with Workspace.open(write_tree(TREE), model=hash_model()) as workspace:
        workspace.index()
        assert Path(workspace.status().index_path).is_relative_to(mindgap_home)


def test_two_roots_of_one_name_have_two_indexes(tmp_path: Path) -> None:
    one, two = tmp_path / "one/app", tmp_path / "two/app"
    assert paths.index_folder(one) != paths.index_folder(two)
    assert paths.index_folder(one).name.startswith("app-")


def test_a_link_to_a_root_shares_its_index(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths.index_folder(tmp_path / "link") == paths.index_folder(tmp_path / "real")


def test_status(write_tree: WriteTree) -> None:
    with Workspace.open(write_tree(TREE), model=hash_model()) as workspace:
        assert not workspace.status().exists
        workspace.index()
        status = workspace.status()
        assert (status.files, status.units, status.languages) == (1, 1, {"python": 1})
        assert status.exists
        assert status.indexed_at is not None
        assert (status.deep_encoder, status.deep_coverage) == (None, 0.0)


def test_clear_removes_every_byte(write_tree: WriteTree, mindgap_home: Path) -> None:
    workspace = Workspace.open(write_tree(TREE), model=hash_model())
    workspace.index()
    workspace.clear()
    assert [path for path in mindgap_home.rglob("*") if path.is_file()] == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_home_is_explained(write_tree: WriteTree, mindgap_home: Path) -> None:
    root = write_tree(TREE)
    mindgap_home.chmod(0o500)
    with pytest.raises(StoreError, match="MINDGAP_HOME"):
        Workspace.open(root, model=hash_model())


def test_an_index_that_another_process_writes_still_answers(write_tree: WriteTree) -> None:
    with Workspace.open(write_tree(TREE), model=hash_model()) as workspace:
        folder = paths.index_folder(workspace.root)
        with filelock.FileLock(folder / "writer.lock"):
            with pytest.raises(StoreBusyError):
                workspace.index()
            assert workspace.search("alpha").hits == ()
        assert workspace.search("alpha").hits[0].name == "alpha"


def test_watching_keeps_the_index_fresh(write_tree: WriteTree) -> None:
    root = write_tree(TREE)
    updated = threading.Event()
    heard: list[Changes] = []

    def on_update(changes: Changes) -> None:
        heard.append(changes)
        updated.set()

    with Workspace.open(root, model=hash_model()) as workspace:
        workspace.index()
        watcher = workspace.watch(on_update)
        try:
            (root / "b.py").write_text("def beta():\n    return 2\n")
            assert updated.wait(PATIENCE)
            assert workspace.search("beta").hits[0].path == "b.py"
            updated.clear()
            (root / "b.py").rename(root / "c.py")
            assert updated.wait(PATIENCE)
            while workspace.search("beta").hits[0].path != "c.py":
                updated.clear()
                assert updated.wait(PATIENCE)
        finally:
            watcher.stop()
    assert heard[0].files_changed == 1


def test_searches_from_several_threads(write_tree: WriteTree) -> None:
    with Workspace.open(write_tree(TREE), model=hash_model()) as workspace:
        workspace.index()
        found: list[str] = []

        def search() -> None:
            for _ in range(20):
                found.append(workspace.search("alpha").hits[0].name)

        threads = [threading.Thread(target=search) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == ["alpha"] * 80


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, mindgap_indexer; from mindgap_indexer import Workspace\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'scipy', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
