"""Writing to the store: files with their units, and vectors, one transaction a batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from mindgap_indexer.store.database import Database
from mindgap_indexer.store.records import PreparedFile, PreparedUnit
from mindgap_indexer.types import Tier

TIERS = (Tier.INSTANT, Tier.DEEP)
MIN_CACHED = 10_000
"""So many contents without a unit are kept in any case; beyond, as many as there are live ones."""


Encoded = Sequence[bytes]
"""The vectors of one content: an int8 row of bytes for each passage."""


class StoreWriter:
    """Exclusive access for changes; get it from Store.writer()."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def missing_contents(self, hashes: Iterable[bytes], tier: Tier) -> set[bytes]:
        """Those of the hashes for which the store has no vectors of that tier."""
        wanted = set(hashes)
        query = """SELECT hash FROM content WHERE hash = ? AND EXISTS
            (SELECT 1 FROM vector WHERE content_id = content.id AND tier = ?)"""
        return {key for key in wanted if self._db.row(query, (key, tier)) is None}

    def write_files(self, files: Sequence[PreparedFile], encoded: Mapping[bytes, Encoded]) -> None:
        """Put these files in place of what the store has under their paths.

        `encoded` holds instant vectors by content hash for every content that has none in the store yet.
        """
        with self._db.transaction():
            searchable = self._delete_units(file.path for file in files)
            for file in files:
                self._write_file(file, encoded, searchable)
            self._drop_bits_of_orphans(searchable)

    def touch_files(self, stats: Iterable[tuple[str, int, int]]) -> None:
        """Store (path, size, mtime_ns) of files whose content turned out to be the same."""
        with self._db.transaction():
            self._db.run_many("UPDATE file SET size = ?2, mtime_ns = ?3 WHERE path = ?1", stats)

    def remove_files(self, paths: Iterable[str]) -> None:
        """Forget these files."""
        paths = list(paths)
        with self._db.transaction():
            orphans = self._delete_units(paths)
            self._db.run_many("DELETE FROM file WHERE path = ?", [(path,) for path in paths])
            self._drop_bits_of_orphans(orphans)

    def write_vectors(self, tier: Tier, encoded: Mapping[bytes, Encoded]) -> None:
        """Add vectors of a tier to contents that are in the store already."""
        with self._db.transaction():
            for content_hash, vectors in encoded.items():
                content_id = self._content_id(content_hash)
                if content_id is not None:
                    self._insert_vectors(content_id, tier, vectors)

    def finish(self) -> None:
        """After an update: drop the oldest cached contents beyond the limit, let the database tidy up."""
        with self._db.transaction():
            live = self._db.value("SELECT count(DISTINCT content_id) FROM unit")
            total = self._db.value("SELECT count(*) FROM content")
            excess = total - live - max(MIN_CACHED, live)
            if excess > 0:
                self._db.run(
                    """CREATE TEMP TABLE evicted AS SELECT id FROM content
                    WHERE NOT EXISTS (SELECT 1 FROM unit WHERE content_id = content.id)
                    ORDER BY id LIMIT ?""",
                    (excess,),
                )
                self._db.run("DELETE FROM vector WHERE content_id IN (SELECT id FROM evicted)")
                self._db.run("DELETE FROM content WHERE id IN (SELECT id FROM evicted)")
                self._db.run("DROP TABLE evicted")
        self._db.run("PRAGMA optimize")

    def _write_file(self, file: PreparedFile, encoded: Mapping[bytes, Encoded], searchable: set[int]) -> None:
        file_id = self._db.value(
            """INSERT INTO file (path, language, size, mtime_ns, digest, skip) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET language = excluded.language, size = excluded.size,
                mtime_ns = excluded.mtime_ns, digest = excluded.digest, skip = excluded.skip
            RETURNING id""",
            (file.path, file.language, file.size, file.mtime_ns, file.digest, file.skip),
        )
        for prepared in file.units:
            content_id = self._live_content(prepared, encoded, searchable)
            self._write_unit(file_id, content_id, prepared)

    def _write_unit(self, file_id: int, content_id: int, prepared: PreparedUnit) -> None:
        unit = prepared.unit
        unit_id = self._db.insert(
            """INSERT INTO unit (file_id, content_id, kind, name, qualname, signature, start_byte, end_byte,
                name_start_byte, name_end_byte, start_line, end_line, name_line)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (
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
            ),
        )
        self._db.run(
            """INSERT INTO unit_text (rowid, name, scopes, path, signature, summary, doc, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (unit_id, *prepared.fields),
        )
        self._db.run("INSERT INTO unit_name (rowid, name) VALUES (?, ?)", (unit_id, prepared.compact_name))

    def _content_id(self, content_hash: bytes) -> int | None:
        found: int | None = self._db.value("SELECT id FROM content WHERE hash = ?", (content_hash,))
        return found

    def _live_content(
        self, prepared: PreparedUnit, encoded: Mapping[bytes, Encoded], searchable: set[int]
    ) -> int:
        """The row of a content, made or woken from the cache, with its bits in the search tables.

        `searchable` are contents that lost units in this transaction but whose bits are still there.
        """
        content_hash = prepared.content_hash
        content_id = self._content_id(content_hash)
        if content_id is None:
            content_id = self._db.insert("INSERT INTO content (hash) VALUES (?)", (content_hash,))
        elif content_id not in searchable and not self._has_units(content_id):
            self._restore_bits(content_id)
        if (vectors := encoded.get(content_hash)) is not None and not self._has_vectors(content_id):
            self._insert_vectors(content_id, Tier.INSTANT, vectors)
            self._db.run("UPDATE content SET tokens = ? WHERE id = ?", (prepared.tokens, content_id))
        return content_id

    def _has_units(self, content_id: int) -> bool:
        return self._db.row("SELECT 1 FROM unit WHERE content_id = ? LIMIT 1", (content_id,)) is not None

    def _has_vectors(self, content_id: int) -> bool:
        query = "SELECT 1 FROM vector WHERE content_id = ? AND tier = ? LIMIT 1"
        return self._db.row(query, (content_id, Tier.INSTANT)) is not None

    def _insert_vectors(self, content_id: int, tier: Tier, vectors: Encoded) -> None:
        for data in vectors:
            vector_id = self._db.insert(
                "INSERT INTO vector (content_id, tier, data) VALUES (?, ?, ?)", (content_id, tier, data)
            )
            self._db.run(
                f"INSERT INTO bits_{tier.value} (rowid, bits) VALUES (?, vec_quantize_binary(vec_int8(?)))",
                (vector_id, data),
            )

    def _restore_bits(self, content_id: int) -> None:
        for tier in self._bound_tiers():
            self._db.run(
                f"""INSERT INTO bits_{tier.value} (rowid, bits)
                SELECT id, vec_quantize_binary(vec_int8(data)) FROM vector
                WHERE content_id = ? AND tier = ?""",
                (content_id, tier),
            )

    def _bound_tiers(self) -> list[Tier]:
        known = {key for (key,) in self._db.rows("SELECT key FROM meta WHERE key GLOB 'fingerprint.*'")}
        return [tier for tier in TIERS if f"fingerprint.{tier}" in known]

    def _delete_units(self, paths: Iterable[str]) -> set[int]:
        """Delete the units of these files; answers the contents that they used, which may be orphans now."""
        touched: set[int] = set()
        for path in paths:
            rows = self._db.rows(
                """SELECT unit.id, content_id FROM unit JOIN file ON file.id = file_id WHERE path = ?""",
                (path,),
            )
            touched.update(content_id for _, content_id in rows)
            ids = [(unit_id,) for unit_id, _ in rows]
            for table in ("unit_text", "unit_name"):
                self._db.run_many(f"DELETE FROM {table} WHERE rowid = ?", ids)
            self._db.run_many("DELETE FROM unit WHERE id = ?", ids)
        return touched

    def _drop_bits_of_orphans(self, contents: set[int]) -> None:
        """Take contents without a unit out of the search tables; their vectors stay as a cache."""
        tiers = self._bound_tiers()
        rows = self._db.rows(
            """SELECT vector.id, tier FROM json_each(?) AS candidate
            JOIN vector ON vector.content_id = candidate.value
            WHERE NOT EXISTS (SELECT 1 FROM unit WHERE unit.content_id = candidate.value)""",
            (json.dumps(sorted(contents)),),
        )
        for vector_id, tier in rows:
            if tier in tiers:
                self._db.run(f"DELETE FROM bits_{tier} WHERE rowid = ?", (vector_id,))
