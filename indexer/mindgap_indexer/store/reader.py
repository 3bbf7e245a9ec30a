"""Reading from the store: candidates by words, names and vectors, and the rows behind them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.store.database import Database, Row
from mindgap_indexer.store.records import StoredFile, StoredUnit
from mindgap_indexer.types import Float32, Kind, SkipReason, Tier

MAX_NEIGHBOURS = 4_096
"""What sqlite-vec answers at most."""

_FILE_COLUMNS = "id, path, language, size, mtime_ns, digest, skip"
_UNIT_COLUMNS = """unit.id, content_id, path, language, kind, name, qualname, signature, start_byte, end_byte,
    name_start_byte, name_end_byte, start_line, end_line, name_line"""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The files and kinds that may answer; None means all."""

    file_ids: tuple[int, ...] | None = None
    kinds: tuple[Kind, ...] | None = None

    def restriction(self, select: str) -> tuple[str, list[str]]:
        """SQL that keeps only allowed rowids, empty where all are; `select` ends before the condition."""
        if self.file_ids is None and self.kinds is None:
            return "", []
        condition, parameters = self.condition()
        return f"AND rowid IN ({select} {condition})", parameters

    def condition(self) -> tuple[str, list[str]]:
        """SQL over table `unit`, with its parameters."""
        parts, parameters = ["1"], list[str]()
        if self.file_ids is not None:
            parts.append("unit.file_id IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(self.file_ids))
        if self.kinds is not None:
            parts.append("unit.kind IN (SELECT value FROM json_each(?))")
            parameters.append(json.dumps(self.kinds))
        return " AND ".join(parts), parameters


class StoreReader:
    """One thread's view of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def meta(self, key: str) -> str | int | float | None:
        """A value of the meta table."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else row[0]

    def files(self) -> dict[str, StoredFile]:
        """All files that were read, by path."""
        rows = self._db.rows(f"SELECT {_FILE_COLUMNS} FROM file")
        return {file.path: file for file in map(_stored_file, rows)}

    def file(self, path: str) -> StoredFile | None:
        """One file."""
        row = self._db.row(f"SELECT {_FILE_COLUMNS} FROM file WHERE path = ?", (path,))
        return None if row is None else _stored_file(row)

    def paths_at_or_below(self, path: str) -> list[str]:
        """Known files at this path or in the folder of this name."""
        rows = self._db.rows(
            "SELECT path FROM file WHERE path = ?1 OR (path > ?1 || '/' AND path < ?1 || '0')", (path,)
        )
        return [row[0] for row in rows]

    def skipped_for_content(self) -> dict[str, list[str]]:
        """The paths of files that were read and left out, per reason."""
        found: dict[str, list[str]] = {}
        for reason, path in self._db.rows("SELECT skip, path FROM file WHERE skip NOT NULL ORDER BY path"):
            found.setdefault(reason, []).append(path)
        return found

    def search_text(
        self, match: str, weights: Sequence[float], limit: int, allowed: Allowed
    ) -> dict[int, float]:
        """Unit ids with their BM25 (higher is better) for an FTS5 expression and field weights."""
        restriction, parameters = allowed.restriction("SELECT id FROM unit WHERE")
        ranking = f"bm25({', '.join(map(str, weights))})"
        query = f"""SELECT rowid, -rank FROM unit_text
            WHERE unit_text MATCH ? AND rank MATCH ? {restriction} ORDER BY rank LIMIT ?"""
        return dict(self._db.rows(query, (match, ranking, *parameters, limit)))

    def search_names(self, trigrams: Sequence[str], limit: int, allowed: Allowed) -> list[int]:
        """Unit ids whose names share most of these three-letter pieces."""
        restriction, parameters = allowed.restriction("SELECT id FROM unit WHERE")
        branches = " UNION ALL ".join(["SELECT rowid FROM unit_name WHERE unit_name MATCH ?"] * len(trigrams))
        query = f"""SELECT rowid FROM ({branches}) WHERE 1 {restriction}
            GROUP BY rowid ORDER BY count(*) DESC LIMIT ?"""
        quoted = [f'"{trigram}"' for trigram in trigrams]
        return [row[0] for row in self._db.rows(query, (*quoted, *parameters, limit))]

    def search_vectors(
        self, tier: Tier, query: Float32, limit: int, oversample: int, allowed: Allowed
    ) -> dict[int, float]:
        """Content ids with the cosine of their best passage, for one query (d,) of unit length.

        Stage one: the limit * oversample nearest by Hamming distance of the sign bits; stage two: exact
        cosine of those over the int8 vectors.
        """
        near = self._nearest(tier, query.tobytes(), min(limit * oversample, MAX_NEIGHBOURS), allowed)
        if not near:
            return {}
        rows = self._db.rows(
            "SELECT content_id, data FROM vector WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(near),),
        )
        best = _best_cosines(rows, query)
        return dict(sorted(best.items(), key=lambda item: -item[1])[:limit])

    def _nearest(self, tier: Tier, query_vector: bytes, count: int, allowed: Allowed) -> list[int]:
        restriction, parameters = allowed.restriction(
            f"SELECT vector.id FROM unit JOIN vector USING (content_id) WHERE tier = '{tier.value}' AND"
        )
        query = f"""SELECT rowid FROM bits_{tier.value}
            WHERE bits MATCH vec_quantize_binary(?) AND k = ? {restriction} ORDER BY distance"""
        return [row[0] for row in self._db.rows(query, (query_vector, count, *parameters))]

    def cosines_of(self, tier: Tier, contents: Iterable[int], query: Float32) -> dict[int, float]:
        """The cosine of the best passage of each of these contents, those without vectors left out."""
        rows = self._db.rows(
            """SELECT content_id, data FROM vector
            WHERE content_id IN (SELECT value FROM json_each(?)) AND tier = ?""",
            (json.dumps(list(contents)), tier),
        )
        return _best_cosines(rows, query)

    def units(self, ids: Iterable[int]) -> list[StoredUnit]:
        """Units by id."""
        return self._units("unit.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))

    def units_of_contents(self, contents: Iterable[int], allowed: Allowed) -> list[StoredUnit]:
        """All units that have one of these contents and may answer."""
        condition, parameters = allowed.condition()
        return self._units(
            f"content_id IN (SELECT value FROM json_each(?)) AND {condition}",
            (json.dumps(list(contents)), *parameters),
        )

    def units_of_file(self, path: str) -> list[StoredUnit]:
        """The units of one file by position."""
        return self._units("path = ?", (path,))

    def all_units(self) -> list[StoredUnit]:
        """Every unit, by path and position."""
        return self._units("1", ())

    def _units(self, condition: str, parameters: tuple[str, ...]) -> list[StoredUnit]:
        query = f"""SELECT {_UNIT_COLUMNS} FROM unit JOIN file ON file.id = file_id
            WHERE {condition} ORDER BY path, start_byte, end_byte DESC"""
        return [
            StoredUnit(id_, content_id, path, language, Kind(kind), *rest)
            for id_, content_id, path, language, kind, *rest in self._db.rows(query, parameters)
        ]

    def document_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many units each term occurs."""
        rows = self._db.rows(
            "SELECT term, doc FROM json_each(?) JOIN term ON term.term = json_each.value",
            (json.dumps(list(terms)),),
        )
        return dict(rows)

    def text_statistics(self) -> tuple[int, float]:
        """Number of units in the full-text index, and how many terms one has on average."""
        # FTS5 keeps the number of rows and of each column's terms as variable-length integers in this row.
        data = self._db.value("SELECT block FROM unit_text_data WHERE id = 1")
        rows, *lengths = _varints(data) if data else (0,)
        return rows, sum(lengths) / rows if rows else 0.0

    def content_ids(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Ids of those contents that are known."""
        rows = self._db.rows(
            "SELECT hash, id FROM content WHERE hash IN (SELECT unhex(value) FROM json_each(?))",
            (json.dumps([key.hex() for key in hashes]),),
        )
        return dict(rows)

    def tokens(self, contents: Iterable[int]) -> dict[int, bytes]:
        """PreparedUnit.tokens by content id, those without left out."""
        rows = self._db.rows(
            """SELECT id, tokens FROM content
            WHERE id IN (SELECT value FROM json_each(?)) AND tokens NOT NULL""",
            (json.dumps(list(contents)),),
        )
        return dict(rows)

    def contents_without(self, tier: Tier) -> dict[str, set[bytes]]:
        """Content hashes of live units that have no vectors of a tier, by the paths they stand in."""
        query = """SELECT path, hash FROM unit JOIN content ON content.id = content_id
            JOIN file ON file.id = file_id
            WHERE NOT EXISTS (SELECT 1 FROM vector WHERE vector.content_id = content.id AND tier = ?)
            ORDER BY file.mtime_ns DESC, path"""
        missing: dict[str, set[bytes]] = {}
        for path, content_hash in self._db.rows(query, (tier,)):
            missing.setdefault(path, set()).add(content_hash)
        return missing

    def counts(self) -> tuple[int, int, dict[str, int]]:
        """Indexed files, units, and units per language."""
        files = self._db.value("SELECT count(*) FROM file WHERE skip IS NULL")
        languages: dict[str, int] = dict(
            self._db.rows(
                """SELECT language, count(*) FROM unit JOIN file ON file.id = file_id
                GROUP BY language ORDER BY count(*) DESC, language"""
            )
        )
        return files, sum(languages.values()), languages

    def unit_count(self) -> int:
        """Number of units."""
        count: int = self._db.value("SELECT count(*) FROM unit")
        return count

    def coverage(self, tier: Tier) -> float:
        """Share of the units that have a vector of a tier."""
        total = self._db.value("SELECT count(*) FROM unit")
        covered = self._db.value(
            """SELECT count(*) FROM unit WHERE EXISTS
            (SELECT 1 FROM vector WHERE vector.content_id = unit.content_id AND tier = ?)""",
            (tier,),
        )
        return covered / total if total else 0.0

    def vectors(self, tier: Tier) -> dict[bytes, list[bytes]]:
        """The int8 vectors of all live contents by content hash, in passage order."""
        query = """SELECT hash, data FROM vector JOIN content ON content.id = content_id
            WHERE tier = ? AND EXISTS (SELECT 1 FROM unit WHERE unit.content_id = content.id)
            ORDER BY vector.id"""
        found: dict[bytes, list[bytes]] = {}
        for content_hash, data in self._db.rows(query, (tier,)):
            found.setdefault(content_hash, []).append(data)
        return found


def _stored_file(row: Row) -> StoredFile:
    id_, path, language, size, mtime_ns, digest, skip = row
    reason = None if skip is None else SkipReason(skip)
    return StoredFile(id_, path, language, size, mtime_ns, digest, reason)


def _varints(data: bytes) -> list[int]:
    """Big-endian integers of seven bits a byte, the last byte without the high bit."""
    numbers, value = list[int](), 0
    for byte in data:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return numbers


def _best_cosines(rows: Sequence[Row], query: Float32) -> dict[int, float]:
    """Best cosine by content id, of rows (content_id, int8 vector); the vectors' own scale drops out."""
    if not rows:
        return {}
    matrix = np.frombuffer(b"".join(data for _, data in rows), np.int8).reshape(len(rows), -1)
    floats = matrix.astype(np.float32)
    scores = (floats @ query) / np.maximum(np.linalg.norm(floats, axis=1), 1e-6)
    best: dict[int, float] = {}
    for (content_id, _), score in zip(rows, scores.tolist(), strict=True):
        best[content_id] = max(score, best.get(content_id, -1.0))
    return best
