"""The segments of the full-text index in the database: added batch by batch, merged as they grow."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mindgap_indexer.fulltext import FullText
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.segment import COLUMNS, MAX_SIZE, Columns, Live, Segment, build, merge

FAN_OUT = 4
"""So many neighbours of one size class become one segment: each unit is rewritten log4(n) times."""


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment without its postings."""

    id: int
    version: int
    live: Live
    columns: Columns


def read_segments(
    database: Database, known: Mapping[tuple[int, int], StoredSegment] = MappingProxyType({})
) -> Iterator[StoredSegment]:
    """All segments in ascending order of their units; those known by id and version are not read again."""
    for key in database.rows("SELECT id, version FROM segment ORDER BY id"):
        yield known[key] if key in known else _read_segment(database, *key)


def _read_segment(database: Database, segment: int, version: int) -> StoredSegment:
    (live, data) = database.rows("SELECT live, columns FROM segment WHERE id = ?", (segment,))[0]
    columns = np.frombuffer(data, COLUMNS)
    bits = np.unpackbits(np.frombuffer(live, np.uint8), count=len(columns))
    return StoredSegment(segment, version, bits.astype(bool), columns)


def add_units(database: Database, columns: Columns, texts: Sequence[FullText]) -> None:
    """Add units, whose ids ascend and are above all that are there, with their texts; merge what is due."""
    for segment in build(columns, texts) if len(columns) else ():
        _insert(database, segment)
        while due := _due(_sizes(database)):
            _replace(database, due)


def delete_units(database: Database, units: Iterable[int]) -> None:
    """Mark units as deleted; a segment that is more than half empty is written anew without them."""
    gone = np.fromiter(units, np.int64)
    for segment in read_segments(database) if len(gone) else ():
        hit = np.isin(segment.columns["unit"], gone)
        if not hit.any():
            continue
        live = segment.live & ~hit
        database.run(
            "UPDATE segment SET live = ?, version = version + 1 WHERE id = ?",
            (np.packbits(live).tobytes(), segment.id),
        )
        if not live.any():
            _delete(database, [segment.id])
        elif live.sum() * 2 < len(live):
            _compact(database, segment.id)


def next_unit_id(database: Database) -> int:
    """Above all ids that a segment or the table of units knows."""
    last: int = database.value("SELECT coalesce(max(id), 0) FROM unit")
    data: bytes | None = database.value("SELECT columns FROM segment ORDER BY id DESC LIMIT 1")
    return max(last, int(np.frombuffer(data, COLUMNS)["unit"][-1]) if data else 0) + 1


def _sizes(database: Database) -> list[tuple[int, int]]:
    return [(segment, size) for segment, size in database.rows("SELECT id, size FROM segment ORDER BY id")]


def _due(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """The youngest segments, when FAN_OUT or more are of a size class and fit into one.

    Only the youngest: so the order of segments stays that of their units.
    """
    run: list[int] = []
    total = 0
    for size_class in range(size_class_of(MAX_SIZE) + 1):
        for segment, size in sizes[len(sizes) - len(run) - 1 :: -1] if len(run) < len(sizes) else ():
            if size_class_of(size) > size_class or total + size > MAX_SIZE:
                break
            run.append(segment)
            total += size
        if len(run) >= FAN_OUT:
            return run[::-1]
    return []


def size_class_of(size: int) -> int:
    """Segments of at most three units are of class 0; each class reaches four times as far."""
    return (max(size, 1).bit_length() - 1) // 2


def _insert(database: Database, segment: Segment, segment_id: int | None = None, version: int = 1) -> None:
    size = len(segment.columns)
    live = np.packbits(np.ones(size, bool)).tobytes()
    own_id = database.insert(
        "INSERT INTO segment (id, size, version, live, columns) VALUES (?, ?, ?, ?, ?)",
        (segment_id, size, version, live, segment.columns.tobytes()),
    )
    rows = ((own_id, term, data) for term, data in sorted(segment.postings.items()))
    database.run_many("INSERT INTO posting (segment, term, data) VALUES (?, ?, ?)", rows)


def _replace(database: Database, due: Sequence[int]) -> None:
    """Put one segment in the place of several."""
    merged = _merged(database, due)
    _delete(database, due)
    _insert(database, merged)


def _compact(database: Database, segment_id: int) -> None:
    """Write a segment anew without its deleted units; it keeps its id and so its place."""
    version: int = database.value("SELECT version FROM segment WHERE id = ?", (segment_id,))
    merged = _merged(database, [segment_id])
    _delete(database, [segment_id])
    _insert(database, merged, segment_id, version + 1)


def _merged(database: Database, segments: Sequence[int]) -> Segment:
    stored = [segment for segment in read_segments(database) if segment.id in segments]
    query = "SELECT term, data FROM posting WHERE segment = ?"
    return merge([(part.columns, part.live, database.rows(query, (part.id,))) for part in stored])


def _delete(database: Database, segments: Sequence[int]) -> None:
    ids = (json.dumps(list(segments)),)
    database.run("DELETE FROM posting WHERE segment IN (SELECT value FROM json_each(?))", ids)
    database.run("DELETE FROM segment WHERE id IN (SELECT value FROM json_each(?))", ids)
