"""Writing to the store: files with their units, and vectors, one transaction a batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mindgap_indexer.pacing import searches
from mindgap_indexer.store import segments
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.records import PreparedFile, PreparedUnit
from mindgap_indexer.store.schema import PASSAGES, VECTOR_TABLE
from mindgap_indexer.store.segment import COLUMNS, KINDS
from mindgap_indexer.types import Tier

MIN_CACHED = 10_000
"""So many contents without a unit are kept in any case; beyond, as many as there are live ones."""

_INSERT_UNIT = """INSERT INTO unit (id, file_id, content_id, kind, name, qualname, signature, start_byte,
    end_byte, name_start_byte, name_end_byte, start_line, end_line, name_line)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_PUT_FILE = """INSERT INTO file (path, language, size, mtime_ns, digest, skip) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET language = excluded.language, size = excluded.size,
        mtime_ns = excluded.mtime_ns, digest = excluded.digest, skip = excluded.skip
    RETURNING id"""

_KINDS = {kind: number for number, kind in enumerate(KINDS)}

Encoded = Sequence[bytes]
"""The vectors of one content: an int8 row of bytes for each passage."""


class StoreWriter:
    """Exclusive access for changes; get it from Store.writer()."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def holds(self, tier: Tier, fingerprint: str) -> bool | None:
        """Whether the vectors of a tier are of this model; None when there were never any."""
        held = self._db.value("SELECT value FROM meta WHERE key = ?", (f"fingerprint.{tier}",))
        return None if held is None else held == fingerprint

    def bind(self, tier: Tier, fingerprint: str, dimension: int) -> bool:
        """Make the store hold vectors of this model; True if it held those of another one.

        The old vectors are dropped: vectors of different fingerprints never mix. The caller re-encodes.
        """
        held = self.holds(tier, fingerprint)
        if held:
            return False
        database = self._db
        with database.transaction():
            database.run(f"UPDATE content SET {tier.value} = 0 WHERE {tier.value} > 0")
            database.run(f"DROP TABLE IF EXISTS vector_{tier.value}")
            database.run(VECTOR_TABLE.format(tier=tier.value, dimension=dimension))
            for counter in ("evictions", "generation"):
                count_up(database, counter)
            database.run_many(
                "INSERT OR REPLACE INTO meta VALUES (?, ?)",
                [(f"fingerprint.{tier}", fingerprint), (f"dimension.{tier}", dimension)],
            )
            if tier is Tier.DEEP:
                database.run("UPDATE content SET reading = NULL WHERE reading NOT NULL")
            if tier is Tier.INSTANT:
                # Their units have no vectors now; the next update reads these files again.
                database.run("UPDATE content SET sketch = NULL")
                database.run("UPDATE file SET mtime_ns = 0, digest = x'' WHERE skip IS NULL")
        return held is not None

    def write_files(self, files: Sequence[PreparedFile], encoded: Mapping[bytes, Encoded]) -> None:
        """Put these files in place of what the store has under their paths.

        `encoded` holds instant vectors by content hash for every content that has none in the store yet.
        """
        with self._db.transaction():
            self._delete_units(file.path for file in files)
            contents = self._put_contents([unit for file in files for unit in file.units], encoded)
            self._put_units(files, contents)
            self._next_generation()

    def touch_files(self, stats: Iterable[tuple[str, int, int]]) -> None:
        """Store (path, size, mtime_ns) of files whose content turned out to be the same."""
        rows = list(stats)
        if rows:
            with self._db.transaction():
                self._db.run_many("UPDATE file SET size = ?2, mtime_ns = ?3 WHERE path = ?1", rows)

    def remove_files(self, paths: Iterable[str]) -> None:
        """Forget these files."""
        paths = list(paths)
        with self._db.transaction():
            self._delete_units(paths)
            self._db.run_many("DELETE FROM file WHERE path = ?", [(path,) for path in paths])
            self._next_generation()

    def write_deep(self, encoded: Mapping[bytes, Encoded], readings: Mapping[bytes, bytes]) -> None:
        """Add deep vectors, and what the cross-encoder reads, to contents that are in the store already."""
        with self._db.transaction():
            known = self._known(encoded)
            self._put_vectors(Tier.DEEP, {known[key]: encoded[key] for key in encoded if key in known})
            rows = [(data, known[key]) for key, data in readings.items() if key in known]
            self._db.run_many("UPDATE content SET reading = ? WHERE id = ?", rows)
            self._next_generation()

    def finish(self) -> None:
        """After an update: drop the oldest cached contents beyond the limit, let the database tidy up."""
        with self._db.transaction():
            live = self._db.value("SELECT count(DISTINCT content_id) FROM unit")
            total = self._db.value("SELECT count(*) FROM content")
            excess = total - live - max(MIN_CACHED, live)
            if excess > 0:
                self._evict(excess)
        self._db.run("PRAGMA optimize")

    def _evict(self, count: int) -> None:
        """Delete so many contents without a unit, the oldest first."""
        rows = self._db.rows(
            """SELECT id, instant, deep FROM content
            WHERE id NOT IN (SELECT content_id FROM unit) ORDER BY id LIMIT ?""",
            (count,),
        )
        for column, tier in enumerate(Tier.stored(), 1):
            ids = ((row[0] * PASSAGES + number,) for row in rows for number in range(row[column]))
            if any(row[column] for row in rows):
                self._db.run_many(f"DELETE FROM vector_{tier.value} WHERE rowid = ?", ids)
        self._db.run_many("DELETE FROM content WHERE id = ?", ((row[0],) for row in rows))
        self._count_up("evictions")
        self._next_generation()

    def _put_units(self, files: Sequence[PreparedFile], contents: Mapping[bytes, int]) -> None:
        unit_id = segments.next_unit_id(self._db)
        rows: list[tuple[str | int, ...]] = []
        for file in files:
            searches.give_way()
            file_id = self._put_file(file)
            for prepared in file.units:
                rows.append(_unit_row(unit_id, file_id, contents[prepared.content_hash], prepared))
                unit_id += 1
        self._db.run_many(_INSERT_UNIT, rows)
        columns = np.zeros(len(rows), COLUMNS)
        for place, name in enumerate(("unit", "file", "content")):
            columns[name] = [row[place] for row in rows]
        columns["kind"] = [_KINDS[prepared.unit.kind] for file in files for prepared in file.units]
        segments.add_units(self._db, columns, [file.text for file in files])

    def _put_file(self, file: PreparedFile) -> int:
        row = (file.path, file.language, file.size, file.mtime_ns, file.digest, file.skip)
        file_id: int = self._db.value(_PUT_FILE, row)
        return file_id

    def _put_contents(
        self, units: Sequence[PreparedUnit], encoded: Mapping[bytes, Encoded]
    ) -> dict[bytes, int]:
        """The ids of all contents; new ones are made, and those that were encoded get their vectors."""
        by_hash = {unit.content_hash: unit for unit in units}
        known = self._known(by_hash)
        new = [(key, unit.sketch) for key, unit in by_hash.items() if key not in known]
        self._db.run_many("INSERT INTO content (hash, sketch) VALUES (?, ?)", new)
        old = [(unit.sketch, key) for key, unit in by_hash.items() if key in known and key in encoded]
        self._db.run_many("UPDATE content SET sketch = ? WHERE hash = ?", old)
        known |= self._known(key for key, _ in new)
        self._put_vectors(Tier.INSTANT, {known[key]: encoded[key] for key in by_hash if key in encoded})
        return known

    def _known(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        query = "SELECT hash, id FROM content WHERE hash IN (SELECT unhex(value) FROM json_each(?))"
        return dict(self._db.rows(query, (_hex(hashes),)))

    def _put_vectors(self, tier: Tier, encoded: Mapping[int, Encoded]) -> None:
        """Give contents by id their vectors, those that have some already left out."""
        without = self._db.rows(
            f"SELECT id FROM content WHERE {tier.value} = 0 AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(encoded)),),
        )
        new = {content_id: encoded[content_id] for (content_id,) in without}
        self._db.run_many(
            f"INSERT INTO vector_{tier.value} (rowid, embedding) VALUES (?, vec_int8(?))",
            (
                (content_id * PASSAGES + number, data)
                for content_id, vectors in new.items()
                for number, data in enumerate(vectors[:PASSAGES])
            ),
        )
        counts = [(min(len(vectors), PASSAGES), content_id) for content_id, vectors in new.items()]
        self._db.run_many(f"UPDATE content SET {tier.value} = ? WHERE id = ?", counts)

    def _delete_units(self, paths: Iterable[str]) -> None:
        """Delete the units of these files; their contents and vectors stay as a cache."""
        ids = self._db.rows(
            """SELECT unit.id FROM json_each(?) AS wanted JOIN file ON file.path = wanted.value
            JOIN unit ON unit.file_id = file.id""",
            (json.dumps(list(paths)),),
        )
        if ids:
            segments.delete_units(self._db, (unit_id for (unit_id,) in ids))
            self._db.run_many("DELETE FROM unit WHERE id = ?", ids)

    def _next_generation(self) -> None:
        self._count_up("generation")

    def _count_up(self, key: str) -> None:
        count_up(self._db, key)


def count_up(database: Database, key: str) -> None:
    """Let a number of the meta table grow by one."""
    database.run("INSERT INTO meta VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET value = value + 1", (key,))


def _hex(hashes: Iterable[bytes]) -> str:
    return json.dumps([key.hex() for key in hashes])


def _unit_row(unit_id: int, file_id: int, content_id: int, prepared: PreparedUnit) -> tuple[str | int, ...]:
    unit = prepared.unit
    return (
        unit_id,
        file_id,
        content_id,
        unit.kind,
        unit.name,
        unit.qualname,
        unit.signature,
        unit.start_byte,
        unit.end_byte,
        unit.name_start_byte,
        unit.name_end_byte,
        unit.start_line,
        unit.end_line,
        unit.name_line,
    )
