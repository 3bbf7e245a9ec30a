"""One connection to the index file: extension, pragmas, schema version, and errors in plain words."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import apsw
import sqlite_vec

from mindgap_indexer.errors import StoreBusyError, StoreError
from mindgap_indexer.paths import make_private, make_private_file
from mindgap_indexer.store.schema import SCHEMA_VERSION, TABLES

BUSY_MS = 10_000
# NORMAL: what a loss of power takes with it is indexed again.
_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
"""

Value = str | int | float | bytes | None
Row = tuple[Any, ...]
"""A row; its types are those of the schema."""


class DamagedIndexError(StoreError):
    """The file is no database, or its pages are damaged."""


class DiskFullError(StoreError):
    """There is no room for what is to be written; what was written before is kept."""


class Database:
    """A connection whose errors are ours. Not for two threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = False
        with self._translated_errors():
            self._connection = apsw.Connection(str(path))
            self._connection.set_busy_timeout(BUSY_MS)
            self._connection.enable_load_extension(True)
            self._connection.load_extension(sqlite_vec.loadable_path())
            self._connection.enable_load_extension(False)
        try:
            self.run(_PRAGMAS)
        except StoreError:
            # Where a file that is open cannot be removed, a damaged one could not be replaced.
            self.close()
            raise

    @classmethod
    def create_or_check(cls, path: Path) -> Self:
        """Open the index for writing; an older schema or a damaged file is replaced by an empty index.

        Raises StoreError for a newer schema: another, newer Mindgap still uses that file.
        """
        try:
            make_private(path.parent)
            make_private_file(path)
        except OSError as error:
            raise StoreError(
                f"The index folder {path.parent} cannot be written ({error.strerror}). "
                "Check its permissions, or set MINDGAP_HOME to another folder."
            ) from error
        try:
            database = cls(path)
            version = database.value("PRAGMA user_version")
        except DamagedIndexError:
            version = 0
            delete_files(path)
            database = cls(path)
        if version > SCHEMA_VERSION:
            database.close()
            raise StoreError(
                f"The index {path} was made by a newer Mindgap (schema {version}, this one knows "
                f"{SCHEMA_VERSION}). Upgrade Mindgap, or run `mindgap clear` to build it anew."
            )
        if 0 < version < SCHEMA_VERSION:
            database.close()
            delete_files(path)
            database = cls(path)
        database._create_tables()
        return database

    def _create_tables(self) -> None:
        """Create the schema, unless it is there or another process that started just now was faster."""
        if self.value("PRAGMA user_version") == 0:
            with self.transaction():
                if self.value("PRAGMA user_version") == 0:
                    self.run(TABLES)
                    self.run(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def rows(self, query: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query."""
        with self._translated_errors():
            return self._connection.execute(query, parameters).fetchall()

    def each_row(self, query: str, parameters: Sequence[Value] = ()) -> Iterator[Row]:
        """The rows of a query one by one, for those that are too large to hold at once."""
        with self._translated_errors():
            yield from self._connection.execute(query, parameters)

    def row(self, query: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, if there is one."""
        with self._translated_errors():
            return self._connection.execute(query, parameters).fetchone()

    def value(self, query: str, parameters: Sequence[Value] = ()) -> Any:  # noqa: ANN401
        """The only column of the first row; None if there is no row."""
        row = self.row(query, parameters)
        return None if row is None else row[0]

    def run(self, statement: str, parameters: Sequence[Value] = ()) -> None:
        """Run statements whose rows do not matter."""
        with self._translated_errors():
            # To the end: what stands behind a statement that gives a row runs once its rows are taken.
            self._connection.execute(statement, parameters).fetchall()

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once a row of parameters."""
        with self._translated_errors():
            self._connection.executemany(statement, rows)

    def insert(self, statement: str, parameters: Sequence[Value]) -> int:
        """Insert one row; answers its rowid."""
        self.run(statement, parameters)
        return self._connection.last_insert_rowid()

    @contextlib.contextmanager
    def reading(self) -> Generator[None]:
        """Everything read inside is of one moment."""
        if self._connection.in_transaction:
            yield
            return
        self.run("BEGIN")
        try:
            yield
        finally:
            # An error of the disk or for want of memory has ended it already.
            if self._connection.in_transaction:
                self.run("COMMIT")

    @contextlib.contextmanager
    def transaction(self) -> Generator[None]:
        """All or nothing; takes the write lock at once, so that it cannot fail half way for want of it."""
        self.run("BEGIN IMMEDIATE")
        self._writing = True
        try:
            yield
        except BaseException:
            # A full disk or a damaged page has rolled back already.
            if self._connection.in_transaction:
                self.run("ROLLBACK")
            raise
        finally:
            self._writing = False
        self.run("COMMIT")

    def _damaged(self, error: Exception) -> DamagedIndexError:
        return DamagedIndexError(
            f"The index {self.path} is damaged ({error}). Run `mindgap clear`, then index again."
        )

    def _full(self) -> DiskFullError:
        return DiskFullError(
            f"The disk that holds the index {self.path} is full. Free some space, then try again."
        )

    def _behind(self, error: apsw.SQLError) -> StoreError | None:
        """What is wrong with the file or its disk; None: the statement itself."""
        text = str(error)
        if text.endswith("disk is full"):
            return self._full()
        if text.startswith("no such table"):
            return self._damaged(error)
        if "sqlite-vec" not in text:
            return None
        # The extension says of its own tables only that it could not read or write them.
        if not self._writing:
            return self._damaged(error)
        return DiskFullError(
            f"The vectors of the index {self.path} cannot be written ({error}); most likely its disk "
            "is full. Free some space, then try again; if that is no help, `mindgap clear` and index again."
        )

    @contextlib.contextmanager
    def _translated_errors(self) -> Generator[None]:
        """Turn the database's errors into ours, with what to do about them."""
        try:
            yield
        except (apsw.BusyError, apsw.LockedError) as error:
            raise StoreBusyError(
                f"The index {self.path} is in use by another process. Try again in a moment."
            ) from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise self._damaged(error) from error
        except apsw.SQLError as error:
            if (meaning := self._behind(error)) is None:
                raise
            raise meaning from error
        except apsw.FullError as error:
            raise self._full() from error
        except apsw.IOError as error:
            # Whoever opens the index needs a small file beside it, for which there may be no room either.
            if getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE:
                raise self._full() from error
            raise StoreError(
                f"The disk that holds the index {self.path} cannot be read or written ({error}). Check that "
                "it has room and is sound, then try again, or set MINDGAP_HOME to a folder on another one."
            ) from error
        except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
            raise StoreError(
                f"The index {self.path} cannot be opened for writing ({error}). "
                "Check the permissions of its folder, or set MINDGAP_HOME to another one."
            ) from error


def delete_files(path: Path) -> None:
    """Remove the index file with its journal. Raises StoreError."""
    for suffix in ("", "-wal", "-shm"):
        try:
            os.unlink(f"{path}{suffix}")
        except FileNotFoundError:
            pass
        except OSError as error:
            raise StoreError(
                f"The index {path} cannot be removed ({error.strerror}). "
                "Close what else uses it (other editors, other searches), then try again."
            ) from error
