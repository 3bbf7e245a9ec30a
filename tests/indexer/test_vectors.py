"""The search over vectors in memory against an exact one, and against what sqlite-vec itself holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer.encoding import quantise
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.schema import PASSAGES, VECTOR_TABLE
from mindgap_indexer.store.vectors import MIN_SHORTLIST, VectorMatrix
from mindgap_indexer.types import Float32, Int8, Tier

DIMENSION = 200


@pytest.fixture
def database() -> Iterator[Database]:
    opened = Database(Path(":memory:"))
    opened.run(VECTOR_TABLE.format(tier="instant", dimension=DIMENSION))
    yield opened
    opened.close()


def insert(database: Database, first: int, values: Int8) -> None:
    """Two passages for each content from `first` on."""
    rows = [((first + i // 2) * PASSAGES + i % 2, row.tobytes()) for i, row in enumerate(values)]
    database.run_many("INSERT INTO vector_instant (rowid, embedding) VALUES (?, vec_int8(?))", rows)


def clustered(count: int, seed: int) -> Float32:
    """Rows with a few strong directions, as real vectors have."""
    random = np.random.default_rng(seed)
    axes = np.random.default_rng(0).standard_normal((12, DIMENSION))
    mixed = random.standard_normal((count, 12)) @ axes + 0.7 * random.standard_normal((count, DIMENSION))
    rows: Float32 = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return rows


def exact(values: Int8, query: Float32, limit: int) -> dict[int, float]:
    """Best cosine by content, for contents numbered from 1 with two passages each."""
    floats = values.astype(np.float32)
    cosines = (floats @ query / np.linalg.norm(floats, axis=1)).reshape(-1, 2).max(axis=1)
    best = np.argsort(-cosines)[:limit]
    return {int(i) + 1: float(cosines[i]) for i in best}


def test_rows_are_those_of_sqlite_vec_as_they_grow_and_go(database: Database) -> None:
    values = quantise(clustered(5_000, 1))
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    query = clustered(1, 2)[0]
    for start in range(0, 5_000, 500):
        insert(database, start // 2 + 1, values[start : start + 500])
        matrix.refresh(database)
        seen = values[: start + 500]
        assert matrix.size == len(seen)
        contents = range(1, len(seen) // 2 + 1)
        assert matrix.cosines(contents, query, matrix.size) == pytest.approx(
            exact(seen, query, len(seen)), abs=1e-5
        )
    database.run("DELETE FROM vector_instant WHERE rowid = ?", (16,))
    again = VectorMatrix(Tier.INSTANT, DIMENSION)
    again.refresh(database)
    assert again.size == database.value("SELECT count(*) FROM vector_instant") == 4_999


def test_a_chunk_that_was_nearly_empty_is_read_again_with_the_next_ones(database: Database) -> None:
    values = quantise(clustered(4_000, 1))
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    query = clustered(1, 2)[0]
    for start, end in ((0, 10), (10, 4_000)):
        insert(database, start // 2 + 1, values[start:end])
        matrix.refresh(database)
    found = matrix.cosines(range(1, 2_001), query, matrix.size)
    assert found == pytest.approx(exact(values, query, 2_000), abs=1e-5)


def test_vectors_of_the_same_signs_are_told_apart_by_their_values(database: Database) -> None:
    values = quantise(np.abs(clustered(4 * MIN_SHORTLIST, 1)) + np.float32(0.05))
    insert(database, 1, values)
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    matrix.refresh(database)
    query = np.abs(clustered(1, 2)[0])
    assert list(matrix.nearest(query, 5, None, matrix.size)) == list(exact(values, query, 5))


def test_nearly_all_of_the_nearest_fifty_are_found(database: Database) -> None:
    values = quantise(clustered(20_000, 3))
    insert(database, 1, values)
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    matrix.refresh(database)
    queries = clustered(20, 4)
    assert matrix.size > 5 * MIN_SHORTLIST
    recalls = [
        len(matrix.nearest(query, 50, None, matrix.size).keys() & exact(values, query, 50).keys()) / 50
        for query in queries
    ]
    assert np.mean(recalls) >= 0.98


def test_what_may_not_answer_takes_no_place(database: Database) -> None:
    values = quantise(clustered(8_000, 5))
    insert(database, 1, values)
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    matrix.refresh(database)
    query = clustered(1, 6)[0]
    allowed = np.zeros(4_001, bool)
    allowed[list(exact(values, query, 4_000))[2_000:2_060]] = True
    found = matrix.nearest(query, 50, allowed, matrix.size)
    assert list(found) == list(exact(values, query, 4_000))[2_000:2_050]


def test_a_search_sees_the_rows_of_its_generation(database: Database) -> None:
    values = quantise(clustered(40, 7))
    insert(database, 1, values[:20])
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    matrix.refresh(database)
    before = matrix.size
    insert(database, 11, values[20:])
    matrix.refresh(database)
    query = clustered(1, 8)[0]
    assert matrix.nearest(query, 50, None, before).keys() == set(range(1, 11))


def test_the_cut_does_not_depend_on_which_of_equals_came_first(database: Database) -> None:
    query = clustered(1, 2)[0]
    near, far = np.tile(quantise(query[None]), (8, 1)), quantise(clustered(20, 3))
    insert(database, 1, np.concatenate([near, far]))
    matrix = VectorMatrix(Tier.INSTANT, DIMENSION)
    matrix.refresh(database)
    assert set(matrix.nearest(query, 3, None, matrix.size)) == {1, 2, 3, 4}, "all as near as the third"
    assert len(matrix.nearest(query, 1, None, matrix.size)) == 2, "but no more than twice as many"
