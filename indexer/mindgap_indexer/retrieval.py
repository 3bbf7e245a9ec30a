"""Candidates for a query: by words, names and vectors, from the store and from unsaved text alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mindgap_indexer import bm25, overlay
from mindgap_indexer.errors import Cancelled
from mindgap_indexer.overlay import LexicalScale, OverlaidUnit
from mindgap_indexer.ranking import ParsedQuery, likeness_of_steps
from mindgap_indexer.sketch import split_sketches
from mindgap_indexer.store import Allowed, StoredUnit, StoreReader
from mindgap_indexer.types import CancelCheck, Float32, Mode, Tier

TEXT_CANDIDATES = 120
VECTOR_CANDIDATES = 80
NAME_CANDIDATES = 80
"""So many of the best of each search are candidates."""
PSEUDOCODE_SHARE = 3
"""So many times as many for pseudocode, which need not share a word with its code."""
PROMISING = {Mode.NATURAL_LANGUAGE: 64, Mode.PSEUDOCODE: 96, Mode.SYMBOL: 128}
"""So many candidates, the best of all searches together, are ranked, by the way in which a query is read. All
of them, 170 to 500, gave no better answers, for pseudocode worse ones: code that is only named alike gets
before what does the same. And ranking is most of the work of a query."""
STEPS_WEIGHT = 2
"""How much what pseudocode does step by step counts there, beside 1 for each search."""
PER_HIT = 2
"""At least so many are ranked for each hit that is wanted: some may be gone."""


@dataclass(slots=True)
class Retrieved:
    """Units that may answer, and what the searches said of them."""

    units: dict[int, StoredUnit] = field(default_factory=dict[int, StoredUnit])
    lexical: dict[int, float] = field(default_factory=dict[int, float])
    """BM25 by unit id."""
    alike: dict[int, float] = field(default_factory=dict[int, float])
    """Likeness of names by unit id."""
    near: dict[Tier, dict[int, float]] = field(default_factory=dict[Tier, dict[int, float]])
    """Cosine by content id, for each tier that answers."""
    sketches: dict[int, bytes] = field(default_factory=dict[int, bytes])
    """By content id, as far as they were read; those of unsaved text always are."""

    def read_sketches(self, reader: StoreReader, contents: Sequence[int]) -> list[bytes]:
        """The sketches of some contents; without one, nothing."""
        if missing := set(contents) - self.sketches.keys():
            self.sketches |= reader.sketches(missing)
        return [self.sketches.get(content, b"") for content in contents]


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The unsaved files that a search sees, and which of their units may answer it."""

    hidden_paths: frozenset[str] = frozenset()
    units: tuple[OverlaidUnit, ...] = ()


def retrieve(
    reader: StoreReader,
    query: ParsedQuery,
    vectors: Mapping[Tier, Float32],
    allowed: Allowed,
    unsaved: Unsaved,
    hits: int,
    cancelled: CancelCheck,
) -> Retrieved:
    """The candidates of all searches, each with what every search says of it, in one snapshot of the reader.

    May raise Cancelled.

    As many as so many hits need; but all of them where a transformer has read a question in words or a name,
    and ranking is little of the work.
    """
    hidden = (file.id for path in unsaved.hidden_paths if (file := reader.file(path)) is not None)
    allowed = replace(allowed, hidden_files=tuple(hidden))
    share = PSEUDOCODE_SHARE if query.mode is Mode.PSEUDOCODE else 1
    found = Retrieved(lexical=reader.search_text(query.match_terms, share * TEXT_CANDIDATES, allowed))
    ids = set(found.lexical)
    if query.trigrams:
        found.alike = reader.search_names(query.trigrams, NAME_CANDIDATES, allowed)
        ids.update(found.alike)
    for tier, vector in vectors.items():
        if cancelled():
            raise Cancelled
        limit = share * VECTOR_CANDIDATES
        near = reader.search_vectors(tier, vector, limit, allowed) if vector.any() else {}
        found.near[tier] = near
        ids.update(reader.units_of_contents(near, allowed))
    if query.mode is Mode.PSEUDOCODE or (query.mode in PROMISING and Tier.DEEP not in vectors):
        ids = _most_promising(ids, found, query, reader, max(PROMISING[query.mode], PER_HIT * hits))
    found.units = {unit.id: unit for unit in reader.units(ids)}
    if unsaved.units:
        _add(found, unsaved.units, query, vectors, reader)
    _complete(found, reader, vectors)
    return found


