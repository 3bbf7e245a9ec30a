"""The schema of the index file, table by table.

The index is a cache of the workspace: another schema version is rebuilt from the sources, not migrated.
Vectors are keyed by content, not by place: a moved file or a branch switched back costs no encoding.
"""

from __future__ import annotations

SCHEMA_VERSION = 2

TABLES = """
-- One row per key: `fingerprint.<tier>` and `dimension.<tier>` of the models, `indexed_at`, `app`.
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
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,      -- Unit.content_hash
    tokens BLOB                     -- PreparedUnit.tokens; NULL where the instant model makes none
) STRICT;

-- A function, method, class … at its place. Byte offsets as in types.Unit.
CREATE TABLE unit (
    id INTEGER PRIMARY KEY,         -- also the rowid in unit_text and unit_name
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
CREATE INDEX unit_by_content ON unit (content_id);

-- The vector of each passage of a content, in int8 (cosine needs no scale). `tier` is `instant` or `deep`.
CREATE TABLE vector (
    id INTEGER PRIMARY KEY,         -- also the rowid in bits_<tier>
    content_id INTEGER NOT NULL REFERENCES content (id),
    tier TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;
CREATE INDEX vector_by_content ON vector (content_id, tier);

-- Full text by field; stems, so the tokenizer only cuts at spaces. Contentless: the sources hold the text.
-- Positions are kept (detail=full) because BM25 over a contentless table needs them.
CREATE VIRTUAL TABLE unit_text USING fts5 (
    name, scopes, path, signature, summary, doc, body,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE term USING fts5vocab (unit_text, row);

-- Names without separators by three letters: finds misspelt and re-ordered symbols.
CREATE VIRTUAL TABLE unit_name USING fts5 (
    name, content='', contentless_delete=1, detail='none', tokenize='trigram'
);
"""

# Only live contents are in here, so a search never meets a vector without a unit.
BITS_TABLE = "CREATE VIRTUAL TABLE bits_{tier} USING vec0 (bits bit[{dimension}])"
