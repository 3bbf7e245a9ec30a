"""The store's facade: one writer at a time, readers that never wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from weakref import WeakSet

from mindgap_indexer.errors import StoreBusyError
from mindgap_indexer.store.database import Database, delete_files
from mindgap_indexer.store.health import Part, Problem, drop, examine
from mindgap_indexer.store.lock import ProcessLock
from mindgap_indexer.store.reader import StoreReader
from mindgap_indexer.store.view import ViewCache
from mindgap_indexer.store.writer import StoreWriter
from mindgap_indexer.types import Tier

FILE_NAME = "index.db"
LOCK_NAME = "writer.lock"


class Store:
    """The index file of one workspace root.

    Threads: every thread reads on a connection of its own; `writer` is exclusive over all processes.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._database = Database.create_or_check(self.path)
        self._file = _identity(self.path)
        self._renewing = threading.Lock()
        self._process_lock = ProcessLock(folder / LOCK_NAME)
        self._thread_lock = threading.Lock()
        self._local = threading.local()
        self._readers: WeakSet[Database] = WeakSet()
        """Those of threads that are still there."""
        self._readers_lock = threading.Lock()
        self._views = ViewCache()

    def close(self) -> None:
        """Close all connections; the store cannot be used afterwards."""
        with self._readers_lock:
            for database in list(self._readers):
                database.close()
            self._readers.clear()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def size_bytes(self) -> int:
        """Size of the index on disk, journal included."""
        sizes = (Path(f"{self.path}{suffix}") for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in sizes if path.exists())

    def reader(self) -> StoreReader:
        """The calling thread's reader."""
        self._follow_file()
        held: tuple[object, StoreReader] | None = getattr(self._local, "reader", None)
        if held is None or held[0] != self._file:
            file, database = self._file, Database(self.path)
            with self._readers_lock:
                self._readers.add(database)
            held = self._local.reader = (file, StoreReader(database, self._views))
        return held[1]

    def _follow_file(self) -> None:
        """Go on with the file that is there now, when the one that was opened was removed or replaced."""
        if _identity(self.path) == self._file:
            return
        with self._renewing:
            if _identity(self.path) == self._file:
                return
            with self._readers_lock:
                # Another thread may be using it; it is closed when nobody does, or at the end.
                self._readers.add(self._database)
            self._database = Database.create_or_check(self.path)
            self._views = ViewCache()
            self._file = _identity(self.path)

    def problems(self, *, deeply: bool = False) -> list[Problem]:
        """What does not fit together in the index; see health.examine. Raises DamagedIndexError."""
        self._follow_file()
        database = Database(self.path)
        try:
            return examine(database, deeply=deeply)
        finally:
            database.close()

    def drop(self, part: Part) -> None:
        """Drop a part that does not fit; the next update builds it anew. Raises StoreBusyError."""
        with self.writer(), self._database.transaction():
            drop(self._database, part)

    def replace(self) -> None:
        """Put an empty index in the place of a damaged one. Raises StoreBusyError."""
        with self.writer():
            delete_files(self.path)
        self._follow_file()

    @contextmanager
    def writer(self) -> Generator[StoreWriter]:
        """Exclusive right to write; raises StoreBusyError at once when another process has it."""
        with self._thread_lock:
            self._follow_file()
            if not self._process_lock.acquire():
                raise StoreBusyError(
                    "Another Mindgap process is indexing this folder right now; this one follows its index."
                )
            try:
                yield StoreWriter(self._database)
            finally:
                self._process_lock.release()

    def bind_model(self, tier: Tier, fingerprint: str, dimension: int) -> bool:
        """Make the store hold vectors of this model; see StoreWriter.bind. Raises StoreBusyError."""
        if self.reader().meta(f"fingerprint.{tier}") == fingerprint:
            return False
        with self.writer() as writer:
            return writer.bind(tier, fingerprint, dimension)

    def mark_indexed(self) -> None:
        """Remember that an update of the whole workspace was completed now."""
        self._database.run("INSERT OR REPLACE INTO meta VALUES ('indexed_at', ?)", (time.time(),))


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None when it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