def _most_promising(
    ids: set[int], found: Retrieved, query: ParsedQuery, reader: StoreReader, count: int
) -> set[int]:
    """Those for which the searches speak most: each by the share of its best score.

    Cosines are counted from the last one that was found, because all of them are far above zero.
    """
    if len(ids) <= count:
        return ids
    scores = dict.fromkeys(sorted(ids), 0.0)
    contents = reader.contents_of(scores)
    for said in (found.lexical, found.alike):
        best = max(said.values(), default=1.0)
        for unit_id, score in said.items():
            scores[unit_id] += score / best
    for near in filter(None, found.near.values()):
        first, last = max(near.values()), min(near.values())
        for unit_id, content in zip(scores, contents, strict=True):
            if content in near:
                scores[unit_id] += (near[content] - last) / max(first - last, 1e-6)
    if query.mode is Mode.PSEUDOCODE:
        shapes, _ = split_sketches(found.read_sketches(reader, contents))
        for unit_id, likeness in zip(scores, likeness_of_steps(query, shapes).tolist(), strict=True):
            scores[unit_id] += STEPS_WEIGHT * likeness
    return set(sorted(scores, key=scores.__getitem__, reverse=True)[:count])


def _complete(found: Retrieved, reader: StoreReader, vectors: Mapping[Tier, Float32]) -> None:
    """Give every candidate every tier's cosine, whichever search found it."""
    contents = {unit.content_id for unit in found.units.values()}
    for tier, near in found.near.items():
        if near:
            near.update(reader.cosines_of(tier, contents - near.keys(), vectors[tier]))


def _add(
    found: Retrieved,
    units: Sequence[OverlaidUnit],
    query: ParsedQuery,
    vectors: Mapping[Tier, Float32],
    reader: StoreReader,
) -> None:
    """Add the unsaved units that would have been found if they were stored."""
    known = reader.content_ids(unit.content_hash for unit in units)
    own = [unit.with_content(known.get(unit.content_hash)) for unit in units]
    lexical = overlay.lexical_scores(own, _scale(query, reader))
    vector = vectors.get(Tier.INSTANT)
    near = overlay.cosines(own, vector) if vector is not None and vector.any() else {}
    last_lexical = _last(found.lexical, TEXT_CANDIDATES)
    last_near = _last(found.near.get(Tier.INSTANT, {}), VECTOR_CANDIDATES)
    alike = overlay.named_alike(own, query)
    for item in own:
        unit = item.unit
        score, cosine = lexical.get(unit.id, 0.0), near.get(unit.content_id, -1.0)
        if score > last_lexical or cosine > last_near or unit.id in alike:
            found.units[unit.id] = unit
            if score:
                found.lexical[unit.id] = score
            if near:
                found.near[Tier.INSTANT][unit.content_id] = cosine
            found.sketches[unit.content_id] = item.sketch


def _scale(query: ParsedQuery, reader: StoreReader) -> LexicalScale:
    documents, average_length = reader.text_statistics()
    counts = reader.document_counts(query.match_terms)
    weights = {term: bm25.inverse_frequency(counts.get(term, 0), documents) for term in query.match_terms}
    return LexicalScale(weights, average_length)


def _last(scores: Mapping[int, float], limit: int) -> float:
    """What a score must exceed to be among the best `limit`."""
    return min(scores.values()) if len(scores) >= limit else 0.0
