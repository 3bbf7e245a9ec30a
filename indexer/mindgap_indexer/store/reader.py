"""Reading from the store: candidates by words, names and vectors, and the rows behind them."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import contextmanager

from mindgap_indexer.fulltext import NAME_MARK
from mindgap_indexer.store.database import Database, Row
from mindgap_indexer.store.records import StoredFile, StoredUnit
from mindgap_indexer.store.schema import PASSAGES
from mindgap_indexer.store.view import Allowed, Postings, Selection, View, ViewCache
from mindgap_indexer.terms import fold
from mindgap_indexer.types import Float32, Kind, SkipReason, Tier

_FILE_COLUMNS = "id, path, language, size, mtime_ns, digest, skip"
_UNIT_COLUMNS = """unit.id, content_id, path, language, kind, name, qualname, signature, start_byte, end_byte,
    name_start_byte, name_end_byte, start_line, end_line, name_line"""

_BY_PLACE = "ORDER BY path, start_byte, end_byte DESC"

_KINDS = {kind.value: kind for kind in Kind}
MAX_REMEMBERED = 1_000_000
"""Rows of posting lists that a reader remembers: 12 MB. In larger code bases as many as these have units,
twice: a question's own words are looked up several times."""


class StoreReader:
    """One thread's view of the store."""

    def __init__(self, database: Database, views: ViewCache) -> None:
        self._db = database
        self._views = views
        self._selected: tuple[View, Allowed, Selection] | None = None
        self._found: tuple[View | None, dict[str, Postings | None], int] = (None, {}, 0)
        self._within = False
        self._of_snapshot: View | None = None

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Everything read inside is of one moment, whatever is written meanwhile."""
        if self._within:
            yield
            return
        self._within = True
        try:
            with self._db.reading():
                yield
        finally:
            self._within, self._of_snapshot = False, None

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

    def files_at(self, paths: Iterable[str]) -> dict[str, StoredFile]:
        """Those of these paths that were read."""
        rows = self._db.rows(
            f"SELECT {_FILE_COLUMNS} FROM file WHERE path IN (SELECT value FROM json_each(?))",
            (json.dumps(list(paths)),),
        )
        return {file.path: file for file in map(_stored_file, rows)}

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

    def search_text(self, terms: Iterable[str], limit: int, allowed: Allowed) -> dict[int, float]:
        """Unit ids with their BM25 (higher is better), best first, of those that hold one of the terms."""
        with self._db.reading():
            view = self._view()
            found = self._postings(view, map(fold, terms))
            return view.search_text(found, limit, self._selection(view, allowed))

    def search_names(self, trigrams: Sequence[str], limit: int, allowed: Allowed) -> dict[int, float]:
        """Unit ids with the likeness of their names to these three-letter pieces, best first."""
        with self._db.reading():
            view = self._view()
            found = self._postings(view, (NAME_MARK + trigram for trigram in trigrams))
            return view.search_names(found, len(trigrams), limit, self._selection(view, allowed))

    def search_vectors(self, tier: Tier, query: Float32, limit: int, allowed: Allowed) -> dict[int, float]:
        """Content ids with the cosine of their best passage, best first, for one query (d,) of length 1."""
        with self._db.reading():
            view = self._view()
            return view.search_vectors(tier, query, limit, self._selection(view, allowed))

    def cosines_of(self, tier: Tier, contents: Iterable[int], query: Float32) -> dict[int, float]:
        """The cosine of the best passage of each of these contents, those without vectors left out."""
        with self._db.reading():
            return self._view().cosines(tier, contents, query)

    def _view(self) -> View:
        """The view of this moment, looked up once a snapshot."""
        if not self._within:
            return self._views.get(self._db)
        if self._of_snapshot is None:
            self._of_snapshot = self._views.get(self._db)
        return self._of_snapshot

    def _selection(self, view: View, allowed: Allowed) -> Selection:
        """What may answer; the searches of one query share it, and most queries do."""
        if self._selected is None or self._selected[0] is not view or self._selected[1] != allowed:
            self._selected = (view, allowed, view.select(allowed))
        return self._selected[2]

    def _postings(self, view: View, terms: Iterable[str]) -> list[Postings]:
        found = (self._posting(view, term) for term in dict.fromkeys(terms))
        return [postings for postings in found if postings is not None]

    def _posting(self, view: View, term: str) -> Postings | None:
        """Where a term occurs; one query asks several times, and queries share words."""
        of_view, known, rows = self._found
        if of_view is not view or rows > max(MAX_REMEMBERED, 2 * view.documents):
            known, rows = {}, 0
        if term not in known:
            known[term] = found = view.postings(self._db, term)
            rows += len(found.rows) if found else 0
        self._found = (view, known, rows)
        return known[term]

    def units(self, ids: Iterable[int]) -> list[StoredUnit]:
        """Units by id, in any order."""
        return self._units("unit.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),), order="")

    def units_of_contents(self, contents: Iterable[int], allowed: Allowed) -> list[int]:
        """Ids of all units that have one of these contents and may answer."""
        with self._db.reading():
            view = self._view()
            return view.units_of_contents(contents, self._selection(view, allowed))

    def contents_of(self, ids: Collection[int]) -> list[int]:
        """The content id of each of these units, which exist."""
        with self._db.reading():
            return self._view().contents_of(ids)

    def units_of_file(self, path: str) -> list[StoredUnit]:
        """The units of one file by position."""
        return self._units("path = ?", (path,))

    def any_unit(self) -> StoredUnit | None:
        """A unit whose name no other has and words make up, to be searched for; None when there is none."""
        found = self._units(
            "unit.id = (SELECT min(id) FROM unit WHERE length(name) BETWEEN 4 AND 40 AND kind <> 'module' "
            "AND name GLOB '*[a-zA-Z][a-zA-Z][a-zA-Z]*' "
            "GROUP BY name HAVING count(*) = 1 ORDER BY min(id) LIMIT 1)",
            (),
        )
        return found[0] if found else None

    def all_units(self) -> list[StoredUnit]:
        """Every unit, by path and position."""
        return self._units("1", ())

    def _units(self, condition: str, parameters: tuple[str, ...], order: str = _BY_PLACE) -> list[StoredUnit]:
        query = f"SELECT {_UNIT_COLUMNS} FROM unit JOIN file ON file.id = file_id WHERE {condition} {order}"
        return [
            StoredUnit(id_, content_id, path, language, _KINDS[kind], *rest)
            for id_, content_id, path, language, kind, *rest in self._db.rows(query, parameters)
        ]

    def document_counts(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many units each term occurs; terms that occur nowhere are left out."""
        with self._db.reading():
            view = self._view()
            found = {term: self._posting(view, fold(term)) for term in terms}
            return {term: len(item.rows) for term, item in found.items() if item is not None}

    def text_statistics(self) -> tuple[int, float]:
        """Number of units in the full-text index, and how many terms one has on average."""
        with self._db.reading():
            view = self._view()
            return view.documents, view.average_length

    def content_ids(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Ids of those contents that are known."""
        rows = self._db.rows(
            "SELECT hash, id FROM content WHERE hash IN (SELECT unhex(value) FROM json_each(?))",
            (json.dumps([key.hex() for key in hashes]),),
        )
        return dict(rows)

    def missing(self, hashes: Iterable[bytes], tier: Tier) -> set[bytes]:
        """Those of the contents for which the store has no vectors of that tier."""
        wanted = set(hashes)
        rows = self._db.rows(
            f"""SELECT hash FROM content WHERE {tier.value} > 0
            AND hash IN (SELECT unhex(value) FROM json_each(?))""",
            (json.dumps([key.hex() for key in wanted]),),
        )
        return wanted - {key for (key,) in rows}

    def sketches(self, contents: Iterable[int]) -> dict[int, bytes]:
        """Sketches by content id."""
        return self._of_contents("sketch", contents)

    def readings(self, contents: Iterable[int]) -> dict[int, bytes]:
        """What the cross-encoder reads of contents, by id, as far as it is there."""
        return self._of_contents("reading", contents)

    def _of_contents(self, column: str, contents: Iterable[int]) -> dict[int, bytes]:
        rows = self._db.rows(
            f"""SELECT id, {column} FROM content
            WHERE id IN (SELECT value FROM json_each(?)) AND {column} NOT NULL""",
            (json.dumps(list(contents)),),
        )
        return dict(rows)

    def contents_without(self, tier: Tier) -> dict[str, set[bytes]]:
        """Content hashes of live units that have no vectors of a tier, by the paths they stand in."""
        query = f"""SELECT path, hash FROM unit JOIN content ON content.id = content_id
            JOIN file ON file.id = file_id WHERE content.{tier.value} = 0
            ORDER BY file.mtime_ns DESC, path"""
        missing: dict[str, set[bytes]] = {}
        for path, content_hash in self._db.rows(query):
            missing.setdefault(path, set()).add(content_hash)
        return missing

    def counts(self) -> tuple[int, int, dict[str, int]]:
        """Indexed files, units, and units per language."""
        files = self._db.value("SELECT count(*) FROM file WHERE skip IS NULL")
        languages: dict[str, int] = dict(
            self._db.rows(
                """SELECT language, sum(units) AS units
                FROM (SELECT file_id, count(*) AS units FROM unit GROUP BY file_id)
                JOIN file ON file.id = file_id GROUP BY language ORDER BY units DESC, language"""
            )
        )
        return files, sum(languages.values()), languages

    def unit_count(self) -> int:
        """Number of units."""
        with self._db.reading():
            return self._view().documents

    def coverage(self, tier: Tier) -> float:
        """Share of the units that have a vector of a tier."""
        share: float | None = self._db.value(
            f"SELECT avg(content.{tier.value} > 0) FROM unit JOIN content ON content.id = content_id"
        )
        return share or 0.0

    def vectors(self, tier: Tier) -> dict[bytes, list[bytes]]:
        """The int8 vectors of all live contents by content hash, in passage order."""
        rows = self._db.rows("SELECT id, hash FROM content WHERE id IN (SELECT content_id FROM unit)")
        hashes: dict[int, bytes] = dict(rows)
        found: dict[bytes, list[bytes]] = {}
        for rowid, data in self._db.rows(f"SELECT rowid, embedding FROM vector_{tier.value} ORDER BY rowid"):
            if (content_hash := hashes.get(rowid // PASSAGES)) is not None:
                found.setdefault(content_hash, []).append(data)
        return found


def _stored_file(row: Row) -> StoredFile:
    id_, path, language, size, mtime_ns, digest, skip = row
    reason = None if skip is None else SkipReason(skip)
    return StoredFile(id_, path, language, size, mtime_ns, digest, reason)
