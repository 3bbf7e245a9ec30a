"""The full-text index against a plain computation of the same, over random documents and changes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from mindgap_indexer import bm25
from mindgap_indexer.fulltext import FullText
from mindgap_indexer.store import segments
from mindgap_indexer.store.database import Database
from mindgap_indexer.store.schema import TABLES
from mindgap_indexer.store.segment import COLUMNS
from mindgap_indexer.store.view import Allowed, View, ViewCache
from mindgap_indexer.store.writer import count_up

WORDS = [f"w{i}" for i in range(40)]


@dataclass(frozen=True)
class Document:
    """A unit as a plain computation sees it."""

    unit: int
    content: int
    file: int
    counts: Mapping[str, int]
    length: int
    pieces: Sequence[str]


@dataclass
class Mirror:
    """A database with segments, and the same documents in a dictionary."""

    database: Database
    views: ViewCache = field(default_factory=ViewCache)
    documents: dict[int, Document] = field(default_factory=dict[int, Document])

    def add(self, count: int, randomness: random.Random) -> None:
        first = segments.next_unit_id(self.database)
        new = [document(first + i, randomness) for i in range(count)]
        add(self.database, new)
        self.documents |= {item.unit: item for item in new}
        count_up(self.database, "generation")

    def delete(self, units: list[int]) -> None:
        segments.delete_units(self.database, units)
        for unit in units:
            del self.documents[unit]
        count_up(self.database, "generation")

    def view(self) -> View:
        with self.database.reading():
            return self.views.get(self.database)

    def found(self, *terms: str) -> dict[int, float]:
        view = self.view()
        postings = [item for term in terms if (item := view.postings(self.database, term)) is not None]
        return view.search_text(postings, 1_000_000, view.select(Allowed()))

    def expected(self, *terms: str) -> dict[int, float]:
        documents = self.documents.values()
        average = sum(item.length for item in documents) / max(len(documents), 1)
        having = {term: sum(term in item.counts for item in documents) for term in terms}
        weights = {term: bm25.inverse_frequency(n, len(documents)) for term, n in having.items() if n}
        scores = {item.unit: bm25.score(item.counts, item.length, weights, average) for item in documents}
        return {unit: score for unit, score in scores.items() if score > 0}


def add(database: Database, documents: Sequence[Document]) -> None:
    """Half of them as one file and half as another."""
    columns = np.zeros(len(documents), COLUMNS)
    for name in ("unit", "content", "file"):
        columns[name] = [getattr(item, name) for item in documents]
    half = len(documents) // 2
    segments.add_units(database, columns, [text_of(documents[:half]), text_of(documents[half:])])


def text_of(documents: Sequence[Document]) -> FullText:
    postings = [{**item.counts, **{f"={piece}": 1 for piece in item.pieces}} for item in documents]
    terms = {term: number for number, term in enumerate(sorted({term for own in postings for term in own}))}
    return FullText(
        tuple(terms),
        np.array([terms[term] for own in postings for term in own], np.int32),
        np.array([count for own in postings for count in own.values()], np.uint8),
        np.array([len(own) for own in postings], np.int32),
        np.array([item.length for item in documents], np.uint16),
        np.array([len(item.pieces) for item in documents], np.uint8),
    )


def document(unit: int, randomness: random.Random) -> Document:
    counts = {randomness.choice(WORDS): randomness.randint(1, 300) for _ in range(randomness.randint(0, 9))}
    counts = {term: min(count, 255) for term, count in counts.items()}
    return Document(unit, unit % 7 + 1, unit % 3 + 1, counts, sum(counts.values()), ["abc"])


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    database = Database(Path(":memory:"))
    database.run(TABLES)
    yield Mirror(database)
    database.close()


@pytest.mark.parametrize("terms_at_once", [segments.MERGED_TERMS, 7, 1])
def test_scores_are_those_of_bm25_whatever_was_added_deleted_and_merged(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, terms_at_once: int
) -> None:
    monkeypatch.setattr(segments, "MERGED_TERMS", terms_at_once)
    randomness = random.Random(1)
    for _ in range(60):
        mirror.add(randomness.randint(1, 40), randomness)
        units = list(mirror.documents)
        mirror.delete(randomness.sample(units, min(len(units), randomness.randint(0, 30))))
        terms = randomness.sample(WORDS, 3)
        assert mirror.found(*terms) == pytest.approx(mirror.expected(*terms), rel=1e-4)


def test_segments_stay_few_and_full(mirror: Mirror) -> None:
    randomness = random.Random(2)
    for _ in range(300):
        mirror.add(5, randomness)
        mirror.delete(list(mirror.documents)[:4])
    view = mirror.view()
    assert len(view.segments) <= 20
    assert len(view.live) <= 2 * len(mirror.documents) + 200
    assert view.documents == len(mirror.documents) == 300


def test_four_neighbours_of_a_class_become_one(mirror: Mirror) -> None:
    assert [segments.size_class_of(size) for size in (0, 3, 4, 15, 16, 63, 64)] == [0, 0, 1, 1, 2, 2, 3]
    sizes: list[list[int]] = []
    for _ in range(8):
        mirror.add(3, random.Random(6))
        sizes.append([len(segment.columns) for segment in mirror.view().segments])
    assert sizes == [[3], [3, 3], [3, 3, 3], [12], [12, 3], [12, 3, 3], [21], [21, 3]]


def test_a_segment_without_units_is_gone_with_its_postings(mirror: Mirror) -> None:
    mirror.add(5, random.Random(3))
    mirror.delete(list(mirror.documents))
    assert (mirror.view().segments, mirror.found("w1")) == ([], {})
    assert mirror.database.value("SELECT count(*) FROM posting") == 0


def test_a_segment_is_written_anew_when_less_than_half_of_it_is_left(mirror: Mirror) -> None:
    mirror.add(4, random.Random(5))
    for left, rows in ((3, 4), (2, 4), (1, 1)):
        mirror.delete([min(mirror.documents)])
        assert (mirror.view().documents, len(mirror.view().live)) == (left, rows)


def test_a_view_takes_over_the_segments_that_did_not_change(mirror: Mirror) -> None:
    randomness = random.Random(4)
    mirror.add(200, randomness)
    before = mirror.view()
    mirror.add(3, randomness)
    assert mirror.view().segments[0] is before.segments[0]
    mirror.delete([1])
    assert mirror.view().segments[0] is not before.segments[0]


def test_names_are_compared_by_their_pieces(mirror: Mirror) -> None:
    pieces: Mapping[int, list[str]] = {
        1: ["par", "ars", "rse"],
        2: ["par", "ars", "rse", "sex", "exy"],
        3: ["xyz"],
    }
    documents = [Document(unit, 1, 1, {}, 0, names) for unit, names in pieces.items()]
    add(mirror.database, documents)
    count_up(mirror.database, "generation")
    view = mirror.view()
    found = [view.postings(mirror.database, f"={piece}") for piece in ("par", "ars", "rse")]
    alike = view.search_names((item for item in found if item), 3, 10, view.select(Allowed()))
    assert alike == pytest.approx({1: 1.0, 2: 0.75})


def test_the_cut_does_not_depend_on_which_of_equals_came_first(mirror: Mirror) -> None:
    same = [Document(unit, unit, 1, {"alpha": 3}, 3, ["abc"]) for unit in range(1, 9)]
    add(mirror.database, same)
    count_up(mirror.database, "generation")
    view = mirror.view()
    postings = view.postings(mirror.database, "alpha")
    assert postings is not None
    for limit, expected in ((3, 6), (5, 8), (8, 8)):  # all equals of the last, but no more than twice as many
        assert len(view.search_text([postings], limit, view.select(Allowed()))) == expected


def test_more_units_than_a_segment_holds_become_several(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("segment", "segments"):
        monkeypatch.setattr(f"mindgap_indexer.store.{module}.MAX_SIZE", 8)
    randomness = random.Random(7)
    mirror.add(21, randomness)
    assert [len(segment.columns) for segment in mirror.view().segments] == [8, 8, 5]
    for word in WORDS:
        assert mirror.found(word) == pytest.approx(mirror.expected(word), rel=1e-4)


def test_more_terms_than_sixteen_bits_number(mirror: Mirror) -> None:
    words = [f"t{i}" for i in range(70_000)]
    documents = [
        Document(1, 1, 1, dict.fromkeys(words, 1), 1, []),
        Document(2, 2, 1, {words[0]: 7, words[66_000]: 9}, 2, []),
    ]
    add(mirror.database, documents)
    mirror.documents = {item.unit: item for item in documents}
    count_up(mirror.database, "generation")
    for word in (words[0], words[464], words[66_000], words[-1]):
        assert mirror.found(word) == pytest.approx(mirror.expected(word), rel=1e-4)
