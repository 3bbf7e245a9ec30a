"""Looks whether the parts of an index fit together, and names the part that is to be rebuilt where not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mindgap_indexer.store.database import DamagedIndexError, Database
from mindgap_indexer.store.schema import PASSAGES
from mindgap_indexer.store.segments import read_segments
from mindgap_indexer.types import Tier


class Part(StrEnum):
    """What can be rebuilt by itself."""

    VECTORS = "vectors"
    ROWS = "rows"
    """Files, units and words; vectors are kept."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit."""

    part: Part
    message: str


def examine(database: Database, *, deeply: bool = False) -> list[Problem]:
    """All that does not fit, in one moment of the index. Raises DamagedIndexError for damaged pages.

    Deeply: every page is read, for which a large index takes seconds.
    """
    if deeply and (verdict := database.value("PRAGMA quick_check(1)")) != "ok":
        raise DamagedIndexError(f"The index {database.path} is damaged ({verdict}).")
    with database.reading():
        return [
            *_rows(database),
            *_words(database),
            *(p for t in Tier.stored() for p in _vectors(database, t)),
        ]


def _rows(database: Database) -> list[Problem]:
    stray: int = database.value(
        """SELECT count(*) FROM unit WHERE file_id NOT IN (SELECT id FROM file)
        OR content_id NOT IN (SELECT id FROM content)"""
    )
    return [Problem(Part.ROWS, f"{stray:,} units belong to no file or content")] if stray else []


def _words(database: Database) -> list[Problem]:
    """Every unit is in exactly one segment, and every segment has words."""
    silent: int = database.value(
        "SELECT count(*) FROM segment WHERE size > 0 AND id NOT IN (SELECT segment FROM posting)"
    )
    if silent:
        return [Problem(Part.ROWS, f"{silent:,} segments of the full-text index have no words")]
    known = [segment.columns["unit"][segment.live] for segment in read_segments(database)]
    words = np.sort(np.concatenate([np.zeros(0, np.int64), *known]))
    units = np.fromiter((row[0] for row in database.rows("SELECT id FROM unit ORDER BY id")), np.int64)
    if np.array_equal(words, units):
        return []
    return [Problem(Part.ROWS, f"the full-text index holds {len(words):,} units, the table {len(units):,}")]


def _vectors(database: Database, tier: Tier) -> list[Problem]:
    """Every content has the vectors that it says it has, and there are no others."""
    if database.value("SELECT 1 FROM meta WHERE key = ?", (f"fingerprint.{tier}",)) is None:
        return []
    found = {row[0] for row in database.rows(f"SELECT rowid FROM vector_{tier.value}")}
    counts = database.rows(f"SELECT id, {tier.value} FROM content WHERE {tier.value} > 0")
    wanted = {content * PASSAGES + number for content, count in counts for number in range(count)}
    problems: list[Problem] = []
    if missing := len(wanted - found):
        problems.append(Problem(Part.VECTORS, f"{missing:,} vectors of the {tier} tier are missing"))
    if orphans := len(found - wanted):
        problems.append(Problem(Part.VECTORS, f"{orphans:,} vectors of the {tier} tier belong to nothing"))
    if tier is Tier.INSTANT:
        without: int = database.value(
            "SELECT count(*) FROM content WHERE instant = 0 AND id IN (SELECT content_id FROM unit)"
        )
        if without:
            problems.append(Problem(Part.VECTORS, f"{without:,} contents have no vector"))
    return problems


def drop(database: Database, part: Part) -> None:
    """Drop a part, so that the next update builds it anew; inside a transaction."""
    if part is Part.VECTORS:
        database.run("DELETE FROM meta WHERE key GLOB 'fingerprint.*'")
    else:
        for table in ("posting", "segment", "unit", "file"):
            database.run(f"DELETE FROM {table}")
        database.run("UPDATE meta SET value = value + 1 WHERE key = 'generation'")
    database.run("DELETE FROM meta WHERE key = 'indexed_at'")
