"""What of a store may answer a query: candidates by words, names and vectors, with what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mindgap_indexer.encoding import CrossEncoder, EmbeddingModel
from mindgap_indexer.errors import Cancelled, QueryError
from mindgap_indexer.languages import LANGUAGES
from mindgap_indexer.overlay import NOTHING, Overlaid
from mindgap_indexer.ranking import (
    Candidate,
    CrossReader,
    Evidence,
    Interaction,
    ParsedQuery,
    interact,
    likeness,
    parse_query,
    word_weights,
)
from mindgap_indexer.ranking.learned import READ_MODES
from mindgap_indexer.retrieval import Retrieved, Unsaved, retrieve
from mindgap_indexer.sketch import split_sketches
from mindgap_indexer.store import Allowed, Store, StoredUnit, StoreReader
from mindgap_indexer.types import CancelCheck, Filters, Float32, Mode, Tier
from mindgap_indexer.workspace_rules import Patterns, is_usable

DEFAULT_LIMIT = 10
"""Hits of an answer."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the ranking of a query goes by."""

    query: ParsedQuery
    units: Mapping[int, StoredUnit]
    """By id."""
    candidates: Sequence[Candidate]
    """The same units in the same order, as the ranking sees them."""
    evidence: Evidence
    cross: CrossReader | None = None
    """Reads candidates together with the query, where the deep tier answers and has a cross-encoder."""


class Searcher:
    """Finds candidates in one store; safe to call from several threads."""

    def __init__(
        self,
        store: Store,
        instant: EmbeddingModel,
        deep: EmbeddingModel | None = None,
        overlaid: Overlaid = NOTHING,
    ) -> None:
        self._store = store
        self._instant = instant
        self._deep = deep
        self._overlaid = overlaid

    def gather(
        self,
        text: str,
        mode: Mode = Mode.AUTO,
        filters: Filters = Filters(),
        tier: Tier = Tier.AUTO,
        cancelled: CancelCheck = lambda: False,
        limit: int = DEFAULT_LIMIT,
    ) -> Gathered:
        """The candidates for so many hits in no order, with what the ranking goes by.

        Raises QueryError and Cancelled.
        """
        query = parse_query(text, mode)
        reader = self._store.reader()
        with reader.snapshot():
            models = self._models(reader, tier)
            if query.mode is Mode.SYMBOL:
                # How a name is spelt tells more than what a transformer makes of it, which costs time.
                models.pop(Tier.DEEP, None)
            texts = {Tier.INSTANT: query.subject, Tier.DEEP: query.text}
            vectors = {name: model.embed_queries([texts[name]])[0] for name, model in models.items()}
            allowed, unsaved = _allowed(reader, filters), self._unsaved(filters)
            found = retrieve(reader, query, vectors, allowed, unsaved, limit, cancelled)
            _check(cancelled)
            evidence = self._evidence(reader, query, found, vectors.get(Tier.INSTANT))
        _check(cancelled)
        cross = models[Tier.DEEP].cross if Tier.DEEP in models and query.mode in READ_MODES else None
        return Gathered(
            query,
            found.units,
            [_candidate(unit) for unit in found.units.values()],
            evidence,
            None if cross is None else _cross_reader(cross, query, reader, unsaved, cancelled),
        )

    def _evidence(
        self, reader: StoreReader, query: ParsedQuery, found: Retrieved, vector: Float32 | None
    ) -> Evidence:
        contents = [unit.content_id for unit in found.units.values()]
        shapes, words = split_sketches(found.read_sketches(reader, contents))
        numbers: dict[str, int] = {}
        files = [numbers.setdefault(unit.path, len(numbers)) for unit in found.units.values()]
        counts, unit_count = reader.document_counts(query.terms), reader.unit_count()
        space, background = self._instant.tokens, self._instant.background
        return Evidence(
            lexical=found.lexical,
            semantic=found.near.get(Tier.INSTANT, {}),
            deep=found.near.get(Tier.DEEP, {}),
            document_counts=counts,
            unit_count=unit_count,
            interaction=(
                interact(
                    space, space.query(query.words), word_weights(query, counts, unit_count), words, files
                )
                if space
                else Interaction.nothing(len(words))
            ),
            shape=likeness(query, shapes),
            usual_cosine=0.0 if vector is None or background is None else background.usual_cosine(vector),
        )

    def _unsaved(self, filters: Filters) -> Unsaved:
        matches = _path_filter(filters)
        units = (
            item
            for file in self._overlaid.values()
            if matches(file.path)
            for item in file.units
            if not filters.languages or item.unit.language in filters.languages
            if not filters.kinds or item.unit.kind in filters.kinds
        )
        return Unsaved(frozenset(self._overlaid), tuple(units))

    def _models(self, reader: StoreReader, tier: Tier) -> dict[Tier, EmbeddingModel]:
        """The models that answer, as far as the store holds their vectors."""
        models: dict[Tier, EmbeddingModel] = {}
        for name, model in ((Tier.INSTANT, self._instant), (Tier.DEEP, self._deep)):
            wanted = tier in (Tier.AUTO, name) or name is Tier.INSTANT
            if model is not None and wanted and reader.meta(f"fingerprint.{name}") == model.fingerprint:
                models[name] = model
        if tier is Tier.DEEP and Tier.DEEP not in models:
            raise QueryError(
                "There are no deep vectors in this index. "
                "Run `mindgap index --deep`, or search with --tier instant."
            )
        return models


