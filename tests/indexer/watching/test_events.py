"""The watcher sees what happens to files and folders that count."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from mindgap_indexer.watching import Watcher
from mindgap_indexer.workspace_rules import WorkspaceRules
from tests.indexer.watching.helpers import CODE, Batches, linux_only, settle, watched_folders, write


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
