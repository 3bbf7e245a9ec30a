"""The segments of the full-text index in the database: added batch by batch, merged as they grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from mindgap_indexer.fulltext import FullText
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.segment import COLUMNS, MAX_SIZE, Columns, Live, Segment, build, merge

FAN_OUT = 4
"""So many neighbours of one size class become one segment: each unit is rewritten log4(n) times."""
MERGED_TERMS = 4_096
"""So many terms of the largest segment are merged at once."""
_BEHIND_ALL = "\U0010ffff"
"""No letter, so no term begins with it."""

_LAST_TERM = "SELECT term FROM posting WHERE segment = ? AND term > ? ORDER BY term LIMIT 1 OFFSET ?"
_OF_THESE_TERMS = "WHERE segment = ? AND term > ? AND term <= ?"
_POSTINGS = f"SELECT term, data FROM posting {_OF_THESE_TERMS}"
_DELETE_POSTINGS = f"DELETE FROM posting {_OF_THESE_TERMS}"


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
            _delete(database, segment.id)
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


def _insert(database: Database, segment: Segment) -> None:
    own_id = _insert_columns(database, segment.columns)
    _insert_postings(database, own_id, segment.postings.items())


def _insert_columns(
    database: Database, columns: Columns, segment_id: int | None = None, version: int = 1
) -> int:
    live = np.packbits(np.ones(len(columns), bool)).tobytes()
    return database.insert(
        "INSERT INTO segment (id, size, version, live, columns) VALUES (?, ?, ?, ?, ?)",
        (segment_id, len(columns), version, live, columns.tobytes()),
    )


def _insert_postings(database: Database, segment_id: int, postings: Iterable[tuple[str, bytes]]) -> None:
    rows = ((segment_id, term, data) for term, data in sorted(postings))
    database.run_many("INSERT INTO posting (segment, term, data) VALUES (?, ?, ?)", rows)


def _replace(database: Database, due: Sequence[int]) -> None:
    """Put one segment in the place of several."""
    parts = [segment for segment in read_segments(database) if segment.id in due]
    columns = np.concatenate([part.columns[part.live] for part in parts])
    _move_postings(database, parts, _insert_columns(database, columns))
    _forget(database, due)


def _compact(database: Database, segment_id: int) -> None:
    """Write a segment anew without its deleted units; it keeps its id and so its place."""
    (part,) = (segment for segment in read_segments(database) if segment.id == segment_id)
    _forget(database, [segment_id])
    _insert_columns(database, part.columns[part.live], segment_id, part.version + 1)
    _move_postings(database, [part], segment_id)


def _move_postings(database: Database, parts: Sequence[StoredSegment], segment_id: int) -> None:
    """Bring the postings of segments together, some terms at a time: all of them are a lot of memory."""
    largest = max(parts, key=lambda part: len(part.columns))
    after = ""
    while after != _BEHIND_ALL:
        upto: str = database.value(_LAST_TERM, (largest.id, after, MERGED_TERMS - 1)) or _BEHIND_ALL
        moved = merge([(part.live, database.rows(_POSTINGS, (part.id, after, upto))) for part in parts])
        for part in parts:
            database.run(_DELETE_POSTINGS, (part.id, after, upto))
        _insert_postings(database, segment_id, moved)
        after = upto


def _delete(database: Database, segment_id: int) -> None:
    database.run("DELETE FROM posting WHERE segment = ?", (segment_id,))
    _forget(database, [segment_id])


def _forget(database: Database, segments: Sequence[int]) -> None:
    database.run_many("DELETE FROM segment WHERE id = ?", [(segment,) for segment in segments])