def _cross_reader(
    cross: CrossEncoder, query: ParsedQuery, reader: StoreReader, unsaved: Unsaved, cancelled: CancelCheck
) -> CrossReader:
    """Reads what the store keeps of contents, and unsaved text as it is; may raise Cancelled."""
    passages = {item.unit.content_id: item.passage for item in unsaved.units}

    def read(candidates: Sequence[Candidate]) -> Float32:
        _check(cancelled)
        contents = dict.fromkeys(candidate.content_id for candidate in candidates)
        readings = reader.readings(contents)
        if unread := [content for content in contents if content in passages]:
            fresh = cross.readings([passages[content] for content in unread])
            readings |= zip(unread, fresh, strict=True)
        logits = dict(zip(readings, cross.logits(query.text, list(readings.values())).tolist(), strict=True))
        return np.array([logits.get(item.content_id, np.nan) for item in candidates], np.float32)

    return read


def _candidate(unit: StoredUnit) -> Candidate:
    lines = unit.end_line - unit.start_line + 1
    return Candidate(unit.id, unit.content_id, unit.path, unit.kind, unit.name, unit.qualname, lines)


def _check(cancelled: CancelCheck) -> None:
    if cancelled():
        raise Cancelled


def _allowed(reader: StoreReader, filters: Filters) -> Allowed:
    """Filters as file ids and kinds; QueryError for a language that does not exist."""
    known = {language.name for language in LANGUAGES}
    unknown = sorted(set(filters.languages) - known)
    if unknown:
        raise QueryError(f"Unknown language {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
    file_ids: tuple[int, ...] | None = None
    if filters.languages or filters.paths or filters.within is not None:
        matches = _path_filter(filters)
        file_ids = tuple(
            file.id
            for file in reader.files().values()
            if (not filters.languages or file.language in filters.languages) and matches(file.path)
        )
    return Allowed(file_ids, filters.kinds or None)


def _path_filter(filters: Filters) -> Callable[[str], bool]:
    """Whether a path is wanted. Raises QueryError."""
    for glob in filters.paths:
        if not is_usable(glob):
            raise QueryError(
                f"The path pattern {glob!r} can match nothing. Write, for example, src/** or *.py."
            )
    globs = Patterns(filters.paths) if filters.paths else None
    within = filters.within

    def matches(path: str) -> bool:
        inside = within is None or any(_is_at_or_below(path, place) for place in within)
        return inside and (globs is None or globs.cover(path))

    return matches


def _is_at_or_below(path: str, place: str) -> bool:
    return place == "" or path == place or path.startswith(f"{place}/")
