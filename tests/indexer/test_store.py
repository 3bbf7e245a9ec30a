from __future__ import annotations

import gc
import os
import stat
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import apsw
import filelock
import numpy as np
import pytest

from mindgap_indexer.encoding import quantise
from mindgap_indexer.errors import StoreBusyError, StoreError
from mindgap_indexer.parsing import passages
from mindgap_indexer.preparing import prepare_file
from mindgap_indexer.store import Allowed, PreparedFile, Store, StoreReader
from mindgap_indexer.store.database import Database, DiskFullError
from mindgap_indexer.store.schema import SCHEMA_VERSION
from mindgap_indexer.types import Float32, Kind, SourceFile, Tier

EVERYTHING = Allowed()
DIMENSION = 16


def prepared(path: str, text: str) -> PreparedFile:
    data = text.encode()
    return prepare_file(SourceFile(path, len(data), 1, "python"), data, None)


def vectors_of(files: list[PreparedFile], seed: int = 0) -> dict[bytes, list[bytes]]:
    random = np.random.default_rng(seed)
    units = [unit for file in files for unit in file.units]
    return {
        unit.content_hash: [row.tobytes() for row in quantise(_rows(random, len(passages(unit.unit))))]
        for unit in units
    }


def _rows(random: np.random.Generator, count: int) -> Float32:
    return random.standard_normal((count, DIMENSION)).astype(np.float32)


def write(store: Store, *files: PreparedFile) -> dict[bytes, list[bytes]]:
    vectors = vectors_of(list(files))
    with store.writer() as writer:
        missing = store.reader().missing(vectors, Tier.INSTANT)
        writer.write_files(files, {key: vectors[key] for key in missing})
    return vectors


def names_of(reader: StoreReader, contents: Iterable[int]) -> set[str]:
    return {unit.name for unit in reader.units(reader.units_of_contents(contents, EVERYTHING))}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(tmp_path / "index")
    opened.bind_model(Tier.INSTANT, "model-a", DIMENSION)
    return opened


def test_what_the_cross_encoder_reads_goes_with_the_deep_model(store: Store) -> None:
    (key,) = write(store, prepared("a.py", "def read_config(path): pass\n"))
    store.bind_model(Tier.DEEP, "deep-a", DIMENSION)
    reader = store.reader()
    (content,) = reader.content_ids([key]).values()
    assert reader.readings([content]) == {}
    with store.writer() as writer:
        writer.write_deep(
            {key: [bytes(DIMENSION)], b"gone": [bytes(DIMENSION)]}, {key: b"read", b"gone": b""}
        )
    assert reader.readings([content, content + 1]) == {content: b"read"}
    store.bind_model(Tier.INSTANT, "model-b", DIMENSION)
    assert reader.readings([content]) == {content: b"read"}
    store.bind_model(Tier.DEEP, "deep-b", DIMENSION)
    assert reader.readings([content]) == {}


ONE = 'def read_config(path):\n    """Read settings from a file."""\n    return path\n'
TWO = "class Graph:\n    def shortest_path(self, a, b):\n        return walk(a, b)\n"


def test_written_files_are_read_back(store: Store) -> None:
    write(store, prepared("a.py", ONE), prepared("pkg/b.py", TWO))
    reader = store.reader()
    assert set(reader.files()) == {"a.py", "pkg/b.py"}
    assert [(u.path, u.qualname, u.kind) for u in reader.all_units()] == [
        ("a.py", "read_config", Kind.FUNCTION),
        ("pkg/b.py", "Graph", Kind.CLASS),
        ("pkg/b.py", "Graph.shortest_path", Kind.METHOD),
    ]
    assert reader.counts() == (2, 3, {"python": 3})


def test_text_search_finds_stems_in_fields_and_weighs_them(store: Store) -> None:
    body = "def other(x):\n    return reading(x, settings)\n"
    write(store, prepared("a.py", ONE), prepared("b.py", body))
    reader = store.reader()
    found = reader.search_text(["read", "config"], 10, EVERYTHING)
    names = {unit.id: unit.name for unit in reader.units(found)}
    assert [names[unit_id] for unit_id in found] == ["read_config", "other"]
    assert all(score > 0 for score in found.values())


