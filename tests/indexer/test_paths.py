"""Mindgap's files are for their owner alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mindgap_indexer.paths import index_folder, make_private, make_private_file
from mindgap_indexer.store import Store

pytestmark = pytest.mark.skipif(
    os.name == "nt", reason="Windows keeps a user's cache folder private by itself"
)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def modes_below(folder: Path) -> dict[str, int]:
    return {path.name: mode_of(path) for path in folder.rglob("*")}


def test_index_files_are_private_whatever_the_umask(tmp_path: Path, mindgap_home: Path) -> None:
    before = os.umask(0)
    try:
        with Store(index_folder(tmp_path)) as store, store.writer():
            found = modes_below(mindgap_home)
    finally:
        os.umask(before)
    files = {name: mode for name, mode in found.items() if name.startswith(("index.db", "writer"))}
    assert {"index.db", "index.db-wal", "index.db-shm", "writer.lock"} <= files.keys()
    assert set(files.values()) == {0o600}
    assert {mode for name, mode in found.items() if name not in files} == {0o700}


def test_an_index_that_others_could_read_is_closed(tmp_path: Path) -> None:
    folder = index_folder(tmp_path)
    Store(folder).close()
    folder.chmod(0o755)
    (folder / "index.db").chmod(0o644)
    Store(folder).close()
    assert (mode_of(folder), mode_of(folder / "index.db")) == (0o700, 0o600)


def test_a_home_that_the_user_made_keeps_its_mode(mindgap_home: Path) -> None:
    mindgap_home.chmod(0o755)
    assert make_private(mindgap_home) == mindgap_home
    assert mode_of(mindgap_home) == 0o755
    assert mode_of(make_private(mindgap_home / "a" / "b").parent) == 0o700
    assert mode_of(make_private_file(mindgap_home / "a" / "file")) == 0o600
