"""The watcher follows rules, repositories and the root itself when they change."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from mindgap_indexer.errors import WorkspaceError
from mindgap_indexer.watching import ChangeBatch, Watcher
from mindgap_indexer.watching import watcher as watching
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.indexer.watching.helpers import TIMEOUT, Batches, linux_only, settle, watched_folders, write


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