def test_a_reader_follows_what_is_written_between_its_searches(store: Store) -> None:
    write(store, prepared("a.py", ONE))
    reader = store.reader()
    hidden = Allowed(kinds=(Kind.CLASS,))
    assert [len(reader.search_text(["config"], 10, who)) for who in (EVERYTHING, hidden, EVERYTHING)] == [
        1,
        0,
        1,
    ]
    write(store, prepared("b.py", ONE.replace("read", "write")))
    assert len(reader.search_text(["config"], 10, EVERYTHING)) == 2
    stored = reader.file("b.py")
    assert stored is not None
    assert stored.language == "python"
    assert reader.file("c.py") is None


def test_names_are_found_misspelt(store: Store) -> None:
    write(store, prepared("a.py", ONE), prepared("b.py", TWO))
    reader = store.reader()
    (best, *_) = reader.search_names(["sho", "hor", "ort", "rte", "est", "stp", "tpa", "pat"], 5, EVERYTHING)
    assert [unit.name for unit in reader.units([best])] == ["shortest_path"]


def test_vector_search_is_exact_after_rescoring(store: Store) -> None:
    files = [prepared(f"f{i}.py", f"def f{i}():\n    return {i}\n") for i in range(50)]
    vectors = write(store, *files)
    query = np.frombuffer(vectors[files[7].units[0].content_hash][0], np.int8).astype(np.float32)
    query /= np.linalg.norm(query)
    found = store.reader().search_vectors(Tier.INSTANT, query, 3, EVERYTHING)
    best, cosine = next(iter(found.items()))
    assert names_of(store.reader(), [best]) == {"f7"}
    assert cosine == pytest.approx(1.0, abs=1e-6)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_filters_apply_to_all_searches(store: Store) -> None:
    write(store, prepared("a.py", ONE), prepared("b.py", ONE.replace("path", "name")))
    reader = store.reader()
    only_b = Allowed(file_ids=(reader.files()["b.py"].id,))
    without_a = Allowed(hidden_files=(reader.files()["a.py"].id,))
    no_functions = Allowed(kinds=(Kind.CLASS,))
    query = np.full(DIMENSION, 0.25, np.float32)
    for allowed, expected in ((only_b, {"b.py"}), (without_a, {"b.py"}), (no_functions, set[str]())):
        by_text = reader.units(reader.search_text(["read"], 10, allowed))
        by_name = reader.units(reader.search_names(["rea", "ead"], 10, allowed))
        near = reader.search_vectors(Tier.INSTANT, query, 10, allowed)
        by_vector = reader.units(reader.units_of_contents(near, allowed))
        for found in (by_text, by_name, by_vector):
            assert {unit.path for unit in found} == expected


def test_rewriting_a_file_leaves_nothing_of_its_old_units(store: Store) -> None:
    write(store, prepared("a.py", ONE))
    write(store, prepared("a.py", TWO))
    reader = store.reader()
    assert [unit.name for unit in reader.all_units()] == ["Graph", "shortest_path"]
    assert reader.search_text(["config"], 10, EVERYTHING) == {}
    assert reader.search_names(["con", "onf"], 10, EVERYTHING) == {}
    query = np.full(DIMENSION, 0.25, np.float32)
    live = reader.search_vectors(Tier.INSTANT, query, 10, EVERYTHING)
    assert len(live) == 2
    assert names_of(reader, live) == {"Graph", "shortest_path"}


def test_content_that_comes_back_needs_no_encoding(store: Store) -> None:
    file = prepared("a.py", ONE)
    vectors = write(store, file)
    before = store.reader().vectors(Tier.INSTANT)
    with store.writer() as writer:
        writer.remove_files(["a.py"])
        assert store.reader().vectors(Tier.INSTANT) == {}
        assert store.reader().missing(vectors, Tier.INSTANT) == set()
        writer.write_files([prepared("moved/a.py", ONE)], {})
    assert store.reader().vectors(Tier.INSTANT) == before
    query = np.full(DIMENSION, 0.25, np.float32)
    assert len(store.reader().search_vectors(Tier.INSTANT, query, 10, EVERYTHING)) == 1


def test_another_model_drops_the_old_vectors(store: Store) -> None:
    write(store, prepared("a.py", ONE))
    assert store.bind_model(Tier.INSTANT, "model-a", DIMENSION) is False
    assert store.bind_model(Tier.INSTANT, "model-b", 32) is True
    assert store.reader().vectors(Tier.INSTANT) == {}
    assert store.reader().meta("fingerprint.instant") == "model-b"
    assert [file.digest for file in store.reader().files().values()] == [b""]


def test_the_first_model_is_not_a_change(tmp_path: Path) -> None:
    assert Store(tmp_path / "new").bind_model(Tier.INSTANT, "model-a", DIMENSION) is False


