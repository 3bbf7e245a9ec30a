"""The schema of the index file, table by table.

The index is a cache of the workspace: another schema version is rebuilt from the sources, not migrated.
Vectors are keyed by content, not by place: a moved file or a branch switched back costs no encoding.

Words are looked up in segments: immutable columns and posting lists of some thousand units each, as numpy
reads them. FTS5 was measured at 1 to 2 µs for each unit that holds a frequent word of the query and at half
of the index's bytes; a posting here is three bytes and some ten nanoseconds.
"""

from __future__ import annotations

SCHEMA_VERSION = 6

TABLES = """
-- One row per key: `fingerprint.<tier>` and `dimension.<tier>` of the models, `indexed_at`, `generation`
-- (grows with every change of units or vectors), `evictions` (grows when vectors are deleted).
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

-- Every file that was read: also those left out for their content, so that they are not read again.
CREATE TABLE file (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,      -- relative to the root, forward slashes
    language TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,      -- 0: written so recently that the next scan must compare content
    digest BLOB NOT NULL,           -- of the whole file
    skip TEXT                       -- a SkipReason, or NULL for an indexed file
) STRICT;

-- One row per distinct content of units: what encoders saw. Kept while unused, up to a limit, as a cache.
CREATE TABLE content (
    id INTEGER PRIMARY KEY,         -- id * 16 + number of the passage is the rowid in vector_<tier>
    hash BLOB NOT NULL UNIQUE,      -- Unit.content_hash
    sketch BLOB,                    -- what the ranking compares; see sketch.py
    instant INTEGER NOT NULL DEFAULT 0,  -- how many passages have a vector of that tier
    deep INTEGER NOT NULL DEFAULT 0,
    reading BLOB                    -- what the deep tier's cross-encoder reads; written with its vectors
) STRICT;

-- A function, method, class … at its place. Byte offsets as in types.Unit.
CREATE TABLE unit (
    id INTEGER PRIMARY KEY,         -- never used twice while a segment knows it
    file_id INTEGER NOT NULL REFERENCES file (id),
    content_id INTEGER NOT NULL REFERENCES content (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    qualname TEXT NOT NULL,
    signature TEXT NOT NULL,
    start_byte INTEGER NOT NULL,
    end_byte INTEGER NOT NULL,
    name_start_byte INTEGER NOT NULL,
    name_end_byte INTEGER NOT NULL,
    start_line INTEGER NOT NULL,
    end_line INTEGER NOT NULL,
    name_line INTEGER NOT NULL
) STRICT;
CREATE INDEX unit_by_file ON unit (file_id);

-- Up to 65,536 units as columns, in ascending order of their ids; see segment.py for the types.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    size INTEGER NOT NULL,          -- number of units, deleted ones included
    version INTEGER NOT NULL,       -- grows when units are deleted
    live BLOB NOT NULL,             -- one bit a unit: not deleted
    columns BLOB NOT NULL           -- ids, contents, files, lengths, kinds, pieces of the name
) STRICT;

-- The units of a segment in which a term occurs. A term that begins with "=" is three letters of a name.
CREATE TABLE posting (
    segment INTEGER NOT NULL REFERENCES segment (id),
    term TEXT NOT NULL,
    data BLOB NOT NULL,             -- places in the segment (uint16 each), then weighted counts (uint8 each)
    PRIMARY KEY (segment, term)
) STRICT, WITHOUT ROWID;
"""

VECTOR_TABLE = "CREATE VIRTUAL TABLE vector_{tier} USING vec0 (embedding int8[{dimension}])"
"""The vector of each passage of a content (cosine needs no scale), kept as long as the content is."""

PASSAGES = 16
"""More than a content has: rowid of a vector = content id * PASSAGES + number of the passage."""
