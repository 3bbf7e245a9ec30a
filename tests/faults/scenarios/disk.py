"""The disk is full, read-only, closed, or gives errors."""

from __future__ import annotations

import errno
import shutil

import pytest

from tests.faults import child
from tests.faults.child import At, Failure
from tests.faults.lab import Lab
from tests.faults.registry import Area, scenario

DATABASE = "mindgap_indexer.store.database:Database"


def _more_code(lab: Lab) -> None:
    """Twenty files that have nothing in common: what is indexed of them takes room."""
    for number in range(20):
        functions = (f"def more_{number}_{i}():\n    return word{number}x{i}()\n" for i in range(30))
        lab.write(f"more/module_{number}.py", "\n".join(functions))


@scenario(
    Area.DISK,
    "the index has no room to grow",
    "a message says that the disk is full; with room, equals fresh",
)
def disk_full(lab: Lab) -> None:
    # Where it fails depends on the room: at the tables of the vectors, at the vectors, at the rows.
    for room in (1, 9, 20):
        message = lab.start(child.index_into_little_room, room).message()
        assert "is full. Free some space, then try again" in message
        shutil.rmtree(lab.index_folder)
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.DISK,
    "the index has no room to grow when an update comes",
    "the message; old answers stay; with room, equals fresh",
)
def disk_full_later(lab: Lab) -> None:
    lab.index()
    lab.edit()
    _more_code(lab)
    assert "is full" in lab.start(child.index_into_little_room, 4).message()
    assert lab.start(child.search, "group", 1).ok() == "ok 1"
    lab.index()
    lab.equals_fresh()


@scenario(Area.DISK, "a real file system is full", "the message; with room, the index is whole")
def file_system_full(lab: Lab) -> None:
    _more_code(lab)
    run = lab.start(child.index_on_small_disk, lab.root / "more")
    code = run.wait()
    if code == child.NOT_ALLOWED:
        pytest.skip("no file system may be mounted here")
    assert code == 0, run.said
    assert run.said == "ok 12"


@scenario(
    Area.DISK,
    "a file system is so full that the index cannot even be opened",
    "the message; with room, the old answers are there",
)
def file_system_full_later(lab: Lab) -> None:
    run = lab.start(child.search_on_full_disk, "group")
    code = run.wait()
    if code == child.NOT_ALLOWED:
        pytest.skip("no file system may be mounted here")
    assert code == 0, run.said
    assert run.said == "ok True"


@scenario(Area.DISK, "a file may not grow any more (quota)", "a message; without the quota, equals fresh")
def file_size_limit(lab: Lab) -> None:
    message = lab.start(child.index, max_file=60_000).message()
    assert message.startswith("StoreError: ")
    lab.index()
    lab.equals_fresh()


@scenario(Area.DISK, "the cache folder is read-only", "a message names the folder and MINDGAP_HOME")
def read_only_home(lab: Lab) -> None:
    lab.home.chmod(0o500)
    message = lab.start(child.index, powerless=True).message()
    lab.home.chmod(0o700)
    assert "cannot be written (Permission denied)" in message
    assert "set MINDGAP_HOME to another folder" in message


@scenario(Area.DISK, "the index file is read-only", "a message says to check the permissions")
def read_only_index(lab: Lab) -> None:
    lab.index()
    lab.edit()
    lab.database.chmod(0o400)
    lab.index_folder.chmod(0o500)
    message = lab.start(child.index, powerless=True).message()
    lab.index_folder.chmod(0o700)
    assert "Check the permissions" in message or "Check its permissions" in message
    lab.database.chmod(0o600)
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.DISK, "a file stands where the cache folder should be", "a message says what cannot be written"
)
def home_is_a_file(lab: Lab) -> None:
    (lab.folder / "file").write_text("not a folder")
    message = lab.start(child.index, home=lab.folder / "file" / "home").message()
    assert "cannot be written" in message


@scenario(
    Area.DISK, "the device reports an error while the index is opened", "a message; afterwards, equals fresh"
)
def device_error(lab: Lab) -> None:
    lab.index()
    message = lab.start(
        child.index, moments=(At("mindgap_indexer.store.database:make_private_file", Failure(errno.EIO)),)
    ).message()
    assert "Input/output error" in message
    lab.equals_fresh()


@scenario(
    Area.DISK, "the process may open no more files", "a message or a whole index; afterwards, equals fresh"
)
def no_descriptors(lab: Lab) -> None:
    run = lab.start(child.index, max_files=16)
    if run.wait() != 0:
        assert run.said.startswith(("StoreError: ", "WorkspaceError: ")), run.said
    lab.index()
    lab.equals_fresh()


@scenario(
    Area.DISK, "the cache folder is removed while a server runs", "the next update builds the index anew"
)
def home_removed(lab: Lab) -> None:
    server = lab.server()
    server.until("ready")
    shutil.rmtree(lab.index_folder)
    server.ask("mindgap/reindex", {})
    server.until("ready")
    assert lab.database.exists()
    server.finds("task_1_1")
    server.bye()
    lab.equals_fresh()