def test_a_failed_batch_changes_nothing(store: Store) -> None:
    write(store, prepared("a.py", ONE))
    file = prepared("a.py", TWO)
    bad = {unit.content_hash: [b"wrong size"] for unit in file.units}
    with store.writer() as writer, pytest.raises(apsw.Error):
        writer.write_files([file], bad)
    assert [unit.name for unit in store.reader().all_units()] == ["read_config"]
    write(store, prepared("a.py", TWO))
    assert [unit.name for unit in store.reader().all_units()] == ["Graph", "shortest_path"]


def test_only_one_process_writes(store: Store) -> None:
    with (
        filelock.FileLock(store.path.parent / "writer.lock"),
        pytest.raises(StoreBusyError, match="Another Mindgap process is indexing"),
        store.writer(),
    ):
        pass


def test_readers_see_the_last_commit_while_a_batch_is_written(store: Store) -> None:
    write(store, prepared("a.py", ONE))
    seen: list[int] = []
    with store.writer() as writer:
        writer.remove_files(["a.py"])
        other = threading.Thread(target=lambda: seen.append(store.reader().unit_count()))
        other.start()
        other.join()
    assert seen == [0]


def test_the_cache_of_unused_contents_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mindgap_indexer.store.writer.MIN_CACHED", 2)
    files = [prepared(f"f{i}.py", f"def f{i}():\n    return {i}\n") for i in range(6)]
    vectors = write(store, *files)
    with store.writer() as writer:
        writer.remove_files([f"f{i}.py" for i in range(5)])
        writer.finish()
        missing = store.reader().missing(vectors, Tier.INSTANT)
    assert missing == {files[i].units[0].content_hash for i in range(3)}
    assert store.problems(deeply=True) == []  # their vectors are gone with them


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_the_index_is_private(store: Store) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [b"this is no database" * 500, b""])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "index.db").write_bytes(damage)
    store = Store(folder)
    assert store.reader().unit_count() == 0


def test_an_older_schema_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "index"
    with Store(folder) as store:
        store.bind_model(Tier.INSTANT, "model-a", DIMENSION)
        write(store, prepared("a.py", ONE))
    monkeypatch.setattr("mindgap_indexer.store.database.SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with Store(folder) as store:
        assert store.reader().files() == {}


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    with Store(folder) as store:
        write_version(store.path, SCHEMA_VERSION + 1)
    before = (folder / "index.db").stat().st_size
    with pytest.raises(StoreError, match="newer Mindgap"):
        Store(folder)
    assert (folder / "index.db").stat().st_size == before


def write_version(path: Path, version: int) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_paths_at_or_below_a_folder(store: Store) -> None:
    write(store, *(prepared(path, ONE) for path in ("pkg/a.py", "pkg/sub/b.py", "pkg0.py", "pk.py")))
    reader = store.reader()
    assert sorted(reader.paths_at_or_below("pkg")) == ["pkg/a.py", "pkg/sub/b.py"]
    assert reader.paths_at_or_below("pk.py") == ["pk.py"]


def test_a_reading_that_the_database_ended_tells_the_error_itself(tmp_path: Path) -> None:
    database = Database.create_or_check(tmp_path / "index.db")

    def fail() -> None:
        with database.reading():
            database.run("ROLLBACK")
            raise StoreError("the disk")

    with pytest.raises(StoreError, match="the disk"):
        fail()
    database.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the system")
def test_where_the_file_beside_the_index_finds_no_room_the_disk_is_full(tmp_path: Path) -> None:
    import resource

    path = tmp_path / "index.db"
    Database.create_or_check(path).close()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, most))
    try:
        with pytest.raises(DiskFullError, match="is full"):
            Database(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    database = Database(path)
    assert database.value("SELECT count(*) FROM unit") == 0
    database.close()


def test_connections_of_threads_that_ended_are_closed(store: Store) -> None:
    store.reader()
    for _ in range(5):
        thread = threading.Thread(target=store.reader)
        thread.start()
        thread.join()
    gc.collect()
    assert len(store._readers) == 1  # pyright: ignore[reportPrivateUsage]


def test_a_connection_is_set_up(tmp_path: Path) -> None:
    database = Database.create_or_check(tmp_path / "index.db")
    assert database.value("PRAGMA journal_mode") == "wal"
    assert database.value("PRAGMA synchronous") == 1  # NORMAL: no wait for the disk at each commit
    database.close()
